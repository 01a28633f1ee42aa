"""The door: its checks, tokens and sessions, and what a scope hides."""

from pathlib import Path

import pytest

from haihe.serve.access import Role
from haihe.serve.access.tokens import revoke_token
from haihe.serve.access.tries import FAILURES_MAX
from tests.serve.world import BASE, Client, World, a_world


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
