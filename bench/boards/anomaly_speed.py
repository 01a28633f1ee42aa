"""How many readings a second the anomaly detector takes on one core: one by one, and together."""

import importlib.util
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from typing import Final
from unittest.mock import patch

import numpy as np

from bench.apart import apart
from bench.boards.nab_peers import half_space_trees
from bench.rows import HIGHER, Figure, Options, Row, row
from haihe.detect import Anomaly, Seen
from haihe.detect.anomaly import AnomalyMemory
from haihe.model.arrays import FloatArray, SlotArray
from haihe.model.time import MINUTE

FIELD: Final = "value"
DETECTOR: Final = Anomaly(FIELD)
SENSORS: Final = 160_000  # The points of the reference zone.
PATTERNS: Final = 1_000  # Sensors that differ; the others learnt what these did.
LEARNT: Final = 3_000  # Readings of each before the clock runs: records are then rare, as in use.
NUMPY, COMPILED = "in NumPy", "compiled by numba"
GOAL_ONE, GOAL_MANY = 100e3, 20e6
BEGIN_AT: Final = 30_000_000 * MINUTE
GAUSS_WINDOW: Final = 1_000  # Readings of the rolling mean and variance beside it.
TREES_ROWS: Final = 20_000  # Enough for a second or two of HalfSpaceTrees.


def measure(options: Options) -> list[Row]:
    """Rows of readings a second one by one, each through its own step, and of 160,000 at once."""
    options.say(f"the anomaly detector on one reading, and on {SENSORS:,}")
    count, ticks = (20_000, 10) if options.quick else (100_000, 40)
    one_s = apart(_one_by_one, count, one_core=True)
    whole_s = apart(_one_by_one_whole, count, one_core=True)
    many_s = {NUMPY: apart(_together_in_numpy, ticks, one_core=True)}
    if importlib.util.find_spec("numba") is None:
        options.skip("machine code", "numba is not installed (haihe[fast])")
    else:
        many_s[COMPILED] = apart(_together, ticks, one_core=True)
    beside = {"rolling Gaussian": apart(_gaussian, count, one_core=True)}
    trees = half_space_trees(options.skip) if options.peers and not options.quick else None
    if trees is not None:
        began = time.process_time()
        trees(np.random.default_rng(1).normal(20, 1, TREES_ROWS))
        beside["HalfSpaceTrees"] = TREES_ROWS / (time.process_time() - began)
    return _rows(one_s, whole_s, many_s=many_s, beside=beside)


def _rows(
    one_s: float, whole_s: float, *, many_s: dict[str, float], beside: dict[str, float]
) -> list[Row]:
    case, unit = "anomaly detector, one core", "readings/s"
    one = Figure(case, "one reading a step", unit, one_s, GOAL_ONE, HIGHER)
    whole = Figure(case, "one reading a step, making its Seen too", unit, whole_s, better=HIGHER)
    best = max(many_s, key=many_s.__getitem__)
    told = f"{SENSORS:,} sensors a step, {best}"
    many = Figure(case, told, unit, many_s.pop(best), GOAL_MANY, HIGHER)
    return [
        row("sensing", one, beside=beside), row("sensing", whole),
        row("sensing", many, beside=many_s),
    ]  # fmt: skip


def learnt(sensors: int) -> AnomalyMemory:
    """Memory of sensors that have been watched for a while, with noise about their levels."""
    patterns = min(PATTERNS, sensors)
    slots, rng = np.arange(patterns, dtype=np.int32), np.random.default_rng(5)
    memory = DETECTOR.start()
    for tick in range(-LEARNT, 0):
        memory, _ = DETECTOR.step(memory, _tick(tick, slots, values=rng.normal(20, 1, patterns)))
    times = -(-sensors // patterns)
    records = memory.records
    wide = {
        each.name: np.concatenate([getattr(records, each.name)[:patterns]] * times)[:sensors]
        for each in fields(records)
    }
    quiet = np.concatenate([memory.quiet[:patterns]] * times)[:sensors]
    return AnomalyMemory(replace(records, **wide), quiet)


def _tick(tick: int, slots: SlotArray, *, values: FloatArray) -> Seen:
    """One reading of each of the sensors, a minute after the last."""
    rows = len(slots)
    at = np.full(rows, BEGIN_AT + tick * MINUTE)
    offsets = (tick + LEARNT) * SENSORS + np.arange(rows)
    return Seen(SENSORS, slots, at, at, offsets, {FIELD: values}, int(at[0]))


def _one_by_one(count: int) -> float:
    """Readings a second, each a batch of its own: what a caller makes of it is not counted."""
    return _paced(list(_singles(count)), count=count)


def _one_by_one_whole(count: int) -> float:
    """The same; making each reading's ``Seen`` is counted too."""
    return _paced(_singles(count), count=count)


def _singles(count: int) -> Iterator[Seen]:
    values = np.random.default_rng(6).normal(20, 1, count)
    slot = np.zeros(1, np.int32)
    return (_tick(tick, slot, values=values[tick : tick + 1]) for tick in range(count))


def _paced(steps: Iterable[Seen], *, count: int) -> float:
    memory = learnt(SENSORS)
    began = time.process_time()
    for seen in steps:
        memory, _ = DETECTOR.step(memory, seen)
    return count / (time.process_time() - began)


def _together(ticks: int) -> float:
    """Readings a second where each tick brings one of every sensor."""
    memory, slots = learnt(SENSORS), np.arange(SENSORS, dtype=np.int32)
    rng, spent = np.random.default_rng(7), 0.0
    for tick in range(ticks + 1):
        seen = _tick(tick, slots, values=rng.normal(20, 1, SENSORS))
        began = time.process_time()
        memory, _ = DETECTOR.step(memory, seen)
        # The first touches new pages, and loads machine code.
        spent += time.process_time() - began if tick else 0.0
    return ticks * SENSORS / spent


def _together_in_numpy(ticks: int) -> float:
    """The same where numba is not to be found."""
    with patch.dict(sys.modules, {"numba": None}):
        return _together(ticks)


def _gaussian(count: int) -> float:
    """Readings a second of a rolling mean and variance in plain Python, with nothing else."""
    values = np.random.default_rng(6).normal(20, 1, count).tolist()
    window: deque[float] = deque([0.0] * GAUSS_WINDOW)
    total = squares = beyond = 0.0
    began = time.process_time()
    for value in values:
        oldest = window.popleft()
        window.append(value)
        total += value - oldest
        squares += value * value - oldest * oldest
        mean = total / GAUSS_WINDOW
        spread = squares / GAUSS_WINDOW - mean * mean
        beyond += (value - mean) * (value - mean) > 9 * spread
    return count / (time.process_time() - began)
