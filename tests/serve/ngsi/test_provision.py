"""Entities told one at a time. Expected answers: ETSI GS CIM 009, 5.6 and 6.4 to 6.7."""

import asyncio
from typing import Any

import pytest

from tests.serve.ngsi.broker import JSON_LD, Broker, number, room
from tests.serve.world import World

ROOM = "urn:ngsi-ld:Room:1"


def test_a_created_entity_reads_as_it_was_sent(broker: Broker) -> None:
    sent = room(
        heat=number(21.5, unitCode="CEL", observedAt="2026-01-01T00:00:00Z"),
        isIn={"type": "Relationship", "object": "urn:ngsi-ld:House:1", "since": number(3)},
        name={"type": "LanguageProperty", "languageMap": {"zh": "房", "en": "room"}},
        scope="/zone/west",
    )
    answer = broker.ask("POST", "/entities", body=sent)
    assert (answer.status_code, answer.content) == (201, b"")
    assert answer.headers["location"] == f"/ngsi-ld/v1/entities/{ROOM}"
    assert broker.get(ROOM) == sent


def test_an_entity_is_created_once(broker: Broker) -> None:
    broker.create(room())
    assert broker.refused("POST", "/entities", body=room(), status=409) == "AlreadyExists"
    broker.done("DELETE", f"/entities/{ROOM}", status=204)
    assert broker.refused("GET", f"/entities/{ROOM}", status=404) == "ResourceNotFound"
    assert broker.refused("DELETE", f"/entities/{ROOM}", status=404) == "ResourceNotFound"
    broker.create(room(heat=number(1)))
    assert broker.get(ROOM) == room(heat=number(1))


def test_concise_attributes_are_told_from_their_members(broker: Broker) -> None:
    point = {"type": "Point", "coordinates": [117.2, 39.1]}
    sent = room(
        heat=21, owner={"object": "urn:ngsi-ld:Firm:1"}, location=point, tags=["a", "b"],
        size={"value": 3, "unitCode": "MTK"},
    )  # fmt: skip
    broker.create(sent)
    kinds = {name: one["type"] for name, one in broker.get(ROOM).items() if isinstance(one, dict)}
    assert kinds == {
        "heat": "Property", "owner": "Relationship", "location": "GeoProperty",
        "tags": "Property", "size": "Property",
    }  # fmt: skip
    assert broker.get(ROOM, options="concise") == sent


@pytest.mark.parametrize(
    "sent",
    [
        {"type": "Room"},
        {"id": "room 1", "type": "Room"},
        {"id": "room1", "type": "Room"},
        {"id": 1, "type": "Room"},
        {"id": ROOM},
        {"id": ROOM, "type": []},
        {"id": ROOM, "type": 5},
        {"id": ROOM, "type": "a b"},
        {"id": "urn:" + "x" * 300, "type": "Room"},
        room(heat=None),
        room(heat={"type": "Property", "value": None}),
        room(heat={"type": "Property"}),
        room(heat={"type": "Heat", "value": 1}),
        room(heat=number(1, observedAt="yesterday")),
        room(heat=number(1, observedAt=5)),
        room(heat=number(1, unitCode=5)),
        room(heat=number(1, datasetId="one")),
        room(heat=[number(1), number(2)]),
        room(isIn={"type": "Relationship", "object": "here"}),
        room(name={"type": "LanguageProperty", "languageMap": "room"}),
        room(location={"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1]}}),
        room(location={"type": "GeoProperty", "value": {"type": "Blob", "coordinates": [1, 2]}}),
        room(list={"type": "ListProperty", "valueList": 1}),
        room(scope=[5]),
        {**room(), "a<b": 1},
    ],
)
def test_an_entity_that_cannot_be_is_refused(broker: Broker, sent: Any) -> None:
    assert broker.refused("POST", "/entities", body=sent, status=400) == "BadRequestData"


def test_a_body_that_cannot_be_read_is_refused(broker: Broker) -> None:
    client = broker.world.client
    for content in (b"", b"{", b"[]", b"5", b'{"id": NaN}', b"[" * 100_000):
        answer = client.post(
            "/ngsi-ld/v1/entities", content=content, headers={"content-type": "application/json"}
        )
        assert answer.status_code == 400, answer.text
        assert answer.json()["type"].endswith("InvalidRequest")


def test_append_adds_and_overwrites_unless_told_not_to(broker: Broker) -> None:
    broker.create(room(heat=number(1)))
    path = f"/entities/{ROOM}/attrs"
    broker.done("POST", path, body={"heat": number(2), "size": number(9)}, status=204)
    assert broker.get(ROOM) == room(heat=number(2), size=number(9))
    result = broker.done(
        "POST", path, body={"heat": number(3), "width": number(4)}, status=207,
        options="noOverwrite",
    )  # fmt: skip
    default = "https://uri.etsi.org/ngsi-ld/default-context/"
    assert result["updated"] == [default + "width"]
    assert [one["attributeName"] for one in result["notUpdated"]] == [default + "heat"]
    assert broker.get(ROOM)["heat"] == number(2)


def test_null_in_an_update_takes_an_attribute_away(broker: Broker) -> None:
    broker.create(room(heat=number(1), size=number(9)))
    gone = {"heat": "urn:ngsi-ld:null", "size": number(8)}
    broker.done("PATCH", f"/entities/{ROOM}/attrs", body=gone, status=204)
    assert broker.get(ROOM) == room(size=number(8))


def test_a_partial_update_keeps_the_rest_of_the_attribute(broker: Broker) -> None:
    broker.create(room(heat=number(1, unitCode="CEL", by=number(5))))
    path = f"/entities/{ROOM}/attrs/heat"
    broker.done("PATCH", path, body={"value": 2}, status=204)
    assert broker.get(ROOM)["heat"] == number(2, unitCode="CEL", by=number(5))
    broker.done("PATCH", path, body={"unitCode": "urn:ngsi-ld:null"}, status=204)
    assert broker.get(ROOM)["heat"] == number(2, by=number(5))
    assert broker.refused("PATCH", path, body={"type": "Relationship"}, status=400)
    assert broker.refused("PATCH", f"{path}y", body={"value": 1}, status=404) == "ResourceNotFound"


def test_each_dataset_of_an_attribute_stands_for_itself(broker: Broker) -> None:
    gps = "urn:ngsi-ld:Dataset:gps"
    broker.create(room(heat=[number(1), number(2, datasetId=gps)]))
    path = f"/entities/{ROOM}/attrs/heat"
    broker.done("PATCH", path, body={"value": 3, "datasetId": gps}, status=204)
    assert broker.get(ROOM)["heat"] == [number(1), number(3, datasetId=gps)]
    assert broker.get(ROOM, options="keyValues")["heat"] == {"dataset": {"@none": 1, gps: 3}}
    broker.done("DELETE", path, status=204, datasetId=gps)
    assert broker.get(ROOM)["heat"] == number(1)
    broker.done("DELETE", path, status=204, deleteAll="true")
    assert broker.refused("DELETE", path, status=404) == "ResourceNotFound"


def test_a_merge_goes_down_into_values(broker: Broker) -> None:
    broker.create(room(where={"type": "Property", "value": {"floor": 1, "wing": "a"}}))
    patch = {"where": {"type": "Property", "value": {"floor": 2, "wing": "urn:ngsi-ld:null"}}}
    broker.done("PATCH", f"/entities/{ROOM}", body=patch, status=204)
    assert broker.get(ROOM)["where"]["value"] == {"floor": 2}


def test_a_replaced_entity_keeps_when_it_was_created(broker: Broker) -> None:
    broker.create(room(heat=number(1)))
    before = broker.get(ROOM, options="sysAttrs")
    broker.done("PUT", f"/entities/{ROOM}", body=room(size=number(2)), status=204)
    after = broker.get(ROOM, options="sysAttrs")
    assert after["createdAt"] == before["createdAt"] < after["modifiedAt"]
    assert broker.get(ROOM) == room(size=number(2))
    other = {**room(2), "size": number(2)}
    assert broker.refused("PUT", f"/entities/{ROOM}", body=other, status=400) == "BadRequestData"


def test_what_does_not_exist_cannot_be_changed(broker: Broker) -> None:
    body = {"heat": number(1)}
    for method, path in [
        ("POST", "/attrs"), ("PATCH", "/attrs"), ("PATCH", ""), ("PUT", ""), ("PUT", "/attrs/heat"),
    ]:  # fmt: skip
        sent = number(1) if path.endswith("heat") else body
        answer = broker.refused(method, f"/entities/{ROOM}{path}", body=sent, status=404)
        assert answer == "ResourceNotFound"


def test_two_callers_at_once_lose_nothing(world: World, broker: Broker) -> None:
    broker.create(room())
    client = world.client

    async def append(at: int) -> int:
        answer = await client._client.post(
            f"/ngsi-ld/v1/entities/{ROOM}/attrs", json={f"part{at}": number(at)}
        )
        return answer.status_code

    async def together() -> list[int]:
        return await asyncio.gather(*(append(at) for at in range(40)))

    assert set(client.run(together())) == {204}
    assert len(broker.get(ROOM)) == 2 + 40


def test_numbers_and_the_place_are_fields_of_the_types_stream(broker: Broker) -> None:
    place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [117.2, 39.1]}}
    broker.create(room(heat=number(21.5, unitCode="CEL"), location=place, name="hall"))
    broker.create(room(2, heat=number(300, unitCode="KEL")))
    first, second = broker.world.get("/live/ngsi.Room")["records"]
    assert (first["heat"], first["lon"], first["lat"]) == (21.5, 117.2, 39.1)
    assert "heat" not in second, "kelvin are no degrees Celsius"
    fields = broker.world.get("/streams/ngsi.Room/declaration")["fields"]
    assert {one["name"]: one["unit"] for one in fields}["heat"] == "degC"


def test_an_upsert_with_a_context_inside_keeps_whole_names(broker: Broker) -> None:
    inside = {"heat": "https://city.example/terms#heat"}
    broker.create({**room(heat=number(1)), "@context": inside}, kind=JSON_LD)
    assert broker.get(ROOM)["https://city.example/terms#heat"] == number(1)
