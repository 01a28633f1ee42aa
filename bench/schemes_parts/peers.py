"""OpenFisca-Core and zen-engine on the same city, each in an environment of its own.

They are run as programs and never imported here: ``python -m venv .haihe/peers`` and then
``.haihe/peers/bin/pip install OpenFisca-Core openfisca-country-template zen-engine`` makes the
environment.
"""

import json
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from bench.rows import Options
from haihe.decide.scheme.book import Book
from haihe.decide.scheme.circuit import HIGHEST, LOWEST, Gate, Interval, Word
from haihe.decide.scheme.facts import MISSING, Facts
from haihe.decide.scheme.match import plain_rate

PYTHON: Final = Path(__file__).parents[2] / ".haihe" / "peers" / "bin" / "python"
# Name on the command line: name in the table, program.
WORKERS: Final = {
    "openfisca": ("OpenFisca-Core", "openfisca_worker.py"),
    "zen": ("zen-engine", "zen_worker.py"),
}
ELSEWHERE: Final = ("jionlp",)  # Run by ``extraction``.
INSTALL: Final = (
    "no environment; python -m venv .haihe/peers && .haihe/peers/bin/pip install "
    "OpenFisca-Core openfisca-country-template zen-engine"
)
SECONDS_MAX: Final = 900  # Ours: zen-engine takes about a minute.
ROUNDS: Final = 3  # Ours: enough for a median; zen-engine alone takes a minute for each.


def missing(options: Options, name: str) -> str:
    """Why a peer is not run; "" if it is.

    Raises ValueError if there is no such peer.
    """
    known = (*WORKERS, *ELSEWHERE)
    strange = [one for one in options.against if one not in known]
    if strange:
        raise ValueError(f"there is no peer '{strange[0]}'; there are {', '.join(known)}.")
    if not options.wants(name):
        return "not asked for"
    return "" if PYTHON.exists() else INSTALL


def measure(
    options: Options, facts: Facts, *, book: Book, ours: Callable[[], float]
) -> tuple[dict[str, float], float | None]:
    """CPU seconds of each peer for all pairs, and ours in the same rounds; medians.

    ours: does ours once and gives its CPU seconds.
    Returns those of the peers that are there, by name and pairs; None if none is.
    """
    running = []
    for name in WORKERS:
        why = missing(options, name)
        if why:
            options.skip(WORKERS[name][0], why)
        else:
            running.append(name)
    spent: dict[str, list[float]] = {}
    mine: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        data, rules = Path(folder) / "facts.npz", Path(folder) / "rules.json"
        np.savez(data, **columns(facts))  # type: ignore[arg-type]  # Arrays by name.
        rules.write_text(json.dumps(plain_rules(book)))
        for at in range(ROUNDS if running else 0):
            mine.append(ours())
            for name in list(running):
                title, worker = WORKERS[name]
                options.say(f"schemes: {title}, round {at + 1} of {ROUNDS}")
                told = run_peer(worker, data, rules)
                if told.returncode:
                    options.skip(title, told.stderr.strip().splitlines()[-1][:200])
                    running.remove(name)
                    continue
                seconds, pairs = told.stdout.split()[-2:]
                spent.setdefault(f"{title} ({int(pairs):,} pairs)", []).append(float(seconds))
    found = {name: float(np.median(some)) for name, some in spent.items()}
    return found, float(np.median(mine)) if found else None


def run_peer(worker: str, *given: Path) -> "subprocess.CompletedProcess[str]":
    """A program of this folder run by the peers' own Python."""
    command = (PYTHON, Path(__file__).with_name(worker), *given)
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)


def columns(facts: Facts) -> dict[str, np.ndarray]:
    """Facts as plain columns: missing is -1, which none of the conditions meets."""
    found: dict[str, np.ndarray] = {}
    for name, column in facts.numbers.items():
        found[name] = np.where(column == MISSING, -1, column)
    for name, codes in facts.codes.items():
        found[name] = codes.astype(np.int64)
    for name, lines in facts.tags.items():
        for word, line in zip(facts.words[name], lines, strict=False):
            bits = np.unpackbits(line.view(np.uint8), count=facts.count, bitorder="little")
            found[f"{name}_{word}"] = bits.astype(np.int64)
    return found


def plain_rules(book: Book) -> list[dict[str, object]]:
    """Each scheme as lists: conditions of (column, low, high) or [(column, word) ...], and rate."""
    found: list[dict[str, object]] = []
    words = {fact.name: fact.words for fact in book.schema.facts}
    tags = {fact.name for fact in book.schema.facts if fact.kind == "tags"}
    for rule in book.rules:
        assert rule is not None
        rate = plain_rate(rule)
        assert rate is not None
        conditions: list[object] = []
        for signal in rule.signals[: len(rule.version.conditions)]:
            asked = book.wiring.signals[signal]
            if isinstance(asked, Interval):
                low = 0 if asked.low == LOWEST else asked.low
                conditions.append([asked.fact, low, min(asked.high, 2**60)])
                continue
            inputs = asked.inputs if isinstance(asked, Gate) else (signal,)
            some = [book.wiring.signals[one] for one in inputs]
            one_of = [
                [f"{one.fact}_{one.word}", 1]
                if one.fact in tags
                else [one.fact, 1 + words[one.fact].index(one.word)]
                for one in some
                if isinstance(one, Word)
            ]
            conditions.append(one_of)
        of, numerator, denominator, up_to = rate
        assert up_to < HIGHEST
        found.append({"needs": conditions, "of": of, "rate": numerator / denominator, "cap": up_to})
    return found
