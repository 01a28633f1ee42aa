"""The unsealed tail of each stream as tables, the newest kept decoded between queries.

Entries never change, so what was decoded once stays true; only what is new is read again. Of what
is not kept, its instants are: a page without a wanted one is not decoded again.
"""

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from haihe.log.entry import BATCH, Entry, decode_header
from haihe.model.time import NEVER
from haihe.state.columns import OBSERVED_AT, OFFSET, entries_table, joined
from haihe.state.history_query import Span, Wanted

BYTES_KEPT_MAX: Final = 32 << 20  # Ours: some hours of a district; the rest is read anew.
PAGE_ROWS: Final = 131_072  # Ours: rows decoded at once; bounds memory where a tail is long.
PAGE_ENTRIES: Final = 1_000  # The same for small entries.

SEAM_ROWS: Final = 32_768  # Ours: smaller tables that are kept are joined with the one before.


@dataclass
class _Page:
    """Some of one stream's tail: every record from one offset to another.

    span: from the first ``observed_at`` in it to just after the last.
    table: the records; None where there was no room to keep them.
    """

    from_offset: int
    end_offset: int
    span: Span
    table: pa.Table | None


class Tail:
    """Decoded tails of all streams; safe from several threads."""

    def __init__(self, bytes_kept_max: int = BYTES_KEPT_MAX) -> None:
        """Keep nothing yet; at most so many bytes later, those of the log's newest records."""
        self._bytes_kept_max = bytes_kept_max
        self._pages: dict[str, list[_Page]] = {}
        self._reading: dict[str, threading.Lock] = {}  # A long tail holds up nobody else's.
        self._lock = threading.Lock()

    def tables(
        self, db: sqlite3.Connection, stream: str, *, from_offset: int, wanted: Wanted
    ) -> list[pa.Table]:
        """What is wanted of a stream's records from an offset on, in order of offset.

        db: a connection within a read transaction; its view decides what there is.
        from_offset: where the unsealed part begins in that view.
        """
        end_offset = _end_offset(db)
        with self._lock:
            own, reading = (
                self._pages.setdefault(stream, []),
                self._reading.setdefault(stream, threading.Lock()),
            )
        with reading:
            pages = self._usable(own, from_offset)
            found = []
            for page in pages:
                if page.from_offset < end_offset and _overlap(page.span, wanted.span):
                    begin = max(page.from_offset, from_offset)
                    table = self._table(db, stream, page=page, from_offset=begin)
                    found.append(wanted.choose(_between(table, begin, end_offset=end_offset)))
            next_offset = pages[-1].end_offset if pages else from_offset
            for table in _decoded(db, stream, from_offset=next_offset, to_offset=NEVER):
                found.append(wanted.choose(table))
                if pages is own:
                    with self._lock:
                        _append(pages, table)
                        self._make_room()
        return [table for table in found if len(table)]

    @property
    def bytes_kept(self) -> int:
        """How many bytes are kept now."""
        with self._lock:
            return sum(table.nbytes for _, table in self._kept())

    def _usable(self, pages: list[_Page], from_offset: int) -> list[_Page]:
        """A stream's pages, without those that were sealed; none where they do not fit."""
        if pages and from_offset < pages[0].from_offset:
            return []  # An older view than the last one that asked.
        with self._lock:
            pages[:] = [page for page in pages if page.end_offset > from_offset]
            if pages and pages[0].table is None:
                pages[0].from_offset = max(pages[0].from_offset, from_offset)
            if pages and pages[-1].table is None:
                pages.pop()  # Read anew with what came since, so that small pages do not pile up.
        return pages

    def _table(
        self, db: sqlite3.Connection, stream: str, *, page: _Page, from_offset: int
    ) -> pa.Table:
        """A page's records, kept or decoded once more."""
        kept = page.table  # Another stream's reader may let go of it meanwhile.
        if kept is not None:
            return kept
        table = joined(
            list(_decoded(db, stream, from_offset=from_offset, to_offset=page.end_offset))
        )
        if table.column(OFFSET)[-1].as_py() + 1 == page.end_offset:  # Else of an older view.
            with self._lock:
                page.table = table
                self._make_room()
        return table

    def _make_room(self) -> None:
        """Let go of the oldest records, of whichever stream; most questions are about now."""
        left = self._bytes_kept_max
        newest_first = sorted(self._kept(), key=lambda each: each[0].end_offset, reverse=True)
        for page, table in newest_first:
            left -= table.nbytes
            if left < 0:
                page.table = None

    def _kept(self) -> list[tuple[_Page, pa.Table]]:
        every = (page for pages in self._pages.values() for page in pages)
        return [(page, page.table) for page in every if page.table is not None]


def unsealed_pages(
    db: sqlite3.Connection, stream: str, *, from_offset: int, to_offset: int = NEVER
) -> Iterator[list[Entry]]:
    """A stream's batches that hold records from an offset on, with bodies, some at a time.

    from_offset: at or after where the stream's sealed part ends.
    to_offset: only batches that begin before it.
    """
    heads = db.execute(
        "SELECT seq, rows FROM entry WHERE stream = ? AND kind = ? AND seq >= "
        "coalesce((SELECT max(seq) FROM entry WHERE first_offset <= ?), 0) "
        "AND first_offset + rows > ? AND first_offset < ? ORDER BY seq",
        (stream, BATCH, from_offset, from_offset, to_offset),
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


def _decoded(
    db: sqlite3.Connection, stream: str, *, from_offset: int, to_offset: int
) -> Iterator[pa.Table]:
    for page in unsealed_pages(db, stream, from_offset=from_offset, to_offset=to_offset):
        yield entries_table(page)


def _append(pages: list[_Page], table: pa.Table) -> None:
    """Add a table that follows on, to the last page while that is small."""
    last = pages[-1].table if pages else None
    if last is not None and len(last) + len(table) <= SEAM_ROWS:
        table = joined([last, table])
        pages.pop()
    offsets, observed_at = table.column(OFFSET), table.column(OBSERVED_AT).to_numpy()
    span = Span(int(observed_at.min()), int(observed_at.max()) + 1)
    pages.append(_Page(offsets[0].as_py(), offsets[-1].as_py() + 1, span, table))


def _overlap(one: Span, other: Span) -> bool:
    return one.from_at < other.to_at and other.from_at < one.to_at


def _between(table: pa.Table, from_offset: int, *, end_offset: int) -> pa.Table:
    """The rows from one offset to another."""
    offsets = table.column(OFFSET).to_numpy()
    start, end = np.searchsorted(offsets, (from_offset, end_offset))
    return table.slice(start, end - start)


def _end_offset(db: sqlite3.Connection) -> int:
    """Where the log ends in the connection's view."""
    found = db.execute("SELECT first_offset + rows FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
    return int(found[0]) if found else 0
