"""MQTT as a feed and as the wire of a sink.

The feed acknowledges late: PUBACK leaves only after ``submit`` has returned, that is, after the
record is durable. Its session is persistent, so the broker keeps what is not acknowledged and gives
it again after a loss of the line; what was taken but not acknowledged comes twice, and the log's
own check for repeats takes care of it.

A payload is a record or an array of them, as for ``decode.decode_json``.
"""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from ssl import SSLContext
from typing import Any, Final, Protocol

import aiomqtt

from haihe.errors import LogUnavailable, Overloaded, RecordRefused
from haihe.feed.door import Reason, RefusedRecord, raw_text
from haihe.model.datum import Datum

IN_FLIGHT_MAX: Final = 100  # Ours: five times Mosquitto's window of 20 unacknowledged messages.
QUEUE_MAX: Final = 10_000  # Ours: messages read but not yet begun; past it the line is dropped.
PAYLOAD_MAX: Final = 8_000_000  # Ours: bytes; more is a file.
BACKOFF_S: Final = (1, 2, 4, 8, 15, 30)  # Ours: a broker that restarts is back within seconds.
_NAMED: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Route:
    """Which topics belong to which stream.

    topic: a topic filter; ``{name}`` is one level that can be named in the other two.
    stream: template of the stream's name.
    entity: template of the entity for records that name none; "" where they must.
    datum: in which places are told.

    >>> air = Route("gallery/{zone}/air", stream="gallery.gas", entity="zone/{zone}")
    >>> air.match("gallery/7/air").entity
    'zone/7'
    """

    topic: str
    stream: str
    entity: str = ""
    datum: Datum = Datum.WGS84

    @property
    def filter(self) -> str:
        """What to subscribe to."""
        return _NAMED.sub("+", self.topic)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        levels = []
        for level in self.topic.split("/"):
            named = _NAMED.fullmatch(level)
            plain = {"+": "[^/]*", "#": ".*"}.get(level, re.escape(level))
            levels.append(f"(?P<{named[1]}>[^/]+)" if named else plain)
        return re.compile("/".join(levels))

    def match(self, topic: str) -> "Destination | None":
        """Where a message of that topic goes; None if it is not one of this route."""
        found = self._pattern.fullmatch(topic)
        if found is None:
            return None
        return Destination(
            stream=_NAMED.sub(lambda name: found[name[1]], self.stream),
            entity=_NAMED.sub(lambda name: found[name[1]], self.entity),
            datum=self.datum,
        )


@dataclass(frozen=True, slots=True)
class Destination:
    """A stream, and what its records do not say themselves.

    entity: of those that name none; "" where they must.
    datum: in which they tell places.
    """

    stream: str
    entity: str
    datum: Datum = Datum.WGS84


DEFAULT_ROUTES: Final = (Route("haihe/{stream}", stream="{stream}"),)


@dataclass(frozen=True, slots=True)
class Line:
    """How to reach a broker.

    identifier: the client's id; the broker keeps the session under it.
    tls: None for a plain line, which only a loopback should be.
    keepalive_s: seconds of silence after which the line counts as lost.
    """

    host: str = "127.0.0.1"
    port: int = 1883
    identifier: str = "haihe"
    username: str | None = None
    password: str | None = None
    tls: SSLContext | None = None
    keepalive_s: int = 30


class Submit(Protocol):
    """Makes a body durable; returns when it is.

    Raises RecordRefused if it cannot be taken, Overloaded if it must be repeated later, and
    LogUnavailable if nothing can be taken for now.
    """

    async def __call__(self, destination: "Destination", body: bytes) -> None:
        """Take a body of a stream."""


Refuse = Callable[[RefusedRecord], Awaitable[None]]


class _Waiting(asyncio.Queue[aiomqtt.Message]):
    """Messages read and not yet begun, which remembers that one found no room."""

    has_lost = False

    def put_nowait(self, item: aiomqtt.Message) -> None:
        """Raise asyncio.QueueFull, as always, but remember it."""
        self.has_lost = self.has_lost or self.full()
        super().put_nowait(item)


class _LateClient(aiomqtt.Client):
    """A client that acknowledges when it is told to, not when a message is read."""

    def __init__(self, line: Line, *, is_feed: bool) -> None:
        super().__init__(
            line.host,
            line.port,
            identifier=line.identifier,
            username=line.username,
            password=line.password,
            tls_context=line.tls,
            keepalive=line.keepalive_s,
            clean_session=not is_feed,
            max_queued_incoming_messages=QUEUE_MAX,
            queue_type=_Waiting,
        )
        self._client.manual_ack_set(on=True)

    def acknowledge(self, message: aiomqtt.Message) -> None:
        """Send PUBACK."""
        self._client.ack(message.mid, message.qos)

    async def send(self, topic: str, payload: bytes, *, qos: int) -> None:
        """Publish, and stop waiting when the line is lost, not only after a timeout.

        Raises aiomqtt.MqttError if the broker did not acknowledge it.
        """
        publishing = asyncio.create_task(self.publish(topic, payload, qos=qos))
        try:
            await asyncio.wait(
                {publishing, self._disconnected}, return_when=asyncio.FIRST_COMPLETED
            )
            if not publishing.done():
                raise aiomqtt.MqttError("the broker closed the line")
            publishing.result()
        finally:
            publishing.cancel()

    async def __aexit__(self, *raised: Any) -> None:
        """Leave; why the line was lost, if it was, has been told already."""
        if self._disconnected.done():
            self._disconnected.exception()
        await super().__aexit__(*raised)

    @property
    def has_lost(self) -> bool:
        """Whether a message found no room; unacknowledged, the broker gives it to the next line."""
        return isinstance(self._queue, _Waiting) and self._queue.has_lost


class MqttFeed:
    """Takes messages from a broker until it is cancelled.

    is_connected: whether the line stands.
    taken, refused, lost: messages made durable, messages refused, times the line was lost.
    last_error: why it was lost the last time; "" if never.
    """

    def __init__(
        self,
        line: Line,
        routes: Sequence[Route] = DEFAULT_ROUTES,
        *,
        submit: Submit,
        refuse: Refuse,
    ) -> None:
        """Know the way; ``run`` connects."""
        self._line = line
        self._routes = tuple(routes)
        self._submit = submit
        self._refuse = refuse
        self.is_connected = False
        self.taken = 0
        self.refused = 0
        self.lost = 0
        self.last_error = ""

    async def run(self) -> None:
        """Connect, take, and connect again after a loss, later each time; ends when cancelled."""
        tries = 0
        while True:
            before = self.taken
            try:
                await self._session()
            except* (aiomqtt.MqttError, LogUnavailable, OSError) as errors:
                self.last_error = str(errors.exceptions[0])
            self.lost += 1
            tries = 0 if self.taken > before else tries + 1
            await asyncio.sleep(BACKOFF_S[min(tries, len(BACKOFF_S) - 1)])

    async def _session(self) -> None:
        """One standing of the line."""
        room = asyncio.Semaphore(IN_FLIGHT_MAX)
        try:
            async with _LateClient(self._line, is_feed=True) as client:
                for route in self._routes:
                    await client.subscribe(route.filter, qos=1)
                self.is_connected = True
                async with asyncio.TaskGroup() as group:
                    async for message in client.messages:
                        if client.has_lost:
                            raise aiomqtt.MqttError(f"more than {QUEUE_MAX} messages waited")
                        await room.acquire()
                        task = group.create_task(self._take(client, message))
                        task.add_done_callback(lambda _: room.release())
        finally:
            self.is_connected = False

    async def _take(self, client: _LateClient, message: aiomqtt.Message) -> None:
        """Make one message durable, or refuse it; then acknowledge it."""
        topic, body = str(message.topic), _bytes(message.payload)
        destination = find_destination(self._routes, topic)
        refusal = _refusal(topic, body, destination=destination, is_retained=message.retain)
        if refusal is None and destination is not None:
            refusal = await deliver(self._submit, destination, body=body)
        if refusal is not None:
            await self._refuse(refusal)
            self.refused += 1
        else:
            self.taken += 1
        client.acknowledge(message)


async def deliver(submit: Submit, destination: Destination, *, body: bytes) -> RefusedRecord | None:
    """Hand a body on until it is durable; the refusal if it cannot be taken at all."""
    while True:
        try:
            await submit(destination, body)
        except Overloaded as full:
            await asyncio.sleep(full.retry_after_s)
        except RecordRefused as refused:
            return _refused(destination, Reason.MALFORMED, message=str(refused), body=body)
        else:
            return None


def find_destination(routes: Sequence[Route], topic: str) -> Destination | None:
    """Where the first route that matches leads; None if none does."""
    return next((found for route in routes if (found := route.match(topic))), None)


def _refusal(
    topic: str, body: bytes, *, destination: Destination | None, is_retained: bool
) -> RefusedRecord | None:
    """Why a message cannot even be handed on; None if it can."""
    if destination is None:
        message = f"no route takes topic '{topic}'; add one to the feed's routes."
        return _refused(Destination("", ""), Reason.UNROUTED, message=message, body=body)
    if is_retained:
        message = (
            f"topic '{topic}' is a retained message, an old reading that would look fresh; "
            "publish readings without the retain flag."
        )
        return _refused(destination, Reason.REPEATED, message=message, body=body)
    if len(body) > PAYLOAD_MAX:
        message = f"the payload has {len(body)} bytes; at most {PAYLOAD_MAX} are taken."
        return _refused(destination, Reason.TOO_LONG, message=message, body=body)
    return None


def _refused(
    destination: Destination, reason: Reason, *, message: str, body: bytes
) -> RefusedRecord:
    return RefusedRecord(
        stream=destination.stream,
        entity=destination.entity,
        observed_at=None,
        reason=reason,
        message=message,
        raw=raw_text(body),
    )


def _bytes(payload: object) -> bytes:
    return payload if isinstance(payload, bytes) else str(payload).encode()


class MqttSender:
    """Publishes what must arrive, such as orders; one line, opened when first needed."""

    def __init__(self, line: Line) -> None:
        """Know the way; the first ``publish`` connects."""
        self._line = line
        self._client: _LateClient | None = None

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1) -> None:
        """Publish and wait until the broker has it (for ``qos`` 1).

        Raises ConnectionError if the broker cannot be reached or does not answer; whether it has
        the message is then unknown, and the same message should be published again.
        """
        try:
            if self._client is None:
                client = _LateClient(self._line, is_feed=False)
                await client.__aenter__()
                self._client = client
            await self._client.send(topic, payload, qos=qos)
        except (aiomqtt.MqttError, OSError) as error:
            await self.close()
            raise ConnectionError(
                f"the MQTT broker at {self._line.host}:{self._line.port} did not take "
                f"'{topic}' ({error})."
            ) from error

    async def close(self) -> None:
        """Leave the broker; a line already lost is just forgotten."""
        client, self._client = self._client, None
        if client is None:
            return
        with contextlib.suppress(aiomqtt.MqttError):  # A line that is gone needs no goodbye.
            await client.__aexit__(None, None, None)
