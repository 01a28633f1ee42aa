"""The signal loop: hears, decides, is obeyed or not, and never orders what is unlawful."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as some

from haihe.model import SECOND
from haihe.model.arrays import BoolArray, IntArray
from haihe.model.line import Action, CaseOpened, Step, Verb
from haihe.packs.traffic.control import controller
from haihe.packs.traffic.interlock import Heads, Interlock, Rule
from haihe.packs.traffic.limits import LAWFUL
from haihe.packs.traffic.signals.control import SignalControl
from haihe.packs.traffic.signals.delay import no_delays, rested
from haihe.packs.traffic.signals.foreseen import foreseen
from haihe.packs.traffic.signals.given import watched
from haihe.packs.traffic.signals.memory import Memory
from haihe.packs.traffic.signals.shown import states_of
from haihe.packs.traffic.signals.site import Site
from haihe.packs.traffic.signals.state import Light, Steering
from haihe.packs.traffic.watch import faults_of
from haihe.run.engine import Engine, Told
from haihe.run.packing import memory_in, memory_out
from tests.packs.town import T0, Row, Town, orders, pack, said, site

TWO = site()
ONE = site(1)


def memory_of(town: Town) -> Memory:
    found = town.engine.track.loops.running["traffic.signals"].memory
    assert isinstance(found, Memory)
    return found


def faults(town: Town) -> set[Rule]:
    return {
        fault.rule
        for at, one in enumerate(town.site.junctions)
        for fault in faults_of(one, [line[at] for line in town.lines], limits=LAWFUL)
    }


def greens(town: Town) -> list[int]:
    return [int(one) for one in memory_of(town).shown.stage]


def test_less_is_waited_than_under_the_plan_and_the_street_refuses_nothing() -> None:
    town = Town(TWO)
    town.run(400)
    plan = Town(TWO, pack_of=replace(pack(TWO), loops=()))
    plan.run(400)
    assert town.waited_s < plan.waited_s
    assert faults(town) == set()
    assert town.refused <= 10
    assert town.engine.failed == {}


def test_late_orders_are_as_lawful_and_once_they_are_timed_none_is_refused() -> None:
    town = Town(TWO, late_s=10)
    town.run(120)
    refused = town.refused
    town.run(180)
    assert faults(town) == set()
    assert len(orders(town.steps)) > 10
    delays = memory_of(town).delays
    assert np.all((delays.soonest_s >= 9.0) & (delays.latest_s <= 12.0))
    assert town.refused == refused


def test_an_order_on_its_way_is_foreseen_to_be_shown() -> None:
    town = Town(TWO, late_s=20)
    town.run(240)
    told = 0
    for _ in range(120):
        town.run(1)
        memory, now = memory_of(town), town.now
        if memory.at != now or not memory.delays.known.all():
            continue
        then = foreseen(TWO, shown=memory.shown, given=memory.given, delays=memory.delays, now=now)
        arrived = memory.given.pending & (memory.given.asked_at < now - 8 * SECOND)
        assert np.all(~arrived | (then.heads.target == memory.given.stage))
        told += int(arrived.sum())
    assert told > 5


def test_a_junction_whose_orders_come_too_late_is_given_back_once() -> None:
    town = Town(ONE, late_s=45)
    town.run(280)
    assert len(orders(town.steps, "signal-local")) == 1
    assert any("its orders take about 45 s" in why for why in said(town.steps))
    assert memory_of(town).given.stage[0] == -1
    assert faults(town) == set()


def test_who_was_too_late_is_tried_again_and_timed_anew() -> None:
    late = replace(no_delays(2), seconds=np.array([[45.0] * 8, [1.0] * 8]))
    resting, said_first = rested(TWO, late, now=T0)
    assert [one.orders[0].entity for one in said_first] == [TWO.entities[0]]
    same, said_then = rested(TWO, resting, now=T0 + 3599 * SECOND)
    assert same.rests_until.tolist() == [T0 + 3600 * SECOND, 0]
    assert said_then == []
    after, said_last = rested(TWO, same, now=T0 + 3600 * SECOND)
    assert after.rests_until.tolist() == [0, 0]
    assert np.isnan(after.seconds[0]).all()
    assert after.seconds[1].tolist() == [1.0] * 8
    assert [one.orders for one in said_last] == [()]


def test_an_order_is_given_for_a_change_and_little_more() -> None:
    town = Town(ONE)
    town.run(400)
    stages = [line[0] for line in town.lines]
    changes = sum(a != b and "y" in b for a, b in pairwise(stages))
    given_orders = orders(town.steps)
    assert changes <= len(given_orders) <= changes + 3
    first = given_orders[0].order
    assert first.parameters.keys() == {
        "stage", "until", "waiting", "expected", "told", "doubted", "connected",
    }  # fmt: skip
    assert "pressure" in said(town.steps)[0]


def replayed(town: Town, cut: Sequence[int]) -> list[bytes]:
    """The steps of the town's records, cut elsewhere, by a fresh engine."""
    engine = Engine(town.engine.packs, town.directory)
    engine.take([Told(0, town.declared)])
    items = town.items
    steps: list[Step] = []
    begin = 0
    for end in [*sorted(cut), len(items)]:
        if items[begin:end]:
            steps += engine.take(items[begin:end]).steps
            begin = end
    return [msgspec.json.encode(step) for step in steps]


RECORDED = Town(TWO, late_s=5)
RECORDED.run(150)


@given(some.lists(some.integers(1, 200), max_size=6))
@settings(max_examples=6, deadline=None)
def test_the_same_records_give_the_same_bytes_however_they_are_cut(cut: list[int]) -> None:
    own = [msgspec.json.encode(step) for step in RECORDED.steps]
    assert replayed(RECORDED, cut) == own
    assert len(own) > 20


def test_a_snapshot_of_the_memory_goes_on_as_if_nothing_had_been() -> None:
    control = RECORDED.engine.loops["traffic.signals"].loop.control
    whole = memory_of(RECORDED)
    packed = msgspec.msgpack.encode(memory_out(whole))
    back = memory_in(control.start(), msgspec.msgpack.decode(packed))
    assert repr(memory_out(back)) == repr(memory_out(whole))
    assert len(packed) < 100_000


class Open(Interlock):
    """An interlock that lets everything through."""

    def broken(self, heads: Heads, wish: IntArray, *, now: int) -> BoolArray:
        return np.zeros((*wish.shape, len(Rule)), dtype=np.bool_)


class Unguarded(Site):
    """A site whose interlock is off."""

    @cached_property
    def interlock(self) -> Interlock:
        return Open(self.tables)


@dataclass(frozen=True)
class Hostile(SignalControl):
    """Wants another stage at every turn, whatever is lawful."""

    def _wish(self, call: controller.Call, *, target: IntArray, steady: BoolArray) -> IntArray:
        stage = (call.at // (5 * SECOND) + np.arange(len(target))) % 4
        return np.where(steady, stage, target)


def hostile(of: Site) -> Town:
    """A town whose controllers show what they are told; only the platform's interlock is left."""
    town = Town(of, pack_of=pack(of, control=Hostile(of)))
    town.lock = Open(of.tables)
    town.run(300)
    assert len(orders(town.steps)) > 5
    return town


def test_hostile_orders_do_not_pass_the_platforms_interlock() -> None:
    town = hostile(TWO)
    assert faults(town) == set()
    assert any("refused stage" in words for words in said(town.steps))


def test_without_the_interlock_the_same_hostile_orders_break_limits() -> None:
    town = hostile(Unguarded(TWO.network, TWO.origin))
    assert Rule.LEAST_GREEN in faults(town)


def silence(name: str, begin: int, end: int) -> object:
    """Drop what a junction says from one second to another of the town."""

    def spoil(rows: list[Row]) -> list[Row]:
        return [row for row in rows if row[1] != name or not begin <= (row[0] - T0) // SECOND < end]

    return spoil


def test_a_silent_junction_is_given_back_once_and_taken_up_when_it_is_whole_again() -> None:
    town = Town(TWO)
    town.spoil = silence("junction/J000", 100, 170)  # type: ignore[assignment]  # A function.
    town.run(160)
    local = orders(town.steps, "signal-local")
    assert [one.order.entity for one in local] == ["junction/J000"]
    assert local[0].at <= T0 + 140 * SECOND
    assert any("no event for" in words for words in said(town.steps))
    states = states_of(SignalControl(TWO), memory_of(town), now=town.now)
    assert [one.steering for one in states] == [Steering.LOST, Steering.LOOP]
    before = len(orders(town.steps))
    town.run(140)
    entities = {one.order.entity for one in orders(town.steps)[before:]}
    assert entities == {"junction/J000", "junction/J001"}
    assert any("whole again" in words for words in said(town.steps))
    assert len(orders(town.steps, "signal-local")) == 1
    assert faults(town) == set()


def test_a_quiet_night_is_no_lost_data() -> None:
    town = Town(ONE)
    town.cars[0].queue = [0] * 8
    town.beats = (10**6,) * 8
    town.run(600)
    assert orders(town.steps, "signal-local") == []


def test_a_controller_with_a_wrong_clock_is_steered_and_told_of_once() -> None:
    town = Town(TWO)
    town.spoil = lambda rows: [
        (row[0] - 12 * SECOND, *row[1:]) if row[1] == "junction/J001" else row for row in rows
    ]
    town.run(200)
    told = [words for words in said(town.steps) if "clock" in words]
    assert told == ["junction J001: its clock is 13 s behind; its events count as of their receipt"]
    assert {one.order.entity for one in orders(town.steps)} == set(TWO.entities)
    assert faults(town) == set()
    assert states_of(SignalControl(TWO), memory_of(town), now=town.now)[1].skew_s == 13.0


def test_a_person_holds_a_stage_and_releases_it_with_name_and_reason() -> None:
    town = Town(ONE)
    town.run(60)
    town.hand("junction/J000", act="hold", stage=2, who="", reason="ball game")
    town.run(6)
    assert "was not done" in said(town.steps)[-1]
    town.hand("junction/J000", act="hold", stage=2, who="ann", reason="ball game")
    town.run(60)
    assert "ann holds stage 2 of junction J000: ball game" in said(town.steps)
    assert greens(town) == [2]
    state = states_of(SignalControl(ONE), memory_of(town), now=town.now)[0]
    assert (state.steering, state.held_stage, state.who) == (Steering.HAND, 2, "ann")
    held = len(orders(town.steps))
    town.run(30)
    assert len(orders(town.steps)) - held <= 1
    town.hand("junction/J000", act="release", stage=0, who="ann", reason="over")
    town.run(150)
    assert faults(town) == set()
    state = states_of(SignalControl(ONE), memory_of(town), now=town.now)[0]
    assert state.steering is Steering.LOOP


def test_nobody_is_red_for_ever_because_a_person_holds_a_stage() -> None:
    town = Town(ONE)
    town.run(40)
    town.hand("junction/J000", act="hold", stage=0, who="ann", reason="ball game")
    town.run(260)
    assert any("red for too long" in words for words in said(town.steps))
    refusals = [words for words in said(town.steps) if "refused stage" in words]
    assert len(refusals) < 20
    for group in range(8):
        reds = "".join(line[0][group] for line in town.lines).replace("y", "G").split("G")
        assert max(map(len, reds)) <= LAWFUL.most_red_s


def test_what_the_platform_holds_gets_no_orders() -> None:
    town = Town(TWO)
    town.tell(
        Action(
            at=T0, verb=Verb.SHELVE, subject="traffic.signals junction/J000", by="ann",
            reason="roadworks", until=T0 + 10**6 * SECOND,
        )
    )  # fmt: skip
    town.run(150)
    assert {one.order.entity for one in orders(town.steps)} == {"junction/J001"}
    held = frozenset({"junction/J000"})
    states = states_of(SignalControl(TWO), memory_of(town), now=town.now, held=held)
    assert states[0].steering is Steering.HAND


def test_a_controller_that_does_not_obey_is_noted_until_it_does() -> None:
    town = Town(TWO)
    town.deaf = {1}
    town.run(280)
    opened = [step for step in town.steps if isinstance(step, CaseOpened)]
    assert [(one.rule, one.entity) for one in opened] == [
        ("traffic.controller-refuses", "junction/J001")
    ]
    crew = orders(town.steps, "controller-check")
    assert [one.order.assignee for one in crew] == ["traffic-technician"]
    standing = town.engine.track.casework.desk.standing
    assert ("traffic.controller-refuses", "junction/J001") in standing
    town.deaf = set()
    town.run(400)
    assert standing == {}


def test_a_controller_that_guards_its_own_limits_is_not_blamed() -> None:
    given, shown = memory_of(RECORDED).given, memory_of(RECORDED).shown
    stage = np.array([2, 2])
    given = replace(
        given, stage=stage, kept=np.ones(2, np.bool_), turned=np.ones(2, np.bool_),
        asked_at=np.full(2, T0), until_at=np.full(2, T0 + 150 * SECOND), faults=np.zeros(2, int),
    )  # fmt: skip
    steered = np.array([TWO.by_centre, 1])
    shown = replace(shown, stage=stage - 1, changing=np.zeros(2, np.bool_), pattern=steered)
    after = watched(given, shown, by_centre=TWO.by_centre, now=T0 + 60 * SECOND)
    assert after.faults.tolist() == [0, 2]
    assert after.stage.tolist() == [-1, -1]


def test_events_told_again_are_no_events_and_no_sign_of_life() -> None:
    told: list[Row] = []

    def again(rows: list[Row]) -> list[Row]:
        told.extend(rows)
        old = [row for row in told if row[0] == town.now - 40 * SECOND]
        return [*old, *rows, *rows[:1]]

    town = Town(TWO)
    town.spoil = again
    town.run(150)
    plain = Town(TWO)
    plain.run(150)
    assert orders(town.steps) != []
    assert [(one.at, one.order) for one in orders(town.steps)] == [
        (one.at, one.order) for one in orders(plain.steps)
    ]
    assert said(town.steps) == said(plain.steps)
    town.spoil = lambda _: told[-20:]
    town.run(155)  # Queues stand on its loops: that they say nothing is no wonder for so long.
    assert memory_of(town).trust.lost.all()


def test_what_a_screen_needs_is_in_the_memory() -> None:
    states = states_of(SignalControl(TWO), memory_of(RECORDED), now=RECORDED.now)
    first = states[0]
    assert [one.entity for one in states] == ["junction/J000", "junction/J001"]
    green = {one.name for one in first.groups if one.light is Light.GREEN}
    assert first.changing or green == set(first.stages[first.stage].groups)
    assert any(one.waiting_veh > 0 for one in first.approaches)
    assert all(one.works for one in first.approaches[:1])
    assert first.why is not None
    assert "J000" in first.why.en
    assert any(one.cost is not None for one in first.stages)


def test_nothing_known_shows_nothing() -> None:
    control = SignalControl(TWO)
    state = states_of(control, control.start(), now=T0)[0]
    assert (state.stage, state.steering, state.why) == (-1, Steering.PLAN, None)
    assert {one.light for one in state.groups} == {Light.UNKNOWN}
