"""Who is held to an enterprise's or an area's things sees those alone, by whatever door."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from haihe.serve.access import Role
from haihe.serve.calling import Asked
from haihe.serve.events import EventsQuery, EventStream
from tests.serve.people import Person, another, first
from tests.serve.world import BASE, Heard, World, a_world, scope_of

BOX = "west=117&south=38&east=118&north=40"
MINE, THEIRS = "plant/1", "plant/2"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator["City"]:
    with a_world(tmp_path_factory.mktemp("sight")) as world:
        yield City(world)


class City:
    """Two enterprises with a leak each, one in either district, and who looks at them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ann = first(world)
        for plant, owner, area in ((MINE, "acme", "east"), (THEIRS, "rival", "west")):
            told = {
                "title": {"zh": "站", "en": "station"},
                "owner": owner,
                "relations": {"in": [f"street/{area}"]},
            }
            self.ann.does("PUT", f"/entities/{plant}", told, status=201)
            street = {
                "title": {"zh": "街", "en": "street"},
                "relations": {"area": [f"district/{area}"]},
            }
            self.ann.does("PUT", f"/entities/street/{area}", street, status=201)
            air = {"entity": plant, "methane": 40, "observed_at": world.now()}
            self.ann.does("POST", "/streams/t.air", air, status=201)
            car = {"entity": plant, "lon": 117.7, "lat": 39.0}
            self.ann.does("POST", "/streams/t.car", car, status=201)
            bad = {"entity": plant, "methane": 900}
            self.ann.does("POST", "/streams/t.air", bad, status=422)
        self.acme = another(self.ann, "acme's Li", Role.ENTERPRISE, owner="acme")
        self.east = another(self.ann, "Ost", Role.OFFICER, Role.ENGINEER, areas=["district/east"])
        self.prefix = another(self.ann, "Eins", Role.VIEWER, areas=["plant/1", "zone/"])


PATHS = (
    "/entities", "/live/t.air", "/streams/t.air", "/cases", f"/entities/{MINE}", f"/map?{BOX}",
    f"/live/t.car/box?{BOX}", "/live/t.car/near?lon=117&lat=39", f"/history/t.air?entity={MINE}",
)  # fmt: skip
STAFF = ("/alarms", "/orders", "/quarantine", "/outbox?state=waiting")
GONE = (
    f"/entities/{THEIRS}", f"/live/t.air?entity={THEIRS}", "/cases/t-2", "/cases/t-2/why",
    f"/history/t.air?entity={THEIRS}", f"/history/t.air/series?entity={THEIRS}&field=methane",
)  # fmt: skip


@pytest.mark.parametrize("who", ["acme", "east", "prefix"])
@pytest.mark.parametrize("path", PATHS)
def test_a_list_holds_what_its_reader_is_held_to(city: City, who: str, path: str) -> None:
    person: Person = getattr(city, who)
    answer = person.ask("GET", path)
    assert answer.status_code == 200, answer.text
    assert '"methane":40' in answer.text or MINE in answer.text
    assert THEIRS not in answer.text
    assert "rival" not in answer.text


@pytest.mark.parametrize("who", ["east", "prefix"])
@pytest.mark.parametrize("path", STAFF)
def test_a_list_for_staff_holds_their_area_alone(city: City, who: str, path: str) -> None:
    answer = getattr(city, who).ask("GET", path)
    assert answer.status_code == 200, answer.text
    assert MINE in answer.text
    assert THEIRS not in answer.text


@pytest.mark.parametrize("who", ["acme", "east", "prefix"])
@pytest.mark.parametrize("path", GONE)
def test_what_one_does_not_see_does_not_exist(city: City, who: str, path: str) -> None:
    assert getattr(city, who).ask("GET", path).status_code == 404


def test_ones_own_is_seen_whole(city: City) -> None:
    for path in ("/cases/t-1", f"/history/t.air/series?entity={MINE}&field=methane"):
        assert city.acme.ask("GET", path).status_code == 200


@pytest.mark.parametrize("who", ["acme", "east", "prefix"])
def test_ngsi_ld_shows_no_more(city: City, who: str) -> None:
    person: Person = getattr(city, who)

    def ask(path: str) -> tuple[int, str]:
        heads = {"cookie": f"haihe_session={person.cookies['haihe_session']}"}
        answer = city.world.client.get(f"/ngsi-ld/v1{path}", headers=heads)
        return answer.status_code, answer.text

    status, text = ask("/entities?type=t.air")
    assert (status, "plant/1" in text, "plant/2" in text) == (200, True, False)
    status, text = ask("/entities?type=t.air&count=true&limit=0")
    assert status == 200
    assert ask("/entities/urn:ngsi-ld:t.air:plant%2F1")[0] == 200
    assert ask("/entities/urn:ngsi-ld:t.air:plant%2F2")[0] == 404


def heard(world: World, person: Person) -> list[dict[str, Any]]:
    """The lines that somebody hears from the beginning of the log on."""
    platform = world.app.platform
    scope = scope_of(
        "GET", f"{BASE}/events", cookie=f"haihe_session={person.cookies['haihe_session']}"
    )
    caller = platform.access.caller(scope)

    async def listen() -> bytes:
        said = Heard()

        async def receive() -> Any:
            await asyncio.sleep(0.3)
            return {"type": "http.disconnect"}

        asked = Asked(platform, caller, scope, receive, {}, EventsQuery(after=0), None)
        await EventStream(asked, 0)(scope, receive, said.send)
        return said.body

    events = world.client.run(listen()).decode().split("\n\n")
    return [
        json.loads(event.partition("data: ")[2])["line"] for event in events if "data: " in event
    ]


def test_events_are_of_ones_own_alone(city: City) -> None:
    every = json.dumps(heard(city.world, city.ann))
    assert MINE in every
    assert THEIRS in every
    for person in (city.acme, city.east, city.prefix):
        lines = heard(city.world, person)
        text = json.dumps(lines)
        assert {"case-opened", "decided", "dispatched"} <= {line["line"] for line in lines}
        assert MINE in text
        assert THEIRS not in text
        assert "t-2" not in text


def test_events_end_when_the_listener_may_hear_no_more(city: City) -> None:
    bo = another(city.ann, "Bo", Role.VIEWER)
    platform = city.world.app.platform
    scope = scope_of("GET", f"{BASE}/events", cookie=f"haihe_session={bo.cookies['haihe_session']}")
    caller = platform.access.caller(scope)
    rights = {"grant": {"roles": ["viewer"]}, "is_disabled": True}
    city.ann.does("PUT", "/accounts/bo", rights)

    async def listen() -> bytes:
        said = Heard()

        async def receive() -> Any:
            await asyncio.sleep(30)

        asked = Asked(platform, caller, scope, receive, {}, EventsQuery(after=0), None)
        async with asyncio.timeout(5):
            await EventStream(asked, 0)(scope, receive, said.send)
        return said.body

    assert b"data: " not in city.world.client.run(listen())


def test_every_look_is_shown_to_whose_it_is_and_to_nobody_else(tmp_path: Path) -> None:
    with a_world(tmp_path) as world:
        city = City(world)
        for path in (*STAFF, *PATHS, "/cases/t-1"):
            city.ann.ask("GET", path)
        heard(city.world, city.ann)
        looks = city.acme.get("/access")["records"]
        assert {look["entity"] for look in looks} == {"enterprise/acme"}
        subjects = [look["subject"] for look in looks if look["person"] == "Ann"]
        wanted = {
            "alarms", "orders", "quarantine", "outbox", "entities", "cases", "case t-1", "events",
            "stream t.air", "stream t.car", MINE, "history t.air plant/1",
        }  # fmt: skip
        assert wanted <= set(subjects)
        assert subjects.count("events") == 1, "one look is one line, however long it lasts"
        routes = {look["route"] for look in looks}
        assert "GET /api/v1/alarms" in routes


@pytest.mark.parametrize(
    "path",
    ["/streams/haihe.access", "/live/haihe.access", "/history/haihe.people?entity=account/ann",
     "/streams/haihe.people", "/streams/haihe.people/declaration"],
)  # fmt: skip
def test_who_looked_at_what_is_not_for_everybody(city: City, path: str) -> None:
    viewer = another(city.ann, f"V {hash(path) % 10**9}", Role.VIEWER, Role.ENGINEER)
    assert viewer.ask("GET", path).status_code == 403
    auditor = another(city.ann, f"A {hash(path) % 10**9}", Role.AUDITOR)
    assert auditor.ask("GET", path).status_code == 200
    assert city.acme.ask("GET", path).status_code == 403


def test_who_has_an_area_writes_nothing_outside_it(city: City) -> None:
    record = {"entity": MINE, "methane": 1, "observed_at": city.world.now()}
    city.east.does("POST", "/streams/t.air", record, status=201)
    both = [record, {**record, "entity": THEIRS}]
    for body in ({**record, "entity": THEIRS}, both, {"entity": THEIRS, "methane": 900}):
        assert city.east.ask("POST", "/streams/t.air", body).status_code == 403
    city.east.does("POST", "/orders/t-2/1/actions", {"verb": "accept"}, status=404)
    city.east.does("POST", "/cases/t-2/actions", {"verb": "note", "reason": "x"}, status=404)
    told = {"title": {"zh": "站", "en": "station"}}
    city.east.does("PUT", f"/entities/{MINE}", told, status=403)
    heads = {
        "cookie": f"haihe_session={city.east.cookies['haihe_session']}",
        "origin": "http://127.0.0.1",
    }
    room = {"id": "urn:ngsi-ld:Room:1", "type": "Room"}
    answer = city.world.client.post("/ngsi-ld/v1/entities", json=room, headers=heads)
    assert answer.status_code == 403


def test_a_ring_of_relations_ends(city: City) -> None:
    title = {"zh": "环", "en": "ring"}
    for one, other in (("ring/1", "ring/2"), ("ring/2", "ring/1")):
        told = {"title": title, "relations": {"in": [other]}}
        city.ann.does("PUT", f"/entities/{one}", told, status=201)
    assert city.east.ask("GET", "/entities/ring/1").status_code == 404
