"""Crew see and act on the orders of the teams they work for; nobody else is held by that."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from haihe.cli.main import main
from haihe.errors import LogUnavailable
from haihe.serve.access import Caller, Grant, Role
from haihe.serve.access.caller import check_grant, within
from haihe.serve.access.store import FILE_NAME, FORMAT, Account, Store, Token
from tests.serve.people import Person, another, first
from tests.serve.test_access_sight import heard
from tests.serve.test_files import PHOTO, sent
from tests.serve.world import World, a_world


class Yard:
    """A case whose orders go to "gateway" and "crew", and people of several teams."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ann = first(world)
        air = {"entity": "zone/7", "methane": 40, "observed_at": world.now()}
        self.ann.does("POST", "/streams/t.air", air, status=201)
        self.mine = another(self.ann, "Cy", Role.CREW, assignees=["crew"])
        self.wide = another(self.ann, "Wu", Role.CREW, assignees=["c*", "gate*"])
        self.other = another(self.ann, "Od", Role.CREW, assignees=["divers"])
        self.both = another(self.ann, "Bo", Role.CREW, Role.OFFICER, assignees=["divers"])


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    with a_world(tmp_path_factory.mktemp("yard")) as world:
        yield Yard(world)


def ids(person: Person) -> list[str]:
    return [order["id"] for order in person.get("/orders")["orders"]]


def test_crew_see_the_orders_of_their_teams_alone(yard: Yard) -> None:
    assert ids(yard.mine) == ["t-1/2"]
    assert ids(yard.wide) == ["t-1/1", "t-1/2"]
    assert ids(yard.other) == []
    assert ids(yard.both) == ids(yard.ann) == ["t-1/1", "t-1/2"]
    assert yard.mine.get("/session")["assignees"] == ["crew"]


def test_a_case_without_an_order_of_theirs_is_not_there_for_crew(yard: Yard) -> None:
    assert [case["id"] for case in yard.mine.get("/cases")["cases"]] == ["t-1"]
    assert yard.other.get("/cases") == {"cases": [], "counts": {}}
    for path in ("/cases/t-1", "/cases/t-1/why", "/cases/t-1/messages"):
        assert yard.other.ask("GET", path).status_code == 404
        assert yard.mine.ask("GET", path).status_code == 200


def test_within_a_case_crew_see_nothing_of_others_orders(yard: Yard) -> None:
    whole = yard.mine.get("/cases/t-1")
    assert [order["id"] for order in whole["orders"]] == ["t-1/2"]
    lines = [told["line"] for told in whole["timeline"]]
    assert [line["id"] for line in lines if line["line"] == "dispatched"] == ["t-1/2"]
    yard.ann.does("POST", "/orders/t-1/1/actions", {"verb": "note", "reason": "for the gateway"})
    yard.ann.does("POST", "/cases/t-1/actions", {"verb": "note", "reason": "for all"})
    said = [one["words"] for one in yard.mine.get("/cases/t-1/messages")["messages"]]
    assert said == ["for all"]


@pytest.mark.parametrize("verb", ["accept", "report", "note"])
def test_what_is_another_teams_is_not_there_to_act_on(yard: Yard, verb: str) -> None:
    body = {"verb": verb, "reason": "x"}
    assert yard.mine.ask("POST", "/orders/t-1/1/actions", body).status_code == 404
    assert yard.other.ask("POST", "/orders/t-1/2/actions", body).status_code == 404
    assert sent(yard.other, "/orders/t-1/2/files").status_code == 404
    assert sent(yard.mine, "/cases/t-1/files").status_code == 403


def test_crew_attach_to_their_order_and_see_its_photo(yard: Yard) -> None:
    taken = sent(yard.mine, "/orders/t-1/2/files?name=a.png")
    assert taken.status_code == 201, taken.text
    path = f"/cases/t-1/files/{taken.json()['file']['sha256']}"
    assert yard.mine.ask("GET", path).content == PHOTO
    other = sent(yard.wide, "/orders/t-1/1/files?name=b.png")
    assert other.json()["file"]["sha256"] in path  # The same photo, also of another team's order.
    assert yard.other.ask("GET", path).status_code == 404


def test_the_map_and_the_events_tell_crew_of_their_own_cases(yard: Yard) -> None:
    world = yard.world
    place = {"title": {"zh": "站", "en": "zone"}, "lon": 117.5, "lat": 39.0}
    yard.ann.does("PUT", "/entities/zone/7", place, status=201)
    box = "/map?west=117&south=38&east=118&north=40"
    assert "t-1" in json.dumps(yard.mine.get(box))
    assert "t-1" not in json.dumps(yard.other.get(box))
    assert dispatched(yard, yard.mine) == ["t-1/2"]
    assert dispatched(yard, yard.both) == ["t-1/1", "t-1/2"]
    assert heard(world, yard.other) == []


def dispatched(yard: Yard, person: Person) -> list[str]:
    """The orders that somebody hears of."""
    lines = heard(yard.world, person)
    return [line["id"] for line in lines if line["line"] == "dispatched"]


def test_crew_name_their_teams_and_nobody_else_does(yard: Yard) -> None:
    for grant in (
        {"roles": ["crew"]},
        {"roles": ["viewer"], "assignees": ["crew"]},
        {"roles": ["crew"], "assignees": [""]},
        {"roles": ["crew"], "assignees": ["a b"]},
    ):
        body = {"name": "New", "grant": grant}
        assert yard.ann.ask("POST", "/accounts", body).status_code == 422, grant


def test_a_token_of_crew_works_for_no_more_teams_than_they() -> None:
    whole = Grant((Role.CREW,), assignees=("gallery-*",))
    assert within(Grant((Role.CREW,)), whole) == whole
    one = Grant((Role.CREW,), assignees=("gallery-crew",))
    assert within(one, whole) == one
    assert within(Grant((Role.CREW,), assignees=("divers",)), whole) is None
    admin = Grant((Role.ADMIN,))
    check_grant(admin)
    assert within(one, admin) == one
    assert within(Grant((Role.VIEWER,)), admin) == Grant((Role.VIEWER,))


def test_a_store_of_before_is_brought_along_and_its_crew_see_what_they_saw(tmp_path: Path) -> None:
    Store(tmp_path).close()
    db = sqlite3.connect(tmp_path / FILE_NAME)
    for name, roles in (("cy", (Role.CREW,)), ("li", (Role.OFFICER,))):
        old = msgspec.to_builtins(Account(name=name, grant=Grant(roles), made_at=1))
        del old["grant"]["assignees"]
        db.execute("INSERT INTO account VALUES (?,?)", (name, json.dumps(old).encode()))
    grant = {"roles": ["crew"]}
    token = Token(name="cy/pad", grant=Grant((Role.CREW,)), sha256="0", made_at=1, expires_at=2)
    body = {**msgspec.to_builtins(token), "grant": grant}
    db.execute("INSERT INTO token VALUES (?,0,?)", ("cy/pad", json.dumps(body).encode()))
    db.execute("PRAGMA user_version = 1")
    db.commit()
    db.close()
    for _ in range(2):  # It is done once.
        store = Store(tmp_path)
        kept = store.kept()
        assert kept.accounts["cy"].grant.assignees == ("*",)
        assert kept.accounts["li"].grant == Grant((Role.OFFICER,))
        assert kept.tokens["cy/pad"].grant.assignees == ("*",)
        store.close()
    db = sqlite3.connect(tmp_path / FILE_NAME)
    assert db.execute("PRAGMA user_version").fetchone() == (FORMAT,)
    db.execute(f"PRAGMA user_version = {FORMAT + 1}")
    db.close()
    with pytest.raises(LogUnavailable, match="format"):
        Store(tmp_path)


def test_the_command_line_gives_crew_their_teams(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(tmp_path)]
    assert main(["account", "add", "cy", "--role", "crew", *data]) == 3
    teams = ["--assignee", "gallery-crew", "--assignee", "gallery-s*"]
    assert main(["account", "add", "cy", "--role", "crew", *teams, *data]) == 0
    assert main(["account", "list", *data]) == 0
    assert "crew; assignees gallery-crew, gallery-s*" in capsys.readouterr().out


def test_who_is_more_than_crew_is_not_held_by_teams() -> None:
    crew = Caller("cy", frozenset({Role.CREW}), assignees=("a*",))
    assert (crew.works_for("ab"), crew.works_for("b")) == (True, False)
    more = Caller("bo", frozenset({Role.CREW, Role.VIEWER}), assignees=("a*",))
    assert more.works_for("b")
    assert Caller("source", frozenset({Role.SOURCE})).works_for("b")
