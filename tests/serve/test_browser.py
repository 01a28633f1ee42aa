"""The page in a real browser against a real server: seen, heard, worked with keys, and lost."""

import contextlib
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from haihe.model.case import CaseState
from haihe.model.decision import OrderState
from haihe.model.line import Verb
from haihe.model.time import HOUR
from haihe.serve.access import Role
from tests.serve.browsing import (
    PATIENCE_MS,
    Screen,
    a_browser,
    a_screen,
    colours,
    demonstration,
    serving,
    texts_of,
    why_not,
)
from tests.serve.world import World

PAGE = Path(__file__).parents[2] / "src" / "haihe" / "serve" / "page"
CHINESE = re.compile(r"[\u3400-\u9fff]")
MISSING = re.compile(r"undefined|null\b|NaN|\[object|Invalid Date")
CREW = "t-1/2"  # The order of the test pack that people do; its first is the fan's.

pytestmark = [pytest.mark.peer, pytest.mark.skipif(bool(why_not()), reason=why_not())]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with a_browser() as opened:
        yield opened


@pytest.fixture
def screen(browser: Browser, world: World) -> Iterator[Screen]:
    """A Chinese desk in front of the test pack; whatever is wrong with the page fails the test."""
    with serving(world) as address, a_screen(browser, address) as shown:
        expect(shown.page.locator("#link")).to_have_text("● 实时")
        yield shown
        assert shown.faults == []


def open_case(page: Page, case: str = "t-1") -> Locator:
    """A click on a case of the list; the order that people do, of that case."""
    page.locator(f"#case-list [data-case='{case}']").click()
    expect(page.locator("#case-title")).to_contain_text(case)
    return page.locator("#case-body li", has=page.locator(f"[data-key^='/orders/{CREW}/']"))


def press(page: Page, verb: str) -> None:
    """The button of the crew's order for what is done to it."""
    page.locator(f"[data-key='/orders/{CREW}/actions {verb}']").click()
    expect(page.locator("#asking")).to_be_visible()


def say_who(page: Page, name: str) -> None:
    page.locator("#asking-by").fill(name)
    page.locator("#asking-do").click()


def hold(world: World) -> None:
    """Somebody else does something, so that the case is drawn anew."""
    until = world.now(back=-HOUR)
    told = {"verb": "hold", "reason": "a filter is on its way", "until": until, "by": "Li"}
    world.post("/cases/t-1/actions", told)


def tab_to(page: Page, selector: str) -> Locator:
    """What lies under the focus once Tab alone has brought it there."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            return page.locator(selector)
    pytest.fail(f"Tab never reaches {selector}", pytrace=False)


def test_a_leak_is_seen_from_opened_to_closed_without_a_reload(
    browser: Browser, tmp_path: Path
) -> None:
    """GB 50838 puts the gas alarm at 20 %LEL; the plan of the demonstration leaks after 3 min."""
    with (
        demonstration(tmp_path, speed=150) as address,
        a_screen(browser, address) as shown,
    ):
        page = shown.page
        page.evaluate("window.isTheSame = true")
        case = page.locator("#case-list .case", has_text="甲烷浓度高")
        case_id = case.get_attribute("data-case")
        expect(case.locator(".level")).to_have_text("橙 严重")
        expect(case.locator(".clock")).to_have_text(re.compile(r"^剩余 \d+:\d\d:\d\d$"))
        expect(page.locator("#demo")).to_be_visible()
        case.click()
        body = page.locator("#case-body")
        expect(body.locator(".why [lang=zh]").first).to_contain_text("限值 20.0 %LEL")
        expect(body.locator(".why [lang=en]").first).to_contain_text("limit 20.0 %LEL")
        expect(body).to_contain_text("启动风机：zone/7")
        expect(body).to_contain_text("紧急切断燃气：zone/7")
        expect(page).to_have_title(re.compile(r"^\(\d\) 海河"))
        expect(page.locator(f"#closed-list [data-case='{case_id}']")).to_be_attached()
        expect(body).to_contain_text(f"结案 {case_id}")
        expect(body).to_contain_text("officer Li")
        assert page.evaluate("window.isTheSame") is True
        assert shown.faults == []


def test_a_case_is_opened_and_an_order_begun_with_keys_alone(screen: Screen, world: World) -> None:
    world.leak()
    page = screen.page
    expect(page.locator("#case-list .case")).to_have_count(1)
    tab_to(page, "#case-list .case")
    page.keyboard.press("Enter")
    expect(page.locator("#case")).to_be_focused()
    expect(page.locator("#case-body ol li")).not_to_have_count(0)
    expect(page.locator("#case-body ol")).to_contain_text("立案 t-1")
    accept = tab_to(page, f"[data-key='/orders/{CREW}/actions accept']")
    page.keyboard.press("Enter")
    expect(page.locator("#asking-title")).to_contain_text("现场核查")
    expect(page.locator("#asking-by")).to_be_focused()
    page.keyboard.press("Escape")
    expect(accept).to_be_focused()
    page.keyboard.press("Enter")
    hold(world)
    expect(page.locator("#case-body ol")).to_contain_text("挂起 · Li")
    page.keyboard.type("Wang")
    page.keyboard.press("Enter")
    expect(page.locator("#case-body")).to_contain_text("经手 Wang")
    expect(page.locator("#case")).to_be_focused()  # The button has gone; the place has not.


def test_the_focus_stays_where_it_is_while_more_happens(screen: Screen, world: World) -> None:
    world.leak()
    page = screen.page
    open_case(page)
    listed = page.locator("#case-list .case").element_handle()
    assert listed is not None
    page.locator(f"[data-key='/orders/{CREW}/actions report']").focus()
    hold(world)
    expect(page.locator("#case-body ol")).to_contain_text("挂起 · Li")
    expect(page.locator(f"[data-key='/orders/{CREW}/actions report']")).to_be_focused()
    world.leak("zone/9")
    expect(page.locator("#case-list .case")).to_have_count(2)
    assert listed.evaluate("(one) => one.isConnected")  # A click under way still arrives.


def test_who_handled_an_order_is_refused_as_its_verifier_in_words(
    screen: Screen, world: World
) -> None:
    world.leak()
    page = screen.page
    order = open_case(page)
    press(page, "accept")
    say_who(page, "王工")
    expect(order).to_contain_text("已签收")
    press(page, "report")
    say_who(page, "王工")
    expect(order).to_contain_text("已反馈")
    press(page, "verify")
    say_who(page, "王工")
    expect(page.locator("#asking-said")).to_contain_text("须由另一人核查。经手: 王工")
    assert world.get("/orders", state="reported")["orders"][0]["id"] == CREW
    screen.faults.clear()  # The console tells of every answer of 409.
    say_who(page, "李工")
    expect(page.locator("#asking")).to_be_hidden()
    expect(page.locator("#case-body .state.verified")).to_have_text("已核查")
    expect(page.locator("#case-body ol")).to_contain_text(f"{CREW} 已核查 · 李工")
    expect(page.locator("#case-body ol")).to_contain_text("未获准 核查通过")


def test_every_word_is_there_in_both_languages(
    browser: Browser, screen: Screen, world: World
) -> None:
    world.leak()
    page = screen.page
    open_case(page)
    page.locator("#aside summary").click()
    for language in ("zh-CN", "en"):
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.locator("#case-title")).to_contain_text(
            "甲烷高" if language == "zh-CN" else "methane high"
        )
        texts = texts_of(page)
        said = "\n".join([texts["seen"], *texts["labels"]])
        assert MISSING.search(said) is None
        for name, text in texts["words"].items():
            assert bool(CHINESE.search(text)) is (language == "zh-CN"), (name, text)
        if language == "en":
            assert CHINESE.search(said) is None
        count, largest = colours(browser, page.screenshot())
        assert count > 100, "letters of several colours have some hundreds of shades"
        assert 0.2 < largest < 0.9, "one ground, and something on it"
        page.locator("#language").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.locator("#language").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")  # The choice is kept.


def test_no_word_verb_or_state_is_shown_by_its_bare_name(screen: Screen) -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in sorted(PAGE.iterdir()))
    used = re.findall(r"""\bword\((?:[^()"]*\? )?"(\w+)"|data-(?:word|label)="(\w+)\"""", sources)
    names = {one or other for one, other in used}
    assert len(names) > 50
    kinds = {
        "word": sorted(names),
        "verb": [verb.value for verb in Verb],
        "state": [state.value for state in (*CaseState, *OrderState)],
    }
    bare = screen.page.evaluate(
        """async (kinds) => {
          const words = await import("/words.js");
          return Object.entries(kinds).flatMap(([kind, names]) =>
            names.filter((name) => words[kind](name) === name).map((name) => `${kind} ${name}`));
        }""",
        kinds,
    )
    assert bare == []


def test_a_stopped_server_is_shown_as_lost_and_the_page_recovers(
    browser: Browser, world: World
) -> None:
    with contextlib.ExitStack() as stays:
        with serving(world) as address:
            page = stays.enter_context(a_screen(browser, address)).page
            link, trouble = page.locator("#link"), page.locator("#trouble")
            expect(link).to_have_text("● 实时")
            expect(trouble).to_be_hidden()
        expect(link).to_have_text("✕ 已断开")
        expect(trouble).to_contain_text("所示为旧数据 · 截至")
        expect(page).to_have_title(re.compile("^✕"))
        world.leak()
        with serving(world, port=int(address.rpartition(":")[2])):
            expect(link).to_have_text("● 实时")
            expect(trouble).to_be_hidden()
            expect(page.locator("#case-list .case")).to_have_count(1)


def test_a_silent_server_is_shown_as_lost_although_its_socket_is_open(
    browser: Browser, world: World
) -> None:
    (speaks := threading.Event()).set()
    with serving(world, speaks=speaks) as address, a_screen(browser, address) as shown:
        link, trouble = shown.page.locator("#link"), shown.page.locator("#trouble")
        expect(link).to_have_text("● 实时")
        speaks.clear()
        expect(link).to_have_text("✕ 已断开")
        expect(trouble).to_contain_text("所示为旧数据")
        speaks.set()
        expect(link).to_have_text("● 实时")
        expect(trouble).to_be_hidden()
        assert shown.faults == []


def test_a_token_opens_the_page_and_its_name_stands_under_what_is_done(
    browser: Browser, world: World
) -> None:
    world.leak()
    token = world.give_token(Role.OFFICER)
    with serving(world) as address, a_screen(browser, address) as shown:
        page = shown.page
        expect(page.locator("#token")).to_be_focused()
        assert shown.barriers() == []
        page.keyboard.type("hh_wrong")
        page.keyboard.press("Enter")
        expect(page.locator("#sign-in-said")).to_contain_text("令牌无效")
        page.locator("#token").fill(token)
        page.keyboard.press("Enter")
        order = open_case(page)
        press(page, "accept")
        expect(page.locator("#asking-by")).to_be_hidden()
        page.locator("#asking-do").click()
        expect(order).to_contain_text("经手 officer-0")


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_nothing_bars_those_who_hear_or_enlarge_the_page(
    browser: Browser, world: World, *, language: str
) -> None:
    """By the rules of axe for WCAG 2: names, roles, landmarks, contrast, focus."""
    world.leak()
    with (
        serving(world) as address,
        a_screen(browser, address, language=language) as shown,
    ):
        page = shown.page
        open_case(page)
        assert shown.barriers() == []
        press(page, "cancel")
        assert shown.barriers() == []
        page.keyboard.press("Escape")
        page.set_viewport_size({"width": 360, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360  # WCAG 1.4.10.
        assert shown.barriers() == []
        assert shown.faults == []
