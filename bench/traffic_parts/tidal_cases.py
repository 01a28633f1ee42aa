"""The tidal benchmark's mornings: corridors by load, share and shape of the tide, drawn by seed."""

from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from haihe.model.arrays import FloatArray
from haihe.model.time import DAY, HOUR, MINUTE, SECOND
from haihe.packs.traffic.tidal.corridor import STEP_S, Shape
from haihe.packs.traffic.tidal.forecast import SLOT, SLOTS

# Wednesday, 3 June 2026, 6:30 in Beijing; what is usual rests on the ten working days before.
T0: Final = (20_607 * 24 - 8) * HOUR + 6 * HOUR + 30 * MINUTE
OFFSET: Final = 8 * HOUR
DAYS: Final = (0, 1, 2, 3, 4) * 2  # Weekdays of the history.
DEMAND_STEPS: Final = 210 * 60 // STEP_S  # Three and a half hours, to 10:00.
STEPS: Final = 300 * 60 // STEP_S  # And an hour and a half to empty, to 11:30.
SLOT_STEPS: Final = SLOT // SECOND // STEP_S
FIRST_SLOT: Final = (T0 + OFFSET) % DAY // SLOT
FREE_STEPS: Final = 7  # A section of 486 m.
CAPACITY_VEH_H: Final = 605.0  # A lane's end: 1,800 an hour saturated, green for 0.336 of it.
BASE: Final = 0.5  # What drives without a tide, of the peak; as much in as out.
DAY_SPREAD: Final = 0.08  # Days differ by so much (standard deviation of the logarithm).
SHIFT_MIN: Final = 8.0  # And by so many minutes.


@dataclass(frozen=True, slots=True)
class Corridor:
    """A road: ordinary lanes each way, sections, and the share that comes from side streets."""

    name: str
    lanes: int
    sections: int
    sides: float


CORRIDORS: Final = (
    Corridor("1+1+1, 1.5 km", 1, 3, 0.0),
    Corridor("2+1+2, 1.9 km, sides 10 %", 2, 4, 0.1),
    Corridor("3+1+3, 2.9 km, sides 20 %", 3, 6, 0.2),
)
LOADS: Final = (0.75, 0.95, 1.15)  # Peak demand of both ways over the capacity of all lanes.
SHARES: Final = (0.5, 0.6, 0.7, 0.8)  # Of the inbound way at the peak.
SHAPES: Final = ("slow", "fast", "double", "event", "late", "absent")


@dataclass(frozen=True, slots=True)
class Case:
    """One morning; ``seed`` draws the days."""

    corridor: Corridor
    load: float
    share: float
    shape: str
    seed: int


@dataclass(frozen=True, slots=True)
class Mornings:
    """All cases side by side.

    entries: uint8 (case, way, step), vehicles that come to the entry.
    side_share: float64 (case,), of all demand, from side streets.
    demand: float64 (case, way, slot), vehicles an hour, of the day as it is.
    usual: float64 (day, case, way, slot of the day), vehicles an hour, of the days before.
    """

    cases: tuple[Case, ...]
    shape: Shape
    entries: NDArray[np.uint8]
    demand: FloatArray
    usual: FloatArray


def cases_of(seeds: int) -> tuple[Case, ...]:
    """Every corridor by load, share, shape and seed."""
    every = product(CORRIDORS, LOADS, SHARES, SHAPES, range(seeds))
    return tuple(Case(*one) for one in every)


def mornings(cases: tuple[Case, ...]) -> Mornings:
    """The cases drawn; each by its own seed, whatever stands beside it."""
    slots = DEMAND_STEPS // SLOT_STEPS
    entries = np.zeros((len(cases), 2, DEMAND_STEPS), np.uint8)
    demand = np.zeros((len(cases), 2, STEPS // SLOT_STEPS))
    usual = np.full((len(DAYS), len(cases), 2, SLOTS), np.nan)
    for at, case in enumerate(cases):
        place = [CORRIDORS.index(case.corridor), LOADS.index(case.load), SHARES.index(case.share)]
        draw = np.random.default_rng([case.seed, *place, SHAPES.index(case.shape)])
        for day in range(len(DAYS)):
            mean = _rates(case, draw, is_today=False) * (SLOT / HOUR)
            usual[day, at, :, FIRST_SLOT : FIRST_SLOT + slots] = draw.poisson(mean) * (HOUR / SLOT)
        rates = _rates(case, draw, is_today=True)
        demand[at, :, :slots] = rates
        steps = np.repeat(rates, SLOT_STEPS, axis=1) * (STEP_S / 3600)
        entries[at] = draw.poisson(steps * (1 - case.corridor.sides))
    return Mornings(cases, _shape(cases), entries, demand, usual)


def evenings(morning: Mornings) -> Mornings:
    """The same days home again: what went in goes out, on the corridor's mirror image."""
    return replace(
        morning,
        entries=morning.entries[:, ::-1],
        demand=morning.demand[:, ::-1],
        usual=morning.usual[:, :, ::-1],
    )


def _shape(cases: tuple[Case, ...]) -> Shape:
    lanes = np.array([[case.corridor.lanes] * 2 for case in cases])
    return Shape(
        lanes=lanes,
        length=np.array([case.corridor.sections for case in cases]),
        free_steps=FREE_STEPS,
        capacity=np.full(len(cases), CAPACITY_VEH_H * STEP_S / 3600),
    )


def _rates(case: Case, draw: np.random.Generator, *, is_today: bool) -> FloatArray:
    """float64 (way, slot): vehicles an hour, as a day of this kind has them."""
    factor = float(np.exp(draw.normal(0.0, DAY_SPREAD)))
    shift = draw.normal(0.0, SHIFT_MIN)
    minute = (np.arange(DEMAND_STEPS // SLOT_STEPS) + 0.5) * (SLOT / MINUTE)
    tide = _tide(case.shape, np.asarray(minute - shift, np.float64), is_today=is_today)
    peak = case.load * (2 * case.corridor.lanes + 1) * CAPACITY_VEH_H * factor
    total = peak * (BASE + (1 - BASE) * tide)
    inbound = 0.5 + (case.share - 0.5) * tide
    return np.stack([total * inbound, total * (1 - inbound)])


def _tide(shape: str, minute: FloatArray, *, is_today: bool) -> FloatArray:
    """How much of the tide there is, 0 to 1; minutes from 6:30."""
    if shape == "event":
        return _plateau(minute, 90, end=150) if is_today else np.zeros_like(minute)
    if shape == "absent" and is_today:
        return np.zeros_like(minute)
    if shape == "fast":
        return _plateau(minute, 60, end=130)
    if shape == "double":
        return _bump(minute, 25, end=95) + _bump(minute, 115, end=185)
    late = 45.0 if shape == "late" and is_today else 0.0
    return _bump(minute - late, 20, end=165)


def _bump(minute: FloatArray, begin: float, *, end: float) -> FloatArray:
    """A raised cosine."""
    part = np.clip((minute - begin) / (end - begin), 0.0, 1.0)
    return (1 - np.cos(2 * np.pi * part)) / 2


def _plateau(minute: FloatArray, begin: float, *, end: float) -> FloatArray:
    """Full from ``begin`` to ``end``, with edges of ten minutes."""
    return np.clip((minute - begin) / 10 + 1, 0, 1) * np.clip((end - minute) / 10 + 1, 0, 1)
