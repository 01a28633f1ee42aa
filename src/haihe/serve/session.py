"""Signing in with a token from a browser, and who one is."""

from typing import Annotated, Final

import msgspec
from starlette.responses import Response

from haihe.model.text import Text
from haihe.serve.access import COOKIE, SESSION_S, Caller, Role
from haihe.serve.calling import HEADERS, JSON, Asked
from haihe.serve.kinds import Nothing
from haihe.serve.settings import Settings
from haihe.serve.shown import to_json

TOKEN_MAX: Final = 200  # Ours: characters; a token has 49.


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A token, once; from then on a cookie that scripts cannot read stands for it."""

    token: Annotated[str, msgspec.Meta(min_length=1, max_length=TOKEN_MAX)]


class Myself(msgspec.Struct, frozen=True):
    """Who the caller is, and where.

    packs: only these; () means all.
    owner: the enterprise they are; "" for none.
    is_local: whether they may name whoever acts.
    """

    name: str
    roles: tuple[Role, ...]
    packs: tuple[str, ...]
    owner: str
    is_local: bool
    title: Text
    demo: bool


async def show_self(asked: Asked[Nothing, None]) -> Myself:
    """Who the caller is."""
    return _myself(asked.caller, asked.platform.settings)


async def sign_in(asked: Asked[Nothing, SignIn]) -> Response:
    """A session for a token."""
    platform = asked.platform
    session, caller = platform.access.open_session(asked.body.token, asked.scope)
    body = to_json(_myself(caller, platform.settings))
    response = Response(body, 201, HEADERS, media_type=JSON)
    response.set_cookie(
        COOKIE,
        session,
        max_age=SESSION_S,
        httponly=True,
        samesite="strict",
        secure=asked.scope.get("scheme") == "https",
    )
    return response


async def sign_out(asked: Asked[Nothing, None]) -> Response:
    """The end of the session."""
    asked.platform.access.close_session(asked.scope)
    response = Response(None, 204, HEADERS)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


def _myself(caller: Caller, settings: Settings) -> Myself:
    return Myself(
        name=caller.name,
        roles=tuple(sorted(caller.roles)),
        packs=caller.packs,
        owner=caller.owner,
        is_local=caller.is_local,
        title=settings.title,
        demo=settings.demo,
    )
