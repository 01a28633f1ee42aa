"""The console's sources and what is built from them: nothing from elsewhere, and light enough."""

import importlib.util
import json
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

from haihe.model.case import CaseState
from haihe.model.decision import OrderState
from haihe.model.line import Verb
from tests.serve.built import CONSOLE, needs_console
from tests.tidy import ROOT

SOURCES = ROOT / "console"
FIRST_LOAD_MAX = 300_000  # Bytes in Brotli: a second on a line of 2.4 Mbit/s.
ALL_MAX = 1_200_000  # Bytes in Brotli: with the map and the charts.
LATER = ("maplibregl-", "__ec_")  # Names only the map has, and only the charts: they come later.


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The build's own part, which is no part of the package; hatchling is only there to build."""
    interface = ModuleType("hatchling.builders.hooks.plugin.interface")
    monkeypatch.setattr(interface, "BuildHookInterface", list, raising=False)
    monkeypatch.setitem(sys.modules, interface.__name__, interface)
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def packed_bytes(path: Path) -> int:
    """How much of a file goes over the line, bytes."""
    packed = path.with_name(path.name + ".br")
    return (packed if packed.is_file() else path).stat().st_size


def first_load() -> list[Path]:
    """What the first page asks for by itself, and the page."""
    text = (CONSOLE / "index.html").read_text(encoding="utf-8")
    named = re.findall(r"""(?:src|href)="/([^"]+)\"""", text)
    return [CONSOLE / "index.html", *(CONSOLE / name for name in named)]


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((SOURCES / "package-lock.json").read_text(encoding="utf-8"))
    assert len(lock["packages"]) > 100
    assert [name for name, one in lock["packages"].items() if "resolved" in one] == []
    assert [name for name, one in lock["packages"].items() if name and "integrity" not in one] == []


@pytest.mark.parametrize(
    ("kind", "names"),
    [("verbs", tuple(Verb)), ("states", (*CaseState, *OrderState))],
)
def test_every_verb_and_state_of_the_api_has_a_word(kind: str, names: Sequence[str]) -> None:
    """Of all other words the compiler knows that they are there, in both languages."""
    text = (SOURCES / "src" / "words" / "zh.ts").read_text(encoding="utf-8")
    block = re.search(rf"  {kind}: {{(.*?)\n  }}", text, re.DOTALL)
    assert block is not None
    words = set(re.findall(r"(\w+): \"", block[1]))
    assert {re.sub(r"-(\w)", lambda found: found[1].upper(), name) for name in names} <= words


@needs_console
def test_the_built_console_is_of_these_very_sources(hook: ModuleType) -> None:
    stamp = CONSOLE / "sources.sha256"
    if not stamp.is_file():
        pytest.skip("it was built by hand, so nobody noted from what")
    if stamp.read_text(encoding="utf-8") != hook.digest(SOURCES):
        pytest.fail("the console is old; 'pip install --editable .' builds it", pytrace=False)


@needs_console
def test_the_first_load_is_light_and_so_is_everything() -> None:
    first = sum(map(packed_bytes, first_load()))
    every = sum(packed_bytes(path) for path in CONSOLE.rglob("*") if path.suffix in (".js", ".css"))
    assert first < FIRST_LOAD_MAX, first
    assert first < every < ALL_MAX, every


@needs_console
def test_the_first_load_holds_neither_the_map_nor_the_charts() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in first_load())
    everything = "".join(
        path.read_text(encoding="utf-8") for path in (CONSOLE / "assets").glob("*.js")
    )
    for name in LATER:
        assert name in everything, "it is looked for under a wrong name"
        assert name not in text


def test_the_hash_of_the_sources_follows_them_and_nothing_else(
    hook: ModuleType, tmp_path: Path
) -> None:
    assert [name for name in hook.SOURCES if not (SOURCES / name).exists()] == []
    for name in hook.SOURCES:
        path = tmp_path / name
        (shutil.copytree if (SOURCES / name).is_dir() else shutil.copyfile)(SOURCES / name, path)
    first = hook.digest(tmp_path)
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "another.js").write_text("1")
    (tmp_path / "src" / "main.ts").touch()
    assert hook.digest(tmp_path) == first
    (tmp_path / "src" / "style.css").rename(tmp_path / "src" / "other.css")
    assert (renamed := hook.digest(tmp_path)) != first
    with (tmp_path / "src" / "main.ts").open("a") as file:
        file.write("\n")
    assert hook.digest(tmp_path) not in (first, renamed)


@pytest.mark.parametrize(
    ("said", "version"), [("v24.19.0\n", (24, 19)), ("v22.12.1\n", (22, 12)), ("node?", (0, 0))]
)
def test_the_version_of_node_is_read_from_what_it_says(
    hook: ModuleType, said: str, version: tuple[int, int], tmp_path: Path
) -> None:
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\nprintf '{said.strip()}'\n")
    node.chmod(0o755)
    assert hook._node_version(str(node)) == version
    assert hook._node_version(None) == (0, 0)
