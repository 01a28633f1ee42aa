"""MQTT for a zone: records from a broker, or through one of our own, and orders out to it.

It lives in an event loop of its own, so that neither the writer nor the server waits for a broker.
"""

import asyncio
import contextlib
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitedTooLong
from typing import Final

from haihe.errors import LogUnavailable, RecordRefused, SinkFailed
from haihe.feed.broker import run_broker
from haihe.feed.decode import decode_json
from haihe.feed.door import RefusedRecord
from haihe.feed.mqtt import DEFAULT_ROUTES, Destination, Line, MqttFeed, MqttSender, Route
from haihe.feed.placing import in_wgs84
from haihe.run.appending import Arrival
from haihe.run.config import MqttSetting
from haihe.run.intake import Receipt
from haihe.run.node import Node
from haihe.run.sinks import MqttSink

PUBLISH_WAIT_S: Final = 10.0  # Ours: as long as a webhook may take.
START_WAIT_S: Final = 10.0  # Ours: a port is free or taken at once.
OWN_HOST: Final = "127.0.0.1"


class Messaging:
    """The MQTT side of a zone: a feed, an embedded broker where there is no other, a sender."""

    def __init__(self, node: Node, setting: MqttSetting) -> None:
        """Prepare; ``start`` connects."""
        self._node = node
        self._is_own = not setting.host
        self._line = Line(
            host=setting.host or OWN_HOST,
            port=setting.port,
            identifier=setting.identifier,
            username=setting.username or None,
            password=setting.password or None,
        )
        self._routes = (
            *(Route(each.topic, each.stream, each.entity, each.datum) for each in setting.routes),
            *DEFAULT_ROUTES,
        )
        self._loop = asyncio.new_event_loop()
        self._ready: Future[None] = Future()
        self._ended = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self._sender = MqttSender(self._line)
        self._feed = MqttFeed(self._line, self._routes, submit=self._submit, refuse=self._refuse)

    @property
    def sink(self) -> MqttSink:
        """Where orders go out to the broker."""
        return MqttSink(self._publish)

    @property
    def is_connected(self) -> bool:
        """Whether messages can come in: the line stands, or the broker is our own."""
        return self._feed.is_connected or (self._is_own and self._thread.is_alive())

    @property
    def trouble(self) -> str:
        """Why the line does not stand; "" if it does."""
        return "" if self.is_connected else self._feed.last_error or "not connected yet"

    def start(self) -> None:
        """Begin to take messages.

        Raises LogUnavailable if the embedded broker's port is taken.
        """
        self._thread.start()
        try:
            self._ready.result(START_WAIT_S)
        except (OSError, ValueError, WaitedTooLong) as error:
            raise LogUnavailable(
                f"MQTT cannot begin ({error}). Give another port in [mqtt] of haihe.toml."
            ) from error

    def stop(self) -> None:
        """Take no more messages; those not acknowledged stay with the broker."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ended.set)
            self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            try:
                runner.run(self._serve())
            except (OSError, ValueError) as error:
                self._ready.set_exception(error)

    async def _serve(self) -> None:
        """Until ``stop``."""
        if self._is_own:
            async with run_broker(
                self._line.host,
                self._line.port,
                submit=self._submit,
                refuse=self._refuse,
                routes=self._routes,
            ):
                self._ready.set_result(None)
                await self._ended.wait()
        else:
            taking = asyncio.create_task(self._feed.run())
            self._ready.set_result(None)
            await self._ended.wait()
            taking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await taking
        await self._sender.close()

    async def _submit(self, destination: Destination, body: bytes) -> None:
        """Make a body durable.

        Raises RecordRefused if the stream is not declared or the body is not JSON.
        """
        live, stream = self._node.engine.live, destination.stream
        if stream not in live:
            raise RecordRefused(f"stream '{stream}' is not declared; a pack or a PUT declares it.")
        now = self._node.clock.now()
        taken = decode_json(body, live[stream].stream, now=now, entity=destination.entity)
        taken = in_wgs84(taken, destination.datum)
        await self._taken(Arrival(taken.rows, taken.refused))

    async def _refuse(self, refused: RefusedRecord) -> None:
        """Keep what cannot be taken, with its reason."""
        await self._taken(Arrival(None, (refused,)))

    async def _taken(self, arrival: Arrival) -> Receipt:
        return await asyncio.wrap_future(self._node.submit(arrival))

    def _publish(self, topic: str, payload: bytes) -> None:
        """Publish from the carrier's thread.

        Raises SinkFailed if the broker did not take it.
        """
        sent = asyncio.run_coroutine_threadsafe(self._sender.publish(topic, payload), self._loop)
        try:
            sent.result(PUBLISH_WAIT_S)
        except (ConnectionError, WaitedTooLong) as error:
            raise SinkFailed(str(error) or "the broker did not answer in time") from error
