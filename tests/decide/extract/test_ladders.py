"""Steps of one ladder are one award of several levels, and what comes on top is another."""

from haihe.decide.extract import Kind, extract, fields, make_document, write_draft


def said(text: str) -> list[dict[str, object]]:
    document = make_document(text, name="a")
    return [
        dict(fields(document, one)) for one in extract(document).clauses if one.kind is Kind.SUPPORT
    ]


def drafted(text: str) -> str:
    document = make_document(text, name="a")
    return write_draft(document, extract(document), prefix="d")


def test_three_steps_of_one_measure_are_one_scheme_that_gives_the_highest() -> None:
    text = "产值达到1亿元的，奖励20万元；达到3亿元的，奖励50万元；达到5亿元的，奖励80万元。"
    (award,) = said(text)
    assert award["amounts"] == [200_000, 500_000, 800_000]
    draft = drafted(text)
    assert draft.count("- id: d-") == 1
    assert "highest: [{amount: 20万元, when: {fact: output, 以上: 1亿元}}" in draft


def test_what_comes_on_top_of_a_step_stays_an_award_of_its_own() -> None:
    assert len(said("产值达到1亿元的，奖励20万元；达到3亿元的，再奖励30万元。")) == 2


def test_a_step_of_something_else_or_a_lower_one_is_no_ladder() -> None:
    assert len(said("产值达到3亿元的，奖励50万元；营业收入达到5亿元的，奖励20万元。")) == 2
    assert len(said("对餐厅经营满1年的，奖励1万元；对老店经营满2年的，奖励2万元。")) == 2
    assert len(said("产值达到3亿元的，奖励50万元；达到1亿元的，奖励20万元。")) == 2
    assert len(said("产值达到1亿元的，奖励20万元。\n产值达到3亿元的，奖励50万元。")) == 2


def test_a_limit_in_the_next_sentence_is_of_the_award_before_it() -> None:
    (award,) = said("获奖短片每分钟奖励500元。每部作品奖励总额不超过20万元。")
    assert (award["amount"], award["cap"], award["cap_per"]) == (500, 200_000, "作品")
    draft = drafted("获奖短片每分钟奖励500元。每部作品奖励总额不超过20万元。")
    assert draft.count("- id: d-") == 1
    assert "up_to: 20万元" in draft


def test_limits_for_parts_of_those_who_get_an_award_are_of_it_too() -> None:
    text = (
        "对新建厂房，按造价给予8%的补助。其中，高新区项目最高补助300万元，其他园区最高补助200万元。"
    )
    (award,) = said(text)
    assert award["caps"] == [
        {"level": "高新区项目", "cap": 3_000_000},
        {"level": "其他园区", "cap": 2_000_000},
    ]


def test_a_limit_behind_two_awards_or_in_another_paragraph_is_of_neither() -> None:
    two = "对长片奖励5万元。对漫画奖励2万元。每家企业奖励总额不超过50万元。"
    assert [one.get("cap") for one in said(two)] == [None, None, 500_000]
    between = (
        "对长片奖励5万元。（责任单位：市文旅局）对漫画奖励2万元。每家企业奖励总额不超过50万元。"
    )
    assert [one.get("cap") for one in said(between)] == [None, None, 500_000]
    apart = "对长片奖励5万元。\n每家企业奖励总额不超过50万元。"
    assert [one.get("cap") for one in said(apart)] == [None, 500_000]
    several = "对长片奖励5万元。以上两项奖励总额不超过50万元。"
    assert said(several)[0].get("cap") is None


def test_a_conflict_in_brackets_leaves_the_award_and_is_told_beside_it() -> None:
    text = "贷款按利息的30%给予贴息（与设备贷款贴息不重复享受），每户企业贴息总额最高80万元。"
    (award,) = said(text)
    assert (award["share"], award["cap"], award["per"]) == (0.3, 800_000, "企业")
    assert "# beside" in drafted(text)
