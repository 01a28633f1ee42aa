"""The console in a real browser: frames presented, first paint, alarms seen, lists, listeners."""

from typing import Final

from bench.rows import Options, Row
from bench.screens import alarming, listing, loading, moving, reading, viewing
from bench.screens.browser import CHROMIUM, a_browser, a_page, flags_of, renderer_of

LOOKED_AT: Final = (moving.measure, loading.measure, alarming.measure, listing.measure)
ASKED: Final = (reading.measure, viewing.measure)


def run(options: Options) -> list[Row]:
    """Every part's rows, in the order of the table; what needs a browser first."""
    rows: list[Row] = []
    if CHROMIUM:
        with a_browser() as browser:
            with a_page(browser, "about:blank") as page:
                options.say(f"Chromium {flags_of(browser)}; WebGL by {renderer_of(page)}")
            for measure in LOOKED_AT:
                rows += measure(options, browser)
    else:
        options.skip("all that is seen", "no chromium on the PATH; apt-get install chromium")
    for ask in ASKED:
        rows += ask(options)
    return rows
