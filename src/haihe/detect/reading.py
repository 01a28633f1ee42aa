"""One reading held against what its entity has shown before: the formula, number by number.

``haihe.detect.surprise`` says what it means and does the same by columns, with the same additions,
multiplications and square roots in the same order, so that their bits agree. ``take_rows`` is
written for ``haihe.detect.compiled``, which makes machine code of it: hence names of tuples instead
of keywords, and nothing but numbers and arrays.
"""

from math import copysign, isnan, sqrt
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from haihe.detect.learn import RESOLVED, SIGMA_LEAST
from haihe.detect.turns import MAGNITUDE_MAX
from haihe.model.arrays import FloatArray, IndexArray, IntArray
from haihe.model.time import HOUR

# Ours, all of these: measured on half of the Numenta benchmark (``haihe bench sensing``), where
# halving or doubling any one of them moves the score by two points at most (but for a warm-up of
# 400 readings, which outlasts a short file's first event).
HOURS: Final = 168  # Hours of a week; the usual value of each is learnt.
USUAL_WEIGHT: Final = 0.25  # Of a reading in its hour's usual value.
LEVEL_WEIGHT: Final = 1 / 256  # Of a reading in the level, once that many have been seen.
SHORT_WEIGHT: Final = 0.25  # Of a reading in what four readings or so have in common.
LONG_WEIGHT: Final = 1 / 16  # The same for sixteen.
UNREST_WEIGHT: Final = 1 / 4096  # Of a change in what is usual of changes.
WARM_UP: Final = 200  # Readings before which nothing is surprising.
FADE: Final = 1 - 1 / 30_000  # What is left of a record with each reading.
FADE_FAST: Final = 1 - 1 / 1_000  # The same for one that has nothing to do with the present:
OUT_OF_REACH: Final = 32.0  # where this many times the greatest distance lately stays below it.
GROWTH: Final = 4.0  # A record grows at most so many times at once, lest one spike blind it...
CATCH_UP: Final = 1 / 64  # ...and to this share of the distance at least: a record of 0 can grow.
TRUST: Final = 0.25  # Share of the level's record by which one reading may teach at most.


# What is kept of one entity, as plain numbers in this order, and of many, as columns in it.
KEPT: Final = (
    "count", "level", "previous", "short", "long", "unrest", "unrest_mean", "recent",
    "level_most", "hour_most", "short_most", "long_most", "unrest_most",
)  # fmt: skip
# A plain tuple: one with names takes as long to make as half of the formula.
Kept: TypeAlias = tuple[
    float, float, float, float, float, float, float, float, float, float, float, float, float
]


class Columns(NamedTuple):
    """What is remembered of many entities: the arrays of an ``AnomalyMemory``.

    quiet: int64 (entity,), as there.
    usual: float64 (entity, HOURS), as in ``surprise.Records``.
    kept: its other columns, in the order of ``KEPT``.
    """

    quiet: IntArray
    usual: FloatArray
    kept: tuple[FloatArray, ...]


class Batch(NamedTuple):
    """Readings of different entities.

    slots: uintp (row,), the entities, none twice.
    at: int64 (row,), when they were observed; ns.
    values: float64 (row,), the readings; missing is NaN.
    threshold: as in ``Anomaly``.
    """

    slots: NDArray[np.uintp]
    at: IntArray
    values: FloatArray
    threshold: float


def take_rows(columns: Columns, batch: Batch) -> IndexArray:
    """Look at readings and learn from all that turn nothing; ``columns`` is written.

    Returns intp (row,), the rows that may turn: nothing was learnt from these.
    """
    quiet, usual = columns.quiet, columns.usual
    (
        count, level, previous, short, long, unrest, mean, recent, most_0, most_1, most_2, most_3,
        most_4,
    ) = columns.kept  # fmt: skip
    slots, at, values, threshold = batch
    left = np.empty(len(slots), np.intp)
    many = 0
    for row in range(len(slots)):
        value = values[row]
        if not abs(value) <= MAGNITUDE_MAX:
            continue
        slot, hour = slots[row], at[row] // HOUR % HOURS
        kept = (
            count[slot], level[slot], previous[slot], short[slot], long[slot], unrest[slot],
            mean[slot], recent[slot], most_0[slot], most_1[slot], most_2[slot], most_3[slot],
            most_4[slot],
        )  # fmt: skip
        ratio, taught, kept = take(kept, (value + 0.0, usual[slot, hour]))
        waits = quiet[slot]
        if ratio >= (0.0 if waits == 1 else threshold):
            left[many] = row
            many += 1
            continue
        if waits:
            quiet[slot] = waits - 1
        usual[slot, hour] = taught
        (
            count[slot], level[slot], previous[slot], short[slot], long[slot], unrest[slot],
            mean[slot], recent[slot], most_0[slot], most_1[slot], most_2[slot], most_3[slot],
            most_4[slot],
        ) = kept  # fmt: skip
    return left[:many]


def take(kept: Kept, reading: tuple[float, float]) -> tuple[float, float, Kept]:
    """A reading held against its entity's records, and what it teaches.

    Where a condition depends on the reading, it only chooses one of two numbers: machine code then
    needs no jump, which halves its time (measured), and Python no call.

    reading: the value, finite, a zero being positive; and how far from the level its hour usually
        lies, NaN if that is not known.
    Returns the greatest of distance over record, 0 while warming up; how far from the level the
    hour now usually lies; and what is kept from now on.
    """
    value, usual = reading
    (
        count, level, previous, short, long, unrest, mean, recent, level_most, hour_most,
        short_most, long_most, unrest_most,
    ) = kept  # fmt: skip
    count += 1.0
    if count == 1.0:
        level = previous = value
    known = not isnan(usual)
    far = value - level
    odd = far - usual if known else far
    apart, unlike, stride = abs(far), abs(odd), sqrt(abs(value - previous))
    far_root, odd_root = copysign(sqrt(apart), far), copysign(sqrt(unlike), odd)
    low, high = (far_root, odd_root) if far_root < odd_root else (odd_root, far_root)
    both = (low if low > 0.0 else 0.0) + (high if high < 0.0 else 0.0)
    short += SHORT_WEIGHT * (odd_root - short)
    long += LONG_WEIGHT * (both - long)
    unrest += LONG_WEIGHT * (stride - unrest)
    share = 1.0 / count
    mean += (share if share > UNREST_WEIGHT else UNREST_WEIGHT) * (stride - mean)
    lasting, joint, excess = abs(short), abs(long), unrest - mean if unrest > mean else 0.0
    floor = abs(level) * RESOLVED + SIGMA_LEAST
    root = sqrt(floor)
    ratio = max(apart / (level_most + floor), unlike / (hour_most + floor))
    ratio = max(ratio, lasting / (short_most + root), joint / (long_most + root))
    ratio = max(ratio, excess / (unrest_most + root)) if count > WARM_UP else 0.0
    recent *= FADE_FAST
    recent = recent if recent > apart else apart
    fade = FADE_FAST if recent * OUT_OF_REACH < level_most else FADE
    level_most = renewed((level_most, apart), fade)
    bound = level_most * TRUST
    weight = share if share > LEVEL_WEIGHT else LEVEL_WEIGHT
    taught = usual + USUAL_WEIGHT * clipped(odd, bound) if known else far
    kept = (
        count, level + weight * clipped(far, bound), value, short, long, unrest, mean, recent,
        level_most, renewed((hour_most, unlike), fade), renewed((short_most, lasting), fade),
        renewed((long_most, joint), fade), renewed((unrest_most, excess), fade),
    )  # fmt: skip
    return ratio, taught, kept


def renewed(distances: tuple[float, float], fade: float) -> float:
    """A record faded, or beaten: then it grows, but not by too much at once.

    distances: the record and the one that may beat it.
    fade: what is left of a record.
    """
    most, away = distances
    faded, reach = most * fade, most * GROWTH + away * CATCH_UP
    new = away if away < reach else reach
    return faded if faded > new else new


def clipped(value: float, bound: float) -> float:
    """The value, at most so far from 0."""
    value = value if value < bound else bound
    return value if value > -bound else -bound
