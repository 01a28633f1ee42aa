import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import aiomqtt
import msgspec
import pytest

from haihe.errors import LogUnavailable, PackInvalid
from haihe.run.config import Config, MqttSetting, RouteSetting, SinkSetting, read_config, routes_of
from haihe.run.zone import Zone
from tests.run.zone import PACKS

MOSQUITTO = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
WAIT_S = 10.0


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[int]:
    """A real Mosquitto on loopback; its port."""
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed; as root 'make test' installs it")
    port = free_port()
    settings = tmp_path / "mosquitto.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    process = subprocess.Popen([MOSQUITTO, "-c", str(settings)], stderr=subprocess.DEVNULL)
    yield port
    process.terminate()
    process.wait()


async def publish(port: int, topic: str, payload: object) -> None:
    """Publish with QoS 1: returns when the broker has acknowledged."""
    deadline = time.monotonic() + WAIT_S
    while True:
        try:
            async with aiomqtt.Client("127.0.0.1", port) as client:
                await client.publish(topic, msgspec.json.encode(payload), qos=1)
        except aiomqtt.MqttError:
            assert time.monotonic() < deadline, "the broker never answered"
            await asyncio.sleep(0.05)
        else:
            return


def wait_for(zone: Zone, stream: str, count: int) -> int:
    """How many entities the stream has, as soon as there are ``count``."""
    deadline = time.monotonic() + WAIT_S
    while True:
        found = len(zone.node.log.directory.ids(stream))
        if found >= count or time.monotonic() > deadline:
            return found
        time.sleep(0.02)


def reading(entity: str | None = None) -> dict[str, object]:
    named = {} if entity is None else {"entity": entity}
    return {**named, "observed_at": time.time_ns(), "methane": 2.0}


def zone_with(folder: Path, setting: MqttSetting) -> Zone:
    return Zone(folder / "zone", PACKS, config=Config(mqtt=setting))


def test_what_a_broker_carries_becomes_records(tmp_path: Path, broker: int) -> None:
    route = RouteSetting("site/{zone}/air", "a.air", "zone/{zone}")
    zone = zone_with(tmp_path, MqttSetting(host="127.0.0.1", port=broker, routes=(route,)))
    zone.start()
    try:
        wait_for_line(zone)
        asyncio.run(publish(broker, "haihe/a.air", [reading("zone/1"), reading("zone/2")]))
        asyncio.run(publish(broker, "site/3/air", reading()))
        assert wait_for(zone, "a.air", 3) == 3
        asyncio.run(publish(broker, "haihe/no.such", reading("zone/1")))
        asyncio.run(publish(broker, "haihe/a.air", {"entity": "zone/9", "methane": "much"}))
        assert wait_for(zone, "haihe.quarantine", 2) == 2
    finally:
        zone.stop()


def wait_for_line(zone: Zone) -> None:
    """Until the zone has subscribed."""
    deadline = time.monotonic() + WAIT_S
    assert zone.messaging is not None
    while not zone.messaging.is_connected:
        assert time.monotonic() < deadline, zone.messaging.trouble
        time.sleep(0.02)


def test_the_embedded_broker_acknowledges_only_what_is_durable(tmp_path: Path) -> None:
    port = free_port()
    zone = zone_with(tmp_path, MqttSetting(port=port))
    zone.start()
    try:
        asyncio.run(publish(port, "haihe/a.air", reading("zone/1")))
        assert list(zone.node.log.directory.ids("a.air")) == ["zone/1"]  # No wait: it is acked.
    finally:
        zone.stop()


def test_orders_leave_through_the_broker(tmp_path: Path, broker: int) -> None:
    config = Config(
        mqtt=MqttSetting(host="127.0.0.1", port=broker), sink=(SinkSetting("scada", mqtt=True),)
    )
    zone = Zone(tmp_path / "zone", PACKS, config=config)
    zone.start()
    try:
        wait_for_line(zone)
        assert asyncio.run(first_order(broker))["action"] == "fan-start"
    finally:
        zone.stop()


async def first_order(port: int) -> dict[str, object]:
    """Let methane rise, and give the order that comes of it."""
    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.subscribe("haihe/orders/scada", qos=1)
        high = {**reading("zone/1"), "methane": 40.0}
        await client.publish("haihe/a.air", msgspec.json.encode(high), qos=1)
        async with asyncio.timeout(WAIT_S):
            async for message in client.messages:
                assert isinstance(message.payload, bytes)
                order: dict[str, object] = msgspec.json.decode(message.payload)
                return order
    raise AssertionError("the line ended without an order")


def test_a_taken_port_is_told_with_its_mend(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        zone = zone_with(tmp_path, MqttSetting(port=taken.getsockname()[1]))
        with pytest.raises(LogUnavailable, match="Give another port"):
            zone.start()
        zone.stop()


def test_settings_are_read_and_wrong_ones_named(tmp_path: Path) -> None:
    assert read_config(tmp_path) == Config()
    file = tmp_path / "haihe.toml"
    file.write_text('name = "teda.cn/zone"\n[[sink]]\nassignees = "x-*"\nwebhook = "http://h/"\n')
    config = read_config(tmp_path)
    assert config.name == "teda.cn/zone"
    assert [route.assignees for route in routes_of(config)] == ["x-*", "*"]
    for wrong in ("nme = 'x'", "[mqtt]\nport = 'high'", "[mqtt\n"):
        file.write_text(wrong)
        with pytest.raises(PackInvalid, match=r"haihe\.toml cannot be used"):
            read_config(tmp_path)


def test_a_sink_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(PackInvalid, match="the sink for 'x' leads nowhere"):
        routes_of(Config(sink=(SinkSetting("x"),)))
