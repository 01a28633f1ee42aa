"""Charts that tell when a district's level of use has jumped, fallen back or crept up."""

from dataclasses import KW_ONLY, dataclass
from typing import Final

import numpy as np

from haihe.detect import demand
from haihe.detect.balance import Hours
from haihe.detect.demand import DemandMemory, Expected
from haihe.model.arrays import BoolArray, FloatArray, IndexArray, IntArray

WIDTH: Final = 12.0  # Ours: exp(12) hours to a false alarm if errors were independent: 18 years.
OTHER_MOST: Final = 5.0  # Ours: no burst feeds on five times what a whole district uses.
OTHER_LEAST: Final = 0.5  # Ours: half of the customers do not leave in two days.
HOURS_LEAST: Final = 3  # Ours: no hour counts for more than a third, so a pipe flushed is no leak.
SETTLE_HOURS: Final = 48  # Ours: by then its size is known to about a fifth of an hour's noise.
SLOW_WIDTH: Final = 7.0  # Ours: the level is asked every hour for years; 6 raised once in 26 weeks.
_SIGN: Final = np.array([1.0, -1.0])  # Charts for more and for less use.
CHART_FILLS: Final = {
    "sums": 0, "since": 0, "levels": 0, "scales": 1, "excess": 0, "weight": 0,
    "base": 0, "calm": 0, "standing": 0, "began": 0, "start": 0, "before": 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LeakChartMemory:
    """Two charts for each district, for more and for less use, and what stands.

    sums: float64 (entity, 2), log-likelihood ratio of a shift against none; 0 or more.
    since: int64 (entity, 2), the hour it last rose from 0.
    levels, scales: float64 (entity, 2), what was usual then.
    excess: float64 (entity, 2), weighted sum of use above that in all hours after that one, in
        which it may have begun at any minute; m3/h.
    weight: float64 (entity, 2), sum of its weights.
    base: float64 (entity,), the level in which everything known is contained; m3/h.
    calm: int64 (entity,), the last hour the level was within its error of the base.
    standing: int64 (entity,), 1 an alarm, -1 less use than usual, 0 neither.
    began: int64 (entity,), the hour since which that stands.
    start: int64 (entity,), the hour in which what stands had begun.
    before: float64 (entity,), the level before that; m3/h.
    """

    sums: FloatArray
    since: IntArray
    levels: FloatArray
    scales: FloatArray
    excess: FloatArray
    weight: FloatArray
    base: FloatArray
    calm: IntArray
    standing: IntArray
    began: IntArray
    start: IntArray
    before: FloatArray


@dataclass(frozen=True, slots=True)
class Judged:
    """Hours and what they are held against.

    was: what was expected of them.
    shift: float64 (row,), the rise that is looked for; m3/h.
    least: the smallest leak worth a word; m3/h.
    """

    hours: Hours
    was: Expected
    shift: FloatArray
    least: float

    def only(self, some: BoolArray) -> "Judged":
        """Those for which ``some`` is true."""
        return Judged(
            self.hours.only(some), self.was.only(some), self.shift[some], least=self.least
        )


@dataclass(frozen=True, slots=True)
class Change:
    """Leaks raised or cleared, one row each.

    hours: those that showed it.
    size, error: float64, m3/h; the error is one sigma.
    limit: float64, what the size had to exceed; m3/h.
    start: int64, hours since 1970, local.
    """

    hours: Hours
    size: FloatArray
    error: FloatArray
    limit: FloatArray
    start: IntArray
    _: KW_ONLY
    raised: bool

    def only(self, some: BoolArray) -> "Change":
        """Those for which ``some`` is true."""
        return Change(
            self.hours.only(some), self.size[some], self.error[some], self.limit[some],
            self.start[some], raised=self.raised,
        )  # fmt: skip


def no_chart() -> LeakChartMemory:
    """Memory of no district."""
    none, whole = np.empty(0), np.empty(0, np.int64)
    pair = np.empty((0, 2))
    return LeakChartMemory(
        pair, np.empty((0, 2), np.int64), pair, pair, pair, pair,
        none, whole, whole, whole, whole, none,
    )  # fmt: skip


def chart(memory: LeakChartMemory, judged: Judged) -> None:
    """Add the hours to both charts; while something stands these start from the newest level."""
    hours, was, shift = judged.hours, judged.was, judged.shift[:, None]
    slots, variance = hours.slots, was.variance[:, None]
    idle = memory.sums[slots] == 0
    follows = idle | (memory.standing[slots] != 0)[:, None]
    levels = np.where(follows, was.level[:, None], memory.levels[slots])
    scales = np.where(follows, was.scale[:, None], memory.scales[slots])
    away = hours.flow[:, None] - scales * was.usual[:, None] - levels
    most = np.maximum(demand.CLIP * np.sqrt(variance), shift)
    ratio = shift / (variance * was.excess[:, None])
    ratio = ratio * (np.clip(away, -most, most) * _SIGN - shift / 2 - was.drift[:, None])
    ratio = np.minimum(ratio, WIDTH / HOURS_LEAST)
    share = was.typical[:, None] / variance
    memory.excess[slots] = np.where(idle, 0.0, memory.excess[slots] + share * away)
    memory.weight[slots] = np.where(idle, 0.0, memory.weight[slots] + share)
    memory.since[slots] = np.where(idle, hours.hour[:, None], memory.since[slots])
    memory.levels[slots], memory.scales[slots] = levels, scales
    memory.sums[slots] = np.maximum(memory.sums[slots] + ratio, 0.0)


def jump(memory: LeakChartMemory, use: DemandMemory, *, judged: Judged) -> list[Change]:
    """Where a chart is full, set the new level; raise if it lies above all that is known."""
    full = memory.sums[judged.hours.slots] > WIDTH
    some = full[:, 0] | full[:, 1]
    if not some.any():
        return []
    judged, side = judged.only(some), np.where(full[some, 0], 0, 1)
    hours, was, half = judged.hours, judged.was, judged.shift / 2
    slots, less = hours.slots, side == 1
    old, weight = memory.levels[slots, side], memory.weight[slots, side]
    size = memory.excess[slots, side] / weight
    size = np.where(less, np.minimum(size, -half), np.maximum(size, half))
    variance = was.typical * was.excess / weight
    scale = memory.scales[slots, side]
    demand.move(use, slots, level=old + size, scale=scale, variance=variance)
    memory.sums[slots] = 0.0
    typical = np.abs(demand.mean_use(use, slots))
    was_base, stood = memory.base[slots], memory.standing[slots]
    above = np.minimum(size, old + size - was_base)
    news = ~less & (above > size / 2)
    gone = (stood == 1) & (news | less)
    error = np.sqrt(variance + np.square(was.drift))
    size_left, start_left = old - memory.before[slots], memory.start[slots]
    cleared = Change(hours, size_left, error, half, start_left, raised=False)
    starts = news | (less & (stood != -1))
    back = ~less & (old + size > was_base - size / 2)
    stays = np.where(back, np.maximum(stood, 0), stood)
    memory.standing[slots] = np.where(news, 1, np.where(less, -1, stays))
    memory.began[slots] = np.where(starts, hours.hour, memory.began[slots])
    since = memory.since[slots, side]
    memory.start[slots] = np.where(starts, since, memory.start[slots])
    memory.before[slots] = np.where(starts, np.maximum(old, was_base), memory.before[slots])
    _learn_anew(memory, use, slots=slots[news & (above > OTHER_MOST * typical)])
    return [cleared.only(gone), Change(hours, above, error, half, since, raised=True).only(news)]


def _learn_anew(memory: LeakChartMemory, use: DemandMemory, *, slots: IndexArray) -> None:
    """Forget what was usual: another meter, or another district behind it; writes both."""
    memory.before[slots] -= use.level[slots]  # So that what stands keeps its size.
    memory.base[slots] = 0.0
    demand.forget(use, slots)


def settle(memory: LeakChartMemory, use: DemandMemory, *, judged: Judged) -> list[Change]:
    """What has stood for two days is measured, and from now on contained in the base.

    A fall by more than half of the use leaves another district behind the meter, or another meter:
    all is learnt anew. So it is, at once, after a rise to many times the use.
    """
    stood = memory.standing[judged.hours.slots]
    lasted = judged.hours.hour - memory.began[judged.hours.slots] >= SETTLE_HOURS
    some = (stood != 0) & lasted
    if not some.any():
        return []
    judged, alarm = judged.only(some), stood[some] == 1
    slots = judged.hours.slots
    level, error = use.level[slots], _error(use, judged)
    size = level - memory.before[slots]
    memory.base[slots], memory.calm[slots] = level, judged.hours.hour
    memory.standing[slots], memory.sums[slots] = 0, 0.0
    start = memory.start[slots]
    fallen = ~alarm & (-size > OTHER_LEAST * np.abs(demand.mean_use(use, slots)))
    _learn_anew(memory, use, slots=slots[fallen])
    return [Change(judged.hours, size, error, judged.shift / 2, start, raised=False).only(alarm)]


def grow(memory: LeakChartMemory, use: DemandMemory, *, judged: Judged) -> list[Change]:
    """Raise where the level has come to lie above the base without ever jumping."""
    slots, error = judged.hours.slots, _error(use, judged)
    above = use.level[slots] - memory.base[slots]
    free = memory.standing[slots] == 0
    calm = free & (above <= error)
    memory.calm[slots] = np.where(calm, judged.hours.hour, memory.calm[slots])
    fallen = slots[free & (above < -SLOW_WIDTH * error)]
    memory.base[fallen] = use.level[fallen]
    limit = np.maximum(SLOW_WIDTH * error, judged.least)
    news = free & (above > limit)
    if not news.any():
        return []
    risen = Change(judged.hours, above, error, limit, memory.calm[slots], raised=True).only(news)
    slots = risen.hours.slots
    memory.standing[slots], memory.began[slots] = 1, risen.hours.hour
    memory.start[slots], memory.before[slots] = risen.start, memory.base[slots]
    return [risen]


def _error(use: DemandMemory, judged: Judged) -> FloatArray:
    """One sigma of the level: float64 (row,), m3/h."""
    variance = np.maximum(use.level_variance[judged.hours.slots], 0.0)
    return np.sqrt(variance * judged.was.excess)
