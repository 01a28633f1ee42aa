"""A recorded stretch driven again, in a real browser: asked, followed, read, taken to shadow."""

import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect

from haihe.packs.traffic import pack
from haihe.serve.traffic import backtests
from tests.serve.browsing import (
    BARE,
    CHINESE,
    a_screen,
    fits_a_phone,
    needs_browser,
    texts_of,
)
from tests.serve.street_answers import ANSWER, REFUSED, program
from tests.serve.world import World, a_world

PAGE = "/traffic/backtest"

pytestmark = needs_browser


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    plain = replace(pack, twin=None, demo=None)
    with a_world(tmp_path_factory.mktemp("backtest"), pack=plain) as made:
        yield made


def test_a_stretch_is_asked_by_keyboard_read_and_leads_to_the_shadow(
    browser: Browser, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[backtests.BacktestBody] = []

    def command(*_: object, body: backtests.BacktestBody, running: object) -> list[str]:
        asked.append(body)
        return program(ANSWER)

    monkeypatch.setattr(backtests, "command_of", command)
    with a_screen(browser, address, path=PAGE) as held:
        page = held.page
        page.get_by_label("日期", exact=True).fill("2026-11-20")
        page.get_by_label("姓名").fill("Xu")
        page.get_by_role("button", name="加一个参数").press("Enter")
        page.get_by_label("参数 1", exact=True).fill("signals.patience_s")
        page.get_by_label("数值 1", exact=True).fill("90")
        page.get_by_role("button", name="加一次换向").press("Enter")
        page.get_by_label("时刻 1", exact=True).fill("07:10")
        page.get_by_role("button", name="回测", exact=True).press("Enter")
        expect(page.get_by_text("少损失 54 ± 5 车时").first).to_be_visible()
        expect(page.get_by_role("row", name="信号与潮汐回路").first).to_contain_text("46 ± 2")
        expect(page.get_by_role("img", name="全部进口道排队")).to_be_visible()
        expect(page.get_by_role("row", name="road/J0101-from-W").last).to_contain_text("± 0.5")
        assert asked[0].settings == {"signals.patience_s": 90}
        assert [turn.time for turn in asked[0].turns] == ["07:10"]
        with page.expect_download() as saved:
            page.get_by_role("link", name="下载表格").click()
        assert saved.value.suggested_filename == "backtest-1.csv"
        assert BARE.search(texts_of(page)) is None
        assert held.barriers() == []
        page.emulate_media(media="print")
        expect(page.get_by_text("签字")).to_be_visible()
        expect(page.get_by_role("button", name="打印")).to_be_hidden()
        page.emulate_media(media="screen")
        fits_a_phone(page)
        assert held.barriers() == []
        page.get_by_role("link", name="影子运行 traffic.signals").click()
        expect(page.get_by_label("参数 一行一个")).to_have_value("patience_s=90")
        page.get_by_role("button", name="影子运行", exact=True).click()
        expect(page.get_by_text("影子运行：patience_s = 90")).to_be_visible()
        expect(page.get_by_text("影子与街上所示").first).to_be_visible()
        assert held.barriers() == []
        assert held.faults == []


def test_refusals_and_what_runs_are_told_in_english_too(
    browser: Browser, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backtests, "command_of", lambda *_, **__: program(REFUSED, code=1))
    with a_screen(browser, address, path=PAGE, language="en-GB") as held:
        page = held.page
        page.get_by_label("Day", exact=True).fill("2026-11-20")
        page.get_by_label("Name", exact=True).fill("Xu")
        page.get_by_role("button", name="Add a setting").click()
        page.get_by_label("Setting 1", exact=True).fill("signals.speed")
        page.get_by_label("Value 1", exact=True).fill("3")
        page.get_by_role("button", name="Drive it again").click()
        expect(page.get_by_role("alert")).to_contain_text("there is no setting 'signals.speed'")
        held.faults.clear()  # A refusal is told by the browser's console too.
        page.get_by_role("button", name="Leave out setting 1").click()
        page.get_by_role("button", name="Drive it again").click()
        expect(page.get_by_text("the twin does not give this stretch back").first).to_be_visible()
        wait = "import sys, time; sys.stderr.write('42\\n'); sys.stderr.flush(); time.sleep(60)"
        monkeypatch.setattr(backtests, "command_of", lambda *_, **__: [sys.executable, "-c", wait])
        page.get_by_role("button", name="Drive it again").click()
        expect(page.get_by_text("is being driven: 42 %")).to_be_visible()
        said = texts_of(page)
        assert CHINESE.search(said) is None, CHINESE.findall(said)
        assert BARE.search(said) is None
        assert held.barriers() == []
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_role("button", name="Stop")).to_be_hidden()
        assert held.faults == []
