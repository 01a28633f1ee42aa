"""What a district uses at each hour of the week, and how fast that may change.

Use in an hour is ``scale * usual[hour of the week] + level``. The scale follows the seasons and
the number of customers: people who use more do so when they use water at all. A leak runs day and
night, so it is the level that takes it up. Both are tracked by a Kalman filter; the week's shape
and the noise of each hour of the day are learnt beside it.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from haihe.detect.balance import Hours
from haihe.detect.learn import RESOLVED, SIGMA_LEAST
from haihe.detect.turns import sum_last
from haihe.model.arrays import BoolArray, FloatArray, IndexArray, IntArray

DAY_HOURS: Final = 24  # By definition.
WEEK_HOURS: Final = 7 * DAY_HOURS
PAIRS_LEAST: Final = 48  # Ours: two days' differences tell the noise to a tenth.
SCALE_WEEK: Final = 0.02  # Ours: seasons move demand by about 2 % a week, 0.5 to 0.05 a year.
LEVEL_WEEK: Final = 0.25  # Ours: a week moves the level by a quarter of an hour's noise.
SCALE_FIRST: Final = 0.01  # Ours: half a week's movement, for the first week learnt.
SCALE_MOST: Final = 5.0  # Ours: demand more than five times another is another district.
CLIP: Final = 3.0  # Huber, Robust Statistics: what lies further off counts as three sigma.
SHAPE_TIMES: Final = 10  # Ours: the week's shape is that of the last ten weeks.
NOISE_WEIGHT: Final = 0.05  # Ours: the noise of an hour is that of the last three weeks.
BLOCK_WEIGHT: Final = 0.1  # Ours: days have a memory of ten.
BLOCK_MOST: Final = 9.0  # The square of ``CLIP``.
EXCESS_FIRST: Final = 2.0  # Ours: until days are compared, take errors of neighbouring hours alike.
MEAN_TO_SIGMA: Final = 1.2533  # sqrt(pi / 2): a normal variable's sigma over its mean size.
DEMAND_FILLS: Final = {
    "hours": 0, "pairs": 0, "rough": 0, "usual": 0, "times": 0, "noise": 0,
    "level": 0, "scale": 1, "level_variance": 0, "shared_variance": 0, "scale_variance": 0,
    "block": 0, "blocked": 0, "excess": EXCESS_FIRST,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemandMemory:
    """What is known of each district's use.

    hours: int64 (entity,), hours learnt while its week was new.
    pairs: int64 (entity,), hours then compared with the day before.
    rough: float64 (entity,), the mean size of these differences; m3/h.
    usual: float64 (entity, hour of the week), m3/h.
    times: int64 (entity, hour of the week), hours it was learnt from, up to ``SHAPE_TIMES``.
    noise: float64 (entity, hour of the day), variance of an hour's mean; (m3/h)^2.
    level: float64 (entity,), use above the usual that runs day and night; m3/h.
    scale: float64 (entity,), demand over the usual.
    level_variance, shared_variance, scale_variance: float64 (entity,), of the two.
    block: float64 (entity,), sum of the day's errors, each over its sigma.
    blocked: int64 (entity,), hours in it.
    excess: float64 (entity,), variance of a day's mean error, over what it would be if each hour
        erred by itself.
    """

    hours: IntArray
    pairs: IntArray
    rough: FloatArray
    usual: FloatArray
    times: IntArray
    noise: FloatArray
    level: FloatArray
    scale: FloatArray
    level_variance: FloatArray
    shared_variance: FloatArray
    scale_variance: FloatArray
    block: FloatArray
    blocked: IntArray
    excess: FloatArray


@dataclass(frozen=True, slots=True)
class Expected:
    """What was to be expected of hours that can be judged; one row each.

    usual: float64, at this hour of the week; m3/h.
    level, scale: float64, before the hour.
    variance: float64, of the hour's error.
    drift: float64, the share of its sigma that is the same for hours to come; m3/h.
    typical: float64, the noise variance of an average hour.
    excess: float64, 1 or more; by how much errors that last add to the variance of a mean.
    """

    usual: FloatArray
    level: FloatArray
    scale: FloatArray
    variance: FloatArray
    drift: FloatArray
    typical: FloatArray
    excess: FloatArray

    def only(self, some: BoolArray) -> "Expected":
        """Those for which ``some`` is true."""
        return Expected(
            self.usual[some], self.level[some], self.scale[some],
            self.variance[some], self.drift[some], self.typical[some], self.excess[some],
        )  # fmt: skip


def no_demand() -> DemandMemory:
    """Memory of no district."""
    none, whole = np.empty(0), np.empty(0, np.int64)
    week, day = np.empty((0, WEEK_HOURS)), np.empty((0, DAY_HOURS))
    return DemandMemory(
        whole, whole, none, week, np.empty((0, WEEK_HOURS), np.int64), day,
        none, none, none, none, none, none, whole, none,
    )  # fmt: skip


def is_known(memory: DemandMemory, hours: Hours) -> BoolArray:
    """Whether a whole week has been learnt and this hour of the week was in it: bool (row,)."""
    learnt = memory.hours[hours.slots] >= WEEK_HOURS
    learnt &= memory.pairs[hours.slots] >= PAIRS_LEAST
    known: BoolArray = learnt & (memory.times[hours.slots, hours.hour % WEEK_HOURS] > 0)
    return known


def begin(memory: DemandMemory, hours: Hours) -> None:
    """Learn the first week: its shape, and the noise from how days differ; ``memory`` is written.

    hours: those that cannot be judged yet.
    """
    slots, place = hours.slots, hours.hour % WEEK_HOURS
    yesterday = (place - DAY_HOURS) % WEEK_HOURS
    paired = memory.times[slots, yesterday] > 0
    apart = np.abs(hours.flow - memory.usual[slots, yesterday])
    pairs = memory.pairs[slots] + paired
    rough = memory.rough[slots]
    rough = rough + np.where(paired, apart - rough, 0.0) / np.maximum(pairs, 1)
    times = memory.times[slots, place] + 1
    usual = memory.usual[slots, place]
    usual = usual + (hours.flow - usual) / times
    sigma = np.maximum(rough * (MEAN_TO_SIGMA / sqrt(2)), _least(usual))
    memory.usual[slots, place], memory.times[slots, place] = usual, times
    memory.pairs[slots], memory.rough[slots] = pairs, rough
    memory.hours[slots] += 1
    memory.noise[slots] = (sigma * sigma)[:, None]
    memory.scale_variance[slots] = SCALE_FIRST**2


def expect(memory: DemandMemory, hours: Hours) -> Expected:
    """What each hour should show; lets level and scale have moved on, so ``memory`` is written."""
    slots, place = hours.slots, hours.hour % WEEK_HOURS
    usual, noise = memory.usual[slots, place], memory.noise[slots]
    typical = sum_last(noise) / DAY_HOURS
    typical = np.maximum(typical, np.square(_least(usual)))
    own = np.maximum(noise[np.arange(len(slots)), hours.hour % DAY_HOURS], typical / DAY_HOURS)
    level_variance = memory.level_variance[slots] + LEVEL_WEEK**2 / WEEK_HOURS * typical
    scale_variance = memory.scale_variance[slots] + SCALE_WEEK**2 / WEEK_HOURS
    memory.level_variance[slots], memory.scale_variance[slots] = level_variance, scale_variance
    tracked = 2 * memory.shared_variance[slots] + usual * scale_variance
    tracked = np.maximum(level_variance + usual * tracked, 0.0)
    variance = tracked + own * (1 + 1 / memory.times[slots, place])
    excess = np.maximum(memory.excess[slots], 1.0)
    level, scale = memory.level[slots], memory.scale[slots]
    return Expected(usual, level, scale, variance, np.sqrt(tracked), typical, excess)


def learn(memory: DemandMemory, hours: Hours, *, was: Expected, held: IntArray) -> None:
    """Let level, scale, shape and noise follow the hours; ``memory`` is written.

    was: what was expected of them.
    held: int64 (row,), 0 for all; 1 to hold the scale, while a leak is being measured; -1 to hold
        shape and noise too, while a district is not itself.
    """
    slots, place = hours.slots, hours.hour % WEEK_HOURS
    sigma = np.sqrt(was.variance)
    error = hours.flow - was.scale * was.usual - was.level
    error = np.clip(error, -CLIP * sigma, CLIP * sigma)
    shared = memory.shared_variance[slots]
    by_level = memory.level_variance[slots] + shared * was.usual
    by_scale = shared + memory.scale_variance[slots] * was.usual
    by_scale = np.where(held != 0, 0.0, by_scale)
    gain = by_scale / was.variance
    level = was.level + by_level / was.variance * error
    scale = np.clip(was.scale + gain * error, 1 / SCALE_MOST, SCALE_MOST)
    memory.level[slots], memory.scale[slots] = level, scale
    memory.level_variance[slots] -= by_level / was.variance * by_level
    memory.shared_variance[slots] -= gain * by_level
    memory.scale_variance[slots] -= gain * by_scale
    learns = held >= 0
    times = np.minimum(memory.times[slots, place] + learns, SHAPE_TIMES)
    left = np.clip(hours.flow - scale * was.usual - level, -CLIP * sigma, CLIP * sigma)
    memory.usual[slots, place] += np.where(learns, left / times / scale, 0.0)
    memory.times[slots, place] = times
    clock = hours.hour % DAY_HOURS
    fresh = error * error / (1 + 1 / times) - memory.noise[slots, clock]
    memory.noise[slots, clock] += np.where(learns, NOISE_WEIGHT * fresh, 0.0)
    _block(memory, slots[learns], share=(error / sigma)[learns])


def _block(memory: DemandMemory, slots: IndexArray, *, share: FloatArray) -> None:
    """Compare days: do their errors add up as if each hour erred by itself?"""
    total, count = memory.block[slots] + share, memory.blocked[slots] + 1
    whole = count >= DAY_HOURS
    excess = memory.excess[slots]
    fresh = np.minimum(total * total / DAY_HOURS, BLOCK_MOST * excess)
    memory.excess[slots] = np.where(whole, excess + BLOCK_WEIGHT * (fresh - excess), excess)
    memory.block[slots] = np.where(whole, 0.0, total)
    memory.blocked[slots] = np.where(whole, 0, count)


def move(
    memory: DemandMemory,
    slots: IndexArray,
    *,
    level: FloatArray,
    scale: FloatArray,
    variance: FloatArray,
) -> None:
    """Set level and scale after a jump; ``memory`` is written.

    level, scale: float64 (row,).
    variance: float64 (row,), of the level.
    """
    memory.level[slots], memory.scale[slots] = level, scale
    memory.level_variance[slots] = np.maximum(memory.level_variance[slots], variance)
    memory.shared_variance[slots] = 0.0


def mean_use(memory: DemandMemory, slots: IndexArray) -> FloatArray:
    """The usual use of an average hour: float64 (row,), m3/h."""
    return memory.scale[slots] * (sum_last(memory.usual[slots]) / WEEK_HOURS)


def forget(memory: DemandMemory, slots: IndexArray) -> None:
    """Begin anew: another meter, or another district behind it; ``memory`` is written."""
    for name, fill in DEMAND_FILLS.items():
        getattr(memory, name)[slots] = fill


def _least(usual: FloatArray) -> FloatArray:
    return np.maximum(RESOLVED * np.abs(usual), SIGMA_LEAST)
