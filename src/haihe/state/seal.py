"""Sealing: old batches of a stream leave the log's bodies and become history files.

In three steps, so that the writer is held for the last one only::

    plan = plan_seal(log, stream, before_offset=...)      any thread
    seal = write_seal(log, folder, plan=plan)             any thread; slow; nothing counts yet
    commit_seal(transaction, seal)                        the writer; files count, bodies go

Headers stay in the log for ever, so every proof stands. A process that dies between the steps
leaves at most files that do not count; ``sweep`` removes them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

import pyarrow as pa

from haihe.log import manifest
from haihe.log.entry import BATCH, Entry, decode_header
from haihe.log.manifest import HistoryFile
from haihe.log.sqlite import SqliteLog, Transaction, checked
from haihe.model.line import Fact, Sealed
from haihe.model.time import NEVER
from haihe.state.columns import (
    OBSERVED_AT,
    check_names,
    entries_table,
    joined,
    number_names,
    text_names,
)
from haihe.state.history_file import PART_SUFFIX, SUFFIX, Shelf, days_of, write_day

FACT: Final = "fact"
SEAL_ROWS_MAX: Final = 1_966_080  # Ours: 16 row groups; some 250 MB of memory while it is written.
SEAL_ENTRIES_MAX: Final = 20_000  # Measured: deleting more bodies holds the writer for over 40 ms.
PAGE_ENTRIES: Final = 1_000  # Entries read at once while a seal is written.


F = TypeVar("F", bound=Fact, covariant=True)


@dataclass(frozen=True, slots=True)
class SealPlan:
    """Which entries of a stream become files.

    stream: whose.
    first_seq, last_seq: the first and last entry; other streams' entries lie between.
    entries, rows: how many.
    sealed_until: where the stream's sealed part ends now: the plan holds only while it does.
    next_offset: where it will end.
    is_full: whether a limit ended it, so that it is worth a file however young it is.
    """

    stream: str
    first_seq: int
    last_seq: int
    entries: int
    rows: int
    sealed_until: int
    next_offset: int
    is_full: bool


@dataclass(frozen=True, slots=True)
class WrittenSeal:
    """A plan carried out on the disk; nothing of it counts before it is committed."""

    plan: SealPlan
    files: tuple[HistoryFile, ...]


@dataclass(frozen=True, slots=True)
class KeptFacts(Generic[F]):
    """Facts that went into the log as one entry: what the engine must be told like any other.

    first_offset: of the first.
    facts: at least one.
    """

    first_offset: int
    facts: tuple[F, ...]


def plan_seal(
    log: SqliteLog,
    stream: str,
    *,
    before_offset: int,
    received_before_at: int = NEVER,
    rows_max: int = SEAL_ROWS_MAX,
) -> SealPlan | None:
    """The oldest unsealed entries of a stream that may be sealed together; None if there is none.

    before_offset: nothing from here on: the least of the tick's position and the newest snapshot's.
    received_before_at: only entries the log took before this instant; ns.
    rows_max: how many records at most, but one entry at least; 1 or more.
    Raises ValueError if ``rows_max`` is less than 1.
    """
    if rows_max < 1:
        raise ValueError(f"rows_max is {rows_max}; a seal holds at least 1 record.")
    db = log.reader()
    until = manifest.sealed_until(db, stream)
    found = db.execute(
        "SELECT seq, first_offset, rows FROM entry WHERE stream = ? AND kind = ? AND seq >= ? "
        "AND first_offset >= ? AND first_offset + rows <= ? AND received_at < ? "
        "ORDER BY seq LIMIT ?",
        (
            stream,
            BATCH,
            log.entry_at(until),
            until,
            before_offset,
            received_before_at,
            SEAL_ENTRIES_MAX,
        ),
    ).fetchall()
    rows = 0
    taken: list[tuple[int, int]] = []
    for seq, first_offset, count in found:
        if taken and rows + count > rows_max:
            break
        rows += count
        taken.append((seq, first_offset + count))
    if not taken:
        return None
    return SealPlan(
        stream=stream,
        first_seq=taken[0][0],
        last_seq=taken[-1][0],
        entries=len(taken),
        rows=rows,
        sealed_until=until,
        next_offset=taken[-1][1],
        is_full=len(taken) < len(found) or len(taken) == SEAL_ENTRIES_MAX or rows >= rows_max,
    )


def write_seal(log: SqliteLog, folder: Path, *, plan: SealPlan) -> WrittenSeal:
    """Write the plan's records as files, one for each day and its hours, safe on the disk.

    folder: the history folder.
    Raises LogDamaged if a body does not match its hash; LogUnavailable if the disk is full;
    ValueError if the stream has fields that history cannot tell apart.
    """
    table = joined([entries_table(page) for page in _pages(log, plan)])
    check_names(plan.stream, [*number_names(table.schema), *text_names(table.schema)])
    shelf = Shelf(folder, plan.stream, log.directory.ids(plan.stream))
    files: list[HistoryFile] = []
    days = days_of(table.column(OBSERVED_AT).to_numpy())
    for rows in days:
        files += write_day(shelf, table if len(days) == 1 else table.take(pa.array(rows)))
    return WrittenSeal(plan, tuple(files))


def commit_seal(transaction: Transaction, seal: WrittenSeal) -> KeptFacts[Sealed] | None:
    """Let the files count and the bodies go, in the writer's transaction.

    Returns the facts that were appended, for the engine; None, and nothing done, if the stream was
    sealed otherwise since the plan was made.
    """
    plan, db = seal.plan, transaction.db
    if manifest.sealed_until(db, plan.stream) != plan.sealed_until:
        return None
    facts = tuple(
        Sealed(
            at=transaction.received_at,
            stream=file.stream,
            path=file.path,
            rows=file.rows,
            first_offset=file.first_offset,
            last_offset=file.last_offset,
            sha256=file.sha256,
        )
        for file in seal.files
    )
    first_offset = transaction.append_lines(facts, author=FACT)
    manifest.put_files(db, seal.files)
    db.execute(
        "DELETE FROM body WHERE seq IN "
        "(SELECT seq FROM entry WHERE stream = ? AND kind = ? AND seq BETWEEN ? AND ?)",
        (plan.stream, BATCH, plan.first_seq, plan.last_seq),
    )
    manifest.set_sealed_until(db, plan.stream, next_offset=plan.next_offset)
    return KeptFacts(first_offset, facts)


def sweep(log: SqliteLog, folder: Path) -> list[Path]:
    """Remove what an interrupted seal or expiry left behind; call it before the first seal.

    folder: the history folder; no seal may be under way.
    Returns the files removed.
    """
    counting = {file.path for file in manifest.list_files(log.reader())}
    removed = []
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        is_ours = path.name.endswith((SUFFIX, PART_SUFFIX)) and path.is_file()
        if is_ours and path.relative_to(folder).as_posix() not in counting:
            path.unlink()
            removed.append(path)
    return removed


def _pages(log: SqliteLog, plan: SealPlan) -> Iterator[list[Entry]]:
    """The plan's entries, some at a time, each held against its hash."""
    query = (
        "SELECT entry.seq, head, bytes FROM entry LEFT JOIN body ON body.seq = entry.seq "
        "WHERE stream = ? AND kind = ? AND entry.seq BETWEEN ? AND ? ORDER BY entry.seq LIMIT ?"
    )
    seq = plan.first_seq
    while seq <= plan.last_seq:
        place = (plan.stream, BATCH, seq, plan.last_seq, PAGE_ENTRIES)
        found = log.reader().execute(query, place).fetchall()
        yield [checked(Entry(decode_header(head), body)) for _, head, body in found]
        seq = found[-1][0] + 1
