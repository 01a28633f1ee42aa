"""Orders of loops that were refused, or that nobody took in time: over, counted, and told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from haihe.model import SECOND, Decision, Noted, Text
from haihe.model.line import Action, Clock, Escalated, OrderMoved, Verb
from haihe.pack import Turn
from tests.run.packs import Zone, minute
from tests.run.test_looping import LOOP, Heard, Steer, act, looping, said


@dataclass(frozen=True)
class Seeing(Steer):
    """Orders as ``Steer``, for a minute and a half each, and says which were not taken."""

    def turn(self, memory: Heard, turn: Turn) -> tuple[Heard, Sequence[Decision | Noted]]:
        memory, found = super().turn(memory, turn)
        short = [
            replace_order(decision, valid_for=90 * SECOND)
            for decision in found
            if isinstance(decision, Decision)
        ]
        undone = [f"{one.id} {one.state} {one.words}".strip() for one in turn.undone]
        told = [Decision(orders=(), why=Text(zh="因", en=words)) for words in undone]
        return memory, [*told, *short]


def replace_order(decision: Decision, *, valid_for: int) -> Decision:
    orders = tuple(structs.replace(one, valid_for=valid_for) for one in decision.orders)
    return structs.replace(decision, orders=orders)


def test_a_refused_order_is_over_at_the_next_turn_and_the_loop_hears_why() -> None:
    zone = Zone(looping(replace(LOOP, control=Seeing())))
    zone.hear((0.5, 1.0))
    zone.tell(replace_reason(act(Verb.UNDELIVERED, "t.steer/1", 1.1), "door open"))
    desk = zone.engine.track.casework.desk
    assert desk.orders["t.steer/1"].words == "door open"
    zone.tell(Clock(at=minute(2)))
    assert said(zone.steps)[-1] == "t.steer/1 undelivered door open"
    moved = [step for step in zone.steps if isinstance(step, OrderMoved)]
    assert [(one.state.value, one.reason) for one in moved] == [
        ("undelivered", "door open"),
        ("overtaken", "door open; the loop decides anew"),
    ]
    assert desk.orders == {}
    late = zone.tell(act(Verb.DELIVERED, "t.steer/1", 2.5))
    assert "no open order" in getattr(late[0], "reason", "")
    assert not [step for step in zone.tell(Clock(at=minute(9))) if isinstance(step, Escalated)]


def replace_reason(action: Action, reason: str) -> Action:
    return structs.replace(action, reason=reason)


def test_an_old_wish_that_nobody_took_expires_and_a_young_one_waits() -> None:
    zone = Zone(looping(replace(LOOP, control=Seeing())))
    zone.hear((0.5, 1.0))
    zone.tell(Clock(at=minute(2)))
    assert list(zone.engine.track.casework.desk.orders) == ["t.steer/1"]
    zone.tell(Clock(at=minute(3)))
    assert said(zone.steps)[-1] == "t.steer/1 dispatched"
    assert "within 1.5 min" in next(s.reason for s in zone.steps if isinstance(s, OrderMoved))
    assert zone.engine.track.loops.spoken["t.steer"].overtaken == 1


def test_a_loop_that_stops_sends_none_of_its_old_wishes() -> None:
    zone = Zone(looping(replace(LOOP, control=Steer(fails_at=7.0))))
    zone.hear((0.5, 1.0), (1.5, 7.0))
    zone.tell(Clock(at=minute(2)))
    moved = [step for step in zone.steps if isinstance(step, OrderMoved)]
    assert [(one.state.value, one.reason) for one in moved] == [
        ("overtaken", "the loop was stopped")
    ]
