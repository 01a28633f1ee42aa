"""From a policy's text as a city wrote it to a paid award that proves itself, in the console."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from haihe.serve.access import Role
from tests.feed.papers import pdf
from tests.pictures import PDF
from tests.serve.awarding import (
    ADMIN,
    CHECKER,
    FIRM,
    WRITER,
    Measure,
    pay,
    proven_fen,
    put_in_force,
    saved_proof,
    section,
    settle,
)
from tests.serve.browsing import a_screen, needs_browser, serving
from tests.serve.office import MINE, an_office
from tests.serve.people import another, first
from tests.serve.world import World

REAL = Path(__file__).parents[2].parent / "shared/data/enterprise/public_policy_clauses.jsonl"
ISSUED = "廊坊市推进人工智能产业发展若干措施"
PAGES = (
    ("数据要素若干措施（演示）", "第一条 本措施支持企业利用数据。",
     "第二条 对购买第三方数据的企业，按数据采购费用的30%给予补助，最高40万元。"),
    ("第三条 对新开设数据岗位的企业，给予一次性10万元奖励。", "第四条 本措施由数据局负责解释。"),
)  # fmt: skip

pytestmark = needs_browser


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The zone with an administrator, two who decide, and an enterprise."""
    with an_office(tmp_path_factory.mktemp("award")) as made:
        admin = first(made, ADMIN)
        for name in (WRITER, CHECKER):
            another(admin, name, Role.OFFICER, Role.ENGINEER)
        another(admin, FIRM, Role.ENTERPRISE, owner=MINE)
        yield made


@pytest.fixture(scope="module")
def address(office: World) -> Iterator[str]:
    with serving(office) as found:
        yield found


def a_real_measure(folder: Path) -> Measure:
    """Quotations of one municipal measure, read where they are kept."""
    if not REAL.is_file():
        pytest.skip(f"no public policy texts at {REAL}; see docs/bench.md on shared data")
    rows = [json.loads(line) for line in REAL.read_text(encoding="utf-8").splitlines()]
    told = [row["text"] for row in rows if row["source"].startswith(ISSUED)]
    text = "".join(f"{at}. {one.rstrip('。')}。\n" for at, one in enumerate(told, start=1))
    file = folder / f"{ISSUED}.txt"
    file.write_text(text, encoding="gb18030")  # As offices' files often are.
    facts = {
        "企业、创客、科研机构、高校等使用本地算力服务平台": "是",
        "使用算力资源费用": "180万元",
    }
    return Measure("real", file, "按使用算力资源费用的50%", facts, 90_000_000)


def a_made_up_measure(folder: Path) -> Measure:
    """A measure of our own, as a PDF."""
    file = folder / "数据要素若干措施.pdf"
    file.write_bytes(pdf(PAGES))
    facts = {"购买第三方数据的企业": "是", "数据采购费用": "100万元"}
    return Measure("made-up", file, "按数据采购费用的30%", facts, 30_000_000)


@pytest.mark.parametrize("make", [a_real_measure, a_made_up_measure])
def test_a_text_goes_to_a_paid_award_that_proves_itself(
    make: Callable[[Path], Measure],
    browser: Browser,
    address: str,
    office: World,
    tmp_path: Path,
) -> None:
    measure = make(tmp_path)
    put_in_force(browser, address, measure)
    with (
        a_screen(browser, address, who=FIRM, path="/policies") as firm,
        a_screen(browser, address, who=WRITER, path="/schemes/report") as reviewer,
        a_screen(browser, address, who=CHECKER, path="/schemes/queue") as approver,
    ):
        title = ask(firm.page, reviewer.page, measure)
        settle(reviewer.page, address, title=title, outcomes=("受理", "要求补正"))
        hand_in(firm.page, title)
        settle(reviewer.page, address, title=title, outcomes=("受理", "审核通过"))
        # 公示 lasts working days; somebody objects, is heard, and it goes on.
        settle(reviewer.page, address, title=title, outcomes=("有人提出异议", "异议不成立"))
        settle(approver.page, address, title=title, outcomes=("批准",))
        pay(approver.page, address, name=f"w-{measure.book}", browser=browser)
        settle(approver.page, address, title=title, outcomes=("已拨付",))
        firm.page.reload()
        award = section(firm.page, "我的拨付").get_by_role("article", name=title)
        expect(award).to_contain_text(f"{measure.amount} 已拨付")
        award.get_by_role("button", name="在此验证").click()
        expect(award).to_contain_text("证明成立")
        saved_proof(firm.page, award, into=tmp_path / "award.json")
        assert firm.faults == reviewer.faults == approver.faults == []
    assert proven_fen(office, tmp_path / "award.json") == measure.fen


def ask(page: Page, reporter: Page, measure: Measure) -> str:
    """The enterprise is told of it, and asks for it with what is known filled in; its title."""
    agreed = section(page, "授权").get_by_role("switch", name=re.compile("推送"))
    if not agreed.is_checked():
        agreed.click()
        expect(agreed).to_be_checked()
    digests = section(reporter, "向已同意推送的企业发送政策速递")
    digests.locator("input[name=period]").fill(f"p-{measure.book}")
    digests.get_by_role("button", name="发送", exact=True).click()
    expect(digests.get_by_role("status")).to_contain_text("已发送")
    offers = section(page, "现在可享").get_by_role("article")
    offer = offers.filter(has_text=f"最高 {measure.amount}")
    expect(offer).to_contain_text("出处")
    title = offer.get_attribute("aria-label") or ""
    page.get_by_text("政策速递", exact=True).click()
    expect(page.locator("p.lines")).to_contain_text(f"可享：{title[:20]}")
    offer.get_by_role("button", name="申请").click()
    expect(offer).to_contain_text("主管部门")  # Filled in, with where it is from.
    offer.get_by_role("button", name="确认").click()
    mine = section(page, "我的申请").get_by_role("article", name=title)
    expect(mine).to_contain_text("已提交")
    return title


def hand_in(page: Page, title: str) -> None:
    """The enterprise hands in what it was asked for."""
    page.reload()
    mine = section(page, "我的申请").get_by_role("article", name=title)
    mine.get_by_label("材料名称").fill("采购合同")
    contract = {"name": "合同.pdf", "mimeType": "application/pdf", "buffer": PDF}
    mine.locator("input[name=file]").set_input_files(contract)  # type: ignore[arg-type]  # As playwright says.
    mine.get_by_role("button", name="提交", exact=True).click()
    expect(mine.get_by_role("link", name="合同.pdf")).to_be_visible()
    mine.get_by_label("说明").fill("已补")
    mine.get_by_role("button", name="提交补正").click()
    expect(mine).to_contain_text("下一步 受理")
