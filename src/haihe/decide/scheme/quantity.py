"""Exact quantities of schemes: days, whole fen, shares in millionths, numbers with decimals.

Nothing here is a float: 500万元 is 500,000,000 fen, 12.5% is 125,000 millionths.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import Final

import numpy as np

from haihe.model.text import Text

MILLION: Final = 1_000_000  # Shares are whole millionths: parts per million.
DECIMALS_MAX: Final = 6  # So that every number is a whole count of millionths.
# Ours: 10 trillion yuan in fen, above any enterprise; leaves int64 room to multiply.
FACT_MAX: Final = 10**15
AMOUNT_MAX: Final = 10**17  # Ours: in fen; 64 of them still add up within int64.
SHARE_MAX: Final = 1000 * MILLION  # Ours: a thousand times the base is a slip of the pen.
FEN_PER_YUAN: Final = 100  # GB 32100 and the law of the currency: 1 yuan = 100 fen.

FEBRUARY: Final = 2  # The only month whose length changes.

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONEY: Final = re.compile(r"(-?[\d,]+(?:\.\d+)?)\s*(亿元|千万元|百万元|万元|元|角|分|yuan|fen)")
_FEN: Final = {
    "亿元": 10**10, "千万元": 10**9, "百万元": 10**8, "万元": 10**6, "元": 100, "角": 10, "分": 1,
    "yuan": 100, "fen": 1,
}  # fmt: skip
_LARGE: Final = ((10**10, "亿元"), (10**6, "万元"), (100, "元"))


def parse_day(text: str) -> int:
    """The day that ``2026-01-31`` names, as days since 1970-01-01.

    Raises ValueError if there is no such day.

    >>> parse_day("1970-01-02")
    1
    """
    if _DAY.fullmatch(text):
        try:
            return int(np.datetime64(text, "D").astype(np.int64))
        except ValueError:
            pass
    raise ValueError(f"'{text}' is no day; write it as 2026-01-31.")


def format_day(day: int) -> str:
    """A day as it is written.

    >>> format_day(1)
    '1970-01-02'
    """
    return str(np.datetime64(day, "D"))


def years_before(day: int, years: int) -> int:
    """The latest day from which that many full years have passed on ``day``.

    day: days since 1970.
    years: whole years; 0 or more.
    A year is full on the day of the same date, or on the month's last day if it has no such date.
    Source: Civil Code of the PRC, article 202.

    >>> format_day(years_before(parse_day("2026-02-28"), 2)), format_day(years_before(58, 2))
    ('2024-02-29', '1968-02-29')
    """
    year, month, of_month = (int(part) for part in format_day(day).split("-"))
    then = year - years
    if month == FEBRUARY and of_month == _february(year):
        # 29 February has no other date than the month's last in a common year.
        of_month = _february(then)
    return parse_day(f"{then:04d}-{month:02d}-{of_month:02d}")


def _february(year: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if leap else 28


def parse_money(text: str) -> int:
    """Whole fen of ``500万元``, ``1.5亿元``, ``1,000元``, ``300 yuan``.

    Raises ValueError if it has no unit, or is no whole number of fen.

    >>> parse_money("500万元"), parse_money("0.5元")
    (500000000, 50)
    """
    found = _MONEY.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"'{text}' is no amount of money; write it with its unit, as 500万元.")
    fen = Decimal(found[1].replace(",", "")) * _FEN[found[2]]
    return _whole(fen, f"'{text}' is no whole number of fen; leave out what is less than 1分.")


def format_money(fen: int) -> str:
    """Money in the largest unit that keeps it short and exact.

    >>> format_money(500_000_000), format_money(123_456), format_money(-50)
    ('500万元', '1234.56元', '-0.5元')
    """
    for unit, name in _LARGE:
        if (abs(fen) >= unit and fen * 100 % unit == 0) or unit == FEN_PER_YUAN:
            return f"{plain(Decimal(fen) / unit)}{name}"
    raise AssertionError(f"no unit for {fen}")


def say_money(fen: int) -> Text:
    """An amount as people write it in each language, exact; English has no 万元.

    >>> say_money(123_456_00)
    Text(zh='123,456元', en='123,456 yuan')
    """
    yuan, rest = divmod(abs(fen), FEN_PER_YUAN)
    sign, cents = "-" if fen < 0 else "", f".{rest:02d}" if rest else ""
    told = format_money(fen)
    is_short = told.endswith(("万元", "亿元"))
    return Text(
        zh=told if is_short else f"{sign}{yuan:,}{cents}元", en=f"{sign}{yuan:,}{cents} yuan"
    )


def parse_share(text: str) -> int:
    """Millionths of ``20%``, ``12.5％``, ``5‰`` or ``1:0.5``; the last is the second to the first.

    Raises ValueError if it is none, or finer than a millionth.

    >>> parse_share("12.5%"), parse_share("1:0.5")
    (125000, 500000)
    """
    told = text.strip().replace("％", "%").replace("：", ":")
    if told.endswith("%"):
        exact = parse_decimal(told[:-1]) / 100
    elif told.endswith("‰"):
        exact = parse_decimal(told[:-1]) / 1000
    elif told.startswith("1:"):
        exact = parse_decimal(told[2:])
    else:
        raise ValueError(f"'{text}' is no share; write it as 20% or 1:0.5.")
    return _whole(exact * MILLION, f"'{text}' is finer than a millionth; round it to 0.0001%.")


def format_share(millionths: int) -> str:
    """A share in percent.

    >>> format_share(125000)
    '12.5%'
    """
    return f"{plain(Decimal(millionths) / 10_000)}%"


def parse_scaled(text: str, decimals: int) -> int:
    """A number as a whole count of its last decimal.

    text: such as ``3.5``; commas between digits are left out.
    decimals: how many the field keeps; 0 to 6.
    Raises ValueError if it is no number or has more decimals.

    >>> parse_scaled("3.5", 2)
    350
    """
    mend = f"'{text}' has more than {decimals} decimals; round it, or let the field keep more."
    return _whole(parse_decimal(text).scaleb(decimals), mend)


def format_scaled(number: int, decimals: int) -> str:
    """A counted number as it is written.

    >>> format_scaled(350, 2)
    '3.5'
    """
    return plain(Decimal(number).scaleb(-decimals))


def parse_decimal(text: str) -> Decimal:
    """An exact number of finite size.

    Raises ValueError if it is none.
    """
    try:
        number = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        raise ValueError(f"'{text}' is no number; write digits, as 3.5.")
    if abs(number) > FACT_MAX:
        raise ValueError(f"'{text}' is beyond {FACT_MAX}; look for a slip of the unit.")
    return number


def plain(number: Decimal) -> str:
    """A decimal without exponent or idle zeros.

    >>> plain(Decimal("1.500")), plain(Decimal("2E+3"))
    ('1.5', '2000')
    """
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _whole(number: Decimal, mend: str) -> int:
    if number != number.to_integral_value():
        raise ValueError(mend)
    return int(number)
