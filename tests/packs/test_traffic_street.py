"""The street as a twin: nobody overlaps or vanishes, no signal is unlawful, orders are obeyed."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest

from haihe.errors import SinkRefused
from haihe.model import Order, Rows, Settled, Text
from haihe.model.time import MINUTE, SECOND, format_instant, parse_instant
from haihe.packs.traffic.limits import LAWFUL
from haihe.packs.traffic.measures.events import Code
from haihe.packs.traffic.street import StreetTwin
from haihe.packs.traffic.street.heads import BY_CENTRE
from haihe.packs.traffic.watch import faults_of
from haihe.twin import Fault

MORNING = parse_instant("2026-11-20T07:05:00+08:00")  # A Friday.
JUNCTION = "junction/J0101"


def signal(action: str, **parameters: str) -> Order:
    return Order(
        action=action,
        entity=JUNCTION,
        assignee="traffic-signals",
        due_in=MINUTE,
        title=Text(zh="放行", en="show"),
        settled=Settled.BY_RECEIPT,
        parameters=parameters,
    )


def overlaps(twin: StreetTwin) -> int:
    cars = twin.cars
    same = cars.strip[1:] == cars.strip[:-1]
    rear_m = cars.at_m[:-1] - cars.length_m[:-1]
    return int((same & (cars.at_m[1:] > rear_m - 1.5)).sum())


def columns(rows: Sequence[Rows]) -> dict[str, list[tuple[object, ...]]]:
    """Every record by stream, in order."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for one in rows:
        names = sorted(one.numbers)
        for row in range(len(one)):
            told = tuple(float(one.numbers[name][row]) for name in names)
            key = (int(one.observed_at[row]), one.ids[one.codes[row]], *told)
            found.setdefault(one.stream, []).append(key)
    return found


@cache
def morning() -> tuple[tuple[int, int], ...]:
    """Overlaps, and vehicles nobody knows of, after each second of ten minutes."""
    twin = StreetTwin(3)
    twin.advance(MORNING)
    found = []
    for second in range(1, 601):
        twin.advance(MORNING + second * SECOND)
        entries = twin.entries
        lost = entries.arrived - entries.waiting - len(twin.cars) - twin.left
        found.append((overlaps(twin), lost))
    assert len(twin.cars) > 150
    return tuple(found)


def test_no_two_vehicles_are_in_one_place() -> None:
    assert sum(one for one, _ in morning()) == 0


def test_no_vehicle_vanishes() -> None:
    assert {lost for _, lost in morning()} == {0}


def test_records_do_not_depend_on_how_time_is_cut() -> None:
    until = MORNING + 150 * SECOND
    whole, cut = StreetTwin(5), StreetTwin(5)
    whole.advance(MORNING)
    at_once = columns(whole.advance(until))
    cut.advance(MORNING)
    rng = np.random.default_rng(1)
    pieces: list[Rows] = []
    at = MORNING
    while at < until:
        at = min(until, at + int(rng.integers(1, 17 * SECOND)))
        pieces += cut.advance(at)
    assert columns(pieces) == at_once
    assert at_once.keys() >= {"traffic.signal_event", "traffic.vehicle", "traffic.road_flow"}


@pytest.mark.parametrize("seed", [1, 2])
def test_no_order_whatever_makes_a_signal_unlawful(seed: int) -> None:
    twin = StreetTwin(seed)
    twin.advance(MORNING)
    rng = np.random.default_rng(seed)
    lines: list[str] = []
    for second in range(1, 400):
        at = MORNING + second * SECOND
        if rng.random() < 0.4:
            stage = str(int(rng.integers(-2, 9)))
            until = format_instant(at + int(rng.integers(-5, 40)) * SECOND)
            twin.obey(signal("signal-stage", stage=stage, until=until), at=at)
        twin.advance(at)
        lines.append(twin.lines(at)[4])
    junction = twin.layout.network.junctions[4]
    assert f"junction/{junction.id}" == JUNCTION
    assert faults_of(junction, lines, limits=LAWFUL) == ()
    assert len({line for line in lines if "y" not in line}) > 3
    assert twin.controllers.refusals


def test_a_stage_is_shown_until_its_time_and_then_the_local_plan() -> None:
    twin = StreetTwin(1)
    twin.advance(MORNING)
    until = MORNING + 60 * SECOND
    twin.obey(signal("signal-stage", stage="3", until=format_instant(until)), at=MORNING)
    rows = columns(twin.advance(MORNING + 3 * MINUTE))["traffic.signal_event"]
    mine = [(at, told) for at, who, code, told in rows if (who, code) == (JUNCTION, Code.PATTERN)]
    assert [told for _, told in mine] == [BY_CENTRE, 1.0]
    assert mine[1][0] == until


@pytest.mark.parametrize(
    "parameters",
    [{}, {"stage": "x", "until": "soon"}, {"stage": "1"}, {"stage": "1", "until": "never"}],
)
def test_an_order_that_cannot_be_read_changes_nothing(parameters: dict[str, str]) -> None:
    told = []
    for orders in ((), (signal("signal-stage", **parameters),)):
        twin = StreetTwin(1)
        twin.advance(MORNING)
        for order in orders:
            twin.obey(order, at=MORNING)
        told.append(columns(twin.advance(MORNING + MINUTE)))
    assert told[0] == told[1]


def test_a_controller_that_refuses_gives_an_error() -> None:
    twin = StreetTwin(1)
    twin.inject(Fault("controller-refuses", JUNCTION, MORNING, MORNING + MINUTE))
    order = signal("signal-local")
    with pytest.raises(SinkRefused, match="cabinet"):
        twin.obey(order, at=MORNING)
    twin.obey(order, at=MORNING + MINUTE)
