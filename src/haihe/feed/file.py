"""Files as a feed: recordings of other systems, replayed by their own clock.

A recording gives its rows in the order of the file, in chunks, with ``received_at`` as the running
maximum of ``observed_at``: a row that the file holds late comes late in the replay as well. What
truly happened (``labels``) is kept aside from the rows.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from haihe.errors import RecordRefused
from haihe.feed.cells import to_taken
from haihe.feed.columns import select
from haihe.feed.door import Taken
from haihe.feed.label import Label, read_labels
from haihe.feed.mapping import Mapping
from haihe.feed.placing import in_wgs84
from haihe.feed.sheet import CHUNK_ROWS, read_sheets
from haihe.model.record import Rows
from haihe.model.stream import Stream
from haihe.model.time import BEFORE_ALL


@dataclass(frozen=True, slots=True)
class Recording:
    """Recorded streams, to be replayed.

    streams: what the chunks hold.
    chunks: at most ``CHUNK_ROWS`` rows each, ``received_at`` never falling; may be read again.
    labels: what truly happened, to score a backtest; never part of the rows.
    """

    streams: tuple[Stream, ...]
    chunks: Iterable[Taken]
    labels: tuple[Label, ...] = ()


def read_file(path: Path, mapping: Mapping) -> Recording:
    """The recording a file holds. Rows are read while they are asked for, labels at once.

    Raises RecordRefused, here or while reading, if file and mapping do not belong together.
    """
    if not path.is_file():
        raise RecordRefused(f"{path} is no file; give the path of a {mapping.format} file.")
    labels = read_labels(path, mapping)
    return Recording(streams=(mapping.stream,), chunks=_Chunks(path, mapping), labels=labels)


@dataclass(frozen=True, slots=True)
class _Chunks:
    """A file as chunks, read anew each time."""

    path: Path
    mapping: Mapping

    def __iter__(self) -> Iterator[Taken]:
        newest = BEFORE_ALL
        for sheet in read_sheets(self.path, self.mapping):
            taken = in_wgs84(to_taken(sheet, self.mapping, path=self.path), self.mapping.datum)
            if taken.rows is None:
                yield taken
                continue
            rows = _with_own_clock(taken.rows, newest=newest)
            newest = int(rows.received_at[-1]) if rows.received_at is not None else newest
            yield from _cut(replace(taken, rows=rows))


def _with_own_clock(rows: Rows, *, newest: int) -> Rows:
    """The rows received when the newest of them (or before them) was observed."""
    received_at = np.maximum(np.maximum.accumulate(rows.observed_at), newest)
    return replace(rows, received_at=received_at)


def _cut(taken: Taken) -> Iterator[Taken]:
    """Chunks of at most ``CHUNK_ROWS``; a wide sheet has more rows than its file."""
    rows = taken.rows
    if rows is None or len(rows) <= CHUNK_ROWS:
        yield taken
        return
    for start in range(0, len(rows), CHUNK_ROWS):
        part = select(rows, slice(start, start + CHUNK_ROWS))
        yield Taken(part, taken.refused if start == 0 else ())
