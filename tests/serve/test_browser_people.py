"""Different people in front of the console: two close a case, two promote, an enterprise looks."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from haihe.serve.access import Role
from tests.serve.browsing import (
    BARE,
    CHINESE,
    a_screen,
    fits_a_phone,
    needs_browser,
    serving,
    texts_of,
)
from tests.serve.people import Person, another
from tests.serve.zone import ADMIN, HANDLER, VERIFIER, VIEWER, Gallery, a_gallery

ENGINEER, OWNER = "Eve", "Zhao"
RULE = "gallery.methane-high"

pytestmark = needs_browser


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    """The gallery, with an engineer and an enterprise, whose zone 11 is."""
    with a_gallery(tmp_path_factory.mktemp("people")) as made:
        admin = Person(made.world)
        assert admin.sign_in(ADMIN) == 201
        another(admin, ENGINEER, Role.ENGINEER)
        another(admin, OWNER, Role.ENTERPRISE, owner="acme")
        known = admin.get("/entities/zone/11")["entity"]
        told = {name: known[name] for name in ("title", "lon", "lat", "relations")}
        admin.does("PUT", "/entities/zone/11", {**told, "owner": "acme"})
        yield made


@pytest.fixture(scope="module")
def address(gallery: Gallery) -> Iterator[str]:
    with serving(gallery.world) as found:
        yield found


def take_next_steps(page: Page, *, until: str) -> int:
    """Do by keys alone what the page says is next, until it says something; how many steps."""
    now = page.locator(".next .what")
    for count in range(60):
        expect(now).not_to_be_empty()
        said = now.text_content() or ""
        if until in said:
            return count
        page.keyboard.press("Alt+KeyN")
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        page.keyboard.type("checked on the spot")
        page.keyboard.press("Tab")
        expect(dialog.get_by_role("button", name="Confirm")).to_be_focused()
        page.keyboard.press("Enter")
        expect(dialog).to_be_hidden()
        expect(now).not_to_have_text(said)
    raise AssertionError(f"it goes on and on: {said}")


def test_a_leak_is_led_from_its_alarm_to_its_closure_one_of_two_by_keys_alone(
    browser: Browser, gallery: Gallery, address: str
) -> None:
    """Neither knows the console: each does what the case's page says is next."""
    with (
        a_screen(browser, address, who=HANDLER, language="en-GB") as handler,
        a_screen(browser, address, who=VERIFIER, language="en-GB") as verifier,
    ):
        gallery.leak("zone/9")
        row = handler.page.locator("a.row", has_text="zone/9")
        expect(row).to_be_visible()
        row.focus()
        handler.page.keyboard.press("Enter")
        expect(handler.page.locator(".next")).to_contain_text("Accept the order")
        steps = take_next_steps(handler.page, until="another person must verify it")
        assert steps >= 2
        case = handler.page.url.rpartition("/")[2]
        page = verifier.page
        page.goto(f"{verifier.origin}/cases/{case}")
        what, button = page.locator(".next .what"), page.locator(".next .first")
        for _ in range(60):
            expect(what).not_to_be_empty()
            expect(page.locator(".next")).to_contain_text(
                re.compile(f"{HANDLER} handled it|Nothing for you to do")
            )
            said = what.text_content() or ""
            if "Nothing for you to do" in said:
                break
            button.click()
            page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
            expect(page.get_by_role("dialog")).to_be_hidden()
            expect(what).not_to_have_text(said)
        assert "closes by itself once there is evidence" in said
        gallery.calm()
        for screen in (handler, verifier):
            expect(screen.page.locator(".next .what")).to_have_text(re.compile("closed"))
            expect(screen.page.locator(".head")).to_contain_text("closed")
            assert screen.faults == []
        assert handler.barriers() == []


def test_who_may_only_look_is_told_so_and_why(browser: Browser, address: str) -> None:
    with a_screen(browser, address, who=VIEWER, path="/cases/gallery-2") as shown:
        said = shown.page.locator(".next")
        expect(said).to_contain_text("您的身份只能查看")
        expect(said.get_by_role("button")).to_have_count(0)
        assert shown.faults == []


def test_an_enterprise_lands_in_its_portal_and_stays_there(
    browser: Browser, gallery: Gallery, address: str
) -> None:
    with a_screen(browser, address, who=VERIFIER, path="/entities/zone/11") as looking:
        expect(looking.page.locator("canvas")).to_be_visible()
    for language, title in (("zh-CN", "企业门户 · acme"), ("en-GB", "Enterprise portal · acme")):
        with a_screen(browser, address, who=OWNER, path="/packs", language=language) as shown:
            page = shown.page
            expect(page.get_by_role("heading", name=title)).to_be_visible()
            expect(page).to_have_url(f"{address}/portal")
            expect(page.locator("nav")).to_have_count(0)
            expect(
                page.locator("#points-title + ul, section").filter(has_text="zone/11").first
            ).to_be_visible()
            looks = page.locator("section", has=page.locator("#looks-title"))
            expect(looks).to_contain_text(VERIFIER)
            expect(looks).to_contain_text("zone/11")
            assert BARE.search(texts_of(page)) is None
            if language == "en-GB":
                assert CHINESE.search(texts_of(page)) is None
            assert shown.barriers() == []
            fits_a_phone(page)
            assert shown.faults == []


def test_a_trial_is_proposed_by_one_and_agreed_to_by_another(
    browser: Browser, gallery: Gallery, address: str, tmp_path: Path
) -> None:
    eve = Person(gallery.world)
    assert eve.sign_in(ENGINEER) == 201
    path = f"/rules/{RULE}/actions"
    eve.does("POST", path, {"verb": "shadow", "settings": {"high": 18}})
    gallery.minute({})
    with (
        a_screen(browser, address, who=ENGINEER, path="/packs", language="en-GB") as one,
        a_screen(browser, address, who=ADMIN, path="/packs", language="en-GB") as other,
    ):
        page = one.page
        form = page.locator("form.consent")
        form.get_by_label("Reason").fill("finds it sooner")
        form.get_by_role("button", name="Propose for live").click()
        expect(form).to_contain_text(f"{ENGINEER} proposed it")
        expect(form).to_contain_text("Who proposes cannot agree")
        expect(form.get_by_role("button", name="Agree")).to_have_count(0)
        assert one.barriers() == []
        other.page.reload()
        asked = other.page.locator("form.consent")
        expect(asked.locator("tbody")).to_have_text(re.compile(r"high limit\s*20\s*18"))
        expect(asked).to_contain_text("finds it sooner")
        asked.get_by_role("button", name="Agree").click()
        expect(asked).to_have_count(0)
        rule = next(rule for rule in eve.get("/rules") if rule["name"] == RULE)
        assert (rule["version"], rule["settings"]) == ("2", {"high": "18"})
        assert one.faults == other.faults == []
