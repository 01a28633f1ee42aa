"""Tokens: who may come in and as what. Only their hashes are kept, in the data folder."""

import base64
import fcntl
import hashlib
import ipaddress
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec

from haihe.errors import NotAllowed
from haihe.model.time import DAY

FILE_NAME: Final = "tokens.json"
TOKEN_BYTES: Final = 32  # 256 bits: cannot be guessed.
NAME_MAX: Final = 80  # Ours: a name is shown beside what was done under it.
TOKENS_MAX: Final = 1_000  # Ours: people and devices of a zone; more need an identity provider.
ADDRESSES_KEPT: Final = 1_024  # Ours: asked at every request, and few callers there are.
LOOK_EVERY_S: Final = 1.0  # How late a new or revoked token may be seen.


class Role(StrEnum):
    """What a caller is."""

    VIEWER = "viewer"  # Sees.
    OFFICER = "officer"  # 值班员: sees, and acts on cases and orders.
    ENGINEER = "engineer"  # Sees, changes rules and streams, releases what was set aside.
    ADMIN = "admin"  # All of it.
    SOURCE = "source"  # A device or gateway: sends records, nothing else.
    ENTERPRISE = "enterprise"  # Sees what is its own.


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token as it is kept.

    name: who has it; what is done with it is done under this name.
    role: what its bearer may do.
    packs: only what belongs to these packs; () means all.
    owner: for an enterprise: whose entities it sees.
    sha256: of the token's text, in hex.
    made_at, expires_at: wall time; ns.
    """

    name: str
    role: Role
    packs: tuple[str, ...] = ()
    owner: str = ""
    sha256: str
    made_at: int
    expires_at: int


class Grant(msgspec.Struct, frozen=True):
    """What a new token allows.

    role: of its bearer.
    packs: only these; () means all.
    owner: for an enterprise.
    days: how long it is good for; 1 or more.
    """

    role: Role
    packs: tuple[str, ...] = ()
    owner: str = ""
    days: int = 365


_decoder: Final = msgspec.json.Decoder(tuple[Token, ...])


def make_token(folder: Path, name: str, *, grant: Grant) -> str:
    """A new token's text, which is shown this once and kept nowhere.

    folder: the data folder.
    name: who gets it; no two tokens have one name.
    Raises ValueError if the name is taken or the grant cannot be.
    """
    if not 1 <= len(name) <= NAME_MAX or not name.isprintable():
        raise ValueError(f"token name '{name}' must be 1 to {NAME_MAX} characters on one line.")
    if (grant.role is Role.ENTERPRISE) != bool(grant.owner):
        raise ValueError(
            f"a token with role {grant.role} and owner '{grant.owner}': an enterprise needs its "
            "owner name, and no other role has one."
        )
    if grant.days < 1:
        raise ValueError(f"a token for {grant.days} days would be of no use; give 1 or more.")
    text = "haihe_" + base64.urlsafe_b64encode(secrets.token_bytes(TOKEN_BYTES)).decode().rstrip(
        "="
    )
    now = time.time_ns()
    token = Token(
        name=name,
        role=grant.role,
        packs=grant.packs,
        owner=grant.owner,
        sha256=digest(text),
        made_at=now,
        expires_at=now + grant.days * DAY,
    )
    with _locked(folder):
        known = list_tokens(folder)
        if any(each.name == name for each in known):
            raise ValueError(
                f"there is a token for '{name}'; revoke it first, or use another name."
            )
        if len(known) >= TOKENS_MAX:
            raise ValueError(f"there are {len(known)} tokens; revoke some that nobody needs.")
        _write(folder, (*known, token))
    return text


def list_tokens(folder: Path) -> tuple[Token, ...]:
    """The tokens of a data folder, oldest first.

    Raises NotAllowed if the file cannot be read: then nobody comes in.
    """
    path = folder / FILE_NAME
    try:
        return _decoder.decode(path.read_bytes())
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.DecodeError) as error:
        raise NotAllowed(
            f"{path} cannot be read ({error}); restore it, or remove it and make tokens anew."
        ) from error


def revoke_token(folder: Path, name: str) -> bool:
    """Take a token back; False if there is none of that name."""
    with _locked(folder):
        known = list_tokens(folder)
        left = tuple(token for token in known if token.name != name)
        if len(left) < len(known):
            _write(folder, left)
    return len(left) < len(known)


def check_binding(host: str, tokens: Sequence[Token]) -> None:
    """Refuse to listen beyond this machine while everybody there could do everything.

    Raises NotAllowed if ``host`` is not loopback and no token is in force.
    """
    now = time.time_ns()
    if not is_loopback(host) and not any(token.expires_at > now for token in tokens):
        raise NotAllowed(
            f"{host} is not this machine alone, and there is no token in force; make one with "
            "'haihe token add NAME --role admin', or bind to 127.0.0.1."
        )


@lru_cache(maxsize=ADDRESSES_KEPT)
def is_loopback(host: str) -> bool:
    """Whether an address or name means this machine alone.

    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0")]
    [True, True, True, False]
    """
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def digest(text: str) -> str:
    """SHA-256 of a token's text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


class TokenBook:
    """The tokens in force, read again when the file changes."""

    def __init__(self, folder: Path) -> None:
        """Read the tokens of a data folder."""
        self._folder = folder
        self._stamp: tuple[int, int, int] | None = None
        self._looked_s = float("-inf")
        self._tokens: dict[str, Token] = {}
        self._is_closed = False

    def is_empty(self) -> bool:
        """Whether no token exists, not even one that has expired."""
        self._look()
        return not self._tokens and not self._is_closed

    def find(self, sha256: str) -> Token | None:
        """The token of that hash; None if there is none or it has expired."""
        self._look()
        token = self._tokens.get(sha256)
        return token if token is not None and token.expires_at > time.time_ns() else None

    def look_again(self) -> None:
        """Look at the file at the next question, however short ago that was done."""
        self._looked_s = float("-inf")

    def _look(self) -> None:
        now_s = time.monotonic()
        if now_s - self._looked_s < LOOK_EVERY_S:
            return
        self._looked_s = now_s
        stamp = _stamp(self._folder / FILE_NAME)
        if stamp == self._stamp:
            return
        try:
            self._tokens = {token.sha256: token for token in list_tokens(self._folder)}
            self._stamp, self._is_closed = stamp, False
        except NotAllowed:
            self._tokens, self._is_closed = {}, True  # A file nobody can read lets nobody in.


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes when the file is written; None if there is none."""
    try:
        seen = path.stat()
    except FileNotFoundError:
        return None
    return seen.st_mtime_ns, seen.st_size, seen.st_ino


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Nobody else changes the tokens meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / (FILE_NAME + ".lock")).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(folder: Path, tokens: tuple[Token, ...]) -> None:
    """Replace the file at once, readable by its owner alone."""
    path = folder / (FILE_NAME + ".new")
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(tokens)))
        file.flush()
        os.fsync(file.fileno())
    path.replace(folder / FILE_NAME)
