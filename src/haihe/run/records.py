"""Recorded items of one stream, between two instants: what a backtest runs on."""

from collections.abc import Iterator

from haihe.log.sqlite import SqliteLog
from haihe.model.time import NEVER
from haihe.run.engine import Item
from haihe.run.recovery import items_of


def items_between(
    log: SqliteLog, stream: str, *, from_at: int | None = None, to_at: int | None = None
) -> Iterator[Item]:
    """The stream's batches and all facts, in order; facts from the log's beginning.

    from_at, to_at: the log's time; ns. None means from the first, to the last.
    """
    start = log.offset_since(from_at) if from_at is not None else 0
    end_at = to_at if to_at is not None else NEVER
    if start:
        for entry in log.read(0, streams=("fact",)):
            if entry.header.first_offset >= start:
                break
            yield from items_of((entry,))
    for entry in log.read(start, streams=(stream, "fact")):
        if entry.header.received_at > end_at:
            return
        yield from items_of((entry,))
