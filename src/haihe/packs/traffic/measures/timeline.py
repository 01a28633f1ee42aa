"""The timeline: events paired into intervals with a beginning and an end, for troubleshooting."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, IntArray
from haihe.model.time import MINUTE, SECOND
from haihe.packs.traffic.measures.events import Code, Events
from haihe.packs.traffic.measures.groups import Table

SHORTEST: Final = SECOND // 5  # Shorter ones cannot be seen, and are mostly noise of inputs.
CUSHION: Final = MINUTE  # Ours to show what is an instant: a change of pattern, a power failure.
NO_VALUE: Final = -1  # Where an interval has no number of its own.


@dataclass(frozen=True, slots=True)
class Pair:
    """Events that begin and end an interval of one device and parameter.

    kind: what the interval is called.
    begin, end: codes. An interval is valid if the next of the two is its end.
    shows_end: whether an end without a beginning is shown too.
    by_code: whether events of one instant count in the order of their codes, not as logged.
    """

    kind: str
    begin: int
    end: int
    shows_end: bool = False
    by_code: bool = False


PREEMPT: Final = Pair("preempt", 102, 104, by_code=True)
PAIRS: Final = (
    Pair("split", 0, 12),
    Pair("green", 1, 7),
    Pair("yellow", 8, 9),
    Pair("red", 10, 11),
    Pair("walk", 21, 23),
    Pair("flashing-arrow", 32, 33),
    Pair("phase-hold", 41, 42),
    Pair("phase-call", 43, 44),
    Pair("phase-omit", 46, 47),
    Pair("walk-omit", 48, 49),
    Pair("advance-warning-phase", 55, 56, by_code=True),
    Pair("overlap-walk", 67, 65),
    Pair("advance-warning-overlap", 71, 72, by_code=True),
    Pair("priority-detector", 94, 93, shows_end=True, by_code=True),
    PREEMPT,
    Pair("priority-call", 112, 115, by_code=True),
    Pair("priority-service", 118, 119, shows_end=True, by_code=True),
    Pair("special-function", 176, 177),
)
TOGGLES: Final = {178: "manual-control", 180: "stop-time", 202: "auxiliary-switch"}
INSTANTS: Final = {
    131: "pattern",
    132: "cycle-length",
    179: "interval-advance",
    182: "power-failure",
    184: "power-restored",
}
WITHOUT_VALUE: Final = frozenset({"power-failure", "power-restored"})
FAULTS: Final = {84: "fault", 85: "watchdog", 86: "stuck-off", 87: "stuck-on", 88: "erratic"}
RESTORED: Final = 83  # As all codes here.
OVERLAPS: Final = {
    61: "overlap-green",
    62: "overlap-trail-green",
    63: "overlap-yellow",
    64: "overlap-red",
}
TRANSITION: Final = 150  # As all codes here.
TRANSITIONS: Final = {
    2: "transition-longway",
    3: "transition-shortway",
    4: "transition-dwell",
}
ADJUSTED: Final = (113, 114)  # Early green, extended green; 115 ends the priority call.
FLASH, ALARMS, ALARM_GROUP = 173, 174, 175
FLASHES: Final = (
    "other", "not-flash", "automatic", "local-manual", "fault-monitor", "mmu", "startup", "preempt",
)  # fmt: skip
ALARM_BITS: Final = (
    "cycle-fault", "coordination-fault", "coordination-fail", "cycle-fail", "mmu-flash",
    "local-flash",
)  # fmt: skip


@dataclass(frozen=True)
class Intervals:
    """Intervals of one kind: columns of one length; instants in ns."""

    kind: str
    device: IntArray
    begin_at: IntArray
    end_at: IntArray
    value: IntArray
    is_valid: BoolArray

    def __len__(self) -> int:
        """How many."""
        return len(self.device)


def timeline(
    events: Events, length: int = 0, *, shortest: int = SHORTEST, cushion: int = CUSHION
) -> Table:
    """Every interval that has ended: kind, device, begin_at, end_at, value, is_valid.

    length: of a bin, which this measure has not.
    shortest: what is shorter is left out; cushion: how long an instant is shown; ns.
    value: phase, overlap, pattern or what else its events name; ``NO_VALUE`` where nothing.
    """
    del length
    found = [each for each in intervals(events, cushion=cushion) if len(each)]
    columns = {
        name: np.concatenate([getattr(each, name) for each in found] or [np.empty(0, np.int64)])
        for name in ("device", "begin_at", "end_at", "value", "is_valid")
    }
    kinds = np.repeat(
        np.array([each.kind for each in found], dtype=object), [len(each) for each in found]
    )
    keep = columns["end_at"] - columns["begin_at"] >= shortest
    return {"kind": kinds[keep], **{name: column[keep] for name, column in columns.items()}}


def intervals(events: Events, *, cushion: int = CUSHION) -> Iterator[Intervals]:
    """The intervals of each kind, of any length."""
    for pair in PAIRS:
        yield paired(events, pair)
    for code, kind in TOGGLES.items():
        yield _toggled(events, code, kind=kind)
    for code, kind in INSTANTS.items():
        found = events.of(code)
        value = np.full(len(found), NO_VALUE) if kind in WITHOUT_VALUE else found.parameter
        is_valid = np.ones(len(found), np.bool_)
        yield Intervals(kind, found.device, found.at, found.at + cushion, value, is_valid)
    yield from _faults(events)
    yield from _overlaps(events)
    yield from _transitions(events)
    yield _adjustments(events)
    yield from _alarms(events, cushion=cushion)
    yield phase_waits(events)
    yield walk_waits(events)


def phase_waits(events: Events) -> Intervals:
    """From a phase's call to its next green."""
    rows = _Rows(events, (Code.PHASE_CALL, Code.GREEN), by_code=True)
    begins = (rows.code == Code.PHASE_CALL) & (rows.next_code == Code.GREEN)
    return rows.intervals("phase-wait", begins, valid=np.ones(len(rows.code), np.bool_))


def walk_waits(events: Events) -> Intervals:
    """From the first press of a button since the last walk to the next walk."""
    rows = _Rows(events, (Code.PED_CALL, Code.WALK, Code.PED_CLEARANCE))
    is_press = rows.code == Code.PED_CALL
    is_first = np.ones(len(is_press), np.bool_)
    is_first[1:] = ~rows.same | (rows.code[:-1] == Code.PED_CLEARANCE)
    serves = np.flatnonzero(~is_press)
    after = np.searchsorted(serves, np.arange(len(is_press)), side="right")
    served_by = np.append(serves, len(is_press))[after]
    inside = np.minimum(served_by, max(len(is_press) - 1, 0))
    is_served = (served_by < len(is_press)) & (rows.source[inside] == rows.source)
    begins = is_press & is_first & is_served
    at = np.where(is_served, rows.at[inside], rows.at)
    return rows.intervals("walk-wait", begins, valid=np.ones(len(is_press), np.bool_), end_at=at)


class _Rows:
    """Events of some codes by device and parameter (or another subject), each with the next one."""

    def __init__(
        self, events: Events, codes: tuple[int, ...], *, by_code: bool = False,
        subject: IntArray | None = None,
    ) -> None:  # fmt: skip
        rows = events.rows_of(*codes)
        found = events.take(rows)
        source = found.source if subject is None else subject[rows]
        within = found.code if by_code else np.arange(len(found))
        order = np.lexsort((within, found.at, source))
        self.source, self.device = source[order], found.device[order]
        self.at, self.code = found.at[order], found.code[order]
        self.parameter = found.parameter[order]
        self.same = self.source[1:] == self.source[:-1]
        self.has_next = np.append(self.same, np.zeros(min(len(found), 1), np.bool_))

    @property
    def next_code(self) -> IntArray:
        """The next event's code; -1 if there is none."""
        return self.next_of(self.code)

    def next_of(self, column: IntArray) -> IntArray:
        """The next event's value of a column; -1 if there is no next."""
        found = np.full(len(column), -1, dtype=np.int64)
        found[:-1] = column[1:]
        return np.where(self.has_next, found, -1)

    def next_parameter(self) -> IntArray:
        """The next event's parameter; -1 if there is none."""
        return self.next_of(self.parameter)

    def intervals(
        self, kind: str, begins: BoolArray, *, valid: BoolArray, end_at: IntArray | None = None
    ) -> Intervals:
        """Those rows as intervals up to the next row, or to ``end_at``."""
        ends = self.next_of(self.at) if end_at is None else end_at
        keep = begins & (self.has_next if end_at is None else np.ones(len(begins), np.bool_))
        return Intervals(
            kind,
            self.device[keep],
            self.at[keep],
            ends[keep],
            self.parameter[keep],
            valid[keep],
        )


def paired(events: Events, pair: Pair) -> Intervals:
    """The intervals of a pair, of any length."""
    rows = _Rows(events, (pair.begin, pair.end), by_code=pair.by_code)
    is_begin, ends_next = rows.code == pair.begin, rows.next_code == pair.end
    shown = is_begin | (ends_next & pair.shows_end)
    return rows.intervals(pair.kind, shown, valid=is_begin & ends_next)


def _toggled(events: Events, code: int, *, kind: str) -> Intervals:
    rows = _Rows(events, (code,), subject=events.device)
    on, off_next = rows.parameter == 1, rows.next_parameter() == 0
    return rows.intervals(kind, on | ((rows.parameter == 0) & off_next), valid=on & off_next)


def _faults(events: Events) -> Iterator[Intervals]:
    rows = _Rows(events, (RESTORED, *FAULTS))
    for code, kind in FAULTS.items():
        yield rows.intervals(kind, rows.code == code, valid=rows.next_code == RESTORED)


def _overlaps(events: Events) -> Iterator[Intervals]:
    rows = _Rows(events, tuple(range(61, 67)), by_code=True)
    for code, kind in OVERLAPS.items():
        yield rows.intervals(kind, rows.code == code, valid=rows.next_code != code)


def _transitions(events: Events) -> Iterator[Intervals]:
    events = events.where((events.code == TRANSITION) & (events.parameter <= max(TRANSITIONS)))
    ordered = events.take(np.lexsort((-events.parameter, events.at)))
    rows = _Rows(ordered, (TRANSITION,), subject=ordered.device)
    for parameter, kind in TRANSITIONS.items():
        found = rows.intervals(
            kind, rows.parameter == parameter, valid=np.ones(len(rows.at), np.bool_)
        )
        yield _without_value(found)


def _adjustments(events: Events) -> Intervals:
    rows = _Rows(events, (*ADJUSTED, 115), by_code=True)
    begins = np.isin(rows.code, ADJUSTED)
    return rows.intervals("priority-adjustment", begins, valid=np.ones(len(begins), np.bool_))


def _alarms(events: Events, *, cushion: int) -> Iterator[Intervals]:
    """What a vendor's alarm words say; the last one is shown for a while."""
    for code in (FLASH, ALARMS, ALARM_GROUP):
        found = events.of(code)
        found = found.take(np.lexsort((-found.parameter, found.at)))
        rows = _Rows(found, (code,), subject=found.device)
        end_at = np.where(rows.has_next, rows.next_of(rows.at), rows.at + cushion)
        always = np.ones(len(rows.at), np.bool_)
        if code == ALARM_GROUP:
            yield rows.intervals("alarm-group", always, valid=always, end_at=end_at)
        for number, name in enumerate(FLASHES if code == FLASH else (), start=1):
            is_it = rows.parameter == number
            yield _without_value(
                rows.intervals(f"flash-{name}", is_it, valid=always, end_at=end_at)
            )
        for bit, name in enumerate(ALARM_BITS if code == ALARMS else ()):
            is_it = (rows.parameter >> bit) & 1 == 1
            yield _without_value(rows.intervals(name, is_it, valid=always, end_at=end_at))


def _without_value(found: Intervals) -> Intervals:
    value = np.full(len(found), NO_VALUE)
    return Intervals(found.kind, found.device, found.begin_at, found.end_at, value, found.is_valid)
