"""Who waits and who is coming, lane by lane, from whatever the sensors showed."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.packs.traffic.control.feeds import SPACING_M
from haihe.packs.traffic.control.layout import Layout
from haihe.packs.traffic.control.settings import Settings
from haihe.packs.traffic.control.sight import Sight

SLOW_M_S: Final = 2.0  # Ours: 7 km/h; who is slower stands in a queue.
SHARE_LEAST: Final = 0.05  # Ours: fewer say too little to scale up from.
GAP_S: Final = 3.0  # FHWA Signal Timing Manual, 5.4: a gap that ends a queue's discharge.
DISCHARGE_VEH_S: Final = 0.5  # HCM 2016: 1,800 vehicles an hour and lane of green.
LIKELY: Final = 0.5  # Ours: a vehicle is told of where it goes rather than not.
FIRST_FLOW_VEH_S: Final = 0.05  # Ours: 180 vehicles an hour and lane, until it was counted.


@dataclass(frozen=True, slots=True)
class Past:
    """What the estimate remembers; (junction, lane) each.

    at: ns, of the last sight.
    flow_veh_s: arrivals, averaged.
    count, since_s: vehicles that came since the average, and for how long they were counted.
    unseen: vehicles estimated to wait that tell nothing.
    waited_s: for how long somebody has waited without anybody leaving.
    ids: vehicles of the last sight, sorted.
    """

    at: int
    flow_veh_s: FloatArray
    count: FloatArray
    since_s: FloatArray
    unseen: FloatArray
    waited_s: FloatArray
    ids: IntArray


@dataclass(frozen=True, slots=True)
class Demand:
    """What the lanes ask for.

    arrivals: float64 (junction, bin, lane), vehicles reaching the stop line if nothing holds them,
        of those who wait or tell where they are.
    waiting: float64 (junction, lane), of these, who stands already.
    weight: float64 (junction, lane), persons a vehicle, times impatience.
    waited_s: float64 (junction, lane).
    room: float64 (junction, lane), share of its flow that finds room behind the junction.
    fullest: float64 (junction, lane), people on the fullest vehicle that comes; 0 if none tells.
    """

    arrivals: FloatArray
    waiting: FloatArray
    weight: FloatArray
    waited_s: FloatArray
    room: FloatArray
    fullest: FloatArray


def no_past(layout: Layout) -> Past:
    """The memory of one who has seen nothing."""
    shape = layout.approach.shape
    flow = np.where(layout.approach >= 0, FIRST_FLOW_VEH_S, 0.0)
    none = np.zeros(shape)
    return Past(-1, flow, none, none, none, none, np.zeros(0, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class _Told:
    """Connected vehicles, one row for each way each may take.

    cell: junction * lanes + lane.
    away_m, away_s: to the stop line, in seconds if nothing holds it.
    share: of the vehicle that takes this way.
    row: of the vehicle in the sight.
    """

    cell: IntArray
    away_m: FloatArray
    away_s: FloatArray
    share: FloatArray
    row: IntArray


def look(
    layout: Layout, settings: Settings, *, past: Past, sight: Sight, green: BoolArray
) -> tuple[Past, Demand]:
    """The demand now, and what to remember for the next time.

    green: bool (junction, lane), whose lane had green until now.
    """
    shape = layout.approach.shape
    elapsed_s = (sight.now - past.at) / 1e9 if past.at >= 0 else float(settings.slot_s)
    told = _told(layout, settings, sight=sight)
    cars = sight.vehicles
    slow = cars.speed_m_s[told.row] < SLOW_M_S
    standing = _sums(told, told.share * slow, shape=shape)
    fresh = _fresh(cars.id, past.ids)[told.row]
    entered = _sums(told, told.share * fresh, shape=shape)
    flow, count, since_s = _flow(past, settings, sight=sight, entered=entered, elapsed_s=elapsed_s)
    unseen = _unseen(past, sight=sight, green=green, flow=flow, elapsed_s=elapsed_s)
    unseen = _fit_to_queue(unseen, told, sight=sight, slow=slow, green=green)
    arrivals = _arrivals(layout, settings, told=told)
    arrivals[:, 0] += unseen
    waits = (standing > 0) | (sight.detectors.occupied & sight.detectors.works)
    served = np.where(sight.detectors.works, sight.detectors.passed > 0, green)
    waited = np.where(waits & ~served, past.waited_s + elapsed_s, 0.0)
    now = Past(sight.now, flow, count, since_s, unseen, waited, np.sort(cars.id))
    demand = Demand(
        arrivals=arrivals,
        waiting=standing + unseen,
        weight=_weights(told, sight=sight, shape=shape)
        * _impatience(waited, settings)
        * _pressing(layout, settings, waiting=standing + unseen),
        waited_s=waited,
        room=_room(layout, sight),
        fullest=_fullest(told, sight=sight, shape=shape),
    )
    return now, demand


def _fresh(ids: IntArray, seen: IntArray) -> BoolArray:
    """Which are not among those ``seen``, which are sorted."""
    at = np.minimum(np.searchsorted(seen, ids), len(seen) - 1)
    return seen[at] != ids if len(seen) else np.ones(len(ids), dtype=np.bool_)


def _told(layout: Layout, settings: Settings, *, sight: Sight) -> _Told:
    """Every way each connected vehicle may take to a stop line within sight."""
    feeds = layout.feeds
    first = np.searchsorted(feeds.lane, sight.vehicles.lane, side="left")
    last = np.searchsorted(feeds.lane, sight.vehicles.lane, side="right")
    ways = last - first
    row = np.repeat(np.arange(len(ways)), ways)
    step = np.arange(len(row)) - np.repeat(np.cumsum(ways) - ways, ways)
    feed = np.repeat(first, ways) + step
    away = sight.vehicles.to_end_m[row] + feeds.offset_m[feed]
    speed = feeds.speed_m_s[sight.vehicles.lane[row]]
    seen = away <= settings.sight_m
    return _Told(
        cell=feeds.cell[feed][seen].astype(np.int64),
        away_m=away[seen],
        away_s=(sight.vehicles.to_end_m[row] / speed + feeds.offset_s[feed])[seen],
        share=feeds.share[feed][seen],
        row=row[seen],
    )


def _sums(told: _Told, values: FloatArray, *, shape: tuple[int, ...]) -> FloatArray:
    size = int(np.prod(shape))
    sums = np.bincount(told.cell, weights=values, minlength=size)[:size]
    return sums.astype(np.float64).reshape(shape)


def _flow(
    past: Past, settings: Settings, *, sight: Sight, entered: FloatArray, elapsed_s: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Arrivals a second, averaged, with the vehicles and seconds counted since the last average.

    A stop line tells who leaves, not who comes. So it is asked only when its queue has gone: all
    that came since the last time have then left. A queue that does not go for long tells that
    arrivals are at least what left.
    """
    found = sight.detectors
    told = entered / max(sight.share, SHARE_LEAST)
    count = past.count + np.where(found.works, found.passed, told)
    since_s = past.since_s + elapsed_s
    gone = ~found.works | (~found.occupied & (found.quiet_s >= GAP_S))
    rate = count / since_s
    stuck = ~gone & (since_s >= settings.flow_tau_s)
    keep = np.exp(-since_s / settings.flow_tau_s)
    averaged = keep * past.flow_veh_s + (1 - keep) * rate
    flow = np.where(gone, averaged, np.where(stuck, np.maximum(averaged, past.flow_veh_s), 0.0))
    ends = gone | stuck
    flow = np.where(ends, flow, past.flow_veh_s)
    return flow, np.where(ends, 0.0, count), np.where(ends, 0.0, since_s)


def _unseen(
    past: Past, *, sight: Sight, green: BoolArray, flow: FloatArray, elapsed_s: float
) -> FloatArray:
    """Vehicles that wait and tell nothing: those before, and who came since, less who left."""
    found = sight.detectors
    hidden = 1 - sight.share
    left = np.where(found.works, found.passed, np.where(green, DISCHARGE_VEH_S * elapsed_s, 0.0))
    unseen = np.maximum(past.unseen + hidden * flow * elapsed_s - hidden * left, 0.0)
    gone = found.works & ~found.occupied & (found.quiet_s >= GAP_S)
    unseen = np.where(gone, 0.0, unseen)
    return np.where(found.works & found.occupied, np.maximum(unseen, hidden), unseen)


def _fit_to_queue(
    unseen: FloatArray, told: _Told, *, sight: Sight, slow: BoolArray, green: BoolArray
) -> FloatArray:
    """As many unseen as fit before the last one who stands, and no more than before one who runs.

    A connected vehicle that stands before a red light says that everything before it is full. In
    green those before it may have left already, while it still waits for its turn to move.
    """
    if not len(told.cell) or sight.share >= 1:
        return unseen if sight.share < 1 else np.zeros_like(unseen)
    flat = unseen.ravel().copy()
    size = len(flat)
    tail = np.zeros(size)
    np.maximum.at(tail, told.cell[slow], told.away_m[slow])
    known = np.bincount(told.cell[slow], weights=told.share[slow], minlength=size)
    full = (known > 0) & ~green.ravel()
    least = np.where(full, np.maximum(tail / SPACING_M + 1 - known, 0.0), 0.0)
    runs = ~slow & ~green.ravel()[told.cell]
    front = np.full(size, np.inf)
    np.minimum.at(front, told.cell[runs], told.away_m[runs])
    most = np.where(front > tail, front / SPACING_M, np.inf)
    return np.minimum(np.maximum(flat, least), np.maximum(most, least)).reshape(unseen.shape)


def _arrivals(layout: Layout, settings: Settings, *, told: _Told) -> FloatArray:
    count, wide = layout.approach.shape
    reach = (told.away_s // settings.bin_s).astype(np.int64)
    seen = reach < settings.bins
    at = (told.cell // wide * settings.bins + reach) * wide + told.cell % wide
    size = count * settings.bins * wide
    sums = np.bincount(at[seen], weights=told.share[seen], minlength=size)
    return sums.astype(np.float64).reshape(count, settings.bins, wide)


def _weights(told: _Told, *, sight: Sight, shape: tuple[int, ...]) -> FloatArray:
    """Persons for each vehicle of a lane, as far as they tell; 1 where nobody does."""
    persons = _sums(told, told.share * sight.vehicles.persons[told.row], shape=shape)
    vehicles = _sums(told, told.share, shape=shape)
    return np.where(vehicles > 0, persons / np.maximum(vehicles, 1e-9), 1.0)


def _fullest(told: _Told, *, sight: Sight, shape: tuple[int, ...]) -> FloatArray:
    """People on the fullest vehicle of each lane, of those likelier to take it than not."""
    found = np.zeros(int(np.prod(shape)))
    likely = told.share >= LIKELY
    np.maximum.at(found, told.cell[likely], sight.vehicles.persons[told.row[likely]])
    return found.reshape(shape)


def _impatience(waited_s: FloatArray, settings: Settings) -> FloatArray:
    """1 up to the patience, then more and more without bound: nobody is left to wait for ever."""
    beyond = np.maximum(waited_s / settings.patience_s - 1, 0.0)
    return 1 + beyond * beyond


def _pressing(layout: Layout, settings: Settings, *, waiting: FloatArray) -> FloatArray:
    """1 while a lane is empty, more the nearer its queue comes to blocking what lies upstream."""
    fill = np.minimum(waiting * SPACING_M / layout.block_m, 1.0)
    return 1 + settings.full * fill * fill


def _room(layout: Layout, sight: Sight) -> FloatArray:
    """The share of each lane's flow that finds room behind the junction; 1 where unseen."""
    lanes = len(layout.lanes)
    count = np.bincount(sight.vehicles.lane, minlength=lanes)[:lanes] / max(
        sight.share, SHARE_LEAST
    )
    slow = sight.vehicles.speed_m_s < SLOW_M_S
    stands = np.bincount(sight.vehicles.lane[slow], minlength=lanes)[:lanes] > 0
    places = np.maximum(layout.length_m / SPACING_M, 1.0)
    free = np.where(stands, np.clip(places - count, 0.0, 1.0), 1.0)
    found = np.bincount(
        layout.exit_cell,
        weights=layout.exit_share * free[layout.exit_lane],
        minlength=layout.cells,
    )
    whole = np.bincount(layout.exit_cell, weights=layout.exit_share, minlength=layout.cells)
    share = np.where(whole > 0, found / np.maximum(whole, 1e-9), 1.0)
    return share.reshape(layout.approach.shape)
