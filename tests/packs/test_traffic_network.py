"""Networks: read from three formats, drawn by ourselves, and what bad input does."""

import re
from dataclasses import replace

import numpy as np
import pytest

from haihe.packs.traffic.control import Settings, layout_of
from haihe.packs.traffic.limits import LAWFUL
from haihe.packs.traffic.network import (
    GridShape,
    Signal,
    grid_network,
    phases_only,
    read_cityflow,
    read_field,
    read_programs,
    read_sumo,
)
from haihe.packs.traffic.network.write_sumo import sumo_files
from haihe.packs.traffic.plan import DayPlan, plan_of
from haihe.packs.traffic.tables import tables_of
from haihe.packs.traffic.zone import FLOWS, zone_network
from tests.packs.crossing import crossing

# Two one-way roads that cross; the one from the west ends in a lane of 0.92 m.
NET = b"""<net version="1.9">
<edge id=":J_0" function="internal">
 <lane id=":J_0_0" speed="13.89" length="20" shape="-10,0 10,0"/></edge>
<edge id=":J_1" function="internal">
 <lane id=":J_1_0" speed="13.89" length="20" shape="0,-10 0,10"/></edge>
<edge id="far"><lane id="far_0" speed="16.67" length="180" shape="-190.92,0 -10.92,0"/></edge>
<edge id="west"><lane id="west_0" speed="16.67" length="0.92" shape="-10.92,0 -10,0"/></edge>
<edge id="south"><lane id="south_0" speed="13.89" length="200" shape="0,-210 0,-10"/></edge>
<edge id="east"><lane id="east_0" speed="13.89" length="200" shape="10,0 210,0"/></edge>
<edge id="north"><lane id="north_0" speed="13.89" length="200" shape="0,10 0,210"/></edge>
<tlLogic id="J" type="static" programID="0" offset="5">
 <phase duration="30" state="Gr"/><phase duration="4" state="yr"/>
 <phase duration="20" state="rG"/><phase duration="3" state="ry"/></tlLogic>
<connection from="far" to="west" fromLane="0" toLane="0" dir="s" state="M"/>
<connection from="west" to="east" fromLane="0" toLane="0" via=":J_0_0" tl="J" linkIndex="0"
 dir="s" state="O"/>
<connection from="south" to="north" fromLane="0" toLane="0" via=":J_1_0" tl="J" linkIndex="1"
 dir="s" state="O"/>
</net>"""
FIELD = """
junctions:
  - id: 第一大街-洞庭路
    groups:
      - {name: N-through, lanes: [n1, n2], speed_km_h: 60}
      - {name: E-through, lanes: [e1], turn: through}
      - {name: N-walk, crossing_m: 18}
    conflicts: [[N-through, E-through], [N-through, N-walk]]
    clearance_s: [[N-through, E-through, 3]]
    phases:
      - {green: [N-through], seconds: 40, least_s: 12, most_s: 60}
      - {green: [E-through, N-walk], seconds: 30}
"""


def test_a_sumo_network_gives_groups_stages_and_a_clearance_matrix() -> None:
    found = read_sumo(NET)
    one = found.junction("J")
    assert [group.name for group in one.groups] == ["W-through", "S-through"]
    assert [group.yellow_s for group in one.groups] == [4, 3]  # 60 and 50 km/h.
    assert [stage.signals for stage in one.stages] == [(2, 0), (0, 2)]
    assert one.conflicts.tolist() == [[False, True], [True, False]]
    # RiLSA: (10 m + 6 m) / 10 m/s - 10 m / 11.1 m/s = 0.7 s.
    assert one.clearance_s.tolist() == [[0, 1], [1, 0]]
    assert not found.notes


def test_queues_are_looked_for_upstream_of_a_lane_shorter_than_a_car() -> None:
    found = read_sumo(NET)
    layout = layout_of(found, tables_of(found.junctions, LAWFUL), settings=Settings())
    rows = [layout.lanes[lane] for lane in layout.feeds.lane]
    at = rows.index("far_0")
    assert layout.feeds.offset_m[at] == pytest.approx(0.92)


def test_a_program_of_an_additional_file_takes_the_place_of_the_nets() -> None:
    other = read_programs(
        b'<add><tlLogic id="J" programID="utopia" offset="0"><phase duration="9" state="Gr"/>'
        b'<phase duration="8" state="rG"/></tlLogic></add>'
    )
    assert plan_of(read_sumo(NET, programs=other).junction("J")).cycle_s == 17


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b'<phase duration="30" state="Gr"/>', b'<phase duration="30" state="Grr"/>', "heads"),
        (b'<phase duration="20" state="rG"/>', b"", "1 stages"),
        (b'<phase duration="30"', b'<phase duration="0"', "lasts no time"),
        (b"<tlLogic", b'<tlLogic id="J" programID="0"/><tlLogic', "two programs"),
    ],
)
def test_a_junction_with_a_bad_program_stays_on_its_plan(old: bytes, new: bytes, told: str) -> None:
    found = read_sumo(NET.replace(old, new, 1))
    assert found.uncontrolled == {"J"}
    assert any(told in note.text.en and "stays on its plan" in note.text.en for note in found.notes)
    assert all(re.search(r"[一-鿿]", note.text.zh) for note in found.notes)


def test_a_net_without_programs_is_read_and_its_junction_left_alone() -> None:
    found = read_sumo(re.sub(rb"<tlLogic.*</tlLogic>", b"", NET, flags=re.DOTALL))
    assert "phases missing" in found.notes[0].text.en
    assert found.junction("J").stages == ()


def test_an_unconnected_lane_is_told_of_and_the_rest_goes_on() -> None:
    loose = b'<connection from="south" to="moon" fromLane="0" toLane="0" dir="s"/></net>'
    found = read_sumo(NET.replace(b"</net>", loose))
    assert "moon_0" in found.notes[0].text.en
    assert len(found.junction("J").stages) == 2


def test_a_lane_that_is_there_twice_is_told_of() -> None:
    twice = (
        b'<edge id="north"><lane id="north_0" speed="1" length="1" shape="0,0 1,1"/></edge></net>'
    )
    found = read_sumo(NET.replace(b"</net>", twice))
    assert "north_0 is there twice" in found.notes[0].text.en
    assert found.lanes["north_0"].length_m == 200


@pytest.mark.parametrize("text", [b"no xml", b"<routes/>"])
def test_what_is_no_network_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"XML|SUMO network"):
        read_sumo(text)


def test_conflicts_that_the_plan_runs_together_are_taken_as_giving_way() -> None:
    both = crossing(program=tuple(crossing().program))
    assert not both.yields.any()
    found = read_sumo(NET.replace(b'state="Gr"', b'state="Gg"'))
    assert found.junction("J").yields.any()


def test_a_field_mapping_gives_people_on_foot_their_time() -> None:
    one = read_field(FIELD).junctions[0]
    assert one.groups[0].yellow_s == 4
    assert one.groups[2].pedestrian
    assert one.groups[2].clear_s == 15  # 18 m at 1.2 m/s.
    assert one.clearance_s[0, 1] == 3
    least = tables_of([one], LAWFUL).least_s[0]
    assert least[2] == 20  # 5 s to step off, 15 s to cross.


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("green: [N-through]", "green: [S-through]", "no group S-through"),
        ("- {green: [E-through, N-walk], seconds: 30}", "", "at least 2"),
        ("name: E-through", "name: N-through", "one name"),
    ],
)
def test_a_faulty_junction_of_a_field_mapping_stays_on_its_plan(
    old: str, new: str, told: str
) -> None:
    found = read_field(FIELD.replace(old, new, 1))
    assert len(found.uncontrolled) == 1
    assert any(told in note.text.en for note in found.notes)


@pytest.mark.parametrize("text", ["a: [", "junctions: 3", "junctions: [{id: a, groups: [], x: 1}]"])
def test_what_is_no_field_mapping_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"YAML|field mapping"):
        read_field(text)


def road(name: str, points: str) -> str:
    return (
        f'{{"id": "{name}", "points": [{points}], '
        '"lanes": [{"width": 4, "maxSpeed": 11.1}], "startIntersection": "", '
        '"endIntersection": ""}'
    )


def link(start: str, end: str, points: str) -> str:
    return (
        f'{{"type": "go_straight", "startRoad": "{start}", "endRoad": "{end}", "laneLinks": '
        f'[{{"startLaneIndex": 0, "endLaneIndex": 0, "points": [{points}]}}]}}'
    )


FLOW = f"""{{"roads": [
{road("w", '{"x": -200, "y": 0}, {"x": -10, "y": 0}')},
{road("e", '{"x": 10, "y": 0}, {"x": 200, "y": 0}')},
{road("s", '{"x": 0, "y": -200}, {"x": 0, "y": -10}')},
{road("n", '{"x": 0, "y": 10}, {"x": 0, "y": 200}')}],
"intersections": [{{"id": "A", "virtual": false, "roadLinks": [
{link("w", "e", '{"x": -10, "y": 0}, {"x": 10, "y": 0}')},
{link("s", "n", '{"x": 0, "y": -10}, {"x": 0, "y": 10}')}],
"trafficLight": {{"lightphases": [
{{"time": 5, "availableRoadLinks": []}},
{{"time": 30, "availableRoadLinks": [0]}},
{{"time": 30, "availableRoadLinks": [1]}}]}}}}]}}"""


def test_a_cityflow_network_gives_the_same_kind_of_junction() -> None:
    one = read_cityflow(FLOW.encode()).junction("A")
    assert [stage.signals for stage in one.stages] == [(2, 0), (0, 2)]
    assert one.conflicts[0, 1]
    assert plan_of(one).cycle_s == 70
    assert len(phases_only(read_cityflow(FLOW.encode()), 2).junctions[0].stages) == 2


def test_a_cityflow_link_to_nowhere_is_told_of() -> None:
    found = read_cityflow(FLOW.replace('"endLaneIndex": 0', '"endLaneIndex": 7', 1).encode())
    assert "e_7" in found.notes[0].text.en
    with pytest.raises(ValueError, match="no CityFlow roadnet"):
        read_cityflow(b"[]")


def test_our_grid_never_gives_two_that_cross_green_together() -> None:
    one = grid_network(GridShape(2, 2)).junctions[0]
    for stage in one.stages:
        green = np.array(stage.signals) == Signal.GREEN
        assert not (one.conflicts & np.outer(green, green)).any()
    assert not one.yields.any()


def test_the_zone_is_twelve_junctions_and_its_flows_run_on_its_roads() -> None:
    zone = zone_network()
    roads = {name.rpartition("_")[0] for name in zone.lanes}
    assert len(zone.junctions) == 12
    assert not zone.notes
    assert {road for flow in FLOWS for road in (flow.start, flow.end)} <= roads


def test_a_grid_is_written_for_netconvert_with_the_same_groups() -> None:
    files = sumo_files(grid_network(GridShape(1, 1)))
    assert files.programs.count("linkIndex") == files.connections.count("<connection ") == 12
    assert files.nodes.count("traffic_light") == 1


def test_a_plan_asks_for_its_stages_with_its_offset() -> None:
    plan = plan_of(read_sumo(NET).junction("J"))
    seconds = [plan.at(second * 10**9) for second in (5, 34, 38, 39, 61, 62)]
    assert plan.cycle_s == 57
    assert seconds == [0, 0, 1, 1, 0, 0]  # Yellow belongs to the stage that comes.


def test_a_day_plan_knows_which_plan_is_in_force() -> None:
    plan = plan_of(crossing())
    night, morning = plan, replace(plan, offset_s=5)
    day = DayPlan((0, 7 * 3600), (night, morning))
    hour = 3600 * 10**9
    assert day.at(0) is morning  # Eight in the morning in China.
    assert day.at(22 * hour) is night  # Six there.
    assert day.at(23 * hour) is morning
    with pytest.raises(ValueError, match="the first must be 0"):
        DayPlan((60,), (plan,))
