"""The commands about alarms, on a data folder that somebody recorded; no server, no lock."""

import json
from pathlib import Path

import numpy as np
import pytest

from haihe.cli.common import settings_of
from haihe.cli.main import main
from haihe.log.sqlite import SqliteLog
from haihe.model import MINUTE, Rows
from haihe.model.time import parse_instant
from haihe.packs.gallery import pack
from haihe.run.appending import Arrival
from haihe.run.clock import DataClock
from haihe.run.node import Node

STARTS_AT = parse_instant("2026-01-01T08:00:00+08:00")
# A leak at minute 1, and one that comes and goes; nine minutes of calm behind it.
METHANE = (2, 30, 30, 2, 30, 30, 2, 30, 30, *(2,) * 9, 19, 2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty minutes of one zone's methane."""
    path = tmp_path_factory.mktemp("recorded")
    log = SqliteLog(path)
    node = Node(log, [pack], clock=DataClock(STARTS_AT))
    stream = next(one for one in pack.all_streams if one.name == "gallery.air")
    at = STARTS_AT + np.arange(len(METHANE), dtype=np.int64) * MINUTE
    nothing = np.full(len(at), np.nan)
    numbers = {field.name: nothing for field in stream.numbers}
    numbers["methane"] = np.array(METHANE, dtype=np.float64)
    codes = np.zeros(len(at), dtype=np.int32)
    rows = Rows(stream.name, ("zone/7",), codes, at, numbers, {}, received_at=at)
    node.submit(Arrival(rows))
    node.round()
    node.stop()
    return path


def said(capsys: pytest.CaptureFixture[str], *arguments: str, folder: Path) -> str:
    assert main([*arguments, "--data", str(folder)]) == 0
    return capsys.readouterr().out


def test_alarms_prints_the_load_and_what_is_noisy(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, "alarms", folder=folder)
    assert "duty-officer: 3 alarms, 1 cases" in text
    assert "OVER  chattering and fleeting alarms: 3 (at most 0)" in text
    assert "haihe alarms --quieten" in text
    report = json.loads(said(capsys, "alarms", "--json", folder=folder))
    assert report["rules"][0]["rule"] == "gallery.methane-high"
    assert report["from_at"] == STARTS_AT


def test_quieten_tries_changes_and_says_what_they_cost(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, "alarms", "--quieten", "gallery.methane-high", folder=folder)
    assert "change off_delay 0 ms -> 3 min  advised" in text
    assert "alarms 3 -> 1, cases 1 -> 1; cases lost 0" in text
    # The longer delay is quieter still, but nobody knows whether what it would miss was true.
    assert (
        "alarms 3 -> 0, cases 1 -> 0; cases lost 1 (confirmed on site 0, closed by hand 0, " in text
    )


def test_why_not_answers_in_both_languages_with_numbers(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("why-not", "gallery.methane-high", "zone/7", "--from", "2026-01-01T08:16:00+08:00")
    text = said(capsys, *asked, folder=folder)
    assert "calm: methane came to 19, high limit 20; never beyond it" in text
    assert "methane 最接近时为 19，高限 20；从未越限" in text
    assert "records  4, 0 without a watched value" in text
    answer = json.loads(said(capsys, *asked, "--json", folder=folder))
    assert answer["verdict"] == "calm"


def test_a_week_is_replayed_with_one_setting_changed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("backtest", "gallery.methane-high", "--set", "on_delay=2min")
    text = said(capsys, *asked, folder=folder)
    assert "0 cases in both, 1 lost, 0 gained" in text
    assert "lost   2026-01-01T08:02:00+08:00  zone/7" in text


def test_rules_shows_what_is_in_force_without_taking_the_lock(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held = SqliteLog(folder)  # As a server would.
    try:
        text = said(capsys, "rules", folder=folder)
    finally:
        held.close()
    assert "gallery.methane-high  version 1" in text
    assert "Limit(methane, high=20, deadband=5, on_delay=1 min, severity=severe)" in text


def test_durations_are_written_as_people_say_them() -> None:
    assert settings_of(["on_delay=3min", "off_delay=90 s", "high=15"]) == {
        "on_delay": "180000000000", "off_delay": "90000000000", "high": "15",
    }  # fmt: skip
    with pytest.raises(ValueError, match="is no setting"):
        settings_of(["high"])


def test_a_rule_nobody_knows_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for asked in (["alarms", "--quieten", "gallery.nothing"], ["why-not", "gallery.no", "zone/7"]):
        assert main([*asked, "--data", str(folder)]) == 3
        assert "there is no rule" in capsys.readouterr().err
