"""Alarm load on one operator, held against ISA-18.2 and EEMUA 191."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from haihe.model.arrays import IntArray
from haihe.model.time import MINUTE

PERIOD: Final = 10 * MINUTE  # EEMUA 191: load is counted in periods of ten minutes.
MANAGEABLE: Final = 1.0  # EEMUA 191 and ISA-18.2: about one alarm in ten minutes on average.
FLOOD: Final = 10  # ISA-18.2: more than ten in ten minutes is a flood,
CALM: Final = 5  # which is over when fewer than five come in ten minutes.


class AlarmLoad(msgspec.Struct, frozen=True):
    """How many things a time asked of one operator.

    total: alarms or cases in the time.
    per_period: how many in ten minutes, on average.
    worst: how many in the worst ten minutes.
    flood_share: share of ten-minute periods that were a flood, 0 to 1.
    """

    total: int
    per_period: float
    worst: int
    flood_share: float

    @property
    def is_manageable(self) -> bool:
        """Whether one operator can keep up: about one in ten minutes, and no flood."""
        return self.per_period <= MANAGEABLE and self.worst <= FLOOD


class Flood(msgspec.Struct, frozen=True):
    """A time in which more came than anybody can answer.

    from_at, to_at: begin of its first ten minutes and end of its last; ns.
    total, worst: how many came, and how many in its worst ten minutes.
    """

    from_at: int
    to_at: int
    total: int
    worst: int


def alarm_load(times: Sequence[int], *, from_at: int, to_at: int) -> AlarmLoad:
    """The load of alarms at these instants over a time.

    times: ns, in any order; those outside the time do not count.
    from_at, to_at: the time; ns, ``to_at`` later.

    >>> alarm_load([0, 1, 2], from_at=0, to_at=12 * PERIOD)
    AlarmLoad(total=3, per_period=0.25, worst=3, flood_share=0.0)
    """
    counts = _counts(times, from_at=from_at, to_at=to_at)
    total = int(counts.sum())
    return AlarmLoad(
        total=total,
        per_period=round(total * PERIOD / max(to_at - from_at, 1), 4),
        worst=int(counts.max(initial=0)),
        flood_share=round(float(np.count_nonzero(counts > FLOOD)) / len(counts), 4),
    )


def floods(times: Sequence[int], *, from_at: int, to_at: int) -> tuple[Flood, ...]:
    """The floods in a time: from more than ``FLOOD`` in a period until fewer than ``CALM``.

    times, from_at, to_at: as for ``alarm_load``.

    >>> floods([0] * 11 + [PERIOD] * 5 + [2 * PERIOD], from_at=0, to_at=12 * PERIOD)
    (Flood(from_at=0, to_at=1200000000000, total=16, worst=11),)
    """
    counts = _counts(times, from_at=from_at, to_at=to_at).tolist()
    found: list[Flood] = []
    place = 0
    while place < len(counts):
        if counts[place] <= FLOOD:
            place += 1
            continue
        first = place
        while place < len(counts) and counts[place] >= CALM:
            place += 1
        some = counts[first:place]
        end_at = min(from_at + place * PERIOD, to_at)
        found.append(Flood(from_at + first * PERIOD, end_at, sum(some), max(some)))
    return tuple(found)


def _counts(times: Sequence[int], *, from_at: int, to_at: int) -> IntArray:
    """How many fall into each period; int64 (period,), one at least."""
    at = np.array(times, dtype=np.int64)
    at = at[(at >= from_at) & (at < to_at)]
    periods = max(1, -(-(to_at - from_at) // PERIOD))
    return np.bincount((at - from_at) // PERIOD, minlength=periods).astype(np.int64)
