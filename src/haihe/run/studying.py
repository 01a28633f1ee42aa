"""A pack's studies: found by name, given the records they read, and asked."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import numpy as np

from haihe.errors import PackInvalid
from haihe.model.record import Batch
from haihe.model.stream import FieldKind, Stream
from haihe.pack.contract import Pack
from haihe.pack.study import Reading, Study
from haihe.state.columns import ENTITY, OBSERVED_AT, OFFSET, RECEIVED_AT
from haihe.state.history import History
from haihe.state.history_query import Span

ROWS_MOST: Final = 4_000_000  # Ours: a lane's detectors tell half a million in a busy day.
Q = TypeVar("Q")
A = TypeVar("A")


def study_of(
    packs: Sequence[Pack], name: str, *, question: type[Q], answer: type[A]
) -> Study[Q, A]:
    """The study ``pack.name`` that takes such questions.

    Raises PackInvalid if no pack has it.
    """
    pack_name, _, own = name.partition(".")
    for pack in packs:
        for study in pack.studies:
            if (pack.name, study.name) == (pack_name, own) and study.question is question:
                found: Study[Q, A] = study
                return found
    raise PackInvalid(
        f"no pack that is loaded answers '{name}' with a {answer.__name__}; see 'haihe doctor' "
        f"whether the pack '{pack_name}' is."
    )


def studied(study: Study[Q, A], asked: Q, *, history: History, tell: Callable[[float], None]) -> A:
    """The answer to a question, from the history.

    tell: is called with the part done, 0 to 1.
    Raises ValueError if the question cannot be answered, or would read too much.
    """
    reading = study.reads(asked)
    past = {stream.name: _read(stream, reading, history=history) for stream in study.streams}
    return study.answer(asked, past, tell=tell)


def _read(stream: Stream, reading: Reading, *, history: History) -> Batch:
    """The records of one stream, in order of ``observed_at``."""
    table = history.rows(
        stream.name,
        entities=reading.entities,
        span=Span(reading.from_at, reading.to_at),
        fields=[field.name for field in stream.fields],
        limit=ROWS_MOST,
    )
    if len(table) == ROWS_MOST:
        raise ValueError(f"{stream.name} has {ROWS_MOST:,} records or more there; ask for less.")
    numbers = {
        field.name: np.asarray(table.column(field.name).to_numpy(), np.float64)
        for field in stream.fields
        if field.kind is FieldKind.NUMBER
    }
    texts = {
        field.name: np.array([*table.column(field.name).to_pylist(), None], dtype=object)[:-1]
        for field in stream.fields
        if field.kind is FieldKind.TEXT
    }
    offsets, observed_at, received_at = (
        table.column(name).to_numpy() for name in (OFFSET, OBSERVED_AT, RECEIVED_AT)
    )
    place = {name: at for at, name in enumerate(reading.entities)}
    slots = np.array([place[name] for name in table.column(ENTITY).to_pylist()], np.int32)
    return Batch(stream.name, offsets, slots, observed_at, received_at, numbers, texts)
