"""回看: a pack's ledger as it was at an instant, folded again from the log.

The engine itself does it, with that pack alone: its records, what was told of it, and time. What
other packs have in the log is passed over unread. Same log, same decisions: so it is, byte for
byte, what the ledger was. It begins at the last keepsake before, and leaves some on its way.
"""

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from haihe.errors import LogUnavailable, PackInvalid
from haihe.log.codec import decode_batch
from haihe.log.entry import BATCH, Entry
from haihe.log.sqlite import SqliteLog
from haihe.model.arrays import IntArray
from haihe.model.entity import Entity
from haihe.model.line import Clock
from haihe.model.record import Batch
from haihe.model.time import BEIJING, format_instant
from haihe.pack.contract import Pack
from haihe.run.drill.span import cut, split, time_of
from haihe.run.engine import Engine, Item, Told
from haihe.run.keepsakes import keep, keepsakes
from haihe.run.records import first_offset, told_to
from haihe.run.snapshot import encode_snapshot, restore_from
from haihe.state.history import History

KEEP_EVERY: Final = 5_000  # Ours: lines of a pack from one keepsake to the next; measured 2 to 4 s.
LINES_AT_ONCE: Final = 1_000  # Ours: bounds memory, and how often progress is told.
LINES_MAX: Final = 20_000_000  # Ours: some hours; a longer log is asked about from its keepsakes.
PROGRAM: Final = "haihe.run.recalling"
KEEP, LEAVE = "keep", "leave"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked.

    before_at: all that the log took before this instant counts, nothing else; ns.
    is_kept: whether a keepsake shall stand there, however near the last one is.
    """

    before_at: int
    is_kept: bool = False


class Recalled(msgspec.Struct, frozen=True, tag="recalled"):
    """A pack's ledger as it was before an instant.

    before_at: as in ``Asked``.
    next_offset: how far the log was read. lines: how many of the pack were folded for it.
    memory: what the ledger's ``dump`` gives.
    entities: things with a record of the pack, as they had been told of then.
    """

    pack: str
    before_at: int
    next_offset: int
    lines: int
    memory: bytes
    entities: tuple[Entity, ...]


class Gone(msgspec.Struct, frozen=True, tag="gone"):
    """Why it cannot be had: records that it follows from are not kept any more.

    rows: how many of them, and of the entry in which the instant lies, are gone.
    since_at: from this instant on it can be had; ns; 0 if that is not known.
    """

    pack: str
    before_at: int
    rows: int
    since_at: int


class RecalledOrGone(msgspec.Struct, frozen=True):
    """What the program answers."""

    answer: Recalled | Gone


def gone_words(gone: Gone) -> str:
    """Why it cannot be had, and from when on it can."""
    since = format_instant(gone.since_at, zone=BEIJING) if gone.since_at else ""
    return (
        f"what was known before {format_instant(gone.before_at, zone=BEIJING)} follows from "
        f"{gone.rows} records or more that are not kept any more"
        + (f"; from {since} on it can be had." if since else ".")
    )


def ignored(done: float) -> None:
    """Nobody looks how much is done."""
    del done


@dataclass(frozen=True, slots=True)
class Place:
    """Where a log lies: its data folder, what is read of it, and from which history."""

    folder: Path
    log: SqliteLog
    history: History


def command_of(folder: Path, pack: str, *, asked: Asked) -> list[str]:
    """The words that start the program which answers from a data folder."""
    told = (str(folder), pack, str(asked.before_at), KEEP if asked.is_kept else LEAVE)
    return [sys.executable, "-m", PROGRAM, *told]


def recall(
    place: Place, pack: Pack, *, asked: Asked, tell: Callable[[float], None] = ignored
) -> Recalled | Gone:
    """A pack's ledger as it was before an instant.

    tell: is called with the part done, 0 to 1.
    Raises PackInvalid if the pack has no ledger, or it had stopped; LogDamaged; ValueError if too
    much would have to be folded.
    """
    if pack.ledger is None:
        raise PackInvalid(f"pack '{pack.name}' has no ledger.")
    fold = _Fold(place, pack, before_at=asked.before_at)
    if fold.total > LINES_MAX:
        raise ValueError(
            f"{fold.total} records would be folded and {LINES_MAX} are the most; ask about a day "
            "shortly after one that was asked about."
        )
    for items in _chunks(fold.items()):
        fold.take(items)
        if fold.is_due:
            if missing := fold.missing:
                return Gone(pack.name, asked.before_at, missing, fold.kept_since)
            fold.keep()
        tell(min(fold.lines / max(fold.total, 1), 1.0))
    if missing := fold.missing_at_end:
        return Gone(pack.name, asked.before_at, missing, fold.kept_since)
    if asked.is_kept and fold.since_kept:
        fold.keep()
    return fold.recalled()


class _Fold:
    """One folding under way."""

    def __init__(self, place: Place, pack: Pack, *, before_at: int) -> None:
        self.place = place
        self.pack = pack
        self.before_at = before_at
        self.end = _end(place.log, before_at)
        self.streams = tuple(stream.name for stream in pack.all_streams)
        self.engine = Engine((pack,), place.log.directory)
        self.start = self._restored()
        self.total = self._rows(self.start, self.end)
        self.lines = self.since_kept = self.read = self.taken = 0

    @property
    def is_due(self) -> bool:
        """Whether the last keepsake lies far enough back."""
        return self.since_kept >= KEEP_EVERY

    @property
    def kept_since(self) -> int:
        """From when on it can be had: where the next keepsake stands; ns; 0 if there is none."""
        for one in keepsakes(self.place.folder, self.pack.name):
            if one.offset > self.start:
                fresh = Engine((self.pack,), self.place.log.directory)
                if restore_from(fresh, self.place.log, data=one.read()):
                    return one.at
        return 0

    def items(self) -> Iterator[Item]:
        """The pack's lines from the keepsake to the instant, in order, in pieces."""
        log, name = self.place.log, self.pack.name
        told = told_to(log, name, from_offset=self.start, to_offset=self.end)
        told, ahead = itertools.tee(told)
        batches = self.place.history.batches(
            self.streams,
            from_offset=self.start,
            to_offset=self.end,
            cuts=(one.first_offset for one in ahead),
        )
        return _merged(batches, told)

    def take(self, items: Sequence[Item]) -> None:
        """Fold some."""
        early = [part for item in items if (part := _before(item, self.before_at)) is not None]
        self.read += _records(items)
        self.taken += _records(early)
        self.lines += sum(map(_size, early))
        self.since_kept += sum(map(_size, early))
        for item in early:
            self._fold(item)
        desk = self.engine.track.casework.desk
        desk.changed_cases.clear()
        desk.changed_orders.clear()

    @property
    def missing(self) -> int:
        """How many records up to here were not there to be read."""
        return max(self._rows(self.start, self.engine.next_offset) - self.taken, 0)

    @property
    def missing_at_end(self) -> int:
        """How many were not there at all, once all is read."""
        return max(self.total - self.read, 0)

    def keep(self) -> None:
        """Leave a keepsake here; where none can be written the next question only takes longer."""
        engine, log = self.engine, self.place.log
        offset = engine.next_offset
        state = encode_snapshot(engine, log, entries=log.entry_at(offset))
        with suppress(LogUnavailable):
            keep(self.place.folder, self.pack.name, state=state, offset=offset, at=engine.now)
        self.since_kept = 0

    def recalled(self) -> Recalled:
        """The answer, once time has come to where the log's had come then."""
        engine = self.engine
        next_offset = engine.next_offset
        end = _came_to(self.place.log, self.before_at)
        while self._due_at() <= end:
            self._pass(_first_at(self.place.log, self._due_at()))
        if end > engine.now:
            self._pass(end)
        ledgers = engine.track.casework.ledgers
        try:
            memory = ledgers.ledgers[self.pack.name].dump(ledgers.memory(self.pack.name))
        except LookupError as error:
            raise PackInvalid(str(error)) from error
        known = {one for name in self.streams for one in engine.directory.ids(name)}
        entities = tuple(one for one in engine.graph.entities() if one.id in known)
        return Recalled(self.pack.name, self.before_at, next_offset, self.lines, memory, entities)

    def _fold(self, item: Item) -> None:
        """Fold an item; what its ledger waited for is seen when the log's time first came to it.

        That may have been at another pack's line, which is not read here.
        """
        rest: Item | None = item
        while rest is not None and self._due_at() <= time_of(rest):
            due_at = self._due_at()
            first, rest = split(rest, due_at)
            if first is not None:
                self.engine.take([first])
            self._pass(_first_at(self.place.log, due_at))
        if rest is not None:
            self.engine.take([rest])

    def _due_at(self) -> int:
        return self.engine.track.casework.ledgers.due_at()

    def _pass(self, at: int) -> None:
        """Let time come to an instant; ns."""
        engine, offset = self.engine, self.engine.next_offset
        engine.take([Told(offset, (Clock(at=at),))])
        engine.next_offset = offset  # It is no line of the log.

    def _restored(self) -> int:
        """Bring the engine to the last keepsake that lies before the instant; its offset."""
        found = keepsakes(self.place.folder, self.pack.name)
        for one in reversed(found):
            is_before = one.at < self.before_at and one.offset <= self.end
            if is_before and restore_from(self.engine, self.place.log, data=one.read()):
                return self.engine.next_offset
        return 0

    def _rows(self, from_offset: int, to_offset: int) -> int:
        """How many records the log once took between two offsets, by its headers."""
        log, found = self.place.log, 0
        begin, end = log.entry_at(from_offset), log.entry_at(to_offset)
        for stream in self.streams:
            row = log.reader().execute(
                "SELECT sum(min(first_offset + rows, ?) - max(first_offset, ?)) FROM entry "
                "WHERE stream = ? AND kind = ? AND seq BETWEEN ? AND ? AND first_offset < ?",
                (to_offset, from_offset, stream, BATCH, begin, end, to_offset),
            )
            found += int(row.fetchone()[0] or 0)
        return found


def _end(log: SqliteLog, before_at: int) -> int:
    """The offset behind the entry in which the log's time first reaches an instant."""
    entry = log.entry_of(log.offset_since(before_at))
    return log.next_offset if entry is None else entry.end_offset


def _first_at(log: SqliteLog, at: int) -> int:
    """When the log's time first was an instant or later; ns; the instant if it never was."""
    entry = log.entry_of(log.offset_since(at))
    if entry is None:
        return at
    times = _times(entry)
    return int(times[np.searchsorted(times, at)])


def _came_to(log: SqliteLog, at: int) -> int:
    """How far the log's time had come before an instant; ns; 0 if it had not begun."""
    offset = log.offset_since(at)
    entry = log.entry_of(offset)
    early = _times(entry) if entry is not None else np.empty(0, dtype=np.int64)
    early = early[early < at]
    if len(early):
        return int(early[-1])
    before = log.entry_of(offset - 1) if offset else None
    return before.header.received_at if before is not None else 0


def _times(entry: Entry) -> IntArray:
    """The log's time at each record of an entry; at its last, where they are not at hand; ns."""
    if entry.header.kind == BATCH and entry.body is not None:
        return decode_batch(entry.header, entry.body, fields=()).received_at
    return np.array([entry.header.received_at], dtype=np.int64)


def _merged(batches: Iterable[Batch], told: Iterable[Told]) -> Iterator[Item]:
    """Both in order of offset; large batches in pieces."""
    waiting = iter(told)
    head = next(waiting, None)
    for batch in batches:
        while head is not None and head.first_offset < first_offset(batch):
            yield head
            head = next(waiting, None)
        for start in range(0, len(batch), LINES_AT_ONCE):
            yield cut(batch, start, end=min(start + LINES_AT_ONCE, len(batch)))
    if head is not None:
        yield head
    yield from waiting


def _before(item: Item, at: int) -> Item | None:
    """What of an item came before an instant, ns: nothing comes after what did not."""
    if isinstance(item, Told):
        facts = tuple(itertools.takewhile(lambda fact: fact.at < at, item.facts))
        if len(facts) == len(item.facts):
            return item
        return Told(item.first_offset, facts) if facts else None
    row = int(np.searchsorted(item.received_at, at))
    return cut(item, 0, end=row) if row else None


def _records(items: Iterable[Item]) -> int:
    return sum(len(item) for item in items if isinstance(item, Batch))


def _size(item: Item) -> int:
    return len(item.facts) if isinstance(item, Told) else len(item)


def _chunks(items: Iterator[Item]) -> Iterator[list[Item]]:
    """The items, about so many lines at a time."""
    some: list[Item] = []
    lines = 0
    for item in items:
        some.append(item)
        lines += _size(item)
        if lines >= LINES_AT_ONCE:
            yield some
            some, lines = [], 0
    if some:
        yield some
