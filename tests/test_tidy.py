"""The house style and the pages beside the code, held to by tests; the rules are in ``tidy.py``."""

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import haihe
from tests import tidy
from tests.tidy import ROOT, Rule, Source, make_source, read_sources

CODE: Final = ("src", "bench")
RAISES_WITH_VALUE_MIN: Final = 0.95  # Ours: the best of ten Python projects we counted is at 0.93.
TEXT_BYTES_MAX: Final = 2_000_000  # Ours: a larger file is data, not text.
# Paths of one machine and package hosts. Split, so that this page does not hold what it looks for.
ELSEWHERE: Final = re.compile(
    r"(?<![\w.-])/(?:wo{0}rk|ro{0}ot|opt/pypi|ho{0}me/[a-z]\w*|Us{0}ers/\w+)/"
    r"|bash_{0}jobs|/opt/wh{0}eels"
    r"|pypi{0}\.org|python{0}hosted|npm{0}js\.(?:org|com)".replace("{0}", "")
)


def demand(rule: Rule, *folders: str, mend: str) -> None:
    """Fail with one line for everything the rule finds in the folders, and with what to do."""
    found = [
        f"  {source.path}:{at if isinstance(at, int) else getattr(at, 'lineno', 1)}: {what}"
        for folder in folders
        for source in read_sources(folder)
        for at, what in rule(source)
    ]
    if found:
        pytest.fail("\n".join([f"{len(found)} found. {mend}", *found]), pytrace=False)


def test_no_file_is_longer_than_a_person_reads_at_once() -> None:
    demand(tidy.long_files, *CODE, "tests", mend="At most 400 lines: one concept, one file.")


def test_no_function_is_longer_than_a_screen() -> None:
    demand(
        tidy.long_functions, *CODE, "tests", mend="At most 50 lines: branch above, compute below."
    )


def test_no_function_takes_more_than_five_parameters_or_two_by_position() -> None:
    demand(tidy.wide_functions, *CODE, mend="At most 5; from the third on after a `*`.")


def test_nothing_is_imported_inside_a_function() -> None:
    demand(
        tidy.late_imports, *CODE, "tests", mend="Import at the top; a cycle means a wrong layer."
    )


def test_no_import_is_for_the_type_checker_only() -> None:
    demand(tidy.typing_only_blocks, *CODE, "tests", mend="Import it; a cycle means a wrong layer.")


def test_nothing_catches_everything() -> None:
    demand(
        tidy.broad_catches, *CODE, mend="Catch what you can handle, or raise it again at the end."
    )


def test_no_work_is_left_unfinished_in_the_code() -> None:
    demand(tidy.unfinished_work, *CODE, "tests", mend="Do it now, or open an issue.")


def test_every_silenced_check_names_itself_and_its_reason() -> None:
    mend = "Write `type: ignore[code]  # Reason.` and `noqa: CODE`."
    demand(tidy.silenced_checks, *CODE, "tests", mend=mend)


def test_only_the_command_line_prints() -> None:
    demand(tidy.prints, "src", mend="Return it, or let haihe.cli print it.")


def test_the_inside_is_pure() -> None:
    mend = (
        "No clock, chance, I/O, globals or logging here: take it as an argument, or move it to run."
    )
    demand(tidy.impurities, "src", mend=mend)


def test_values_of_the_inside_never_change() -> None:
    demand(tidy.thawed_values, "src", mend="Write frozen=True and return a new value.")


def test_no_default_can_be_changed_by_a_call() -> None:
    demand(tidy.mutable_defaults, *CODE, "tests", mend="Use () or None, or a frozen value.")


def test_no_mapping_holds_just_anything() -> None:
    demand(tidy.loose_mappings, *CODE, mend="Use a frozen dataclass or a msgspec Struct.")


def test_every_public_part_says_what_it_gives() -> None:
    mend = "First line: what it gives, as a sentence, and more than the name says."
    demand(tidy.poor_docstrings, "src", mend=mend)


def test_errors_show_the_value_they_are_about() -> None:
    told = [carries for source in read_sources("src") for _, carries in tidy.raises(source)]
    if told and sum(told) / len(told) < RAISES_WITH_VALUE_MIN:
        mend = f"{sum(told)} of {len(told)} carry one. Say what was found, expected and what to do."
        demand(tidy.mute_raises, "src", mend=mend)


def test_instants_are_whole_nanoseconds() -> None:
    demand(
        tidy.odd_instants, *CODE, mend="A name ending in _at is an int (or an IntArray), ns, UTC."
    )


def test_names_are_whole_words_of_the_glossary() -> None:
    demand(tidy.vague_names, "src", mend="See the words in ARCHITECTURE.md.")


def test_numbers_have_a_source() -> None:
    mend = 'Say where it is from beside or above it: a standard, a paper, or "Ours" and why.'
    demand(tidy.bare_numbers, "src", mend=mend)


def test_the_name_of_a_test_states_a_fact() -> None:
    demand(tidy.dull_test_names, "tests", mend="Such as test_a_silent_sensor_never_closes_a_case.")


GOOD: Final = '''"""What a tidy module looks like."""

from haihe.model.time import MINUTE

LIMIT = 20.0  # GB 50838.
WAIT = 10 * MINUTE  # Ours: two rounds of a sensor.


def share(part: float, whole: float, *, seen_at: int, texts: tuple[str, ...] = ()) -> float:
    """How much of the whole it is; 0 to 1.

    Raises ValueError if there is no whole.
    """
    if whole <= 0:
        raise ValueError(f"whole is {whole}; it must be more than 0.")
    try:
        return part / whole
    except OverflowError as error:
        raise ValueError(f"{part} is too much: {error}.") from error
'''
BAD: Final[tuple[tuple[Rule, str], ...]] = (
    (tidy.long_files, "\n" * 401),
    (tidy.long_functions, "def f():\n" + "    x = 1\n" * 50),
    (tidy.wide_functions, "def f(a, *, b, c, d, e, g): ..."),
    (tidy.wide_functions, "class C:\n    def __init__(self, a, b, c): ..."),
    (tidy.late_imports, "def f():\n    import json"),
    (tidy.typing_only_blocks, "from typing import TYPE_CHECKING"),
    (tidy.broad_catches, "try:\n    f()\nexcept Exception as error:\n    note(error)"),
    (tidy.broad_catches, "try:\n    f()\nexcept:\n    pass"),
    (tidy.broad_catches, "try:\n    f()\nexcept (OSError, BaseException):\n    pass"),
    (tidy.broad_catches, "with contextlib.suppress(Exception):\n    f()"),
    (tidy.unfinished_work, "x = 1  # TO" + "DO: later"),
    (tidy.silenced_checks, "x = f()  # type: " + "ignore"),
    (tidy.silenced_checks, "x = f()  # type: " + "ignore[misc]"),
    (tidy.silenced_checks, "x = f()  # no" + "qa"),
    (tidy.prints, "print(1)"),
    (tidy.impurities, "import time"),
    (tidy.impurities, "from os import path"),
    (tidy.impurities, "from datetime import UTC"),
    (tidy.impurities, "from numpy.random import normal"),
    (tidy.impurities, "x = np.random.normal()"),
    (tidy.impurities, "x = np.random.default_rng()"),
    (tidy.impurities, "x = moment.now()"),
    (tidy.impurities, "x = open('f')"),
    (tidy.impurities, "def f():\n    global x\n    x = 1"),
    (tidy.thawed_values, "@dataclass(slots=True)\nclass C: ..."),
    (tidy.thawed_values, "@dataclass\nclass C: ..."),
    (tidy.thawed_values, "class C(msgspec.Struct): ..."),
    (tidy.mutable_defaults, "def f(*, a=[]): ..."),
    (tidy.mutable_defaults, "def f(a=dict()): ..."),
    (tidy.loose_mappings, "x: dict[str, Any] = {}"),
    (tidy.poor_docstrings, "x = 1"),
    (tidy.poor_docstrings, '"""Things to know."""\nclass Case:\n    """The Case."""'),
    (tidy.poor_docstrings, '"""Things to know."""\ndef f():\n    """Give half of it"""'),
    (tidy.mute_raises, "raise ValueError('invalid capacity')"),
    (tidy.mute_raises, "raise PackInvalid"),
    (tidy.odd_instants, "seen_at: float = 0.0"),
    (tidy.odd_instants, "def f(seen_at: datetime): ..."),
    (tidy.vague_names, "def f(flag): ..."),
    (tidy.vague_names, "class RefundPolicy: ..."),
    (tidy.bare_numbers, "THRESHOLD = 20"),
    (tidy.dull_test_names, "def test_closure_2(): ..."),
)


def plant(text: str) -> Source:
    return make_source(text, module="haihe.model.planted", path=Path("planted.py"))


@pytest.mark.parametrize(("rule", "bad"), BAD, ids=lambda part: getattr(part, "__name__", ""))
def test_each_rule_catches_its_bad_example_and_lets_the_good_one_pass(rule: Rule, bad: str) -> None:
    assert list(rule(plant(bad)))
    assert not list(rule(plant(GOOD)))


def test_the_changelog_begins_with_the_version_of_the_package() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    newest = re.search(r"^## (\d+\.\d+\.\d+)", changelog, flags=re.MULTILINE)
    assert newest is not None, "CHANGELOG.md has no line such as '## 0.1.0 (unreleased)'."
    assert newest[1] == haihe.__version__ == project["version"]


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readme_names_the_two_commands(name: str) -> None:
    page = (ROOT / name).read_text(encoding="utf-8")
    missing = [command for command in ("make up", "make test") if command not in page]
    assert not missing, f"{name} does not name {' and '.join(missing)}; a newcomer begins there."


def text_files() -> Iterator[tuple[str, str]]:
    """Path and text of every file of the repository that is text and not made by a tool."""
    for folder, inner, names in os.walk(ROOT):
        if "pyvenv.cfg" in names:  # A virtual environment, whatever its name.
            inner.clear()
            continue
        inner[:] = sorted(set(inner) - tidy.SKIPPED_FOLDERS)
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file() and path.stat().st_size <= TEXT_BYTES_MAX:
                content = path.read_bytes()
                if b"\0" not in content:
                    yield path.relative_to(ROOT).as_posix(), content.decode(errors="replace")


def test_no_page_names_a_machine_or_a_package_host() -> None:
    found = [
        f"  {path}:{text.count(chr(10), 0, hit.start()) + 1}: {hit[0]}"
        for path, text in text_files()
        for hit in ELSEWHERE.finditer(text)
    ]
    if found:
        mend = "Name nothing that only one machine has."
        pytest.fail("\n".join([mend, *found]), pytrace=False)
