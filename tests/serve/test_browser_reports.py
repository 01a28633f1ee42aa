"""Drills, handover sheets and daily reports in a real browser: two people, both languages, axe."""

import re
from collections.abc import Iterator

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.serve.browsing import (
    BARE,
    CHINESE,
    a_screen,
    fits_a_phone,
    needs_browser,
    serving,
    texts_of,
)
from tests.serve.world import BASE
from tests.serve.zone import ADMIN, HANDLER, VERIFIER, VIEWER, Gallery, a_gallery

CASE = "gallery-2"  # The leak in zone 7 that every test finds.

pytestmark = needs_browser


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    with a_gallery(tmp_path_factory.mktemp("gallery")) as made:
        yield made


@pytest.fixture(scope="module")
def address(gallery: Gallery) -> Iterator[str]:
    with serving(gallery.world) as found:
        yield found


def is_whole(page: Page, *, language: str) -> None:
    """No word missing, and no Chinese on an English page."""
    said = texts_of(page)
    assert BARE.search(said) is None, BARE.search(said)
    if language != "zh-CN":
        assert CHINESE.search(said) is None, CHINESE.findall(said)


def test_a_drill_is_begun_entered_paced_ended_and_its_sheet_is_kept(
    browser: Browser, gallery: Gallery, address: str
) -> None:
    with a_screen(browser, address, who=ADMIN, path="/drill") as held:
        page = held.page
        expect(page.get_by_text("现在没有演练。")).to_be_visible()
        begins = page.get_by_label("起", exact=True)
        expect(begins).not_to_have_value("")
        begins.evaluate(
            """(one) => {
              const at = new Date(Date.parse(one.value + ":00Z") + 23 * 3600e3 + 56 * 60e3);
              one.value = at.toISOString().slice(0, 16);
              one.dispatchEvent(new Event("input"));
            }"""
        )
        page.get_by_label("速度").select_option("100")
        page.get_by_role("button", name="开始演练").click()
        expect(page.get_by_role("link", name="进入演练")).to_be_visible()
        assert held.barriers() == []
        with a_screen(browser, address, who=HANDLER, path="/drilling/cases") as trainee:
            inside = trainee.page
            banner = inside.get_by_role("region", name="演练")
            expect(banner).to_contain_text("DRILL")
            row = inside.locator("a.row", has_text="zone/7")
            row.click()
            expect(inside).to_have_url(re.compile("/drilling/cases/gallery-"))
            expect(inside.locator(".why").first).to_be_visible()
            inside.get_by_role("button", name=re.compile("^签收: ")).first.click()
            inside.get_by_role("dialog").get_by_role("button", name="确认").click()
            expect(inside.locator("ol")).to_contain_text(f"已签收 · {HANDLER}")
            expect(inside).to_have_title(re.compile("^演练 · "))
            assert trainee.barriers() == []
            assert trainee.faults == []
        page.get_by_role("button", name="查看目前成绩").click()
        sheet = page.get_by_role("region", name="成绩单").first
        expect(sheet).to_contain_text("zone/7")
        page.get_by_role("button", name="结束演练").click()
        page.get_by_role("button", name="结束并记录").click()
        expect(page.get_by_text("现在没有演练。")).to_be_visible()
        page.locator("summary").first.click()
        expect(page.locator("details").first).to_contain_text(f"参与人 {HANDLER}")
        assert held.barriers() == []
        assert held.faults == []


def test_a_shift_is_handed_over_by_two_people_and_a_change_is_a_new_version(
    browser: Browser, address: str
) -> None:
    with (
        a_screen(browser, address, who=HANDLER, path="/reports") as giving,
        a_screen(browser, address, who=VERIFIER) as taking,
    ):
        page = giving.page
        page.get_by_role("button", name="生成").click()
        figures = page.locator(".figures")
        expect(figures).to_contain_text("zone/7")
        expect(figures.locator("input, textarea")).to_have_count(0)
        page.get_by_label("本期情况").fill("7 区漏气，已派单")
        assert giving.barriers() == []
        page.get_by_role("button", name="以交班人签署").click()
        expect(page).to_have_url(f"{address}/reports/handover-1")
        expect(page.get_by_text("须由另一人接班。")).to_be_visible()
        expect(page.get_by_role("button", name="以接班人签署")).to_have_count(0)
        other = taking.page
        other.goto(f"{address}/reports/handover-1")
        expect(other.get_by_text("7 区漏气，已派单")).to_be_visible()
        other.get_by_role("button", name="以接班人签署").click()
        expect(other.get_by_text("待接班人签署")).to_have_count(0)
        expect(other.locator("strong", has_text=VERIFIER)).to_be_visible()
        page.reload()
        page.get_by_role("button", name="修改为新版本").click()
        page.get_by_label("备注").fill("水泵 3 待查")
        page.get_by_role("button", name="以交班人签署").click()
        expect(page.get_by_role("heading", name=re.compile("第 2 版"))).to_be_visible()
        expect(page.get_by_text("待接班人签署")).to_be_visible()
        expect(page.locator("summary")).to_contain_text(f"第 1 版 · {HANDLER}")
        expect(page.locator("summary")).to_contain_text(f"→ {VERIFIER}")
        page.emulate_media(media="print")
        expect(page.locator("#app > header")).to_be_hidden()
        expect(page.get_by_role("button", name="打印")).to_be_hidden()
        assert giving.faults == []
        assert taking.faults == []


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_reports_and_drills_are_whole_in_both_languages_and_bar_nobody(
    browser: Browser, address: str, language: str
) -> None:
    with a_screen(
        browser, address, who=ADMIN, language=language, path="/reports?kind=daily"
    ) as shown:
        page = shown.page
        is_chinese = language == "zh-CN"
        page.get_by_role("button", name="生成" if is_chinese else "Make it").click()
        expect(page.locator(".figures")).to_be_visible()
        is_whole(page, language=language)
        assert shown.barriers() == []
        page.get_by_role("button", name="签署日报" if is_chinese else "Sign the report").click()
        expect(page.get_by_role("heading", name=re.compile("daily-"))).to_be_visible()
        is_whole(page, language=language)
        assert shown.barriers() == []
        for path in ("/reports", "/drill"):
            page.goto(address + path)
            expect(page.locator("h2").first).to_be_visible()
            fits_a_phone(page)
            is_whole(page, language=language)
            assert shown.barriers() == [], path
        assert shown.faults == []


def test_who_may_only_look_reads_reports_and_signs_none(browser: Browser, address: str) -> None:
    with a_screen(browser, address, who=VIEWER, path="/reports") as shown:
        expect(shown.page.get_by_role("heading", name=re.compile("^已签署"))).to_be_visible()
        expect(shown.page.get_by_role("button", name="生成")).to_have_count(0)
        shown.page.goto(f"{address}/drill")
        expect(shown.page.get_by_text("现在没有演练。")).to_be_visible()
        expect(shown.page.get_by_role("button", name="开始演练")).to_have_count(0)
        assert shown.faults == []


def test_a_case_tells_why_its_neighbour_had_none_and_goes_on_paper(
    browser: Browser, address: str
) -> None:
    with a_screen(browser, address, who=VERIFIER, path=f"/cases/{CASE}") as shown:
        page = shown.page
        page.get_by_role("button", name="查问邻处").click()
        beside = page.get_by_role("region", name="邻处为何没有触发")
        for zone in ("zone/6", "zone/8"):
            row = beside.get_by_role("listitem").filter(has=page.get_by_role("link", name=zone))
            expect(row).to_contain_text("限值 20")
        assert shown.barriers() == []
        for language, word in (("zh", "决策理由"), ("en", "Why it was decided so")):
            answer = page.request.get(f"{address}{BASE}/cases/{CASE}/pdf?language={language}")
            assert answer.headers["content-type"] == "application/pdf"
            document = pypdfium2.PdfDocument(answer.body())
            assert word in document[0].get_textpage().get_text_range()
            document.close()
        assert shown.faults == []
