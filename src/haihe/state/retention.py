"""Letting go of old history: files of records first, what their hours came to much later.

Whole days only. The fact that a file expired is in the log with its hash, so that what is gone can
be told from what is lost.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from haihe.log import manifest
from haihe.log.manifest import FileKind, HistoryFile
from haihe.log.sqlite import SqliteLog, Transaction
from haihe.model.line import Expired
from haihe.model.time import BEFORE_ALL, DAY
from haihe.state.history_file import SUFFIX, day_of
from haihe.state.seal import FACT, KeptFacts


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a stream's history is kept, counted from the end of each day.

    raw_days: the records; 1 or more.
    hourly_days: what their hours came to; no less than ``raw_days``.
    """

    raw_days: int
    hourly_days: int

    def __post_init__(self) -> None:
        """Refuse what would drop the hours before the records they stand for."""
        if not 1 <= self.raw_days <= self.hourly_days:
            raise ValueError(
                f"records are kept {self.raw_days} days and hours {self.hourly_days}; keep records "
                "1 day or more, and hours as long as records or longer."
            )


def plan_expiry(
    log: SqliteLog, stream: str, *, retention: Retention, now_at: int
) -> tuple[HistoryFile, ...]:
    """The stream's files that are older than they are kept.

    now_at: ns.
    """
    db = log.reader()
    kept_days = {FileKind.RAW: retention.raw_days, FileKind.HOURLY: retention.hourly_days}
    old: list[HistoryFile] = []
    for kind, days in kept_days.items():
        last_day = day_of(now_at - (days + 1) * DAY)
        old += manifest.files_of_days(
            db, stream, kind=kind, from_day=day_of(BEFORE_ALL), to_day=last_day
        )
    return tuple(old)


def commit_expiry(
    transaction: Transaction, files: Iterable[HistoryFile]
) -> KeptFacts[Expired] | None:
    """Let the files count no more, in the writer's transaction; ``remove_files`` comes after it.

    Returns the facts that were appended, for the engine; None if none of the files counted.
    """
    gone = [file for file in files if manifest.drop_files(transaction.db, [file.path])]
    if not gone:
        return None
    facts = tuple(
        Expired(
            at=transaction.received_at,
            stream=file.stream,
            path=file.path,
            rows=file.rows,
            sha256=file.sha256,
        )
        for file in gone
    )
    return KeptFacts(transaction.append_lines(facts, author=FACT), facts)


def remove_files(folder: Path, kept: KeptFacts[Expired]) -> int:
    """Delete the files whose expiry is durable, and folders left empty; how many files went.

    folder: the history folder. If the process dies before, ``sweep`` does it at the next start.
    """
    count = 0
    for fact in kept.facts:
        path = folder / fact.path
        if isinstance(fact, Expired) and path.suffix == SUFFIX and path.exists():
            path.unlink()
            count += 1
            if not any(path.parent.iterdir()):
                path.parent.rmdir()
    return count
