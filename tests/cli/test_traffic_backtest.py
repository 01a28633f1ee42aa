"""``haihe traffic backtest``: options to a question, an answer to words; a log is only read."""

import argparse
from pathlib import Path

import msgspec
import numpy as np
import pytest

from haihe.cli.main import make_parser
from haihe.cli.traffic_backtest import lines_of, question_of, run_backtest, telling
from haihe.errors import PackInvalid
from haihe.log.sqlite import SqliteLog
from haihe.model import Text
from haihe.model.time import HOUR, MINUTE, parse_instant
from haihe.pack.study import Reading, Study
from haihe.packs.traffic import pack
from haihe.packs.traffic.streams import ROAD_FLOW
from haihe.run.studying import studied
from haihe.state.history import History
from haihe.twin.lane_day import Spread
from haihe.twin.street_day import (
    RoadFit,
    RoadRun,
    StreetAnswer,
    StreetFit,
    StreetQuestion,
    StreetRun,
)
from tests.packs.lane_days import logged_day


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a lane's morning, but no word of the roads."""
    found = tmp_path_factory.mktemp("street-day")
    logged_day(found)
    return found


def asked(folder: Path, *more: str) -> argparse.Namespace:
    given = ["traffic", "backtest", str(folder), "--day", "2026-11-20"]
    return make_parser().parse_args([*given, *more])


def test_a_record_without_roads_is_refused_and_the_log_is_left_as_it_was(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted((one.name, one.stat().st_size) for one in folder.iterdir() if one.is_file())
    assert run_backtest(asked(folder), (pack,)) == 1
    assert "nothing was recorded of the roads' flow from 07:00 to 09:00" in capsys.readouterr().out
    assert run_backtest(asked(folder, "--json"), (pack,)) == 1
    answer = msgspec.json.decode(capsys.readouterr().out, type=StreetAnswer)
    assert answer.refused is not None
    after = sorted((one.name, one.stat().st_size) for one in folder.iterdir() if one.is_file())
    assert [name for name, _ in after if name.endswith(".db")] == [
        name for name, _ in before if name.endswith(".db")
    ]
    with pytest.raises(PackInvalid, match="no pack that is loaded answers"):
        run_backtest(asked(folder), ())


def test_slots_of_what_a_study_reads_are_ordinals_of_what_it_asked_for(folder: Path) -> None:
    history = History(SqliteLog(folder, read_only=True), folder / "history")
    lane_flow = pack.studies[0].streams[1]
    study = Study(
        name="count", title=Text("数", "count"), streams=(lane_flow, ROAD_FLOW), question=int,
        reads=lambda _: Reading(("road/none", "lane/avenue-0"), 0, 2**62),
        answer=lambda _, past, *, tell: np.unique(past[lane_flow.name].slots).tolist(),
    )  # fmt: skip
    assert studied(study, 0, history=history, tell=lambda _: None) == [1]


def test_options_become_a_question(tmp_path: Path) -> None:
    seven = parse_instant("2026-11-20T07:00:00+08:00")
    assert question_of(asked(tmp_path)) == StreetQuestion(seven, seven + 2 * HOUR)
    found = question_of(asked(tmp_path, "--set", "signals.patience_s=90", "--seeds", "2"))
    assert found.other == (("signals.patience_s", 90.0),)
    tried = question_of(
        asked(tmp_path, "--in", "07:30", "--close", "08:40", "--running", "tidal.hold_min=10")
    )
    assert tried.running == (("tidal.hold_min", 10.0),)
    assert [(flip.at - seven, flip.way) for flip in tried.flips] == [
        (30 * MINUTE, "inbound"), (100 * MINUTE, "closed"),
    ]  # fmt: skip
    night = question_of(asked(tmp_path, "--from", "23:30", "--to", "00:30"))
    assert night.to_at - night.from_at == HOUR


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--from", "7.10"), "is no time"),
        (("--set", "signals.patience_s"), "is no setting with a number"),
        (("--set", "signals.patience_s=long"), "is no setting with a number"),
        (("--seeds", "99"), "2 to 10"),
        (("--to", "07:05"), "10 min to 24 h"),
        (("--in", "09:30"), "outside of the stretch"),
    ],
)
def test_what_cannot_be_asked_is_said_in_words(
    more: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=words):
        question_of(asked(tmp_path, *more))


def test_an_answer_shows_its_fit_before_its_table() -> None:
    one, none = Spread(10.0, 1.0), Spread(0.0, 0.0)
    fit = StreetFit(
        "loops", 30.0, 28.0, 900.0, 880.0, 0.95, 1.5, is_good=True,
        roads=(RoadFit("road/J0001-from-W", 700.0, 690.0, 12.0, 9.0),),
    )  # fmt: skip
    road = RoadRun("road/J0001-from-W", 700.0, Spread(12.0, 1.0), 30.0)
    run = StreetRun(
        "plan", Text("固定配时", "the plan"), (("plan.J0101.offset_s", 12.0),), one, 11.5, none,
        0.0, one, "road/x", one, 0, (road,), (),
    )  # fmt: skip
    answer = StreetAnswer(
        0, HOUR, 2, None, 900.0, MINUTE, (), (fit,), (run,), Text("少。", "saved."),
        (Text("抽样", "draws only"),),
    )  # fmt: skip
    lines = lines_of(answer)
    assert lines[:4] == ["saved.", "少。", "", "1970-01-01 08:00 to 1970-01-01 09:00"]
    assert lines[4].startswith("under the loops the twin fits: stood 28.0 vehicle hours")
    assert "waiting    9.0 of   12.0" in lines[5]
    told = "\n".join(lines)
    assert "11.5" in told
    assert "road/x" in told
    assert "the plan: plan.J0101.offset_s=12" in told
    assert "12.0±1.0" in told
    assert lines[-1] == "- draws only"


def test_a_program_is_told_each_hundredth_once(capsys: pytest.CaptureFixture[str]) -> None:
    with telling(is_plain=True) as tell:
        for done in (0.001, 0.002, 0.011, 1.0):
            tell(done)
    assert capsys.readouterr().err == "0\n1\n100\n"
