"""Who wants to drive when: Poisson arrivals of the zone's flows by Chinese time of day."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.decide.workday import EAST, day_of, is_workday
from haihe.model.arrays import FloatArray, IntArray
from haihe.model.time import DAY, MINUTE, SECOND
from haihe.packs.traffic.zone import Flow
from haihe.twin.kernel import Noise

KINDS: Final = ("car", "truck", "bus")
SPREAD: Final = 0.04  # Ours: counts of one weekday differ by some percent from week to week.
SHIFT_S: Final = 180.0  # Ours: a tide comes some minutes earlier or later.
DAY_OFF: Final = 0.4  # Ours: of cars, on days when few go to work.
BUSIEST: Final = 400  # Ours: vehicles of one flow in a minute; far beyond any road.
_BITS: Final = 2.0**-53  # A word's upper 53 bits as a number below 1.
_DAY_CHANNEL, _MINUTE_CHANNEL = 1, 2


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Who arrives in one minute, in order of time.

    second: int64 (vehicle,), of the minute.
    flow: int64 (vehicle,).
    chance: float64 (vehicle,), 0 to 1; says who is connected.
    """

    second: IntArray
    flow: IntArray
    chance: FloatArray


@dataclass(frozen=True)
class Demand:
    """The arrivals of every minute, each a function of seed and minute alone.

    flows: the usual ones.
    seed: 0 or more.
    """

    flows: tuple[Flow, ...]
    seed: int

    def arrivals(self, minute: int, *, extra_veh_h: FloatArray) -> Arrivals:
        """Those of a minute, counted from 1970.

        extra_veh_h: float64 (flow,), what comes beside the usual.
        """
        bits = np.random.PCG64(np.random.SeedSequence((self.seed, _MINUTE_CHANNEL, minute)))
        rates = (self.rates_veh_h(minute * MINUTE) + extra_veh_h) / 60.0
        count = poisson(rates, _uniform(bits, len(rates)))
        flow = np.repeat(np.arange(len(rates)), count)
        second = np.floor(_uniform(bits, len(flow)) * 60.0).astype(np.int64)
        chance = _uniform(bits, len(flow))
        order = np.lexsort((flow, second))
        return Arrivals(second[order], flow[order], chance[order])

    def rates_veh_h(self, at: int) -> FloatArray:
        """float64 (flow,): expected vehicles an hour at an instant; ns."""
        day = day_of(at)
        spread, shift = Noise(self.seed).draw(2, step=day, channel=_DAY_CHANNEL).tolist()
        second = (at + EAST) % DAY // SECOND
        factor = np.exp(SPREAD * spread)
        works = is_workday(day)
        rates = np.zeros(len(self.flows))
        for place, flow in enumerate(self.flows):
            tides = flow.kind == "car" and flow.end_s - flow.begin_s < DAY // SECOND // 2
            moved = second - (SHIFT_S * shift if tides else 0.0)
            if flow.begin_s <= moved < flow.end_s:
                share = DAY_OFF if tides and not works else 1.0
                rates[place] = flow.veh_h * share * (factor if flow.kind == "car" else 1.0)
        return rates


def poisson(mean: FloatArray, uniform: FloatArray) -> IntArray:
    """Whole numbers with those means, by inversion of one uniform number each.

    >>> poisson(np.array([0.0, 2.0]), np.array([0.9, 0.5])).tolist()
    [0, 2]
    """
    ratios = np.ones((len(mean), BUSIEST))
    ratios[:, 0] = np.exp(-mean)
    ratios[:, 1:] = mean[:, None] / np.arange(1, BUSIEST)
    below = np.cumsum(np.cumprod(ratios, axis=1), axis=1) < uniform[:, None]
    count: IntArray = np.sum(below, axis=1, dtype=np.int64)
    return count


def _uniform(bits: np.random.PCG64, count: int) -> FloatArray:
    """Numbers from 0 to below 1, made from raw bits, which NumPy keeps from version to version."""
    words = np.asarray(bits.random_raw(count), np.uint64)
    return (words >> np.uint64(11)).astype(np.float64) * _BITS
