"""``haihe traffic what-if`` on a day that the whole platform recorded."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from haihe.cli.main import make_parser
from haihe.cli.traffic import question_of, run_what_if
from haihe.errors import PackInvalid
from haihe.model.time import DAY, HOUR, MINUTE
from haihe.twin.lane_day import Flip, LaneAnswer, OtherLoop
from tests.packs.lane_days import DAY_AT, NAME, logged_day, pack_of, settings_of

PACKS = (pack_of(settings_of()),)
Asked = Callable[..., argparse.Namespace]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the morning of a reversible lane."""
    found = tmp_path_factory.mktemp("lane-day")
    logged_day(found)
    return found


def asked(folder: Path, *more: str, lane: str = NAME) -> argparse.Namespace:
    given = ["traffic", "what-if", str(folder), "--day", "2026-11-20", "--lane", lane]
    return make_parser().parse_args([*given, *more])


STRETCH = ("--in", "06:40", "--from", "06:35", "--to", "07:10", "--seeds", "2")


def test_a_recorded_day_is_asked_and_answered_in_a_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_what_if(asked(folder, *STRETCH), PACKS) == 0
    told = capsys.readouterr().out
    assert re.match(r"turning at 06:40 instead of 06:4\d would have saved", told)
    assert "若06:40 换向" in told
    assert "the twin gives the day back" in told
    assert "queue as recorded in" in told
    assert run_what_if(asked(folder, *STRETCH, "--json"), PACKS) == 0
    answer = msgspec.json.decode(capsys.readouterr().out, type=LaneAnswer)
    runs = {run.name: run for run in answer.runs}
    assert runs["asked"].saved_veh_h.mean > 0
    assert sum(run.stranded for run in answer.runs) == 0
    # What the loop did in the platform and what it does in the twin is the same to the minute.
    times = [runs[name].flips[0].at // MINUTE for name in ("recorded", "loop")]
    assert abs(times[0] - times[1]) <= 2


def test_a_time_of_which_nothing_was_recorded_is_refused_with_its_words(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = asked(folder, "--in", "05:10", "--from", "05:00", "--to", "06:00")
    assert run_what_if(options, PACKS) == 1
    assert "nothing was recorded" in capsys.readouterr().out


def test_without_a_pack_that_answers_the_reason_is_told(folder: Path) -> None:
    with pytest.raises(PackInvalid, match="no pack that is loaded answers"):
        run_what_if(asked(folder, *STRETCH), ())
    with pytest.raises(ValueError, match="no lane 'lane/x'"):
        run_what_if(asked(folder, *STRETCH, lane="lane/x"), PACKS)


def test_the_stretch_is_chosen_around_the_turns(tmp_path: Path) -> None:
    late = DAY_AT + 2 * DAY
    found = question_of(asked(tmp_path, "--out", "09:20", "--in", "07:10"), last_at=late)
    assert found.flips == (
        Flip(DAY_AT + 7 * HOUR + 10 * MINUTE, "inbound"),
        Flip(DAY_AT + 9 * HOUR + 20 * MINUTE, "outbound"),
    )
    assert (found.from_at - DAY_AT, found.to_at - DAY_AT) == (
        6 * HOUR + 10 * MINUTE, 10 * HOUR + 50 * MINUTE
    )  # fmt: skip
    night = question_of(asked(tmp_path, "--from", "23:00", "--to", "01:00"), last_at=late)
    assert night.to_at - night.from_at == 2 * HOUR
    other = question_of(
        asked(tmp_path, "--set", "hold=10min", "--set", "share=0.5", "--in", "07:10"), last_at=late
    )
    assert other.other == OtherLoop(minimum_hold_min=10.0, share_least=0.5)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--in", "7.10"), "is no time"),
        (("--in", "07:10", "--set", "speed=3"), "no setting 'speed'"),
        (("--in", "07:10", "--set", "factor=high"), "no number for factor"),
        (("--in", "07:10", "--seeds", "99"), "2 to 30"),
        (("--in", "07:10", "--from", "08:00"), "outside"),
    ],
)
def test_what_cannot_be_asked_is_said_in_words(
    more: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=words):
        question_of(asked(tmp_path, *more), last_at=DAY_AT + 2 * DAY)


def test_a_day_that_has_not_come_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the record ends at 2026-11-20 06:00"):
        question_of(asked(tmp_path, "--in", "09:10"), last_at=DAY_AT + 6 * HOUR)


def test_a_record_that_begins_late_is_asked_without_naming_its_begin(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_what_if(asked(folder, "--in", "06:50", "--to", "07:15", "--seeds", "2"), PACKS) == 0
    assert "turning at 06:50" in capsys.readouterr().out
