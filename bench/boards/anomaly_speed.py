"""How many readings a second the anomaly detector takes on one core: one by one, and in columns."""

import time
from collections import deque
from dataclasses import fields, replace
from typing import Final

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
GOAL_ONE, GOAL_MANY = 100e3, 20e6
BEGIN_AT: Final = 30_000_000 * MINUTE
GAUSS_WINDOW: Final = 1_000  # Readings of the rolling mean and variance beside it.
TREES_ROWS: Final = 20_000  # Enough for a second or two of HalfSpaceTrees.


def measure(options: Options) -> list[Row]:
    """Rows of readings a second one by one, each through its own step, and of 160,000 at once."""
    options.say(f"the anomaly detector on one reading, and on {SENSORS:,}")
    count, ticks = (20_000, 10) if options.quick else (100_000, 40)
    one_s = apart(_one_by_one, count, one_core=True)
    many_s = apart(_columns, ticks, one_core=True)
    beside = {"rolling Gaussian": apart(_gaussian, count, one_core=True)}
    trees = half_space_trees(options.skip) if options.peers and not options.quick else None
    if trees is not None:
        began = time.process_time()
        trees(np.random.default_rng(1).normal(20, 1, TREES_ROWS))
        beside["HalfSpaceTrees"] = TREES_ROWS / (time.process_time() - began)
    case = "anomaly detector, one core"
    one = Figure(case, "one reading a step", "readings/s", one_s, GOAL_ONE, HIGHER)
    many = Figure(case, "160,000 sensors a step", "readings/s", many_s, GOAL_MANY, HIGHER)
    return [row("sensing", one, beside=beside), row("sensing", many)]


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
    memory = learnt(SENSORS)
    values = np.random.default_rng(6).normal(20, 1, count)
    slot = np.zeros(1, np.int32)
    steps = [_tick(tick, slot, values=values[tick : tick + 1]) for tick in range(count)]
    began = time.process_time()
    for seen in steps:
        memory, _ = DETECTOR.step(memory, seen)
    return count / (time.process_time() - began)


def _columns(ticks: int) -> float:
    """Readings a second where each tick brings one of every sensor."""
    memory, slots = learnt(SENSORS), np.arange(SENSORS, dtype=np.int32)
    rng, spent = np.random.default_rng(7), 0.0
    for tick in range(ticks + 1):
        seen = _tick(tick, slots, values=rng.normal(20, 1, SENSORS))
        began = time.process_time()
        memory, _ = DETECTOR.step(memory, seen)
        spent += time.process_time() - began if tick else 0.0  # The first touches new pages.
    return ticks * SENSORS / spent


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
