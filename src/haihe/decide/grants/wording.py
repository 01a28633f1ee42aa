"""Amounts and reasons in both languages; English has no 万元."""

import re
from typing import Final

from haihe.decide.scheme.explain import Explanation, Told, Verdict
from haihe.decide.scheme.quantity import format_money
from haihe.model.text import Text

_MONEY: Final = re.compile(r"(-?\d+(?:\.\d+)?)(亿元|万元|元)")
_YUAN: Final = {"亿元": 100_000_000, "万元": 10_000, "元": 1}


def money(fen: int) -> Text:
    """An amount, exact.

    fen: whole fen.

    >>> money(123_456_00)
    Text(zh='123456元', en='123,456 yuan')
    """
    yuan, rest = divmod(abs(fen), 100)
    sign, cents = "-" if fen < 0 else "", f".{rest:02d}" if rest else ""
    return Text(zh=format_money(fen), en=f"{sign}{yuan:,}{cents} yuan")


def in_english(text: str) -> str:
    """An English text with its amounts in yuan.

    >>> in_english("revenue 1999.5万元, asked at least 2000万元")
    'revenue 19,995,000 yuan, asked at least 20,000,000 yuan'
    """

    def yuan(found: re.Match[str]) -> str:
        number = float(found[1]) * _YUAN[found[2]]
        return f"{number:,.2f}".removesuffix(".00") + " yuan"

    return _MONEY.sub(yuan, text)


def unmet(why: Explanation) -> tuple[Told, ...]:
    """Conditions that fail or are open, those that fail first."""
    found = [told for told in why.conditions if told.verdict is not Verdict.ELIGIBLE]
    return tuple(sorted(found, key=lambda told: told.verdict is Verdict.UNKNOWN))


def told_in_words(told: Told) -> Text:
    """One condition: what it asks and what was found."""
    return Text(
        zh=f"{told.title.zh}：{told.words.zh}",
        en=in_english(f"{told.title.en or told.name}: {told.words.en}"),
    )


def in_words(why: Explanation) -> Text:
    """What comes of holding an enterprise against a scheme, in one sentence."""
    open_ones = unmet(why)
    if open_ones:
        parts = [told_in_words(told) for told in open_ones]
        return Text(zh="；".join(one.zh for one in parts), en="; ".join(one.en for one in parts))
    if why.amount_fen is not None:
        amount = money(why.amount_fen)
        return Text(zh=f"条件全部符合，可得{amount.zh}", en=f"all conditions hold: {amount.en}")
    if why.up_to_fen is not None:
        amount = money(why.up_to_fen)
        return Text(
            zh=f"条件全部符合，最高{amount.zh}，由人工核定",
            en=f"all conditions hold: up to {amount.en}, set by a person",
        )
    return Text(zh="条件全部符合，金额一事一议", en="all conditions hold; the amount is negotiated")
