"""The controller: what it sees, what it calls for, and that nobody waits for ever."""

import re
from dataclasses import replace

import numpy as np
import pytest

from haihe.model.arrays import FloatArray
from haihe.model.time import SECOND
from haihe.packs.traffic.control import (
    Call,
    Controller,
    Detectors,
    Memory,
    Settings,
    Sight,
    Vehicles,
    layout_of,
)
from haihe.packs.traffic.control.controller import Signals
from haihe.packs.traffic.control.coordination import Links, coming, dispersed, slots_of
from haihe.packs.traffic.control.explain import alternatives, sees, why
from haihe.packs.traffic.limits import RESCO
from haihe.packs.traffic.network import GridShape, Network, grid_network
from haihe.packs.traffic.network.model import Step
from haihe.packs.traffic.tables import tables_of
from tests.packs.crossing import PROGRAM, crossing, lanes, network

CHINESE = re.compile(r"[一-鿿]")


def controller(of: Network | None = None, *, settings: Settings | None = None) -> Controller:
    found = of or network()
    own = settings or Settings()
    return Controller(layout_of(found, tables_of(found.junctions, RESCO), settings=own), own)


def cars(one: Controller, places: dict[str, list[float]], *, speed: float = 0.0) -> Vehicles:
    """Vehicles at so many metres from the end of the named lanes; ids by lane and turn."""
    rows = [
        (one.layout.lanes.index(name) * 1000 + at, one.layout.lanes.index(name), place)
        for name, some in places.items()
        for at, place in enumerate(some)
    ]
    table = np.array(rows, dtype=np.float64).reshape(-1, 3)
    return Vehicles(
        id=table[:, 0].astype(np.int64),
        lane=table[:, 1].astype(np.int32),
        to_end_m=table[:, 2],
        speed_m_s=np.full(len(rows), speed),
        persons=np.ones(len(rows)),
    )


def sight(one: Controller, told: Vehicles, *, now: int = 60, share: float = 1.0) -> Sight:
    shape = one.layout.approach.shape
    nothing = np.zeros(shape)
    no = np.zeros(shape, dtype=np.bool_)
    loops = Detectors(works=no, passed=nothing, occupied=no, quiet_s=nothing)
    return Sight(now * SECOND, share, told, loops, np.ones(shape[0], dtype=np.bool_))


def signals(one: Controller, *, stage: int = 0, held: int = -1, local: int = 0) -> Signals:
    count = len(one.layout.tables.names)
    return Signals(
        stage=np.full(count, stage),
        changing=np.zeros(count, dtype=np.bool_),
        choices=one.layout.tables.valid.copy(),
        local=np.full(count, local),
        held=np.full(count, held),
    )


def called(one: Controller, seen: Sight, *, stage: int = 0) -> Call:
    return one.step(one.start(), seen, signals=signals(one, stage=stage))[1]


def queue(count: int) -> list[float]:
    return [7.5 * at + 1 for at in range(count)]


@pytest.mark.parametrize(("lane", "stage"), [("N_0", 0), ("N_1", 1), ("E_0", 2), ("W_1", 3)])
def test_the_stage_that_serves_the_queue_is_called(lane: str, stage: int) -> None:
    one = controller()
    seen = sight(one, cars(one, {f"J000/{lane}": queue(8)}))
    assert called(one, seen, stage=(stage + 1) % 4).stage.tolist() == [stage]


def test_nobody_there_means_no_change() -> None:
    one = controller()
    assert called(one, sight(one, cars(one, {})), stage=2).stage.tolist() == [2]


def test_a_single_car_is_served_however_long_the_other_queue_stays() -> None:
    one = controller()
    memory: Memory = one.start()
    seen = sight(one, cars(one, {"J000/E_1": [1.0], "J000/N_0": queue(20)}))
    for turn in range(60):
        now = replace(seen, now=(60 + 10 * turn) * SECOND)
        memory, call = one.step(memory, now, signals=signals(one, stage=0))
        if call.stage[0] == 3:
            break
    assert call.stage.tolist() == [3]
    assert 100 < turn * 10 < 500
    assert "E left waited" in why(one.layout, call, junction=0).en


def test_a_queue_without_room_behind_the_junction_is_not_let_into_it() -> None:
    one = controller()
    full = {"J000/S-out_0": queue(27), "J000/N_0": queue(8), "J000/E_0": queue(5)}
    assert called(one, sight(one, cars(one, full)), stage=2).stage.tolist() == [2]
    free = {"J000/N_0": queue(12), "J000/E_0": queue(1)}
    assert called(one, sight(one, cars(one, free)), stage=2).stage.tolist() == [0]


def test_a_bus_full_of_people_counts_for_more_than_three_cars() -> None:
    one = controller()
    told = cars(one, {"J000/N_0": [5.0], "J000/E_0": queue(3)})
    equal = called(one, sight(one, told), stage=1).stage[0]
    persons = np.where(told.lane == one.layout.lanes.index("J000/N_0"), 40.0, 1.0)
    assert equal == 2
    call = called(one, sight(one, replace(told, persons=persons)), stage=1)
    assert call.stage[0] == 0
    reason = why(one.layout, call, junction=0)
    assert "a bus comes, counted as 40 people" in reason.en
    assert "有公交车驶来, 按 40 人计" in reason.zh


def test_stop_line_detectors_alone_call_the_stage_where_somebody_waits() -> None:
    one = controller()
    at = one.layout.names[0].index("E-through")
    occupied = np.zeros(one.layout.approach.shape, dtype=np.bool_)
    occupied[0, at] = True
    loops = Detectors(
        works=np.ones_like(occupied),
        passed=np.zeros(occupied.shape),
        occupied=occupied,
        quiet_s=np.where(occupied, 0.0, 60.0),
    )
    memory = one.start()
    for turn in range(6):
        seen = replace(sight(one, cars(one, {}), now=60 + 10 * turn, share=0.0), detectors=loops)
        memory, call = one.step(memory, seen, signals=signals(one, stage=0))
    assert call.stage.tolist() == [2]
    assert memory.past.unseen[0, at] > 1  # More have come while it was red.


@pytest.mark.parametrize(("stage", "expected"), [(2, 10), (0, 0)])  # 75 m, 7.5 m each; in green.
def test_who_stands_before_red_says_that_everything_before_them_is_full(
    stage: int, expected: int
) -> None:
    one = controller()
    seen = sight(one, cars(one, {"J000/N_0": [75.0]}), share=0.2)
    memory, _ = one.step(one.start(), seen, signals=signals(one, stage=stage))
    at = one.layout.names[0].index("N-through")
    assert memory.past.unseen[0, at] == pytest.approx(expected, abs=0.5)


def test_lost_data_means_the_plan_in_force_and_says_so() -> None:
    one = controller(network(2))
    seen = sight(one, cars(one, {"J000/E_0": queue(9), "J001/E_0": queue(9)}))
    seen = replace(seen, heard=np.array([False, True]))
    _, call = one.step(one.start(), seen, signals=signals(one, stage=0, local=1))
    assert call.stage.tolist() == [1, 2]
    assert "data is lost" in why(one.layout, call, junction=0).en
    assert "1 junctions silent" in sees(one.layout, seen).en


def test_a_person_holds_a_stage_against_everything() -> None:
    one = controller()
    seen = sight(one, cars(one, {"J000/E_0": queue(20)}))
    _, call = one.step(one.start(), seen, signals=signals(one, stage=0, held=1))
    assert call.stage.tolist() == [1]
    assert "held by hand" in why(one.layout, call, junction=0).en


def test_every_stage_has_its_reason_and_its_alternatives_in_both_languages() -> None:
    one = controller()
    seen = sight(one, cars(one, {"J000/N_1": queue(6), "J000/E_0": queue(2)}))
    call = called(one, seen, stage=2)
    told = why(one.layout, call, junction=0)
    assert re.search(r"N left waited 10 s, pressure \d+ against \d+", told.en)
    for text in (told, sees(one.layout, seen), *alternatives(one.layout, call, junction=0)):
        assert CHINESE.search(text.zh)
        assert not CHINESE.search(text.en)
    assert len(alternatives(one.layout, call, junction=0)) == 3


def test_the_same_sights_give_the_same_stages_in_any_company() -> None:
    alone, together = controller(network(1)), controller(network(3))
    places = {"N_1": queue(6), "E_0": queue(4), "S_0": queue(3)}
    first = called(alone, sight(alone, cars(alone, {f"J000/{k}": v for k, v in places.items()})))
    more = {f"J{at:03d}/{k}": v for at in range(3) for k, v in places.items()}
    second = called(together, sight(together, cars(together, more)))
    assert second.stage.tolist() == first.stage.tolist() * 3
    assert np.array_equal(second.cost[1], first.cost[0])


def test_a_platoon_let_go_upstream_is_foreseen() -> None:
    one = controller(grid_network(GridShape(2, 1)), settings=Settings(sight_m=120.0))
    into = [name for name in one.layout.lanes if name.startswith("J0000-from-W")]
    seen = sight(one, cars(one, {into[0]: queue(10)}))
    arrivals = one.step(one.start(), seen, signals=signals(one, stage=2))[1].arrivals
    assert arrivals[1].sum() > 1
    blind = replace(one, settings=replace(one.settings, platoon=0.0))
    assert blind.step(one.start(), seen, signals=signals(one, stage=2))[1].arrivals[1].sum() == 0


def test_who_stands_inside_the_junction_gets_out_before_others_cross() -> None:
    base = network()
    moves = tuple(
        replace(move, inside=(f"in-{move.group}_0",)) for move in base.junctions[0].movements
    )
    one = controller(replace(base, junctions=(replace(base.junctions[0], movements=moves),)))
    waiting = {"J000/E_0": queue(9)}
    clear = called(one, sight(one, cars(one, waiting)), stage=0)
    blocked = called(one, sight(one, cars(one, {**waiting, "in-0_0": [0.0, 1.0, 2.0]})), stage=0)
    assert clear.stage.tolist() == [2]
    assert blocked.stage.tolist() != [2]
    assert not np.isfinite(blocked.cost[0, 2])


def let_in(passed: float, *, quiet_s: float) -> tuple[Controller, Sight]:
    """A crossing whose left turners give way in stage 0 and are let out in stage 1, seen by loops.

    passed: left turners of N that went in; the opposite lane has been quiet for ``quiet_s``.
    """
    program = (
        Step(30, "GgrrGgrr", 5, 50),
        Step(3, "yyrryyrr"),
        *PROGRAM[2:],
    )
    one = controller(Network(lanes(), (crossing(program=program),)))
    names = one.layout.names[0]
    shape = one.layout.approach.shape
    gone, quiet = np.zeros(shape), np.full(shape, 60.0)
    gone[0, names.index("N-left")] = passed
    quiet[0, names.index("S-through")] = quiet_s
    quiet[0, names.index("E-through")] = 0.0
    works = np.ones(shape, dtype=np.bool_)
    loops = Detectors(works=works, passed=gone, occupied=quiet <= 0, quiet_s=quiet)
    return one, replace(sight(one, cars(one, {}), share=0.0), detectors=loops)


def test_turners_nobody_sees_get_out_before_others_cross() -> None:
    one, seen = let_in(2, quiet_s=0.5)
    call = called(one, seen, stage=0)
    assert not np.isfinite(call.cost[0, [2, 3]]).any()
    assert np.isfinite(call.cost[0, 1])


@pytest.mark.parametrize(("passed", "quiet_s"), [(0, 0.5), (2, 6.0)])
def test_nobody_is_waited_for_who_is_not_there_or_had_a_gap(passed: float, quiet_s: float) -> None:
    one, seen = let_in(passed, quiet_s=quiet_s)
    assert np.isfinite(called(one, seen, stage=0).cost[0]).all()


def test_turners_leave_in_the_stage_that_lets_them_out() -> None:
    one, seen = let_in(2, quiet_s=0.5)
    memory, _ = one.step(one.start(), seen, signals=signals(one, stage=0))
    later = seen.now + 10 * SECOND
    quiet = replace(seen, now=later, detectors=replace(seen.detectors, passed=np.zeros((1, 8))))
    _, call = one.step(memory, quiet, signals=signals(one, stage=1))
    assert np.isfinite(call.cost[0]).all()


def test_all_who_tell_are_seen_so_nobody_else_is_expected_inside() -> None:
    one, seen = let_in(2, quiet_s=0.5)
    assert np.isfinite(called(one, replace(seen, share=1.0), stage=0).cost[0]).all()


def along(travel_s: float, *, share: float = 1.0) -> Links:
    """One street from the first junction's only lane to the second's."""
    one = np.zeros(1, dtype=np.int32)
    return Links(one, one + 1, np.array([travel_s]), np.array([share]))


def expected(
    passed: dict[int, float], *, travel_s: float = 20.0, flow: tuple[float, float] = (0.2, 0.2)
) -> FloatArray:
    """Vehicles that come to the second junction in each bin of five seconds.

    passed: by slots back from now, how many passed the first one; in the others nobody.
    """
    own = Settings(slot_s=5)
    links = along(travel_s)
    past = np.zeros((slots_of(own), 2, 1))
    for slot, many in passed.items():
        past[slot, 0, 0] = many
    flows = np.array(flow)[:, None]
    share = dispersed(links, own)
    return coming(links, share, passed=past, flow=flows, settings=own)[1, :, 0]


def test_who_passed_upstream_comes_a_travel_time_later_as_a_platoon() -> None:
    found = expected({0: 10.0})  # Ten within the last five seconds, 20 s away.
    assert found.argmax() in (3, 4)  # Between 15 and 25 s from now.
    assert found[:2].sum() < 0.2 * found[2:6].sum()
    assert found[2:].sum() > 8
    assert expected({7: 10.0}).sum() < expected({1: 10.0}).sum()  # Most of them are past by now.


def test_on_the_mean_as_many_come_as_are_counted_whatever_the_drawing_says() -> None:
    even = expected(dict.fromkeys(range(12), 1.0))
    assert even == pytest.approx([1.0] * 8)
    own = Settings(slot_s=5)
    past = np.full((slots_of(own), 2, 1), np.nan)  # No loop tells who passed.
    flows = np.array([[0.2], [0.4]])
    links = along(20.0, share=0.25)
    found = coming(links, dispersed(links, own), passed=past, flow=flows, settings=own)
    assert found[1, :, 0] == pytest.approx([2.0] * 8)


def test_nobody_less_than_none_comes_after_a_long_red_upstream() -> None:
    found = expected({}, flow=(0.5, 0.5))
    assert (found >= 0).all()
    assert found[0] < 0.3 < found[7]  # What has not passed upstream yet comes evenly.
