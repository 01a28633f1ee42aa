"""Numbers as Chinese texts write them: 1,000, 1.5, 三十五, 二〇二六, 百万; exact, never a float."""

from decimal import Decimal
from typing import Final

DIGITS: Final = {
    **{sign: at for at, sign in enumerate("零一二三四五六七八九")},
    **{sign: at for at, sign in enumerate("〇壹贰叁肆伍陆柒捌玖")},
    "两": 2, "○": 0,
}  # fmt: skip
SMALL: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
LARGE: Final = {"万": 10**4, "亿": 10**8}
HAN: Final = "".join((*DIGITS, *SMALL, *LARGE))


def parse_number(text: str) -> Decimal:
    """What an Arabic, Chinese or mixed number comes to.

    text: as 1,000.5 or 三百五十 or 5千万; no unit, no blank.
    Raises ValueError if it is none.

    >>> [int(parse_number(one)) for one in ("1，200", "三百零五", "二〇二六", "百万", "1.5亿")]
    [1200, 305, 2026, 1000000, 150000000]
    """
    head = text.rstrip("".join((*SMALL, *LARGE)))
    if head and head[0].isascii():
        number = Decimal(head.replace("，", "").replace(",", ""))
        return number * _scale(text[len(head) :])
    if text and all(sign in DIGITS for sign in text):
        return Decimal("".join(str(DIGITS[sign]) for sign in text))
    return Decimal(_han(text))


def _scale(signs: str) -> int:
    """百万 -> 1,000,000: the product of all."""
    scale = 1
    for sign in signs:
        scale *= SMALL.get(sign) or LARGE[sign]
    return scale


def _han(text: str) -> int:
    total, section, digit = 0, 0, None
    for sign in text:
        if sign in DIGITS:
            digit = DIGITS[sign]
        elif sign in SMALL:
            section += (1 if digit is None else digit) * SMALL[sign]
            digit = None
        elif sign in LARGE:
            section += digit or 0
            # 万亿: a scale of a scale; 五千万 is a section of its own.
            total = (
                (total + section or 1) * LARGE[sign]
                if section == 0
                else total + (section * LARGE[sign])
            )
            section, digit = 0, None
        else:
            raise ValueError(f"'{text}' is no number: '{sign}' is no digit.")
    return total + section + (digit or 0)
