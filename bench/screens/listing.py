"""Ten thousand open cases in one list, scrolled through as fast as a wheel turns."""

import time
from typing import Final

import numpy as np
from playwright.sync_api import Browser, Page

from bench.rows import Figure, Options, Row, row
from bench.screens.browser import a_page, frames_of
from bench.screens.zone import a_zone, points_body

CASES: Final = 10_000
GOAL_FRAME_MS: Final = 100.0  # RAIL: what takes longer is felt as a stall.
TURN: Final = 1_200  # px of one turn: some twenty rows.
STEP_MS: Final = 16
AT_ONCE: Final = 1_000


def measure(options: Options, browser: Browser) -> list[Row]:
    """Rows of the longest frame, and of how soon the end of the list is filled."""
    options.say(f"a list of {CASES:,} cases")
    tries = 1 if options.quick else 3
    with a_zone() as zone:
        for first in range(0, CASES, AT_ONCE):
            zone.send("bench.point", points_body(first, AT_ONCE, value=99.0))
        with a_page(browser, f"{zone.address}/cases") as page:
            page.locator("a.row").first.wait_for()
            count = int(page.locator(".long li").first.get_attribute("aria-setsize") or 0)
            found = [frames_of(browser, page, act=lambda: _scroll(page)) for _ in range(tries)]
            end_s = _to_the_end(page)
    longest = float(np.median([each.longest_ms for each in found]))
    rate = float(np.median([each.shown_s for each in found]))
    case = f"a list of {count:,} cases"
    figure = Figure(case, "longest frame, scrolling", "ms", longest, GOAL_FRAME_MS)
    return [
        row("console", figure, beside={"frames/s": rate}),
        row("console", Figure(case, "leap to its end", "s", end_s)),
    ]


def _scroll(page: Page) -> float:
    """From the top down for some seconds; how long it took, s."""
    page.locator(".long").evaluate("(one) => one.scrollTo(0, 0)")
    box = page.locator(".long").bounding_box()
    assert box is not None  # It is shown.
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    began = time.perf_counter()
    while (took := time.perf_counter() - began) < 4.0:
        page.mouse.wheel(0, TURN)
        page.wait_for_timeout(STEP_MS)
    return took


def _to_the_end(page: Page) -> float:
    """From the leap to the row of the last case; s."""
    began = time.perf_counter()
    page.locator(".long").evaluate("(one) => one.scrollTo(0, one.scrollHeight)")
    page.locator(f".long li[aria-posinset='{CASES}'] a.row").wait_for()
    return time.perf_counter() - began
