"""Several tabs and one connection; what comes back goes on where it was, and nothing is missed."""

import contextlib
import re

from playwright.sync_api import Browser, Page, expect

from tests.serve.browsing import a_screen, needs_browser, serving
from tests.serve.world import World

pytestmark = needs_browser
LIVE = "实时"


def shares_one(page: Page) -> None:
    """See that the server pushes to one connection; it may take a while to notice one that ends."""
    page.wait_for_function(
        "async () => (await (await fetch('/api/v1/health')).json()).listeners === 1"
    )


def opened(page: Page, case: str) -> None:
    """See that the list of what happens tells of a case exactly once."""
    told = page.get_by_text(re.compile(rf"立案 {case} "))
    expect(told).to_have_count(1)


def test_two_tabs_share_one_connection_and_both_hear(browser: Browser, world: World) -> None:
    with serving(world) as address, a_screen(browser, address, path="/") as first:
        expect(first.page.locator(".link")).to_have_text(LIVE)
        second = first.page.context.new_page()
        second.goto(address + "/")
        expect(second.locator(".link")).to_have_text(LIVE)
        shares_one(second)
        world.leak()
        for page in (first.page, second):
            opened(page, "t-1")
        first.page.goto("about:blank")
        world.leak("zone/8")
        opened(second, "t-2")
        shares_one(second)


def test_a_page_back_from_the_browsers_cache_hears_what_it_missed_once(
    browser: Browser, world: World
) -> None:
    with serving(world) as address, a_screen(browser, address, path="/") as screen:
        page = screen.page
        expect(page.locator(".link")).to_have_text(LIVE)
        world.leak()
        opened(page, "t-1")
        other = page.context.new_page()  # So that the connection lives on.
        other.goto(address + "/cases")
        expect(other.locator(".link")).to_have_text(LIVE)
        page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
        world.leak("zone/8")
        expect(other.locator("a.row")).to_have_count(2)
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
        for case in ("t-1", "t-2"):
            opened(page, case)
        shares_one(page)


def test_after_a_loss_every_step_meanwhile_is_told_once_and_in_order(
    browser: Browser, world: World
) -> None:
    with contextlib.ExitStack() as stays:
        with serving(world) as address:
            page = stays.enter_context(a_screen(browser, address, path="/")).page
            expect(page.locator(".link")).to_have_text(LIVE)
            world.leak()
            opened(page, "t-1")
        expect(page.locator(".link")).not_to_have_text(LIVE)
        for zone in (8, 9, 10):
            world.leak(f"zone/{zone}")
        with serving(world, port=int(address.rpartition(":")[2])):
            expect(page.locator(".link")).to_have_text(LIVE)
            for number in (1, 2, 3, 4):
                opened(page, f"t-{number}")
            told = page.get_by_text(re.compile(r"立案 t-\d ")).all_text_contents()
            assert [re.findall(r"t-\d", text)[0] for text in told] == ["t-4", "t-3", "t-2", "t-1"]
