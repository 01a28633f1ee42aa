"""Small streams to hold detectors against."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from haihe.detect import Detector, Finding, Seen
from haihe.model.arrays import BoolArray, FloatArray, IndexArray, IntArray
from haihe.model.time import MINUTE, SECOND

START_AT = 1_000_000 * MINUTE  # Ours: any instant will do.
DELAY = 5 * SECOND  # Ours: from observation to reception; more than 0 to tell the two apart.


def column(
    values: Sequence[float], *, every: int = MINUTE, field: str = "level", start_at: int = START_AT
) -> Seen:
    """Readings of one entity at an even pace."""
    at = start_at + every * np.arange(len(values), dtype=np.int64)
    offsets = np.arange(len(values), dtype=np.int64)
    slots = np.zeros(len(values), np.int32)
    told = {field: np.array(values, dtype=np.float64)}
    now = int(at[-1]) + DELAY if len(values) else start_at
    return Seen(1, slots, at, at + DELAY, offsets, told, now)


def only_time(now: int, *, entities: int = 1, names: Sequence[str] = ("level",)) -> Seen:
    """No rows, and the log's time."""
    none = np.empty(0, np.int64)
    told = {name: np.empty(0) for name in names}
    return Seen(entities, np.empty(0, np.int32), none, none, none, told, now)


def find(detector: Detector[Any], seen: Seen) -> list[Finding]:
    """What a fresh detector finds, by row."""
    _, found = detector.step(detector.start(), seen)
    return sorted(found, key=lambda finding: (finding.at, finding.offset))


def turns_at(found: Sequence[Finding]) -> list[tuple[int, bool]]:
    """The row number and whether it raised, of each finding of one column."""
    return [(finding.offset, finding.raised) for finding in found]


def cut(seen: Seen, ends: Sequence[int], *, nows: Sequence[int]) -> list[Seen]:
    """The rows in batches that end before the given rows; each knows the entities seen by then."""
    batches, first = [], 0
    for end, now in zip(ends, nows, strict=True):
        part = slice(first, end)
        batches.append(
            Seen(
                entities=int(seen.slots[:end].max(initial=-1)) + 1,
                slots=seen.slots[part],
                observed_at=seen.observed_at[part],
                received_at=seen.received_at[part],
                offsets=seen.offsets[part],
                numbers={name: values[part] for name, values in seen.numbers.items()},
                now=now,
            )
        )
        first = end
    return batches


def plain(value: object) -> object:
    """Memory as a snapshot would store it: names, bytes and numbers only."""
    if isinstance(value, np.ndarray):
        return ("array", value.dtype.str, value.shape, value.tobytes())
    if isinstance(value, tuple):
        return tuple(plain(part) for part in value)
    if isinstance(value, int | float):
        return value
    kept = {field.name: plain(getattr(value, field.name)) for field in fields(value)}  # type: ignore[arg-type]  # Anything else is a memory, and those are dataclasses.
    return ("memory", type(value), kept)


def restored(stored: Any) -> Any:
    """The memory that ``plain`` stored."""
    match stored:
        case ("array", str(dtype), shape, bytes(data)):
            return np.frombuffer(data, dtype=dtype).reshape(shape).copy()
        case ("memory", type() as kind, dict(kept)):
            return kind(**{name: restored(part) for name, part in kept.items()})
        case tuple():
            return tuple(restored(part) for part in stored)
        case _:
            return stored


def mixed_stream(seed: int, *, rows: int, entities: int = 3) -> Seen:
    """Rows as bad as they come: missing, infinite and huge values, jumps, stuck runs, bursts."""
    draw = np.random.default_rng(seed)
    slots = draw.integers(0, entities, rows).astype(np.int32)
    received = START_AT + np.cumsum(draw.choice([0, 0, 1, 1, 2, 7, 40], rows)) * SECOND
    observed = received - draw.integers(0, 30, rows) * SECOND  # Some are late or repeated.
    numbers = {
        "level": dirty(draw, rows),
        "flow": dirty(draw, rows),
        "state": draw.choice([0.0, 1.0, 2.0, 3.0, np.nan], rows),
    }
    numbers["quality"] = numbers["level"] + draw.normal(0, 0.1, rows)
    offsets = 100 + np.cumsum(draw.integers(1, 3, rows))
    now = int(received[-1]) + 10 * MINUTE
    return Seen(entities, slots, observed, received, offsets, numbers, now)


def dirty(draw: np.random.Generator, rows: int) -> FloatArray:
    """Mostly an ordinary process; at times stuck, shifted, absurd or missing."""
    values = draw.normal(50, 2, rows).round(1)
    values[draw.random(rows) < 0.3] = 50.0
    values[rows // 2 :] += draw.choice([0.0, 0.0, 30.0])
    bad = np.array([np.nan, np.inf, -np.inf, 1e300, -1e300, 0.0, 120.0, -5.0])
    spots: BoolArray = draw.random(rows) < 0.1
    values[spots] = draw.choice(bad, int(spots.sum()))
    return values


def entity_rows(seen: Seen, slot: int) -> IndexArray:
    """The numbers of one entity's rows."""
    return np.flatnonzero(seen.slots == slot)


def rising(observed_at: IntArray) -> BoolArray:
    """Which rows are newer than all before them; of one entity."""
    best = np.maximum.accumulate(np.concatenate(([-1], observed_at[:-1])))
    news: BoolArray = observed_at > best
    return news
