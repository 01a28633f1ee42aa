"""What each detector costs: rows a second over 160,000 entities and one by one, bytes an entity."""

import time
from dataclasses import fields
from typing import Any, Final

import numpy as np

from bench.apart import apart
from bench.rows import HIGHER, Figure, Options, Row, row
from haihe.detect import (
    Absurd,
    Cusum,
    Detector,
    Ewma,
    LevelShift,
    Limit,
    Multivariate,
    Precedence,
    Rate,
    SeasonalBand,
    Seen,
    Sequence,
    Silence,
    Stuck,
)
from haihe.model.time import DAY, MINUTE

ENTITIES: Final = 160_000  # The risk points of the reference zone.
ROUNDS: Final = 6  # Of one reading each; the fastest counts: the machine is shared.
SINGLES: Final = 3_000  # Rows that come one by one.
BEGIN_AT: Final = 1_767_225_600_000_000_000  # 2026-01-01T00:00:00Z, ns.
NAMES: Final = ("value", "second", "third", "fourth")
DETECTORS: Final[tuple[Detector[Any], ...]] = (
    Limit("value", high=100.0, deadband=5.0, on_delay=MINUTE),
    Rate("value", 10 * MINUTE, rise=900.0),
    Ewma("value", width=6.0),
    Cusum("value", width=30.0),
    LevelShift("value", least=20.0, window=15),
    SeasonalBand("value", period=DAY, buckets=24),
    Stuck("value", 10 * MINUTE),
    Absurd("value", low=0.0, high=100.0),
    Silence(10 * MINUTE),
    Sequence("value", first=1, then=(2,), within=MINUTE),
    Precedence("value", first=1, then=2, within=MINUTE),
    Multivariate(NAMES),
)


def measure(options: Options) -> list[Row]:
    """Three rows for each detector."""
    entities = ENTITIES // 10 if options.quick else ENTITIES
    rows = []
    for place, detector in enumerate(DETECTORS):
        name = type(detector).__name__
        options.say(f"what {name} costs")
        rows_s, single_us, memory_bytes = apart(_cost, place, entities, one_core=True)
        case = f"cost of {name}, {entities:,} entities"
        rows += [
            row("sensing", Figure(case, "together", "rows/s", rows_s, None, HIGHER)),
            row("sensing", Figure(case, "one by one", "us/row", single_us)),
            row("sensing", Figure(case, "memory", "bytes/entity", memory_bytes)),
        ]
    return rows


def _cost(place: int, entities: int) -> tuple[float, float, float]:
    """Rows a second together; microseconds a row one by one; bytes an entity."""
    detector = DETECTORS[place]
    slots = np.arange(entities, dtype=np.int32)
    # Enough rounds that all of it judges, and none only learns: charts learn from 30 readings.
    warm, memory = 70 if detector.fields else 2, detector.start()
    for step in range(warm):
        memory, _ = detector.step(memory, _seen(slots, entities, step=step))
    best = np.inf
    for step in range(warm, warm + ROUNDS):
        seen = _seen(slots, entities, step=step)
        began = time.perf_counter()
        memory, _ = detector.step(memory, seen)
        best = min(best, time.perf_counter() - began)
    singles = [
        _seen(slots[at % entities : at % entities + 1], entities, step=warm + ROUNDS + at)
        for at in range(SINGLES)
    ]
    began = time.perf_counter()
    for seen in singles:
        memory, _ = detector.step(memory, seen)
    single_us = (time.perf_counter() - began) / SINGLES * 1e6
    arrays = [getattr(memory, field.name) for field in fields(memory)]
    size = sum(array.nbytes for array in arrays if isinstance(array, np.ndarray))
    return entities / best, single_us, size / entities


def _seen(slots: Any, entities: int, *, step: int) -> Seen:
    """A reading of each slot, a minute after the last."""
    rows = len(slots)
    rng = np.random.default_rng(step)
    at = np.full(rows, BEGIN_AT + step * MINUTE)
    numbers = {name: rng.normal(50, 5, rows) for name in NAMES}
    return Seen(entities, slots, at, at, step * entities + np.arange(rows), numbers, int(at[0]))
