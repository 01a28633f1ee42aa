"""The field page in a real browser: without a network, told twice, refused, on a phone."""

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from haihe.run.thread import Message, thread_of
from haihe.serve.access import Role
from tests.pictures import png
from tests.serve.browsing import (
    BARE,
    CHINESE,
    PHONE,
    Screen,
    a_screen,
    fits_a_phone,
    needs_browser,
    serving,
    texts_of,
)
from tests.serve.people import SECRET, Person, another, first
from tests.serve.test_files import sent
from tests.serve.world import World

ORDER = "t-1/2"
CREW, OFFICER = "Cy", "Li"
TAKEN_S = 1_767_225_600  # When the photo was taken: 2026-01-01T00:00:00Z.
TOUCH_PX = 44  # WCAG 2.2, 2.5.5 (AAA): gloves are thicker than fingers.
KEPT = "caches.match('/field', {ignoreVary: true}).then((found) => Boolean(found))"
CACHED = """(async () => {
  const caches_ = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
  const kept = await Promise.all(caches_.map((cache) => cache.keys()));
  return kept.flat().map(({ url }) => new URL(url).pathname);
})()"""
BUILT = re.compile(r"/field|/assets/[\w.-]+\.(js|css)|/icon\.svg|/field\.webmanifest")
# Every act reaches the server, and its answer does not come back, the first time.
LOSES_ANSWERS = """
  const real = window.fetch;
  const lost = new Set();
  window.fetch = async (address, init) => {
    const answer = await real(address, init);
    const key = init?.headers?.["Idempotency-Key"];
    if (!key || lost.has(key)) return answer;
    lost.add(key);
    throw new TypeError("the network went");
  };
"""

pytestmark = needs_browser


@pytest.fixture
def ann(world: World) -> Person:
    """An administrator of a place with an order for the crew, and a crew and an officer."""
    world.leak()
    admin = first(world)
    another(admin, CREW, Role.CREW, assignees=["crew"])
    another(admin, OFFICER, Role.OFFICER)
    return admin


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photo, larger than a screen, taken some time ago."""
    path = tmp_path / "seal.png"
    path.write_bytes(png(2_000, 1_000, shade=90))
    os.utime(path, (TAKEN_S, TAKEN_S))
    return path


@contextlib.contextmanager
def a_phone(
    browser: Browser, address: str, *, who: str = CREW, path: str = "/field"
) -> Iterator[Screen]:
    """The field page on a phone, kept for when the network is gone."""
    with a_screen(browser, address, who=who, path=path) as shown:
        shown.page.set_viewport_size(PHONE)
        expect(card(shown.page)).to_be_visible()
        shown.page.wait_for_function(KEPT)
        yield shown


def card(page: Page) -> Locator:
    return page.get_by_role("article").filter(has_text=ORDER)


def look(page: Page) -> None:
    """The phone notices that the network may be back."""
    page.evaluate("dispatchEvent(new Event('online'))")


def report(page: Page, photo: Path) -> None:
    """What was found, with a photo."""
    card(page).get_by_role("button", name="反馈 / 拍照").click()
    card(page).get_by_label("说明").fill("密封圈已更换")
    card(page).get_by_label("拍照").set_input_files(photo)
    expect(card(page).get_by_role("img", name="seal.png")).to_be_visible()
    card(page).get_by_role("button", name="提交反馈").click()


def said(world: World) -> list[tuple[str, str, str]]:
    """Who did what to the order, in the log, with which words or kind of file."""
    thread: tuple[Message, ...] = thread_of(world.node.log, "t-1")
    return [(one.by, one.verb, one.file.media_type if one.file else one.words) for one in thread]


def states(page: Page, state: str) -> Locator:
    return page.locator(f"li[data-state={state}]")


DONE = [(CREW, "attach", "image/jpeg"), (CREW, "report", "密封圈已更换")]


def test_a_report_with_a_photo_made_without_a_network_arrives_once(
    browser: Browser, world: World, ann: Person, photo: Path
) -> None:
    with contextlib.ExitStack() as stays:
        with serving(world) as address:
            shown = stays.enter_context(a_phone(browser, address))
            page = shown.page
            card(page).get_by_role("button", name="签收").click()
            expect(card(page)).to_contain_text("已签收")
            expect(states(page, "sent")).to_have_count(1)
        page.reload()
        expect(page.locator(".link")).to_contain_text("没有网络")
        expect(card(page)).to_contain_text("已签收")
        kept = page.evaluate(CACHED)
        assert "/field" in kept
        assert [path for path in kept if not BUILT.fullmatch(path)] == []
        report(page, photo)
        expect(states(page, "queued")).to_have_count(2)
        page.reload()  # The phone was put away and taken out again.
        expect(states(page, "queued")).to_have_count(2)
        expect(page.get_by_role("heading", name="已反馈，待核查 (1)")).to_be_visible()
        assert said(world) == []
        with serving(world, port=int(address.rpartition(":")[2])):
            look(page)
            expect(states(page, "sent")).to_have_count(3)
            expect(page.locator(".link")).to_have_text("在线")
            assert said(world) == DONE
            (attached, _) = thread_of(world.node.log, "t-1")
            assert attached.observed_at == TAKEN_S * 10**9
            assert attached.file is not None
            assert attached.file.size < photo.stat().st_size * 10
            (order,) = ann.get("/orders?state=reported")["orders"]
            assert (order["id"], order["handler"]) == (ORDER, CREW)


def test_what_was_done_although_its_answer_was_lost_is_not_done_again(
    browser: Browser, world: World, ann: Person, photo: Path
) -> None:
    assert ann
    with serving(world) as address, a_phone(browser, address) as shown:
        page = shown.page
        page.add_init_script(LOSES_ANSWERS)
        page.reload()
        report(page, photo)
        for sent_count in (0, 1):  # Each act is told twice.
            expect(page.locator(".link")).to_contain_text("没有网络")
            expect(states(page, "sent")).to_have_count(sent_count)
            look(page)
        expect(states(page, "sent")).to_have_count(2)
        assert said(world) == DONE


def test_what_is_refused_says_why_and_keeps_its_words(
    browser: Browser, world: World, ann: Person, photo: Path
) -> None:
    with contextlib.ExitStack() as stays:
        with serving(world) as address:
            page = stays.enter_context(a_phone(browser, address)).page
        report(page, photo)
        expect(states(page, "queued")).to_have_count(2)
        ann.does("POST", f"/orders/{ORDER}/actions", {"verb": "cancel", "reason": "a drill"})
        with serving(world, port=int(address.rpartition(":")[2])):
            look(page)
            expect(states(page, "refused")).to_contain_text("密封圈已更换")
            expect(states(page, "refused")).to_contain_text("与当前状态不符")
            expect(states(page, "sent")).to_have_count(1)  # The photo is evidence all the same.
            expect(card(page)).to_have_count(0)
            page.get_by_role("button", name=re.compile("^知道了")).click()
            expect(states(page, "refused")).to_have_count(0)


def test_crew_who_sign_in_meet_their_orders_and_what_waits_is_sent_then(
    browser: Browser, world: World, ann: Person
) -> None:
    with contextlib.ExitStack() as stays:
        with serving(world) as address:
            page = stays.enter_context(a_screen(browser, address, path="/")).page
            sign_in(page, CREW)
            expect(page).to_have_url(f"{address}/field")
            expect(card(page)).to_be_visible()
        card(page).get_by_role("button", name="签收").click()
        expect(states(page, "queued")).to_have_count(1)
        grant = {"roles": ["crew"], "assignees": ["crew"]}
        for is_disabled in (True, False):  # Every session of theirs is over.
            ann.does("PUT", f"/accounts/{CREW}", {"grant": grant, "is_disabled": is_disabled})
        with serving(world, port=int(address.rpartition(":")[2])):
            look(page)
            expect(page.get_by_text("登录已过期。登录后继续发送 1 项。")).to_be_visible()
            sign_in(page, OFFICER)  # Who has the phone for a while does not act for its owner.
            expect(states(page, "queued")).to_contain_text(f"以 {CREW} 的名义")
            page.get_by_role("button", name="退出").click()
            assert said(world) == []
            sign_in(page, CREW)
            expect(states(page, "sent")).to_have_count(1)
            page.get_by_role("button", name="退出").click()
            expect(page.get_by_role("heading", name="登录")).to_be_visible()
            page.reload()
            expect(page.get_by_role("heading", name="登录")).to_be_visible()
            expect(card(page)).to_have_count(0)


def sign_in(page: Page, name: str) -> None:
    """By hand."""
    page.get_by_label("姓名").fill(name)
    page.get_by_label("密码").fill(SECRET)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_the_field_page_is_for_phones_gloves_and_everybody(
    browser: Browser, world: World, ann: Person, photo: Path, language: str
) -> None:
    place = {"title": {"zh": "七区", "en": "Zone 7"}, "lon": 117.5, "lat": 39.0}
    ann.does("PUT", "/entities/zone/7", place, status=201)
    with (
        serving(world) as address,
        a_screen(browser, address, who=CREW, path="/field", language=language) as shown,
    ):
        page = shown.page
        page.set_viewport_size(PHONE)
        card(page).get_by_role("button", expanded=False).first.click()
        card(page).locator("input[capture]").set_input_files(photo)
        expect(card(page).locator(".photos img")).to_be_visible()
        expect(card(page).locator("a[href='geo:39,117.5']")).to_be_visible()
        assert shown.barriers() == []
        fits_a_phone(page)
        small = page.evaluate(
            """(least) => [...document.querySelectorAll("button, .pick, textarea")]
              .filter((one) => {
                const { width, height } = one.getBoundingClientRect();
                return width < least || height < least;
              })
              .map((one) => one.outerHTML)""",
            TOUCH_PX,
        )
        assert small == []
        text = texts_of(page)
        assert BARE.search(text) is None
        if language == "en-GB":
            assert CHINESE.search(text.replace("海河", "")) is None
        assert shown.faults == []


def test_an_officer_sees_the_photo_in_the_case_and_answers(
    browser: Browser, world: World, ann: Person, photo: Path
) -> None:
    assert sent(ann, f"/orders/{ORDER}/files?name=seal.png&reason=%E5%A6%82%E5%9B%BE").is_success
    with (
        serving(world) as address,
        a_screen(browser, address, who=OFFICER, path="/cases/t-1") as shown,
    ):
        thread = shown.page.get_by_role("region", name="留言与附件")
        picture = thread.get_by_role("img", name="seal.png")
        picture.scroll_into_view_if_needed()
        expect(picture).to_be_visible()
        assert picture.evaluate("(one) => one.decode().then(() => one.naturalWidth)") > 0
        thread.get_by_label("留言").fill("请再拍一张")
        thread.get_by_role("button", name="发送").click()
        expect(thread).to_contain_text(f"{OFFICER} · 批注 · t-1")
        expect(thread.get_by_label("留言")).to_have_value("")
        thread.get_by_label("附件").set_input_files(photo)
        expect(thread.get_by_role("img")).to_have_count(2)
        assert shown.barriers() == []
        assert shown.faults == []


def test_an_administrator_says_which_teams_crew_work_for(
    browser: Browser, world: World, ann: Person
) -> None:
    with serving(world) as address, a_screen(browser, address, who="Ann", path="/admin") as shown:
        row = shown.page.get_by_role("row", name=re.compile(f"^{CREW}"))
        row.get_by_label("负责班组").fill("crew divers")
        row.get_by_role("button", name=f"保存: {CREW}").click()
        expect(row).to_contain_text("外勤 · crew, divers")
        world.app.platform.access.book.look_again()  # Else once a second: it is another app.
        assert ann.get(f"/accounts/{CREW}")["grant"]["assignees"] == ["crew", "divers"]
        assert shown.barriers() == []
        assert shown.faults == []
