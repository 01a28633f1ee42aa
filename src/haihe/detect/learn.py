"""Mean and spread of a process, learnt reading by reading, for many entities at once."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.detect.turns import Turn
from haihe.model.arrays import BoolArray, FloatArray, IndexArray, IntArray

RESOLVED: Final = 1e-9  # Ours: nine digits of a value are more than any sensor in a city resolves.
SIGMA_LEAST: Final = 1e-30  # Ours: below any quantity in its unit, yet far above underflow.


@dataclass(frozen=True, slots=True)
class Normal:
    """Views of the arrays in which a detector's memory keeps what is normal.

    count: int64 (entity,), readings learnt from, up to the warm-up.
    mean: float64 (entity,), in the field's unit.
    variance: float64 (entity,), its square.
    """

    count: IntArray
    mean: FloatArray
    variance: FloatArray

    def learn(self, turn: Turn, *, warm_up: int) -> BoolArray:
        """Take each row into the mean and variance of an entity that is still warming up.

        turn: rows, no entity twice.
        warm_up: readings to learn from.
        Returns bool (row,): whether the entity had learnt enough *before* this row.
        Source: Welford, Technometrics 4(3), 1962; the variance is the sample's, over n - 1.

        >>> normal = Normal(np.zeros(1, np.int64), np.zeros(1), np.zeros(1))
        >>> zero = np.zeros(1, np.intp)
        >>> for value in (2.0, 4.0, 6.0):
        ...     turn = Turn(zero, zero, np.array([value]), zero)
        ...     ready = normal.learn(turn, warm_up=3)
        >>> float(normal.mean[0]), float(normal.variance[0]), ready.tolist()
        (4.0, 4.0, [False])
        """
        ready = self.count[turn.slots] >= warm_up
        if ready.all():
            return ready
        part = turn.only(~ready)
        slots = part.slots
        count = self.count[slots] + 1
        step = part.values - self.mean[slots]
        mean = self.mean[slots] + step / count
        squares = self.variance[slots] * np.maximum(count - 2, 0) + step * (part.values - mean)
        self.count[slots] = count
        self.mean[slots] = mean
        self.variance[slots] = squares / np.maximum(count - 1, 1)
        return ready

    def sigma(self, slots: IndexArray, *, least: float) -> FloatArray:
        """The standard deviation, never 0: a process without spread has a very narrow one.

        slots: intp (row,).
        least: it is taken to be at least this, in the field's unit.

        >>> normal = Normal(np.zeros(1, np.int64), np.array([10.0]), np.array([4.0]))
        >>> normal.sigma(np.zeros(1, np.intp), least=0.5).tolist()
        [2.0]
        """
        floor = np.maximum(RESOLVED * np.abs(self.mean[slots]), max(least, SIGMA_LEAST))
        return np.maximum(np.sqrt(self.variance[slots]), floor)

    def follow(self, turn: Turn, *, weight: float) -> None:
        """Let mean and variance follow the rows with an exponential weight.

        turn: rows of entities that are past their warm-up.
        weight: of the new reading, 0 to 1.
        Source: Finch, Incremental calculation of weighted mean and variance, Cambridge 2009.
        """
        slots = turn.slots
        step = turn.values - self.mean[slots]
        self.mean[slots] += weight * step
        self.variance[slots] = (1 - weight) * (self.variance[slots] + weight * step * step)
