"""A recorded day of a reversible lane asked in a real browser: both languages, keyboard, phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from haihe.model.time import format_instant
from haihe.serve.traffic import lane_days
from tests.packs.lane_days import FROM_AT, NAME, pack_of, settings_of
from tests.serve.browsing import (
    BARE,
    CHINESE,
    a_screen,
    fits_a_phone,
    needs_browser,
    texts_of,
)
from tests.serve.lane_answers import ANSWER, REFUSED, program
from tests.serve.world import World, a_world

PAGE = "/traffic/what-if"

pytestmark = needs_browser


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with a_world(tmp_path_factory.mktemp("lane"), pack=pack_of(settings_of())) as made:
        flow = {"inbound": 900, "outbound": 400, "inbound_waiting": 3, "outbound_waiting": 0}
        record = {"entity": NAME, "observed_at": format_instant(FROM_AT), "inside": 4, **flow}
        made.post("/streams/traffic.lane_flow", record, status=201)
        yield made


def test_a_day_is_asked_by_keyboard_and_answered_with_curves_bands_and_a_sentence(
    browser: Browser, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[lane_days.WhatIfBody] = []

    def command(*_: object, body: lane_days.WhatIfBody) -> list[str]:
        asked.append(body)
        return program(ANSWER)

    monkeypatch.setattr(lane_days, "command_of", command)
    monkeypatch.setattr(lane_days, "check_study", lambda _: None)
    with a_screen(browser, address, path=PAGE) as held:
        page = held.page
        expect(page.locator("select").first).to_have_value(NAME)
        page.get_by_label("日期").fill("2026-11-20")
        slider = page.get_by_role("slider", name="第 1 次换向时刻")
        slider.focus()
        slider.press("ArrowRight")
        page.get_by_role("button", name="加一次换向").press("Enter")
        expect(page.get_by_role("slider", name="第 2 次换向时刻")).to_be_visible()
        page.get_by_role("button", name="推演", exact=True).press("Enter")
        expect(page.get_by_text("会少损失 41 ± 3 车时")).to_be_visible()
        expect(page.get_by_role("row", name="所问方案")).to_contain_text("41 ± 3")
        expect(page.get_by_role("img", name="所问方案：06:30 出城方向")).to_be_visible()
        assert [(turn.time, turn.way) for turn in asked[0].turns] == [
            ("07:15", "inbound"), ("09:15", "outbound")
        ]  # fmt: skip
        assert BARE.search(texts_of(page)) is None
        assert held.barriers() == []
        fits_a_phone(page)
        assert held.barriers() == []
        assert held.faults == []


def test_a_refusal_is_told_in_words_in_english_too(
    browser: Browser, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane_days, "command_of", lambda *_, **__: program(REFUSED, code=1))
    monkeypatch.setattr(lane_days, "check_study", lambda _: None)
    with a_screen(browser, address, path=PAGE, language="en-GB") as held:
        page = held.page
        page.get_by_label("Day").fill("2026-11-20")
        page.get_by_role("button", name="Ask", exact=True).click()
        expect(page.get_by_text("the record has holes")).to_be_visible()
        said = texts_of(page)
        assert CHINESE.search(said) is None, CHINESE.findall(said)
        assert BARE.search(said) is None
        assert held.barriers() == []
        assert held.faults == []
