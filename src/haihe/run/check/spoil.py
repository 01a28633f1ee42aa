"""Feeds as they really come: records lost, late, repeated and out of order; and logs cut anew.

Everything is drawn from a fixed seed, so that a check says the same thing every time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np

from haihe.model.arrays import IndexArray, IntArray
from haihe.model.record import Batch, Rows
from haihe.model.time import MINUTE
from haihe.pack.cases import PackCase
from haihe.run.engine import Item
from haihe.run.intake import joined

SEED: Final = 20  # Ours: any will do; the same one gives the same findings.
LOST: Final = 0.2  # Ours: a share at which radio sensors are still called working.
BLANK: Final = 0.1  # Ours: single values that a gateway could not read.
MOVED: Final = 0.5  # Ours: share of records that come late, twice or in another order.
LATE_MAX: Final = 10 * MINUTE  # Ours: a gateway that restarts delivers within it.
APART: Final = 3  # Ours: how many records one may overtake.
FINE: Final = 5  # Ours: pieces this small put a cut at every kind of place.
COARSE: Final = 200  # Ours: the same for a whole day, in seconds.


def lost(rows: Rows, rng: np.random.Generator) -> Rows:
    """Some records never come, and some come without a value."""
    numbers = {name: column.copy() for name, column in rows.numbers.items()}
    for column in numbers.values():
        column[rng.random(len(rows)) < BLANK] = np.nan
    here = np.flatnonzero(rng.random(len(rows)) >= LOST)
    return _some(replace(rows, numbers=numbers), here, received_at=_received(rows)[here])


def late(rows: Rows, rng: np.random.Generator) -> Rows:
    """Some records come minutes after they were observed."""
    received_at = _received(rows)
    delay = rng.integers(1, LATE_MAX, len(rows)) * (rng.random(len(rows)) < MOVED)
    return _some(rows, np.arange(len(rows)), received_at=received_at + delay)


def in_bulk(rows: Rows, rng: np.random.Generator) -> Rows:
    """A gateway keeps everything for some minutes and then delivers it at once."""
    received_at = _received(rows)
    ends = [int(received_at.min())]
    while ends[-1] < received_at.max():
        ends.append(ends[-1] + int(rng.integers(LATE_MAX // 2, LATE_MAX)))
    delivered_at = np.array(ends)[np.searchsorted(ends, received_at)]
    return _some(rows, np.arange(len(rows)), received_at=delivered_at)


def repeated(rows: Rows, rng: np.random.Generator) -> Rows:
    """Some requests are sent twice, because the answer to the first was lost."""
    here = np.repeat(np.arange(len(rows)), 1 + (rng.random(len(rows)) < MOVED))
    return _some(rows, here, received_at=_received(rows)[here])


def told_again(rows: Rows, rng: np.random.Generator) -> Rows:
    """Some records come a second time minutes later, when newer ones are known."""
    received_at = _received(rows)
    last_at = received_at.max(initial=0)
    again = np.flatnonzero(rng.random(len(rows)) < MOVED)
    later = np.minimum(received_at[again] + rng.integers(1, LATE_MAX, len(again)), last_at)
    here = np.concatenate((np.arange(len(rows)), again))
    return _some(rows, here, received_at=np.concatenate((received_at, later)))


def reordered(rows: Rows, rng: np.random.Generator) -> Rows:
    """Some records overtake others on the way."""
    received_at = _received(rows)
    places = np.arange(len(rows)) + rng.integers(0, APART + 1, len(rows))
    received_at[np.argsort(places, kind="stable")] = np.sort(received_at)
    received_at = np.maximum(received_at, rows.observed_at)  # None comes before it was observed.
    return _some(rows, np.arange(len(rows)), received_at=received_at)


SPOILED: Final[Mapping[str, Callable[[Rows, np.random.Generator], Rows]]] = MappingProxyType(
    {"missing": lost, "late": late, "in bulk": in_bulk, "repeated": repeated,
     "told again": told_again, "reordered": reordered}
)  # fmt: skip


def spoiled(case: PackCase, kind: str) -> PackCase:
    """The example with its feed spoiled.

    kind: one of ``SPOILED``.
    """
    if not case.rows:
        return case
    rows = SPOILED[kind](joined(case.rows, now=case.start_at), np.random.default_rng(SEED))
    received_at = _received(rows)
    starts = np.flatnonzero(np.diff(received_at, prepend=-1))
    parts = np.split(np.arange(len(rows)), starts[1:]) if len(rows) else []
    end_at = int(received_at.max(initial=case.end_at))
    many = tuple(_some(rows, part, received_at=received_at[part]) for part in parts)
    return replace(case, rows=many, end_at=max(case.end_at, end_at))


def cut(items: Sequence[Item], size: int = FINE) -> Iterator[list[Item]]:
    """The same log in other pieces: batches cut anywhere, and some or many handed on at once.

    size: how many rows a piece has at most, and how many pieces a tick takes; 1 or more.
    """
    rng = np.random.default_rng(SEED)
    waiting: list[Item] = []
    for item in items:
        waiting += _pieces(item, rng, size=size) if isinstance(item, Batch) else [item]
        while len(waiting) > size:
            count = int(rng.integers(1, size + 1))
            yield waiting[:count]
            del waiting[:count]
    if waiting:
        yield waiting


def _pieces(batch: Batch, rng: np.random.Generator, *, size: int) -> list[Item]:
    ends = np.cumsum(rng.integers(1, size + 1, len(batch)))
    parts = np.split(np.arange(len(batch)), ends[ends < len(batch)])
    return [
        replace(
            batch,
            offsets=batch.offsets[part],
            slots=batch.slots[part],
            observed_at=batch.observed_at[part],
            received_at=batch.received_at[part],
            numbers={name: column[part] for name, column in batch.numbers.items()},
            texts={name: column[part] for name, column in batch.texts.items()},
        )
        for part in parts
    ]


def _received(rows: Rows) -> IntArray:
    assert rows.received_at is not None  # Examples bring their own clock.
    return rows.received_at.copy()


def _some(rows: Rows, here: IndexArray, *, received_at: IntArray) -> Rows:
    """Some of the rows, as often as they are named, in the order they are now received."""
    order = np.argsort(received_at, kind="stable")
    here = here[order]
    used, codes = np.unique(rows.codes[here], return_inverse=True)
    return Rows(
        stream=rows.stream,
        ids=tuple(rows.ids[code] for code in used),
        codes=codes.astype(np.int32),
        observed_at=rows.observed_at[here],
        numbers={name: column[here] for name, column in rows.numbers.items()},
        texts={name: column[here] for name, column in rows.texts.items()},
        received_at=received_at[order],
    )
