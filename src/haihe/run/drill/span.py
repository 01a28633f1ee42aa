"""The records a drill is held on: the state before the span, and the span, copied out of the log.

People's actions of the span are left out: they are what is practised. What the platform was then,
that is, rules on trial, promoted and stepped back, stays in.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.errors import LogUnavailable
from haihe.log.directory import Directory
from haihe.log.entry import BATCH
from haihe.log.sqlite import SqliteLog, Transaction
from haihe.model.line import Action, EntityTold, Fact, StreamDeclared, Verb
from haihe.model.record import Batch, Rows
from haihe.model.time import BEIJING, DAY, format_instant
from haihe.run.appending import append_facts
from haihe.run.engine import Item, Told
from haihe.run.house import ACCESS, PEOPLE
from haihe.run.records import items_between
from haihe.run.span import Span
from haihe.state.history import History

SPAN_MAX: Final = 7 * DAY  # Ours: at 100 times a week goes by in under two hours.
ROWS_BEFORE_MAX: Final = 20_000_000  # Ours: some minutes of the engine; beyond it,
WARM_UP: Final = 7 * DAY  # Ours: what has every day of the week in it makes the state.
ROWS_MAX: Final = 50_000_000  # Ours: of the span; some GB on the disk.
ROOM_LEAST: Final = 1 << 30  # Ours: bytes that the live log may need meanwhile.
ROW_BYTES: Final = 50  # Ours: measured some 10 to 40 bytes for a record of a few fields.
ENTRIES_AT_ONCE: Final = 500  # In one transaction of the copy.
NOT_COPIED: Final = frozenset({ACCESS.name, PEOPLE.name})  # Who looked at what is not practised.
TOLD: Final = (EntityTold, StreamDeclared)
FOLDED: Final = (*TOLD, Action)  # What makes the state; time passes by itself.
_OF_THE_PLATFORM: Final = frozenset({Verb.SHADOW, Verb.UNSHADOW, Verb.PROMOTE, Verb.STEP_BACK})


@dataclass(frozen=True, slots=True)
class Extent:
    """What there is of a span.

    before: records before it; within: records of it.
    built_from_at: from when on records make the state before it; ns, 0 for all.
    """

    before: int
    within: int
    built_from_at: int

    @property
    def total(self) -> int:
        """How many records are copied, about."""
        return self.within + (0 if self.built_from_at else self.before)


def extent_of(log: SqliteLog, span: Span) -> Extent:
    """What there is of a span.

    Raises ValueError if it is none, too long, or holds no record.
    """
    if span.from_at >= span.to_at:
        raise ValueError(f"the span begins at {_shown(span.from_at)} and ends before; swap them.")
    if span.to_at - span.from_at > SPAN_MAX:
        raise ValueError(f"a drill lasts {SPAN_MAX // DAY} days of the log at most; choose less.")
    before = _count(log, log.offset_since(span.from_at), from_offset=0)
    within = _count(log, log.offset_since(span.to_at), from_offset=log.offset_since(span.from_at))
    if not within:
        raise ValueError(
            f"the log has no record from {_shown(span.from_at)} to {_shown(span.to_at)}; choose a "
            "time in which records came in."
        )
    if within > ROWS_MAX:
        raise ValueError(f"the span holds {within} records and {ROWS_MAX} are the most; shorten it")
    return Extent(before, within, span.from_at - WARM_UP if before > ROWS_BEFORE_MAX else 0)


def copy_items(
    items: Iterable[Item],
    log: SqliteLog,
    *,
    source: Directory,
    progress: Callable[[int], None],
) -> None:
    """Items into a log of the drill's own, as they are.

    source: of the log the items are from.
    progress: called with how many records were copied since the last call.
    """
    for some in _some(items):
        with log.transaction() as transaction:
            for item in some:
                _append(transaction, item, source=source)
        progress(sum(len(item) for item in some if isinstance(item, Batch)))


def items_before(log: SqliteLog, span: Span, *, extent: Extent, history: History) -> Iterator[Item]:
    """What makes the state before the span: records and all that people did, in order."""
    since = extent.built_from_at
    items = items_between(log, _streams(log), from_at=since or None, to_at=None, history=history)
    for item in items:
        early, late = split(item, span.from_at)
        if early is not None:
            known = _kept(early, _is_folded if time_of(early) >= since else _is_told)
            if known is not None:
                yield known
        if late is not None:
            return


def items_within(log: SqliteLog, span: Span, *, history: History) -> Iterator[Item]:
    """The span's records, and what was told of the platform and its things, in order."""
    items = items_between(log, _streams(log), from_at=span.from_at, to_at=None, history=history)
    for item in items:
        _, late = split(item, span.from_at)
        early, later = split(late, span.to_at) if late is not None else (None, None)
        if early is not None and (kept := _kept(early, _is_platforms)) is not None:
            yield kept
        if later is not None:
            return


def split(item: Item, at: int) -> tuple[Item | None, Item | None]:
    """What of an item came before an instant, ns, and what came from then on."""
    if isinstance(item, Told):
        early = tuple(fact for fact in item.facts if fact.at < at)
        late = tuple(fact for fact in item.facts if fact.at >= at)
        return (
            Told(item.first_offset, early) if early else None,
            Told(item.first_offset + len(early), late) if late else None,
        )
    row = int(np.searchsorted(item.received_at, at))
    return (
        cut(item, 0, end=row) if row else None,
        cut(item, row, end=len(item)) if row < len(item) else None,
    )


def cut(batch: Batch, begin: int, *, end: int) -> Batch:
    """Some rows of a batch, from ``begin`` up to ``end``."""
    if begin == 0 and end == len(batch):
        return batch
    return dataclasses.replace(
        batch,
        offsets=batch.offsets[begin:end],
        slots=batch.slots[begin:end],
        observed_at=batch.observed_at[begin:end],
        received_at=batch.received_at[begin:end],
        numbers={name: column[begin:end] for name, column in batch.numbers.items()},
        texts={name: column[begin:end] for name, column in batch.texts.items()},
    )


def rows_of(batch: Batch, directory: Directory) -> Rows:
    """A batch as records on their way in, with the time they came in then."""
    used, codes = np.unique(batch.slots, return_inverse=True)
    ids = directory.ids(batch.stream)
    order = np.argsort([np.flatnonzero(codes == code)[0] for code in range(len(used))])
    rank = np.empty(len(used), dtype=np.int32)
    rank[order] = np.arange(len(used), dtype=np.int32)
    return Rows(
        stream=batch.stream,
        ids=tuple(ids[int(used[place])] for place in order),
        codes=rank[codes].astype(np.int32),
        observed_at=batch.observed_at,
        numbers=batch.numbers,
        texts=batch.texts,
        received_at=batch.received_at,
    )


def time_of(item: Item) -> int:
    """The log's time after an item; ns."""
    if isinstance(item, Told):
        return max(fact.at for fact in item.facts)
    return int(item.received_at[-1])


def check_room(free_bytes: int, extent: Extent) -> None:
    """Refuse a drill that would fill the disk.

    Raises LogUnavailable.
    """
    need = ROOM_LEAST + 2 * extent.total * ROW_BYTES
    if free_bytes < need:
        raise LogUnavailable(
            f"the disk has {free_bytes / 1e9:.1f} GB free and the drill may need "
            f"{need / 1e9:.1f} GB; choose a shorter span or make room."
        )


def _append(transaction: Transaction, item: Item, *, source: Directory) -> None:
    if isinstance(item, Told):
        append_facts(transaction, item.facts, items=[], known={})
    else:
        received_at = int(item.received_at[-1])
        transaction.append_rows(rows_of(item, source), received_at=received_at)


def _kept(item: Item, is_kept: Callable[[Fact], bool]) -> Item | None:
    """An item with some of its facts only; None if nothing is left."""
    if not isinstance(item, Told):
        return item
    facts = tuple(fact for fact in item.facts if is_kept(fact))
    return Told(item.first_offset, facts) if facts else None


def _is_folded(fact: Fact) -> bool:
    return isinstance(fact, FOLDED)


def _is_told(fact: Fact) -> bool:
    return isinstance(fact, TOLD)


def _is_platforms(fact: Fact) -> bool:
    if isinstance(fact, Action):
        return fact.verb in _OF_THE_PLATFORM
    return isinstance(fact, TOLD)


def _streams(log: SqliteLog) -> tuple[str, ...]:
    found = log.reader().execute("SELECT DISTINCT stream FROM entry WHERE kind = ?", (BATCH,))
    return tuple(sorted({stream for (stream,) in found} - NOT_COPIED))


def _count(log: SqliteLog, to_offset: int, *, from_offset: int) -> int:
    """How many records there are between two offsets, to an entry."""
    found = log.reader().execute(
        "SELECT coalesce(sum(rows), 0) FROM entry WHERE kind = ? AND first_offset >= ? "
        "AND first_offset < ?",
        (BATCH, from_offset, to_offset),
    )
    return int(found.fetchone()[0])


def _some(items: Iterable[Item]) -> Iterator[list[Item]]:
    some: list[Item] = []
    for item in items:
        some.append(item)
        if len(some) >= ENTRIES_AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _shown(at: int) -> str:
    return format_instant(at, zone=BEIJING)
