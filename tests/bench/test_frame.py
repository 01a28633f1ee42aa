"""The frame of the benches: rows, tables, files. Nothing here is timed."""

import csv
import sys
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from bench import show
from bench.rows import HIGHER, LOWER, Figure, Machine, Options, Row, row
from haihe.cli.main import NOT_DONE, main

MACHINE = Machine(
    cpu="a core",
    cores=2,
    memory_gb=24.0,
    python="3.11.7",
    load=0.5,
    memcpy_gb_s=10.0,
    fdatasync_p50_ms=0.2,
    fdatasync_p99_ms=1.0,
    json_gb_s=1.0,
    json_by="simdjson",
)
FAST = Figure("ingest plain JSON", "durable", "records/s", 700_000.0, 600_000.0, HIGHER)
SLOW = Figure("HTTP", "p99", "ms", 30.0, 25.0, LOWER)
ROWS = [
    msgspec.structs.replace(row("core", FAST, beside={"Redis": 20_000.0}), machine=MACHINE),
    msgspec.structs.replace(row("core", SLOW), machine=MACHINE),
]
COLUMNS = {
    "bench", "case", "figure", "unit", "value", "goal", "better", "beside", "machine",
}  # fmt: skip


@pytest.fixture(autouse=True)
def quick_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No floors are measured in a test."""
    monkeypatch.setattr(show, "look_at_machine", lambda: MACHINE)


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with one bench and one module that is none; importing the bench gives two rows."""
    (tmp_path / "toy.py").write_text('"""What a toy does.\n\nMore."""\ndef run(options): ...\n')
    (tmp_path / "helping.py").write_text('"""No bench."""\ndef walk(options): ...\n')

    def run(options: Options) -> list[Row]:
        options.skip("Redis", "not installed (apt-get install redis-server)")
        return [msgspec.structs.replace(each, machine=None) for each in ROWS]

    module = ModuleType("bench.toy")
    vars(module)["run"] = run
    monkeypatch.setitem(sys.modules, "bench.toy", module)
    monkeypatch.setattr(show, "FOLDER", tmp_path)


@pytest.mark.parametrize(
    ("figure", "value", "reached"),
    [(FAST, 600_000.0, True), (FAST, 599_999.0, False), (SLOW, 25.0, True), (SLOW, 25.1, False)],
)
def test_a_goal_is_reached_at_its_value_and_beyond(
    figure: Figure, value: float, *, reached: bool
) -> None:
    assert msgspec.structs.replace(row("core", figure), value=value).is_reached is reached


def test_a_row_without_a_goal_is_neither_reached_nor_missed() -> None:
    assert msgspec.structs.replace(ROWS[0], goal=None).is_reached is None


@pytest.mark.usefixtures("toy")
def test_the_json_file_has_every_column_of_every_row(tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    assert show.run(show.Request(name="toy", json=file)) == 0
    written = msgspec.json.decode(file.read_bytes())
    assert [set(each) for each in written] == [COLUMNS, COLUMNS]
    assert written[0]["beside"] == {"Redis": 20_000.0}
    assert written[0]["machine"]["fdatasync_p50_ms"] == 0.2
    assert msgspec.convert(written, list[Row]) == ROWS


@pytest.mark.usefixtures("toy")
def test_what_was_left_out_is_named_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    show.run(show.Request(name="toy"))
    said = capsys.readouterr().out
    assert "skipped Redis: not installed (apt-get install redis-server)" in said
    assert "reached" in said
    assert "missed" in said


@pytest.mark.usefixtures("toy")
def test_only_modules_that_can_run_are_listed_with_their_first_line() -> None:
    assert show.benches() == {"toy": "What a toy does."}


def test_the_benches_of_the_house_are_found() -> None:
    assert {"core", "crash", "decode"} <= set(show.benches())


def test_an_unknown_bench_is_answered_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["bench", "nothing-such"]) == NOT_DONE
    said = capsys.readouterr().err
    assert "there is no bench 'nothing-such'" in said
    assert "core" in said


def test_the_ledger_only_grows(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.csv"
    show.add_to_ledger(ROWS, ledger)
    show.add_to_ledger(ROWS[:1], ledger)
    with ledger.open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [line["case"] for line in lines] == ["ingest plain JSON", "HTTP", "ingest plain JSON"]
    assert lines[0]["value"] == "7e+05"
    assert set(lines[0]) == set(show.LEDGER_COLUMNS)
