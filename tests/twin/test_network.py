"""A small network solved by EPANET, held against Hazen and Williams worked out by hand."""

from itertools import pairwise
from math import pi, sqrt
from typing import Final

import numpy as np
import pytest

from haihe.model.time import HOUR
from haihe.twin.inp import NetworkPlan, read_inp
from haihe.twin.network import INSTALLED, PressureNetwork, split

needs_epanet = pytest.mark.skipif(
    not INSTALLED, reason="EPANET is not installed: pip install 'haihe[network]'"
)
TEXT: Final = """
[TITLE]
A line of two pipes, and a tank filled by a pump.
[JUNCTIONS]
 a   10.0 ; elevation
 b    5.0
[RESERVOIRS]
 r   60.0
[TANKS]
 t   50.0  2.0  0.0  4.0  10.0  0.0
[PIPES]
 p1  r  a  1000  200  130  0  Open
 p2  a  b   500  150  120  0  Open
[PUMPS]
 lift  b  t  HEAD 1
[CURVES]
 1   0   40
 1  20   30
 1  40    0
[DEMANDS]
 a   30.0  day
 b   10.0  day
 b    5.0
[PATTERNS]
 day  1.0  0.5
 day  2.0
[CONTROLS]
 LINK lift CLOSED IF NODE t ABOVE 3.0
 LINK lift OPEN IF NODE t BELOW 1.0
[OPTIONS]
 Units CMH
 Headloss H-W
"""
LINE: Final = TEXT.replace(" lift  b  t  HEAD 1\n", "").replace(" LINK lift", "; LINK lift")


def plan(text: str = LINE) -> NetworkPlan:
    return read_inp(text)


def loss_m(flow_m3_h: float, *, length: float, diameter: float, roughness: float) -> float:
    """Hazen and Williams in SI, as in the EPANET manual (table 3.1)."""
    flow = flow_m3_h / 3600
    return float(10.667 * roughness**-1.852 * diameter**-4.871 * length * flow**1.852)


def test_the_text_of_a_network_is_read_whole() -> None:
    read = plan(TEXT)
    assert dict(read.junctions) == {"a": 10.0, "b": 5.0}
    assert [pipe.name for pipe in read.pipes] == ["p1", "p2"]
    assert read.pumps[0].curve == ((0.0, 40.0), (20.0, 30.0), (40.0, 0.0))
    assert [switch.opens for switch in read.switches] == [False, True]
    assert read.use(range(4)).tolist() == [[30, 15], [15, 10], [60, 25], [30, 15]]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Units CMH", "Units LPS", "units LPS"),
        ("Headloss H-W", "Headloss D-W", "head loss D-W"),
        ("HEAD 1", "POWER 5", "no head curve"),
        ("IF NODE t ABOVE 3.0", "AT TIME 5", "only those are read"),
        ("[CURVES]", "[EMITTERS]\n a 0.5\n[CURVES]", "EMITTERS"),
        ("[PUMPS]", "[VALVES]\n v a b 100 PSV 40 0\n[PUMPS]", "PSV"),
    ],
    ids=["units", "loss", "pump", "control", "emitters", "valve"],
)
def test_what_is_not_read_is_refused_by_name(old: str, new: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_inp(TEXT.replace(old, new))


@needs_epanet
def test_pressures_are_those_of_hazen_and_williams() -> None:
    network = PressureNetwork(plan(), gauges=("a", "b"), meters=("p1", "p2"))
    shown = network.advance(np.array([30.0, 15.0]), step=HOUR)
    head_a = 60 - loss_m(45.0, length=1000, diameter=0.2, roughness=130)
    head_b = head_a - loss_m(15.0, length=500, diameter=0.15, roughness=120)
    assert shown.flow_m3_h == pytest.approx([45.0, 15.0], rel=1e-4)
    assert shown.pressure_m == pytest.approx([head_a - 10, head_b - 5], abs=0.02)


@needs_epanet
def test_a_leak_in_the_middle_of_a_pipe_draws_with_the_root_of_its_pressure() -> None:
    network = PressureNetwork(
        split(plan(), "p2", node="hole"), gauges=("hole",), meters=("p1", "p2", "p2-hole")
    )
    use = np.array([30.0, 15.0, 0.0])
    assert network.advance(use, step=HOUR).flow_m3_h == pytest.approx([45, 15, 15], rel=1e-4)
    network.leak({"hole": 1.5})
    shown = network.advance(use, step=HOUR)
    lost = 1.5 * sqrt(float(shown.pressure_m[0]))
    assert shown.flow_m3_h == pytest.approx([45 + lost, 15 + lost, 15], rel=1e-4)
    network.leak({})
    assert network.advance(use, step=HOUR).flow_m3_h == pytest.approx([45, 15, 15], rel=1e-4)


@needs_epanet
def test_a_tank_takes_what_the_pump_lifts_until_its_switch_stops_it() -> None:
    network = PressureNetwork(plan(TEXT), meters=("lift",))
    use = np.array([30.0, 15.0])
    shown = [network.advance(use, step=HOUR) for _ in range(12)]
    flow = [float(each.flow_m3_h[0]) for each in shown]
    level = [float(each.level_m[0]) for each in shown]
    rises = [(after - before) * pi * 25 for before, after in pairwise(level)]
    assert rises == pytest.approx(flow[:-1], rel=1e-3)
    stopped = next(i for i, one in enumerate(flow) if one == 0)
    assert level[stopped - 1] < 3.0 <= level[stopped]
    assert max(flow[stopped:]) == 0.0


@needs_epanet
def test_the_same_use_gives_the_same_bits_whatever_came_before() -> None:
    use = np.array([30.0, 15.0])
    first = PressureNetwork(plan(), gauges=("a", "b"))
    again = PressureNetwork(plan(), gauges=("a", "b"))
    again.advance(np.array([90.0, 1.0]), step=HOUR)
    one, other = first.advance(use, step=HOUR), again.advance(use, step=HOUR)
    assert one.pressure_m.tobytes() == other.pressure_m.tobytes()


@needs_epanet
def test_names_that_are_not_there_are_refused(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="no 'nowhere'"):
        PressureNetwork(plan(), gauges=("nowhere",))
    with pytest.raises(ValueError, match="no pipe 'p9'"):
        split(plan(), "p9", node="hole")
    assert capfd.readouterr().out == ""


@needs_epanet
def test_a_junction_that_nothing_feeds_is_told() -> None:
    with pytest.raises(ValueError, match="nothing feeds junction 'b'"):
        PressureNetwork(plan(LINE.replace(" p2  a  b   500  150  120  0  Open\n", "")))
