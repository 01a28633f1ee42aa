"""The Numenta benchmark's score: early in a window is worth most, outside of it costs.

Source: Lavin and Ahmad, Evaluating real-time anomaly detection algorithms - the Numenta Anomaly
Benchmark, ICMLA 2015 (arXiv:1510.03336), and the weights of its published profiles.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import Final

import numpy as np

from haihe.model.arrays import FloatArray

PROBATION_SHARE: Final = 0.15  # Of a file; detections in it are neither right nor wrong.
PROBATION_ROWS: Final = 5000  # The share is taken of so many rows at most: 750.
STEEPNESS: Final = 5.0  # Of the sigmoid.
FAR: Final = 3.0  # Window widths behind a window from which on a false alarm costs all.


@dataclass(frozen=True, slots=True)
class Profile:
    """What right, missed and false count, all more than 0: A_TP, A_FN and A_FP of the paper."""

    right: float
    missed: float
    false: float


STANDARD: Final = Profile(1.0, 1.0, 0.11)
LOW_FALSE: Final = Profile(1.0, 1.0, 0.22)
LOW_MISSED: Final = Profile(1.0, 2.0, 0.11)


@dataclass(frozen=True, slots=True)
class Scored:
    """One file with a detector's scores.

    scores: float64 (row,); a row is detected where its score reaches the threshold.
    windows: the first and the last row of each true window, in order, none touching another.
    """

    scores: FloatArray
    windows: tuple[tuple[int, int], ...]


def sigmoid(place: float) -> float:
    """What a detection is worth: 1 to -1, and 0 at the end of a window.

    place: window widths behind the end of the window; negative in it.

    >>> round(sigmoid(-1.0), 4), sigmoid(0.0), sigmoid(4.0)
    (0.9866, 0.0, -1.0)
    """
    return -1.0 if place > FAR else 2.0 / (1.0 + exp(STEEPNESS * place)) - 1.0


def probation(rows: int) -> int:
    """The rows of a file that are not scored.

    >>> probation(4032), probation(15902)
    (604, 750)
    """
    return int(PROBATION_SHARE * min(rows, PROBATION_ROWS))


def score_at(files: Sequence[Scored], profile: Profile, *, threshold: float) -> float:
    """The score of all files together: 0 for no detection at all, 100 for a perfect one.

    threshold: one for all files.
    """
    thresholds, totals = _curve(files, profile)
    reached = np.flatnonzero(thresholds >= threshold)
    return float(totals[reached[-1]]) if len(reached) else 0.0


def best(files: Sequence[Scored], profile: Profile) -> tuple[float, float]:
    """The best score that any one threshold gives, and that threshold; 0 and infinity if none."""
    thresholds, totals = _curve(files, profile)
    if not len(totals) or totals.max() <= 0:
        return 0.0, float("inf")
    place = int(np.argmax(totals))
    return float(totals[place]), float(thresholds[place])


def _curve(files: Sequence[Scored], profile: Profile) -> tuple[FloatArray, FloatArray]:
    """Every threshold at which something changes, falling, and the score there."""
    windows = sum(len(file.windows) for file in files)
    steps = [_steps(file, profile) for file in files]
    scores = np.concatenate([np.empty(0), *(step[0] for step in steps)])
    order = np.argsort(-scores, kind="stable")
    scores = scores[order]
    if not len(scores) or not windows:
        return np.empty(0), np.empty(0)
    gains = np.cumsum(np.concatenate([step[1] for step in steps])[order])
    last = np.append(scores[1:] < scores[:-1], True)
    return scores[last], 100.0 * gains[last] / (windows * (profile.right + profile.missed))


def _steps(file: Scored, profile: Profile) -> tuple[FloatArray, FloatArray]:
    """Thresholds, and what is gained once the threshold falls to each: float64 (step,) twice."""
    begin, rows = probation(len(file.scores)), len(file.scores)
    thresholds, gains = [np.empty(0)], [np.empty(0)]
    earlier: tuple[int, int] | None = None
    after = begin
    for first, last in file.windows:
        quiet, found = slice(after, max(first, after)), slice(max(first, begin), last + 1)
        thresholds += [file.scores[quiet], file.scores[found]]
        gains.append(_false(quiet, profile, earlier=earlier))
        gains.append(_found(file.scores[found], profile, window=(first, last)))
        earlier, after = (first, last), max(last + 1, begin)
    thresholds.append(file.scores[after:])
    gains.append(_false(slice(after, rows), profile, earlier=earlier))
    return np.concatenate(thresholds), np.concatenate(gains)


def _false(rows: slice, profile: Profile, *, earlier: tuple[int, int] | None) -> FloatArray:
    """What every row outside of the windows costs: less just behind one."""
    numbers = np.arange(rows.start, rows.stop)
    if earlier is None:
        return np.full(len(numbers), -profile.false)
    first, last = earlier
    places = (numbers - last) / max(last - first, 1)
    return profile.false * np.array([sigmoid(place) for place in places.tolist()])


def _found(scores: FloatArray, profile: Profile, *, window: tuple[int, int]) -> FloatArray:
    """What each row of a window adds once the threshold falls to it.

    The earliest detection counts. So a row adds something only if none before it scores as high,
    and then what it is worth beyond the next such row, which was found at a higher threshold.
    """
    first, last = window
    gains = np.zeros(len(scores))
    before = np.concatenate(([-np.inf], np.maximum.accumulate(scores)[:-1]))
    later = -profile.missed
    for row in np.flatnonzero(scores > before)[::-1].tolist():
        place = -(len(scores) - row) / (last - first + 1)
        worth = profile.right * sigmoid(place) / sigmoid(-1.0)
        gains[row] = worth - later
        later = worth
    return gains
