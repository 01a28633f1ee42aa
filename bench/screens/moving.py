"""Sixteen thousand things that move, on the overview with all that is live beside them."""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np
from playwright.sync_api import Browser, Page

from bench.rows import HIGHER, Figure, Options, Row, row
from bench.screens.browser import Frames, a_page, frames_of
from bench.screens.town import BLOCKS, STREETS
from bench.screens.zone import Moving, Zone, a_zone, move
from haihe.serve.basemap import cut, extract

COUNT: Final = 16_000
GOAL_FIXED_S: Final = 30.0
GOAL_PANNING_S: Final = 10.0
STEP_MS: Final = 12  # Ours: a mouse tells where it is some 80 times a second.
SETTLE_MS: Final = 3_000
ZOOMS_MAX: Final = 8  # Steps out until all of the city is seen.
TOTAL: Final = """async () => {
  const all = performance.getEntriesByType("resource");
  const asked = all.filter((one) => one.name.includes("/map?"));
  return (await (await fetch(asked.at(-1).name)).json()).ids.length;
}"""
# A dot of the canvas some way from the map's edges; canvas pixels are CSS pixels here.
DOT: Final = """() => {
  const canvas = document.querySelector("canvas.overlay");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  for (let y = 100; y < canvas.height - 100; y++)
    for (let x = 100; x < canvas.width - 100; x++)
      if (data[4 * (y * canvas.width + x) + 3]) return [x, y];
  return null;
}"""


def measure(options: Options, browser: Browser) -> list[Row]:
    """Rows of frames a second with a fixed camera and while panning, and of a press.

    Each over the zone's own shape alone, and over a town with streets, blocks and names.
    """
    rows = _over(options, browser, with_map=False)
    if not (extract.INSTALLED and cut.INSTALLED):
        options.skip("markers over a base map", "needs pip install 'haihe[osm]'")
        return rows
    return rows + _over(options, browser, with_map=True)


def _over(options: Options, browser: Browser, *, with_map: bool) -> list[Row]:
    ground = f", over {STREETS:,} streets and {BLOCKS:,} blocks" if with_map else ""
    options.say(f"{COUNT:,} things that move once a second{ground}")
    tries, seconds = (1, 3.0) if options.quick else (3, 5.0)
    fixed: list[Frames] = []
    panning: list[Frames] = []
    with (
        a_zone(with_map=with_map) as zone,
        moving(zone, COUNT),
        a_page(browser, zone.address) as page,
    ):
        count = _see_all(page)
        for _ in range(tries):
            fixed.append(frames_of(browser, page, act=lambda: _hover(page, seconds)))
            panning.append(frames_of(browser, page, act=lambda: _pan(page, seconds)))
        press_ms = _press(page)
    case = f"{count:,} markers move, picked under the mouse{ground}"
    shown = {"fixed camera": (fixed, GOAL_FIXED_S), "panning": (panning, GOAL_PANNING_S)}
    rows = [
        row(
            "console",
            Figure(f"{case}, {how}", "presented", "frames/s", _rate(found), goal_s, HIGHER),
            beside=_beside(found),
        )
        for how, (found, goal_s) in shown.items()
    ]
    return [*rows, row("console", Figure(case, "press to the thing's page", "ms", press_ms))]


def _rate(found: list[Frames]) -> float:
    return float(np.median([each.whole_s for each in found]))


def _beside(found: list[Frames]) -> dict[str, float]:
    return {
        "of any kind": float(np.median([each.shown_s for each in found])),
        "longest gap ms": max(each.longest_ms for each in found),
    }


@contextmanager
def moving(zone: Zone, count: int) -> Iterator[None]:
    """Things that tell where they are once a second, until the block ends."""
    things, over = Moving(count), threading.Event()
    move(zone, things)

    def feed() -> None:
        due = time.monotonic() + 1.0
        while not over.wait(max(0.0, due - time.monotonic())):
            move(zone, things)
            due += 1.0

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    try:
        yield
    finally:
        over.set()
        feeder.join()


def _see_all(page: Page) -> int:
    """Zoom out until all is on the map; how many there are."""
    page.locator("canvas.overlay").wait_for()
    page.wait_for_timeout(SETTLE_MS)
    count = int(page.evaluate(TOTAL))
    for _ in range(ZOOMS_MAX):
        if count == COUNT:
            break
        page.locator(".maplibregl-ctrl-zoom-out").click()
        page.wait_for_timeout(SETTLE_MS / 3)
        count = int(page.evaluate(TOTAL))
    page.wait_for_timeout(SETTLE_MS)
    return count


def _hover(page: Page, seconds: float) -> float:
    return _wander(page, seconds, drags=False)


def _pan(page: Page, seconds: float) -> float:
    return _wander(page, seconds, drags=True)


def _wander(page: Page, seconds: float, *, drags: bool) -> float:
    """Lead the mouse in a circle over the map; how long it took, s."""
    box = page.locator(".map").bounding_box()
    assert box is not None  # It is shown.
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    if drags:
        page.mouse.down()
    began = time.perf_counter()
    number = 0
    while (took := time.perf_counter() - began) < seconds:
        number += 1
        angle = number / 15
        page.mouse.move(x + 100 * math.cos(angle) - 100, y + 80 * math.sin(angle))
        page.wait_for_timeout(STEP_MS)
    if drags:
        page.mouse.up()
    return took


def _press(page: Page) -> float:
    """From pressing on a dot to its page; ms."""
    box = page.locator("canvas.overlay").bounding_box()
    place = page.evaluate(DOT)
    assert box is not None  # It is shown.
    assert place is not None  # There are thousands.
    began = time.perf_counter()
    page.mouse.click(box["x"] + place[0], box["y"] + place[1])
    page.wait_for_url("**/entities/**")
    return (time.perf_counter() - began) * 1e3
