"""The MQTT feed and its broker: acknowledged means kept, and what cannot be taken is refused."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiomqtt
import pytest

from haihe.errors import LogUnavailable, Overloaded, RecordRefused
from haihe.feed import mqtt
from haihe.feed.broker import run_broker
from haihe.feed.door import Reason, RefusedRecord
from haihe.feed.mqtt import Destination, Line, MqttFeed, MqttSender, Route

WAIT_S: Final = 10.0  # Ours: far more than a loopback needs; a test that waits so long has failed.
ROUTES: Final = (
    Route("haihe/{stream}", stream="{stream}"),
    Route("gallery/{zone}/air", stream="gallery.gas", entity="zone/{zone}"),
)


@dataclass
class House:
    """What the feed hands its messages to; ``kept`` is what is durable."""

    kept: list[tuple[str, bytes, str]] = field(default_factory=list)
    refused: list[RefusedRecord] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    offered: int = 0

    def __post_init__(self) -> None:
        self.gate.set()

    async def submit(self, destination: Destination, body: bytes) -> None:
        stream, entity = destination.stream, destination.entity
        self.offered += 1
        await self.gate.wait()
        if self.faults:
            raise self.faults.pop(0)
        self.kept.append((stream, body, entity))

    async def refuse(self, refusal: RefusedRecord) -> None:
        self.refused.append(refusal)


async def until(condition: Callable[[], bool]) -> None:
    """Give the loop time until the condition holds."""
    async with asyncio.timeout(WAIT_S):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt, "BACKOFF_S", (0.05,))


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.parametrize(
    ("topic", "found"),
    [
        ("haihe/gallery.gas", Destination("gallery.gas", "")),
        ("gallery/7/air", Destination("gallery.gas", "zone/7")),
        ("gallery/7/water", None),
        ("gallery//air", None),
        ("haihe", None),
        ("haihe/a/b", None),
    ],
)
def test_a_topic_leads_to_its_stream_and_entity(topic: str, found: Destination | None) -> None:
    assert mqtt.find_destination(ROUTES, topic) == found


def test_a_route_subscribes_to_what_it_matches() -> None:
    assert [route.filter for route in ROUTES] == ["haihe/+", "gallery/+/air"]
    hash_route = Route("plant/#", stream="plant.all")
    assert hash_route.filter == "plant/#"
    assert hash_route.match("plant/a/b") == Destination("plant.all", "")


@asynccontextmanager
async def mosquitto(port: int, folder: Path) -> AsyncIterator[None]:
    """A real broker that keeps its sessions, for as long as the context is open."""
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        pytest.skip("mosquitto is not installed; 'apt-get install mosquitto' brings it")
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
        f"persistence_location {folder}/\nuser root\n",
        encoding="utf-8",
    )
    process = await asyncio.create_subprocess_exec(
        program, "-c", str(config),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await reachable(port)
        yield
    finally:
        process.terminate()
        await process.wait()


async def reachable(port: int) -> None:
    async with asyncio.timeout(WAIT_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            await writer.wait_closed()
            return


@dataclass
class Bench:
    """A broker, a house and a feed between them."""

    port: int
    house: House
    feed: MqttFeed
    sender: MqttSender


@asynccontextmanager
async def bench(port: int, folder: Path) -> AsyncIterator[Bench]:
    house = House()
    feed = MqttFeed(
        Line(port=port, identifier="feed"), ROUTES, submit=house.submit, refuse=house.refuse
    )
    sender = MqttSender(Line(port=port, identifier="sender"))
    async with mosquitto(port, folder), running(feed.run()):
        await until(lambda: feed.is_connected)
        try:
            yield Bench(port, house, feed, sender)
        finally:
            await sender.close()


def with_bench(port: int, folder: Path, act: Callable[[Bench], Awaitable[None]]) -> None:
    async def go() -> None:
        async with bench(port, folder) as found:
            await act(found)

    asyncio.run(go())


@pytest.mark.peer
def test_messages_reach_the_house_with_stream_and_entity(port: int, tmp_path: Path) -> None:
    async def act(found: Bench) -> None:
        await found.sender.publish("haihe/gallery.gas", b'{"entity":"zone/7","methane":1}')
        await found.sender.publish("gallery/9/air", b'{"methane":2}')
        await until(lambda: found.feed.taken == 2)
        assert sorted(found.house.kept) == [
            ("gallery.gas", b'{"entity":"zone/7","methane":1}', ""),
            ("gallery.gas", b'{"methane":2}', "zone/9"),
        ]

    with_bench(port, tmp_path, act)


@pytest.mark.peer
def test_what_was_not_made_durable_is_given_again(port: int, tmp_path: Path) -> None:
    """The house fails before it has kept the message; the broker still owns it."""

    async def act(found: Bench) -> None:
        found.house.faults.append(LogUnavailable("the disk is full"))
        await found.sender.publish("haihe/gallery.gas", b"precious")
        await until(lambda: found.feed.taken == 1)
        assert found.house.kept == [("gallery.gas", b"precious", "")]
        assert found.feed.lost == 1
        assert "the disk is full" in found.feed.last_error

    with_bench(port, tmp_path, act)


@pytest.mark.peer
def test_a_feed_killed_before_it_acknowledged_gets_the_message_again(
    port: int, tmp_path: Path
) -> None:
    def begin(house: House) -> MqttFeed:
        line = Line(port=port, identifier="feed")
        return MqttFeed(line, ROUTES, submit=house.submit, refuse=house.refuse)

    async def go() -> None:
        dead, heir = House(), House()
        dead.gate.clear()
        sender = MqttSender(Line(port=port, identifier="sender"))
        async with mosquitto(port, tmp_path):
            feed = begin(dead)
            async with running(feed.run()):
                await until(lambda: feed.is_connected)
                await sender.publish("haihe/gallery.gas", b"one")
                await until(lambda: dead.offered == 1)
            feed = begin(heir)
            async with running(feed.run()):
                await until(lambda: feed.taken == 1)
            await sender.close()
        assert heir.kept == [("gallery.gas", b"one", "")]
        assert dead.kept == []

    asyncio.run(go())


@pytest.mark.peer
def test_a_full_house_makes_the_message_wait(port: int, tmp_path: Path) -> None:
    async def act(found: Bench) -> None:
        found.house.faults += [Overloaded("full", retry_after_s=0)] * 3
        await found.sender.publish("haihe/gallery.gas", b"patient")
        await until(lambda: found.feed.taken == 1)
        assert found.feed.lost == 0

    with_bench(port, tmp_path, act)


@pytest.mark.peer
def test_a_bad_or_retained_message_is_refused_and_does_not_come_back(
    port: int, tmp_path: Path
) -> None:
    async def act(found: Bench) -> None:
        found.house.faults.append(RecordRefused("the body is empty"))
        await found.sender.publish("haihe/gallery.gas", b"garbage")
        await until(lambda: found.feed.refused == 1)
        await found.sender.publish("haihe/gallery.gas", b"good")
        await until(lambda: found.feed.taken == 1)
        (refusal,) = found.house.refused
        assert (refusal.reason, refusal.raw) == (Reason.MALFORMED, "garbage")
        assert refusal.message == "the body is empty"

    with_bench(port, tmp_path, act)


@pytest.mark.peer
def test_an_old_retained_reading_never_looks_fresh(port: int, tmp_path: Path) -> None:
    async def go() -> None:
        house = House()
        line = Line(port=port, identifier="feed")
        feed = MqttFeed(line, ROUTES, submit=house.submit, refuse=house.refuse)
        async with mosquitto(port, tmp_path):
            async with aiomqtt.Client("127.0.0.1", port) as client:
                await client.publish("haihe/gallery.gas", b"old", qos=1, retain=True)
            async with running(feed.run()):
                await until(lambda: feed.refused == 1)
        assert house.refused[0].reason is Reason.REPEATED
        assert house.kept == []

    asyncio.run(go())


@pytest.mark.peer
def test_the_feed_comes_back_after_the_broker_was_away(port: int, tmp_path: Path) -> None:
    async def go() -> None:
        house = House()
        line = Line(port=port, identifier="feed")
        feed = MqttFeed(line, ROUTES, submit=house.submit, refuse=house.refuse)
        async with running(feed.run()):
            await until(lambda: feed.lost > 1)
            assert feed.last_error
            for times in (1, 2):
                async with mosquitto(port, tmp_path):
                    await until(lambda: feed.is_connected)
                    sender = MqttSender(Line(port=port, identifier="sender"))
                    await sender.publish("haihe/gallery.gas", b"back")
                    await until(lambda: feed.taken == times)  # noqa: B023
                    await sender.close()
                await until(lambda: not feed.is_connected)

    asyncio.run(go())


@pytest.mark.peer
def test_thousands_of_messages_all_arrive_once(port: int, tmp_path: Path) -> None:
    async def act(found: Bench) -> None:
        bodies = [str(number).encode() for number in range(2_000)]
        for body in bodies:
            await found.sender.publish("haihe/gallery.gas", body)
        await until(lambda: found.feed.taken == len(bodies))
        assert sorted(body for _, body, _ in found.house.kept) == sorted(bodies)

    with_bench(port, tmp_path, act)


def test_a_broker_that_is_not_there_is_told_by_its_address(port: int) -> None:
    sender = MqttSender(Line(port=port))
    with pytest.raises(ConnectionError, match=f"127.0.0.1:{port}"):
        asyncio.run(sender.publish("orders/1", b"{}"))


@asynccontextmanager
async def embedded(port: int) -> AsyncIterator[tuple[House, MqttSender]]:
    house = House()
    sender = MqttSender(Line(port=port, identifier="sender"))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(
            run_broker(port=port, submit=house.submit, refuse=house.refuse, routes=ROUTES)
        )
        stack.push_async_callback(sender.close)
        yield house, sender


def test_the_embedded_broker_keeps_a_record_before_it_acknowledges(port: int) -> None:
    async def go() -> None:
        async with embedded(port) as (house, sender):
            house.gate.clear()
            publish = asyncio.create_task(sender.publish("gallery/7/air", b"x"))
            done, _ = await asyncio.wait([publish], timeout=0.3)
            assert not done, "nothing is durable yet"
            house.gate.set()
            await publish
            assert house.kept == [("gallery.gas", b"x", "zone/7")]

    asyncio.run(go())


def test_the_embedded_broker_relays_what_is_no_record(port: int) -> None:
    async def go() -> None:
        async with embedded(port) as (house, sender):
            async with aiomqtt.Client("127.0.0.1", port) as crew:
                await crew.subscribe("orders/+", qos=1)
                await sender.publish("orders/7", b"start the fan")
                message = await anext(aiter(crew.messages))
            assert message.payload == b"start the fan"
            assert house.kept == []

    asyncio.run(go())


def test_the_embedded_broker_does_not_acknowledge_what_it_cannot_keep(port: int) -> None:
    async def go() -> None:
        async with embedded(port) as (house, sender):
            house.faults.append(LogUnavailable("read-only"))
            with pytest.raises(ConnectionError):
                await sender.publish("haihe/gallery.gas", b"x")
            await sender.publish("haihe/gallery.gas", b"x")
            assert house.kept == [("gallery.gas", b"x", "")]
            house.faults.append(RecordRefused("not JSON"))
            await sender.publish("haihe/gallery.gas", b"garbage")
            assert house.refused[0].reason is Reason.MALFORMED

    asyncio.run(go())


def test_the_embedded_broker_stays_on_this_machine(port: int) -> None:
    async def go(host: str) -> None:
        house = House()
        async with run_broker(host, port, submit=house.submit, refuse=house.refuse):
            pass

    with pytest.raises(ValueError, match=r"loopback only, not on '0.0.0.0'"):
        asyncio.run(go("0.0.0.0"))
    asyncio.run(go("localhost"))
    asyncio.run(go("127.0.0.1"))


def test_the_embedded_broker_says_that_its_port_is_taken(port: int) -> None:
    async def go() -> None:
        async with embedded(port):
            house = House()
            async with run_broker(port=port, submit=house.submit, refuse=house.refuse):
                pass

    with pytest.raises(OSError, match=str(port)):
        asyncio.run(go())
