"""Alarm load on one operator, held against ISA-18.2 and EEMUA 191."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from haihe.model.time import MINUTE

PERIOD: Final = 10 * MINUTE  # EEMUA 191: load is counted in periods of ten minutes.
MANAGEABLE: Final = 1.0  # EEMUA 191 and ISA-18.2: about one alarm in ten minutes on average.
FLOOD: Final = 10  # ISA-18.2: more than ten in ten minutes is a flood.


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


def alarm_load(times: Sequence[int], *, from_at: int, to_at: int) -> AlarmLoad:
    """The load of alarms at these instants over a time.

    times: ns, in any order; those outside the time do not count.
    from_at, to_at: the time; ns, ``to_at`` later.

    >>> alarm_load([0, 1, 2], from_at=0, to_at=12 * PERIOD)
    AlarmLoad(total=3, per_period=0.25, worst=3, flood_share=0.0)
    """
    at = np.array(times, dtype=np.int64)
    at = at[(at >= from_at) & (at < to_at)]
    periods = max(1, -(-(to_at - from_at) // PERIOD))
    counts = np.bincount((at - from_at) // PERIOD, minlength=periods)
    return AlarmLoad(
        total=len(at),
        per_period=round(len(at) * PERIOD / max(to_at - from_at, 1), 4),
        worst=int(counts.max(initial=0)),
        flood_share=round(float(np.count_nonzero(counts > FLOOD)) / periods, 4),
    )
