"""The log in one SQLite file: append, read, prove.

One writer appends in transactions; a transaction is on the disk when ``transaction`` ends. Readers
use connections of their own and never wait for it. Whatever must be true together with an entry
(cases, orders, outbox, positions) is written through ``Transaction.db`` in the same transaction.
"""

import fcntl
import hashlib
import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Final

import msgspec
import numpy as np

from haihe.errors import LogDamaged, LogUnavailable
from haihe.log.codec import encode_batch
from haihe.log.directory import Directory
from haihe.log.entry import (
    BATCH,
    LINES,
    Entry,
    Header,
    body_sha256,
    chain_hash,
    decode_header,
    encode_header,
)
from haihe.log.hashes import StoredHashes
from haihe.log.merkle import Frontier, leaf_hash
from haihe.log.schema import connect
from haihe.model.line import Line, encode_lines
from haihe.model.record import Batch, Rows

FILE_NAME: Final = "haihe.db"
READ_ENTRIES: Final = 256  # Entries fetched at once by a reader; bounds its memory.
# Ours: bytes of the WAL from which on the writer waits for a fold to come to its end: while it goes
# on writing, or somebody reads for long, the WAL never begins anew by itself.
WAL_MAX: Final = 32 << 20
FOLD_WAIT_S: Final = 0.2  # Ours: at most; then the fold is tried again with the next.


class Transaction:
    """What is appended together; nothing of it counts before the transaction ends."""

    def __init__(self, db: sqlite3.Connection, log: "SqliteLog") -> None:
        """Start where the log stands."""
        self.db = db
        self.directory = log.directory
        self.frontier = log.frontier
        self.chain = log.chain
        self.next_offset = log.next_offset
        self.received_at = log.received_at
        self.added: list[tuple[str, tuple[str, ...]]] = []

    def append_rows(self, rows: Rows, *, received_at: int) -> Batch:
        """Append records of one stream as one entry.

        rows: at least one; where they bring no ``received_at`` they get the log's.
        received_at: the log's time; ns.
        Returns the batch as it stands in the log.
        """
        slots, new = self.directory.assign(rows.stream, rows.ids)
        if new:
            self.added.append((rows.stream, new))
        if rows.received_at is None:
            stamped = np.full(len(rows), max(received_at, self.received_at), dtype=np.int64)
        else:
            stamped = np.maximum.accumulate(np.maximum(rows.received_at, self.received_at))
        batch = Batch(
            stream=rows.stream,
            offsets=np.arange(self.next_offset, self.next_offset + len(rows), dtype=np.int64),
            slots=slots[rows.codes],
            observed_at=rows.observed_at,
            received_at=stamped,
            numbers=rows.numbers,
            texts=rows.texts,
        )
        body = encode_batch(batch)
        header = Header(
            seq=self.frontier.size,
            first_offset=self.next_offset,
            rows=len(rows),
            kind=BATCH,
            stream=rows.stream,
            received_at=int(stamped[-1]),
            first_slot=len(self.directory.ids(rows.stream)) - len(new) if new else 0,
            new=new,
            body_sha256=body_sha256(body),
        )
        self._put(header, body)
        return batch

    def append_lines(self, lines: Sequence[Line], *, author: str) -> int:
        """Append lines as one entry.

        lines: at least one.
        author: "fact" for what came in, "step" for what a tick gave, "shadow" and the rule for
            what a shadow would have given.
        Returns the offset of the first line.
        """
        body = encode_lines(list(lines))
        header = Header(
            seq=self.frontier.size,
            first_offset=self.next_offset,
            rows=len(lines),
            kind=LINES,
            stream=author,
            received_at=max(self.received_at, *(line.at for line in lines)),
            body_sha256=body_sha256(body),
        )
        self._put(header, body)
        return header.first_offset

    def _put(self, header: Header, body: bytes) -> None:
        """Write an entry and move on past it."""
        head = encode_header(header)
        leaf = leaf_hash(head)
        self.chain = chain_hash(self.chain, leaf)
        place = (header.seq, header.first_offset, header.rows, header.kind, header.stream)
        proof = (header.received_at, leaf, self.chain, len(header.new), head)
        self.db.execute("INSERT INTO entry VALUES (?,?,?,?,?,?,?,?,?,?)", (*place, *proof))
        self.db.execute("INSERT INTO body VALUES (?,?)", (header.seq, body))
        self.frontier, tiles = self.frontier.append(leaf)
        self.db.executemany("INSERT INTO tile VALUES (?,?,?)", tiles)
        self.next_offset += header.rows
        self.received_at = header.received_at


class SqliteLog:
    """The log of one node. One object writes; any thread reads."""

    def __init__(self, folder: Path, *, read_only: bool = False, is_passing: bool = False) -> None:
        """Open the log of a data folder, or begin it.

        read_only: look at it, also while another process writes; what comes later is not seen.
        is_passing: a copy that ends with its process, and may be lost with the machine.
        Raises LogUnavailable if another process has it, or the folder cannot be written;
        LogDamaged if its last entry does not fit its chain.
        """
        self.path = folder / FILE_NAME
        self._lock = None if read_only else _take_lock(folder)
        try:
            self._db = connect(self.path, read_only=read_only, is_passing=is_passing)
        except LogUnavailable:
            self._unlock()
            raise
        self._readers = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self.directory = Directory()
        self.frontier = Frontier()
        self.chain = bytes(32)
        self.next_offset = 0
        self.received_at = 0
        try:
            with _damage_named(self.path):
                self._db.execute("BEGIN")  # One moment, even while another process writes.
                self._restore()
                self._db.execute("COMMIT")
        except BaseException:
            self.close()
            raise

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self.frontier.size

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """All of it or nothing; on the disk when this ends without an error.

        Raises LogUnavailable if the disk is full or cannot be written; nothing was then appended.
        """
        transaction = Transaction(self._db, self)
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield transaction
            self._db.execute("COMMIT")
        except BaseException as error:
            self._undo(transaction)
            if isinstance(error, sqlite3.Error):
                raise LogUnavailable(
                    f"the log cannot be written ({error}). Nothing was lost that was acknowledged. "
                    f"Make room on, or give write access to, {self.path.parent}; then repeat."
                ) from error
            raise
        self.frontier = transaction.frontier
        self.chain = transaction.chain
        self.next_offset = transaction.next_offset
        self.received_at = transaction.received_at

    def reader(self) -> sqlite3.Connection:
        """This thread's own read-only connection."""
        db: sqlite3.Connection | None = getattr(self._readers, "db", None)
        if db is None:
            db = connect(self.path, read_only=True)
            self._readers.db = db
            self._opened.append(db)
        return db

    def read(
        self, from_offset: int = 0, *, streams: Collection[str] | None = None
    ) -> Iterator[Entry]:
        """Entries that hold records from ``from_offset`` on, in order, bodies checked.

        streams: only batches of these, and "fact" or "step" for lines; None means all.
        An entry whose records moved to a history file comes with body None.
        Raises LogDamaged if a body does not match its header.
        """
        db = self.reader()
        seq = self.entry_at(from_offset)
        marks = ",".join("?" * len(streams)) if streams is not None else ""
        where = f"AND entry.stream IN ({marks})" if streams is not None else ""
        query = (
            "SELECT entry.seq, CAST(head AS BLOB), CAST(bytes AS BLOB) "
            "FROM entry LEFT JOIN body ON body.seq = entry.seq "
            f"WHERE entry.seq >= ? {where} ORDER BY entry.seq LIMIT {READ_ENTRIES}"
        )
        while True:
            with _damage_named(self.path):
                found = db.execute(query, (seq, *(streams or ()))).fetchall()
                entries = [Entry(decode_header(head), body) for _, head, body in found]
            for entry in entries:
                yield checked(entry)
            if not found:
                return
            seq = found[-1][0] + 1

    def entry_of(self, offset: int) -> Entry | None:
        """The entry that holds the record at ``offset``, its body checked; None if there is none.

        Raises LogDamaged if the body does not match its header.
        """
        found = (
            self.reader()
            .execute(
                "SELECT head, bytes FROM entry LEFT JOIN body ON body.seq = entry.seq "
                "WHERE entry.seq = ?",
                (self.entry_at(offset),),
            )
            .fetchone()
        )
        return None if found is None else checked(Entry(decode_header(found[0]), found[1]))

    def entry_at(self, offset: int) -> int:
        """The number of the entry that holds the record at ``offset``, or would come next."""
        found = (
            self.reader()
            .execute(
                "SELECT seq, first_offset + rows FROM entry WHERE first_offset <= ? "
                "ORDER BY first_offset DESC LIMIT 1",
                (offset,),
            )
            .fetchone()
        )
        if found is None:
            return 0
        seq, end = found
        return int(seq) if offset < end else int(seq) + 1

    def offset_since(self, received_at: int) -> int:
        """The offset of the first entry that ends at or after an instant of the log's time."""
        db = self.reader()
        low, high = 0, self.size
        while low < high:
            middle = (low + high) // 2
            found = db.execute("SELECT received_at FROM entry WHERE seq = ?", (middle,)).fetchone()
            low, high = (middle + 1, high) if found[0] < received_at else (low, middle)
        found = db.execute("SELECT first_offset FROM entry WHERE seq = ?", (low,)).fetchone()
        return int(found[0]) if found else self.next_offset

    def chain_at(self, entries: int) -> bytes:
        """The hash chain after the first ``entries`` entries; b"" if there are fewer."""
        if entries == 0:
            return bytes(32)
        found = self.reader().execute("SELECT chain FROM entry WHERE seq = ?", (entries - 1,))
        row = found.fetchone()
        return bytes(row[0]) if row else b""

    def checkpoint_wal(self) -> None:
        """Move committed pages into the main file, beside the writer; call it from a thread.

        A WAL of more than ``WAL_MAX`` is emptied, as soon as nobody reads what stands in it.
        Raises LogUnavailable if the disk does not let it; the pages stay in the WAL.
        """
        try:
            with closing(
                sqlite3.connect(self.path, isolation_level=None, timeout=FOLD_WAIT_S)
            ) as db:
                db.execute("PRAGMA wal_checkpoint(PASSIVE)")
                wal = self.path.with_name(f"{self.path.name}-wal")
                if wal.exists() and wal.stat().st_size > WAL_MAX:
                    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise LogUnavailable(
                f"the log's pages cannot be folded ({error}); make room on {self.path.parent}."
            ) from error

    def close(self) -> None:
        """Let go of the file, readers and all; SQLite then folds the WAL into it."""
        for reader in self._opened:
            reader.close()
        self._db.close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()

    def _restore(self) -> None:
        """Rebuild directory, frontier and chain from what is stored."""
        db = self._db
        for (head,) in db.execute("SELECT head FROM entry WHERE news > 0 ORDER BY seq"):
            self.directory.apply(decode_header(head))
        last = db.execute(
            "SELECT seq, first_offset + rows, received_at, chain FROM entry "
            "ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        if last is None:
            return
        seq, self.next_offset, self.received_at, self.chain = last
        self.frontier = Frontier.restore(seq + 1, StoredHashes(db))
        self._check_last(seq)

    def _check_last(self, seq: int) -> None:
        """Hold the last entry against its hashes: the one a torn write would have hit."""
        leaf, head, body = self._db.execute(
            "SELECT leaf, CAST(head AS BLOB), CAST(bytes AS BLOB) FROM entry "
            "LEFT JOIN body USING (seq) WHERE entry.seq = ?",
            (seq,),
        ).fetchone()
        if leaf_hash(head) != leaf:
            raise LogDamaged(f"entry {seq} does not match its leaf hash; run 'haihe verify'.")
        checked(Entry(decode_header(head), body))

    def _undo(self, transaction: Transaction) -> None:
        for stream, new in reversed(transaction.added):
            self.directory.forget(stream, new)
        if self._db.in_transaction:
            with suppress(sqlite3.Error):  # Then the next transaction undoes it first.
                self._db.execute("ROLLBACK")


def checked(entry: Entry) -> Entry:
    """The entry, if its body matches its header.

    Raises LogDamaged if it does not.
    """
    header = entry.header
    if entry.body is not None and hashlib.sha256(entry.body).hexdigest() != header.body_sha256:
        raise LogDamaged(
            f"the body of entry {header.seq} (records {header.first_offset} to "
            f"{entry.end_offset - 1}) does not match its hash: the file was changed or the disk "
            "is failing. Stop, copy the folder, and restore a backup; 'haihe verify' lists all."
        )
    return entry


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    """What SQLite or a header cannot read is damage, and is said so."""
    try:
        yield
    except sqlite3.OperationalError:
        raise
    except (sqlite3.DatabaseError, msgspec.MsgspecError) as error:
        raise LogDamaged(
            f"{path} cannot be read ({error}): it was changed or the disk is failing. Stop, copy "
            "the folder, and restore a backup; 'haihe verify' lists all."
        ) from error


def _take_lock(folder: Path) -> IO[str]:
    """An exclusive lock on the folder, held until the file is closed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise
    except BlockingIOError as error:
        raise LogUnavailable(
            f"another Haihe has {folder}; stop it, or give another folder with --data."
        ) from error
    except OSError as error:
        raise LogUnavailable(
            f"cannot write in {folder} ({error.strerror}); give another folder with --data."
        ) from error
    return lock
