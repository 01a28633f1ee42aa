"""Records read back from the log, and as they are shown."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
import numpy as np
from starlette.responses import StreamingResponse

from haihe.errors import LogUnavailable
from haihe.log.codec import decode_batch
from haihe.log.entry import BATCH
from haihe.model.record import Batch
from haihe.model.time import format_instant
from haihe.run.node import Node
from haihe.serve.access import check_scope
from haihe.serve.calling import Asked
from haihe.serve.kinds import RECORDS_MAX, EntityId, Offset
from haihe.serve.owning import note_read
from haihe.serve.platform import Platform
from haihe.serve.sight import sight_of
from haihe.serve.streams import declared

_encoder: Final = msgspec.json.Encoder()
NDJSON: Final = "application/x-ndjson"
ROWS_AT_ONCE: Final = 20_000  # Ours: some MB of text; what a slow reader holds in memory.


class ReadQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}):
    """Which records of a stream.

    start: the first offset looked at.
    limit: how many records at most.
    entity: only this entity's; "" for all.
    """

    start: Offset = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=RECORDS_MAX)] = 10_000
    entity: EntityId | None = None


def records_of(platform: Platform, name: str, *, from_offset: int) -> Iterator[Batch]:
    """A stream's records from an offset on, in order, wherever they stand now.

    Raises LogUnavailable where records have moved to history files and the server was not told
    where from to read them: nothing is left out quietly.
    """
    read = platform.settings.services.records
    return (
        read(name, from_offset) if read else _logged(platform.node, name, from_offset=from_offset)
    )


def _logged(node: Node, name: str, *, from_offset: int) -> Iterator[Batch]:
    """The same from the log alone."""
    for entry in node.log.read(from_offset, streams=(name,)):
        if entry.header.kind != BATCH:
            continue
        if entry.body is None:
            raise LogUnavailable(
                f"records {entry.header.first_offset} to {entry.end_offset - 1} of '{name}' have "
                "moved to a history file; begin after them, or ask where the history is served."
            )
        batch = decode_batch(entry.header, entry.body)
        start = max(0, from_offset - entry.header.first_offset)
        yield part_of(batch, slice(start, None)) if start else batch


def part_of(batch: Batch, rows: slice | np.ndarray[tuple[int], np.dtype[np.intp]]) -> Batch:
    """Some rows of a batch."""
    return Batch(
        stream=batch.stream,
        offsets=batch.offsets[rows],
        slots=batch.slots[rows],
        observed_at=batch.observed_at[rows],
        received_at=batch.received_at[rows],
        numbers={name: column[rows] for name, column in batch.numbers.items()},
        texts={name: column[rows] for name, column in batch.texts.items()},
    )


def flat(batch: Batch, ids: Sequence[str]) -> list[dict[str, object]]:
    """Each record as one flat object; what it did not carry is left out.

    ids: the stream's entities by slot.
    """
    rows: list[dict[str, object]] = [
        {
            "offset": offset,
            "entity": ids[slot],
            "observed_at": format_instant(observed_at),
            "received_at": format_instant(received_at),
        }
        for offset, slot, observed_at, received_at in zip(
            batch.offsets.tolist(),
            batch.slots.tolist(),
            batch.observed_at.tolist(),
            batch.received_at.tolist(),
            strict=True,
        )
    ]
    _add_fields(rows, batch)
    return rows


def _add_fields(rows: list[dict[str, object]], batch: Batch) -> None:
    for name, column in batch.numbers.items():
        for row, number in zip(rows, column.tolist(), strict=True):
            if not math.isnan(number):  # A NaN is what the record did not carry.
                row[name] = number
    for name, told in batch.texts.items():
        for row, text in zip(rows, told, strict=True):
            if text is not None:
                row[name] = text


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines of an answer.

    lines: NDJSON.
    rows: how many.
    next_offset: where the next piece begins; -1 at the end.
    """

    lines: bytes
    rows: int
    next_offset: int


def piece_of(
    platform: Platform, name: str, *, from_offset: int, limit: int, slots: frozenset[int] | None
) -> Piece:
    """The next records of a stream as lines, at most about ``ROWS_AT_ONCE``.

    slots: only these entities'; None for all.
    """
    ids = platform.node.log.directory.ids(name)
    rows: list[dict[str, object]] = []
    looked = 0
    for batch in records_of(platform, name, from_offset=from_offset):
        seen = batch
        if slots is not None:
            seen = part_of(batch, np.flatnonzero(np.isin(batch.slots, list(slots))))
        rows += flat(part_of(seen, slice(0, limit - len(rows))), ids)
        looked += len(batch)
        from_offset = int(batch.offsets[-1]) + 1
        if len(rows) >= limit:
            break
        if looked >= ROWS_AT_ONCE:
            return Piece(_encoder.encode_lines(rows), len(rows), from_offset)
    return Piece(_encoder.encode_lines(rows), len(rows), -1)


async def read_back(asked: Asked[ReadQuery, None]) -> StreamingResponse:
    """The records of a stream as NDJSON, each with its offset."""
    name, query, node = asked.path["name"], asked.query, asked.platform.node
    check_scope(asked.caller, name)
    declared(node, name)
    wanted: frozenset[str] | None = frozenset({query.entity}) if query.entity else None
    sight = sight_of(node, asked.caller)
    if sight is not None:
        every = node.log.directory.ids(name) if wanted is None else wanted
        wanted = frozenset(entity for entity in every if entity in sight)
    slot = node.log.directory.slot
    slots = None if wanted is None else frozenset(slot(name, entity) for entity in wanted) - {-1}
    ids = node.log.directory.ids(name) if wanted is None else wanted
    await note_read(asked, subject=f"stream {name}", entities=ids)

    def read(from_offset: int, limit: int) -> Piece:
        return piece_of(asked.platform, name, from_offset=from_offset, limit=limit, slots=slots)

    first = await asyncio.to_thread(read, query.start, query.limit)
    return StreamingResponse(_pieces(first, read, limit=query.limit), media_type=NDJSON)


async def _pieces(
    piece: Piece, read: Callable[[int, int], Piece], *, limit: int
) -> AsyncIterator[bytes]:
    """The lines piece by piece; a reader that is slow is waited for."""
    while True:
        if piece.lines:
            yield piece.lines
        limit -= piece.rows
        if piece.next_offset < 0 or limit <= 0:
            return
        piece = await asyncio.to_thread(read, piece.next_offset, limit)
