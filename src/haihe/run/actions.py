"""What people and sinks do to orders, cases and rules, as steps; or a refusal that says why."""

from collections.abc import Iterator
from typing import Final

from haihe.errors import MoveIllegal
from haihe.model.case import CASE_MOVES, Case, CaseState
from haihe.model.decision import OrderState, WorkOrder
from haihe.model.line import Action, CaseClosed, CaseMoved, OrderMoved, Refused, Step, Verb
from haihe.model.text import Text
from haihe.run.casework import Casework
from haihe.run.shelf import Shelved
from haihe.run.timers import HOLD_ENDS, SHELF_ENDS, Timer
from haihe.run.view import AsOf
from haihe.state.desk import may_move

ORDER_VERBS: Final = {
    Verb.ACCEPT: OrderState.ACCEPTED,
    Verb.HANDLE: OrderState.HANDLED,
    Verb.REPORT: OrderState.REPORTED,
    Verb.VERIFY: OrderState.VERIFIED,
    Verb.SEND_BACK: OrderState.ACCEPTED,
    Verb.CANCEL: OrderState.CANCELLED,
    Verb.DELIVERED: OrderState.DELIVERED,
    Verb.UNDELIVERED: OrderState.UNDELIVERED,
}
HANDS_ON: Final = frozenset({Verb.ACCEPT, Verb.HANDLE, Verb.REPORT, Verb.VERIFY})
CASE_VERBS: Final = frozenset({Verb.HOLD, Verb.RESUME, Verb.OVERRIDE})
RULE_VERBS: Final = frozenset({Verb.SHELVE, Verb.UNSHELVE})
REASON_NEEDED: Final = frozenset(
    {Verb.SEND_BACK, Verb.CANCEL, Verb.HOLD, Verb.OVERRIDE, Verb.SHELVE}
)


def act(casework: Casework, action: Action, *, view: AsOf) -> Iterator[Step]:
    """The steps that follow from an action on an order, a case or a rule."""
    try:
        if action.verb in REASON_NEEDED and not action.reason.strip():
            raise MoveIllegal(f"'{action.verb}' needs a reason; say why in 'reason'.")
        if action.verb in ORDER_VERBS:
            yield from _on_order(casework, action, view=view)
        elif action.verb in CASE_VERBS:
            yield from _on_case(casework, action, view=view)
        elif action.verb in RULE_VERBS:
            yield from _on_rule(casework, action, view=view)
    except MoveIllegal as error:
        yield Refused(
            at=action.at,
            verb=action.verb,
            subject=action.subject,
            by=action.by,
            reason=str(error),
        )


def check_order_move(order: WorkOrder, action: Action) -> OrderState:
    """The state the action brings the order to.

    Raises MoveIllegal if it may not go there, or the verifier is who handled it.
    """
    state = ORDER_VERBS[action.verb]
    if action.verb is Verb.SEND_BACK and order.state is not OrderState.REPORTED:
        raise MoveIllegal(f"order {order.id} is {order.state}; only a reported one is sent back.")
    if action.verb is Verb.ACCEPT and order.state is OrderState.REPORTED:
        raise MoveIllegal(f"order {order.id} is reported already; verify it or send it back.")
    if not may_move(order, state):
        raise MoveIllegal(f"order {order.id} is {order.state}; it cannot become {state}.")
    if action.verb in HANDS_ON and action.by in order.order.barred:
        raise MoveIllegal(
            f"order {order.id} is not for {action.by}, who had a hand in what it judges; "
            "someone else must do it."
        )
    if action.verb is Verb.REPORT:
        _check_outcome(order, action.outcome)
    if action.verb in (Verb.VERIFY, Verb.SEND_BACK) and action.by in (*order.hands, ""):
        raise MoveIllegal(
            f"order {order.id} was handled by {', '.join(order.hands)}; someone else must judge it."
        )
    return state


def _check_outcome(order: WorkOrder, outcome: str) -> None:
    """Refuse a report that does not say how the order ended, or says what it cannot.

    Raises MoveIllegal.
    """
    known = [one.name for one in order.order.outcomes]
    if outcome not in known and (known or outcome):
        ways = ", ".join(known) or "no 'outcome'"
        raise MoveIllegal(f"order {order.id} cannot end as '{outcome}'; report it with {ways}.")


def _on_order(casework: Casework, action: Action, *, view: AsOf) -> Iterator[Step]:
    order = casework.desk.orders.get(action.subject)
    if order is None:
        raise MoveIllegal(f"there is no open order '{action.subject}'.")
    state = check_order_move(order, action)
    yield casework.done(
        OrderMoved(
            at=action.at,
            id=order.id,
            state=state,
            by=action.by,
            reason=action.reason,
            outcome=action.outcome,
        )
    )
    yield from casework.order_moved(order.case, view)


def _on_case(casework: Casework, action: Action, *, view: AsOf) -> Iterator[Step]:
    case = casework.desk.cases.get(action.subject)
    if case is None:
        raise MoveIllegal(f"there is no open case '{action.subject}'.")
    if action.verb is Verb.OVERRIDE:
        yield from _override(casework, case, action=action, view=view)
        return
    state = CaseState.HELD if action.verb is Verb.HOLD else CaseState.OPEN
    if state not in CASE_MOVES[case.state]:
        raise MoveIllegal(f"case {case.id} is {case.state}; it cannot become {state}.")
    casework.timers.drop(HOLD_ENDS, case.id)
    if state is CaseState.HELD:
        if action.until <= action.at:
            raise MoveIllegal(f"hold {case.id} until when? 'until' must be in the future.")
        casework.timers.add(Timer(action.until, HOLD_ENDS, case.id))
    yield casework.done(
        CaseMoved(at=action.at, case=case.id, state=state.value, by=action.by, reason=action.reason)
    )
    yield from casework.close_if_over(case.id, view)


def _override(casework: Casework, case: Case, *, action: Action, view: AsOf) -> Iterator[Step]:
    """A person closes the case without evidence, under their name and reason."""
    for order in casework.desk.orders_of(case.id):
        if not order.is_settled:
            yield casework.done(
                OrderMoved(
                    at=action.at,
                    id=order.id,
                    state=OrderState.CANCELLED,
                    by=action.by,
                    reason=action.reason,
                )
            )
    step = CaseClosed(
        at=action.at,
        case=case.id,
        why=Text(zh=f"人工结案：{action.reason}", en=f"closed by hand: {action.reason}"),
        first_offset=-1,
        last_offset=-1,
        by=action.by,
    )
    yield from casework.closed(step, view)


def _on_rule(casework: Casework, action: Action, *, view: AsOf) -> Iterator[Step]:
    rule = action.subject.partition(" ")[0]
    if rule not in casework.rules and rule not in casework.steered:
        known = ", ".join(sorted((*casework.rules, *casework.steered)))
        raise MoveIllegal(f"there is no rule '{rule}'; there are {known}.")
    if action.verb is Verb.UNSHELVE:
        yield from casework.unshelved(action.subject, view)
        return
    if action.until <= action.at:
        raise MoveIllegal(f"shelve {action.subject} until when? 'until' must be in the future.")
    casework.shelved[action.subject] = Shelved(
        action.until, by=action.by, reason=action.reason, at=action.at
    )
    casework.timers.add(Timer(action.until, SHELF_ENDS, action.subject))
