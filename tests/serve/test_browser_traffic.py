"""The traffic room in a real browser: a lane closed and opened, a stage held, by people."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.serve.avenue import (
    ENGINEER,
    JUNCTION,
    LANE,
    OFFICER,
    VIEWER,
    Avenue,
    an_avenue,
)
from tests.serve.browsing import (
    BARE,
    CHINESE,
    a_screen,
    fits_a_phone,
    needs_browser,
    serving,
    texts_of,
)

pytestmark = needs_browser


@pytest.fixture(scope="module")
def avenue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Avenue]:
    with an_avenue(tmp_path_factory.mktemp("avenue")) as made:
        made.open_outbound()
        yield made


@pytest.fixture(scope="module")
def address(avenue: Avenue) -> Iterator[str]:
    with serving(avenue.world) as found:
        yield found


def does(page: Page, button: str, *, reason: str) -> None:
    """Press a button, give the reason, and see it taken."""
    page.get_by_role("button", name=button, exact=True).click()
    asking = page.get_by_role("dialog")
    asking.get_by_label("理由").fill(reason)
    asking.get_by_role("button", name="执行", exact=True).click()
    expect(asking).to_be_hidden()
    expect(page.get_by_role("status").filter(has_text="已记录")).to_be_visible()


def step(page: Page) -> Locator:
    """The step that is now."""
    return page.get_by_role("list", name="换向步骤").locator("[aria-current=step]")


def test_a_lane_is_closed_proved_empty_and_opened_the_other_way_before_ones_eyes(
    browser: Browser, address: str, avenue: Avenue
) -> None:
    with a_screen(browser, address, who=OFFICER, path="/traffic") as screen:
        page = screen.page
        page.get_by_role("navigation", name="主导航").get_by_role("link", name="交通").click()
        page.get_by_role("link", name=re.compile("可变车道 avenue.*开放")).first.click()
        expect(page).to_have_url(f"{address}/traffic/lanes/{LANE}")
        expect(page.get_by_text("现在可驶入方向: 出城方向")).to_be_visible()
        does(page, "→ 进城方向开放", reason="球赛散场")
        avenue.run(10)
        expect(step(page)).to_contain_text("清空预告")
        expect(page.get_by_text("Wang 人工保持：进城方向开放（球赛散场）")).to_be_visible()
        avenue.run(25)
        expect(step(page)).to_contain_text("确认清空")
        lacks = page.get_by_role("list", name="还缺什么")
        expect(lacks).to_contain_text("关闭时间不足以驶完全程")
        expect(lacks).to_contain_text("任何人都不能代替")
        expect(page.get_by_text("A 端 车道灯回报红叉")).to_be_visible()
        avenue.run(65)
        expect(step(page)).to_contain_text("全红保持")
        assert screen.barriers() == []
        avenue.run(10)
        expect(step(page)).to_contain_text("开放 进城方向")
        expect(page.get_by_text("现在可驶入方向: 进城方向")).to_be_visible()
        expect(page.get_by_text("方案 tide-in").first).to_be_visible()
        does(page, "解除，交还回路", reason="散场结束")
        avenue.run(10)
        expect(page.get_by_text("Wang 人工保持")).to_be_hidden()
        assert screen.faults == []


def test_a_person_stands_for_an_empty_lane_only_when_asked_twice(
    browser: Browser, address: str, avenue: Avenue
) -> None:
    for act in ("in", "out"):
        body = {"act": act, "reason": "a test"}
        avenue.admin.does("POST", f"/traffic/room/lanes/{LANE}/hand", body, status=201)
        avenue.run(130)  # No vehicle passes the second time: nobody has seen a detector work.
    with a_screen(browser, address, who=OFFICER, path=f"/traffic/lanes/{LANE}") as screen:
        page = screen.page
        expect(step(page)).to_contain_text("等待人工确认")
        expect(page.get_by_text("已请值班员用摄像头查看。")).to_be_visible()
        page.get_by_role("button", name="人工确认已清空", exact=True).click()
        asking = page.get_by_role("dialog")
        expect(asking).to_contain_text("检测器在开放期间从未动作")
        expect(asking).to_contain_text("任何人都不能代替")
        expect(asking).to_contain_text("车道信号灯未回报红叉")
        asking.get_by_label("理由").fill("摄像头看过全程")
        asking.get_by_role("button", name="继续").click()  # Without the tick it does not go on.
        expect(asking).to_contain_text("由你代替的证据")
        asking.get_by_label("我已看到整条车道没有车辆").check()
        assert screen.barriers() == []
        asking.get_by_role("button", name="继续").click()
        expect(asking.get_by_role("heading", name="再次确认：车道为空")).to_be_focused()
        asking.get_by_role("button", name="人工确认已清空").click()
        expect(asking).to_be_hidden()
        avenue.run(20)
        expect(page.get_by_text("现在可驶入方向: 出城方向")).to_be_visible()
        expect(page.get_by_text("confirm-empty: 摄像头看过全程").first).to_be_visible()
        assert screen.faults == []


def test_a_stage_is_held_and_released_and_everybody_sees_by_whom(
    browser: Browser, address: str, avenue: Avenue
) -> None:
    path = f"/traffic/junctions/{JUNCTION}"
    with a_screen(browser, address, who=OFFICER, path=path) as screen:
        page = screen.page
        expect(page.get_by_text("阶段 0: 北右转").first).to_be_visible()
        page.locator("select[name=stage]").select_option("2")
        does(page, "保持", reason="车队通过")
        avenue.run(10)
        held = page.get_by_text("Wang 人工保持：阶段 2（车队通过）")
        expect(held).to_be_visible()
        assert screen.barriers() == []
        with a_screen(browser, address, who=VIEWER, path="/traffic", language="en") as other:
            row = other.page.get_by_role("row", name=re.compile("junction J0101"))
            expect(row).to_contain_text("by hand · Wang")
            row.get_by_role("link").click()
            expect(other.page.get_by_text("Wang holds it by hand: stage 2")).to_be_visible()
            expect(other.page.get_by_role("button", name="Hold", exact=True)).to_be_hidden()
            assert BARE.findall(texts_of(other.page)) == []
            assert set(CHINESE.findall(texts_of(other.page))) <= set("车队通过")
        does(page, "解除，交还回路", reason="车队已过")
        avenue.run(10)
        expect(held).to_be_hidden()
        assert screen.faults == []


def test_the_map_and_the_lists_are_for_keys_and_a_phone_too(
    browser: Browser, address: str, avenue: Avenue
) -> None:
    avenue.flows()
    with a_screen(browser, address, who=OFFICER, path="/traffic") as screen:
        page = screen.page
        node = page.get_by_role("group", name="路网图").get_by_role("link", name="路口 J0101")
        expect(node).to_have_accessible_name(re.compile("排队 12 辆"))
        avenue.flows(waiting=9.0)
        expect(node).to_have_accessible_name(re.compile("排队 36 辆"))  # By itself.
        assert screen.barriers() == []
        fits_a_phone(page)
        assert screen.barriers() == []
        node.focus()
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{address}/traffic/junctions/{JUNCTION}")
        expect(page.get_by_role("img", name=re.compile("路口 J0101：.*北直行 绿"))).to_be_visible()
        fits_a_phone(page)
        page.goto(f"{address}/traffic/lanes/{LANE}")
        expect(page.get_by_role("img", name="未来一小时需求")).to_be_visible()
        fits_a_phone(page)
        page.goto(f"{address}/traffic/junctions/junction/J9999")
        expect(page.get_by_role("alert")).to_contain_text("没有这个路口")
        assert screen.barriers() == []


def test_a_junction_counts_down_its_lights_and_says_how_well(
    browser: Browser, address: str, avenue: Avenue
) -> None:
    avenue.cycles(11, many=12)
    with a_screen(browser, address, who=OFFICER, path=f"/traffic/junctions/{JUNCTION}") as screen:
        lights = screen.page.get_by_role("region", name="灯色还有多久")
        expect(lights.get_by_role("listitem").filter(has_text="西直行")).to_have_text(
            re.compile(r"西直行 红 (约 \d+ 秒（\d+ 至 \d+）|即将变化)")
        )
        expect(lights).to_contain_text(re.compile(r"中位误差 \d+\.\d 秒，\d+% 在 2 秒以内"))
        assert screen.barriers() == []
        assert screen.faults == []


def test_the_packs_page_shows_loops_and_lets_one_thing_be_shelved(
    browser: Browser, address: str, avenue: Avenue
) -> None:
    with a_screen(browser, address, who=ENGINEER, path="/packs") as screen:
        page = screen.page
        loops = page.get_by_role("region", name="控制回路")
        tidal = loops.get_by_role("listitem").filter(has_text="traffic.tidal").first
        expect(tidal).to_contain_text("每 5 秒 一拍")
        tidal.get_by_role("button", name="搁置", exact=True).click()
        tidal.get_by_label("只搁置这一个对象").fill(LANE)
        tidal.get_by_label("理由").fill("车道施工")
        tidal.locator("form").get_by_role("button", name="搁置").click()
        expect(tidal).to_contain_text(re.compile(f"{LANE} 由 Xu 搁置至 .*：车道施工"))
        assert screen.barriers() == []
        page.goto(f"{address}/traffic/lanes/{LANE}")
        expect(page.get_by_text(re.compile("^Xu 自 .* 起不让回路下令"))).to_be_visible()
        page.goto(f"{address}/packs")
        tidal.get_by_role("button", name="解除搁置").click()
        expect(tidal.get_by_role("button", name="解除搁置")).to_be_hidden()
        assert screen.faults == []


def test_a_zone_without_a_room_has_no_page_of_it(browser: Browser, tmp_path: Path) -> None:
    with (
        an_avenue(tmp_path, has_room=False) as made,
        serving(made.world) as where,
        a_screen(browser, where, who=OFFICER, path="/cases") as screen,
    ):
        main = screen.page.get_by_role("navigation", name="主导航")
        expect(main.get_by_role("link", name="系统")).to_be_visible()
        expect(main.get_by_role("link", name="交通")).to_have_count(0)
