"""``scheme import`` and ``scheme decide``."""

import json
from pathlib import Path

import pytest

from haihe.cli.main import main
from tests.decide.table.models import decision, given, literal, model, table


@pytest.fixture
def file(tmp_path: Path) -> Path:
    rules = table("C+", ["x"], ["fee"], ["> 10", "500"], ["> 20", "0.1 * x"])
    path = tmp_path / "fee.dmn"
    path.write_text(model(given("x"), decision("fee", rules, "i-x"), literal("bad", "1 +")))
    return path


def test_a_table_is_imported_as_a_book_that_checks(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = file.with_name("book.yaml")
    assert main(["scheme", "import", str(file), "--from", "2026-01-01", "-o", str(book)]) == 0
    told = capsys.readouterr().err
    assert "fee: told in clauses, as drafts" in told
    assert "bad: 'the end' stands at character 3" in told
    assert main(["scheme", "check", str(book)]) == 0


def test_a_decision_is_run_with_its_reason(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inputs = file.with_name("in.json")
    inputs.write_text('{"x": 30}')
    assert main(["scheme", "decide", str(file), "--given", str(inputs), "--decision", "fee"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"fee": {"value": 503, "why": ["fee: x = 30; rules met: 1, 2"]}}


@pytest.mark.parametrize(
    ("name", "content", "mend"),
    [
        ("x.dmn", "<!DOCTYPE d [<!ENTITY a 'b'>]><d/>", "delete <!DOCTYPE"),
        ("x.json", '{"nodes": 1}', "no decision graph"),
        ("x.txt", "hello", "no XML"),
    ],
)
def test_what_is_no_table_is_refused_with_the_mend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, name: str, content: str, mend: str
) -> None:
    file = tmp_path / name
    file.write_text(content)
    assert main(["scheme", "import", str(file), "--from", "2026-01-01"]) != 0
    assert mend in capsys.readouterr().err
