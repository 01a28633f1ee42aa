"""``scheme reach | standing | effect`` on a data folder."""

import json
from pathlib import Path

import pytest

from haihe.cli.main import main
from haihe.log.sqlite import SqliteLog
from haihe.packs.schemes import pack
from haihe.packs.schemes.books import BOOKS
from haihe.packs.schemes.twin import DEMO, ZoneTwin
from haihe.packs.schemes.zone import make_code
from haihe.run.appending import Arrival
from haihe.run.clock import DataClock
from haihe.run.node import Node

T0 = 1_772_413_200_000_000_000  # 2026-03-02T09:00:00+08:00.


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small zone's log."""
    made = tmp_path_factory.mktemp("zone")
    node = Node(SqliteLog(made), [pack], clock=DataClock(T0))
    twin = ZoneTwin(20, count=60)
    node.tell(*twin.told_before(T0))
    for rows in twin.advance(T0):
        node.submit(Arrival(rows))
        node.round()
    node.stop()
    return made


def test_the_reach_and_the_standing_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scheme", "reach", "--data", str(folder), "--json"]) == 0
    found = {one["scheme"]: one for one in json.loads(capsys.readouterr().out)}
    assert found["research-grant"]["cost_fen"] >= 38_000_000
    assert main(["scheme", "standing", make_code(DEMO), "--data", str(folder)]) == 0
    assert "research-grant           eligible  all conditions hold: 380,000 yuan" in (
        capsys.readouterr().out
    )


def test_a_drafts_effect_is_told_and_a_broken_one_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = tmp_path / "draft.yaml"
    draft.write_text(BOOKS["innovation"].replace("amount: 20万元", "amount: 10万元"), "utf-8")
    assert main(["scheme", "effect", "innovation", str(draft), "--data", str(folder)]) == 0
    assert "0 enterprises gain" in capsys.readouterr().out
    draft.write_text("schemes: [{id: x}]", "utf-8")
    assert main(["scheme", "effect", "innovation", str(draft), "--data", str(folder)]) == 1
    assert "versions" in capsys.readouterr().out


def test_an_enterprise_that_nobody_knows_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scheme", "standing", make_code(2_000), "--data", str(folder)]) != 0
    assert make_code(2_000) in capsys.readouterr().err
