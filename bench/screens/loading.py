"""How soon the console is there, and how much of it."""

from pathlib import Path
from typing import Final

import numpy as np
from playwright.sync_api import Browser

import haihe
from bench.rows import Figure, Options, Row, row
from bench.screens.browser import a_page
from bench.screens.zone import Zone, a_zone, fill_points

GOAL_PAINT_S: Final = 1.5
GOAL_FIRST_KB: Final = 300.0
GOAL_ALL_KB: Final = 1_200.0
POINTS: Final = 2_000  # Ours: a zone that is at work.
ROUNDS: Final = 3
PAINT: Final = """() => new Promise((told) => {
  new PerformanceObserver((list) => {
    for (const one of list.getEntries())
      if (one.name === "first-contentful-paint") told(one.startTime);
  }).observe({ type: "paint", buffered: true });
})"""
# Bytes over the line of everything but the API's answers; 0 ms is the page's own navigation.
LOADED: Final = """() => [...performance.getEntriesByType("navigation"),
  ...performance.getEntriesByType("resource")].filter((one) => !one.name.includes("/api/"))
  .reduce((sum, one) => sum + one.transferSize, 0)"""
CONSOLE: Final = Path(haihe.__file__).parent / "serve" / "console"
PACKED: Final = ".br"


def measure(options: Options, browser: Browser) -> list[Row]:
    """Rows of the first paint, of the first load and of all files."""
    options.say("the first paint, three times from nothing")
    with a_zone() as zone:
        fill_points(zone, POINTS)
        found = np.median([_load(browser, zone) for _ in range(ROUNDS)], axis=0)
    painted, shown, loaded = (float(each) for each in found)
    case = "from an empty cache"
    paint = Figure(case, "first paint", "s", painted, GOAL_PAINT_S)
    first = Figure(case, "first load, Brotli", "kB", loaded, GOAL_FIRST_KB)
    whole = Figure(case, "all of the console, Brotli", "kB", _all_kb(), GOAL_ALL_KB)
    return [
        row("console", paint, beside={"overview with its map": shown}),
        row("console", first),
        row("console", whole),
    ]


def _load(browser: Browser, zone: Zone) -> tuple[float, float, float]:
    """Seconds to the first paint and to the whole overview, and the kB of a page without a map."""
    with a_page(browser, zone.address) as page:
        page.locator("canvas.overlay").wait_for()
        shown = float(page.evaluate("performance.now()")) / 1e3
        painted = float(page.evaluate(PAINT)) / 1e3
    with a_page(browser, f"{zone.address}/cases") as page:
        page.locator("#cases-title").wait_for()
        return painted, shown, float(page.evaluate(LOADED)) / 1e3


def _all_kb() -> float:
    """Every file as it is sent to a browser that takes Brotli."""
    files = [path for path in CONSOLE.rglob("*") if path.is_file() and path.suffix != PACKED]
    packed = [Path(f"{path}{PACKED}") for path in files]
    sent = [p if p.exists() else f for f, p in zip(files, packed, strict=True)]
    return sum(path.stat().st_size for path in sent) / 1e3
