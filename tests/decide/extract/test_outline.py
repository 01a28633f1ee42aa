"""Whole documents: headings, lists of conditions, tables, and what they do to the draft."""

import pytest

from haihe.decide.extract import Kind, Role, extract, fields, make_document, write_draft
from haihe.decide.extract.outline import titles
from haihe.decide.scheme import check_library, read_library

TEXT = """关于促进智能装备产业发展的若干措施
滨政规〔2026〕3号
第一章 总则
第一条 【申报条件】申报企业应当同时符合下列条件：
（一）在本区登记注册满1年；
（二）未被列入严重失信主体名单。
第二章 支持措施
第二条 支持技术改造。
1.设备补助。对技术改造项目，按设备投资额的12%给予补助，最高1000万元。
2.贷款贴息。对企业用于改造的贷款，给予最高200万元贴息。
第三条 有下列情形之一的，不予支持：
（一）资产负债率超过70%的；
（二）提供虚假材料的。
第四条 营造良好氛围。
"""


def said(text: str) -> list[dict[str, object]]:
    document = make_document(text, name="a")
    return [dict(fields(document, one)) for one in extract(document).clauses]


def drafted(text: str) -> str:
    document = make_document(text, name="a")
    draft = write_draft(document, extract(document), prefix="d")
    library = read_library({"draft.yaml": draft})
    assert not [one for one in check_library(library) if not one.warning], draft
    return draft


def test_headings_are_no_gaps_and_a_lone_sentence_is_no_heading() -> None:
    document = make_document(TEXT)
    told = extract(document)
    words = [document.text[one.start : one.end] for one in told.headings]
    assert {"总则", "支持措施", "支持技术改造", "设备补助", "贷款贴息"} <= set(words)
    unread = [document.text[one.start : one.end] for one in told.unread]
    assert unread == ["提供虚假材料的", "营造良好氛围"]


def test_a_scheme_has_the_heading_it_stands_under() -> None:
    draft = drafted(TEXT)
    assert 'zh: "设备补助"' in draft
    assert 'zh: "贷款贴息"' in draft
    document = make_document(TEXT)
    told = extract(document)
    at = TEXT.index("有下列情形")
    assert titles(document.folded, told.headings, starts=[at]) == [""]


def test_the_items_of_a_list_of_conditions_are_conditions_in_words() -> None:
    conditions = [one["all"] for one in said(TEXT) if one["kind"] == "condition"]
    assert conditions == [[{"founded_ge": 1}], ["未被列入严重失信主体名单"]]


def test_who_gets_nothing_is_never_asked_as_a_condition() -> None:
    assert "资产负债率" not in drafted(TEXT).split("# Said beside")[0]


def test_a_list_of_which_one_is_enough_is_one_condition() -> None:
    text = (
        "申报企业应当符合下列条件之一：\n（一）上年度营业收入不低于2000万元；\n"
        "（二）获得国家级专精特新企业称号。\n对企业给予10万元奖励。"
    )
    told = extract(make_document(text)).clauses
    assert [(one.kind, one.any) for one in told] == [(Kind.CONDITION, True), (Kind.SUPPORT, False)]
    assert "require: {any: [{all: [{fact: revenue, 以上: 2000万元}]}, {all: [" in drafted(text)


def test_conditions_of_an_article_that_gives_something_are_for_it_alone() -> None:
    text = (
        "第一条 申报企业须具有独立法人资格，注册满1年。\n"
        "第二条 上年度研发投入不低于500万元。对企业给予10万元奖励。\n"
        "第三条 对平台给予20万元奖励。\n"
    )
    first, second = drafted(text).split("  - id: d-2")
    assert ("fact: research" in first, "fact: research" in second) == (True, False)
    assert ("age_of: founded" in first, "age_of: founded" in second) == (True, True)


TABLE = """附件：补助标准表
序号\t项目类别\t补助标准（万元）\t责任单位
1\t国家级绿色工厂\t60\t区工信局
2\t能源管理中心\t按投资额的10%，最高80万元\t区发改委、区财政局
"""


def test_a_row_of_a_table_is_read_by_the_heads_of_its_columns() -> None:
    told = [one for one in said(TABLE) if one["kind"] == "support"]
    assert (told[0]["condition"], told[0]["amount"]) == (["国家级绿色工厂"], 600_000)
    assert (told[1]["condition"], told[1]["share"]) == (["能源管理中心"], 0.1)
    assert told[1]["cap"] == 800_000
    owners = [one["depts"] for one in said(TABLE) if one["kind"] == "owner"]
    assert owners == [["区工信局"], ["区发改委", "区财政局"]]


def test_every_number_of_a_table_keeps_its_place() -> None:
    document = make_document(TABLE)
    for clause in extract(document).clauses:
        for part in clause.of(Role.AMOUNT, Role.CAP, Role.SHARE):
            assert document.text[part.start : part.end] in ("60", "10%", "80万元")


def test_a_table_without_a_head_is_read_cell_by_cell() -> None:
    (told,) = said("某项\t对企业给予50万元奖励\t备注")
    assert (told["amount"], told["beneficiary"]) == (500_000, "企业")


@pytest.mark.parametrize(
    "row", ["\t", "a\t", "\t\t\t", "1\t2\t3", "补助标准（万元）\t补助标准（万元）"]
)
def test_no_row_breaks_the_reader(row: str) -> None:
    drafted(f"项目\t补助标准（万元）\n{row}\n对企业给予50万元奖励。")


def test_a_limit_on_what_is_counted_is_no_condition() -> None:
    text = "对租用厂房的企业，按每平方米每月20元给予补贴，补贴面积不超过500平方米。"
    (told,) = said(text)
    assert "condition" not in told
    assert told["limits"] == {"area_le": 500}
    assert "# to be confirmed: 面积不超过500平方米 bounds what is counted" in drafted(text)


def test_what_is_counted_of_each_grade_adds_up() -> None:
    draft = drafted("引进博士、硕士的，分别按每人每月3000元、1500元给予补贴。")
    assert "benefit: {total: [{each: 3000元, of: d-count-" in draft
    assert "符合条件的博士数量（人·月）" in draft


def test_each_kind_has_its_title_in_the_draft() -> None:
    assert "# 责任单位 (owner) [" in drafted("对企业给予5万元奖励。（责任单位：区科技局）")
