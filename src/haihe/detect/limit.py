"""A value beyond a fixed limit, with deadband and delays as alarm systems have them."""

from dataclasses import KW_ONLY, dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from haihe.detect.contract import Finding, Seen, by_slot
from haihe.detect.turns import (
    FLOAT_MAX,
    Change,
    RowsOnly,
    Turn,
    check_least,
    findings,
    turns_of,
    with_room,
)
from haihe.model.alarm import Severity
from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.model.time import NEVER

_FILLS: Final = {"state": 0, "since": NEVER}


@dataclass(frozen=True, slots=True)
class LimitMemory:
    """What a ``Limit`` remembers.

    state: int8 (entity,), 0 calm, 1 or -1 waiting beyond the high or low limit, 2 or -2 raised.
    since: int64 (entity,), ns; waiting: beyond since; raised: back inside since, NEVER if not.
    busy: how many entities are not calm.
    """

    state: NDArray[np.int8]
    since: IntArray
    busy: int


@dataclass(frozen=True)
class Limit(RowsOnly):
    """Raised once a value has been at or beyond a limit for ``on_delay`` of observed time.

    Cleared once it has been back inside by the deadband for ``off_delay``. An alarm that stands at
    one limit also stands while the value is beyond the other. A missing value (NaN) tells nothing.
    An infinity is beyond the limit on its side; where there is none it tells nothing.

    field: the number field.
    high, low: the limits, in the field's unit; one may be None, not both.
    deadband: how far inside counts as back, in the field's unit; 0 or more.
    on_delay, off_delay: ns of observed time; 0 or more.
    severity: how bad it is.
    Source: ISA-18.2-2016 and IEC 62682 (deadband, on-delay, off-delay).

    >>> from haihe.model.time import MINUTE
    >>> Limit("methane", high=20.0, deadband=5.0, on_delay=1 * MINUTE).clear_below
    15.0
    """

    field: str
    _: KW_ONLY
    high: float | None = None
    low: float | None = None
    deadband: float = 0.0
    on_delay: int = 0
    off_delay: int = 0
    severity: Severity = Severity.MODERATE

    def __post_init__(self) -> None:
        """Refuse limits that can never be passed or never be left."""
        if self.high is None and self.low is None:
            raise ValueError(f"Limit('{self.field}') has neither high nor low; give at least one.")
        check_least("Limit.deadband", self.deadband, least=0)
        check_least("Limit.on_delay", self.on_delay, least=0)
        check_least("Limit.off_delay", self.off_delay, least=0)
        if not self.clear_above <= self.clear_below:
            raise ValueError(
                f"Limit('{self.field}', high={self.high}, low={self.low}, deadband={self.deadband})"
                " leaves no value that would clear it; move the limits apart."
            )

    @property
    def fields(self) -> tuple[str, ...]:
        """The one field."""
        return (self.field,)

    @property
    def clear_below(self) -> float:
        """The highest value that is back inside the high limit."""
        if self.high is None:
            return FLOAT_MAX
        return min(self.high - self.deadband, float(np.nextafter(self.high, -np.inf)))

    @property
    def clear_above(self) -> float:
        """The lowest value that is back inside the low limit."""
        if self.low is None:
            return -FLOAT_MAX
        return max(self.low + self.deadband, float(np.nextafter(self.low, np.inf)))

    def start(self) -> LimitMemory:
        """Nobody waits, nothing stands."""
        return LimitMemory(np.empty(0, np.int8), np.empty(0, np.int64), 0)

    def step(self, memory: LimitMemory, seen: Seen) -> tuple[LimitMemory, list[Finding]]:
        """Take new rows; one comparison where nothing is beyond and nobody busy."""
        values = seen.numbers[self.field]
        beyond = self._is_beyond(values)
        if memory.busy == 0 and not beyond.any():
            return memory, []
        if len(memory.state) < seen.entities:
            memory = with_room(memory, seen.entities, fills=_FILLS)
        matters = self._may_matter(memory, seen, beyond=beyond)
        found: list[Finding] = []
        busy = memory.busy
        for turn in turns_of(seen, values, kept=matters):
            before = np.count_nonzero(memory.state[turn.slots])
            found += self._turn(memory, seen, turn=turn)
            busy += int(np.count_nonzero(memory.state[turn.slots]) - before)
        return (memory if busy == memory.busy else replace(memory, busy=busy)), found

    def _is_beyond(self, values: FloatArray) -> BoolArray:
        beyond = np.zeros(0, np.bool_)
        if self.high is not None:
            beyond = values >= self.high
        if self.low is not None:
            below = values <= self.low
            beyond = below if self.high is None else beyond | below
        return beyond

    def _may_matter(self, memory: LimitMemory, seen: Seen, *, beyond: BoolArray) -> BoolArray:
        """The rows that are beyond, or whose entity may not be calm before them.

        beyond: bool (row,).
        """
        values = seen.numbers[self.field]
        told = np.isfinite(values) | beyond
        if len(seen.rounds) == 1:
            busy: BoolArray = memory.state[seen.indices] != 0
            return beyond | (told & busy)
        order = by_slot(seen.slots)
        order = order[told[order]]
        slots, at, calm = seen.indices[order], seen.observed_at[order], self._inside(values[order])
        first = np.ones(len(order), np.bool_)
        first[1:] = slots[1:] != slots[:-1]
        begins = calm & first
        begins[1:] |= calm[1:] & ~calm[:-1]
        began = np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))
        # Back inside for long enough: whoever stood or waited before does so no longer.
        over = calm & (at - at[began] >= self.off_delay)
        is_calm = np.empty(len(order), np.bool_)
        is_calm[1:] = over[:-1]
        is_calm[first] = memory.state[slots[first]] == 0
        matters = np.zeros(len(values), np.bool_)
        matters[order] = beyond[order] | ~is_calm
        return matters

    def _inside(self, values: FloatArray) -> BoolArray:
        """Whether each value is back inside by the deadband."""
        inside: BoolArray = (values <= self.clear_below) & (values >= self.clear_above)
        return inside

    def _turn(self, memory: LimitMemory, seen: Seen, *, turn: Turn) -> list[Finding]:
        side = self._side(turn.values)
        inside = self._inside(turn.values)
        state, since = memory.state[turn.slots], memory.since[turn.slots]
        stands = np.abs(state) == 2
        start = np.where(
            stands,
            np.where(inside, np.minimum(since, turn.at), NEVER),
            np.where((state == side) & (side != 0), since, turn.at),
        )
        waited = turn.at - start
        raised = ~stands & (side != 0) & (waited >= self.on_delay)
        cleared = stands & inside & (waited >= self.off_delay)
        after = np.where(stands, np.where(cleared, 0, state), np.where(raised, 2 * side, side))
        memory.state[turn.slots] = after
        memory.since[turn.slots] = np.where(raised, NEVER, start)
        changed = raised | cleared
        if not changed.any():
            return []
        held_against = self._limits(np.where(raised, side, state), raised)
        part = turn.only(changed)
        return findings(
            seen,
            self.field,
            change=Change(part, raised[changed], part.values, held_against[changed]),
        )

    def _side(self, values: FloatArray) -> NDArray[np.int8]:
        side = np.zeros(len(values), np.int8)
        if self.high is not None:
            side[values >= self.high] = 1
        if self.low is not None:
            side[values <= self.low] = -1
        return side

    def _limits(self, side: NDArray[np.int8], raised: BoolArray) -> FloatArray:
        high = 0.0 if self.high is None else self.high
        low = 0.0 if self.low is None else self.low
        band = np.where(raised, 0.0, self.deadband)
        return np.where(side > 0, high - band, low + band)
