"""Records in over HTTP: every shape, every fault, nothing doubled and nothing dropped quietly."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import Message

from haihe.errors import LogUnavailable
from haihe.feed.v2x.records import MEDIA
from haihe.feed.v2x.telling import NodeId, Shown, signals_message
from haihe.run import node as node_module
from tests.serve.world import BASE, Heard, World, a_world, scope_of

AIR = f"{BASE}/streams/t.air"


def read_back(world: World, stream: str = "t.air", **query: Any) -> list[Any]:
    answer = world.client.get(f"{BASE}/streams/{stream}", params=query)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def test_a_record_is_answered_with_where_it_stands_and_read_back_the_same(world: World) -> None:
    record = {"entity": "zone/7", "observed_at": "2026-01-01T08:00:00.5+08:00", "methane": 1.5}
    receipt = world.post("/streams/t.air", record, status=201)
    assert receipt["taken"] == 1
    (read,) = read_back(world)
    assert read.pop("received_at").endswith("Z")
    assert read == {
        "offset": receipt["first_offset"],
        "entity": "zone/7",
        "observed_at": "2026-01-01T00:00:00.5Z",
        "methane": 1.5,
    }


@pytest.mark.parametrize("kind", ["array", "ndjson", "arrow"])
def test_many_records_come_in_every_format(world: World, kind: str) -> None:
    at = [1_767_225_600_000 + second * 1000 for second in range(50)]
    rows = [
        {"entity": f"zone/{n % 5}", "observed_at": t, "methane": n / 10} for n, t in enumerate(at)
    ]
    if kind == "array":
        body, media = json.dumps(rows).encode(), "application/json"
    elif kind == "ndjson":
        body = "\n".join(json.dumps(row) for row in rows).encode()
        media = "application/x-ndjson; charset=utf-8"
    else:
        table = pa.table(
            {
                "entity": [row["entity"] for row in rows],
                "observed_at": pa.array(np.array(at) * 1_000_000, pa.timestamp("ns", "UTC")),
                "methane": [row["methane"] for row in rows],
            }
        )
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        body, media = sink.getvalue().to_pybytes(), "application/vnd.apache.arrow.stream"
    answer = world.client.post(AIR, content=body, headers={"content-type": media})
    assert answer.status_code == 201, answer.text
    assert answer.json()["taken"] == 50
    read = read_back(world)
    first = answer.json()["first_offset"]
    assert [row["offset"] for row in read] == list(range(first, first + 50))
    assert [row["methane"] for row in read] == [n / 10 for n in range(50)]


def test_messages_of_vehicles_come_in_as_they_were_broadcast(world: World) -> None:
    shown = [Shown(2, "red", 3.0, 5.0, 8.0, 0.5)]
    line = signals_message([(NodeId(120, 7), shown)], now=time.time_ns()).hex()
    ends_in = {"name": "ends_in", "unit": "s", "low": 0, "high": 3_600}
    world.put("/streams/site.light", {"fields": [{"name": "light", "kind": "text"}, ends_in]})
    address = f"{BASE}/streams/site.light"
    answer = world.client.post(
        address, content=f"{line}\nzz\n", headers={"content-type": f"{MEDIA}; charset=ascii"}
    )
    assert answer.status_code == 201, answer.text
    assert (answer.json()["taken"], answer.json()["quarantined"]) == (1, 1)
    (read,) = read_back(world, "site.light")
    assert (read["entity"], read["light"], read["ends_in"]) == ("phase/120-7-2", "red", 5.0)
    assert (
        world.client.post(address, content=b"", headers={"content-type": MEDIA}).status_code == 400
    )


def test_a_request_repeated_after_a_lost_answer_doubles_nothing(world: World) -> None:
    old = {"entity": "zone/7", "observed_at": world.now(back=10**9), "methane": 1}
    first = world.post("/streams/t.air", old, status=201)
    world.post("/streams/t.air", {**old, "observed_at": world.now(), "methane": 2}, status=201)
    again = world.post("/streams/t.air", old)  # Not the newest of its entity any more.
    assert again == {**first, "taken": 0, "repeated": 1}
    assert len(read_back(world)) == 2


def test_records_without_a_time_of_their_own_are_new_each_time(world: World) -> None:
    world.post("/streams/t.air", {"entity": "zone/7", "methane": 1}, status=201)
    world.post("/streams/t.air", {"entity": "zone/7", "methane": 1}, status=201)
    assert len(read_back(world)) == 2


def test_an_idempotency_key_stands_for_one_body(world: World) -> None:
    def post(methane: int, key: str) -> Any:
        body = {"entity": "zone/7", "methane": methane}
        return world.client.post(AIR, json=body, headers={"Idempotency-Key": key})

    first = post(1, "a")
    assert first.status_code == 201
    again = post(1, "a")
    assert again.status_code == 200
    assert again.json() == {**first.json(), "taken": 0, "repeated": 1}
    other = post(2, "a")
    assert other.status_code == 422
    assert other.json()["error"]["code"] == "key-reused"
    assert post(2, "b").status_code == 201
    assert post(1, "a" * 201).status_code == 400
    assert len(read_back(world)) == 2


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"entity": "zone/7", "methane": "high"}, "wrong-type"),
        ({"entity": "zone/7", "methan": 1}, "unknown-field"),
        ({"entity": "zone/7", "methane": 101}, "absurd"),
        ({"entity": "zone/7", "methane": 1, "observed_at": "2099-01-01T00:00:00Z"}, "future"),
        ({"entity": "zone/7", "methane": 1, "observed_at": "yesterday"}, "bad-time"),
        ({"entity": "zone 7", "methane": 1}, "bad-entity"),
        ({"methane": 1}, "missing-entity"),
        ({"entity": "zone/7"}, "empty"),
    ],
)
def test_what_cannot_be_taken_is_said_and_set_aside(
    world: World, record: dict[str, Any], reason: str
) -> None:
    answer = world.client.post(AIR, json=record)
    assert answer.status_code == 422
    assert answer.json()["taken"] == 0
    assert answer.json()["quarantined"] == 1
    assert answer.json()["reasons"][0].startswith(reason)
    (aside,) = world.get("/quarantine")["records"]
    assert (aside["stream"], aside["reason"]) == ("t.air", reason)
    assert json.loads(aside["raw"]) == record
    assert not read_back(world)


def test_the_good_part_of_a_body_is_kept_and_the_bad_part_set_aside(world: World) -> None:
    rows = [{"entity": "zone/7", "methane": 1}, {"entity": "zone/8", "methane": 1000}]
    receipt = world.post("/streams/t.air", rows, status=201)
    assert (receipt["taken"], receipt["quarantined"]) == (1, 1)
    assert [row["entity"] for row in read_back(world)] == ["zone/7"]


def test_a_record_far_behind_its_entity_is_set_aside_as_late(world: World) -> None:
    world.post("/streams/t.air", {"entity": "zone/7", "methane": 1}, status=201)
    old = {"entity": "zone/7", "methane": 2, "observed_at": "2020-01-01T00:00:00Z"}
    answer = world.client.post(AIR, json=old)
    assert answer.status_code == 422
    assert answer.json()["reasons"][0].startswith("late")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1,", b'{"entity":"zone/7","methane":NaN}', b"\xff\xfe", b"[" * 100_000]
)
def test_a_body_that_is_no_json_is_refused_and_set_aside(world: World, body: bytes) -> None:
    answer = world.client.post(AIR, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "malformed"
    assert error["message"]
    assert error["what_to_do"]
    (aside,) = world.get("/quarantine")["records"]
    assert aside["reason"] == "malformed"


def test_of_ndjson_only_the_malformed_line_is_refused(world: World) -> None:
    body = b'{"entity":"zone/7","methane":1}\n{"entity":"zone/7","methane":NaN}\n'
    answer = world.client.post(AIR, content=body, headers={"content-type": "application/x-ndjson"})
    assert (answer.json()["taken"], answer.json()["quarantined"]) == (1, 1)


def test_an_empty_array_takes_nothing_and_is_no_fault(world: World) -> None:
    assert world.post("/streams/t.air", [])["taken"] == 0


def test_an_unknown_stream_says_how_to_declare_it(world: World) -> None:
    answer = world.client.post(f"{BASE}/streams/t.unknown", json={})
    assert answer.status_code == 404
    assert "PUT /api/v1/streams/t.unknown" in answer.json()["error"]["what_to_do"]


def test_nobody_adds_to_what_the_platform_says_of_itself(world: World) -> None:
    assert world.client.post(f"{BASE}/streams/haihe.quarantine", json={}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/csv"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
)
def test_a_body_of_another_type_is_refused(world: World, headers: dict[str, str]) -> None:
    answer = world.client.post(AIR, content=b"{}", headers=headers)
    assert answer.status_code == 415
    assert answer.json()["error"]["code"] == "wrong-type"


def test_a_body_that_says_it_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    async def receive() -> Message:
        raise AssertionError("the body was read")

    with a_world(tmp_path, body_limit=1000) as world:
        heard = Heard()
        scope = scope_of("POST", AIR, content_length="1000000000")
        asyncio.run(world.app(scope, receive, heard.send))
        assert heard.status == 413
        assert world.app.platform.bodies.held == 0


def test_a_body_that_grows_too_large_is_cut_off_at_the_limit(tmp_path: Path) -> None:
    sent = 0

    async def receive() -> Message:
        nonlocal sent
        sent += 1
        return {"type": "http.request", "body": bytes(100_000), "more_body": True}

    with a_world(tmp_path, body_limit=1_000_000) as world:
        heard = Heard()
        asyncio.run(world.app(scope_of("POST", AIR), receive, heard.send))
        assert heard.status == 413
        assert sent == 11
        assert (b"connection", b"close") in heard.messages[0]["headers"]
        assert world.app.platform.bodies.held == 0


def test_all_bodies_together_have_a_limit_and_the_sender_is_told_to_wait(tmp_path: Path) -> None:
    chunk: Message = {"type": "http.request", "body": bytes(600), "more_body": True}

    async def both(world: World) -> list[Heard]:
        stuck = asyncio.Event()

        async def first() -> Message:
            if stuck.is_set():
                await asyncio.sleep(3600)
            stuck.set()
            return chunk

        async def second() -> Message:
            return chunk

        heard = [Heard(), Heard()]
        waiting = asyncio.create_task(world.app(scope_of("POST", AIR), first, heard[0].send))
        await stuck.wait()
        await asyncio.sleep(0)
        await world.app(scope_of("POST", AIR), second, heard[1].send)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return heard

    with a_world(tmp_path, body_limit=1000, bodies_limit=1000) as world:
        _, heard = asyncio.run(both(world))
        assert heard.status == 429
        assert (b"retry-after", b"1") in heard.messages[0]["headers"]
        assert world.app.platform.bodies.held == 0


def test_a_sender_that_falls_silent_is_let_go(tmp_path: Path) -> None:
    async def receive() -> Message:
        await asyncio.sleep(3600)
        raise AssertionError

    with a_world(tmp_path, body_wait_s=0.01) as world:
        heard = Heard()
        asyncio.run(world.app(scope_of("POST", AIR), receive, heard.send))
        assert heard.status == 408


def test_a_sender_that_hangs_up_halfway_leaves_nothing_behind(world: World) -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    heard = Heard()
    asyncio.run(world.app(scope_of("POST", AIR), receive, heard.send))
    assert not heard.messages
    assert not read_back(world)


def test_a_full_queue_pushes_back_on_the_sender(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_module, "ROWS_WAITING_MAX", 1)
    entered, leave = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        entered.set()
        assert leave.wait(10)

    held = world.node.ask(hold)  # The writer's thread is busy.
    assert entered.wait(10)
    waiting = threading.Thread(
        target=world.client.post, args=(AIR,), kwargs={"json": {"entity": "z/1", "methane": 1}}
    )
    waiting.start()
    deadline = time.monotonic() + 10
    while not world.node.waiting_rows and time.monotonic() < deadline:
        pass
    answer = world.client.post(AIR, json={"entity": "z/2", "methane": 1})
    leave.set()
    held.result()
    waiting.join()
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"
    assert [row["entity"] for row in read_back(world)] == ["z/1"]


def test_a_log_that_cannot_be_written_is_said_and_nothing_is_taken(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Any:
        raise LogUnavailable("the log cannot be written (disk full).")

    monkeypatch.setattr(world.node, "submit", full)
    answer = world.client.post(AIR, json={"entity": "zone/7", "methane": 1})
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


def test_reading_back_begins_where_it_is_told_and_ends_at_the_limit(world: World) -> None:
    for number in range(5):
        world.post("/streams/t.air", {"entity": f"z/{number % 2}", "methane": number}, status=201)
    every = read_back(world)
    assert read_back(world, **{"from": every[2]["offset"]}) == every[2:]
    assert read_back(world, **{"from": every[2]["offset"] + 1, "limit": 1}) == every[3:4]
    assert read_back(world, entity="z/1") == every[1::2]
    assert read_back(world, entity="z/9") == []


def test_reading_back_goes_on_over_many_pieces(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("haihe.serve.records.ROWS_AT_ONCE", 3)
    for number in range(8):
        world.post("/streams/t.air", {"entity": "z/1", "methane": number}, status=201)
    assert [row["methane"] for row in read_back(world)] == list(range(8))
    assert len(read_back(world, limit=7)) == 7


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with a_world(tmp_path_factory.mktemp("fuzz")) as made:
        yield made


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(
                    st.sampled_from(["entity", "observed_at", "methane", "note", "x", ""]), inner
                )
            ),
            max_leaves=12,
        ).map(lambda value: json.dumps(value).encode("utf-8", "replace")),
    ),
    media=st.sampled_from(
        ["application/json", "application/x-ndjson", "application/vnd.apache.arrow.stream", MEDIA]
    ),
)
def test_no_body_whatever_makes_the_server_fail(lasting: World, body: bytes, media: str) -> None:
    answer = lasting.client.post(AIR, content=body, headers={"content-type": media})
    assert answer.status_code in (200, 201, 400, 422)
    assert lasting.client.get(f"{BASE}/health").json()["ready"]
