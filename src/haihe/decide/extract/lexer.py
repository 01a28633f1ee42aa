"""Text to tokens: quantities with what they come to, known words with their tags, the rest."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final

from msgspec import Struct

from haihe.decide.extract.lexicon import EACH_OF, LEXICON, Lexicon, Tag
from haihe.decide.extract.numbers import HAN, parse_number
from haihe.decide.scheme.quantity import parse_day

LEXERS_MAX: Final = 64  # Ours: one is used; a bench that strikes words out has some dozen.

CURRENCIES: Final = {
    "元": "元", "人民币": "元", "块钱": "元", "美元": "美元", "港元": "港元", "港币": "港元",
    "欧元": "欧元", "日元": "日元", "英镑": "英镑",
}  # fmt: skip
LASTINGS: Final = {
    "个工作日": "工作日", "工作日": "工作日", "个自然日": "日", "日": "日", "天": "日",
    "个月": "月", "个季度": "季度", "周年": "年", "年": "年", "个年度": "年", "小时": "小时",
    "分钟": "分钟", "个完整年度": "年", "个会计年度": "年", "个完整会计年度": "年",
}  # fmt: skip
COUNTS: Final = (
    "人次 人 名 位 户 家 个 项 件 款 台 套 辆 条 篇 部 场 次 笔 张 批 届 亩 公顷 平方公里"
    " 平方米 座 所 支 周岁 倍 千瓦时 千瓦 兆瓦 吉瓦 吨标准煤 吨 公里 标准箱 TEU PFLOPS PFlops"
    " EFLOPS P GB TB PB MW GW 公斤 期 集 级 层 只 种 类 对 片 根 艘 架 列 门 册 间 栋 TFLOPS"
    " 毫秒 GWh MWh Gbps 颗 床"
)
CLASSIFIERS: Final = "|".join(sorted(EACH_OF, key=len, reverse=True))

# At most 15 digits, as many as any sum of money has: longer ones are codes.
NUMBER: Final = (
    r"\d{1,3}(?:[,，]\d{3}){1,4}(?!\d)(?:\.\d{1,6})?"
    r"|\d{1,15}(?!\d)(?:\.\d{1,6})?(?!\d)"
)
SCALE: Final = r"(?:万亿|千亿|百亿|十亿|亿|千万|百万|十万|万|千(?!瓦|米|克)|百)"
SHAPES: Final = (
    # A day, a month or a year; Arabic or Chinese.
    ("day", r"(?:(?:19|20)\d\d|[一二][〇○零九][〇○零一二三四五六七八九]{2})\s?年"
            r"(?:\s?(?:\d{1,2}|[一二三]?十?[一二三四五六七八九十])\s?月"
            r"(?:\s?(?:\d{1,2}|[一二三]?十?[一二三四五六七八九十])\s?日)?)?"
            r"|(?:19|20)\d\d(?:[—./]\d{1,2}){2}(?!\d)"),
    ("ratio", r"(?<!\d)\d{1,4}(?:\.\d{1,4})?\s?[：:]\s?\d{1,4}(?:\.\d{1,4})?"
              r"(?:[：:]\d{1,4}(?:\.\d{1,4})?)?(?!\d|[：:])"),
    ("fraction", r"百分之[零一二三四五六七八九十百点]+|千分之[零一二三四五六七八九十]+"
                 r"|[二三四五六七八九十]分之[一二三四五六七八九]|一半"),
    ("anniversary", r"(?:(?:当|次|每|上|本|同)年(?:度)?|上一年度)?\d{1,2}\s?月\s?\d{1,2}\s?日"
               r"|(?:每年|次年)\d{1,2}月(?!份)"),
    ("until", r"(?:到|至)(?=(?:19|20)\d\d年)"),
    ("during", r"(?:前|首)(?=[一二三四五两\d]{1,2}(?:个)?年)|连续"),
    ("slash", r"(?<=元)\s?/\s?[一-鿿]{1,3}"),
    ("yearly", r"每(?:一)?年(?:度)?|自然年度"
               r"|(?<![上一本计])年度(?!预算|计划|研发|营业|重点|实际|销售|内|末|考核|评价|文艺)"),
    ("highest", r"按照?(?:其中)?最高(?:一项|额度|额|标准|奖项|级别|等次|档次?|值|者|的)"
                r"(?![\d一二三四五六七八九十])"),
    ("word", ""),  # Made of the lexicon.
    ("each", rf"(?:每|单)(?:一)?(?:{CLASSIFIERS})"),
    ("quantity", rf"(?<![第\dA-Za-z.])(?:人民币)?(?:(?P<number>{NUMBER})\s?(?P<scale>{SCALE})?"
                 rf"|(?P<han>[{HAN}]+))"
                 r"(?P<about>余|多|来)?\s?(?P<unit>{units})?"),
)  # fmt: skip


# What shapes other than words may begin with.
FIRSTS: Final = f"0123456789{HAN}每单到至前首连当次上本同半按自年人/ "
MONTH: Final = 100  # So that 3月31日 is 331.
BEHIND: Final = frozenset({Tag.UP, Tag.DOWN, Tag.BEYOND, Tag.BELOW})


class Quantity(Struct, frozen=True, gc=False):
    """A number with its unit, as it stands.

    value: of the unit; a share as part of one, a day as days since 1970.
    unit: 元, 家, 年, %, 个百分点; "" where none is written.
    high: the upper end where a range is written (10%—20%); None if there is none.
    ratio: the parts of 1:1; empty for all else.
    precision: how far a date goes: day, month or year; yearly for one of each year, whose value is
        month times 100 plus day; "" for all else.
    """

    value: Decimal
    unit: str = ""
    high: Decimal | None = None
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
    return EACH_OF[text[1:].removeprefix("一") or "个"]


def _slash(text: str) -> str:
    return text.replace(" ", "")[1:]


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
        if not unit and not large:
            return None, None
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
    if text == "一半":
        return Tag.SHARE, Quantity(Decimal("0.5"), "%")
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
    "during": Tag.DURING, "until": Tag.GOAL, "highest": Tag.CONFLICT, "yearly": Tag.YEARLY,
}  # fmt: skip
EACH: Final = {"each": _each, "slash": _slash}
NUMBERED: Final[Mapping[str, Callable[[str], tuple[Tag, Quantity | None]]]] = {
    "day": _date, "anniversary": _anniversary, "ratio": _ratio, "fraction": _fraction,
}  # fmt: skip
RANGE: Final = re.compile(r"\s*(?:—+|至|到|～)\s*")


def _ranges(tokens: list[Token]) -> list[Token]:
    """10%—20%, 100至500万元: two quantities and what joins them become one."""
    joined: list[Token] = []
    for token in tokens:
        if len(joined) > 1 and _makes_range(joined[-2], joined[-1], token=token):
            first = joined[-2]
            del joined[-2:]
            assert first.quantity is not None
            assert token.quantity is not None
            low, high = first.quantity.value, token.quantity.value
            if first.tag is Tag.NUMBER and token.tag is Tag.SHARE:
                low /= 100
            elif first.tag is Tag.NUMBER and high >= 10**4 > low:
                low *= _common_scale(token.text)  # 100至500万元: both are 万元.
            quantity = Quantity(low, token.quantity.unit, high)
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
