"""Tokens: for devices, services and people's own programs. Only their hashes are kept."""

import base64
import hashlib
import ipaddress
import secrets
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from haihe.errors import MoveIllegal
from haihe.model.time import DAY
from haihe.serve.access.accounts import Hand, find, words_of
from haihe.serve.access.caller import Grant, check_grant, within
from haihe.serve.access.names import key_of, shown_name
from haihe.serve.access.store import Change, Kept, Store, Token, Told

TOKEN_BYTES: Final = 32  # 256 bits: cannot be guessed.
DAYS_MAX: Final = 3_660  # Ours: ten years; a device that lasts longer gets a new one.
TOKENS_MAX: Final = 2_000  # Ours: devices and programs of a zone.
OWN_MAX: Final = 20  # Ours: programs of one person.
ADDRESSES_KEPT: Final = 1_024  # Ours: asked at every request, and few callers there are.


@dataclass(frozen=True, slots=True)
class Wanted:
    """A token to be made.

    name: who gets it.
    grant: what its bearer may.
    days: how long it is good for.
    account: the key of the account under whose name it acts, and within whose rights; "" for none.
    """

    name: str
    grant: Grant
    days: int
    account: str = ""


def add_token(change: Change, wanted: Wanted, *, hand: Hand) -> str:
    """A new token's text, which is shown this once and kept nowhere.

    Raises ValueError or LookupError if it cannot be; MoveIllegal if the name is taken.
    """
    if not 1 <= wanted.days <= DAYS_MAX:
        raise ValueError(f"a token for {wanted.days} days is none; give 1 to {DAYS_MAX}.")
    check_grant(wanted.grant)
    kept = change.kept()
    name = _whole_name(kept, wanted)
    if len(kept.tokens) >= TOKENS_MAX:
        raise MoveIllegal(f"there are {len(kept.tokens)} tokens; revoke some that nobody needs.")
    secret = base64.urlsafe_b64encode(secrets.token_bytes(TOKEN_BYTES)).decode().rstrip("=")
    text = f"haihe_{secret}"
    token = Token(
        name=name,
        grant=wanted.grant,
        account=wanted.account,
        sha256=digest(text.encode()).hex(),
        made_at=hand.now,
        expires_at=hand.now + wanted.days * DAY,
    )
    change.put_token(token)
    change.tell(Told(hand.by, "token made", name, f"{words_of(wanted.grant)}; {wanted.days} days"))
    return text


def drop_token(change: Change, name: str, *, hand: Hand) -> bool:
    """Take a token back; False if there is none of that name."""
    if name not in change.kept().tokens:
        return False
    change.drop_token(name)
    change.tell(Told(hand.by, "token revoked", name))
    return True


def make_token(folder: Path, name: str, *, grant: Grant, days: int = 365, account: str = "") -> str:
    """A new token of a data folder, made by the operator of its machine; its text.

    Raises as ``add_token``.
    """
    store = Store(folder)
    try:
        with store.change() as change:
            wanted = Wanted(name, grant, days, key_of(account))
            return add_token(change, wanted, hand=Hand("operator", time.time_ns()))
    finally:
        store.close()


def list_tokens(folder: Path) -> tuple[Token, ...]:
    """The tokens of a data folder, by name."""
    store = Store(folder)
    try:
        return tuple(store.kept().tokens.values())
    finally:
        store.close()


def revoke_token(folder: Path, name: str) -> bool:
    """Take a token of a data folder back; False if there is none of that name."""
    store = Store(folder)
    try:
        with store.change() as change:
            return drop_token(change, name, hand=Hand("operator", time.time_ns()))
    finally:
        store.close()


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


def digest(text: bytes) -> bytes:
    """SHA-256 of a token's or a cookie's text."""
    return hashlib.sha256(text).digest()


def _whole_name(kept: Kept, wanted: Wanted) -> str:
    """The token's name, with its person's before it.

    Raises LookupError if there is no such account; ValueError if it may not do so much;
    MoveIllegal if the name is taken.
    """
    name, grant, account = shown_name(wanted.name), wanted.grant, wanted.account
    if not account:
        same = [each.name for each in kept.tokens.values() if key_of(each.name) == key_of(name)]
        if same or key_of(name) in kept.accounts:
            raise MoveIllegal(
                f"there is a token or an account '{name}'; revoke the token first, take another "
                "name, or make the token for the account."
            )
        return name
    owner = find(kept, account)
    if not _fits(grant, within(grant, owner.grant)):
        raise ValueError(
            f"a token may do what its account may, and no more: '{owner.name}' is "
            f"{words_of(owner.grant)}, not {words_of(grant)}."
        )
    whole = f"{owner.name}/{name}"
    if any(key_of(each) == key_of(whole) for each in kept.tokens):
        raise MoveIllegal(f"there is a token '{whole}'; revoke it first, or use another name.")
    if sum(each.account == account for each in kept.tokens.values()) >= OWN_MAX:
        raise MoveIllegal(f"'{owner.name}' has {OWN_MAX} tokens; revoke one that is not needed.")
    return whole


def _fits(grant: Grant, left: Grant | None) -> bool:
    """Whether nothing that a grant names was taken away; what it leaves open may be narrowed."""
    return left is not None and (
        left.roles == grant.roles
        and left.packs[: len(grant.packs)] == grant.packs
        and left.areas[: len(grant.areas)] == grant.areas
    )
