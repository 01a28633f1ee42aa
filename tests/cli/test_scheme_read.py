"""``haihe scheme read`` as an office calls it."""

import json
from pathlib import Path

import pytest

from haihe.cli.main import NOT_DONE, OK, main
from haihe.decide.scheme import read_library, write_book
from haihe.decide.scheme.quantity import parse_day

TEXT = """第一条 对上年度营业收入2000万元以上的软件企业，按照研发费用的20%给予补助，最高500万元。
第二条 对获得国家级认定的平台，给予一次性50万元奖励。
第三条 重大项目按照“一事一议”给予支持。
第四条 同一事项符合多项政策的，按就高不重复原则执行。
第五条 营造良好创新氛围。
第六条 本措施自2026年9月1日起施行，有效期3年。
"""


def test_a_text_becomes_a_draft_that_passes_the_check_and_is_in_no_book(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, draft = tmp_path / "text.txt", tmp_path / "draft.yaml"
    file.write_bytes(TEXT.encode("gbk"))
    assert main(["scheme", "read", str(file), "-o", str(draft), "--id", "soft"]) == OK
    assert "5 clauses; not understood: 0 stretches with numbers, 1 of words" in (
        capsys.readouterr().err
    )
    assert main(["scheme", "check", str(draft)]) == OK
    written = draft.read_text(encoding="utf-8")
    assert "# words [" in written
    assert "营造良好创新氛围" in written
    library = read_library({"draft.yaml": written})
    day = parse_day("2027-01-01")
    assert [one.name for one in library.schemes] == ["soft-1", "soft-2", "soft-3"]
    assert not any(write_book(library.schemes, library.schema, day=day).rules)
    assert all(write_book(library.schemes, library.schema, day=day, drafts=True).rules)


def test_every_number_of_the_json_stands_where_it_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "text.txt"
    file.write_text(TEXT, encoding="utf-8")
    assert main(["scheme", "read", str(file), "--json"]) == OK
    told = json.loads(capsys.readouterr().out)
    first = told["clauses"][0]
    assert first["fields"]["cap"] == 5_000_000
    assert {one["text"] for one in first["numbers"]} >= {"20%", "500万元"}
    text = TEXT.rstrip()
    assert all(text[one["start"] : one["end"]] == one["text"] for one in first["numbers"])


def test_a_scan_or_a_file_that_is_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scheme", "read", str(tmp_path / "none.pdf")]) == NOT_DONE
    assert "cannot read" in capsys.readouterr().err
    old = tmp_path / "old.doc"
    old.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1"))
    assert main(["scheme", "read", str(old)]) == NOT_DONE
    assert "save it as DOCX" in capsys.readouterr().err


def test_a_draft_never_overwrites_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "text.txt"
    file.write_text(TEXT, encoding="utf-8")
    assert main(["scheme", "read", str(file), "-o", str(file)]) == NOT_DONE
    assert "is there already" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == TEXT


def test_a_draft_that_cannot_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "text.txt"
    file.write_text(TEXT, encoding="utf-8")
    gone = tmp_path / "gone" / "draft.yaml"
    assert main(["scheme", "read", str(file), "-o", str(gone)]) == NOT_DONE
    assert f"cannot write {gone}" in capsys.readouterr().err
