"""How far a block lies from what peers and kin say, in sizes that are usual for the sensor."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.detect.fault.peers import agreeing, middle
from haihe.detect.fault.relation import FLOOR_SHARE
from haihe.detect.fault.rooted import unrooted
from haihe.detect.fault.shape import WINDOW, Shape, fit
from haihe.detect.learn import SIGMA_LEAST
from haihe.model.arrays import BoolArray, FloatArray

AGREED: Final = 0.5  # Measured: usual size of what two witnesses both deny, in each one's own.
MOST: Final = 1e3  # Ours: usual sizes; beyond it all are alike.
MEAN_DEVIATION: Final = 1.2533  # Of a normal distribution: standard over mean deviation.
SCALE_LEAST: Final = 0.05  # Ours: of the noise of one reading; peers are no better than that.
FILLS: Final = {"scale": np.nan, "newest": np.nan, "deviation": np.nan, "weight": np.nan}


@dataclass(frozen=True, slots=True)
class Level:
    """What is known of each sensor's blocks.

    scale: float64 (entity, 2), usual size of a block's deviation from peers, and after kin; NaN
        before the first.
    newest: float64 (entity,), the newest block's deviation in usual sizes; NaN if not told.
    deviation: float64 (entity, WINDOW), of the newest blocks, oldest first; in the field's unit.
    weight: float64 (entity, WINDOW), what one unit of it counts in usual sizes.
    """

    scale: FloatArray
    newest: FloatArray
    deviation: FloatArray
    weight: FloatArray


def start() -> Level:
    """No block yet."""
    window = np.empty((0, WINDOW))
    return Level(np.empty((0, 2)), np.empty(0), window, window)


def push(
    known: Level, deviation: FloatArray, *, expected: FloatArray, floor: float | None
) -> Shape:
    """Take in a block and say what shape the newest have; ``known`` is written.

    A fault adds to the value, so its shape is sought in the field's own unit, weighted by what a
    unit counts at that level.

    deviation: float64 (entity, 2), median residual from peers and after kin, as rooted.
    expected: float64 (entity,), what was expected, as rooted.
    floor: as in ``rooted``.
    """
    sizes = deviation / known.scale
    newest = np.clip(agreeing(sizes[:, 0], sizes[:, 1]) / AGREED, -MOST, MOST)
    denied = agreeing(deviation[:, 0], deviation[:, 1])
    apart = unrooted(expected + denied, floor) - unrooted(expected, floor)
    told = np.abs(apart) > SIGMA_LEAST
    weight = np.where(told, newest / np.where(told, apart, 1.0), 0.0)
    known.newest[:] = newest
    for window, last in ((known.deviation, apart), (known.weight, weight)):
        window[:, :-1] = window[:, 1:]
        window[:, -1] = last
    return fit(known.deviation, known.weight)


def learn(
    known: Level, deviation: FloatArray, *, cap: FloatArray, rate: FloatArray, most: FloatArray
) -> None:
    """Learn how far blocks usually lie off; ``known`` is written.

    cap: float64 (entity,), usual sizes a block may count for; 0 if it counts for nothing.
    rate: float64 (entity,), the weight of this block.
    most: float64 (entity,), the noise of one reading, which a block may count for while new.
    """
    scale, noise = known.scale, most[:, None]
    size = np.where(cap[:, None] > 0, MEAN_DEVIATION * np.abs(deviation), np.nan)
    size = np.fmin(size, np.fmax(cap[:, None] * scale, noise)) + 0 * size
    moved = scale + rate[:, None] * (size - scale)
    learnt = np.where(np.isnan(scale), size, np.where(np.isnan(size), scale, moved))
    floor = np.fmax(FLOOR_SHARE * middle(learnt.T), SCALE_LEAST * noise)
    scale[:] = np.where(np.isnan(learnt), learnt, np.fmax(learnt, floor))


def forget(known: Level, over: BoolArray, *, scale: BoolArray) -> None:
    """Empty the window of those whose verdict is over, and forget the scale of some.

    over, scale: bool (entity,).
    """
    known.deviation[over] = known.weight[over] = np.nan
    known.scale[scale] = np.nan
