"""Which sum is for which level: 国家级、省级分别给予100万元、50万元; 1亿元、5亿元分别奖励…."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from haihe.decide.extract.grammar import Op, Part, Role
from haihe.decide.extract.lexicon import QUANTITIES, Tag
from haihe.decide.extract.reading import Reading
from haihe.decide.extract.uses import Amount, Use

LEVELS_MAX: Final = 12  # Ours: a ladder of more steps is a table.
OWN_MAX: Final = 30  # Ours: letters of the name that one sum of several is for.
NUMBERS: Final = re.compile(r"\d+\s?(?:%|万|亿|元)")  # 先导产业奖励10%: no name of anything.
LIST_MAX: Final = 24  # Ours: letters of one name in a list of names.
GAP_MAX: Final = 14  # Ours: letters of 国家级旅游度假区、 between two levels.
# What tells grades of one thing apart.
LEVEL: Final = re.compile(
    r"(?:国家|省部|省市|省|市|区县|区|县|州|镇|乡|村|世界|国际|全国|全省|全市|自治区|部|厅|局|校|院|地市)级"
    r"|[一二三四五六]级|[特甲乙丙丁]级|[特一二三四优]等(?:奖)?|[金银铜]奖|第[一二三四五六七八九十]+(?:名|年|档|类|等次|梯队)"
    r"|首年|次年|其?[前后][一二两三四五\d]{1,2}年|[一二三四五]档|[一二三四]类|[A-FＡ-Ｆ](?:类|级|档|等|轮)|[1-5]A级?|A{2,5}级?|[一二三四五]星级?"
    r"|[IVⅠⅡⅢⅣ]{1,3}(?:[期类级]|(?=[、和及或]))|[境国省市区县][内外]"
    r"|(?:国家|省|市|区|县|州)(?=[、和或及](?:国家|省|市|区|县|州))"
    r"|(?<=[、和或及])(?:国家|省|市|区|县|州)(?![、和或及]?[局厅委府财])"
    r"|^(?:国家|省|市|区|县)(?=重点|示范|定)"
    r"|博士后|博士|硕士|本科|大专|正高|副高|高级技师|技师|高级工|中级工|高级职称|中级职称|(?:优秀|优胜|入围|提名|良好|合格)奖?"
    r"|主板|创业板|科创板|北交所|新三板|钻石|白金|铂金|黄金"
)
JOINTS: Final = frozenset("和与及或、/")
SPLIT: Final = re.compile(r"以及|或者|[、和与及或]")
HEADS: Final = re.compile(
    r"^(?:.*的|.*?(?:取得|获得|获评|获批|荣获|获|认定为|新认定|认定|评定为|评为|入选|列入|列为|通过|达到|进入|建成|完成|"
    r"升级为|创建|批准|设立|主导制定|参与制定|制定|主持|承担|牵头|在)+"
    r"(?:[并且](?:新|首次|成功)*(?:获批|获得|获|取得|通过|认定|发布|完成|建成|入选)+)?(?:了|的)?)"
)
TAILS: Final = re.compile(r"(?:称号|认定|首次|播出|的).*$")
GIVING: Final = frozenset(
    {Tag.GIVE, Tag.GAIN, Tag.AWARD, Tag.LIKE, Tag.MOST, Tag.AT_MOST, Tag.EACH, Tag.ONCE,
     Tag.YEARLY, Tag.BY}
)  # fmt: skip

LOOSE_ENDS: Final = re.compile("(?:的|再|另|各|均|分别|则|按)+$")
NOUNS: Final = frozenset({Tag.AWARD, Tag.LIKE})
LEADING: Final = frozenset({Tag.BY, Tag.FOR})  # 对A给予…、对B给予…
GROUPS: Final = re.compile("方向|类型|类别|类|领域|产业|企业|项目|级|的")
LIMITS: Final = frozenset({Op.LE, Op.LT})
# What shares are of: 流片费用; a common end such as 产业 is part of a name.
BASES: Final = (
    "额", "费", "费用", "投入", "投资", "支出", "成本", "价款", "价格", "租金", "收入", "产值",
    "利息", "部分", "贡献", "金额", "保费", "利率",
)  # fmt: skip


def levels(reading: Reading) -> Mapping[int, Part]:
    """Award to what it is for: the token of a sum or share, and the words or number beside it.

    Only where there are as many of the one as of the other.
    """
    awards = [one for one in reading.amounts(Use.AWARD) if one.at < reading.piece.end]
    if len(awards) < 2:
        return {}
    found: dict[int, Part] = {}
    alone: list[Amount] = []
    runs = [run for run in _runs(reading, awards) if run]
    for run in runs:
        if 1 < len(run) <= LEVELS_MAX:
            named = _numbers(reading, run) or _named(reading, run)
            found.update(zip((one.at for one in run), named, strict=False))
        else:
            alone.append(run[0])
    apart = {reading.tokens[one.at].tag for one in alone}
    told = {reading.tokens[at].tag for at in found}
    own = {} if apart & told else _own_of_each(reading, alone)
    found.update(own)
    for run in runs:
        # 先导产业奖励10%、其他产业奖励5%，最高分别为400万元、200万元: the limits in the same order.
        if 1 < len(run) == len(own) and run[0].at not in found:
            found.update(zip((one.at for one in run), own.values(), strict=True))
    return found


def _runs(reading: Reading, awards: Sequence[Amount]) -> Iterator[list[Amount]]:
    """Awards of one kind with only 、 and 和 between them."""
    run: list[Amount] = []
    for one in awards:
        if run and not _joined(reading, run[-1].at, second=one.at):
            yield run
            run = []
        run.append(one)
    yield run


def _joined(reading: Reading, first: int, *, second: int) -> bool:
    tokens = reading.tokens
    between = [one for one in tokens[first + 1 : second] if one.tag is not Tag.WITH]
    alike = {tokens[first].tag, tokens[second].tag} <= {Tag.MONEY, Tag.NUMBER} or (
        tokens[first].tag is tokens[second].tag
    )
    lists = [one for one in between if one.text.strip() in JOINTS]
    cues = [one for one in between if one.tag in (Tag.MOST, Tag.AT_MOST, Tag.EACH)]
    return alike and len(lists) == 1 and len(lists) + len(cues) == len(between)


def _numbers(reading: Reading, run: Sequence[Amount]) -> list[Part]:
    """As many numbers in a list before: 1亿元、5亿元、10亿元."""
    tokens = reading.tokens
    last: list[Amount] = []
    for group in _runs(reading, [one for one in reading.found if one.use is Use.DEMAND]):
        inside = [one for one in group if reading.piece.first <= one.at < run[0].at]
        if len(inside) == len(run) and all(tokens[one.at].tag in QUANTITIES for one in inside):
            last = inside
    return [reading.numbered(Role.LEVEL, one) for one in last]


def _named(reading: Reading, run: Sequence[Amount]) -> list[Part]:
    """As many grades in a list before, or as many names."""
    start, end = reading.tokens[reading.piece.first].start, reading.tokens[run[0].at].start
    text = reading.folded[start:end]
    spots: list[tuple[int, int]] = []
    group: list[tuple[int, int]] = []
    for found in LEVEL.finditer(text):
        if group and not _same_list(text[group[-1][1] : found.start()]):
            spots = group if len(group) == len(run) else spots
            group = []
        group.append(found.span())
    spots = group if len(group) == len(run) else spots
    spots = spots or _listed(text, len(run))
    parts = [reading.part(Role.LEVEL, start + low, end=start + high) for low, high in spots]
    return [one for one in parts if one is not None] if all(parts) else []


def _same_list(between: str) -> bool:
    return len(between) <= GAP_MAX and between.rstrip("《“")[-1:] in JOINTS and "，" not in between


def _listed(text: str, count: int) -> list[tuple[int, int]]:
    """The last stretch between commas that is a list of so many names."""
    at = len(text)
    for segment in reversed(re.split("[，；：]", text)):
        at -= len(segment)
        if len(SPLIT.findall(segment)) == count - 1:
            return _names(segment, at)
        head = segment.split("的")[0]  # 在中央台、省级卫视播出的|电视剧、纪录片.
        if len(SPLIT.findall(head)) == count - 1:
            return _names(head, at)
        at -= 1
    return []


def _names(segment: str, at: int) -> list[tuple[int, int]]:
    """The names of a list without what leads to the first and what is said of the last."""
    spots: list[tuple[int, int]] = []
    low = 0
    ends = [*(one.span() for one in SPLIT.finditer(segment)), (len(segment), len(segment))]
    for high, behind in ends:
        name = segment[low:high]
        head = HEADS.match(name) if low == 0 else None
        final = behind == len(segment)
        tail = TAILS.search(name) if final else None
        first = low + (head.end() if head else 0)
        last = low + (tail.start() if tail else len(name))
        if final and spots:
            alike = _alike(segment[spots[0][0] - at : spots[0][1] - at], segment[low:last])
            last = low + alike if alike else last
        if not 0 < last - first <= LIST_MAX or NUMBERS.search(segment[first:last]):
            return []
        spots.append((at + first, at + last))
        low = behind
    return spots


def _alike(first: str, last: str) -> int:
    """综合类 and 专业类线上平台: where the last name ends, which ends as the first does."""
    at = last.find(first[-1:])
    return at + 1 if 0 < at < len(last) - 1 and last[at + 1 :][:1] not in first else 0


def _own_of_each(reading: Reading, alone: Sequence[Amount]) -> dict[int, Part]:
    """投资的50%，A最高200万元，B最高100万元: names of limits, beside one share that has none."""
    sums = [one for one in alone if reading.tokens[one.at].tag is not Tag.SHARE]
    return _own(reading, sums if len(sums) == len(alone) - 1 > 1 else alone)


def _own(reading: Reading, alone: Sequence[Amount]) -> dict[int, Part]:
    """州级补助10万元，省级补助20万元: each sum behind its own words.

    Words that are a grade may stand beside sums that have none; others only all together.
    """
    found: dict[int, Part] = {}
    graded: set[int] = set()
    for one, part in _own_words(reading, alone):
        words = reading.text(part)
        if len(words) <= OWN_MAX and "财政" not in words:
            found[one.at] = part
            if LEVEL.search(words) is not None:
                graded.add(one.at)
    alike = {reading.tokens[one.at].tag for one in alone if one.at in found}
    last = [one for one in alone if one.at not in found]
    whole = len(alike) == 1 and all(one.op in LIMITS for one in last)
    if not whole or len({reading.text(part) for part in found.values()}) < len(found):
        found = {at: part for at, part in found.items() if at in graded}
    return _without_tail(reading, found) if len(found) > 1 else {}


def _own_words(reading: Reading, alone: Sequence[Amount]) -> Iterator[tuple[Amount, Part]]:
    """What stands between the award before, or a comma, and the word that gives."""
    last = -1
    for one in alone:
        first, _ = reading.segment(one.at)
        first = max(first, reading.piece.first, last + 1)
        last = one.at
        opened = reading.last_of({Tag.OPEN, Tag.COLON}, among=range(first, one.at))
        closed = reading.first_of({Tag.CLOSE}, among=range(opened, one.at)) if opened >= 0 else -1
        first = max(first, opened + 1) if closed < 0 else first
        while first < one.at and (
            reading.tokens[first].tag in LEADING
            or reading.tokens[first].text.strip() in JOINTS
            or reading.tokens[first].text.startswith("/")  # 省内200元/标箱、省外500元/标箱.
        ):
            first += 1
        stop = _words_end(reading, first, at=one.at)
        part = reading.spoken(Role.LEVEL, first, end=stop) if stop > first else None
        if part is not None and reading.text(part).startswith("其中"):
            part = reading.part(Role.LEVEL, part.start + 2, end=part.end)
        if part is not None:
            loose = LOOSE_ENDS.search(reading.text(part))
            part = part if loose is None else replace(part, end=part.start + loose.start())
        if part is not None and part.end > part.start:
            yield one, part


def _words_end(reading: Reading, first: int, *, at: int) -> int:
    """Where the words before a sum or a share end; -1 if nothing that gives follows them."""
    if reading.tokens[at].tag is not Tag.SHARE:
        stop = reading.first_of(GIVING, among=range(first, at))
        words = reading.spoken(Role.LEVEL, first, end=at)
        told = "" if words is None else reading.text(words).removeprefix("其中")
        among = reading.tokens[reading.segment(at)[0]].text.startswith("其中")
        bare = stop < 0 and (among or LEVEL.fullmatch(told))
        return at if bare else stop  # （第一年4万元，第二年3万元）.
    stop = reading.first_of(GIVING - NOUNS, among=range(first, at))
    stop = at if stop < 0 else stop
    while stop > first and reading.tokens[stop - 1].tag in NOUNS:
        stop -= 1  # 先导产业奖励10%; but 重点支持方向流片费用50%.
    return stop


def _without_tail(reading: Reading, found: Mapping[int, Part]) -> dict[int, Part]:
    """州级文化产业园区 and 省级文化产业园区: what all end with tells none of them apart.

    It is left out where grades are left, and where it is what a share is of.
    """
    words = [reading.text(part) for part in found.values()]
    tail = common_tail(words)
    if tail and all(reading.tokens[at].tag is Tag.SHARE for at in found):
        tail = len(GROUPS.split(words[0][-tail:])[-1])  # 重点方向|流片费用.
        based = tail > 1 and words[0].endswith(BASES) and all(len(one) > tail for one in words)
        tail = tail if based else 0
    else:
        while tail and not all(LEVEL.fullmatch(one[: len(one) - tail]) for one in words):
            tail -= 1
    if not tail:
        return dict(found)
    return {at: replace(part, end=part.end - tail) for at, part in found.items()}


def common_tail(words: Sequence[str]) -> int:
    """How many letters all of some words end with.

    >>> common_tail(["重点方向流片费用", "其他方向流片费用"])
    6
    """
    tail = 0
    shortest = min(map(len, words))
    while tail < shortest and len({one[len(one) - tail - 1] for one in words}) == 1:
        tail += 1
    return tail
