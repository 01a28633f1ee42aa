"""The desk takes steps one after the other; what is settled and closed leaves it."""

import pytest

from haihe.model import MINUTE, Alarm, CaseState, Order, OrderState, Settled, Severity, Text
from haihe.model.case import ALARMS_KEPT
from haihe.model.line import (
    AlarmCleared,
    AlarmRaised,
    CaseClosed,
    CaseJoined,
    CaseMoved,
    CaseOpened,
    Decided,
    Dispatched,
    Escalated,
    OrderMoved,
    Refused,
    RuleChanged,
    Verb,
)
from haihe.state.desk import Desk, may_move

NAME = Text(zh="名", en="name")


def opened(case: str = "t-1") -> CaseOpened:
    return CaseOpened(
        at=1, case=case, rule="t.high", version="1", entity="e/1", severity=Severity.MINOR, due_at=9
    )


def alarm(entity: str = "e/1", *, severity: Severity = Severity.MINOR, at: int = 1) -> Alarm:
    return Alarm("t.high", entity, "t.value", "value", severity, 12.0, 10.0, at, at, at)


def dispatched(order: str = "t-1/1", *, settled: Settled = Settled.BY_VERIFICATION) -> Dispatched:
    given = Order(
        action="act", entity="e/1", assignee="x", due_in=5 * MINUTE, title=NAME, settled=settled
    )
    return Dispatched(
        at=2, id=order, case=order.partition("/")[0], order=given, due_at=2 + 5 * MINUTE
    )


def moved(state: OrderState, by: str, order: str = "t-1/1") -> OrderMoved:
    return OrderMoved(at=3, id=order, state=state, by=by)


def closed(case: str = "t-1") -> CaseClosed:
    return CaseClosed(at=8, case=case, why=NAME, first_offset=1, last_offset=4)


def desk_with(*steps: object) -> Desk:
    desk = Desk()
    for step in steps:
        desk.apply(step)  # type: ignore[arg-type]  # Steps, as the callers name them.
    return desk


def test_a_case_gathers_its_alarms_entities_and_the_worst_severity() -> None:
    desk = desk_with(
        opened(),
        AlarmRaised(at=1, alarm=alarm(), case="t-1"),
        CaseJoined(at=2, case="t-1", entity="e/2", severity=Severity.SEVERE, because="neighbour"),
        AlarmRaised(at=2, alarm=alarm("e/2", severity=Severity.SEVERE), case="t-1"),
        AlarmRaised(at=3, alarm=alarm("e/1", at=3), case="t-1"),
    )
    case = desk.cases["t-1"]
    assert case.entities == ("e/1", "e/2")
    assert (case.severity, case.alarms_total) == (Severity.SEVERE, 3)
    assert [each.entity for each in case.alarms] == ["e/1", "e/2", "e/1"]
    assert set(desk.standing) == {("t.high", "e/1"), ("t.high", "e/2")}


def test_a_case_keeps_the_newest_alarms_and_counts_all() -> None:
    many = [AlarmRaised(at=n, alarm=alarm(at=n), case="t-1") for n in range(ALARMS_KEPT + 9)]
    case = desk_with(opened(), *many).cases["t-1"]
    assert (len(case.alarms), case.alarms_total) == (ALARMS_KEPT, ALARMS_KEPT + 9)
    assert case.alarms[-1].raised_at == ALARMS_KEPT + 8


def test_a_cleared_alarm_stands_no_more_and_a_changed_rule_forgets_its_own() -> None:
    other = Alarm("t.low", "e/1", "t.value", "value", Severity.MINOR, 1.0, 2.0, 1, 1, 1)
    desk = desk_with(
        *(AlarmRaised(at=1, alarm=each, case="") for each in (alarm(), alarm("e/2"), other)),
        AlarmCleared(at=2, rule="t.high", entity="e/1", value=1.0, observed_at=2, offset=2),
    )
    assert set(desk.standing) == {("t.high", "e/2"), ("t.low", "e/1")}
    desk.apply(
        RuleChanged(
            at=3, rule="t.high", version="2", settings={}, by="ann", second="", reason="better"
        )
    )
    assert set(desk.standing) == {("t.low", "e/1")}


def test_everyone_who_had_a_hand_in_an_order_is_remembered() -> None:
    desk = desk_with(
        opened(),
        dispatched(),
        moved(OrderState.ACCEPTED, "ann"),
        moved(OrderState.HANDLED, "bo"),
        moved(OrderState.REPORTED, "ann"),
        moved(OrderState.ACCEPTED, "judge"),  # Sent back: judging is no handling.
    )
    order = desk.orders["t-1/1"]
    assert (order.state, order.handler, order.hands) == (OrderState.ACCEPTED, "ann", ("ann", "bo"))


def test_closing_lets_go_of_what_is_settled_and_keeps_what_is_under_way() -> None:
    desk = desk_with(
        opened(),
        dispatched("t-1/1"),
        dispatched("t-1/2", settled=Settled.BY_RECEIPT),
        moved(OrderState.DELIVERED, "sink", "t-1/2"),
        closed(),
        dispatched("t-1/3", settled=Settled.BY_RECEIPT),
    )
    assert desk.cases == {}
    assert list(desk.orders) == ["t-1/1", "t-1/3"]
    desk.apply(moved(OrderState.DELIVERED, "sink", "t-1/3"))
    desk.apply(moved(OrderState.CANCELLED, "ann", "t-1/1"))
    assert (desk.orders, desk.numbered) == ({}, {})
    assert desk.changed_cases["t-1"].state is CaseState.CLOSED
    assert desk.changed_cases["t-1"].closed_at == 8
    assert set(desk.changed_orders) == {"t-1/1", "t-1/2", "t-1/3"}


def test_a_decision_after_the_closing_leaves_nothing_behind() -> None:
    decided = Decided(
        at=8, case="t-1", number=2, rule="t.high", version="1", settings="", why=NAME,
        alternatives=(), orders=(), saw=(),
    )  # fmt: skip
    desk = desk_with(opened(), closed(), decided)
    assert (desk.cases, desk.decided) == ({}, {})


def test_a_deadline_marks_its_order_and_nothing_else() -> None:
    late = Escalated(at=9, case="t-1", order="t-1/1", to="duty-officer", due_at=9)
    gone = Escalated(at=9, case="t-1", order="t-1/7", to="duty-officer", due_at=9)
    desk = desk_with(opened(), dispatched("t-1/1"), dispatched("t-1/2"), late, gone)
    assert [order.overdue for order in desk.orders_of("t-1")] == [True, False]


@pytest.mark.parametrize("states", [["held"], ["held", "open"]])
def test_a_case_is_held_and_resumed(states: list[str]) -> None:
    moves = [CaseMoved(at=2, case="t-1", state=each, by="ann", reason="so") for each in states]
    assert desk_with(opened(), *moves).cases["t-1"].state.value == states[-1]


def test_what_a_desk_does_not_hold_changes_nothing() -> None:
    before = desk_with(opened(), dispatched())
    after = desk_with(
        opened(), dispatched(), Refused(at=3, verb=Verb.ACCEPT, subject="t-1/9", by="x", reason="y")
    )
    assert after == before


@pytest.mark.parametrize("state", OrderState)
def test_what_is_over_moves_no_more(state: OrderState) -> None:
    for over in (OrderState.VERIFIED, OrderState.CANCELLED):
        desk = desk_with(opened(), dispatched())
        desk.orders["t-1/1"] = type(desk.orders["t-1/1"])(
            id="t-1/1",
            case="t-1",
            order=desk.orders["t-1/1"].order,
            state=over,
            dispatched_at=2,
            due_at=3,
        )
        assert not may_move(desk.orders["t-1/1"], state)
