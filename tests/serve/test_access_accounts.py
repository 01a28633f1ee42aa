"""Accounts: the first one, the others, their names and passwords, and what the log hears."""

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from haihe.cli.main import main
from haihe.errors import LogUnavailable, NotAllowed
from haihe.serve.access import Role
from haihe.serve.access.store import FILE_NAME, Store
from haihe.serve.access.tries import ACCOUNT_MAX, FAILURES_MAX
from tests.serve.people import OTHER, SECRET, Person, another, first
from tests.serve.world import BASE, Client, World, a_world


def told(person: Person) -> list[tuple[str, str, str]]:
    """What the log says of who may come in: by, what, subject."""
    lines = person.ask("GET", "/streams/haihe.people").text.splitlines()
    rows = [json.loads(line) for line in lines]
    return [(row["by"], row["what"], row["subject"]) for row in rows]


def test_the_wizard_makes_the_first_account_and_nobody_makes_it_twice(world: World) -> None:
    person = Person(world)
    assert person.get("/setup")["needed"]
    assert not person.get("/setup")["code_needed"]
    ann = first(world)
    assert ann.get("/session")["roles"] == ["admin"]
    assert not person.get("/setup")["needed"]
    again = person.ask("POST", "/setup", {"name": "Eve", "password": SECRET})
    assert again.status_code == 409
    assert person.ask("GET", "/health").status_code == 401, "the machine's operator is let in"
    assert told(ann)[0] == ("Ann", "account made", "Ann")


def test_of_many_wizards_at_once_one_wins(world: World) -> None:
    codes: list[int] = []

    def race(name: str) -> None:
        body = {"name": name, "password": SECRET}
        codes.append(world.client.post(f"{BASE}/setup", json=body).status_code)

    racers = [threading.Thread(target=race, args=(f"racer {number}",)) for number in range(8)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(codes) == [201] + [409] * 7
    assert len(world.app.platform.access.book.kept.accounts) == 1


def test_from_elsewhere_the_wizard_asks_for_the_code_that_was_printed(tmp_path: Path) -> None:
    with a_world(tmp_path, host="0.0.0.0") as world:
        access = world.app.platform.access
        far = Client(world.app, address="10.0.0.5")
        assert far.get(f"{BASE}/setup").json()["code_needed"]
        assert far.get(f"{BASE}/cases").status_code == 401
        body = {"name": "Ann", "password": SECRET, "code": "guess"}
        assert far.post(f"{BASE}/setup", json=body).status_code == 403
        assert far.post(f"{BASE}/setup", json={**body, "code": ""}).status_code == 403
        assert access.setup_hint == access.setup_code
        right = {**body, "code": access.setup_code}
        assert far.post(f"{BASE}/setup", json=right).status_code == 201
        assert access.setup_hint == ""
        far.close()


def test_guessing_the_code_of_the_wizard_becomes_slow(tmp_path: Path) -> None:
    with a_world(tmp_path, host="0.0.0.0") as world:
        body = {"name": "Ann", "password": SECRET, "code": "guess"}
        codes = [world.client.post(f"{BASE}/setup", json=body).status_code for _ in range(12)]
        assert codes == [403] * FAILURES_MAX + [429] * 2


def test_where_tokens_shut_the_door_the_wizard_asks_for_the_code(world: World) -> None:
    world.give_token(Role.SOURCE)
    body = {"name": "Ann", "password": SECRET}
    assert world.client.post(f"{BASE}/setup", json=body).status_code == 403
    code = world.app.platform.access.setup_code
    assert world.client.post(f"{BASE}/setup", json={**body, "code": code}).status_code == 201


KILLED = """
import os, signal, sys
from pathlib import Path
from haihe.serve.access.accounts import Hand, make_first
from haihe.serve.access.store import Store
store = Store(Path(sys.argv[1]))
with store.change() as change:
    make_first(change, "Ann", password="hash", hand=Hand("Ann", 1))
    if sys.argv[2] == "before":
        os.kill(os.getpid(), signal.SIGKILL)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("when", "accounts"), [("before", 0), ("after", 1)])
def test_killed_on_the_way_the_first_account_is_there_or_not(
    when: str, accounts: int, tmp_path: Path
) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), when], check=False)
    assert done.returncode == -signal.SIGKILL
    store = Store(tmp_path)
    assert len(store.kept().accounts) == accounts
    assert len(store.told()) == accounts
    store.close()


def test_a_given_password_opens_nothing_until_it_is_changed(world: World) -> None:
    ann = first(world)
    grant = {"roles": ["officer"]}
    given = ann.does("POST", "/accounts", {"name": "Bo", "grant": grant}, status=201)
    bo = Person(world)
    assert bo.sign_in("bo", given["password"]) == 201
    assert bo.get("/session")["must_change"]
    refused = bo.ask("GET", "/cases")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "change-password")
    change = {"old": given["password"], "new": SECRET}
    bo.does("PUT", "/session/password", {**change, "old": "wrong"}, status=403)
    bo.does("PUT", "/session/password", {**change, "new": "password12345678"}, status=422)
    bo.does("PUT", "/session/password", change, status=204)
    assert bo.get("/cases")["cases"] == []
    assert Person(world).sign_in("bo", given["password"]) == 401


def test_a_reset_or_the_end_of_an_account_ends_its_sessions(world: World) -> None:
    ann = first(world)
    bo = another(ann, "Bo", Role.VIEWER)
    given = ann.does("POST", "/accounts/bo/password")
    assert bo.ask("GET", "/cases").status_code == 401
    assert bo.sign_in("Bo", SECRET) == 401
    assert bo.sign_in("Bo", given["password"]) == 201
    rights = {"grant": {"roles": ["viewer"]}, "is_disabled": True}
    assert ann.does("PUT", "/accounts/bo", rights)["is_disabled"]
    assert bo.ask("GET", "/session").status_code == 401
    assert bo.sign_in("Bo", given["password"]) == 401
    ann.does("PUT", "/accounts/bo", {**rights, "is_disabled": False})
    assert bo.ask("GET", "/session").status_code == 401, "an old session came back"
    assert bo.sign_in("Bo", given["password"]) == 201


def test_other_rights_hold_at_once(world: World) -> None:
    ann = first(world)
    bo = another(ann, "Bo", Role.VIEWER)
    assert bo.ask("GET", "/accounts").status_code == 403
    ann.does("PUT", "/accounts/bo", {"grant": {"roles": ["auditor"]}})
    listed = bo.get("/accounts")
    assert [each["name"] for each in listed["accounts"]] == ["Ann", "Bo"]
    assert [each["sessions"] for each in listed["accounts"]] == [1, 1]
    assert bo.get("/accounts?prefix=B&skip=1") == {"total": 1, "accounts": []}
    assert ("Ann", "rights changed", "Bo") in told(ann)


@pytest.mark.parametrize(
    "rights",
    [
        {"grant": {"roles": ["viewer"]}},
        {"grant": {"roles": ["admin"]}, "is_disabled": True},
    ],
)
def test_the_last_administrator_stays_one(world: World, rights: dict[str, Any]) -> None:
    ann = first(world)
    refused = ann.ask("PUT", "/accounts/ann", rights)
    assert (refused.status_code, "last administrator" in refused.text) == (409, True)
    another(ann, "Bo", Role.ADMIN)
    ann.does("PUT", "/accounts/ann", rights)


@pytest.mark.parametrize("part", [{"packs": ["t"]}, {"areas": ["zone/"]}])
def test_an_administrator_of_a_part_gives_no_rights(world: World, part: dict[str, Any]) -> None:
    ann = first(world)
    bo = another(ann, "Bo", Role.ADMIN, **part)
    grant = {"roles": ["admin"]}
    assert bo.ask("PUT", "/accounts/bo", {"grant": grant}).status_code == 403
    assert bo.ask("POST", "/accounts", {"name": "Cy", "grant": grant}).status_code == 403
    assert bo.ask("POST", "/accounts/ann/password").status_code == 403
    token = {"name": "gateway-7", "grant": {"roles": ["source"]}, "is_own": False}
    assert bo.ask("POST", "/tokens", token).status_code == 403
    narrow = {"grant": {"roles": ["admin"], **part}}
    assert ann.ask("PUT", "/accounts/ann", narrow).status_code == 409, "nobody could give rights"


@pytest.mark.parametrize(
    ("grant", "status"),
    [
        ({"roles": []}, 422),
        ({"roles": ["king"]}, 422),
        ({"roles": ["enterprise"]}, 422),
        ({"roles": ["viewer"], "owner": "acme"}, 422),
        ({"roles": ["enterprise", "admin"], "owner": "acme"}, 422),
        ({"roles": ["enterprise"], "owner": "acme"}, 201),
    ],
)
def test_rights_that_do_not_go_together_are_refused(
    world: World, grant: dict[str, Any], status: int
) -> None:
    first(world).does("POST", "/accounts", {"name": "Bo", "grant": grant}, status=status)


@pytest.mark.parametrize("name", ["ANN", "ａｎｎ", " ann ", "\u212bnn".replace("\u212b", "A")])
def test_two_spellings_of_a_name_are_one(world: World, name: str) -> None:
    ann = first(world)
    body = {"name": name, "grant": {"roles": ["viewer"]}}
    assert ann.ask("POST", "/accounts", body).status_code == 409
    assert Person(world).sign_in(name) == 201
    assert ann.get(f"/accounts/{name}")["name"] == "Ann"


def test_one_password_from_two_keyboards_is_one(world: World) -> None:
    ann = first(world)
    change = {"old": SECRET, "new": "neun rote Kra\u0308ne im Hafen"}
    ann.does("PUT", "/session/password", change, status=204)
    assert Person(world).sign_in("ann", OTHER) == 201


def test_who_does_not_exist_gets_the_answer_of_a_wrong_password(world: World) -> None:
    first(world)
    wrong, nobody = (
        Person(world).ask("POST", "/session", {"name": name, "password": OTHER})
        for name in ("ann", "nobody")
    )
    assert wrong.status_code == 401
    assert (wrong.text, wrong.status_code) == (nobody.text, nobody.status_code)


def test_guessing_is_stopped_and_whoever_was_here_before_still_gets_in(world: World) -> None:
    ann = first(world)
    strangers = [Client(world.app, address=f"10.0.0.{number}") for number in range(3)]
    body = {"name": "ann", "password": OTHER}
    codes = [
        stranger.post(f"{BASE}/session", json=body).status_code
        for stranger in strangers
        for _ in range(FAILURES_MAX - 1)
    ]
    for stranger in strangers:
        stranger.close()
    assert codes == [401] * ACCOUNT_MAX + [429] * (len(codes) - ACCOUNT_MAX)
    assert Person(world).sign_in("ann") == 429, "a stranger with the right password is told"
    del ann.cookies["haihe_session"]
    assert ann.sign_in("ann") == 201, "the person is locked out"
    assert ("ann", "sign-in closed for a while", "ann") in told(ann)


def test_the_file_is_its_owners_alone_and_holds_no_password(world: World) -> None:
    first(world)
    path = world.folder / FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = path.read_bytes() + (world.folder / (FILE_NAME + "-wal")).read_bytes()
    assert SECRET.encode() not in kept
    assert b"$argon2id$v=19$" in kept


def test_the_command_line_makes_resets_and_ends_accounts(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ["--data", str(world.folder)]
    assert main(["account", "add", "Bo", "--role", "officer", "--role", "auditor", *folder]) == 0
    given = capsys.readouterr().out.strip()
    world.app.platform.access.book.look_again()
    bo = Person(world)
    assert bo.sign_in("bo", given) == 201
    assert main(["account", "reset", "bo", *folder]) == 0
    assert main(["account", "disable", "bo", *folder]) == 0
    assert main(["account", "enable", "nobody", *folder]) == 3
    assert "there is no account 'nobody'" in capsys.readouterr().err
    assert main(["account", "list", *folder]) == 0
    assert "disabled   officer, auditor" in capsys.readouterr().out
    world.app.platform.access.book.look_again()
    assert bo.ask("GET", "/session").status_code == 401


def test_what_the_command_line_did_reaches_the_log_once(world: World) -> None:
    main(["account", "add", "Bo", "--data", str(world.folder)])
    witness = world.app.platform.witness
    world.client.run(witness.tell())
    world.client.run(witness.tell())
    admin = {"authorization": f"Bearer {world.give_token(Role.ADMIN)}"}
    lines = world.client.get(f"{BASE}/streams/haihe.people", headers=admin).text.splitlines()
    assert [('"what":"account made"' in line, '"by":"operator"' in line) for line in lines] == [
        (True, True)
    ]


def test_a_change_told_twice_stands_in_the_log_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness = world.app.platform.witness

    def killed(_: int) -> None:
        raise LogUnavailable("killed before it was forgotten")

    monkeypatch.setattr(witness, "_forget", killed)
    ann = first(world)
    monkeypatch.undo()
    world.client.run(witness.tell())
    assert told(ann)[:2] == [("Ann", "account made", "Ann"), ("Ann", "signed in", "Ann")]
    assert len(told(ann)) == 2


def test_a_store_that_another_process_keeps_is_waited_for_and_then_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = first(world)
    world.app.platform.access.store._writer.execute("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(world.folder / FILE_NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    refused = ann.ask("PUT", "/accounts/ann", {"grant": {"roles": ["admin"], "packs": ["t"]}})
    assert refused.status_code == 503
    assert Person(world).sign_in("ann") == 503
    assert ann.get("/session")["packs"] == []
    other.execute("ROLLBACK")
    other.close()
    assert Person(world).sign_in("ann") == 201


def test_a_full_disk_refuses_a_session_and_changes_nothing(
    world: World,
) -> None:
    ann = first(world)
    writer = world.app.platform.access.store._writer
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count = {pages}")
    codes = set()
    for _ in range(100):  # Until the free room of the pages is used up.
        codes.add(Person(world).sign_in("ann"))
        if 503 in codes:
            break
    assert codes == {201, 503}
    assert ann.get("/session")["name"] == "Ann"
    writer.execute("PRAGMA max_page_count = 100000")
    assert Person(world).sign_in("ann") == 201


def test_a_file_of_accounts_that_is_gone_lets_nobody_in(world: World) -> None:
    ann = first(world)
    access = world.app.platform.access
    writer = access.store._writer
    writer.execute("DROP TABLE setting")
    access.book.look_again()
    assert ann.ask("GET", "/cases").status_code in (401, 503)
    assert Person(world).ask("GET", "/cases").status_code == 401
    assert not Person(world).get("/setup")["needed"]


def test_tokens_of_before_accounts_are_not_dropped_silently(tmp_path: Path) -> None:
    (tmp_path / "tokens.json").write_text("[]")
    with pytest.raises(NotAllowed, match="make tokens anew"):
        Store(tmp_path)


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store._writer.execute("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(LogUnavailable, match="format 99"):
        Store(tmp_path)
    os.truncate(tmp_path / FILE_NAME, 10)
    with pytest.raises(LogUnavailable, match="cannot be used"):
        Store(tmp_path)
