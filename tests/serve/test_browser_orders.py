"""A loop's order in a real browser: found by what and when, with its why, records and proof."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.serve.avenue import JUNCTION, VIEWER, Avenue, an_avenue
from tests.serve.browsing import (
    BARE,
    CHINESE,
    a_screen,
    fits_a_phone,
    needs_browser,
    serving,
    texts_of,
)

pytestmark = needs_browser


@pytest.fixture(scope="module")
def avenue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Avenue]:
    with an_avenue(tmp_path_factory.mktemp("orders")) as made:
        made.run(20)
        yield made


@pytest.fixture(scope="module")
def address(avenue: Avenue) -> Iterator[str]:
    with serving(avenue.world) as found:
        yield found


def test_an_auditor_takes_one_order_and_sees_who_why_from_what_and_its_proof(
    browser: Browser, address: str
) -> None:
    with a_screen(browser, address, who=VIEWER, path=f"/traffic/junctions/{JUNCTION}") as screen:
        page = screen.page
        finder = page.get_by_role("region", name="查指令")
        finder.get_by_role("button", name="查找").click()
        finder.get_by_role("link", name=re.compile("traffic.signals")).first.click()
        expect(page).to_have_url(re.compile(r"/orders/traffic\.signals/\d+$"))
        expect(page.get_by_role("heading", name=re.compile("指令 traffic.signals"))).to_be_visible()
        expect(page.get_by_role("region", name="为什么")).to_contain_text("junction J0101")
        expect(page.get_by_role("region", name="依据")).to_contain_text("系统包版本 0.1.0")
        expect(page.get_by_role("link", name="下载离线证明")).to_have_attribute(
            "href", re.compile("/orders/traffic.signals/[0-9]+/proof$")
        )
        assert BARE.search(texts_of(page)) is None
        fits_a_phone(page)
        assert screen.barriers() == []
        page.goto(f"{address}/orders/traffic.signals/999999")
        expect(page.get_by_role("alert")).to_contain_text("没有这条指令")
        assert screen.faults == [] or all("404" in fault for fault in screen.faults)


def test_in_english_the_page_has_no_chinese_but_the_reason_in_both(
    browser: Browser, address: str, avenue: Avenue
) -> None:
    path = f"/loops/traffic.signals/orders?entity={JUNCTION}"
    name = avenue.admin.get(path)["orders"][0]["id"]
    with a_screen(browser, address, who=VIEWER, path=f"/orders/{name}", language="en-GB") as screen:
        page = screen.page
        expect(page.get_by_role("heading", name=f"Order {name}")).to_be_visible()
        page.locator("[lang=zh]").first.evaluate("(node) => node.remove()")
        assert CHINESE.findall(texts_of(page)) == []
        assert BARE.search(texts_of(page)) is None
