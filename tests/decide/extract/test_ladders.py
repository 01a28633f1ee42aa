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
