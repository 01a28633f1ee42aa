"""Policies in a real browser: an enterprise finds and asks, the office writes, signs and pays."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from haihe.serve.access import Role
from tests.serve.awarding import (
    ADMIN,
    CHECKER,
    FIRM,
    RIVAL,
    WRITER,
    agree,
    section,
    sign,
)
from tests.serve.browsing import BARE, a_screen, fits_a_phone, needs_browser, serving, texts_of
from tests.serve.office import MINE, OTHER, an_office, put_in_force, today
from tests.serve.people import another, first
from tests.serve.world import World

NUMBER = "示范〔2026〕9号"
TEXT = """第一条 为支持企业创新，制定本措施。
第二条 对在本区登记、上年度营业收入2000万元以上的企业，按研发费用的10%给予补助，最高30万元。
第三条 本措施由科技局负责解释。
"""
NEARLY = """schemes:
  - {id: ten-patents, zh: 科技型企业补贴, en: Grant of ten patents, issuer: {zh: 局, en: Bureau},
     versions: [{from: 2026-01-01, status: final,
       conditions: [{id: ten, zh: 专利十件, en: ten patents,
                      require: {fact: patents, 以上: 10}}],
       benefit: {amount: 5万元}}]}
"""
LATER = f"""schemes:
  - {{id: later-grant, zh: 明日补贴, en: Grant of tomorrow, issuer: {{zh: 局, en: Bureau}},
     versions: [{{from: {today(ahead=30)}, status: final,
       conditions: [{{id: here, zh: 在本区, en: here,
                      require: {{fact: registered_here, is: yes}}}}],
       benefit: {{amount: 5万元}}}}]}}
"""

pytestmark = needs_browser


def span(words: str) -> str:
    """Where words stand in the text, as a clause cites it."""
    start = TEXT.index(words)
    return f"source: {{document: {NUMBER}, span: [{start}, {start + len(words)}]}}"


CLAUSES = f"""schemes:
  - id: city-grant
    zh: 企业创新补助
    en: Innovation grant
    issuer: {{zh: 科技局, en: Science bureau}}
    versions:
      - from: 2026-01-01
        status: final
        publish: 0
        {span("按研发费用的10%给予补助，最高30万元")}
        parameters: {{cap: {{kind: money, steps: [{{from: 2026-01-01, is: 30万元}}]}}}}
        conditions:
          - id: here
            zh: 在本区登记
            en: registered in the zone
            {span("在本区登记")}
            require: {{fact: registered_here, is: yes}}
          - id: revenue
            zh: 上年度营业收入2000万元以上
            en: revenue of 20 million yuan or more
            {span("上年度营业收入2000万元以上")}
            require: {{fact: revenue, 以上: 2000万元}}
        benefit: {{share: 10%, of: research, up_to: {{parameter: cap}}}}
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The zone with an administrator, two who decide, and two enterprises."""
    with an_office(tmp_path_factory.mktemp("office")) as made:
        put_in_force(made, "tomorrow", text=LATER)
        put_in_force(made, "nearly", text=NEARLY)
        admin = first(made, ADMIN)
        for name in (WRITER, CHECKER):
            another(admin, name, Role.OFFICER, Role.ENGINEER)
        another(admin, FIRM, Role.ENTERPRISE, owner=MINE)
        another(admin, RIVAL, Role.ENTERPRISE, owner=OTHER)
        yield made


@pytest.fixture(scope="module")
def address(office: World) -> Iterator[str]:
    with serving(office) as found:
        yield found


def test_an_enterprise_sees_what_it_may_have_now_nearly_and_later_and_asks(
    browser: Browser, address: str
) -> None:
    with a_screen(browser, address, who=RIVAL, path="/policies") as screen:
        page = screen.page
        grant = section(page, "现在可享").get_by_role("article", name="企业研发投入补助")
        expect(grant).to_contain_text("最高 38万元")
        grant.get_by_text("为什么").click()
        expect(grant).to_contain_text("2000万元")
        expect(grant).to_contain_text(f"，{today()}")  # From which day it is known.
        nearly = section(page, "差一点或待补信息")
        expect(nearly.get_by_role("article", name="算力券")).to_have_count(0)  # Far from it.
        expect(nearly.get_by_role("article", name="科技型企业补贴")).to_contain_text("还差1")
        unknown = nearly.get_by_role("article", name="总部企业支持")
        expect(unknown).to_contain_text("请补充：上年度纳税额")
        expect(section(page, "以后")).to_contain_text(f"明日补贴 自 {today(ahead=30)} 起： 可享")
        unknown.get_by_role("button", name=re.compile("^补充信息")).click()
        unknown.get_by_role("textbox").fill("1200万元")
        unknown.get_by_role("button", name="提交信息").click()
        told = section(page, "现在可享").get_by_role("article", name="总部企业支持")
        expect(told).to_contain_text("最高 500万元")
        grant.get_by_role("button", name="申请").click()
        expect(grant).to_contain_text("4200万元")  # Filled in, with where it is from.
        for paper in grant.get_by_role("checkbox").all():
            paper.check()
        grant.get_by_role("button", name="确认").click()
        mine = section(page, "我的申请").get_by_role("article", name="企业研发投入补助")
        expect(mine).to_contain_text("已提交")
        expect(mine).to_contain_text("下一步 受理")
        fits_a_phone(page)
        assert screen.barriers() == []
        mine.get_by_role("button", name="撤回").click()
        expect(mine).to_contain_text("确定撤回？")  # Nothing is lost by a slip of the finger.
        mine.get_by_role("button", name="确定撤回").click()
        expect(mine).to_contain_text("已撤回")
        page.get_by_role("button", name="English").click()
        expect(section(page, "Nearly, or once we know more")).to_contain_text(
            "Grant of ten patents"
        )
        assert BARE.findall(texts_of(page)) == []
        page.goto(f"{address}/schemes")
        expect(page).to_have_url(f"{address}/portal")  # The office's pages are not for it.
        page.get_by_role("link", name=re.compile("^See what I may have")).click()
        expect(page).to_have_url(f"{address}/policies")
        assert screen.faults == []


def test_one_cap_shows_its_cost_before_anything_is_signed(browser: Browser, address: str) -> None:
    with a_screen(browser, address, who=WRITER, path="/schemes") as screen:
        page = screen.page
        page.get_by_label("政策库", exact=True).select_option("innovation")
        editor = page.get_by_role("textbox", name="条款编辑器，含行号")
        expect(editor).to_have_value(re.compile("is: 200万元"))
        effect = page.get_by_role("region", name=re.compile("^对全部企业的影响"))
        text = editor.input_value()
        editor.fill(text.replace("is: 200万元", "is: 20万元"))
        expect(effect.locator("[data-what=cost]")).to_have_text("−¥360,000")
        expect(effect).to_contain_text("2 家受损")
        expect(effect.get_by_role("link", name=MINE)).to_be_visible()
        expect(effect.locator("canvas").first).to_be_visible()
        assert screen.barriers() == []
        editor.fill(text.replace("is: 200万元", "is: lots"))
        expect(effect).to_contain_text("条款有误")
        effect.get_by_role("button", name=re.compile("^第 14 行")).first.click()
        page.wait_for_function("getSelection().toString().trim().startsWith('cap:')")
        assert screen.faults == []


def write_and_sign(browser: Browser, address: str) -> None:
    """From a text on paper to clauses in force, by two people."""
    with (
        a_screen(browser, address, who=WRITER, path="/schemes") as writer,
        a_screen(browser, address, who=CHECKER, path="/schemes") as checker,
    ):
        page = writer.page
        page.get_by_label(re.compile("^新政策库名称")).fill("city")
        page.get_by_role("button", name="新建").click()
        page.get_by_role("button", name="粘贴原文").click()
        policy = section(page, "政策原文")
        policy.get_by_label("文号或名称").fill(NUMBER)
        policy.locator("textarea").fill(TEXT)
        policy.get_by_role("button", name="采用").click()
        policy.get_by_role("button", name="由原文起草条款").click()
        editor = page.get_by_role("textbox", name="条款编辑器，含行号")
        expect(editor).to_have_value(re.compile("30万元"))
        expect(policy.locator("mark").first).to_be_visible()
        editor.fill(CLAUSES)
        cited = policy.locator("mark", has_text="上年度营业收入2000万元以上")
        cited.click()
        page.wait_for_function("getSelection().toString().includes('span: [')")
        expect(page.locator("[data-what=cost]")).to_have_text("+¥600,000")
        sign(page, "保存草稿", says="已登记：草稿")
        steps = page.get_by_role("region", name=re.compile("^审签"))
        steps.get_by_role("button", name="复核定稿").click()
        expect(page.get_by_role("alert")).to_contain_text("someone else")
        page = checker.page
        page.reload()
        page.get_by_label("政策库", exact=True).select_option("city")
        expect(page.locator("mark", has_text="在本区登记").first).to_be_visible()
        expect(page.locator("[data-what=cost]")).to_have_text("+¥600,000")
        sign(page, "复核定稿", says="已登记：定稿")
        sign(page, "影子运行", says="已登记：影子")
        expect(page.get_by_text("生效后费用变化 +¥600,000。")).to_be_visible()
        sign(page, "提请生效", says="已提请", reason="会议决定")
        assert checker.barriers() == []
        expect(page.get_by_role("button", name="同意", exact=True)).to_have_count(0)  # Not oneself.
    agree(browser, address, book="city", who=ADMIN)


def decide(page: Page, *outcomes: str) -> None:
    """Open the newest grant in the queue and bring it on, by keys alone from there."""
    page.goto(page.url)
    row = page.get_by_role("listitem").get_by_role("button", name=re.compile("^企业创新补助"))
    row.focus()
    page.keyboard.press("Enter")
    step = page.get_by_role("region", name=re.compile("^办件"), exact=False).last
    for outcome in outcomes:
        first_way = step.get_by_role("button", name=re.compile(f"^1 {outcome}"))
        expect(first_way).to_be_enabled()
        first_way.focus()
        page.keyboard.press("1")
        expect(first_way).to_have_count(0)


def test_clauses_written_by_hand_lead_to_an_approved_application_by_keys_alone(
    browser: Browser, address: str
) -> None:
    write_and_sign(browser, address)
    with (
        a_screen(browser, address, who=FIRM, path="/policies") as firm,
        a_screen(browser, address, who=WRITER, path="/schemes/queue") as reviewer,
        a_screen(browser, address, who=CHECKER, path="/schemes/queue") as approver,
    ):
        page = firm.page
        grant = section(page, "现在可享").get_by_role("article", name="企业创新补助")
        expect(grant).to_contain_text("最高 30万元")
        expect(grant).to_contain_text(f"出处：{NUMBER}")
        grant.get_by_role("button", name="申请").click()
        grant.get_by_role("button", name="确认").click()
        expect(section(page, "我的申请").get_by_role("article")).to_contain_text("已提交")
        decide(reviewer.page, "受理", "审核通过")
        decide(approver.page, "批准")
        assert approver.barriers() == []
        approver.page.get_by_role("button", name="English").click()
        expect(approver.page.get_by_role("region", name=re.compile("^Application"))).to_be_visible()
        assert approver.barriers() == []
        assert BARE.findall(texts_of(approver.page)) == []
        assert firm.faults == reviewer.faults == approver.faults == []


def test_a_refusal_says_why_to_the_enterprise_and_what_it_can_do(
    browser: Browser, address: str
) -> None:
    with (
        a_screen(browser, address, who=RIVAL, path="/policies") as firm,
        a_screen(browser, address, who=WRITER, path="/schemes/queue") as officer,
    ):
        page = firm.page
        known = page.locator("details", has_text="我的档案")
        known.locator("summary").click()
        expect(known.get_by_role("listitem").filter(has_text="所属行业")).to_contain_text(
            "集成电路"
        )
        expect(known.get_by_role("listitem").filter(has_text="在本区登记")).to_contain_text("是")
        reward = section(page, "现在可享").get_by_role("article", name="高新技术企业奖励")
        reward.get_by_role("button", name="申请").click()
        reward.get_by_role("button", name="确认").click()
        mine = section(page, "我的申请").get_by_role("article", name="高新技术企业奖励")
        expect(mine).to_contain_text("由主管部门办理，您无需操作")
        desk = officer.page
        desk.locator("input[name=find]").fill(OTHER[-6:])
        desk.locator("input[name=find]").press("Enter")
        row = desk.get_by_role("listitem").get_by_role(
            "button", name=re.compile("^高新技术企业奖励")
        )
        row.click()
        refuse = desk.get_by_role("button", name=re.compile("不予支持$"))
        refuse.click()
        expect(desk.get_by_role("alert")).to_contain_text("请先写明理由")
        desk.locator("input[name=reason]").fill("证书已过期")
        assert officer.barriers() == []
        refuse.click()
        expect(row).to_have_count(0)  # It is nobody's turn any more.
        page.reload()
        expect(mine).to_contain_text("不予支持的理由：证书已过期")
        expect(mine).to_contain_text("重新申请")
        expect(mine).not_to_contain_text("application/")
        expect(mine).not_to_contain_text(WRITER)
        assert firm.barriers() == []
        assert firm.faults == officer.faults == []
