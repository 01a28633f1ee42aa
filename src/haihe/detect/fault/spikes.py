"""Single readings that leap out and back while neither peers nor kin do."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.detect.fault.peers import agreeing, middle
from haihe.model.arrays import BoolArray, FloatArray

BLOCKS: Final = 3  # Ours: spikes are counted over this many; a day's weather is not enough.
LARGE: Final = 3.0  # Ours: times the leap that one reading in eight exceeds.
RANK: Final = 8  # Ours: see ``LARGE``; rare enough to be large, common enough to be known.
COUNT_LEAST: Final = 4  # Ours: three may be chance; spikes of a bad contact keep coming.
OVER_RATE: Final = 3.0  # Ours: times as many as usual; a Poisson count of 1 exceeds 3 in 1 of 50.
ALIKE: Final = 0.5  # Ours: a gust is not felt equally, but a lone contact is felt nowhere else.
FILLS: Final = {"usual": np.nan, "counts": 0, "rate": 0.1}


@dataclass(frozen=True, slots=True)
class Spikes:
    """What is known of each entity's leaps.

    usual: float64 (entity,), what one reading in ``RANK`` leaps; NaN before the first block.
    counts: float64 (entity, BLOCKS), spikes in the newest blocks, newest last.
    rate: float64 (entity,), usual spikes a block.
    """

    usual: FloatArray
    counts: FloatArray
    rate: FloatArray


def start() -> Spikes:
    """No reading yet."""
    return Spikes(np.empty(0), np.empty((0, BLOCKS)), np.empty(0))


def leaps(residual: FloatArray, kin_residual: FloatArray) -> FloatArray:
    """How far each reading leaps from both its neighbours in time; 0 where not told.

    residual, kin_residual: float64 (entity, cell), missing is NaN.

    >>> leaps(np.array([[0.0, 9.0, 1.0, 1.0]]), np.array([[0.0, 7.0, 1.0, 1.0]])).tolist()
    [[0.0, 6.0, 0.0, 0.0]]
    """
    found = agreeing(_leap(residual), _leap(kin_residual))
    told = np.where(np.isnan(found), 0.0, found)
    return np.where(_confirmed(told), 0.0, told)


def _confirmed(leapt: FloatArray) -> BoolArray:
    """Whether somebody else leaps half as far or further: bool (entity, cell).

    The same way it is an event; the other way the two say each other's readings.
    """
    size = np.abs(leapt)
    if len(leapt) == 1:
        return np.zeros(leapt.shape, np.bool_)
    second, first = np.partition(size, len(leapt) - 2, axis=0)[-2:]
    others = np.where(size == first, second, first)
    confirmed: BoolArray = (size > 0) & (others >= ALIKE * size)
    return confirmed


def _leap(values: FloatArray) -> FloatArray:
    """Off the median of three in time; NaN at both ends, where one neighbour is not known."""
    found = np.full(values.shape, np.nan)
    three = np.stack((values[:, :-2], values[:, 1:-1], values[:, 2:]), axis=-1)
    found[:, 1:-1] = values[:, 1:-1] - middle(three, least=3)
    return found


def count(known: Spikes, leapt: FloatArray, *, noise: FloatArray) -> BoolArray:
    """Whether each entity spikes by now; ``known.counts`` is written.

    leapt: float64 (entity, cell), as from ``leaps``.
    noise: float64 (entity,), usual size of a residual.
    """
    limit = LARGE * np.fmax(known.usual, noise)
    counts = (np.abs(leapt) > limit[:, None]).sum(axis=1)
    known.counts[:, :-1] = known.counts[:, 1:]
    known.counts[:, -1] = counts
    total = known.counts.sum(axis=1)
    spiking: BoolArray = (total >= COUNT_LEAST) & (total > OVER_RATE * BLOCKS * known.rate)
    return spiking


def learn(known: Spikes, leapt: FloatArray, *, trusted: BoolArray, rate: FloatArray) -> None:
    """Take the block's leaps into what is usual; ``known`` is written.

    trusted: bool (entity,). rate: float64 (entity,), the weight of this block.
    """
    large = np.sort(np.abs(leapt), axis=1)[:, -max(1, leapt.shape[1] // RANK)]
    usual = known.usual
    moved = usual + rate * (np.fmin(large, LARGE * usual + rate) - usual)
    learnt = np.where(np.isnan(usual), large, moved)
    usual[:] = np.where(trusted, learnt, usual)
    few = np.minimum(known.counts[:, -1], COUNT_LEAST)
    known.rate[:] += np.where(trusted, rate * (few - known.rate), 0.0)
