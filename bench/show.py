"""Runs a bench by its name, shows its table, writes its rows."""

import ast
import csv
import importlib
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from bench.machine import look_at_machine, shown
from bench.rows import Machine, Options, Row

FOLDER: Final = Path(__file__).parent
LEDGER: Final = FOLDER / "ledger.csv"
LEDGER_COLUMNS: Final = (
    "commit", "bench", "case", "figure", "value", "unit", "goal", "machine",
)  # fmt: skip
WIDTH: Final = 120  # Columns, where it is no screen that says how wide it is.
SCREEN: Final = Console(width=None if sys.stdout.isatty() else WIDTH)
ASIDE: Final = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Request:
    """One call of ``haihe bench``.

    name: of the bench; "" lists them.
    options: for the bench; its ``say`` and ``skip`` are the frame's to give.
    json: where the rows go; None for nowhere.
    ledger: whether to add the rows to the ledger.
    """

    name: str
    quick: bool = False
    data: Path | None = None
    peers: bool = True
    against: tuple[str, ...] = ()
    scores: Path | None = None
    json: Path | None = None
    ledger: bool = False
    only: tuple[str, ...] = ()


def run(request: Request) -> int:
    """Run the bench and show what it found; the exit code.

    Raises ValueError if there is no such bench.
    """
    found = benches()
    if not request.name:
        for name, words in found.items():
            SCREEN.print(f"{name:10} {words}", highlight=False)
        return 0
    if request.name not in found:
        raise ValueError(f"there is no bench '{request.name}'; there are {', '.join(found)}.")
    skipped: list[tuple[str, str]] = []
    options = Options(
        quick=request.quick,
        data=request.data,
        peers=request.peers,
        against=request.against,
        scores=request.scores,
        say=lambda words: ASIDE.print(f"  {words}", style="dim", highlight=False, markup=False),
        skip=lambda who, why: skipped.append((who, why)),
        only=request.only,
    )
    machine = look_at_machine()
    SCREEN.print(shown(machine), highlight=False)
    bench = importlib.import_module(f"bench.{request.name}")
    rows = [msgspec.structs.replace(row, machine=machine) for row in bench.run(options)]
    show(rows, skipped)
    if request.json is not None:
        request.json.write_bytes(msgspec.json.format(msgspec.json.encode(rows), indent=2))
    if request.ledger:
        add_to_ledger(rows)
    return 0


def benches() -> dict[str, str]:
    """Name of each bench (a module of this folder that has a ``run``) and what it measures."""
    found = {}
    for path in sorted(FOLDER.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        if "run" in names and path.stem != "show":
            found[path.stem] = (ast.get_docstring(tree) or "").partition("\n")[0]
    return found


def show(rows: Sequence[Row], skipped: Sequence[tuple[str, str]]) -> None:
    """Print the table, then a line for everything that was left out."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("case", "figure"):
        table.add_column(title, overflow="fold")
    for title in ("value", "goal"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("beside", overflow="fold")
    for row in rows:
        goal = "" if row.goal is None else number(row.goal)
        beside = ", ".join(f"{name} {number(value)}" for name, value in row.beside.items())
        verdict = {True: "reached", False: "[bold]missed[/]", None: ""}[row.is_reached]
        table.add_row(row.case, row.figure, number(row.value), goal, row.unit, verdict, beside)
    SCREEN.print(table)
    for who, why in skipped:
        SCREEN.print(f"skipped {who}: {why}", highlight=False, markup=False, soft_wrap=True)


def number(value: float) -> str:
    """A figure with three digits that mean something.

    >>> number(1234567.0), number(12.345), number(0.01234)
    ('1,230,000', '12.3', '0.0123')
    """
    if abs(value) >= 1000:
        digits = len(str(int(abs(value)))) - 3
        return f"{round(value, -digits):,.0f}"
    return f"{value:.3g}"


def add_to_ledger(rows: Sequence[Row], ledger: Path = LEDGER) -> None:
    """Add the rows to the ledger, which only ever grows."""
    is_new = not ledger.exists()
    with ledger.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        if is_new:
            writer.writerow(LEDGER_COLUMNS)
        commit = _commit()
        for row in rows:
            goal = "" if row.goal is None else f"{row.goal:g}"
            where = _brief(row.machine) if row.machine is not None else ""
            figure = (row.bench, row.case, row.figure, f"{row.value:.4g}", row.unit, goal)
            writer.writerow((commit, *figure, where))


def _brief(machine: Machine) -> str:
    return (
        f"{machine.cpu} x{machine.cores} load {machine.load:g} "
        f"fdatasync {machine.fdatasync_p50_ms:g} ms"
    )


def _commit() -> str:
    """The commit the code was at, with a + where it was changed since."""
    git = ("git", "-C", str(FOLDER), "describe", "--always", "--dirty=+")
    try:
        return subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
