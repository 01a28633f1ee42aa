"""Sentences of our own in the style of policies: each clause, its kind and its fields."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bench.schemes_parts.extraction import OWN
from haihe.decide.extract import Clause, Document, Kind, Role, extract, fields, make_document
from haihe.decide.extract.lexicon import LEXICON, WORDS, Tag
from haihe.feed.document.letters import letters_of

TEXTS = [json.loads(line) for line in Path(OWN).read_text(encoding="utf-8").splitlines()]


def read(text: str) -> list[tuple[Clause, dict[str, Any]]]:
    document = make_document(text, name="a", letters=letters_of(text))
    return [(one, dict(fields(document, one))) for one in extract(document).clauses]


@pytest.mark.parametrize("told", TEXTS, ids=lambda told: told["text"][:16])
def test_each_clause_is_found_once_with_what_it_says(told: dict[str, Any]) -> None:
    found = read(told["text"])
    assert len(found) == len(told["clauses"])
    for (clause, said), label in zip(found, told["clauses"], strict=True):
        at = told["text"].index(label["begins"])
        assert clause.start <= at < clause.end
        assert {name: said.get(name) for name in label["fields"]} == label["fields"]


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("营业收入2000万元以上的企业，给予10万元奖励。", {"revenue_ge": 20_000_000}),
        ("营业收入超过2000万元的企业，给予10万元奖励。", {"revenue_gt": 20_000_000}),
        ("营业收入不满2000万元的企业，给予10万元奖励。", {"revenue_lt": 20_000_000}),
        ("营业收入2000万元以下的企业，给予10万元奖励。", {"revenue_le": 20_000_000}),
        ("营业收入不低于2000万元的企业，给予10万元奖励。", {"revenue_ge": 20_000_000}),
        ("营业收入2000万元（不含本数）以上的企业，给予10万元奖励。", {"revenue_gt": 20_000_000}),
        ("营业收入２０００万元以上的企业，给予10万元奖励。", {"revenue_ge": 20_000_000}),
        ("营业收入二千万元以上的企业，给予10万元奖励。", {"revenue_ge": 20_000_000}),
        ("营业收入2,000万元以上的企业，给予10万元奖励。", {"revenue_ge": 20_000_000}),
    ],
)
def test_words_of_the_law_include_or_exclude_the_number(text: str, bounds: dict[str, int]) -> None:
    ((_, said),) = read(text)
    assert said["condition"] == [bounds]
    assert said["amount"] == 100_000


def test_what_is_reached_is_never_a_promise() -> None:
    kinds = [clause.kind for clause, _ in read(
        "截至2025年底，已建成孵化器12家。到2028年，建成孵化器30家。"
    )]  # fmt: skip
    assert kinds == [Kind.ACHIEVED, Kind.TARGET]


def test_case_by_case_is_discretionary_and_has_no_number() -> None:
    ((clause, said),) = read("对特别重大的项目，按“一事一议”给予支持。")
    assert said["discretionary"] is True
    assert not [part for part in clause.parts if part.quantity is not None]


def test_who_comes_second_inherits_the_case_of_the_first() -> None:
    _, second = read(
        "项目验收合格且产业化的，给予发布方最高100万元支持，给予承接方最高200万元支持。"
    )
    assert second[1]["condition"] == ["项目验收合格", "产业化"]
    assert (second[1]["beneficiary"], second[1]["cap"]) == ("承接方", 2_000_000)


def test_another_currency_is_never_taken_for_yuan() -> None:
    ((_, said),) = read("对境外参展的企业，给予最高5万美元补贴。")
    assert said["currency"] == ["美元"]


def test_a_text_of_nothing_gives_nothing() -> None:
    for text in ("", "\n\n", "。。。", "   ", "（（（", "……"):
        told = extract(make_document(text))
        assert not told.clauses


LETTERS = some.sampled_from(
    [
        *"，。；、：（）“”《》\n 的",
        *LEXICON.words,
        "500万元",
        "20%",
        "1:1",
        "2026年9月1日",
        "3年",
        "百万",
        "\t",
        "补助标准（万元）",
        "\n（一）",
        "符合下列条件之一：\n",
        "不予支持",
    ]
)


@settings(max_examples=150, deadline=None)
@given(some.lists(LETTERS, max_size=25).map("".join))
def test_any_text_is_read_whole_with_every_span_in_its_place(text: str) -> None:
    document = make_document(text)
    told = extract(document)
    spans = sorted(
        [(one.start, one.end) for one in told.clauses]
        + [(one.start, one.end) for one in told.unread]
        + [(one.start, one.end) for one in told.headings]
    )
    assert all(0 <= start < end <= len(text) for start, end in spans)
    for clause in told.clauses:
        fields(document, clause)
        for part in clause.parts:
            assert 0 <= part.start < part.end <= len(text)
    covered = {at for start, end in spans for at in range(start, end)}
    left = {text[at] for at in range(len(text)) if at not in covered}
    assert left <= numbering(document)


def numbering(document: Document) -> set[str]:
    """What stands between clauses: signs, blanks, numbering."""
    signs = set("，。；、：（）“”《》\n\t .！？")
    return signs | set("第一二三四五六七八九十百零条章节款是0123456789") | {"①"}


def test_no_word_has_two_tags_and_signs_have_theirs() -> None:
    assert LEXICON.words["，"] is Tag.COMMA
    assert LEXICON.words["给予"] is Tag.GIVE
    told = [word for tag in WORDS for word in WORDS[tag].split()]
    doubled = {word for word in told if told.count(word) > 1}
    assert doubled == set()


def test_demands_of_alternatives_are_in_groups_of_their_own() -> None:
    ((clause, said),) = read("营业收入超过1亿元或者从业人员超过200人的企业，给予50万元奖励。")
    assert clause.any
    assert said["condition"] == [{"revenue_gt": 100_000_000}, {"staff_gt": 200}]
    assert {part.group for part in clause.of(Role.DEMAND)} == {0, 1}
