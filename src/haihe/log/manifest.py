"""Which history files count: the rows of the ``manifest`` table, and how far each stream is sealed.

A file counts from the moment its row is committed until its row is gone, and at no other time;
what lies in the folder beside that is left over. The records of a stream before ``sealed_until``
stand in history files, those from there on in the log's own bodies.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from haihe.log import store

SEALED: Final = "sealed/"  # Before a stream's name: the position up to which it is sealed.
_COLUMNS: Final = (
    "path, stream, kind, day, rows, first_offset, last_offset, from_at, to_at, sha256, "
    "numbers, texts"
)


class FileKind(StrEnum):
    """What a history file holds."""

    RAW = "raw"  # The records, as they stood in the log.
    HOURLY = "hourly"  # Count, least, greatest, sum and last of each number field and hour.


@dataclass(frozen=True, slots=True)
class HistoryFile:
    """One file of one stream and one UTC day.

    path: within the history folder, with forward slashes.
    kind: records, or what each hour of them comes to.
    day: of ``observed_at``, UTC, as "2026-01-31".
    rows: in the file.
    first_offset, last_offset: of its records; records of other days may lie between.
    from_at, to_at: the first and the last ``observed_at`` of its records; ns.
    sha256: of the file's bytes, in hex.
    numbers, texts: the fields it has.
    """

    path: str
    stream: str
    kind: FileKind
    day: str
    rows: int
    first_offset: int
    last_offset: int
    from_at: int
    to_at: int
    sha256: str
    numbers: tuple[str, ...]
    texts: tuple[str, ...]


def put_files(db: sqlite3.Connection, files: Iterable[HistoryFile]) -> None:
    """Let the files count."""
    rows = [
        (
            file.path,
            file.stream,
            file.kind.value,
            file.day,
            file.rows,
            file.first_offset,
            file.last_offset,
            file.from_at,
            file.to_at,
            file.sha256,
            ",".join(file.numbers),
            ",".join(file.texts),
        )
        for file in files
    ]
    db.executemany("INSERT INTO manifest VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", rows)


def drop_files(db: sqlite3.Connection, paths: Iterable[str]) -> int:
    """Let the files count no more; returns how many of them did."""
    found = db.executemany("DELETE FROM manifest WHERE path = ?", [(path,) for path in paths])
    return max(found.rowcount, 0)


def list_files(db: sqlite3.Connection) -> list[HistoryFile]:
    """All files that count, by path."""
    return _files(db.execute(f"SELECT {_COLUMNS} FROM manifest ORDER BY path"))


def files_of_days(
    db: sqlite3.Connection, stream: str, *, kind: FileKind, from_day: str, to_day: str
) -> list[HistoryFile]:
    """A stream's files of the days from one to another, both included, oldest first."""
    found = db.execute(
        f"SELECT {_COLUMNS} FROM manifest WHERE stream = ? AND kind = ? AND day BETWEEN ? AND ? "
        "ORDER BY day, first_offset",
        (stream, kind.value, from_day, to_day),
    )
    return _files(found)


def files_of_offsets(
    db: sqlite3.Connection, stream: str, *, from_offset: int, to_offset: int
) -> list[HistoryFile]:
    """A stream's files of records with offsets of a stretch, in order of their first."""
    found = db.execute(
        f"SELECT {_COLUMNS} FROM manifest WHERE stream = ? AND kind = ? AND last_offset >= ? "
        "AND first_offset < ? ORDER BY first_offset, last_offset",
        (stream, FileKind.RAW.value, from_offset, to_offset),
    )
    return _files(found)


def streams_with_files(db: sqlite3.Connection) -> list[str]:
    """The streams that have a file, by name."""
    return [name for (name,) in db.execute("SELECT DISTINCT stream FROM manifest ORDER BY stream")]


def sealed_until(db: sqlite3.Connection, stream: str) -> int:
    """The offset before which the stream's records stand in history files; 0 if none do."""
    return store.position(db, SEALED + stream)


def set_sealed_until(db: sqlite3.Connection, stream: str, *, next_offset: int) -> None:
    """Keep how far the stream is sealed."""
    store.set_position(db, SEALED + stream, next_offset=next_offset)


def _files(found: sqlite3.Cursor) -> list[HistoryFile]:
    return [
        HistoryFile(
            path=path,
            stream=stream,
            kind=FileKind(kind),
            day=day,
            rows=rows,
            first_offset=first_offset,
            last_offset=last_offset,
            from_at=from_at,
            to_at=to_at,
            sha256=sha256,
            numbers=_names(numbers),
            texts=_names(texts),
        )
        for (
            path,
            stream,
            kind,
            day,
            rows,
            first_offset,
            last_offset,
            from_at,
            to_at,
            sha256,
            numbers,
            texts,
        ) in found
    ]


def _names(told: str) -> tuple[str, ...]:
    return tuple(told.split(",")) if told else ()
