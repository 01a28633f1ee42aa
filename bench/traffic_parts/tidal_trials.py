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
from haihe.model.time import MINUTE, SECOND
from haihe.packs.traffic.measures.events import Events, joined
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
from haihe.packs.traffic.tidal.machine import Phase
from haihe.packs.traffic.tidal.sensors import Sensors, sign_events, twin_lane

ZONES: Final = 4
HOME: Final = Way.OUT
WARN_STEPS: Final = 4
HOLD_STEPS: Final = 1
LATE_S: Final = 8  # A step of the twin and 3 s of the line.
QUEUE_NOISE: Final = 0.1  # Queues are measured to a tenth (standard deviation).
FLOW_STEPS: Final = 10 * 60 // STEP_S  # The demand of the last ten minutes.
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


def piloted(morning: Mornings, *, fault: Fault = sound) -> Outcome:
    """The morning as the tidal pack turns the lane, from what detectors and signs tell it.

    fault: what becomes of each step's events on their way.
    """
    count = len(morning.cases)
    tide = tide_of(morning.usual, np.array(DAYS))
    settings = pilot.Settings(lanes_of(morning), tide, Limits(late_s=LATE_S), OFFSET)
    sensors = Sensors(ZONES, morning.shape.cells)
    flight = _opened(settings, count)
    street = replace(empty_street(morning.shape), way=np.full(count, HOME))
    sensed, seen = sensors.start(), _Seen.start(morning)
    shown = settings.machine.interlock.shown(flight.guard, now=T0)
    sums, asks = Sums(np.zeros(count), np.zeros(count, np.int64)), np.zeros(count, np.int64)
    for step in range(STEPS):
        at, now = T0 + step * STEP_S * SECOND, T0 + (step + 1) * STEP_S * SECOND
        entry, sides = arrivals(morning, step)
        street, passed = drive(street, morning.shape, arrivals=entry, sides=sides, shown=shown)
        sensed, events = sensors.step(sensed, passed, cells=street.cells, way=street.way, at=at)
        amber = ~flight.guard.lit & (at < flight.guard.dark_at)
        events = joined([fault(events, step), sign_events(shown, amber=amber, at=now - SECOND)])
        seen = seen.plus(entry + sides.sum(axis=2))
        before = flight.guard.way
        flight, told = pilot.turn(
            settings, flight, heard=seen.heard(events, street, now=now), now=now
        )
        shown = told.shown
        asks[[*told.asks, *told.blocked]] += 1
        sums = sums.plus(street, flight.guard.way != before)
    return outcome(morning, street, sums=sums, asks=asks)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is measured of the traffic beside the lane.

    recent: float64 (slot, case, way), demand of the last minutes, step by step.
    noise: float64 (slot, case, way), how wrong a measured queue is.
    """

    recent: FloatArray
    noise: FloatArray
    steps: int

    @classmethod
    def start(cls, morning: Mornings) -> "_Seen":
        count = len(morning.cases)
        seeds = [case.seed for case in morning.cases]
        draws = [
            np.random.default_rng([7, seed]).normal(size=(60, 2)) for seed in range(max(seeds) + 1)
        ]
        noise = np.stack([draws[seed] for seed in seeds], axis=1)
        return cls(np.zeros((FLOW_STEPS, count, 2)), 1 + QUEUE_NOISE * noise, 0)

    def plus(self, came: FloatArray) -> "_Seen":
        recent = self.recent
        recent[self.steps % FLOW_STEPS] = came
        return _Seen(recent, self.noise, self.steps + 1)

    def heard(self, events: Events, street: Street, *, now: int) -> pilot.Heard:
        count = street.cells.shape[0]
        known = self.steps >= FLOW_STEPS
        flow = self.recent.sum(axis=0) * (3600 / STEP_S / FLOW_STEPS)
        noise = self.noise[(now - T0) // MINUTE % len(self.noise)]
        return pilot.Heard(
            events=events,
            flow_veh_h=flow if known else np.full_like(flow, np.nan),
            queue_veh=(street.waiting + street.queue.sum(axis=2)) * noise,
            inside_veh=street.cells.sum(axis=1).astype(np.float64),
            acts=np.zeros(count, np.int64),
            confirmed=np.zeros(count, np.bool_),
            held=np.zeros(count, np.bool_),
        )


def _opened(settings: pilot.Settings, count: int) -> pilot.Flight:
    """The lanes at 6:30: a person looked, and they are open the way they have without a tide."""
    interlock = settings.machine.interlock
    flight = pilot.start(settings, at=T0 - 10 * MINUTE)
    now = T0 - STEP_S * SECOND
    nothing = np.zeros(count, np.int64)
    events = sign_events(nothing, amber=np.zeros(count, np.bool_), at=now)
    guard = interlock.hear(flight.guard, events, now=now)
    guard = interlock.confirm(guard, np.ones(count, np.bool_), now=now)
    unknown, no = np.full((count, 2), np.nan), np.zeros(count, np.bool_)
    heard = pilot.Heard(joined([]), unknown, unknown, unknown[:, 0], nothing, no, no)
    flight, told = pilot.turn(settings, replace(flight, guard=guard), heard=heard, now=T0)
    assert (told.shown == HOME).all(), Phase(
        int(settings.machine.phases(flight.course, flight.guard, now=T0)[0])
    )
    return flight
