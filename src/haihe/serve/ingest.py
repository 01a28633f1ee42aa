"""``POST /streams/{name}``: records in, acknowledged when they are on the disk. The hot path."""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from haihe.errors import RecordRefused
from haihe.feed.arrow import decode_arrow
from haihe.feed.decode import decode_json, decode_ndjson
from haihe.feed.door import Reason, RefusedRecord, Taken, raw_text
from haihe.feed.placing import in_wgs84
from haihe.feed.v2x.records import MEDIA as ROADSIDE_MEDIA
from haihe.feed.v2x.records import decode_v2x
from haihe.log import store
from haihe.log.sqlite import Transaction
from haihe.model.datum import Datum
from haihe.model.stream import Stream
from haihe.run.appending import Arrival
from haihe.run.intake import Receipt
from haihe.serve.access import SENDERS, Caller, check_role, check_scope
from haihe.serve.byhand import check_not_by_hand
from haihe.serve.calling import HEADERS, JSON, Asked, query_of
from haihe.serve.platform import Platform
from haihe.serve.problem import Problem, forbidden, malformed
from haihe.serve.sight import check_reach
from haihe.serve.streams import HOUSE, declared
from haihe.serve.taken import KEY_MAX, TAKEN

INLINE_BYTES: Final = 256 << 10  # Measured: decoding more keeps everybody else waiting for 2 ms.


class Decode(Protocol):
    """A decoder of bodies."""

    def __call__(self, body: bytes, stream: Stream, *, now: int) -> Taken:
        """What came of a body; ``now`` is the clock, ns."""
        ...


_DECODERS: Final[dict[bytes, Decode]] = {
    b"application/json": decode_json,
    b"": decode_json,
    b"application/x-ndjson": decode_ndjson,
    b"application/ndjson": decode_ndjson,
    b"application/jsonl": decode_ndjson,
    b"application/vnd.apache.arrow.stream": decode_arrow,
    b"application/vnd.apache.arrow.file": decode_arrow,
    ROADSIDE_MEDIA.encode(): decode_v2x,
}
_HEADERS: Final = [
    (b"content-type", b"application/json"),
    *((name.encode(), value.encode()) for name, value in HEADERS.items()),
]
_encoder: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Sent:
    """One request's records on their way in.

    caller: whose they are.
    stream: where they go.
    body: as it came.
    key: the sender's Idempotency-Key; "" for none.
    datum: in which places are told.
    """

    caller: Caller
    stream: Stream
    body: bytes
    key: str
    datum: Datum = Datum.WGS84

    @property
    def told(self) -> bytes:
        """What tells these records from others: the same body in another datum is another."""
        is_ours = self.datum is Datum.WGS84
        return self.body if is_ours else b"%s\n%s" % (self.datum.encode(), self.body)


class RecordsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the records are written.

    datum: in which their lon and lat are told; they are kept in WGS-84.
    """

    datum: Datum = Datum.WGS84


class Ingest:
    """The way from a request to a receipt."""

    def __init__(self, platform: Platform) -> None:
        """Take records for a node."""
        self._platform = platform

    async def answer(self, scope: Scope, receive: Receive, *, name: str) -> tuple[int, bytes]:
        """Status and body of the answer to a POST on the stream ``name``.

        Raises Problem or HaiheError where the answer is an error.
        """
        platform = self._platform
        caller = platform.access.caller(scope)
        check_role(caller, SENDERS)
        check_scope(caller, name)
        if name.startswith(HOUSE):
            raise forbidden(
                f"'{name}' is what the platform says of itself; nobody else adds to it."
            )
        check_not_by_hand(platform.node, caller, stream=name)
        stream = declared(platform.node, name)
        heads: dict[bytes, bytes] = dict(scope["headers"])
        decode = decoder_of(heads)
        query = query_of(scope, RecordsQuery) if scope["query_string"] else RecordsQuery()
        assert isinstance(query, RecordsQuery)  # It was asked for as such.
        body = await platform.bodies.read(scope, receive)
        try:
            sent = Sent(caller, stream, body, key_of(heads), query.datum)
            receipt = await self._take(sent, decode)
        finally:
            platform.bodies.let_go(len(body))
        return status_of(receipt), _encoder.encode(receipt)

    async def _take(self, sent: Sent, decode: Decode) -> Receipt:
        """Decode and submit; the receipt comes when it is durable."""
        platform = self._platform
        now = platform.node.clock.now()
        try:
            if len(sent.body) <= INLINE_BYTES:
                taken = decode(sent.body, sent.stream, now=now)
            else:
                taken = await asyncio.to_thread(decode, sent.body, sent.stream, now=now)
        except RecordRefused as error:
            await self._quarantine(sent, str(error))
            raise
        taken = in_wgs84(taken, sent.datum)
        if taken.rows is None and not taken.refused:
            return Receipt(first_offset=-1, taken=0)
        if sent.caller.areas:
            self._check_areas(sent.caller, taken)
        key = own_key(sent.told, taken, now=now) if not sent.key else await claim(platform, sent)
        return await platform.answers.of(
            platform.node.submit(Arrival(taken.rows, taken.refused, key))
        )

    def _check_areas(self, caller: Caller, taken: Taken) -> None:
        """Refuse records from outside the sender's areas, good or bad.

        Raises Problem.
        """
        good = taken.rows.ids if taken.rows is not None else ()
        named = {*good, *(refused.entity for refused in taken.refused)} - {""}
        check_reach(self._platform.node, caller, entities=sorted(named))

    async def _quarantine(self, sent: Sent, message: str) -> None:
        """Keep a body that cannot be read at all, cut short, with the reason."""
        refused = RefusedRecord(
            stream=sent.stream.name,
            entity="",
            observed_at=None,
            reason=Reason.MALFORMED,
            message=message,
            raw=raw_text(sent.body),
        )
        await self._platform.answers.of(self._platform.node.submit(Arrival(None, (refused,))))


async def claim(platform: Platform, sent: Sent) -> str:
    """The arrival's key for a sender's Idempotency-Key, bound to this body for good.

    Raises Problem if the key came with another body before.
    """
    key = f"key {sent.stream.name} {sent.caller.name} {sent.key}"
    claimed, body = f"claim {key}", hashlib.sha256(sent.told).digest()
    at = platform.node.clock.now()

    def write(transaction: Transaction) -> bool:
        known = store.answer_to(transaction.db, claimed)
        if known is None:
            store.keep_answer(transaction.db, claimed, at=at, answer=body)
        return known is None or known == body

    if not await platform.answers.of(platform.node.change(write)):
        raise Problem(
            422,
            "key-reused",
            message=f"Idempotency-Key '{sent.key}' came with another body before.",
            what_to_do="Give each request a key of its own; repeat a request byte for byte.",
        )
    return key


async def take_records(asked: Asked[RecordsQuery, None]) -> Response:
    """The same as an operation of the table."""
    ingest = Ingest(asked.platform)
    status, body = await ingest.answer(asked.scope, asked.receive, name=asked.path["name"])
    return Response(body, status, media_type=JSON)


async def send_receipt(send: Send, status: int, *, body: bytes) -> None:
    """Send an answer with the fewest steps."""
    headers = [*_HEADERS, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def status_of(receipt: Receipt) -> int:
    """201 where something is new, 200 where it was there, 422 where nothing could be taken."""
    if receipt.taken:
        return 201
    return 422 if receipt.quarantined and not receipt.repeated else 200


def decoder_of(heads: dict[bytes, bytes]) -> Decode:
    """What reads a body of the request's content type.

    Raises Problem if nothing does.
    """
    kind = heads.get(b"content-type", b"").partition(b";")[0].strip().lower()
    decode = _DECODERS.get(kind)
    if decode is None or heads.get(b"content-encoding", b"identity").lower() != b"identity":
        packed = heads.get(b"content-encoding", b"").decode("latin-1")
        found = f"'{kind.decode('latin-1')}' {packed}".strip()
        raise Problem(
            415,
            "wrong-type",
            message=f"a body of {found} is not taken; {', '.join(TAKEN)} are, unpacked.",
            what_to_do="Send 'Content-Type: application/json' with the JSON.",
        )
    return decode


def key_of(heads: dict[bytes, bytes]) -> str:
    """The sender's Idempotency-Key; "" for none.

    Raises Problem if it cannot be one.
    """
    key = heads.get(b"idempotency-key", b"").decode("latin-1")
    if len(key) > KEY_MAX or (key and not key.isprintable()):
        raise malformed(f"Idempotency-Key must be 1 to {KEY_MAX} printable characters.")
    return key


def own_key(body: bytes, taken: Taken, *, now: int) -> str:
    """What tells a repetition of this body from a new one; "" where nothing does.

    A body whose every record brings its own time is the same only when it is repeated. The key
    begins with a record's time, so that the keys of one time stand together in the store: keys in
    no order would cost each request a page of its own on the disk.

    now: what the decoder gave to records without a time; ns.
    """
    times = [one.observed_at for one in taken.refused if one.observed_at is not None]
    rows = taken.rows
    if rows is not None:
        if len(rows) == 1:
            times.append(int(rows.observed_at[0]))
        elif (rows.observed_at == now).any():
            return ""
        else:
            times.append(int(rows.observed_at[-1]))
    if not times or now in times:
        return ""
    stream = rows.stream if rows is not None else taken.refused[0].stream
    sha256 = hashlib.sha256(b"%s\n%s" % (stream.encode(), body)).hexdigest()
    return f"body {times[-1]:016x} {sha256}"
