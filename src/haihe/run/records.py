"""The log's items again, in order, wherever the records stand: in its file or in history files."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from haihe.errors import LogDamaged
from haihe.log.codec import decode_batch
from haihe.log.entry import BATCH, Entry
from haihe.log.sqlite import SqliteLog
from haihe.model.line import FACTS, decode_lines
from haihe.model.time import NEVER
from haihe.run.engine import Item, Told
from haihe.state.history import History

FACT: Final = "fact"


def items_since(
    log: SqliteLog,
    from_offset: int,
    *,
    history: History | None = None,
    streams: Sequence[str] | None = None,
) -> Iterator[Item]:
    """Every batch and every fact from an offset on, in order; not the engine's own steps.

    history: needed where records were sealed.
    streams: batches of these alone; None means of all.
    Raises LogDamaged if records were sealed and there is no history to read them from.
    """
    named = streams if streams is not None else _streams(log)
    if not _is_sealed(log, from_offset, streams=named):
        yield from items_of(log.read(from_offset, streams=(*named, FACT)))
        return
    if history is None:
        raise LogDamaged(
            f"records from offset {from_offset} on moved to history files, which are not at hand; "
            "open the data folder they belong to."
        )
    told = list(items_of(log.read(from_offset, streams=(FACT,))))
    cuts = [first_offset(item) for item in told]
    batches = history.batches(named, from_offset=from_offset, cuts=cuts)
    yield from heapq.merge(batches, told, key=first_offset)


def first_offset(item: Item) -> int:
    """The offset of the item's first record."""
    return item.first_offset if isinstance(item, Told) else int(item.offsets[0])


def items_between(
    log: SqliteLog,
    stream: str | tuple[str, ...],
    *,
    from_at: int | None = None,
    to_at: int | None = None,
    history: History | None = None,
) -> Iterator[Item]:
    """One stream's batches between two instants, and all facts from the log's beginning.

    stream: or several.
    from_at, to_at: the log's time; ns. None means from the first, to the last.
    history: needed where records were sealed.
    """
    streams = (stream,) if isinstance(stream, str) else stream
    start = log.offset_since(from_at) if from_at is not None else 0
    end_at = to_at if to_at is not None else NEVER
    if start:
        for told in items_of(log.read(0, streams=(FACT,))):
            if isinstance(told, Told) and told.first_offset >= start:
                break
            yield told
    for item in items_since(log, start, history=history, streams=streams):
        if _last_at(item) > end_at:
            return
        yield item


def items_of(entries: Iterable[Entry]) -> Iterator[Item]:
    """The entries that the engine takes: records and facts, not its own steps."""
    for entry in entries:
        assert entry.body is not None  # The caller has looked for what was sealed.
        if entry.header.kind == BATCH:
            yield decode_batch(entry.header, entry.body)
        elif entry.header.stream == FACT:
            facts = tuple(line for line in decode_lines(entry.body) if isinstance(line, FACTS))
            yield Told(entry.header.first_offset, facts)


def _streams(log: SqliteLog) -> tuple[str, ...]:
    """Every stream that has a batch in the log."""
    found = log.reader().execute(
        "SELECT DISTINCT stream FROM entry WHERE kind = ? ORDER BY stream", (BATCH,)
    )
    return tuple(stream for (stream,) in found)


def told_to(log: SqliteLog, pack: str, *, from_offset: int, to_offset: int) -> Iterator[Told]:
    """The facts of a stretch of the log that one pack's rules and ledger may follow from.

    What is told of other packs' cases, orders and rules is passed over without being decoded.
    """
    marks = (b'"line":"entity"', b'"line":"stream"', f'"subject":"{pack}'.encode())
    for entry in log.read(from_offset, streams=(FACT,)):
        if entry.header.first_offset >= to_offset:
            return
        body = entry.body or b""
        if any(mark in body for mark in marks):
            for item in items_of((entry,)):
                assert isinstance(item, Told)  # Nothing else is asked for.
                known = max(from_offset - item.first_offset, 0)
                yield Told(item.first_offset + known, item.facts[known:])


def _is_sealed(log: SqliteLog, from_offset: int, *, streams: Sequence[str]) -> bool:
    """Whether a batch of the streams from the offset on has moved to history files."""
    marks = ",".join("?" * len(streams))
    found = log.reader().execute(
        "SELECT 1 FROM entry LEFT JOIN body ON body.seq = entry.seq WHERE entry.seq >= ? "
        f"AND kind = ? AND stream IN ({marks}) AND body.seq IS NULL LIMIT 1",
        (log.entry_at(from_offset), BATCH, *streams),
    )
    return found.fetchone() is not None


def _last_at(item: Item) -> int:
    if isinstance(item, Told):
        return max(fact.at for fact in item.facts)
    return int(item.received_at[-1])
