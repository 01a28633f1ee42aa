"""Papers and digests in a real browser: photographed with a phone, opened from the queue."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from haihe.run.thread import named_files
from haihe.serve.access import Role
from tests.pictures import PDF, png
from tests.serve.awarding import ADMIN, CHECKER, FIRM, section
from tests.serve.browsing import BARE, a_screen, fits_a_phone, needs_browser, serving, texts_of
from tests.serve.office import MINE, an_office, put_in_force, today
from tests.serve.people import another, first
from tests.serve.world import World

GRANT = "企业研发投入补助"
ENDING = f"""schemes:
  - {{id: soon-over, zh: 将止补贴, en: Grant that ends, issuer: {{zh: 局, en: Bureau}},
     versions: [{{from: 2026-01-01, to: {today(ahead=7)}, status: final,
       conditions: [{{id: here, zh: 在本区, en: here,
                      require: {{fact: registered_here, is: yes}}}}],
       benefit: {{amount: 5万元}}}}]}}
"""

pytestmark = needs_browser


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The zone with an officer and an enterprise, and a scheme that is soon over."""
    with an_office(tmp_path_factory.mktemp("papers")) as made:
        put_in_force(made, "ending", text=ENDING)
        admin = first(made, ADMIN)
        another(admin, CHECKER, Role.OFFICER)
        another(admin, FIRM, Role.ENTERPRISE, owner=MINE)
        yield made


@pytest.fixture(scope="module")
def address(office: World) -> Iterator[str]:
    with serving(office) as found:
        yield found


def photographs(page: Page, folder: Path) -> None:
    """The enterprise files what a grant asks for: a photo from its phone, and a PDF."""
    photo, ledger = folder / "certificate.png", folder / "辅助账.pdf"
    photo.write_bytes(png(3_000, 1_300, shade=90))
    ledger.write_bytes(PDF)
    grant = section(page, "现在可享").get_by_role("article", name=GRANT)
    grant.get_by_role("button", name="申请").click()
    expect(grant).to_contain_text("需要的材料：上年度审计报告、研发费用辅助账")
    grant.locator("select[name=paper]").select_option(label="上年度审计报告")
    grant.get_by_role("button", name="提交", exact=True).click()
    expect(grant.get_by_role("alert")).to_contain_text("请先选择文件或拍照")
    grant.locator("input[name=photo]").set_input_files(photo)
    grant.locator("input[name=valid-to]").fill(today(ahead=7))
    grant.get_by_role("button", name="提交", exact=True).click()
    expect(grant).to_contain_text("需要的材料：研发费用辅助账")
    expect(grant).to_contain_text(
        f"档案中已有，自动附上：上年度审计报告（有效期至 {today(ahead=7)}）"
    )
    grant.locator("input[name=file]").set_input_files(ledger)
    grant.get_by_role("button", name="提交", exact=True).click()
    expect(grant.locator("select[name=paper]")).to_have_count(0)
    grant.get_by_role("button", name="确认").click()
    mine = section(page, "我的申请").get_by_role("article", name=GRANT)
    expect(mine.get_by_role("link", name="certificate.png.jpg")).to_be_visible()


def test_a_certificate_photographed_with_a_phone_is_opened_from_the_queue(
    browser: Browser, address: str, office: World, tmp_path: Path
) -> None:
    with (
        a_screen(browser, address, who=FIRM, path="/policies") as firm,
        a_screen(browser, address, who=CHECKER, path="/schemes/queue") as officer,
    ):
        page = firm.page
        fits_a_phone(page)
        soon = section(page, "尽快办理").get_by_role("article", name="将止补贴")
        expect(soon).to_contain_text(f"最后一天 {today(ahead=7)}，还有")
        photographs(page, tmp_path)
        papers = section(page, "证照与材料")
        expect(papers).to_contain_text("上年度审计报告 · 将到期")
        expect(papers).to_contain_text(f"可用于：{GRANT}")
        papers.get_by_role("button", name="提交材料").click()
        fits_a_phone(page)
        assert firm.barriers() == []
        kept = named_files(office.node.log).values()
        assert {one.media_type for one in kept} == {"image/jpeg", "application/pdf"}

        queue = officer.page
        queue.get_by_role("listitem").get_by_role("button", name=re.compile(GRANT)).click()
        step = queue.get_by_role("region", name=re.compile("^办件")).last
        expect(step).to_contain_text("申请材料")
        with queue.expect_popup() as opened:
            step.get_by_role("link", name="打开: 上年度审计报告").click()
        expect(opened.value.locator("img")).to_be_visible()
        opened.value.close()
        with queue.expect_download() as saved:
            step.get_by_role("link", name="打开: 研发费用辅助账").click()
        assert saved.value.suggested_filename == "辅助账.pdf"
        assert officer.barriers() == []

        papers.get_by_role("button", name="撤回: 上年度审计报告").click()
        expect(papers.get_by_role("status")).to_contain_text("已提交的申请仍保留")
        queue.reload()
        queue.get_by_role("listitem").get_by_role("button", name=re.compile(GRANT)).click()
        expect(step).to_contain_text("certificate.png.jpg")
        expect(step).to_contain_text("已撤回")
        page.get_by_role("button", name="English").click()
        expect(section(page, "Certificates and papers")).to_contain_text("no end")
        assert BARE.findall(texts_of(page)) == []
        assert firm.faults == officer.faults == []


def test_an_officer_says_when_digests_go_out_by_themselves(browser: Browser, address: str) -> None:
    with a_screen(browser, address, who=CHECKER, path="/schemes/report") as screen:
        form = section(screen.page, "向已同意推送的企业发送政策速递")
        expect(form).to_contain_text("尚未设定自动发送")
        form.locator("select[name=weekday]").select_option(label="星期二")
        form.locator("input[name=time]").fill("08:30")
        form.get_by_role("button", name="设定自动发送").click()
        expect(form).to_contain_text("每周星期二 08:30 自动发送")
        expect(form).to_contain_text("下一期：")
        fits_a_phone(screen.page)
        assert screen.barriers() == []
        form.get_by_role("button", name="停止自动发送").click()
        expect(form).to_contain_text("尚未设定自动发送")
        screen.page.get_by_role("button", name="English").click()
        assert BARE.findall(texts_of(screen.page)) == []
        assert screen.faults == []
