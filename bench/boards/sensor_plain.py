"""What people use instead: plain limits of range, rate and stuck, set from the first months."""

from typing import Final

import numpy as np

from bench.boards.verdicts import Verdict
from haihe.model.arrays import FloatArray

STUCK_HOURS: Final = 12  # Half a day without a change: longer than analysers usually rest.
MARGIN: Final = 1.2  # Of the largest value and the largest change seen while the limits were set.
HOURS: Final = 24


def plain_verdicts(values: FloatArray, *, settled: int) -> list[Verdict]:
    """Out of range counts as offset, too fast as spiking, no change as stuck.

    values: float64 (station, hour), missing is NaN.
    settled: hours from which the limits are taken.
    """
    found = []
    for slot, row in enumerate(values):
        change = np.abs(np.diff(row, prepend=np.nan))
        low, high = np.nanmin(row[:settled]), np.nanmax(row[:settled])
        spare = (MARGIN - 1) * (high - low)
        rate = MARGIN * np.nanmax(change[:settled])
        still = np.convolve(change == 0, np.ones(STUCK_HOURS), mode="full")[: len(row)]
        for kind, raised in (
            ("offset", (row < low - spare) | (row > high + spare)),
            ("spiking", change > rate),
            ("stuck", still >= STUCK_HOURS),
        ):
            rises = np.flatnonzero(raised[1:] & ~raised[:-1]) + 1
            found += [Verdict(hour / HOURS, slot, kind) for hour in rises.tolist()]
    return sorted(found, key=lambda verdict: verdict.at)
