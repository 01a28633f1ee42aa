"""The outline of a document: headings, what stands at its head, and lists of conditions."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from haihe.decide.extract.context import Unread
from haihe.decide.extract.grammar import Clause, Kind, Part, Role

HEADING_MAX: Final = 40  # Ours: letters of a heading; longer is a sentence.
SHORT: Final = 12  # Ours: letters of 星级酒店创建。, whose text stands below it without a number.
TITLE_MAX: Final = 80  # Ours: letters of a document's own title.
LEVELS: Final = (
    (1, re.compile(r"\s*第[一二三四五六七八九十百零\d]+[编章节部分]+")),
    (2, re.compile(r"\s*第[ 一二三四五六七八九十百零\d]+条")),
    (2, re.compile(r"\s*[一二三四五六七八九十]{1,3} ?、")),
    (3, re.compile(r"\s*（[一二三四五六七八九十]{1,3}）")),
    (4, re.compile(r"\s*\d{1,2}[.、](?!\d)")),
    (5, re.compile(r"\s*（\d{1,2}）|\s*[①②③④⑤⑥⑦⑧⑨⑩]")),
)
NUMBERED: Final = re.compile(
    r"^[^\S\n]*(?:第[ 一二三四五六七八九十百零\d]+[编章节部分条]|[一二三四五六七八九十]{1,3} ?、"
    r"|（[一二三四五六七八九十\d]{1,3}）|\d{1,2}[.、](?!\d)|[①②③④⑤⑥⑦⑧⑨⑩])",
    re.MULTILINE,
)
# Document numbers, days of issue, addressees: said at the head of every document.
FRONT: Final = re.compile(
    r"[^，。；]{1,20}〔(?:19|20)\d\d〕(?:第)?\d{1,5}号|（?(?:19|20)\d\d年\d{1,2}月\d{1,2}日）?"
    r"|(?:\S{2,24}[，、])*\S{2,24}：|附件\s?\d{0,2}：?.{0,40}|（此件[^）]{2,10}）|目录"
)
LISTED: Final = re.compile(
    r"(?:下列|以下|如下|申报|申请|支持|基本|认定|准入|扶持|资格|补贴|奖励)[^，。；]{0,8}"
    r"(?:条件|要求|对象|情形)[^。；]{0,16}[：。]?$"
)
INLINE: Final = re.compile(r"(?:条件|情形)[^。；：]{0,16}：\s?（[一1]）")
ANY_OF: Final = re.compile(r"之一|任一|其中一项")
BARRING: Final = re.compile(r"不予|不得|不能|不支持|不享受|取消|除外|不在|停发|停止|追回|收回")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, or what stands at the head of a document.

    start, end: characters of the document, without its number.
    level: 1 chapter, 2 article, 3 to 5 below it; 0 for titles and what is no part of the text.
    """

    start: int
    end: int
    level: int


def level_of(folded: str, at: int) -> int:
    """The level that the number of a paragraph has; 0 for none.

    at: any character of the paragraph.
    """
    begins = folded.rfind("\n", 0, at) + 1
    return next((level for level, mark in LEVELS if mark.match(folded, begins)), 0)


def heading(folded: str, spot: Unread) -> Heading | None:
    """A sentence that is not understood as a heading; None if it is none.

    It is the whole of a paragraph without an end, or leads a numbered one: 1.设备补助。对….
    """
    begins = folded.rfind("\n", 0, spot.start) + 1
    ends = folded.find("\n", spot.end)
    ends = len(folded) if ends < 0 else ends
    words = folded[spot.start : spot.end]
    level = level_of(folded, spot.start)
    alone = not folded[spot.end : ends].strip(" 。：")
    first = len(folded[begins : spot.start].strip(" 【")) <= len("第一百二十三条")
    if LISTED.search(words) or (alone and FRONT.fullmatch(folded[begins:ends].strip())):
        return Heading(spot.start, spot.end, 0)
    if spot.why != "words" or not first or re.search("[，；]", words):
        return None
    closed = folded[spot.end : spot.end + 1] in ("。", "：", "】", " ", "\n", "")
    below = level_of(folded, ends + 1)
    last = below > 0 or len(words) > SHORT or ends + 1 >= len(folded)
    if alone and folded[spot.end : spot.end + 1] == "。" and below <= level and last:
        return None  # 营造良好氛围。: an article of one sentence, with nothing below it.
    if level and closed and len(words) <= HEADING_MAX:
        return Heading(spot.start, spot.end, level)
    whole = alone and not folded[begins:ends].rstrip().endswith(("。", "：", "；"))
    return Heading(spot.start, spot.end, 0) if whole and len(words) <= TITLE_MAX else None


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of conditions that a paragraph opened with 下列条件：.

    level: of the paragraph that opened it; its items are numbered below.
    start, end: of the sentence that opened it.
    any: True if one of the items is enough.
    barring: True if the items say who gets nothing.
    """

    level: int
    start: int
    end: int
    any: bool
    barring: bool


def opened(folded: str, start: int, *, end: int) -> Listing | None:
    """The list that a sentence opens; None if it opens none."""
    words = folded[start:end]
    behind = folded[end : end + 1]
    leads = behind in ("：", "\n", "") and LISTED.search(words) is not None
    if not leads and INLINE.search(words) is None:
        return None
    return Listing(
        level_of(folded, start),
        start,
        end,
        ANY_OF.search(words) is not None,
        BARRING.search(words) is not None,
    )


def item(listing: Listing, told: Clause | Unread) -> Clause | Unread:
    """A sentence of a list of conditions: a condition, or who gets nothing."""
    if listing.barring:
        return Clause(Kind.RULE, told.start, told.end, 0) if isinstance(told, Clause) else told
    if isinstance(told, Clause) and told.kind is Kind.CONDITION and told.parts:
        return told
    if isinstance(told, Clause) and told.kind not in (Kind.CONDITION, Kind.RULE):
        return told
    return Clause(
        Kind.CONDITION, told.start, told.end, 0, (Part(Role.CONDITION, told.start, told.end),)
    )


def is_item(listing: Listing, folded: str, *, at: int) -> bool:
    """Whether a sentence stands in the list: in a numbered paragraph below the one that opened it.

    at: its first character.
    """
    if folded.find("\n", listing.end, at) < 0:
        return True
    return level_of(folded, at) > listing.level


def alternatives(items: Sequence[Clause]) -> Clause:
    """The conditions of a list of which one is enough, as one clause."""
    parts = tuple(
        replace(part, group=number) for number, one in enumerate(items) for part in one.parts
    )
    return Clause(Kind.CONDITION, items[0].start, items[-1].end, 0, parts, any=True)


def starts_of_articles(folded: str) -> tuple[int, ...]:
    """Where articles begin: 第…条; in documents that have none, 一、."""
    numbered = re.compile(r"^\s*第[ 一二三四五六七八九十百零\d]+条", re.MULTILINE)
    listed = re.compile(r"^\s*[一二三四五六七八九十]{1,3} ?、", re.MULTILINE)
    found = [one.start() for one in numbered.finditer(folded)]
    return tuple(found or [one.start() for one in listed.finditer(folded)])


def scope(folded: str, at: int, *, articles: Sequence[int], awards: Sequence[int]) -> range | None:
    """The characters of the least numbered part around a place that gives something.

    articles: where articles begin. awards: where awards begin, rising.
    Returns None where not even the article gives anything.
    """
    number = bisect_right(articles, at)
    low = articles[number - 1] if number else 0
    high = articles[number] if number < len(articles) else len(folded)
    marks = [
        (one.start(), level_of(folded, one.end() - 1))
        for one in NUMBERED.finditer(folded, low, high)
        if one.start() > low
    ]
    deepest = len(LEVELS) + 1
    for spot, (start, level) in reversed(list(enumerate(marks))):
        if start > at or level >= deepest:
            continue
        deepest = level
        end = next((begin for begin, other in marks[spot + 1 :] if other <= level), high)
        if bisect_right(awards, end - 1) > bisect_right(awards, start):
            return range(start, end)
    return range(low, high) if bisect_right(awards, high - 1) > bisect_right(awards, low) else None


def titles(folded: str, headings: Sequence[Heading], *, starts: Sequence[int]) -> list[str]:
    """The heading that each clause stands under; "" where it has none of its own.

    starts: where the clauses begin. A chapter is no heading of a clause; nor is the heading of an
    article before.
    """
    lines = ((one.start(), 0, level_of(folded, one.end() - 1)) for one in NUMBERED.finditer(folded))
    marks = ((one.start, 1, number) for number, one in enumerate(headings) if one.level > 1)
    spots = ((start, 2, number) for number, start in enumerate(starts))
    found = [""] * len(starts)
    under: Heading | None = None
    for _, what, number in sorted((*lines, *marks, *spots)):
        if what == 0 and under is not None and under.level >= number:
            under = None
        elif what == 1:
            under = headings[number]
        elif what == 2 and under is not None:
            found[number] = folded[under.start : under.end].strip("【】： ")
    return found
