"""Whether a deviation stands (an offset) or grows (a drift), and since when."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.detect.fault.peers import middle
from haihe.detect.learn import SIGMA_LEAST
from haihe.model.arrays import FloatArray, IntArray

WINDOW: Final = 32  # Ours: a month of days; no maintenance waits longer for a verdict.
TINY: Final = SIGMA_LEAST * SIGMA_LEAST
SMOOTH: Final = 3  # Ours: the median of three passes over one odd block.


@dataclass(frozen=True, slots=True)
class Shape:
    """The best step and the best ramp from 0 at the end of each entity's window; (entity,) each.

    step, ramp: float64, the sum of squares each explains.
    left_step, left_ramp: float64, the sum of squares each leaves.
    height: float64, of the step. slope: float64, of the ramp, a block.
    step_blocks, ramp_blocks: int64, how long each has lasted.
    """

    step: FloatArray
    ramp: FloatArray
    left_step: FloatArray
    left_ramp: FloatArray
    height: FloatArray
    slope: FloatArray
    step_blocks: IntArray
    ramp_blocks: IntArray


def fit(deviation: FloatArray, weight: FloatArray) -> Shape:
    """The shape of the newest deviations; weighted least squares over every possible start.

    deviation: float64 (entity, ``WINDOW``), oldest first, in the field's unit; missing is NaN.
    weight: float64 (entity, ``WINDOW``), what one unit counts in usual deviations.
    Source: the generalised likelihood ratio for a jump and for a ramp at an unknown time,
        Basseville and Nikiforov, Detection of Abrupt Changes, 1993, sections 2.4 and 7.2.
    """
    told = np.where(np.isnan(deviation), 0.0, deviation)
    padded = np.concatenate((np.zeros((len(told), SMOOTH - 1)), told), axis=1)
    stacked = [padded[:, lag : lag + WINDOW] for lag in range(SMOOTH)]
    seen = middle(np.stack(stacked, axis=-1))[:, ::-1]
    share = np.where(np.isnan(weight), 0.0, weight * weight)[:, ::-1]
    age, count = np.arange(WINDOW), np.arange(1, WINDOW + 1)

    def summed(values: FloatArray) -> FloatArray:
        return np.add.accumulate(values, axis=1)

    total, aged = summed(share * seen), summed(share * seen * age)
    shares, shares_aged, shares_squared = (summed(share * age**power) for power in range(3))
    leant = count * total - aged
    squares = count * count * shares - 2 * count * shares_aged + shares_squared
    steps = total * total / np.maximum(shares, TINY)
    ramps = leant * leant / np.maximum(squares, TINY)
    all_squares = summed(share * seen * seen)[:, -1]
    rows = np.arange(len(told))
    by_step, by_ramp = steps.argmax(axis=1), ramps.argmax(axis=1)
    step, ramp = steps[rows, by_step], ramps[rows, by_ramp]
    return Shape(
        step, ramp, np.maximum(all_squares - step, 0.0), np.maximum(all_squares - ramp, 0.0),
        total[rows, by_step] / np.maximum(shares[rows, by_step], TINY),
        leant[rows, by_ramp] / np.maximum(squares[rows, by_ramp], TINY),
        by_step + 1, by_ramp + 1,
    )  # fmt: skip
