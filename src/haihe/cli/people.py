"""``account`` and ``token``: who may come in, for the operator of the machine."""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from haihe.cli.common import add_folder, make_folder, shown
from haihe.serve.access import Grant, Role
from haihe.serve.access.accounts import (
    Hand,
    change_account,
    find,
    given_password,
    make_account,
    set_password,
    words_of,
)
from haihe.serve.access.names import key_of
from haihe.serve.access.passwords import hash_now
from haihe.serve.access.store import Account, Change, Store
from haihe.serve.access.tokens import list_tokens, make_token, revoke_token
from haihe.serve.settings import Cost

OPERATOR: Final = "operator"  # Whoever has a shell on the machine.


def add_to(commands: Any) -> None:
    """The commands and their options."""
    account = commands.add_parser("account", help="people: add, list, grant, reset, (dis|en)able")
    account.add_argument("act", choices=("add", "list", "grant", "reset", "disable", "enable"))
    account.add_argument("name", nargs="?", default="", help="whose it is")
    _add_grant(account)
    add_folder(account)
    account.set_defaults(run=run_account)

    token = commands.add_parser("token", help="devices and programs: add, list, revoke")
    token.add_argument("act", choices=("add", "list", "revoke"))
    token.add_argument("name", nargs="?", default="", help="who has it")
    _add_grant(token)
    token.add_argument("--for", dest="account", default="", help="whose account it acts for")
    token.add_argument("--days", type=int, default=365, help="how long it is good for")
    add_folder(token)
    token.set_defaults(run=run_token)


def run_account(options: argparse.Namespace) -> int:
    """Add, list, grant, reset, disable or enable."""
    make_folder(options.data)
    with _store(options.data) as store:
        if options.act == "list":
            for _, account in sorted(store.kept().accounts.items()):
                state = "disabled" if account.is_disabled else account.issuer or "local"
                print(f"{account.name:20} {state:10} {words_of(account.grant)}")
            return 0
        if not options.name:
            raise ValueError(f"whose account? 'haihe account {options.act} NAME'.")
        try:
            with store.change() as change:
                given = _change(change, options)
        except LookupError as error:
            raise ValueError(str(error.args[0])) from error
    if given:
        print(given)
        print("Hand this password over; it must be changed at the next sign-in.", file=sys.stderr)
    return 0


def run_token(options: argparse.Namespace) -> int:
    """Add, list or revoke."""
    folder: Path = options.data
    make_folder(folder)
    if options.act == "list":
        for token in list_tokens(folder):
            print(f"{token.name:20} until {shown(token.expires_at)} {words_of(token.grant)}")
        return 0
    if not options.name:
        raise ValueError(f"whose token? 'haihe token {options.act} NAME'.")
    if options.act == "revoke":
        done = revoke_token(folder, options.name)
        print(f"{options.name}: {'revoked' if done else 'has no token'}")
        return 0 if done else 1
    try:
        text = make_token(
            folder, options.name, grant=_grant(options), days=options.days, account=options.account
        )
    except LookupError as error:
        raise ValueError(str(error.args[0])) from error
    print(text)
    print("This is shown once. Send it as 'Authorization: Bearer ...'.", file=sys.stderr)
    return 0


def _change(change: Change, options: argparse.Namespace) -> str:
    """Do it; the password to hand over, "" where there is none."""
    key, hand = key_of(options.name), Hand(OPERATOR, time.time_ns())
    if options.act == "add":
        password = given_password()
        account = Account(
            name=options.name,
            grant=_grant(options),
            password=hash_now(password, Cost()),
            must_change=True,
            made_at=hand.now,
        )
        make_account(change, account, hand=hand)
        return password
    if options.act == "reset":
        password = given_password()
        hashed = hash_now(password, Cost())
        set_password(change, key, password=hashed, hand=hand, is_given=True)
        return password
    old = find(change.kept(), key)
    grant = _grant(options) if options.act == "grant" else old.grant
    is_disabled = old.is_disabled if options.act == "grant" else options.act == "disable"
    change_account(change, key, grant=grant, is_disabled=is_disabled, hand=hand)
    return ""


def _add_grant(parser: argparse.ArgumentParser) -> None:
    """What somebody may."""
    parser.add_argument(
        "--role", action="append", choices=[role.value for role in Role], default=[],
        help="default: viewer",
    )  # fmt: skip
    parser.add_argument("--pack", action="append", default=[], help="only these packs")
    parser.add_argument("--area", action="append", default=[], help="only what lies in these")
    parser.add_argument("--owner", default="", help="the enterprise, for role enterprise")
    parser.add_argument(
        "--assignee", action="append", default=[], metavar="TEAM",
        help="for role crew: whose orders are theirs, such as gallery-crew or 'gallery-*'",
    )  # fmt: skip


def _grant(options: argparse.Namespace) -> Grant:
    roles = tuple(Role(role) for role in options.role) or (Role.VIEWER,)
    return Grant(
        roles, tuple(options.pack), tuple(options.area), options.owner, tuple(options.assignee)
    )


@contextmanager
def _store(folder: Path) -> Iterator[Store]:
    """The store of a data folder, also while a server runs on it."""
    store = Store(folder)
    try:
        yield store
    finally:
        store.close()
