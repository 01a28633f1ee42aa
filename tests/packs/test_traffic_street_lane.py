"""The reversible lane of the street twin: counted at its gates, never both ways."""

from collections.abc import Sequence

import numpy as np
import pytest

from haihe.model import Order, Rows, Settled, Text
from haihe.model.time import MINUTE, SECOND, parse_instant
from haihe.packs.traffic.measures.events import Code, Events
from haihe.packs.traffic.street import StreetTwin
from haihe.packs.traffic.tidal.control import EVERY, LANE_EVENT, LANE_HAND
from haihe.packs.traffic.tidal.interlock import Interlock, Rule
from haihe.packs.traffic.tidal.lanes import Limits, Way, tables_of
from haihe.packs.traffic.zone import AVENUE, GATE, GATE_IN, TOWN, TOWN_OUT, Flow

AT = parse_instant("2026-11-20T10:00:00+08:00")
DAY_S = 24 * 3600
COLUMNS = ("device", "code", "parameter")
BUSY = (Flow(TOWN, GATE, 0, DAY_S, 900.0), Flow(GATE_IN, TOWN_OUT, 0, DAY_S, 900.0))


def sign(way: str, plan: str = "balanced") -> Order:
    return Order(
        action="lane-sign",
        entity=AVENUE.name,
        assignee="traffic-signs",
        due_in=MINUTE,
        title=Text(zh="车道信号", en="lane sign"),
        settled=Settled.BY_RECEIPT,
        parameters={"way": way, "plan": plan},
    )


def started(seed: int = 1) -> StreetTwin:
    twin = StreetTwin(seed, flows=BUSY)
    twin.advance(AT)
    return twin


def told(rows: Sequence[Rows]) -> list[tuple[int, int, int, int]]:
    """Instant, device, code and parameter of what the lane's controllers said."""
    return [
        (int(at), int(device), int(code), int(parameter))
        for one in rows
        if one.stream == LANE_EVENT.name
        for at, device, code, parameter in zip(
            one.observed_at,
            *(one.numbers[name] for name in COLUMNS),
            strict=True,
        )
    ]


def ways(twin: StreetTwin) -> set[int]:
    """Which way the vehicles in the lane go."""
    return set(twin.layout.strips.way[twin.cars.strip].tolist()) - {int(Way.NONE)}


def test_gates_count_alike_and_the_lane_is_proved_empty_after_it_closes() -> None:
    twin = started()
    twin.obey(sign("inbound"), at=AT)
    rows = [*twin.advance(AT + 6 * MINUTE)]
    assert len(twin.avenue.inside(twin.cars)) > 3
    twin.obey(sign("closed"), at=AT + 6 * MINUTE)
    rows += twin.advance(AT + 12 * MINUTE)
    assert len(twin.avenue.inside(twin.cars)) == 0
    events = told(rows)
    ons = [parameter for _, _, code, parameter in events if code == Code.DETECTOR_ON]
    counts = [ons.count(gate) for gate in AVENUE.gates]
    assert counts[0] > 10
    assert len(set(counts)) == 1
    assert all(ons.count(zone) for zone in AVENUE.zones)
    last: dict[int, int] = {}
    for at, device, code, parameter in events:
        if code in (Code.DETECTOR_ON, Code.DETECTOR_OFF):
            assert last.get(parameter, Code.DETECTOR_OFF) != code, (at, device, parameter)
            last[parameter] = code
    assert set(last.values()) == {Code.DETECTOR_OFF}


def test_the_platforms_interlock_proves_what_the_twin_tells() -> None:
    interlock = Interlock(tables_of((AVENUE,), Limits()))
    twin = started(2)
    guard = interlock.start(at=AT)
    wish = np.array([int(Way.IN)])
    lacking = []
    for turn in range(1, 130):
        now = AT + turn * EVERY
        for one in twin.advance(now):
            if one.stream == LANE_EVENT.name:
                columns = (one.numbers[name].astype(np.int64) for name in COLUMNS)
                guard = interlock.hear(guard, Events(one.observed_at, *columns), now=now)
        if turn == 20:
            guard = interlock.confirm(guard, np.array([True]), now=now)
        closing = turn >= 75
        asked = np.array([int(Way.NONE)]) if closing else wish
        guard, _ = interlock.step(guard, asked, now=now)
        if turn in (20, 75):
            twin.obey(sign("closed" if closing else "inbound"), at=now)
        lacking = [
            rule.name
            for rule in Rule
            if interlock.lacks(guard, np.array([int(Way.OUT)]), now=now)[0, rule]
        ]
    assert guard.count[0, 0] > 5
    assert lacking == []


def test_signs_are_amber_before_they_close_and_say_their_state_at_each_poll() -> None:
    twin = started()
    twin.obey(sign("inbound"), at=AT)
    twin.advance(AT + 60 * SECOND)
    twin.obey(sign("closed"), at=AT + 60 * SECOND)
    said = [
        (at, code)
        for at, device, code, _ in told(twin.advance(AT + 120 * SECOND))
        if device == AVENUE.devices[0] and code in (Code.GREEN, Code.YELLOW, Code.RED)
    ]
    assert [(at - AT) // SECOND for at, _ in said] == [70, 80, 90, 100, 110, 120]
    assert [code for _, code in said] == [Code.YELLOW] * 2 + [Code.RED] * 4


def test_signs_refuse_the_other_way_while_somebody_is_inside() -> None:
    twin = started()
    twin.obey(sign("inbound"), at=AT)
    twin.advance(AT + 5 * MINUTE)
    assert ways(twin) == {Way.IN}
    for second in range(5 * 60, 8 * 60, 20):
        at = AT + second * SECOND
        twin.obey(sign("outbound"), at=at)
        twin.advance(at + 20 * SECOND)
        assert ways(twin) <= {Way.IN}
    assert twin.avenue.refused > 0
    assert twin.stranded == 0


def test_vehicles_that_meet_are_counted_as_stranded_and_stay() -> None:
    twin = started()
    twin.obey(sign("inbound"), at=AT)
    twin.advance(AT + 5 * MINUTE)
    inside = set(twin.avenue.inside(twin.cars).tolist())
    twin.avenue.open(Way.OUT)
    for second in range(300, 700, 5):
        twin.advance(AT + second * SECOND)
    assert ways(twin) == {Way.IN, Way.OUT}
    assert 0 < twin.stranded <= len(inside) + 2
    entries = twin.entries
    assert entries.arrived == entries.waiting + len(twin.cars) + twin.left
    strips = twin.layout.strips
    front_m = twin.cars.at_m + strips.before_m[twin.cars.strip]
    way = strips.way[twin.cars.strip]
    there = front_m[way == Way.IN].max()
    assert AVENUE.length_m - front_m[way == Way.OUT].max() > there - 1.0


@pytest.mark.parametrize("way", ["", "sideways"])
def test_a_way_that_is_none_changes_nothing(way: str) -> None:
    twin = started()
    twin.obey(sign(way), at=AT)
    twin.advance(AT + MINUTE)
    assert twin.avenue.opens(AT + MINUTE) is Way.NONE


def test_the_order_brings_its_plan_to_the_junctions_along_it_only() -> None:
    twin = started()
    twin.obey(sign("inbound", plan="tide-in"), at=AT)
    rows = [one for one in twin.advance(AT + 5 * SECOND) if one.stream == "traffic.signal_event"]
    changed = {
        one.ids[one.codes[row]]
        for one in rows
        for row in range(len(one))
        if one.numbers["code"][row] == Code.PATTERN and one.numbers["parameter"][row] == 2
    }
    assert changed == {f"junction/J0{column}01" for column in range(4)}


def test_a_patrol_says_once_that_the_lane_is_empty() -> None:
    twin = started()
    words = [one for one in twin.advance(AT + 5 * MINUTE) if one.stream == LANE_HAND.name]
    assert [one.texts["act"].tolist() for one in words] == [["confirm-empty"]]
