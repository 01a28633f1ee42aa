"""The time-space diagram: greens along a corridor, the bands through them, and who drove."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import cos, isfinite, radians
from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.arrays import FloatArray
from haihe.model.time import MINUTE, SECOND
from haihe.pack.signals import BandTold, CorridorTold, Sighted, StopTold, Stretch, Told, TrackTold
from haihe.packs.traffic.charts.site import KM_H, Corridor
from haihe.packs.traffic.charts.words import NOTHING, joined_text
from haihe.packs.traffic.measures.events import Code
from haihe.packs.traffic.zone import DEGREE_M

Interval = tuple[float, float]
BESIDE_M: Final = 30.0  # Ours: half of a wide road and what a receiver errs.
APART: Final = 60 * SECOND  # Ours: a vehicle unseen for longer is another one; ids are used again.
LEAST_M: Final = 100.0  # Ours: who moved less crossed the corridor.
TRACKS_MAX: Final = 300  # Ours: more lines are a grey area.
NEWEST: Final = 10 * MINUTE  # Ours: a green longer than that has lost its end.


def corridor_told(
    corridor: Corridor, told: Mapping[str, Told], *, sighted: Sighted, stretch: Stretch
) -> CorridorTold:
    """The diagram; told: junction to events. A junction without events has no greens."""
    stops = []
    for one in corridor.stops:
        own = told.get(one.junction)
        ways = [_greens(own, phase, stretch=stretch) for phase in (one.forward, one.back)]
        title = Text(zh=one.junction, en=one.junction)
        stops.append(StopTold(f"junction/{one.junction}", title, one.at_m, ways[0], ways[1]))
    at_m, end_m = [one.at_m for one in stops], stops[-1].at_m
    pace = corridor.speed_m_s
    tracks = _tracks(corridor, sighted, stretch=stretch)
    forward = bands([(one.forward, at / pace) for one, at in zip(stops, at_m, strict=True)])
    back = bands(
        [(one.back, (end_m - at) / pace) for one, at in zip(stops[::-1], at_m[::-1], strict=True)]
    )
    return CorridorTold(
        name=corridor.name,
        title=corridor.title,
        from_at=stretch.from_at,
        to_at=stretch.to_at,
        speed=round(pace * KM_H, 1),
        stops=tuple(stops),
        forward=forward,
        back=back,
        tracks=tracks,
        missing=joined_text([_silent(stops), _unbanded(forward, back), _unseen(tracks)]),
    )


def _greens(told: Told | None, phase: int, *, stretch: Stretch) -> tuple[Interval, ...]:
    """When a phase was green; what still is ends with the stretch, and so does what is told."""
    if told is None or phase == 0:
        return ()
    mask = (told.parameter == phase) & np.isin(told.code, (Code.GREEN, Code.YELLOW))
    mask &= told.at < stretch.to_at
    at, is_green = told.at[mask], told.code[mask] == Code.GREEN
    ends = np.append(at[1:], stretch.to_at)
    found = is_green & (ends > stretch.from_at) & (ends - at <= NEWEST)
    begins = np.maximum(at[found], stretch.from_at) - stretch.from_at
    return tuple(
        (round(begin / SECOND, 1), round(end / SECOND, 1))
        for begin, end in zip(
            begins.tolist(), (ends[found] - stretch.from_at).tolist(), strict=True
        )
    )


def bands(ways: Sequence[tuple[Sequence[Interval], float]]) -> tuple[BandTold, ...]:
    """When to leave the first stop to meet green at all.

    ways: of each stop its greens and the drive to it; s.
    A stop without greens lets nobody through.
    """
    found: list[Interval] | None = None
    for greens, drive in ways:
        moved = [(begin - drive, end - drive) for begin, end in greens]
        found = moved if found is None else _both(found, moved)
    return tuple(BandTold(round(begin, 1), round(end, 1)) for begin, end in found or ())


def _both(one: Sequence[Interval], other: Sequence[Interval]) -> list[Interval]:
    """What lies in an interval of each; both rising and apart."""
    found, left, right = [], 0, 0
    while left < len(one) and right < len(other):
        begin = max(one[left][0], other[right][0])
        end = min(one[left][1], other[right][1])
        if begin < end:
            found.append((begin, end))
        if one[left][1] < other[right][1]:
            left += 1
        else:
            right += 1
    return found


def _tracks(corridor: Corridor, sighted: Sighted, *, stretch: Stretch) -> tuple[TrackTold, ...]:
    """Connected vehicles that drove along the corridor, at most ``TRACKS_MAX``."""
    places = [(one.lon, one.lat) for one in corridor.stops]
    if len(sighted.at) == 0 or not all(isfinite(each) for place in places for each in place):
        return ()
    along = _along(corridor, sighted)
    order = np.lexsort((sighted.at, sighted.vehicle))
    order = order[np.isfinite(along[order])]
    at, vehicle, along = sighted.at[order], sighted.vehicle[order], along[order]
    new = (vehicle[1:] != vehicle[:-1]) | (at[1:] - at[:-1] > APART)
    found = []
    for rows in np.split(np.arange(len(at)), np.flatnonzero(new) + 1):
        if len(rows) < 2 or np.ptp(along[rows]) < LEAST_M:
            continue
        seconds = np.round((at[rows] - stretch.from_at) / SECOND, 1)
        found.append(TrackTold(tuple(seconds.tolist()), tuple(along[rows].round(1).tolist())))
    return tuple(sorted(found, key=lambda one: one.at_s)[:TRACKS_MAX])


def _along(corridor: Corridor, sighted: Sighted) -> FloatArray:
    """How far along the corridor each sight was; m, nan beside it; float64 (sight,)."""
    stops = corridor.stops
    east = DEGREE_M * cos(radians(stops[0].lat))
    x = (sighted.lon - stops[0].lon) * east
    y = (sighted.lat - stops[0].lat) * DEGREE_M
    nearest, found = np.full(len(x), BESIDE_M), np.full(len(x), np.nan)
    for here, there in pairwise(stops):
        x0, y0 = (here.lon - stops[0].lon) * east, (here.lat - stops[0].lat) * DEGREE_M
        dx, dy = (there.lon - here.lon) * east, (there.lat - here.lat) * DEGREE_M
        length = dx * dx + dy * dy
        if length == 0.0:
            continue
        part = ((x - x0) * dx + (y - y0) * dy) / length
        on_it = np.clip(part, 0.0, 1.0)
        beside = np.hypot(x - x0 - on_it * dx, y - y0 - on_it * dy)
        nearer = (beside < nearest) & (part >= 0.0) & (part <= 1.0)
        nearest[nearer] = beside[nearer]
        found[nearer] = here.at_m + on_it[nearer] * (there.at_m - here.at_m)
    return found


def _silent(stops: Sequence[StopTold]) -> Text:
    """Which stops told no greens; empty if all did."""
    silent = "、".join(one.title.zh for one in stops if not one.forward and not one.back)
    if not silent:
        return NOTHING
    return Text(
        zh=f"没有绿灯记录：{silent}", en=f"no greens were told by {silent.replace('、', ', ')}"
    )


def _unbanded(forward: Sequence[BandTold], back: Sequence[BandTold]) -> Text:
    """That nobody gets through at the progression speed; empty if somebody does each way."""
    if forward and back:
        return NOTHING
    if not forward and not back:
        return Text(
            zh="两个方向都没有绿波带", en="neither way does anybody meet green at every stop"
        )
    zh, en = ("去程", "forward") if not forward else ("回程", "back")
    return Text(zh=f"{zh}没有绿波带", en=f"nobody meets green at every stop {en}")


def _unseen(tracks: Sequence[TrackTold]) -> Text:
    """That no vehicle was seen; empty if one was."""
    if tracks:
        return NOTHING
    return Text(zh="没有网联车轨迹", en="no connected vehicle drove along it")
