"""Who may come in, in one SQLite file beside the log: accounts, tokens, sessions.

They are not part of the log: they are forgotten when they end, and the log never forgets. What
changes about them is told to the log: each change leaves a ``Told`` in the same transaction, which
the server hands on, once, whatever happens in between.
"""

import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from haihe.errors import LogUnavailable, NotAllowed
from haihe.serve.access.caller import Grant
from haihe.serve.access.roles import Role

FILE_NAME: Final = "people.db"
BEFORE_TEAMS: Final = 1  # The format in which crew saw every team's orders.
OLD_NAME: Final = "tokens.json"
FORMAT: Final = 2  # Raised with every change of the tables, or of what stands in them.
WAIT_MS: Final = 2_000  # Ours: how long another process may keep the file to itself.
SESSIONS_MAX: Final = 10_000  # Ours: people and screens of a city; beyond it the oldest goes.
TOLD_AT_ONCE: Final = 100  # Ours: what is handed on to the log in one go.
KEY_BYTES: Final = 32  # 256 bits: cannot be guessed.
_TABLES: Final = """
CREATE TABLE account (key TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE token (name TEXT PRIMARY KEY, used_at INTEGER NOT NULL, body BLOB NOT NULL)
  WITHOUT ROWID;
CREATE TABLE session (sha256 BLOB PRIMARY KEY, seen_at INTEGER NOT NULL, body BLOB NOT NULL)
  WITHOUT ROWID;
CREATE TABLE told (id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL);
CREATE TABLE setting (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
"""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person who may sign in.

    name: as shown; what they do is done under it, and it never changes.
    password: argon2id; "" where only the provider says who they are.
    issuer, subject: who they are for an OpenID provider; "" for a local account.
    must_change: whether an administrator gave the password.
    epoch: a session of another one is over; it grows with the password and at the end.
    """

    name: str
    grant: Grant
    password: str = ""
    issuer: str = ""
    subject: str = ""
    is_disabled: bool = False
    must_change: bool = False
    made_at: int
    epoch: int = 0


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token as it is kept.

    name: who has it; a person's begins with their name and a slash.
    account: the key of the account it belongs to; "" for a device's or service's.
    sha256: of the token's text, in hex.
    made_at, expires_at: ns.
    """

    name: str
    grant: Grant
    account: str = ""
    sha256: str
    made_at: int
    expires_at: int


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that signed in.

    id: by which it is named; no secret.
    account, token: the account's key, or the SHA-256 of the token it stands for.
    epoch: of the account when it began.
    way: "password", "token" or "oidc".
    address, agent: where it began, as far as that can be known.
    """

    id: str
    account: str = ""
    epoch: int = 0
    token: str = ""
    way: str
    address: str
    agent: str
    made_at: int
    expires_at: int


class Told(msgspec.Struct, frozen=True):
    """What the log is to hear of.

    by: who did it; what: such as "account made"; subject: whose account or which token.
    """

    by: str
    what: str
    subject: str
    detail: str = ""


class Kept(msgspec.Struct, frozen=True):
    """Accounts by key and tokens by name, as the file has them.

    used_at: when each token was last used; ns, 0 for never.
    """

    accounts: dict[str, Account]
    tokens: dict[str, Token]
    used_at: dict[str, int]


_accounts: Final = msgspec.json.Decoder(Account)
_tokens: Final = msgspec.json.Decoder(Token)
_sessions: Final = msgspec.json.Decoder(Session)
_told: Final = msgspec.json.Decoder(Told)


class Change:
    """What is changed together; nothing of it counts before it is on the disk."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """Begin."""
        self._db = db

    def kept(self) -> Kept:
        """What is there now."""
        return _kept(self._db)

    def put_account(self, key: str, account: Account) -> None:
        """Keep an account, new or changed."""
        self._db.execute(
            "INSERT OR REPLACE INTO account VALUES (?,?)", (key, msgspec.json.encode(account))
        )
        self._grow()

    def put_token(self, token: Token) -> None:
        """Keep a new token."""
        self._db.execute(
            "INSERT INTO token VALUES (?,0,?)", (token.name, msgspec.json.encode(token))
        )
        self._grow()

    def drop_token(self, name: str) -> None:
        """Forget a token."""
        self._db.execute("DELETE FROM token WHERE name = ?", (name,))
        self._grow()

    def put_session(self, sha256: bytes, session: Session) -> None:
        """Keep a session."""
        self._db.execute(
            "INSERT INTO session VALUES (?,?,?)",
            (sha256, session.made_at, msgspec.json.encode(session)),
        )

    def drop_sessions(self, many: list[bytes]) -> None:
        """Forget sessions."""
        self._db.executemany("DELETE FROM session WHERE sha256 = ?", [(one,) for one in many])

    def touch(self, sessions: dict[bytes, int], tokens: dict[str, int]) -> None:
        """Keep when each was last seen; ns."""
        self._db.executemany(
            "UPDATE session SET seen_at = ? WHERE sha256 = ?",
            [(at, sha256) for sha256, at in sessions.items()],
        )
        self._db.executemany(
            "UPDATE token SET used_at = ? WHERE name = ?",
            [(at, name) for name, at in tokens.items()],
        )

    def tell(self, told: Told) -> None:
        """Leave word for the log."""
        self._db.execute("INSERT INTO told(body) VALUES (?)", (msgspec.json.encode(told),))

    def forget_told(self, last: int) -> None:
        """The log has heard of everything up to a number."""
        self._db.execute("DELETE FROM told WHERE id <= ?", (last,))

    def _grow(self) -> None:
        """Whoever keeps a copy must read again."""
        self._db.execute("UPDATE setting SET value = value + 1 WHERE name = 'generation'")


class Store:
    """The file. One connection writes, under a lock; another reads and never waits."""

    def __init__(self, folder: Path) -> None:
        """Open the file of a data folder, or begin it, readable by its owner alone.

        Raises LogUnavailable if it cannot be opened; NotAllowed if tokens of before lie there.
        """
        self.path = folder / FILE_NAME
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        if (folder / OLD_NAME).exists():
            raise NotAllowed(
                f"{folder / OLD_NAME} is of a time before accounts, and its tokens do not count "
                "any more. Remove it; then make tokens anew with 'haihe token add'."
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            self._writer = self._connect()
            self._prepare()
            self._reader = self._connect()
            found = self._reader.execute("PRAGMA user_version").fetchone()[0]
        except (OSError, sqlite3.Error) as error:
            raise self._unavailable(error) from error
        if found != FORMAT:
            raise LogUnavailable(
                f"{self.path} has format {found}, not {FORMAT}. Open it with the version that "
                "wrote it."
            )

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()
        self._writer.close()

    @contextmanager
    def change(self) -> Iterator[Change]:
        """All of it or nothing; on the disk when this ends without an error.

        Raises LogUnavailable if the disk is full or another process keeps the file; nothing was
        then changed.
        """
        with self._lock:
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                yield Change(self._writer)
                self._writer.execute("COMMIT")
            except sqlite3.Error as error:
                self._undo()
                raise self._unavailable(error) from error
            except BaseException:
                self._undo()
                raise

    def generation(self) -> int:
        """What grows with every change of accounts and tokens.

        Raises LogUnavailable.
        """
        return int(self._setting("generation"))

    def secret(self) -> bytes:
        """A key that only this folder knows."""
        return bytes(self._setting("secret"))

    def kept(self) -> Kept:
        """Accounts and tokens.

        Raises LogUnavailable if they cannot be read.
        """
        try:
            with self._reading:
                return _kept(self._reader)
        except (sqlite3.Error, msgspec.DecodeError) as error:
            raise self._unavailable(error) from error

    def sessions(self) -> list[tuple[bytes, int, Session]]:
        """SHA-256 of the cookie, when it was last seen, and the session; the oldest first.

        Raises LogUnavailable.
        """
        try:
            rows = self._read("SELECT sha256, seen_at, body FROM session ORDER BY seen_at")
            return [(sha256, seen, _sessions.decode(body)) for sha256, seen, body in rows]
        except (sqlite3.Error, msgspec.DecodeError) as error:
            raise self._unavailable(error) from error

    def told(self) -> list[tuple[int, Told]]:
        """What the log has not heard of yet, by number.

        Raises LogUnavailable.
        """
        try:
            rows = self._read("SELECT id, body FROM told ORDER BY id LIMIT ?", TOLD_AT_ONCE)
        except sqlite3.Error as error:
            raise self._unavailable(error) from error
        return [(number, _told.decode(body)) for number, body in rows]

    def _setting(self, name: str) -> int | bytes:
        try:
            rows = self._read("SELECT value FROM setting WHERE name = ?", name)
        except sqlite3.Error as error:
            raise self._unavailable(error) from error
        if not rows:
            raise LogUnavailable(f"{self.path} has lost its {name}; restore a backup of it.")
        value: int | bytes = rows[0][0]
        return value

    def _read(self, question: str, *values: object) -> list[Any]:  # Rows, as SQLite gives them.
        with self._reading:
            return self._reader.execute(question, values).fetchall()

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        db.execute(f"PRAGMA busy_timeout = {WAIT_MS}")
        return db

    def _prepare(self) -> None:
        """Settings of the writer; tables if the file is new."""
        db = self._writer
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("BEGIN IMMEDIATE")  # Two processes may begin it at once.
        found = db.execute("PRAGMA user_version").fetchone()[0]
        if found == 0:
            for statement in _TABLES.split(";")[:-1]:
                db.execute(statement)
            secret = secrets.token_bytes(KEY_BYTES)
            db.execute("INSERT INTO setting VALUES ('generation', 1), ('secret', ?)", (secret,))
        elif found == BEFORE_TEAMS:
            _give_teams(db)
        if found in (0, BEFORE_TEAMS):
            db.execute(f"PRAGMA user_version = {FORMAT}")
        db.execute("COMMIT")

    def _undo(self) -> None:
        with suppress(sqlite3.Error):
            self._writer.execute("ROLLBACK")

    def _unavailable(self, error: Exception) -> LogUnavailable:
        return LogUnavailable(
            f"{self.path} cannot be used ({error}); who may come in stays as it was. Check that "
            "the disk has room and the folder may be written."
        )


def _give_teams(db: sqlite3.Connection) -> None:
    """Crew of before go on seeing every team's orders, until somebody says which are theirs."""
    kept = _kept(db)
    for table, name, many in (
        ("account", "key", kept.accounts.items()),
        ("token", "name", kept.tokens.items()),
    ):
        for key, one in many:
            if Role.CREW in one.grant.roles and not one.grant.assignees:
                grant = msgspec.structs.replace(one.grant, assignees=("*",))
                body = msgspec.json.encode(msgspec.structs.replace(one, grant=grant))
                db.execute(f"UPDATE {table} SET body = ? WHERE {name} = ?", (body, key))


def _kept(db: sqlite3.Connection) -> Kept:
    """Accounts and tokens, both of one moment where a transaction holds."""
    accounts = db.execute("SELECT key, body FROM account").fetchall()
    tokens = db.execute("SELECT name, used_at, body FROM token ORDER BY name").fetchall()
    return Kept(
        {key: _accounts.decode(body) for key, body in accounts},
        {name: _tokens.decode(body) for name, _, body in tokens},
        {name: used_at for name, used_at, _ in tokens},
    )
