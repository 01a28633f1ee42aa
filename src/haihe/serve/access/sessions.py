"""Sessions: a cookie that scripts cannot read stands for a person, until it ends."""

import secrets
import threading
from collections import Counter
from dataclasses import dataclass, replace
from typing import Final

from haihe.model.time import HOUR, MINUTE
from haihe.serve.access.book import Book
from haihe.serve.access.caller import Caller, caller_of
from haihe.serve.access.store import SESSIONS_MAX, Session, Store, Told
from haihe.serve.access.tokens import digest

WHOLE: Final = 13 * HOUR  # Ours: a shift of twelve hours and its handover.
IDLE: Final = 2 * HOUR  # Ours: a screen nobody looks at; one that listens is looked at.
OWN_MAX: Final = 50  # Ours: one person's; the oldest of them signs in again.
LEAP: Final = 5 * MINUTE  # Ours: begun further ahead than this, it began by another clock.
AGENT_MAX: Final = 200  # Ours: characters of what a browser calls itself.
ID_BYTES: Final = 9  # Ours: names a session in a list; opens nothing.
SECRET_BYTES: Final = 32  # 256 bits: cannot be guessed.


@dataclass(frozen=True, slots=True)
class Begun:
    """What is known of a new session.

    name: who signs in.
    account, epoch, token, way, address, agent: as in ``Session``.
    now: ns.
    """

    name: str
    account: str
    epoch: int
    token: str
    way: str
    address: str
    agent: str
    now: int


@dataclass(slots=True)
class _Open:
    """A session in force, and who it stood for when that was last looked up."""

    session: Session
    seen_at: int
    generation: int = -1
    caller: Caller | None = None


class Sessions:
    """All sessions, in memory and in the store; what ends here has ended there."""

    def __init__(self, store: Store, book: Book) -> None:
        """Go on with the sessions of a store."""
        self._store = store
        self._book = book
        self._open = {
            sha256: _Open(session, seen_at) for sha256, seen_at, session in store.sessions()
        }
        self._touched: set[bytes] = set()
        self._beginning = threading.Lock()

    def __len__(self) -> int:
        """How many are kept, ended ones that nobody asked for included."""
        return len(self._open)

    def begin(self, begun: Begun) -> tuple[str, Session]:
        """A new session's cookie and what is kept of it; it waits for the disk.

        Raises LogUnavailable if it cannot be kept; then it was not begun.
        """
        secret = secrets.token_urlsafe(SECRET_BYTES)
        sha256 = digest(secret.encode())
        session = Session(
            id=secrets.token_urlsafe(ID_BYTES),
            account=begun.account,
            epoch=begun.epoch,
            token=begun.token,
            way=begun.way,
            address=begun.address,
            agent=begun.agent[:AGENT_MAX],
            made_at=begun.now,
            expires_at=begun.now + WHOLE,
        )
        with self._beginning:
            gone = self._crowded(begun)
            with self._store.change() as change:
                change.drop_sessions(gone)
                change.put_session(sha256, session)
                told = f"{begun.way} from {begun.address or 'nowhere'}"
                change.tell(Told(begun.name, "signed in", begun.name, told))
            for one in gone:
                self._open.pop(one, None)
            self._open[sha256] = _Open(session, begun.now)
        return secret, session

    def caller(self, cookie: str, *, now: int, touch: bool = True) -> Caller | None:
        """Who a cookie stands for; None if its session has ended.

        now: ns. touch: whether this counts as a sign of life.
        """
        sha256 = digest(cookie.encode())
        found = self._open.get(sha256)
        if found is None:
            return None
        if found.generation != self._book.generation:
            found.generation, found.caller = self._book.generation, self._caller_of(found.session)
        is_on = _is_on(found, now) and self._is_backed(found.session, now=now)
        if found.caller is None or not is_on:
            return None
        if touch:
            found.seen_at = max(now, found.seen_at)
            self._touched.add(sha256)
        return found.caller

    def of(self, account: str, *, now: int) -> tuple[tuple[Session, int], ...]:
        """An account's sessions in force and when each was last seen, the newest first."""
        found = [
            (one.session, one.seen_at)
            for one in tuple(self._open.values())
            if account and one.session.account == account
            and _is_on(one, now) and self._is_backed(one.session, now=now)
        ]  # fmt: skip
        return tuple(sorted(found, key=lambda pair: -pair[0].made_at))

    def counts(self, *, now: int) -> dict[str, int]:
        """How many sessions in force each account has."""
        on = (
            one.session.account
            for one in tuple(self._open.values())
            if _is_on(one, now) and self._is_backed(one.session, now=now)
        )
        return Counter(on)

    def end(self, *, ids: frozenset[str], account: str) -> int:
        """End some sessions of an account; how many were found. It waits for the disk.

        Raises LogUnavailable if the store cannot be written; in memory they have ended.
        """
        gone = [
            sha256
            for sha256, one in tuple(self._open.items())
            if one.session.id in ids and one.session.account == account
        ]
        self._drop(gone)
        return len(gone)

    def end_by_cookie(self, cookie: str) -> None:
        """End the session of a cookie, if there is one; as ``end``."""
        sha256 = digest(cookie.encode())
        if sha256 in self._open:
            self._drop([sha256])

    def take_touched(self) -> dict[bytes, int]:
        """When those were last seen that were seen since this was asked for the last time."""
        touched, self._touched = self._touched, set()
        return {sha256: self._open[sha256].seen_at for sha256 in touched if sha256 in self._open}

    def ended(self, *, now: int) -> list[bytes]:
        """Sessions that are over, forgotten here; the store may forget them too."""
        gone = [
            sha256
            for sha256, one in tuple(self._open.items())
            if not _is_on(one, now) or not self._is_backed(one.session, now=now)
        ]
        for sha256 in gone:
            self._open.pop(sha256, None)
        return gone

    def _drop(self, gone: list[bytes]) -> None:
        for sha256 in gone:
            self._open.pop(sha256, None)
        with self._store.change() as change:
            change.drop_sessions(gone)

    def _crowded(self, begun: Begun) -> list[bytes]:
        """Whose place the new one takes: the longest unseen of the same person, or of all."""
        every = {sha256: one.seen_at for sha256, one in tuple(self._open.items())}
        own = [
            sha256
            for sha256, one in tuple(self._open.items())
            if begun.account and one.session.account == begun.account
        ]
        crowd, most = (own, OWN_MAX) if len(own) >= OWN_MAX else ([*every], SESSIONS_MAX)
        spare = len(crowd) - most + 1
        return sorted(crowd, key=lambda sha256: every.get(sha256, 0))[:spare] if spare > 0 else []

    def _caller_of(self, session: Session) -> Caller | None:
        """Who a session stands for by what is known now; None if nobody any more."""
        if session.token:
            found = self._book.bearer(bytes.fromhex(session.token), now=0)
            return replace(found[1], session=session.id) if found is not None else None
        account = self._book.account(session.account)
        if account is None:
            return None
        person = caller_of(account.name, account.grant, account=session.account)
        return replace(person, session=session.id, is_held=account.must_change)

    def _is_backed(self, session: Session, *, now: int) -> bool:
        """Whether the account or the token behind a session is in force."""
        if session.token:
            return self._book.bearer(bytes.fromhex(session.token), now=now) is not None
        account = self._book.account(session.account)
        return account is not None and not account.is_disabled and session.epoch == account.epoch


def _is_on(found: _Open, now: int) -> bool:
    """Whether a session is neither too old, nor unseen for too long, nor of another clock."""
    session = found.session
    return now < session.expires_at and now - found.seen_at < IDLE and session.made_at <= now + LEAP
