"""Connected vehicles: on which lane each is, and what share of all vehicles they are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from haihe.model.arrays import BoolArray, FloatArray, IntArray, SlotArray
from haihe.model.record import Batch
from haihe.model.time import MINUTE, SECOND
from haihe.packs.traffic.control.sight import Vehicles
from haihe.packs.traffic.signals.site import Site

FRESH: Final = 15 * SECOND  # Ours: a few reports of a few seconds each; older is elsewhere by now.
ASIDE_M: Final = 3.25  # CJJ 37-2012, 5.3: as wide as a lane; farther aside is not on it.
TURNED: Final = 0.5  # Cosine of 60 degrees: who heads elsewhere is not on the lane.
SHARE_OVER: Final = 15 * MINUTE  # Ours: a bin of traffic counts; the share changes in hours.
DOUBT_VEH: Final = 10.0  # Ours: silent vehicles imagined at first, so that few prove little.
AHEAD_M: Final = 20.0  # Ours: who would be farther beyond the stop line by now has passed it.
AT_ONCE: Final = 1 << 20  # Ours: pairs of vehicle and segment looked at together, 50 MB.
# SAE J2735 and T/CSAE 53, basic vehicle class: 50 to 57 are buses; 30 people is a bus half full.
BUSES: Final = (50, 57)
BUS_PERSONS: Final = 30.0  # Ours: people on a bus in the morning peak.
Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Fleet:
    """What is remembered of connected vehicles; (vehicle,) each, by the stream's slots.

    lane: int32, the lane's ordinal; -1 if it is on none.
    to_end_m, speed_m_s, persons: float64, as last told.
    seen_at: int64, when that was observed; ns; 0 if never.
    cell: int32, the approach cell it last stood before; -1 if it has passed it.
    told_veh, counted_veh: vehicles that passed stop lines and told so, and all that detectors
        counted there; of late.
    """

    lane: SlotArray
    to_end_m: FloatArray
    speed_m_s: FloatArray
    persons: FloatArray
    seen_at: IntArray
    cell: SlotArray
    told_veh: float
    counted_veh: float

    @property
    def share(self) -> float:
        """Of all vehicles, how many tell where they are; 0 to 1."""
        return min(self.told_veh / (self.counted_veh + DOUBT_VEH), 1.0)


def no_fleet() -> Fleet:
    """Nobody has told anything."""
    none, empty = np.empty(0, dtype=np.int32), np.empty(0)
    return Fleet(
        none, empty, empty.copy(), empty.copy(), np.empty(0, np.int64), none.copy(), 0.0, 0.0
    )


def heard_of(
    site: Site, fleet: Fleet, *, rows: Batch | None, counted: FloatArray, elapsed_s: float
) -> Fleet:
    """After the turn's records of ``VEHICLE``.

    counted: float64 (junction, lane), vehicles that believed detectors counted in the turn; NaN
        where none is believed.
    """
    keep = float(np.exp(-elapsed_s * SECOND / SHARE_OVER))
    sure = np.isfinite(counted)
    fleet = replace(
        fleet,
        told_veh=fleet.told_veh * keep,
        counted_veh=fleet.counted_veh * keep + float(counted[sure].sum()),
    )
    if rows is None:
        return fleet
    fleet = _wider(fleet, int(rows.slots.max()) + 1)
    numbers = rows.numbers
    columns = np.stack([numbers[name] for name in ("lon", "lat", "speed", "heading")])
    whole: BoolArray = np.isfinite(columns).all(axis=0) & (
        rows.observed_at >= fleet.seen_at[rows.slots]
    )
    order = np.flatnonzero(whole)
    order = order[np.argsort(rows.observed_at[order], kind="stable")]
    lane, to_end_m = matched(
        site, {name: numbers[name][order] for name in ("lon", "lat", "heading")}
    )
    slots = rows.slots[order]
    passed, cell = _passed(site, fleet, slots=slots, lane=lane)
    passed = passed[np.isin(passed, np.flatnonzero(sure.ravel()))]
    return Fleet(
        lane=_put(fleet.lane, slots, values=lane),
        to_end_m=_put(fleet.to_end_m, slots, values=to_end_m),
        speed_m_s=_put(fleet.speed_m_s, slots, values=numbers["speed"][order]),
        persons=_put(fleet.persons, slots, values=_persons(numbers, order=order)),
        seen_at=_put(fleet.seen_at, slots, values=rows.observed_at[order]),
        cell=cell,
        told_veh=fleet.told_veh + len(passed),
        counted_veh=fleet.counted_veh,
    )


def _put(column: NDArray[Scalar], slots: SlotArray, *, values: NDArray[Scalar]) -> NDArray[Scalar]:
    """The column with new values; in order of time, so of a repeated vehicle the last stays."""
    found = column.copy()
    found[slots] = values
    return found


def vehicles_of(fleet: Fleet, *, now: int) -> Vehicles:
    """Those heard lately, moved on to ``now`` at the speed they told."""
    age_s = (now - fleet.seen_at) / SECOND
    to_end_m = fleet.to_end_m - fleet.speed_m_s * np.maximum(age_s, 0.0)
    here = (fleet.lane >= 0) & (now - fleet.seen_at <= FRESH) & (to_end_m > -AHEAD_M)
    return Vehicles(
        id=np.flatnonzero(here).astype(np.int64),
        lane=fleet.lane[here],
        to_end_m=np.maximum(to_end_m[here], 0.0),
        speed_m_s=fleet.speed_m_s[here],
        persons=fleet.persons[here],
    )


def matched(site: Site, told: Mapping[str, FloatArray]) -> tuple[SlotArray, FloatArray]:
    """The lane each vehicle is on, and metres to its end: the nearest that leads its way.

    told: "lon", "lat" and "heading"; float64 (row,), degrees.
    Returns int32 (row,), -1 where there is none, and float64 (row,).
    """
    count = len(told["lon"])
    lane, to_end_m = np.full(count, -1, dtype=np.int32), np.zeros(count)
    segments = site.segments
    if not len(segments.lane):
        return lane, to_end_m
    x, y = site.metres(told["lon"], told["lat"])
    heading = np.radians(told["heading"])
    step = max(AT_ONCE // len(segments.lane), 1)
    for begin in range(0, count, step):
        part = slice(begin, begin + step)
        dx, dy = x[part, None] - segments.x, y[part, None] - segments.y
        along = dx * segments.east + dy * segments.north
        aside = np.abs(dx * segments.north - dy * segments.east)
        ahead = (
            np.sin(heading[part, None]) * segments.east
            + np.cos(heading[part, None]) * segments.north
        )
        fits = (along >= 0) & (along <= segments.length_m) & (aside <= ASIDE_M) & (ahead > TURNED)
        away = np.where(fits, aside, np.inf)
        best = away.argmin(axis=1)
        each = np.arange(len(best))
        found = np.isfinite(away[each, best])
        lane[part] = np.where(found, segments.lane[best], -1)
        rest = segments.rest_m[best] + segments.length_m[best] - along[each, best]
        to_end_m[part] = np.where(found, rest, 0.0)
    return lane, to_end_m


def _passed(
    site: Site, fleet: Fleet, *, slots: SlotArray, lane: SlotArray
) -> tuple[IntArray, SlotArray]:
    """The approach cells that vehicles have passed, once for each, and where each stands now."""
    cell = fleet.cell.copy()
    wide = len(site.cell_of)
    now_at = np.where(lane >= 0, site.cell_of[np.minimum(lane, wide - 1)], -1)
    passed: list[IntArray] = []
    turn = _turn_of(slots)
    for number in range(int(turn.max(initial=-1)) + 1):
        of = turn == number
        who, on = slots[of], lane[of]
        before = cell[who]
        flat = site.layout.approach.ravel()
        old_road = site.road_number[flat[np.maximum(before, 0)]]
        left = (before >= 0) & (on >= 0) & (site.road_number[np.maximum(on, 0)] != old_road)
        passed.append(before[left].astype(np.int64))
        cell[who] = np.where(on >= 0, now_at[of], before)
    return np.concatenate(passed) if passed else np.empty(0, np.int64), cell


def _turn_of(slots: SlotArray) -> IntArray:
    """int64 (row,): how many rows of the same vehicle stand before each."""
    order = np.argsort(slots, kind="stable")
    ordered = slots[order]
    first = np.searchsorted(ordered, ordered, side="left")
    turn = np.empty(len(slots), dtype=np.int64)
    turn[order] = np.arange(len(slots)) - first
    return turn


def _persons(numbers: Mapping[str, FloatArray], *, order: IntArray) -> FloatArray:
    kind = numbers["vehicle_class"][order]
    return np.where((kind >= BUSES[0]) & (kind <= BUSES[1]), BUS_PERSONS, 1.0)


def _wider(fleet: Fleet, count: int) -> Fleet:
    have = len(fleet.lane)
    if have >= count:
        return fleet
    more = count - have
    return replace(
        fleet,
        lane=np.append(fleet.lane, np.full(more, -1, np.int32)),
        to_end_m=np.append(fleet.to_end_m, np.zeros(more)),
        speed_m_s=np.append(fleet.speed_m_s, np.zeros(more)),
        persons=np.append(fleet.persons, np.ones(more)),
        seen_at=np.append(fleet.seen_at, np.zeros(more, np.int64)),
        cell=np.append(fleet.cell, np.full(more, -1, np.int32)),
    )
