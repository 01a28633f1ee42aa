"""When lights will change: foretold over a recorded afternoon of actuated controllers."""

import time
from pathlib import Path
from typing import Final

import numpy as np

from bench.rows import LOWER, Options, Row
from bench.traffic_parts import record
from bench.traffic_parts.maps import each
from haihe.model.time import MINUTE, SECOND
from haihe.packs.traffic.measures.ahead import NEAR_S, Light, changes_of, misses

BENCH: Final = "traffic"
BEFORE: Final = 30 * MINUTE  # Ours: what a controller has told before it is asked about.
EVERY, QUICK_EVERY = 10 * SECOND, 60 * SECOND
SOON_S: Final = 20.0  # Ours: what is farther away does not change how a driver comes.


def measure(options: Options) -> list[Row]:
    """Rows for green and red; none where there is no record."""
    return each(options, "atspm_hires", measure=_measured)


def _measured(options: Options, where: Path) -> list[Row]:
    every = QUICK_EVERY if options.quick else EVERY
    events = record.read_events(where)
    begin, end = int(events.at[0]) + BEFORE, int(events.at[-1])
    options.say(f"traffic: likely ends, asked every {every // SECOND} s")
    began, asked, tables = time.process_time(), 0, []
    for device in np.unique(events.device):
        changes = changes_of(events.where(events.device == device))
        tables.append(misses(changes, begin=begin, end=end, every=every))
        asked += (end - begin) // every
    spent_ms = (time.process_time() - began) / asked * 1e3
    missed = {name: np.concatenate([one[name] for one in tables]) for name in tables[0]}
    rows = []
    for light in (Light.GREEN, Light.RED):
        of = missed["light"] == light
        off, left = np.abs(missed["missed_s"][of]), missed["left_s"][of]
        beside = {
            "mean, s": float(off.mean()),
            "within 2 s, %": 100 * float((off <= NEAR_S).mean()),
            "sure told, %": 100 * float(missed["sure"][of].mean()),
        }
        case = f"end of {light.name.lower()} foretold, {int(of.sum()):,} times"
        soon = float(np.median(off[left <= SOON_S]))
        rows += [
            Row(BENCH, case, "median miss", "s", float(np.median(off)), None, LOWER, beside=beside),
            Row(BENCH, case, f"median miss of those within {SOON_S:g} s", "s", soon, None, LOWER),
        ]
    cost = Row(BENCH, "a junction foretold", "CPU", "ms", spent_ms, None, LOWER)
    return [*rows, cost]
