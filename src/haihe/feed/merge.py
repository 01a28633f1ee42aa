"""Several recordings as one, in the order of their clocks."""

import itertools
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
    """One recording of all, in the order of ``received_at``; equal inputs give equal chunks.

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
        heads = [_Head(iter(source), self.step) for source in self.sources]
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


class _Head:
    """What of one source is next."""

    def __init__(self, source: Iterator[Taken], step: int) -> None:
        self._source = source
        self._step = step
        self.rows: Rows | None = None
        self._clock: IntArray = np.empty(0, np.int64)
        self._taken = 0

    def refill(self) -> Iterator[RefusedRecord]:
        """Go to the next chunk if this one is used up, and give the refusals on the way."""
        while self.rows is None or self._taken == len(self.rows):
            self.rows = None
            taken = next(self._source, None)
            if taken is None:
                return
            yield from taken.refused
            if taken.rows is not None:
                self._begin(taken.rows)

    def _begin(self, rows: Rows) -> None:
        clock = rows.observed_at if rows.received_at is None else rows.received_at
        if self._step > 0:
            clock = -(-clock // self._step) * self._step
        self.rows = replace(rows, received_at=clock)
        self._clock = clock
        self._taken = 0

    @property
    def last_at(self) -> int:
        """When the last row of the chunk was received."""
        return int(self._clock[-1])

    def take(self, horizon: int) -> Rows | None:
        """The rows not yet taken that were received up to ``horizon``."""
        assert self.rows is not None, "a source without rows has left the merge"
        start, self._taken = self._taken, int(np.searchsorted(self._clock, horizon, side="right"))
        return select(self.rows, slice(start, self._taken))


def _interleave(parts: Sequence[Rows]) -> Iterator[Rows]:
    """The rows of all parts by their clock, a chunk for each stretch of one stream."""
    streams = list(dict.fromkeys(part.stream for part in parts))
    whole = [concatenate([part for part in parts if part.stream == name]) for name in streams]
    clock = np.concatenate([_clock(rows) for rows in whole])
    stream = np.repeat(np.arange(len(whole)), [len(rows) for rows in whole])
    place = np.concatenate([np.arange(len(rows)) for rows in whole])
    order = np.argsort(clock, kind="stable")
    stream, place = stream[order], place[order]
    turns = np.flatnonzero(np.diff(stream)) + 1
    for start, end in itertools.pairwise([0, *turns.tolist(), len(order)]):
        for first in range(start, end, CHUNK_ROWS):
            rows = select(whole[stream[start]], place[first : min(first + CHUNK_ROWS, end)])
            if rows is not None:
                yield rows


def concatenate(parts: Sequence[Rows]) -> Rows:
    """Rows of one stream as one, in the order given; each must bring its own clock.

    parts: at least one.
    """
    if len(parts) == 1:
        return parts[0]
    ids = tuple(dict.fromkeys(name for part in parts for name in part.ids))
    places = {name: place for place, name in enumerate(ids)}
    first = parts[0]
    return Rows(
        stream=first.stream,
        ids=ids,
        codes=np.concatenate(
            [np.array([places[name] for name in part.ids], np.int32)[part.codes] for part in parts]
        ),
        observed_at=np.concatenate([part.observed_at for part in parts]),
        numbers={
            name: np.concatenate([part.numbers[name] for part in parts]) for name in first.numbers
        },
        texts={name: np.concatenate([part.texts[name] for part in parts]) for name in first.texts},
        received_at=np.concatenate([_clock(part) for part in parts]),
    )


def _clock(rows: Rows) -> IntArray:
    assert rows.received_at is not None, "rows of a recording bring their own clock"
    return rows.received_at
