"""The present: the newest value of every field of every entity, in columns, O(1) to read."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from haihe.detect.contract import by_slot, is_unique
from haihe.model.arrays import BoolArray, FloatArray, IntArray, SlotArray, TextArray
from haihe.model.record import Batch, Observation
from haihe.model.stream import Stream
from haihe.model.time import BEFORE_ALL
from haihe.state.grid import Box, Grid

FIRST_ROOM = 64  # Ours: most streams of a pack have some dozens of entities.


class LiveStream:
    """The newest state of each entity of one stream, by slot."""

    def __init__(self, stream: Stream) -> None:
        """Know no entity."""
        self.stream = stream
        self.ids: Sequence[str] = ()
        self.count = 0
        self.observed_at: IntArray = np.empty(0, dtype=np.int64)
        self.received_at: IntArray = np.empty(0, dtype=np.int64)
        self.offset: IntArray = np.empty(0, dtype=np.int64)
        self.numbers: dict[str, FloatArray] = {}
        self.texts: dict[str, TextArray] = {}
        self.grid: Grid | None = None
        self.redeclare(stream)

    def redeclare(self, stream: Stream) -> None:
        """Take a stream that has more fields than before; what it had it keeps."""
        self.stream = stream.widened(self.stream)
        room = len(self.observed_at)
        for field in stream.numbers:
            self.numbers.setdefault(field.name, np.full(room, np.nan))
        for field in stream.texts:
            self.texts.setdefault(field.name, np.full(room, None, dtype=object))
        if self.stream.is_placed and self.grid is None:
            self.grid = Grid()
            self.grid.moved(np.arange(self.count, dtype=np.int32))

    def completed(self, batch: Batch) -> Batch:
        """The batch with every field of the stream; one that it is older than is missing."""
        lacking = [name for name in self.numbers if name not in batch.numbers]
        untold = [name for name in self.texts if name not in batch.texts]
        if not lacking and not untold:
            return batch
        nothing = np.full(len(batch), np.nan)
        nobody = np.full(len(batch), None, dtype=object)
        return dataclasses.replace(
            batch,
            numbers={**batch.numbers, **dict.fromkeys(lacking, nothing)},
            texts={**batch.texts, **dict.fromkeys(untold, nobody)},
        )

    def update(self, batch: Batch, ids: Sequence[str]) -> None:
        """Take a batch: each field keeps its newest value; older records change nothing.

        batch: of this stream.
        ids: the stream's entities by slot, at least as many as the batch speaks of.
        """
        self._grow(ids)
        slots, observed_at = batch.slots, batch.observed_at
        newer = observed_at >= self.observed_at[slots]
        rows: BoolArray | slice = slice(None)
        if not (is_unique(slots) or bool(np.all(observed_at[1:] >= observed_at[:-1]))):
            newer &= _newest_so_far(slots, observed_at)
        if not newer.all():
            rows = newer
        slots = slots[rows]
        # NumPy keeps the last value where an index repeats, so the newest row wins.
        self.observed_at[slots] = observed_at[rows]
        self.received_at[slots] = batch.received_at[rows]
        self.offset[slots] = batch.offsets[rows]
        for name, column in batch.numbers.items():
            _assign(self.numbers[name], slots, values=column[rows])
        for name, texts in batch.texts.items():
            _assign_texts(self.texts[name], slots, values=texts[rows])
        if self.grid is not None:
            self.grid.moved(slots)

    def observation(self, slot: int) -> Observation:
        """The entity's newest values as one observation; each field at its newest."""
        return Observation(
            stream=self.stream.name,
            entity=self.ids[slot],
            observed_at=int(self.observed_at[slot]),
            numbers={name: float(column[slot]) for name, column in self.numbers.items()},
            texts={name: column[slot] for name, column in self.texts.items()},
            offset=int(self.offset[slot]),
        )

    def in_box(self, box: Box) -> SlotArray:
        """Slots of the entities now inside a box.

        box: west, south, east, north; WGS-84 degrees, edges included.
        Returns int32 (entity,), rising.
        Raises ValueError if the stream has no place.
        """
        lon, lat = self._places()
        assert self.grid is not None  # _places has raised otherwise.
        return self.grid.in_box(box, lon=lon, lat=lat)

    def nearest(self, lon: float, lat: float, *, count: int) -> SlotArray:
        """Slots of the entities nearest to a point, the nearest first.

        lon, lat: WGS-84 degrees.
        count: how many at most, 1 or more.
        Returns int32 (entity,).
        Raises ValueError if the stream has no place.
        """
        lons, lats = self._places()
        assert self.grid is not None  # _places has raised otherwise.
        return self.grid.nearest((lon, lat), lon=lons, lat=lats, count=count)

    def _places(self) -> tuple[FloatArray, FloatArray]:
        if self.grid is None:
            raise ValueError(f"stream '{self.stream.name}' has no fields lon and lat: no place.")
        return self.numbers["lon"][: self.count], self.numbers["lat"][: self.count]

    def _grow(self, ids: Sequence[str]) -> None:
        self.ids, self.count = ids, len(ids)
        have = len(self.observed_at)
        if have >= self.count:
            return
        room = max(self.count, have + have // 2, FIRST_ROOM)
        self.observed_at = _wider(self.observed_at, room, fill=BEFORE_ALL)
        self.received_at = _wider(self.received_at, room, fill=BEFORE_ALL)
        self.offset = _wider(self.offset, room, fill=-1)
        for name, column in self.numbers.items():
            wider = np.full(room, np.nan)
            wider[:have] = column
            self.numbers[name] = wider
        for name, texts in self.texts.items():
            more = np.full(room, None, dtype=object)
            more[:have] = texts
            self.texts[name] = more


class Live:
    """Every stream's newest state."""

    def __init__(self) -> None:
        """Know no stream."""
        self._streams: dict[str, LiveStream] = {}

    def declare(self, stream: Stream) -> None:
        """Know a stream, or that it has more fields now."""
        known = self._streams.get(stream.name)
        if known is None:
            self._streams[stream.name] = LiveStream(stream)
        else:
            known.redeclare(stream)

    def streams(self) -> Sequence[LiveStream]:
        """All streams, in the order they were declared."""
        return tuple(self._streams.values())

    def __contains__(self, stream: str) -> bool:
        """Whether the stream is declared."""
        return stream in self._streams

    def __getitem__(self, stream: str) -> LiveStream:
        """The stream's state.

        Raises ValueError if it is not declared.
        """
        try:
            return self._streams[stream]
        except KeyError:
            known = ", ".join(sorted(self._streams)) or "none"
            raise ValueError(f"stream '{stream}' is not declared; declared are: {known}.") from None


def _newest_so_far(slots: SlotArray, observed_at: IntArray) -> BoolArray:
    """The rows that no earlier row of their entity was observed after.

    slots: int32 (row,).
    observed_at: int64 (row,), ns.
    """
    order = by_slot(slots)
    ordered = slots[order]
    # Times as ranks, so that those of one entity can be lifted above all of the entity before it;
    # of like times the later row ranks higher.
    rank = np.empty(len(slots), dtype=np.int64)
    rank[np.argsort(observed_at, kind="stable")] = np.arange(len(slots))
    group = np.cumsum(np.concatenate(([False], ordered[1:] != ordered[:-1])))
    height = group * len(slots) + rank[order]
    newest = np.empty(len(slots), dtype=bool)
    newest[order] = height == np.maximum.accumulate(height)
    return newest


def _assign(column: FloatArray, slots: SlotArray, *, values: FloatArray) -> None:
    """Set values by slot; a missing one leaves what was known."""
    missing = np.isnan(values)
    if missing.any():
        slots, values = slots[~missing], values[~missing]
    column[slots] = values


def _assign_texts(column: TextArray, slots: SlotArray, *, values: TextArray) -> None:
    known = np.array([value is not None for value in values], dtype=bool)
    column[slots[known]] = values[known]


def _wider(column: IntArray, room: int, *, fill: int) -> IntArray:
    wider = np.full(room, fill, dtype=np.int64)
    wider[: len(column)] = column
    return wider
