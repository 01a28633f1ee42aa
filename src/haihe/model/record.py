"""Records on their way in (``Rows``) and as lines of the log (``Batch``), in columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from haihe.model.arrays import FloatArray, IndexArray, IntArray, SlotArray, TextArray


class Roster(tuple[str, ...]):
    """Ids that a sender names in every body: one object for all of them.

    What is found out about a roster once (its slots) can be kept for the next body.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """Checked records of one stream that are not yet in the log.

    stream: the stream's name.
    ids: the entities they speak of, each once, as ``kind/name``.
    codes: int32 (row,), index into ``ids``.
    observed_at: int64 (row,), ns.
    numbers: float64 (row,) for each number field of the stream; missing is NaN.
    texts: object (row,) for each text field; missing is None.
    received_at: int64 (row,), ns, only where a recording brings its own clock; else the log's
        clock stamps them.
    """

    stream: str
    ids: tuple[str, ...]
    codes: SlotArray
    observed_at: IntArray
    numbers: Mapping[str, FloatArray]
    texts: Mapping[str, TextArray]
    received_at: IntArray | None = None

    def __len__(self) -> int:
        """How many records."""
        return len(self.codes)


@dataclass(frozen=True, slots=True)
class Observation:
    """观测: one record of measured values of one entity.

    stream, entity: what was observed where.
    observed_at: int, ns (发生).
    numbers: number field to value in the field's unit; NaN where the record did not carry it.
    texts: text field to value; None where the record did not carry it.
    offset: the record's place in the log; -1 if it is not in one.
    """

    stream: str
    entity: str
    observed_at: int
    numbers: Mapping[str, float]
    texts: Mapping[str, str | None]
    offset: int = -1


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one stream as they stand in the log, in order of offset.

    stream: the stream's name.
    offsets: int64 (row,), rising; other streams' records may lie between.
    slots: int32 (row,), the entity's ordinal within the stream.
    observed_at, received_at: int64 (row,), ns; ``received_at`` never falls.
    numbers, texts: as in ``Rows``.
    """

    stream: str
    offsets: IntArray
    slots: SlotArray
    observed_at: IntArray
    received_at: IntArray
    numbers: Mapping[str, FloatArray]
    texts: Mapping[str, TextArray]

    def __len__(self) -> int:
        """How many records."""
        return len(self.slots)

    def rows_of(self, slot: int) -> IndexArray:
        """Row numbers of one entity, in order."""
        return np.flatnonzero(self.slots == slot)

    def observation(self, row: int, entity: str) -> Observation:
        """One row as a value; ``entity`` is the id behind its slot."""
        return Observation(
            stream=self.stream,
            entity=entity,
            observed_at=int(self.observed_at[row]),
            numbers={name: float(column[row]) for name, column in self.numbers.items()},
            texts={name: column[row] for name, column in self.texts.items()},
            offset=int(self.offsets[row]),
        )


def gather(batches: Sequence[Batch]) -> dict[str, Batch]:
    """The batches by stream; those of one stream become one.

    batches: in order of offset.
    """
    by_stream: dict[str, list[Batch]] = {}
    for batch in batches:
        by_stream.setdefault(batch.stream, []).append(batch)
    return {
        stream: found[0] if len(found) == 1 else _joined(stream, found)
        for stream, found in by_stream.items()
    }


def _joined(stream: str, batches: list[Batch]) -> Batch:
    numbers = dict.fromkeys(name for batch in batches for name in batch.numbers)
    texts = dict.fromkeys(name for batch in batches for name in batch.texts)
    return Batch(
        stream=stream,
        offsets=np.concatenate([batch.offsets for batch in batches]),
        slots=np.concatenate([batch.slots for batch in batches]),
        observed_at=np.concatenate([batch.observed_at for batch in batches]),
        received_at=np.concatenate([batch.received_at for batch in batches]),
        numbers={name: np.concatenate([_number(b, name) for b in batches]) for name in numbers},
        texts={name: np.concatenate([_text(b, name) for b in batches]) for name in texts},
    )


def _number(batch: Batch, name: str) -> FloatArray:
    """The column, or all missing where the batch is older than the field."""
    column = batch.numbers.get(name)
    return np.full(len(batch), np.nan) if column is None else column


def _text(batch: Batch, name: str) -> TextArray:
    column = batch.texts.get(name)
    return np.full(len(batch), None, dtype=object) if column is None else column
