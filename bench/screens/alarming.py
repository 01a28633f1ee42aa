"""From the receipt of a record to the row of its case on a screen."""

import time
from typing import Final

import numpy as np
from playwright.sync_api import Browser, Page

from bench.rows import Figure, Options, Row, row
from bench.screens.browser import a_page
from bench.screens.moving import COUNT, moving
from bench.screens.pack import POINT
from bench.screens.zone import JSON, a_zone, fill_points, point_alarm

GOAL_S: Final = 1.0
POINTS: Final = 2_000
# The instant at which a row that speaks of an entity was painted: two frames after it came.
PAINTED: Final = """(entity) => new Promise((told) => {
  const look = () => {
    const rows = [...document.querySelectorAll("a.row")];
    if (!rows.some((one) => one.textContent.includes(entity))) return;
    watcher.disconnect();
    const now = () => performance.timeOrigin + performance.now();
    requestAnimationFrame(() => requestAnimationFrame(() => told(now())));
  };
  const watcher = new MutationObserver(look);
  watcher.observe(document.body, { subtree: true, childList: true, characterData: true });
  look();
})"""


def measure(options: Options, browser: Browser) -> list[Row]:
    """A row of how long alarms take to a screen on which things move."""
    rounds = 5 if options.quick else 15
    options.say(f"{rounds} alarms on their way to a screen")
    with a_zone() as zone:
        fill_points(zone, POINTS)
        with moving(zone, COUNT), a_page(browser, zone.address) as page:
            page.locator("canvas.overlay").wait_for()
            page.wait_for_timeout(2_000)
            took = []
            for number in range(rounds):
                _watch(page, f"point/{number:06d}")
                kept_at = zone.send(POINT.name, point_alarm(number), kind=JSON)
                took.append(float(page.evaluate("window.painted")) / 1e3 - kept_at)
                time.sleep(0.37)  # Not in step with what the page does once a second.
    figure = Figure(
        f"a new alarm, {COUNT:,} markers moving",
        "kept to seen",
        "s",
        float(np.median(took)),
        GOAL_S,
    )
    return [row("console", figure, beside={"worst": max(took)})]


def _watch(page: Page, entity: str) -> None:
    """Begin to wait for a row, without waiting here."""
    page.evaluate(f"window.painted = ({PAINTED})('{entity}'), null")
