"""Who may do what: every route against every role, the door's checks, tokens and sessions."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from haihe.serve.access import ANYONE, Role
from haihe.serve.access.tokens import revoke_token
from haihe.serve.access.tries import FAILURES_MAX
from haihe.serve.calling import Operation
from haihe.serve.routes import ROUTES
from tests.serve.world import BASE, Client, World, a_world

# What stands in a route's braces when the table is walked.
PLACES = {
    "{name}": "t.air", "{stream}": "t.air", "{case}": "t-1", "{order:path}": "t-1/1",
    "{entity:path}": "zone/7", "{rule}": "t.methane-high", "{offset}": "0",
    "{sha256}": "0" * 64, "{account}": "nobody", "{document}": "daily-1", "{session}": "none",
    "{token:path}": "none",
}  # fmt: skip
# The table of the brief, written out again: who may, by method and path.
SEES = {"viewer", "officer", "dispatcher", "engineer", "auditor", "admin"}
OWNS = SEES | {"crew", "enterprise"}
ACTS = {"officer", "dispatcher", "admin"}
CHANGES = {"engineer", "admin"}
SENDS = {"source", "engineer", "admin"}
LOOKS = {"auditor", "admin"}
RULES = {"admin"}
ALL = OWNS | {"source"}
ANY = ALL | {"nobody"}
MAY: dict[str, set[str]] = {
    "GET /streams": OWNS,
    "POST /streams/{name}": SENDS,
    "GET /streams/{name}": OWNS,
    "PUT /streams/{name}": CHANGES,
    "GET /streams/{name}/declaration": OWNS,
    "GET /live/{stream}": OWNS,
    "GET /live/{stream}/box": OWNS,
    "GET /live/{stream}/near": OWNS,
    "GET /map": OWNS,
    "GET /basemap": OWNS,
    "GET /basemap/tiles": OWNS,
    "GET /vitals": SEES,
    "GET /history/{stream}": OWNS,
    "GET /history/{stream}/series": OWNS,
    "GET /entities": OWNS,
    "GET /entities/{entity:path}": OWNS,
    "PUT /entities/{entity:path}": CHANGES,
    "GET /cases": OWNS,
    "GET /cases/{case}": OWNS,
    "GET /cases/{case}/why": OWNS,
    "GET /cases/{case}/proof": SEES,
    "GET /cases/{case}/pdf": SEES,
    "GET /cases/{case}/neighbours": SEES,
    "POST /cases/{case}/actions": ACTS,
    "GET /cases/{case}/messages": OWNS,
    "POST /cases/{case}/files": ACTS,
    "GET /cases/{case}/files/{sha256}": OWNS,
    "POST /orders/{order:path}/files": ACTS | {"crew"},
    "GET /orders": SEES | {"crew"},
    "POST /orders/{order:path}/actions": ACTS | {"crew"},
    "GET /alarms": SEES,
    "GET /alarms/report": SEES,
    "GET /rules": SEES,
    "POST /rules/{rule}/actions": {"officer", "engineer", "admin"},
    "GET /rules/{rule}/agreement": SEES,
    "GET /rules/{rule}/quieting": {"officer", "engineer", "admin"},
    "POST /rules/{rule}/backtest": {"officer", "engineer", "admin"},
    "GET /rules/{rule}/why-not": SEES,
    "GET /quarantine": SEES,
    "POST /quarantine/{offset}/release": CHANGES,
    "GET /outbox": SEES,
    "POST /outbox/{order:path}/release": CHANGES,
    "GET /health": SEES,
    "GET /health/live": ANY,
    "GET /packs": SEES,
    "GET /checkpoint": SEES,
    "GET /access": LOOKS | {"enterprise"},
    "GET /events": OWNS,
    "GET /drill": SEES | {"crew"},
    "POST /drill": {"officer", "engineer", "admin"},
    "POST /drill/actions": {"officer", "engineer", "admin"},
    "GET /drill/sheet": SEES,
    "GET /drills": SEES,
    "GET /reports": SEES,
    "POST /reports": ACTS,
    "GET /reports/figures": SEES,
    "GET /reports/{document}": SEES,
    "POST /reports/{document}/signatures": ACTS,
    "GET /reports/{document}/proof": SEES,
    "GET /setup": ANY,
    "POST /setup": ANY,
    "GET /session": ALL,
    "POST /session": ANY,
    "DELETE /session": ANY,
    "PUT /session/password": ALL,
    "GET /session/provider": ANY,
    "GET /session/provider/back": ANY,
    "GET /sessions": ALL,
    "DELETE /sessions": ALL,
    "DELETE /sessions/{session}": ALL,
    "GET /accounts": LOOKS,
    "POST /accounts": RULES,
    "GET /accounts/{account}": LOOKS,
    "PUT /accounts/{account}": RULES,
    "POST /accounts/{account}/password": RULES,
    "GET /tokens": ALL,
    "POST /tokens": ALL,
    "DELETE /tokens/{token:path}": ALL,
}
# Verbs that fewer have than their route: what a role gets is a refusal of the role, or not.
ON_ORDERS = {
    "accept": ACTS | {"crew"}, "handle": ACTS | {"crew"}, "report": ACTS | {"crew"},
    "verify": ACTS, "send-back": ACTS, "cancel": ACTS, "note": ACTS | {"crew"},
}  # fmt: skip
ON_CASES = {"hold": ACTS, "resume": ACTS, "note": ACTS, "override": {"officer", "admin"}}
ON_RULES = {
    "shelve": {"officer", "engineer", "admin"}, "unshelve": {"officer", "engineer", "admin"},
    "shadow": CHANGES, "unshadow": CHANGES, "propose": CHANGES, "agree": CHANGES,
    "decline": CHANGES, "step-back": CHANGES,
}  # fmt: skip


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server with a token for every role, and nobody to hear its events."""
    with a_world(tmp_path_factory.mktemp("roles"), clients_max=0) as made:
        for role in Role:
            made.give_token(role)
        yield made


def name_of(route: Operation) -> str:
    return f"{route.method} {route.path}"


def address(path: str) -> str:
    for braces, place in PLACES.items():
        path = path.replace(braces, place)
    return BASE + path


def test_the_table_of_rights_names_every_route() -> None:
    assert {name_of(route) for route in ROUTES} == MAY.keys()


@pytest.mark.parametrize("role", [*Role, None])
@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_a_route_lets_in_exactly_its_roles(
    guarded: World, route: Operation, role: Role | None
) -> None:
    headers = {"authorization": f"Bearer {guarded.tokens[role]}"} if role is not None else {}
    answer = guarded.client.request(route.method, address(route.path), headers=headers)
    code = answer.json()["error"]["code"] if answer.status_code >= 400 else ""
    if role is None and route.roles != ANYONE:
        assert answer.status_code == 401
    elif (role.value if role is not None else "nobody") in MAY[name_of(route)]:
        assert code not in ("no-token", "forbidden")
    else:
        assert (answer.status_code, code) == (403, "forbidden")


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    ("path", "verbs"),
    [("/orders/t-9/1", ON_ORDERS), ("/cases/t-9", ON_CASES), ("/rules/t.none", ON_RULES)],
)
def test_a_verb_is_had_by_exactly_its_roles(
    guarded: World, path: str, verbs: dict[str, set[str]], role: Role
) -> None:
    headers = {"authorization": f"Bearer {guarded.tokens[role]}"}
    for verb, may in verbs.items():
        answer = guarded.client.post(f"{BASE}{path}/actions", json={"verb": verb}, headers=headers)
        assert (answer.status_code == 403) == (role.value not in may), (verb, answer.text)


def test_the_operator_of_the_machine_needs_no_token_until_there_is_one(world: World) -> None:
    me = world.get("/session")
    assert me["is_local"]
    assert set(me["roles"]) == {role.value for role in Role}
    world.give_token(Role.ADMIN)
    assert world.client.get(f"{BASE}/health").status_code == 401
    assert world.client.get("/health/live").status_code == 200
    assert world.client.get("/").status_code == 200


def test_who_calls_from_another_machine_or_through_a_proxy_is_not_the_operator(
    world: World,
) -> None:
    far = Client(world.app, address="10.0.0.5")
    assert far.get(f"{BASE}/health").status_code == 401
    far.close()
    proxied = world.client.get(f"{BASE}/health", headers={"x-forwarded-for": "10.0.0.5"})
    assert proxied.status_code == 401


def test_beyond_loopback_nobody_comes_in_without_a_token(tmp_path: Path) -> None:
    with a_world(tmp_path, host="0.0.0.0") as world:
        assert world.client.get(f"{BASE}/health").status_code == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8420", "127.0.0.1.evil.example", ""]
)
def test_a_name_that_is_not_ours_is_refused_against_rebinding(world: World, host: str) -> None:
    answer = world.client.get(f"{BASE}/health", headers={"host": host})
    assert answer.status_code == 421
    assert answer.json()["error"]["code"] == "wrong-host"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8420", "127.0.0.1:1", "[::1]:8420"])
def test_every_name_of_loopback_is_ours(world: World, host: str) -> None:
    assert world.client.get(f"{BASE}/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_page_of_another_site_changes_nothing(world: World, headers: dict[str, str]) -> None:
    record = {"entity": "zone/7", "methane": 1}
    answer = world.client.post(f"{BASE}/streams/t.air", json=record, headers=headers)
    assert answer.status_code == 403
    assert world.get("/live/t.air")["total"] == 0
    answer = world.client.post(f"{BASE}/session", json={"token": "x"}, headers=headers)
    assert answer.status_code == 403


def test_our_own_page_may_change_things(world: World) -> None:
    headers = {"origin": "http://127.0.0.1", "sec-fetch-site": "same-origin"}
    record = {"entity": "zone/7", "methane": 1}
    answer = world.client.post(f"{BASE}/streams/t.air", json=record, headers=headers)
    assert answer.status_code == 201


def test_a_session_stands_for_a_token_until_it_is_revoked(world: World) -> None:
    token = world.give_token(Role.VIEWER)
    signed = world.client.post(f"{BASE}/session", json={"token": token})
    assert signed.status_code == 201
    cookie = signed.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert token not in cookie
    assert world.get("/session")["roles"] == ["viewer"]
    assert revoke_token(world.folder, "viewer-0-")
    world.give_token(Role.ADMIN)
    assert world.client.get(f"{BASE}/session").status_code == 401


def test_signing_out_ends_the_session_at_the_server_too(world: World) -> None:
    token = world.give_token(Role.VIEWER)
    signed = world.client.post(f"{BASE}/session", json={"token": token})
    cookie = signed.headers["set-cookie"].partition(";")[0]
    assert world.client.request("DELETE", f"{BASE}/session").status_code == 204
    assert world.client.get(f"{BASE}/session", headers={"cookie": cookie}).status_code == 401


def test_trying_out_tokens_becomes_slow_and_a_right_one_is_still_taken(world: World) -> None:
    token = world.give_token(Role.VIEWER)
    wrong = {"authorization": "Bearer haihe_wrong"}
    codes = [world.client.get(f"{BASE}/health", headers=wrong).status_code for _ in range(12)]
    assert codes == [401] * FAILURES_MAX + [429] * (12 - FAILURES_MAX)
    right = {"authorization": f"Bearer {token}"}
    assert world.client.get(f"{BASE}/health", headers=right).status_code == 200


def test_a_caller_with_some_packs_sees_nothing_of_the_others(world: World) -> None:
    world.leak()
    headers = {"authorization": f"Bearer {world.give_token(Role.ADMIN, packs=('other',))}"}

    def get(path: str) -> tuple[int, str]:
        answer = world.client.get(BASE + path, headers=headers)
        return answer.status_code, answer.text

    assert get("/streams/t.air")[0] == 403
    assert get("/live/t.air")[0] == 403
    assert get("/cases/t-1")[0] == 404
    for path in ("/streams", "/cases", "/orders", "/alarms", "/rules", "/packs", "/outbox"):
        status, text = get(path)
        assert status == 200
        assert "t.air" not in text
        assert "zone/7" not in text
    sent = world.client.post(
        f"{BASE}/streams/t.air", json={"entity": "z", "methane": 1}, headers=headers
    )
    assert sent.status_code == 403
    acted = world.client.post(
        f"{BASE}/orders/t-1/1/actions", json={"verb": "accept"}, headers=headers
    )
    assert acted.status_code == 404
