"""The app around the routes: errors in one shape, the document, health."""

import json
import logging
import re
from typing import Any

import pytest

from haihe.errors import LogDamaged
from haihe.serve import records
from haihe.serve.app import BrokenOff
from haihe.serve.routes import ROUTES
from tests.serve.world import BASE, Client, World


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere.js", 404),
        ("GET", "/api", 404),
        ("GET", "/health/nowhere", 404),
        ("GET", "/ngsi-ld/nowhere", 404),
        ("GET", f"{BASE}/nowhere", 404),
        ("GET", f"{BASE}/", 404),
        ("DELETE", f"{BASE}/cases", 405),
        ("POST", "/", 405),
        ("OPTIONS", f"{BASE}/streams/t.air", 405),
        ("PUT", f"{BASE}/entities/x", 400),
        ("GET", f"{BASE}/cases?limit=0", 400),
    ],
)
def test_every_error_has_the_one_shape(world: World, method: str, path: str, status: int) -> None:
    answer = world.client.request(method, path)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "what_to_do"}
    assert all(error.values())
    assert answer.headers["x-content-type-options"] == "nosniff"
    if status == 405:
        assert "GET" in answer.headers["allow"]


def test_a_fault_of_ours_says_nothing_of_the_inside_and_is_logged_with_its_route(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("secret")

    monkeypatch.setattr(world.node, "ask", broken)
    client = Client(world.app, fails=False)
    with caplog.at_level(logging.ERROR, logger="haihe.serve.app"):
        answer = client.get(f"{BASE}/alarms")
    client.close()
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal"
    assert "secret" not in answer.text
    assert f"GET {BASE}/alarms failed" in caplog.text


def test_an_answer_that_breaks_off_is_logged_and_not_mended_with_another(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(2):
        world.post("/streams/t.air", {"entity": "z/1", "methane": number}, status=201)
    monkeypatch.setattr("haihe.serve.records.ROWS_AT_ONCE", 1)
    whole = records.piece_of

    def breaks(*args: Any, **more: Any) -> records.Piece:
        if more["from_offset"]:
            raise LogDamaged("entry 3 does not match its hash")
        return whole(*args, **more)

    monkeypatch.setattr(records, "piece_of", breaks)
    with caplog.at_level(logging.ERROR, logger="haihe.serve.app"), pytest.raises(BrokenOff):
        world.client.get(f"{BASE}/streams/t.air")
    assert f"GET {BASE}/streams/t.air broke off" in caplog.text


def test_the_document_names_every_route_with_bounds_on_every_parameter(world: World) -> None:
    document = world.get("/openapi.json")
    assert document["openapi"].startswith("3.1")
    for route in ROUTES:
        path = BASE + re.sub(r":\w+}", "}", route.path)
        operation = document["paths"][path][route.method.lower()]
        assert operation["summary"] == route.summary
        for parameter in operation["parameters"]:
            assert is_bounded(parameter["schema"], document), (path, parameter)
    text = json.dumps(document)
    for name in set(re.findall(r'"#/components/schemas/(\w+)"', text)):
        assert name in document["components"]["schemas"]


def is_bounded(schema: dict[str, Any], document: dict[str, Any]) -> bool:
    if "$ref" in schema:
        named = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return "enum" in named
    if "anyOf" in schema:
        return all(
            each.get("type") == "null" or is_bounded(each, document) for each in schema["anyOf"]
        )
    if "enum" in schema:
        return True
    if schema["type"] == "string":
        return "maxLength" in schema
    return schema["type"] == "boolean" or ("minimum" in schema and "maximum" in schema)


def test_health_tells_streams_rules_and_what_was_set_aside(world: World) -> None:
    world.leak()
    world.client.post(f"{BASE}/streams/t.air", json={"entity": "zone/7", "methane": 500})
    health = world.get("/health")
    assert health["ready"]
    assert health["trouble"] == ""
    assert health["quarantined"] == 1
    assert health["alarms"] == 1
    assert health["cases"] == {"open": 1}
    assert health["letters"] == {"waiting": 2}
    assert health["counted_entries"] == health["entries"]
    air = next(stream for stream in health["streams"] if stream["name"] == "t.air")
    assert (air["records"], air["entities"]) == (1, 1)
    assert air["received_at"].endswith("Z")
    car = next(stream for stream in health["streams"] if stream["name"] == "t.car")
    assert car["received_at"] is None
    assert health["packs"] == [
        {"name": "t", "title": {"zh": "试验", "en": "test"}, "version": "0.1.0"}
    ]


def test_the_checkpoint_tells_the_head_of_the_log(world: World) -> None:
    shown = world.get("/checkpoint")
    assert shown["root"] == world.node.log.frontier.root.hex()
    assert shown["entries"] == world.node.log.size
    assert shown["note"] == ""


def test_packs_are_listed_with_their_streams_and_rules(world: World) -> None:
    (pack,) = world.get("/packs")
    assert pack["streams"] == ["t.air", "t.car"]
    assert pack["rules"] == ["t.methane-high"]
