"""How a case stood at an instant of the past, from its lines in the log."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from haihe.log import store
from haihe.log.sqlite import SqliteLog
from haihe.model.alarm import Severity
from haihe.model.case import Case, CaseState
from haihe.model.decision import ENDED, Order, OrderState
from haihe.model.line import (
    CaseClosed,
    CaseMerged,
    CaseMoved,
    CaseOpened,
    Dispatched,
    Escalated,
    Line,
    OrderMoved,
)
from haihe.run.audit import timeline

CASES_MAX: Final = 2_000  # Ours: a shift with more is a flood, and its figures say so.
_HANDS: Final = (OrderState.ACCEPTED, OrderState.HANDLED, OrderState.REPORTED)


@dataclass
class OrderThen:
    """An order as it was.

    dispatched_at, due_at: ns; settled_at: ns, 0 while it was not.
    handler: whose hands it was in last; "" for nobody's.
    """

    id: str
    order: Order
    dispatched_at: int
    due_at: int
    state: OrderState = OrderState.DISPATCHED
    handler: str = ""
    settled_at: int = 0


@dataclass
class CaseThen:
    """A case as it was.

    opened_at, due_at: ns; closed_at: ns, 0 while it was open.
    by: who closed it by hand; "" if evidence did.
    missed: when deadlines of it or its orders passed; ns.
    """

    id: str
    rule: str
    entity: str
    severity: Severity
    opened_at: int
    due_at: int
    again: str = ""
    state: CaseState = CaseState.OPEN
    closed_at: int = 0
    by: str = ""
    orders: dict[str, OrderThen] = field(default_factory=dict)
    missed: list[int] = field(default_factory=list)

    @property
    def owner(self) -> str:
        """Who had it in hand: the last who took an order of it, or whom one was given to."""
        orders = list(self.orders.values())
        hands = [order.handler for order in orders if order.handler]
        given = [order.order.assignee for order in orders if order.state not in ENDED]
        return next(iter((*reversed(hands), *given)), "")

    def take(self, line: Line) -> None:
        """Let a line of the case count."""
        match line:
            case Dispatched():
                self.orders[line.id] = OrderThen(line.id, line.order, line.at, line.due_at)
            case OrderMoved():
                self._moved(line)
            case CaseMoved(state=state):
                self.state = CaseState(state)
            case Escalated(at=at):
                self.missed.append(at)
            case CaseClosed(at=at, by=by):
                self.state, self.closed_at, self.by = CaseState.CLOSED, at, by
            case CaseMerged(at=at, case=case) if case == self.id:
                self.state, self.closed_at = CaseState.CLOSED, at

    def _moved(self, line: OrderMoved) -> None:
        order = self.orders.get(line.id)
        if order is None:
            return
        order.state = line.state
        order.handler = line.by if line.state in _HANDS else order.handler
        order.settled_at = line.at if line.state in ENDED else 0


def cases_of(log: SqliteLog, from_at: int, *, to_at: int) -> tuple[list[CaseThen], bool]:
    """Every case that was open at some time of a span, as it stood at the span's end.

    from_at, to_at: ns.
    Returns them, the oldest first, and whether these are all.
    """
    found = log.reader().execute(
        "SELECT id FROM cases WHERE opened_at < ? AND (closed_at IS NULL OR closed_at >= ?) "
        "ORDER BY opened_at, id LIMIT ?",
        (to_at, from_at, CASES_MAX + 1),
    )
    ids = [case for (case,) in found]
    cases = [_case_then(log, case, to_at=to_at) for case in ids[:CASES_MAX]]
    return [case for case in cases if case is not None], len(ids) <= CASES_MAX


def cases_between(log: SqliteLog, pack: str, *, from_at: int, to_at: int, most: int) -> list[Case]:
    """The cases of a pack that were open at some time of a span, as they are now, oldest first.

    from_at, to_at: ns. most: how many at most.
    """
    found = log.reader().execute(
        "SELECT id FROM cases WHERE opened_at < ? AND (closed_at IS NULL OR closed_at >= ?) "
        "AND id GLOB ? ORDER BY opened_at, id LIMIT ?",
        (to_at, from_at, f"{pack}-[0-9]*", most),
    )
    cases = [store.find_case(log.reader(), case) for (case,) in found.fetchall()]
    return [case for case in cases if case is not None]


def _case_then(log: SqliteLog, case_id: str, *, to_at: int) -> CaseThen | None:
    case = store.find_case(log.reader(), case_id)
    assert case is not None  # The list has it from the same table.
    return case_then(case, (told.line for told in timeline(log, case_id)), to_at=to_at)


def case_then(case: Case, lines: Iterable[Line], *, to_at: int) -> CaseThen | None:
    """A case as it stood at an instant; None if it was not open yet.

    case: as it is now; lines: all about it, oldest first.
    """
    then: CaseThen | None = None
    for line in _before(lines, to_at):
        if isinstance(line, CaseOpened) and line.case == case.id:
            then = CaseThen(
                case.id, line.rule, line.entity, line.severity, line.at, line.due_at, line.again
            )
        elif then is not None:
            then.take(line)
    return then


def _before(lines: Iterable[Line], at: int) -> Iterator[Line]:
    return (line for line in lines if line.at < at)
