"""Live push: steps as they are kept, resumed by offset, bounded for whoever is slow."""

import asyncio
import json
from typing import Any

import pytest
from starlette.types import Message

from haihe.serve import push
from haihe.serve.access import LOCAL, Role
from tests.serve.world import BASE, Heard, World, scope_of


def events_in(body: bytes) -> list[dict[str, Any]]:
    """The events of a stream, each with its id."""
    found = []
    for block in body.decode().split("\n\n"):
        parts = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "data" in parts:
            found.append({"id": int(parts["id"]), **json.loads(parts["data"])})
    return found


class Screen:
    """One listener, driven by hand."""

    def __init__(self, world: World, *, path: str = "/events", **heads: str) -> None:
        self.heard = Heard()
        self._gone = asyncio.Event()
        app = world.app(scope_of("GET", BASE + path, **heads), self._receive, self.heard.send)
        self.task = asyncio.create_task(app)

    async def _receive(self) -> Message:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def until(self, count: int) -> list[dict[str, Any]]:
        """Its events, when there are as many."""
        async with asyncio.timeout(10):
            while len(found := events_in(self.heard.body)) < count:
                await asyncio.sleep(0.005)
        return found

    async def started(self) -> None:
        """When it is answered."""
        async with asyncio.timeout(10):
            while len(self.heard.messages) < 2:
                await asyncio.sleep(0.005)

    async def leave(self) -> None:
        """Hang up."""
        self._gone.set()
        await asyncio.wait_for(self.task, 10)


def test_steps_are_pushed_as_they_are_kept(world: World) -> None:
    async def listen() -> list[dict[str, Any]]:
        screen = Screen(world)
        await screen.started()
        await asyncio.to_thread(world.leak)
        found = await screen.until(5)
        await screen.leave()
        return found

    found = world.client.run(listen())
    lines = [each["line"]["line"] for each in found]
    assert lines == ["case-opened", "alarm-raised", "decided", "dispatched", "dispatched"]
    assert [each["id"] for each in found] == [each["offset"] for each in found]
    assert world.app.platform.hub.listeners == 0


def test_a_screen_that_comes_back_gets_what_it_missed_and_nothing_twice(world: World) -> None:
    async def listen() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        first = Screen(world)
        await first.started()
        await asyncio.to_thread(world.leak)
        before = await first.until(5)
        await first.leave()
        await asyncio.to_thread(world.leak, "zone/8")
        second = Screen(world, last_event_id=str(before[1]["id"]))
        await second.until(8)
        await asyncio.to_thread(world.leak, "zone/9")
        after = await second.until(13)
        await second.leave()
        return before, after

    before, after = world.client.run(listen())
    assert after[:3] == before[2:]
    ids = [each["id"] for each in after]
    assert ids == sorted(set(ids))
    opened = [each["line"]["entity"] for each in after if each["line"]["line"] == "case-opened"]
    assert opened == ["zone/8", "zone/9"]


def test_a_screen_may_begin_with_what_happened_before(world: World) -> None:
    async def listen() -> list[dict[str, Any]]:
        screen = Screen(world, path="/events?after=0")
        found = await screen.until(5)
        await screen.leave()
        return found

    world.leak()
    assert world.client.run(listen())[0]["line"]["line"] == "case-opened"


def test_a_screen_knows_where_it_stands_before_the_first_event(world: World) -> None:
    async def listen() -> bytes:
        screen = Screen(world, last_event_id="99999999999")
        await screen.started()
        body = screen.heard.body
        await screen.leave()
        return body

    start = world.node.log.next_offset - 1
    assert world.client.run(listen()) == b"retry: 1000\nid: %d\n\n" % start


def test_a_screen_that_is_too_slow_is_let_go(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "QUEUE_MAX", 1)

    async def listen() -> int:
        listener, _ = world.app.platform.hub.join(LOCAL)
        for zone in range(4):
            await asyncio.to_thread(world.leak, f"zone/{zone}")
            await asyncio.sleep(0.15)
        assert listener.is_over
        return world.app.platform.hub.listeners

    assert world.client.run(listen()) == 0


def test_a_silent_stream_gives_signs_of_life(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haihe.serve.events.HEARTBEAT_S", 0.01)

    async def listen() -> bytes:
        screen = Screen(world)
        async with asyncio.timeout(10):
            while push.HEARTBEAT not in screen.heard.body:
                await asyncio.sleep(0.005)
        await screen.leave()
        return screen.heard.body

    assert push.HEARTBEAT in world.client.run(listen())


def test_a_stopping_server_lets_every_screen_go(world: World) -> None:
    async def listen() -> Heard:
        screen = Screen(world)
        await screen.started()
        world.app.stop_pushing()
        await asyncio.wait_for(screen.task, 10)
        return screen.heard

    heard = world.client.run(listen())
    assert heard.messages[-1] == {"type": "http.response.body", "body": b""}


def test_a_screen_sees_the_events_of_its_packs_alone(world: World) -> None:
    token = world.give_token(Role.VIEWER, packs=("other",))
    other = {"authorization": f"Bearer {token}"}
    sender = {"authorization": f"Bearer {world.give_token(Role.SOURCE)}"}
    whole = {"authorization": f"Bearer {world.give_token(Role.VIEWER)}"}

    async def listen() -> tuple[bytes, int]:
        held, free = Screen(world, **other), Screen(world, **whole)
        await held.started()
        await free.started()
        answer = await world.client._client.post(
            f"{BASE}/streams/t.air", json={"entity": "zone/7", "methane": 40}, headers=sender
        )
        assert answer.status_code == 201
        seen = await free.until(5)
        await free.leave()
        await held.leave()
        return held.heard.body, len(seen)

    body, count = world.client.run(listen())
    assert not events_in(body)
    assert count == 5
