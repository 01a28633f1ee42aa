"""Sessions: cookies and their flags, their ends, their number, and requests of other sites."""

from collections.abc import Callable
from pathlib import Path

import pytest

from haihe.model.time import DAY, HOUR
from haihe.serve.access import Role
from haihe.serve.access import sessions as sessions_module
from haihe.serve.access.accounts import ALL
from haihe.serve.access.book import Book
from haihe.serve.access.sessions import IDLE, LEAP, OWN_MAX, WHOLE, Begun, Sessions
from haihe.serve.access.store import SESSIONS_MAX, Account, Session, Store
from haihe.serve.app import make_app
from tests.serve.people import OTHER, PAGE, SECRET, Person, another, first
from tests.serve.world import BASE, Client, World, a_world, scope_of

START = 1_800_000_000 * 10**9  # An instant like any other.


def begun(number: int = 0, *, account: str = "ann", now: int = START) -> Begun:
    return Begun(account, account, 0, "", "password", f"10.0.0.{number}", "a browser", now)


@pytest.fixture
def kept(tmp_path: Path) -> Callable[[], Sessions]:
    """Opens the sessions of one folder, as a server does when it starts."""
    store = Store(tmp_path)
    with store.change() as change:
        for key in ("ann", "bo"):
            change.put_account(key, Account(name=key, grant=ALL, password="x", made_at=START))

    def start() -> Sessions:
        book = Book(store)
        book.look_again()
        return Sessions(store, book)

    return start


def test_a_cookie_is_out_of_reach_of_scripts_and_other_sites(world: World) -> None:
    ann = first(world)
    for name in ("haihe_session", "haihe_device"):
        (morsel,) = ann.flags[name].values()
        assert morsel["httponly"] is True
        assert morsel["samesite"] == "strict"
        assert morsel["secure"] == "", "a browser would not send it back over http"
        assert morsel["path"] == "/"
        assert morsel["domain"] == ""
        assert len(morsel.value) >= 32


@pytest.mark.parametrize(
    ("proxies", "heads", "is_secure"),
    [
        (("127.0.0.1",), {"x-forwarded-proto": "https"}, True),
        (("127.0.0.1",), {"x-forwarded-proto": "http"}, False),
        ((), {"x-forwarded-proto": "https"}, False),
    ],
)
def test_behind_our_proxy_a_cookie_is_for_encrypted_lines_alone(
    tmp_path: Path, proxies: tuple[str, ...], heads: dict[str, str], *, is_secure: bool
) -> None:
    with a_world(tmp_path, proxies=proxies) as world:
        first(world)
        body = {"name": "ann", "password": SECRET}
        answer = world.client.post(f"{BASE}/session", json=body, headers={**PAGE, **heads})
        assert answer.status_code == 201
        assert ("Secure" in answer.headers["set-cookie"]) == is_secure


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("10.1.1.1", "10.1.1.1"),
        ("6.6.6.6, 10.1.1.1", "10.1.1.1"),
        ("10.1.1.1, 127.0.0.1", "10.1.1.1"),
        ("nonsense", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_the_address_is_what_our_proxy_says_and_not_what_its_caller_says(
    tmp_path: Path, told: str, address: str
) -> None:
    with a_world(tmp_path, proxies=("127.0.0.1",)) as world:
        scope = scope_of("GET", "/", x_forwarded_for=told)
        assert world.app.platform.access.address_of(scope) == address
    with a_world(tmp_path) as world:
        assert world.app.platform.access.address_of(scope) == "127.0.0.1"


@pytest.mark.parametrize(
    ("heads", "status"),
    [
        ({"origin": "http://127.0.0.1"}, 204),
        ({"sec-fetch-site": "same-origin"}, 204),
        ({}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1"}, 403),
    ],
)
def test_a_cookie_changes_something_only_for_our_own_page(
    world: World, heads: dict[str, str], status: int
) -> None:
    ann = first(world)
    assert ann.ask("DELETE", "/sessions", heads=heads).status_code == status
    assert ann.ask("GET", "/session", heads={}).status_code == 200


def test_a_token_needs_no_page_at_all(world: World) -> None:
    heads = {"authorization": f"Bearer {world.give_token(Role.SOURCE)}", "origin": "http://b.cn"}
    record = {"entity": "zone/7", "methane": 1}
    answer = world.client.post(f"{BASE}/streams/t.air", json=record, headers=heads)
    assert answer.status_code == 201


def test_everybody_sees_and_ends_their_own_sessions(world: World) -> None:
    ann = first(world)
    bo = another(ann, "Bo", Role.VIEWER)
    phone = Person(world)
    assert phone.sign_in("bo") == 201
    mine = bo.get("/sessions")
    assert [(one["way"], one["is_this"]) for one in mine] == [
        ("password", False), ("password", True)
    ]  # fmt: skip
    theirs = ann.get("/sessions")
    assert len(theirs) == 1
    assert bo.ask("DELETE", f"/sessions/{theirs[0]['id']}").status_code == 404
    assert ann.get("/session")["name"] == "Ann"
    bo.does("DELETE", f"/sessions/{mine[0]['id']}", status=204)
    assert phone.ask("GET", "/session").status_code == 401
    assert phone.sign_in("bo") == 201
    bo.does("DELETE", "/sessions", status=204)
    assert phone.ask("GET", "/session").status_code == 401
    assert bo.get("/session")["name"] == "Bo"
    bo.does("DELETE", "/session", status=204)
    assert bo.ask("GET", "/session").status_code == 401


def test_another_password_ends_every_session_but_the_one_it_was_changed_in(world: World) -> None:
    ann = first(world)
    phone = Person(world)
    assert phone.sign_in("ann") == 201
    before = ann.cookies["haihe_session"]
    ann.does("PUT", "/session/password", {"old": SECRET, "new": OTHER}, status=204)
    assert ann.cookies["haihe_session"] != before
    assert ann.get("/session")["name"] == "Ann"
    assert phone.ask("GET", "/session").status_code == 401
    assert phone.sign_in("ann", SECRET) == 401
    assert phone.sign_in("ann", OTHER) == 201


def test_a_session_outlives_the_server(world: World) -> None:
    ann = first(world)
    heads = {"cookie": f"haihe_session={ann.cookies['haihe_session']}"}
    app = make_app(world.node, world.app.platform.settings)
    client = Client(app)
    assert client.get(f"{BASE}/session", headers=heads).json()["name"] == "Ann"
    client.close()
    app.platform.access.close()


@pytest.mark.parametrize(
    ("later", "is_on"),
    [(IDLE - 1, True), (IDLE, False), (-LEAP, True), (-LEAP - 1, False), (-DAY, False)],
)
def test_a_session_ends_when_nobody_was_seen_or_the_clock_went_back(
    kept: Callable[[], Sessions], later: int, *, is_on: bool
) -> None:
    secret, _ = kept().begin(begun())
    assert (kept().caller(secret, now=START + later) is not None) == is_on


def test_a_session_ends_with_the_shift_however_often_it_is_seen(
    kept: Callable[[], Sessions],
) -> None:
    sessions = kept()
    secret, _ = sessions.begin(begun())
    for hour in range(WHOLE // HOUR):
        assert sessions.caller(secret, now=START + hour * HOUR) is not None
    assert sessions.caller(secret, now=START + WHOLE) is None
    assert len(sessions.ended(now=START + WHOLE)) == 1
    assert len(sessions) == 0


def test_when_a_session_was_last_seen_outlives_the_server(world: World) -> None:
    ann = first(world)
    access = world.app.platform.access
    before = access.store.sessions()[0][1]
    ann.get("/session")
    access.flush()
    assert access.store.sessions()[0][1] > before


def test_of_too_many_sessions_the_longest_unseen_goes(
    kept: Callable[[], Sessions], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions_module, "SESSIONS_MAX", 60)
    sessions = kept()
    other, _ = sessions.begin(begun(account="bo", now=START))
    anns = [sessions.begin(begun(n, now=START + n))[0] for n in range(OWN_MAX + 5)]
    on = [sessions.caller(one, now=START + HOUR) is not None for one in anns]
    assert on == [False] * 5 + [True] * OWN_MAX, "one person has too many, or lost the wrong ones"
    assert sessions.caller(other, now=START + HOUR) is not None
    for number in range(20):
        sessions.begin(begun(account="bo", now=START + 2 * HOUR - number))
    assert len(sessions) == 60
    assert len(kept()) == 60, "what went in memory did not go from the disk"


def test_ten_thousand_sessions_are_kept_and_not_one_more(
    kept: Callable[[], Sessions], monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = kept()
    with sessions._store.change() as change:
        for number in range(SESSIONS_MAX):
            one = Session(
                id=str(number), account=f"p{number}", way="password", address="", agent="",
                made_at=START, expires_at=START + WHOLE,
            )  # fmt: skip
            change.put_session(number.to_bytes(32, "big"), one)
    sessions = kept()
    assert len(sessions) == SESSIONS_MAX
    secret, _ = sessions.begin(begun(now=START + 1))
    assert len(sessions) == len(kept()) == SESSIONS_MAX
    assert sessions.caller(secret, now=START + 2) is not None


@pytest.mark.parametrize("cookie", ["", "haihe_session=", "haihe_session=x; a", "\x00", "=;=", "é"])
def test_a_cookie_of_nothing_is_nobodys(world: World, cookie: str) -> None:
    first(world)
    heads = {"cookie": cookie.encode().decode("latin-1")}
    answer = world.client.request(
        "GET", f"{BASE}/session", headers=[(k, v.encode("latin-1")) for k, v in heads.items()]
    )
    assert answer.status_code == 401


def test_a_body_that_is_no_sign_in_is_refused(world: World) -> None:
    for body in ({}, {"name": "ann"}, {"password": "x"}, {"token": "x", "name": "a"}, {"x": 1}):
        assert world.client.post(f"{BASE}/session", json=body).status_code == 422
    long = {"name": "ann", "password": "x" * 2_000_000}
    assert world.client.post(f"{BASE}/session", json=long).status_code == 413
    long = {"name": "ann", "password": "x" * 1_000}
    assert world.client.post(f"{BASE}/session", json=long).status_code == 422


@pytest.mark.parametrize("path", ["/", "/cases/t-1", "/icon.svg"])
def test_a_page_allows_no_script_but_its_own_files(world: World, path: str) -> None:
    heads = world.client.get(path).headers
    rules = dict(
        rule.strip().partition(" ")[::2] for rule in heads["content-security-policy"].split(";")
    )
    assert rules["default-src"] == "'self'"
    assert "unsafe" not in heads["content-security-policy"]
    assert {"script-src", "script-src-elem"}.isdisjoint(rules)
    assert rules["frame-ancestors"] == rules["base-uri"] == rules["object-src"] == "'none'"
    assert heads["x-content-type-options"] == "nosniff"
    assert heads["x-frame-options"] == "DENY"
    assert heads["referrer-policy"] == "no-referrer"
    assert heads["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" not in heads["permissions-policy"], "a report has photos"
    assert "<script>" not in world.client.get(path).text


def test_an_answer_of_the_api_is_kept_by_nobody(world: World) -> None:
    ann = first(world)
    heads = ann.ask("GET", "/session").headers
    assert heads["cache-control"] == "no-store"
    assert heads["x-content-type-options"] == "nosniff"
