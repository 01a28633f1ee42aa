"""The unsealed tail of each stream as tables, kept decoded between queries as far as room allows.

Entries never change, so what was decoded once stays true; only what is new is read again.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa

from haihe.log.entry import BATCH, Entry, decode_header
from haihe.state.columns import OFFSET, entries_table, joined

ROWS_KEPT_MAX: Final = 1_000_000  # Ours: some 60 MB over all streams; the rest is decoded anew.
PAGE_ROWS: Final = 131_072  # Ours: rows decoded at once; bounds memory where a tail is long.
PAGE_ENTRIES: Final = 1_000  # The same for small entries.

SEAM_ROWS: Final = 32_768  # Ours: smaller tables that are kept are joined with the one before.

Choose: TypeAlias = Callable[[pa.Table], pa.Table]


@dataclass
class _Kept:
    """A stretch of one stream's tail, decoded: every record from one offset to another."""

    from_offset: int
    end_offset: int
    tables: list[pa.Table] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return sum(len(table) for table in self.tables)


class Tail:
    """Decoded tails of all streams; safe from several threads."""

    def __init__(self, rows_kept_max: int = ROWS_KEPT_MAX) -> None:
        """Keep nothing yet; at most ``rows_kept_max`` records later."""
        self._rows_kept_max = rows_kept_max
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def tables(
        self, db: sqlite3.Connection, stream: str, *, from_offset: int, choose: Choose
    ) -> list[pa.Table]:
        """What is chosen from a stream's records from an offset on, in order of offset.

        db: a connection within a read transaction; its view decides what there is.
        from_offset: where the unsealed part begins in that view.
        choose: takes a table of records and gives the wanted part.
        """
        end_offset = _end_offset(db)
        with self._lock:
            kept = self._usable(stream, from_offset)
            found = [choose(_between(t, from_offset, end_offset=end_offset)) for t in kept.tables]
            has_room = True
            for table in _decoded(db, stream, from_offset=kept.end_offset):
                found.append(choose(table))
                has_room = has_room and self._has_room(len(table))
                if has_room:
                    _keep(kept, table)
        return [table for table in found if len(table)]

    def _usable(self, stream: str, from_offset: int) -> _Kept:
        """What is kept of the stream, without what was sealed; empty where it does not fit."""
        kept = self._kept.get(stream)
        if kept is not None and from_offset < kept.from_offset:
            return _Kept(from_offset, from_offset)  # An older view than the last one that asked.
        if kept is None or from_offset > kept.end_offset:
            kept = self._kept[stream] = _Kept(from_offset, from_offset)
        kept.tables = [t for t in kept.tables if t.column(OFFSET)[-1].as_py() >= from_offset]
        kept.from_offset = from_offset
        return kept

    def _has_room(self, rows: int) -> bool:
        """Whether so many more may be kept."""
        return sum(kept.rows for kept in self._kept.values()) + rows <= self._rows_kept_max


def unsealed_pages(
    db: sqlite3.Connection, stream: str, *, from_offset: int
) -> Iterator[list[Entry]]:
    """A stream's batches that hold records from an offset on, with bodies, some at a time.

    from_offset: at or after where the stream's sealed part ends.
    """
    heads = db.execute(
        "SELECT seq, rows FROM entry WHERE stream = ? AND kind = ? AND seq >= "
        "coalesce((SELECT max(seq) FROM entry WHERE first_offset <= ?), 0) "
        "AND first_offset + rows > ? ORDER BY seq",
        (stream, BATCH, from_offset, from_offset),
    )
    page: list[int] = []
    waiting = 0
    for seq, rows in heads:
        page.append(seq)
        waiting += rows
        if waiting >= PAGE_ROWS or len(page) >= PAGE_ENTRIES:
            yield _entries(db, stream, page=page)
            page, waiting = [], 0
    if page:
        yield _entries(db, stream, page=page)


def _entries(db: sqlite3.Connection, stream: str, *, page: list[int]) -> list[Entry]:
    found = db.execute(
        "SELECT head, bytes FROM entry LEFT JOIN body ON body.seq = entry.seq "
        "WHERE stream = ? AND kind = ? AND entry.seq BETWEEN ? AND ? ORDER BY entry.seq",
        (stream, BATCH, page[0], page[-1]),
    )
    return [Entry(decode_header(head), body) for head, body in found]


def _decoded(db: sqlite3.Connection, stream: str, *, from_offset: int) -> Iterator[pa.Table]:
    for page in unsealed_pages(db, stream, from_offset=from_offset):
        yield entries_table(page)


def _keep(kept: _Kept, table: pa.Table) -> None:
    """Keep a table that follows on."""
    kept.end_offset = table.column(OFFSET)[-1].as_py() + 1
    if kept.tables and len(kept.tables[-1]) + len(table) <= SEAM_ROWS:
        kept.tables[-1] = joined([kept.tables[-1], table])
    else:
        kept.tables.append(table)


def _between(table: pa.Table, from_offset: int, *, end_offset: int) -> pa.Table:
    """The rows from one offset to another."""
    offsets = table.column(OFFSET).to_numpy()
    start, end = np.searchsorted(offsets, (from_offset, end_offset))
    return table.slice(start, end - start)


def _end_offset(db: sqlite3.Connection) -> int:
    """Where the log ends in the connection's view."""
    found = db.execute("SELECT first_offset + rows FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
    return int(found[0]) if found else 0
