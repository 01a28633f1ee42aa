"""Traffic: signals on public maps beside what cities use; measures; messages of vehicles."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from typing import Final

from bench.parted import Part, chosen
from bench.rows import Figure, Options, Row, row
from bench.traffic_parts import (
    ahead,
    bologna,
    cost,
    jinan,
    measures,
    published,
    resco,
    v2x,
)
from bench.traffic_parts.many import release, spent_s

SEEDS, QUICK_SEEDS = 10, 1  # The issue's; enough to see that it runs.
MOST_MIN: Final = 15.0  # The issue's.
# They need SUMO and share its runs; what takes longest is asked for first, so that no core waits.
STREETS: Final[dict[str, Callable[..., list[Row]]]] = {
    "jinan": jinan.measure,
    "bologna": bologna.measure,
    "shares": resco.measure_shares,
    "lawful": resco.measure_lawful,
    "resco": resco.measure,
}
APART: Final = "published"  # It needs SUMO, and has another version's in a program of its own.
ORDER: Final = (
    "measures", "v2x", "ahead", "cost", "resco", APART, "lawful", "shares", "jinan", "bologna",
)  # fmt: skip


def run(options: Options) -> list[Row]:
    """Every figure, in the order of the table.

    Raises ValueError if ``options.only`` names a part that is not there.
    """
    seeds = QUICK_SEEDS if options.quick else SEEDS
    every: dict[str, Part] = {
        "measures": measures.measure,
        "v2x": v2x.measure,
        "ahead": ahead.measure,
        "cost": cost.measure,
        APART: partial(published.measure, seeds=seeds),
        **{name: partial(measure, seeds=seeds) for name, measure in STREETS.items()},
    }
    parts = chosen(options, {name: every[name] for name in ORDER})
    sumo = _sumo()
    for name in [one for one in parts if not sumo and one in (APART, *STREETS)]:
        options.skip(name, "SUMO is not installed; pip install 'haihe[traffic]'")
        del parts[name]
    if sumo:
        options.say(f"SUMO {sumo}, every column; {os.cpu_count()} runs at a time")
    began = time.monotonic()
    rows = _measured(options, parts)
    if not options.only and sumo:
        taken = (time.monotonic() - began) / 60
        case = f"everything, {seeds} seeds"
        rows += [
            row("traffic", Figure(case, "time", "min", taken, MOST_MIN)),
            row("traffic", Figure(case, "CPU of the runs in SUMO", "min", spent_s() / 60)),
        ]
    release()
    return rows


def _measured(options: Options, parts: dict[str, Part]) -> list[Row]:
    """The rows of the parts in their order; those that share runs go side by side, at the end."""

    def timed(name: str) -> list[Row]:
        at = time.monotonic()
        rows = parts[name](options)
        options.say(f"{name}: {time.monotonic() - at:.0f} s")
        return rows

    found = {name: timed(name) for name in parts if name not in STREETS}
    with ThreadPoolExecutor(len(STREETS)) as beside:
        begun = {name: beside.submit(timed, name) for name in STREETS if name in parts}
        found |= {name: one.result() for name, one in begun.items()}
    return [one for name in parts for one in found[name]]


def _sumo() -> str:
    """The version of SUMO, without which no street is driven; "" if it is not there, or half."""
    if any(find_spec(name) is None for name in ("libsumo", "sumo")):
        return ""
    return version("libsumo")
