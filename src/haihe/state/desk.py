"""The desk: open cases, their orders, standing alarms and shelves, as a fold of the steps."""

from dataclasses import dataclass, field

from msgspec.structs import replace

from haihe.model.alarm import Alarm
from haihe.model.case import ALARMS_KEPT, Case, CaseState
from haihe.model.decision import ORDER_MOVES, OrderState, WorkOrder
from haihe.model.line import (
    AlarmCleared,
    AlarmRaised,
    CaseClosed,
    CaseJoined,
    CaseMerged,
    CaseMoved,
    CaseOpened,
    Decided,
    Dispatched,
    Escalated,
    OrderMoved,
    RuleChanged,
    Step,
)


@dataclass
class Desk:
    """What is open now. Closed cases leave it; the store and the log keep them.

    cases: open and held cases by id, in the order they were opened.
    orders: the orders of those cases by id.
    standing: rule and entity to the alarm that has not cleared.
    opened: pack to how many cases it ever opened; the next case's number.
    decided: case to how many decisions it has.
    numbered: case to the ids of its orders, oldest first.
    changed_cases, changed_orders: what changed since the store last took it.
    """

    cases: dict[str, Case] = field(default_factory=dict)
    orders: dict[str, WorkOrder] = field(default_factory=dict)
    standing: dict[tuple[str, str], Alarm] = field(default_factory=dict)
    opened: dict[str, int] = field(default_factory=dict)
    decided: dict[str, int] = field(default_factory=dict)
    numbered: dict[str, list[str]] = field(default_factory=dict)
    changed_cases: dict[str, Case] = field(default_factory=dict)
    changed_orders: dict[str, WorkOrder] = field(default_factory=dict)

    def apply(self, step: Step) -> None:
        """Let a step happen. Steps the desk does not hold (refusals, rules) change nothing."""
        match step:
            case AlarmRaised():
                _alarm_raised(self, step)
            case AlarmCleared():
                self.standing.pop((step.rule, step.entity), None)
            case RuleChanged():
                _rule_changed(self, step)
            case CaseOpened():
                _case_opened(self, step)
            case CaseJoined():
                _case_joined(self, step)
            case CaseMerged():
                _case_merged(self, step)
            case Decided():
                _decided(self, step)
            case Dispatched() | OrderMoved() | Escalated():
                _order_changed(self, step)
            case CaseMoved():
                self.keep(replace(self.cases[step.case], state=CaseState(step.state)))
            case CaseClosed():
                closed = replace(self.cases[step.case], state=CaseState.CLOSED, closed_at=step.at)
                self.keep(closed)

    def orders_of(self, case: str) -> tuple[WorkOrder, ...]:
        """The case's orders, oldest first."""
        known = self.numbered.get(case, ())
        return tuple(self.orders[order] for order in known if order in self.orders)

    def keep(self, case: Case) -> None:
        """Hold the case as it is now."""
        self.changed_cases[case.id] = case
        if case.state is CaseState.CLOSED:
            self._drop(case)
        else:
            self.cases[case.id] = case

    def keep_order(self, order: WorkOrder) -> None:
        """Hold the order as it is now."""
        if order.id not in self.orders:
            self.numbered.setdefault(order.case, []).append(order.id)
        self.orders[order.id] = order
        self.changed_orders[order.id] = order
        self._drop_order(order)

    def forget_orders(self, case: str) -> None:
        """Let go of all orders of a case: where they are withheld nothing more becomes of them."""
        for order in self.numbered.pop(case, ()):
            del self.orders[order]

    def _drop(self, case: Case) -> None:
        self.cases.pop(case.id, None)
        self.decided.pop(case.id, None)
        for order in self.orders_of(case.id):
            self._drop_order(order)

    def _drop_order(self, order: WorkOrder) -> None:
        """Let go of a settled order of a closed case; one still under way stays."""
        if order.case in self.cases or not order.is_settled:
            return
        del self.orders[order.id]
        self.numbered[order.case].remove(order.id)
        if not self.numbered[order.case]:
            del self.numbered[order.case]


def may_move(order: WorkOrder, state: OrderState) -> bool:
    """Whether an order may go to that state now."""
    return state in ORDER_MOVES[order.state]


def _alarm_raised(desk: Desk, step: AlarmRaised) -> None:
    alarm = step.alarm
    desk.standing[alarm.rule, alarm.entity] = alarm
    case = desk.cases.get(step.case)
    if case is None:
        return
    if alarm.rule != case.rule:
        desk.keep(_answering_for(case, alarm))
        return
    desk.keep(
        replace(
            case,
            alarms=(*case.alarms, alarm)[-ALARMS_KEPT:],
            alarms_total=case.alarms_total + 1,
            severity=max(case.severity, alarm.severity),
        )
    )


def _rule_changed(desk: Desk, step: RuleChanged) -> None:
    """Its alarms are forgotten: with the new settings they are raised again if they still hold."""
    for place in [place for place in desk.standing if place[0] == step.rule]:
        del desk.standing[place]


def _case_opened(desk: Desk, step: CaseOpened) -> None:
    pack = step.rule.partition(".")[0]
    desk.opened[pack] = desk.opened.get(pack, 0) + 1
    desk.keep(
        Case(
            id=step.case,
            rule=step.rule,
            version=step.version,
            entity=step.entity,
            entities=(step.entity,),
            severity=step.severity,
            state=CaseState.OPEN,
            opened_at=step.at,
            due_at=step.due_at,
            alarms=(),
            alarms_total=0,
            again=step.again,
        )
    )


def _case_joined(desk: Desk, step: CaseJoined) -> None:
    case = desk.cases[step.case]
    if step.entity not in case.entities:
        desk.keep(replace(case, entities=(*case.entities, step.entity)))


def _case_merged(desk: Desk, step: CaseMerged) -> None:
    """What the one case held is signs of the other from now on."""
    case, into = desk.cases[step.case], desk.cases[step.into]
    for alarm in (*case.alarms, *case.also):
        into = _answering_for(into, alarm)
    told = len(case.alarms) + len(case.also)
    total = into.also_total + case.alarms_total + case.also_total - told
    desk.keep(replace(into, also_total=total, severity=max(into.severity, case.severity)))
    desk.keep(replace(case, state=CaseState.CLOSED, closed_at=step.at, into=step.into))


def _answering_for(case: Case, alarm: Alarm) -> Case:
    """The case with one more alarm of another rule; it is as bad as the worst of them."""
    place = (alarm.rule, alarm.entity)
    others = tuple(one for one in case.also if (one.rule, one.entity) != place)
    return replace(
        case,
        also=(*others, alarm)[-ALARMS_KEPT:],
        also_total=case.also_total + 1,
        severity=max(case.severity, alarm.severity),
    )


def _decided(desk: Desk, step: Decided) -> None:
    case = desk.cases.get(step.case)
    if case is not None:
        desk.decided[step.case] = step.number
        desk.keep(replace(case, why=step.why))


def _order_changed(desk: Desk, step: Dispatched | OrderMoved | Escalated) -> None:
    match step:
        case Dispatched():
            order = WorkOrder.dispatched(step.id, step.case, order=step.order, at=step.at)
            desk.keep_order(order)
        case OrderMoved():
            _order_moved(desk, step)
        case Escalated(order=order_id) if order_id in desk.orders:
            desk.keep_order(replace(desk.orders[order_id], overdue=True))


def _order_moved(desk: Desk, step: OrderMoved) -> None:
    order = desk.orders[step.id]
    handles = step.state in (OrderState.ACCEPTED, OrderState.HANDLED, OrderState.REPORTED)
    sent_back = order.state is OrderState.REPORTED and step.state is OrderState.ACCEPTED
    if handles and not sent_back:
        hands = order.hands if step.by in order.hands else (*order.hands, step.by)
        order = replace(order, handler=step.by, hands=hands)
    if step.state is OrderState.REPORTED:
        order = replace(order, outcome=step.outcome, words=step.reason)
    elif step.state in (OrderState.UNDELIVERED, OrderState.OVERTAKEN):
        order = replace(order, words=step.reason)
    desk.keep_order(replace(order, state=step.state))
