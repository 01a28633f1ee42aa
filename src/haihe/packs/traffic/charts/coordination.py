"""The coordination diagram: a phase's cycles, and when in them vehicles arrive.

Source: Day, Haseman, Premachandra, Brennan, Wasson, Sturdevant and Bullock, "Evaluation of arterial
signal coordination", Transportation Research Record 2192 (2010).
"""

from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.arrays import BoolArray, IntArray
from haihe.model.time import SECOND
from haihe.pack.signals import CoordinationTold, Stretch, Told
from haihe.packs.traffic.charts.junction import events_of, own_detectors, title_of
from haihe.packs.traffic.charts.site import Site
from haihe.packs.traffic.charts.words import NOTHING
from haihe.packs.traffic.measures.cycles import arrivals
from haihe.packs.traffic.measures.events import PARAMETERS, Code, Events, Function

WHOLE: Final = (Code.RED, Code.GREEN, Code.YELLOW, Code.RED)  # A cycle, and the next one's begin.


def coordination_told(
    site: Site, junction: str, *, told: Told, phase: int, stretch: Stretch
) -> CoordinationTold:
    """A phase's cycles and arrivals.

    Raises ValueError if the junction has no such phase.
    """
    device = site.device(junction)
    count = len(site.network.junctions[device - 1].groups)
    if not 1 <= phase <= count:
        raise ValueError(f"junction {junction} has the phases 1 to {count}, none {phase}.")
    events = events_of(told, device).until(stretch.to_at)
    changes = events.of(Code.GREEN, Code.YELLOW, Code.RED)
    changes = changes.where(changes.parameter == phase)
    starts = _whole(changes, since=stretch.from_at)
    red, green, yellow, end = (changes.at[starts + step] for step in range(4))
    at, on_green = _arrivals(site, events, device=device, phase=phase)
    inside = at >= stretch.from_at
    at, on_green = at[inside], on_green[inside]
    place = np.searchsorted(red, at, side="right") - 1
    into = np.where((place >= 0) & (at < _at(end, place)), at - _at(red, place), -1)
    share = float(on_green.mean()) if len(at) else None
    lasted = int((end - red).sum())
    green_share = float((yellow - green).sum() / lasted) if lasted else 0.0
    return CoordinationTold(
        entity=f"junction/{junction}",
        title=title_of(site.network.junction(junction), phase),
        phase=phase,
        from_at=stretch.from_at,
        to_at=stretch.to_at,
        reds=_seconds(red, stretch),
        greens=_seconds(green, stretch),
        yellows=_seconds(yellow, stretch),
        ends=_seconds(end, stretch),
        arrivals=_seconds(at, stretch),
        into=tuple(None if one < 0 else round(one / SECOND, 1) for one in into.tolist()),
        on_green=tuple(on_green.tolist()),
        share=None if share is None else round(share, 4),
        ratio=round(share / green_share, 3) if share is not None and green_share > 0 else None,
        missing=_missing(site, device, phase=phase, cycles=len(red), arrived=len(at)),
    )


def _whole(changes: Events, *, since: int) -> IntArray:
    """Where whole cycles begin among a phase's changes; those that end after an instant."""
    last = max(len(changes) - len(WHOLE) + 1, 0)
    fits = np.ones(last, dtype=np.bool_)
    for step, code in enumerate(WHOLE):
        fits &= changes.code[step : step + last] == code
    starts = np.flatnonzero(fits)
    return starts[changes.at[starts + len(WHOLE) - 1] > since]


def _arrivals(site: Site, events: Events, *, device: int, phase: int) -> tuple[IntArray, BoolArray]:
    """When vehicles arrived for a phase, and whether on green, as the measure counts them."""
    detectors = own_detectors(site, device)
    cycles, served, at = arrivals(events, detectors, function=Function.ADVANCE, latency=0)
    own = served == device * PARAMETERS + phase
    place = cycles.change_before(served[own], at[own])
    on_green = (place >= 0) & (_at(cycles.state, place) == Code.GREEN)
    return at[own], on_green


def _at(column: IntArray, place: IntArray) -> IntArray:
    """Values at places, where there are any."""
    return column[np.maximum(place, 0)] if len(column) else np.zeros(len(place), np.int64)


def _seconds(at: IntArray, stretch: Stretch) -> tuple[float, ...]:
    """Instants as seconds of a stretch, to a tenth as controllers tell them."""
    return tuple(np.round((at - stretch.from_at) / SECOND, 1).tolist())


def _missing(site: Site, device: int, *, phase: int, cycles: int, arrived: int) -> Text:
    detectors = own_detectors(site, device)
    watched = any(
        of == phase and use is Function.ADVANCE
        for of, use in zip(detectors.phase.tolist(), detectors.function, strict=True)
    )
    if cycles == 0:
        return Text(
            zh="这段时间该相位没有完整的周期", en="the phase had no whole cycle in this time"
        )
    if not watched:
        return Text(
            zh="该相位没有上游检测器，看不到车辆何时到达",
            en="no advance detector watches this phase, so nobody sees when vehicles arrive",
        )
    if arrived == 0:
        return Text(zh="没有车辆到达", en="no vehicle arrived")
    return NOTHING
