"""The parts of clauses that promise nothing: dates, owners, purses, rules, targets."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Final

from haihe.decide.extract.demands import demands, worded
from haihe.decide.extract.grammar import Op, Part, Role
from haihe.decide.extract.lexer import Quantity, Token
from haihe.decide.extract.lexicon import NAMES, QUANTITIES, Tag
from haihe.decide.extract.reading import Reading, some
from haihe.decide.extract.support import support
from haihe.decide.extract.uses import SUFFIXES, Amount, Use
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
FORBIDDING: Final = ("免予", "不得", "禁止", "严禁", "无需", "不予")
# What the name of somebody who acts may end with, where the lexicon has no word for them.
ACTING: Final = (
    "者",
    "人",
    "方",
    "商",
    "局",
    "委",
    "部门",
    "机关",
    "政府",
    "中心",
    "会",
    "院",
    "所",
)
TOWARDS: Final = ("向", "为", "根据", "与", "给")
CALLED: Final = re.compile("(?:本[办规条政措意细]\\S{1,3})?(?:所称|所指)的?")
DEFINED: Final = re.compile("(?:项目|企业|机构|平台|单位)，?(?:为|认定为|属于)([^，。；、]{2,16})$")
COUNTED_MAX: Final = 16  # Ours: letters of what a goal counts; longer is half a sentence.
MONTHS: Final = {"年": 12, "月": 1}
# What offices do that are named without 责任单位: 由市科技局牵头，市财政局配合.
DUTIES: Final = re.compile(
    r"(?:按照?|根据)?(?:各自)?(?:职责|职能)?(?:分工)?(?:分别|共同|具体|联合|统一)?"
    r"(?:牵头|配合|参与|协助|协同|负责|组织|实施|落实|推进|承担).*$"
)


def effective(reading: Reading) -> tuple[Part, ...]:
    """自2026年9月1日起施行，有效期3年: the first and the last day."""
    begins: Part | None = None
    ends: Part | None = None
    spans: list[Part] = []
    lasting = False
    for at, token in enumerate(reading.inside):
        lasting = token.tag is Tag.LASTS or (lasting and token.tag is not Tag.COMMA)
        if token.tag is Tag.DATE:
            told = Part(Role.FROM, token.start, token.end, token.quantity)
            until = lasting and not _goes_on(reading.inside[at + 1 : at + 3])
            named = at > 0 and reading.inside[at - 1].text.strip().endswith(("至", "到"))
            if until or named or begins is not None:
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


def _goes_on(behind: Sequence[Token]) -> bool:
    """2026年1月1日至2028年12月31日: whether another day follows."""
    tags = [one.tag for one in behind]
    return tags[1:] == [Tag.DATE] and behind[0].text.strip(" —") in ("", "至", "到", "起至")


def _last_day(begins: Part, lasting: Quantity) -> Quantity | None:
    """The day before the same date so many years or months on."""
    if begins.quantity is None or lasting.unit not in MONTHS:
        return None
    if begins.quantity.precision != "day" or lasting.value != int(lasting.value):
        return None
    year, month, rest = format_day(int(begins.quantity.value)).split("-")
    months = int(year) * 12 + int(month) - 1 + int(lasting.value) * MONTHS[lasting.unit]
    first = parse_day(f"{months // 12:04d}-{months % 12 + 1:02d}-01")
    following = parse_day(f"{(months + 1) // 12:04d}-{(months + 1) % 12 + 1:02d}-01")
    day = min(first + int(rest) - 1, following) - 1  # From 29 February on: until 28 February.
    return Quantity(Decimal(day), precision="day")


def owners(reading: Reading) -> tuple[Part, ...]:
    """责任单位：市财政局、各区人民政府: each of them; brackets hold together."""
    tokens = reading.inside
    led = next((one for one in tokens if one.tag is Tag.LED), None)
    begins = next((one.end for one in tokens if one.tag is Tag.COLON and led is None), None)
    if led is not None:
        begins = led.end if led.text == "由" else led.start
    if begins is None:
        begins = next((one.end for one in tokens if one.tag is Tag.OWNER), tokens[0].start)
    text, found = reading.folded, []
    at = begins
    depth = 0
    end = tokens[-1].end
    for here in range(begins, end):
        sign = text[here]
        depth += (sign in "（【[〔") - (sign in "）】]〕")
        if depth < 0:
            end = here
            break
        if depth == 0 and sign in SEPARATORS and _cuts(text, here, start=at):
            found.append((at, here))
            at = here + 1
        elif depth == 0 and text.startswith("会同", here):
            found.append((at, here))
            at = here + 2
    found.append((at, end))
    return some(_office(reading, low, high=high) for low, high in found if low < high)


def _office(reading: Reading, low: int, *, high: int) -> Part | None:
    """An office without what it does: 市科技局牵头 is 市科技局."""
    duty = DUTIES.search(reading.folded[low:high])
    # 县（市、区）人民政府按职责分工负责; an office may be named 组织部.
    cut = duty is not None and not reading.folded[low:high].endswith(("部", "局", "委", "办"))
    return reading.part(Role.DEPARTMENT, low, end=low + duty.start() if cut and duty else high)


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
        if names and "各" in reading.folded[at : token.start]:
            parts_found += [reading.numbered(Role.PURSE, share, about=name) for name in names]
        elif names:
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
    allowed = reading.tokens[at].text.startswith(("可", "允许"))
    about = "stacking_allowed" if allowed else "max_no_stacking" if high else "no_stacking"
    rule = Part(Role.RULE, reading.tokens[at].start, reading.tokens[at].end, about=about)
    caps = [one for one in support(reading) if one.role in (Role.CAP, Role.AMOUNT)]
    return (rule, *caps)


def budget(reading: Reading) -> tuple[Part, ...]:
    """每年总额不超过1000万元: what there is for all."""
    return some(one for one in support(reading) if one.role in (Role.CAP, Role.AMOUNT, Role.YEARS))


def rule(reading: Reading) -> tuple[Part, ...]:
    """Who, on which thresholds, must or may do what."""
    tokens = reading.tokens
    first, end = reading.segments[0]
    outcome: Part | None = None
    inside = range(reading.piece.first, reading.piece.end)
    must = reading.first_of({Tag.SHALL}, among=inside)
    must = reading.first_of({Tag.MUST}, among=inside) if must < 0 else must
    if must >= 0:
        begins = must + (tokens[must].text not in FORBIDDING)
        low = next(low for low, high in reading.segments if low <= must < high)
        timed = [one.tag for one in tokens[low:must]] == [Tag.LASTING, Tag.DOWN]
        begins = low if timed and begins == must else begins  # 5年内不得担任….
        outcome = reading.spoken(Role.OUTCOME, begins, end=reading.piece.end)
    means = reading.first_of({Tag.MEANS}, among=inside)
    if means > reading.piece.first:
        return _meaning(reading, means)
    led = reading.first_of({Tag.LED}, among=inside)
    if must < 0 <= led:
        what = reading.last_of({Tag.OF}, among=range(first, end))
        outcome = reading.spoken(Role.OUTCOME, led, end=reading.piece.end)
        actor = reading.spoken(Role.ACTOR, what + 1, end=end) if what >= 0 else None
        return some((actor, *demands(reading), outcome))
    actor = _actor(reading, must)
    return some(
        (actor, *demands(reading), *_outside(reading, first, end=end), *worded(reading), outcome)
    )


def _meaning(reading: Reading, means: int) -> tuple[Part, ...]:
    """大型网络平台，是指…: what is defined, the numbers of it, and what else must hold."""
    what = reading.spoken(Role.OUTCOME, reading.piece.first, end=means)
    said = CALLED.match("" if what is None else reading.text(what))
    if what is not None and said is not None:
        what = reading.part(Role.OUTCOME, what.start + said.end(), end=what.end)
    return some((what, *demands(reading), *worded(reading)))


def _actor(reading: Reading, must: int) -> Part | None:
    """Who: before 应当 or before what is done; else at the beginning of the sentence."""
    spots = list(reading.segments)
    own = next((one for one in spots if one[0] <= must < one[1]), spots[0])
    for first, end in (own, spots[0]):
        stops = {Tag.ACT, Tag.MUST, Tag.SHALL}
        stop = _or_end(reading.first_of(stops, among=range(first, end)), end)
        leads = (Tag.IF, Tag.FOR, Tag.OPEN)
        low = next((at for at in range(first, stop) if reading.tokens[at].tag not in leads), stop)
        before = first < must < end and reading.tokens[must - 1].tag is Tag.SUBJECT
        if before and Tag.OF in {one.tag for one in reading.tokens[low:must]}:
            return reading.spoken(Role.ACTOR, low, end=must)  # 未取得许可的单位不得….
        whole = end <= must and reading.tokens[end - 1].tag is Tag.SUBJECT and first == low
        if whole and Tag.OF in {one.tag for one in reading.tokens[low:end]}:
            return reading.spoken(Role.ACTOR, low, end=end)  # 处理100万人以上信息的处理者，应当….
        at = reading.last_of({Tag.SUBJECT}, among=range(low, stop))
        if at >= 0 and reading.tokens[low].text.startswith(TOWARDS):
            return None  # 向其他处理者提供…的记录，应当: nobody is named who must.
        if at >= 0:
            return reading.spoken(Role.ACTOR, low, end=at + 1)
        only = stop == low + 1 and stop == must and reading.tokens[low].tag is Tag.TEXT
        if only and reading.tokens[low].text.strip().endswith(ACTING):
            return reading.spoken(Role.ACTOR, low, end=stop)
    return None


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
    for token, behind in pairwise(reading.inside):
        if token.tag is Tag.LASTING and behind.tag is Tag.DOWN:  # 三年内.
            parts.append(Part(Role.WITHIN, token.start, token.end, token.quantity, Op.LE))
    within = {one.start for one in parts if one is not None}
    numbers = {part.start: part for part in demands(reading) if not _is_among(part, within)}
    parts.extend(numbers.values())
    covered = {at for part in numbers.values() for at in range(part.start, part.end)}
    for amount in reading.amounts(Use.DEMAND, Use.AWARD):
        token = reading.tokens[amount.at]
        if token.start not in covered | within and token.tag in QUANTITIES:
            parts.append(_counted(reading, amount))
    return some(parts)


def _counted(reading: Reading, amount: Amount) -> Part:
    """培育专精特新企业350家: what is counted stands between what is done and the number."""
    told = reading.numbered(Role.DEMAND, amount)
    first, _ = reading.segment(amount.at)
    first = max(first, reading.piece.first)
    spots = range(first, amount.at)
    ends = QUANTITIES | SUFFIXES | {Tag.REACH, Tag.GOAL, Tag.DONE}
    done = next((at for at in spots[::-1] if reading.tokens[at].tag in ends), -1)
    words = reading.spoken(Role.DEMAND, max(first, done + 1), end=amount.at)
    if words is None or words.end - words.start > COUNTED_MAX:
        return told
    return replace(told, about=reading.text(words))


def _is_among(part: Part, starts: Collection[int]) -> bool:
    """Whether a number begins within a part."""
    return any(part.start <= at < part.end for at in starts)


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
    """What must hold; where nothing else is read of it, all that stands behind 适用于."""
    measured = demands(reading)
    told = (*worded(reading), *measured)
    first = reading.inside[0].start
    defined = DEFINED.search(reading.folded[first : reading.inside[-1].end])
    if defined is not None and measured:
        what = reading.part(Role.OUTCOME, first + defined.start(1), end=first + defined.end(1))
        return some((*told, what))
    at = reading.last_of({Tag.HEAD}, among=range(reading.piece.first, reading.piece.end))
    if at < 0 and not told:
        return some(_who(reading))
    if at < 0 or (told and all(one.about in NAMES for one in measured)):
        return told
    first = at + 1
    if reading.tokens[at].text.startswith("均"):
        first = next(low for low, high in reading.segments if low <= at < high)
    known = [one for one in measured if one.about in NAMES]
    said = [(max(low, first), high) for low, high in reading.segments if high > first]
    words = [reading.spoken(Role.CONDITION, low, end=high) for low, high in said]
    return some((*words, *known))


def _who(reading: Reading) -> Iterator[Part | None]:
    """在本市注册并备案的高新技术企业: what must hold of whom, one by one."""
    at = first = reading.piece.first
    for at in range(first, reading.piece.end):
        tag = reading.tokens[at].tag
        if tag in (Tag.AND, Tag.OF):
            yield reading.spoken(Role.CONDITION, first, end=at)
            first = at + 1
        if tag is Tag.OF:
            break
    if first < reading.piece.end - 1:
        yield reading.spoken(Role.CONDITION, first, end=reading.piece.end)
