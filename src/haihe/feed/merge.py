"""Several recordings as one, in the order of their clocks."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from haihe.feed.columns import select
from haihe.feed.door import RefusedRecord, Taken
from haihe.feed.file import Recording
from haihe.feed.sheet import CHUNK_ROWS
from haihe.model.arrays import IntArray
from haihe.model.record import Rows
from haihe.model.stream import Stream


def merge(recordings: Sequence[Recording], *, step: int = 0) -> Recording:
    """One recording of all, in the order of ``received_at``; at one instant, in that given.

    step: ns; more than 0 has all records wait for the end of their step, as if each source were
        polled on a clock. Streams that alternate record by record then make far larger chunks.
    Raises ValueError if two recordings mean different streams by one name.
    """
    streams: dict[str, Stream] = {}
    for stream in (stream for recording in recordings for stream in recording.streams):
        if streams.setdefault(stream.name, stream) != stream:
            raise ValueError(
                f"two recordings declare stream '{stream.name}' with different fields; "
                "give one of them another name in its mapping."
            )
    labels = [label for recording in recordings for label in recording.labels]
    return Recording(
        streams=tuple(streams.values()),
        chunks=_Merged(tuple(recording.chunks for recording in recordings), step),
        labels=tuple(sorted(labels, key=lambda label: (label.start_at, label.entity, label.name))),
    )


@dataclass(frozen=True, slots=True)
class _Merged:
    """Chunks of several recordings, read anew each time."""

    sources: tuple[Iterable[Taken], ...]
    step: int

    def __iter__(self) -> Iterator[Taken]:
        heads = [_Head(source, self.step) for source in self.sources]
        while True:
            refused = tuple(one for head in heads for one in head.refill())
            heads = [head for head in heads if head.rows is not None]
            if not heads:
                if refused:
                    yield Taken(None, refused)
                return
            horizon = min(head.last_at for head in heads)
            parts = [part for head in heads if (part := head.take(horizon)) is not None]
            for rows in _interleave(parts):
                yield Taken(rows, refused)
                refused = ()
