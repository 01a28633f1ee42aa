"""The board of sensor faults: how faults are put in and scored; nothing recorded is needed."""

from pathlib import Path

import numpy as np
import pytest

from bench.boards import sensor_faults
from bench.boards.air import COLUMNS, read
from bench.boards.sensor_faults import Told, by_kind, by_size, measure
from bench.boards.sensor_inject import SIZES, Injected, day_sigma, inject
from bench.boards.sensor_plain import plain_verdicts
from bench.boards.verdicts import Verdict, verdicts_of
from bench.rows import Options
from haihe.detect import Finding
from haihe.model.arrays import FloatArray
from haihe.model.time import DAY


def city(days: int = 500) -> FloatArray:
    draw = np.random.default_rng(1)
    walk = 100 + np.cumsum(draw.normal(0, 1, days * 24))
    return walk + draw.normal(0, 2, (4, days * 24)) + np.arange(4)[:, None] * 30.0


def test_faults_are_put_where_the_truth_says_and_nowhere_else() -> None:
    values = city()
    faulty = inject(values, None, seed=(1,), positive=True)
    assert {fault.kind for fault in faulty.truth} <= set(SIZES) - {"swapped-kin"}
    changed = np.flatnonzero((faulty.own != values).any(axis=0)) // 24
    days = {day for fault in faulty.truth for day in range(fault.day, fault.day + 37)}
    assert set(changed.tolist()) <= days
    assert len(faulty.truth) > 5


def test_the_same_seed_gives_the_same_faults() -> None:
    one, two = (inject(city(), city(), seed=(2,), positive=False) for _ in range(2))
    assert one.truth == two.truth
    assert np.array_equal(one.own, two.own)


def test_the_sigma_of_a_sensor_is_its_usual_change_from_day_to_day() -> None:
    steps = np.random.default_rng(3).normal(0, 5, 4000)
    values = np.repeat(np.cumsum(steps), 24)[None]
    assert day_sigma(values)[0] == pytest.approx(5.0, rel=0.1)


def test_the_first_verdict_on_the_right_sensor_in_time_counts() -> None:
    fault = Injected("offset", 1, -1, 2.0, 100)
    found = [
        Verdict(99.5, 1, "stuck"),
        Verdict(101.0, 2, "stuck"),
        Verdict(104.0, 1, "drifting"),
        Verdict(105.0, 1, "offset"),
    ]
    assert sensor_faults._scored([fault], found) == [Told(fault, "drifting")]
    assert sensor_faults._scored([fault], found[:2]) == [Told(fault, "none")]


def test_every_size_of_a_kind_counts_the_same() -> None:
    big, small = Injected("offset", 0, -1, 4.0, 0), Injected("offset", 0, -1, 1.0, 0)
    told = [Told(big, "offset")] * 3 + [Told(small, "none")]
    assert by_kind(told) == {"offset": 0.5}
    assert by_size(told) == {("offset", 1.0): 0.0, ("offset", 4.0): 1.0}


def test_findings_are_read_by_the_kind_in_their_detail() -> None:
    def raised(detail: str) -> Finding:
        return Finding(9, 9, 3, 5 * DAY, True, "no2", 1.0, 1.0, detail)  # noqa: FBT003 - As in the contract.

    details = ("stuck: chance 1e-9", "swapped with so2: x", "swapped with entity number 2: x")
    kinds = [verdict.kind for verdict in verdicts_of(map(raised, details), begin_at=0, block=DAY)]
    assert kinds == ["stuck", "swapped-kin", "swapped-peer"]


def test_plain_limits_see_range_rate_and_stuck() -> None:
    values = 50 + 10 * np.sin(np.arange(400.0))[None]
    values[0, 200] = 500.0
    values[0, 300:330] = values[0, 300]
    kinds = [(verdict.at, verdict.kind) for verdict in plain_verdicts(values, settled=150)]
    assert kinds[0][1] in {"offset", "spiking"}
    assert ("stuck", 312 // 24) in {(kind, int(at)) for at, kind in kinds}


def test_stations_are_read_whatever_they_are_called(tmp_path: Path) -> None:
    head = ",".join(COLUMNS)
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.csv").write_text(
            f"{head}\n1,2,3,4,5,6,7,8,9,10\nNA,,3,4,5,6,7,8,9,0\n"
        )
    air = read(tmp_path)
    assert (air.stations, air.hours) == (("a", "b", "c"), 2)
    assert np.isnan(air.column("PM10")[:, 1]).all()
    (tmp_path / "d.csv").write_text(f"{head}\n")
    with pytest.raises(ValueError, match="equal length"):
        read(tmp_path)


def test_without_recorded_air_the_board_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    skipped: list[str] = []
    monkeypatch.setattr(sensor_faults, "twin_told", lambda *, quick: {"stuck": 1.0, "event": 0.5})
    options = Options(
        quick=True, data=tmp_path, peers=False, scores=None,
        say=lambda _: None, skip=lambda who, _: skipped.append(who),
    )  # fmt: skip
    rows = measure(options)
    assert [(each.figure, each.value) for each in rows][-1] == ("balanced", 0.75)
    assert skipped == ["air_beijing"]
