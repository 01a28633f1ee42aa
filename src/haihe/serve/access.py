"""Who calls, and whether they may: host and origin, token or session, role and scope."""

import secrets
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from typing import Final, TypeAlias

from starlette.types import Scope

from haihe.serve.problem import Problem, forbidden
from haihe.serve.settings import Settings
from haihe.serve.tokens import (
    Grant,
    Role,
    Token,
    TokenBook,
    check_binding,
    digest,
    is_loopback,
    list_tokens,
    make_token,
    revoke_token,
)

__all__ = [
    "ACTING", "ANYONE", "Access", "Caller", "ENGINEERS", "EVERYONE", "Grant", "LOCAL",
    "READERS", "READERS_AND_OWNERS", "Role", "SENDERS", "Token", "TokenBook", "check_binding",
    "is_loopback", "list_tokens", "make_token", "revoke_token",
]  # fmt: skip

COOKIE: Final = "haihe_session"
SESSION_S: Final = 12 * 3600  # Ours: a shift and its handover.
SESSIONS_MAX: Final = 1_000  # Ours: screens of a zone; beyond it the oldest signs in again.
FAILURES_MAX: Final = 10  # Ours: wrong tokens from one address within the window.
FAILURES_WINDOW_S: Final = 60.0  # Ours: see above.
ADDRESSES_MAX: Final = 10_000  # Ours: addresses remembered for their failures; some MB.

Roles: TypeAlias = frozenset[Role]
ANYONE: Final[Roles] = frozenset()  # Also who has no token at all.
EVERYONE: Final[Roles] = frozenset(Role)
READERS: Final[Roles] = frozenset({Role.VIEWER, Role.OFFICER, Role.ENGINEER, Role.ADMIN})
READERS_AND_OWNERS: Final[Roles] = READERS | {Role.ENTERPRISE}
ACTING: Final[Roles] = frozenset({Role.OFFICER, Role.ADMIN})
ACTING_ON_RULES: Final[Roles] = frozenset({Role.OFFICER, Role.ENGINEER, Role.ADMIN})
ENGINEERS: Final[Roles] = frozenset({Role.ENGINEER, Role.ADMIN})
SENDERS: Final[Roles] = frozenset({Role.SOURCE, Role.ENGINEER, Role.ADMIN})
OWN_ACCESS: Final[Roles] = frozenset({Role.ENTERPRISE, Role.ADMIN})

_SAFE: Final = frozenset({"GET", "HEAD"})
_OWN_SITE: Final = frozenset({b"same-origin", b"none", b""})
_FORWARDED: Final = (b"forwarded", b"x-forwarded-for", b"x-real-ip")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    name: what they do is done under it.
    roles: what they are.
    packs: only what belongs to these; () means all.
    owner: the enterprise they are; "" for everybody else.
    is_local: whether it is the operator of this machine, who may name whoever acts.
    """

    name: str
    roles: Roles
    packs: tuple[str, ...] = ()
    owner: str = ""
    is_local: bool = False

    def may(self, roles: Roles) -> bool:
        """Whether they have one of the roles."""
        return not roles or not self.roles.isdisjoint(roles)

    def sees(self, pack: str) -> bool:
        """Whether something of a pack is within their scope.

        pack: a pack's name, or what begins with it and a dot: a stream's or a rule's.
        """
        return not self.packs or pack.partition(".")[0] in self.packs


LOCAL: Final = Caller("operator", EVERYONE, is_local=True)
NOBODY: Final = Caller("", ANYONE)


class Failures:
    """Wrong tokens by address, so that trying them out becomes slow."""

    def __init__(self) -> None:
        """Remember nobody."""
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def note(self, address: str) -> int:
        """One more from an address; seconds it has to wait, 0 if none yet."""
        now = time.monotonic()
        began, count = self._seen.pop(address, (now, 0))
        if now - began > FAILURES_WINDOW_S:
            began, count = now, 0
        self._seen[address] = (began, count + 1)
        if len(self._seen) > ADDRESSES_MAX:
            self._seen.popitem(last=False)
        return int(began + FAILURES_WINDOW_S - now) + 1 if count >= FAILURES_MAX else 0


class Access:
    """The doorkeeper of one server."""

    def __init__(self, settings: Settings, book: TokenBook) -> None:
        """Keep the door for a server with these settings and tokens."""
        self._book = book
        self._is_loopback = is_loopback(settings.host)
        self._hosts = {"localhost", "127.0.0.1", "[::1]", *map(str.lower, settings.hosts)}
        if self._is_loopback or not _is_wildcard(settings.host):
            self._hosts.add(settings.host.lower())
        self._sessions: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._failures = Failures()

    def caller(self, scope: Scope) -> Caller:
        """Who calls.

        Raises Problem if the request is not meant for us, comes from a foreign page, or brings a
        wrong token or none where one is needed.
        """
        heads: dict[bytes, bytes] = dict(scope["headers"])
        self.check_site(scope, heads)
        authorization = heads.get(b"authorization")
        if authorization is not None:
            return self._bearer(scope, authorization)
        cookie = heads.get(b"cookie")
        token = self._session(cookie) if cookie is not None else None
        if token is not None:
            return caller_of(token)
        if self._is_open(scope, heads):
            return LOCAL
        raise _unknown_caller("this route needs a token.")

    def check_site(self, scope: Scope, heads: dict[bytes, bytes]) -> None:
        """Refuse what was not meant for us, or is sent by another site's page.

        Raises Problem.
        """
        host = heads.get(b"host", b"").decode("latin-1").lower()
        if host not in self._hosts and not self._is_ours(host):
            raise Problem(
                421,
                "wrong-host",
                message=f"this server is not '{host[:100]}'.",
                what_to_do="Call it by 127.0.0.1 or localhost, or list the name with --allow-host.",
            )
        if scope["method"] in _SAFE:
            return
        origin = heads.get(b"origin")
        own = origin is None or origin.partition(b"://")[2].decode("latin-1").lower() == host
        if not own or heads.get(b"sec-fetch-site", b"") not in _OWN_SITE:
            raise forbidden(
                "the request comes from a page of another site.",
                what_to_do="Use the page of this server, or send no Origin header.",
            )

    def open_session(self, text: str, scope: Scope) -> tuple[str, Caller]:
        """A new session's cookie value and whose it is.

        text: a token.
        Raises Problem if it is not one.
        """
        token = self._known(text, scope)
        session = secrets.token_urlsafe(32)
        self._sessions[digest(session)] = (token.sha256, time.monotonic() + SESSION_S)
        if len(self._sessions) > SESSIONS_MAX:
            self._sessions.popitem(last=False)
        return session, caller_of(token)

    def close_session(self, scope: Scope) -> None:
        """End the request's session, if it has one."""
        name = _session_name(dict(scope["headers"]).get(b"cookie", b""))
        self._sessions.pop(digest(name), None)

    def _bearer(self, scope: Scope, authorization: bytes) -> Caller:
        kind, _, text = authorization.decode("latin-1").partition(" ")
        if kind.lower() != "bearer":
            raise _unknown_caller("only bearer tokens are taken.")
        return caller_of(self._known(text.strip(), scope))

    def _known(self, text: str, scope: Scope) -> Token:
        """The token in force that this text is.

        Raises Problem, 429 where an address tries too often.
        """
        token = self._book.find(digest(text))
        if token is not None:
            return token
        wait_s = self._failures.note(_address(scope))
        if wait_s:
            raise Problem(
                429,
                "too-many-failures",
                message=f"more than {FAILURES_MAX} wrong tokens came from this address.",
                what_to_do="Wait the seconds in Retry-After; a right token is always taken.",
                headers={"retry-after": str(wait_s)},
            )
        raise _unknown_caller("the token is not known here, was revoked, or has expired.")

    def _session(self, cookie: bytes) -> Token | None:
        """The token behind a session cookie; None if the session has ended."""
        name = _session_name(cookie)
        sha256, until_s = self._sessions.get(digest(name), ("", 0.0)) if name else ("", 0.0)
        return self._book.find(sha256) if time.monotonic() < until_s else None

    def _is_open(self, scope: Scope, heads: dict[bytes, bytes]) -> bool:
        """Whether the caller is the operator of this machine: while it is loopback, without tokens.

        What a proxy hands on comes from elsewhere, whatever address it seems to have.
        """
        if not self._is_loopback or not self._book.is_empty():
            return False
        return is_loopback(_address(scope)) and not any(name in heads for name in _FORWARDED)

    def _is_ours(self, host: str) -> bool:
        """Whether a Host header names us; an address, unlike a name, cannot be another's."""
        name = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
        if name in self._hosts:
            return True
        return not self._is_loopback and _is_address(name.strip("[]"))


def caller_of(token: Token) -> Caller:
    """The bearer of a token."""
    return Caller(token.name, frozenset({token.role}), token.packs, token.owner)


def check_role(caller: Caller, roles: Roles) -> None:
    """Refuse a caller who has none of the roles.

    Raises Problem.
    """
    if not caller.may(roles):
        wanted: Iterable[str] = sorted(role.value for role in roles)
        have = ", ".join(sorted(role.value for role in caller.roles))
        raise forbidden(f"{caller.name} is {have}; this needs {' or '.join(wanted)}.")


def check_scope(caller: Caller, pack: str) -> None:
    """Refuse a caller whose scope does not hold the pack.

    pack: its name, or a stream's or rule's.
    Raises Problem.
    """
    if not caller.sees(pack):
        raise forbidden(f"{caller.name} has the packs {', '.join(caller.packs)}; not {pack}.")


def _unknown_caller(message: str) -> Problem:
    return Problem(
        401,
        "no-token",
        message=message,
        what_to_do="Send 'Authorization: Bearer TOKEN'; 'haihe token add NAME' makes one.",
        headers={"www-authenticate": 'Bearer realm="haihe"'},
    )


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _session_name(cookie: bytes) -> str:
    """The session in a Cookie header; "" if there is none."""
    try:
        morsel = SimpleCookie(cookie.decode("latin-1")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel is not None else ""


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_wildcard(host: str) -> bool:
    return host in ("0.0.0.0", "::", "")  # Compared with, not bound to.
