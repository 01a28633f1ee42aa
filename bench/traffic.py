"""Traffic: signals on public maps beside what cities use; measures; messages of vehicles."""

import os
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from typing import Final

from bench.rows import Figure, Options, Row, row
from bench.traffic_parts import (
    ahead,
    bologna,
    cost,
    jinan,
    measures,
    published,
    resco,
    twin,
    v2x,
    zone,
)
from bench.traffic_parts.many import release

STREET_SEEDS = 3  # Ours: an hour of 2,500 vehicles each; the means are told, not a race.
SEEDS, QUICK_SEEDS = 10, 1  # The issue's; enough to see that it runs.
MOST_MIN: Final = 15.0  # The issue's.
STREETS: Final = frozenset(
    {"resco", "published", "lawful", "shares", "jinan", "bologna"}
)  # They need SUMO.


def run(options: Options) -> list[Row]:
    """Every figure, in the order of the table.

    Raises ValueError if ``options.only`` names a part that is not there.
    """
    seeds = QUICK_SEEDS if options.quick else SEEDS
    parts: dict[str, Callable[[Options], list[Row]]] = {
        "measures": measures.measure,
        "v2x": v2x.measure,
        "ahead": ahead.measure,
        "cost": cost.measure,
        "street": partial(twin.measure, seeds=min(seeds, STREET_SEEDS)),
        "zone": zone.measure,
        "resco": partial(resco.measure, seeds=seeds),
        "published": partial(published.measure, seeds=seeds),
        "lawful": partial(resco.measure_lawful, seeds=seeds),
        "shares": partial(resco.measure_shares, seeds=seeds),
        "jinan": partial(jinan.measure, seeds=seeds),
        "bologna": partial(bologna.measure, seeds=seeds),
    }
    unknown = set(options.only) - set(parts)
    if unknown:
        raise ValueError(f"there is no part {min(unknown)}; there are {', '.join(parts)}.")
    sumo = _sumo()
    if sumo:
        options.say(f"SUMO {sumo}, every column; {os.cpu_count()} runs at a time")
    began = time.monotonic()
    rows: list[Row] = []
    for name, measure in parts.items():
        if options.only and name not in options.only:
            continue
        if name in STREETS and not sumo:
            options.skip(name, "SUMO is not installed; pip install 'haihe[traffic]'")
            continue
        at = time.monotonic()
        rows += measure(options)
        options.say(f"{name}: {time.monotonic() - at:.0f} s")
    release()
    if not options.only and sumo:
        taken = (time.monotonic() - began) / 60
        rows.append(
            row("traffic", Figure(f"everything, {seeds} seeds", "time", "min", taken, MOST_MIN))
        )
    return rows


def _sumo() -> str:
    """The version of SUMO, without which no street is driven; "" if it is not there, or half."""
    if any(find_spec(name) is None for name in ("libsumo", "sumo")):
        return ""
    return version("libsumo")
