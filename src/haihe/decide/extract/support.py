"""What a support clause promises: to whom, how much of what, up to how much, for each of what."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from haihe.decide.extract.base import base, base_of_sum
from haihe.decide.extract.demands import demands, worded
from haihe.decide.extract.grammar import Op, Part, Role
from haihe.decide.extract.levels import levels
from haihe.decide.extract.lexer import Quantity
from haihe.decide.extract.lexicon import Tag
from haihe.decide.extract.reading import Reading, some
from haihe.decide.extract.uses import PAYING, Amount, Use
from haihe.decide.extract.whom import beneficiary

AFTER_MAX: Final = 40  # Ours: letters of 经区科技局、区财政局审核同意后; longer is no event.
GIVERS: Final = frozenset({Tag.GIVE, Tag.GAIN, Tag.AWARD, Tag.LIKE})
# What the name of somebody may end with, where the lexicon has no word for them.
AFTER_ENDS: Final = frozenset(
    {Tag.BY, Tag.GIVE, Tag.COMMA, Tag.EACH, Tag.ONCE, Tag.LIKE, Tag.AWARD}
)
# What is counted for an award: 贷款规模上限5000万元 bounds the loans, not the award.
COUNTED: Final = re.compile(
    "(?:贷款|融资|担保|投资|合同|保险|交易|采购)(?:规模|本金|金额|额度|总额|额)$"
)
UNCOUNTED: Final = frozenset({Role.SHARE, Role.BASE, Role.AFTER})  # No part of these has a per.
DEED_MIN: Final = 3  # Ours: letters of 每一家; what is longer has a deed in it: 每引进一家.
NAMING: Final = frozenset({Tag.TEXT, Tag.MEASURE})
YEAR: Final = re.compile("第[一二三四五六七八九十]+年|首年|次年|当年|[前后]")
PERIODS: Final = frozenset({"月", "日", "季度", "小时", "学年", "期"})
HEADS: Final = ("项目", "企业", "平台", "产品", "机构", "团队", "单位", "品种")
NAME_MAX: Final = 6  # Ours: letters of what is counted; longer is more than a name.


def support(reading: Reading) -> tuple[Part, ...]:
    """All parts of a piece that promises something."""
    awards = tuple(_instalments(reading, tuple(_awards(reading))))
    who = beneficiary(reading)
    flat = any(reading.tokens[at].tag is Tag.CASEWISE for at in _range(reading))
    return some(
        (
            who,
            *worded(reading),
            *demands(reading),
            _after(reading) if not any(one.role is Role.AFTER for one in awards) else None,
            *awards,
            _once(reading) if all(one.role in UNCOUNTED for one in awards) else None,
            *_years(reading, awards),
            _marked(reading, Tag.STAGED, role=Role.STAGED),
            *_payouts(reading),
            _marked(reading, Tag.CASEWISE, role=Role.DISCRETIONARY) if flat else None,
        )
    )


def _range(reading: Reading) -> range:
    return range(reading.piece.first, reading.piece.end)


def _marked(reading: Reading, tag: Tag, *, role: Role) -> Part | None:
    at = reading.first_of({tag}, among=_range(reading))
    return None if at < 0 else reading.spoken(role, at, end=at + 1)


def _after(reading: Reading) -> Part | None:
    """竣工投产后."""
    for first, end in reading.segments:
        for at in range(first, end):
            token = reading.tokens[at]
            if token.tag is Tag.GIVE:
                break  # 先兑现30%、验收后兑现70%: when a part is paid.
            if token.tag is not Tag.TEXT or not token.text.rstrip().endswith("后"):
                continue
            behind = reading.tokens[at + 1].tag if at + 1 < reading.piece.end else Tag.COMMA
            part = reading.part(Role.AFTER, reading.tokens[first].start, end=token.end)
            part = None if part is None else _behind_who(reading, part)
            short = part is not None and part.end - part.start <= AFTER_MAX
            if short and behind in AFTER_ENDS:
                return part
    return None


def _behind_who(reading: Reading, part: Part) -> Part:
    """对已上市的公司转至…上市后: the event without whom it is for."""
    if reading.tokens[reading.piece.first].tag is not Tag.FOR:
        return part
    ends = [
        one.end
        for one in reading.inside
        if one.tag is Tag.SUBJECT and part.start < one.end < part.end - 1
    ]
    return replace(part, start=ends[0]) if ends else part


def _years(reading: Reading, awards: Sequence[Part]) -> Iterator[Part]:
    """前三年, 连续3年, 补贴期限不超过36个月; not of 前三年…后两年…, which tell shares apart."""
    inner = [one.level for one in awards if one.level is not None]
    for amount in reading.amounts(Use.TIME):
        told = reading.numbered(Role.YEARS, amount)
        apart = any(one.start <= told.start < one.end for one in inner)
        if reading.tokens[amount.at].tag is Tag.LASTING and not apart:
            yield told


def _payouts(reading: Reading) -> Iterator[Part]:
    """按40%、30%、30%的比例分三年兑现: which part is paid when."""
    shares = list(reading.amounts(Use.PAYOUT))
    beside = [one for one in shares if _is_paid(reading, one)]
    shares = beside if len(beside) > 1 else shares  # 完成一半后兑现30%: the half is no payment.
    staged = reading.first_of({Tag.STAGED}, among=_range(reading)) >= 0
    for one in shares if staged or len(shares) > 1 else ():
        told = reading.numbered(Role.STAGE, one)
        ratio = told.quantity.ratio if told.quantity is not None else ()
        if ratio and sum(ratio):
            for part in ratio:
                yield replace(told, quantity=Quantity(part / sum(ratio), "%"))
        elif len(shares) > 1:
            yield told


def _is_paid(reading: Reading, one: Amount) -> bool:
    """兑现30%, 兑现剩余20%."""
    return any(token.text in PAYING for token in reading.tokens[max(0, one.at - 2) : one.at])


def _instalments(reading: Reading, awards: Sequence[Part]) -> Iterator[Part]:
    """给予10万元（第一年5万元，第二年3万元，第三年2万元）: years that come to the sum before."""
    sums = [one for one in awards if one.role is Role.AMOUNT and one.quantity is not None]
    rest = sums[1:]
    years = [one for one in rest if _is_of_year(reading, one)]
    numbers = [one.quantity.value for one in sums if one.quantity is not None]
    split = len(years) == len(rest) > 1 and sum(numbers[1:]) == numbers[0]
    for one in awards:
        if not split:
            yield one
        else:
            yield replace(one, level=None) if one is sums[0] else _stage(one, years)


def _stage(one: Part, years: Sequence[Part]) -> Part:
    return replace(one, role=Role.STAGE) if one in years else one


def _is_of_year(reading: Reading, one: Part) -> bool:
    return one.level is not None and YEAR.search(reading.text(one.level)) is not None


def _once(reading: Reading) -> Part | None:
    """给予一次性补贴, and no sum is named that is given once."""
    said = (one for one in reading.inside if one.text.startswith("一次性"))
    return next((Part(Role.PER, one.start, one.end, about="once") for one in said), None)


def _awards(reading: Reading) -> Iterator[Part]:
    per_all, graded = _leading_each(reading), levels(reading)
    based = any(
        reading.tokens[one.at].tag is Tag.SHARE for one in reading.amounts(Use.AWARD)
    )  # What a sum is of is asked of the first alone, and only beside no share.
    for amount in reading.amounts(Use.AWARD):
        token = reading.tokens[amount.at]
        if token.tag is Tag.SHARE:
            level = graded.get(amount.at)
            yield replace(reading.numbered(Role.SHARE, amount), level=level)
            based = True
            yield from base(reading, amount, level=level)
        else:
            limited = amount.op in (Op.LE, Op.LT)
            per = _per(reading, amount)
            step = limited and any(sign.isdigit() for sign in per_all)
            per = per_all or per if per in ("", "once") and not step else per
            told_level = graded.get(amount.at)
            bound = _bounds_what(reading, amount) if limited else None
            if bound is not None:
                yield bound
                continue
            told = reading.numbered(Role.CAP if limited else Role.AMOUNT, amount, about=per)
            yield replace(told, level=told_level)
            scope = _scope(reading, amount) if limited and not told_level else None
            if scope is not None:
                yield scope
            if not based:
                based = True
                yield from base_of_sum(reading, amount)


def _bounds_what(reading: Reading, amount: Amount) -> Part | None:
    """单户贷款规模上限5000万元: how much of it is paid for, and nothing that is given."""
    cue = reading.tokens[amount.cue].start if 0 <= amount.cue < amount.at else 0
    before = [one for one in reading.tokens[: amount.at] if one.end <= cue][-1:]
    found = COUNTED.search(before[0].text) if before and before[0].tag in NAMING else None
    if found is None:
        return None
    told = reading.numbered(Role.LIMIT, amount, about=found[0])
    return replace(told, start=before[0].start + found.start())


def _per(reading: Reading, amount: Amount) -> str:
    """For each of what: 企业·年, 项目, 企业累计, year, once; "" where nothing is said."""
    first, _ = reading.segment(amount.at)
    first = max(first, reading.piece.first)
    before = range(first, amount.at)
    behind = reading.tokens[amount.at + 1] if amount.at + 1 < reading.piece.end else None
    if behind is not None and behind.tag is Tag.EACH and behind.text.startswith("/"):
        return behind.about
    whom = [
        _head(reading, at) if reading.tokens[at].about == "个" else reading.tokens[at].about
        for at in before
        if reading.tokens[at].tag is Tag.EACH and reading.tokens[at + 1].tag is not Tag.MEASURE
    ]
    if not whom:
        whom = _just_before(reading, first)
    yearly = any(_is_yearly(reading, at, amount=amount) for at in before)
    if whom:
        total = any(reading.tokens[at].text in ("累计", "合计", "共计") for at in before)
        # 每人每月 is one thing; 每个项目 ... 每家企业 are two, and the last is meant.
        joined = [one for one in whom if one in PERIODS]
        named = [one for one in whom if one not in PERIODS][-1:]
        told = "·".join((*named, *joined[-1:]))
        return told + ("累计" if total and not yearly else "") + ("·年" if yearly else "")
    if yearly:
        return "year"
    return "once" if any(one.text.startswith("一次性") for one in reading.inside) else ""


def _just_before(reading: Reading, first: int) -> list[str]:
    """比上年度每增加2000万元，给予…: what a stretch before ends with is counted."""
    if first <= reading.piece.first + 1 or reading.tokens[first].tag not in GIVERS:
        return []
    last = reading.tokens[first - 2]
    return [last.about] if last.tag is Tag.EACH else []


def _is_yearly(reading: Reading, at: int, *, amount: Amount) -> bool:
    """每年, 年度最高; not 年度优秀的企业."""
    token = reading.tokens[at]
    named = any(one.tag is Tag.OF for one in reading.tokens[at : amount.at])
    return token.tag is Tag.YEARLY and (token.text.startswith("每") or not named)


def _head(reading: Reading, at: int) -> str:
    """单个研发项目: of what 个 counts; the name at the end of what follows."""
    behind = reading.tokens[at + 1] if at + 1 < reading.piece.end else reading.tokens[at]
    if behind.tag not in (Tag.TEXT, Tag.SUBJECT):
        return _counted_before(reading, at)
    follows = reading.tokens[at + 2 : at + 3]
    if behind.tag is Tag.TEXT and follows and follows[0].tag is Tag.SUBJECT:
        told = behind.text.strip() + follows[0].text
        return told if len(told) <= NAME_MAX else follows[0].text  # 每个综合型总部.
    text = behind.text.strip().split("的")[0]
    found = next((one for one in HEADS if text.endswith(one)), text)
    return found if len(found) <= NAME_MAX else found[-2:]


def _counted_before(reading: Reading, at: int) -> str:
    """经认定的创新平台每个补助100万元: what 个 counts stands before it."""
    tokens = reading.tokens
    if at < 2 or tokens[at - 1].tag is not Tag.SUBJECT:
        return "个"
    before = tokens[at - 2]
    name = (before.text.strip() if before.tag is Tag.TEXT else "") + tokens[at - 1].text
    return name if len(name) <= NAME_MAX else tokens[at - 1].text


def _leading_each(reading: Reading) -> str:
    """单个项目验收结题的，…给予…; or what it is for ends with 项目."""
    for first, end in reading.segments:
        token = reading.tokens[first]
        if token.tag is Tag.EACH:
            return token.about
        deeds = [one for one in reading.tokens[first:end] if one.tag is Tag.EACH]
        if deeds and len(deeds[-1].text) > DEED_MIN and end < reading.piece.end:
            return deeds[-1].about  # 各市每新增一家上市公司，奖励….
        if token.tag is Tag.FOR and reading.tokens[end - 1].text.endswith("项目"):
            return "项目"
    return ""


def _scope(reading: Reading, amount: Amount) -> Part | None:
    """国家级创新中心最高…: whom a limit is for, where it is not all."""
    first, _ = reading.segment(amount.at)
    head = reading.tokens[first]
    if first <= reading.piece.first or head.tag not in (Tag.TEXT, Tag.SUBJECT):
        return None
    stop = reading.first_of({Tag.MOST, Tag.AT_MOST}, among=range(first, amount.at))
    others = {Tag.GIVE, Tag.BY, Tag.EACH, Tag.YEARLY, Tag.FOR, Tag.MEASURE, Tag.AWARD}
    if stop < 0 or reading.first_of(others, among=range(first, stop)) >= 0:
        return None
    return reading.spoken(Role.CAP_SCOPE, first, end=stop)
