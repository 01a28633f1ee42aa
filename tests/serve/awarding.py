"""From a policy's text to a paid award, as people do it on the console's pages."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from haihe.decide.scheme.quantity import format_money
from haihe.log.checkpoint import verify_checkpoint
from haihe.log.merkle import leaf_hash, verify_inclusion
from haihe.run.audit import log_key
from haihe.run.config import Config
from tests.serve.browsing import a_screen
from tests.serve.office import MINE
from tests.serve.world import World

ADMIN, WRITER, CHECKER, FIRM, RIVAL = "Ann", "Wang", "Li", "Zhao", "Qian"


@dataclass(frozen=True, slots=True)
class Measure:
    """A policy text that goes all the way.

    book: what its book is called. file: with its text. keeps: words of the one clause that is kept.
    facts: title to what the office tells of it. fen: what it comes to.
    """

    book: str
    file: Path
    keeps: str
    facts: dict[str, str]
    fen: int

    @property
    def yuan(self) -> str:
        """The amount as tables of the office show it."""
        return f"¥{self.fen // 100:,}"

    @property
    def amount(self) -> str:
        """The amount as it is said."""
        return format_money(self.fen)


def section(page: Page, title: str) -> Locator:
    """The part of a page under a title."""
    return page.get_by_role("region", name=title, exact=True)


def signing(page: Page) -> Locator:
    """The part of the workbench where books are signed."""
    return page.get_by_role("region", name=re.compile("^审签"))


def sign(page: Page, button: str, *, says: str, **fields: str) -> None:
    """Fill what a step of the workbench asks for, press its button, and see it done."""
    steps = signing(page)
    for name, words in fields.items():
        steps.locator(f"input[name={name}]").fill(words)
    steps.get_by_role("button", name=button, exact=True).click()
    expect(steps.get_by_role("status")).to_contain_text(says)


def choose_book(page: Page, book: str) -> None:
    """Open a book in the workbench."""
    page.get_by_label("政策库", exact=True).select_option(book)


def agree(browser: Browser, address: str, *, book: str, who: str) -> None:
    """Another person looks at what is proposed and agrees to it, signed in."""
    with a_screen(browser, address, who=who, path="/schemes") as screen:
        page = screen.page
        choose_book(page, book)
        steps = signing(page)
        expect(steps).to_contain_text("须以本人账号登录后同意")
        button = steps.get_by_role("button", name="同意", exact=True)
        expect(button).to_be_enabled()  # Once the effect was seen.
        button.click()
        expect(steps.get_by_role("status")).to_contain_text("已同意")
        expect(steps).to_contain_text("生效")
        assert screen.faults == []


def draft_of_file(page: Page, measure: Measure) -> None:
    """Upload a text, draft its clauses, keep one, confirm it, and save the draft."""
    page.get_by_label(re.compile("^新政策库名称")).fill(measure.book)
    page.get_by_role("button", name="新建").click()
    page.get_by_role("button", name="粘贴原文").click()
    policy = section(page, "政策原文")
    policy.locator("input[type=file]").set_input_files(measure.file)
    expect(policy.get_by_role("status")).to_contain_text("已读入")
    policy.get_by_role("button", name="采用").click()
    policy.get_by_role("button", name="由原文起草条款").click()
    rows = page.locator("details", has_text="逐条确认").get_by_role("row")
    kept = rows.filter(has_text=measure.keeps)
    expect(kept).to_have_count(1)
    begins = page.locator("input[name=begins]")
    begins.fill("2026-01-01")
    page.get_by_role("button", name="写入生效日").click()
    expect(begins).to_have_count(0)
    others = rows.filter(has=page.get_by_role("button", name=re.compile("^去掉")))
    for row in [one for one in others.all_inner_texts() if measure.keeps not in one]:
        name = row.split()[0]
        page.get_by_role("button", name=f"去掉 {name}", exact=True).click()
    kept.get_by_role("button", name=re.compile("^确认")).click()
    expect(kept).to_contain_text("已确认")
    expect(policy.locator("mark", has_text=measure.keeps[-3:]).first).to_be_visible()
    effect = page.get_by_role("region", name=re.compile("^对全部企业的影响"))
    expect(effect).to_contain_text("0 → 2")  # Of nobody it is known yet.
    sign(page, "保存草稿", says="已登记：草稿")


def tell_facts(page: Page, address: str, measure: Measure) -> None:
    """The office tells what the clause asks of an enterprise, while the book runs in shadow."""
    page.goto(f"{address}/policies?enterprise={MINE}")
    told = section(page, "录入企业信息")
    for title, value in measure.facts.items():
        told.locator("select[name=told-fact]").select_option(label=title)
        field = told.locator("[name=told-value]")
        if field.evaluate("(one) => one.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)
        told.get_by_role("button", name="提交信息").click()
        expect(told.get_by_role("status")).to_contain_text("信息已记入档案")


def put_in_force(browser: Browser, address: str, measure: Measure) -> None:
    """A text becomes clauses in force: drafted, confirmed, in shadow with facts, agreed by two."""
    with (
        a_screen(browser, address, who=WRITER, path="/schemes") as writer,
        a_screen(browser, address, who=CHECKER, path="/schemes") as checker,
    ):
        draft_of_file(writer.page, measure)
        assert writer.barriers() == []
        page = checker.page
        page.reload()
        choose_book(page, measure.book)
        sign(page, "复核定稿", says="已登记：定稿")
        sign(page, "影子运行", says="已登记：影子")
        tell_facts(page, address, measure)
        assert checker.barriers() == []
        page.goto(f"{address}/schemes")
        choose_book(page, measure.book)
        expect(page.locator("[data-what=cost]")).to_have_text(f"+{measure.yuan}")
        sign(page, "提请生效", says="已提请", reason="会议决定")
        assert writer.faults == checker.faults == []
    agree(browser, address, book=measure.book, who=ADMIN)


def settle(page: Page, address: str, *, title: str, outcomes: tuple[str, ...]) -> None:
    """Open the application for a scheme in the queue, and end its steps so."""
    page.goto(f"{address}/schemes/queue")
    page.locator("select[name=turn]").select_option("")  # Also what waits until it is published.
    page.get_by_role("listitem").get_by_role(
        "button", name=re.compile(f"^{re.escape(title)}")
    ).click()
    step = page.get_by_role("region", name=re.compile("^办件"), exact=False).last
    for outcome in outcomes:
        way = step.get_by_role("button", name=re.compile(rf"^\d {outcome}$"))
        expect(way).to_be_enabled()
        step.locator("input[name=reason]").fill("已核对")
        way.click()
        expect(way).to_have_count(0)


def pay(approver: Page, address: str, *, name: str, browser: Browser) -> None:
    """One person proposes a payment list, another agrees, and it is in the log."""
    approver.goto(f"{address}/schemes/budget")
    lists = section(approver, "拨付清单")
    lists.locator("input[name=list]").fill(name)
    lists.locator("input[name=listReason]").fill("按周拨付")
    lists.get_by_role("button", name="提请拨付清单").click()
    expect(approver.get_by_role("status").last).to_contain_text("等待另一人同意")
    with a_screen(browser, address, who=ADMIN, path="/schemes/budget") as second:
        waiting = second.page.get_by_role("article", name=name)
        waiting.get_by_role("button", name="同意", exact=True).click()
        expect(second.page.get_by_role("status").last).to_contain_text("已同意")
        expect(section(second.page, "拨付清单")).to_contain_text(f"{CHECKER} + {ADMIN}")
        assert second.faults == []


def saved_proof(page: Page, award: Locator, *, into: Path) -> None:
    """Download the proof of an award."""
    with page.expect_download() as loading:
        award.get_by_role("link", name="下载证明").click()
    loading.value.save_as(into)


def proven_fen(office: World, file: Path) -> int:
    """What a downloaded proof proves offline, with the log's public key alone; fen."""
    proof = json.loads(file.read_text(encoding="utf-8"))
    note = verify_checkpoint(proof["note"], log_key(office.folder, name=Config().name).verifier)
    path = [bytes.fromhex(one) for one in proof["path"]]
    leaf = leaf_hash(proof["leaf"].encode())
    assert verify_inclusion(leaf, path, index=proof["index"], size=note.size, root=note.root)
    assert json.loads(proof["leaf"])["amount_fen"] == proof["award"]["amount_fen"]
    return int(proof["award"]["amount_fen"])
