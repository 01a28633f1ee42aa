"""Text to tokens: quantities with what they come to, known words with their tags, the rest."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final

from msgspec import Struct

from haihe.decide.extract.lexicon import EACH_OF, LEXICON, Lexicon, Tag
from haihe.decide.extract.numbers import parse_number
from haihe.decide.extract.shapes import COUNTS, CURRENCIES, FIRSTS, LASTINGS, SHAPES
from haihe.decide.scheme.quantity import parse_day

LEXERS_MAX: Final = 64  # Ours: one is used; a bench that strikes words out has some dozen.

BARE: Final = ("万", "亿", "千", "百万", "千万", "百亿", "千亿", "万亿")
WHOLE: Final = {"一半": Decimal("0.5"), "减半": Decimal("0.5"), "全额": Decimal(1)}
MONTH: Final = 100  # So that 3月31日 is 331.
BEHIND: Final = frozenset({Tag.UP, Tag.DOWN, Tag.BEYOND, Tag.BELOW})


class Quantity(Struct, frozen=True, gc=False):
    """A number with its unit, as it stands.

    value: of the unit; a share as part of one, a day as days since 1970.
    unit: 元, 家, 年, %, 个百分点; "" where none is written.
    high: the upper end where a range is written (10%—20%); None if there is none.
    below: True if the upper end is left out, as of 1亿元（含）至3亿元: only one end is with 含.
    ratio: the parts of 1:1; empty for all else.
    precision: how far a date goes: day, month or year; yearly for one of each year, whose value is
        month times 100 plus day; "" for all else.
    """

    value: Decimal
    unit: str = ""
    high: Decimal | None = None
    below: bool = False
    ratio: tuple[Decimal, ...] = ()
    precision: str = ""


class Token(Struct, frozen=True, gc=False):
    """A piece of the text.

    tag: what it is.
    start, end: characters of the document.
    text: folded.
    quantity: of the tags M, S, C, T, D and N; None else.
    about: what a limit is for each of (企业), or the name of a measure; "" else.
    """

    tag: Tag
    start: int
    end: int
    text: str
    quantity: Quantity | None = None
    about: str = ""


class Lexer:
    """Cuts text by one compiled pattern; the words are the lexicon's."""

    def __init__(self, words: Mapping[str, Tag], *, measures: Mapping[str, str]) -> None:
        """Compile the pattern."""
        self._words = words
        self._measures = measures
        units = sorted(
            (*CURRENCIES, *LASTINGS, *COUNTS.split(), "%", "‰", "个百分点", "成"),
            key=len,
            reverse=True,
        )
        shapes = []
        for name, shape in SHAPES:
            body = _by_first(words) if name == "word" else shape
            body = body.replace("{units}", "|".join(map(re.escape, units)))
            shapes.append(f"(?P<{name}>{body})")
        firsts = "".join(re.escape(one) for one in sorted({*FIRSTS, *(word[0] for word in words)}))
        # Most letters begin nothing: one look at each is enough.
        self._pattern = re.compile(f"(?=[{firsts}])(?:{'|'.join(shapes)})")

    def cut(self, text: str, start: int, *, end: int) -> list[Token]:
        """The tokens of a stretch of a folded text; together they cover all but its blanks."""
        tokens: list[Token] = []
        at = start
        for found in self._pattern.finditer(text, start, end):
            token = self._token(found)
            if token is None:
                continue
            if found.start() > at:
                tokens.append(Token(Tag.TEXT, at, found.start(), text[at : found.start()]))
            tokens.append(token)
            at = found.end()
        if at < end:
            tokens.append(Token(Tag.TEXT, at, end, text[at:end]))
        return _ranges(_settled(tokens))

    def _token(self, found: re.Match[str]) -> Token | None:
        name, text = str(found.lastgroup), found[0]
        if name == "word":
            about = self._measures.get(text, "")
            return Token(self._words[text], found.start(), found.end(), text, None, about)
        if name in PLAIN:
            return Token(PLAIN[name], found.start(), found.end(), text)
        if name in KEPT:
            return None
        if name in EACH:
            return Token(Tag.EACH, found.start(), found.end(), text, None, EACH[name](text))
        tag, quantity = _quantity(found) if name == "quantity" else NUMBERED[name](text)
        if tag is None or quantity is None:
            return None
        return Token(tag, found.start(), found.end(), text, quantity)


@lru_cache(maxsize=LEXERS_MAX)
def _cached(words: tuple[tuple[str, Tag], ...], measures: tuple[tuple[str, str], ...]) -> Lexer:
    return Lexer(dict(words), measures=dict(measures))


def make_lexer(lexicon: Lexicon = LEXICON) -> Lexer:
    """The lexer of a lexicon, compiled once."""
    return _cached(tuple(lexicon.words.items()), tuple(lexicon.measures.items()))


def _by_first(words: Mapping[str, Tag]) -> str:
    """An alternation by first letter, longest first: what cannot match is left at once."""
    groups: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        groups.setdefault(word[0], []).append(re.escape(word[1:]))
    return "|".join(
        re.escape(first) + (f"(?:{'|'.join(rests)})" if any(rests) else "")
        for first, rests in groups.items()
    )


def _each(text: str) -> str:
    if text.startswith("同一"):
        told = text[2:].removeprefix("家").removeprefix("个")
        return EACH_OF.get(told.removeprefix("申报"), told)
    return EACH_OF[text[1:].lstrip("一1 ") or "个"]


def _one(text: str) -> str:
    """每引进一家: what stands behind the one."""
    return EACH_OF[re.split("[1一]", text)[-1].strip()]


def _step(text: str) -> str:
    """每新增1000万元: the step, as it stands."""
    return text.replace(" ", "")[1:]


def _slash(text: str) -> str:
    """元/平方米/月: each of them, in their order."""
    parts = re.split("[/·]", text.replace(" ", "")[1:].replace("㎡", "平方米"))
    told = [EACH_OF.get(one, one) for one in parts]
    return "year" if told == ["年"] else "·".join(told)


def _ratio(text: str) -> tuple[Tag, Quantity]:
    parts = tuple(Decimal(one) for one in re.split("[：:]", text.replace(" ", "")))
    return Tag.SHARE, Quantity(parts[1] / parts[0] if parts[0] else parts[1], "", ratio=parts)


def _anniversary(text: str) -> tuple[Tag, Quantity]:
    month, *day = (int(one) for one in re.findall(r"\d+", text))
    number = month * MONTH + (day[0] if day else 0)
    return Tag.DATE, Quantity(Decimal(number), precision="yearly")


def _quantity(found: re.Match[str]) -> tuple[Tag | None, Quantity | None]:
    unit = found["unit"] or ""
    if found["han"]:
        han = found["han"]
        large = len(han) > 1 and han[-1] in "万亿"
        if (not unit and not large) or (han in BARE and unit in CURRENCIES):
            return None, None  # （万元）: a unit, no sum.
        number = parse_number(han)
    else:
        if not unit and found.string[found.end() : found.end() + 1].isascii():
            behind = found.string[found.end() : found.end() + 1]
            if behind.isalpha():
                return None, None  # 5G, 3D: a name.
        number = parse_number(found["number"] + (found["scale"] or ""))
    if unit in CURRENCIES:
        return Tag.MONEY, Quantity(number, CURRENCIES[unit])
    if unit in ("%", "‰", "成", "个百分点"):
        scale = {"%": 100, "个百分点": 100, "‰": 1000, "成": 10}[unit]
        told = "个百分点" if unit == "个百分点" else "%"
        return Tag.SHARE, Quantity(number / scale, told)
    if unit in LASTINGS:
        return Tag.LASTING, Quantity(number, LASTINGS[unit])
    return (Tag.COUNT, Quantity(number, unit)) if unit else (Tag.NUMBER, Quantity(number))


def _fraction(text: str) -> tuple[Tag, Quantity]:
    if text in WHOLE:
        return Tag.SHARE, Quantity(WHOLE[text], "%")
    lower, upper = text.split("分之")
    whole, _, decimals = upper.partition("点")
    number = parse_number(whole)
    if decimals:
        number += parse_number(decimals) / (10 ** len(decimals))
    return Tag.SHARE, Quantity(number / parse_number(lower), "%")


def _date(text: str) -> tuple[Tag, Quantity | None]:
    parts = [part for part in re.split(r"[年月日—./\s]+", text) if part]
    try:
        numbers = [int(parse_number(part)) for part in parts]
        filled = (*numbers, 1, 1)[:3]
        day = parse_day("{:04d}-{:02d}-{:02d}".format(*filled))
    except ValueError:
        return Tag.DATE, None  # 2026年13月: no date; it stays text.
    return Tag.DATE, Quantity(Decimal(day), precision=("year", "month", "day")[len(numbers) - 1])


def _settled(tokens: list[Token]) -> list[Token]:
    """以上 and 内 mean something behind a number only; elsewhere they are letters of a word."""
    settled: list[Token] = []
    for token in tokens:
        if token.text.isspace():
            continue  # 的 10%: blanks of a layout part no phrase.
        behind = bool(settled) and (
            settled[-1].quantity is not None or settled[-1].tag is Tag.CLOSE
        )
        loose = token.tag in BEHIND and not behind
        if loose or token.tag is Tag.TEXT:
            if settled and settled[-1].tag is Tag.TEXT:
                token = _one_text(settled.pop(), token)  # noqa: PLW2901
            elif loose:
                token = Token(Tag.TEXT, token.start, token.end, token.text)  # noqa: PLW2901
        settled.append(token)
    return settled


def _one_text(first: Token, second: Token) -> Token:
    return Token(Tag.TEXT, first.start, second.end, first.text + second.text)


# Shapes that are a tag, whatever they say; those that say for each of what; those with a number.
PLAIN: Final = {
    "during": Tag.DURING, "until": Tag.GOAL, "conflict": Tag.CONFLICT, "yearly": Tag.YEARLY,
    "past": Tag.DONE, "lasts": Tag.LASTS, "staged": Tag.STAGED, "fit": Tag.HEAD, "owner": Tag.LED,
    "up": Tag.UP, "beyond": Tag.BEYOND, "down": Tag.DOWN, "below": Tag.BELOW, "among": Tag.LIST,
    "with": Tag.WITH, "issue": Tag.SETUP, "meets": Tag.AT_LEAST,
}  # fmt: skip
# What is no token stays text: 20:00—22:00 is no ratio, 〔2017〕84号 no number, （含）至 is read
# with its range.
KEPT: Final = frozenset({"clock", "until_with", "numbered"})
EACH: Final = {"each": _each, "slash": _slash, "one": _one, "step": _step}
NUMBERED: Final[Mapping[str, Callable[[str], tuple[Tag, Quantity | None]]]] = {
    "day": _date, "anniversary": _anniversary, "ratio": _ratio, "fraction": _fraction,
}  # fmt: skip
RANGE: Final = re.compile(r"\s*(?P<with>（含[^（）]{0,12}）)?\s*(?:—+|至|到|～)\s*")


def _ranges(tokens: list[Token]) -> list[Token]:
    """10%—20%, 100至500万元: two quantities and what joins them become one."""
    joined: list[Token] = []
    for at, token in enumerate(tokens):
        up = len(joined) > 2 and joined[-2].tag is Tag.UP
        if up and _makes_range(joined[-3], joined[-1], token=token):
            del joined[-2]  # 100亩及以上至500亩: 以上 says nothing that the range does not.
        if len(joined) > 1 and _makes_range(joined[-2], joined[-1], token=token):
            first, between = joined[-2:]
            del joined[-2:]
            assert first.quantity is not None
            assert token.quantity is not None
            low, high = first.quantity.value, token.quantity.value
            if first.tag is Tag.NUMBER and token.tag is Tag.SHARE:
                low /= 100
            elif first.tag is Tag.NUMBER and high >= 10**4 > low:
                low *= _common_scale(token.text)  # 100至500万元: both are 万元.
            behind = "".join(one.text for one in tokens[at + 1 : at + 3])
            below = "含" in between.text or behind.startswith("（不含")
            quantity = Quantity(low, token.quantity.unit, high, below)
            text = f"{first.text}—{token.text}"
            token = Token(token.tag, first.start, token.end, text, quantity)  # noqa: PLW2901
        joined.append(token)
    return joined


def _makes_range(first: Token, middle: Token, *, token: Token) -> bool:
    if first.quantity is None or token.quantity is None or Tag.DATE in (first.tag, token.tag):
        return False
    if first.quantity.ratio or token.quantity.ratio or not RANGE.fullmatch(middle.text):
        return False
    return first.tag in (token.tag, Tag.NUMBER)


def _common_scale(text: str) -> int:
    return 10**8 if "亿" in text else 10**4
