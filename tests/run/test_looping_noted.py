"""What loops note and what people answered them: cases, and orders that are reported."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from msgspec import structs

from haihe.detect import ByLedger
from haihe.model import MINUTE, SECOND, Answered, Decision, Noted, Settled
from haihe.model.decision import OrderState
from haihe.model.line import OrderMoved, Verb
from haihe.pack import Closure, Pack, Turn
from tests.run.packs import NAME, Zone, one_order, pack_of
from tests.run.test_looping import LOOP, Heard, Steer, act, level, looping


@dataclass(frozen=True)
class Careful(Steer):
    """Notes a place as bad at 7 or more, and as well again below."""

    def turn(self, memory: Heard, turn: Turn) -> tuple[Heard, Sequence[Decision | Noted]]:
        rows = turn.new.get("t.value")
        if rows is None:
            return memory, []
        value = float(rows.numbers["value"][-1])
        is_over = value < 7
        return memory, [
            Noted("bad", "thing/1", "value", value, 7.0, stands=not is_over, is_over=is_over)
        ]


def careful() -> Pack:
    bad = replace(
        pack_of(decide=one_order).playbooks[0],
        name="bad",
        detect=ByLedger(),
        close=Closure(window=2 * MINUTE, at_least=2, holds=lambda _: True, gap=90 * SECOND),
    )
    return replace(looping(replace(LOOP, control=Careful())), playbooks=(bad,))


def test_what_a_loop_notes_opens_a_case_that_stands_until_the_loop_says_it_is_over() -> None:
    zone = Zone(careful())
    zone.hear((0.5, 9.0))
    zone.hear(*((0.5 + at, 8.0) for at in range(1, 6)))
    zone.tell(act(Verb.REPORT, "t-1/1", 5.6))
    kinds = [type(step).__name__ for step in zone.steps]
    assert kinds.count("CaseOpened") == 1
    assert "CaseClosed" not in kinds
    assert list(zone.engine.track.casework.desk.standing) == [("t.bad", "thing/1")]
    zone.hear(*((6.5 + at, 1.0) for at in range(4)))
    assert zone.engine.track.casework.desk.standing == {}


@dataclass(frozen=True)
class Asking(Steer):
    """Asks a person to look at 7 or more, and hears below it that somebody did."""

    def turn(self, memory: Heard, turn: Turn) -> tuple[Heard, Sequence[Any]]:
        rows = turn.new.get("t.value")
        if rows is None:
            return memory, []
        if rows.numbers["value"][-1] < 7:
            return memory, [Answered(action="look", entity="thing/1", by="ann", words="all empty")]
        given = level("thing/1", 0)
        parts = {"action": "look", "settled": Settled.BY_REPORT, "due_in": 5 * MINUTE}
        look = structs.replace(given, **parts)
        return memory, [Decision(orders=(look,), why=NAME)]


def test_an_order_to_people_that_the_loop_heard_answered_is_reported_and_never_overdue() -> None:
    zone = Zone(looping(replace(LOOP, control=Asking())))
    zone.hear((0.5, 9.0), (1.5, 1.0), *((2.5 + at, 1.0) for at in range(8)))
    moved = [(one.id, one.state, one.by) for one in zone.steps if isinstance(one, OrderMoved)]
    assert moved == [("t.steer/1", OrderState.REPORTED, "ann")]
    assert "Escalated" not in [type(step).__name__ for step in zone.steps]


def test_a_shadow_of_a_loop_opens_no_case_by_what_it_notes() -> None:
    zone = Zone(careful())
    zone.tell(act(Verb.SHADOW, "t.steer", 0.1, settings={"step": "2.0"}))
    zone.hear((0.5, 9.0), (1.5, 9.0))
    assert zone.engine.shadows["t.steer"].track.casework.desk.cases == {}
    assert len(zone.engine.track.casework.desk.cases) == 1
