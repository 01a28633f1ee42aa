"""Tokens: for devices and people's programs, with a scope and an end."""

import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from haihe.cli.main import main
from haihe.errors import MoveIllegal
from haihe.model.time import DAY
from haihe.serve.access import Grant, Role
from haihe.serve.access.caller import within
from haihe.serve.access.store import FILE_NAME
from haihe.serve.access.tokens import list_tokens, make_token, revoke_token
from tests.serve.people import Person, another, first
from tests.serve.world import BASE, World


def bearer(text: str) -> dict[str, str]:
    return {"authorization": f"Bearer {text}"}


def made(person: Person, name: str, *roles: Role, **more: Any) -> str:
    """A new token's text."""
    body = {"name": name, "grant": {"roles": list(roles)}, **more}
    return str(person.does("POST", "/tokens", body, status=201)["token"])


def test_a_token_is_kept_as_its_hash_alone(tmp_path: Path) -> None:
    text = make_token(tmp_path, "gateway-7", grant=Grant((Role.SOURCE,)))
    assert text not in (tmp_path / FILE_NAME).read_bytes().decode("latin-1")
    assert len(text) >= 32
    assert [(token.name, token.grant.roles) for token in list_tokens(tmp_path)] == [
        ("gateway-7", ("source",))
    ]
    assert revoke_token(tmp_path, "gateway-7")
    assert not revoke_token(tmp_path, "gateway-7")
    assert list_tokens(tmp_path) == ()


@pytest.mark.parametrize(
    ("name", "grant", "days", "words"),
    [
        ("", Grant((Role.VIEWER,)), 1, "1 to 64"),
        ("a/b", Grant((Role.VIEWER,)), 1, "letters"),
        ("ann", Grant((Role.ENTERPRISE,)), 1, "owner"),
        ("ann", Grant((Role.VIEWER,), owner="acme"), 1, "owner"),
        ("ann", Grant((Role.VIEWER,)), 0, "1 to 3660"),
        ("ann", Grant((Role.VIEWER,)), 99_999, "1 to 3660"),
    ],
)
def test_a_grant_that_cannot_be_is_refused(
    tmp_path: Path, name: str, grant: Grant, days: int, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        make_token(tmp_path, name, grant=grant, days=days)


def test_two_tokens_never_have_one_name(tmp_path: Path) -> None:
    make_token(tmp_path, "ann", grant=Grant((Role.VIEWER,)))
    with pytest.raises(MoveIllegal, match="there is a token or an account 'ANN'"):
        make_token(tmp_path, "ＡNN", grant=Grant((Role.ADMIN,)))


def test_an_ended_token_is_not_taken_and_keeps_the_door_closed(world: World) -> None:
    text = world.give_token(Role.ADMIN)
    assert world.client.get(f"{BASE}/health", headers=bearer(text)).status_code == 200
    db = sqlite3.connect(world.folder / FILE_NAME)
    db.execute("UPDATE token SET body = json_set(body, '$.expires_at', 1)")
    db.execute("UPDATE setting SET value = value + 1 WHERE name = 'generation'")
    db.commit()
    db.close()
    world.app.platform.access.book.look_again()
    assert world.client.get(f"{BASE}/health", headers=bearer(text)).status_code == 401
    assert world.client.get(f"{BASE}/health").status_code == 401


def test_a_persons_token_acts_under_their_name_and_within_their_rights(world: World) -> None:
    ann = first(world)
    bo = another(ann, "Bo", Role.OFFICER, Role.SOURCE, packs=["t"])
    text = made(bo, "laptop", Role.OFFICER)
    me = world.client.get(f"{BASE}/session", headers=bearer(text)).json()
    assert (me["name"], me["roles"], me["packs"]) == ("Bo", ["officer"], ["t"])
    too_much: list[dict[str, Any]] = [
        {"roles": ["admin"]}, {"roles": ["officer"], "packs": ["other"]},
        {"roles": ["officer"], "packs": ["t", "other"]},
    ]  # fmt: skip
    for grant in too_much:
        body = {"name": "more", "grant": grant}
        assert bo.ask("POST", "/tokens", body).status_code == 422, grant
    ann.does("PUT", "/accounts/bo", {"grant": {"roles": ["viewer"]}})
    assert world.client.get(f"{BASE}/session", headers=bearer(text)).status_code == 401


def test_a_persons_token_ends_with_their_account_and_makes_no_other(world: World) -> None:
    ann = first(world)
    bo = another(ann, "Bo", Role.VIEWER)
    text = made(bo, "laptop", Role.VIEWER)
    body = {"name": "more", "grant": {"roles": ["viewer"]}}
    answer = world.client.post(f"{BASE}/tokens", json=body, headers=bearer(text))
    assert answer.status_code == 403
    change = {"old": "x", "new": "y"}
    answer = world.client.put(f"{BASE}/session/password", json=change, headers=bearer(text))
    assert answer.status_code == 403
    ann.does("PUT", "/accounts/bo", {"grant": {"roles": ["viewer"]}, "is_disabled": True})
    assert world.client.get(f"{BASE}/session", headers=bearer(text)).status_code == 401


def test_what_acts_is_a_person_and_no_token_without_one(world: World) -> None:
    ann = first(world)
    body = {"name": "robot", "grant": {"roles": ["officer"]}, "is_own": False}
    assert ann.ask("POST", "/tokens", body).status_code == 403
    text = made(ann, "gateway-7", Role.SOURCE, is_own=False)
    record = {"entity": "zone/7", "methane": 1}
    answer = world.client.post(f"{BASE}/streams/t.air", json=record, headers=bearer(text))
    assert answer.status_code == 201
    bo = another(ann, "Bo", Role.OFFICER)
    body = {"name": "gateway-8", "grant": {"roles": ["source"]}, "is_own": False}
    assert bo.ask("POST", "/tokens", body).status_code == 403
    taken = {"name": "gateway-7", "grant": {"roles": ["viewer"]}}
    assert ann.ask("POST", "/accounts", taken).status_code == 409


def test_tokens_are_listed_with_their_last_use_and_revoked_by_whose_they_are(world: World) -> None:
    ann = first(world)
    bo = another(ann, "Bo", Role.VIEWER)
    text = made(bo, "laptop", Role.VIEWER, days=7)
    made(ann, "gateway-7", Role.SOURCE, is_own=False)
    (mine,) = bo.get("/tokens")
    assert (mine["name"], mine["used_at"]) == ("Bo/laptop", None)
    assert [each["name"] for each in ann.get("/tokens")] == ["Bo/laptop", "gateway-7"]
    world.client.get(f"{BASE}/session", headers=bearer(text))
    assert bo.get("/tokens")[0]["used_at"] is not None
    access = world.app.platform.access
    access.flush()
    assert time.time_ns() - access.store.kept().used_at["Bo/laptop"] < DAY
    assert bo.ask("DELETE", "/tokens/gateway-7").status_code == 404
    assert another(ann, "Cy", Role.VIEWER).ask("DELETE", "/tokens/Bo/laptop").status_code == 404
    bo.does("DELETE", "/tokens/Bo/laptop", status=204)
    assert world.client.get(f"{BASE}/session", headers=bearer(text)).status_code == 401
    ann.does("DELETE", "/tokens/gateway-7", status=204)


# Of a token, of its account, and what is left of both.
@pytest.mark.parametrize(
    ("token", "account", "left"),
    [
        (Grant((Role.VIEWER,)), Grant((Role.VIEWER, Role.ADMIN)), Grant((Role.VIEWER,))),
        (Grant((Role.VIEWER,)), Grant((Role.ADMIN,)), Grant((Role.VIEWER,))),
        (Grant((Role.ADMIN,)), Grant((Role.VIEWER,)), None),
        (Grant((Role.VIEWER,)), Grant((Role.VIEWER,), ("a",)), Grant((Role.VIEWER,), ("a",))),
        (Grant((Role.VIEWER,), ("a", "b")), Grant((Role.VIEWER,), ("b",)),
         Grant((Role.VIEWER,), ("b",))),
        (Grant((Role.VIEWER,), ("a",)), Grant((Role.VIEWER,), ("b",)), None),
        (Grant((Role.VIEWER,), (), ("zone/7",)), Grant((Role.VIEWER,), (), ("zone/",)),
         Grant((Role.VIEWER,), (), ("zone/7",))),
        (Grant((Role.VIEWER,), (), ("zone/",)), Grant((Role.VIEWER,), (), ("zone/7",)), None),
        (Grant((Role.ENTERPRISE,), owner="a"), Grant((Role.ENTERPRISE,), owner="b"), None),
    ],
)  # fmt: skip
def test_a_token_has_what_it_and_its_account_both_have(
    token: Grant, account: Grant, left: Grant | None
) -> None:
    assert within(token, account) == left


def test_the_command_line_makes_a_token_for_a_person(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    first(world)
    folder = ["--data", str(world.folder)]
    add = ["token", "add", "laptop", "--for", "ANN", "--role", "viewer", "--area", "zone/"]
    assert main([*add, *folder]) == 0
    text = capsys.readouterr().out.strip()
    world.app.platform.access.book.look_again()
    me = world.client.get(f"{BASE}/session", headers=bearer(text)).json()
    assert (me["name"], me["areas"]) == ("Ann", ["zone/"])
    assert main(["token", "list", *folder]) == 0
    assert "Ann/laptop" in capsys.readouterr().out
    assert main(["token", "add", "x", "--for", "nobody", *folder]) == 3
    assert main(["token", "revoke", "Ann/laptop", *folder]) == 0
    assert main(["token", "revoke", "Ann/laptop", *folder]) == 1


def test_the_verifier_is_never_the_handler_by_whatever_door_they_come(world: World) -> None:
    ann = first(world)
    order = "/orders/" + f"{leak(ann)}/2/actions"
    bo = another(ann, "Bo", Role.OFFICER)
    laptop = bearer(made(bo, "laptop", Role.OFFICER))

    def by_laptop(verb: str, **more: str) -> int:
        body = {"verb": verb, **more}
        return world.client.post(BASE + order, json=body, headers=laptop).status_code

    assert bo.ask("POST", order, {"verb": "accept", "by": "Cy"}).status_code == 403
    bo.does("POST", order, {"verb": "accept"})
    assert by_laptop("handle") == 200
    assert by_laptop("report") == 200
    assert bo.ask("POST", order, {"verb": "verify"}).status_code == 409
    assert by_laptop("verify") == 409
    assert by_laptop("verify", by="Cy") == 403
    crew = another(ann, "Cy", Role.CREW, assignees=["*"])
    assert crew.ask("POST", order, {"verb": "verify"}).status_code == 403
    verified = another(ann, "Di", Role.DISPATCHER).does("POST", order, {"verb": "verify"})
    assert verified["state"] == "verified"


def leak(admin: Person) -> str:
    """A methane alarm; the id of its case."""
    record = {"entity": "zone/7", "observed_at": admin.world.now(), "methane": 35}
    admin.does("POST", "/streams/t.air", record, status=201)
    return str(admin.get("/cases")["cases"][0]["id"])
