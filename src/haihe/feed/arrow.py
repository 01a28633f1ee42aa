"""Arrow IPC bodies (stream or file) of one stream to columns, copying as little as can be.

Columns: ``entity`` (text; dictionary-encoded is the fast way), ``observed_at`` (a timestamp with a
zone, or what JSON may carry; the column may be absent, a null means now), and the stream's fields
by name. Null is missing, and so is a NaN, which is how NumPy and pandas write it; an infinity is
refused. A column that the stream does not know, or of another type, is refused as one.
"""

import json
import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from haihe.errors import RecordRefused
from haihe.feed.columns import (
    bad_ids,
    compact,
    instants,
    outside,
    parse_texts,
    scale_epochs,
    select,
    to_nanoseconds,
)
from haihe.feed.door import RAW_MAX, TEXT_MAX, Reason, RefusedRecord, Taken, latest_allowed, shown
from haihe.feed.judge import (
    UnfitError,
    absurd,
    check_not_ahead,
    empty_record,
    entity_of,
    not_finite,
    time_of,
    too_long,
    unknown_field,
)
from haihe.feed.roster import roster_of
from haihe.model.arrays import BoolArray, FloatArray, IntArray, SlotArray, TextArray
from haihe.model.record import Roster, Rows
from haihe.model.stream import Field, Stream
from haihe.model.time import BEFORE_ALL, MICROSECOND, MILLISECOND, NANOSECOND, SECOND

ROWS_MAX: Final = 1_000_000  # Ours: a body larger than this is a file; send it in parts.
_MAGIC: Final = b"ARROW1"
_COLUMN: Final = -1  # Stands for the row where a whole column is refused.
UNIT_NS: Final = {"s": SECOND, "ms": MILLISECOND, "us": MICROSECOND, "ns": NANOSECOND}
_FINITE_MAX: Final = float(np.finfo(np.float64).max)


def decode_arrow(body: bytes, stream: Stream, *, now: int, entity: str = "") -> Taken:
    """The rows of all batches of an Arrow IPC body.

    now: the clock, int, ns.
    entity: whose records they are where there is no column ``entity`` or it is null.
    Raises RecordRefused if the body is not Arrow IPC, or lacks what no row can do without.
    """
    return take_table(_read(body), stream, now=now, entity=entity)


def take_table(
    table: pa.Table,
    stream: Stream,
    *,
    now: int,
    entity: str = "",
    raw_of: Callable[[int], str] | None = None,
) -> Taken:
    """As ``decode_arrow``, from a table of one chunk a column.

    raw_of: how row *i* looked where it came from; by default as JSON.
    """
    intake = _Intake(table, stream, now=now, raw_of=raw_of)
    if not len(intake.keep):
        return Taken(None)
    codes, ids = intake.entities(default=entity)
    at = intake.times()
    intake.refuse_unknown()
    numbers = {field.name: intake.number(field) for field in stream.numbers}
    texts = {field.name: intake.text(field) for field in stream.texts}
    intake.drop_empty(numbers, texts)
    rows = Rows(stream.name, ids, codes, at, numbers, texts)
    kept = rows if intake.keep.all() else select(rows, np.flatnonzero(intake.keep))
    return Taken(kept, intake.refusals(rows))


def _read(body: bytes) -> pa.Table:
    """The body as a table of one chunk a column, checked so that reading it is safe."""
    if not body:
        raise RecordRefused("the body is empty; expected an Arrow IPC stream or file.")
    source = pa.BufferReader(body)
    try:
        is_file = body.startswith(_MAGIC)
        reader = pa.ipc.open_file(source) if is_file else pa.ipc.open_stream(source)
        table = reader.read_all()
        table.validate(full=True)
        names = table.schema.names
        if any(column.num_chunks != 1 for column in table.columns):
            table = table.unify_dictionaries().combine_chunks()
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        raise RecordRefused(f"the body is not Arrow IPC: {shown(str(error))}.") from error
    if len(set(names)) != len(names):
        raise RecordRefused(f"the body names a column twice: {shown(', '.join(names))}.")
    if table.num_rows > ROWS_MAX:
        raise RecordRefused(
            f"the body has {table.num_rows} rows; at most {ROWS_MAX} are taken at once."
        )
    return table


class _Intake:
    """One body on its way in: refusals gather in it, and ``keep`` loses rows."""

    def __init__(
        self,
        table: pa.Table,
        stream: Stream,
        *,
        now: int,
        raw_of: Callable[[int], str] | None = None,
    ) -> None:
        self.keep: BoolArray = np.ones(table.num_rows, np.bool_)
        self._table = table
        self._stream = stream
        self._now = now
        self._raw_of = raw_of or self._raw
        self._unfit: list[tuple[int, str, UnfitError]] = []  # Row, field and why.

    def _column(self, name: str) -> pa.Array | None:
        if name not in self._table.schema.names:
            return None
        column = self._table.column(name).chunk(0)
        return None if pa.types.is_null(column.type) else column

    def _lose(self, row: int, unfit: UnfitError) -> None:
        if self.keep[row]:  # One reason is enough for a record that is refused whole.
            self.keep[row] = False
            self._unfit.append((row, "", unfit))

    def entities(self, *, default: str) -> tuple[SlotArray, tuple[str, ...]]:
        """Int32 (row,) codes and the ids they mean."""
        column = self._column("entity")
        if column is None:
            column = pa.DictionaryArray.from_arrays(np.zeros(len(self.keep), np.int32), [default])
        if not _is_text(_value_type(column)):
            raise RecordRefused(f"column entity is {column.type}; expected text such as 'zone/7'.")
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        if column.null_count or column.dictionary.null_count:
            column = pc.fill_null(column.cast(pa.string()), default).dictionary_encode()
        codes, ids = _compact(column)
        for name in sorted(bad_ids(ids)) if not isinstance(ids, Roster) else ():
            for row in np.flatnonzero(codes == ids.index(name)).tolist():
                self._check(row, entity_of, name, default=default)
        return codes, ids

    def times(self) -> IntArray:
        """Int64 (row,), ns."""
        column = self._column("observed_at")
        if column is None:
            return np.full(len(self.keep), self._now)
        at = _times(column, now=self._now)
        for row in outside(at, latest_allowed(self._stream, now=self._now)):
            self._check(row, time_of, cell_of(column, row), now=self._now)
            self._check(row, check_not_ahead, int(at[row]), self._stream, now=self._now)
        return at

    def _check(self, row: int, check: Any, *values: Any, **settings: Any) -> None:
        """Lose the row if the check that every JSON record passes refuses it."""
        try:
            check(*values, **settings)
        except UnfitError as unfit:
            self._lose(row, unfit)

    def refuse_unknown(self) -> None:
        """Refuse the columns that are no field of the stream."""
        known = {"entity", "observed_at", *(field.name for field in self._stream.fields)}
        for name in self._table.schema.names:
            if name not in known:
                self._unfit.append((_COLUMN, name, unknown_field(name, self._stream)))

    def number(self, field: Field) -> FloatArray:
        """Float64 (row,); what is absurd or infinite is missing."""
        column = self._column(field.name)
        if column is not None and not is_number(column.type):
            self._refuse_column(field, column, expected=f"a number in {field.unit}")
            column = None
        if column is None:
            return np.full(len(self.keep), np.nan)
        values: FloatArray = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        low = -_FINITE_MAX if field.low is None else field.low
        high = _FINITE_MAX if field.high is None else field.high
        if ((values >= low) & (values <= high)).all():
            return values
        wrong = (values < low) | (values > high)
        for row in np.flatnonzero(wrong & self.keep).tolist():
            self._unfit.append((row, field.name, _why_not(field, float(values[row]))))
        return np.where(wrong, np.nan, values)

    def text(self, field: Field) -> TextArray:
        """Object (row,): text or None."""
        column = self._column(field.name)
        values: TextArray = np.full(len(self.keep), None, object)
        if column is None:
            return values
        if not _is_text(_value_type(column)):
            self._refuse_column(field, column, expected="text")
            return values
        values[:] = column.to_pylist()
        lengths = pc.fill_null(pc.utf8_length(column.cast(pa.string())), 0).to_numpy()
        for row in np.flatnonzero(lengths > TEXT_MAX).tolist():
            if self.keep[row]:
                self._unfit.append((row, field.name, too_long(field, int(lengths[row]))))
            values[row] = None
        return values

    def drop_empty(self, numbers: dict[str, FloatArray], texts: dict[str, TextArray]) -> None:
        """Lose the rows that have no value (left), with a reason where none was given yet."""
        told = np.zeros(len(self.keep), np.bool_)
        for values in numbers.values():
            if told.all():
                return
            told |= ~np.isnan(values)
        for text in texts.values():
            told |= np.fromiter((value is not None for value in text), np.bool_, len(text))
        empty = np.flatnonzero(~told & self.keep).tolist()
        explained = {row for row, _, _ in self._unfit} if empty else set()
        for row in empty:
            if row in explained:
                self.keep[row] = False
            else:
                self._lose(row, empty_record(self._stream))

    def refusals(self, rows: Rows) -> tuple[RefusedRecord, ...]:
        """All that was refused, columns first, then by row."""
        if not self._unfit:
            return ()
        return tuple(
            self._refusal(found, rows) for found in sorted(self._unfit, key=lambda x: x[0])
        )

    def _refusal(self, found: tuple[int, str, UnfitError], rows: Rows) -> RefusedRecord:
        row, field, unfit = found
        whole = row == _COLUMN
        at = None if whole else int(rows.observed_at[row])
        return RefusedRecord(
            stream=self._stream.name,
            entity="" if whole else rows.ids[rows.codes[row]],
            observed_at=None if at == BEFORE_ALL else at,
            reason=unfit.reason,
            message=unfit.message,
            raw=f"{len(self.keep)} rows of the column" if whole else self._raw_of(row)[:RAW_MAX],
            field=field,
        )

    def _raw(self, row: int) -> str:
        names = self._table.schema.names
        cells = {name: cell_of(self._table.column(name), row) for name in names}
        return json.dumps(cells, ensure_ascii=False, default=str)

    def _refuse_column(self, field: Field, column: pa.Array, *, expected: str) -> None:
        message = f"column {field.name} is {column.type}; expected {expected}."
        self._unfit.append((_COLUMN, field.name, UnfitError(Reason.WRONG_TYPE, message)))


def _why_not(field: Field, number: float) -> UnfitError:
    return absurd(field, number) if math.isfinite(number) else not_finite(field, str(number))


def _compact(column: pa.DictionaryArray) -> tuple[SlotArray, tuple[str, ...]]:
    """Codes and ids of a column without nulls; only ids that occur, each once.

    A sender may share one dictionary of a whole city among small batches.
    """
    codes, used = compact(column.indices.to_numpy(), len(column.dictionary))
    if len(used) == len(column.dictionary):
        roster = roster_of(column.dictionary)
        if roster is not None:
            return codes, roster
    ids = column.dictionary.take(pa.array(used)).to_pylist()
    if len(set(ids)) != len(ids):
        places = {name: place for place, name in enumerate(dict.fromkeys(ids))}
        codes = np.array([places[name] for name in ids], np.int32)[codes]
        ids = list(places)
    return codes, tuple(ids)


def _times(column: pa.Array, *, now: int) -> IntArray:
    """Int64 (row,), ns; ``BEFORE_ALL`` where it is no instant of 1970 to 2100."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        if not _has_zone(kind):
            raise RecordRefused(
                f"column observed_at is {kind} without a zone; cast it to "
                "pyarrow.timestamp('ns', tz='UTC')."
            )
        values = pc.fill_null(column.cast(pa.int64()), BEFORE_ALL).to_numpy()
        at = to_nanoseconds(values, UNIT_NS[kind.unit])
    elif pa.types.is_integer(kind):
        at = scale_epochs(pc.fill_null(column, -1).cast(pa.int64(), safe=False).to_numpy())
    elif _is_text(kind):
        return _parsed(column, now=now)
    else:
        raise RecordRefused(
            f"column observed_at is {kind}; expected a timestamp with a zone, an integer or text."
        )
    if not column.null_count:
        return at
    return np.where(column.is_null().to_numpy(zero_copy_only=False), now, at)


def _has_zone(kind: pa.DataType) -> bool:
    try:
        return kind.tz is not None
    except UnicodeDecodeError:
        return True  # Its name is broken, but instants are UTC whatever the zone.


def _parsed(column: pa.Array, *, now: int) -> IntArray:
    if column.null_count == 0:
        try:
            return parse_texts(column.cast(pa.string()))
        except pa.ArrowInvalid:
            pass  # One of them is no instant; the slow way below says which.
    return instants(column.to_pylist(), now=now)[0]


def cell_of(column: pa.Array | pa.ChunkedArray, row: int) -> Any:
    """A value as Python holds it; instants stay counts, for Python has no ns."""
    scalar = column[row]
    if pa.types.is_timestamp(column.type):
        scalar = scalar.cast(pa.int64())
    return scalar.as_py()


def _value_type(column: pa.Array) -> pa.DataType:
    """What the column holds, dictionary-encoded or not."""
    return column.type.value_type if pa.types.is_dictionary(column.type) else column.type


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def is_number(kind: pa.DataType) -> bool:
    """Whether a column of this type holds numbers."""
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )
