"""States that must follow one another: too late (``Sequence``), or out of turn (``Precedence``)."""

import math
from dataclasses import KW_ONLY, dataclass, replace
from typing import Final, TypeAlias

import numpy as np

from haihe.detect.contract import Finding, Seen
from haihe.detect.turns import (
    Change,
    RowsOnly,
    Turn,
    check_more,
    findings,
    turns,
    turns_of,
    with_room,
)
from haihe.model.alarm import Severity
from haihe.model.arrays import BoolArray, FloatArray, IndexArray, IntArray
from haihe.model.time import BEFORE_ALL, NEVER, format_duration

Codes: TypeAlias = float | tuple[float, ...]  # One coded state, or several that count alike.

_WAIT_FILLS: Final = {"due": NEVER, "first_at": 0, "code": 0, "late": 0}
_TURN_FILLS: Final = {"heard_at": BEFORE_ALL, "within": 0, "standing": 0}


@dataclass(frozen=True, slots=True)
class SequenceMemory:
    """What a ``Sequence`` remembers.

    due: int64 (entity,), the log's time by which ``then`` must have come; ns; NEVER if not awaited.
    first_at: int64 (entity,), when ``first`` was observed; ns.
    code: float64 (entity,), which state that was.
    late: bool (entity,), whether it is raised.
    due_at: nobody can be late before; ns; NEVER while nothing is awaited.
    """

    due: IntArray
    first_at: IntArray
    code: FloatArray
    late: BoolArray
    due_at: int


@dataclass(frozen=True)
class Sequence:
    """Raised when a state is not followed by another within a time of the log; cleared by it.

    It is raised at exactly the reception of ``first`` plus ``within``, with offset -1; a ``then``
    that comes at that instant is too late. While one is awaited, a repeated ``first`` changes
    nothing. ``value`` of a finding is the state seen, ``limit`` the state awaited.

    field: the number field that holds the coded state.
    first, then: one code or several; none in both.
    within: ns of the log's time (``received_at``), more than 0.
    severity: how bad it is.
    Source: "response" of Dwyer, Avrunin and Corbett's specification patterns, ICSE 1999, timed.

    >>> from haihe.model.time import MINUTE
    >>> Sequence("fan_state", first=1, then=(2, 3), within=2 * MINUTE).fields
    ('fan_state',)
    """

    field: str
    _: KW_ONLY
    first: Codes
    then: Codes
    within: int
    severity: Severity = Severity.MODERATE

    def __post_init__(self) -> None:
        """Refuse codes that cannot be told apart."""
        _check_codes(self.first, self.then)
        check_more("Sequence.within", self.within, than=0)

    @property
    def fields(self) -> tuple[str, ...]:
        """The one field."""
        return (self.field,)

    def start(self) -> SequenceMemory:
        """Nothing is awaited."""
        whole = np.empty(0, np.int64)
        return SequenceMemory(whole, whole, np.empty(0), np.empty(0, np.bool_), NEVER)

    def due_at(self, memory: SequenceMemory) -> int:
        """No later than the earliest instant at which somebody may be late."""
        return memory.due_at

    def step(self, memory: SequenceMemory, seen: Seen) -> tuple[SequenceMemory, list[Finding]]:
        """Note what begins and ends a wait, and who is late by ``seen.now``."""
        values = seen.numbers[self.field]
        begins, ends = is_in(values, self.first), is_in(values, self.then)
        matters = begins | ends
        found: list[Finding] = []
        if matters.any():
            if len(memory.due) < seen.entities:
                memory = with_room(memory, seen.entities, fills=_WAIT_FILLS)
            for turn in turns_of(seen, values, kept=matters):
                found += self._turn(memory, seen, turn=turn, ends=ends[turn.rows])
            if begins.any():
                earliest = int(seen.received_at[begins][0]) + self.within
                memory = replace(memory, due_at=min(memory.due_at, earliest))
        if seen.now < memory.due_at:
            return memory, found
        found += self._late(memory, np.flatnonzero(memory.due <= seen.now))
        return replace(memory, due_at=int(memory.due.min(initial=NEVER))), found

    def _turn(
        self, memory: SequenceMemory, seen: Seen, *, turn: Turn, ends: BoolArray
    ) -> list[Finding]:
        received = seen.received_at[turn.rows]
        found = self._late(memory, turn.slots[memory.due[turn.slots] <= received])
        late = memory.late[turn.slots]
        begins = ~ends & ~late & (memory.due[turn.slots] == NEVER)
        memory.due[turn.slots[ends]] = NEVER
        memory.due[turn.slots[begins]] = received[begins] + self.within
        memory.first_at[turn.slots[begins]] = turn.at[begins]
        memory.code[turn.slots[begins]] = turn.values[begins]
        over = ends & late
        if not over.any():
            return found
        part = turn.only(over)
        memory.late[part.slots] = False
        cleared = np.zeros(len(part.rows), np.bool_)
        return found + findings(
            seen, self.field, change=Change(part, cleared, part.values, part.values)
        )

    def _late(self, memory: SequenceMemory, slots: IndexArray) -> list[Finding]:
        if not len(slots):
            return []
        awaited = _codes(self.then)
        names = " or ".join(f"{code:g}" for code in awaited)
        found = [
            Finding(
                at=due, offset=-1, slot=slot, observed_at=first_at, raised=True, field=self.field,
                value=code, limit=awaited[0],
                detail=f"no {names} within {format_duration(self.within)} of {code:g}",
            )
            for slot, due, first_at, code in zip(
                slots.tolist(), memory.due[slots].tolist(), memory.first_at[slots].tolist(),
                memory.code[slots].tolist(), strict=True,
            )
        ]  # fmt: skip
        memory.due[slots], memory.late[slots] = NEVER, True
        return found


@dataclass(frozen=True, slots=True)
class PrecedenceMemory:
    """What a ``Precedence`` remembers.

    heard_at: int64 (entity,), when ``first`` was last received; ns; BEFORE_ALL if never.
    within: bool (entity,), whether the last state was in ``then``.
    standing: bool (entity,), whether it is raised.
    """

    heard_at: IntArray
    within: BoolArray
    standing: BoolArray


@dataclass(frozen=True)
class Precedence(RowsOnly):
    """Raised when a state is entered that another has not announced; cleared by the announcement.

    Only entering counts: a state that is told again and again needs one announcement. ``value``
    of a finding is the state entered, ``limit`` the one that should have come first.

    field: the number field that holds the coded state.
    first, then: one code or several; none in both.
    within: how long an announcement holds; ns of the log's time, more than 0.
    severity: how bad it is.
    Source: "precedence" of Dwyer, Avrunin and Corbett's specification patterns, ICSE 1999, timed.

    >>> from haihe.model.time import MINUTE
    >>> Precedence("gate_state", first=4, then=5, within=1 * MINUTE).fields
    ('gate_state',)
    """

    field: str
    _: KW_ONLY
    first: Codes
    then: Codes
    within: int
    severity: Severity = Severity.MODERATE

    def __post_init__(self) -> None:
        """Refuse codes that cannot be told apart."""
        _check_codes(self.first, self.then)
        check_more("Precedence.within", self.within, than=0)

    @property
    def fields(self) -> tuple[str, ...]:
        """The one field."""
        return (self.field,)

    def start(self) -> PrecedenceMemory:
        """Nothing is announced."""
        none = np.empty(0, np.bool_)
        return PrecedenceMemory(np.empty(0, np.int64), none, none)

    def step(self, memory: PrecedenceMemory, seen: Seen) -> tuple[PrecedenceMemory, list[Finding]]:
        """Hold each state that is entered against the announcements."""
        if len(memory.heard_at) < seen.entities:
            memory = with_room(memory, seen.entities, fills=_TURN_FILLS)
        found: list[Finding] = []
        for turn in turns(seen, self.field):
            found += self._turn(memory, seen, turn=turn)
        return memory, found

    def _turn(self, memory: PrecedenceMemory, seen: Seen, *, turn: Turn) -> list[Finding]:
        slots, received = turn.slots, seen.received_at[turn.rows]
        announces, inside = is_in(turn.values, self.first), is_in(turn.values, self.then)
        stands = memory.standing[slots]
        announced = memory.heard_at[slots] >= received - self.within
        out_of_turn = inside & ~memory.within[slots] & ~announced
        memory.within[slots] = inside
        memory.heard_at[slots[announces]] = received[announces]
        changed = np.where(stands, announces, out_of_turn)
        if not changed.any():
            return []
        part, raised = turn.only(changed), ~stands[changed]
        memory.standing[part.slots] = raised
        limits = np.full(len(part.rows), _codes(self.first)[0])
        return findings(seen, self.field, change=Change(part, raised, part.values, limits))


def is_in(values: FloatArray, codes: Codes) -> BoolArray:
    """Whether each value is one of the codes.

    >>> is_in(np.array([1.0, 2.0, np.nan]), (2, 3)).tolist()
    [False, True, False]
    """
    first, *others = _codes(codes)
    found: BoolArray = values == first
    for code in others:
        found = found | (values == code)
    return found


def _codes(codes: Codes) -> tuple[float, ...]:
    return codes if isinstance(codes, tuple) else (codes,)


def _check_codes(first: Codes, then: Codes) -> None:
    for name, codes in (("first", _codes(first)), ("then", _codes(then))):
        if not codes or not all(math.isfinite(code) for code in codes):
            raise ValueError(f"{name} is {codes}; give at least one code, and numbers only.")
    if both := set(_codes(first)) & set(_codes(then)):
        raise ValueError(f"code {min(both):g} is in first and in then; it can be in one only.")
