"""How long a step takes; run by hand with ``python -m tests.detect.speed``, never as a test."""

import sys
from collections.abc import Callable
from time import perf_counter
from typing import Final

import numpy as np

from haihe.detect import Limit, Operator, Seen, Silence, Stuck
from haihe.model.arrays import IndexArray
from haihe.model.time import MINUTE, SECOND

ENTITIES: Final = 160_000  # The zone's detectors, as in ARCHITECTURE.md section 5.
STEPS: Final = 12  # Ours: enough for a median.
TINY_STEPS: Final = 4000  # Ours: a fraction of a second.
LIMIT: Final = Limit("level", high=100.0, deadband=5.0, on_delay=MINUTE)
STUCK: Final = Stuck("level", 10 * MINUTE, tolerance=0.001)
THREE: Final = Operator((("a.l", LIMIT), ("a.s", Silence(10 * MINUTE)), ("a.t", STUCK)))


def batch(slots: IndexArray, at: int, *, seed: int) -> Seen:
    """One reading of each slot, all at once."""
    rows = len(slots)
    values = np.random.default_rng(seed).normal(50, 5, rows)
    when = np.full(rows, at)
    offsets = seed * ENTITIES + np.arange(rows)
    return Seen(ENTITIES, slots.astype(np.int32), when, when, offsets, {"level": values}, at)


def median_ms(order: Callable[[int], IndexArray]) -> float:
    """A step of the three rules over every entity; the first two, which grow memory, left out."""
    memory, taken = THREE.start(), []
    for step in range(STEPS + 2):
        seen = batch(order(step), (10**6 + step) * MINUTE, seed=step)
        began = perf_counter()
        memory, _ = THREE.step(memory, seen)
        taken.append(perf_counter() - began)
    return float(np.median(taken[2:])) * 1e3


def tiny_us() -> float:
    """A step of the three rules over one row, with all entities in memory."""
    started = 10**6 * MINUTE
    memory, _ = THREE.step(THREE.start(), batch(np.arange(ENTITIES), started, seed=0))
    rows = [
        batch(np.array([step * 7919 % ENTITIES]), started + SECOND + step, seed=step)
        for step in range(TINY_STEPS)
    ]
    began = perf_counter()
    for seen in rows:
        memory, _ = THREE.step(memory, seen)
    return (perf_counter() - began) / TINY_STEPS * 1e6


def calm_limit_ms() -> float:
    """``Limit`` over every entity where nothing is beyond it."""
    seen, memory = batch(np.arange(ENTITIES), 10**6 * MINUTE, seed=0), LIMIT.start()
    taken = []
    for _ in range(200):
        began = perf_counter()
        LIMIT.step(memory, seen)
        taken.append(perf_counter() - began)
    return float(np.median(taken)) * 1e3


if __name__ == "__main__":
    sys.stdout.write(
        f"Limit, 160,000 calm rows             {calm_limit_ms():7.3f} ms\n"
        f"three rules, 160,000 rows in order   {median_ms(lambda _: np.arange(ENTITIES)):7.3f} ms\n"
        "three rules, 160,000 rows shuffled   "
        f"{median_ms(lambda step: np.random.default_rng(step).permutation(ENTITIES)):7.3f} ms\n"
        f"three rules, one row                 {tiny_us():7.1f} us\n"
    )
