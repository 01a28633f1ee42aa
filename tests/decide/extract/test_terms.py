"""What a text says of all its schemes, and where it stands in the draft."""

import pytest

from haihe.decide.extract import extract, make_document, write_draft
from haihe.decide.scheme import check_library, read_library

LISTED = """一、门店
对首店给予20万元奖励。
对旗舰店给予30万元奖励。
以上两项奖励每个企业每年合计不超过40万元。
二、展会
对展会给予10万元奖励。
三、附则
同一企业每年享受本措施各项资金总额不超过100万元。
"""


def drafted(text: str) -> str:
    document = make_document(text, name="a")
    draft = write_draft(document, extract(document), prefix="d")
    library = read_library({"a.yaml": draft})
    assert not [one for one in check_library(library) if not one.warning], draft
    return draft


def test_a_limit_over_several_awards_is_a_cap_and_no_scheme() -> None:
    draft = drafted(LISTED)
    assert draft.count("  - id: d-") == 3
    assert "cap: 40万元, per: legal_person, of: [d-1, d-2]}" in draft
    assert "cap: 100万元, per: legal_person, of: [d-1, d-2, d-3]}" in draft


def test_a_limit_over_awards_that_are_not_there_stands_for_itself() -> None:
    draft = drafted("以上两项奖励每个企业每年合计不超过40万元。")
    assert ("up_to: 40万元" in draft, "stacking" in draft) == (True, False)


@pytest.mark.parametrize(
    ("text", "stages"),
    [
        ("对总部给予600万元奖励，按5:3:2的比例分三年拨付。", ["50%", "30%", "20%"]),
        ("对总部给予最高600万元奖励，按40%、60%的比例分两年兑现。", ["40%", "60%"]),
        (
            "对总部给予9万元奖励（第一年3.6万元，第二年5.4万元，第三年0万元）。",
            ["40%", "60%", "0%"],
        ),
    ],
)
def test_how_an_award_is_paid_over_years_is_its_stages(text: str, stages: list[str]) -> None:
    draft = drafted(text)
    told = draft.partition("stages: [")[2].partition("]")[0]
    assert [one.split(": ")[-1].rstrip("}") for one in told.split("}, ")] == stages


def test_instalments_that_do_not_come_to_the_sum_are_no_stages() -> None:
    assert "stages:" not in drafted(
        "对总部给予9万元奖励（第一年4万元，第二年3万元，第三年1万元）。"
    )


def test_stages_of_all_awards_are_offered_beside_them() -> None:
    text = "对总部给予90万元奖励。\n奖励分3个阶段，分别按应奖励额的30%、30%和40%兑付。\n"
    draft = drafted(text)
    benefit = next(line for line in draft.splitlines() if "benefit:" in line)
    assert ("stages" in benefit, "for the benefits it is about: stages: [" in draft) == (
        False,
        True,
    )


def test_shares_that_differ_by_years_are_asked_of_a_person() -> None:
    draft = drafted("按其地方经济贡献给予企业奖励，前2年给予70%的奖励，后2年给予40%的奖励。")
    assert "highest: [{share: 70%, of: contribution, when:" in draft
    assert "属于“前2年”" in draft


def test_limits_of_levels_stand_within_the_levels() -> None:
    draft = drafted("按A类设备投资额的12%、B类设备投资额的8%给予补助，最高分别为300万元、200万元。")
    assert "up_to: 300万元, when:" in draft
    assert "up_to: 200万元, when:" in draft


def test_a_conflict_with_other_texts_excludes_nothing_of_this_one() -> None:
    awards = "对甲企业给予1万元奖励。\n对乙企业给予2万元奖励。\n"
    other = "与其他政策规定不一致的，按就高不重复原则办理。"
    inner = "同时符合本措施两项以上条款的，按就高不重复原则办理。"
    assert (
        "highest: [d-1" in drafted(awards + other),
        "highest: [d-1" in drafted(awards + inner),
    ) == (
        False,
        True,
    )


def test_a_definition_is_no_condition_of_the_schemes() -> None:
    text = "对企业给予1万元奖励。\n固定资产投资2亿元以上的工业项目为重点项目。\n"
    draft = drafted(text)
    assert "require: {fact: fixed_investment" not in draft
    assert "# 条件 (condition)" in draft


def test_a_condition_is_for_the_least_part_of_the_outline_that_gives_something() -> None:
    text = (
        "一、支持范围\n（一）药品。年销售额不低于5000万元。对新药给予20万元奖励。\n"
        "（二）商标。对商标给予5万元奖励。\n"
    )
    first, second = drafted(text).split("  - id: d-2")
    assert ("fact: sales" in first, "fact: sales, " in second) == (True, False)


def test_a_share_that_no_part_has_is_told_at_the_end() -> None:
    draft = drafted("对平台前三年每年给予10万元奖励，后两年减半。")
    assert "# beside [" in draft
