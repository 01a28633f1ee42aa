"""A tick's steps into the log, with the cases, orders, letters and position they bring along."""

from collections.abc import Iterable, Iterator

from haihe.log import store
from haihe.log.sqlite import Transaction
from haihe.model.decision import OrderState, WorkOrder
from haihe.model.line import (
    AlarmRaised,
    CaseClosed,
    CaseJoined,
    CaseMerged,
    CaseMoved,
    CaseOpened,
    Decided,
    Dispatched,
    EffectMeasured,
    Escalated,
    OrderMoved,
    Refused,
    RuleChanged,
    RuleFailed,
    Step,
    TurnTaken,
)
from haihe.run.engine import Outcome
from haihe.state.desk import Desk

STEP, SHADOW, TICK = "step", "shadow", "tick"


def keep_steps(transaction: Transaction, outcome: Outcome, *, desk: Desk) -> None:
    """Append the steps and everything that must be true together with them.

    A step's own records are the tick's product: the position is that of the records it read.
    """
    if outcome.steps:
        first_offset = transaction.append_lines(outcome.steps, author=STEP)
        subjects = sorted({subject for step in outcome.steps for subject in traced(step)})
        store.put_traces(transaction.db, [(subject, first_offset) for subject in subjects])
    for rule, steps in outcome.shadow_steps.items():  # Apart: each shadow numbers its own cases.
        transaction.append_lines(steps, author=f"{SHADOW} {rule}")
    store.put_cases(transaction.db, desk.changed_cases.values())
    store.put_orders(transaction.db, desk.changed_orders.values())
    store.post_letters(transaction.db, _dispatched(outcome.steps))
    store.withdraw_letters(transaction.db, _moved(outcome.steps, OrderState.CANCELLED))
    overtaken = _moved(outcome.steps, OrderState.OVERTAKEN)
    store.withdraw_letters(transaction.db, overtaken, state=store.OVERTAKEN)
    store.set_position(transaction.db, TICK, next_offset=outcome.next_offset)


def subjects_of(step: Step) -> Iterator[str]:
    """The cases and rules a step speaks of."""
    match step:
        case AlarmRaised():
            yield step.case or step.alarm.rule
        case CaseOpened(case=case) | CaseJoined(case=case) | Decided(case=case):
            yield case
        case CaseMerged(case=case, into=into):
            yield from (case, into)
        case CaseMoved(case=case) | CaseClosed(case=case):
            yield case
        case Dispatched(case=case) | Escalated(case=case):
            yield case
        case OrderMoved(id=order) | EffectMeasured(order=order):
            yield order.partition("/")[0]
        case Refused(subject=subject):
            yield subject.partition("/")[0]
        case RuleChanged(rule=rule) | RuleFailed(rule=rule) | TurnTaken(rule=rule):
            yield rule


def head_of(subject: str) -> str:
    """Under what the lines of a subject are found: its case; of a loop's order the order itself.

    >>> head_of("gallery-17/3"), head_of("traffic.signals/812")
    ('gallery-17', 'traffic.signals/812')
    """
    head = subject.partition("/")[0]
    return subject if "." in head else head


def orders_trace(loop: str, entity: str) -> str:
    """Under what a loop's orders to a thing are found."""
    return f"{loop} {entity}"


def traced(step: Step) -> Iterator[str]:
    """Under what a step is found again: as ``subjects_of``, but each order of a loop apart.

    A loop gives a thousand orders an hour; who asks for one must not read them all.
    """
    match step:
        case Decided(case=loop) if "." in loop:
            yield from step.orders
        case Dispatched(case=loop) if "." in loop:
            yield from (step.id, orders_trace(loop, step.order.entity))
        case OrderMoved(id=order) | EffectMeasured(order=order):
            yield head_of(order)
        case Refused(subject=subject):
            yield head_of(subject)
        case TurnTaken():  # It stands before its decisions, in the same entry.
            return
        case _:
            yield from subjects_of(step)


def _dispatched(steps: Iterable[Step]) -> Iterator[WorkOrder]:
    for step in steps:
        if isinstance(step, Dispatched):
            yield WorkOrder.dispatched(step.id, step.case, order=step.order, at=step.at)


def _moved(steps: Iterable[Step], state: OrderState) -> Iterator[tuple[str, int]]:
    """The orders that came to a state, and when."""
    for step in steps:
        if isinstance(step, OrderMoved) and step.state is state:
            yield step.id, step.at
