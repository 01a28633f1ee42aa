"""Signing in through an OpenID provider that runs as a program of its own, good or with a fault."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from haihe.errors import PackInvalid
from haihe.run.config import ProviderRole, ProviderSetting, read_config
from haihe.serve.access import Role
from haihe.serve.access.oidc import Provider
from tests.serve.people import SECRET, Person, first
from tests.serve.provider import CLIENT
from tests.serve.provider import SECRET as CLIENT_SECRET
from tests.serve.world import BASE, World, a_world, scope_of

ROLES = (
    ProviderRole(value="chiefs", roles=("admin",)),
    ProviderRole(value="duty", roles=("officer",), packs=("t",)),
)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a provider."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.serve.provider"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root)
    assert running.stdout is not None
    try:
        yield int(running.stdout.readline())
    finally:
        running.kill()
        running.wait()
        running.stdout.close()


def setting(port: int, kind: str = "good", **more: Any) -> ProviderSetting:
    issuer = f"http://127.0.0.1:{port}/{kind}"
    wanted: dict[str, Any] = {"client_secret": CLIENT_SECRET, "role": ROLES, **more}
    return ProviderSetting(issuer=issuer, client_id=CLIENT, **wanted)


@contextmanager
def joined(folder: Path, provider: ProviderSetting) -> Iterator[World]:
    """A server whose people may come through a provider, and who has an administrator Ann."""
    with a_world(folder, provider=provider) as world:
        first(world)
        yield world


def through(world: World, person: Person) -> httpx.Response:
    """There and back, as a browser goes; the last answer of the server."""
    left = person.ask("GET", "/session/provider", heads={})
    assert left.status_code == 303, left.text
    back = httpx.get(left.headers["location"], follow_redirects=False, trust_env=False)
    return person.ask("GET", back.headers["location"].partition(BASE)[2], heads={})


def test_a_person_comes_through_the_provider_with_the_rights_it_gives(
    tmp_path: Path, port: int
) -> None:
    with joined(tmp_path, setting(port)) as world:
        li = Person(world)
        assert li.get("/setup")["provider"] == "OpenID Connect"
        done = through(world, li)
        assert (done.status_code, done.headers["location"]) == (303, "/"), done.text
        assert done.headers["cache-control"] == "no-store"
        me = li.get("/session")
        assert (me["name"], me["roles"], me["packs"]) == ("li", ["officer"], ["t"])
        (flags,) = li.flags["haihe_session"].values()
        assert (flags["httponly"], flags["samesite"]) == (True, "strict")
        again = Person(world)
        assert through(world, again).status_code == 303
        assert len(world.app.platform.access.book.kept.accounts) == 2, "li was made twice"
        assert [one["way"] for one in again.get("/sessions")] == ["oidc", "oidc"]
        change = {"old": "x", "new": SECRET}
        assert again.ask("PUT", "/session/password", change).status_code == 409
        assert Person(world).sign_in("li", "") == 422


@pytest.mark.parametrize("kind", ["skewed", "elliptic", "two-audiences-ours"])
def test_what_a_provider_may_do_is_taken(tmp_path: Path, port: int, kind: str) -> None:
    with joined(tmp_path, setting(port, kind)) as world:
        assert through(world, Person(world)).status_code == 303


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        *((kind, "not-proved") for kind in (
            "expired", "early", "other-issuer", "other-audience", "two-audiences", "other-nonce",
            "no-nonce", "unsigned", "shared-secret", "strange-key", "other-iss-parameter",
            "no-name",
        )),
        ("no-role", "forbidden"),
        ("odd-groups", "forbidden"),
        ("refusing", "forbidden"),
        ("odd-name", "malformed"),
    ],
)  # fmt: skip
def test_an_answer_with_a_fault_lets_nobody_in(
    tmp_path: Path, port: int, kind: str, code: str
) -> None:
    with joined(tmp_path, setting(port, kind)) as world:
        person = Person(world)
        refused = through(world, person)
        assert 400 <= refused.status_code < 500
        assert refused.json()["error"]["code"] == code, refused.text
        assert person.ask("GET", "/session").status_code == 401
        assert len(world.app.platform.access.book.kept.accounts) == 1


@pytest.mark.parametrize(
    ("kind", "status"),
    [("broken", 503), ("huge", 503), ("garbage", 503), ("another-name", 403),
     ("plain-endpoint", 403)],
)  # fmt: skip
def test_a_provider_that_cannot_be_asked_is_said_so_and_others_still_sign_in(
    tmp_path: Path, port: int, kind: str, status: int
) -> None:
    with joined(tmp_path, setting(port, kind)) as world:
        refused = Person(world).ask("GET", "/session/provider")
        assert refused.status_code == status
        assert Person(world).sign_in("ann") == 201


def test_a_provider_that_is_down_is_said_so_and_others_still_sign_in(tmp_path: Path) -> None:
    with joined(tmp_path, setting(9)) as world:
        refused = Person(world).ask("GET", "/session/provider")
        assert refused.status_code == 503
        assert "Sign in with a local account" in refused.text
        assert refused.headers["retry-after"] == "10"
        assert Person(world).sign_in("ann") == 201


def test_without_a_provider_there_is_no_way_there(world: World) -> None:
    first(world)
    for path in ("/session/provider", "/session/provider/back?state=a&code=b"):
        assert Person(world).ask("GET", path).status_code == 404


def test_the_question_is_tied_to_its_answer_and_to_one_browser(tmp_path: Path, port: int) -> None:
    with joined(tmp_path, setting(port)) as world:
        li, eve = Person(world), Person(world)
        left = li.ask("GET", "/session/provider")
        asked = {k: v[0] for k, v in parse_qs(urlsplit(left.headers["location"]).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["redirect_uri"] == f"http://127.0.0.1{BASE}/session/provider/back"
        assert "openid" in asked["scope"].split()
        assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
        (flags,) = li.flags["haihe_oidc"].values()
        assert (flags["httponly"], flags["samesite"]) == (True, "lax")
        back = httpx.get(left.headers["location"], follow_redirects=False, trust_env=False)
        path = back.headers["location"].partition(BASE)[2]
        assert eve.ask("GET", path).status_code == 403, "another browser came in by the link"
        eve.ask("GET", "/session/provider")
        assert eve.ask("GET", path).status_code == 403
        cookie = li.cookies["haihe_oidc"]
        assert li.ask("GET", path).status_code == 303
        li.cookies["haihe_oidc"] = cookie
        assert li.ask("GET", path).status_code == 403, "one answer was taken twice"


def test_a_name_somebody_has_here_is_not_taken_over(tmp_path: Path, port: int) -> None:
    with joined(tmp_path, setting(port, "someone-else")) as world:
        other = Person(world)
        assert through(world, other).status_code == 303
        me = other.get("/session")
        assert me["name"] == f"Ann@127.0.0.1-{port}"
        assert me["roles"] == ["officer"]
        assert Person(world).sign_in("ann") == 201


def test_the_rights_are_what_the_provider_says_at_each_sign_in(tmp_path: Path, port: int) -> None:
    with joined(tmp_path, setting(port)) as world:
        li, ann = Person(world), Person(world)
        assert ann.sign_in("ann") == 201
        through(world, li)
        rights = {"grant": {"roles": ["viewer"]}}
        assert ann.ask("PUT", "/accounts/li", rights).status_code == 409
        kept = setting(port, "promoted")
        promoted = Provider(kept)
        access = world.app.platform.access
        object.__setattr__(promoted, "setting", kept)
        access.provider = promoted
        chief = Person(world)
        assert through(world, chief).status_code == 303
        assert chief.get("/session")["roles"] == ["admin"]
        mine = {"grant": {"roles": ["viewer"]}}
        assert ann.ask("PUT", "/accounts/ann", mine).status_code == 409, "no local admin is left"


def test_whoever_the_provider_sends_first_does_not_end_the_wizard(
    tmp_path: Path, port: int
) -> None:
    with a_world(tmp_path, provider=setting(port)) as world:
        assert through(world, Person(world)).status_code == 303
        asked = Person(world).get("/setup")
        assert (asked["needed"], asked["code_needed"]) == (True, True)
        code = world.app.platform.access.setup_hint
        body = {"name": "Ann", "password": SECRET, "code": code}
        Person(world).does("POST", "/setup", body, status=201)
        assert not Person(world).get("/setup")["needed"]


def test_an_account_that_is_disabled_here_stays_out(tmp_path: Path, port: int) -> None:
    with joined(tmp_path, setting(port)) as world:
        li, ann = Person(world), Person(world)
        assert ann.sign_in("ann") == 201
        through(world, li)
        rights = {"grant": {"roles": ["officer"], "packs": ["t"]}, "is_disabled": True}
        ann.does("PUT", "/accounts/li", rights)
        assert li.ask("GET", "/session").status_code == 401
        assert through(world, li).status_code == 403


def test_a_role_may_be_deep_inside_a_claim(tmp_path: Path, port: int) -> None:
    with joined(tmp_path, setting(port, role_claim="realm_access.roles")) as world:
        assert through(world, Person(world)).status_code == 303


def test_a_wrong_client_secret_is_said(tmp_path: Path, port: int) -> None:
    with joined(tmp_path, setting(port, client_secret="other")) as world:
        assert "does not take the code (400)" in through(world, Person(world)).text


def test_who_waits_at_the_provider_is_bounded(port: int) -> None:
    provider = Provider(setting(port))
    for _ in range(1_010):
        provider.begin("http://127.0.0.1/back")
    assert len(provider._pending) == 1_000


@pytest.mark.parametrize("issuer", ["http://id.example", "ftp://id.example", "id.example", ""])
def test_a_provider_is_asked_over_encrypted_lines_alone(issuer: str) -> None:
    with pytest.raises(PackInvalid, match="https://"):
        Provider(ProviderSetting(issuer=issuer, client_id=CLIENT))


@pytest.mark.parametrize(
    "role",
    [ProviderRole(value="x", roles=("king",)), ProviderRole(value="x", roles=("enterprise",)),
     ProviderRole(value="x", roles=())],
)  # fmt: skip
def test_a_role_of_the_settings_that_cannot_be_is_named(role: ProviderRole) -> None:
    with pytest.raises(PackInvalid, match=r"'x' in haihe\.toml"):
        Provider(ProviderSetting(issuer="https://id.example", client_id=CLIENT, role=(role,)))


def test_the_settings_are_read_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "haihe.toml").write_text(
        '[access]\nproxies = ["127.0.0.1"]\n[access.oidc]\nissuer = "https://id.example"\n'
        'client_id = "haihe"\n[[access.oidc.role]]\nvalue = "duty"\nroles = ["officer"]\n'
    )
    access = read_config(tmp_path).access
    assert access.oidc is not None
    assert access.oidc.role[0].roles == (Role.OFFICER,)
    with a_world(tmp_path, proxies=access.proxies, provider=access.oidc) as world:
        assert world.app.platform.access.address_of(scope_of("GET", "/")) == "127.0.0.1"
