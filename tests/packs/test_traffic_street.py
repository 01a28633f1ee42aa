"""The street as a twin: nobody overlaps or vanishes, no signal is unlawful, orders are obeyed."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from haihe.errors import SinkRefused
from haihe.model import Order, Rows, Settled, Text
from haihe.model.time import MINUTE, SECOND, format_instant, parse_instant
from haihe.packs.traffic.limits import LAWFUL
from haihe.packs.traffic.measures.events import Code
from haihe.packs.traffic.streams import VEHICLE
from haihe.packs.traffic.street import StreetTwin
from haihe.packs.traffic.street.heads import BY_CENTRE
from haihe.packs.traffic.street.motion import YIELD, Lights, moved
from haihe.packs.traffic.street.vehicles import no_vehicles
from haihe.packs.traffic.tidal.lanes import Way
from haihe.packs.traffic.watch import faults_of
from haihe.packs.traffic.zone import TOWN
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
    """Overlaps, and vehicles nobody knows of, after each second of seven minutes."""
    twin = StreetTwin(3)
    twin.advance(MORNING)
    found = []
    for second in range(1, 421):
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
    for second in range(1, 250):
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


def test_connected_vehicles_tell_every_five_seconds_where_they_are() -> None:
    twin = StreetTwin(1, share=1.0)
    twin.advance(MORNING)
    told: dict[str, list[tuple[int, float]]] = {}
    for one in twin.advance(MORNING + 2 * MINUTE):
        if one.stream == VEHICLE.name:
            assert set(one.numbers["vehicle_class"].tolist()) <= {10.0, 25.0, 54.0}
            assert ((one.numbers["lon"] > 117.67) & (one.numbers["lon"] < 117.70)).all()
            assert ((one.numbers["lat"] > 39.05) & (one.numbers["lat"] < 39.08)).all()
            for slot, at, heading in zip(
                one.codes, one.observed_at, one.numbers["heading"], strict=True
            ):
                told.setdefault(one.ids[slot], []).append((int(at), float(heading)))
    assert len(told) > 80
    for words in told.values():
        assert {b[0] - a[0] for a, b in pairwise(words)} <= {5 * SECOND}
        assert {heading for _, heading in words} <= {0.0, 90.0, 180.0, 270.0}


def test_every_entity_that_is_named_is_there_and_none_stands_alone() -> None:
    entities = {one.id: one for one in StreetTwin(1).entities()}
    named = {
        other for one in entities.values() for some in one.relations.values() for other in some
    }
    assert named <= entities.keys()
    assert entities[JUNCTION].relations["neighbour"] == tuple(
        f"junction/J{place}" for place in ("0001", "0100", "0102", "0201")
    )
    assert entities[JUNCTION].title.zh == "港城大道与第二大街路口"
    assert {"lane/avenue", f"road/{TOWN}"} <= entities.keys()
    assert all(one.relations and one.lon and one.lat for one in entities.values())


def test_a_turner_gives_way_to_who_comes_towards_it() -> None:
    layout = StreetTwin(1).layout
    legs, strips = layout.legs, layout.strips
    east = int(np.flatnonzero([flow.start == TOWN for flow in layout.flows])[0])
    leg = int(legs.first[east])
    strip = int(np.flatnonzero(legs.allowed[leg])[0])
    near = replace(
        no_vehicles(),
        **{name: np.zeros(1, np.int64) for name in ("number", "kind")},
        leg=np.array([leg]),
        strip=np.array([strip]),
        at_m=strips.length_m[[strip]] - 5.0,
        speed_m_s=np.zeros(1),
        behind=np.array([-1]),
        behind_m=np.zeros(1),
        told=np.array([-1]),
    )
    heads = np.full(layout.yields.shape[:2], YIELD, np.int8)
    nothing = np.full(len(strips.names), np.inf)
    junction, group = int(legs.junction[leg]), int(legs.group[leg])
    for gives, goes in ((False, True), (True, False)):
        yields = np.zeros_like(layout.yields)
        yields[junction, group, group] = gives  # It stands for one that comes towards it.
        cars = near
        for _ in range(12):
            cars = moved(
                replace(layout, yields=yields), cars, lights=Lights(heads, Way.NONE, nothing)
            ).after
        assert bool(cars.strip[0] != strip) is goes
