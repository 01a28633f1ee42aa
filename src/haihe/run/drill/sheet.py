"""The sheet of a drill: what was done and when, beside what was done really that day."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from haihe.log import store
from haihe.log.sqlite import SqliteLog
from haihe.model.alarm import Severity
from haihe.model.case import Case
from haihe.model.decision import OrderState
from haihe.model.line import (
    CaseClosed,
    CaseMerged,
    CaseMoved,
    CaseOpened,
    Dispatched,
    Escalated,
    OrderMoved,
    Refused,
    Step,
    Verb,
    decode_lines,
)
from haihe.model.text import Text
from haihe.model.time import MINUTE, SECOND
from haihe.run.keeping import STEP, subjects_of
from haihe.run.span import Span

SAME_WITHIN: Final = 10 * MINUTE  # Ours: a case at one place so close in time is the same event.
CASES_MAX: Final = 2_000  # Ours: nobody goes through more with a trainer.
_HANDS: Final = (OrderState.ACCEPTED, OrderState.HANDLED, OrderState.REPORTED)


class Handling(msgspec.Struct, frozen=True):
    """What became of a case, in seconds after it was opened; null for what never came.

    case: its id; opened_at: ns.
    dispatched_s: the first order; accepted_s: the first hand on one; reported_s, verified_s: the
        first report and the first verdict; closed_s: its end.
    by_hand: who closed it without evidence; "" if evidence did, or it is open.
    missed: deadlines that passed, its own and its orders'.
    people: who acted on it, in order.
    """

    case: str
    opened_at: int
    dispatched_s: float | None = None
    accepted_s: float | None = None
    reported_s: float | None = None
    verified_s: float | None = None
    closed_s: float | None = None
    by_hand: str = ""
    missed: int = 0
    people: tuple[str, ...] = ()


class SheetRow(msgspec.Struct, frozen=True):
    """One event: as it was handled in the drill and that day; null where there was no such case.

    is_carried: whether it was open when the span began.
    """

    rule: str
    entity: str
    severity: Severity
    is_carried: bool
    drill: Handling | None
    then: Handling | None


class Mistake(msgspec.Struct, frozen=True):
    """Something done in the drill that should not be.

    at: ns; subject: the case, order or rule.
    """

    at: int
    by: str
    subject: str
    what: Text


class Sheet(msgspec.Struct, frozen=True):
    """What came of a drill.

    span: of the past; reached_at: how far it went; ns.
    built_from_at: from when on records made the state before it; ns, 0 for all there are.
    by: who held it; people: who acted in it.
    speeds: every speed it ran at, in order.
    missed, missed_then: deadlines that passed, in the drill and that day.
    """

    span: Span
    reached_at: int
    built_from_at: int
    by: str
    people: tuple[str, ...]
    speeds: tuple[float, ...]
    rows: tuple[SheetRow, ...]
    mistakes: tuple[Mistake, ...]
    missed: int
    missed_then: int


@dataclass(frozen=True, slots=True)
class Held:
    """How a drill was held, for its sheet."""

    span: Span
    reached_at: int
    built_from_at: int
    by: str
    speeds: tuple[float, ...]


@dataclass
class Course:
    """What happened in a span of a log: cases and how they were handled, and what was wrong."""

    rules: dict[str, tuple[str, str, Severity]] = field(default_factory=dict)
    handlings: dict[str, Handling] = field(default_factory=dict)
    carried: set[str] = field(default_factory=set)
    mistakes: list[Mistake] = field(default_factory=list)

    def take(self, step: Step, case: Case | None) -> None:
        """Let a step count.

        case: the one it speaks of, where that was open before the span.
        """
        if case is not None:
            self._known(case)
        match step:
            case CaseOpened():
                self.rules[step.case] = (step.rule, step.entity, step.severity)
                self.handlings[step.case] = Handling(step.case, step.at)
            case Dispatched():
                self._first(step.case, "dispatched_s", at=step.at)
            case OrderMoved():
                self._moved(step)
            case CaseMoved():
                self._hand(step.case, step.by)
            case CaseClosed():
                self._first(step.case, "closed_s", at=step.at)
                self._closed_by(step)
            case CaseMerged():
                self._first(step.case, "closed_s", at=step.at)
            case Escalated():
                self._put(step.case, missed=self._missed(step.case) + 1)
            case Refused():
                what = Text(
                    zh=f"未获准：{step.verb.value}，{step.reason}",
                    en=f"refused: {step.verb.value}, {step.reason}",
                )
                self.mistakes.append(Mistake(step.at, step.by, step.subject, what))

    def _known(self, case: Case) -> None:
        if case.id not in self.handlings:
            self.rules[case.id] = (case.rule, case.entity, case.severity)
            self.handlings[case.id] = Handling(case.id, case.opened_at)
            self.carried.add(case.id)

    def _moved(self, step: OrderMoved) -> None:
        case = step.id.partition("/")[0]
        if step.state in _HANDS:
            self._first(case, "accepted_s", at=step.at)
            self._hand(case, step.by)
        if step.state is OrderState.REPORTED:
            self._first(case, "reported_s", at=step.at)
        if step.state is OrderState.VERIFIED:
            self._first(case, "verified_s", at=step.at)
            self._hand(case, step.by)
        if step.state is OrderState.CANCELLED and step.by:
            what = Text(zh=f"撤销工单：{step.reason}", en=f"cancelled an order: {step.reason}")
            self.mistakes.append(Mistake(step.at, step.by, step.id, what))

    def _closed_by(self, step: CaseClosed) -> None:
        if step.by:
            self._hand(step.case, step.by)
            self._put(step.case, by_hand=step.by)
            what = Text(zh="无证据人工结案", en="closed by hand, without evidence")
            self.mistakes.append(Mistake(step.at, step.by, step.case, what))

    def _missed(self, case: str) -> int:
        return self.handlings[case].missed if case in self.handlings else 0

    def _hand(self, case: str, person: str) -> None:
        found = self.handlings.get(case)
        if found is not None and person and person not in found.people:
            self._put(case, people=(*found.people, person))

    def _first(self, case: str, name: str, *, at: int) -> None:
        """Note how long after its opening something first happened to a case."""
        found = self.handlings.get(case)
        if found is not None and getattr(found, name) is None:
            self._put(case, **{name: (at - found.opened_at) / SECOND})

    def _put(self, case: str, **changes: object) -> None:
        if case in self.handlings:
            self.handlings[case] = msgspec.structs.replace(self.handlings[case], **changes)


def course_of(log: SqliteLog, span: Span, *, after: int = 0) -> Course:
    """What happened in a span of a log; the first ``CASES_MAX`` cases of it.

    span: of the log's time.
    after: how long after it what was still done to those cases counts, but no deadline; ns.
    """
    course = Course()
    for entry in log.read(log.offset_since(span.from_at), streams=(STEP,)):
        for line in decode_lines(entry.body or b""):
            if not isinstance(line, Step) or line.at < span.from_at:
                continue
            if line.at >= span.to_at + after:
                return course
            if _is_sinks(line):
                continue
            if line.at >= span.to_at:
                if isinstance(line, OrderMoved | CaseMoved | CaseClosed | CaseMerged | Refused):
                    course.take(line, None)
                continue
            known = _of_before(log, line, course=course, span=span)
            if len(course.handlings) < CASES_MAX or not isinstance(line, CaseOpened):
                course.take(line, known)
    return course


def _is_sinks(step: Step) -> bool:
    """Whether it tells of what a sink did, which is nobody's hand."""
    match step:
        case Refused(verb=Verb.DELIVERED | Verb.UNDELIVERED):
            return True
        case OrderMoved(state=OrderState.DELIVERED | OrderState.UNDELIVERED):
            return True
        case _:
            return False


def sheet_of(drill: Course, then: Course, *, held: Held) -> Sheet:
    """The sheet: each event once, in the order they were opened."""
    rows = [row for row in _rows(drill, then) if _opened_at(row)[0] < held.reached_at]
    people = dict.fromkeys(
        person for handling in drill.handlings.values() for person in handling.people
    )
    done = dict.fromkeys(mistake.by for mistake in drill.mistakes if mistake.by)
    return Sheet(
        span=held.span,
        reached_at=held.reached_at,
        built_from_at=held.built_from_at,
        by=held.by,
        people=tuple({**people, **done}),
        speeds=held.speeds,
        rows=tuple(rows),
        mistakes=tuple(drill.mistakes),
        missed=sum(row.drill.missed for row in rows if row.drill is not None),
        missed_then=sum(row.then.missed for row in rows if row.then is not None),
    )


def _rows(drill: Course, then: Course) -> list[SheetRow]:
    """Each case of the drill with the one of that day that was at the same place at the time."""
    left = dict(then.handlings)
    found: list[SheetRow] = []
    for case, handling in drill.handlings.items():
        rule, entity, severity = drill.rules[case]
        same = _same(left, then, place=(rule, entity), opened_at=handling.opened_at)
        real = left.pop(same) if same else None
        is_carried = case in drill.carried
        found.append(SheetRow(rule, entity, severity, is_carried, handling, real))
    for case, real in left.items():
        rule, entity, severity = then.rules[case]
        found.append(SheetRow(rule, entity, severity, case in then.carried, None, real))
    return sorted(found, key=_opened_at)


def _opened_at(row: SheetRow) -> tuple[int, str, str]:
    of = row.drill or row.then
    assert of is not None  # A row is of a case of one or the other.
    return of.opened_at, row.rule, row.entity


def _same(
    left: dict[str, Handling], then: Course, *, place: tuple[str, str], opened_at: int
) -> str:
    """The nearest case of the same rule at the same entity; "" if none is near in time."""
    near: Sequence[tuple[int, str]] = [
        (abs(one.opened_at - opened_at), case)
        for case, one in left.items()
        if then.rules[case][:2] == place and abs(one.opened_at - opened_at) <= SAME_WITHIN
    ]
    return min(near)[1] if near else ""


def _of_before(log: SqliteLog, step: Step, *, course: Course, span: Span) -> Case | None:
    """The case a step speaks of, where that was opened before the span and not seen yet."""
    for subject in subjects_of(step):
        if subject not in course.handlings:
            case = store.find_case(log.reader(), subject)
            if case is not None and case.opened_at < span.from_at:
                return case
    return None
