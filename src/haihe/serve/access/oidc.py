"""Signing in through somebody who vouches for people: OpenID Connect, code flow with PKCE.

Source: OpenID Connect Core 1.0, 3.1; Discovery 1.0; RFC 7636 (PKCE, S256); RFC 9207; RFC 9700.
"""

import base64
import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec
import urllib3
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from haihe.errors import PackInvalid
from haihe.run.config import ProviderRole, ProviderSetting
from haihe.serve.access.caller import Grant, check_grant
from haihe.serve.access.tokens import is_loopback
from haihe.serve.problem import Problem, forbidden

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")  # No shared secrets.
WAIT_S: Final = 5.0  # Ours: a person waits for it.
ANSWER_MAX: Final = 256 << 10  # Ours: bytes; a provider's largest answer, its keys, has some KB.
PENDING_MAX: Final = 1_000  # Ours: people on their way to the provider and back.
PENDING_S: Final = 600.0  # Ours: time for a password and a second factor there.
KEPT_S: Final = 3_600.0  # Ours: how long a provider's addresses and keys are taken as they were.
AGAIN_S: Final = 30.0  # Ours: keys are asked for anew at most so often when one is not known.
SKEW_S: Final = 60  # Ours: by how much our clock and the provider's may differ.
VALUES_MAX: Final = 500  # Ours: groups of one person.


class Endpoints(msgspec.Struct, frozen=True):
    """What a provider says of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class _Answered(msgspec.Struct, frozen=True):
    """What a provider gives for a code."""

    id_token: str


S = TypeVar("S", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody on their way to the provider and back.

    nonce, verifier: what ties the answer to the question.
    redirect: where the provider sends them.
    until_s: monotonic; s.
    """

    nonce: str
    verifier: str
    redirect: str
    until_s: float


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody is to the provider, and what they may here."""

    issuer: str
    subject: str
    name: str
    grant: Grant


class Provider:
    """One provider; its methods wait for the network, so they belong in a thread."""

    def __init__(self, setting: ProviderSetting) -> None:
        """Know a provider; nothing is asked of it yet.

        Raises PackInvalid if the settings cannot be used.
        """
        self.setting = setting
        self._grants = tuple((each.value, _grant_of(each)) for each in setting.role)
        _check_address(setting.issuer, setting.issuer)
        self._pending: OrderedDict[str, Pending] = OrderedDict()
        self._endpoints: tuple[float, Endpoints] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def begin(self, redirect: str) -> tuple[str, str]:
        """Where to send somebody, and the state by which they are known again.

        Raises Problem if the provider does not answer.
        """
        endpoints = self._find_endpoints()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        hashed = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.setting.client_id,
            "redirect_uri": redirect,
            "scope": " ".join(dict.fromkeys(("openid", *self.setting.scopes))),
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(hashed).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        self._pending[state] = Pending(nonce, verifier, redirect, time.monotonic() + PENDING_S)
        while len(self._pending) > PENDING_MAX:
            self._pending.popitem(last=False)
        joint = "&" if "?" in endpoints.authorization_endpoint else "?"
        return f"{endpoints.authorization_endpoint}{joint}{urlencode(asked)}", state

    def finish(self, state: str, code: str, *, issuer: str = "") -> Person:
        """Who came back.

        issuer: as the answer names it (RFC 9207); "" where it does not.
        Raises Problem if they are not known again, the provider does not vouch for them, or
        nothing it says gives them a role here.
        """
        pending = self._pending.pop(state, None)
        if pending is None or time.monotonic() > pending.until_s:
            raise forbidden("this sign-in was not begun here, or too long ago.", what_to_do=_AGAIN)
        if issuer not in ("", self.setting.issuer):
            raise _unproved(f"the answer is from '{issuer[:200]}'.")
        endpoints = self._find_endpoints()
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": pending.redirect,
            "code_verifier": pending.verifier,
            "client_id": self.setting.client_id,
        }
        headers = {}
        if self.setting.client_secret:
            pair = f"{self.setting.client_id}:{self.setting.client_secret}".encode()
            headers["authorization"] = "Basic " + base64.b64encode(pair).decode()
        body = self._ask("POST", endpoints.token_endpoint, asked=asked, headers=headers)
        answered = self._decode(body, _Answered)
        claims = self._claims(answered.id_token, nonce=pending.nonce, endpoints=endpoints)
        return self._person(claims)

    def _claims(self, token: str, *, nonce: str, endpoints: Endpoints) -> Mapping[str, object]:
        """The claims of an ID token that is the provider's, for us, for this question, and now."""
        try:
            try:
                claims = self._verified(token, self._find_keys(endpoints))
            except (JoseError, ValueError):  # Perhaps its keys are new.
                claims = self._verified(token, self._find_keys(endpoints, is_new=True))
            wanted = jwt.JWTClaimsRegistry(
                leeway=SKEW_S,
                iss={"essential": True, "value": self.setting.issuer},
                sub={"essential": True},
                aud={"essential": True, "value": self.setting.client_id},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            )
            wanted.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise _unproved(str(error)) from error
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and (
            claims.get("azp") != self.setting.client_id
        ):  # fmt: skip
            raise _unproved(f"it is for {len(audience)} parties, and not first of all for us.")
        return claims

    def _verified(self, token: str, keys: KeySet) -> dict[str, object]:
        return dict(jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims)

    def _person(self, claims: Mapping[str, object]) -> Person:
        """Who it is, and the first of the settings' roles that fits.

        Raises Problem if none does.
        """
        values = _values_of(claims, self.setting.role_claim)
        name = claims.get(self.setting.name_claim)
        subject = claims["sub"]
        if not isinstance(name, str) or not isinstance(subject, str):
            raise _unproved(f"it names nobody in '{self.setting.name_claim}'.")
        grant = next((grant for value, grant in self._grants if value in values), None)
        if grant is None:
            raise forbidden(
                f"{self.setting.title} knows {name[:80]}, but nothing it says gives a role here.",
                what_to_do=f"Ask for one of the values of '{self.setting.role_claim}' that "
                "haihe.toml names.",
            )
        return Person(self.setting.issuer, subject, name, grant)

    def _find_endpoints(self) -> Endpoints:
        if self._endpoints is not None and time.monotonic() < self._endpoints[0]:
            return self._endpoints[1]
        address = self.setting.issuer.rstrip("/") + "/.well-known/openid-configuration"
        endpoints = self._decode(self._ask("GET", address), Endpoints)
        if endpoints.issuer != self.setting.issuer:
            raise _unproved(f"it calls itself '{endpoints.issuer[:200]}'.")
        try:
            for each in (endpoints.authorization_endpoint, endpoints.token_endpoint,
                         endpoints.jwks_uri):  # fmt: skip
                _check_address(each, self.setting.issuer)
        except PackInvalid as error:
            raise _unproved(str(error)) from error
        self._endpoints = (time.monotonic() + KEPT_S, endpoints)
        return endpoints

    def _find_keys(self, endpoints: Endpoints, *, is_new: bool = False) -> KeySet:
        kept = self._keys
        if kept is not None:
            age_s = time.monotonic() - kept[0]
            if age_s < (AGAIN_S if is_new else KEPT_S):
                return kept[1]
        body = self._ask("GET", endpoints.jwks_uri)
        try:
            keys = KeySet.import_key_set(msgspec.json.decode(body))
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise _unproved(f"its keys cannot be read: {error}") from error
        self._keys = (time.monotonic(), keys)
        return keys

    def _ask(
        self,
        method: str,
        address: str,
        *,
        asked: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """The body of an answer.

        Raises Problem if none comes, or one that is no success.
        """
        body = urlencode(asked).encode() if asked is not None else None
        heads = {"accept": "application/json", **(headers or {})}
        if body is not None:
            heads["content-type"] = "application/x-www-form-urlencoded"
        try:
            with urllib3.PoolManager(timeout=urllib3.Timeout(WAIT_S), retries=False) as pool:
                answer = pool.request(
                    method, address, body=body, headers=heads, redirect=False, preload_content=False
                )
                with closing(answer):
                    data = answer.read(ANSWER_MAX + 1)
        except urllib3.exceptions.HTTPError as error:
            raise self._silent(f"{type(error).__name__}") from error
        if method == "POST" and answer.status in (400, 401, 403):
            raise _unproved(f"it does not take the code ({answer.status}).")
        if answer.status != 200 or len(data) > ANSWER_MAX:
            raise self._silent(f"it answered {answer.status} with {len(data)} bytes")
        return bytes(data)

    def _decode(self, body: bytes, kind: type[S]) -> S:
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._silent(f"its answer is not what it should be: {error}") from error

    def _silent(self, why: str) -> Problem:
        return Problem(
            503,
            "provider-silent",
            message=f"{self.setting.title} ({self.setting.issuer}) cannot be asked: {why}.",
            what_to_do="Sign in with a local account, or try again later.",
            headers={"retry-after": "10"},
        )


_AGAIN: Final = "Begin again from the sign-in page."


def _unproved(why: str) -> Problem:
    return Problem(
        403,
        "not-proved",
        message=f"the provider's answer does not prove who this is: {why[:300]}",
        what_to_do=_AGAIN,
    )


def _values_of(claims: Mapping[str, object], path: str) -> frozenset[str]:
    """What a claim says, inside of objects where its name has dots; a text or many."""
    found: Any = claims
    for part in (path,) if path in claims else path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    many: Sequence[Any] = found if isinstance(found, list) else [found]
    return frozenset(one for one in many[:VALUES_MAX] if isinstance(one, str))


def _grant_of(setting: ProviderRole) -> Grant:
    """What a role of the settings allows.

    Raises PackInvalid if it cannot be.
    """
    parts = msgspec.to_builtins(setting)
    del parts["value"]
    try:
        grant = msgspec.convert(parts, Grant)
        check_grant(grant)
    except ValueError as error:  # Also what msgspec says.
        raise PackInvalid(
            f"[[access.oidc.role]] '{setting.value}' in haihe.toml cannot be: {error}"
        ) from error
    return grant


def _check_address(address: str, issuer: str) -> None:
    """Refuse an address that is neither encrypted nor, as its issuer, on this machine.

    Raises PackInvalid.
    """
    parts, at_home = urlsplit(address), urlsplit(issuer)
    is_near = is_loopback(parts.hostname or "") and is_loopback(at_home.hostname or "")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_near):
        raise PackInvalid(f"'{address[:200]}' of the OpenID provider must begin with https://.")
