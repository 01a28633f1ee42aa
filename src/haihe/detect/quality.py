"""A source that cannot be believed: stuck at one value (``Stuck``), or absurd (``Absurd``)."""

from dataclasses import KW_ONLY, dataclass, replace
from typing import Final

import numpy as np

from haihe.detect.contract import Finding, Seen
from haihe.detect.turns import (
    MAGNITUDE_MAX,
    Change,
    Latch,
    Marks,
    RowsOnly,
    Turn,
    check_least,
    check_more,
    findings,
    side_of,
    turns,
    turns_of,
    with_room,
)
from haihe.model.alarm import Severity
from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.model.time import MINUTE

_STUCK_FILLS: Final = {"value": np.nan, "since": 0, "count": 0, "standing": 0}
_ABSURD_FILLS: Final = {"value": np.nan, "at": 0, "standing": 0, "streak": 0}


@dataclass(frozen=True, slots=True)
class StuckMemory:
    """What a ``Stuck`` remembers of the run of like values each entity is in.

    value: float64 (entity,), the run's first value; NaN before the first reading.
    since: int64 (entity,), when that was observed; ns.
    count: int64 (entity,), readings in the run.
    standing: bool (entity,), whether it is raised.
    """

    value: FloatArray
    since: IntArray
    count: IntArray
    standing: BoolArray


@dataclass(frozen=True)
class Stuck(RowsOnly):
    """Raised when a value has not changed over a duration and a number of readings.

    Each reading is compared with the first of its run, so that a slow drift is a change. Cleared by
    the first reading that differs. ``limit`` of a finding is the value it is or was stuck at.

    field: the number field.
    for_: how long; ns of observed time, more than 0.
    tolerance: how far a value may lie from the first and still be the same; 0 or more.
    at_least: how many readings, 2 or more.
    severity: how bad it is.
    Source: the persistence test of the WMO Guide to Instruments (WMO-No. 8, part V, ch. 1).

    >>> Stuck("level", 10 * MINUTE, tolerance=0.001).at_least
    5
    """

    field: str
    for_: int
    _: KW_ONLY
    tolerance: float = 0.0
    at_least: int = 5  # Ours: four repeats of a quantised value are common, and prove little.
    severity: Severity = Severity.MINOR

    def __post_init__(self) -> None:
        """Refuse settings that every value would meet."""
        check_more("Stuck.for_", self.for_, than=0)
        check_least("Stuck.tolerance", self.tolerance, least=0)
        check_least("Stuck.at_least", self.at_least, least=2)

    @property
    def fields(self) -> tuple[str, ...]:
        """The one field."""
        return (self.field,)

    def start(self) -> StuckMemory:
        """No run yet."""
        whole = np.empty(0, np.int64)
        return StuckMemory(np.empty(0), whole, whole, np.empty(0, np.bool_))

    def step(self, memory: StuckMemory, seen: Seen) -> tuple[StuckMemory, list[Finding]]:
        """Lengthen or end each entity's run."""
        if len(memory.value) < seen.entities:
            memory = with_room(memory, seen.entities, fills=_STUCK_FILLS)
        found: list[Finding] = []
        for turn in turns(seen, self.field):
            found += self._turn(memory, seen, turn=turn)
        return memory, found

    def _turn(self, memory: StuckMemory, seen: Seen, *, turn: Turn) -> list[Finding]:
        slots, values, at = turn.slots, turn.values, turn.at
        stuck_at, stands = memory.value[slots], memory.standing[slots]
        same = np.abs(values - stuck_at) <= self.tolerance
        changed = stands & ~same
        if same.any():
            changed |= ~stands & self._lengthen(memory, turn, same=same)
        moved = np.flatnonzero(~same)
        ends = slots[moved]
        memory.value[ends], memory.since[ends], memory.count[ends] = values[moved], at[moved], 1
        if not changed.any():
            return []
        raised = ~stands[changed]
        part = turn.only(changed)
        memory.standing[part.slots] = raised
        return findings(
            seen, self.field, change=Change(part, raised, part.values, stuck_at[changed])
        )

    def _lengthen(self, memory: StuckMemory, turn: Turn, *, same: BoolArray) -> BoolArray:
        """Count the rows that carry a run on; True where the run is long enough."""
        rows = np.flatnonzero(same)
        slots = turn.slots[rows]
        memory.count[slots] += 1
        lasts = turn.at[rows] - memory.since[slots] >= self.for_
        long = np.zeros(len(same), np.bool_)
        long[rows] = lasts & (memory.count[slots] >= self.at_least)
        return long


@dataclass(frozen=True, slots=True)
class AbsurdMemory:
    """What an ``Absurd`` remembers.

    value: float64 (entity,), the last reading in range; NaN before it.
    at: int64 (entity,), when it was observed; ns.
    standing, streak: as in ``Marks``.
    stands: how many entities are raised.
    """

    value: FloatArray
    at: IntArray
    standing: IntArray
    streak: IntArray
    stands: int


@dataclass(frozen=True)
class Absurd(RowsOnly):
    """Raised by a value that cannot be: outside its range, infinite, or an impossible jump.

    A jump is told from the reading in range before it, so that a sensor that now truly reads
    elsewhere is sane again at its second reading. Cleared after ``clear_after`` sane readings.
    ``limit`` of a finding is the furthest value that would have been possible.

    field: the number field.
    low, high: the physical range, in the field's unit; None where it has no bound.
    max_rate: the fastest possible change, in the field's unit per ``per``; None where it may jump.
    per: ns, more than 0.
    clear_after: sane readings in a row that clear it; 1 or more.
    severity: how bad it is.
    Source: range and step tests of the WMO Guide to Instruments (WMO-No. 8, part V, ch. 1).

    >>> Absurd("methane", low=0.0, high=100.0).fields
    ('methane',)
    """

    field: str
    _: KW_ONLY
    low: float | None = None
    high: float | None = None
    max_rate: float | None = None
    per: int = MINUTE
    clear_after: int = 3  # Ours: one good value between bad ones is chance; three in a row are not.
    severity: Severity = Severity.MINOR

    def __post_init__(self) -> None:
        """Refuse a range that holds nothing."""
        low, high = self._range()
        if not low < high:
            raise ValueError(
                f"Absurd('{self.field}') has low {self.low} and high {self.high}; "
                f"low must be less, and both within {MAGNITUDE_MAX:g}."
            )
        if self.max_rate is not None:
            check_more("Absurd.max_rate", self.max_rate, than=0)
        check_more("Absurd.per", self.per, than=0)
        check_least("Absurd.clear_after", self.clear_after, least=1)

    @property
    def fields(self) -> tuple[str, ...]:
        """The one field."""
        return (self.field,)

    def start(self) -> AbsurdMemory:
        """No reading yet."""
        whole = np.empty(0, np.int64)
        return AbsurdMemory(np.empty(0), whole, whole, whole, 0)

    def step(self, memory: AbsurdMemory, seen: Seen) -> tuple[AbsurdMemory, list[Finding]]:
        """Hold each reading against the range and the one before it."""
        values = seen.numbers[self.field]
        low, high = self._range()
        if self.max_rate is None and memory.stands == 0:
            beyond = (values < low) | (values > high)
            if not beyond.any():
                return memory, []
        if len(memory.value) < seen.entities:
            memory = with_room(memory, seen.entities, fills=_ABSURD_FILLS)
        found: list[Finding] = []
        for turn in turns_of(seen, values, kept=~np.isnan(values)):
            found += self._turn(memory, seen, turn=turn)
        rises = sum(1 if finding.raised else -1 for finding in found)
        return (replace(memory, stands=memory.stands + rises) if rises else memory), found

    def _range(self) -> tuple[float, float]:
        low = -MAGNITUDE_MAX if self.low is None else self.low
        return low, MAGNITUDE_MAX if self.high is None else self.high

    def _turn(self, memory: AbsurdMemory, seen: Seen, *, turn: Turn) -> list[Finding]:
        lower, upper = self._possible(memory, turn)
        side = side_of(turn.values, low=lower, high=upper)
        self._keep(memory, turn)
        was = memory.standing[turn.slots]
        latch = Latch(clear_after=self.clear_after)
        flips = latch.turn(Marks(memory.standing, memory.streak), turn.slots, side=side)
        if not flips.any():
            return []
        limits = np.where(np.where(side != 0, side, was) > 0, upper, lower)[flips]
        part = turn.only(flips)
        return findings(
            seen, self.field, change=Change(part, side[flips] != 0, part.values, limits)
        )

    def _possible(self, memory: AbsurdMemory, turn: Turn) -> tuple[FloatArray, FloatArray]:
        """The lowest and highest value each row could have."""
        low, high = self._range()
        lower, upper = np.full(len(turn.rows), low), np.full(len(turn.rows), high)
        if self.max_rate is None:
            return lower, upper
        before = memory.value[turn.slots]
        reach = self.max_rate * ((turn.at - memory.at[turn.slots]) / self.per)
        return np.fmax(lower, before - reach), np.fmin(upper, before + reach)

    def _keep(self, memory: AbsurdMemory, turn: Turn) -> None:
        if self.max_rate is None:
            return
        low, high = self._range()
        sane = turn.only((turn.values >= low) & (turn.values <= high))
        memory.value[sane.slots] = sane.values
        memory.at[sane.slots] = sane.at
