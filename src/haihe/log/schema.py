"""The one SQLite file: the log's entries, and what must change in the same transaction as they."""

import sqlite3
from pathlib import Path
from typing import Final

from haihe.errors import LogUnavailable

FORMAT: Final = 1  # Raised with every change of the tables; an older file is refused, not guessed.
PAGE_BYTES: Final = 16_384  # Measured: batches of 25-500 KB write 1.3 times faster than with 4 KB.
PASSING_PAGES: Final = 1_000  # SQLite's own default, for logs without housekeeping.

TABLES: Final = """
CREATE TABLE entry (
  seq INTEGER PRIMARY KEY, first_offset INTEGER NOT NULL, rows INTEGER NOT NULL,
  kind TEXT NOT NULL, stream TEXT NOT NULL, received_at INTEGER NOT NULL,
  leaf BLOB NOT NULL, chain BLOB NOT NULL, news INTEGER NOT NULL, head BLOB NOT NULL);
CREATE UNIQUE INDEX entry_offset ON entry(first_offset);
CREATE INDEX entry_stream ON entry(stream, seq);
CREATE INDEX entry_news ON entry(seq) WHERE news > 0;
CREATE TABLE body (seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE tile (level INTEGER, place INTEGER, hash BLOB NOT NULL, PRIMARY KEY (level, place))
  WITHOUT ROWID;
CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, at INTEGER NOT NULL, note TEXT NOT NULL);
CREATE TABLE request (key TEXT PRIMARY KEY, at INTEGER NOT NULL, answer BLOB NOT NULL)
  WITHOUT ROWID;
CREATE INDEX request_at ON request(at);
CREATE TABLE position (name TEXT PRIMARY KEY, next_offset INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE cases (
  id TEXT PRIMARY KEY, rule TEXT NOT NULL, entity TEXT NOT NULL, state TEXT NOT NULL,
  severity INTEGER NOT NULL, opened_at INTEGER NOT NULL, due_at INTEGER NOT NULL,
  closed_at INTEGER, body BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX cases_state ON cases(state, severity DESC, opened_at);
CREATE INDEX cases_opened ON cases(opened_at);
CREATE TABLE orders (
  id TEXT PRIMARY KEY, case_id TEXT NOT NULL, state TEXT NOT NULL, assignee TEXT NOT NULL,
  due_at INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX orders_case ON orders(case_id);
CREATE INDEX orders_state ON orders(state, due_at);
CREATE TABLE outbox (
  id TEXT PRIMARY KEY, state TEXT NOT NULL, tries INTEGER NOT NULL, next_at INTEGER NOT NULL,
  error TEXT NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX outbox_state ON outbox(state, next_at);
CREATE TABLE trace (subject TEXT, first_offset INTEGER, PRIMARY KEY (subject, first_offset))
  WITHOUT ROWID;
CREATE TABLE manifest (
  path TEXT PRIMARY KEY, stream TEXT NOT NULL, kind TEXT NOT NULL, day TEXT NOT NULL,
  rows INTEGER NOT NULL, first_offset INTEGER NOT NULL, last_offset INTEGER NOT NULL,
  from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, sha256 TEXT NOT NULL,
  numbers TEXT NOT NULL, texts TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX manifest_day ON manifest(stream, kind, day);
CREATE INDEX manifest_offset ON manifest(stream, kind, last_offset);
"""


def connect(path: Path, *, read_only: bool = False, is_passing: bool = False) -> sqlite3.Connection:
    """A connection with the house's settings: WAL, every commit synced, no implicit transaction.

    is_passing: for a log that ends with its process: nothing is synced, so no other log waits.

    Raises LogUnavailable if the file cannot be opened or is of another format.
    """
    try:
        db = sqlite3.connect(
            f"file:{path}?mode=ro" if read_only else f"file:{path}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        db.execute("PRAGMA busy_timeout = 10000")
        if not read_only:
            _prepare(db)
        if is_passing:
            db.execute("PRAGMA synchronous = OFF")
            db.execute(f"PRAGMA wal_autocheckpoint = {PASSING_PAGES}")
        found = db.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as error:
        raise LogUnavailable(
            f"cannot open {path} ({error}). Check that the folder exists, has room and may be "
            "written by this user."
        ) from error
    if found != FORMAT:
        raise LogUnavailable(
            f"{path} has format {found}, not {FORMAT}. Open it with the version that wrote it."
        )
    return db


def _prepare(db: sqlite3.Connection) -> None:
    """Settings of the writer; tables if the file is new."""
    if db.execute("PRAGMA user_version").fetchone()[0] == 0:
        db.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(f"BEGIN;{TABLES}PRAGMA user_version = {FORMAT};COMMIT;")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA wal_autocheckpoint = 0")
    db.execute("PRAGMA secure_delete = OFF")  # Else sealed bodies are written once more, as zeros.
    db.execute("PRAGMA cache_size = -32768")
