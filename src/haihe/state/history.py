"""The past: sealed files and the unsealed tail as one, asked by time, by entity or in log order.

A query looks at the manifest and the tail in one read transaction, so a seal that commits meanwhile
neither hides nor doubles a record. A file that retention removes under a query is found missing,
and the query is asked once more of a fresh manifest.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from haihe.log import manifest
from haihe.log.manifest import FileKind
from haihe.log.sqlite import SqliteLog
from haihe.model.arrays import SlotArray
from haihe.model.record import Batch, Observation
from haihe.model.time import BEFORE_ALL, DAY, NEVER
from haihe.state.columns import (
    ENTITY,
    OBSERVED_AT,
    OFFSET,
    SLOT,
    check_names,
    joined,
    number_names,
    text_names,
)
from haihe.state.history_file import damaged, day_of, entity_column, fault_of
from haihe.state.history_order import LogOrder, Offsets, in_strict_order
from haihe.state.history_query import (
    ALL_TIME,
    SLOTS,
    SLOTS_INLINE_MAX,
    TAIL,
    Found,
    Span,
    Wanted,
    check_buckets,
    literal,
    quoted,
    rows_sql,
    series_sql,
)
from haihe.state.tail import Tail

MEMORY_MB: Final = 256  # Ours: what DuckDB may take; more spills to the history folder.
THREADS: Final = 2  # Ours: a query must leave cores to the writer.
SPILL_FOLDER: Final = ".spill"
LOOK_BACK: Final = (DAY, 8 * DAY, 64 * DAY, 512 * DAY)  # Ours: most entities spoke today.


class History:
    """What a node remembers; safe from several threads."""

    def __init__(self, log: SqliteLog, folder: Path, *, memory_mb: int = MEMORY_MB) -> None:
        """Read the history of a log.

        folder: the history folder; it need not exist yet.
        memory_mb: what DuckDB may take.
        """
        self.log = log
        self.folder = folder.absolute()
        self._tail = Tail()
        self._lock = threading.Lock()
        self._memory_mb = memory_mb
        self._db: duckdb.DuckDBPyConnection | None = None  # Opened by the first query.

    def rows(
        self,
        stream: str,
        *,
        entities: Sequence[str] | None = None,
        span: Span = ALL_TIME,
        fields: Sequence[str] | None = None,
        limit: int | None = None,
    ) -> pa.Table:
        """Records in order of ``observed_at`` and offset.

        entities: None means all; one the stream never heard of has no records.
        fields: None means all that the records have.
        limit: the earliest so many; None means all.
        Returns a table: entity, slot, observed_at, received_at, offset, then the fields; missing
        is null. Numbers are float64, texts strings, instants int64 ns.
        Raises LogDamaged if a file it needs is missing or damaged.
        """
        wanted = Wanted(span, self._slots(stream, entities), _as_tuple(fields))
        return self._rows(stream, wanted, limit=limit)

    def latest_before(self, stream: str, entity: str, *, at: int) -> Observation | None:
        """The entity's last record observed before an instant; None if there is none.

        at: ns; a record observed at that very instant is not before it.
        """
        slots = self._slots(stream, [entity])
        to_at = at
        for back in (*LOOK_BACK, NEVER):
            from_at = BEFORE_ALL if back == NEVER else max(at - back, BEFORE_ALL)
            wanted = Wanted(Span(from_at, to_at), slots, None)
            table = self._rows(stream, wanted, limit=1, newest_first=True)
            if len(table):
                return _observation(stream, table)
            to_at = from_at
        return None

    def series(
        self,
        stream: str,
        entity: str | Sequence[str],
        *,
        field: str,
        span: Span,
        every: int,
    ) -> pa.Table:
        """What a number field of an entity, or of several together, comes to over time.

        span: its begin is that of the first bucket; both ends must be given.
        every: length of a bucket; ns. Whole hours are read from rollups where buckets allow it,
            which also answer where the records themselves have expired.
        Returns a table: at (the bucket's begin, int64 ns), count, min, mean, max, last; only
        buckets with a value.
        Raises ValueError if ``every`` is not above 0 or gives too many buckets.
        """
        check_buckets(span, every)
        entities = [entity] if isinstance(entity, str) else entity
        wanted = Wanted(span, self._slots(stream, entities), (field,))

        def build(found: Found) -> str:
            return series_sql(self.folder, found, wanted=wanted, every=every)

        return self._ask(stream, wanted, build=build)

    def windows(
        self,
        streams: Sequence[str],
        *,
        from_offset: int = 0,
        to_offset: int = NEVER,
        fields: Sequence[str] | None = None,
        cuts: Iterable[int] = (),
    ) -> Iterator[tuple[Batch, ...]]:
        """The log's records again, in stretches of offsets that follow on each other.

        Every stretch has a batch for each stream that has records in it, of at most ``CHUNK_ROWS``.
        fields: only these; None means all. A field that a batch lacks is left out.
        cuts: offsets, rising, at which a stretch must end: where a fact stands between records.
        Raises LogDamaged if a file or a body is missing or damaged.
        """
        order = LogOrder(self.log, self.folder, fields=_as_tuple(fields))
        return order.windows(streams, Offsets(from_offset, to_offset), cuts=cuts)

    def batches(
        self,
        streams: Sequence[str],
        *,
        from_offset: int = 0,
        to_offset: int = NEVER,
        fields: Sequence[str] | None = None,
        cuts: Iterable[int] = (),
    ) -> Iterator[Batch]:
        """The log's records again, strictly in order of offset.

        As ``windows``, but where streams alternate a batch ends at each change; prefer ``windows``
        if batches of one stretch may be handed on together.
        """
        windows = self.windows(
            streams, from_offset=from_offset, to_offset=to_offset, fields=fields, cuts=cuts
        )
        return (batch for window in windows for batch in in_strict_order(window))

    def close(self) -> None:
        """Let go of DuckDB; queries under way end with an error."""
        with self._lock:
            if self._db is not None:
                self._db.close()

    def _rows(
        self, stream: str, wanted: Wanted, *, limit: int | None, newest_first: bool = False
    ) -> pa.Table:
        def build(found: Found) -> str:
            fields = tuple(found.types()) if wanted.fields is None else wanted.fields
            check_names(stream, fields)
            found_rows = rows_sql(self.folder, found, wanted=wanted, fields=fields)
            way = "DESC" if newest_first else "ASC"
            most = "" if limit is None else f" LIMIT {int(limit)}"
            return f"{found_rows} ORDER BY {OBSERVED_AT} {way}, {quoted(OFFSET)} {way}{most}"

        table = self._ask(stream, wanted, build=build)
        names = entity_column(table.column(SLOT).to_numpy(), self.log.directory.ids(stream))
        return table.add_column(0, ENTITY, names.cast(pa.string()))

    def _ask(self, stream: str, wanted: Wanted, *, build: Callable[[Found], str]) -> pa.Table:
        """The answer to a query; asked again if retention took a file away meanwhile."""
        found = self._find(stream, wanted)
        try:
            return self._run(build(found), tail=found.tail, slots=wanted.slots)
        except duckdb.Error as error:
            if not any(not (self.folder / file.path).exists() for file in found.files):
                raise self._explained(found, error) from error
        found = self._find(stream, wanted)
        try:
            return self._run(build(found), tail=found.tail, slots=wanted.slots)
        except duckdb.Error as error:
            raise self._explained(found, error) from error

    def _find(self, stream: str, wanted: Wanted) -> Found:
        """Where the wanted records stand, all of one moment."""
        db = self.log.reader()
        span = wanted.span
        days = {"from_day": day_of(span.from_at), "to_day": day_of(span.to_at - 1)}
        db.execute("BEGIN")
        try:
            until = manifest.sealed_until(db, stream)
            raw = manifest.files_of_days(db, stream, kind=FileKind.RAW, **days)
            hours = manifest.files_of_days(db, stream, kind=FileKind.HOURLY, **days)
            tail = self._tail.tables(db, stream, from_offset=until, wanted=wanted)
        finally:
            db.execute("COMMIT")
        return Found(
            raw=tuple(file for file in raw if span.covers(file)),
            hours=tuple(file for file in hours if span.covers(file)),
            tail=joined(tail) if tail else None,
        )

    def _run(self, sql: str, *, tail: pa.Table | None, slots: SlotArray | None) -> pa.Table:
        with self._lock:
            if self._db is None:
                self._db = _open_duckdb(self.folder, self._memory_mb)
            cursor = self._db.cursor()
        try:
            if tail is not None:
                cursor.register(TAIL, tail)
            if slots is not None and len(slots) > SLOTS_INLINE_MAX:
                cursor.register(SLOTS, pa.table({SLOT: slots}))
            return cursor.sql(sql).to_arrow_table()
        finally:
            cursor.close()

    def _explained(self, found: Found, error: duckdb.Error) -> Exception:
        """The error in words that say what to do; a fault of ours as it is."""
        for file in found.files:
            if fault := fault_of(self.folder, file):
                return damaged(file, fault)
        if isinstance(error, duckdb.OutOfMemoryException):
            return ValueError(
                f"the answer needs too much memory ({error}); ask for a shorter span."
            )
        return error

    def _slots(self, stream: str, entities: Sequence[str] | None) -> SlotArray | None:
        """The entities' slots; those the stream never heard of have none."""
        if entities is None:
            return None
        found = {self.log.directory.slot(stream, entity) for entity in entities}
        return np.array(sorted(found - {-1}), dtype=np.int32)


def _open_duckdb(folder: Path, memory_mb: int) -> duckdb.DuckDBPyConnection:
    """DuckDB in memory that reads the history folder, nothing else, and loads no extension."""
    db = duckdb.connect(
        ":memory:",
        config={
            "threads": THREADS,
            "memory_limit": f"{memory_mb}MiB",
            "temp_directory": str(folder / SPILL_FOLDER),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
            "preserve_insertion_order": "false",
        },
    )
    db.execute(f"SET allowed_directories = [{literal(str(folder))}]")
    db.execute("SET enable_external_access = false")
    db.execute("SET lock_configuration = true")
    return db


def _as_tuple(fields: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if fields is None else tuple(fields)


def _observation(stream: str, table: pa.Table) -> Observation:
    """The table's first row."""
    row = table.slice(0, 1)
    return Observation(
        stream=stream,
        entity=row.column(ENTITY)[0].as_py(),
        observed_at=row.column(OBSERVED_AT)[0].as_py(),
        numbers={name: float(row.column(name).to_numpy()[0]) for name in number_names(row.schema)},
        texts={name: row.column(name)[0].as_py() for name in text_names(row.schema)},
        offset=row.column(OFFSET)[0].as_py(),
    )
