"""What lights show and will, with its error, advice and roads, of the zone's own plan."""

from dataclasses import replace

import numpy as np
import pytest

from haihe.model.time import MINUTE, SECOND
from haihe.pack.lights import Approach, LightsTold
from haihe.packs.traffic.charts.studies import STUDIES
from tests.packs.avenue import EAST, MIDDLE, STRETCH, heads, told

ENTITY = f"junction/{MIDDLE}"
LANE = f"{MIDDLE}-from-W_1"
LIMIT = 13.9


def lights(light: str) -> LightsTold:
    """The junction at the middle of a light of its eastward phase, well into what was made."""
    shown = [line[EAST - 1] for line in heads()[MIDDLE]]
    letter = light[0] if light != "green" else "G"
    begin = next(s for s in range(2000, 2600) if shown[s] == letter and shown[s - 1] != letter)
    end = next(s for s in range(begin, 2700) if shown[s] != letter)
    now = STRETCH.from_at - 15 * MINUTE + (begin + end) // 2 * SECOND
    return STUDIES.lights(ENTITY, told(MIDDLE), now=now)


def advised(found: LightsTold, to_line_m: float, *, turn: str = "") -> tuple[str, str]:
    one = STUDIES.advised(found, Approach(LANE, turn, to_line_m, LIMIT))
    assert one.phase == EAST
    assert (one.low_m_s is None) is (one.verdict != "speed")
    return one.verdict, one.why.en


@pytest.mark.parametrize("light", ["green", "yellow", "red"])
def test_each_light_is_told_with_its_end(light: str) -> None:
    one = lights(light).phases[EAST - 1]
    assert one.light == light
    assert one.least_s is not None
    assert one.most_s is not None
    assert 0 < one.least_s <= one.most_s
    letter = "G" if light == "green" else light[0]
    second = (lights(light).at - STRETCH.from_at) // SECOND + 15 * 60
    rest = [line[EAST - 1] for line in heads()[MIDDLE][second:]]
    left = next(at for at, shown in enumerate(rest) if shown != letter)
    assert one.likely_s == pytest.approx(left, abs=0.1)


def test_advice_meets_the_green_that_is_or_comes_or_says_that_none_is_met() -> None:
    green, red = lights("green"), lights("red")
    assert advised(green, 20.0)[0] == "speed"
    verdict, why = advised(green, 400.0)
    assert verdict == "stop"
    assert "it is green for" in why
    assert "prepare to stop" in why
    assert advised(red, 5.0)[0] == "stop"
    begin = red.phases[EAST - 1].most_s
    assert begin is not None
    verdict, why = advised(red, (begin + 5) * LIMIT * 0.8, turn="through")
    assert verdict == "speed"
    assert "green begins in" in why
    assert advised(lights("yellow"), 50.0) == (
        "unknown", "it is yellow and its next green cannot be told yet; prepare to stop",
    )  # fmt: skip
    unknown = replace(red.phases[EAST - 1], most_s=None)
    bare = replace(red, phases=(unknown,))
    assert "too few records" in advised(bare, 50.0)[1]


def test_a_bad_lane_or_turn_is_told_which_there_are() -> None:
    found = lights("red")
    with pytest.raises(ValueError, match="no lane 'x'; it has"):
        STUDIES.advised(found, Approach("x", "", 10.0, LIMIT))
    with pytest.raises(ValueError, match="it goes through"):
        STUDIES.advised(found, Approach(LANE, "around", 10.0, LIMIT))


def test_a_controller_gone_silent_shows_nothing() -> None:
    found = STUDIES.lights(ENTITY, told(MIDDLE), now=STRETCH.to_at + 10 * MINUTE)
    assert found.phases == ()
    assert found.heard_at == int(told(MIDDLE).at[-1])
    assert "over three minutes" in found.missing.en


def test_errors_of_a_fixed_plan_are_none_and_measured_for_every_light() -> None:
    found = STUDIES.light_errors(ENTITY, told(MIDDLE), now=STRETCH.to_at)
    assert {one.light for one in found} == {"green", "yellow", "red"}
    assert {one.phase for one in found} == set(range(1, 13))
    assert np.median([one.missed_s for one in found]) < 0.1
    assert all(0 <= one.near <= 1 and one.asked <= 60 for one in found)


def test_crossings_lie_where_the_zone_does_and_lead_to_each_other() -> None:
    every = {one.entity: one for one in STUDIES.crossings}
    assert len(every) == 12
    roads = {road.name: road for road in every[ENTITY].roads}
    west = roads[f"{MIDDLE}-from-W"]
    assert west.start == "junction/J0001"
    assert [lane.lane for lane in west.lanes] == [0, 1, 2, 3]
    assert west.points[0][0] < west.points[1][0] < every[ENTITY].lon
    assert {turn.turn for lane in west.lanes for turn in lane.turns} == {"right", "through", "left"}
    assert every["junction/J0000"].roads[0].start == ""
