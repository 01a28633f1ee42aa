"""Accounts over HTTP: the first one, then what administrators do to the others."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec
from starlette.responses import Response

from haihe.model.text import Text
from haihe.serve.access.accounts import (
    Hand,
    change_account,
    check_password,
    given_password,
    make_account,
    make_first,
    set_password,
)
from haihe.serve.access.caller import Grant, check_whole
from haihe.serve.access.names import NAME_MAX, key_of, shown_name
from haihe.serve.access.store import Account, Change
from haihe.serve.calling import Asked, Reply
from haihe.serve.kinds import Limit, Nothing, Skip
from haihe.serve.problem import Problem, conflict, forbidden, malformed, unknown
from haihe.serve.session import Name, Password, entrant_of, let_in

R = TypeVar("R")


class SetupShown(msgspec.Struct, frozen=True):
    """What the sign-in page needs to know.

    needed: whether there is no account yet, and the wizard makes the first.
    code_needed: whether that takes the code that ``haihe up`` printed.
    provider: what the button of the OpenID provider says; "" where there is none.
    """

    needed: bool
    code_needed: bool
    provider: str
    title: Text
    demo: bool


class First(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first account, an administrator's."""

    name: Name
    password: Password
    code: Annotated[str, msgspec.Meta(max_length=100)] = ""


class AccountShown(msgspec.Struct, frozen=True):
    """What administrators see of somebody's account.

    issuer: the provider that vouches for them; "" for a local account.
    must_change: whether an administrator gave the password, and it was not changed yet.
    sessions: how many are in force.
    """

    name: str
    grant: Grant
    issuer: str
    is_disabled: bool
    must_change: bool
    made_at: int
    sessions: int


class AccountsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which accounts; ``prefix`` is what their names begin with, in any case."""

    prefix: Annotated[str, msgspec.Meta(max_length=NAME_MAX)] = ""
    limit: Limit = 100
    skip: Skip = 0


class AccountsShown(msgspec.Struct, frozen=True):
    """Part of a list of accounts; ``total`` is how many there are."""

    total: int
    accounts: tuple[AccountShown, ...]


class NewAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody new, and what they may."""

    name: Name
    grant: Grant


class Rights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an account may from now on, and whether it may sign in at all."""

    grant: Grant
    is_disabled: bool = False


class Given(msgspec.Struct, frozen=True):
    """A password to be handed over; it is shown this once, and changed at the first sign-in."""

    account: AccountShown
    password: str


async def show_setup(asked: Asked[Nothing, None]) -> SetupShown:
    """Whether there is an account yet, and how one signs in."""
    access, settings = asked.platform.access, asked.platform.settings
    access.book.look()
    needed = not access.book.has_accounts()
    return SetupShown(
        needed=needed,
        code_needed=needed and not access.is_open(asked.scope),
        provider=access.provider.setting.title if access.provider is not None else "",
        title=settings.title,
        demo=settings.demo,
    )


async def set_up(asked: Asked[Nothing, First]) -> Response:
    """The first account, once; and a session for it."""
    platform, access, body = asked.platform, asked.platform.access, asked.body
    access.book.look_again()
    if access.book.has_accounts():
        raise conflict("there is an account already.", what_to_do="Sign in with it.")
    if not access.is_open(asked.scope) and not access.is_setup_code(body.code, asked.scope):
        raise forbidden(
            "the first account is made on this machine, or with the setup code.",
            what_to_do="Give the code that 'haihe up' printed when it started.",
        )
    try:
        name = shown_name(body.name)
        check_password(body.password, name=name)
    except ValueError as error:
        raise malformed(str(error), status=422) from error
    hashed = await access.passwords.hash(body.password)

    def write(change: Change, hand: Hand) -> Account:
        return make_first(change, name, password=hashed, hand=hand)

    account = await changed(asked, write)
    response = await let_in(asked, entrant_of(account, key_of(name), way="password"))
    platform.hub.close()  # Who listened as the machine's operator signs in now.
    return response


async def list_accounts(asked: Asked[AccountsQuery, None]) -> AccountsShown:
    """Accounts, by name."""
    access, query = asked.platform.access, asked.query
    access.book.look()
    head = key_of(query.prefix)
    kept = access.book.kept.accounts
    found = sorted((key, account) for key, account in kept.items() if key.startswith(head))
    part = found[query.skip : query.skip + query.limit]
    counts = access.sessions.counts(now=access.clock.now())
    shown = tuple(_shown(account, counts.get(key, 0)) for key, account in part)
    return AccountsShown(len(found), shown)


async def show_account(asked: Asked[Nothing, None]) -> AccountShown:
    """One account."""
    access = asked.platform.access
    key = key_of(asked.path["account"])
    account = access.book.account(key)
    if account is None:
        raise unknown(f"there is no account '{asked.path['account']}'.")
    return _account(asked, key, account=account)


async def add_account(asked: Asked[Nothing, NewAccount]) -> Reply:
    """Somebody new; the answer has the password to hand over."""
    check_whole(asked.caller)
    access, body = asked.platform.access, asked.body
    password = given_password()
    hashed = await access.passwords.hash(password)

    def write(change: Change, hand: Hand) -> Account:
        account = Account(
            name=body.name, grant=body.grant, password=hashed, must_change=True, made_at=hand.now
        )
        return make_account(change, account, hand=hand)

    account = await changed(asked, write)
    shown = _account(asked, key_of(account.name), account=account)
    return Reply(Given(shown, password), 201)


async def put_rights(asked: Asked[Nothing, Rights]) -> AccountShown:
    """Other rights for an account, or its end and return."""
    check_whole(asked.caller)
    key, body = key_of(asked.path["account"]), asked.body

    def write(change: Change, hand: Hand) -> Account:
        return change_account(
            change, key, grant=body.grant, is_disabled=body.is_disabled, hand=hand
        )

    return _account(asked, key, account=await changed(asked, write))


async def reset_password(asked: Asked[Nothing, None]) -> Given:
    """A new password for somebody who lost theirs; all their sessions are over."""
    check_whole(asked.caller)
    access, key = asked.platform.access, key_of(asked.path["account"])
    password = given_password()
    hashed = await access.passwords.hash(password)

    def write(change: Change, hand: Hand) -> Account:
        return set_password(change, key, password=hashed, hand=hand, is_given=True)

    return Given(_account(asked, key, account=await changed(asked, write)), password)


async def changed(asked: Asked[Any, Any], write: Callable[[Change, Hand], R]) -> R:
    """Change the store under the caller's name; the log hears of it before the answer.

    Raises Problem if it cannot be.
    """
    access = asked.platform.access
    hand = Hand(asked.caller.name, access.clock.now())

    def work() -> R:
        with access.store.change() as change:
            return write(change, hand)

    try:
        done = await asyncio.to_thread(work)
    except LookupError as error:
        raise unknown(str(error.args[0])) from error
    except ValueError as error:
        raise Problem(422, "malformed", message=str(error)) from error
    access.book.look_again()
    await asked.platform.witness.tell()
    return done


def _account(asked: Asked[Any, Any], key: str, *, account: Account) -> AccountShown:
    access = asked.platform.access
    return _shown(account, len(access.sessions.of(key, now=access.clock.now())))


def _shown(account: Account, sessions: int) -> AccountShown:
    return AccountShown(
        name=account.name,
        grant=account.grant,
        issuer=account.issuer,
        is_disabled=account.is_disabled,
        must_change=account.must_change,
        made_at=account.made_at,
        sessions=sessions,
    )
