"""An MQTT broker inside the process, for one machine that has no other.

It answers PUBACK only after what it was given is durable: each message of a routed topic goes to
``submit`` before it is acknowledged and relayed, so no feed needs to subscribe to it. (amqtt alone
acknowledges a message once it is in memory, and forgets one that a subscriber has not acknowledged
within 5 s: read in amqtt 0.12.1, mqtt/protocol/handler.py.)
"""

import ipaddress
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig
from amqtt.errors import BrokerError
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.mqtt.publish import PublishPacket
from amqtt.session import Session

from haihe.errors import LogUnavailable
from haihe.feed.mqtt import (
    DEFAULT_ROUTES,
    IN_FLIGHT_MAX,
    Refuse,
    Route,
    Submit,
    deliver,
    find_destination,
)


class _Handler(BrokerProtocolHandler):  # type: ignore[misc]  # amqtt ships no types.
    """A client's line whose publishes become durable before they are acknowledged."""

    gate: "Gate"
    waiting: int = 0

    async def handle_publish(self, publish_packet: PublishPacket) -> None:
        """Take, then acknowledge and relay; a line that cannot be served is closed instead."""
        self.waiting += 1
        try:
            is_taken = self.waiting <= IN_FLIGHT_MAX and await self.gate.take(publish_packet)
        finally:
            self.waiting -= 1
        if is_taken:
            await super().handle_publish(publish_packet)
        elif self.writer is not None:
            await self.writer.close()


class Gate:
    """What stands between a publish and its acknowledgement."""

    def __init__(self, routes: Sequence[Route], *, submit: Submit, refuse: Refuse) -> None:
        """Know which topics are records, and where they go."""
        self._routes = tuple(routes)
        self._submit = submit
        self._refuse = refuse

    async def take(self, packet: PublishPacket) -> bool:
        """Whether the message may be acknowledged: it is durable, refused, or no record at all."""
        destination = find_destination(self._routes, packet.topic_name or "")
        if destination is None or packet.data is None:
            return True
        try:
            refusal = await deliver(self._submit, destination, body=bytes(packet.data))
        except LogUnavailable:
            return False
        if refusal is not None:
            await self._refuse(refusal)
        return True


class _DurableBroker(Broker):  # type: ignore[misc]  # amqtt ships no types.
    """amqtt's broker with our lines."""

    gate: Gate

    async def _initialize_client_session(self, *connect: Any) -> tuple[_Handler, Session]:
        """As amqtt's, with one of our lines in place of its own, which has not begun yet."""
        _, session = await super()._initialize_client_session(*connect)
        handler = _Handler(self.plugins_manager, loop=self._loop)
        handler.gate = self.gate
        return handler, session


@asynccontextmanager
async def run_broker(
    host: str = "127.0.0.1",
    port: int = 1883,
    *,
    submit: Submit,
    refuse: Refuse,
    routes: Sequence[Route] = DEFAULT_ROUTES,
) -> AsyncIterator[None]:
    """A broker that stands while the context is open, for clients of this machine only.

    Raises ValueError if ``host`` is not a loopback address: it asks nobody for a password.
    Raises OSError if the port is taken.
    """
    if not _is_loopback(host):
        raise ValueError(
            f"the embedded broker listens on loopback only, not on '{host}': it has no passwords. "
            "For other machines run Mosquitto with accounts and TLS, and point the feed at it."
        )
    broker = _DurableBroker(_settings(host, port))
    broker.gate = Gate(routes, submit=submit, refuse=refuse)
    try:
        await broker.start()
    except BrokerError as error:
        raise OSError(f"the embedded broker cannot listen on {host}:{port} ({error}).") from error
    try:
        yield
    finally:
        await broker.shutdown()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _settings(host: str, port: int) -> BrokerConfig:
    plugins: dict[str, Any] = {
        "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}
    }
    listener = ListenerConfig(bind=f"{host}:{port}", max_connections=1_000)
    return BrokerConfig(listeners={"default": listener}, plugins=plugins)
