"""An enterprise sees itself, does its own orders, and learns nothing of another, on any route."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haihe.model import MINUTE, Case, Decision, Order, Text
from haihe.pack import Pack, View
from haihe.serve.access import ANYONE, Role
from haihe.serve.routes import ROUTES
from tests.serve.people import SECRET, Person, another, first
from tests.serve.world import BASE, PACK, World, a_world

OWNERS: Final = ("alpha", "beta")
THINGS: Final = 3  # Of each enterprise; and one that is nobody's.


def ask_the_owner(case: Case, view: View) -> Decision:
    """The enterprise itself mends what is its own, and a crew looks."""
    owner = case.entity.partition("/")[0]
    orders = tuple(
        Order(
            action=action,
            entity=case.entity,
            assignee=assignee,
            due_in=MINUTE,
            title=Text(zh=f"{case.entity} 检修", en=f"mend {case.entity}"),
        )
        for action, assignee in (("mend", f"enterprise/{owner}"), ("inspect", "crew"))
    )
    return Decision(orders=orders, why=Text(zh=f"{case.entity} 超限", en=f"{case.entity} is over"))


WORKS: Final[Pack] = replace(
    PACK, playbooks=(replace(PACK.playbooks[0], decide=ask_the_owner),), name="t"
)


class Zone:
    """A world of two enterprises whose data lie among each other's."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ann = first(world)
        self.officer = another(self.ann, "Bo", Role.OFFICER)
        self.people = {
            owner: another(self.ann, f"{owner} works", Role.ENTERPRISE, owner=owner)
            for owner in OWNERS
        }
        for owner in (*OWNERS, ""):
            for number in range(THINGS if owner else 1):
                thing = f"{owner or 'public'}/{number}"
                body = {"title": {"zh": f"{thing} 号", "en": f"No. {thing}"}, "owner": owner}
                place = {"lon": 117.7 + number / 1000, "lat": 39.0}
                self.ann.does("PUT", f"/entities/{thing}", {**body, **place}, status=201)

    def hear(self, said: list[tuple[str, int, float]]) -> None:
        """Records of both, one after the other as they come."""
        for owner, number, methane in said:
            thing = f"{owner}/{number}"
            note = f"told by {owner}"
            record = {"entity": thing, "methane": methane, "note": note}
            self.ann.does("POST", "/streams/t.air", record, status=201)
            car = {"entity": thing, "lon": 117.7, "lat": 39.0}
            self.ann.does("POST", "/streams/t.car", car, status=201)


@pytest.fixture(scope="module")
def zone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zone]:
    with a_world(tmp_path_factory.mktemp("works"), pack=WORKS, clients_max=0) as world:
        yield Zone(world)


said = st.lists(
    st.tuples(
        st.sampled_from(OWNERS), st.integers(0, THINGS - 1), st.sampled_from([1.0, 19.0, 35.0])
    ),
    min_size=1,
    max_size=6,
)


def addresses(zone: Zone) -> Iterator[tuple[str, str]]:
    """Every way that an enterprise may ask, about everything there is."""
    cases = [case["id"] for case in zone.ann.get("/cases?limit=1000")["cases"]]
    orders = [f"{case}/{number}" for case in cases for number in (1, 2)]
    things = [f"{owner}/{number}" for owner in OWNERS for number in range(THINGS)]
    places: dict[str, list[str]] = {
        "{name}": ["t.air"], "{stream}": ["t.air", "t.car"], "{case}": cases,
        "{order:path}": orders, "{entity:path}": things, "{rule}": ["t.methane-high"],
        "{offset}": ["0"], "{account}": list(OWNERS), "{session}": ["x"], "{token:path}": ["x"],
    }  # fmt: skip
    for route in ROUTES:
        if Role.ENTERPRISE not in route.roles or route.roles == ANYONE or route.path == "/events":
            continue
        paths = [route.path]
        for braces, names in places.items():
            if braces in route.path:
                paths = [path.replace(braces, name) for path in paths for name in names]
        for path in paths:
            yield from ((route.method, path + query) for query in queries(route.path, things))


def queries(path: str, things: list[str]) -> list[str]:
    box = "?west=-180&south=-90&east=180&north=90"
    match path:
        case "/live/{stream}":
            return ["", *(f"?entity={thing}" for thing in things)]
        case "/live/{stream}/box" | "/map":
            return [box]
        case "/live/{stream}/near":
            return ["?lon=117.7&lat=39&count=100"]
        case "/history/{stream}":
            return [f"?entity={thing}" for thing in things]
        case "/history/{stream}/series":
            return [f"?entity={thing}&field=methane" for thing in things]
        case "/streams/{name}":
            return ["", *(f"?entity={thing}" for thing in things)]
        case "/access":
            return ["", "?newest=true", *(f"?entity={thing}" for thing in things)]
        case "/cases":
            return ["", "?state=open", "?state=closed"]
        case "/orders":
            return ["", "?assignee=enterprise/beta", "?assignee=enterprise/alpha", "?assignee=crew"]
        case _:
            return [""]


NGSI: Final = (
    "/ngsi-ld/v1/entities?type=t.air", "/ngsi-ld/v1/entities/urn:ngsi-ld:t.air:{thing}",
    "/ngsi-ld/v1/types",
)  # fmt: skip


@given(said=said)
@settings(max_examples=4)
def test_nothing_of_another_is_in_any_answer(
    zone: Zone, said: list[tuple[str, int, float]]
) -> None:
    zone.hear(said)
    asked = list(addresses(zone))
    assert len(asked) > 50
    for owner, other in (OWNERS, OWNERS[::-1]):
        person = zone.people[owner]
        for method, path in asked:
            if method in ("DELETE", "PUT"):
                continue  # One's own sessions and password; nothing is told.
            body = {"verb": "accept"} if method == "POST" and "orders" in path else None
            answer = person.ask(method, path, body)
            about_other = f"{other}/" in path or f"={other}" in path or f"/{other}" in path
            told = answer.text.replace(path.partition("?")[2], "") if about_other else answer.text
            if answer.status_code >= 400 and about_other:
                continue  # The refusal repeats what was asked.
            assert other not in told, (owner, method, path, told[:400])


@given(said=said)
@settings(max_examples=3)
def test_nothing_of_another_comes_by_ngsi_ld(
    zone: Zone, said: list[tuple[str, int, float]]
) -> None:
    zone.hear(said)
    person = zone.people["alpha"]
    cookie = "; ".join(f"{name}={value}" for name, value in person.cookies.items())
    for path in NGSI:
        place = path.replace("{thing}", "beta/0")
        answer = zone.world.client.ask("GET", place, headers={"cookie": cookie})
        assert "told by beta" not in answer.text
        assert answer.status_code != 200 or "beta/0" not in answer.text


def test_an_enterprise_sees_its_points_and_what_is_wanted_of_it(tmp_path: Path) -> None:
    with a_world(tmp_path, pack=WORKS) as world:
        zone = Zone(world)
        alpha = zone.people["alpha"]
        assert alpha.get("/portal/cases") == {"cases": []}
        zone.hear([("beta", 0, 35.0), ("alpha", 1, 35.0)])
        points = alpha.get("/portal/points")
        assert points["total"] == THINGS
        (spoke,) = [point for point in points["points"] if point["records"]]
        assert spoke["entity"]["id"] == "alpha/1"
        assert {record["stream"] for record in spoke["records"]} == {"t.air", "t.car"}
        (case,) = alpha.get("/portal/cases")["cases"]
        assert (case["entities"], case["title"]["zh"]) == (["alpha/1"], "甲烷高")
        (wanted,) = case["wanted"]
        assert (wanted["title"]["en"], wanted["is_done"]) == ("mend alpha/1", False)
        (order,) = alpha.get("/orders")["orders"]
        assert order["id"] == wanted["order"]


def test_an_enterprise_does_its_own_orders_and_no_others(tmp_path: Path) -> None:
    with a_world(tmp_path, pack=WORKS) as world:
        zone = Zone(world)
        zone.hear([("alpha", 1, 35.0), ("beta", 0, 35.0)])
        alpha = zone.people["alpha"]
        (own,) = [order["id"] for order in alpha.get("/orders")["orders"]]
        (beta,) = [order["id"] for order in zone.people["beta"].get("/orders")["orders"]]
        crew = own.replace("/1", "/2")
        for order in (beta, crew):
            assert (
                alpha.ask("POST", f"/orders/{order}/actions", {"verb": "accept"}).status_code == 404
            )
        path = f"/orders/{own}/actions"
        alpha.does("POST", path, {"verb": "accept"})
        done = alpha.does("POST", path, {"verb": "report", "reason": "valve changed"})
        assert (done["state"], done["handler"]) == ("reported", "alpha works")
        for verb in ("verify", "cancel", "send-back"):
            assert alpha.ask("POST", path, {"verb": verb, "reason": "x"}).status_code == 403
        verified = zone.officer.does("POST", path, {"verb": "verify"})
        assert verified["state"] == "verified"
        robot = world.give_token(Role.ENTERPRISE, owner="alpha")
        heads = {"authorization": f"Bearer {robot}"}
        answer = world.client.post(BASE + path, json={"verb": "accept"}, headers=heads)
        assert answer.status_code == 403
        assert world.client.get(f"{BASE}/portal/points", headers=heads).status_code == 200


def test_who_looked_is_told_newest_first_and_by_entity(tmp_path: Path) -> None:
    with a_world(tmp_path, pack=WORKS) as world:
        zone = Zone(world)
        zone.hear([("alpha", 1, 1.0)])
        zone.officer.get("/entities/alpha/1")
        zone.officer.get("/history/t.air?entity=alpha/1")
        zone.officer.get("/entities/alpha/2")
        alpha = zone.people["alpha"]
        told = alpha.get("/access?newest=true&limit=3")["records"]
        assert [row["subject"] for row in told] == ["alpha/2", "history t.air alpha/1", "alpha/1"]
        own: list[Any] = alpha.get("/access?newest=true&entity=alpha/1")["records"]
        assert [row["subject"] for row in own] == ["history t.air alpha/1", "alpha/1"]
        assert alpha.ask("GET", "/access?entity=beta/1").status_code == 404
        assert zone.people["beta"].get("/access?newest=true")["records"] == []
        assert zone.ann.get("/access?newest=true&entity=alpha/2")["records"] != []


def test_who_is_no_enterprise_has_no_portal(world: World) -> None:
    answer = world.client.get(f"{BASE}/portal/points")
    assert answer.status_code == 403
    assert "role enterprise" in answer.json()["error"]["what_to_do"]
    assert Person(world).sign_in("nobody", SECRET) == 401
