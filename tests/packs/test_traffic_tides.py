"""When a reversible lane is turned: the forecast, the gain, the steps, people's acts, the loop."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from bench.traffic_parts import tidal_cases, tidal_tables, tidal_trials
from haihe.model import Answered, Decision
from haihe.model.arrays import FloatArray, IntArray
from haihe.model.record import Batch
from haihe.model.time import HOUR, MINUTE, SECOND
from haihe.pack import Turn, View
from haihe.packs.traffic.measures.events import Code
from haihe.packs.traffic.tidal import pilot
from haihe.packs.traffic.tidal.control import (
    EVERY,
    LANE_EVENT,
    LANE_FLOW,
    LANE_HAND,
    Memory,
    TidalControl,
    tidal_loop,
)
from haihe.packs.traffic.tidal.corridor import Shape, drive, empty_street
from haihe.packs.traffic.tidal.decide import Streams, Worth, balance, clearing_s
from haihe.packs.traffic.tidal.forecast import SLOTS, Outlook, Present, outlook, present_of, tide_of
from haihe.packs.traffic.tidal.lanes import Lane, Limits, Way
from haihe.packs.traffic.tidal.machine import Phase
from haihe.run.packing import memory_in, memory_out
from tests.packs.test_traffic_tidal import GATES, LANE, LIMITS, ZONES

T0 = tidal_cases.T0  # A Wednesday, 6:30.
FLAT = tide_of(np.full((5, 1, 2, SLOTS), 500.0), np.arange(5))


def present(inbound: float, outbound: float) -> Present:
    return present_of(np.array([[inbound, outbound]]), np.full((1, 2), np.nan))


def ahead(inbound: float, outbound: float) -> Outlook:
    expected = np.repeat(np.array([[[inbound], [outbound]]]), 12, axis=2)
    return Outlook(expected, np.zeros_like(expected))


def streams(inbound: float, outbound: float, *, waiting: float = 0.0) -> Streams:
    return Streams(np.array([[waiting, 0.0]]), np.zeros(1), ahead(inbound, outbound))


TOWN = Lane(
    name="lane/1", devices=(1, 2), gates=(1, 2, 3, 4), zones=(11, 12), signs=(7, 7),
    length_m=1390.0, lanes=(2, 2), capacity_veh_h=605.0,
)  # fmt: skip


def test_a_tide_that_two_lanes_cannot_carry_pays_and_an_even_demand_never_does() -> None:
    out = np.array([Way.OUT])
    tide = balance((TOWN,), streams(1640, 600), way=out, limits=Limits())
    assert tide.pays(Worth()).tolist() == [True]
    # 430 an hour too many: after an hour 430 wait, 215 vehicle hours, and 430**2 / (2 * 1210) more.
    assert tide.gain_veh_h[0] == pytest.approx(215 + 430**2 / 2420)
    even = balance((TOWN,), streams(1640, 1640), way=out, limits=Limits())
    assert even.pays(Worth()).tolist() == [False]
    light = balance((TOWN,), streams(1100, 300), way=out, limits=Limits())
    assert light.pays(Worth()).tolist() == [False]


def test_clearing_takes_the_drive_or_the_queue_in_the_lane() -> None:
    taken = clearing_s((TOWN, TOWN), Limits(), inside_veh=np.array([0.0, 121.0]))
    assert taken == pytest.approx([20 + 100 + 15 + 5, 20 + 720 + 15 + 5])


def test_a_lane_is_not_turned_long_before_the_tide() -> None:
    later = ahead(1000, 1000)
    later.expected[0, 0, 9:] = 1800
    later.expected[0, 1, :6] = 1700  # Outbound still needs it for half an hour.
    found = balance(
        (TOWN,), Streams(np.zeros((1, 2)), np.zeros(1), later), way=np.array([Way.OUT]),
        limits=Limits(),
    )  # fmt: skip
    assert found.pays(Worth()).tolist() == [False]


def test_the_usual_is_the_median_of_the_weekday_and_one_odd_day_changes_nothing() -> None:
    days = np.full((6, 1, 2, SLOTS), 100.0)
    days[:3, ..., 90] = [[[400.0]], [[420.0]], [[9000.0]]]
    tide = tide_of(days, np.array([2, 2, 2, 0, 1, 3]))
    assert tide.usual[2, 0, 0, 90] == 420.0
    assert tide.usual[0, 0, 0, 90] == 250.0  # Too few Mondays: all working days.
    assert tide.spread[2, 0, 0, 90] == pytest.approx(1.4826 * 20)
    with pytest.raises(ValueError, match="weekdays"):
        tide_of(days, np.array([2, 2, 2, 0, 1, 7]))


def test_what_was_never_recorded_is_zero_and_what_is_unknown_now_is_the_usual() -> None:
    days = np.full((3, 1, 2, SLOTS), np.nan)
    assert tide_of(days, np.arange(3)).usual.max() == 0.0
    told = outlook(FLAT, present(np.nan, np.nan), now=T0, offset=8 * HOUR, slots=4)
    assert told.expected.tolist() == [[[500.0] * 4] * 2]


def test_chance_is_no_tide_and_a_surprise_fades() -> None:
    calm = outlook(FLAT, present(540.0, 470.0), now=T0, offset=8 * HOUR, slots=12)
    assert calm.expected == pytest.approx(np.full((1, 2, 12), 500.0))
    surge = outlook(FLAT, present(1500.0, 500.0), now=T0, offset=8 * HOUR, slots=12)
    assert 1400 < surge.expected[0, 0, 0] < 1500
    assert surge.expected[0, 0, 11] < 900
    assert (surge.spread > 0).all()


def test_a_corridor_loses_no_vehicle_and_tows_those_who_are_met() -> None:
    shape = Shape(np.array([[2, 2]]), np.array([3]), 7, np.array([0.84]))
    street = replace(empty_street(shape), way=np.array([Way.IN]))
    sides, came = np.zeros((1, 2, 3)), 0.0
    for step in range(200):
        came += 4.0
        street, _ = drive(street, shape, arrivals=np.array([[3.0, 1.0]]), sides=sides,
                          shown=np.array([Way.IN if step < 150 else Way.NONE]))  # fmt: skip
        assert street.inside.sum() + street.left.sum() == pytest.approx(came)
    assert int(street.stranded[0]) == 0
    inside = int(street.cells.sum())
    street, _ = drive(street, shape, arrivals=np.zeros((1, 2)), sides=sides,
                      shown=np.array([Way.OUT]))  # fmt: skip
    assert int(street.stranded[0]) == inside


SETTINGS = pilot.Settings(
    (replace(LANE, capacity_veh_h=605.0),), FLAT, replace(LIMITS, ask_s=30), minimum_hold=1 * MINUTE
)
CONTROL = TidalControl(SETTINGS)


class Desk:
    """The loop's control, turn by turn, with what detectors and people say."""

    def __init__(self) -> None:
        self.memory: Memory = CONTROL.start()
        self.now = T0
        self.said: list[Decision] = []
        self.answers: list[Answered] = []

    def turn(self, times: int = 1, *, flow: tuple[float, ...] = (), hand: str = "",
             car: bool = False, held: frozenset[str] = frozenset()) -> list[Decision]:  # fmt: skip
        """Some turns; ``hand`` is "act who reason". Returns what the last one said."""
        told: list[Decision] = []
        for _ in range(times):
            self.now += EVERY
            new = {LANE_EVENT.name: self._events(car=car)}
            if flow:
                names = [field.name for field in LANE_FLOW.fields]
                pairs = zip(names, flow, strict=True)
                values = {name: np.array([value]) for name, value in pairs}
                new[LANE_FLOW.name] = _batch(LANE_FLOW.name, self.now, numbers=values)
            if hand:
                words = [*hand.split(" ", 2), "", ""][:3]
                new[LANE_HAND.name] = _batch(LANE_HAND.name, self.now, texts=words)
            ids = {name: ["lane/1"] for name in new}
            view: View = None  # type: ignore[assignment]  # The control does not look at it.
            turn = Turn(now=self.now, new=new, ids=ids, view=view, held=held)
            self.memory, found = CONTROL.turn(self.memory, turn)
            told = [one for one in found if isinstance(one, Decision)]
            self.answers += [one for one in found if isinstance(one, Answered)]
            self.said += told
        return told

    def _events(self, *, car: bool) -> Batch:
        lock = SETTINGS.machine.interlock
        way = lock.shown(self.memory.flight.guard, now=self.now)[0]
        rows = [(self.now - SECOND, device, Code.GREEN if way == side else Code.RED, 7)
                for device, side in ((1, Way.IN), (2, Way.OUT))]  # fmt: skip
        for number, (device, detector) in enumerate((*GATES, *ZONES) if car else ()):
            at = self.now - 2 * SECOND + number * SECOND // 4
            rows += [(at, device, Code.DETECTOR_ON, detector),
                     (at + SECOND // 8, device, Code.DETECTOR_OFF, detector)]  # fmt: skip
        columns = np.array(rows, dtype=np.int64).T
        names = ("device", "code", "parameter")
        pairs = zip(names, columns[1:].astype(np.float64), strict=True)
        numbers: dict[str, FloatArray] = dict(pairs)
        return _batch(LANE_EVENT.name, self.now, numbers=numbers, observed_at=columns[0])

    @property
    def phase(self) -> Phase:
        flight = self.memory.flight
        return Phase(int(SETTINGS.machine.phases(flight.course, flight.guard, now=self.now)[0]))

    @property
    def orders(self) -> list[tuple[str, str]]:
        return [(order.action, order.parameters.get("way", ""))
                for said in self.said for order in said.orders]  # fmt: skip


def _batch(
    stream: str,
    at: int,
    *,
    numbers: Mapping[str, FloatArray] | None = None,
    texts: list[str] | None = None,
    observed_at: IntArray | None = None,
) -> Batch:
    count = len(next(iter(numbers.values()))) if numbers else 1
    named = zip(("act", "who", "reason"), texts or (), strict=False)
    return Batch(
        stream=stream,
        offsets=np.arange(count),
        slots=np.zeros(count, np.int32),
        observed_at=np.full(count, at) if observed_at is None else observed_at,
        received_at=np.full(count, at),
        numbers=numbers or {},
        texts={name: np.array([word], dtype=object) for name, word in named},
    )


def opened() -> Desk:
    """A lane that somebody confirmed empty, open outbound for a minute, with a car now."""
    desk = Desk()
    desk.turn(4)
    desk.turn(hand="confirm-empty ann camera 3 shows it empty")
    desk.turn(2)
    assert desk.phase is Phase.OPEN
    desk.turn(12, flow=(500, 500, 0, 0, 0))
    desk.turn(5, car=True)
    return desk


def test_a_tide_turns_the_lane_with_its_numbers_and_its_signal_plan() -> None:
    desk = opened()
    desk.said.clear()
    desk.turn(24, flow=(1900, 500, 20, 0, 3))
    assert desk.phase is Phase.OPEN
    assert desk.orders == [("lane-sign", "closed"), ("lane-sign", "inbound")]
    why = desk.said[0].why
    assert "veh/h expected against 1,210 that 2 lanes carry" in why.en
    assert "signal plan balanced" in why.en
    assert "1,210" in why.zh
    assert desk.said[-1].orders[0].parameters["plan"] == "tide-in"
    desk.turn(6, flow=(300, 1900, 0, 20, 3))
    assert desk.orders[-1] == ("lane-sign", "inbound")  # The minimum hold.


def test_a_lane_at_first_opens_only_when_somebody_with_a_name_and_a_reason_looked() -> None:
    desk = Desk()
    desk.turn(10)
    assert desk.phase is Phase.ASKING
    assert desk.orders == [("lane-look", "")]
    refused = desk.turn(hand="confirm-empty ann")
    assert "with a name and a reason" in refused[0].why.en
    desk.turn(hand="open-sesame ann why not")
    desk.turn(5)
    assert desk.phase is Phase.ASKING
    assert desk.answers == []
    desk.turn(hand="confirm-empty ann camera 3 shows it empty")
    looked = Answered(
        action="lane-look", entity="lane/1", by="ann", words="camera 3 shows it empty"
    )
    assert desk.answers == [looked]
    desk.turn(2)
    assert desk.orders[-1] == ("lane-sign", "outbound")


def test_anybody_may_close_at_once_and_only_a_release_gives_it_back() -> None:
    desk = opened()
    desk.turn(hand="close")
    assert desk.phase.name == "WARNING"
    desk.turn(20)
    assert desk.phase.name == "CLOSED"
    desk.turn(hand="release bob the accident is cleared")
    desk.turn(2)
    assert desk.phase.name == "OPEN"  # The way it was open last: nothing to prove.
    assert desk.orders[-1] == ("lane-sign", "outbound")


def test_a_person_may_turn_it_by_hand_but_not_past_the_proof() -> None:
    desk = opened()
    desk.turn(hand="in eve an ambulance convoy")
    assert desk.phase is Phase.WARNING
    desk.turn(1)
    assert desk.orders[-1] == ("lane-sign", "closed")
    desk.turn(8)
    assert desk.orders[-1] == ("lane-sign", "inbound")


def test_a_lane_that_could_not_be_proved_is_not_even_closed() -> None:
    desk = Desk()
    desk.turn(4)
    desk.turn(hand="confirm-empty ann camera 3 shows it empty")
    desk.turn(12, flow=(500, 500, 0, 0, 0))  # No car ever drove over its detectors.
    desk.turn(40, flow=(1900, 500, 50, 0, 0))
    assert desk.orders[-2:] == [("lane-sign", "outbound"), ("lane-mend", "")]  # Asked once.
    assert "never moved" in desk.said[-1].why.en


def test_what_is_held_on_the_platform_stays_as_it_is() -> None:
    desk = opened()
    desk.said.clear()
    desk.turn(40, flow=(1900, 500, 50, 0, 3), held=frozenset({"lane/1"}))
    assert desk.orders == []


def test_the_loop_runs_in_a_pack_and_its_memory_survives_a_snapshot() -> None:
    loop = tidal_loop(SETTINGS)
    assert loop.control.start().has_begun is False
    desk = opened()
    again = memory_in(CONTROL.start(), memory_out(desk.memory))
    assert again.flight.guard.count.tolist() == desk.memory.flight.guard.count.tolist()
    desk.turn(hand="close ann works")
    again = memory_in(CONTROL.start(), memory_out(desk.memory))
    assert (again.hands[0].act, again.hands[0].who, again.hands[0].at) == ("close", "ann", desk.now)
    desk.turn(hand="release ann over")
    assert desk.memory.hands[0].act == ""
    other = replace(SETTINGS, tide=tide_of(np.full((5, 1, 2, SLOTS), 501.0), np.arange(5)))
    assert repr(other) != repr(SETTINGS)  # Settings are told apart by how they are shown.


def test_a_jammed_morning_is_turned_for_the_tide_and_strands_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    road = tidal_cases.CORRIDORS[0]
    cases = tuple(tidal_cases.Case(road, 0.95, share, "fast", 0) for share in (0.8, 0.5))
    morning = tidal_cases.mornings(cases)
    again = tidal_cases.mornings(cases[1:])
    assert (again.entries[0] == morning.entries[1]).all()  # Whatever stands beside it.
    monkeypatch.setattr(tidal_trials, "STEPS", 840)  # Seventy minutes of it.
    ours = tidal_trials.piloted(morning)
    fixed = tidal_trials.by_table(morning, np.full((2, 1), int(Way.OUT)), sure=True)
    assert ours.stranded.tolist() == [0, 0]
    # Where both ways are as busy, a turn by chance costs seconds; most often it saves.
    assert ours.delay_s[1] <= fixed.delay_s[1] + 4.0
    assert ours.delay_s[0] < fixed.delay_s[0] - 1


def test_the_best_table_opens_inbound_in_the_tide_only_where_there_is_one() -> None:
    road = tidal_cases.CORRIDORS[1]
    cases = tuple(tidal_cases.Case(road, 0.75, share, "fast", 0) for share in (0.5, 0.8))
    morning = tidal_cases.mornings(cases)
    table = tidal_tables.best_table(morning, morning.demand)
    assert (table[1] == Way.IN).any()
    assert (table[0] == Way.OUT).all()
    assert tidal_tables.earlier(table, 2)[1].tolist() == [
        *table[1][2:],
        *table[1][-1:],
        table[1][-1],
    ]
