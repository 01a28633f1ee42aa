"""Every route tried by every role, as docs/api.md says; and by who has no business there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from haihe.model.time import DAY, HOUR
from haihe.serve.access import ANYONE, EVERYONE, Grant, Role
from haihe.serve.access.tokens import make_token
from haihe.serve.calling import Operation
from haihe.serve.rights import rights
from haihe.serve.routes import ROUTES
from tests.serve.people import Person, another, first
from tests.serve.rights import read_rights, written
from tests.serve.world import BASE, World, a_world

# What stands in a route's braces when the table is walked.
PLACES = {
    "{name}": "t.air", "{stream}": "t.air", "{case}": "t-1", "{order:path}": "t-1/1",
    "{entity:path}": "zone/7", "{rule}": "t.methane-high", "{offset}": "0",
    "{sink}": "0", "{pack}": "none", "{document}": "daily-1", "{sha256}": "0" * 64,
    "{account}": "nobody", "{session}": "none", "{token:path}": "none",
    "{application:path}": "none", "{application}": "none", "{book}": "none",
    "{enterprise}": "acme-2", "{payment}": "none", "{scheme}": "none", "{year}": "2026",
    "{backtest}": "1",
}  # fmt: skip
MAY, VERBS = read_rights()  # Who may, by route, and by route and verb.
NEEDS = {  # What the query of a route must say.
    "/history/{stream}": "?entity=zone/7",
    "/history/{stream}/series": "?entity=zone/7&field=methane",
    "/live/{stream}/box": "?west=0&south=0&east=1&north=1",
    "/live/{stream}/near": "?lon=0&lat=0",
    "/loops/{rule}/orders": "?entity=zone/7",
    "/map": "?west=-180&south=-90&east=180&north=90",
    "/rules/{rule}/why-not": "?entity=zone/7",
    "/traffic/junctions/{entity:path}/advice": "?lane=none&to_line_m=1&limit_m_s=1",
    "/traffic/charts/junction": "?entity=zone/7",
    "/traffic/charts/coordination": "?entity=zone/7&phase=1",
    "/traffic/charts/corridor": "?corridor=none",
    "/traffic/charts/comparison": "?before_from=&before_to=&after_from=&after_to=",
}
WALKED = [route for route in ROUTES if route.path != "/events"]  # That one never ends.


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server with a case, and a token for every role; nobody hears its events."""
    with a_world(tmp_path_factory.mktemp("roles"), clients_max=0) as made:
        made.leak()
        for role in Role:
            made.give_token(role)
        yield made


def name_of(route: Operation) -> str:
    return f"{route.method} {route.path.replace(':path', '')}"


def address(route: Operation) -> str:
    path = route.path
    for braces, place in PLACES.items():
        path = path.replace(braces, place)
    return BASE + path + NEEDS.get(route.path, "")


def bearing(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_the_guide_has_the_table_as_it_is() -> None:
    if written() != rights(ROUTES) and written().strip() != rights(ROUTES).strip():
        pytest.fail("put what 'haihe openapi --rights' prints into docs/api.md", pytrace=False)
    assert {name_of(route) for route in ROUTES} == MAY.keys()
    assert len(VERBS) > 10


@pytest.mark.parametrize("role", [*Role, None])
def test_a_route_lets_in_exactly_its_roles(guarded: World, role: Role | None) -> None:
    heads = bearing(guarded.tokens[role]) if role is not None else {}
    for route in ROUTES:
        answer = guarded.client.request(route.method, address(route), headers=heads)
        code = answer.json()["error"]["code"] if answer.status_code >= 400 else ""
        name = name_of(route)
        if role is None and "nobody" not in MAY[name]:
            assert answer.status_code == 401, name
        elif (role.value if role is not None else "nobody") in MAY[name]:
            assert code not in ("no-token", "forbidden"), name
        else:
            assert (answer.status_code, code) == (403, "forbidden"), name


@pytest.mark.parametrize("role", Role)
def test_a_verb_is_had_by_exactly_its_roles(guarded: World, role: Role) -> None:
    for name, may in VERBS.items():
        _, path, verb = name.split()
        place = path.replace("{order}", "t-9/1").replace("{case}", "t-9").replace("{rule}", "t.no")
        heads = bearing(guarded.tokens[role])
        answer = guarded.client.post(BASE + place, json={"verb": verb}, headers=heads)
        assert (answer.status_code == 403) == (role.value not in may), (name, answer.text)


def test_who_is_not_known_any_more_comes_in_nowhere(tmp_path: Path) -> None:
    """An expired token, a token and a session of a disabled account, and one of nobody's."""
    with a_world(tmp_path, clients_max=0) as world:
        ann = first(world)
        bo = another(
            ann, "Bo", *(role for role in EVERYONE if role not in (Role.ENTERPRISE, Role.CREW))
        )
        grant = {"roles": ["admin"]}
        own = bo.does("POST", "/tokens", {"name": "own", "grant": grant}, status=201)["token"]
        late = make_token(tmp_path, "late", grant=Grant((Role.ADMIN,)), days=1)
        access = world.app.platform.access
        access.book.look_again()
        assert world.client.get(f"{BASE}/health", headers=bearing(late)).status_code == 200
        rights_of = {"grant": {"roles": ["admin"]}, "is_disabled": True}
        ann.does("PUT", "/accounts/Bo", rights_of)
        now = access.clock.now
        access.clock.now = lambda: now() + 2 * DAY + HOUR  # type: ignore[method-assign]  # A token's life.
        for route in ROUTES:
            if route.roles == ANYONE:
                continue
            asked = (route.method, address(route).removeprefix(BASE))
            assert bo.ask(*asked).status_code == 401, name_of(route)
            for token in (own, late):
                by_token = Person(world).ask(*asked, heads=bearing(token))
                assert by_token.status_code in (401, 429), name_of(route)


def parts(role: Role) -> list[Grant]:
    """A role's rights over other packs only, and over other areas only."""
    owner = "acme" if role is Role.ENTERPRISE else ""
    teams = ("*",) if role is Role.CREW else ()
    packs = Grant((role,), packs=("other",), owner=owner, assignees=teams)
    return [packs, Grant((role,), areas=("elsewhere/",), owner=owner, assignees=teams)]


@pytest.mark.parametrize("role", Role)
def test_who_has_a_part_only_learns_and_changes_nothing_of_another(
    guarded: World, role: Role
) -> None:
    for place, grant in enumerate(parts(role)):
        name = f"part-{role}-{place}"
        token = make_token(guarded.folder, name, grant=grant)
        guarded.app.platform.access.book.look_again()
        before = guarded.node.log.next_offset
        for route in WALKED:
            of_house = not grant.packs and "{name}" in route.path  # What a stream is, is no secret.
            if route.roles == ANYONE or role not in route.roles:
                continue
            answer = guarded.client.request(
                route.method, address(route), headers=bearing(token), json=a_body(route)
            )
            told = answer.text if answer.status_code < 400 else ""
            label = f"{name} {name_of(route)}"
            assert "zone/7" not in told, label
            assert not grant.packs or "t.methane" not in told, label
            if route.method != "GET" and "{" in route.path and not of_house:
                assert answer.status_code >= 400, label
        entries = guarded.node.log.read(before)
        assert all(entry.header.stream != "t.air" for entry in entries)


def a_body(route: Operation) -> object:
    """What fits, where it is known; anything else is refused for its form."""
    if route.path == "/streams/{name}":
        return {"entity": "zone/7", "methane": 1}
    verbs = [name.split()[2] for name in VERBS if name.startswith(name_of(route) + " ")]
    return {"verb": verbs[-1], "reason": "x"} if verbs else None
