"""Tokens over HTTP: everybody makes their own, administrators those of devices too."""

from typing import Annotated

import msgspec
from starlette.responses import Response

from haihe.serve.access import ADMINS, OVERSEERS, Grant
from haihe.serve.access.accounts import Hand
from haihe.serve.access.caller import check_whole
from haihe.serve.access.names import NAME_MAX
from haihe.serve.access.roles import SERVICES
from haihe.serve.access.store import Change, Token
from haihe.serve.access.tokens import DAYS_MAX, Wanted, add_token, drop_token
from haihe.serve.accounts import changed
from haihe.serve.calling import HEADERS, Asked, Reply
from haihe.serve.kinds import Nothing
from haihe.serve.problem import forbidden, unknown


class TokenShown(msgspec.Struct, frozen=True):
    """A token, but for its text, which nobody has but its bearer.

    account: the key of the account under whose name it acts; "" for none.
    used_at: when it was last used, some seconds late.
    """

    name: str
    grant: Grant
    account: str
    made_at: int
    expires_at: int
    used_at: int


class NewToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A token to be made.

    is_own: whether it acts under the caller's name; False for a device or service.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_MAX)]
    grant: Grant
    days: Annotated[int, msgspec.Meta(ge=1, le=DAYS_MAX)] = 90
    is_own: bool = True


class TokenMade(msgspec.Struct, frozen=True):
    """A new token; its text is shown this once."""

    name: str
    token: str


async def list_tokens(asked: Asked[Nothing, None]) -> tuple[TokenShown, ...]:
    """The caller's tokens; for administrators and auditors everybody's."""
    access, caller = asked.platform.access, asked.caller
    access.book.look()
    kept, sees_all = access.book.kept, caller.may(OVERSEERS)
    return tuple(
        TokenShown(
            name=token.name,
            grant=token.grant,
            account=token.account,
            made_at=token.made_at,
            expires_at=token.expires_at,
            used_at=access.used_at(token.name),
        )
        for token in kept.tokens.values()
        if sees_all or (caller.account and token.account == caller.account)
    )


async def make_token(asked: Asked[Nothing, NewToken]) -> Reply:
    """A new token: the caller's own, or a device's."""
    caller, body = asked.caller, asked.body
    if body.is_own:
        if not caller.session or not caller.account:
            raise forbidden("a token of one's own is made by who signed in to their account.")
    elif not caller.may(ADMINS):
        raise forbidden("tokens of devices and services are made by administrators.")
    elif not caller.is_local and not SERVICES.issuperset(body.grant.roles):
        allowed = ", ".join(sorted(SERVICES))
        raise forbidden(
            f"a token that is no person's may be {allowed}: what acts is a person.",
            what_to_do="Make an account; its owner can make a token that acts under their name.",
        )
    if not body.is_own:
        check_whole(caller)

    def write(change: Change, hand: Hand) -> str:
        account = caller.account if body.is_own else ""
        return add_token(change, Wanted(body.name, body.grant, body.days, account), hand=hand)

    text = await changed(asked, write)
    name = f"{caller.name}/{body.name}" if body.is_own else body.name
    return Reply(TokenMade(name, text), 201)


async def revoke_token(asked: Asked[Nothing, None]) -> Response:
    """Take a token back: one's own, or as an administrator any."""
    caller, name = asked.caller, asked.path["token"]
    found: Token | None = asked.platform.access.book.kept.tokens.get(name)
    is_own = found is not None and bool(caller.account) and found.account == caller.account
    if found is None or not (is_own or caller.may(ADMINS)):
        raise unknown(f"there is no token '{name}'.")
    if not is_own:
        check_whole(caller)

    def write(change: Change, hand: Hand) -> bool:
        return drop_token(change, name, hand=hand)

    await changed(asked, write)
    return Response(None, 204, HEADERS)
