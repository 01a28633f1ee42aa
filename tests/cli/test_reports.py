"""``report``, ``pdf`` and ``drill`` on a data folder that somebody recorded; no server."""

import json
from pathlib import Path

import numpy as np
import pytest

from haihe.cli.main import main
from haihe.log.sqlite import SqliteLog
from haihe.model import MINUTE, Rows
from haihe.model.time import parse_instant
from haihe.packs.gallery import pack
from haihe.run.appending import Arrival
from haihe.run.clock import DataClock
from haihe.run.node import Node

STARTS_AT = parse_instant("2026-01-01T08:00:00+08:00")
METHANE = (2, 30, 30, *(2,) * 9)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some minutes of one zone's methane, with a leak that nobody took up."""
    path = tmp_path_factory.mktemp("recorded")
    node = Node(SqliteLog(path), [pack], clock=DataClock(STARTS_AT))
    stream = next(one for one in pack.all_streams if one.name == "gallery.air")
    at = STARTS_AT + np.arange(len(METHANE), dtype=np.int64) * MINUTE
    numbers = {field.name: np.full(len(at), np.nan) for field in stream.numbers}
    numbers["methane"] = np.array(METHANE, dtype=np.float64)
    codes = np.zeros(len(at), dtype=np.int32)
    rows = Rows(stream.name, ("zone/7",), codes, at, numbers, {}, received_at=at)
    node.submit(Arrival(rows))
    node.round()
    node.stop()
    return path


def test_a_report_counts_the_last_shift(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--data", str(folder)]) == 0
    told = capsys.readouterr().out
    assert "cases    1 opened, 0 closed, 1 open" in told
    assert "zone/7" in told
    assert main(["report", "--json", "--data", str(folder)]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["severities"] == {"severe": 1}


def test_what_is_signed_is_listed_and_what_is_not_there_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "--list", "handover", "--data", str(folder)]) == 0
    assert "none is signed yet" in capsys.readouterr().out
    assert main(["report", "--show", "handover-9", "--data", str(folder)]) == 3
    assert "no report 'handover-9'" in capsys.readouterr().err


def test_a_case_is_written_as_pdf(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "case.pdf"
    assert main(["pdf", "gallery-1", "--data", str(folder), "--out", str(out)]) == 0
    assert out.read_bytes().startswith(b"%PDF-")
    assert main(["pdf", "gallery-99", "--data", str(folder), "--out", str(out)]) == 3
    assert "there is no case 'gallery-99'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "code", "why"),
    [
        (["--from", "2026-01-01T08:00:00Z", "--speed", "0.5"], 2, "no speed from 1 to 100"),
        (["--from", "2020-01-01T08:00:00Z"], 3, "the log has no record"),
        (["--from", "2026-01-01T00:00:00Z", "--to", "2025-01-01T00:00:00Z"], 3, "swap them"),
    ],
)
def test_a_drill_that_cannot_be_held_is_refused_and_leaves_nothing(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    more: list[str],
    code: int,
    why: str,
) -> None:
    arguments = ["drill", "--by", "Ann", "--data", str(folder), *more]
    try:
        found = main(arguments)
    except SystemExit as error:
        found = int(str(error.code))
    assert found == code
    assert why in capsys.readouterr().err
    assert not any((folder / "drill").glob("*"))
