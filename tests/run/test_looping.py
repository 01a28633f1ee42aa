"""Loops: decided on the log's clock, held by hand, measured, stopped when they fail."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec import structs

from haihe.errors import PackInvalid
from haihe.log import store
from haihe.log.sqlite import SqliteLog
from haihe.model import MINUTE, SECOND, Decision, Noted, Order, Settled, Text
from haihe.model.arrays import FloatArray
from haihe.model.decision import OrderState, WorkOrder
from haihe.model.line import (
    Action,
    Clock,
    Decided,
    Dispatched,
    EffectMeasured,
    OrderMoved,
    RuleFailed,
    Step,
    StreamDeclared,
    TurnTaken,
    Verb,
)
from haihe.pack import Effect, Loop, Pack, Turn, View
from haihe.run.clock import DataClock
from haihe.run.loop_rule import loop_settings, loops_of, tuned_loop
from haihe.run.node import Node
from haihe.run.spoken import EACH_MAX, RECENT_MAX
from tests.run.packs import NAME, T0, VALUE, Zone, minute, one_order, pack_of


@dataclass(frozen=True)
class Heard:
    """All values heard."""

    values: FloatArray


@dataclass(frozen=True)
class Steer:
    """Orders a level whenever something was heard; breaks on a value of ``fails_at``."""

    step: float = 1.0
    fails_at: float = 1e9

    def start(self) -> Heard:
        return Heard(np.zeros(0))

    def turn(self, memory: Heard, turn: Turn) -> tuple[Heard, Sequence[Any]]:
        rows = turn.new.get("t.value")
        if rows is None:
            return memory, []
        values = np.concatenate([memory.values, rows.numbers["value"]])
        if (values == self.fails_at).any():
            raise RuntimeError("broken")
        told = Text(zh="因", en=f"{turn.now - T0} {rows.numbers['value'].tolist()}")
        places = [turn.ids["t.value"][slot] for slot in np.unique(rows.slots).tolist()]
        decisions = [
            Decision(orders=(level(place, values[-1] * self.step),), why=told) for place in places
        ]
        return Heard(values), decisions


class Nameless(Steer):
    """Its settings' hash would be another at every start, and no snapshot would ever fit."""

    __repr__ = object.__repr__


def level(place: str, to: float) -> Order:
    return Order(
        action="level",
        entity=place,
        assignee="scada",
        due_in=1 * MINUTE,
        title=NAME,
        settled=Settled.BY_RECEIPT,
        parameters={"to": f"{to:g}"},
    )


def is_reached(order: WorkOrder, view: View) -> Effect | None:
    seen = view.latest("t.value", order.order.entity)
    assert seen is not None
    value = seen.numbers["value"]
    return Effect(value, 5.0, is_good=value <= 5.0, why=Text(zh="因", en=f"{value:g} of 5"))


LOOP = Loop(name="steer", title=NAME, streams=(VALUE,), every=1 * MINUTE, control=Steer())


def looping(loop: Loop = LOOP) -> Pack:
    return Pack(name="t", title=NAME, playbooks=(), loops=(loop,))


def act(verb: Verb, subject: str, at: float, *, until: float = 0, **more: object) -> Action:
    return Action(
        at=minute(at), verb=verb, subject=subject, by="ann", reason="so it is",
        until=minute(until), **more,  # type: ignore[arg-type]  # Named by the caller.
    )  # fmt: skip


def said(steps: list[Step]) -> list[str]:
    return [step.why.en for step in steps if isinstance(step, Decided)]


def levels(steps: list[Step]) -> list[tuple[str, str]]:
    return [
        (step.order.entity, step.order.parameters["to"])
        for step in steps
        if isinstance(step, Dispatched)
    ]


def test_a_turn_sees_what_came_since_the_last_one_and_before_its_instant() -> None:
    zone = Zone(looping())
    zone.hear((0.2, 1.0), (0.9, 2.0), (1.0, 3.0), (1.5, 4.0), (2.1, 5.0))
    assert said(zone.steps) == [f"{1 * MINUTE} [1.0, 2.0]", f"{2 * MINUTE} [3.0, 4.0]"]
    zone.tell(Clock(at=minute(3)))
    assert said(zone.steps)[-1] == f"{3 * MINUTE} [5.0]"
    turns = [step for step in zone.steps if isinstance(step, TurnTaken)]
    assert [(turn.first_offset, turn.end_offset) for turn in turns] == [(0, 3), (3, 5), (5, 6)]
    assert [turn.number for turn in turns] == [1, 2, 3]


def test_turns_missed_in_a_long_gap_are_not_made_up_and_nothing_heard_is_lost() -> None:
    zone = Zone(looping())
    zone.hear((0.5, 1.0))
    zone.hear((10_000.5, 2.0), (10_001.5, 3.0))
    assert said(zone.steps) == [f"{10_000 * MINUTE} [1.0]", f"{10_001 * MINUTE} [2.0]"]


def test_what_a_person_holds_gets_no_order_until_the_shelf_ends() -> None:
    zone = Zone(looping())
    zone.tell(act(Verb.SHELVE, "t.steer thing/1", 0.1, until=2.5))
    zone.hear((0.5, 1.0))
    zone.hear((0.6, 2.0), entity="thing/2")
    zone.hear((1.5, 3.0), (2.8, 4.0), (3.1, 5.0))
    assert levels(zone.steps) == [("thing/2", "2"), ("thing/1", "4")]
    zone.tell(act(Verb.SHELVE, "t.steer", 3.2, until=9))
    assert levels(zone.hear((3.5, 6.0), (4.5, 7.0))) == []
    refused = zone.tell(act(Verb.SHELVE, "t.nothing", 5, until=9))
    assert "t.steer" in getattr(refused[0], "reason", "")


def test_a_newer_order_takes_the_place_of_one_that_has_not_left() -> None:
    zone = Zone(looping())
    zone.hear((0.5, 1.0), (1.5, 2.0), (2.5, 3.0))
    moved = [step for step in zone.steps if isinstance(step, OrderMoved)]
    assert [(step.id, step.state.value, step.reason) for step in moved] == [
        ("t.steer/1", "overtaken", "t.steer/2 took its place")
    ]
    assert zone.engine.track.loops.spoken["t.steer"].overtaken == 1
    zone.tell(act(Verb.DELIVERED, "t.steer/2", 2.6))
    zone.tell(Clock(at=minute(3)))
    assert list(zone.engine.track.casework.desk.orders) == ["t.steer/3"]


def test_the_effect_of_an_order_is_measured_and_told() -> None:
    zone = Zone(looping(replace(LOOP, effect=is_reached, effect_after=90 * SECOND)))
    zone.hear((0.5, 9.0))
    zone.tell(act(Verb.DELIVERED, "t.steer/1", 1.1))
    zone.hear((2.0, 4.0), (3.0, 4.0))
    found = [step for step in zone.steps if isinstance(step, EffectMeasured)]
    assert [(step.order, step.at, step.is_good, step.why.en) for step in found] == [
        ("t.steer/1", minute(2.5), True, "4 of 5")
    ]


def test_a_loop_that_fails_is_stopped_and_the_others_run_on_until_it_is_stepped_back() -> None:
    both = replace(looping(), loops=(LOOP, replace(LOOP, name="other")))
    zone = Zone(both)
    zone.tell(act(Verb.SHADOW, "t.steer", 0.1, settings={"fails_at": "7.0"}))
    zone.hear((0.5, 1.0))
    zone.tell(act(Verb.PROMOTE, "t.steer", 0.6))
    zone.hear((1.5, 7.0), (2.5, 8.0), (3.5, 9.0))
    failed = [step for step in zone.steps if isinstance(step, RuleFailed)]
    assert [(step.rule, step.at) for step in failed] == [("t.steer", minute(2))]
    assert "broken" in zone.engine.failed["t.steer"]
    own = [step.at for step in zone.steps if isinstance(step, TurnTaken) and step.rule == "t.other"]
    assert own == [minute(1), minute(2), minute(3)]
    zone.tell(act(Verb.STEP_BACK, "t.steer", 4))
    assert zone.engine.loops["t.steer"].version == "3"
    zone.hear((4.5, 1.0), (5.5, 1.0))
    assert "t.steer" not in zone.engine.failed
    assert zone.steps[-1].at == minute(5)


def test_a_shadow_decides_beside_the_live_loop_and_says_where_they_part() -> None:
    zone = Zone(looping())
    zone.tell(act(Verb.SHADOW, "t.steer", 0, settings={"step": "2.0"}))
    live = zone.hear((0.5, 0.0), (1.5, 3.0), (2.5, 4.0))
    assert levels(live) == [("thing/1", "0"), ("thing/1", "3")]
    report = zone.engine.shadows["t.steer"].agreement(zone.engine.now)
    assert report.both == 1
    assert [opening.entity for opening in report.only_shadow] == ["level thing/1 to=6"]
    assert [opening.entity for opening in report.only_live] == ["level thing/1 to=3"]


def test_a_withdrawn_order_does_not_leave_the_outbox_any_more(tmp_path: Path) -> None:
    node = Node(SqliteLog(tmp_path), (looping(),), clock=DataClock(T0))
    zone = Zone(looping())
    answer = node.tell(StreamDeclared(at=T0, stream=VALUE))
    node.round()
    answer.result()
    node._keep(zone.engine.take([zone.batch((0.5, 1.0), (1.5, 2.0), (2.5, 3.0))]))
    waiting = store.list_letters(node.log.reader(), state=store.WAITING, before=2**62, limit=9)
    assert [letter.order.id for letter in waiting] == ["t.steer/2"]
    assert store.count_letters(node.log.reader()) == {"overtaken": 1, "waiting": 1}
    with node.log.transaction() as transaction:  # A carrier that had it in hand meanwhile.
        store.mark_letter(transaction.db, "t.steer/1", state=store.DEAD, error="gone")
        store.mark_letter(transaction.db, "t.steer/2", state=store.DEAD, error="door open")
        store.withdraw_letters(transaction.db, [("t.steer/2", T0)], state=store.OVERTAKEN)
    assert store.count_letters(node.log.reader()) == {"overtaken": 2}
    node.stop()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"step": '"x"'}, "another type"),
        ({"speed": "1.0"}, "no setting 'speed'"),
        ({"every": "5"}, "a turn every 5 ns"),
        ({"effect_after": "-1"}, "measures its effect after -1"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings: dict[str, str], words: str) -> None:
    with pytest.raises(PackInvalid, match=words):
        tuned_loop(loops_of((looping(),))["t.steer"], settings)


def test_a_loop_says_what_can_be_tuned() -> None:
    rule = tuned_loop(loops_of((looping(),))["t.steer"], {"step": "3", "every": str(2 * MINUTE)})
    told = {one.name: (one.value, one.is_duration) for one in loop_settings(rule)}
    assert told == {
        "step": (3.0, False),
        "fails_at": (1e9, False),
        "every": (2 * MINUTE, True),
        "effect_after": (0, True),
    }
    assert rule.settings_sha256 != loops_of((looping(),))["t.steer"].settings_sha256


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"streams": ()}, "sees no stream"),
        ({"every": 0}, "turn every 0"),
        ({"effect": is_reached}, "more than 0"),
        ({"control": Nameless()}, "make Nameless a frozen dataclass"),
    ],
)
def test_a_loop_that_could_not_run_is_refused(parts: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(LOOP, **parts)  # type: ignore[arg-type]  # That is the point.
    with pytest.raises(ValueError, match="a rule or a study twice"):
        replace(pack_of(decide=one_order), loops=(replace(LOOP, name="high"),))


@pytest.mark.parametrize(
    "returned", [None, (None, ["x"]), (Heard(np.zeros(0)), [Decision(orders=(), why=1)])]  # type: ignore[arg-type]  # That is the point.
)  # fmt: skip
def test_a_control_that_gives_back_nonsense_is_stopped(returned: object) -> None:
    class Broken(Steer):
        def turn(self, memory: Heard, turn: Turn) -> tuple[Heard, list[Decision]]:
            return returned  # type: ignore[return-value]  # That is the point.

    zone = Zone(looping(replace(LOOP, control=Broken())))
    zone.hear((0.5, 1.0), (1.5, 2.0))
    assert [type(step) for step in zone.steps] == [RuleFailed]


def test_held_whole_or_not_the_memory_goes_on() -> None:
    zone = Zone(looping())
    zone.tell(act(Verb.SHELVE, "t.steer", 0.1, until=9))
    zone.hear((0.5, 1.0), (1.5, 2.0), (2.5, 3.0))
    assert zone.engine.track.loops.running["t.steer"].memory.values.tolist() == [1.0, 2.0]


@dataclass(frozen=True)
class Flood(Steer):
    """Orders twelve things at every turn."""

    def turn(self, memory: Heard, turn: Turn) -> tuple[Heard, Sequence[Decision | Noted]]:
        told = Text(zh="因", en="so it is")
        orders = (level(f"thing/{at}", float(turn.now % 7)) for at in range(12))
        return memory, [Decision(orders=(order,), why=told) for order in orders]


def test_of_thousands_of_orders_that_devices_took_nothing_is_kept_in_mind() -> None:
    loop = replace(LOOP, control=Flood(), effect=is_nothing, effect_after=90 * SECOND)
    zone = Zone(looping(loop))
    for turn in range(1, 200):
        given = [step for step in zone.tell(Clock(at=minute(turn))) if isinstance(step, Dispatched)]
        zone.tell(*(act(Verb.DELIVERED, step.id, turn) for step in given))
    casework, running = zone.engine.track.casework, zone.engine.track.loops.running["t.steer"]
    assert casework.ordered["t.steer"] == 200 * 12
    assert (casework.desk.orders, casework.desk.numbered) == ({}, {})
    assert len(running.given) <= 24
    assert len(casework.timers.all()) < 100


def is_nothing(order: WorkOrder, view: View) -> Effect | None:
    return None


def test_an_order_that_a_device_took_is_in_no_list_of_what_is_owed(tmp_path: Path) -> None:
    node = Node(SqliteLog(tmp_path), (), clock=DataClock(T0))
    given = WorkOrder.dispatched("t.steer/1", "t.steer", order=level("thing/1", 1.0), at=T0)
    states = [state.value for state in OrderState]

    def kept(order: WorkOrder) -> list[str]:
        with node.log.transaction() as transaction:
            store.put_orders(transaction.db, [order])
        return [one.id for one in store.list_orders(node.log.reader(), states=states, limit=9)]

    assert kept(given) == ["t.steer/1"]
    assert kept(structs.replace(given, state=OrderState.DELIVERED)) == []
    found = store.find_order(node.log.reader(), "t.steer/1")
    assert found is not None
    assert found.state is OrderState.DELIVERED
    node.stop()


def test_what_a_loop_said_of_late_is_kept_in_mind_and_bounded() -> None:
    zone = Zone(looping(replace(LOOP, effect=is_reached, effect_after=90 * SECOND)))
    for at in range(RECENT_MAX + 5):
        zone.hear((at + 0.5, 1.0))
    zone.hear((RECENT_MAX + 5.5, 9.0), entity="thing/2")
    zone.tell(Clock(at=minute(RECENT_MAX + 9)))
    spoken = zone.engine.track.loops.spoken["t.steer"]
    assert [said.number for said in spoken.recent] == list(range(RECENT_MAX + 6, 6, -1))
    assert len(spoken.about["thing/1"]) == EACH_MAX
    assert [order.parameters for order in spoken.about["thing/2"][0].orders] == [{"to": "9"}]
    assert [effect.is_good for effect in spoken.effects["thing/2"]] == [False]
    assert spoken.turn_at == minute(RECENT_MAX + 9)  # Also a turn that decided nothing.
