"""How vehicles move in one second: they follow, stop at lines, cross, change lanes.

Source: Krauß, Microscopic Modeling of Traffic Flow, DLR 1998: the speed from which one still stops
behind a leader who brakes; without his random dawdling. Signals and full roads ahead are leaders
that stand.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray, IndexArray, IntArray
from haihe.packs.traffic.street.layout import NONE, Layout
from haihe.packs.traffic.street.loops import ADVANCE_M, LOOP_M
from haihe.packs.traffic.street.vehicles import (
    ACCEL_M_S2,
    HEADWAY_S,
    LENGTH_M,
    REACH_M,
    TOP_M_S,
    Vehicles,
)
from haihe.packs.traffic.tidal.lanes import Way

GO, STOP, ENDING, YIELD = 0, 1, 2, 3  # What a signal says to its group; see ``Lights``.
BRAKE_M_S2: Final = 4.5  # SUMO's car: as hard as people brake without an emergency.
EASY_M_S2: Final = 3.0  # ITE: who would have to brake harder than that passes the yellow.
GAP_M: Final = 2.5  # SUMO's car: between standing vehicles.
TIGHT_M: Final = 1.6  # Ours: never less, so that no loop ever takes two for one.
LINE_M: Final = 1.0  # Ours: where one stops before the line.
SLOW_M_S: Final = 2.0  # Ours: who is slower behind the junction may have to stop there.
MERGE_S: Final = 4  # Ours: how often a driver thinks of another lane.
MERGE_GAIN: Final = 2  # Ours: vehicles fewer ahead that are worth a change.
MERGE_BEGIN_M, MERGE_END_M = 15.0, 40.0  # Ours: not right behind a junction, nor before a line.
BLOCKED_VEH: Final = 50  # Ours: a lane that is blocked counts like as many ahead.
ONCOMING_M: Final = 40.0  # HCM 2016: a critical gap of 4.5 s at some 30 km/h.
SETTLING: Final = 50  # Ours: more rounds than a strip has vehicles that brake onto each other.


@dataclass(frozen=True, slots=True)
class Lights:
    """What vehicles must look at.

    heads: int8 (junction, group), GO, STOP, ENDING or YIELD.
    opens: the ``Way`` in which the reversible lane may be entered; NONE where it may not.
    blocks_m: float64 (strip,), where something stands in the lane; infinite where nothing does.
    """

    heads: np.ndarray[tuple[int, ...], np.dtype[np.int8]]
    opens: Way
    blocks_m: FloatArray


@dataclass(frozen=True, slots=True)
class Moved:
    """One second of everybody.

    before: the vehicles before it; ``step_m``: float64, how far each went.
    after: those that are still inside, ordered.
    crossed: bool, over the stop line of their strip; ``left``: bool, out of the zone.
    """

    before: Vehicles
    step_m: FloatArray
    after: Vehicles
    crossed: BoolArray
    left: BoolArray


@dataclass(frozen=True, slots=True)
class _Heads:
    """The foremost vehicle of each strip that has any.

    row: int64, its row. onto: int64, the strip it would go on to; NONE where it leaves.
    inner_m: float64, over the junction. tail: int64, the row it would follow; NONE for nobody.
    """

    row: IndexArray
    onto: IntArray
    inner_m: FloatArray
    tail: IntArray


def moved(layout: Layout, cars: Vehicles, *, lights: Lights) -> Moved:
    """Everybody one second later."""
    strips, legs = layout.strips, layout.legs
    end_m = strips.length_m[cars.strip]
    heads = _heads(layout, cars, opens=lights.opens)
    leader = np.arange(-1, len(cars) - 1)
    leader[heads.row] = heads.tail
    shift_m = np.zeros(len(cars))
    shift_m[heads.row] = np.where(heads.tail >= 0, end_m[heads.row] + heads.inner_m, 0.0)
    waits = _waits(layout, cars, lights=lights)
    waits[heads.row] |= _no_room(cars, heads)
    speed = _speeds(layout, cars, leader=leader, shift_m=shift_m)
    stop_m = np.where(waits, end_m - LINE_M, np.inf)
    blocked = lights.blocks_m[cars.strip]
    stop_m = np.minimum(stop_m, np.where(blocked > cars.at_m, blocked - LINE_M, np.inf))
    speed = np.minimum(speed, _stopping(stop_m - cars.at_m))
    at_m = cars.at_m + speed
    held = waits & (cars.at_m <= end_m)
    at_m = np.where(held, np.minimum(at_m, np.maximum(end_m, cars.at_m)), at_m)
    at_m = _apart(cars, at_m, heads=heads, end_m=end_m)
    at_m = _settled(cars, at_m, leader=leader, shift_m=shift_m)
    crossed = at_m > end_m
    after = replace(cars, at_m=at_m, speed_m_s=at_m - cars.at_m)
    left = crossed & (legs.following[cars.leg] == NONE)
    after = _across(layout, after, heads=heads, crossed=crossed)
    return Moved(cars, at_m - cars.at_m, after.take(~left).ordered(), crossed, left)


def _heads(layout: Layout, cars: Vehicles, *, opens: Way) -> _Heads:
    """The foremost, and where each would go on to."""
    strips, legs = layout.strips, layout.legs
    count = len(strips.names)
    first = np.searchsorted(cars.strip, np.arange(count + 1))
    has = first[1:] > first[:-1]
    row = first[:-1][has]
    last = np.where(has, first[1:] - 1, NONE)
    leg, strip = cars.leg[row], cars.strip[row]
    onto = legs.target[leg, strip]
    if opens != Way.NONE:
        begin = int(np.flatnonzero(strips.way == opens)[0])
        avenue = legs.avenue[leg]
        inmost = ~legs.allowed[leg, np.minimum(strip + 1, count - 1)]
        may = (avenue >= 0) & inmost & (legs.road[avenue] == strips.road[begin])
        load = first[1:] - first[:-1]
        onto = np.where(may & (load[begin] <= load[np.maximum(onto, 0)]), begin, onto)
    tail = np.where(onto >= 0, last[np.maximum(onto, 0)], NONE)
    return _Heads(row, onto, legs.inner_m[leg, strip], tail)


def _waits(layout: Layout, cars: Vehicles, *, lights: Lights) -> BoolArray:
    """bool (vehicle,): whether its signal keeps it before the line."""
    legs = layout.legs
    junction, group = legs.junction[cars.leg], legs.group[cars.leg]
    head = np.where(junction >= 0, lights.heads[junction, group], GO)
    left_m = layout.strips.length_m[cars.strip] - cars.at_m
    stops = cars.speed_m_s**2 <= 2 * EASY_M_S2 * left_m
    waits: BoolArray = (head == STOP) | ((head == ENDING) & stops)
    if (head == YIELD).any():
        near = (left_m < ONCOMING_M) & (junction >= 0) & (head != STOP)
        shape = layout.yields.shape[:2]
        coming = np.zeros(shape, np.bool_)
        coming[junction[near], group[near]] = True
        gives: BoolArray = np.any(layout.yields & coming[:, None, :], axis=2)
        waits |= (head == YIELD) & gives[junction, group]
    return waits


def _no_room(cars: Vehicles, heads: _Heads) -> BoolArray:
    """bool (head,): whether it would have to stop on the junction."""
    tail = np.maximum(heads.tail, 0)
    rear_m = cars.at_m[tail] - cars.length_m[tail] - GAP_M
    full = (cars.speed_m_s[tail] < SLOW_M_S) & (rear_m < cars.length_m[heads.row])
    return full & (heads.tail >= 0)


def _speeds(layout: Layout, cars: Vehicles, *, leader: IntArray, shift_m: FloatArray) -> FloatArray:
    """float64 (vehicle,): as fast as acceleration, limit and leader allow; m/s."""
    limit = np.minimum(layout.strips.speed_m_s[cars.strip], TOP_M_S[cars.kind])
    wanted = np.minimum(cars.speed_m_s + ACCEL_M_S2[cars.kind], limit)
    ahead = np.maximum(leader, 0)
    gap_m = cars.at_m[ahead] - cars.length_m[ahead] + shift_m - GAP_M - cars.at_m
    react = BRAKE_M_S2 * HEADWAY_S[cars.kind]
    inner = react**2 + cars.speed_m_s[ahead] ** 2 + 2 * BRAKE_M_S2 * gap_m
    safe = np.sqrt(np.maximum(inner, 0.0)) - react
    fast: FloatArray = np.where(leader >= 0, np.minimum(wanted, safe), wanted)
    return np.maximum(fast, 0.0)


def _stopping(left_m: FloatArray) -> FloatArray:
    """m/s from which one still stops within so many metres."""
    room = np.maximum(left_m, 0.0)
    speed: FloatArray = np.sqrt(BRAKE_M_S2**2 + 2 * BRAKE_M_S2 * room) - BRAKE_M_S2
    return speed


def _apart(cars: Vehicles, at_m: FloatArray, *, heads: _Heads, end_m: FloatArray) -> FloatArray:
    """Places where no two vehicles go on to one strip in the same second."""
    crossing = (at_m[heads.row] > end_m[heads.row]) & (heads.onto >= 0)
    onto = heads.onto[crossing]
    if len(onto) < 2:
        return at_m
    _, first = np.unique(onto, return_index=True)
    if len(first) == len(onto):
        return at_m
    later = np.delete(heads.row[crossing], first)
    out = at_m.copy()
    out[later] = np.maximum(end_m[later], cars.at_m[later])
    return out


def _settled(
    cars: Vehicles, at_m: FloatArray, *, leader: IntArray, shift_m: FloatArray
) -> FloatArray:
    """Places where nobody is nearer to the one ahead than ``TIGHT_M``, whoever brakes how."""
    ahead = np.maximum(leader, 0)
    reach_m = np.where(leader >= 0, shift_m - cars.length_m[ahead] - TIGHT_M, np.inf)
    for _ in range(SETTLING):
        most = np.maximum(at_m[ahead] + reach_m, cars.at_m)
        if not (at_m > most).any():
            break
        at_m = np.minimum(at_m, most)
    return at_m


def _across(layout: Layout, cars: Vehicles, *, heads: _Heads, crossed: BoolArray) -> Vehicles:
    """Those over their line, in the strip behind the junction."""
    legs = layout.legs
    over = crossed[heads.row] & (heads.onto >= 0)
    row = heads.row[over]
    if not len(row):
        return cars
    onto, end_m = heads.onto[over], layout.strips.length_m[cars.strip[row]]
    behind_m = end_m + heads.inner_m[over]
    strip, leg, at_m = cars.strip.copy(), cars.leg.copy(), cars.at_m.copy()
    behind, offset = cars.behind.copy(), cars.behind_m.copy()
    following, avenue = legs.following[leg[row]], legs.avenue[leg[row]]
    turns = (avenue >= 0) & (layout.strips.way[onto] != Way.NONE)
    behind[row], offset[row] = strip[row], behind_m
    leg[row] = np.where(turns, avenue, following)
    strip[row] = onto
    at_m[row] -= behind_m
    return replace(cars, strip=strip, leg=leg, at_m=at_m, behind=behind, behind_m=offset)


def changed_lanes(layout: Layout, cars: Vehicles, *, lights: Lights, second: int) -> Vehicles:
    """The vehicles after those moved over whose own lane is fuller, or blocked."""
    strips = layout.strips
    thinks = np.flatnonzero(
        ((cars.number + second) % MERGE_S == 0)
        & (cars.at_m > MERGE_BEGIN_M)
        & (cars.at_m < strips.length_m[cars.strip] - MERGE_END_M)
        & ~_on_loop(strips.length_m[cars.strip] - cars.at_m)
        & (strips.way[cars.strip] == Way.NONE)
    )
    if not len(thinks):
        return cars
    place = cars.place()
    first = np.searchsorted(cars.strip, np.arange(len(strips.names) + 1))
    best = thinks - first[cars.strip[thinks]] - MERGE_GAIN
    best = best + BLOCKED_VEH * (lights.blocks_m[cars.strip[thinks]] > cars.at_m[thinks]) * (
        np.isfinite(lights.blocks_m[cars.strip[thinks]])
    )
    goal = np.full(len(thinks), NONE)
    for side in (1, -1):
        other = np.clip(cars.strip[thinks] + side, 0, len(strips.names) - 1)
        at = np.searchsorted(place, other * REACH_M - cars.at_m[thinks])
        ahead = at - first[other]
        blocks = lights.blocks_m[other]
        ahead = ahead + BLOCKED_VEH * ((blocks > cars.at_m[thinks]) & np.isfinite(blocks))
        good = (
            (strips.road[other] == strips.road[cars.strip[thinks]])
            & layout.legs.allowed[cars.leg[thinks], other]
            & _fits(cars, thinks, other=other, at=at)
            & (ahead <= best)
        )
        goal = np.where(good, other, goal)
        best = np.where(good, ahead - 1, best)
    goes = np.flatnonzero(goal >= 0)
    if not len(goes):
        return cars
    _, once = np.unique(goal[goes], return_index=True)
    rows = thinks[goes[once]]
    strip, behind = cars.strip.copy(), cars.behind.copy()
    strip[rows], behind[rows] = goal[goes[once]], NONE
    return replace(cars, strip=strip, behind=behind).ordered()


def _on_loop(left_m: FloatArray) -> BoolArray:
    """bool (vehicle,): whether some of it may lie over the loop before the line."""
    begin_m = left_m - ADVANCE_M
    over: BoolArray = (begin_m < 1.0) & (begin_m > -LENGTH_M.max() - LOOP_M)
    return over


def _fits(cars: Vehicles, rows: IndexArray, *, other: IntArray, at: IntArray) -> BoolArray:
    """bool (row,): whether there is room between the two it would drive between."""
    count = len(cars)
    ahead, after = np.clip(at - 1, 0, count - 1), np.clip(at, 0, count - 1)
    speed = cars.speed_m_s[rows]
    front_m = cars.at_m[ahead] - cars.length_m[ahead] - cars.at_m[rows]
    rear_m = cars.at_m[rows] - cars.length_m[rows] - cars.at_m[after]
    leads = (at > 0) & (cars.strip[ahead] == other)
    follows = (at < count) & (cars.strip[after] == other)
    front = ~leads | (front_m > GAP_M + speed)
    room: BoolArray = front & (~follows | (rear_m > GAP_M + cars.speed_m_s[after]))
    return room
