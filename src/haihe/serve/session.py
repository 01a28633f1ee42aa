"""Signing in and out, and who one is; one's own sessions and password."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
from starlette.responses import Response

from haihe.model.text import Text
from haihe.model.time import DAY, SECOND
from haihe.serve.access import COOKIE, Caller, Role
from haihe.serve.access.accounts import Hand, check_password, set_password
from haihe.serve.access.caller import caller_of
from haihe.serve.access.door import DEVICE, cookie_of
from haihe.serve.access.names import NAME_MAX, key_of
from haihe.serve.access.passwords import LENGTH_MAX
from haihe.serve.access.sessions import WHOLE, Begun
from haihe.serve.access.store import Account, Session, Told
from haihe.serve.calling import HEADERS, JSON, Asked
from haihe.serve.kinds import Nothing
from haihe.serve.platform import Platform
from haihe.serve.problem import Problem, conflict, forbidden, malformed, unknown
from haihe.serve.settings import Settings
from haihe.serve.shown import to_json

TOKEN_MAX: Final = 200  # Ours: characters; a token has 49.
DEVICE_S: Final = 180 * DAY // SECOND  # Ours: how long a browser is known that signed in once.

Password = Annotated[str, msgspec.Meta(min_length=1, max_length=2 * LENGTH_MAX)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=2 * NAME_MAX)]


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name and password, or a token; from then on a cookie that scripts cannot read."""

    name: Name = ""
    password: Password = ""
    token: Annotated[str, msgspec.Meta(max_length=TOKEN_MAX)] = ""


class PasswordChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The password as it is, and as it shall be."""

    old: Password
    new: Password


class Myself(msgspec.Struct, frozen=True):
    """Who the caller is, and where.

    packs: only these; areas: only these and what lies in them; () means all.
    owner: the enterprise they are; "" for none.
    assignees: for crew, the teams whose orders are theirs.
    is_local: whether they may name whoever acts.
    has_account: whether they have a password and sessions of their own.
    must_change: whether they must change their password first.
    is_drill: whether this is a drill, in which nothing is real.
    """

    name: str
    roles: tuple[Role, ...]
    packs: tuple[str, ...]
    areas: tuple[str, ...]
    owner: str
    assignees: tuple[str, ...]
    is_local: bool
    has_account: bool
    must_change: bool
    title: Text
    demo: bool
    is_drill: bool


class SessionShown(msgspec.Struct, frozen=True):
    """One of the caller's sessions.

    way: "password" or "oidc". is_this: whether the request came with it.
    """

    id: str
    way: str
    address: str
    agent: str
    made_at: int
    seen_at: int
    expires_at: int
    is_this: bool


@dataclass(frozen=True, slots=True)
class Entrant:
    """Who is let in.

    key: of the account; "" where it is a token's bearer.
    token: the token's SHA-256 in hex.
    way: how they showed who they are.
    """

    caller: Caller
    way: str
    key: str = ""
    epoch: int = 0
    token: str = ""


async def show_self(asked: Asked[Nothing, None]) -> Myself:
    """Who the caller is."""
    return myself(asked.caller, asked.platform.settings)


async def sign_in(asked: Asked[Nothing, SignIn]) -> Response:
    """A session for a name and password, or for a token."""
    access, body = asked.platform.access, asked.body
    is_person = bool(body.name and body.password)
    if is_person == bool(body.token) or (body.token and (body.name or body.password)):
        raise malformed("give a name with its password, or a token.", status=422)
    if body.token:
        sha256, caller = access.bearer(body.token, asked.scope)
        entrant = Entrant(caller, "token", token=sha256.hex())
    else:
        entrant = await _by_password(asked)
    return await let_in(asked, entrant)


async def let_in(asked: Asked[Any, Any], entrant: Entrant) -> Response:
    """A new session, and the answer that sets its cookie."""
    shown = to_json(myself(entrant.caller, asked.platform.settings))
    response = Response(shown, 201, HEADERS, media_type=JSON)
    await put_session(asked, entrant, response=response)
    return response


async def put_session(asked: Asked[Any, Any], entrant: Entrant, *, response: Response) -> None:
    """Begin a session, and set its cookie in a response."""
    access = asked.platform.access
    heads = dict(asked.scope["headers"])
    begun = Begun(
        name=entrant.caller.name,
        account=entrant.key,
        epoch=entrant.epoch,
        token=entrant.token,
        way=entrant.way,
        address=access.address_of(asked.scope),
        agent=heads.get(b"user-agent", b"").decode("latin-1"),
        now=access.clock.now(),
    )
    secret, _ = await asyncio.to_thread(access.sessions.begin, begun)
    is_https = access.is_https(asked.scope)
    response.set_cookie(
        COOKIE, secret, max_age=WHOLE // SECOND, httponly=True, samesite="strict", secure=is_https
    )
    if entrant.key:
        response.set_cookie(
            DEVICE, access.gate.device_of(entrant.key), max_age=DEVICE_S, httponly=True,
            samesite="strict", secure=is_https,
        )  # fmt: skip
    await asked.platform.witness.tell()


async def sign_out(asked: Asked[Nothing, None]) -> Response:
    """The end of the session."""
    access = asked.platform.access
    cookie = cookie_of(dict(asked.scope["headers"]).get(b"cookie", b""), COOKIE)
    await asyncio.to_thread(access.sessions.end_by_cookie, cookie)
    response = Response(None, 204, HEADERS)
    response.delete_cookie(
        COOKIE, httponly=True, samesite="strict", secure=access.is_https(asked.scope)
    )
    return response


async def list_sessions(asked: Asked[Nothing, None]) -> tuple[SessionShown, ...]:
    """The caller's sessions, the newest first."""
    access, caller = asked.platform.access, asked.caller
    found = access.sessions.of(caller.account, now=access.clock.now())
    return tuple(_shown(session, seen_at, caller=caller) for session, seen_at in found)


async def end_session(asked: Asked[Nothing, None]) -> Response:
    """End one of the caller's sessions."""
    access, caller = asked.platform.access, asked.caller
    ids = frozenset({asked.path["session"]})
    found = await asyncio.to_thread(access.sessions.end, ids=ids, account=caller.account)
    if not found or not caller.account:
        raise unknown(f"you have no session '{asked.path['session']}'.")
    return Response(None, 204, HEADERS)


async def end_others(asked: Asked[Nothing, None]) -> Response:
    """End all of the caller's sessions but this one."""
    access, caller = asked.platform.access, asked.caller
    found = access.sessions.of(caller.account, now=access.clock.now())
    ids = frozenset(session.id for session, _ in found) - {caller.session}
    await asyncio.to_thread(access.sessions.end, ids=ids, account=caller.account)
    return Response(None, 204, HEADERS)


async def change_password(asked: Asked[Nothing, PasswordChange]) -> Response:
    """Another password for the caller: every session of theirs ends, and this one begins anew."""
    access, caller = asked.platform.access, asked.caller
    account = access.book.account(caller.account) if caller.session else None
    if account is None:
        raise forbidden("a password is changed by who signed in with it.")
    if account.issuer:
        raise conflict(f"{account.name} signs in through {account.issuer}; change it there.")
    if not await matches(asked, account, name=caller.account, password=asked.body.old):
        raise forbidden("the old password is another one.")
    try:
        check_password(asked.body.new, name=account.name)
    except ValueError as error:
        raise malformed(str(error), status=422) from error
    hashed = await access.passwords.hash(asked.body.new)
    hand = Hand(caller.name, access.clock.now())

    def write() -> Account:
        with access.store.change() as change:
            return set_password(change, caller.account, password=hashed, hand=hand)

    changed = await asyncio.to_thread(write)
    access.book.look_again()
    response = Response(None, 204, HEADERS)
    entrant = entrant_of(changed, caller.account, way="password")
    await put_session(asked, entrant, response=response)
    return response


async def matches(
    asked: Asked[Any, Any],
    account: Account | None,
    *,
    name: str,
    password: str,
) -> bool:
    """Whether a password is an account's; wrong ones are counted.

    account: None where there is none of that name: that takes as long.
    Raises Problem if too many were wrong.
    """
    access = asked.platform.access
    key = key_of(name)[:NAME_MAX]
    device = cookie_of(dict(asked.scope["headers"]).get(b"cookie", b""), DEVICE)
    address = access.address_of(asked.scope)
    access.gate.check(key, address=address, device=device)
    kept = account.password if account is not None else ""
    is_right = await access.passwords.matches(kept, password)
    if is_right and account is not None and not account.is_disabled:
        return True
    if access.gate.failed(key, address=address, device=device):
        told = Told(key, "sign-in closed for a while", key, f"too many wrong ones from {address}")
        await asyncio.to_thread(_tell, asked.platform, told)
        await asked.platform.witness.tell()
    return False


def entrant_of(account: Account, key: str, *, way: str) -> Entrant:
    """Somebody with an account."""
    return Entrant(
        caller_of(account.name, account.grant, account=key), way, key=key, epoch=account.epoch
    )


def myself(caller: Caller, settings: Settings) -> Myself:
    """Who somebody is."""
    return Myself(
        name=caller.name,
        roles=tuple(sorted(caller.roles)),
        packs=caller.packs,
        areas=caller.areas,
        owner=caller.owner,
        assignees=caller.assignees,
        is_local=caller.is_local,
        has_account=bool(caller.account),
        must_change=caller.is_held,
        title=settings.title,
        demo=settings.demo,
        is_drill=settings.is_drill,
    )


async def _by_password(asked: Asked[Nothing, SignIn]) -> Entrant:
    """Who has the name and password of the body.

    Raises Problem, the same for a wrong name, a wrong password and a disabled account.
    """
    book, body = asked.platform.access.book, asked.body
    book.look()
    key = key_of(body.name)[:NAME_MAX]
    account = book.account(key)
    is_right = await matches(asked, account, name=body.name, password=body.password)
    if account is None or not is_right:
        raise Problem(
            401,
            "wrong-password",
            message="no account has this name and this password.",
            what_to_do="Try again; an administrator can give a new password.",
        )
    return entrant_of(account, key, way="password")


def _tell(platform: Platform, told: Told) -> None:
    with platform.access.store.change() as change:
        change.tell(told)


def _shown(session: Session, seen_at: int, *, caller: Caller) -> SessionShown:
    return SessionShown(
        id=session.id,
        way=session.way,
        address=session.address,
        agent=session.agent,
        made_at=session.made_at,
        seen_at=seen_at,
        expires_at=session.expires_at,
        is_this=session.id == caller.session,
    )
