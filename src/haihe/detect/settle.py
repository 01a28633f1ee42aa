"""What is usual for a machine, learnt from its own first rows in windows of a few rows each."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.detect.components import relations, variances
from haihe.detect.learn import RESOLVED, SIGMA_LEAST
from haihe.detect.turns import sum_last
from haihe.model.arrays import BoolArray, FloatArray, IndexArray, IntArray

SETTLING, QUIET, RAISED, RESTING = range(4)  # A machine's phases; ``RESTING`` follows an alarm.

HALF: Final = 2  # Ours: a channel counts in a window if it told at least half of its rows.
# Ours: a shift beyond a million standard deviations tells no more than one of a million.
FARTHEST: Final = 1e6
FLAT: Final = 1e-12  # Ours: a variance, in those of a reading, that is left by rounding.
SCALE_LEAST: Final = 0.01  # Ours: a hundredth of the spread of readings is arithmetic, not news.
ZEROS: Final = (
    "phase", "since", "filled", "told", "mean", "square", "windows", "centre", "wander", "within",
    "usual", "unit", "level", "together", "between", "relation", "peak", "blamed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MultivariateMemory:
    """What a ``Multivariate`` remembers of each machine; k is the number of channels.

    phase: int64 (entity,), ``SETTLING`` and so on.
    since: int64 (entity,), rows in this phase.
    filled: int64 (entity,), rows in the window under way.
    told: int64 (entity, k), of them, those that tell the channel.
    mean, square: float64 (entity, k), of the window under way: mean, sum of squared deviations.
    windows: int64 (entity, k), windows learnt from.
    centre, wander, within: float64 (entity, k), mean and variance of the windows' means, and mean
        of the variances within windows; of adjusted channels, once settled.
    usual: float64 (entity, k), in the channel's unit; a settled machine's rows are told from it.
    unit: float64 (entity, k), 1 / standard deviation within windows while settling; 0 for a channel
        that told nothing then.
    level: float64 (entity, k), adjusted channels, smoothed.
    together, between: float64 (entity, k, k), sums of products of deviations while settling,
        within windows and of windows' means.
    relation: float64 (entity, k, k), as ``relations`` gives them.
    peak: float64 (entity,), the farthest channel's distance since the alarm was raised.
    blamed: int64 (entity,), the channel named when it was raised.
    """

    phase: IntArray
    since: IntArray
    filled: IntArray
    told: IntArray
    mean: FloatArray
    square: FloatArray
    windows: IntArray
    centre: FloatArray
    wander: FloatArray
    within: FloatArray
    usual: FloatArray
    unit: FloatArray
    level: FloatArray
    together: FloatArray
    between: FloatArray
    relation: FloatArray
    peak: FloatArray
    blamed: IntArray

    def forget(self, slots: IndexArray) -> None:
        """These machines are as new."""
        for name in ZEROS:
            getattr(self, name)[slots] = 0


def blank(channels: int) -> MultivariateMemory:
    """Memory that knows no machine."""
    whole, flat = np.empty(0, np.int64), np.empty(0)
    counts, row = np.empty((0, channels), np.int64), np.empty((0, channels))
    square = np.empty((0, channels, channels))
    return MultivariateMemory(
        phase=whole, since=whole, filled=whole, told=counts, mean=row, square=row, windows=counts,
        centre=row, wander=row, within=row, usual=row, unit=row, level=row, together=square,
        between=square, relation=square, peak=flat, blamed=whole,
    )  # fmt: skip


def gather(
    memory: MultivariateMemory, slots: IndexArray, *, rows: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Take rows into the windows under way.

    rows: float64 (row, k), NaN where not told; no machine twice.
    Returns each value's deviation from its window's mean before and after it.
    Source: Welford, Technometrics 4(3), 1962.
    """
    told = ~np.isnan(rows)
    count, mean = memory.told[slots] + told, memory.mean[slots]
    before = np.where(told, rows - mean, 0.0)
    mean += before / np.maximum(count, 1)
    memory.told[slots], memory.mean[slots] = count, mean
    memory.filled[slots] += 1
    return before, np.where(told, rows - mean, 0.0)


def empty(memory: MultivariateMemory, slots: IndexArray) -> None:
    """A new window begins for these machines."""
    memory.filled[slots] = 0
    memory.told[slots] = 0
    memory.mean[slots] = 0.0
    memory.square[slots] = 0.0


def settle(memory: MultivariateMemory, slots: IndexArray, *, rows: FloatArray, window: int) -> None:
    """Learn from rows of machines that are settling.

    rows: float64 (row, k), in the channels' units, NaN where not told; no machine twice.
    window: rows in a window.
    """
    before, after = gather(memory, slots, rows=rows)
    memory.together[slots] += before[:, :, None] * after[:, None, :]
    memory.since[slots] += 1
    slots = slots[memory.filled[slots] == window]
    if not len(slots):
        return
    enough = memory.told[slots] * HALF >= window
    step, left = _follow(memory, slots, enough=enough)
    memory.between[slots] += step[:, :, None] * left[:, None, :]
    empty(memory, slots)


def _follow(
    memory: MultivariateMemory, slots: IndexArray, *, enough: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Take full windows' means into ``centre``; deviations from it before and after."""
    count, centre, mean = memory.windows[slots] + enough, memory.centre[slots], memory.mean[slots]
    before = np.where(enough, mean - centre, 0.0)
    centre += before / np.maximum(count, 1)
    memory.windows[slots], memory.centre[slots] = count, centre
    return before, np.where(enough, mean - centre, 0.0)


def finish(memory: MultivariateMemory, slots: IndexArray, *, windows: int, window: int) -> None:
    """Draw from what was learnt what is usual, how far it wanders and what tells what."""
    count, centre = memory.windows[slots], memory.centre[slots]
    rows = np.maximum(count * (window - 1), 1)
    sigma = np.sqrt(np.diagonal(memory.together[slots], axis1=1, axis2=2) / rows)
    floor = np.maximum(RESOLVED * np.abs(centre), SIGMA_LEAST)
    moves = (sigma > floor) & (count * HALF >= windows)
    unit = np.where(count > 0, 1 / np.maximum(sigma, floor), 0.0)
    relation = relations(_correlations(memory.together[slots], unit=unit, rows=rows, moves=moves))
    free = np.maximum(count - 1, 1)
    between = _standard(memory.between[slots], unit=unit, rows=free)
    memory.relation[slots], memory.unit[slots], memory.usual[slots] = relation, unit, centre
    memory.wander[slots] = variances(relation, between)
    memory.within[slots] = np.where(
        moves, variances(relation, _standard(memory.together[slots], unit=unit, rows=rows)), 0.0
    )
    memory.centre[slots] = memory.level[slots] = 0.0
    memory.since[slots] = 0
    memory.phase[slots] = QUIET
    empty(memory, slots)


def _standard(products: FloatArray, *, unit: FloatArray, rows: IntArray) -> FloatArray:
    """Covariances, in standard deviations within windows, from sums of products."""
    share = unit / np.sqrt(rows)
    standard = products * share[:, :, None] * share[:, None, :]
    return (standard + standard.transpose(0, 2, 1)) / 2


def _correlations(
    products: FloatArray, *, unit: FloatArray, rows: IntArray, moves: BoolArray
) -> FloatArray:
    """Correlations within windows; 0 with a channel that did not move."""
    both = moves[:, :, None] & moves[:, None, :]
    correlation = np.where(both, _standard(products, unit=unit, rows=rows), 0.0)
    return np.where(np.eye(unit.shape[1], dtype=np.bool_), 1.0, correlation)


def learn(memory: MultivariateMemory, slots: IndexArray, *, window: int, windows_most: int) -> None:
    """Go on learning from full windows of machines that are calm.

    window: rows in a window.
    windows_most: windows that are remembered.
    """
    enough = memory.told[slots] * HALF >= window
    memory.windows[slots] = np.minimum(memory.windows[slots], windows_most - 1)
    before, after = _follow(memory, slots, enough=enough)
    count = np.maximum(memory.windows[slots], 1)
    wander, within = memory.wander[slots], memory.within[slots]
    spread = memory.square[slots] / np.maximum(memory.told[slots] - 1, 1)
    memory.wander[slots] = wander + np.where(enough, (before * after - wander) / count, 0.0)
    memory.within[slots] = within + np.where(enough, (spread - within) / count, 0.0)


def rest(memory: MultivariateMemory, slots: IndexArray) -> None:
    """Take the window after an alarm for the machine's new level."""
    centre = np.where(memory.told[slots] > 0, memory.mean[slots], memory.centre[slots])
    memory.centre[slots] = memory.level[slots] = centre


def adjusted(memory: MultivariateMemory, slots: IndexArray, *, rows: FloatArray) -> FloatArray:
    """Rows of settled machines without what the channels tell of each other.

    rows: float64 (row, k), in the channels' units, NaN where not told.
    Returns float64 (row, k), in standard deviations within windows from what is usual; NaN where
    the channel, or one it is adjusted for, is not told.
    """
    apart = np.clip((rows - memory.usual[slots]) * memory.unit[slots], -FARTHEST, FARTHEST)
    relation = memory.relation[slots]
    parts = np.where(relation == 0, 0.0, relation * apart[:, None, :])
    return sum_last(parts)


def distances(memory: MultivariateMemory, slots: IndexArray, *, known: int) -> FloatArray:
    """1 / how far each adjusted channel may stray; 0 for one of which too little is known.

    A channel whose windows' means scatter more than its readings do within a window follows
    something that nobody measures; the further, the less its level says. Its scale is therefore
    the spread of those means, divided by the share of the whole variance that lies within windows.

    known: windows it must have been learnt from.
    """
    wander, within = memory.wander[slots], memory.within[slots]
    sure = (memory.windows[slots] >= known) & (within > FLAT)
    scale = np.sqrt(wander) * (1 + wander / np.maximum(within, FLAT))
    return np.where(sure, 1 / np.maximum(scale, SCALE_LEAST), 0.0)
