"""A list of more cases than a look brings: all are counted, and fetched where somebody looks."""

from playwright.sync_api import Browser, expect

from tests.serve.browsing import a_screen, needs_browser, serving
from tests.serve.world import World

MANY = 700  # Cases: one look at the list brings 500.

pytestmark = needs_browser


def test_the_last_of_many_cases_is_there_when_it_is_scrolled_to(
    browser: Browser, world: World
) -> None:
    at = world.now()
    told = [
        {"entity": f"zone/{number}", "observed_at": at, "methane": 35} for number in range(MANY)
    ]
    world.post("/streams/t.air", told, status=201)
    last = world.get("/cases", state="open", limit=1, skip=MANY - 1)["cases"][0]["id"]
    with serving(world) as address, a_screen(browser, address) as screen:
        page = screen.page
        expect(page.locator("#cases-title .numbers")).to_have_text(str(MANY))
        rows = page.locator(".long li")
        expect(rows.first).to_have_attribute("aria-setsize", str(MANY))
        assert rows.count() < 100  # Only what is seen is drawn.
        page.locator(".long").evaluate("(one) => one.scrollTo(0, one.scrollHeight)")
        row = page.locator(f"li[aria-posinset='{MANY}'] a.row")
        expect(row).to_contain_text(last)
        row.click()
        expect(page.locator("ol")).to_contain_text(f"立案 {last}")
        assert screen.faults == []
