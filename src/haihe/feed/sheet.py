"""Files as sheets: chunks of columns under the file's own names, not yet understood."""

import csv
import gzip
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from haihe.errors import RecordRefused
from haihe.feed.arrow import cell_of
from haihe.feed.judge import malformed_message
from haihe.feed.mapping import Mapping

CHUNK_ROWS: Final = 10_000  # Measured: larger batches gain the log nothing; see engines, section 2.
_LINES_BYTES: Final = 4_000_000  # Ours: NDJSON is read in pieces of about this size.
_RECORD: Final = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Sheet:
    """Some rows of a file.

    cells: text columns (csv, ndjson) or typed ones (parquet), under the file's names.
    malformed: what could not be split into cells: the text, and what was expected.
    """

    cells: pa.Table
    malformed: tuple[tuple[str, str], ...] = ()

    def raw(self, row: int) -> str:
        """A row to show: name and cell, as JSON."""
        names = self.cells.column_names
        values = {name: cell_of(self.cells.column(name), row) for name in names}
        return json.dumps(values, ensure_ascii=False, default=str)


def read_sheets(path: Path, mapping: Mapping, *, chunk: int = CHUNK_ROWS) -> Iterator[Sheet]:
    """The file in sheets of at most ``chunk`` rows, in its own order.

    Raises RecordRefused if it cannot be read, or has a column the mapping does not speak of.
    """
    readers = {"csv": _read_csv, "ndjson": _read_ndjson, "parquet": _read_parquet}
    try:
        yield from readers[mapping.format](path, mapping, chunk=chunk)
    except (OSError, EOFError, UnicodeError, LookupError, pa.ArrowException, csv.Error) as error:
        raise RecordRefused(f"{path} cannot be read as {mapping.format}: {error}.") from error


def _read_csv(path: Path, mapping: Mapping, *, chunk: int) -> Iterator[Sheet]:
    names = _header(path, mapping)
    check_columns(names, mapping, path=path)
    malformed: list[tuple[str, str]] = []

    def keep_aside(row: pa.csv.InvalidRow) -> str:
        expected = f"the row has {row.actual_columns} cells; expected {row.expected_columns}."
        malformed.append((row.text, expected))
        return "skip"

    reader = pa.csv.open_csv(
        path,
        read_options=pa.csv.ReadOptions(use_threads=False, encoding=mapping.encoding),
        parse_options=pa.csv.ParseOptions(
            delimiter=mapping.separator, invalid_row_handler=keep_aside
        ),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )
    for batch in reader:
        table = pa.Table.from_batches([batch])
        for start in range(0, batch.num_rows, chunk):
            yield Sheet(table.slice(start, chunk).combine_chunks(), _drain(malformed))
    if malformed:
        yield Sheet(reader.schema.empty_table(), _drain(malformed))


def _drain(items: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    taken = tuple(items)
    items.clear()
    return taken


def _header(path: Path, mapping: Mapping) -> Sequence[str]:
    with open_file(path) as file:
        text = io.TextIOWrapper(file, encoding=mapping.encoding, newline="")
        names = next(csv.reader(text, delimiter=mapping.separator), [])
    if names:
        names[0] = names[0].removeprefix("\ufeff")
    return names


def open_file(path: Path) -> gzip.GzipFile | io.BufferedReader:
    """The bytes of a file, unpacked if its name ends in .gz."""
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def _read_ndjson(path: Path, mapping: Mapping, *, chunk: int) -> Iterator[Sheet]:
    with open_file(path) as file:
        while lines := file.readlines(_LINES_BYTES):
            for start in range(0, len(lines), chunk):
                yield _ndjson_sheet(lines[start : start + chunk], mapping, path=path)


def _ndjson_sheet(lines: Sequence[bytes], mapping: Mapping, *, path: Path) -> Sheet:
    records: list[dict[str, Any]] = []
    malformed: list[tuple[str, str]] = []
    for line in lines:
        if not line.strip():
            continue
        try:
            records.append(_RECORD.decode(line))
        except (ValueError, RecursionError) as error:
            malformed.append((line.decode("utf-8", "replace"), malformed_message(error, line)))
    names = list(dict.fromkeys(name for record in records for name in record))
    known = [*mapping.time.columns, *mapping.columns]
    check_columns([*names, *(name for name in known if name not in names)], mapping, path=path)
    cells = {
        name: pa.array([_as_text(record.get(name)) for record in records], pa.string())
        for name in dict.fromkeys([*names, *known])
    }
    return Sheet(pa.table(cells), tuple(malformed))


def _as_text(value: Any) -> str | None:
    """A JSON value as the cell of a csv would hold it; None where it is missing."""
    if value is None or isinstance(value, str):
        return value
    return repr(value) if isinstance(value, float) else json.dumps(value)


def _read_parquet(path: Path, mapping: Mapping, *, chunk: int) -> Iterator[Sheet]:
    with pa.parquet.ParquetFile(path) as file:
        check_columns(file.schema_arrow.names, mapping, path=path)
        for batch in file.iter_batches(batch_size=chunk, use_threads=False):
            yield Sheet(pa.Table.from_batches([batch]))


def check_columns(names: Sequence[str], mapping: Mapping, *, path: Path) -> None:
    """Refuse a file whose columns and mapping do not belong together.

    Raises RecordRefused naming the columns.
    """
    labels = [label for label in mapping.labels if label.column]
    needed = {*mapping.time.columns, *mapping.columns, *mapping.entity_columns}
    needed.update(label.column for label in labels if not label.optional)
    if absent := sorted(needed - set(names)):
        raise RecordRefused(
            f"{path} has no column {', '.join(absent)}; it has {', '.join(names)}. "
            "Is this the right mapping?"
        )
    known = {*needed, *mapping.ignore, *(label.column for label in labels)}
    strange = sorted(set(names) - known)
    if strange and mapping.wide is None:
        raise RecordRefused(
            f"{path} has columns the mapping does not speak of: {', '.join(strange)}. "
            "Map each to a field, or name it under ignore."
        )
    if len(set(names)) != len(names):
        raise RecordRefused(f"{path} names a column twice: {', '.join(names)}.")
