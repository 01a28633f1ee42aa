"""What stood on a day, in a real browser: seen at once to be the past, and nothing done there."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from haihe.decide.workday import day_of
from haihe.model import DAY, HOUR
from haihe.serve.access import Role
from tests.serve.awarding import ADMIN, CHECKER, FIRM, section
from tests.serve.browsing import BARE, a_screen, fits_a_phone, needs_browser, serving, texts_of
from tests.serve.office import MINE, HandClock, an_office, filing, today, with_patience
from tests.serve.people import another, first
from tests.serve.world import World

SLOW_MS = 120_000  # A program of its own begins, on a busy machine.

pytestmark = needs_browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An office on its second day: a firm asked on the first, was refused, and has moved away."""
    patience = with_patience()
    clock = HandClock(day_of(time.time_ns()) * DAY)
    with an_office(tmp_path_factory.mktemp("past"), clock=clock) as office:
        refuse(office)
        clock.at += DAY + HOUR
        office.post(
            f"/schemes/enterprises/{MINE}/facts", filing("registry", {"registered_here": False})
        )
        office.get("/schemes", day=today())  # So that the browser need not wait for it.
        admin = first(office, ADMIN)
        another(admin, CHECKER, Role.OFFICER)
        another(admin, FIRM, Role.ENTERPRISE, owner=MINE)
        with serving(office) as found:
            yield found
    patience.undo()


def refuse(office: World) -> None:
    """A firm asks for a grant, and does not get it."""
    asks = {"enterprise": MINE, "scheme": "research-grant", "by": "li"}
    made = office.post("/schemes/applications", asks, status=201)
    report = {"verb": "report", "by": "li", "outcome": "refuse", "reason": "so"}
    office.post(f"/orders/{made['now'][0]['order']}/actions", report)


def choose(page: Page, day: str) -> None:
    """Look at a day of the past."""
    past = section(page, "历史时点")
    past.locator("input[name=past-day]").fill(day)
    past.get_by_role("button", name="查看").click()


def test_an_enterprises_page_shows_what_stood_and_nothing_can_be_done_there(
    browser: Browser, address: str
) -> None:
    with a_screen(browser, address, who=CHECKER, path=f"/policies?enterprise={MINE}") as screen:
        page = screen.page
        expect(page.get_by_role("region", name="录入企业信息")).to_be_visible()
        grant = section(page, "现在可享").get_by_role("article", name="企业研发投入补助")
        expect(grant).to_have_count(0)
        choose(page, today())
        expect(grant).to_contain_text("最高 38万元", timeout=SLOW_MS)
        banner = section(page, "历史时点").get_by_role("status")
        expect(banner).to_contain_text(f"政策按 {today()}，信息截至 {today()} 终了")
        grant.get_by_text("为什么").click()
        expect(grant).to_contain_text("2000万元")
        for name in ("录入企业信息", "我的申请", "授权"):
            expect(page.get_by_role("region", name=name)).to_have_count(0)
        expect(page.get_by_role("button", name=re.compile("^(申请|提交)"))).to_have_count(0)
        fits_a_phone(page)
        assert screen.barriers() == []
        section(page, "历史时点").get_by_role("button", name="回到现在").click()
        expect(banner).to_have_count(0)
        expect(grant).to_have_count(0)
        section(page, "我的申请").get_by_role("link", name="作出决定时的情况").click()
        expect(page).to_have_url(re.compile("known_by="))
        expect(grant).to_be_visible(timeout=SLOW_MS)
        expect(banner).to_contain_text("只供查看")
        assert screen.faults == []


def test_the_offices_report_shows_whom_a_day_reached(browser: Browser, address: str) -> None:
    with a_screen(browser, address, who=CHECKER, path="/schemes/report") as screen:
        page = screen.page
        row = page.get_by_role("region", name=re.compile("^覆盖")).get_by_role(
            "row", name=re.compile("企业研发投入")
        )
        expect(row).to_contain_text("¥380,000")
        choose(page, today())
        expect(row).to_contain_text("¥760,000", timeout=SLOW_MS)
        expect(section(page, "历史时点").get_by_role("status")).to_contain_text("只供查看")
        expect(page.get_by_role("button", name=re.compile("推送"))).to_have_count(0)
        assert screen.barriers() == []
        assert screen.faults == []


def test_a_firm_sees_its_own_past_in_its_language_and_is_told_what_is_not_kept(
    browser: Browser, address: str
) -> None:
    path = f"/policies?day={today()}"
    with a_screen(browser, address, who=FIRM, path=path, language="en") as screen:
        page = screen.page
        grant = section(page, "Now").get_by_role("article", name="Grant for research spending")
        expect(grant).to_be_visible(timeout=SLOW_MS)
        expect(section(page, "As it stood")).to_contain_text("nothing can be done here")
        assert BARE.findall(texts_of(page)) == []
        page.goto(f"{address}/policies?day=2020-01-01")
        expect(page.get_by_role("alert")).to_contain_text("the log begins")
        expect(grant).to_have_count(0)
        section(page, "As it stood").get_by_role("button", name="Back to now").click()
        expect(page.get_by_role("alert")).to_have_count(0)
