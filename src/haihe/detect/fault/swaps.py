"""Two sensors exchanged: each says what the other should, and not what it should itself."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.detect.fault.peers import middle
from haihe.detect.learn import SIGMA_LEAST
from haihe.model.arrays import FloatArray

PEERS_MAX: Final = 64  # Ours: every pair is compared, and 64 squared is still a trifle.
DIFFER: Final = 0.1  # Ours: who fits the other nearly as well as himself cannot be told from him.
# Ours: a day's fit varies by 0.2 and days hang together, so half of a likelihood ratio of e^17.
ENOUGH: Final = 0.45
ALLOWED: Final = 0.2  # Ours: of the usual difference; an offset may look a little like another.
HINT: Final = 0.02  # Ours: from here on other verdicts wait, for a swap may explain all.
EVIDENCE_MAX: Final = 0.7  # Ours: so that it is forgotten in days once the cables are right.
FILLS: Final = {"by_kin": 0, "by_peer": 0, "usual_kin": 0, "usual_peer": 0}


@dataclass(frozen=True, slots=True)
class Swaps:
    """Evidence that sensors are exchanged, as a one-sided sum.

    by_kin: float64 (entity, k), with another channel of the same entity.
    by_peer: float64 (entity, PEERS_MAX), with the same channel of the entity in that slot.
    usual_kin, usual_peer: float64, the usual fit of each exchange; below 0 where it is worse.
    """

    by_kin: FloatArray
    by_peer: FloatArray
    usual_kin: FloatArray
    usual_peer: FloatArray


def start(channels: int) -> Swaps:
    """No evidence."""
    narrow, wide = np.empty((0, channels)), np.empty((0, PEERS_MAX))
    return Swaps(narrow, wide, narrow, wide)


def better(kept: FloatArray, exchanged: FloatArray) -> FloatArray:
    """How much better an exchange fits, from -1 to 1: the median over cells; 0 where unknown.

    kept, exchanged: float64 (..., cell), what is left unexplained by each; missing is NaN.

    >>> better(np.array([[3.0, 3.0, 1.0]]), np.array([[1.0, 1.0, 3.0]])).tolist()
    [0.5]
    """
    left, other = np.abs(kept), np.abs(exchanged)
    share = (left - other) / (left + other + SIGMA_LEAST)
    fits = middle(share, least=max(1, share.shape[-1] // 4))
    return np.where(np.isnan(fits), 0.0, fits)


def add(evidence: FloatArray, fits: FloatArray, *, usual: FloatArray) -> None:
    """Sum up a block's fits, where the two can be told apart; ``evidence`` is written.

    An exchange that usually fits worse by as much as it would fit better if it were real: the
    logarithm of the likelihood ratio is then in proportion to both.
    Source: Page's cumulative sum, Biometrika 41, 1954.
    """
    more = np.where(usual < -DIFFER, -usual * (fits + ALLOWED * usual), -EVIDENCE_MAX)
    evidence[:] = np.clip(evidence + more, 0.0, EVIDENCE_MAX)


def among_peers(values: FloatArray, expected: FloatArray, *, noise: FloatArray) -> FloatArray:
    """How much better each pair fits exchanged: float64 (n, n), the worse of the two sensors.

    values, expected: float64 (n, cell), on one scale; missing is NaN.
    noise: float64 (n,), usual size of a residual.
    """
    left = np.abs(values[None] - expected[:, None]) / noise[:, None, None]
    own = left[np.arange(len(left)), np.arange(len(left))]
    fits = better(np.broadcast_to(own[:, None], left.shape), left)
    return np.minimum(fits, fits.T)


def learn(usual: FloatArray, fits: FloatArray, *, rate: FloatArray) -> None:
    """Take a block's fits into what is usual; ``usual`` is written.

    rate: float64, the weight of this block; 0 where it is not trusted.
    """
    usual[:] += rate * (fits - usual)
