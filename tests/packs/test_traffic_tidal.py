"""The interlock of reversible lanes: nobody is stranded, whatever is wished, lost or doubled."""

from dataclasses import dataclass, replace

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haihe.model import Order, Settled, Text
from haihe.model.arrays import IntArray
from haihe.model.decision import OrderState, WorkOrder
from haihe.model.time import SECOND
from haihe.packs.traffic.measures.events import Code, Events, joined
from haihe.packs.traffic.tidal.control import not_taken
from haihe.packs.traffic.tidal.interlock import Guard, Interlock, Refusal, Rule
from haihe.packs.traffic.tidal.lanes import Lane, Limits, Way, tables_of
from haihe.packs.traffic.tidal.untaken import due, followed, none_untaken

T0 = 1_780_000_000 * SECOND
LIMITS = Limits(warn_s=4, speed_m_s=10.0, dwell_s=6, hold_s=3, late_s=3, silent_s=10, confirm_s=20)
LANE = Lane(
    name="lane/1", devices=(1, 2), gates=(1, 2, 3, 4), zones=(11, 12), signs=(7, 7),
    length_m=60.0, lanes=(2, 2), capacity_veh_h=600.0,
)  # fmt: skip
GATES = ((1, 1), (1, 2), (2, 3), (2, 4))  # Outer and inner loop at A, inner and outer at B.
ZONES = ((1, 11), (2, 12))
SPAN = 18  # Seconds of each wish.
LOCK = Interlock(tables_of((LANE,), LIMITS))


class Off(Interlock):
    """What the street would do if nobody checked the wishes."""

    def step(self, guard: Guard, wish: IntArray, *, now: int) -> tuple[Guard, tuple[Refusal, ...]]:
        return replace(guard, way=np.where(wish > 0, wish, guard.way), lit=wish > 0,
                       dark_at=np.full(1, now)), ()  # fmt: skip


def told(*events: tuple[float, int, int, int]) -> Events:
    """Events of (second, device, code, parameter)."""
    rows = np.array(events, dtype=np.float64).reshape(-1, 4)
    at = T0 + np.round(rows[:, 0] * SECOND).astype(np.int64)
    return Events(at, *(rows[:, column].astype(np.int64) for column in (1, 2, 3)))


@dataclass
class Street:
    """A lane driven by hand, second by second."""

    lock: Interlock = LOCK
    second: int = 0

    def __post_init__(self) -> None:
        self.guard = self.lock.start(at=T0)
        self.refusals: list[Rule] = []
        self.loose: list[tuple[int, float, int, int, int]] = []

    @property
    def now(self) -> int:
        return T0 + self.second * SECOND

    @property
    def shown(self) -> Way:
        return Way(int(self.lock.shown(self.guard, now=self.now)[0]))

    def run(self, seconds: int, wish: Way, *events: tuple[float, int, int, int],
            signs: bool = True, alive: bool = True) -> "Street":  # fmt: skip
        """Let time pass; an event's second counts from now, and it is heard in its second."""
        start = self.second
        for _ in range(seconds):
            self.second += 1
            due = [e for e in events if self.second - 1 <= start + e[0] < self.second]
            parts = [told(*((start + e[0], *e[1:]) for e in due))]
            if alive:
                shown = (self.shown == Way.IN, self.shown == Way.OUT)
                code = [Code.GREEN if lit else Code.RED for lit in shown]
                polls = [(self.second - 0.1, 1 + end, code[end], 7) for end in (0, 1)]
                parts.append(told(*polls) if signs else told((self.second, 1, 131, 1),
                                                             (self.second, 2, 131, 1)))  # fmt: skip
            self.guard = self.lock.hear(self.guard, joined(parts), now=self.now)
            self.guard, refused = self.lock.step(self.guard, np.array([wish]), now=self.now)
            self.refusals += [one.rule for one in refused]
        return self

    def confirm(self) -> "Street":
        self.guard = self.lock.confirm(self.guard, np.array([True]), now=self.now)
        return self

    def open_in(self) -> "Street":
        """Confirmed by a person at first, then open inbound."""
        self.run(7, Way.NONE)
        self.confirm().run(5, Way.IN)
        assert self.shown == Way.IN
        return self


def drive(at: float, *, until: int = 6) -> tuple[tuple[float, int, int, int], ...]:
    """A vehicle inbound: six detectors in turn, a second and a half apart; the last ones if cut."""
    path = [GATES[0], GATES[1], ZONES[0], ZONES[1], GATES[2], GATES[3]]
    return tuple(
        (at + 1.5 * step + 0.4 * (code == Code.DETECTOR_OFF), device, code, detector)
        for step, (device, detector) in enumerate(path[:until])
        for code in (Code.DETECTOR_ON, Code.DETECTOR_OFF)
    )


def sign(number: int) -> WorkOrder:
    order = Order(
        action="lane-sign", entity="lane/1", assignee="traffic-signs", due_in=SECOND,
        title=Text(zh="关", en="closed"), settled=Settled.BY_RECEIPT,
    )  # fmt: skip
    given = WorkOrder.dispatched(f"traffic.tidal/{number}", "traffic.tidal", order=order, at=T0)
    return msgspec.structs.replace(given, state=OrderState.UNDELIVERED, words="door open")


def test_a_sign_that_refuses_is_asked_again_after_growing_pauses_and_not_while_it_is_held() -> None:
    untaken, free, held = none_untaken(1), np.zeros(1, np.bool_), np.ones(1, np.bool_)
    again: list[int] = []
    for second in range(0, 400, 5):
        undone = [sign(second)] if second == 0 or (again and again[-1] == second - 5) else []
        untaken, said = followed(untaken, ["lane/1"], undone=undone, now=T0 + second * SECOND)
        assert said == ({0: "door open"} if undone else {})
        untaken, rows = due(untaken, changed=(), held=free, now=T0 + second * SECOND)
        again += [second] * len(rows)
    assert np.diff([0, *again]).tolist() == [10, 25, 45, 85, 165]
    untaken, _ = followed(untaken, ["lane/1"], undone=[sign(1)], now=T0 + 400 * SECOND)
    waits, rows = due(untaken, changed=(), held=held, now=T0 + 10**4 * SECOND)
    assert (rows, waits.again_at.tolist()) == ([], untaken.again_at.tolist())
    after, rows = due(untaken, changed=(0,), held=free, now=T0 + 10**4 * SECOND)
    assert (rows, after.again_at.tolist()) == ([], [0])
    assert not_taken("lane/1", by="door open", times=2).orders == ()
    (people,) = not_taken("lane/1", by="door open", times=3).orders
    assert (people.action, people.settled) == ("lane-mend", Settled.BY_VERIFICATION)


def test_a_lane_turns_only_after_warning_proof_and_hold() -> None:
    street = Street().open_in().run(15, Way.IN, *drive(1.0))
    street.run(1, Way.NONE).run(2, Way.NONE)
    assert street.shown == Way.IN  # Amber still lets in.
    assert street.run(30, Way.OUT).shown.name == "OUT"
    assert set(street.refusals) >= {Rule.DIRECT, Rule.TRAVERSE, Rule.HOLD}


def test_a_direct_turn_is_refused_with_both_languages() -> None:
    street = Street().open_in()
    _, refused = LOCK.step(street.guard, np.array([Way.OUT]), now=street.now)
    assert refused[0].rule is Rule.DIRECT
    assert "outbound" in refused[0].why.en
    assert "出城" in refused[0].why.zh


def test_a_wish_that_is_no_way_is_refused() -> None:
    street = Street().open_in()
    _, refused = LOCK.step(street.guard, np.array([9]), now=street.now)
    assert refused[0].rule is Rule.KNOWN
    assert "9" in refused[0].why.en


def closing(*events: tuple[float, int, int, int], **more: bool) -> Street:
    """Used once, closed with what else is told, and asked for the other way for a minute."""
    street = Street().open_in().run(15, Way.IN, *drive(1.0))
    return street.run(1, Way.NONE).run(60, Way.OUT, *events, **more)


def test_a_vehicle_that_did_not_leave_keeps_the_lane_closed() -> None:
    street = closing(*drive(0.5, until=3))
    assert street.shown == Way.NONE
    assert street.refusals[-1] is Rule.BALANCE


def test_going_back_the_way_it_was_needs_no_proof() -> None:
    assert closing(*drive(0.5, until=3)).run(1, Way.IN).shown == Way.IN


@pytest.mark.parametrize(
    ("events", "rule"),
    [
        (((9.0, 1, Code.DETECTOR_ON, 11),), Rule.OCCUPIED),  # Stuck on, or somebody stands there.
        (((9.0, 1, 86, 11),), Rule.FAULT),  # An open loop, says the controller.
        (((9.0, 2, Code.DETECTOR_OFF, 12),), Rule.FAULT),  # Off twice: its "on" was lost.
        (((9.0, 2, 82, 4), (9.4, 2, 81, 4)), Rule.BALANCE),  # One loop alone saw somebody.
    ],
)
def test_a_detector_that_cannot_be_believed_keeps_it_closed_until_a_person_looked(
    events: tuple[tuple[float, int, int, int], ...], rule: Rule
) -> None:
    street = closing(*events)
    assert street.shown == Way.NONE
    assert street.refusals[-1] is rule
    assert street.confirm().run(5, Way.OUT).shown == Way.OUT


def test_a_confirmation_counts_for_two_minutes_at_most_and_not_past_new_traffic() -> None:
    stuck = (9.0, 1, Code.DETECTOR_ON, 11)
    late = closing(stuck).confirm().run(21, Way.NONE).run(5, Way.OUT)
    assert late.shown == Way.NONE
    fresh = closing(stuck).confirm().run(5, Way.OUT, (0.5, 2, Code.DETECTOR_ON, 4))
    assert fresh.shown == Way.NONE


def test_nobody_can_confirm_a_lane_empty_that_is_still_open() -> None:
    street = Street().open_in().run(15, Way.IN, *drive(1.0, until=3)).confirm()
    assert street.run(1, Way.NONE).run(40, Way.OUT).shown == Way.NONE


def test_a_controller_that_was_silent_for_a_while_is_not_believed_afterwards() -> None:
    street = Street().open_in().run(15, Way.IN, *drive(1.0)).run(12, Way.IN, alive=False)
    street.run(20, Way.NONE).run(40, Way.OUT)
    assert street.shown == Way.NONE
    assert street.refusals[-1] is Rule.SILENT


def test_a_sign_that_does_not_say_red_cannot_be_confirmed_away() -> None:
    street = closing(signs=False)
    assert street.shown == Way.NONE
    assert street.confirm().run(5, Way.OUT, signs=False).refusals[-1] is Rule.SIGNS


def test_detectors_that_nobody_drove_over_prove_nothing() -> None:
    street = Street().open_in().run(15, Way.IN).run(1, Way.NONE).run(60, Way.OUT)
    assert street.refusals[-1] is Rule.ASLEEP


def test_an_event_told_twice_changes_nothing_and_a_late_one_is_not_believed() -> None:
    twice = tuple(event for event in drive(1.0) for _ in range(2))
    street = Street().open_in().run(15, Way.IN, *twice)
    assert int(street.guard.odd[0]) == 0
    assert street.guard.count[0].tolist() == [1] * 6
    late = told((street.second - 20, 1, Code.DETECTOR_ON, 11))
    assert int(LOCK.hear(street.guard, late, now=street.now).odd[0]) > 0


@pytest.mark.parametrize(("lock", "stranded"), [(LOCK, False), (Off(LOCK.tables), True)])
def test_a_hasty_decision_strands_a_vehicle_only_with_the_interlock_off(
    lock: Interlock, *, stranded: bool
) -> None:
    street = Street(lock)
    street.run(7, Way.NONE)
    street.confirm().run(5, Way.IN).run(3, Way.IN, *drive(0.5, until=2))
    street.run(10, Way.OUT)  # It stands in the lane.
    assert (street.shown == Way.OUT) is stranded


def test_lanes_that_share_a_detector_or_have_no_cover_are_refused() -> None:
    with pytest.raises(ValueError, match="two lanes"):
        tables_of((LANE, replace(LANE, name="lane/2")), LIMITS)
    with pytest.raises(ValueError, match="no zone"):
        replace(LANE, zones=())
    with pytest.raises(ValueError, match="twice"):
        replace(LANE, zones=(1, 12))
    with pytest.raises(ValueError, match="dwell_s is 2"):
        Limits(dwell_s=2)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Way], list[tuple[int, int]], int, int]:
    """Wishes, vehicles (second of entry, seconds from detector to detector), the liar, its way."""
    wishes = draw(st.lists(st.sampled_from(list(Way)), min_size=6, max_size=6))
    vehicles = draw(st.lists(st.tuples(st.integers(0, 90), st.integers(1, 40)), max_size=5))
    return wishes, vehicles, draw(st.integers(0, 5)), draw(st.integers(0, 3))


@given(world=worlds(), seed=st.integers(0, 2**16))
@settings(max_examples=15, deadline=None)
def test_nobody_is_stranded_whatever_is_wished_and_whichever_one_detector_lies(
    world: tuple[list[Way], list[tuple[int, int]], int, int], seed: int
) -> None:
    assert not _stranded(LOCK, world, seed=seed)


def test_the_same_worlds_strand_vehicles_with_the_interlock_off() -> None:
    world = ([Way.IN, Way.OUT] * 4, [(0, 60), (30, 60)], 0, 0)
    assert _stranded(Off(LOCK.tables), world, seed=1)
    assert not _stranded(LOCK, world, seed=1)


def _stranded(
    lock: Interlock, world: tuple[list[Way], list[tuple[int, int]], int, int], *, seed: int
) -> bool:
    """Whether some vehicle meets the other way. Each enters as the sign shows, if it shows any.

    One detector lies: it loses all, some, doubles some, or invents. All others are told twice at
    times, out of order within a second, up to two seconds late, by clocks that are a second off.
    """
    wishes, vehicles, liar, kind = world
    chance = np.random.default_rng(seed)
    street = Street(lock).run(7, Way.NONE).confirm().run(5, Way.IN)
    paths = (GATES[0], GATES[1], ZONES[0], ZONES[1], GATES[2], GATES[3])
    inside: list[tuple[Way, int, int]] = []
    post: list[tuple[int, tuple[float, int, int, int]]] = []  # When it is received, and what.
    waiting, skew = sorted(vehicles), chance.integers(-1, 2, size=2)
    for second in range(SPAN * len(wishes)):
        if waiting and waiting[0][0] <= second and street.shown != Way.NONE:
            inside.append((street.shown, second, waiting.pop(0)[1]))
        for way, began, pace in inside:
            for number, spot in enumerate(paths if way is Way.IN else paths[::-1]):
                on_at = began + number * pace
                # It stands on a zone until it reaches the next detector: zones have no gap.
                off_at = on_at + (pace if spot in ZONES else 0)
                for code, at in ((Code.DETECTOR_ON, on_at), (Code.DETECTOR_OFF, off_at)):
                    if at != second:
                        continue
                    half = 0.5 * (code == Code.DETECTOR_OFF)
                    event = (street.second + half + skew[spot[0] - 1], spot[0], code, spot[1])
                    times = 1 + int(chance.random() < 0.2)
                    if paths.index(spot) == liar:
                        times = [0, int(chance.random() < 0.5), 2, 1][kind]
                    due = second + int(chance.integers(0, 3))
                    post += [(due, event)] * times
        if kind == 3 and chance.random() < 0.05:
            post.append((second, (street.second, *paths[liar][:1], 82, paths[liar][1])))
        now = [event for due, event in post if due == second]
        chance.shuffle(now)
        street.guard = lock.hear(street.guard, told(*now), now=street.now)
        street.run(1, wishes[second // SPAN])
        inside = [one for one in inside if one[1] + 5 * one[2] >= second]
        if any(way is not street.shown != Way.NONE for way, _, _ in inside):
            return True
    return False
