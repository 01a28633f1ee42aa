"""Each mark of ``pack check`` is kept by a sound pack and lost by the fault it is there for."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from haihe.errors import PackInvalid
from haihe.pack.new import new_pack
from haihe.run.check import CheckReport, check_named, encode_report, format_report

Make: TypeAlias = Callable[..., Path]
_numbers = itertools.count()


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Begin a pack, and break it by replacing some words."""

    def begin(*changes: tuple[str, str]) -> Path:
        name = f"trial_{next(_numbers)}"  # Modules of one name cannot be imported twice.
        files = new_pack(name, tmp_path)
        code, cases = files[2], files[3]
        for old, new in changes:
            path = code if old in code.read_text(encoding="utf-8") else cases
            text = path.read_text(encoding="utf-8")
            assert old in text
            path.write_text(text.replace(old, new), encoding="utf-8")
        return tmp_path / name

    return begin


def lost(report: CheckReport) -> dict[str, str]:
    return {mark.name: mark.found for mark in report.marks if mark.passed is False}


def test_a_new_pack_passes_and_says_what_was_not_measured(make: Make) -> None:
    report = check_named(str(make()))
    assert report.passed, format_report(report)
    assert report.level == "runs"
    unmeasured = [mark.name for mark in report.marks if mark.passed is None]
    assert unmeasured == ["alarms per operator", "shadow agreement", "signed promotion"]


def test_the_plain_limit_is_fooled_by_what_the_pack_is_not(make: Make) -> None:
    own, plain = check_named(str(make())).tallies
    assert (own.found, own.false) == (2, 0)
    assert (plain.watch, plain.found, plain.false) == ("plain limit", 2, 2)


def test_the_same_check_gives_the_same_bytes(make: Make) -> None:
    folder = make()
    reports = [encode_report(check_named(str(folder))) for _ in range(2)]
    assert reports[0] == reports[1]
    assert json.loads(reports[0])["level"] == "runs"


IMPORTS = "from haihe.detect import"
DECIDE = "    del view  # Knows the newest records of every stream, and what is beside what.\n"
LATEST = "    seen = view.latest(LEVEL.name, case.entity)\n"
NOT_LATE = "    assert seen is None or view.now - seen.observed_at < MINUTE\n"
MEMORY = ("ALARM_M =", "SEEN: list[str] = []\nALARM_M =")
REMEMBER = (DECIDE, DECIDE + "    SEEN.append(case.id)\n")
SOURCE = "Ours: replace it with the device or the standard that defines it"
QUIET = 'seen.numbers["level"] <= QUIET_M'
SILENT_CASE = "{level: [1.0, 2.5, 2.5, 1.0 x 5, silent x 20]}"
Changes: TypeAlias = tuple[tuple[str, str], ...]
FAULTS: tuple[tuple[str, str, Changes], ...] = (
    ("loads alone", "pyarrow", ((IMPORTS, f"import pyarrow\n{IMPORTS}"),)),
    ("loads alone", "haihe.run", ((IMPORTS, f"import haihe.run.load\n{IMPORTS}"),)),
    ("streams described", "no source", ((SOURCE, " "),)),
    ("streams described", "must be called", ((".tank", "_tank"),)),
    ("streams described", "watches 'depth'", (('"level",\n', '"depth",\n'),)),
    ("streams described", "no range", ((", high=10.0", ""),)),
    ("every playbook closes", "without values", ((QUIET, 'not seen.numbers["level"] > QUIET_M'),)),
    ("every playbook closes", "silence of 10 min", (("is_quiet)", "is_quiet, gap=10 * MINUTE)"),)),
    ("every playbook closes", "no case shows", ((", closed_at: 13 min", ""),)),
    ("pure", "imports time", ((IMPORTS, f"import time\n{IMPORTS}"),)),
    ("pure", "changes SEEN", (MEMORY, REMEMBER)),
    ("same log, same bytes", "other steps",
     (MEMORY, REMEMBER, ('en="level"', 'en=f"level {len(SEEN)}"'))),
    ("yes, no and dirty", "no case for no",
     (("{opened: 0}", "{opened: 1}"), ("{opened: 0, q", "{opened: 1, q"))),
    ("yes, no and dirty", "no case for dirty",
     (("99, -5, 2.5 again, 1.0 x 8", "1.0 x 8"), (", quarantined: 2", ""), (", silent x 20", ""))),
    ("cases come out", "expected at 12 min", (("13 min", "12 min"),)),
    ("cases come out", "no order 'inspect tank/2'", (("[inspect tank/1]", "[inspect tank/2]"),)),
    ("cases come out", "quarantined 2, expected 3", (("quarantined: 2", "quarantined: 3"),)),
    ("both languages", "no Chinese", (('zh="液位高"', 'zh="Level high"'),)),
    ("both languages", "no English", (('en=f"Inspect and put right', 'en=f"检查'),)),
    ("backtest, scored", "1 of 2 missed", ((SILENT_CASE, "{level: [1.0, 1.9 x 20]}"),)),
    ("survives bad feeds", "in bulk", ((DECIDE, LATEST + NOT_LATE),)),
    ("names value and limit", "does not name 2.5 and 2",
     (('value_and_limit(case, what=Text(zh="液位", en="level"), unit=" m")',
       'Text(zh="液位 2.5 m，限值 2.0 m", en="level 2.5 m")'),)),
)  # fmt: skip


@pytest.mark.parametrize(("mark", "told", "changes"), FAULTS)
def test_a_pack_with_this_fault_loses_this_mark(
    mark: str, told: str, changes: Changes, make: Make
) -> None:
    report = check_named(str(make(*changes)))
    assert told in lost(report).get(mark, ""), format_report(report)
    assert not report.passed
    assert all(one.mend for one in report.marks if one.passed is False)


def test_a_pack_without_cases_is_told_so(make: Make) -> None:
    folder = make()
    next(folder.rglob("cases.yaml")).unlink()
    report = check_named(str(folder))
    assert {"every playbook closes", "yes, no and dirty", "cases come out"} <= lost(report).keys()
    assert report.level == ""


def test_what_is_neither_installed_nor_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        PackInvalid, match=r"neither an installed pack \(.*gallery.*\) nor a folder"
    ):
        check_named(str(tmp_path / "nothing"))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('[project.entry-points."haihe.packs"]', "[project.entry-points.other]", "names no pack"),
        (':pack"', ':nothing"', "is a NoneType, not a Pack"),
        ('= "haihe_pack_', '= "haihe_peck_', "holds no module"),
    ],
)
def test_a_project_that_leads_to_no_pack_is_refused(
    old: str, new: str, told: str, make: Make
) -> None:
    project = make() / "pyproject.toml"
    project.write_text(project.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(PackInvalid, match=told):
        check_named(str(project.parent))


def test_a_module_that_cannot_be_imported_is_told(make: Make) -> None:
    with pytest.raises(PackInvalid, match=r"cannot be loaded: .*nowhere"):
        check_named(str(make(("from haihe.detect", "import nowhere\nfrom haihe.detect"))))


def test_the_table_says_what_to_mend(make: Make) -> None:
    table = format_report(check_named(str(make((SOURCE, " ")))))
    assert "FAIL streams described" in table
    assert "mend: Give the stream a source" in table
    assert table.endswith("1 mark not kept; level: none yet")
