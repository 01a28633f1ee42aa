"""The parts of clauses that promise nothing: dates, owners, purses, rules, targets."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final

from haihe.decide.extract.demands import demands, worded
from haihe.decide.extract.grammar import Op, Part, Role
from haihe.decide.extract.lexer import Quantity
from haihe.decide.extract.lexicon import QUANTITIES, Tag
from haihe.decide.extract.reading import Reading, some
from haihe.decide.extract.support import support
from haihe.decide.extract.uses import Use
from haihe.decide.scheme.quantity import format_day, parse_day

PURSES: Final = (("state", "中央国家"), ("province", "省"), ("city", "市"), ("district", "区县"),
                 ("street", "街镇乡"))  # fmt: skip
HIGHEST: Final = (
    "就高",
    "从高",
    "择高",
    "从优",
    "择优",
    "最高标准",
    "按最高",
    "按照最高",
    "最高的",
)
SEPARATORS: Final = "、，；及和与"


def effective(reading: Reading) -> tuple[Part, ...]:
    """自2026年9月1日起施行，有效期3年: the first and the last day."""
    begins: Part | None = None
    ends: Part | None = None
    spans: list[Part] = []
    lasting = False
    for token in reading.inside:
        lasting = token.tag is Tag.LASTS or (lasting and token.tag is not Tag.COMMA)
        if token.tag is Tag.DATE:
            told = Part(Role.FROM, token.start, token.end, token.quantity)
            if lasting or begins is not None:
                ends = replace(told, role=Role.TO)
            else:
                begins = told
        elif token.tag is Tag.LASTING:
            role = Role.YEARS if lasting else Role.WITHIN
            spans.append(Part(role, token.start, token.end, token.quantity))
    years = next((one for one in spans if one.role is Role.YEARS), None)
    if begins is not None and ends is None and years is not None and years.quantity is not None:
        last = _last_day(begins, years.quantity)
        ends = None if last is None else replace(years, role=Role.TO, quantity=last)
    return some((begins, ends, *spans))


def _last_day(begins: Part, lasting: Quantity) -> Quantity | None:
    """The day before the same date so many years on."""
    if begins.quantity is None or lasting.unit != "年":
        return None
    if begins.quantity.precision != "day" or lasting.value != int(lasting.value):
        return None
    year, rest = format_day(int(begins.quantity.value)).split("-", 1)
    rest = "03-01" if rest == "02-29" else rest
    day = parse_day(f"{int(year) + int(lasting.value):04d}-{rest}") - 1
    return Quantity(Decimal(day), precision="day")


def owners(reading: Reading) -> tuple[Part, ...]:
    """责任单位：市财政局、各区人民政府: each of them; brackets hold together."""
    tokens = reading.inside
    begins = next((one.end for one in tokens if one.tag is Tag.COLON), None)
    if begins is None:
        begins = next((one.end for one in tokens if one.tag is Tag.OWNER), tokens[0].start)
    text, found = reading.folded, []
    at = begins
    depth = 0
    end = tokens[-1].end
    for here in range(begins, end):
        sign = text[here]
        depth += (sign == "（") - (sign == "）")
        if depth < 0:
            end = here
            break
        if depth == 0 and sign in SEPARATORS and _cuts(text, here, start=at):
            found.append((at, here))
            at = here + 1
    found.append((at, end))
    return some(reading.part(Role.DEPARTMENT, low, end=high) for low, high in found)


def _cuts(text: str, here: int, *, start: int) -> bool:
    """及 and 和 part names (市科技局及各县), but not what is one (工业和信息化局)."""
    if text[here] not in "及和与":
        return True
    return text[start:here].endswith(
        ("局", "委", "办", "府", "会", "厅", "部", "行", "院", "中心", "公司")
    )


def split(reading: Reading) -> tuple[Part, ...]:
    """市、区两级财政按1:1比例: what each purse bears."""
    shares = [one for one in reading.found if reading.tokens[one.at].tag is Tag.SHARE]
    shares = [one for one in shares if reading.piece.first <= one.at < reading.piece.end]
    if not shares:
        return ()
    first = reading.tokens[shares[0].at]
    assert first.quantity is not None
    names = _purses(reading.folded[reading.inside[0].start : first.start])
    if first.quantity.ratio:
        total = sum(first.quantity.ratio)
        parts = zip(names, first.quantity.ratio, strict=False)
        return tuple(
            Part(Role.PURSE, first.start, first.end, Quantity(part / total), about=name)
            for name, part in parts
            if total
        )
    parts_found: list[Part] = []
    at = reading.inside[0].start
    for share in shares:
        token = reading.tokens[share.at]
        names = _purses(reading.folded[at : token.start])
        if names:
            parts_found.append(reading.numbered(Role.PURSE, share, about=names[-1]))
        at = token.end
    return tuple(parts_found)


def _purses(text: str) -> list[str]:
    found = [(text.find(sign), name) for name, signs in PURSES for sign in signs if sign in text]
    return list(dict.fromkeys(name for _, name in sorted(found)))


def conflict(reading: Reading) -> tuple[Part, ...]:
    """就高不重复: which rule, and a cap where one is said."""
    at = reading.first_of({Tag.CONFLICT}, among=range(reading.piece.first, reading.piece.end))
    told = "".join(one.text for one in reading.inside)
    high = any(word in told for word in HIGHEST)
    rule = replace(
        Part(Role.RULE, reading.tokens[at].start, reading.tokens[at].end),
        about="max_no_stacking" if high else "no_stacking",
    )
    caps = [one for one in support(reading) if one.role in (Role.CAP, Role.AMOUNT)]
    return (rule, *caps)


def budget(reading: Reading) -> tuple[Part, ...]:
    """每年总额不超过1000万元: what there is for all."""
    return some(one for one in support(reading) if one.role in (Role.CAP, Role.AMOUNT))


def rule(reading: Reading) -> tuple[Part, ...]:
    """Who, on which thresholds, must or may do what."""
    tokens = reading.tokens
    first, end = reading.segments[0]
    actor: Part | None = None
    at = reading.last_of(
        {Tag.SUBJECT},
        among=range(
            first, _or_end(reading.first_of({Tag.ACT, Tag.MUST}, among=range(first, end)), end)
        ),
    )
    if at >= 0:
        actor = reading.spoken(Role.ACTOR, first, end=at + 1)
    outcome: Part | None = None
    must = reading.first_of({Tag.MUST}, among=range(reading.piece.first, reading.piece.end))
    if must >= 0:
        begins = must + (tokens[must].text not in ("免予", "不得", "禁止", "无需", "不予"))
        outcome = reading.spoken(Role.OUTCOME, begins, end=reading.piece.end)
    return some(
        (actor, *demands(reading), *_outside(reading, first, end=end), *worded(reading), outcome)
    )


def _outside(reading: Reading, first: int, *, end: int) -> Iterator[Part | None]:
    """提供负面清单外的数据: what the thing must be within or without."""
    for at in range(first + 1, end):
        token = reading.tokens[at]
        if token.tag is Tag.OF and reading.tokens[at - 1].text.endswith(("外", "内", "中")):
            yield reading.spoken(Role.CONDITION, at - 1, end=at)


def _or_end(at: int, end: int) -> int:
    return end if at < 0 else at


def goals(reading: Reading) -> tuple[Part, ...]:
    """到2027年，产业规模达到1000亿元: by when, and each number with what it is of."""
    by = reading.first_of({Tag.DATE}, among=range(reading.piece.first, reading.piece.end))
    parts: list[Part | None] = []
    if by >= 0:
        token = reading.tokens[by]
        parts.append(Part(Role.TO, token.start, token.end, token.quantity))
    numbers = {part.start: part for part in demands(reading)}
    parts.extend(numbers.values())
    covered = {at for part in numbers.values() for at in range(part.start, part.end)}
    for amount in reading.amounts(Use.DEMAND, Use.AWARD):
        token = reading.tokens[amount.at]
        if token.start not in covered and token.tag in QUANTITIES:
            parts.append(reading.numbered(Role.DEMAND, amount))
    return some(parts)


def deadline(reading: Reading) -> tuple[Part, ...]:
    """Until which day, or within how many working days."""
    parts: list[Part | None] = []
    for token in reading.inside:
        if token.tag is Tag.DATE:
            parts.append(Part(Role.TO, token.start, token.end, token.quantity, Op.LE))
        elif token.tag is Tag.LASTING:
            parts.append(Part(Role.WITHIN, token.start, token.end, token.quantity, Op.LE))
    return some(parts)


def condition(reading: Reading) -> tuple[Part, ...]:
    """What must hold."""
    return some((*worded(reading), *demands(reading)))
