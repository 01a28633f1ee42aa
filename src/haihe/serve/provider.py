"""Signing in through the OpenID provider: there and back again."""

import asyncio
from typing import Annotated, Final

import msgspec
from starlette.responses import RedirectResponse, Response

from haihe.serve.access.accounts import Hand, meet
from haihe.serve.access.door import cookie_of
from haihe.serve.access.names import key_of
from haihe.serve.access.oidc import Provider
from haihe.serve.access.store import Account, Change
from haihe.serve.accounts import changed
from haihe.serve.calling import Asked
from haihe.serve.kinds import Nothing
from haihe.serve.problem import forbidden, unknown
from haihe.serve.session import entrant_of, put_session

STATE: Final = "haihe_oidc"
STATE_S: Final = 600  # Ours: as long as the provider's answer is waited for.
BACK: Final = "/api/v1/session/provider/back"
_Long = Annotated[str, msgspec.Meta(max_length=4_000)]


class BackQuery(msgspec.Struct, frozen=True):
    """What the provider sends along; more than this it may, and nobody looks at it."""

    state: _Long = ""
    code: _Long = ""
    iss: _Long = ""
    error: _Long = ""
    error_description: _Long = ""


async def leave(asked: Asked[Nothing, None]) -> Response:
    """To the provider."""
    access, provider = asked.platform.access, _provider(asked)
    is_https = access.is_https(asked.scope)
    address = provider.setting.address.rstrip("/")
    if not address:
        host = dict(asked.scope["headers"]).get(b"host", b"").decode("latin-1")
        address = f"{'https' if is_https else 'http'}://{host}"
    target, state = await asyncio.to_thread(provider.begin, address + BACK)
    response = RedirectResponse(target, 303)
    # Lax: the way back begins at the provider's page.
    response.set_cookie(
        STATE, state, max_age=STATE_S, path=BACK, httponly=True, samesite="lax", secure=is_https
    )
    return response


async def come_back(asked: Asked[BackQuery, None]) -> Response:
    """Back from the provider, with a session if it vouches for somebody."""
    provider, query = _provider(asked), asked.query
    state = cookie_of(dict(asked.scope["headers"]).get(b"cookie", b""), STATE)
    if query.error:
        raise forbidden(
            f"{provider.setting.title} says: {(query.error_description or query.error)[:200]}",
            what_to_do="Begin again, or sign in with a local account.",
        )
    if not state or state != query.state:
        raise forbidden(
            "this answer belongs to no sign-in of this browser.",
            what_to_do="Begin again from the sign-in page.",
        )
    person = await asyncio.to_thread(provider.finish, state, query.code, issuer=query.iss)

    def write(change: Change, hand: Hand) -> Account:
        wanted = Account(
            name=person.name,
            grant=person.grant,
            issuer=person.issuer,
            subject=person.subject,
            made_at=hand.now,
        )
        return meet(change, wanted, hand=hand)

    account = await changed(asked, write)
    if account.is_disabled:
        raise forbidden(f"the account of {account.name} is disabled here.")
    response = RedirectResponse("/", 303)
    entrant = entrant_of(account, key_of(account.name), way="oidc")
    await put_session(asked, entrant, response=response)
    response.delete_cookie(STATE, path=BACK, httponly=True, samesite="lax")
    return response


def _provider(asked: Asked[Nothing, None] | Asked[BackQuery, None]) -> Provider:
    """The provider of the settings.

    Raises Problem if there is none.
    """
    provider = asked.platform.access.provider
    if provider is None:
        raise unknown(
            "no OpenID provider is set up here.",
            what_to_do="Sign in with a local account; docs/operations.md shows [access.oidc].",
        )
    return provider
