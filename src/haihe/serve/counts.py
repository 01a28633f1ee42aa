"""How many records each stream has, counted on from where the last count ended."""

import threading
from dataclasses import dataclass
from typing import Final

from haihe.log.sqlite import SqliteLog

ENTRIES_AT_ONCE: Final = 100_000  # Ours: some 0.1 s; a long log is counted over several looks.


@dataclass(frozen=True, slots=True)
class Count:
    """What has been counted.

    records: stream to how many records it has.
    entries: how many entries of the log were looked at, from the first on.
    """

    records: dict[str, int]
    entries: int


class Counts:
    """A count that goes on at every look; any thread may look."""

    def __init__(self, log: SqliteLog) -> None:
        """Count a log's records."""
        self._log = log
        self._lock = threading.Lock()
        self._count = Count({}, 0)

    def look(self) -> Count:
        """The count, after going on by at most ``ENTRIES_AT_ONCE`` entries."""
        with self._lock:
            count = self._count
            found = (
                self._log.reader()
                .execute(
                    "SELECT stream, sum(rows), max(seq) FROM (SELECT seq, stream, rows, kind "
                    "FROM entry WHERE seq >= ? ORDER BY seq LIMIT ?) GROUP BY kind, stream",
                    (count.entries, ENTRIES_AT_ONCE),
                )
                .fetchall()
            )
            records = dict(count.records)
            for stream, rows, _ in found:
                records[stream] = records.get(stream, 0) + rows
            entries = max((seq + 1 for _, _, seq in found), default=count.entries)
            self._count = Count(records, entries)
            return self._count
