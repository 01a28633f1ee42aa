"""History as the log had it: records of files and tail in order of offset, for replays.

Files stand sorted by entity. All files of one seal are read together and laid out by offset again;
seals of a stream follow on each other, so that is all the memory it takes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from haihe.errors import LogDamaged
from haihe.log import manifest
from haihe.log.codec import decode_batch
from haihe.log.entry import Entry
from haihe.log.manifest import HistoryFile
from haihe.log.sqlite import SqliteLog, checked
from haihe.model.arrays import IndexArray, IntArray, TextArray
from haihe.model.record import Batch, gather
from haihe.model.time import NEVER
from haihe.state.columns import (
    OBSERVED_AT,
    OFFSET,
    OWN,
    RECEIVED_AT,
    SLOT,
    joined,
    number_names,
    text_names,
)
from haihe.state.history_file import damaged, fault_of
from haihe.state.tail import unsealed_pages

CHUNK_ROWS: Final = 100_000  # Measured: larger batches gain nothing in the engine.
SPARSE: Final = 8  # Ours: offsets a record may take in the layout before a sort is cheaper.


@dataclass(frozen=True, slots=True)
class Offsets:
    """A stretch of the log, from an offset up to, not including, another."""

    from_offset: int
    to_offset: int


@dataclass(frozen=True, slots=True)
class _Part:
    """A stream's next records: the files of a seal, or some entries of the tail."""

    files: tuple[HistoryFile, ...] = ()
    entries: tuple[Entry, ...] = ()

    @property
    def end_offset(self) -> int:
        if self.files:
            return max(file.last_offset for file in self.files) + 1
        return self.entries[-1].end_offset


class LogOrder:
    """One reading of the log in its own order."""

    def __init__(self, log: SqliteLog, folder: Path, *, fields: tuple[str, ...] | None) -> None:
        """Read these fields of a log and its history folder; None means all."""
        self._log = log
        self._folder = folder
        self._fields = fields

    def windows(
        self, streams: Sequence[str], offsets: Offsets, *, cuts: Iterable[int] = ()
    ) -> Iterator[tuple[Batch, ...]]:
        """Stretches of the log, each with a batch for each stream that has records in it."""
        sources = {stream: self._batches(stream, offsets) for stream in streams}
        heads: dict[str, Batch] = {}
        spent = list(sources)
        waiting = chain(cuts, [NEVER])
        cut = next(waiting)
        while True:
            heads.update((name, head) for name in spent for head in islice(sources[name], 1))
            if not heads:
                return
            start = min(int(head.offsets[0]) for head in heads.values())
            while cut <= start:
                cut = next(waiting)
            end = min(cut, *(int(head.offsets[-1]) + 1 for head in heads.values()))
            window = [head for head in heads.values() if int(head.offsets[0]) < end]
            spent = [head.stream for head in window if int(head.offsets[-1]) < end]
            parts = [_parted(head, end) for head in window]
            heads.update((after.stream, after) for _, after in parts if len(after))
            for name in spent:
                del heads[name]  # Before the next is read, so that only one is in memory.
            yield tuple(before for before, _ in parts)

    def _batches(self, stream: str, offsets: Offsets) -> Iterator[Batch]:
        """One stream's records; what is sealed or expires meanwhile is found where it then is."""
        place = offsets.from_offset
        has_failed = False
        while place < offsets.to_offset:
            parts = self._next_parts(stream, Offsets(place, offsets.to_offset))
            if not parts:
                return
            for part in parts:
                try:
                    batches = self._read(stream, part)
                except FileNotFoundError as error:
                    if has_failed:
                        raise self._explained(part, error) from error
                    has_failed = True
                    break
                has_failed = False
                for batch in batches:
                    wanted = _within(batch, place, end=offsets.to_offset)
                    if len(wanted):
                        yield wanted
                place = part.end_offset

    def _next_parts(self, stream: str, offsets: Offsets) -> list[_Part]:
        """The seals that hold records of a stretch; if none does, the tail's first entries."""
        start, end = offsets.from_offset, offsets.to_offset
        db = self._log.reader()
        db.execute("BEGIN")
        try:
            files = manifest.files_of_offsets(db, stream, from_offset=start, to_offset=end)
            if files:
                return _seals(files)
            start = max(start, manifest.sealed_until(db, stream))
            page = next(unsealed_pages(db, stream, from_offset=start), None)
            return [] if page is None else [_Part(entries=tuple(page))]
        finally:
            db.execute("COMMIT")

    def _read(self, stream: str, part: _Part) -> Iterator[Batch]:
        """The part's records in chunks; files are read at once, so that none is missed later."""
        if part.files:
            table = self._read_files(part)
            return _laid_out(stream, table)
        return self._decoded(part.entries)

    def _read_files(self, part: _Part) -> pa.Table:
        tables = []
        for file in part.files:
            names = (*file.numbers, *file.texts)
            wanted = names if self._fields is None else [n for n in names if n in self._fields]
            try:
                tables.append(_read_file(self._folder / file.path, [*OWN, *wanted]))
            except FileNotFoundError:
                raise
            except (OSError, pa.ArrowException) as error:
                raise damaged(file, f"cannot be read ({error})") from error
        return joined(tables)

    def _decoded(self, entries: Sequence[Entry]) -> Iterator[Batch]:
        """The entries' batches; small ones together."""
        waiting: list[Batch] = []
        rows = 0
        for entry in entries:
            header, body = checked(entry).header, entry.body
            if body is None:
                raise LogDamaged(
                    f"entry {header.seq} of '{header.stream}' has neither a body nor a history "
                    "file; restore a backup. 'haihe verify' lists what else is missing."
                )
            if waiting and rows + header.rows > CHUNK_ROWS:
                yield _one(waiting)
                waiting, rows = [], 0
            waiting.append(decode_batch(header, body, fields=self._fields))
            rows += header.rows
        yield from _chunks(_one(waiting))

    def _explained(self, part: _Part, error: OSError) -> Exception:
        for file in part.files:
            if fault := fault_of(self._folder, file):
                return damaged(file, fault)
        return error


def in_strict_order(window: tuple[Batch, ...]) -> Iterator[Batch]:
    """A window's records with a batch for each run of one stream."""
    if len(window) == 1:
        yield window[0]
        return
    offsets = np.concatenate([batch.offsets for batch in window])
    owner = np.repeat(np.arange(len(window)), [len(batch) for batch in window])
    owner = owner[np.argsort(offsets, kind="stable")]
    ends = [*(np.flatnonzero(owner[1:] != owner[:-1]) + 1).tolist(), len(owner)]
    done = [0] * len(window)
    start = 0
    for end in ends:
        place = int(owner[start])
        rows = slice(done[place], done[place] + end - start)
        yield sliced(window[place], rows)
        done[place] = rows.stop
        start = end


def sliced(batch: Batch, rows: slice) -> Batch:
    """Some rows of a batch that follow on each other; no copy."""
    return Batch(
        stream=batch.stream,
        offsets=batch.offsets[rows],
        slots=batch.slots[rows],
        observed_at=batch.observed_at[rows],
        received_at=batch.received_at[rows],
        numbers={name: column[rows] for name, column in batch.numbers.items()},
        texts={name: column[rows] for name, column in batch.texts.items()},
    )


def _seals(files: Sequence[HistoryFile]) -> list[_Part]:
    """Files in order of their first offset, together where their offsets reach into each other."""
    parts: list[list[HistoryFile]] = []
    end_offset = -1
    for file in files:
        if file.first_offset > end_offset:
            parts.append([])
        parts[-1].append(file)
        end_offset = max(end_offset, file.last_offset)
    return [_Part(files=tuple(part)) for part in parts]


def _read_file(path: Path, columns: list[str]) -> pa.Table:
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        return file.read(columns=columns)


def _laid_out(stream: str, table: pa.Table) -> Iterator[Batch]:
    """Records sorted by entity as batches in order of offset."""
    offsets = table.column(OFFSET).to_numpy()
    order = _by_offset(offsets)
    numbers, texts = number_names(table.schema), text_names(table.schema)
    of_texts = {name: table.column(name).combine_chunks() for name in texts}
    columns = {name: table.column(name).to_numpy() for name in (*OWN, *numbers)}
    for start in range(0, len(order), CHUNK_ROWS):
        rows = order[start : start + CHUNK_ROWS]
        yield Batch(
            stream=stream,
            offsets=offsets[rows],
            slots=columns[SLOT][rows],
            observed_at=columns[OBSERVED_AT][rows],
            received_at=columns[RECEIVED_AT][rows],
            numbers={name: columns[name][rows] for name in numbers},
            texts={name: _objects(column, rows) for name, column in of_texts.items()},
        )


def _by_offset(offsets: IntArray) -> IndexArray:
    """Row numbers in order of offset; no offset is there twice."""
    first, reach = int(offsets.min()), int(np.ptp(offsets)) + 1
    if reach > SPARSE * len(offsets):
        return np.argsort(offsets)
    layout = np.full(reach, -1, dtype=np.int32)
    layout[offsets - first] = np.arange(len(offsets), dtype=np.int32)
    return layout[layout >= 0].astype(np.intp) if reach > len(offsets) else layout.astype(np.intp)


def _objects(column: pa.Array, rows: IndexArray) -> TextArray:
    found = column.take(pa.array(rows))
    return np.asarray(found.cast(pa.string()).to_pylist(), dtype=object)


def _one(batches: list[Batch]) -> Batch:
    (batch,) = gather(batches).values()
    return batch


def _chunks(batch: Batch) -> Iterator[Batch]:
    for start in range(0, len(batch), CHUNK_ROWS):
        yield sliced(batch, slice(start, start + CHUNK_ROWS))


def _within(batch: Batch, start: int, *, end: int) -> Batch:
    """The batch's records from an offset up to another."""
    if int(batch.offsets[0]) >= start and int(batch.offsets[-1]) < end:
        return batch
    first, last = np.searchsorted(batch.offsets, (start, end))
    return sliced(batch, slice(int(first), int(last)))


def _parted(batch: Batch, end: int) -> tuple[Batch, Batch]:
    """The batch's records before an offset, and the others."""
    place = int(np.searchsorted(batch.offsets, end))
    return sliced(batch, slice(0, place)), sliced(batch, slice(place, None))
