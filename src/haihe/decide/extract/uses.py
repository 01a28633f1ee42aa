"""What each number of a sentence is for: an award, a demand, or neither; and how it compares."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from haihe.decide.extract.grammar import Op
from haihe.decide.extract.lexer import Token
from haihe.decide.extract.lexicon import QUANTITIES, Tag

LARGE: Final = 10_000  # Ours: a smaller number without a unit is a count.
AWARD_GAP_MAX: Final = 6  # Ours: letters between 500万元 and the 支持 that says what it is.
CUES: Final = {
    Tag.MOST: Op.LE, Tag.AT_MOST: Op.LE, Tag.LESS: Op.LT, Tag.AT_LEAST: Op.GE, Tag.MORE: Op.GT,
    Tag.UP: Op.GE, Tag.BEYOND: Op.GT, Tag.BELOW: Op.LT, Tag.DOWN: Op.LE,
}  # fmt: skip
INCLUDING: Final = {Op.GT: Op.GE, Op.LT: Op.LE}  # 超过1亿元（含）: what is written counts.
SUFFIXES: Final = frozenset({Tag.UP, Tag.DOWN, Tag.BEYOND, Tag.BELOW})
GIVERS: Final = frozenset({Tag.GIVE, Tag.GAIN, Tag.AWARD, Tag.LIKE})
JOINTS: Final = (["、"], ["和"], ["及"], ["/"])
PAYING: Final = ("拨付", "兑现", "发放")
BREAKS: Final = frozenset({Tag.COMMA, Tag.ARROW})


class Use(StrEnum):
    """What a number is for."""

    AWARD = "award"
    DEMAND = "demand"
    TIME = "time"
    PAYOUT = "payout"  # 按40%、60%分两年兑现: when which part is paid.


@dataclass(frozen=True, slots=True)
class Amount:
    """A number in its sentence.

    at: its token.
    use: what it is for.
    op: how it compares.
    cue: the token of the word that says so; -1 for none.
    """

    at: int
    use: Use
    op: Op
    cue: int = -1


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What stands between two commas.

    first, end: tokens.
    giver: the last token that gives; -1 for none.
    """

    first: int
    end: int
    giver: int


def amounts(tokens: Sequence[Token]) -> tuple[Amount, ...]:
    """Every number of a sentence, in order."""
    found: list[Amount] = []
    for stretch in _stretches(tokens):
        before: set[Tag] = set()
        for at in range(stretch.first, stretch.end):
            if tokens[at].tag in QUANTITIES:
                told = _amount(tokens, at, stretch=stretch, before=before)
                found.append(_listed(tokens, told, last=found[-1]) if found else told)
            before.add(tokens[at].tag)
    return tuple(_demanded(tokens, found))


def _demanded(tokens: Sequence[Token], found: Sequence[Amount]) -> list[Amount]:
    """200万元、500万元以上的: what is said behind the last of a list is said of all."""
    told = list(found)
    for at in range(len(told) - 2, -1, -1):
        one, behind = told[at], told[at + 1]
        if (
            behind.use is Use.DEMAND
            and one.use is Use.AWARD
            and _is_list(tokens, one, behind=behind)
        ):
            told[at] = replace(one, use=Use.DEMAND, op=behind.op)
    return told


def _is_list(tokens: Sequence[Token], one: Amount, *, behind: Amount) -> bool:
    between = [part.text.strip() for part in tokens[one.at + 1 : behind.at]]
    return tokens[one.at].tag is tokens[behind.at].tag and between in JOINTS


def _stretches(tokens: Sequence[Token]) -> Iterator[_Stretch]:
    first = 0
    for end in (*breaks(tokens), len(tokens)):
        givers = (at for at in range(end - 1, first - 1, -1) if tokens[at].tag in GIVERS)
        yield _Stretch(first, end, next(givers, -1))
        first = end + 1


def breaks(tokens: Sequence[Token]) -> tuple[int, ...]:
    """The commas of a sentence, as tokens; brackets hold together what they hold."""
    found: list[int] = []
    depth = 0
    for at, token in enumerate(tokens):
        if token.tag is Tag.OPEN:
            depth += 1
        elif token.tag is Tag.CLOSE:
            depth = max(0, depth - 1)
        elif depth == 0 and token.tag in BREAKS:
            found.append(at)
    return tuple(found)


def _amount(tokens: Sequence[Token], at: int, *, stretch: _Stretch, before: Set[Tag]) -> Amount:
    cue = _cue(tokens, at, first=stretch.first, end=stretch.end)
    op = Op.EQ if cue < 0 else CUES[tokens[cue].tag]
    if at + 1 < stretch.end and tokens[at + 1].tag is Tag.WITH:
        op = INCLUDING.get(op, op)
    if tokens[at].tag is Tag.DATE or _lasts(tokens, at):
        return Amount(at, Use.TIME, op, cue)
    if tokens[at].tag is Tag.SHARE and _is_payout(tokens, at, stretch=stretch):
        return Amount(at, Use.PAYOUT, op, cue)
    return Amount(at, _use(tokens, at, cue=cue, stretch=stretch, before=before), op, cue)


def _is_payout(tokens: Sequence[Token], at: int, *, stretch: _Stretch) -> bool:
    """按40%、60%分两年兑现, 省、市各承担50%: when a part is paid, or by whom."""
    near = {tokens[spot].tag for spot in (at - 1, at + 1) if 0 <= spot < len(tokens)}
    paid = at > 0 and tokens[at - 1].text in PAYING
    if paid or near & {Tag.BEAR, Tag.JOINT}:
        return True
    staged = any(one.tag is Tag.STAGED for one in tokens)
    if staged and at > 0 and tokens[at - 1].text.endswith("各"):
        return True  # 分两年给予补助，每年各50%.
    inside = tokens[stretch.first : stretch.end]
    shares = [one.quantity.value for one in inside if one.tag is Tag.SHARE and one.quantity]
    own = tokens[at].quantity
    parts = own.ratio if own is not None else ()
    if sum(1 for one in inside if one.text in PAYING) > 1 and sum(shares) >= 1:
        return True  # 开工后兑现30%、验收后兑现70%.
    if len(parts) > 1 and any(one.tag is Tag.STAGED for one in inside):
        return True  # 按5:3:2分三年.
    if len(shares) < 2 or not staged:
        return False
    # 分三个阶段，分别按30%、30%和40%: said before the comma, if they come to all of it.
    return any(one.tag is Tag.STAGED for one in inside) or sum(shares) == 1


def _listed(tokens: Sequence[Token], one: Amount, *, last: Amount) -> Amount:
    """最高20万元、30万元、50万元: what is said of the first of a list is said of all."""
    if one.cue >= 0 or last.use not in (Use.AWARD, Use.DEMAND):
        return one
    if not _is_list(tokens, last, behind=one):
        return one
    # A list of demands keeps its first bound: the others are steps.
    return replace(one, use=last.use, op=last.op if last.use is Use.AWARD else one.op)


def _lasts(tokens: Sequence[Token], at: int) -> bool:
    """补贴期限不超过3年, 3年内每年, 给予三年: how long something is given."""
    if tokens[at].tag is not Tag.LASTING:
        return False
    before = tokens[at - 1].tag if at else Tag.TEXT
    behind = [one.tag for one in tokens[at + 1 : at + 3]]
    given = before in (Tag.GIVE, Tag.ONCE) and Tag.UP not in behind
    # 连续2年, 连续补贴2年; not 连续经营2年.
    between = {Tag.AWARD, Tag.LIKE, Tag.AT_MOST, Tag.MOST}
    leads = before is Tag.DURING or (
        at > 1 and tokens[at - 2].tag is Tag.DURING and before in between
    )
    # 自设立之日起三年内，按…: since when, and for how long.
    since = at > 0 and tokens[at - 1].text.endswith(("起", "其")) and behind[:1] == [Tag.DOWN]
    # 兼并重组完成后的3年内，按…: the same, with a comma behind it.
    after = at > 0 and _said_after(tokens, at - 1) and behind == [Tag.DOWN, Tag.COMMA]
    return leads or given or since or after or behind == [Tag.DOWN, Tag.YEARLY]


def _said_after(tokens: Sequence[Token], at: int) -> bool:
    """Whether a token is …后 or …后的."""
    spot = at - 1 if tokens[at].tag is Tag.OF and at > 0 else at
    return tokens[spot].text.rstrip().endswith("后")


def _cue(tokens: Sequence[Token], at: int, *, first: int, end: int) -> int:
    """The word that bounds the number: right behind it, or before it and after the last number."""
    if at + 1 < end and tokens[at + 1].tag in SUFFIXES:
        return at + 1
    if at + 1 < end and tokens[at + 1].text in ("封顶", "为限", "上限"):
        return at + 1
    given = False
    for back in range(at - 1, first - 1, -1):
        tag = tokens[back].tag
        if tag in QUANTITIES and tag is not Tag.LASTING:
            break
        given = given or tag in GIVERS
        if given and tag in CUES and tag not in (Tag.MOST, Tag.AT_MOST):
            break  # 经营满一年的奖励1万元: 满 is said of the year.
        if tag in CUES and tag not in SUFFIXES:
            doubled = back > first and tokens[back - 1].tag is Tag.MOST
            return back - 1 if doubled else back  # 最高不超过: 最高 says that it is an award.
    return -1


def _use(tokens: Sequence[Token], at: int, *, cue: int, stretch: _Stretch, before: Set[Tag]) -> Use:
    """An award where something is given, a demand where something is measured."""
    tag = tokens[at].tag
    if tag in (Tag.LASTING, Tag.COUNT):
        return Use.DEMAND
    payable = tag is Tag.MONEY or (tag is Tag.NUMBER and _is_large(tokens[at]))
    end = stretch.end
    sign = tokens[cue].tag if cue >= 0 else Tag.TEXT
    whose = [one.tag for one in tokens[at + 1 : at + 3]] == [Tag.OF, Tag.SUBJECT]
    if whose and not before & {Tag.GIVE, Tag.GAIN}:
        return Use.DEMAND  # 担保费率不超过1%的机构.
    if sign in (Tag.UP, Tag.BEYOND) or _ends_with_of(tokens, at + 1, end=end):
        return Use.DEMAND
    purse = any(
        one.tag is Tag.PURSE and one.text.endswith(("财政", "财力"))
        for one in tokens[stretch.first : at]
    )
    pooled = purse or bool(before & {Tag.SETUP, Tag.POOL})
    priced = Tag.PRICE in before
    given = bool(before & {Tag.GIVE, Tag.GAIN})
    noun = bool(before & {Tag.AWARD, Tag.LIKE})
    floor = sign is Tag.AT_LEAST and noun and Tag.MEASURE not in before
    if sign in (Tag.MORE, Tag.AT_LEAST, Tag.LESS) and not (given or pooled or priced or floor):
        return Use.DEMAND
    share_of = tokens[at - 1].tag is Tag.OF and noun
    # 先导产业奖励10%: what is given stands right before it.
    beside = cue < 0 and at > stretch.first and tokens[at - 1].tag in GIVERS
    by_share = tag is Tag.SHARE and (Tag.BY in before or priced or share_of or beside)
    noun_money = noun and payable
    # 按每片100元的标准: so much for each.
    rated = (
        payable
        and Tag.BY in before
        and [one.text[:2] for one in tokens[at + 1 : at + 3]] in (["的", "标准"], ["标准", ","])
    )
    listed = payable and cue < 0 and Tag.BY in before and stretch.giver > at
    # 给予一次性补贴，其中博士5万元、硕士3万元: each its own part of what was given.
    among = tokens[stretch.first].text.startswith("其中") and stretch.first > 0
    listed = listed or (payable and cue < 0 and among and Tag.MEASURE not in before)
    priced = priced or (
        at + 1 < end and tokens[at + 1].tag is Tag.EACH and tokens[at + 1].text.startswith("/")
    )
    if given or noun_money or listed or priced or rated or sign is Tag.MOST or by_share or pooled:
        return Use.AWARD
    if _leads_to_award(tokens[at + 1 : min(end, at + 1 + AWARD_GAP_MAX)]):
        return Use.AWARD
    # 每人2000元, 单户企业累计不超过50万元: money for each of them, and nothing is measured.
    bounded = sign is Tag.AT_MOST or bool(before & {Tag.EACH, Tag.YEARLY})
    pays = (payable or tag is Tag.SHARE) and cue < at and bounded and Tag.MEASURE not in before
    return Use.AWARD if pays else Use.DEMAND


def _is_large(token: Token) -> bool:
    """500万 without its 元."""
    return token.quantity is not None and token.quantity.value >= LARGE


def _ends_with_of(tokens: Sequence[Token], at: int, *, end: int) -> bool:
    """达到2000万美元的，: what ends with 的 is a demand."""
    return at == end - 1 and tokens[at].tag is Tag.OF


def _leads_to_award(behind: Sequence[Token]) -> bool:
    """Whether 补贴, 奖励 … follow within a few letters, before another number or 的 project."""
    letters = 0
    for at, token in enumerate(behind):
        if token.tag is Tag.OF:
            # 50%的给予…: the number is of a demand; 50%的补贴: it is what is given.
            return any(
                one.tag in (Tag.AWARD, Tag.LIKE, Tag.ONCE) for one in behind[at + 1 : at + 3]
            )
        if token.tag in GIVERS:
            # 执行额1万美元奖励3000元: the first is what the second is given for.
            return not any(one.tag is Tag.MONEY for one in behind[at + 1 : at + 2])
        letters += token.end - token.start
        if letters > AWARD_GAP_MAX or token.tag in QUANTITIES or token.tag in SUFFIXES:
            return False
    return False
