"""A sheet of a file to records: the mapping at work."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from haihe.feed.arrow import is_number, take_table
from haihe.feed.door import RAW_MAX, Reason, RefusedRecord, Taken, shown
from haihe.feed.judge import UnfitError, not_finite, wrong_type
from haihe.feed.mapping import ColumnPart, Mapping, fill, path_parts, pieces
from haihe.feed.sheet import Sheet
from haihe.feed.times import parse_times
from haihe.model.arrays import BoolArray, FloatArray, IndexArray, IntArray
from haihe.model.stream import FieldKind
from haihe.model.time import BEFORE_ALL, LATEST_AT


@dataclass(slots=True)
class _Work:
    """A sheet on its way to records.

    at: int64 (row of the sheet,), ns; ``BEFORE_ALL`` where it has no time.
    refused: what was refused so far.
    """

    sheet: Sheet
    mapping: Mapping
    at: IntArray
    refused: list[RefusedRecord] = field(default_factory=list)

    def refuse(self, unfit: UnfitError, row: int, *, name: str = "", entity: str = "") -> None:
        """Refuse a row of the sheet, or one value of it."""
        at = int(self.at[row])
        self.refused.append(
            RefusedRecord(
                stream=self.mapping.stream.name,
                entity=entity,
                observed_at=None if at == BEFORE_ALL else at,
                reason=unfit.reason,
                message=unfit.message,
                raw=self.sheet.raw(row)[:RAW_MAX],
                field=name,
            )
        )


def to_taken(sheet: Sheet, mapping: Mapping, *, path: Path) -> Taken:
    """The records of a sheet, and what of it was refused.

    Raises RecordRefused if the mapping's zone does not exist.
    """
    stream = mapping.stream.name
    broken = [
        RefusedRecord(stream, "", None, Reason.MALFORMED, message, text[:RAW_MAX])
        for text, message in sheet.malformed
    ]
    if not sheet.cells.num_rows:
        return Taken(None, tuple(broken))
    times = [column_of(sheet, name) for name in mapping.time.columns]
    work = _Work(sheet, mapping, parse_times(times, mapping.time), broken)
    for row in np.flatnonzero(work.at == BEFORE_ALL).tolist():
        work.refuse(_bad_time(times, row, mapping=mapping), row)
    table, origin = _long(work, path) if mapping.wide else _plain(work, path)
    told = work.at[origin] != BEFORE_ALL
    if not told.all():
        table, origin = table.filter(pa.array(told)).combine_chunks(), origin[told]
    taken = take_table(
        table,
        mapping.stream,
        now=LATEST_AT,
        raw_of=lambda row: sheet.raw(int(origin[row])),
    )
    return replace(taken, refused=(*work.refused, *taken.refused))


def column_of(sheet: Sheet, name: str) -> pa.Array:
    """A column as one array."""
    column = sheet.cells.column(name)
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _bad_time(columns: list[pa.Array], row: int, *, mapping: Mapping) -> UnfitError:
    found = " ".join(str(column[row].as_py()) for column in columns)
    time = mapping.time
    zone = f" in {time.zone}" if time.zone else " with an offset"
    return UnfitError(
        Reason.BAD_TIME,
        f"{' '.join(time.columns)} is '{shown(found)}'; expected {time.format}{zone}, "
        "within 1970 to 2100.",
    )


def _plain(work: _Work, path: Path) -> tuple[pa.Table, IndexArray]:
    """One record for each row."""
    mapping = work.mapping
    entity = entities_of(work.sheet, mapping, path=path)
    columns: dict[str, pa.Array] = {"entity": entity, "observed_at": _instants(work.at)}
    for name, part in mapping.columns.items():
        cells = column_of(work.sheet, name)
        if mapping.stream.field(part.field).kind is FieldKind.TEXT:
            columns[part.field] = _told(cells, mapping)
            continue
        values, wrong = _numbers(cells, part, mapping=mapping)
        columns[part.field] = pa.array(values)
        for row, unfit in wrong:
            if work.at[row] != BEFORE_ALL:
                work.refuse(unfit, row, name=part.field, entity=entity[row].as_py() or "")
    return pa.table(columns), np.arange(len(work.at))


def _long(work: _Work, path: Path) -> tuple[pa.Table, IndexArray]:
    """One record for each row and entity's column, row by row."""
    mapping, wide = work.mapping, work.mapping.wide
    assert wide is not None
    passed_over = {*mapping.time.columns, *mapping.ignore, *(x.column for x in mapping.labels)}
    names = [name for name in work.sheet.cells.column_names if name not in passed_over]
    parts = path_parts(path)
    ids = [fill(wide.entity, {**parts, "column": name}) for name in names]
    part = ColumnPart(field=wide.field, scale=wide.scale, offset=wide.offset)
    values: FloatArray = np.empty((len(work.at), len(names)))
    for place, name in enumerate(names):
        values[:, place], wrong = _numbers(column_of(work.sheet, name), part, mapping=mapping)
        for row, unfit in wrong:
            if work.at[row] != BEFORE_ALL:
                work.refuse(unfit, row, name=wide.field, entity=ids[place])
    codes = np.tile(np.arange(len(names), dtype=np.int32), len(work.at))
    origin = np.repeat(np.arange(len(work.at)), len(names))
    columns = {
        "entity": pa.DictionaryArray.from_arrays(codes, pa.array(ids, pa.string())),
        "observed_at": _instants(work.at[origin]),
        wide.field: pa.array(values.reshape(-1)),
    }
    return pa.table(columns), origin


def _instants(at: IntArray) -> pa.Array:
    return pa.array(at).cast(pa.timestamp("ns", tz="UTC"))


def entities_of(sheet: Sheet, mapping: Mapping, *, path: Path) -> pa.Array:
    """Text (row,): the template filled; null where a cell it needs is missing."""
    texts = pieces(fill(mapping.entity, path_parts(path)))
    if len(texts) == 1:
        codes = np.zeros(sheet.cells.num_rows, np.int32)
        return pa.DictionaryArray.from_arrays(codes, pa.array(texts))
    arrays = [
        _told(column_of(sheet, text), mapping) if place % 2 else text
        for place, text in enumerate(texts)
    ]
    return pc.binary_join_element_wise(*arrays, "")


def flags_of(sheet: Sheet, name: str, *, mapping: Mapping) -> BoolArray:
    """Bool (row,): whether the cells of a label's column are numbers other than 0."""
    cells = column_of(sheet, name)
    values = _floats(cells if is_number(cells.type) else _told(cells, mapping), mapping)
    flags: BoolArray = np.nan_to_num(values) != 0.0
    return flags


def _told(cells: pa.Array, mapping: Mapping) -> pa.Array:
    """The cells as text without blanks around it; null where they mean "no value"."""
    texts = pc.utf8_trim_whitespace(cells.cast(pa.string()))
    missing = pc.is_in(texts, value_set=pa.array(mapping.missing, pa.string()))
    return pc.if_else(missing, None, texts)


def _numbers(
    cells: pa.Array, part: ColumnPart, *, mapping: Mapping
) -> tuple[FloatArray, list[tuple[int, UnfitError]]]:
    """Float64 (row,) in the field's unit, missing and refused as NaN; and what was refused."""
    told = cells if is_number(cells.type) else _told(cells, mapping)
    wrong: list[tuple[int, UnfitError]] = []
    values = _floats(told, mapping)
    target = mapping.stream.field(part.field)
    unread = ~np.isfinite(values) & told.is_valid().to_numpy(zero_copy_only=False)
    for row in np.flatnonzero(unread).tolist():
        found = shown(told[row].as_py())
        is_float = _float(found, mapping) is not None
        wrong.append(
            (row, not_finite(target, found) if is_float else wrong_type(target, f"'{found}'"))
        )
    values = np.where(unread, np.nan, values)
    return values * part.scale + part.offset, wrong


def _floats(told: pa.Array, mapping: Mapping) -> FloatArray:
    """Float64 (row,); NaN where the cell is missing or is no number."""
    texts = told
    if not is_number(told.type) and mapping.decimal == ",":
        texts = pc.replace_substring(told, ",", ".")
    try:
        values: FloatArray = texts.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        found = [_float(text, mapping) for text in told.to_pylist()]
        values = np.array(found, np.float64)  # NumPy reads None as NaN.
    return values


def _float(text: str | None, mapping: Mapping) -> float | None:
    try:
        return None if text is None else float(text.replace(mapping.decimal, "."))
    except ValueError:
        return None
