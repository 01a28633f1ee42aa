"""What people watch a district with: a CUSUM of its night flow."""

from dataclasses import KW_ONLY, dataclass
from typing import Final

import numpy as np

from bench.boards.ltown_files import Meters
from haihe.detect import Balance
from haihe.model.arrays import FloatArray, IntArray
from haihe.model.time import DAY, HOUR

FROM: Final = 2 * HOUR  # Farley and Trow 2003: the least flow is found between two and four.
UNTIL: Final = 4 * HOUR
SUNDAY: Final = 3  # 1970-01-01 was a Thursday.
SIGMA_LEAST: Final = 0.1  # m3/h; Ours: finer than the meters.


@dataclass(frozen=True, slots=True)
class Nights:
    """Each night's mean use of a district.

    at: int64 (night,), when the night's hours ended; ns.
    flow_m3_h: float64 (night,).
    """

    at: IntArray
    flow_m3_h: FloatArray


def night_flow(meters: Meters, balance: Balance) -> Nights:
    """The nights of one district."""
    seen = meters.seen
    flow, kept = balance.flow(seen), balance.kept(seen)
    told = (meters.at % DAY >= FROM) & (meters.at % DAY <= UNTIL) & ~np.isnan(flow + kept)
    at, flows = [], []
    for day in np.unique(meters.at[told] // DAY).tolist():
        rows = np.flatnonzero(told & (meters.at // DAY == day))
        hours = max((meters.at[rows[-1]] - meters.at[rows[0]]) / HOUR, 1.0)
        at.append(int(meters.at[rows[-1]]))
        flows.append(float(flow[rows].mean() - (kept[rows[-1]] - kept[rows[0]]) / hours))
    return Nights(np.array(at), np.array(flows))


@dataclass(frozen=True, slots=True)
class NightChart:
    """A tabular CUSUM that learns anew after each alarm.

    slack, width: Montgomery's k and h, in sigma.
    warm_up: nights that mean and sigma are learnt from.
    weekends_apart: whether weekend nights have a mean and sigma of their own.
    """

    slack: float
    width: float
    _: KW_ONLY
    warm_up: int
    weekends_apart: bool

    def raised_at(self, nights: Nights) -> list[int]:
        """When it raises; ns."""
        raised, first, total = [], 0, 0.0
        day = (nights.at // DAY - SUNDAY) % 7  # 0 on Sundays, 6 on Saturdays.
        kind = np.isin(day, (0, 6)) & self.weekends_apart
        for night in range(len(nights.at)):
            learnt = np.arange(first, min(first + self.warm_up, len(nights.at)))
            alike = nights.flow_m3_h[learnt[kind[learnt] == kind[night]]]
            if night < first + self.warm_up or len(alike) < 2:
                continue
            sigma = max(float(alike.std(ddof=1)), SIGMA_LEAST)
            away = (nights.flow_m3_h[night] - float(alike.mean())) / sigma
            total = max(0.0, total + away - self.slack)
            if total > self.width:
                raised.append(int(nights.at[night]))
                first, total = night + 1, 0.0
        return raised
