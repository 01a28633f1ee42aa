"""Streams as entities: sent the typed way, and shown whatever way they came."""

from typing import Any

import pytest

from haihe.serve.ngsi import measured
from tests.serve.ngsi.broker import Broker, number
from tests.serve.world import World

AIR = "urn:ngsi-ld:Air:1"


def air(name: str = "1", **attributes: Any) -> dict[str, Any]:
    return {"id": f"urn:ngsi-ld:Air:{name}", "type": "t.air", **attributes}


def test_entities_of_a_declared_stream_become_its_records(world: World, broker: Broker) -> None:
    at = world.now()
    sent = [air("1", methane=number(3, observedAt=at)), air("2", methane=number(4, observedAt=at))]
    answer = broker.done("POST", "/entityOperations/upsert", body=sent, status=201)
    assert answer == [AIR, "urn:ngsi-ld:Air:2"]
    first, second = world.get("/live/t.air")["records"]
    assert (first["entity"], first["methane"], second["methane"]) == (AIR, 3, 4)
    newer = [air("1", methane=number(5, observedAt=world.now()))]
    broker.done("POST", "/entityOperations/upsert", body=newer, status=204)
    assert broker.get(AIR)["methane"]["value"] == 5


def test_a_whole_batch_is_never_looked_at_one_by_one(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> bytes:
        raise AssertionError("an entity was taken apart")

    monkeypatch.setattr(measured, "body_of", never)
    sent = [air(str(at), methane=number(at)) for at in range(5)]
    broker.done("POST", "/entityOperations/upsert", body=sent, status=201)
    broker.done("POST", "/entityOperations/update", body=sent, status=204)


def test_a_bad_entity_of_a_batch_is_named_and_quarantined(world: World, broker: Broker) -> None:
    sent = [air("1", methane=number(3)), air("2", methane=number(300)), air("3", heat=number(1))]
    answer = broker.done("POST", "/entityOperations/upsert", body=sent, status=207)
    assert answer["success"] == [AIR]
    failed = {one["entityId"]: one["error"]["detail"] for one in answer["errors"]}
    assert "0 to 100" in failed["urn:ngsi-ld:Air:2"]
    assert "heat" in failed["urn:ngsi-ld:Air:3"]
    assert len(world.get("/quarantine")["records"]) == 2


def test_records_sent_otherwise_are_entities_too(world: World, broker: Broker) -> None:
    record = {"entity": "zone/7", "observed_at": "2026-01-01T00:00:00Z", "methane": 3.5}
    world.post("/streams/t.air", record, status=201)
    (shown,) = broker.find(type="t.air")
    assert shown["id"] == "urn:ngsi-ld:t.air:zone/7"
    assert shown["methane"] == number(3.5, observedAt="2026-01-01T00:00:00Z")
    assert broker.get("urn:ngsi-ld:t.air:zone%2F7") == shown
    car = {"entity": "car/1", "lon": 117.2, "lat": 39.1}
    world.post("/streams/t.car", car, status=201)
    (seen,) = broker.find(type="t.car", options="keyValues")
    assert seen["location"] == {"type": "Point", "coordinates": [117.2, 39.1]}
    near = {"georel": "near;maxDistance==100", "geometry": "Point", "coordinates": "[117.2,39.1]"}
    assert len(broker.find(type="t.car", **near)) == 1
    assert not broker.find(type="t.car", **{**near, "coordinates": "[118,39.1]"})


def test_an_update_reaches_the_entity_under_its_own_name(world: World, broker: Broker) -> None:
    world.post("/streams/t.air", {"entity": "zone/7", "methane": 3}, status=201)
    path = "/entities/urn:ngsi-ld:t.air:zone%2F7/attrs"
    broker.done("PATCH", path, body={"methane": number(6)}, status=204)
    broker.done("PATCH", f"{path}/methane", body={"value": 7}, status=204)
    (record,) = world.get("/live/t.air")["records"]
    assert (record["entity"], record["methane"]) == ("zone/7", 7)
    assert broker.refused("PATCH", path, body={"methane": number(700)}, status=400)
    assert broker.refused("PATCH", path, body={"heat": number(7)}, status=400)


def test_what_was_measured_is_never_taken_away(world: World, broker: Broker) -> None:
    broker.create(air(methane=number(3)))
    for method, path in [("DELETE", ""), ("DELETE", "/attrs/methane")]:
        kind = broker.refused(method, f"/entities/{AIR}{path}", status=422)
        assert kind == "OperationNotSupported"
    answer = broker.done("POST", "/entityOperations/delete", body=[AIR], status=207)
    assert answer["errors"][0]["error"]["type"].endswith("OperationNotSupported")
    assert broker.refused("POST", "/entities", body=air(methane=number(1)), status=409)


def test_what_the_platform_says_of_itself_is_no_entity(world: World, broker: Broker) -> None:
    world.client.post("/api/v1/streams/t.air", json={"entity": "zone/7", "methane": 300})
    assert broker.find(type="haihe.quarantine") == []
    sent = {"id": "urn:ngsi-ld:x:1", "type": "haihe.access", "person": "me"}
    broker.create(sent)
    assert world.get("/live/haihe.access")["total"] == 0


@pytest.mark.parametrize(
    ("ids", "are"),
    [
        (["urn:a:1", "http://b/2#x"], True),
        (["urn:a:1", "b"], False),
        (["urn:a 1"], False),
        (["urn:<1>"], False),
        (["1urn:a"], False),
        (["urn:a\n1"], False),
        ([":a"], False),
    ],
)
def test_ids_of_a_batch_are_uris_or_it_is_looked_at(ids: list[str], *, are: bool) -> None:
    assert measured.are_uris(ids) is are
