"""What may be done to accounts, each as one change of the store that also tells the log."""

import base64
import secrets
from dataclasses import dataclass
from typing import Final

import msgspec

from haihe.errors import MoveIllegal
from haihe.serve.access.caller import Grant, check_grant
from haihe.serve.access.names import key_of, shown_name
from haihe.serve.access.passwords import weakness_of
from haihe.serve.access.roles import Role
from haihe.serve.access.store import Account, Change, Kept, Told

ACCOUNTS_MAX: Final = 5_000  # Ours: people of a zone's offices and enterprises.
GIVEN_BYTES: Final = 15  # 120 bits, 24 letters and digits: read out once, and changed at once.
ALL: Final = Grant((Role.ADMIN,))


@dataclass(frozen=True, slots=True)
class Hand:
    """Who changes something, and when.

    by: a name. now: ns.
    """

    by: str
    now: int


def given_password() -> str:
    """A password to be handed over once."""
    text = base64.b32encode(secrets.token_bytes(GIVEN_BYTES)).decode().lower()
    return "-".join(text[place : place + 6] for place in range(0, len(text), 6))


def check_password(password: str, *, name: str) -> None:
    """Refuse a password that is too easy to guess.

    Raises ValueError saying why, never the password itself.
    """
    weakness = weakness_of(password, name=name)
    if weakness:
        raise ValueError(f"this password cannot be {name}'s: {weakness}")


def make_first(change: Change, name: str, *, password: str, hand: Hand) -> Account:
    """The first account, an administrator's: exactly one call ever makes it.

    password: as kept.
    Raises MoveIllegal if there is an account already; ValueError if the name cannot be.
    """
    if has_local(change.kept()):
        raise MoveIllegal(f"'{name}' is not made: there is an account already; sign in.")
    account = Account(name=shown_name(name), grant=ALL, password=password, made_at=hand.now)
    _check_free(change.kept(), account.name)
    change.put_account(key_of(name), account)
    change.tell(Told(account.name, "account made", account.name, "the first: admin"))
    return account


def make_account(change: Change, account: Account, *, hand: Hand) -> Account:
    """One account more.

    Raises MoveIllegal if the name is taken; ValueError if the grant cannot be.
    """
    account = msgspec.structs.replace(account, name=shown_name(account.name))
    check_grant(account.grant)
    _check_free(change.kept(), account.name)
    change.put_account(key_of(account.name), account)
    change.tell(Told(hand.by, "account made", account.name, words_of(account.grant)))
    return account


def change_account(
    change: Change, key: str, *, grant: Grant, is_disabled: bool, hand: Hand
) -> Account:
    """Other rights for an account, or its end and return. The last administrator stays one.

    Raises LookupError if there is none; MoveIllegal; ValueError.
    """
    old = find(change.kept(), key)
    check_grant(grant)
    new = msgspec.structs.replace(old, grant=grant, is_disabled=is_disabled)
    if is_disabled and not old.is_disabled:
        new = msgspec.structs.replace(new, epoch=old.epoch + 1)
    if new == old:
        return old
    if old.issuer and grant != old.grant:
        raise MoveIllegal(f"what '{old.name}' may do is said by {old.issuer}; change it there.")
    kept = change.kept()
    if is_steward(old) and not is_steward(new) and not _stewards(kept) - {key}:
        raise MoveIllegal(f"'{old.name}' is the last administrator; make another one first.")
    change.put_account(key, new)
    if grant != old.grant:
        detail = f"{words_of(old.grant)} -> {words_of(grant)}"
        change.tell(Told(hand.by, "rights changed", old.name, detail))
    if is_disabled != old.is_disabled:
        what = "account disabled" if is_disabled else "account enabled"
        change.tell(Told(hand.by, what, old.name))
    return new


def set_password(
    change: Change, key: str, *, password: str, hand: Hand, is_given: bool = False
) -> Account:
    """Another password; every session of before is over.

    password: as kept. is_given: True if it must be changed at the next sign-in.
    Raises LookupError if there is no such account; MoveIllegal if it has a provider.
    """
    old = find(change.kept(), key)
    if old.issuer:
        raise MoveIllegal(f"'{old.name}' signs in through {old.issuer} and has no password here.")
    new = msgspec.structs.replace(old, password=password, must_change=is_given, epoch=old.epoch + 1)
    change.put_account(key, new)
    change.tell(Told(hand.by, "password reset" if is_given else "password changed", old.name))
    return new


def meet(change: Change, account: Account, *, hand: Hand) -> Account:
    """The account of somebody a provider vouches for: found again by its subject, or made.

    Its rights are what the provider says now. A name that somebody else has here is never taken
    over; the newcomer's gets the provider's beside it.
    Raises MoveIllegal if both are taken; ValueError if the name cannot be.
    """
    kept = change.kept()
    check_grant(account.grant)
    who = (account.issuer, account.subject)
    for key, old in kept.accounts.items():
        if (old.issuer, old.subject) == who:
            if old.grant == account.grant:
                return old
            new = msgspec.structs.replace(old, grant=account.grant)
            change.put_account(key, new)
            detail = f"{words_of(old.grant)} -> {words_of(new.grant)}"
            change.tell(Told(account.issuer, "rights changed", old.name, detail))
            return new
    name = shown_name(account.name)
    if key_of(name) in _names(kept):
        name = shown_name(f"{name}@{account.issuer.partition('://')[2].partition('/')[0]}".replace(
            ":", "-"))  # fmt: skip
    return make_account(
        change, msgspec.structs.replace(account, name=name), hand=Hand(account.issuer, hand.now)
    )


def find(kept: Kept, key: str) -> Account:
    """The account of a key.

    Raises LookupError if there is none.
    """
    account = kept.accounts.get(key)
    if account is None:
        raise LookupError(f"there is no account '{key}'.")
    return account


def has_local(kept: Kept) -> bool:
    """Whether there is an account that is not a provider's."""
    return any(not account.issuer for account in kept.accounts.values())


def is_steward(account: Account) -> bool:
    """Whether they can give rights, and sign in even while no provider answers."""
    grant = account.grant
    is_whole = Role.ADMIN in grant.roles and not grant.packs and not grant.areas
    return is_whole and bool(account.password) and not account.is_disabled


def words_of(grant: Grant) -> str:
    """A grant in one line.

    >>> words_of(Grant((Role.OFFICER,), packs=("gallery",)))
    'officer; packs gallery'
    """
    parts = [", ".join(role.value for role in grant.roles)]
    parts += [f"packs {', '.join(grant.packs)}"] if grant.packs else []
    parts += [f"areas {', '.join(grant.areas)}"] if grant.areas else []
    parts += [f"owner {grant.owner}"] if grant.owner else []
    parts += [f"assignees {', '.join(grant.assignees)}"] if grant.assignees else []
    return "; ".join(parts)


def _stewards(kept: Kept) -> set[str]:
    return {key for key, account in kept.accounts.items() if is_steward(account)}


def _names(kept: Kept) -> set[str]:
    """Every name under which something is done."""
    return kept.accounts.keys() | {
        key_of(token.name) for token in kept.tokens.values() if not token.account
    }


def _check_free(kept: Kept, name: str) -> None:
    """Refuse a name that somebody has.

    Raises MoveIllegal.
    """
    if key_of(name) in _names(kept):
        raise MoveIllegal(f"'{name}' is the name of another account or token; take another.")
    if len(kept.accounts) >= ACCOUNTS_MAX:
        raise MoveIllegal(f"there are {len(kept.accounts)} accounts; '{name}' is one too many.")
