"""The zone's avenue as its controllers would tell it: plans run by the interlock, made-up loops."""

from functools import cache
from typing import Final

import numpy as np

from haihe.model import Rows
from haihe.model.arrays import IntArray
from haihe.model.time import MINUTE, SECOND
from haihe.pack.signals import Sighted, Stretch, Told
from haihe.packs.traffic.charts.site import phase_of, zone_site
from haihe.packs.traffic.interlock import Interlock
from haihe.packs.traffic.limits import LAWFUL
from haihe.packs.traffic.plan import plan_of
from haihe.packs.traffic.streams import SIGNAL_EVENT, VEHICLE
from haihe.packs.traffic.tables import tables_of
from haihe.packs.traffic.zone import ADVANCE, STOP_LINE, approaches, junction_entity, placed

T0: Final = 1_767_225_600 * SECOND  # 2026-01-01T00:00:00Z.
SPEED_M_S: Final = 13.89  # The zone's limit.
MADE_S: Final = 45 * 60  # What is made; s.
CODES: Final = {"G": 1, "y": 8, "r": 10}
STRETCH: Final = Stretch(T0 + 15 * MINUTE, T0 + 45 * MINUTE, 15 * MINUTE)
SITE: Final = zone_site()
STOPS: Final = tuple(one.junction for one in SITE.corridors[0].stops)
MIDDLE: Final = "J0101"  # The junction whose loops tell something.
EAST: Final = phase_of(SITE.network.junction(MIDDLE), "W-through")  # From the west, to the east.


@cache
def heads() -> dict[str, tuple[str, ...]]:
    """A letter a group, second by second, of the avenue's junctions."""
    junctions = [SITE.network.junction(name) for name in STOPS]
    plans = [plan_of(one) for one in junctions]
    lock = Interlock(tables_of(junctions, LAWFUL))
    memory = lock.start(np.array([plan.at(T0) for plan in plans]), at=T0)
    lines: list[tuple[str, ...]] = []
    for second in range(MADE_S):
        now = T0 + second * SECOND
        wish = np.array([plan.at(now) for plan in plans])
        wish = np.where(memory.full_at > now, memory.target, wish)
        memory, _ = lock.step(memory, wish, local=wish, now=now)
        lines.append(lock.shown(memory, now=now))
    return {name: tuple(line[at] for line in lines) for at, name in enumerate(STOPS)}


def changes(lines: tuple[str, ...]) -> list[tuple[float, int, int]]:
    """The events of heads: (second, code, phase)."""
    found, before = [], "r" * len(lines[0])
    for second, line in enumerate(lines):
        for group, letter in enumerate(line):
            if letter != before[group]:
                found.append((float(second), CODES[letter], group + 1))
        before = line
    return found


def loops(lines: tuple[str, ...]) -> list[tuple[float, int, int]]:
    """Loops of the first through lane from the west: two in three arrive on green."""
    junction = SITE.network.junction(MIDDLE)
    lanes = approaches(junction)
    lane = next(one.from_lane for one in junction.movements if one.group == EAST - 1)
    near, far = STOP_LINE + lanes.index(lane), ADVANCE + lanes.index(lane)
    found: list[tuple[float, int, int]] = []
    for second in range(1, len(lines) - 1):
        green, before = lines[second][EAST - 1] == "G", lines[second - 1][EAST - 1] == "G"
        if green and not before:
            for at in (4.0, 8.0):
                found += [(second + at, 82, far), (second + at + 0.4, 81, far)]
            found += [(second - 6.0, 82, near), (second + 3.0, 81, near)]
        if before and not green:
            found += [(second + 9.0, 82, far), (second + 9.4, 81, far)]
            found += [(second - 1.0, 82, near), (second - 0.5, 81, near)]
            found += [(second + 5.0, 82, near), (second + 5.5, 81, near)]  # On red.
    return found


@cache
def told(junction: str) -> Told:
    """What a junction of the avenue tells, from T0 on."""
    lines = heads()[junction]
    events = changes(lines) + (loops(lines) if junction == MIDDLE else [])
    at, code, parameter = (np.array(column) for column in zip(*sorted(events), strict=True))
    return Told(T0 + np.round(at * 10).astype(np.int64) * (SECOND // 10), code, parameter)


def sighted() -> Sighted:
    """One connected vehicle along the avenue at the limit, one that crosses it."""
    seconds = np.arange(0, 76, 2)
    along = [placed(float(second * SPEED_M_S), -350.0) for second in seconds]
    across = [placed(350.0, -350.0 + float(x)) for x in range(-200, 200, 25)]
    crossing = np.arange(len(across)) * 2
    at = STRETCH.from_at + np.concatenate([seconds, crossing]) * SECOND
    vehicle = np.repeat([1, 2], [len(along), len(across)])
    lon, lat = (np.array(column) for column in zip(*along, *across, strict=True))
    order = np.argsort(at, kind="stable")
    return Sighted(at[order], vehicle[order], lon[order], lat[order])


def event_rows(shift: int) -> Rows:
    """The avenue's events as records, so much later; ns."""
    every = [told(name) for name in STOPS]
    codes = np.repeat(np.arange(len(STOPS), dtype=np.int32), [len(one.at) for one in every])
    at = np.concatenate([one.at for one in every]) + shift
    numbers = {
        "code": np.concatenate([one.code for one in every]).astype(float),
        "parameter": np.concatenate([one.parameter for one in every]).astype(float),
    }
    ids = tuple(junction_entity(name) for name in STOPS)
    return _rows(SIGNAL_EVENT.name, ids, codes=codes, at=at, numbers=numbers)


def vehicle_rows(shift: int) -> Rows:
    """The vehicles as records, so much later; ns."""
    seen = sighted()
    numbers = {one.name: np.full(len(seen.at), np.nan) for one in VEHICLE.numbers}
    numbers |= {"lon": seen.lon, "lat": seen.lat}
    codes = (seen.vehicle - 1).astype(np.int32)
    ids = ("vehicle/7a000001", "vehicle/7a000002")
    return _rows(VEHICLE.name, ids, codes=codes, at=seen.at + shift, numbers=numbers)


def _rows(
    stream: str,
    ids: tuple[str, ...],
    *,
    codes: np.ndarray[tuple[int], np.dtype[np.int32]],
    at: IntArray,
    numbers: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]],
) -> Rows:
    """In order of time, as a controller would send them, received when they happened."""
    order = np.argsort(at, kind="stable")
    told_numbers = {name: column[order] for name, column in numbers.items()}
    return Rows(stream, ids, codes[order], at[order], told_numbers, {}, received_at=at[order])
