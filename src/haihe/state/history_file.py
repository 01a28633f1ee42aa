"""One history file: how records become Parquet, and what to say when a file cannot be read.

Rows stand sorted by slot, ``observed_at`` and offset, so that one entity's day is a few pages.
Instants are plain int64 nanoseconds, not Parquet timestamps: DuckDB keeps time with a zone in
microseconds and would cut them, and int64 has statistics that every reader prunes by.
"""

import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from haihe.errors import LogDamaged, LogUnavailable
from haihe.log.manifest import FileKind, HistoryFile
from haihe.model.arrays import IndexArray, IntArray, SlotArray
from haihe.model.time import DAY, format_instant
from haihe.state.columns import (
    ENTITY,
    OBSERVED_AT,
    OFFSET,
    RECEIVED_AT,
    SLOT,
    TEXT_TYPE,
    number_names,
    text_names,
)
from haihe.state.rollup import HOUR_AT, SCHEMA, hourly

ROW_GROUP: Final = 122_880  # DuckDB's own vector groups; measured best for one entity's day.
HOURLY_ROW_GROUP: Final = (
    32_768  # Measured: hours are asked for one entity; smaller ones gain nothing.
)
ZSTD_LEVEL: Final = 3  # Measured: higher levels cost twice the time for 2 % of the bytes.
SUFFIX: Final = ".parquet"
HOURLY_SUFFIX: Final = ".hourly.parquet"
PART_SUFFIX: Final = ".part"  # Of a file that is still being written.
_DELTA: Final = "DELTA_BINARY_PACKED"
_RISING: Final = (OFFSET, OBSERVED_AT, RECEIVED_AT)
_HOURLY_RISING: Final = (HOUR_AT, "last_at", "last_offset")


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a stream's history stands, and the names of its entities.

    folder: the history folder.
    stream: whose.
    ids: the stream's entities by slot.
    """

    folder: Path
    stream: str
    ids: Sequence[str]


def day_of(at: int) -> str:
    """The UTC day of an instant.

    >>> day_of(1767225600000000000)
    '2026-01-01'
    """
    return format_instant(at)[:10]


def write_day(shelf: Shelf, table: pa.Table) -> list[HistoryFile]:
    """Records of one day as a file of records and one of hours, both safe on the disk.

    table: at least one record; all ``observed_at`` on one UTC day.
    Returns the files; they count only when the manifest has them.
    Raises LogUnavailable if the disk is full or cannot be written.
    """
    order = by_entity_and_time(table.column(SLOT).to_numpy(), table.column(OBSERVED_AT).to_numpy())
    table = table.take(pa.array(order))
    observed_at = pc.min_max(table.column(OBSERVED_AT)).as_py()
    offsets = pc.min_max(table.column(OFFSET)).as_py()
    day = day_of(observed_at["min"])
    name = f"{shelf.stream}/day={day}/{offsets['min']}-{offsets['max']}"

    def made(path: str, *, kind: FileKind, rows: int) -> HistoryFile:
        return HistoryFile(
            path=path,
            stream=shelf.stream,
            kind=kind,
            day=day,
            rows=rows,
            first_offset=offsets["min"],
            last_offset=offsets["max"],
            from_at=observed_at["min"],
            to_at=observed_at["max"],
            sha256=sha256_of(shelf.folder / path),
            numbers=number_names(table.schema),
            texts=text_names(table.schema),
        )

    path = f"{name}{SUFFIX}"
    _write_safely(shelf.folder / path, lambda part: _write_records(part, table, shelf=shelf))
    files = [made(path, kind=FileKind.RAW, rows=len(table))]
    if number_names(table.schema):
        hours = hourly(table)
        path = f"{name}{HOURLY_SUFFIX}"
        _write_safely(shelf.folder / path, lambda part: _write_hours(part, hours))
        files.append(made(path, kind=FileKind.HOURLY, rows=len(hours)))
    return files


def by_entity_and_time(slots: SlotArray, observed_at: IntArray) -> IndexArray:
    """Row numbers in order of slot and time; rows equal in both keep their order.

    >>> by_entity_and_time(np.array([1, 0, 1], np.int32), np.array([5, 9, 4])).tolist()
    [1, 2, 0]
    """
    # NumPy sorts 16-bit keys by radix: two passes beat one over 32 bits by ten times.
    order = np.argsort((slots & 0xFFFF).astype(np.uint16), kind="stable")
    if len(slots) and int(slots.max()) > np.iinfo(np.uint16).max:
        high = (slots >> 16).astype(np.uint16)[order]
        order = order[np.argsort(high, kind="stable")]
    sorted_slots, sorted_at = slots[order], observed_at[order]
    same = sorted_slots[1:] == sorted_slots[:-1]
    if bool(np.all(~same | (sorted_at[1:] >= sorted_at[:-1]))):
        return order
    return np.lexsort((observed_at, slots))


def days_of(observed_at: IntArray) -> list[IndexArray]:
    """Row numbers of each UTC day, in order, the first day first."""
    days = observed_at // DAY
    if len(days) and days.min() == days.max():
        return [np.arange(len(days))]
    return [np.flatnonzero(days == day) for day in np.unique(days)]


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fault_of(folder: Path, file: HistoryFile) -> str:
    """What is wrong with a file, in words; "" if its bytes are what they were."""
    path = folder / file.path
    try:
        found = sha256_of(path)
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if found != file.sha256:
        return f"does not match its hash (has {found[:12]}…, recorded is {file.sha256[:12]}…)"
    return ""


def damaged(file: HistoryFile, fault: str) -> LogDamaged:
    """The error for a file that cannot answer."""
    return LogDamaged(
        f"the history file {file.path} (stream '{file.stream}', day {file.day}, {file.rows} rows) "
        f"{fault}. Put it back from a backup or another copy; other days still answer. "
        "'haihe verify' lists every such file."
    )


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_safely(path: Path, write: Callable[[Path], None]) -> None:
    """Write beside, sync, rename, sync the folder: after this the file is whole or not there."""
    part = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}{PART_SUFFIX}")
    try:
        _make_folders(path.parent)
        write(part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise LogUnavailable(
            f"cannot write the history file {path} ({error}). Nothing was lost: the records are "
            "still in the log. Make room, or give write access."
        ) from error


def _make_folders(folder: Path) -> None:
    """Make a folder and those above it, each durable in the one above."""
    if folder.is_dir():
        return
    _make_folders(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def _write_records(part: Path, table: pa.Table, *, shelf: Shelf) -> None:
    numbers, texts = number_names(table.schema), text_names(table.schema)
    schema = pa.schema(
        [
            (OFFSET, pa.int64()),
            (ENTITY, TEXT_TYPE),
            (SLOT, pa.int32()),
            (OBSERVED_AT, pa.int64()),
            (RECEIVED_AT, pa.int64()),
            *((name, pa.float64()) for name in numbers),
            *((name, TEXT_TYPE) for name in texts),
        ]
    )
    with _writer(part, schema, rising=_RISING) as writer:
        for start in range(0, len(table), ROW_GROUP):
            group = table.slice(start, ROW_GROUP)
            names = entity_column(group.column(SLOT).to_numpy(), shelf.ids)
            group = group.append_column(ENTITY, names)
            # A writer puts a dictionary into each group whole, so it must hold that group's alone.
            for name in texts:
                column = group.column(name).cast(pa.string()).dictionary_encode()
                group = group.set_column(group.schema.get_field_index(name), name, column)
            writer.write_table(group.select(schema.names).cast(schema), ROW_GROUP)


def _write_hours(part: Path, hours: pa.Table) -> None:
    with _writer(part, SCHEMA, rising=_HOURLY_RISING) as writer:
        writer.write_table(hours, HOURLY_ROW_GROUP)


def _writer(part: Path, schema: pa.Schema, *, rising: tuple[str, ...]) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        part,
        schema,
        compression="zstd",
        compression_level=ZSTD_LEVEL,
        use_dictionary=[name for name in schema.names if name not in rising],
        column_encoding=dict.fromkeys(rising, _DELTA),
        write_page_checksum=True,
    )


def entity_column(slots: SlotArray, ids: Sequence[str]) -> pa.DictionaryArray:
    """Each row's entity by name; the dictionary holds only those that occur."""
    used, codes = np.unique(slots, return_inverse=True)
    names = pa.array([ids[slot] for slot in used], type=pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), names)
