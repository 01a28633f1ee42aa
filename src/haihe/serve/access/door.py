"""The doorkeeper: whether a request is meant for us, and who sends it."""

import hmac
import logging
import secrets
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from starlette.types import Scope

from haihe.errors import LogUnavailable
from haihe.run.clock import WallClock
from haihe.serve.access.book import Book
from haihe.serve.access.caller import LOCAL, Caller
from haihe.serve.access.oidc import Provider
from haihe.serve.access.passwords import Passwords
from haihe.serve.access.sessions import Sessions
from haihe.serve.access.store import Store
from haihe.serve.access.tokens import digest, is_loopback
from haihe.serve.access.tries import FAILURES_MAX, WINDOW_S, Gate, Tries, network_of, too_many
from haihe.serve.problem import Problem, forbidden
from haihe.serve.settings import Settings

COOKIE: Final = "haihe_session"
DEVICE: Final = "haihe_device"
CODE_BYTES: Final = 10  # 80 bits: cannot be guessed in the time of one start.

_SAFE: Final = frozenset({"GET", "HEAD"})
_OWN_SITE: Final = frozenset({b"same-origin", b"none", b""})
_FORWARDED: Final = (b"forwarded", b"x-forwarded-for", b"x-real-ip")
_BEARER: Final = b"bearer "
_log = logging.getLogger(__name__)


class Access:
    """The door of one server."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        """Keep the door for a server with these settings, and who is known in a data folder."""
        self.store = Store(folder)
        self.book = Book(self.store)
        self.book.look_again()
        self.sessions = Sessions(self.store, self.book)
        self.gate = Gate(self.store.secret())
        self.passwords = Passwords(settings.cost)
        self.provider = Provider(settings.provider) if settings.provider is not None else None
        self.clock = WallClock()
        self.setup_code = secrets.token_hex(CODE_BYTES)
        self._is_loopback = is_loopback(settings.host)
        self._proxies = frozenset(settings.proxies)
        self._hosts = {"localhost", "127.0.0.1", "[::1]", *map(str.lower, settings.hosts)}
        if self._is_loopback or not _is_wildcard(settings.host):
            self._hosts.add(settings.host.lower())
        self._failures = Tries(FAILURES_MAX, WINDOW_S)
        self._used: dict[str, int] = {}
        self._seen_used = dict(self.book.kept.used_at)

    def caller(self, scope: Scope, *, touch: bool = True) -> Caller:
        """Who calls.

        touch: whether this counts as a sign of life.
        Raises Problem if the request is not meant for us, comes from a foreign page, or brings a
        wrong token or none where one is needed.
        """
        heads: dict[bytes, bytes] = dict(scope["headers"])
        self.check_site(scope, heads)
        self.book.look()
        now = self.clock.now()
        authorization = heads.get(b"authorization")
        if authorization is not None:
            return self._bearer(scope, authorization, now=now)
        return self._cookie_or_local(scope, heads, now=now, touch=touch)

    def check_site(self, scope: Scope, heads: dict[bytes, bytes]) -> None:
        """Refuse what was not meant for us, or is sent by another site's page.

        What brings a token is exempt from the second: no page can add one for another site.
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
        if scope["method"] in _SAFE or b"authorization" in heads:
            return
        origin = heads.get(b"origin")
        own = origin is None or origin.partition(b"://")[2].decode("latin-1").lower() == host
        if not own or heads.get(b"sec-fetch-site", b"") not in _OWN_SITE:
            raise forbidden(
                "the request comes from a page of another site.",
                what_to_do="Use the page of this server, or send no Origin header.",
            )

    def is_open(self, scope: Scope) -> bool:
        """Whether the caller is the operator of this machine: on loopback, while nobody is known.

        What a proxy hands on comes from elsewhere, whatever address it seems to have.
        """
        if not self._is_loopback or not self.book.is_empty():
            return False
        heads = dict(scope["headers"])
        return is_loopback(peer_of(scope)) and not any(name in heads for name in _FORWARDED)

    @property
    def setup_hint(self) -> str:
        """The code, where the first account cannot be made without it; "" otherwise."""
        self.book.look_again()
        is_wanted = not self.book.has_accounts() and not (
            self._is_loopback and self.book.is_empty()
        )
        return self.setup_code if is_wanted else ""

    def is_setup_code(self, code: str, scope: Scope) -> bool:
        """Whether it is the code this start printed; "" never is.

        Raises Problem where an address tries too often.
        """
        address = network_of(self.address_of(scope))
        if wait_s := self._failures.wait_s(address):
            raise too_many(wait_s)
        is_right = hmac.compare_digest(code.strip().encode(), self.setup_code.encode())
        if code and not is_right:
            self._failures.note(address)
        return is_right

    def bearer(self, text: str, scope: Scope) -> tuple[bytes, Caller]:
        """The hash of a token in force, and who has it.

        Raises Problem, 429 where an address tries too often.
        """
        self.book.look()
        sha256 = digest(text.encode())
        found = self.book.bearer(sha256, now=self.clock.now())
        if found is not None:
            return sha256, found[1]
        raise self._wrong_token(scope)

    def address_of(self, scope: Scope) -> str:
        """Where a request comes from: the last address that no proxy of ours has."""
        peer = peer_of(scope)
        if peer not in self._proxies:
            return peer
        told = dict(scope["headers"]).get(b"x-forwarded-for", b"").decode("latin-1")
        hops = [hop.strip() for hop in told.split(",") if _is_address(hop.strip())]
        return next((hop for hop in reversed(hops) if hop not in self._proxies), peer)

    def is_https(self, scope: Scope) -> bool:
        """Whether the caller's line is encrypted, up to our proxy if we have one."""
        if scope.get("scheme") == "https":
            return True
        told = dict(scope["headers"]).get(b"x-forwarded-proto", b"")
        return peer_of(scope) in self._proxies and told.strip().lower() == b"https"

    def used_at(self, token: str) -> int:
        """When a token was last used, as far as is known; ns, 0 for never."""
        return self._used.get(token, self._seen_used.get(token, 0))

    def flush(self) -> None:
        """Keep when tokens and sessions were last seen; forget sessions that are over."""
        used, self._used = self._used, {}
        self._seen_used.update(used)
        touched = self.sessions.take_touched()
        gone = self.sessions.ended(now=self.clock.now())
        if not (used or touched or gone):
            return
        try:
            with self.store.change() as change:
                change.touch(touched, used)
                change.drop_sessions(gone)
        except LogUnavailable as error:  # It is only how long ago somebody was seen.
            _log.warning("last seen is not kept: %s", error)

    def close(self) -> None:
        """Keep who was last seen when, and let go of the store."""
        self.flush()
        self.store.close()

    def _bearer(self, scope: Scope, authorization: bytes, *, now: int) -> Caller:
        if authorization[: len(_BEARER)].lower() != _BEARER:
            raise unknown_caller("only bearer tokens are taken.")
        found = self.book.bearer(digest(authorization[len(_BEARER) :].strip()), now=now)
        if found is None:
            raise self._wrong_token(scope)
        self._used[found[0].name] = now
        return found[1]

    def _cookie_or_local(
        self, scope: Scope, heads: dict[bytes, bytes], *, now: int, touch: bool
    ) -> Caller:
        cookie = heads.get(b"cookie")
        name = cookie_of(cookie, COOKIE) if cookie is not None else ""
        found = self.sessions.caller(name, now=now, touch=touch) if name else None
        if found is not None:
            if scope["method"] not in _SAFE and not (heads.keys() & {b"origin", b"sec-fetch-site"}):
                raise forbidden(
                    "a cookie alone changes nothing: the request does not say which page sent it.",
                    what_to_do="Send Origin, as every browser does; a program uses a token.",
                )
            return found
        if self.is_open(scope):
            return LOCAL
        raise unknown_caller("this route needs a session or a token.")

    def _wrong_token(self, scope: Scope) -> Problem:
        """The answer to a wrong token: 401, and 429 where an address tries too often."""
        address = network_of(self.address_of(scope))
        if wait_s := self._failures.wait_s(address):
            return too_many(wait_s)
        self._failures.note(address)
        return unknown_caller("the token is not known here, was revoked, or has expired.")

    def _is_ours(self, host: str) -> bool:
        """Whether a Host header names us; an address, unlike a name, cannot be another's."""
        name = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
        if name in self._hosts:
            return True
        return not self._is_loopback and _is_address(name.strip("[]"))


def unknown_caller(message: str) -> Problem:
    """The answer to who is not known."""
    return Problem(
        401,
        "no-token",
        message=message,
        what_to_do="Sign in, or send 'Authorization: Bearer TOKEN'; 'haihe token add NAME' makes "
        "one.",
        headers={"www-authenticate": 'Bearer realm="haihe"'},
    )


def cookie_of(header: bytes, name: str) -> str:
    """One cookie of a Cookie header; "" if it is not there."""
    try:
        morsel = SimpleCookie(header.decode("latin-1")).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel is not None else ""


def peer_of(scope: Scope) -> str:
    """The address at the other end of the line; "" if it has none."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_wildcard(host: str) -> bool:
    return host in ("0.0.0.0", "::", "")  # Compared with, not bound to.
