"""What is normal for an hour: the same hour of the days before, its median and its spread."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from haihe.model.arrays import FloatArray, IntArray
from haihe.model.time import DAY, HOUR

DAYS_BACK: Final = 28  # Ours: four of each day of the week; a season moves little in them.
DAYS_NEEDED: Final = 7  # Ours: a week; with fewer nobody can say what is usual.
MAD_TO_SIGMA: Final = 1.4826  # Rousseeuw & Croux, JASA 88(424), 1993: for a normal spread.
# Ours: of the median; a value that never moves has no spread of its own, and the last digit no say.
SPREAD_LEAST: Final = 0.01
NOTICED: Final = 2.0  # Spreads; one hour in twenty is beyond by chance.
FAR: Final = 4.0  # Spreads; by chance one hour in years.
BEYOND: Final = 99.0  # Spreads; more says nothing more.


class Standing(StrEnum):
    """How a value stands to what is usual."""

    UNKNOWN = "unknown"  # Too little is known, or nothing is told now.
    USUAL = "usual"
    HIGHER = "higher"
    LOWER = "lower"
    FAR_HIGHER = "far-higher"
    FAR_LOWER = "far-lower"


@dataclass(frozen=True, slots=True)
class Usual:
    """What the same hour came to on the days before.

    median, spread: in the value's unit; NaN where no day is known. The spread stands for one
        standard deviation, and is not moved by a few odd days.
    days: how many are known.
    """

    median: float
    spread: float
    days: int

    @property
    def is_known(self) -> bool:
        """Whether enough days are known to compare with."""
        return self.days >= DAYS_NEEDED


def usual_at(hours_at: IntArray, values: FloatArray, *, hour_at: int) -> Usual:
    """What is usual for an hour, by the same hour of up to four weeks before it.

    hours_at: int64 (hour,), ns, whole hours; values: float64 (hour,).
    hour_at: ns, the hour that is asked about; it is not counted itself.

    >>> Usual(median=2.0, spread=0.02, days=3) == usual_at(
    ...     np.array([DAY, 2 * DAY, 3 * DAY]), np.array([2.0, 2.0, 9.0]), hour_at=4 * DAY
    ... )
    True
    """
    back = hour_at - hours_at
    same = (back > 0) & (back <= DAYS_BACK * DAY) & (back % DAY == 0) & ~np.isnan(values)
    found = values[same]
    if not len(found):
        return Usual(np.nan, np.nan, 0)
    median = float(np.median(found))
    spread = MAD_TO_SIGMA * float(np.median(np.abs(found - median)))
    return Usual(median, max(spread, SPREAD_LEAST * abs(median)), len(found))


def spreads_away(value: float, usual: Usual) -> float:
    """How many spreads a value lies above what is usual; NaN where that cannot be said."""
    if not usual.is_known or np.isnan(value):
        return np.nan
    away = value - usual.median
    if away == 0:
        return 0.0
    found = away / usual.spread if usual.spread > 0 else np.copysign(BEYOND, away)
    return float(np.clip(found, -BEYOND, BEYOND))


def standing_of(away: float) -> Standing:
    """In words.

    away: spreads above what is usual; NaN for unknown.

    >>> standing_of(-2.5).value, standing_of(5.0).value, standing_of(float("nan")).value
    ('lower', 'far-higher', 'unknown')
    """
    if np.isnan(away):
        return Standing.UNKNOWN
    if abs(away) < NOTICED:
        return Standing.USUAL
    if away > 0:
        return Standing.FAR_HIGHER if away >= FAR else Standing.HIGHER
    return Standing.FAR_LOWER if away <= -FAR else Standing.LOWER


def counted(instants_at: IntArray, *, from_at: int, to_at: int) -> tuple[IntArray, FloatArray]:
    """How many instants fell into each whole hour between two; none counts as 0.

    instants_at: int64 (instant,), ns.
    from_at, to_at: ns; hours that do not lie within them whole are left out.
    Returns int64 (hour,), ns, rising, and float64 (hour,).
    """
    first, last = -(-from_at // HOUR), to_at // HOUR
    if last <= first:
        return np.empty(0, np.int64), np.empty(0)
    place = instants_at // HOUR - first
    inside = place[(place >= 0) & (place < last - first)]
    hours_at = np.arange(first, last, dtype=np.int64) * HOUR
    return hours_at, np.bincount(inside, minlength=last - first).astype(np.float64)
