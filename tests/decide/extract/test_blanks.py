"""Blanks of a layout within words: read without them, told where they stand."""

from haihe.decide.extract import extract, fields, make_document
from haihe.decide.extract.blanks import tighten

BROKEN = "第 1 2 条 对规上 企业，固定资 产投资 5 亿元及以 上的，给予企 业100万元奖励。"


def test_a_word_that_a_line_breaks_is_read_whole() -> None:
    document = make_document(BROKEN, name="a")
    (clause,) = extract(document).clauses
    said = fields(document, clause)
    assert (said["condition"], said["amount"]) == (
        [{"fixed_investment_ge": 500_000_000}],
        1_000_000,
    )


def test_every_part_stands_where_it_was_in_the_text() -> None:
    (clause,) = extract(make_document(BROKEN)).clauses
    numbers = [BROKEN[one.start : one.end] for one in clause.parts if one.quantity is not None]
    assert numbers == ["固定资 产投资 5 亿元及以 上", "100万元"]


def test_words_of_a_clause_are_told_without_the_blanks() -> None:
    text = "对新增并纳入统 计口径的企业，给予10万元奖励。"
    document = make_document(text)
    (clause,) = extract(document).clauses
    assert fields(document, clause)["beneficiary"] == "新增并纳入统计口径的企业"


def test_tabs_and_wide_gaps_part_columns_and_stay() -> None:
    for text in ("甲企业\t10万元", "甲企业   10万元", "100 200"):
        assert tighten(make_document(text)) is None
