"""Blanks that a layout left within words: a text without them, and the way back to each place.

Pages that were set for print break a line anywhere (固定资 产投资, 第 1 2 条), and what takes them
over makes a blank of it. No word of a policy has one, so the grammar reads without them.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

from haihe.decide.extract.document import Document
from haihe.decide.extract.grammar import Clause, Part

# One blank or two beside a letter that is not Latin; more of them, or a tab, part columns.
LOOSE: Final = re.compile(
    r"(?<=[^\x00-\x7f]) {1,2}(?=[^\s])|(?<=[\x21-\x7e]) {1,2}(?=[^\x00-\x7f])"
    r"|(?<=第\d) (?=\d)|(?<=第 \d) (?=\d)"
)


@dataclass(frozen=True, slots=True)
class Tight:
    """A document without loose blanks.

    document: as the grammar reads it.
    starts: rising, characters of it before which blanks were left out.
    lefts: how many were left out up to each of them.
    """

    document: Document
    starts: tuple[int, ...]
    lefts: tuple[int, ...]

    def start(self, at: int) -> int:
        """Where a character stands in the document as it was."""
        found = bisect_right(self.starts, at)
        return at + (self.lefts[found - 1] if found else 0)

    def end(self, at: int) -> int:
        """The same of the end of a stretch: right behind its last character."""
        return self.start(at - 1) + 1 if at > 0 else 0

    def part(self, one: Part) -> Part:
        """A part where it stands in the document as it was."""
        level = None if one.level is None else self.part(one.level)
        return Part(
            one.role, self.start(one.start), self.end(one.end), one.quantity, one.op, one.about,
            one.group, one.inclusive, level,
        )  # fmt: skip

    def clause(self, one: Clause) -> Clause:
        """A clause where it stands in the document as it was."""
        parts = tuple(map(self.part, one.parts))
        return replace(one, start=self.start(one.start), end=self.end(one.end), parts=parts)


def tighten(document: Document) -> Tight | None:
    """A document without the blanks of its layout; None if it has none.

    >>> from haihe.decide.extract.document import make_document
    >>> told = tighten(make_document("固定资 产投资 5 亿元"))
    >>> told and (told.document.folded, told.start(3))
    ('固定资产投资5亿元', 4)
    """
    spots = (one.span() for one in LOOSE.finditer(document.folded))
    found = [(low, high) for low, high in spots if "\t" not in document.text[low:high]]
    if not found:
        return None
    lefts = tuple(accumulate(end - start for start, end in found))
    starts = tuple(start - left for (start, _), left in zip(found, (0, *lefts), strict=False))
    text = _without(document.text, found)
    return Tight(Document(document.name, text, _without(document.folded, found)), starts, lefts)


def without_blanks(words: str) -> str:
    """Words of a text without the blanks of its layout."""
    return LOOSE.sub("", words)


def _without(text: str, spots: list[tuple[int, int]]) -> str:
    ends = [0, *(end for _, end in spots)]
    starts = [*(start for start, _ in spots), len(text)]
    return "".join(text[low:high] for low, high in zip(ends, starts, strict=True))
