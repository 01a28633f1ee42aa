"""The demand of a record, as the street twin takes it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.decide.workday import EAST
from haihe.model.arrays import FloatArray
from haihe.model.time import DAY, MINUTE, SECOND
from haihe.packs.traffic.backtest.recorded import ENTRIES, STEP_MIN, Recorded
from haihe.packs.traffic.street.demand import Arrivals, Demand
from haihe.packs.traffic.zone import FLOWS, Flow

DAY_S: Final = DAY // SECOND
_BITS: Final = 2.0**-53  # A word's upper 53 bits as a number below 1.
_BEGIN_CHANNEL, _MINUTE_CHANNEL = 3, 4


@dataclass(frozen=True)
class Counted(Demand):
    """As many of each flow as were counted; by chance is when within five minutes each comes.

    began_at: ns.
    came_veh: float64 (flow, step).
    """

    began_at: int
    came_veh: FloatArray

    def arrivals(self, minute: int, *, extra_veh_h: FloatArray) -> Arrivals:
        """Those of a minute, counted from 1970; what is extra is not of the record."""
        del extra_veh_h
        bits = np.random.PCG64(np.random.SeedSequence((self.seed, _MINUTE_CHANNEL, minute)))
        first = np.random.PCG64(np.random.SeedSequence((self.seed, _BEGIN_CHANNEL)))
        begin = _uniform(first, len(self.flows))
        place = minute - self.began_at // MINUTE
        before, after = (np.floor(self._until(at) + begin) for at in (place, place + 1))
        count = (after - before).astype(np.int64)
        flow = np.repeat(np.arange(len(count)), count)
        second = np.floor(_uniform(bits, len(flow)) * 60.0).astype(np.int64)
        chance = _uniform(bits, len(flow))
        order = np.lexsort((flow, second))
        return Arrivals(second[order], flow[order], chance[order])

    def _until(self, minute: int) -> FloatArray:
        """float64 (flow,): who came before that minute of the record."""
        steps = self.came_veh.shape[1]
        whole, part = divmod(min(max(minute, 0), steps * STEP_MIN), STEP_MIN)
        total: FloatArray = self.came_veh[:, :whole].sum(axis=1)
        if part:
            total = total + self.came_veh[:, whole] * (part / STEP_MIN)
        return total


def counted(record: Recorded, *, seed: int) -> Counted:
    """The demand of a record; ways and kinds have the shares that are usual then and there."""
    flows = tuple(
        Flow(start, end, 0, DAY_S, 0.0, kind)
        for start, end, kind in dict.fromkeys((one.start, one.end, one.kind) for one in FLOWS)
    )
    entry = np.array([ENTRIES.index(flow.start) for flow in flows])
    came = np.zeros((len(flows), record.came_veh.shape[1]))
    for step in range(came.shape[1]):
        at = record.began_at + (step * STEP_MIN + STEP_MIN // 2) * MINUTE
        usual = _usual_veh_h(flows, (at + EAST) % DAY // SECOND)
        whole = np.bincount(entry, usual, minlength=len(ENTRIES))
        came[:, step] = record.came_veh[entry, step] * usual / whole[entry]
    return Counted(flows, seed, record.began_at, came)


def _usual_veh_h(flows: tuple[Flow, ...], second: int) -> FloatArray:
    """float64 (flow,): what each usually has at that second of the day; never nothing at all."""
    rates = {(one.start, one.end, one.kind): 0.0 for one in flows}
    for one in FLOWS:
        if one.begin_s <= second < one.end_s:
            rates[one.start, one.end, one.kind] += one.veh_h
    found = np.array([*rates.values()])
    # Who comes where nobody usually does at that time is a car.
    least: FloatArray = np.where([one.kind == "car" for one in flows], 1.0, 0.0)
    usual: FloatArray = np.maximum(found, least)
    return usual


def _uniform(bits: np.random.PCG64, count: int) -> FloatArray:
    """Numbers from 0 to below 1, made from raw bits, which NumPy keeps from version to version."""
    words = np.asarray(bits.random_raw(count), np.uint64)
    found: FloatArray = (words >> np.uint64(11)).astype(np.float64) * _BITS
    return found
