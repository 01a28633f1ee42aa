"""How far a reading goes beyond all that its entity has shown before, for many entities at once.

Five views, each with a record: the greatest distance seen so far, fading slowly. A reading is as
surprising as its distance over that record. Records need no distribution: whatever the shape of
the noise, the n-th of n like readings is the greatest with probability 1/n.

The readings come by columns (``look``, then ``learn``) or one by one (``look_and_learn_one``). Both
do the same additions, multiplications and square roots in the same order, so their bits agree.
"""

from dataclasses import dataclass
from math import copysign, isnan, sqrt
from typing import Final, TypeAlias

import numpy as np

from haihe.detect.learn import RESOLVED, SIGMA_LEAST
from haihe.model.arrays import BoolArray, FloatArray, IndexArray, IntArray
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
UNREST: Final = 4  # The view of changes from one reading to the next.
LASTING: Final = (2, 3, UNREST)  # The views whose distances are roots.
MOST: Final = ("level_most", "hour_most", "short_most", "long_most", "unrest_most")
Rows: TypeAlias = IndexArray | slice
Cells: TypeAlias = tuple[Rows, IntArray | int]


@dataclass(frozen=True, slots=True)
class Records:
    """What has been learnt of each entity: 1,448 bytes.

    Distances in the two "lasting" views and in "unrest" are square roots, so that a single spike
    counts less than a lasting difference.

    count: float64 (entity,), readings so far.
    level, previous: float64 (entity,), the slow average and the newest reading.
    usual: float64 (entity, HOURS), how far from the level each hour of the week usually lies; NaN
        until it was seen.
    short, long: float64 (entity,), averages of signed roots of distances.
    unrest, unrest_mean: float64 (entity,), the average of the roots of changes from one reading to
        the next, over sixteen and over very many.
    recent: float64 (entity,), the greatest distance from the level lately.
    level_most, hour_most, short_most, long_most, unrest_most: float64 (entity,), the records.
    """

    count: FloatArray
    level: FloatArray
    previous: FloatArray
    usual: FloatArray
    short: FloatArray
    long: FloatArray
    unrest: FloatArray
    unrest_mean: FloatArray
    recent: FloatArray
    level_most: FloatArray
    hour_most: FloatArray
    short_most: FloatArray
    long_most: FloatArray
    unrest_most: FloatArray


@dataclass(frozen=True, slots=True)
class Look:
    """Readings held against what their entities have shown before.

    ratio: float64 (row,), the greatest of distance over record; 0 while warming up.
    values: float64 (row,), the readings.
    level: float64 (row,), the slow average.
    usual: float64 (row,), how far from it that hour usually lies; NaN for an hour not seen yet.
    far, odd: float64 (row,), the reading less the level, and that less the usual.
    count: float64 (row,), readings with this one.
    short, long, unrest, unrest_mean: float64 (row,), the averages with this reading in them.
    away, most: for each view float64 (row,), the distance and its record.
    """

    ratio: FloatArray
    values: FloatArray
    level: FloatArray
    usual: FloatArray
    far: FloatArray
    odd: FloatArray
    count: FloatArray
    short: FloatArray
    long: FloatArray
    unrest: FloatArray
    unrest_mean: FloatArray
    away: tuple[FloatArray, ...]
    most: tuple[FloatArray, ...]

    def view(self, row: int) -> int:
        """The number of the view that a row surprises most."""
        floors = _floors(self.level.item(row))
        ratios = [
            away.item(row) / (most.item(row) + floor)
            for away, most, floor in zip(self.away, self.most, floors, strict=True)
        ]
        return ratios.index(max(ratios))

    def reason(self, row: int, *, view: int, times: float) -> "Reason":
        """What a view sees in a row, and the edge of what it saw before.

        times: how many times its record the edge lies away.
        """
        level, most = self.level.item(row), self.most[view].item(row) * times
        if view == 0:
            away = self.far.item(row)
            return Reason(self.values.item(row), level + copysign(most, away))
        far, odd, known = self.far.item(row), self.odd.item(row), self.usual.item(row)
        usual = level if isnan(known) else level + known
        if view == 1:
            return Reason(self.values.item(row), usual + copysign(most, odd))
        root = (self.short, self.long, self.away[UNREST])[view - LASTING[0]].item(row)
        nearer = level if abs(far) < abs(odd) else usual
        middle = (usual, nearer, 0.0)[view - LASTING[0]]
        return Reason(middle + root * abs(root), middle + copysign(most * most, root))


def _floors(level: float) -> tuple[float, ...]:
    """What is added to the record of each view, so that rounding is no surprise."""
    floor = abs(level) * RESOLVED + SIGMA_LEAST
    return (floor, floor, *[sqrt(floor)] * len(LASTING))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a reading is surprising.

    value: the reading; in a lasting view what the last readings show, or their unrest.
    limit: the edge of what was seen before, on the same side.
    """

    value: float
    limit: float


FILLS: Final = {
    "count": 0, "level": 0, "previous": 0, "usual": np.nan, "short": 0, "long": 0, "unrest": 0,
    "unrest_mean": 0, "recent": 0, "level_most": 0, "hour_most": 0, "short_most": 0, "long_most": 0,
    "unrest_most": 0,
}  # fmt: skip


def no_records() -> Records:
    """Nothing learnt, no entity known.

    >>> no_records().usual.shape
    (0, 168)
    """
    return Records(**{
        name: np.empty((0, HOURS) if name == "usual" else 0) for name in FILLS
    })  # fmt: skip


def hour_of(at: IntArray) -> IntArray:
    """The hour of the week, the same partition in every time zone: int64, 0 to ``HOURS`` - 1.

    at: int64, ns.

    >>> hour_of(np.array([0, 168 * HOUR, 170 * HOUR + 1])).tolist()
    [0, 0, 2]
    """
    hours = at // HOUR
    return hours - hours // HOURS * HOURS


def look(records: Records, rows: Rows, *, values: FloatArray, cells: Cells) -> Look:
    """Hold readings against the records of their entities; nothing is learnt yet.

    records: written only where an entity speaks for the first time.
    rows: the entities, none twice.
    values: float64 (row,), finite; zeros are positive.
    cells: where ``usual`` holds each entity's hour.
    """
    count = records.count[rows] + 1.0
    fewest = float(count.min())
    if fewest == 1.0:
        _begin(records, rows, values=values, first=count == 1.0)
    level = records.level[rows]
    usual = np.ascontiguousarray(records.usual[cells])
    far = values - level
    new = np.isnan(usual)
    odd = np.where(new, far, far - usual) if new.any() else far - usual
    apart, unlike = np.abs(far), np.abs(odd)
    far_root, odd_root = np.copysign(np.sqrt(apart), far), np.copysign(np.sqrt(unlike), odd)
    both = np.maximum(np.minimum(far_root, odd_root), 0.0)
    both += np.minimum(np.maximum(far_root, odd_root), 0.0)
    short = _averaged(records.short[rows], odd_root, weight=SHORT_WEIGHT)
    long = _averaged(records.long[rows], both, weight=LONG_WEIGHT)
    stride = np.sqrt(np.abs(values - records.previous[rows]))
    unrest = _averaged(records.unrest[rows], stride, weight=LONG_WEIGHT)
    weight = _weight(count, fewest, least=UNREST_WEIGHT)
    mean = _averaged(records.unrest_mean[rows], stride, weight=weight)
    away = (apart, unlike, np.abs(short), np.abs(long), np.maximum(unrest - mean, 0.0))
    most = tuple(getattr(records, name)[rows] for name in MOST)
    ratio = _ratio(away, most, level=level)
    if fewest <= WARM_UP:
        ratio[count <= WARM_UP] = 0.0
    return Look(
        ratio, values, level, usual, far, odd, count, short, long, unrest, mean, away, most
    )  # fmt: skip


def _averaged(average: FloatArray, new: FloatArray, *, weight: FloatArray | float) -> FloatArray:
    step = new - average
    step *= weight
    step += average
    return step


def _weight(count: FloatArray, fewest: float, *, least: float) -> FloatArray | float:
    """All readings weigh the same until there are many."""
    return least if fewest * least >= 1.0 else np.maximum(1.0 / count, least)


def _ratio(
    away: tuple[FloatArray, ...], most: tuple[FloatArray, ...], *, level: FloatArray
) -> FloatArray:
    """The greatest of distance over record; rounding is no distance."""
    floor = np.abs(level)
    floor *= RESOLVED
    floor += SIGMA_LEAST
    ratio = away[0] / (most[0] + floor)
    np.maximum(ratio, away[1] / (most[1] + floor), out=ratio)
    np.sqrt(floor, out=floor)
    for view in LASTING:
        np.maximum(ratio, away[view] / (most[view] + floor), out=ratio)
    return ratio


def _begin(records: Records, rows: Rows, *, values: FloatArray, first: BoolArray) -> None:
    records.level[rows] = np.where(first, values, records.level[rows])
    records.previous[rows] = np.where(first, values, records.previous[rows])


def learn(records: Records, rows: Rows, *, seen: Look, cells: Cells) -> None:
    """Learn from the readings that were looked at; ``records`` is written.

    rows, cells: as they were given to ``look``.
    """
    recent = np.maximum(records.recent[rows] * FADE_FAST, seen.away[0])
    idle = recent * OUT_OF_REACH < seen.most[0]
    fade = np.where(idle, FADE_FAST, FADE) if idle.any() else FADE
    for name, away, most in zip(MOST, seen.away, seen.most, strict=True):
        getattr(records, name)[rows] = _renewed(most, away, fade=fade)
    bound = records.level_most[rows] * TRUST
    lowest = -bound
    lesson = np.minimum(np.maximum(seen.odd, lowest), bound)
    lesson *= USUAL_WEIGHT
    lesson += seen.usual
    new = np.isnan(seen.usual)
    records.usual[cells] = np.where(new, seen.far, lesson) if new.any() else lesson
    lesson = np.minimum(np.maximum(seen.far, lowest), bound)
    lesson *= _weight(seen.count, float(seen.count.min()), least=LEVEL_WEIGHT)
    lesson += seen.level
    records.level[rows] = lesson
    records.previous[rows] = seen.values
    records.count[rows] = seen.count
    records.short[rows] = seen.short
    records.long[rows] = seen.long
    records.unrest[rows] = seen.unrest
    records.unrest_mean[rows] = seen.unrest_mean
    records.recent[rows] = recent


def _renewed(most: FloatArray, away: FloatArray, *, fade: FloatArray | float) -> FloatArray:
    """Records, faded or beaten; those beaten are few."""
    faded = most * fade
    beaten = away > faded
    if beaten.any():
        rows = np.flatnonzero(beaten)
        new = away[rows]
        reach = most[rows] * GROWTH + new * CATCH_UP
        faded[rows] = np.maximum(faded[rows], np.minimum(new, reach))
    return faded


def take_one(records: Records, slot: int, *, value: float, hour: int, below: float) -> float:
    """Look at one reading and learn from it, unless it is too surprising.

    What ``look`` and ``learn`` do, in the same order but without arrays: for a single row they
    take twenty times as long.

    slot: the entity.
    value: finite; a zero is positive.
    hour: of the week.
    Returns the ratio. If it is ``below`` or more, nothing was learnt.
    """
    count = records.count.item(slot) + 1.0
    first = count == 1.0
    level = value if first else records.level.item(slot)
    step = value - (value if first else records.previous.item(slot))
    usual = records.usual.item(slot, hour)
    known = not isnan(usual)
    far = value - level
    odd = far - usual if known else far
    apart, unlike, stride = abs(far), abs(odd), sqrt(abs(step))
    far_root, odd_root = copysign(sqrt(apart), far), copysign(sqrt(unlike), odd)
    low, high = (far_root, odd_root) if far_root < odd_root else (odd_root, far_root)
    both = low if low > 0.0 else high if high < 0.0 else 0.0
    short, long = records.short.item(slot), records.long.item(slot)
    unrest, mean = records.unrest.item(slot), records.unrest_mean.item(slot)
    short += SHORT_WEIGHT * (odd_root - short)
    long += LONG_WEIGHT * (both - long)
    unrest += LONG_WEIGHT * (stride - unrest)
    mean += max(1.0 / count, UNREST_WEIGHT) * (stride - mean)
    lasting, joint, excess = abs(short), abs(long), max(unrest - mean, 0.0)
    level_most, hour_most = records.level_most.item(slot), records.hour_most.item(slot)
    short_most, long_most = records.short_most.item(slot), records.long_most.item(slot)
    unrest_most = records.unrest_most.item(slot)
    floor = abs(level) * RESOLVED + SIGMA_LEAST
    root = sqrt(floor)
    ratio = max(apart / (level_most + floor), unlike / (hour_most + floor))
    ratio = max(ratio, lasting / (short_most + root), joint / (long_most + root))
    ratio = max(ratio, excess / (unrest_most + root)) if count > WARM_UP else 0.0
    if ratio < below:
        recent = max(records.recent.item(slot) * FADE_FAST, apart)
        fade = FADE_FAST if recent * OUT_OF_REACH < level_most else FADE
        bound = _grown(level_most, apart, fade=fade)
        records.level_most[slot] = bound
        records.hour_most[slot] = _grown(hour_most, unlike, fade=fade)
        records.short_most[slot] = _grown(short_most, lasting, fade=fade)
        records.long_most[slot] = _grown(long_most, joint, fade=fade)
        records.unrest_most[slot] = _grown(unrest_most, excess, fade=fade)
        bound *= TRUST
        taught = usual + USUAL_WEIGHT * _clipped(odd, bound) if known else far
        weight = max(1.0 / count, LEVEL_WEIGHT)
        records.usual[slot, hour] = taught
        records.level[slot] = level + weight * _clipped(far, bound)
        records.previous[slot], records.count[slot], records.recent[slot] = value, count, recent
        records.short[slot], records.long[slot] = short, long
        records.unrest[slot], records.unrest_mean[slot] = unrest, mean
    return ratio


def _grown(most: float, away: float, *, fade: float) -> float:
    reach = most * GROWTH + away * CATCH_UP
    return max(most * fade, away if away < reach else reach)


def _clipped(value: float, bound: float) -> float:
    return -bound if value < -bound else bound if value > bound else value
