"""Who may do what: every route against every role, the door's checks, tokens and sessions."""

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from haihe.errors import NotAllowed
from haihe.serve.access import (
    ANYONE,
    FAILURES_MAX,
    Grant,
    Role,
    check_binding,
    list_tokens,
    make_token,
    revoke_token,
)
from haihe.serve.calling import Operation
from haihe.serve.routes import ROUTES
from tests.serve.world import BASE, Client, World, a_world

# What stands in a route's braces when the table is walked.
PLACES = {
    "{name}": "t.air", "{stream}": "t.air", "{case}": "t-1", "{order:path}": "t-1/1",
    "{entity:path}": "zone/7", "{rule}": "t.methane-high", "{offset}": "0",
}  # fmt: skip
# The table of the brief, written out again: who may, by method and path.
SEES = {"viewer", "officer", "engineer", "admin"}
OWNS = SEES | {"enterprise"}
ACTS = {"officer", "admin"}
CHANGES = {"engineer", "admin"}
SENDS = {"source", "engineer", "admin"}
ALL = OWNS | {"source"}
MAY: dict[str, set[str]] = {
    "GET /streams": OWNS,
    "POST /streams/{name}": SENDS,
    "GET /streams/{name}": OWNS,
    "PUT /streams/{name}": CHANGES,
    "GET /streams/{name}/declaration": OWNS,
    "GET /live/{stream}": OWNS,
    "GET /live/{stream}/box": OWNS,
    "GET /live/{stream}/near": OWNS,
    "GET /history/{stream}": OWNS,
    "GET /history/{stream}/series": OWNS,
    "GET /entities": OWNS,
    "GET /entities/{entity:path}": OWNS,
    "PUT /entities/{entity:path}": CHANGES,
    "GET /cases": OWNS,
    "GET /cases/{case}": OWNS,
    "GET /cases/{case}/why": OWNS,
    "GET /cases/{case}/proof": SEES,
    "POST /cases/{case}/actions": ACTS,
    "GET /orders": SEES,
    "POST /orders/{order:path}/actions": ACTS,
    "GET /alarms": SEES,
    "GET /rules": SEES,
    "POST /rules/{rule}/actions": ACTS | CHANGES,
    "GET /rules/{rule}/agreement": SEES,
    "GET /quarantine": SEES,
    "POST /quarantine/{offset}/release": CHANGES,
    "GET /outbox": SEES,
    "POST /outbox/{order:path}/release": CHANGES,
    "GET /health": SEES,
    "GET /health/live": ALL | {"nobody"},
    "GET /packs": SEES,
    "GET /checkpoint": SEES,
    "GET /access": {"enterprise", "admin"},
    "GET /events": SEES,
    "GET /session": ALL,
    "POST /session": ALL | {"nobody"},
    "DELETE /session": ALL | {"nobody"},
}


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


def test_a_token_is_kept_as_its_hash_in_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    text = make_token(tmp_path, "ann", grant=Grant(Role.OFFICER))
    path = tmp_path / "tokens.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert text not in path.read_text()
    assert len(text) >= 32
    assert [(token.name, token.role) for token in list_tokens(tmp_path)] == [("ann", "officer")]
    assert revoke_token(tmp_path, "ann")
    assert not revoke_token(tmp_path, "ann")
    assert list_tokens(tmp_path) == ()


@pytest.mark.parametrize(
    ("name", "grant", "words"),
    [
        ("", Grant(Role.VIEWER), "1 to 80"),
        ("a\nb", Grant(Role.VIEWER), "one line"),
        ("ann", Grant(Role.ENTERPRISE), "owner"),
        ("ann", Grant(Role.VIEWER, owner="acme"), "owner"),
        ("ann", Grant(Role.VIEWER, days=0), "1 or more"),
    ],
)
def test_a_grant_that_cannot_be_is_refused(
    tmp_path: Path, name: str, grant: Grant, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        make_token(tmp_path, name, grant=grant)


def test_two_tokens_never_have_one_name(tmp_path: Path) -> None:
    make_token(tmp_path, "ann", grant=Grant(Role.VIEWER))
    with pytest.raises(ValueError, match="there is a token for 'ann'"):
        make_token(tmp_path, "ann", grant=Grant(Role.ADMIN))


def test_a_token_file_nobody_can_read_lets_nobody_in(world: World) -> None:
    (world.folder / "tokens.json").write_text("{")
    world.app.platform.access._book.look_again()
    assert world.client.get(f"{BASE}/health").status_code == 401


def test_an_expired_token_is_not_taken_and_keeps_the_door_closed(world: World) -> None:
    text = world.give_token(Role.ADMIN)
    path = world.folder / "tokens.json"
    tokens = json.loads(path.read_text())
    tokens[0]["expires_at"] = 1
    path.write_text(json.dumps(tokens))
    os.utime(path, ns=(1, 1))
    world.app.platform.access._book.look_again()
    headers = {"authorization": f"Bearer {text}"}
    assert world.client.get(f"{BASE}/health", headers=headers).status_code == 401
    assert world.client.get(f"{BASE}/health").status_code == 401


def test_listening_beyond_the_machine_needs_a_token_in_force(tmp_path: Path) -> None:
    check_binding("127.0.0.1", ())
    check_binding("::1", ())
    for host in ("0.0.0.0", "10.0.0.5", "::", "city.example"):
        with pytest.raises(NotAllowed, match="no token in force"):
            check_binding(host, ())
    make_token(tmp_path, "ann", grant=Grant(Role.ADMIN))
    check_binding("0.0.0.0", list_tokens(tmp_path))


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


def test_an_enterprise_sees_its_own_alone_and_every_look_is_in_the_log(world: World) -> None:
    title = {"zh": "站", "en": "station"}
    world.put("/entities/plant/1", {"title": title, "owner": "acme"})
    world.put("/entities/plant/2", {"title": title, "owner": "rival"})
    for plant in ("plant/1", "plant/2"):
        world.post("/streams/t.air", {"entity": plant, "methane": 40}, status=201)
        world.post("/streams/t.car", {"entity": plant, "lon": 117.7, "lat": 39.0}, status=201)
    enterprise = {"authorization": f"Bearer {world.give_token(Role.ENTERPRISE)}"}
    admin = {"authorization": f"Bearer {world.give_token(Role.ADMIN)}"}
    for path in (
        "/entities", "/live/t.air", "/streams/t.air", "/cases", "/entities/plant/1",
        "/live/t.car/box?west=117&south=38&east=118&north=40", "/live/t.car/near?lon=117&lat=39",
    ):  # fmt: skip
        answer = world.client.get(BASE + path, headers=enterprise)
        assert answer.status_code == 200, answer.text
        assert "plant/1" in answer.text, path
        assert "plant/2" not in answer.text, path
    for path in ("/entities/plant/2", "/live/t.air?entity=plant/2", "/cases/t-2"):
        assert world.client.get(BASE + path, headers=enterprise).status_code == 404, path
    assert world.client.get(f"{BASE}/cases/t-1", headers=enterprise).status_code == 200
    world.client.get(f"{BASE}/entities/plant/1", headers=admin)
    looks = world.client.get(f"{BASE}/access", headers=enterprise).json()["records"]
    assert {look["entity"] for look in looks} == {"enterprise/acme"}
    assert [look["subject"] for look in looks if look["person"].startswith("admin")] == ["plant/1"]
    assert len(looks) == 9
    every = world.client.get(f"{BASE}/access", headers=admin).json()["records"]
    assert {look["entity"] for look in every} == {"enterprise/acme"}
