"""The twin's water main: heads by hand, what a burst does, and how it is cut out and put back."""

import numpy as np
import pytest

from haihe.model import DAY, HOUR, MINUTE, SECOND, Order, Rows
from haihe.packs.gallery.mains import LOSS_KPA, SUPPLY_KPA, fed_from, flows, pattern_share
from haihe.packs.gallery.mains_twin import Mains
from haihe.packs.gallery.orders import device_order, visit
from haihe.twin import Fault

START_AT = 1_767_225_600 * SECOND  # 2026-01-01T08:00:00+08:00.
STEP = 30 * SECOND
BURST = Fault("pipe-burst", "main/7", START_AT, START_AT + DAY, 300.0)


def passed(mains: Mains, minutes: int, *faults: Fault, first: int = 0) -> dict[str, Rows]:
    """What was last observed after some minutes."""
    found: dict[str, Rows] = {}
    for turn in range(first * 2, (first + minutes) * 2):
        at = START_AT + turn * STEP
        for rows in mains.step(at, number=3 * turn, faults=faults):
            found[rows.stream] = rows
    return found


def told(seen: dict[str, Rows], entity: str, field: str) -> float:
    kind = {"main": "gallery.main", "meter": "gallery.meter"}.get(
        entity.partition("/")[0], "gallery.valve"
    )
    rows = seen[kind]
    return float(rows.numbers[field][rows.ids.index(entity)])


def cut_out(mains: Mains) -> None:
    mains.obey(device_order("valve-shut", "valve/7"))
    mains.obey(device_order("valve-shut", "valve/8"))
    mains.obey(device_order("valve-open", "boundary/1"))


def test_darcy_and_weisbach_by_hand() -> None:
    # 254.5 m3/h are 1 m/s in 0.3 m; 0.02 * 200 m / 0.3 m * 1,000 kg/m3 / 2 = 6,667 Pa.
    m3_h = np.pi / 4 * 0.3**2 * 3600
    assert m3_h * m3_h * LOSS_KPA == pytest.approx(6.6667, rel=1e-4)


def test_what_flows_in_is_what_is_drawn_and_heads_fall_along_the_flow() -> None:
    drawn = np.array([[10.0, 20.0, 30.0]])
    all_west, none = np.ones((1, 3), np.bool_), np.zeros((1, 3), np.bool_)
    found = flows(drawn, west=all_west, east=none, rough=np.ones((1, 3)))
    assert found.west_m3_h.tolist() == [[60.0, 50.0, 30.0]]
    assert found.inlet_m3_h.tolist() == [60.0]
    falls = LOSS_KPA * np.array([3600.0, 2500.0, 900.0])
    assert found.kpa[0] == pytest.approx(SUPPLY_KPA - np.cumsum(falls))


def test_fed_from_the_east_it_is_the_mirror_image() -> None:
    drawn = np.array([[30.0, 20.0, 10.0]])
    none, all_east = np.zeros((1, 3), np.bool_), np.ones((1, 3), np.bool_)
    east = flows(drawn, west=none, east=all_east, rough=np.ones((1, 3)))
    west = flows(drawn[:, ::-1], west=all_east, east=none, rough=np.ones((1, 3)))
    assert east.kpa[:, ::-1].tolist() == west.kpa.tolist()
    assert east.inlet_m3_h.tolist() == [0.0]


def test_a_section_between_two_shut_valves_is_fed_from_nowhere() -> None:
    west, east = fed_from(np.array([[True, False, False, True]]), np.array([True]))
    assert west.tolist() == [[True, False, False, False]]
    assert east.tolist() == [[False, False, True, True]]


def test_the_pattern_is_the_mean_over_a_day_and_least_at_night() -> None:
    shares = [pattern_share(START_AT + minute * MINUTE) for minute in range(1440)]
    assert np.mean(shares) == pytest.approx(1.0, abs=0.02)
    assert int(np.argmin(shares)) // 60 in (18, 19)  # START_AT is eight; two or three at night.


def test_a_burst_lowers_the_pressure_and_raises_the_flow_at_the_district_meter() -> None:
    calm, burst = passed(Mains(1, zones=24), 5), passed(Mains(1, zones=24), 5, BURST)
    assert told(burst, "main/7", "loss") > 150.0
    assert abs(told(burst, "main/6", "loss")) < 4.0
    assert told(burst, "main/7", "pressure") < told(calm, "main/7", "pressure") - 50.0
    assert told(burst, "meter/1", "flow") > told(calm, "meter/1", "flow") + 150.0


def test_two_valves_cut_a_burst_out_and_the_boundary_feeds_the_rest() -> None:
    mains = Mains(1, zones=24)
    passed(mains, 5, BURST)
    cut_out(mains)
    seen = passed(mains, 10, BURST, first=5)
    assert told(seen, "main/7", "pressure") < 2.0
    assert told(seen, "main/7", "loss") < 10.0
    assert told(seen, "main/6", "pressure") > 300.0
    assert told(seen, "main/8", "pressure") > 150.0
    assert told(seen, "main/12", "flow") < 0.0  # It now comes from the east.


def test_a_stuck_valve_lets_the_burst_run_and_says_that_it_did_not_obey() -> None:
    mains = Mains(1, zones=24)
    stuck = Fault("valve-stuck", "valve/7", START_AT, START_AT + DAY)
    passed(mains, 5, BURST, stuck)
    cut_out(mains)
    seen = passed(mains, 10, BURST, stuck, first=5)
    assert told(seen, "main/7", "loss") > 100.0
    assert (told(seen, "valve/7", "state"), told(seen, "valve/8", "state")) == (1.0, 0.0)


def test_whoever_repairs_a_section_puts_its_valves_back() -> None:
    mains = Mains(1, zones=24)
    passed(mains, 5, BURST)
    cut_out(mains)
    passed(mains, 10, BURST, first=5)
    seen = passed(mains, 10, first=15)
    assert told(seen, "main/7", "pressure") > 250.0
    assert told(seen, "boundary/1", "open") == 0.0


def test_people_may_put_a_section_back_by_order() -> None:
    mains = Mains(1, zones=24)
    cut_out(mains)
    assert told(passed(mains, 2), "main/7", "pressure") < 100.0
    restore: Order = visit("main-restore", "main/7", title=device_order("pump-auto", "x").title)
    mains.obey(restore)
    assert told(passed(mains, 5, first=2), "main/7", "pressure") > 250.0


def test_a_leak_elsewhere_shows_at_the_district_meter_only() -> None:
    leak = Fault("district-leak", "meter/1", START_AT, START_AT + DAY, 40.0)
    calm, leaking = passed(Mains(1, zones=24), 5), passed(Mains(1, zones=24), 5, leak)
    assert told(leaking, "meter/1", "flow") > told(calm, "meter/1", "flow") + 30.0
    assert max(leaking["gallery.main"].numbers["loss"]) < 4.0


def test_every_district_is_fed_by_itself() -> None:
    seen = passed(
        Mains(1, zones=30), 5, Fault("pipe-burst", "main/2", START_AT, START_AT + HOUR, 300.0)
    )
    assert told(seen, "main/30", "pressure") > 390.0
    assert seen["gallery.meter"].ids == ("meter/1", "meter/2")
    assert told(seen, "meter/2", "flow") == pytest.approx(6 * 15.5, rel=0.2)
