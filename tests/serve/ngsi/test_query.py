"""Queries. Expected answers: ETSI GS CIM 009, 4.9, 4.10, 4.17, 4.19, 4.21, 5.7.2, 6.4.3.2."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.serve.ngsi.broker import Broker, number, place, room
from tests.serve.world import a_world

SQUARE = "[[[0,0],[10,0],[10,10],[0,10],[0,0]]]"


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Four entities of two types; nobody changes them."""
    with a_world(tmp_path_factory.mktemp("rooms")) as world:
        broker = Broker(world)
        settle(broker)
        yield broker


def settle(broker: Broker) -> None:
    when = {"type": "Property", "value": "2026-01-02T00:00:00Z"}
    many: list[Any] = [
        room(1, heat=number(10), name="hall", open=True, location=place(1, 1), scope="/a/b"),
        room(2, heat=number(20, by=number(7)), name="attic", location=place(5, 5), since=when),
        room(3, heat=number(30), tags=["cold", "dark"], location=place(20, 20), scope="/a"),
        {"id": "urn:ngsi-ld:House:4", "type": ["House", "Home"], "name": "hall (old)",
         "address": {"type": "Property", "value": {"city": {"zip": 300450}, "street": "Dongting"}},
         "isIn": {"type": "Relationship", "object": "urn:ngsi-ld:City:1"},
         "sign": {"type": "LanguageProperty", "languageMap": {"en": "in", "zh": "入口"}},
         "location": {"type": "GeoProperty", "value": {"type": "Polygon", "coordinates":
                      [[[8, 8], [12, 8], [12, 12], [8, 12], [8, 8]]]}}},
    ]  # fmt: skip
    broker.done("POST", "/entityOperations/create", body=many, status=201)


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("heat", "123"),
        ("heat==20", "2"),
        ("heat!=20", "13"),
        ("heat>10", "23"),
        ("heat>=10;heat<30", "12"),
        ("heat<=10|heat>=30", "13"),
        ("heat==10..20", "12"),
        ("heat!=10..20", "3"),
        ("heat==10,30", "13"),
        ("heat!=10,30", "2"),
        ("heat==10;name|heat==30", "13"),
        ("heat>5;(name|tags)", "123"),
        ('name=="hall"', "1"),
        ('name=="hall","attic"', "12"),
        ("name~=^hall", "14"),
        ("name~=ha(l+)", "14"),
        ('name!~="hall"', "2"),
        ("open==true", "1"),
        ("open==false", ""),
        ('open=="true"', ""),
        ("heat.by==7", "2"),
        ("heat.by", "2"),
        ("address[city.zip]==300450", "4"),
        ('address[street]=="Dongting"', "4"),
        ("address[none]", ""),
        ('tags=="dark"', "3"),
        ("since>2026-01-01T00:00:00Z", "2"),
        ("since==2026-01-02T08:00:00+08:00", "2"),
        ("since==2026-01-01T00:00:00Z..2026-01-03T00:00:00Z", "2"),
        ("isIn==urn:ngsi-ld:City:1", "4"),
        ('sign[zh]=="入口"', "4"),
        ('sign[*]=="in"', "4"),
        ("createdAt>2020-01-01T00:00:00Z", "1234"),
        ("heat.createdAt>2020-01-01T00:00:00Z", "123"),
        ('name=="hall (old)"', "4"),
        ('name=="a;b|c"', ""),
        ("none==1", ""),
        ("none!=1", ""),
        ("heat==hot", ""),
    ],
)
def test_q_finds_what_fulfils_it(rooms: Broker, q: str, found: str) -> None:
    assert "".join(sorted(rooms.ids(q=q))) == found


@pytest.mark.parametrize(
    ("q", "position"),
    [
        ("", 0),
        ("heat==", 6),
        ("heat>1..2", 5),
        ("(heat", 5),
        ("heat)", 4),
        ("heat;;name", 5),
        ('name=="hall', 11),
        ("heat[", 5),
        ("heat[a", 5),
        (".heat", 0),
        ("==5", 0),
        ("heat~=", 6),
        ("heat==1..", 9),
    ],
)
def test_a_q_that_cannot_be_read_is_refused_with_its_position(
    rooms: Broker, q: str, position: int
) -> None:
    said = rooms.done("GET", "/entities", status=400, type="Room", q=q)
    assert said["type"].endswith("BadRequestData")
    assert f"position {position}:" in said["detail"]


def test_a_q_that_nests_too_deep_is_too_complex(rooms: Broker) -> None:
    q = "(" * 100 + "heat" + ")" * 100
    assert rooms.refused("GET", "/entities", status=403, q=q) == "TooComplexQuery"


def test_a_pattern_cannot_hold_the_server_up(broker: Broker) -> None:
    broker.create(room(9, name="a" * 5_000))
    assert broker.ids(q="name~=(a+)+$") == ["9"]
    assert broker.refused("GET", "/entities", status=400, q="name~=(") == "BadRequestData"
    assert broker.refused("GET", "/entities", status=400, type="Room", idPattern="(")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"type": "Room"}, "123"),
        ({"type": "Room,House"}, "1234"),
        ({"type": "House;Home"}, "4"),
        ({"type": "(House;Home)|Room"}, "1234"),
        ({"type": "House;Room"}, ""),
        ({"type": "Home"}, "4"),
        ({"type": "Room", "id": "urn:ngsi-ld:Room:1,urn:ngsi-ld:Room:3"}, "13"),
        ({"type": "Room", "idPattern": "Room:[12]$"}, "12"),
        ({"attrs": "open,tags"}, "13"),
        ({"scopeQ": "/a/b"}, "1"),
        ({"scopeQ": "/a/#"}, "13"),
        ({"scopeQ": "/+/b"}, "1"),
        ({"type": "Room", "orderBy": "heat;desc"}, "321"),
        ({"type": "Room", "orderBy": "tags,name"}, "321"),
    ],
)
def test_a_query_names_types_ids_attributes_and_scopes(
    rooms: Broker, query: Any, found: str
) -> None:
    assert "".join(rooms.ids(**query)) == found


@pytest.mark.parametrize(
    ("georel", "geometry", "coordinates", "found"),
    [
        ("within", "Polygon", SQUARE, "12"),
        ("intersects", "Polygon", SQUARE, "124"),
        ("disjoint", "Polygon", SQUARE, "3"),
        ("overlaps", "Polygon", SQUARE, "4"),
        ("equals", "Point", "[5,5]", "2"),
        ("contains", "Point", "[9,9]", "4"),
        ("intersects", "LineString", "[[0,0],[6,6]]", "12"),
        # A degree of the equator is 111.3 km: (5, 5) to (6, 5) is some 110.9 km.
        ("near;maxDistance==111000", "Point", "[6,5]", "2"),
        ("near;maxDistance==110000", "Point", "[6,5]", ""),
        ("near;minDistance==2000000", "Point", "[1,1]", "3"),
    ],
)
def test_georel_finds_what_stands_so(
    rooms: Broker, georel: str, geometry: str, coordinates: str, found: str
) -> None:
    query = {"georel": georel, "geometry": geometry, "coordinates": coordinates}
    assert "".join(sorted(rooms.ids(**query))) == found


def test_the_same_queries_can_be_sent_as_a_body(rooms: Broker) -> None:
    square = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
    body = {
        "type": "Query",
        "entities": [{"type": "Room", "idPattern": ".*"}, {"type": "House"}],
        "q": "name",
        "geoQ": {"georel": "within", "geometry": "Polygon", "coordinates": [square]},
        "attrs": ["name", "heat"],
    }
    found = rooms.done("POST", "/entityOperations/query", body=body, status=200)
    hall = {"type": "Property", "value": "hall"}
    assert found == [room(1, scope="/a/b", heat=number(10), name=hall)]
    assert rooms.refused("POST", "/entityOperations/query", body={"q": "a"}, status=400)
    assert rooms.refused("POST", "/entityOperations/query", body=[], status=400)


def test_pages_are_linked_and_counted(rooms: Broker) -> None:
    answer = rooms.ask("GET", "/entities", type="Room", limit=1, offset=1, count="true")
    assert [one["id"] for one in answer.json()] == ["urn:ngsi-ld:Room:2"]
    assert answer.headers["ngsild-results-count"] == "3"
    assert 'rel="prev"' in answer.headers["link"]
    assert 'offset=2&count=true>; rel="next"' in answer.headers["link"]
    counted = rooms.ask("GET", "/entities", type="Room", limit=0, count="true")
    assert (counted.json(), counted.headers["ngsild-results-count"]) == ([], "3")


@pytest.mark.parametrize(
    ("query", "status", "kind"),
    [
        ({}, 400, "BadRequestData"),
        ({"id": "urn:ngsi-ld:Room:1"}, 400, "BadRequestData"),
        ({"type": "Room", "id": "x"}, 400, "BadRequestData"),
        ({"type": "Room", "limit": 0}, 400, "BadRequestData"),
        ({"type": "Room", "limit": -1}, 400, "BadRequestData"),
        ({"type": "Room", "limit": "many"}, 400, "BadRequestData"),
        ({"type": "Room", "limit": 100_000}, 403, "TooManyResults"),
        ({"type": "Room", "limits": 1}, 400, "InvalidRequest"),
        ({"type": "Room", "options": "pretty"}, 400, "InvalidRequest"),
        ({"type": "Room", "format": "pretty"}, 400, "InvalidRequest"),
        ({"type": "Room", "count": "maybe"}, 400, "InvalidRequest"),
        ({"type": "(Room"}, 400, "BadRequestData"),
        ({"type": "Room;"}, 400, "BadRequestData"),
        ({"attrs": "heat,,name"}, 400, "BadRequestData"),
        ({"type": "Room", "pick": "heat{"}, 400, "BadRequestData"),
        ({"type": "Room", "orderBy": "heat;up"}, 400, "BadRequestData"),
        ({"type": "Room", "scopeQ": "["}, 400, "BadRequestData"),
        ({"georel": "within", "geometry": "Polygon"}, 400, "BadRequestData"),
        ({"georel": "within", "geometry": "Blob", "coordinates": "[1,2]"}, 400, "BadRequestData"),
        ({"georel": "on", "geometry": "Point", "coordinates": "[1,2]"}, 400, "BadRequestData"),
        ({"georel": "within", "geometry": "Point", "coordinates": "[1"}, 400, "BadRequestData"),
        ({"georel": "within", "geometry": "Polygon", "coordinates": "[[[1,2]]]"}, 400,
         "BadRequestData"),
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_is_refused(
    rooms: Broker, query: Any, status: int, kind: str
) -> None:
    assert rooms.refused("GET", "/entities", status=status, **query) == kind


def test_an_answer_has_the_form_asked_for(rooms: Broker) -> None:
    two = "urn:ngsi-ld:Room:2"
    assert rooms.get(two, options="keyValues", attrs="heat,name") == room(2, heat=20, name="attic")
    assert rooms.get(two, format="concise", pick="heat") == {"heat": {"value": 20, "by": 7}}
    assert set(rooms.get(two, omit="heat,since,location")) == {"id", "type", "name"}
    assert rooms.get("urn:ngsi-ld:House:4", lang="zh", pick="sign") == {
        "sign": {"type": "Property", "value": "入口", "lang": "zh"}
    }
    geo = rooms.ask("GET", f"/entities/{two}", headers={"accept": "application/geo+json"})
    assert geo.headers["content-type"] == "application/geo+json"
    assert geo.json()["geometry"] == {"type": "Point", "coordinates": [5, 5]}
    assert rooms.refused("GET", f"/entities/{two}", status=404, attrs="none") == "ResourceNotFound"


def test_linked_entities_come_along_when_asked_for(broker: Broker) -> None:
    settle(broker)
    broker.create({"id": "urn:ngsi-ld:City:1", "type": "City", "name": "Tianjin"})
    house = "urn:ngsi-ld:House:4"
    inside = broker.get(house, join="inline", options="keyValues", pick="isIn{name}")
    assert inside == {"isIn": {"name": "Tianjin"}}
    flat = broker.get(house, join="flat", options="keyValues", pick="id,isIn")
    assert [one["id"] for one in flat] == [house, "urn:ngsi-ld:City:1"]


def test_types_and_attributes_are_told(rooms: Broker) -> None:
    assert rooms.done("GET", "/types", status=200)["typeList"] == ["Home", "House", "Room"]
    told = rooms.done("GET", "/types/Room", status=200)
    assert told["entityCount"] == 3
    assert {"heat", "open", "tags"} < {one["attributeName"] for one in told["attributeDetails"]}
    heat = rooms.done("GET", "/attributes/heat", status=200)
    assert (heat["attributeCount"], heat["typeNames"]) == (3, ["Room"])
    assert "isIn" in rooms.done("GET", "/attributes", status=200)["attributeList"]
    assert rooms.refused("GET", "/types/Ship", status=404) == "ResourceNotFound"
    assert rooms.refused("GET", "/attributes/keel", status=404) == "ResourceNotFound"
