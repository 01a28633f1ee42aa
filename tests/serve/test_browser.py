"""The console in a real browser, in front of a gallery: a case's whole life, and every page."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.serve.browsing import (
    BARE,
    CHINESE,
    Screen,
    a_screen,
    demonstration,
    drawn,
    fits_a_phone,
    needs_browser,
    serving,
    texts_of,
)
from tests.serve.zone import ADMIN, HANDLER, VERIFIER, VIEWER, Gallery, a_gallery

GROUND, LINE = 0x131A22, 0x22303D  # What WebGL alone draws: the map's ground, and the gallery.
SEVERE = 0xFF9D45  # A marker of a severe case; the overlay draws it.
CASE = "gallery-2"  # The leak in zone 7 that every test finds.
PAGES = {
    "/": "#vitals-title",
    "/cases": f"a[href='/cases/{CASE}']",
    f"/cases/{CASE}": "canvas",
    "/entities/zone/7": "canvas",
    "/whatif?rule=gallery.methane-high": "input[type=range]",
    "/packs": "section li",
    "/audit": "dl",
    "/admin": "table",
}

pytestmark = needs_browser


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    with a_gallery(tmp_path_factory.mktemp("gallery")) as made:
        yield made


@pytest.fixture(scope="module")
def address(gallery: Gallery) -> Iterator[str]:
    with serving(gallery.world) as found:
        yield found


def opened(screen: Screen, path: str, *, sees: str = "") -> Page:
    """A page once what it is for is shown."""
    screen.page.goto(screen.origin + path)
    expect(screen.page.locator(sees or PAGES[path]).first).to_be_visible()
    return screen.page


def do(page: Page, button: Locator) -> None:
    """Press what asks for nothing but to be confirmed, and see it done."""
    button.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="确认").click()
    expect(dialog).to_be_hidden()


def do_all(page: Page, verb: str) -> int:
    """Do the same to every order of the case that waits for it; how many did."""
    buttons = page.get_by_role("button", name=re.compile(f"^{verb}: "))
    expect(buttons).not_to_have_count(0)
    count = buttons.count()
    for left in range(count, 0, -1):
        do(page, buttons.first)
        expect(buttons).to_have_count(left - 1)
    return count


def test_a_leak_goes_from_its_alarm_to_a_closed_case_through_two_peoples_hands(
    browser: Browser, gallery: Gallery, address: str
) -> None:
    with (
        a_screen(browser, address, who=HANDLER) as handler,
        a_screen(browser, address, who=VERIFIER) as verifier,
    ):
        handler.page.evaluate("window.isTheSame = true")
        gallery.leak("zone/9")
        row = handler.page.locator("a.row", has_text="zone/9")
        expect(row.locator(".level")).to_have_text("橙 严重")
        expect(row).to_be_visible()
        expect(row.locator("time")).to_have_text(re.compile(r"^\s*剩余 [34] 时 \d\d 分\s*$"))
        row.click()
        page = handler.page
        why = page.locator(".why")
        expect(why.locator("[lang=zh]").first).to_contain_text("限值 20.0 %LEL")
        expect(why.locator("[lang=en]").first).to_contain_text("limit 20.0 %LEL")
        expect(page.get_by_text("启动风机").first).to_be_visible()
        case = page.url.rpartition("/")[2]
        reported = do_all(page, "反馈")
        expect(page.get_by_role("listitem").filter(has_text=f"经手 {HANDLER}")).to_have_count(
            reported
        )
        own = page.get_by_role("button", name=re.compile("^核查通过: ")).first
        own.click()
        page.get_by_role("dialog").get_by_role("button", name="确认").click()
        expect(page.get_by_role("alert")).to_contain_text(f"须由另一人核查。经手：{HANDLER}")
        page.get_by_role("button", name="返回").click()
        assert [fault for fault in handler.faults if "409" not in fault] == []
        opened(verifier, f"/cases/{case}", sees=".why")
        assert do_all(verifier.page, "核查通过") == reported
        gallery.calm()
        expect(page.locator(".head")).to_contain_text("已结")
        expect(page.locator("ol")).to_contain_text(f"结案 {case}")
        expect(page.locator("ol")).to_contain_text(f"已核查 · {VERIFIER}")
        expect(page.locator("ol")).to_contain_text("未获准 核查通过")
        assert page.evaluate("window.isTheSame") is True
        assert verifier.faults == []


def test_the_demonstration_shows_a_leak_from_opened_to_closed_without_a_reload(
    browser: Browser, tmp_path: Path
) -> None:
    """The plan of the demonstration leaks after a minute of its own time."""
    with demonstration(tmp_path, speed=150) as address, a_screen(browser, address) as shown:
        page = shown.page
        expect(page.get_by_text("演示：时钟加快")).to_be_visible()
        page.evaluate("window.isTheSame = true")
        page.locator("a.row", has_text="甲烷浓度高").first.click()
        expect(page.get_by_text("启动风机").first).to_be_visible()
        expect(page.locator(".head")).to_contain_text("已结")
        expect(page.locator("ol")).to_contain_text("officer Li")
        assert page.evaluate("window.isTheSame") is True
        assert shown.faults == []


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_every_page_is_whole_in_both_languages_and_bars_nobody(
    browser: Browser, address: str, language: str
) -> None:
    """No word missing, nothing against WCAG 2.2 AA as axe sees it, nothing the rules stopped."""
    with a_screen(browser, address, who=ADMIN, language=language) as shown:
        page = shown.page
        for path in PAGES:
            opened(shown, path)
            expect(page.locator("html")).to_have_attribute(
                "lang", "zh-CN" if language == "zh-CN" else "en"
            )
            expect(page.locator("nav a").first).to_have_text(
                "态势" if language == "zh-CN" else "Overview"
            )
            said = texts_of(page)
            assert BARE.search(said) is None, (path, BARE.search(said))
            if language != "zh-CN":
                assert CHINESE.search(said) is None, (path, CHINESE.findall(said))
            assert shown.barriers() == [], path
            assert shown.faults == [], path


def test_the_choice_of_a_language_is_kept(browser: Browser, address: str) -> None:
    with a_screen(browser, address, who=VERIFIER) as shown:
        shown.page.get_by_role("button", name="English").click()
        expect(shown.page.locator("html")).to_have_attribute("lang", "en")
        shown.page.reload()
        expect(shown.page.get_by_role("button", name="中文")).to_be_visible()
        expect(shown.page.locator("html")).to_have_attribute("lang", "en")


def test_no_page_scrolls_sideways_on_a_phone(browser: Browser, address: str) -> None:
    """WCAG 1.4.10 asks for it at 320 pixels; a small phone has 360."""
    with a_screen(browser, address, who=ADMIN) as shown:
        for path in PAGES:
            opened(shown, path)
            fits_a_phone(shown.page)
        assert shown.barriers() == []
        assert shown.faults == []


def test_the_map_is_really_drawn_and_a_marker_leads_to_its_case(
    browser: Browser, gallery: Gallery, address: str
) -> None:
    with a_screen(browser, address, who=VERIFIER, path="/") as shown:
        page = shown.page
        overlay = page.locator(".map .overlay")
        page.wait_for_function(
            """() => {
              const canvas = document.querySelector(".map .overlay");
              if (!canvas?.width) return false;
              const { width, height } = canvas;
              const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
              for (let at = 0; at < data.length; at += 4)
                if (data[at] === 255 && data[at + 1] === 157 && data[at + 2] === 69) return true;
              return false;
            }"""
        )
        overlay.evaluate("(one) => one.style.setProperty('visibility', 'hidden')")
        # WebGL drew the ground, and the gallery, which its worker prepared.
        found = drawn(page, page.locator(".map"), least={GROUND: 10_000, LINE: 500})
        assert found.get(SEVERE, 0) == 0, "the overlay is out of the way"
        overlay.evaluate("(one) => one.style.removeProperty('visibility')")
        x, y = overlay.evaluate(
            """(canvas) => {
              const { width, height } = canvas;
              const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
              const places = [];
              for (let at = 0; at < data.length; at += 4)
                if (data[at] === 255 && data[at + 1] === 157 && data[at + 2] === 69)
                  places.push([(at / 4) % canvas.width, Math.floor(at / 4 / canvas.width)]);
              return places[Math.floor(places.length / 2)];
            }"""
        )
        page.locator(".map .base").click(position={"x": x, "y": y})
        expect(page).to_have_url(re.compile(r"/cases/gallery-\d+$"))
        assert shown.faults == []


def test_the_history_of_a_thing_is_drawn_and_tells_why_a_rule_did_not_fire(
    browser: Browser, address: str
) -> None:
    with a_screen(browser, address, who=VERIFIER) as shown:
        page = opened(shown, "/entities/zone/6", sees=".chart canvas")
        page.wait_for_function(
            """() => {
              const canvas = document.querySelector(".chart canvas");
              const { width, height } = canvas;
              const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
              let drawn = 0;
              for (let at = 0; at < data.length; at += 4)
                if (data[at] > 99 && data[at] < 180 && data[at + 2] > 220) drawn++;
              return drawn > 100;
            }"""
        )
        page.locator(".chart").hover()  # Its tooltip must keep to the content policy, too.
        page.get_by_role("combobox").select_option("gallery.methane-high")
        page.get_by_role("button", name="查问").click()
        expect(page.locator("p[role=status]").last).to_contain_text("20")
        assert shown.faults == []


def test_what_if_shows_cases_lost_and_gained_and_sends_a_setting_to_shadow(
    browser: Browser, address: str
) -> None:
    with a_screen(browser, address, who=ADMIN) as shown:
        page = opened(shown, "/whatif?rule=gallery.methane-high")
        high = page.get_by_label(re.compile("^high"))
        expect(high).to_have_value("20")
        high.fill("30")  # Between the faint leak in zone 5 and the strong one in zone 7.
        page.get_by_role("button", name="推演").click()
        expect(page.get_by_text("少立 1 件")).to_be_visible()
        expect(page.get_by_text(re.compile(r"− .* zone/5"))).to_be_visible()
        expect(page.get_by_text("多立 0 件")).to_be_visible()
        high.fill("12")  # Below what zone 13 once had.
        page.get_by_role("button", name="推演").click()
        expect(page.get_by_text("多立 1 件")).to_be_visible()
        expect(page.get_by_text(re.compile(r"\+ .* zone/13"))).to_be_visible()
        high.fill("30")
        page.get_by_label("理由").fill("the sensor in zone 5 drifts")
        page.get_by_role("button", name="送影子运行").click()
        expect(page.get_by_text("已送影子运行。")).to_be_visible()
        page.get_by_role("link", name="系统").click()
        expect(page.get_by_text("影子运行：上限 30")).to_be_visible()
        assert shown.faults == []


def test_a_noisy_rule_is_one_press_away_from_what_would_quieten_it(
    browser: Browser, address: str
) -> None:
    with a_screen(browser, address, who=ADMIN, path="/") as shown:
        shown.page.locator(".load li a", has_text="甲烷浓度高").click()
        quiet = shown.page.get_by_role("region", name="怎样更安静")
        expect(quiet).to_contain_text("无")  # Two true alarms are no noise: nothing is advised.
        assert shown.faults == []


def test_who_may_only_look_is_offered_nothing_to_do(browser: Browser, address: str) -> None:
    with a_screen(browser, address, who=VIEWER, path="/") as shown:
        page = shown.page
        expect(page.locator(".todo li")).not_to_have_count(0)
        expect(page.locator(".todo button")).to_have_count(0)
        opened(shown, "/packs")
        expect(page.get_by_role("button", name="试一试")).to_have_count(0)
        opened(shown, f"/cases/{CASE}")
        expect(page.locator("main button")).to_have_count(0)
        assert shown.faults == []


def test_the_audit_page_finds_a_case_and_a_setting_is_tried_from_the_page_of_packs(
    browser: Browser, address: str
) -> None:
    with a_screen(browser, address, who=ADMIN) as shown:
        page = opened(shown, "/audit")
        page.get_by_label(re.compile("^查找")).fill(f"{CASE}/1")
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{address}/cases/{CASE}")
        opened(shown, "/packs")
        rule = page.get_by_role("listitem").filter(has_text="gallery.co-high")
        rule.get_by_role("button", name="试一试").click()
        rule.get_by_label(re.compile("^设置")).fill("high=30")
        rule.get_by_label("理由").fill("a test")
        rule.get_by_role("button", name="送影子运行").click()
        expect(rule).to_contain_text("影子运行：上限 30")
        assert shown.faults == []
