"""What a junction's lights show and will, how well that was foretold, and advice on speed."""

from math import isfinite
from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.arrays import FloatArray
from haihe.model.time import MINUTE, SECOND
from haihe.pack.lights import AdviceTold, Approach, LightError, LightsTold, LightTold, Shows
from haihe.pack.signals import Told
from haihe.packs.traffic.advice import advice
from haihe.packs.traffic.charts.junction import events_of, title_of
from haihe.packs.traffic.charts.site import Site
from haihe.packs.traffic.charts.words import NOTHING
from haihe.packs.traffic.measures.ahead import (
    KEPT,
    LOW,
    NEAR_S,
    Changes,
    Foretold,
    Light,
    changes_of,
    foretell,
    misses,
)
from haihe.packs.traffic.network.model import Junction, Signal
from haihe.packs.traffic.zone import junction_entity

MEASURED: Final = 30 * MINUTE  # Ours: of another half hour demand is another.
EVERY: Final = 29 * SECOND  # Ours: a prime, so that a fixed cycle is asked at all its seconds.
SILENT: Final = 3 * MINUTE  # Ours: no head shows the same for longer, and detectors speak oftener.
SHOWS: Final[dict[Light, Shows]] = {
    Light.GREEN: "green", Light.YELLOW: "yellow", Light.RED: "red",
}  # fmt: skip
NOT_YET: Final = Text(zh="信号机没有报告灯色", en="the controller told of no light")
GONE: Final = Text(
    zh="信号机已超过三分钟没有报告", en="the controller has told nothing for over three minutes"
)


def lights_told(site: Site, junction: str, *, told: Told, now: int) -> LightsTold:
    """What each phase shows at an instant, and until when; nothing of a controller gone silent."""
    device = site.device(junction)
    place = site.network.junctions[device - 1]
    events = events_of(told, device).until(now + 1)
    heard_at = int(events.at[-1]) if len(events) else 0
    changes = changes_of(events)
    is_gone = now - heard_at > SILENT
    found = () if is_gone else foretell(changes, now)
    phases = tuple(_light(place, one, changes=changes) for one in found)
    missing = NOTHING if phases else GONE if heard_at and is_gone else NOT_YET
    title = Text(zh=junction, en=junction)
    return LightsTold(junction_entity(junction), title, now, heard_at, phases, missing)


def errors_told(site: Site, junction: str, *, told: Told, now: int) -> tuple[LightError, ...]:
    """How far off each phase's likely ends were, every ``EVERY`` of the last half hour."""
    changes = changes_of(events_of(told, site.device(junction)).until(now + 1))
    table = misses(changes, begin=now - MEASURED, end=now, every=EVERY)
    phase, light = np.asarray(table["phase"]), np.asarray(table["light"])
    missed = np.abs(np.asarray(table["missed_s"], dtype=np.float64))
    found = []
    for number in np.unique(phase).tolist():
        for shown, name in SHOWS.items():
            own = missed[(phase == number) & (light == shown)]
            if len(own):
                middle, near = float(np.median(own)), float((own <= NEAR_S).mean())
                found.append(LightError(number, name, len(own), _tenth(middle), round(near, 3)))
    return tuple(found)


def _light(place: Junction, one: Foretold, *, changes: Changes) -> LightTold:
    group = one.phase - 1
    known = 0 <= group < len(place.groups)
    return LightTold(
        phase=one.phase,
        name=place.groups[group].name if known else str(one.phase),
        title=title_of(place, one.phase),
        light=SHOWS[one.light],
        is_protected=known and not any(s.signals[group] == Signal.YIELD for s in place.stages),
        since_at=one.since,
        least_s=_known(one.least_s),
        likely_s=_known(one.likely_s),
        most_s=_known(one.most_s),
        sure=round(one.sure, 3),
        green_s=_greens(changes, one.phase, now=one.since),
    )


def _greens(changes: Changes, phase: int, *, now: int) -> float | None:
    """How long a phase's greens lasted; one in ten was shorter. None if none is over.

    now: when what it shows began; ns.
    """
    at = int(np.searchsorted(changes.phases, phase))
    times, lights = changes.at[at], changes.light[at]
    begun = np.flatnonzero((lights[:-1] == Light.GREEN) & (times[1:] <= now))[-KEPT:]
    lasted: FloatArray = (times[begun + 1] - times[begun]) / SECOND
    return _tenth(float(np.quantile(lasted, LOW))) if len(lasted) else None


def _known(seconds: float) -> float | None:
    return _tenth(seconds) if isfinite(seconds) else None


def _tenth(seconds: float) -> float:
    """As controllers tell time."""
    return round(seconds, 1)


def advice_told(site: Site, lights: LightsTold, *, vehicle: Approach) -> AdviceTold:
    """At which speed a vehicle meets the green that is or the next; cautious about both its ends.

    Raises ValueError if the junction has no such lane, or the lane no such turn.
    """
    junction = lights.entity.removeprefix(junction_entity(""))
    phase = _phase(site.network.junction(junction), vehicle)
    shown = next((one for one in lights.phases if one.phase == phase), None)
    greens = [] if shown is None else _ahead(shown)
    if not greens:
        why = lights.missing if shown is None and lights.missing.en else _unknown(shown)
        return AdviceTold(
            lights.entity, vehicle.lane, phase, lights.at, "unknown", None, None, None, why
        )
    found = advice(vehicle.to_line_m, limit_m_s=vehicle.limit_m_s, greens=greens)
    why = _why(greens[0])
    if found is None:
        more = Text(
            zh=why.zh + "；在限速的一半至限速之间赶不上，请准备停车",
            en=why.en + "; no speed from half the limit to the limit meets it, so prepare to stop",
        )
        return AdviceTold(
            lights.entity, vehicle.lane, phase, lights.at, "stop", None, None, None, more
        )
    speeds = (round(found.low_m_s, 2), round(found.high_m_s, 2), _tenth(found.arrives_s))
    return AdviceTold(lights.entity, vehicle.lane, phase, lights.at, "speed", *speeds, why)


def _phase(place: Junction, vehicle: Approach) -> int:
    """Under which phase a vehicle crosses; of a lane with several ways the one straight on.

    Raises ValueError if there is no such lane or turn.
    """
    moves = [one for one in place.movements if one.from_lane == vehicle.lane]
    if not moves:
        some = ", ".join(list(dict.fromkeys(one.from_lane for one in place.movements))[:3])
        raise ValueError(f"junction {place.id} has no lane '{vehicle.lane}'; it has {some} …")
    wished = [one for one in moves if one.turn == (vehicle.turn or "through")]
    if vehicle.turn and not wished:
        turns = ", ".join(dict.fromkeys(one.turn for one in moves))
        raise ValueError(f"lane {vehicle.lane} does not go '{vehicle.turn}'; it goes {turns}.")
    return (wished or moves)[0].group + 1


def _ahead(shown: LightTold) -> list[tuple[float, float]]:
    """The green that is, or the next: from when at the latest, to when at the soonest; s."""
    if shown.light == "green" and shown.least_s is not None:
        return [(0.0, shown.least_s)]
    if shown.light == "red" and shown.most_s is not None and shown.green_s is not None:
        least = shown.least_s if shown.least_s is not None else shown.most_s
        return [(shown.most_s, least + shown.green_s)]
    return []


def _why(green: tuple[float, float]) -> Text:
    begin, end = (f"{one:.0f}" for one in green)
    if green[0] > 0:
        return Text(
            zh=f"最迟约 {begin} 秒后变绿，至少绿到 {end} 秒后",
            en=f"green begins in {begin} s at the latest and lasts until {end} s from now at least",
        )
    return Text(zh=f"现在是绿灯，至少还有 {end} 秒", en=f"it is green for {end} s more at least")


def _unknown(shown: LightTold | None) -> Text:
    if shown is not None and shown.light == "yellow":
        return Text(
            zh="现在是黄灯，下一次绿灯还无法预计；请准备停车",
            en="it is yellow and its next green cannot be told yet; prepare to stop",
        )
    return Text(
        zh="还没有足够的记录来预计这个灯色",
        en="there are too few records to tell when this light will change",
    )
