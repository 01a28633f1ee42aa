"""@context, content types and headers. Expected answers: ETSI GS CIM 009, 5.5.7, 6.3.2 to 6.3.6."""

from typing import Any

import pytest

from tests.serve.ngsi.broker import CITY, JSON_LD, TERMS, Broker, link, number, preload, room
from tests.serve.world import World

ROOM = "urn:ngsi-ld:Room:1"
DEFAULT = "ngsi-ld:default-context/"


def test_names_mean_what_the_contexts_say(world: World, broker: Broker) -> None:
    preload(world.folder)
    broker.create(room(heat=number(1)), headers=link())
    assert broker.get(ROOM, headers=link()) == room(heat=number(1))
    plain = broker.get(ROOM)
    assert plain == {
        "id": ROOM, "type": "https://city.example/terms#Room",
        "https://city.example/terms#heat": number(1),
    }  # fmt: skip
    assert broker.ids(type="Room", q="heat==1", headers=link()) == ["1"]
    assert broker.ids(type="Room") == []
    broker.create(room(2, heat=number(2)))
    assert broker.get("urn:ngsi-ld:Room:2", headers=link()) == {
        "id": "urn:ngsi-ld:Room:2", "type": f"{DEFAULT}Room", f"{DEFAULT}heat": number(2),
    }  # fmt: skip


def test_an_answer_carries_its_context(world: World, broker: Broker) -> None:
    preload(world.folder)
    broker.create({**room(heat=number(1)), "@context": CITY}, kind=JSON_LD)
    answer = broker.ask("GET", f"/entities/{ROOM}", headers=link())
    assert f"<{CITY}>" in answer.headers["link"]
    inside = broker.get(ROOM, headers={**link(), "accept": JSON_LD})
    assert inside["@context"][0] == CITY
    assert inside["@context"][1].startswith("https://uri.etsi.org/ngsi-ld/v1/")


def test_an_unknown_context_is_never_fetched(world: World, broker: Broker) -> None:
    said = broker.done("POST", "/entities", body=room(), status=503, headers=link())
    assert said["type"].endswith("LdContextNotAvailable")
    assert "contexts/city.example/terms.jsonld" in said["detail"]
    sent = [{**room(), "@context": CITY}, {**room(2), "@context": TERMS}]
    answer = broker.done("POST", "/entityOperations/create", body=sent, kind=JSON_LD, status=207)
    assert answer["success"] == ["urn:ngsi-ld:Room:2"]
    preload(world.folder)
    broker.create(room(), headers=link())


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("not a url", 400),
        ("ftp://a/b", 400),
        ("https://../../etc/passwd", 503),
        ("https://a/../../../etc/passwd", 503),
        ("https://a/b\0", 503),
        ("https://" + "a/" * 400, 503),
        ("file:///etc/passwd", 400),
        (5, 400),
        ({"heat": 5}, 400),
        ([[[[[[[[[[[{}]]]]]]]]]]], 400),
        ("https://city.example/loop.jsonld", 400),
        ("https://city.example/broken.jsonld", 400),
        ("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-new.jsonld", 503),
    ],
)
def test_a_context_that_cannot_be_is_refused(
    world: World, broker: Broker, said: Any, status: int
) -> None:
    preload(world.folder, "https://city.example/loop.jsonld", "https://city.example/loop.jsonld")
    (world.folder / "contexts/city.example/broken.jsonld").write_text("{")
    sent = {**room(), "@context": said}
    assert broker.refused("POST", "/entities", body=sent, kind=JSON_LD, status=status)


def test_no_context_changes_a_term_of_the_core(broker: Broker) -> None:
    context = {"location": "https://a.example/place", "value": "https://a.example/v"}
    sent = {**room(location={"type": "Point", "coordinates": [1, 2]}), "@context": context}
    broker.create(sent, kind=JSON_LD)
    assert broker.get(ROOM)["location"]["type"] == "GeoProperty"


@pytest.mark.parametrize(
    ("kind", "body", "headers"),
    [
        ("application/json", {**room(), "@context": TERMS}, {}),
        (JSON_LD, room(), {}),
        (JSON_LD, {**room(), "@context": TERMS}, link()),
        ("application/json", room(), {"link": f"{link()['link']}, {link()['link']}"}),
    ],
)
def test_a_context_in_the_wrong_place_is_refused(
    world: World, broker: Broker, kind: str, body: Any, headers: Any
) -> None:
    preload(world.folder)
    answer = broker.refused("POST", "/entities", body=body, kind=kind, headers=headers, status=400)
    assert answer == "BadRequestData"


def test_what_is_not_spoken_here_is_refused(broker: Broker) -> None:
    broker.create(room())
    assert broker.ask("POST", "/entities", body=room(2), kind="application/xml").status_code == 415
    path = f"/entities/{ROOM}"
    assert broker.ask("GET", path, headers={"accept": "text/html"}).status_code == 406
    assert broker.ask("GET", path, headers={"accept": "text/html, */*;q=0.1"}).status_code == 200
    types = broker.ask("GET", "/types", headers={"accept": "application/geo+json"})
    assert types.status_code == 406
    tenant = broker.ask("GET", path, headers={"ngsild-tenant": "other"})
    assert (tenant.status_code, tenant.json()["type"].rpartition("/")[2]) == (
        404, "NonexistentTenant",
    )  # fmt: skip
    wrong = broker.ask("DELETE", "/types")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET")
    assert broker.refused("GET", "/nothing", status=404) == "ResourceNotFound"
    assert broker.refused("PATCH", "/entities//attrs", body={"a": 1}, status=400)


@pytest.mark.parametrize("path", ["/subscriptions", "/temporal/entities", "/csourceRegistrations"])
def test_what_is_not_done_here_says_so(broker: Broker, path: str) -> None:
    assert broker.refused("GET", path, status=422) == "OperationNotSupported"


def test_a_body_that_is_too_long_is_refused(broker: Broker) -> None:
    client = broker.world.client
    long = {"content-length": str(1 << 40), "content-type": "application/json"}
    answer = client.post("/ngsi-ld/v1/entities", content=b"{}", headers=long)
    assert answer.status_code == 413
    assert set(answer.json()) == {"type", "title", "status", "detail"}
