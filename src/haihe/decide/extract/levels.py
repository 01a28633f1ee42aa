"""Which sum is for which level: 国家级、省级分别给予100万元、50万元; 1亿元、5亿元分别奖励…."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from haihe.decide.extract.grammar import Part, Role
from haihe.decide.extract.lexicon import QUANTITIES, Tag
from haihe.decide.extract.reading import Reading
from haihe.decide.extract.uses import Amount, Use, segment_of

LEVELS_MAX: Final = 12  # Ours: a ladder of more steps is a table.
OWN_MAX: Final = 30  # Ours: letters of the name that one sum of several is for.
LIST_MAX: Final = 24  # Ours: letters of one name in a list of names.
GAP_MAX: Final = 14  # Ours: letters of 国家级旅游度假区、 between two levels.
# What tells grades of one thing apart.
LEVEL: Final = re.compile(
    r"(?:国家|省部|省市|省|市|区县|区|县|州|镇|乡|村|世界|国际|全国|全省|全市|自治区|部|厅|局|校|院|地市)级"
    r"|[一二三四五六]级|[特甲乙丙丁]级|[特一二三四优]等(?:奖)?|[金银铜]奖|第[一二三四五六七八九十]+(?:名|年|档|类|等次|梯队)"
    r"|[一二三四五]档|[一二三四]类|[A-FＡ-Ｆ](?:类|级|档|等|轮)|[1-5]A级?|A{2,5}级?|[一二三四五]星级?"
    r"|[IVⅠⅡⅢⅣ]{1,3}(?=[、和及或期类级])"
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
    r"升级为|创建|批准|设立|主导制定|参与制定|制定|主持|承担|牵头|在)+(?:了|的)?)"
)
TAILS: Final = re.compile(r"(?:称号|认定|首次|的).*$")
GIVING: Final = frozenset(
    {Tag.GIVE, Tag.GAIN, Tag.AWARD, Tag.LIKE, Tag.MOST, Tag.AT_MOST, Tag.EACH, Tag.ONCE,
     Tag.YEARLY, Tag.BY}
)  # fmt: skip


def levels(reading: Reading) -> Mapping[int, Part]:
    """Award to what it is for: the token of a sum or share, and the words or number beside it.

    Only where there are as many of the one as of the other.
    """
    awards = [one for one in reading.amounts(Use.AWARD) if one.at < reading.piece.end]
    found: dict[int, Part] = {}
    alone: list[Amount] = []
    for run in _runs(reading, awards):
        if 1 < len(run) <= LEVELS_MAX:
            named = _numbers(reading, run) or _named(reading, run)
            found.update(zip((one.at for one in run), named, strict=False))
        elif run:
            alone.append(run[0])
    return found or _own(reading, alone)


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
        if not 0 < last - first <= LIST_MAX:
            return []
        spots.append((at + first, at + last))
        low = behind
    return spots


def _alike(first: str, last: str) -> int:
    """综合类 and 专业类线上平台: where the last name ends, which ends as the first does."""
    at = last.find(first[-1:])
    return at + 1 if 0 < at < len(last) - 1 and last[at + 1 :][:1] not in first else 0


def _own(reading: Reading, alone: Sequence[Amount]) -> dict[int, Part]:
    """州级补助10万元，省级补助20万元: each sum behind its own grade."""
    found: dict[int, Part] = {}
    last = -1
    for one in alone:
        first, _ = segment_of(reading.tokens, one.at)
        first = max(first, reading.piece.first, last + 1)
        last = one.at
        while first < one.at and reading.tokens[first].text.strip() in JOINTS:
            first += 1
        stop = reading.first_of(GIVING, among=range(first, one.at))
        part = reading.spoken(Role.LEVEL, first, end=stop) if stop > first else None
        words = "" if part is None else reading.text(part)
        graded = LEVEL.search(words) is not None and "财政" not in words
        if part is not None and graded and len(words) <= OWN_MAX:
            found[one.at] = part
    return found if len(found) > 1 else {}
