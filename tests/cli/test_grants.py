"""``scheme reach | standing | effect`` on a data folder."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from haihe.cli import grants
from haihe.cli.main import main
from haihe.log.sqlite import SqliteLog
from haihe.model import DAY, Rows
from haihe.packs.schemes import pack
from haihe.packs.schemes.books import BOOKS
from haihe.packs.schemes.streams import FILE
from haihe.packs.schemes.twin import DEMO, ZoneTwin
from haihe.packs.schemes.zone import make_code
from haihe.run.appending import Arrival
from haihe.run.clock import DataClock
from haihe.run.node import Node
from haihe.run.recall import Gone

T0 = 1_772_413_200_000_000_000  # 2026-03-02T09:00:00+08:00.
LEAVES = make_code(DEMO)  # Who moves away on the day after.


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


@pytest.fixture(scope="module")
def grown(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, a day later: a firm has moved away."""
    made = tmp_path_factory.mktemp("grown")
    shutil.copytree(folder, made, dirs_exist_ok=True)
    node = Node(SqliteLog(made), [pack], clock=DataClock(T0 + DAY))
    columns = {"source": "registry", "as_of": "2026-03-03", "facts": '{"registered_here":false}'}
    node.submit(
        Arrival(
            Rows(
                stream=FILE.name,
                ids=(f"enterprise/{LEAVES}",),
                codes=np.zeros(1, np.int32),
                observed_at=np.array([T0 + DAY]),
                numbers={},
                texts={one.name: np.array([columns.get(one.name)], object) for one in FILE.texts},
            )
        )
    )
    node.round()
    node.stop()
    return made


def test_a_past_day_is_told_as_it_was_known_then(
    grown: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask = ["scheme", "standing", LEAVES, "--data", str(grown)]
    assert main(ask) == 0
    now = capsys.readouterr().out
    assert "known at 2026-03-03T09:00:00+08:00" in now
    assert "research-grant           not" in now
    for given in (["--day", "2026-03-02"], ["--known-by", "2026-03-02T23:00:00+08:00"]):
        assert main([*ask, *given]) == 0
        assert "research-grant           eligible" in capsys.readouterr().out
    assert main([*ask, "--day", "2026-03-02", "--known-by", "2026-03-03"]) == 0
    assert "research-grant           not" in capsys.readouterr().out
    assert main([*ask, "--known-by", "lately"]) == 3
    assert "instant" in capsys.readouterr().err


def test_a_day_whose_records_are_gone_is_said_so(
    grown: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Gone("schemes", T0, 7, T0 + DAY)
    monkeypatch.setattr(grants, "recalled_in", lambda *_, **__: gone)
    assert main(["scheme", "reach", "--day", "2026-03-02", "--data", str(grown)]) == 3
    assert "7 records or more that are not kept" in capsys.readouterr().err


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
