"""What alarms asked of people: every alarm from raised to cleared, as a fold of the steps.

It is fed with the steps of a log and keeps the newest of them, so that a report over any recent
time costs no second look at the log.
"""

from collections import deque
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, field
from typing import Final

from haihe.log.sqlite import SqliteLog
from haihe.model.alarm import Alarm, Severity
from haihe.model.decision import OrderState
from haihe.model.line import (
    AlarmCleared,
    AlarmRaised,
    CaseClosed,
    CaseMerged,
    CaseOpened,
    OrderMoved,
    RuleChanged,
    Step,
    decode_lines,
)
from haihe.model.time import NEVER
from haihe.run.keeping import STEP

ALARMS_KEPT: Final = 200_000  # Ours: twenty years of one operator at EEMUA's pace is a million.
CASES_KEPT: Final = 50_000  # Ours: a quarter of them; each has an alarm at least.
ENTRIES_AT_ONCE: Final = 20_000  # Ours: a second or so; a long log is read over several looks.


@dataclass(slots=True)
class Raised:
    """One alarm.

    rule, entity, severity: of the alarm.
    raised_at, cleared_at: the log's time; ns; NEVER while it stands.
    shown_at: when it was put before an operator; NEVER if a case of another rule answered for it or
        it lay on a shelf.
    case: the case it is in; "" for none.
    is_under: whether that is a case of another rule.
    """

    rule: str
    entity: str
    severity: Severity
    raised_at: int
    cleared_at: int = NEVER
    shown_at: int = NEVER
    case: str = ""
    is_under: bool = False


@dataclass(slots=True)
class Opened:
    """One case.

    opened_at, closed_at: the log's time; ns; NEVER while it is open.
    again: whether the same episode had a case here before.
    merged: whether it went on in another.
    by: who closed it by hand; "" if evidence did.
    confirmed: whether somebody else verified an order of it: a person was there and saw.
    """

    case: str
    rule: str
    entity: str
    severity: Severity
    opened_at: int
    closed_at: int = NEVER
    again: bool = False
    merged: bool = False
    by: str = ""
    confirmed: bool = False


@dataclass
class AlarmBook:
    """The newest alarms and cases, oldest first, and what stands now.

    settings: of each rule that was ever changed, what differs from the shipped ones now.
    last_at: the log's time of the newest step; ns.
    """

    alarms: deque[Raised] = field(default_factory=lambda: deque(maxlen=ALARMS_KEPT))
    cases: deque[Opened] = field(default_factory=lambda: deque(maxlen=CASES_KEPT))
    standing: dict[tuple[str, str], Raised] = field(default_factory=dict)
    open_cases: dict[str, Opened] = field(default_factory=dict)
    settings: dict[str, dict[str, str]] = field(default_factory=dict)
    last_at: int = 0

    def take(self, steps: Iterable[Step]) -> None:
        """Let steps count."""
        for step in steps:
            self.last_at = max(self.last_at, step.at)
            match step:
                case AlarmRaised():
                    self._raised(step)
                case AlarmCleared(rule=rule, entity=entity):
                    self._cleared((rule, entity), at=step.at)
                case RuleChanged(rule=rule, settings=settings):
                    self.settings[rule] = settings
                    for place in [place for place in self.standing if place[0] == rule]:
                        self._cleared(place, at=step.at)
                case CaseOpened() | CaseMerged() | CaseClosed() | OrderMoved():
                    self._case(step)

    def of(self, sees: Callable[[str, str], bool]) -> "AlarmBook":
        """A copy that stays as it is, of those alarms and cases alone.

        sees: (rule, entity) to whether they are meant.
        """
        standing = {place: copy(one) for place, one in self.standing.items() if sees(*place)}
        return AlarmBook(
            deque(copy(one) for one in self.alarms if sees(one.rule, one.entity)),
            deque(copy(one) for one in self.cases if sees(one.rule, one.entity)),
            standing,
            settings=dict(self.settings),
            last_at=self.last_at,
        )

    def _raised(self, step: AlarmRaised) -> None:
        alarm = step.alarm
        known = self.standing.get((alarm.rule, alarm.entity))
        one = known if known is not None else _as_raised(alarm, at=step.at)
        if known is None:
            self.standing[alarm.rule, alarm.entity] = one
            self.alarms.append(one)
        one.case, one.is_under = step.case, bool(step.because)
        if step.case and not step.because and one.shown_at == NEVER:
            one.shown_at = step.at

    def _cleared(self, place: tuple[str, str], *, at: int) -> None:
        one = self.standing.pop(place, None)
        if one is not None:
            one.cleared_at = at

    def _case(self, step: CaseOpened | CaseMerged | CaseClosed | OrderMoved) -> None:
        match step:
            case CaseOpened():
                one = Opened(
                    step.case,
                    step.rule,
                    step.entity,
                    step.severity,
                    step.at,
                    again=bool(step.again),
                )
                self.open_cases[step.case] = one
                self.cases.append(one)
            case OrderMoved(state=OrderState.VERIFIED):
                found = self.open_cases.get(step.id.partition("/")[0])
                if found is not None:
                    found.confirmed = True
            case CaseMerged() | CaseClosed():
                ended = self.open_cases.pop(step.case, None)
                if ended is not None:
                    ended.closed_at = step.at
                    ended.merged = isinstance(step, CaseMerged)
                    ended.by = step.by if isinstance(step, CaseClosed) else ""


class AlarmReader:
    """A book that goes on at every look; one thread at a time may look."""

    def __init__(self, log: SqliteLog) -> None:
        """Read a log's steps from the beginning on."""
        self.book = AlarmBook()
        self._log = log
        self._next_offset = 0

    def look(self, entries: int = ENTRIES_AT_ONCE) -> bool:
        """Read on by at most so many entries; whether that was all there is."""
        for count, entry in enumerate(self._log.read(self._next_offset, streams=(STEP,))):
            if count >= entries:
                return False
            assert entry.body is not None  # Lines never move to history files.
            self.book.take(line for line in decode_lines(entry.body) if isinstance(line, Step))
            self._next_offset = entry.end_offset
        return True


def began_at(log: SqliteLog) -> int:
    """The log's time of its first entry; ns; 0 if it has none."""
    found = log.reader().execute("SELECT received_at FROM entry WHERE seq = 0").fetchone()
    return int(found[0]) if found else 0


def book_of(log: SqliteLog) -> AlarmBook:
    """The book of a whole log."""
    reader = AlarmReader(log)
    while not reader.look():
        pass
    return reader.book


def _as_raised(alarm: Alarm, *, at: int) -> Raised:
    return Raised(alarm.rule, alarm.entity, alarm.severity, at)
