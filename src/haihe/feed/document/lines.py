"""Lines of a layout, and how they are joined back into paragraphs."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from haihe.decide.extract.document import Document, Run, make_document
from haihe.errors import RecordRefused
from haihe.feed.document.letters import letters_of

CHARACTERS_MAX: Final = 8_000_000  # Ours: some 10,000 full pages; twenty times the longest code.
FULL: Final = 0.8  # Ours: a line that is so much of the usual width goes on in the next.
WIDTH_QUANTILE: Final = 0.9  # Ours: the usual width; headings and last lines are shorter.
WIDTH_MIN: Final = 12  # Ours: narrower lines are a table or a list and are not joined.
WIDTH_MAX: Final = 120  # Ours: wider lines are paragraphs already, not lines of a layout.
ENDS: Final = "。；！？：…;!?:"
GOES_ON: Final = "，、,（《“"
MARK: Final = re.compile(
    r"\s*(?:第[一二三四五六七八九十百零\d]+[条章节款]|[（(][一二三四五六七八九十\d]{1,3}[)）]|[一二三四五六七八九十]{1,3}、"
    r"|\d{1,2}[.、．](?!\d)|[①②③④⑤⑥⑦⑧⑨⑩]|附件|　　|    )"
)
PAGE_NUMBER: Final = re.compile(
    r"\s*(?:[—–-]\s*\d{1,5}\s*[—–-]|\d{1,4}\s*/\s*\d{1,4}|第\s*\d+\s*页.{0,12}|\d{1,5})\s*"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the original.

    text: without its line feed.
    page: from 1; 0 where there are none.
    number: of the page, or of the file; from 1.
    """

    text: str
    page: int
    number: int


def paragraphs(lines: Sequence[Line], *, joined: bool) -> Iterator[list[Line]]:
    """The lines of each paragraph.

    joined: True if a line that fills the width may go on in the next.
    """
    width = _width(lines) if joined else 0
    held: list[Line] = []
    for line in lines:
        if not line.text.strip() or (line.page and PAGE_NUMBER.fullmatch(line.text)):
            continue
        if held and not (width and _goes_on(held[-1], line, width=width)):
            yield held
            held = []
        held.append(line)
    if held:
        yield held


def _width(lines: Sequence[Line]) -> int:
    """The usual width in characters; 0 if these are no lines of a layout."""
    texts = [line.text.strip() for line in lines if "\t" not in line.text]
    widths = sorted(len(text) for text in texts if text)
    if not widths:
        return 0
    width = widths[int(WIDTH_QUANTILE * (len(widths) - 1))]
    return width if WIDTH_MIN <= width <= WIDTH_MAX else 0


def _goes_on(line: Line, behind: Line, *, width: int) -> bool:
    told = line.text.rstrip()
    if "\t" in line.text or "\t" in behind.text:
        return False  # A row of a table is whole.
    if MARK.match(behind.text):
        return False
    if told.endswith(tuple(GOES_ON)):
        return True
    return len(told.strip()) >= FULL * width and not told.endswith(tuple(ENDS))


def compose(name: str, lines: Iterable[Line], *, joined: bool) -> Document:
    """A document of its lines.

    Raises RecordRefused if it is too long.
    """
    kept = tuple(lines)
    texts: list[str] = []
    runs: list[Run] = []
    at = 0
    for paragraph, held in enumerate(paragraphs(kept, joined=joined), start=1):
        if texts:
            texts.append("\n")
            at += 1
        last = ""
        for line in held:
            whole = joined and "\t" not in line.text  # An empty first cell of a row is kept.
            told = line.text.strip() if whole else line.text.rstrip()
            if last and _are_words(last, told):
                texts.append(" ")
                at += 1
            runs.append(Run(at, line.page, line.number, paragraph))
            texts.append(told)
            at += len(told)
            last = told
        if at > CHARACTERS_MAX:
            raise RecordRefused(
                f"{name} has more than {CHARACTERS_MAX:,} characters; cut it into parts, such as "
                "chapters, and read each."
            )
    text = "".join(texts)
    return make_document(text, name=name, runs=runs, letters=letters_of(text))


def _are_words(first: str, second: str) -> bool:
    """Whether two Latin words meet where lines meet; Chinese needs no blank."""
    return bool(second) and all(one.isascii() and one.isalpha() for one in (first[-1], second[0]))
