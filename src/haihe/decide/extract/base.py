"""Of what a share is: 按照设备投资额的10%, 最高40%新购置设备费用, 年薪超过60万元的部分."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from haihe.decide.extract.grammar import Part, Role
from haihe.decide.extract.levels import BASES
from haihe.decide.extract.lexicon import QUANTITIES, Tag
from haihe.decide.extract.reading import Reading
from haihe.decide.extract.uses import Amount

CUES: Final = frozenset({Tag.MOST, Tag.AT_MOST, Tag.AT_LEAST, Tag.MORE, Tag.LESS})
GIVERS: Final = frozenset({Tag.GIVE, Tag.GAIN, Tag.AWARD, Tag.LIKE})
SKIPPED: Final = CUES | GIVERS | {Tag.DURING, Tag.LASTING, Tag.EACH, Tag.STAGED}
OF_SHARE: Final = ("比例", "标准", "额度")
# 项目建成后实际建设投资: an event, and what the share is of from then on.
EVENT: Final = re.compile(
    "(?:建成|投产|竣工|验收|上市|认定|完工|达产|运营|完成|投用|开业)后(?!第|首年|当年)(?=.{2})"
)
# 补助金额为建设投资额的10%, 贴息比例不超过利息的50%; 其投资额; 实际投入（仅指设备，下同）.
RATE: Final = re.compile(
    "(?:.*(?:金额|比例|标准|额度)(?:不超过|最高|最多|为|按照?)|其(?!他|中|余))"
)
NOTE: Final = re.compile("（[^（）]*下同）$")
COSTS: Final = ("费", "费用", "支出", "成本", "租金", "利息", "保费")
SLICE: Final = "部分"  # 年薪超过60万元的部分.
LEAD: Final = re.compile("^(?:其中|企业提供|单位支付|用人单位支付|即：?)")


def base(reading: Reading, amount: Amount, *, level: Part | None) -> Iterator[Part]:
    """What a share is of, and the event it counts from; nothing where the text does not say."""
    found = _near(reading, amount)
    if found is not None and level is not None and found.start < level.end:
        # 重点方向|流片费用50%: the level is no part of it.
        found = reading.part(Role.BASE, level.end, end=found.end) if found.end > level.end else None
    if found is not None and (reading.text(found) in OF_SHARE or _says_none(reading, found)):
        found = None
    if found is None:
        first, _ = reading.segment(amount.at)
        found = _said_before(reading, max(first, reading.piece.first))
    if found is not None:
        yield from _with_event(reading, found)


def base_of_sum(reading: Reading, amount: Amount) -> Iterator[Part]:
    """按核定功率每千瓦补贴200元: what a sum is measured by, where a phrase of money ends there."""
    first, _ = reading.segment(amount.at)
    spots = [spot for spot in reading.segments if spot[0] <= amount.at]
    for low, high in reversed(spots[-2:]):
        stop = min(high, amount.at)
        found = _by(reading, low, end=stop) or _cost(reading, low, end=stop)
        if found is not None and low >= reading.piece.first and first >= low:
            yield from _with_event(reading, found)
            return


def _with_event(reading: Reading, found: Part) -> Iterator[Part]:
    event = EVENT.search(reading.text(found))
    if event is None:
        yield found
        return
    yield Part(Role.AFTER, found.start, found.start + event.end())
    yield replace(found, start=found.start + event.end())


def _says_none(reading: Reading, found: Part) -> bool:
    """Whether what stands before a share is only that it is given: 其中…奖励."""
    inner = [one.tag for one in reading.inside if found.start <= one.start < found.end]
    most = Tag.MOST in inner and inner[-1] in (Tag.AWARD, Tag.LIKE)  # 政府最高补贴三成.
    return most or reading.text(found).startswith("其中") or (bool(inner) and {*inner} <= GIVERS)


def _said_before(reading: Reading, first: int) -> Part | None:
    """按照入库设备投资额给予奖补，其中…10%; 年薪超过60万元的部分，按30%."""
    spots = [spot for spot in reading.segments if spot[1] < first]
    for low, high in reversed(spots[-2:]):
        found = _by(reading, low, end=high) or _slice(reading, low, end=high)
        if found is not None:
            return found
    return None


def _by(reading: Reading, first: int, *, end: int) -> Part | None:
    """What stands between 按 and 给予, if it is a sum or a measure."""
    at = reading.last_of({Tag.BY}, among=range(first, end))
    if at < 0:
        return None
    stop = reading.first_of(GIVERS | CUES | {Tag.EACH, Tag.ONCE}, among=range(at + 1, end))
    stop = end if stop < 0 else stop
    inner = {one.tag for one in reading.tokens[at + 1 : stop]}
    if Tag.LASTING in inner:  # 按照其三年内所产生的综合贡献总额.
        at = max(at, reading.last_of({Tag.OF}, among=range(at + 1, stop)))
        inner = {one.tag for one in reading.tokens[at + 1 : stop]}
    found = reading.spoken(Role.BASE, at + 1, end=stop)
    if (
        found is None
        or inner & QUANTITIES
        or not reading.text(found).endswith((*BASES, "功率", "容量", "面积"))
    ):
        return None
    return found


def _cost(reading: Reading, first: int, *, end: int) -> Part | None:
    """对购置或租赁办公用房费用给予补贴: what is paid a part of."""
    low = reading.last_of({Tag.FOR}, among=range(first, end))
    stop = reading.first_of(GIVERS, among=range(low + 1, end)) if low >= 0 else -1
    found = reading.spoken(Role.BASE, low + 1, end=stop) if stop > low else None
    return found if found is not None and reading.text(found).endswith(COSTS) else None


def _slice(reading: Reading, first: int, *, end: int) -> Part | None:
    """年薪超过60万元的部分: all of a stretch that ends with 部分."""
    part = reading.spoken(Role.BASE, first, end=end)
    words = "" if part is None else reading.text(part)
    if part is None or not words.endswith(SLICE):
        return None
    lead = LEAD.match(words)
    return part if lead is None else reading.part(Role.BASE, part.start + lead.end(), end=part.end)


def _near(reading: Reading, amount: Amount) -> Part | None:
    """In the same stretch: behind 按 or 给予 and before the share, or behind the share."""
    tokens = reading.tokens
    first, end = reading.segment(amount.at)
    first = max(first, reading.piece.first)
    end = min(end, reading.piece.end)
    by = reading.last_of({Tag.BY}, among=range(first, amount.at))
    gives = reading.last_of({Tag.GIVE}, among=range(first, amount.at))
    low = max(by, gives if by < 0 else by, first - 1) + 1
    high = gives if gives > by >= 0 else amount.at
    while low < high and (tokens[low].tag in SKIPPED or tokens[low].text.startswith("每")):
        low += 1
    if by < 0 <= gives and low == gives + 1 < high - 1 and tokens[low].tag is Tag.SUBJECT:
        low += 1  # 给予企业固定资产投资额5%: the firm is who gets it.
    listed = reading.first_of({Tag.SHARE}, among=range(low, high))
    high = listed if listed >= 0 else high  # 贡献的70%、80%: one base of both.
    while high > low and tokens[high - 1].tag in (Tag.OF, *CUES):
        high -= 1
    part = reading.spoken(Role.BASE, low, end=high)
    joint = by if by + 1 == amount.at else gives if by < 0 else -1
    if part is None and joint > first:  # 展位费给予80%补贴, 运营费用按50%补贴.
        part = reading.spoken(Role.BASE, first, end=joint)
        part = part if part is not None and reading.text(part).endswith(COSTS) else None
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
    rate = RATE.match(text)
    if rate is not None:
        part = replace(part, start=part.start + rate.end())
    note = NOTE.search(reading.text(part))
    return (
        part if note is None else reading.part(Role.BASE, part.start, end=part.start + note.start())
    )


def _behind(reading: Reading, first: int, *, end: int) -> Part | None:
    stop = first
    while stop < end and reading.tokens[stop].tag in (Tag.TEXT, Tag.MEASURE, Tag.OPEN, Tag.CLOSE):
        stop += 1
    part = reading.spoken(Role.BASE, first, end=stop)
    if part is None or reading.text(part).startswith(OF_SHARE):
        return None
    return part
