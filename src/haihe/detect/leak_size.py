"""How much a leak loses: in words that can be read back, and from flows once its start is known."""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import FloatArray
from haihe.model.time import format_instant, parse_instant

_TOLD: Final = re.compile(
    r"leak of (?P<flow>[\d,]+) L/h \((?P<low>[\d,]+) to (?P<high>[\d,]+)\)"
    r" since (?P<since>[\dTZ:-]+)"
)
_SINCE: Final = re.compile(r"since (?P<since>[\dTZ:-]+)")
SURE: Final = 1.96  # Normal quantile of 0.975: 95 of 100 intervals hold the truth.
DAY_HOURS: Final = 24  # By definition.
WEEK_HOURS: Final = 7 * DAY_HOURS
L_M3: Final = 1000.0  # By definition.
L_H_MOST: Final = 1e15  # Ours: ten times what all rivers carry; what a broken meter says is cut.


@dataclass(frozen=True, slots=True)
class LeakSize:
    """What a leak loses, and since when.

    flow_m3_h: the best estimate.
    low_m3_h, high_m3_h: hold the truth in 95 of 100 cases.
    since_at: when it began, or began to grow; ns.

    >>> size = LeakSize(25.3, 20.0, 30.6, since_at=0)
    >>> size.told
    'leak of 25,300 L/h (20,000 to 30,600) since 1970-01-01T00:00:00Z'
    >>> LeakSize.read(size.told) == size
    True
    """

    flow_m3_h: float
    low_m3_h: float
    high_m3_h: float
    since_at: int

    @property
    def told(self) -> str:
        """In litres an hour, as a finding's detail has it."""
        flow, low, high = (
            f"{round(min(max(part * L_M3, 0.0), L_H_MOST)):,}"
            for part in (self.flow_m3_h, self.low_m3_h, self.high_m3_h)
        )
        return f"leak of {flow} L/h ({low} to {high}) since {format_instant(self.since_at)}"

    @classmethod
    def read(cls, detail: str) -> "LeakSize | None":
        """What a finding's detail says; None if it is about no leak."""
        told = _TOLD.search(detail)
        if told is None:
            return None
        flow, low, high = (
            float(told[part].replace(",", "")) / L_M3 for part in ("flow", "low", "high")
        )
        return cls(flow, low, high, since_at=parse_instant(told["since"]))


def read_since(detail: str) -> int | None:
    """The start that the detail of a ``Leak`` or ``PressurePairs`` tells; ns; None if none.

    >>> read_since("below what p7 tells, since 1970-01-01T00:00:01Z")
    1000000000
    """
    told = _SINCE.search(detail)
    return None if told is None else parse_instant(told["since"])


def lost_since(flow_m3_h: FloatArray, *, start: int, start_at: int) -> LeakSize:
    """What a district loses since an hour at which pressure says that a leak began.

    Each hour is held against the same hour a week before, less what weeks differ by anyway; days
    tell the error. Knowing the start, it tells a leak of which flow alone is not yet sure.

    flow_m3_h: float64 (hour,), the district's use, hour by hour; none missing.
    start: the row of the leak's first hour; two weeks or more lie before it.
    start_at: that instant; ns.
    Raises ValueError if less than that lies before, or nothing after.
    """
    if start < 2 * WEEK_HOURS or start >= len(flow_m3_h):
        raise ValueError(
            f"the leak begins at row {start} of {len(flow_m3_h)}; {2 * WEEK_HOURS} must lie before."
        )
    weekly = flow_m3_h[WEEK_HOURS:] - flow_m3_h[:-WEEK_HOURS]
    quiet, since = weekly[: start - WEEK_HOURS], weekly[start - WEEK_HOURS :]
    days = len(quiet) // DAY_HOURS
    daily = quiet[len(quiet) - days * DAY_HOURS :].reshape(days, DAY_HOURS).mean(axis=1)
    lost = float(since.mean() - daily.mean())
    variance = float(daily.var(ddof=1)) * (DAY_HOURS / len(since) + 1 / days)
    wide = SURE * float(np.sqrt(variance))
    return LeakSize(max(lost, 0.0), max(lost - wide, 0.0), max(lost + wide, 0.0), start_at)
