"""Decoded records to columns, with the rows that need a closer look."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from haihe.feed.door import (
    MICROSECONDS_FROM,
    MILLISECONDS_FROM,
    NANOSECONDS_FROM,
    instant_of,
    latest_allowed,
)
from haihe.feed.shape import Shape
from haihe.model.arrays import FloatArray, IndexArray, IntArray, SlotArray, TextArray
from haihe.model.entity import ID_MAX, check_entity_id
from haihe.model.record import Rows
from haihe.model.time import (
    BEFORE_ALL,
    EARLIEST_AT,
    LATEST_AT,
    MICROSECOND,
    MILLISECOND,
    NANOSECOND,
    SECOND,
)

FEW: Final = 16  # Measured: below this, plain Python beats the fixed cost of array calls.
BLOCK: Final = 512  # Measured: fewer tuples than wake CPython's collector (700); 1.2 times faster.
_SHOWN: Final = bytes(range(33, 127))  # ASCII that can be seen.
_FIRST: Final = np.zeros(1, np.int32)
_FIRST.flags.writeable = False
_ENTITY, _TIME, _FIELDS = 0, 1, 2  # Places in ``Shape.record``.


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows, and those among them that must be judged one by one.

    rows: all records; not to be used while ``bad`` has any.
    bad: rows with a value, time or entity that is not in order.
    """

    rows: Rows
    bad: Sequence[int]


def to_columns(
    records: Sequence[msgspec.Struct], shape: Shape, *, now: int, entity: str = ""
) -> Columns:
    """The records in columns.

    records: ``shape.record``; at least one.
    now: the clock; ns. It is the time of records that carry none.
    entity: whose records they are where they do not say so themselves.
    """
    return assemble(transpose(records), shape, now=now, entity=entity)


def transpose(records: Sequence[msgspec.Struct]) -> Sequence[Sequence[Any]]:
    """The members of structs as columns.

    records: at least one.
    """
    table = list(zip(*map(msgspec.structs.astuple, records[:BLOCK]), strict=True))
    if len(records) <= BLOCK:
        return table
    columns = [list(column) for column in table]
    for start in range(BLOCK, len(records), BLOCK):
        block = map(msgspec.structs.astuple, records[start : start + BLOCK])
        for column, part in zip(columns, zip(*block, strict=True), strict=True):
            column.extend(part)
    return columns


def assemble(
    table: Sequence[Sequence[Any]], shape: Shape, *, now: int, entity: str = ""
) -> Columns:
    """As ``to_columns``, from columns in the order of ``shape.record``."""
    names = table[_ENTITY] if not entity else tuple(name or entity for name in table[_ENTITY])
    ids, codes, wrong_ids = intern(names)
    at, wrong_times = instants(table[_TIME], now=now)
    columns = table[_FIELDS : _FIELDS + len(shape.numbers)]
    texts = table[_FIELDS + len(shape.numbers) :]
    numbers, empty = _numbers(columns, texts, count=len(names))
    rows = Rows(
        stream=shape.stream.name,
        ids=ids,
        codes=codes,
        observed_at=at,
        numbers=dict(zip(shape.numbers, numbers, strict=True)),
        texts={name: objects(text) for name, text in zip(shape.texts, texts, strict=True)},
    )
    bad = {*wrong_times, *empty, *outside(at, latest_allowed(shape.stream, now=now))}
    if wrong_ids:
        bad.update(row for row, name in enumerate(names) if name in wrong_ids)
    return Columns(rows, sorted(bad))


def intern(names: Sequence[str]) -> tuple[tuple[str, ...], SlotArray, frozenset[str]]:
    """Each name once, in order of appearance, and which one each row means.

    Returns the ids, int32 (row,) codes, and those of the ids that cannot be ids.
    """
    if len(names) == 1:
        return (names[0],), _FIRST, bad_ids(names)
    ids = tuple(dict.fromkeys(names))
    if len(ids) == len(names):
        return ids, np.arange(len(ids), dtype=np.int32), bad_ids(ids)
    place = dict(zip(ids, range(len(ids)), strict=True)).__getitem__
    codes = struct.pack(f"{len(names)}i", *map(place, names))
    return ids, np.frombuffer(codes, np.int32), bad_ids(ids)


def bad_ids(ids: Sequence[str]) -> frozenset[str]:
    """Those that ``check_entity_id`` refuses, at the price of one scan when all are fine."""
    joined = "".join(ids)
    if joined.isascii():  # Measured: five times as fast as ``isprintable``.
        is_fine = not joined.encode().translate(None, _SHOWN)
    else:
        is_fine = joined.isprintable() and " " not in joined
    if is_fine and all(ids) and max(map(len, ids)) <= ID_MAX:
        return frozenset()
    return frozenset(name for name in ids if not _is_id(name))


def _is_id(name: str) -> bool:
    try:
        check_entity_id(name)
    except ValueError:
        return False
    return True


def instants(values: Sequence[Any], *, now: int) -> tuple[IntArray, Sequence[int]]:
    """When each record was observed.

    values: int by the ranges of ``instant_of``, ISO 8601 text, or None for ``now``.
    Returns int64 (row,), ns, and the rows whose value is no instant (``BEFORE_ALL`` there).
    """
    if len(values) >= FEW and isinstance(values[0], int):
        try:
            at = np.frombuffer(struct.pack(f"{len(values)}q", *values), np.int64)
        except struct.error:
            return _instants_one_by_one(values, now=now)
        return scale_epochs(at), ()
    if len(values) >= FEW and isinstance(values[0], str):
        try:
            texts = pa.array(values, pa.string())
            if texts.null_count == 0:
                return parse_texts(texts), ()
        except (pa.ArrowException, TypeError):
            pass  # Some value is special; the slow way below says which.
    return _instants_one_by_one(values, now=now)


def parse_texts(texts: pa.Array) -> IntArray:
    """ISO 8601 texts with an offset as int64, ns.

    Raises pyarrow.ArrowInvalid if one of them is not.
    """
    at: IntArray = texts.cast(pa.timestamp("ns", tz="UTC")).cast(pa.int64()).to_numpy()
    return at


def _instants_one_by_one(values: Sequence[Any], *, now: int) -> tuple[IntArray, Sequence[int]]:
    at: list[int] = []
    bad = []
    for row, value in enumerate(values):
        try:
            at.append(now if value is None else instant_of(value))
        except ValueError:
            at.append(BEFORE_ALL)
            bad.append(row)
    return np.array(at, np.int64), bad


def scale_epochs(values: IntArray) -> IntArray:
    """Integers since 1970 as ns, each by its own size (see ``instant_of``).

    values: int64 (row,).
    Returns int64 (row,), ns; ``BEFORE_ALL`` where it is outside 1970 to 2100.
    """
    if len(values) < FEW:
        if min(values.tolist()) >= NANOSECONDS_FROM:
            return values
    elif int(values.min()) >= NANOSECONDS_FROM:
        return values
    starts = (MILLISECONDS_FROM, MICROSECONDS_FROM, NANOSECONDS_FROM)
    units = np.array([SECOND, MILLISECOND, MICROSECOND, NANOSECOND])
    return to_nanoseconds(values, units[np.searchsorted(starts, values, side="right")])


def to_nanoseconds(values: IntArray, unit: IntArray | int) -> IntArray:
    """Counts of ``unit`` since 1970 as ns; ``BEFORE_ALL`` where that is outside 1970 to 2100."""
    fits = (values >= EARLIEST_AT) & (values <= LATEST_AT // unit)
    if isinstance(unit, int) and fits.all():
        return values if unit == NANOSECOND else values * unit
    return np.where(fits, np.where(fits, values, 0) * unit, BEFORE_ALL)


def outside(at: IntArray, latest: int) -> Sequence[int]:
    """Rows that are not between 1970 and ``latest``."""
    if len(at) < FEW:
        return [row for row, value in enumerate(at.tolist()) if not EARLIEST_AT <= value <= latest]
    if int(at.min()) >= EARLIEST_AT and int(at.max()) <= latest:
        return ()
    return np.flatnonzero((at < EARLIEST_AT) | (at > latest)).tolist()


def _numbers(
    columns: Sequence[Sequence[float | None]],
    texts: Sequence[Sequence[str | None]],
    *,
    count: int,
) -> tuple[FloatArray, Sequence[int]]:
    """Float64 (number field, row), missing as NaN; and the rows that carry no value at all."""
    if columns:
        pack = f"{count}d"
        try:
            packed = b"".join([struct.pack(pack, *column) for column in columns])
            return np.frombuffer(packed).reshape(len(columns), count), ()
        except struct.error:
            pass  # Some value is missing; NumPy reads None as NaN.
    flat = np.fromiter(chain.from_iterable(columns), np.float64, count * len(columns))
    numbers = flat.reshape(len(columns), count)
    empty = np.isnan(numbers).all(axis=0)
    for text in texts:
        empty &= np.fromiter((value is None for value in text), np.bool_, count)
    return numbers, np.flatnonzero(empty).tolist()


def objects(values: Sequence[str | None]) -> TextArray:
    """A text column."""
    column = np.empty(len(values), object)
    column[:] = values
    return column


def select(rows: Rows, index: IndexArray | slice) -> Rows | None:
    """Some of the rows, with only the ids they speak of; None if there are none.

    index: which rows, in the order wanted.
    """
    codes = rows.codes[index]
    if not len(codes):
        return None
    codes, used = compact(codes, len(rows.ids))
    ids = rows.ids if len(used) == len(rows.ids) else tuple(rows.ids[at] for at in used.tolist())
    received_at = rows.received_at
    return Rows(
        stream=rows.stream,
        ids=ids,
        codes=codes,
        observed_at=rows.observed_at[index],
        numbers={name: values[index] for name, values in rows.numbers.items()},
        texts={name: values[index] for name, values in rows.texts.items()},
        received_at=None if received_at is None else received_at[index],
    )


def compact(codes: NDArray[np.signedinteger], count: int) -> tuple[SlotArray, IndexArray]:
    """The codes renumbered without gaps, and which of the ``count`` old ones are used."""
    used = np.bincount(codes, minlength=count) > 0
    if not used.all():
        codes = (np.cumsum(used) - 1)[codes]
    return codes.astype(np.int32, copy=False), np.flatnonzero(used)
