"""What a support clause promises: to whom, how much of what, up to how much, for each of what."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from haihe.decide.extract.demands import demands, worded
from haihe.decide.extract.grammar import Op, Part, Role
from haihe.decide.extract.levels import levels
from haihe.decide.extract.lexicon import Tag
from haihe.decide.extract.reading import Reading, some
from haihe.decide.extract.uses import Amount, Use, segment_of

AFTER_MAX: Final = 14  # Ours: letters of 竣工投产后; longer is no event.
CUES: Final = frozenset({Tag.MOST, Tag.AT_MOST, Tag.AT_LEAST, Tag.MORE, Tag.LESS})
GIVERS: Final = frozenset({Tag.GIVE, Tag.GAIN, Tag.AWARD, Tag.LIKE})
GIVEN: Final = (
    GIVERS | CUES | {Tag.MONEY, Tag.SHARE, Tag.NUMBER, Tag.ONCE, Tag.EACH, Tag.YEARLY, Tag.COMMA}
)
WHO_ENDS: Final = frozenset({Tag.GIVE, Tag.GAIN, Tag.EACH, Tag.YEARLY, Tag.BY})
OF_SHARE: Final = ("比例", "标准", "额度")
PERIODS: Final = frozenset({"月", "日", "季度", "小时", "学年", "期"})
HEADS: Final = ("项目", "企业", "平台", "产品", "机构", "团队", "单位", "品种")
NAME_MAX: Final = 6  # Ours: letters of what is counted; longer is more than a name.


def support(reading: Reading) -> tuple[Part, ...]:
    """All parts of a piece that promises something."""
    awards = tuple(_awards(reading))
    who = _beneficiary(reading)
    flat = any(reading.tokens[at].tag is Tag.CASEWISE for at in _range(reading))
    return some(
        (
            who,
            *worded(reading),
            *demands(reading),
            _after(reading),
            *awards,
            _once(reading) if not awards else None,
            *_years(reading),
            _marked(reading, Tag.STAGED, role=Role.STAGED),
            _marked(reading, Tag.CASEWISE, role=Role.DISCRETIONARY) if flat else None,
        )
    )


def _range(reading: Reading) -> range:
    return range(reading.piece.first, reading.piece.end)


def _marked(reading: Reading, tag: Tag, *, role: Role) -> Part | None:
    at = reading.first_of({tag}, among=_range(reading))
    return None if at < 0 else reading.spoken(role, at, end=at + 1)


def _beneficiary(reading: Reading) -> Part | None:
    """对…的企业; 用于…; 给予发布方; …的主体可获得."""
    tokens = reading.tokens
    for first, end in reading.segments:
        if tokens[first].tag is Tag.FOR:
            stop = _who_ends(reading, first + 1, end=end)
            stop = _whole(reading, end) if stop < 0 else stop
            part = reading.spoken(Role.BENEFICIARY, first + 1, end=stop)
            if part is not None and not reading.text(part).endswith("的"):
                return part
    for at in _range(reading):
        if tokens[at].tag is Tag.GIVE:
            last = reading.first_of(GIVEN, among=range(at + 1, reading.piece.end))
            if last > at + 1 and tokens[last - 1].tag is Tag.SUBJECT:
                return reading.spoken(Role.BENEFICIARY, at + 1, end=last)
    for first, end in reading.segments:
        at = reading.first_of({Tag.GAIN}, among=range(first, end))
        if at > first:
            return reading.spoken(Role.BENEFICIARY, first, end=at)
        if tokens[end - 1].tag is Tag.SUBJECT and at < 0:
            begins = first + (tokens[first].tag is Tag.LIKE)
            return reading.spoken(Role.BENEFICIARY, begins, end=end)
        break
    return None


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
        if (tag in WHO_ENDS and (tag is not Tag.YEARLY or at > first)) or (
            tag in (Tag.AWARD, Tag.LIKE) and behind in GIVEN
        ):
            return at
    return -1


def _after(reading: Reading) -> Part | None:
    """竣工投产后."""
    for first, end in reading.segments:
        for at in range(first, end):
            token = reading.tokens[at]
            if token.tag is not Tag.TEXT or not token.text.rstrip().endswith("后"):
                continue
            behind = reading.tokens[at + 1].tag if at + 1 < reading.piece.end else Tag.COMMA
            part = reading.part(Role.AFTER, reading.tokens[first].start, end=token.end)
            short = part is not None and part.end - part.start <= AFTER_MAX
            if short and behind in (Tag.BY, Tag.GIVE, Tag.COMMA, Tag.EACH, Tag.ONCE):
                return part
    return None


def _years(reading: Reading) -> Iterator[Part]:
    """前三年, 连续3年, 补贴期限不超过36个月."""
    for amount in reading.amounts(Use.TIME):
        if reading.tokens[amount.at].tag is Tag.LASTING:
            yield reading.numbered(Role.YEARS, amount)


def _once(reading: Reading) -> Part | None:
    """给予一次性补贴, and no sum is named."""
    told = _marked(reading, Tag.ONCE, role=Role.PER)
    return None if told is None else replace(told, about="once")


def _awards(reading: Reading) -> Iterator[Part]:
    per_all, graded = _leading_each(reading), levels(reading)
    for amount in reading.amounts(Use.AWARD):
        token = reading.tokens[amount.at]
        if token.tag is Tag.SHARE:
            yield replace(reading.numbered(Role.SHARE, amount), level=graded.get(amount.at))
            base = _base(reading, amount)
            if base is not None:
                yield base
        else:
            limited = amount.op in (Op.LE, Op.LT)
            per = _per(reading, amount) or per_all
            told_level = graded.get(amount.at)
            told = reading.numbered(Role.CAP if limited else Role.AMOUNT, amount, about=per)
            yield replace(told, level=told_level)
            scope = _scope(reading, amount) if limited and not told_level else None
            if scope is not None:
                yield scope


def _per(reading: Reading, amount: Amount) -> str:
    """For each of what: 企业·年, 项目, 企业累计, year, once; "" where nothing is said."""
    first, _ = segment_of(reading.tokens, amount.at)
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
    yearly = any(_is_yearly(reading, at, amount=amount) for at in before)
    if whom:
        total = any(reading.tokens[at].text in ("累计", "合计") for at in before)
        # 每人每月 is one thing; 每个项目 ... 每家企业 are two, and the last is meant.
        joined = [one for one in whom if one in PERIODS]
        named = [one for one in whom if one not in PERIODS][-1:]
        told = "·".join((*named, *joined[-1:]))
        return told + ("累计" if total and not yearly else "") + ("·年" if yearly else "")
    if yearly:
        return "year"
    once = reading.first_of({Tag.ONCE}, among=_range(reading))
    return "once" if once >= 0 else ""


def _is_yearly(reading: Reading, at: int, *, amount: Amount) -> bool:
    """每年, 年度最高; not 年度优秀的企业."""
    token = reading.tokens[at]
    named = any(one.tag is Tag.OF for one in reading.tokens[at : amount.at])
    return token.tag is Tag.YEARLY and (token.text.startswith("每") or not named)


def _head(reading: Reading, at: int) -> str:
    """单个研发项目: of what 个 counts; the name at the end of what follows."""
    behind = reading.tokens[at + 1] if at + 1 < reading.piece.end else reading.tokens[at]
    if behind.tag not in (Tag.TEXT, Tag.SUBJECT):
        return "个"
    text = behind.text.strip().split("的")[0]
    found = next((one for one in HEADS if text.endswith(one)), text)
    return found if len(found) <= NAME_MAX else found[-2:]


def _leading_each(reading: Reading) -> str:
    """单个项目验收结题的，…给予…; or what it is for ends with 项目."""
    for first, end in reading.segments:
        token = reading.tokens[first]
        if token.tag is Tag.EACH:
            return token.about
        if token.tag is Tag.FOR and reading.tokens[end - 1].text.endswith("项目"):
            return "项目"
    return ""


def _scope(reading: Reading, amount: Amount) -> Part | None:
    """国家级创新中心最高…: whom a limit is for, where it is not all."""
    first, _ = segment_of(reading.tokens, amount.at)
    head = reading.tokens[first]
    if first <= reading.piece.first or head.tag not in (Tag.TEXT, Tag.SUBJECT):
        return None
    stop = reading.first_of({Tag.MOST, Tag.AT_MOST}, among=range(first, amount.at))
    others = {Tag.GIVE, Tag.BY, Tag.EACH, Tag.YEARLY, Tag.FOR, Tag.MEASURE, Tag.AWARD}
    if stop < 0 or reading.first_of(others, among=range(first, stop)) >= 0:
        return None
    return reading.spoken(Role.CAP_SCOPE, first, end=stop)


def _base(reading: Reading, amount: Amount) -> Part | None:
    """Of what a share is: 按照设备投资额的10%, 最高40%新购置设备费用."""
    tokens = reading.tokens
    first, end = segment_of(tokens, amount.at)
    first = max(first, reading.piece.first)
    end = min(end, reading.piece.end)
    by = reading.last_of({Tag.BY}, among=range(first, amount.at))
    gives = reading.last_of({Tag.GIVE}, among=range(first, amount.at))
    low = max(by, gives if by < 0 else by, first - 1) + 1
    high = gives if gives > by >= 0 else amount.at
    skipped = CUES | GIVERS | {Tag.DURING, Tag.LASTING, Tag.EACH, Tag.STAGED}
    while low < high and (tokens[low].tag in skipped or tokens[low].text.startswith("每")):
        low += 1
    if by < 0 <= gives and low == gives + 1 < high - 1 and tokens[low].tag is Tag.SUBJECT:
        low += 1  # 给予企业固定资产投资额5%: the firm is who gets it.
    while high > low and tokens[high - 1].tag in (Tag.OF, *CUES):
        high -= 1
    part = reading.spoken(Role.BASE, low, end=high)
    if part is not None:
        part = _inner(reading, part)
    if part is None or (by < 0 and tokens[amount.at - 1].tag is not Tag.OF):
        part = _behind(reading, amount.at + 1, end=end) or part
    return part


def _inner(reading: Reading, part: Part) -> Part | None:
    """What is left of 补助金额为建设投资额, and of …相对应《标准》."""
    text = reading.text(part)
    opened, closed = text.rfind("《"), text.rfind("》")
    if 0 <= opened < closed:
        return replace(part, start=part.start + opened + 1, end=part.start + closed)
    at = text.rfind("金额为")
    at = at + 2 if at >= 0 else -1
    if at >= 0:
        return reading.part(Role.BASE, part.start + at + 1, end=part.end)
    return part


def _behind(reading: Reading, first: int, *, end: int) -> Part | None:
    stop = first
    while stop < end and reading.tokens[stop].tag in (Tag.TEXT, Tag.MEASURE, Tag.OPEN, Tag.CLOSE):
        stop += 1
    part = reading.spoken(Role.BASE, first, end=stop)
    if part is None or reading.text(part).startswith(OF_SHARE):
        return None
    return part
