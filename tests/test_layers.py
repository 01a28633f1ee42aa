"""Imports point down only, packs stay apart, and the pack contract stays light."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# What a pack author should never wait for: the engines behind the log, the feeds and the server.
HEAVY = ("amqtt", "aiomqtt", "cryptography", "duckdb", "pyarrow", "rich", "starlette", "uvicorn")


def run_python(*arguments: str, here: Path) -> subprocess.CompletedProcess[str]:
    """What a fresh interpreter says that sees the sources under ``here`` before any other."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=here,
        env={**os.environ, "PYTHONPATH": str(here / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


def check_contracts(here: Path) -> tuple[bool, str]:
    """Whether every import contract of the tree at ``here`` is kept, and the linter's words."""
    code = (
        "import sys\n"
        "from importlinter.cli import lint_imports\n"
        "sys.exit(lint_imports(no_cache=True, no_logo=True))"
    )
    done = run_python("-c", code, here=here)
    return done.returncode == 0, done.stdout + done.stderr


def copy_tree(target: Path) -> Path:
    """A copy of the sources and the contracts, to break."""
    shutil.copy(ROOT / "pyproject.toml", target)
    ignored = shutil.ignore_patterns("__pycache__", "node_modules")
    shutil.copytree(ROOT / "src" / "haihe", target / "src" / "haihe", ignore=ignored)
    return target


def test_every_import_contract_is_kept() -> None:
    kept, words = check_contracts(ROOT)
    assert kept, (
        f"An import points up or across; move the code to the layer it belongs to.\n{words}"
    )


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("haihe.model.planted", "haihe.run"),  # Up.
        ("haihe.detect.planted", "haihe.log"),  # Across.
        ("haihe.packs.planted", "haihe.log"),  # Out of the pack contract.
        ("haihe.run.planted", "haihe.packs"),  # The core must know no pack.
    ],
)
def test_an_import_that_points_up_or_across_breaks_a_contract(
    importer: str, imported: str, tmp_path: Path
) -> None:
    house = copy_tree(tmp_path)
    planted = house / "src" / Path(*importer.split(".")).with_suffix(".py")
    planted.write_text(f'"""Planted."""\n\nimport {imported}\n', encoding="utf-8")
    kept, words = check_contracts(house)
    assert not kept
    assert f"{importer} -> {imported}" in words


def test_the_pack_contract_loads_no_engine() -> None:
    code = (
        "import sys, haihe.pack; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = run_python("-c", code, here=ROOT)
    assert done.returncode == 0, done.stderr
    loaded = sorted(set(HEAVY) & set(done.stdout.split()))
    assert not loaded, (
        f"`import haihe.pack` loads {', '.join(loaded)}; import them only where they do "
        "their work, so that a pack author's check starts in 0.15 s."
    )
