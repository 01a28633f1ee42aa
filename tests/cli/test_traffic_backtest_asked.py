"""``haihe traffic backtest`` from a log to a table; only the driving itself is played."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from haihe.cli.main import make_parser
from haihe.cli.traffic_backtest import run_backtest
from haihe.log.sqlite import SqliteLog
from haihe.model.record import Rows
from haihe.model.time import MINUTE, parse_instant
from haihe.packs.traffic import pack
from haihe.packs.traffic.backtest import study
from haihe.packs.traffic.backtest.recorded import Recorded
from haihe.packs.traffic.backtest.scheme import Scheme
from haihe.packs.traffic.backtest.watched import Driven
from haihe.packs.traffic.streams import ROAD_FLOW
from haihe.packs.traffic.tidal.control import LANE_FLOW
from haihe.run.appending import Arrival
from haihe.run.clock import DataClock
from haihe.run.node import Node
from haihe.twin.street_day import StreetAnswer, StreetQuestion

SEVEN = parse_instant("2026-11-20T07:00:00+08:00")
MINUTES = 30
FLOW_VEH_H, WAITING_VEH = 300.0, 4.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which every road told the same for half an hour."""
    found = tmp_path_factory.mktemp("roads")
    reads = next(one for one in pack.studies if one.name == "backtest").reads
    *roads, lane = reads(StreetQuestion(SEVEN, SEVEN + 10 * MINUTE)).entities
    begin = SEVEN - 10 * MINUTE
    at = begin + (np.arange(MINUTES) + 1) * MINUTE
    node = Node(SqliteLog(found), (pack,), clock=DataClock(int(at[-1])))
    for stream, ids in ((ROAD_FLOW, tuple(roads)), (LANE_FLOW, (lane,))):
        told = {"flow": FLOW_VEH_H, "waiting": WAITING_VEH}
        count = len(ids) * MINUTES
        node.submit(
            Arrival(
                Rows(
                    stream=stream.name,
                    ids=ids,
                    codes=np.repeat(np.arange(len(ids), dtype=np.int32), MINUTES),
                    observed_at=np.tile(at, len(ids)),
                    numbers={
                        one.name: np.full(count, told.get(one.name, WAITING_VEH))
                        for one in stream.fields
                    },
                    texts={},
                )
            )
        )
    node.round()
    node.stop()
    return found


def played(record: Recorded, scheme: Scheme, *, seed: int, tell: Callable[[], None]) -> Driven:
    """As recorded under the loops, twice the queue under the plan; less with what is tried."""
    for _ in range(record.flow_veh_h.shape[1]):
        tell()
    times = {"plan": 2.0, "loops": 1.0, "other": 0.9, "other-plan": 1.7, "timetable": 1.5}
    waiting = record.waiting_veh[:, record.warm :] * times[scheme.name]
    return Driven(
        flow_veh_h=record.flow_veh_h[:, record.warm :].mean(axis=1),
        waiting_veh=waiting.mean(axis=1),
        worst_veh=waiting.max(axis=1),
        waiting_by_minute=waiting.sum(axis=0),
        lost_veh_h=100.0 * times[scheme.name] + seed,
        stops=1.0,
        stranded=0,
        refused=3,
    )


def test_a_changed_parameter_plan_and_timetable_are_asked_from_end_to_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(study, "drive", played)
    given = [
        "traffic", "backtest", str(folder), "--day", "2026-11-20", "--to", "07:20", "--seeds", "2",
        "--set", "signals.patience_s=90", "--set", "plan.J0101.offset_s=12", "--in", "07:10",
    ]  # fmt: skip
    parse = make_parser().parse_args
    assert run_backtest(parse([*given, "--json", "--parts"]), (pack,)) == 0
    said = capsys.readouterr()
    assert said.err.splitlines()[-1] == "100"
    answer = msgspec.json.decode(said.out, type=StreetAnswer)
    runs = {run.name: run for run in answer.runs}
    assert list(runs) == ["plan", "loops", "other", "other-plan", "timetable"]
    assert runs["other"].settings == (("signals.patience_s", 90.0),)
    assert runs["other-plan"].settings == (("plan.J0101.offset_s", 12.0),)
    assert runs["other"].saved_veh_h.mean == pytest.approx(110.0)
    assert runs["plan"].lost_worst_veh_h == 201.0
    assert [fit.is_good for fit in answer.fits] == [True, False]
    assert len(answer.waiting_veh) == 20
    assert any("refused the tried plan 3 times" in doubt.en for doubt in answer.doubts)
    assert run_backtest(parse(given), (pack,)) == 0
    told = capsys.readouterr().out
    assert "the loops, other settings: signals.patience_s=90" in told
    assert "the plan, the lane by a timetable" in told


def test_nonsense_is_refused_before_anything_is_read_or_driven(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(study, "drive")
    given = ["traffic", "backtest", str(folder), "--day", "2026-11-20", "--to", "07:20", "--set"]
    for nonsense, words in (
        ("signals.patience_s=0", "give 1 to 600"),
        ("signals.patience=90", "there is no setting 'signals.patience'"),
        ("plan.J0101.stage0_s=5", "its least green"),
        ("plan.J0=1", "there is no junction 'J0'"),
        ("signals.full=nan", "is no number"),
    ):
        with pytest.raises(ValueError, match=words):
            run_backtest(make_parser().parse_args([*given, nonsense]), (pack,))
