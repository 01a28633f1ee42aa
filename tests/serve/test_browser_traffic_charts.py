"""Charts of signals in a real browser: four views, both languages, axe, keyboard and phone."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from haihe.model.time import MINUTE
from tests.packs.avenue import EAST, MIDDLE, STRETCH
from tests.serve.browsing import (
    BARE,
    CHINESE,
    a_screen,
    drawn,
    fits_a_phone,
    needs_browser,
    serving,
    texts_of,
)
from tests.serve.signals import PACK, tell_avenue
from tests.serve.world import World, a_world

AT = f"entity=junction/{MIDDLE}"
RED, GREEN = 0xFF6B6B, 0x7FD6A4  # Of the diagram's bands' edges.

pytestmark = needs_browser


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The avenue's last half hour."""
    with a_world(tmp_path_factory.mktemp("avenue"), pack=PACK) as made:
        tell_avenue(made.node, (time.time_ns() - STRETCH.to_at) // MINUTE * MINUTE)
        yield made


def is_whole(page: Page, *, language: str) -> None:
    """No word missing, and no Chinese on an English page."""
    said = texts_of(page)
    assert BARE.search(said) is None, BARE.search(said)
    if language != "zh-CN":
        assert CHINESE.search(said) is None, CHINESE.findall(said)


def test_measures_of_a_junction_are_read_off_by_keyboard_and_from_a_table(
    browser: Browser, address: str
) -> None:
    path = f"/traffic/charts?{AT}&every=5"
    with a_screen(browser, address, path=path) as shown:
        page = shown.page
        volume = page.get_by_role("region", name="流量", exact=True)
        expect(volume.get_by_role("img")).to_be_visible()
        reading = volume.locator("output")
        expect(reading).to_contain_text("西直行")
        first = reading.inner_text()
        slider = volume.get_by_role("slider")
        slider.focus()
        page.keyboard.press("Home")
        expect(reading).not_to_have_text(first)
        volume.get_by_text("数据表").click()
        page.wait_for_function(
            """(region) => {
              const { max } = region.querySelector("input[type=range]");
              return region.querySelectorAll("tr").length === Number(max) + 2;
            }""",
            arg=volume.element_handle(),
        )
        ends = page.get_by_role("region", name="绿灯结束方式")
        expect(ends).to_contain_text("没有报告绿灯如何结束")
        health = page.get_by_role("region", name="检测器健康").first
        expect(health).to_contain_text("这段时间没有动作")
        assert shown.barriers() == []
        page.get_by_role("button", name="最近 1 天").click()
        expect(page).to_have_url(re.compile("from="))
        expect(volume.get_by_role("img")).to_be_visible()
        assert shown.faults == []


def test_a_coordination_diagram_shows_cycles_and_who_arrived(
    browser: Browser, address: str
) -> None:
    path = f"/traffic/charts?view=coordination&{AT}&phase={EAST}"
    with a_screen(browser, address, path=path) as shown:
        page = shown.page
        diagram = page.get_by_role("region", name="协调图", exact=True)
        expect(diagram).to_contain_text(re.compile(r"绿灯到达率 6\d(\.\d)? %"))
        expect(diagram).to_contain_text("车队比 2.")
        plot = diagram.get_by_role("img")
        drawn(page, plot, least={RED: 50, GREEN: 50})
        reading = diagram.locator("output")
        expect(reading).to_contain_text("绿灯 29 s")
        before = reading.inner_text()
        box = plot.bounding_box()
        assert box is not None
        plot.hover(position={"x": box["width"] * 0.4, "y": box["height"] / 2})  # Once it is still.
        expect(reading).not_to_have_text(before)
        assert shown.barriers() == []
        page.get_by_label("相位").select_option(str(EAST + 1))
        page.get_by_role("button", name="显示").click()
        expect(diagram).to_contain_text("没有上游检测器")
        assert shown.faults == []


def test_a_corridor_shows_greens_bands_and_tracks(browser: Browser, address: str) -> None:
    with a_screen(browser, address, path="/traffic/charts?view=corridor") as shown:
        page = shown.page
        diagram = page.get_by_role("region", name="时空图", exact=True)
        expect(diagram).to_contain_text("推进速度 50 km/h")
        expect(diagram).to_contain_text("两个方向都没有绿波带")
        expect(diagram.locator("output")).to_contain_text("J0301 去程")
        diagram.get_by_text("数据表").click()
        expect(diagram.get_by_role("row").nth(1)).to_contain_text("J0001")
        assert shown.barriers() == []
        page.get_by_role("button", name="最近 1 小时").click()
        expect(diagram).to_contain_text("轨迹 1 条")
        assert shown.faults == []


def test_before_and_after_is_told_in_words_and_printed(browser: Browser, address: str) -> None:
    path = f"/traffic/charts?view=comparison&{AT}&every=5"
    with a_screen(browser, address, path=path) as shown:
        page = shown.page
        report = page.get_by_role("region", name="前后对比").first
        expect(report).to_contain_text("至少一段时间没有数据")
        start, half, end = page.evaluate(
            """(minutes) => minutes.map((ago) =>
              new Date(Date.now() + 8 * 3600e3 - ago * 60e3).toISOString().slice(0, 16))""",
            [30, 15, 1],
        )
        for label, value in (
            ("之前，起", start), ("之前，止", half), ("之后，起", half), ("之后，止", end),
        ):  # fmt: skip
            page.get_by_label(label).fill(value)
        page.get_by_role("button", name="显示").click()
        row = report.get_by_role("row").filter(has_text="绿灯到达率")
        expect(row).to_contain_text(re.compile("由 6"))
        page.emulate_media(media="print")
        expect(page.locator("#app > header")).to_be_hidden()
        expect(page.get_by_role("button", name="打印")).to_be_hidden()
        expect(row).to_be_visible()
        assert shown.faults == []


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_charts_are_whole_in_both_languages_on_a_phone_and_bar_nobody(
    browser: Browser, address: str, language: str
) -> None:
    with a_screen(browser, address, language=language, path=f"/traffic/charts?{AT}") as shown:
        page = shown.page
        for view in ("junction", "coordination", "corridor", "comparison"):
            page.goto(f"{address}/traffic/charts?view={view}")
            expect(page.locator("h3").first).to_be_visible()
            fits_a_phone(page)
            is_whole(page, language=language)
            assert shown.barriers() == [], view
        assert shown.faults == []


def test_a_junctions_page_leads_to_its_charts_and_trouble_is_told(
    browser: Browser, address: str
) -> None:
    with a_screen(browser, address, path=f"/entities/junction/{MIDDLE}") as shown:
        page = shown.page
        page.get_by_role("link", name="信号评价图").click()
        expect(page.get_by_role("combobox", name="路口", exact=True)).to_have_value(
            f"junction/{MIDDLE}"
        )
        expect(page.get_by_role("img").first).to_be_visible()
        assert shown.faults == []
    with a_screen(browser, address, path=f"/traffic/charts?{AT}&from=2020-01-01T00:00") as asked:
        expect(asked.page.get_by_role("alert")).to_contain_text("longer than")


def test_without_signals_the_page_says_what_is_missing(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with (
        a_world(tmp_path_factory.mktemp("bare")) as world,
        serving(world) as address,
        a_screen(browser, address, path="/traffic/charts") as shown,
    ):
        expect(shown.page.get_by_role("alert")).to_contain_text("no pack with signals")
