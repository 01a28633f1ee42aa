"""Demands: conditions with a number and what it is on, and conditions in words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from haihe.decide.extract.grammar import Kind, Op, Part, Role
from haihe.decide.extract.levels import levels
from haihe.decide.extract.lexer import Token
from haihe.decide.extract.lexicon import NAMES, QUANTITIES, Tag
from haihe.decide.extract.reading import Reading
from haihe.decide.extract.uses import SUFFIXES, Amount, Use

STOPS: Final = frozenset(
    {
        Tag.OR,
        Tag.AND,
        Tag.FOR,
        Tag.COMMA,
        Tag.ARROW,
        Tag.IF,
        Tag.GIVE,
        Tag.COLON,
        Tag.BY,
        Tag.YEARLY,
    }
)
# What a measure's name may have between itself and its number: 达到, 为, 累计.
BRIDGES: Final = frozenset({Tag.REACH, Tag.AT_LEAST, Tag.MORE, Tag.LESS, Tag.AT_MOST, Tag.MOST})
GROWING: Final = frozenset({"增长", "提高", "提升"})  # 营业收入增长20%: no 20 % of it.
NAME_MAX: Final = 16  # Ours: letters; a longer name of a measure is half a sentence.
COUNTABLE: Final = frozenset({Tag.COUNT, Tag.MONEY})  # 1亿元以上直接经济损失 as well.
AGES: Final = frozenset({"founded", "age"})  # Measures that are counted in years.
BARE_MAX: Final = 4  # Ours: letters of 牵头制定; what is longer has an object of its own.
# What may stand in the name of somebody who stands at the beginning, and behind it.
NAMING: Final = frozenset({Tag.TEXT, Tag.OF, Tag.AND, Tag.LIST, Tag.ACT, Tag.REACH})
DOES: Final = frozenset(
    {Tag.REACH, Tag.MEASURE, Tag.FROM, Tag.YEARLY, Tag.BY, Tag.EACH, Tag.AWARD, Tag.ACT, Tag.MUST}
)
DEED: Final = re.compile(
    "在|到|来|投保|首次|新|已|未|被|将|为|受到|发生|主导|牵头|参与|参加|开展|采用|利用|使用|购买|采购|购置|租赁|租用"
    "|取得|获|通过|承担|投资|入驻|落户|迁入|聘用|招用|研发|实施"
)
URGING: Final = (
    "促进",
    "允许",
    "加强",
    "加快",
    "实施",
    "在",
    "为",
    "由",
    "将",
    "经由",
    "向",
)
WHO_MAX: Final = 24  # Ours: letters of 新设立并经认定的综合型总部; longer is half a sentence.
COUNTS: Final = frozenset({Tag.LASTING, Tag.COUNT, Tag.NUMBER})
STRICT: Final = {Op.GE: Op.GT, Op.LE: Op.LT}
# What is done for an award, where no 的 says that it must be.
DONE: Final = re.compile(
    "(?:首次|新)?(?:取得|获得|获批|通过|完成|购置|购买|租用|租赁|自建|入选|列入|承担|参加)"
)
GIVING: Final = frozenset({Tag.GIVE, Tag.EACH, Tag.ONCE, Tag.MOST, Tag.BY, Tag.YEARLY})
WORDS_MAX: Final = 60  # Ours: letters of one condition in words.


def demands(reading: Reading) -> tuple[Part, ...]:
    """The conditions with numbers, each with its measure; alternatives in groups of their own."""
    parts: list[Part] = []
    steps = [one for one in levels(reading).values() if one.quantity is not None]
    later = {one.start for one in steps[1:]}
    group = 0
    last = -1
    for amount in reading.amounts(Use.DEMAND):
        if reading.tokens[amount.at].start in later:
            continue  # 1亿元、5亿元、10亿元: the first is what must be reached.
        # 或, or 对首发活动…、对首秀活动…: another case.
        if last >= 0 and reading.first_of({Tag.OR, Tag.FOR}, among=range(last + 1, amount.at)) >= 0:
            group += 1
        last = amount.at
        if amount.op is Op.EQ and reading.tokens[amount.at].tag in COUNTS:
            name = _left(reading, amount)
            if name is None or not name.about:
                continue  # 三年, 两项, 2—5 of 星级: a number that nothing is measured by.
        else:
            name = _right(reading, amount) or _left(reading, amount)
            known = name is not None and name.about in NAMES
            if not known and (_says_how(reading, amount) or _binds_for(reading, amount)):
                continue  # 其中50%待验收后兑现, 5年内不得迁出: no condition.
        told = reading.numbered(Role.DEMAND, amount, group=group)
        if later and told.quantity is not None and told.quantity.high is not None:
            # 1000万元至5000万元、5000万元以上的: at least the least of the steps.
            low = msgspec.structs.replace(told.quantity, high=None, below=False)
            told = replace(told, quantity=low, op=Op.GE)
        if name is not None and _counts(reading, name):
            told = replace(told, role=Role.LIMIT)
        if name is not None:
            told = replace(
                told, about=name.about or reading.text(name), start=min(name.start, told.start)
            )
        parts.append(replace(told, end=_end(reading, amount)))
    return tuple(_with_ends(tuple(_named_together(parts))))


def _binds_for(reading: Reading, amount: Amount) -> bool:
    lasting = reading.tokens[amount.at].tag is Tag.LASTING
    return reading.piece.kind is Kind.RULE and lasting


def _counts(reading: Reading, name: Part) -> bool:
    """补贴面积不超过500平方米: how much of it is paid for, not who may ask."""
    if reading.piece.kind is not Kind.SUPPORT:
        return False
    at = next((at for at, one in enumerate(reading.tokens) if one.start == name.start), 0)
    return at > 0 and reading.tokens[at - 1].tag in (Tag.AWARD, Tag.LIKE)


def _says_how(reading: Reading, amount: Amount) -> bool:
    token = reading.tokens[amount.at]
    exact = amount.op is Op.EQ and token.quantity is not None and token.quantity.high is None
    loose = token.tag in (Tag.SHARE, Tag.NUMBER)
    return reading.piece.kind is Kind.SUPPORT and exact and loose


def _end(reading: Reading, amount: Amount) -> int:
    return reading.tokens[max(amount.at, amount.cue)].end


def _left(reading: Reading, amount: Amount) -> Part | None:
    """What stands before the number, or before the word that bounds it: its measure."""
    before = amount.at if amount.cue < 0 else min(amount.at, amount.cue)
    end = before
    grown = False
    while end > reading.piece.first and reading.tokens[end - 1].tag in BRIDGES:
        end -= 1
        grown = grown or reading.tokens[end].text in GROWING
    if grown and reading.tokens[amount.at].tag is Tag.SHARE:
        return Part(Role.DEMAND, reading.tokens[end].start, reading.tokens[end].end, about="growth")
    first = end
    for at in range(end - 1, reading.piece.first - 1, -1):
        token = reading.tokens[at]
        if token.tag in STOPS or token.tag in QUANTITIES or token.tag in SUFFIXES:
            break
        lasts = reading.tokens[amount.at].tag is Tag.LASTING and token.tag is Tag.ACT
        years = reading.tokens[amount.at].tag is Tag.LASTING and token.about not in AGES
        if token.tag is Tag.MEASURE and years:
            break  # 投资本市企业满2年: no investment of two years.
        if token.about and (token.tag is Tag.MEASURE or lasts):
            return _grown_by(reading, at, amount=amount)
        if token.tag in (Tag.OF, Tag.LIST, Tag.OPEN, Tag.CLOSE, Tag.EACH):
            break
        first = at
    part = reading.spoken(Role.DEMAND, first, end=end)
    return part if part is not None and part.end - part.start <= NAME_MAX else None


def _grown_by(reading: Reading, at: int, *, amount: Amount) -> Part:
    """产值同比增长超过1000万元: a sum of growth is on what grows, a share of it is growth."""
    token = reading.tokens[at]
    before = reading.tokens[at - 1] if at > reading.piece.first else token
    sum_of = reading.tokens[amount.at].tag is Tag.MONEY and token.about == "growth"
    if sum_of and before.tag is Tag.MEASURE and before is not token:
        return Part(Role.DEMAND, before.start, token.end, about=f"{before.about}_growth")
    return Part(Role.DEMAND, token.start, token.end, about=token.about)


def _right(reading: Reading, amount: Amount) -> Part | None:
    """What is counted: 100万人以上个人信息."""
    at = max(amount.at, amount.cue) + 1
    if at < reading.piece.end and reading.tokens[amount.at].tag in COUNTABLE:
        token = reading.tokens[at]
        if token.tag is Tag.MEASURE:
            return Part(Role.DEMAND, token.start, token.end, about=token.about)
    return None


def _named_together(parts: Sequence[Part]) -> Iterator[Part]:
    """10万人以上、不满100万人个人信息: both ends of a range have the name that one of them has."""
    for at, part in enumerate(parts):
        others = [parts[near] for near in (at + 1, at - 1) if 0 <= near < len(parts)]
        other = next((one for one in others if _is_range(part, one)), None)
        named = part.about in NAMES or other is None or other.about not in NAMES
        yield part if named or other is None else replace(part, about=other.about)


def _with_ends(parts: Sequence[Part]) -> Iterator[Part]:
    """5亿元以下、2亿元（含）以上: where one end says 含, the other is left out."""
    for at, part in enumerate(parts):
        others = [parts[near] for near in (at + 1, at - 1) if 0 <= near < len(parts)]
        other = next((one for one in others if _is_range(part, one)), None)
        strict = other is not None and other.inclusive and not part.inclusive
        yield replace(part, op=STRICT.get(part.op, part.op)) if strict else part


def _is_range(part: Part, other: Part) -> bool:
    """Whether two numbers of one group and unit bound the same from below and from above."""
    if part.quantity is None or other.quantity is None or part.group != other.group:
        return False
    low = {Op.GE, Op.GT}
    high = {Op.LE, Op.LT}
    facing = (part.op in low and other.op in high) or (part.op in high and other.op in low)
    return facing and part.quantity.unit == other.quantity.unit


def leading_name(reading: Reading) -> int:
    """总部企业建设用房的, 餐饮企业按照…: the token behind who stands at the beginning; -1 for none.

    Only a name of somebody in particular, before what they do or what is measured of them.
    """
    first, end = reading.segments[0]
    first += reading.tokens[first].tag is Tag.FOR
    at = reading.first_of({Tag.SUBJECT}, among=range(first, end))
    while 0 <= at < end - 1 and reading.tokens[at + 1].tag is Tag.SUBJECT:
        at += 1
    if at < 0 or at == end - 1 or not _begins_deed(reading.tokens[at + 1]):
        return -1
    before = [one for one in reading.tokens[first:at] if one.tag is not Tag.SUBJECT]
    words = reading.folded[reading.tokens[first].start : reading.tokens[at].start]
    named = {one.tag for one in before} <= NAMING and len(words) <= WHO_MAX
    return at + 1 if named and not words.startswith(URGING) else -1


def _begins_deed(token: Token) -> bool:
    return token.tag in DOES or (token.tag is Tag.TEXT and DEED.match(token.text) is not None)


def worded(reading: Reading) -> Iterator[Part]:
    """Conditions in words: 单个项目验收结题且就地产业转化的，如…，."""
    demanded = {one.at for one in reading.amounts(Use.DEMAND)}
    named = leading_name(reading)
    for first, end in reading.segments:
        tokens = reading.tokens
        begins = named if first < named < end else first
        while begins < end and tokens[begins].tag in (Tag.FOR, Tag.IF, Tag.EACH, Tag.OPEN):
            begins += 1
        ends = end
        while (
            ends > begins
            and not reading.folded[tokens[ends - 1].start : tokens[ends - 1].end].strip()
        ):
            ends -= 1
        of = ends > begins and tokens[ends - 1].tag is Tag.OF
        conditional = tokens[first].tag is Tag.IF
        if not of and not conditional and not _does(reading, first, end=end):
            continue
        ends -= 1 if of else 0
        if demanded & set(range(begins, ends)):
            continue
        if begins < ends and tokens[begins].tag is Tag.AND:
            begins += 1
        for low, high in _split(reading, begins, end=ends):
            part = reading.spoken(Role.CONDITION, low, end=high)
            if part is not None and part.end - part.start <= WORDS_MAX:
                yield part


def _does(reading: Reading, first: int, *, end: int) -> bool:
    """取得新药证书，给予…; 租用办公用房，按…: what must be done, right before what it is worth."""
    tokens = reading.tokens
    verb = DONE.match(reading.folded, tokens[first].start, tokens[end - 1].end)
    giving = reading.piece.kind is Kind.SUPPORT and end + 1 < reading.piece.end
    if verb is None or not giving or tokens[end + 1].tag not in GIVING:
        return False
    words = reading.folded[tokens[first].start : tokens[end - 1].end]
    plain = not {one.tag for one in tokens[first:end]} & (GIVING | QUANTITIES | {Tag.AWARD})
    return plain and not words.endswith("后") and tokens[end - 1].tag is not Tag.SUBJECT


def _shares_object(reading: Reading, first: int, *, end: int) -> bool:
    """牵头制定并新获批国际标准: two verbs of one thing, no two conditions."""
    together = reading.tokens[end].text == "并"
    return together and reading.tokens[end - 1].end - reading.tokens[first].start <= BARE_MAX


def _split(reading: Reading, first: int, *, end: int) -> Iterator[tuple[int, int]]:
    at = first
    for here in range(first, end):
        if reading.tokens[here].tag is Tag.AND and not _shares_object(reading, at, end=here):
            yield at, here
            at = here + 1
    yield at, end
