"""Whom an award is for: 对…的企业, 给予发布方, …的主体可获得, 总部企业建设用房的."""

import re
from dataclasses import replace
from typing import Final

from haihe.decide.extract.demands import leading_name
from haihe.decide.extract.grammar import Part, Role
from haihe.decide.extract.lexicon import Tag
from haihe.decide.extract.reading import Reading

CUES: Final = frozenset({Tag.MOST, Tag.AT_MOST, Tag.AT_LEAST, Tag.MORE, Tag.LESS})
GIVERS: Final = frozenset({Tag.GIVE, Tag.GAIN, Tag.AWARD, Tag.LIKE})
GIVEN: Final = (
    GIVERS | CUES | {Tag.MONEY, Tag.SHARE, Tag.NUMBER, Tag.ONCE, Tag.EACH, Tag.YEARLY, Tag.COMMA}
)
WHO_ENDS: Final = frozenset({Tag.GIVE, Tag.GAIN, Tag.EACH, Tag.YEARLY, Tag.BY})
PLAIN: Final = frozenset({"企业", "单位", "申报单位", "申报企业"})  # Whoever applies is one.
PERSONS: Final = (
    "者", "人", "员", "生", "师", "户", "工匠", "企业", "机构", "单位", "公司", "组织", "商", "店",
    "院", "校", "所", "站", "中心", "会", "团队",
)  # fmt: skip
PAYER: Final = re.compile("由(?:[省市区县州]|本级|各级|同级|中央|地方)+.{0,6}财政")
GIVER_MAX: Final = 4  # Ours: tokens of 市财政局对; more is no name.
URGED: Final = re.compile("(?:其中|鼓励|引导|支持|推动)+")
MANNER: Final = re.compile("(?<=.)(?:在[^，。]{0,20}基础上|进行).*$")


def beneficiary(reading: Reading) -> Part | None:
    """对…的企业; 用于…; 给予发布方; …的主体可获得; …的硕士研究生，每人给予….

    Where an award is 对 a thing or a place, whoever it is given to is the beneficiary.
    """
    target = _for_whom(reading)
    given = _given_to(reading)
    plain = given is not None and reading.text(given) in PLAIN
    _, end = reading.segments[0]
    later = target is not None and target.start >= reading.tokens[end - 1].end
    thing = later and target is not None and not _is_someone(reading, target)
    if given is None and thing and leading_name(reading) >= 0:
        return _first_named(reading) or target  # 鼓励港航企业开展中转，对增量…奖励.
    if target is not None and (given is None or plain or _is_someone(reading, target)):
        return target
    return given or target or _first_named(reading)


def _is_someone(reading: Reading, part: Part) -> bool:
    """Whether words end with somebody, and not with a thing, a place or a case."""
    last = [one for one in reading.inside if one.end <= part.end][-1:]
    return bool(last) and (last[0].tag is Tag.SUBJECT or reading.text(part).endswith(PERSONS))


def _for_whom(reading: Reading) -> Part | None:
    tokens = reading.tokens
    for first, end in reading.segments:
        first = _behind_giver(reading, first, end=end)  # noqa: PLW2901
        if tokens[first].tag is Tag.FOR:
            stop = _who_ends(reading, first + 1, end=end)
            stop = _whole(reading, end) if stop < 0 else stop
            part = reading.spoken(Role.BENEFICIARY, first + 1, end=stop)
            part = None if part is None else _before_event(reading, part)
            part = None if part is None else _without_manner(reading, part)
            if part is not None and reading.text(part).endswith("的"):
                return _before_case(reading, part)
            if part is not None:
                return _without_each(reading, part)
    return None


def _behind_giver(reading: Reading, first: int, *, end: int) -> int:
    """市财政局对…, 重庆将对…: whoever gives may be named before whom it is for."""
    at = reading.first_of({Tag.FOR}, among=range(first, min(end, first + GIVER_MAX)))
    named = reading.tokens[first:at] if at > first else ()
    last = named[-1] if named else None
    gives = last is not None and (last.tag is Tag.PURSE or last.text.endswith(("将", "局")))
    return at if gives and all(one.tag in (Tag.PURSE, Tag.TEXT) for one in named) else first


def _without_each(reading: Reading, part: Part) -> Part:
    """对新建高级雪道、初级雪道分别奖励: 分别 is no part of a name."""
    tail = 2 if reading.text(part).endswith(("分别", "依次")) else 0
    return replace(part, end=part.end - tail)


def _without_manner(reading: Reading, part: Part) -> Part | None:
    """对众创空间在市奖励的基础上, 对增量进行分档: how it is given names nobody."""
    manner = MANNER.search(reading.text(part))
    return (
        part
        if manner is None
        else reading.part(part.role, part.start, end=part.start + manner.start())
    )


def _before_event(reading: Reading, part: Part) -> Part:
    """已上市的公司转至…上市后: who it is stands before the event."""
    words = reading.text(part)
    if not words.endswith("后"):
        return part
    ends = [
        one.end
        for one in reading.inside
        if one.tag is Tag.SUBJECT and part.start < one.end < part.end - 1
    ]
    return replace(part, end=ends[0]) if ends else part


def _before_case(reading: Reading, part: Part) -> Part | None:
    """规上工业企业年产值增长10%的, …的企业且符合条件的: who it is stands before the condition."""
    for at in range(reading.piece.first, reading.piece.end):
        token, behind = reading.tokens[at], reading.tokens[at + 1 : at + 2]
        inside = part.start < token.end < part.end and token.tag is Tag.SUBJECT
        if inside and behind and behind[0].tag in (Tag.MEASURE, Tag.AND):
            return replace(part, end=token.end)
    return None


def _given_to(reading: Reading) -> Part | None:
    """给予发布方; 奖励投资方100万元."""
    tokens = reading.tokens
    for at in range(reading.piece.first, reading.piece.end):
        if tokens[at].tag is Tag.GIVE or (tokens[at].tag is Tag.LIKE and tokens[at].text == "奖励"):
            last = reading.first_of(GIVEN, among=range(at + 1, reading.piece.end))
            if last > at + 1 and tokens[last - 1].tag is Tag.SUBJECT:
                return reading.spoken(Role.BENEFICIARY, at + 1, end=last)
    return None


def _first_named(reading: Reading) -> Part | None:
    """…的主体可获得, …的硕士研究生由财政给予: who stands at the beginning."""
    tokens = reading.tokens
    first, end = reading.segments[0]
    at = reading.first_of({Tag.GAIN}, among=range(first, end))
    if at > first:  # （新建项目在享受过…: half of a bracket names nobody.
        opened = tokens[first].tag in (Tag.OPEN, Tag.EACH)  # Nor 单个企业每年享受….
        return None if opened else reading.spoken(Role.BENEFICIARY, first, end=at)
    begins = first + (tokens[first].tag is Tag.LIKE)
    if tokens[end - 1].tag is Tag.SUBJECT and at < 0:
        return reading.spoken(Role.BENEFICIARY, begins, end=end)
    part = reading.spoken(Role.BENEFICIARY, begins, end=end)
    words = "" if part is None else reading.text(part)
    payer = PAYER.search(words)
    if part is not None and payer is not None:
        return replace(part, end=part.start + payer.start())
    behind = tokens[end + 1].tag if end + 1 < reading.piece.end else Tag.TEXT
    stop = leading_name(reading)
    if stop >= 0:
        begins += tokens[begins].tag is Tag.FOR
        who = reading.spoken(Role.BENEFICIARY, begins, end=stop)
        urged = URGED.match("" if who is None else reading.text(who))
        head = urged.end() if urged is not None else 0
        who = None if who is None else replace(who, start=who.start + head)
        bare = who is None or any(one.text == reading.text(who) for one in tokens[first:end])
        return None if bare or (who and reading.text(who) in PLAIN) else who
    named = words.endswith(PERSONS) and begins == first
    return part if named and behind in (Tag.EACH, Tag.GIVE, Tag.YEARLY, Tag.ONCE) else None


def _whole(reading: Reading, end: int) -> int:
    """对在本区设立，年营业收入达200万元以上的企业: where the name is whole that a comma cuts."""
    for low, high in reading.segments:
        if low <= end or reading.tokens[end - 1].tag in (Tag.SUBJECT, Tag.OF):
            continue
        inner = {one.tag for one in reading.tokens[low:high]}
        said = Tag.OF in inner and not inner & (GIVERS | {Tag.BY, Tag.EACH, Tag.ONCE, Tag.MOST})
        named = reading.tokens[high - 1].tag is Tag.SUBJECT
        return high if low == end + 1 and said and named else end
    return end


def _who_ends(reading: Reading, first: int, *, end: int) -> int:
    """Where 给予, 每家, 按 or 奖励1000万元 begins; -1 if nowhere."""
    for at in range(first, end):
        tag = reading.tokens[at].tag
        behind = reading.tokens[at + 1].tag if at + 1 < end else Tag.TEXT
        ahead = reading.tokens[at + 2].tag if at + 2 < end else Tag.TEXT
        if tag is Tag.DURING and at > first and ahead in WHO_ENDS:
            return at  # 对平台前三年每年给予….
        later = tag is not Tag.YEARLY or (at > first and behind is not Tag.TEXT)
        if tag is Tag.STAGED and at > first:
            return at
        if tag in (Tag.ONCE, Tag.MOST) and at > first and behind in GIVERS | {Tag.MONEY}:
            return at
        if (tag in WHO_ENDS and later) or (tag in (Tag.AWARD, Tag.LIKE) and behind in GIVEN):
            return at
    return -1
