"""One morning driven by each way of turning the lane: all cases at once, step by step."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from bench.traffic_parts.tidal_cases import (
    CAPACITY_VEH_H,
    DAYS,
    DEMAND_STEPS,
    OFFSET,
    SLOT_STEPS,
    STEPS,
    T0,
    Mornings,
)
from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.packs.traffic.measures.events import Events
from haihe.packs.traffic.tidal import pilot
from haihe.packs.traffic.tidal.corridor import (
    SPEED_M_S,
    STEP_S,
    Street,
    drive,
    empty_street,
)
from haihe.packs.traffic.tidal.forecast import tide_of
from haihe.packs.traffic.tidal.lanes import Lane, Limits, Way
from haihe.packs.traffic.tidal.machine import Act
from haihe.packs.traffic.tidal.rehearsal import (
    LATE_S,
    ZONES,
    Came,
    Cast,
    heard,
    moved,
    opening,
)
from haihe.packs.traffic.tidal.sensors import twin_lane

HOME: Final = Way.OUT
WARN_STEPS: Final = 4
HOLD_STEPS: Final = 1
QUEUE_NOISE: Final = 0.1  # Queues are measured to a tenth (standard deviation).
Fault = Callable[[Events, int], Events]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a morning came to; all by case.

    delay_s: seconds a vehicle.
    stranded, turns, asks: int64.
    unfinished: vehicles still there at the end.
    """

    delay_s: FloatArray
    stranded: IntArray
    turns: IntArray
    asks: IntArray
    unfinished: FloatArray


@dataclass(frozen=True, slots=True)
class Sums:
    """What is added up on the way."""

    spent: FloatArray
    turns: IntArray

    def plus(self, street: Street, turned: BoolArray) -> "Sums":
        """One step more."""
        return Sums(self.spent + street.inside.sum(axis=1) * STEP_S, self.turns + turned)


def arrivals(morning: Mornings, step: int) -> tuple[FloatArray, FloatArray]:
    """At the entry, and from the side streets: their mean, at all sections but the first."""
    shape = morning.shape
    sides = np.zeros((len(morning.cases), 2, shape.sections))
    if step >= DEMAND_STEPS:
        return np.zeros((len(morning.cases), 2)), sides
    share = np.array([case.corridor.sides for case in morning.cases])
    inner = shape.length - 1
    each = morning.demand[:, :, step // SLOT_STEPS] * (STEP_S / 3600) * (share / inner)[:, None]
    section = np.arange(shape.sections)
    sides[:] = each[..., None] * ((section > 0) & (section < shape.length[:, None]))[:, None, :]
    return morning.entries[:, :, step].astype(np.float64), sides


def outcome(morning: Mornings, street: Street, *, sums: Sums, asks: IntArray) -> Outcome:
    """The sums as they are told: time spent less the free drive, a vehicle."""
    share = np.array([case.corridor.sides for case in morning.cases])
    inner = morning.shape.length - 1
    entries = morning.entries.sum(axis=(1, 2))
    sides = morning.demand.sum(axis=(1, 2)) * (SLOT_STEPS * STEP_S / 3600) * share
    section_s = morning.shape.free_steps * STEP_S
    free = (entries * morning.shape.length + sides * (inner + 1) / 2) * section_s
    return Outcome(
        delay_s=(sums.spent - free) / np.maximum(entries + sides, 1.0),
        stranded=street.stranded,
        turns=sums.turns,
        asks=asks,
        unfinished=street.inside.sum(axis=1),
    )


def by_table(morning: Mornings, table: IntArray, *, sure: bool) -> Outcome:
    """The morning by a timetable: int64 (case, slot), the ``Way`` that the lane should be open.

    sure: wait until the lane is truly empty, as only an oracle can; else twice the free drive.
    """
    count = len(morning.cases)
    street = empty_street(morning.shape)
    street = replace(street, way=np.full(count, HOME))
    way, lit = np.full(count, HOME), np.ones(count, np.bool_)
    dark, empty = np.zeros(count, np.int64), np.zeros(count, np.int64)
    sums = Sums(np.zeros(count), np.zeros(count, np.int64))
    least = 2 * morning.shape.cells
    for step in range(STEPS):
        wanted = table[:, min(step // SLOT_STEPS, table.shape[1] - 1)]
        closes = lit & (wanted != way)
        dark = np.where(closes, step + WARN_STEPS, dark)
        lit &= ~closes
        closed = ~lit & (step >= dark)
        empty = np.where(closed & (street.cells.sum(axis=1) == 0), empty + 1, 0)
        clear = (empty > HOLD_STEPS) if sure else (step >= dark + least)
        opens = closed & (clear | (wanted == way))
        turned = opens & (wanted != way)
        way, lit = np.where(opens, wanted, way), lit | opens
        shown = np.where(lit | (step < dark), way, Way.NONE)
        entry, sides = arrivals(morning, step)
        street, _ = drive(street, morning.shape, arrivals=entry, sides=sides, shown=shown)
        sums = sums.plus(street, turned)
    return outcome(morning, street, sums=sums, asks=np.zeros(count, np.int64))


def lanes_of(morning: Mornings) -> tuple[Lane, ...]:
    """The cases' reversible lanes."""
    made = []
    for at, case in enumerate(morning.cases):
        like = Lane(
            name="lane", devices=(0, 1), gates=(1, 2, 3, 4), zones=(11,), signs=(1, 1),
            length_m=1.0, lanes=(case.corridor.lanes,) * 2, capacity_veh_h=CAPACITY_VEH_H,
        )  # fmt: skip
        length_m = float(morning.shape.cells[at]) * STEP_S * SPEED_M_S
        made.append(twin_lane(at, zones=ZONES, length_m=length_m, like=like))
    return tuple(made)


def sound(events: Events, step: int) -> Events:  # noqa: ARG001
    """Detectors that lose nothing."""
    return events


def piloted(morning: Mornings, *, fault: Fault = sound, begins: Way = HOME) -> Outcome:
    """The morning as the tidal pack turns the lane, from what detectors and signs tell it.

    fault: what becomes of each step's events on their way.
    begins: the way every lane is open at first; its home is ``HOME`` whatever that is.
    """
    count = len(morning.cases)
    tide = tide_of(morning.usual, np.array(DAYS))
    settings = pilot.Settings(lanes_of(morning), tide, Limits(late_s=LATE_S), OFFSET)
    cast = Cast(settings, morning.shape, _noise(morning), T0)
    scene = opening(cast, np.full(count, begins))
    sums, asks = Sums(np.zeros(count), np.zeros(count, np.int64)), np.zeros(count, np.int64)
    nobody, release = np.full(count, Act.NONE), np.full(count, Act.RELEASE)
    for step in range(STEPS):
        came = Came(*arrivals(morning, step), acts=nobody if step else release)
        before, went = scene.way, moved(cast, scene, came=came)
        went = replace(went, events=fault(went.events, step))
        scene, told = heard(cast, scene, came=came, step=went)
        asks[[*told.asks, *told.blocked]] += 1
        sums = sums.plus(scene.street, scene.way != before)
    return outcome(morning, scene.street, sums=sums, asks=asks)


def _noise(morning: Mornings) -> FloatArray:
    """float64 (minute, case, way): how wrong a measured queue is."""
    seeds = [case.seed for case in morning.cases]
    draws = [
        np.random.default_rng([7, seed]).normal(size=(60, 2)) for seed in range(max(seeds) + 1)
    ]
    return 1 + QUEUE_NOISE * np.stack([draws[seed] for seed in seeds], axis=1)
