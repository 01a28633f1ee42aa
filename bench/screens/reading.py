"""Answers that the screens live on: the newest of ten thousand, and a map of 160,000 points."""

import json
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from bench.city import HEIGHT, SOUTH, WEST, WIDTH
from bench.rows import Figure, Options, Row, row
from bench.screens.pack import CAR
from bench.screens.zone import Moving, Zone, a_zone, fill_points, move, points_body

LATEST: Final = 10_000
POINTS: Final = 160_000
CASES: Final = 2_000
GOAL_LATEST_MS: Final = 50.0
GOAL_MAP_MS: Final = 1_000.0  # A map is asked for anew once a second; a later answer would lag.
TRIES: Final = 9
BOX: Final = f"west={WEST}&south={SOUTH}&east={WEST + WIDTH}&north={SOUTH + HEIGHT}"


def measure(options: Options) -> list[Row]:
    """Rows of how long the answers take over HTTP, on one connection each."""
    options.say(f"the newest of {LATEST:,}, and a map of {POINTS:,} points")
    with a_zone() as zone:
        move(zone, Moving(LATEST))
        latest_ms, count = _timed(lambda: zone.get(f"/live/{CAR.name}?limit={LATEST}"))
        assert count == LATEST  # Else less was measured than it says.
        fill_points(zone, POINTS)
        calm_ms, _ = _timed(lambda: zone.get(f"/map?{BOX}"))
        zone.send("bench.point", points_body(0, CASES, value=99.0))
        found_ms, total = _timed(lambda: zone.get(f"/map?{BOX}"))
        lag_ms = _lag(zone)
    case = f"map of {total:,} points gathered on the server"
    latest = Figure(f"latest state of {count:,}", "answer", "ms", latest_ms, GOAL_LATEST_MS)
    found = Figure(case, f"answer, {CASES:,} open cases", "ms", found_ms, GOAL_MAP_MS)
    return [
        row("console", latest),
        row("console", found, beside={"no case": calm_ms}),
        row("console", Figure(case, "change kept to change in an answer", "ms", lag_ms)),
    ]


def _timed(ask: Callable[[], bytes]) -> tuple[float, int]:
    """Milliseconds of an answer, the median, and how many things it holds."""
    took = []
    for _ in range(TRIES):
        began = time.perf_counter()
        answer = ask()
        took.append((time.perf_counter() - began) * 1e3)
        time.sleep(1.1)  # Longer than any answer is kept for others who ask the same.
    found = json.loads(answer)
    return float(np.median(took)), int(found["total"])


def _lag(zone: Zone) -> float:
    """From the receipt of a record that puts a thing onto the map to an answer with it; ms."""
    lags = []
    for number in range(3):
        before = json.loads(zone.get(f"/map?{BOX}"))["total"]
        kept_at = zone.send("bench.point", points_body(POINTS + number * 10, 10, value=1.0))
        while json.loads(zone.get(f"/map?{BOX}"))["total"] == before:
            pass
        lags.append((time.time() - kept_at) * 1e3)
    return float(np.median(lags))
