"""Cases one at a time: opened, decided, held, shelved, closed, stood down."""

from haihe.model import MINUTE, Case, Decision, Text
from haihe.model.line import (
    Action,
    AlarmRaised,
    CaseClosed,
    Clock,
    Decided,
    Dispatched,
    Escalated,
    Refused,
    Verb,
)
from haihe.pack import View
from haihe.run.view import AsOf
from tests.run.packs import NAME, Zone, kinds, minute, one_order, order, pack_of


def act(verb: Verb, subject: str, by: str, *, at: float, until: float = 0.0) -> Action:
    return Action(
        at=minute(at), verb=verb, subject=subject, by=by, reason="so it is", until=minute(until)
    )


def stand_down(case: Case, view: View) -> Decision:
    seen = view.latest("t.value", case.entity)
    assert seen is not None
    return Decision(orders=(order("off", by_receipt=True),), why=Text(zh="", en=str(seen.offset)))


def test_a_case_goes_from_alarm_to_verified_closure() -> None:
    zone = Zone(pack_of(decide=one_order))
    assert kinds(zone.hear((0, 1), (1, 12))) == [
        "CaseOpened", "AlarmRaised", "Decided", "Dispatched",
    ]  # fmt: skip
    assert kinds(zone.hear((2, 1), (3, 1), (4, 1))) == ["AlarmCleared"]
    assert kinds(zone.tell(act(Verb.REPORT, "t-1/1", "ann", at=4))) == ["OrderMoved"]
    assert kinds(zone.tell(act(Verb.VERIFY, "t-1/1", "bo", at=4))) == ["OrderMoved", "CaseClosed"]
    assert zone.engine.track.casework.desk.cases == {}
    assert zone.engine.track.casework.desk.orders == {}


def test_a_case_is_not_closed_while_its_alarm_stands() -> None:
    zone = Zone(pack_of())
    zone.hear((0, 12))
    # Inside the closure's idea of low is not enough when the detector has not let go.
    zone.engine.track.casework.desk.standing["t.high", "thing/1"] = next(
        step.alarm for step in zone.steps if isinstance(step, AlarmRaised)
    )
    assert "CaseClosed" not in kinds(zone.hear((1, 7), (2, 7), (3, 7)))


def test_standing_down_is_a_decision_with_its_reason_and_its_records() -> None:
    zone = Zone(pack_of(stand_down=stand_down))
    zone.hear((0, 12), (1, 1), (2, 1), (3, 1))
    closed = next(step for step in zone.steps if isinstance(step, CaseClosed))
    after = zone.steps[zone.steps.index(closed) + 1 :]
    assert kinds(after) == ["Decided", "Dispatched"]
    decided, dispatched = after
    assert isinstance(decided, Decided)
    assert isinstance(dispatched, Dispatched)
    assert (decided.number, decided.orders) == (2, (dispatched.id,))
    assert decided.why.en == str(closed.last_offset)
    assert closed.last_offset in decided.saw
    assert list(zone.engine.track.casework.desk.orders) == [dispatched.id]


def test_a_second_hold_is_not_ended_by_the_first_ones_end() -> None:
    zone = Zone(pack_of())
    zone.hear((0, 12))
    zone.tell(act(Verb.HOLD, "t-1", "ann", at=1, until=10))
    zone.tell(act(Verb.RESUME, "t-1", "ann", at=2))
    zone.tell(act(Verb.HOLD, "t-1", "ann", at=3, until=30))
    assert kinds(zone.tell(Clock(at=minute(20)))) == []
    assert kinds(zone.tell(Clock(at=minute(30)))) == ["CaseMoved"]


def test_the_clocks_of_a_held_case_stand_still_and_ring_after_it() -> None:
    zone = Zone(pack_of(decide=one_order, due_in=4 * MINUTE))
    zone.hear((0, 12))
    zone.tell(act(Verb.HOLD, "t-1", "ann", at=1, until=20))
    assert kinds(zone.tell(Clock(at=minute(19)))) == []
    steps = zone.tell(Clock(at=minute(21)))
    assert kinds(steps) == ["CaseMoved", "Escalated", "Escalated"]
    due = {step.order: step.due_at for step in steps if isinstance(step, Escalated)}
    assert due == {"": minute(4), "t-1/1": minute(5)}


def test_a_held_case_does_not_close_until_it_is_resumed() -> None:
    zone = Zone(pack_of())
    zone.hear((0, 12))
    zone.tell(act(Verb.HOLD, "t-1", "ann", at=1, until=20))
    assert "CaseClosed" not in kinds(zone.hear((2, 1), (3, 1), (4, 1), (5, 1)))
    assert kinds(zone.tell(act(Verb.RESUME, "t-1", "ann", at=5))) == ["CaseMoved", "CaseClosed"]


def test_an_alarm_that_still_stands_when_its_shelf_ends_opens_a_case_then() -> None:
    zone = Zone(pack_of())
    zone.tell(act(Verb.SHELVE, "t.high thing/1", "ann", at=0, until=10))
    assert kinds(zone.hear((1, 12), (2, 12))) == ["AlarmRaised"]
    # The shelf ends between two records: only what comes after it is evidence.
    steps = zone.hear((9, 12), (11, 12), (12, 1), (13, 1), (14, 1))
    assert kinds(steps) == ["CaseOpened", "AlarmRaised", "Decided", "AlarmCleared", "CaseClosed"]
    assert steps[0].at == minute(10)


def test_taking_an_alarm_from_its_shelf_raises_it_at_once() -> None:
    zone = Zone(pack_of())
    zone.tell(act(Verb.SHELVE, "t.high", "ann", at=0, until=60))
    zone.hear((1, 12))
    assert "CaseOpened" in kinds(zone.tell(act(Verb.UNSHELVE, "t.high", "ann", at=5)))
    assert kinds(zone.tell(Clock(at=minute(61)))) == []


def test_an_alarm_that_cleared_on_its_shelf_opens_nothing() -> None:
    zone = Zone(pack_of())
    zone.tell(act(Verb.SHELVE, "t.high", "ann", at=0, until=10))
    zone.hear((1, 12), (2, 1))
    assert "CaseOpened" not in kinds(zone.tell(Clock(at=minute(11))))


def test_nobody_who_had_a_hand_in_an_order_verifies_it() -> None:
    zone = Zone(pack_of(decide=one_order))
    zone.hear((0, 12))
    zone.tell(act(Verb.HANDLE, "t-1/1", "ann", at=1), act(Verb.REPORT, "t-1/1", "bo", at=2))
    for by in ("ann", "bo", ""):
        (refused,) = zone.tell(act(Verb.VERIFY, "t-1/1", by, at=3))
        assert isinstance(refused, Refused)
        assert "someone else" in refused.reason
    assert kinds(zone.tell(act(Verb.VERIFY, "t-1/1", "cy", at=3))) == ["OrderMoved"]


def test_a_decision_names_the_alarms_records_and_silence_is_none() -> None:
    def looks(case: Case, view: View) -> Decision:
        assert isinstance(view, AsOf)
        view.latest("t.value", "thing/2")
        return Decision(orders=(), why=NAME)

    zone = Zone(pack_of(decide=looks))
    zone.hear((0, 3), entity="thing/2")
    zone.hear((1, 12))
    (decided,) = [step for step in zone.steps if isinstance(step, Decided)]
    assert decided.saw == (1, 2)


def test_the_same_order_is_not_given_twice_in_one_decision_or_case() -> None:
    def twice(case: Case, view: View) -> Decision:
        return Decision(orders=(order(), order(), order("other")), why=NAME)

    zone = Zone(pack_of(decide=twice))
    zone.hear((0, 12))
    given = [step.order.action for step in zone.steps if isinstance(step, Dispatched)]
    assert given == ["act", "other"]
