"""Quantities as texts write them."""

from decimal import Decimal

import pytest

from haihe.decide.extract.document import Run, make_document
from haihe.decide.extract.lexer import make_lexer
from haihe.decide.extract.lexicon import QUANTITIES, Tag
from haihe.decide.extract.numbers import parse_number
from haihe.decide.extract.rows import plain


@pytest.mark.parametrize(
    ("text", "tag", "value"),
    [
        ("500万元", Tag.MONEY, 5_000_000),
        ("1.5亿元", Tag.MONEY, 150_000_000),
        ("1,200元", Tag.MONEY, 1200),
        ("１２００元", Tag.MONEY, 1200),
        ("人民币3000元", Tag.MONEY, 3000),
        ("三百五十万元", Tag.MONEY, 3_500_000),
        ("5千万元", Tag.MONEY, 50_000_000),
        ("一百二十亿元", Tag.MONEY, 12_000_000_000),
        ("20%", Tag.SHARE, 0.2),
        ("12.5％", Tag.SHARE, 0.125),
        ("百分之三十", Tag.SHARE, 0.3),
        ("百分之二点五", Tag.SHARE, 0.025),
        ("千分之五", Tag.SHARE, 0.005),
        ("三分之一", Tag.SHARE, None),
        ("三成", Tag.SHARE, 0.3),
        ("一半", Tag.SHARE, 0.5),
        ("1:0.5", Tag.SHARE, 0.5),
        ("1∶1", Tag.SHARE, 1),
        ("50家", Tag.COUNT, 50),
        ("二十人", Tag.COUNT, 20),
        ("3年", Tag.LASTING, 3),
        ("60个工作日", Tag.LASTING, 60),
        ("2026年9月1日", Tag.DATE, "2026-09-01"),
        ("二〇二六年九月一日", Tag.DATE, "2026-09-01"),
        ("2026年9月", Tag.DATE, "2026-09"),
        ("2026年", Tag.DATE, "2026"),
        ("每年3月31日", Tag.DATE, "--03-31"),
        ("百万", Tag.NUMBER, 1_000_000),
    ],
)
def test_a_quantity_comes_to_what_it_says(text: str, tag: Tag, value: float | str | None) -> None:
    folded = make_document(text).folded
    (token,) = make_lexer().cut(folded, 0, end=len(folded))
    assert token.tag is tag
    if value is not None:
        assert plain(token.quantity) == value


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("10%—20%", Decimal("0.1"), Decimal("0.2")),
        ("100至500万元", 1_000_000, 5_000_000),
        ("100万元到500万元", 1_000_000, 5_000_000),
        ("3-5年", 3, 5),
    ],
)
def test_a_range_is_one_quantity_with_two_ends(text: str, low: int, high: int) -> None:
    folded = make_document(text).folded
    (token,) = make_lexer().cut(folded, 0, end=len(folded))
    assert token.quantity is not None
    assert [token.quantity.value, token.quantity.high] == [Decimal(low), Decimal(high)]


@pytest.mark.parametrize("text", ["5G", "第三", "一体化", "2026年13月1日的", "A股", "十四五"])
def test_names_are_no_quantities(text: str) -> None:
    tokens = make_lexer().cut(text, 0, end=len(text))
    assert not [one for one in tokens if one.tag in QUANTITIES and one.tag is not Tag.DATE]


def test_tokens_cover_the_text_but_for_its_blanks() -> None:
    text = make_document("对营业收入2000万元以上的企业,给予最高 50 万元 奖励(一次性)。").folded
    tokens = make_lexer().cut(text, 0, end=len(text))
    told = "".join(text[one.start : one.end] for one in tokens)
    assert told.replace(" ", "") == text.replace(" ", "")


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="'元' is no digit"):
        parse_number("十元")


def test_places_are_found_in_runs_and_folding_must_keep_length() -> None:
    document = make_document("ab\ncd", runs=[Run(0, 1, 1), Run(3, 2, 5)])
    assert (document.place(4).page, document.place(4).line, document.place(4).paragraph) == (
        2,
        5,
        2,
    )
    with pytest.raises(ValueError, match="fold one character into one"):
        type(document)("a", "ab", "a")
