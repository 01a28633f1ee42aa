"""The L-TOWN board: what counts as found, and its files. Nothing here is timed."""

from pathlib import Path
from typing import Final

import numpy as np
import pytest

from bench.boards.ltown_files import HILL, TOWN, TrueLeak, read_leaks, read_meters, read_network
from bench.boards.ltown_score import Raised, score
from bench.boards.night_flow import NightChart, Nights
from haihe.detect import LeakSize
from haihe.model.time import DAY, HOUR

SUDDEN: Final = TrueLeak("p1", TOWN, 10 * DAY, 10 * DAY, 50 * DAY, flow_m3_h=20.0)
SLOW: Final = TrueLeak("p2", TOWN, 20 * DAY, 40 * DAY, 90 * DAY, flow_m3_h=16.0)
INP: Final = """
[JUNCTIONS]
 a 10
 b 30
 c 60
[RESERVOIRS]
 r 100
[TANKS]
 T1 90 2 0 4 16 0
[PIPES]
 p1 r a 100 100 140 0 Open
 p2 b a 100 100 140 0 Open
 p3 T1 c 100 100 140 0 Open
[OPTIONS]
 Units CMH
 Headloss H-W
"""


def test_an_alarm_is_about_the_leak_that_began_last_and_was_not_found_yet() -> None:
    raised = [Raised(TOWN, 11 * DAY), Raised(TOWN, 30 * DAY), Raised(TOWN, 35 * DAY)]
    result = score(raised, (SUDDEN, SLOW), record=range(100 * DAY))
    assert [each.days_late for each in result.found] == [1.0, 10.0]
    assert (result.hits, result.again, result.false) == (2, 1, 0)


@pytest.mark.parametrize(
    "alarm",
    [Raised(HILL, 11 * DAY), Raised(TOWN, 9 * DAY), Raised(TOWN, 18 * DAY), Raised(TOWN, 60 * DAY)],
    ids=["elsewhere", "before", "a week after", "long after"],
)
def test_an_alarm_elsewhere_or_at_another_time_is_false(alarm: Raised) -> None:
    result = score([alarm], (SUDDEN, SLOW), record=range(100 * DAY))
    assert (result.hits, result.false) == (0, 1)
    assert [each.days_late for each in result.found] == [40.0, 70.0]


def test_a_leak_older_than_the_record_is_neither_found_nor_missed() -> None:
    result = score([Raised(TOWN, 30 * DAY)], (SUDDEN, SLOW), record=range(25 * DAY, 100 * DAY))
    assert (len(result.found), result.again, result.false) == (0, 1, 0)


def test_a_growing_leak_loses_with_the_square_of_time_and_nothing_once_repaired() -> None:
    flows = [SLOW.flow_at(day * DAY) for day in (19, 30, 40, 89, 90)]
    assert flows == [0.0, 4.0, 16.0, 16.0, 0.0]
    told = LeakSize(12.0, 11.0, 13.0, since_at=30 * DAY + 6 * HOUR)
    assert Raised(TOWN, 40 * DAY, told).holds((SLOW,))


def test_the_night_chart_raises_on_a_step_and_learns_it() -> None:
    flow = 50 + np.random.default_rng(1).standard_normal(60)
    flow[30:] += 10.0
    nights = Nights(DAY * np.arange(60), flow)
    chart = NightChart(0.5, 5.0, warm_up=10, weekends_apart=False)
    assert [at // DAY for at in chart.raised_at(nights)] == [30]


def test_files_of_any_half_year_are_read_by_their_layout(tmp_path: Path) -> None:
    (tmp_path / "net.inp").write_text(INP, encoding="utf-8")
    for number, month in ((2, "08"), (1, "07")):
        stamp = f"2019-{month}-01 00:05:00"
        (tmp_path / f"H{number}_Flows.csv").write_text(
            f"Timestamp;p227;p235;PUMP_1\n{stamp};{number},5;2;\n", encoding="utf-8"
        )
        (tmp_path / f"H{number}_Levels.csv").write_text(f"Timestamp;T1\n{stamp};3,4\n", "utf-8")
    (tmp_path / "leaks_b.csv").write_text(
        "linkID, startTime, endTime, leakDiameter (m), leakType, peakTime\n"
        "p3, 2019-07-02 00:00, 2019-09-01 00:00, 0.02, abrupt, 2019-07-02 00:00\n",
        encoding="utf-8",
    )
    meters, network = read_meters(tmp_path), read_network(tmp_path)
    assert meters.values["p227"].tolist() == [1.5, 2.5]
    assert np.isnan(meters.values["PUMP_1"]).all()
    assert (network.district["p1"], network.district["p3"]) == (TOWN, HILL)
    leak = read_leaks(tmp_path, network)[0]
    # By hand: the tank's water stands 16 m above the middle of the pipe to c.
    assert leak.flow_m3_h == pytest.approx(0.75 * 3.1416e-4 * (2 * 9.81 * 16) ** 0.5 * 3600, 1e-4)
