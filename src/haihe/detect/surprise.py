"""How far a reading goes beyond all that its entity has shown before, for many entities at once.

Five views, each with a record: the greatest distance seen so far, fading slowly. A reading is as
surprising as its distance over that record. Records need no distribution: whatever the shape of
the noise, the n-th of n like readings is the greatest with probability 1/n.

The readings come by columns (``look``, then ``learn``) or one by one
(``haihe.detect.reading``). Both do the same additions, multiplications and square roots in the same
order, so their bits agree.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from haihe.detect.contract import grown
from haihe.detect.learn import RESOLVED, SIGMA_LEAST
from haihe.detect.reading import (
    CATCH_UP,
    FADE,
    FADE_FAST,
    GROWTH,
    HOURS,
    KEPT,
    LEVEL_WEIGHT,
    LONG_WEIGHT,
    OUT_OF_REACH,
    SHORT_WEIGHT,
    TRUST,
    UNREST_WEIGHT,
    USUAL_WEIGHT,
    WARM_UP,
    take,
)
from haihe.model.arrays import BoolArray, FloatArray, IndexArray, IntArray
from haihe.model.time import HOUR

UNREST: Final = 4  # The view of changes from one reading to the next.
LASTING: Final = (2, 3, UNREST)  # The views whose distances are roots.
MOST: Final = ("level_most", "hour_most", "short_most", "long_most", "unrest_most")
PAGE: Final = 512  # Numbers in a page of 4,096 bytes, at which first caches repeat themselves.
LATER: Final = 32  # Ours: numbers; 13 columns, each four cache lines later, share a page's places.
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

    def views(self, rows: IndexArray) -> IndexArray:
        """The number of the view that surprises most, of some rows: intp (row,)."""
        away = tuple(column[rows] for column in self.away)
        most = tuple(column[rows] for column in self.most)
        views: IndexArray = np.argmax(list(_ratios(away, most, level=self.level[rows])), axis=0)
        return views

    def reasons(self, rows: IndexArray, *, views: IndexArray, times: float) -> "Reasons":
        """What views see in some rows, and the edge of what they saw before.

        rows, views: intp (row,).
        times: how many times its record the edge lies away.
        """
        level, known, far, odd = (
            column[rows] for column in (self.level, self.usual, self.far, self.odd)
        )
        usual = np.where(np.isnan(known), level, level + known)
        nearer = np.where(np.abs(far) < np.abs(odd), level, usual)
        middle = np.choose(views, [level, usual, usual, nearer, np.zeros(len(rows))])
        roots = (self.short[rows], self.long[rows], self.away[UNREST][rows])
        away = np.choose(views, [far, odd, *roots])
        most = np.choose(views, [column[rows] for column in self.most]) * times
        is_root = views >= LASTING[0]
        values = np.where(is_root, middle + away * np.abs(away), self.values[rows])
        edge = np.where(is_root, most * most, most)
        return Reasons(values, middle + np.copysign(edge, away))


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why readings are surprising.

    values: float64 (row,), the readings; in a lasting view what the last ones show, or their
        unrest.
    limits: float64 (row,), the edge of what was seen before, on the same side.
    """

    values: FloatArray
    limits: FloatArray


def no_records() -> Records:
    """Nothing learnt, no entity known.

    >>> no_records().usual.shape
    (0, 168)
    """
    return Records(usual=np.empty((0, HOURS)), **dict.fromkeys(KEPT, np.empty(0)))


def with_room_for(records: Records, entities: int) -> Records:
    """The records with room for ``entities``, their columns beside each other in one block.

    Columns that begin at the same place of a page, as large arrays do, drive each other out of a
    core's first cache: it cost 40 % of the time of machine code (measured). In the block each
    begins a little later in its page than the one before.

    Returns the records themselves if they are so already.
    """
    have, block = len(records.count), records.count.base
    if have >= entities and block is not None and block is records.level.base:
        return records
    usual = grown(records.usual, entities, fill=np.nan)
    room = len(usual)
    columns = np.zeros((len(KEPT), -(-room // PAGE) * PAGE + LATER))[:, :room]
    for name, column in zip(KEPT, columns, strict=True):
        column[:have] = getattr(records, name)
    return Records(usual=usual, **dict(zip(KEPT, columns, strict=True)))


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
    ratios = _ratios(away, most, level=level)
    ratio = next(ratios)
    for other in ratios:
        np.maximum(ratio, other, out=ratio)
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


def _ratios(
    away: tuple[FloatArray, ...], most: tuple[FloatArray, ...], *, level: FloatArray
) -> Iterator[FloatArray]:
    """Distance over record, view by view; rounding is no distance."""
    floor = np.abs(level)
    floor *= RESOLVED
    floor += SIGMA_LEAST
    for view, (distance, record) in enumerate(zip(away, most, strict=True)):
        if view == LASTING[0]:
            np.sqrt(floor, out=floor)
        yield distance / (record + floor)


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

    What ``look`` and ``learn`` do: for a single row these take twenty times as long.

    slot: the entity.
    value: finite; a zero is positive.
    hour: of the week.
    Returns the ratio. If it is ``below`` or more, nothing was learnt.
    """
    kept = (
        records.count.item(slot), records.level.item(slot), records.previous.item(slot),
        records.short.item(slot), records.long.item(slot), records.unrest.item(slot),
        records.unrest_mean.item(slot), records.recent.item(slot), records.level_most.item(slot),
        records.hour_most.item(slot), records.short_most.item(slot), records.long_most.item(slot),
        records.unrest_most.item(slot),
    )  # fmt: skip
    ratio, usual, kept = take(kept, (value, records.usual.item(slot, hour)))
    if ratio < below:
        records.usual[slot, hour] = usual
        (
            records.count[slot], records.level[slot], records.previous[slot],
            records.short[slot], records.long[slot], records.unrest[slot],
            records.unrest_mean[slot], records.recent[slot], records.level_most[slot],
            records.hour_most[slot], records.short_most[slot], records.long_most[slot],
            records.unrest_most[slot],
        ) = kept  # fmt: skip
    return ratio
