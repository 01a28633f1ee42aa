"""A lasting change of level: the newest readings against those just before them."""

from dataclasses import KW_ONLY, dataclass
from math import pi, sqrt
from typing import Final

import numpy as np

from haihe.detect.contract import Finding, Seen
from haihe.detect.turns import (
    Change,
    Latch,
    Marks,
    RowsOnly,
    Turn,
    check_least,
    check_more,
    findings,
    turns,
    with_room,
)
from haihe.model.alarm import Severity
from haihe.model.arrays import FloatArray, IntArray

WINDOW_MAX: Final = 1000  # Ours: 16 kB an entity; longer windows belong on rolled-up readings.
MAD_TO_SIGMA: Final = 1.4826  # Rousseeuw and Croux, JASA 88, 1993: makes the MAD consistent.
MEDIAN_SPREAD: Final = sqrt(pi / 2)  # Kendall and Stuart: sd of a median over that of a mean.
LEAVE_SHARE: Final = 0.5  # Ours: half the least shift is the deadband against chatter.
_FILLS: Final = {"ring": 0, "count": 0, "standing": 0, "streak": 0}


@dataclass(frozen=True, slots=True)
class ShiftMemory:
    """What a ``LevelShift`` remembers.

    ring: float64 (entity, 2 * window), the newest readings; the next goes to count % (2 * window).
    count: int64 (entity,), readings so far.
    standing, streak: as in ``Marks``.
    """

    ring: FloatArray
    count: IntArray
    standing: IntArray
    streak: IntArray


@dataclass(frozen=True)
class LevelShift(RowsOnly):
    """Raised when the last ``window`` readings lie on another level than those before them.

    Levels are medians, so that single wild readings neither make nor hide a shift. It counts if it
    is at least ``least`` and more than ``width`` standard errors. It clears when the new level has
    become normal: when the older window holds it too, and the levels differ by less than half of
    ``least``. ``value`` of a finding is the newer level, ``limit`` the older.

    field: the number field.
    least: the smallest lasting change that matters, in the field's unit; more than 0.
    window: readings in each of the two windows, 3 to ``WINDOW_MAX``.
    width: standard errors of the difference; 0 or more.
    clear_after: readings in a row without a shift that clear it; 1 or more.
    severity: how bad it is.
    Source: the two-window comparison of Basseville and Nikiforov, Detection of Abrupt Changes,
        1993, ch. 2, with medians and MAD (Rousseeuw and Croux, JASA 88, 1993).

    >>> LevelShift("leak_flow", least=0.5, window=12).fields
    ('leak_flow',)
    """

    field: str
    _: KW_ONLY
    least: float
    window: int = 30
    width: float = 5.0  # Ours: windows overlap, so one shift is tested many times; 3 is not enough.
    clear_after: int = 1
    severity: Severity = Severity.MINOR

    def __post_init__(self) -> None:
        """Refuse windows that show nothing."""
        check_more("LevelShift.least", self.least, than=0)
        check_least("LevelShift.width", self.width, least=0)
        check_least("LevelShift.clear_after", self.clear_after, least=1)
        if not 3 <= self.window <= WINDOW_MAX:
            raise ValueError(f"window is {self.window}; it must be 3 to {WINDOW_MAX}.")

    @property
    def fields(self) -> tuple[str, ...]:
        """The one field."""
        return (self.field,)

    def start(self) -> ShiftMemory:
        """No reading yet."""
        whole = np.empty(0, np.int64)
        return ShiftMemory(np.empty((0, 2 * self.window)), whole, whole, whole)

    def step(self, memory: ShiftMemory, seen: Seen) -> tuple[ShiftMemory, list[Finding]]:
        """Take readings into the windows and compare these where both are full."""
        if len(memory.count) < seen.entities:
            memory = with_room(memory, seen.entities, fills=_FILLS)
        found: list[Finding] = []
        for turn in turns(seen, self.field):
            count = memory.count[turn.slots]
            memory.ring[turn.slots, count % (2 * self.window)] = turn.values
            memory.count[turn.slots] = count + 1
            full = count + 1 >= 2 * self.window
            if full.any():
                found += self._compare(memory, seen, turn=turn.only(full))
        return memory, found

    def _compare(self, memory: ShiftMemory, seen: Seen, *, turn: Turn) -> list[Finding]:
        oldest = memory.count[turn.slots][:, None]
        columns = (oldest + np.arange(2 * self.window)) % (2 * self.window)
        readings = memory.ring[turn.slots[:, None], columns]
        before, after = readings[:, : self.window], readings[:, self.window :]
        was, level = median(before), median(after)
        squares = _spread(before, was) ** 2 + _spread(after, level) ** 2
        error = MEDIAN_SPREAD * np.sqrt(squares / self.window)
        away = np.abs(level - was)
        shifted = (away >= self.least) & (away > self.width * error)
        stands = memory.standing[turn.slots] != 0
        side = np.where(stands, away >= LEAVE_SHARE * self.least, shifted).astype(np.int64)
        latch = Latch(clear_after=self.clear_after)
        flips = latch.turn(Marks(memory.standing, memory.streak), turn.slots, side=side)
        if not flips.any():
            return []
        part = turn.only(flips)
        return findings(
            seen, self.field, change=Change(part, side[flips] != 0, level[flips], was[flips])
        )


def median(readings: FloatArray) -> FloatArray:
    """The middle value of each row, or the mean of the two in the middle.

    readings: float64 (row, reading), none NaN.

    >>> median(np.array([[3.0, 1.0, 2.0], [5.0, 9.0, 7.0]])).tolist()
    [2.0, 7.0]
    """
    ordered = np.sort(readings, axis=1)
    count = readings.shape[1]
    lower: FloatArray = ordered[:, (count - 1) // 2]
    return lower + (ordered[:, count // 2] - lower) / 2


def _spread(readings: FloatArray, level: FloatArray) -> FloatArray:
    return MAD_TO_SIGMA * median(np.abs(readings - level[:, None]))
