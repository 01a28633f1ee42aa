"""What detectors share: turns of rows, a latch against chatter, and wording a change."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import numpy as np

from haihe.detect.contract import Finding, Seen, grown
from haihe.model.arrays import BoolArray, FloatArray, IndexArray, IntArray
from haihe.model.time import NEVER

MemoryOf = TypeVar("MemoryOf")  # A frozen dataclass of arrays over entities and plain numbers.

# Ours: the squares of such values and their sums are still finite; no quantity comes near it.
# A value that is not finite or lies beyond it says nothing about a process: all detectors but
# ``Limit`` and ``Absurd`` take it as missing.
MAGNITUDE_MAX: Final = 1e100
FLOAT_MAX: Final = sys.float_info.max  # JSON has no infinity; the nearest number stands for it.


@dataclass(frozen=True, slots=True)
class Turn:
    """Rows of one round: no entity twice.

    rows: intp (row,), their numbers in ``Seen``.
    slots: intp (row,), their entities.
    values: float64 (row,), the field's values.
    at: int64 (row,), when they were observed; ns.
    """

    rows: IndexArray
    slots: IndexArray
    values: FloatArray
    at: IntArray

    def only(self, kept: BoolArray | IndexArray) -> "Turn":
        """The rows for which ``kept`` is true, or whose numbers it holds."""
        return Turn(self.rows[kept], self.slots[kept], self.values[kept], self.at[kept])


@dataclass(frozen=True, slots=True)
class Change:
    """Rows of one turn on which an alarm was raised or cleared.

    turn: those rows only.
    raised: bool (row,).
    values, limits: float64 (row,), as in ``Finding``.
    """

    turn: Turn
    raised: BoolArray
    values: FloatArray
    limits: FloatArray


class RowsOnly:
    """A detector for which time alone never changes anything."""

    def due_at(self, memory: object) -> int:
        """NEVER."""
        assert memory is not None
        return NEVER


def is_told(values: FloatArray) -> BoolArray:
    """Whether a value can be reckoned with: neither missing, infinite nor beyond all measure.

    >>> is_told(np.array([1.0, np.nan, np.inf, 1e300])).tolist()
    [True, False, False, False]
    """
    told: BoolArray = np.abs(values) <= MAGNITUDE_MAX
    return told


def turns(seen: Seen, field: str) -> Iterator[Turn]:
    """The rows that tell the field's value, in turns; each entity's rows in their order.

    seen: new rows.
    field: the number field.
    """
    values = seen.numbers[field]
    told = is_told(values)
    if not told.all():
        yield from turns_of(seen, values, kept=told)
    elif len(seen.rounds) == 1:
        yield Turn(seen.rounds[0], seen.indices, values, seen.observed_at)
    else:
        yield from (_turn(seen, values, rows=rows) for rows in seen.rounds)


def turns_of(seen: Seen, values: FloatArray, *, kept: BoolArray) -> Iterator[Turn]:
    """The kept rows in turns.

    values: float64 (row,).
    kept: bool (row,).
    """
    for rows in seen.rounds:
        some = rows[kept[rows]]
        if len(some):
            yield _turn(seen, values, rows=some)


def _turn(seen: Seen, values: FloatArray, *, rows: IndexArray) -> Turn:
    return Turn(rows, seen.indices[rows], values[rows], seen.observed_at[rows])


@dataclass(frozen=True, slots=True)
class Marks:
    """The two arrays a latch keeps in a detector's memory.

    standing: int64 (entity,), 0 no alarm, 1 or -1 raised at the upper or lower limit.
    streak: int64 (entity,), readings in a row that speak against what stands.
    """

    standing: IntArray
    streak: IntArray


@dataclass(frozen=True, slots=True)
class Latch:
    """How many readings in a row it takes to raise and to clear.

    raise_after, clear_after: 1 or more.
    """

    raise_after: int = 1
    clear_after: int = 1

    def turn(self, marks: Marks, slots: IndexArray, *, side: IntArray) -> BoolArray:
        """Which rows raise or clear; ``marks`` is written.

        marks: what stands, per entity.
        slots: intp (row,), no entity twice.
        side: int64 (row,), 0 inside, 1 or -1 beyond the upper or lower limit.
        Returns bool (row,).
        """
        stands: BoolArray = marks.standing[slots] != 0
        against: BoolArray = (side != 0) != stands
        if not against.any():
            marks.streak[slots] = 0
            return against
        run = np.where(against, marks.streak[slots] + 1, 0)
        flips: BoolArray = against & (run >= np.where(stands, self.clear_after, self.raise_after))
        marks.streak[slots] = np.where(flips, 0, run)
        marks.standing[slots[flips]] = side[flips]
        return flips


def findings(seen: Seen, field: str, *, change: Change) -> list[Finding]:
    """A change in the words of the contract; no detail.

    seen: the rows it came from.
    field: what it is about.
    """
    rows = change.turn.rows
    return [
        Finding(
            at=at, offset=offset, slot=slot, observed_at=observed_at,
            raised=raised, field=field, value=finite(value), limit=finite(limit),
        )
        for at, offset, slot, observed_at, raised, value, limit in zip(
            seen.received_at[rows].tolist(), seen.offsets[rows].tolist(),
            change.turn.slots.tolist(), change.turn.at.tolist(), change.raised.tolist(),
            change.values.tolist(), change.limits.tolist(), strict=True,
        )
    ]  # fmt: skip


def finite(value: float) -> float:
    """The value, or the number nearest to it that JSON can hold.

    >>> finite(2.0), finite(float("inf")) == FLOAT_MAX
    (2.0, True)
    """
    return min(max(value, -FLOAT_MAX), FLOAT_MAX)


def side_of(values: FloatArray, *, low: FloatArray, high: FloatArray) -> IntArray:
    """1 above ``high``, -1 below ``low``, else 0: int64 (row,).

    >>> edge = np.array([1.0])
    >>> side_of(np.array([2.0]), low=-edge, high=edge).tolist()
    [1]
    """
    return (values > high).astype(np.int64) - (values < low)


def sum_last(array: FloatArray) -> FloatArray:
    """Sums along the last axis, added from left to right.

    NumPy's own sum and matrix products choose their order by shape; bits would then depend on how
    a stream was cut into batches.

    >>> sum_last(np.array([[1.0, 2.0, 3.0]])).tolist()
    [6.0]
    """
    total: FloatArray = np.add.accumulate(array, axis=-1)[..., -1]
    return total


def with_room(memory: MemoryOf, entities: int, *, fills: Mapping[str, float]) -> MemoryOf:
    """The memory with room for ``entities``; itself if it has it.

    entities: how many the shard knows.
    fills: what a new row of each array over entities holds, by the array's name.
    """
    arrays = {name: getattr(memory, name) for name in fills}
    if all(len(array) >= entities for array in arrays.values()):
        return memory
    wider: dict[str, Any] = {
        name: grown(array, entities, fill=fills[name]) for name, array in arrays.items()
    }
    return replace(memory, **wider)  # type: ignore[type-var]  # Every memory is a dataclass.


def check_least(what: str, value: float, *, least: float) -> None:
    """Refuse a setting below what it can be.

    what: the setting's name, for the message.
    Raises ValueError if ``value`` is less than ``least`` or no number.

    >>> check_least("Limit.deadband", 2.0, least=0)
    """
    if not value >= least:
        raise ValueError(f"{what} is {value}; it must be {least} or more.")


def check_more(what: str, value: float, *, than: float) -> None:
    """Refuse a setting that is not more than ``than``.

    what: the setting's name, for the message.
    Raises ValueError if ``value`` is not more than ``than``.

    >>> check_more("Silence.timeout", 5.0, than=0)
    """
    if not value > than:
        raise ValueError(f"{what} is {value}; it must be more than {than}.")
