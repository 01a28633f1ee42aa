"""Every measure of a junction over a stretch, in the shape a chart is drawn from."""

from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.arrays import BoolArray, IntArray
from haihe.model.time import SECOND
from haihe.pack.signals import (
    DetectorTold,
    JunctionTold,
    MeasureLine,
    MeasureTold,
    Stretch,
    Told,
)
from haihe.packs.traffic.charts.catalog import CATALOG, Found, Kind, Part
from haihe.packs.traffic.charts.site import Site
from haihe.packs.traffic.charts.words import FUNCTIONS, NOTHING, joined_text
from haihe.packs.traffic.measures import health
from haihe.packs.traffic.measures.events import Detectors, Events
from haihe.packs.traffic.naming import movement_title
from haihe.packs.traffic.network.model import Junction

SILENT: Final = "silent"  # It said nothing, and no detector beside it had much to say either.
# The worst first.
VERDICTS: Final = (
    health.STUCK_ON, health.STUCK_OFF, health.CHATTERING, health.LOSING, SILENT, health.GOOD,
)  # fmt: skip
ENDINGS: Final = {
    "gap-out": Text(zh="空档", en="gap"),
    "max-out": Text(zh="最大绿灯", en="maximum"),
    "force-off": Text(zh="强制", en="forced off"),
}


def own_detectors(site: Site, device: int) -> Detectors:
    """The detectors of one junction."""
    every = site.detectors
    rows = np.flatnonzero(every.device == device)
    functions = tuple(every.function[row] for row in rows.tolist())
    return Detectors(every.device[rows], every.detector[rows], every.phase[rows], functions)


def events_of(told: Told, device: int) -> Events:
    """A junction's events with the number that its detectors know it by."""
    return Events(told.at, np.full(len(told.at), device), told.code, told.parameter)


def junction_told(site: Site, junction: str, *, told: Told, stretch: Stretch) -> JunctionTold:
    """Every measure of a junction; ``junction`` is its id in the network."""
    device, place = site.device(junction), site.network.junction(junction)
    detectors = own_detectors(site, device)
    events = events_of(told, device).until(stretch.to_at)
    bins = np.arange(stretch.from_at, stretch.to_at, stretch.every)
    own = events.since(stretch.from_at)
    heard = np.isin(bins, own.at // stretch.every * stretch.every)
    measures = []
    for kind in CATALOG:
        missing = missing_of(kind, own, detectors=detectors)
        found = None if missing.en else kind.make(Part(events, stretch.every, detectors))
        lines = () if found is None else _lines(place, found, kind=kind, bins=(bins, heard))
        if not lines and not missing.en:
            missing = kind.nothing
        about = (kind.name, kind.title, kind.about, kind.unit)
        measures.append(MeasureTold(*about, lines, missing))
    return JunctionTold(
        entity=f"junction/{junction}",
        title=Text(zh=junction, en=junction),
        from_at=stretch.from_at,
        to_at=stretch.to_at,
        every=stretch.every / SECOND,
        events=len(own),
        bins=tuple(((bins - stretch.from_at) / SECOND).tolist()),
        measures=tuple(measures),
        detectors=_detectors(place, events, detectors=detectors, stretch=stretch),
    )


def missing_of(kind: Kind, own: Events, *, detectors: Detectors) -> Text:
    """Why there can be nothing of a measure; empty if there may be something."""
    if len(own) == 0:
        return Text(zh="这段时间信号机没有报告", en="the controller told nothing in this time")
    if kind.needs is not None and kind.needs not in detectors.function:
        name = FUNCTIONS[kind.needs]
        return Text(
            zh=f"检测器表里没有「{name.zh}」检测器",
            en=f"the table of detectors has none for {name.en}",
        )
    return NOTHING


def _lines(
    place: Junction,
    found: Found,
    *,
    kind: Kind,
    bins: tuple[IntArray, BoolArray],
) -> tuple[MeasureLine, ...]:
    """A line for each phase or ending; a bin without a row is 0 where things are counted."""
    begins, heard = bins
    inside = np.isin(found.at, begins)
    lines = []
    for one in np.unique(found.of[inside]).tolist():
        rows = np.flatnonzero(inside & (found.of == one))
        values = np.full(len(begins), np.nan)
        if kind.adds:
            values[heard] = 0.0
        values[np.searchsorted(begins, found.at[rows])] = found.value[rows]
        title = ENDINGS[one] if isinstance(one, str) else title_of(place, int(one))
        lines.append(MeasureLine(title, numbers_or_none(values)))
    return tuple(lines)


def title_of(place: Junction, phase: int) -> Text:
    """What a phase of a junction is called."""
    groups = place.groups
    if 0 < phase <= len(groups):
        return movement_title(groups[phase - 1].name)
    return Text(zh=f"相位 {phase}", en=f"phase {phase}")


def numbers_or_none(
    values: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> tuple[float | None, ...]:
    """Numbers to a thousandth; None for what is unknown."""
    return tuple(None if each != each else round(each, 3) for each in values.tolist())


def _detectors(
    place: Junction, events: Events, *, detectors: Detectors, stretch: Stretch
) -> tuple[DetectorTold, ...]:
    """What each detector of the table, and each other that spoke, did."""
    table = health.health(events, stretch.every, detectors=detectors)
    at = np.asarray(table["bin_at"])
    inside = (at >= stretch.from_at) & (at < stretch.to_at)
    spoke = np.asarray(table["detector"])[inside]
    columns = {name: np.asarray(table[name])[inside] for name in health.COLUMNS}
    count = (stretch.to_at - stretch.from_at) // stretch.every
    found = []
    for channel in sorted({*spoke.tolist(), *detectors.detector.tolist()}):
        rows = spoke == channel
        verdicts = {*columns["verdict"][rows].tolist()} or {SILENT}
        found.append(
            DetectorTold(
                detector=channel,
                serves=_serves(place, detectors, channel=channel),
                total=int(columns["total"][rows].sum()),
                on=round(100 * float(columns["on"][rows].sum()) / count, 1),
                longest_on=round(float(columns["longest_on"][rows].max(initial=0.0)), 1),
                lost=int(columns["lost"][rows].sum()),
                verdict=next(one for one in VERDICTS if one in verdicts),
            )
        )
    return tuple(found)


def _serves(place: Junction, detectors: Detectors, *, channel: int) -> Text:
    """The phases and uses of a detector; empty if the table has none."""
    rows = np.flatnonzero(detectors.detector == channel).tolist()
    phases = dict.fromkeys(int(detectors.phase[row]) for row in rows)
    uses = dict.fromkeys(detectors.function[row] for row in rows)
    titles = [title_of(place, phase) for phase in phases]
    return joined_text([*titles, *(FUNCTIONS[use] for use in uses)])
