"""The console in a real browser: getting in, going by keys alone, and losing the server."""

import contextlib
import re
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from haihe.model.time import HOUR
from haihe.serve.access import Role
from tests.serve.browsing import (
    BARE,
    Screen,
    a_screen,
    needs_browser,
    serving,
    texts_of,
)
from tests.serve.people import OTHER, SECRET, another, first
from tests.serve.world import World

CREW = "t-1.2"  # t-1/2, in an expression: the order that people do; the first is the fan's.
WRONG = "sieben graue Steine am Ufer"

pytestmark = needs_browser


@pytest.fixture
def screen(browser: Browser, world: World) -> Iterator[Screen]:
    """A desk in front of the test pack; whatever is wrong with the console fails the test."""
    with serving(world) as address, a_screen(browser, address) as shown:
        expect(shown.page.locator(".link")).to_have_text("实时")
        yield shown
        assert shown.faults == []


def hold(world: World) -> None:
    """Somebody else does something, so that the case is drawn anew."""
    until = world.now(back=-HOUR)
    told = {"verb": "hold", "reason": "a filter is on its way", "until": until, "by": "Li"}
    world.post("/cases/t-1/actions", told)


def tab_to(page: Page, wanted: Locator) -> Locator:
    """What is wanted, once Tab alone has brought the focus there."""
    expect(wanted).to_be_visible()
    for _ in range(40):
        page.keyboard.press("Tab")
        if wanted.evaluate("(one) => one === document.activeElement"):
            return wanted
    pytest.fail(f"Tab never reaches {wanted}", pytrace=False)


def button(page: Page, verb: str) -> Locator:
    """The button of the crew's order for what is done to it."""
    return page.get_by_role("button", name=re.compile(rf"^{verb}: .*{CREW}"))


def test_a_case_is_opened_and_an_order_begun_with_keys_alone(screen: Screen, world: World) -> None:
    world.leak()
    page = screen.page
    tab_to(page, page.locator("a.row"))
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    expect(page.locator("ol")).to_contain_text("立案 t-1")
    expect(page).to_have_title(re.compile(r"^\(1\) t-1 · 案卷"))
    accept = tab_to(page, button(page, "签收"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("现场核查")
    expect(dialog.get_by_label("姓名")).to_be_focused()
    page.keyboard.press("Escape")
    expect(accept).to_be_focused()
    page.keyboard.press("Enter")
    hold(world)
    expect(page.locator("ol")).to_contain_text("挂起 · Li")
    page.keyboard.type("Wang")
    page.keyboard.press("Enter")
    expect(page.get_by_text("经手 Wang")).to_be_visible()
    expect(page.locator("#content")).to_be_focused()  # The button has gone; the place has not.


def test_the_focus_stays_where_it_is_while_more_happens(screen: Screen, world: World) -> None:
    world.leak()
    page = screen.page
    row = page.locator("a.row", has_text="zone/7")
    row.focus()
    listed = row.element_handle()
    assert listed is not None
    world.leak("zone/9")
    expect(page.locator("a.row")).to_have_count(2)
    assert listed.evaluate("(one) => one.isConnected")  # A click under way still arrives.
    expect(row).to_be_focused()
    row.click()
    button(page, "反馈").focus()
    hold(world)
    expect(page.locator("ol")).to_contain_text("挂起 · Li")
    expect(button(page, "反馈")).to_be_focused()


def test_a_stopped_server_is_shown_as_lost_and_the_console_recovers(
    browser: Browser, world: World
) -> None:
    with contextlib.ExitStack() as stays:
        with serving(world) as address:
            page = stays.enter_context(a_screen(browser, address)).page
            expect(page.locator(".link")).to_have_text("实时")
        expect(page.locator(".link")).to_contain_text("连不上服务器，所示为 ")
        expect(page.locator(".link")).not_to_contain_text("–")
        expect(page).to_have_title(re.compile("^✕"))
        world.leak()
        with serving(world, port=int(address.rpartition(":")[2])):
            expect(page.locator(".link")).to_have_text("实时")
            expect(page.locator("a.row")).to_have_count(1)


def test_a_silent_server_is_shown_as_lost_although_its_socket_is_open(
    browser: Browser, world: World
) -> None:
    (speaks := threading.Event()).set()
    with serving(world, speaks=speaks) as address, a_screen(browser, address) as shown:
        expect(shown.page.locator(".link")).to_have_text("实时")
        speaks.clear()
        expect(shown.page.locator(".link")).to_contain_text("连不上服务器")
        speaks.set()
        expect(shown.page.locator(".link")).to_have_text("实时")
        assert shown.faults == []


def test_an_answer_that_breaks_off_half_way_is_no_answer(browser: Browser, world: World) -> None:
    """A bad line brought the head of an answer in time, and not its body."""
    with serving(world) as address, a_screen(browser, address) as shown:
        expect(shown.page.locator(".link")).to_have_text("实时")
        half = {"status": 200, "content_type": "application/json", "body": '{"now": "2026'}
        shown.page.route("**/api/v1/health", lambda route: route.fulfill(**half))
        world.leak()  # It is looked at once more.
        expect(shown.page.locator(".link")).to_contain_text("连不上服务器")
        shown.page.unroute("**/api/v1/health")
        expect(shown.page.locator("a.row")).to_have_count(1)
        expect(shown.page.locator(".link")).to_have_text("实时")
        assert shown.faults == []


def test_a_newcomer_meets_the_wizard_and_may_look_around_first(
    browser: Browser, world: World
) -> None:
    with serving(world) as address, a_screen(browser, address, is_first=True) as shown:
        page = shown.page
        expect(page.get_by_role("heading", name="欢迎使用海河")).to_be_visible()
        assert shown.barriers() == []
        page.get_by_role("button", name="暂不建立，先看看").click()
        expect(page.locator("#cases-title")).to_be_visible()
        page.reload()
        expect(page.locator("#cases-title")).to_be_visible()
        page.get_by_role("button", name="建立账号").click()
        page.get_by_label("姓名").fill("Ann")
        page.get_by_label("密码", exact=False).first.fill(SECRET)
        page.get_by_label("再输一次").fill(OTHER)
        page.get_by_role("button", name="建立并登录").click()
        expect(page.get_by_role("alert")).to_have_text("两次输入不一致。")
        page.get_by_label("再输一次").fill(SECRET)
        page.get_by_role("button", name="建立并登录").click()
        expect(page.get_by_role("button", name="退出")).to_be_visible()
        page.get_by_role("link", name="管理").click()
        expect(page.get_by_role("cell", name="Ann")).to_be_visible()
        # A look may fall between the account and the cookie: nobody may look without one then.
        assert [fault for fault in shown.faults if " 401 " not in fault] == []


def test_beyond_the_machine_itself_the_wizard_asks_for_the_printed_code(
    browser: Browser, world: World
) -> None:
    world.give_token(Role.VIEWER)
    with serving(world) as address, a_screen(browser, address) as shown:
        expect(shown.page.get_by_label("设置码")).to_be_visible()
        expect(shown.page.get_by_role("button", name="暂不建立，先看看")).to_have_count(0)


def test_a_name_and_password_let_in_and_a_given_one_must_be_changed(
    browser: Browser, world: World
) -> None:
    ann = first(world)
    given = ann.does(
        "POST", "/accounts", {"name": "Bo", "grant": {"roles": ["officer"]}}, status=201
    )
    with serving(world) as address, a_screen(browser, address) as shown:
        page = shown.page
        expect(page.get_by_label("姓名")).to_be_focused()
        assert shown.barriers() == []
        page.keyboard.type("Bo")
        page.get_by_label("密码").fill(WRONG)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).not_to_be_empty()
        assert BARE.search(texts_of(page)) is None
        page.get_by_label("密码").fill(given["password"])
        page.keyboard.press("Enter")
        expect(page.get_by_text("首次登录须修改密码。")).to_be_visible()
        assert shown.barriers() == []
        page.get_by_label("原密码").fill(given["password"])
        page.get_by_label("新密码").fill(OTHER)
        page.get_by_label("再输一次").fill(OTHER)
        page.keyboard.press("Enter")
        expect(page.locator("#cases-title")).to_be_visible()
        expect(page.locator(".link")).to_have_text("实时")
        page.get_by_role("button", name="退出").click()
        expect(page.get_by_role("heading", name="登录")).to_be_visible()


def test_a_session_that_ends_elsewhere_asks_to_sign_in_again(
    browser: Browser, world: World
) -> None:
    ann = first(world)
    another(ann, "Bo", Role.OFFICER)
    with serving(world) as address, a_screen(browser, address, who="Bo") as shown:
        expect(shown.page.locator(".link")).to_have_text("实时")
        grant = {"roles": ["officer"]}
        ann.does("PUT", "/accounts/Bo", {"grant": grant, "is_disabled": True})
        expect(shown.page.get_by_role("heading", name="登录")).to_be_visible()
        expect(shown.page.locator("nav")).to_have_count(0)


def test_a_token_opens_the_console_and_its_name_stands_under_what_is_done(
    browser: Browser, world: World
) -> None:
    world.leak()
    first(world)
    token = world.give_token(Role.OFFICER)
    with serving(world) as address, a_screen(browser, address, path="/cases/t-1") as shown:
        page = shown.page
        page.get_by_role("button", name="用令牌登录").click()
        page.get_by_label("令牌").fill("hh_wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("令牌无效或缺失")
        page.get_by_label("令牌").fill(token)
        page.keyboard.press("Enter")
        button(page, "签收").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_label("姓名")).to_have_count(0)
        dialog.get_by_role("button", name="确认").click()
        expect(page.get_by_text("经手 officer-0")).to_be_visible()
