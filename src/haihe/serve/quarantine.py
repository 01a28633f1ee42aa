"""What was set aside: quarantined records and dead letters, shown, and released by a person."""

import asyncio
import dataclasses
from collections.abc import Iterator
from enum import StrEnum
from itertools import islice
from typing import Final

import msgspec

from haihe.errors import RecordRefused
from haihe.feed.decode import decode_json
from haihe.log import store
from haihe.log.sqlite import Transaction
from haihe.log.store import DEAD, SENT, WAITING, WITHDRAWN
from haihe.model.decision import WorkOrder
from haihe.model.line import Action, Verb
from haihe.model.record import Rows
from haihe.model.stream import Stream
from haihe.model.time import LATEST_AT, NEVER
from haihe.run.appending import Arrival
from haihe.run.house import QUARANTINE
from haihe.run.node import Node
from haihe.serve.access import Caller
from haihe.serve.acting import Who, person_of
from haihe.serve.calling import Asked, Reply
from haihe.serve.kinds import Limit, Nothing, Offset
from haihe.serve.owning import note_read
from haihe.serve.platform import Platform
from haihe.serve.problem import conflict, unknown
from haihe.serve.push import pack_of_subject
from haihe.serve.records import records_of
from haihe.serve.sight import sight_of
from haihe.serve.streams import declared

LOOKED_MAX: Final = 20_000  # Ours: records looked through for one page of a scoped caller.


class QuarantineQuery(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}
):
    """Which quarantined records; the oldest first.

    start: the first offset looked at.
    """

    start: Offset = 0
    limit: Limit = 100


class SetAside(msgspec.Struct, frozen=True):
    """A record that was not taken, or a value of one.

    offset: where it stands, and how it is released.
    stream, entity: what it was meant for, as far as it could be read.
    reason: one word; message: the value found and what was expected.
    field: the field whose value was refused while the rest was kept; "" for a whole record.
    raw: the record as it came, cut to 2,000 characters.
    received_at: when it came.
    """

    offset: int
    stream: str
    entity: str
    reason: str
    field: str
    message: str
    raw: str
    received_at: int


class QuarantineShown(msgspec.Struct, frozen=True):
    """Part of the quarantine; ``next`` is where the next part begins, null at the end."""

    records: tuple[SetAside, ...]
    next: int | None


class ReleaseBody(Who, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who releases, and why."""


class LetterState(StrEnum):
    """How far an order is on its way out."""

    WAITING = WAITING
    SENT = SENT
    DEAD = DEAD
    WITHDRAWN = WITHDRAWN


class OutboxQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which letters; those tried soonest first."""

    state: LetterState = LetterState.DEAD
    limit: Limit = 100


class LetterShown(msgspec.Struct, frozen=True):
    """An order on its way out.

    tries: how often it was tried; error: why the last try failed.
    next_at: when it is tried again; of one that left or was withdrawn, when it was.
    """

    order: WorkOrder
    state: str
    tries: int
    next_at: int
    error: str


class OutboxShown(msgspec.Struct, frozen=True):
    """Part of the outbox, and how many letters are in each state."""

    letters: tuple[LetterShown, ...]
    counts: dict[str, int]


async def list_quarantine(asked: Asked[QuarantineQuery, None]) -> QuarantineShown:
    """Records that were set aside."""
    query = asked.query
    sight = sight_of(asked.platform.node, asked.caller)

    def read() -> QuarantineShown:
        every = set_aside(asked.platform, from_offset=query.start)
        looked = islice(every, LOOKED_MAX)
        found: list[SetAside] = []
        last = -1
        for record in looked:
            last = record.offset
            if asked.caller.sees(record.stream) and (sight is None or record.entity in sight):
                found.append(record)
            if len(found) >= query.limit:
                break
        more = next(every, None)
        return QuarantineShown(tuple(found), last + 1 if more is not None else None)

    shown = await asyncio.to_thread(read)
    entities = {record.entity for record in shown.records}
    await note_read(asked, subject="quarantine", entities=entities)
    return shown


async def release_record(asked: Asked[Nothing, ReleaseBody]) -> Reply:
    """Take a quarantined record after all, its range unjudged; once, however often asked."""
    platform, offset = asked.platform, int(asked.path["offset"])
    record = await asyncio.to_thread(_one, platform, offset)
    sight = sight_of(platform.node, asked.caller)
    is_seen = record is not None and (sight is None or record.entity in sight)
    if record is None or not is_seen or not asked.caller.sees(record.stream):
        raise unknown(f"there is no quarantined record at {offset}.")
    by = person_of(asked.caller, asked.body.by)
    if not asked.body.reason.strip():
        raise conflict("a release needs a reason; say in 'reason' why the record is true.")
    rows = rows_of(record, declared(platform.node, record.stream))
    key = f"release/{offset}"
    known = await asyncio.to_thread(lambda: store.answer_to(platform.node.log.reader(), key))
    if known is None:
        fact = Action(
            at=platform.moments.next(),
            verb=Verb.RELEASE,
            subject=str(offset),
            by=by,
            reason=asked.body.reason,
        )
        await platform.answers.of(platform.node.tell(fact))
    receipt = await platform.answers.of(
        platform.node.submit(Arrival(rows, key=key, is_released=True))
    )
    if not receipt.taken and not receipt.repeated:
        raise conflict(f"record {offset} cannot be taken: {'; '.join(receipt.reasons)}")
    return Reply(receipt, 201 if receipt.taken else 200)


async def list_outbox(asked: Asked[OutboxQuery, None]) -> OutboxShown:
    """Orders on their way out."""
    node, query = asked.platform.node, asked.query

    def read() -> OutboxShown:
        db = node.log.reader()
        letters = store.list_letters(db, state=query.state, before=NEVER, limit=query.limit)
        shown = tuple(
            LetterShown(letter.order, letter.state, letter.tries, letter.next_at, letter.error)
            for letter in letters
            if _sees(node, asked.caller, order=letter.order)
        )
        return OutboxShown(shown, store.count_letters(db))

    shown = await asyncio.to_thread(read)
    entities = {letter.order.order.entity for letter in shown.letters}
    await note_read(asked, subject="outbox", entities=entities)
    return shown


async def release_letter(asked: Asked[Nothing, ReleaseBody]) -> LetterShown:
    """Let a dead letter be tried again, under somebody's name."""
    platform, order_id = asked.platform, asked.path["order"]
    by = person_of(asked.caller, asked.body.by)
    letter = await asyncio.to_thread(_letter, platform, order_id)
    is_seen = asked.caller.sees(pack_of_subject(order_id)) and (
        letter is None or _sees(platform.node, asked.caller, order=letter.order)
    )
    if not is_seen:
        raise unknown(f"there is no letter '{order_id}'.")
    if letter is None or letter.state != DEAD:
        raise conflict(f"'{order_id}' is not among the dead letters.")

    def write(transaction: Transaction) -> None:
        store.release_letter(transaction.db, order_id)

    fact = Action(
        at=platform.moments.next(),
        verb=Verb.RELEASE,
        subject=order_id,
        by=by,
        reason=asked.body.reason,
    )
    await platform.answers.of(platform.node.tell(fact, beside=write))
    return await asyncio.to_thread(_letter, platform, order_id) or letter


def set_aside(platform: Platform, *, from_offset: int) -> Iterator[SetAside]:
    """Quarantined records from an offset on."""
    ids = platform.node.log.directory.ids(QUARANTINE.name)
    for batch in records_of(platform, QUARANTINE.name, from_offset=from_offset):
        for row, offset in enumerate(batch.offsets.tolist()):
            told = {name: column[row] or "" for name, column in batch.texts.items()}
            yield SetAside(
                offset=offset,
                stream=told["stream"],
                entity=ids[batch.slots[row]],
                reason=told["reason"],
                field=told["field"],
                message=told["message"],
                raw=told["raw"],
                received_at=int(batch.received_at[row]),
            )


def rows_of(record: SetAside, stream: Stream) -> Rows:
    """A quarantined record as rows to be taken: its range, and how old or new it is, unjudged.

    Where a single value was refused while the rest was kept, that value alone.
    Raises Problem if it cannot be read even so.
    """
    fields = tuple(dataclasses.replace(field, low=None, high=None) for field in stream.fields)
    lenient = dataclasses.replace(stream, fields=fields, future_by=LATEST_AT, late_by=LATEST_AT)
    try:
        body = _alone(record.raw, record.field) if record.field else record.raw.encode()
        taken = decode_json(body, lenient, now=record.received_at)
    except (RecordRefused, msgspec.DecodeError) as error:
        raise _unreleasable(record.offset, str(error)) from error
    if taken.rows is None or taken.refused:
        found = "; ".join(refused.message for refused in taken.refused) or record.message
        raise _unreleasable(record.offset, found)
    return taken.rows


def _alone(raw: str, field: str) -> bytes:
    """The record with one of its fields only."""
    parts = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    wanted = ("entity", "observed_at", field)
    return msgspec.json.encode({name: parts[name] for name in wanted if name in parts})


def _unreleasable(offset: int, why: str) -> Exception:
    return conflict(
        f"record {offset} cannot be taken as it is: {why}",
        what_to_do="Send the record again, mended; what is unreadable cannot be released.",
    )


def _one(platform: Platform, offset: int) -> SetAside | None:
    found = next(set_aside(platform, from_offset=offset), None)
    return found if found is not None and found.offset == offset else None


def _letter(platform: Platform, order_id: str) -> LetterShown | None:
    """The letter of an order; None if it was never posted."""
    db = platform.node.log.reader()
    found = db.execute(
        "SELECT state, tries, next_at, error FROM outbox WHERE id = ?", (order_id,)
    ).fetchone()
    order = store.find_order(db, order_id)
    return None if found is None or order is None else LetterShown(order, *found)


def _sees(node: Node, caller: Caller, *, order: WorkOrder) -> bool:
    sight = sight_of(node, caller)
    is_seen = sight is None or order.order.entity in sight
    return is_seen and caller.sees(pack_of_subject(order.id))
