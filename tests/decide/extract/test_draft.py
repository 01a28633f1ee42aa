"""Drafts: what is exact is computed, what is not is asked, nothing is left out."""

import pytest

from haihe.decide.extract import extract, make_document, write_draft
from haihe.decide.scheme import (
    Library,
    check_library,
    gather,
    match,
    read_library,
    write_book,
)
from haihe.decide.scheme.clause import Status
from haihe.decide.scheme.quantity import parse_day

DAY = parse_day("2027-01-01")
FORCE = "本办法自2026年9月1日起施行，有效期3年。"


def drafted(text: str) -> tuple[str, Library]:
    document = make_document(text, name="示范〔2026〕1号")
    draft = write_draft(document, extract(document), prefix="d")
    library = read_library({"draft.yaml": draft})
    problems = [str(one) for one in check_library(library) if not one.warning]
    assert not problems, draft
    return draft, library


@pytest.mark.parametrize(
    ("sentence", "benefit"),
    [
        ("按照研发费用的20%给予补助，最高500万元。", "share: 20%, of: research, up_to: 500万元"),
        ("按照采购云服务支出的20%给予补助。", "share: 20%, of: d-base-2"),
        ("给予一次性50万元奖励。", "amount: 50万元"),
        ("给予最高200万元支持。", "up_to: 200万元"),
        ("每引进一名博士给予3万元补助。", "each: 3万元, of: d-count-"),
        (
            "营业收入首次超过1亿元、5亿元的企业，分别给予20万元、50万元奖励。",
            "highest: [{amount: 20万元, when: {fact: revenue, 超过: 1亿元}}, "
            "{amount: 50万元, when: {fact: revenue, 超过: 5亿元}}]",
        ),
        ("每人给予2000元补贴。", "each: 2000元, of: d-count-4"),
        ("按照“一事一议”给予支持。", "discretionary: yes"),
        ("给予最高5万美元补贴。", "discretionary: yes"),
        ("按照不超过投入30%的比例给予补贴，最高80万元。", "up_to: 80万元"),
        ("按照不超过投入30%的比例给予补贴。", "discretionary: yes"),
        ("给予10万元至50万元奖励。", "discretionary: yes"),
        ("国家级、省级分别给予100万元、50万元奖励。", "highest: [{amount: 100万元, when:"),
    ],
)
def test_only_what_is_exact_becomes_a_formula(sentence: str, benefit: str) -> None:
    draft, _ = drafted(sentence)
    assert f"benefit: {{{benefit}" in draft


def test_a_condition_asks_a_standard_fact_and_words_become_a_question() -> None:
    draft, library = drafted(
        f"对在本区注册的软件企业，上年度营业收入2000万元以上的，给予50万元奖励。{FORCE}"
    )
    assert "require: {fact: revenue, 以上: 2000万元}" in draft
    assert '{kind: yes_no, zh: "在本区注册的软件企业", en: "to be confirmed"}' in draft
    book = write_book(library.schemes, library.schema, day=DAY, drafts=True)
    known = {"revenue": "3000万元"}
    name = next(one.name for one in library.schema.facts if "confirm" in one.name)
    rows = [known, {**known, name: "yes"}, {**known, name: "no"}]
    (hits,) = match(book, gather(library.schema, rows))
    assert (hits.unknown.tolist(), hits.eligible.tolist()) == ([0], [1])
    assert hits.amounts.tolist() == [50_000_000]


def test_a_draft_is_in_no_book_that_anything_is_paid_from() -> None:
    _, library = drafted(f"给予软件企业50万元奖励。{FORCE}")
    (version,) = library.schemes[0].versions
    assert version.status is Status.DRAFT
    assert not any(write_book(library.schemes, library.schema, day=DAY).rules)


def test_without_a_first_day_a_draft_is_never_in_force() -> None:
    draft, library = drafted("给予软件企业50万元奖励。")
    assert "from: 9999-12-31  # to be confirmed" in draft
    assert not any(write_book(library.schemes, library.schema, day=DAY, drafts=True).rules)


def test_every_number_has_its_place_and_nothing_is_left_out() -> None:
    text = (
        "对软件企业按照研发费用的20%给予补助，最高500万元。同一事项就高不重复。给予平台10万元奖励。"
        "资金由市、区财政按6:4比例分担。到2028年，企业达到300家。良好氛围不断形成。"
        f"（责任单位：区科技局）{FORCE}"
    )
    draft, library = drafted(text)
    for number in ("20%", "500万元", "10万元"):
        at = text.index(number)
        assert f"{number} at [{at}, {at + len(number)}]" in draft
    assert [one.name for one in library.stacking.groups] == ["d-once"]
    assert "purses: [{id: city, zh: 市, share: 60%}, {id: district, zh: 区县, share: 40%}]" in draft
    for told in ("目标 (target) [", "责任单位 (owner) [", "(effective) [", "# words [", "良好氛围"):
        assert told in draft
    span = library.schemes[0].versions[0].source
    assert span is not None
    assert text[span.start : span.end].startswith("对软件企业")


def test_hostile_letters_do_not_break_the_draft() -> None:
    drafted('对"} x: [\x07\u2028\u0085]企业，给予10万元奖励。\n#: {\n- 给予20万元奖励')


def test_a_text_without_support_gives_an_empty_draft() -> None:
    draft, library = drafted("营造良好氛围。")
    assert not library.schemes
    assert "营造良好氛围" in draft
