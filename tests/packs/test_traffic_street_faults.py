"""What goes wrong on the street twin: loops, controllers, lanes, crowds; each with its end."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np
import pytest

from haihe.errors import SinkFailed
from haihe.model import Order, Rows, Settled, Text
from haihe.model.time import MINUTE, SECOND, format_instant, parse_instant
from haihe.packs.traffic.measures.events import Code
from haihe.packs.traffic.street import StreetTwin
from haihe.packs.traffic.street.demand import Demand, poisson
from haihe.packs.traffic.street.heads import BY_CENTRE
from haihe.packs.traffic.street.layout import layout_of
from haihe.packs.traffic.zone import FLOWS, TOWN, Flow, zone_network
from haihe.twin import Fault

AT = parse_instant("2026-11-20T07:10:00+08:00")
PLACE = "junction/J0101"
CHANNEL = 9  # From the west, the lane on the right.


def told(rows: Sequence[Rows], entity: str = PLACE) -> list[tuple[int, int, int]]:
    """Instant, code and parameter of what a junction's controller said."""
    return [
        (int(at), int(code), int(what))
        for one in rows
        if one.stream == "traffic.signal_event"
        for slot, at, code, what in zip(
            one.codes, one.observed_at, one.numbers["code"], one.numbers["parameter"], strict=True
        )
        if one.ids[slot] == entity
    ]


def loop(events: Sequence[tuple[int, int, int]], *, begin: int, end: int) -> list[int]:
    """What the loop said in a part of the time."""
    codes = (Code.DETECTOR_ON, Code.DETECTOR_OFF)
    return [
        code for at, code, what in events if what == CHANNEL and code in codes and begin <= at < end
    ]


def run(kind: str, size: float, *, minutes: int = 4) -> list[tuple[int, int, int]]:
    """Four minutes, the fault in the second and third."""
    twin = StreetTwin(4)
    twin.inject(Fault(kind, PLACE, AT + MINUTE, AT + 3 * MINUTE, size))
    twin.advance(AT)
    return told(twin.advance(AT + minutes * MINUTE))


def test_a_loop_stuck_on_says_so_once_and_is_whole_afterwards() -> None:
    events = run("detector-stuck-on", CHANNEL)
    assert loop(events, begin=AT + MINUTE + 2 * SECOND, end=AT + 3 * MINUTE) == []
    said = loop(events, begin=AT, end=AT + MINUTE + 2 * SECOND)
    assert said[-1] == Code.DETECTOR_ON
    after = loop(events, begin=AT + 3 * MINUTE, end=AT + 4 * MINUTE)
    assert after[0] == Code.DETECTOR_OFF
    assert len(after) > 4


def test_a_loop_stuck_off_sees_nobody() -> None:
    events = run("detector-stuck-off", CHANNEL)
    assert loop(events, begin=AT + MINUTE + 2 * SECOND, end=AT + 3 * MINUTE) == []
    assert loop(events, begin=AT, end=AT + MINUTE + 2 * SECOND)[-1] == Code.DETECTOR_OFF


def test_a_loop_that_chatters_turns_ten_times_a_second() -> None:
    events = run("detector-chatter", CHANNEL)
    chatter = loop(events, begin=AT + MINUTE + SECOND, end=AT + 2 * MINUTE)
    assert len(chatter) == 590
    assert all(a != b for a, b in pairwise(chatter))


@pytest.mark.parametrize("kind", ["detector-stuck-on", "detector-chatter"])
def test_a_loop_that_is_not_there_changes_nothing(kind: str) -> None:
    assert run(kind, 99.0, minutes=2) == run("controller-refuses", 1.0, minutes=2)


def test_a_silent_controller_says_nothing_takes_nothing_and_goes_on() -> None:
    events = run("controller-silent", 1.0)
    assert [one for one in events if AT + MINUTE < one[0] <= AT + 3 * MINUTE - SECOND] == []
    again = {(code, what) for at, code, what in events if at == AT + 3 * MINUTE}
    phases = {what for code, what in again if code in (Code.GREEN, Code.YELLOW, Code.RED)}
    assert phases == set(range(1, 13))
    assert (int(Code.PATTERN), 1) in again


def test_a_clock_that_is_wrong_stamps_what_it_says_with_it() -> None:
    true, wrong = run("controller-refuses", 1.0), run("clock-skew", 40.0)
    inside = [(at + 40 * SECOND, *rest) for at, *rest in true if AT + MINUTE < at < AT + 2 * MINUTE]
    assert set(inside) <= set(wrong)


def test_a_controller_that_is_late_obeys_later_and_one_that_is_silent_not_at_all() -> None:
    order = Order(
        action="signal-stage",
        entity=PLACE,
        assignee="traffic-signals",
        due_in=MINUTE,
        title=Text(zh="放行", en="show"),
        settled=Settled.BY_RECEIPT,
        parameters={"stage": "1", "until": format_instant(AT + 2 * MINUTE)},
    )
    twin = StreetTwin(4)
    twin.inject(Fault("controller-late", PLACE, AT, AT + MINUTE, 8.0))
    twin.inject(Fault("controller-silent", "junction/J0000", AT, AT + MINUTE))
    twin.advance(AT)
    twin.obey(order, at=AT)
    with pytest.raises(SinkFailed):
        twin.obey(msgspec.structs.replace(order, entity="junction/J0000"), at=AT)
    events = told(twin.advance(AT + 20 * SECOND))
    patterns = [at for at, code, what in events if (code, what) == (Code.PATTERN, BY_CENTRE)]
    assert patterns == [AT + 8 * SECOND]


def test_who_comes_to_an_accident_drives_around_it() -> None:
    twin = StreetTwin(4)
    twin.inject(Fault("accident", "road/J0101-from-W", AT, AT + 10 * MINUTE, 2.0))
    twin.advance(AT)
    strip = twin.layout.strips.at("J0101-from-W_1")
    middle_m = twin.layout.strips.length_m[strip] / 2
    twin.advance(AT + 5 * MINUTE)
    beyond = twin.cars.at_m > middle_m
    road = twin.layout.strips.road[twin.cars.strip] == twin.layout.strips.road[strip]
    assert not (beyond & (twin.cars.strip == strip) & (twin.cars.at_m < middle_m + 30)).any()
    assert (beyond & road).any()
    assert twin.left > 20
    entries = twin.entries
    assert entries.arrived == entries.waiting + len(twin.cars) + twin.left


def test_an_event_sends_more_than_usual() -> None:
    calm, busy = StreetTwin(4), StreetTwin(4)
    busy.inject(Fault("surge", f"road/{TOWN}", AT, AT + 10 * MINUTE, 600.0))
    for twin in (calm, busy):
        twin.advance(AT)
        twin.advance(AT + 2 * MINUTE)
    assert 8 <= busy.entries.arrived - calm.entries.arrived <= 35


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault("flood", PLACE, 0, 1), "flood"),
        (Fault("accident", PLACE, 0, 1), "cannot happen"),
        (Fault("clock-skew", PLACE, 0, 1, 1e9), "at most 3600"),
        (Fault("surge", f"road/{TOWN}", 0, 1, 1e9), "at most 4000"),
        (Fault("surge", f"road/{TOWN}", 1, 1, 1.0), "later"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(fault: Fault, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        StreetTwin(1).inject(fault)


def test_a_flow_whose_roads_are_not_joined_is_refused() -> None:
    with pytest.raises(ValueError, match="no way leads"):
        layout_of(zone_network(), (Flow("J0000-to-N", TOWN, 0, 60, 1.0),))


def test_days_differ_a_little_and_days_off_much() -> None:
    demand = Demand(FLOWS, 1)
    morning = [parse_instant(f"2026-11-{day}T07:30:00+08:00") for day in (19, 20, 21)]
    total = [demand.rates_veh_h(at)[0] for at in morning]
    assert total[0] != total[1]
    assert total[0] == pytest.approx(total[1], rel=0.3)
    assert total[2] < 0.6 * total[1]
    assert demand.rates_veh_h(parse_instant("2026-11-20T03:00:00+08:00")).sum() == 120.0


def test_drawn_arrivals_have_the_mean_that_was_asked_for() -> None:
    uniform = (np.arange(2000) + 0.5) / 2000
    drawn = poisson(np.full(2000, 7.3), uniform)
    assert drawn.mean() == pytest.approx(7.3, rel=0.01)
    assert drawn.var() == pytest.approx(7.3, rel=0.03)
