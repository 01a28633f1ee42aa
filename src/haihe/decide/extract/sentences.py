"""Paragraphs to sentences, sentences to pieces that each say one thing."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from haihe.decide.extract.grammar import Kind
from haihe.decide.extract.lexer import Token
from haihe.decide.extract.lexicon import Tag
from haihe.decide.extract.phrases import CLEAR, THRESHOLD, score, shape
from haihe.decide.extract.uses import BREAKS, GIVERS, Amount, Use

SENTENCE_MAX: Final = 1200  # Ours: letters; longer is a table or noise and is cut there.
PIECE_MAX: Final = 300  # Ours: tokens; the longest clause we have met has 60.
ENDS: Final = re.compile(r"[。！？；\n（）【】《》“”]")
MARK: Final = re.compile(
    r"\s*(?:第[一二三四五六七八九十百零\d]+[条章节款]\s*|（[一二三四五六七八九十\d]{1,3}）|[一二三四五六七八九十]{1,3}、"
    r"|\d{1,2}[.、](?!\d)|[①②③④⑤⑥⑦⑧⑨⑩]|[一二三四五六七八九]是)\s*"
)
STEP: Final = re.compile("即|第[一二三四五六七八九十]+年|首年|次年")
# Kinds that stand apart even within a sentence; a cap behind a conflict rule belongs to it.
APART: Final = frozenset({Kind.OWNER, Kind.EFFECTIVE, Kind.FUNDING_SPLIT, Kind.BUDGET})


def sentences(folded: str, start: int, *, end: int) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence of a paragraph; brackets hold together what they hold.

    Ends are 。！？；; numbering such as （一） and blanks are left out.
    """
    at = start
    for stop in _stops(folded, start, end=end):
        yield from _trimmed(folded, at, end=stop)
        at = stop
    yield from _trimmed(folded, at, end=end)


def lines(folded: str) -> Iterator[tuple[int, int]]:
    """Start and end of each paragraph that is not empty."""
    at = 0
    while at < len(folded):
        stop = folded.find("\n", at)
        stop = len(folded) if stop < 0 else stop
        if stop > at:
            yield at, stop
        at = stop + 1


def _stops(folded: str, start: int, *, end: int) -> Iterator[int]:
    depth, last, opened = 0, start, -1
    signs = [folded.count(sign, start, end) for sign in "（）【】"]
    closed = signs[0] == signs[1] and signs[2] == signs[3]
    for found in ENDS.finditer(folded, start, end):
        sign = found[0]
        if sign in "（）【】" and closed:
            opened = found.start() if depth == 0 and sign in "（【" else opened
            depth = max(0, depth + (1 if sign in "（【" else -1))
            if depth == 0 and sign == "）" and opened == last:
                last = found.end()  # （责任单位：…） behind a full stop is a sentence of its own.
                yield last
        elif sign in "。！？；" and (depth == 0 or found.end() - last > SENTENCE_MAX):
            last = found.end()
            yield last


def _trimmed(folded: str, start: int, *, end: int) -> Iterator[tuple[int, int]]:
    mark = MARK.match(folded, start, end)
    start = start if mark is None else mark.end()
    while start < end and folded[start] in " 。；，":
        start += 1
    while end > start and folded[end - 1] in " 。；，！？":
        end -= 1
    for first in range(start, end, SENTENCE_MAX):
        yield first, min(end, first + SENTENCE_MAX)


GIVING: Final = frozenset({Kind.SUPPORT, Kind.BUDGET})
FORCE: Final = str(Tag.FORCE)
# Kinds that may be said of a case before it is said what it gets: they wait for what follows.
LEADS: Final = frozenset({Kind.CONDITION, Kind.RULE, Kind.TARGET, Kind.ACHIEVED, Kind.DEADLINE})


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of tokens that says one thing.

    first, end: tokens.
    kind, score: what it says, and how much speaks for it.
    """

    first: int
    end: int
    kind: Kind
    score: int


def pieces(tokens: Sequence[Token], found: Sequence[Amount]) -> list[Piece]:
    """The pieces of a sentence.

    Stretches between commas that say nothing clear belong to the next that does, at the end to the
    last. A new piece begins where another kind begins that stands apart, or somebody else gets
    something.
    """
    made: list[Piece] = []
    lead = -1
    for first, end in segments(tokens):
        lead = first if lead < 0 else lead
        told = shape(tokens, found, first=first, end=end)
        kind, points = score(told)
        if points < THRESHOLD or kind in LEADS:
            continue
        if kind is Kind.BUDGET and lead < first:  # 单个项目…，贴息总额…: of one, not of all.
            kind, points = score(shape(tokens, found, first=lead, end=end))
        if kind is Kind.EFFECTIVE and made and made[-1].kind in GIVING and FORCE not in told:
            made.append(replace(made.pop(), end=end))  # 有效期至…: of the voucher, not of the law.
            lead = -1
            continue
        if made and not _parts(tokens, found, last=made[-1], new=Piece(lead, end, kind, points)):
            lead = made.pop().first
        made.append(_scored(tokens, found, first=lead, end=end))
        lead = -1
    if lead >= 0:
        rest = _scored(tokens, found, first=lead, end=len(tokens))
        if made and (rest.kind not in LEADS or rest.score < CLEAR):
            rest = _scored(tokens, found, first=made.pop().first, end=len(tokens))
        made.append(rest)
    return made


def _scored(tokens: Sequence[Token], found: Sequence[Amount], *, first: int, end: int) -> Piece:
    return Piece(first, end, *score(shape(tokens, found, first=first, end=end)))


def segments(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """First token and end of each stretch between commas; brackets hold together."""
    first, depth = 0, 0
    for at, token in enumerate(tokens):
        if token.tag is Tag.OPEN:
            # （责任单位：…） within a sentence stands apart.
            if at + 1 < len(tokens) and tokens[at + 1].tag is Tag.OWNER and depth == 0:
                if at > first:
                    yield first, at
                first = at
            depth += 1
        elif token.tag is Tag.CLOSE:
            depth = max(0, depth - 1)
        elif token.tag in BREAKS and depth == 0 and not _listed(tokens, first, at=at):
            if at > first:
                yield first, at
            first = at + 1
    if first < len(tokens):
        yield first, len(tokens)


def _listed(tokens: Sequence[Token], first: int, *, at: int) -> bool:
    """Whether a list of owners goes on: its commas part names, until 配合单位 begins another."""
    if at + 1 < len(tokens) and tokens[at + 1].tag is Tag.OWNER:
        return False
    head = [token.tag for token in tokens[first : first + 3]]
    return Tag.OWNER in head and Tag.COLON in head


def _parts(tokens: Sequence[Token], found: Sequence[Amount], *, last: Piece, new: Piece) -> bool:
    """Whether a new piece begins, and not only more of the last one."""
    if new.end - last.first > PIECE_MAX:
        return True
    if new.kind is not last.kind and (new.kind in APART or last.kind in APART):
        return True
    if new.kind is Kind.OWNER and tokens[new.first].tag is Tag.OWNER:
        return True
    if new.kind is Kind.CONFLICT_RULE:
        # 已享受其他补助的，不再享受: what ends with 的 is when the rule holds.
        return last.kind is not Kind.CONFLICT_RULE and tokens[last.end - 1].tag is not Tag.OF
    awarded = any(last.first <= one.at < last.end and one.use is Use.AWARD for one in found)
    uses = {one.use for one in found if new.first <= one.at < new.end}
    if uses == {Use.PAYOUT} or _limits_too(tokens, last, new=new):
        return False
    gives = awarded and any(one.tag in GIVERS for one in tokens[last.first : last.end])
    return gives and new.kind is Kind.SUPPORT and _names_other(tokens, new)


def _limits_too(tokens: Sequence[Token], last: Piece, *, new: Piece) -> bool:
    """A最高给予500万元，B最高给予200万元: another limit of the same award."""
    return all(
        any(
            one.tag is Tag.MOST and behind.tag is Tag.GIVE
            for one, behind in pairwise(tokens[piece.first : piece.end])
        )
        and tokens[piece.first].tag is not Tag.FOR
        for piece in (last, new)
    )


def _names_other(tokens: Sequence[Token], new: Piece) -> bool:
    """Whether a piece says for whom it is: 对…, 其中…, or 给予 somebody by name."""
    head = tokens[new.first]
    if head.tag is Tag.DURING or STEP.match(head.text):
        return False  # 后3年给予企业50%: another year of the same.
    if head.tag is Tag.FOR or head.text.startswith(("其中", "再", "另")):
        return True
    for at in range(new.first, new.end - 1):
        if tokens[at].tag is Tag.GIVE:
            behind = tokens[at + 1]
            named = behind.tag is Tag.SUBJECT or (
                behind.tag is Tag.TEXT and at + 2 < new.end and tokens[at + 2].tag is Tag.SUBJECT
            )
            plain = head.tag in (Tag.BY, Tag.STAGED, Tag.ONCE, Tag.MOST, Tag.DURING)
            subject = (
                not plain
                and at > new.first
                and not any(one.tag in (Tag.EACH, Tag.YEARLY) for one in tokens[new.first : at])
            )
            return named or subject
    return False
