"""A recorded day driven again in the twin corridor: as the signs were, or as it is asked."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.model.time import MINUTE, SECOND
from haihe.packs.traffic.tidal import pilot
from haihe.packs.traffic.tidal.corridor import (
    SPEED_M_S,
    STEP_S,
    Shape,
    Street,
    drive,
    empty_street,
)
from haihe.packs.traffic.tidal.forecast import Tide
from haihe.packs.traffic.tidal.lanes import Lane, Way
from haihe.packs.traffic.tidal.machine import Act
from haihe.packs.traffic.tidal.recorded import COUNTED_MIN, Recorded
from haihe.packs.traffic.tidal.rehearsal import (
    LATE_S,
    MINUTE_STEPS,
    OPENING,
    ZONES,
    Came,
    Cast,
    heard,
    moved,
    opening,
)
from haihe.packs.traffic.tidal.sensors import twin_lane

SECTION_M: Final = 486.0  # Ours: as the benchmark's corridors; blocks between signals.
WARM_MIN: Final = 10  # Ours: the road fills, and the pilot has counted, before the stretch begins.
WARM_STEPS: Final = WARM_MIN * MINUTE_STEPS
COUNTED_STEPS: Final = COUNTED_MIN * MINUTE_STEPS
Tell = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Played:
    """What was driven, of the stretch without its warming; arrays by corridor.

    queue_veh: float64 (minute, corridor, way), who waits at the minute's end.
    inside_veh: float64 (minute, corridor), in the reversible lane.
    lost_veh_h: float64 (corridor,), time spent less the free drive of who came.
    shown: int8 (step, corridor), the ``Way``; lit: bool, open and not about to close.
    stranded, asks: int64 (corridor,).
    late_s: float64 (corridor,), how long a lane was not empty when it was to open, at most.
    """

    queue_veh: FloatArray
    inside_veh: FloatArray
    lost_veh_h: FloatArray
    shown: IntArray
    lit: BoolArray
    stranded: IntArray
    asks: IntArray
    late_s: FloatArray


def road_of(lane: Lane, *, factors: FloatArray) -> Shape:
    """The lane's corridor, once for each factor of its capacity; float64 (corridor,)."""
    sections = max(1, round(lane.length_m / SECTION_M))
    count = len(factors)
    return Shape(
        lanes=np.tile(np.array(lane.lanes), (count, 1)),
        length=np.full(count, sections),
        free_steps=max(1, round(lane.length_m / sections / (SPEED_M_S * STEP_S))),
        capacity=factors * lane.capacity_veh_h * STEP_S / 3600,
    )


def mean_arrivals(record: Recorded) -> FloatArray:
    """float64 (step, way): vehicles expected in each step, the warming in front."""
    each = np.repeat(record.demand_veh_h, MINUTE_STEPS, axis=1) * (STEP_S / 3600)
    warm = np.repeat(each[:, :1], WARM_STEPS, axis=1)
    return np.concatenate([warm, each], axis=1).T


def drawn_arrivals(record: Recorded, *, seeds: int) -> FloatArray:
    """float64 (step, seed, way): whole vehicles, each ten minutes as many as were recorded.

    What is not known of a day that was counted is when within the counting time each came: given
    their number, arrivals by chance fall as their rate does.
    """
    mean = mean_arrivals(record)
    drawn = np.zeros((len(mean), seeds, 2))
    for seed in range(seeds):
        draw = np.random.default_rng([29, seed])
        for begin in range(0, len(mean), COUNTED_STEPS):
            part = mean[begin : begin + COUNTED_STEPS]
            for way in range(2):
                total = float(part[:, way].sum())
                if total > 0.0:
                    many = int(total + draw.random())
                    share = part[:, way] / total
                    drawn[begin : begin + len(part), seed, way] = draw.multinomial(many, share)
    return drawn


class _Watch:
    """What is noted on the way, step by step."""

    def __init__(self, shape: Shape, steps: int) -> None:
        count = len(shape.length)
        minutes = steps // MINUTE_STEPS
        self.shape = shape
        self.queue = np.zeros((minutes, count, 2))
        self.inside = np.zeros((minutes, count))
        self.spent = np.zeros(count)
        self.came = np.zeros(count)
        self.shown = np.zeros((steps, count), np.int64)
        self.lit = np.zeros((steps, count), np.bool_)
        self.late = np.zeros(count)
        self.latest = np.zeros(count)

    def note(self, step: int, street: Street, *, entry: FloatArray, shown: IntArray) -> None:
        """Note one step, counted from the end of the warming."""
        if step < 0:
            return
        self.spent += street.inside.sum(axis=1) * (STEP_S / 3600)
        self.came += entry.sum(axis=1)
        self.shown[step] = shown
        if (step + 1) % MINUTE_STEPS == 0:
            minute = step // MINUTE_STEPS
            self.queue[minute] = street.waiting + street.queue.sum(axis=2)
            self.inside[minute] = street.cells.sum(axis=1)

    def waits(self, held: BoolArray) -> None:
        """Note which lanes are not empty though they were recorded as open."""
        self.late = np.where(held, self.late + STEP_S, 0.0)
        self.latest = np.maximum(self.latest, self.late)

    def played(self, street: Street, *, asks: IntArray) -> Played:
        """Everything noted."""
        free_h = self.shape.length * self.shape.free_steps * STEP_S / 3600
        return Played(
            queue_veh=self.queue,
            inside_veh=self.inside,
            lost_veh_h=self.spent - self.came * free_h,
            shown=self.shown,
            lit=self.lit,
            stranded=street.stranded,
            asks=asks,
            late_s=self.latest,
        )


def _as_queued(street: Street, record: Recorded) -> Street:
    """The street at the stretch's begin, with the queues that were recorded then."""
    here = street.queue.sum(axis=2)
    return replace(street, waiting=np.maximum(record.queue_veh[:, 0] - here, 0.0))


@dataclass(frozen=True, slots=True)
class Day:
    """A lane's recorded day, and what it is driven with.

    settings: of the loop, where the lane is one of many.
    factor: what the lane's capacity is multiplied by.
    """

    settings: pilot.Settings
    lane: Lane
    record: Recorded
    factor: float = 1.0


def as_recorded(day: Day, *, entries: FloatArray, factors: FloatArray) -> Played:
    """The demand with the signs as they were.

    entries: float64 (step, corridor, way).
    factors: float64 (corridor,), of the lane's capacity; instead of the day's.
    A lane that is not empty in the twin yet when it was recorded as opened opens when it is.
    """
    record, shape = day.record, road_of(day.lane, factors=factors)
    count, steps = len(factors), len(record.shown)
    street = replace(empty_street(shape), way=np.full(count, record.shown[0]))
    watch = _Watch(shape, steps)
    sides = np.zeros((count, 2, shape.sections))
    for step in range(-WARM_STEPS, steps):
        if step == 0:
            street = _as_queued(street, record)
        wanted = np.full(count, record.shown[max(step, 0)])
        held = (wanted != Way.NONE) & (wanted != street.way) & street.cells.any(axis=1)
        shown = np.where(held, int(Way.NONE), wanted)
        entry = entries[step + WARM_STEPS]
        street, _ = drive(street, shape, arrivals=entry, sides=sides, shown=shown)
        watch.waits(held)
        watch.note(step, street, entry=entry, shown=shown)
    watch.lit = watch.shown != Way.NONE
    return watch.played(street, asks=np.zeros(count, np.int64))


@dataclass(frozen=True, slots=True)
class Plan:
    """How one corridor's lane is turned: by hand at these steps, or by the loop.

    acts: (step, ``Act``) in order; ignored if ``is_loop``.
    """

    acts: tuple[tuple[int, Act], ...] = ()
    is_loop: bool = False


def as_asked(day: Day, plans: tuple[Plan, ...], *, entries: FloatArray, tell: Tell) -> Played:
    """The demand with each plan, through the machine and its interlock; plan by plan, seed by seed.

    entries: float64 (step, seed, way).
    """
    record = day.record
    seeds = entries.shape[1]
    every = [plan for plan in plans for _ in range(seeds)]
    count, steps = len(every), len(record.shown)
    shape = road_of(day.lane, factors=np.full(count, day.factor))
    cast = Cast(
        _copied(day, shape),
        shape,
        np.ones((1, count, 2)),
        record.began_at - WARM_MIN * MINUTE,
    )
    scene = opening(cast, np.full(count, record.shown[0]))
    watch, acts = _Watch(shape, steps), _acts(every)
    asks, nobody = np.zeros(count, np.int64), np.full(count, int(Act.NONE))
    sides = np.zeros((count, 2, shape.sections))
    for step in range(-WARM_STEPS, steps):
        if step == 0:
            scene = replace(scene, street=_as_queued(scene.street, record))
        entry = np.tile(entries[step + WARM_STEPS], (len(plans), 1))
        came = Came(entry, sides, acts.get(step, nobody))
        scene, told = heard(cast, scene, came=came, step=moved(cast, scene, came=came))
        asks[[*told.asks, *told.blocked]] += 1
        watch.note(step, scene.street, entry=entry, shown=scene.shown)
        if step >= 0:
            watch.lit[step] = scene.flight.guard.lit
            if step % (10 * MINUTE_STEPS) == 0:
                tell(step / steps)
    return watch.played(scene.street, asks=asks)


def _acts(plans: list[Plan]) -> dict[int, IntArray]:
    """By step, what a person wants of each lane; NONE where nothing."""
    found: dict[int, IntArray] = {}
    for at, plan in enumerate(plans):
        acts = ((-WARM_STEPS, Act.RELEASE),) if plan.is_loop else plan.acts
        for step, act in acts:
            found.setdefault(step, np.full(len(plans), int(Act.NONE)))[at] = act
    return found


def _copied(day: Day, shape: Shape) -> pilot.Settings:
    """The settings for as many twins of one lane as there are corridors."""
    settings, lane = day.settings, day.lane
    count, row = len(shape.length), settings.lanes.index(lane)
    length_m = float(shape.cells[0]) * STEP_S * SPEED_M_S
    tide = settings.tide
    usual, spread = (
        np.repeat(part[:, row : row + 1], count, axis=1) for part in (tide.usual, tide.spread)
    )
    lanes = (twin_lane(one, zones=ZONES, length_m=length_m, like=lane) for one in range(count))
    late_s = max(settings.limits.late_s, LATE_S)
    limits = replace(settings.limits, late_s=late_s)
    return replace(settings, lanes=tuple(lanes), tide=Tide(usual, spread, tide.days), limits=limits)


def step_of(record: Recorded, at: int) -> int:
    """The step in which something that is to be at ``at`` happens."""
    return int((at - record.began_at) // (STEP_S * SECOND))


def held(way: Way) -> Act:
    """What a person asks for to have a lane open this way, or closed."""
    return Act(int(OPENING[way]))
