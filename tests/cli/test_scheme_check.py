"""``haihe scheme check`` as a lawyer calls it."""

from pathlib import Path

import pytest

from haihe.cli.main import FOUND_FAULT, NOT_DONE, OK, main

FOLDER = Path(__file__).parents[1] / "decide" / "schemes"


def test_a_folder_of_good_schemes_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scheme", "check", str(FOLDER)]) == OK
    assert "5 schemes, 12 conditions, 15 cases" in capsys.readouterr().out


def test_a_bad_clause_is_told_by_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("facts:\n  a: {kind: colour}\n", encoding="utf-8")
    assert main(["scheme", "check", str(file)]) == FOUND_FAULT
    assert f"{file}:2: fact a: 'colour' is none of" in capsys.readouterr().out


def test_a_file_in_another_encoding_is_told_how_to_mend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gbk.yaml"
    file.write_bytes("facts: {a: {kind: money, zh: 营业收入}}".encode("gbk"))
    assert main(["scheme", "check", str(file)]) == NOT_DONE
    assert "iconv -f GBK -t UTF-8" in capsys.readouterr().err


def test_a_file_that_says_nothing_does_not_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "empty.yaml"
    file.write_text("", encoding="utf-8")
    assert main(["scheme", "check", str(file)]) != 0
    assert "is it the right file?" in capsys.readouterr().err
