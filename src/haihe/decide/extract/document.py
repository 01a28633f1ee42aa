"""A document as text: paragraphs, and where in the original each character stands."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

# Half and full width are one sign to the grammar; every pair is one character for one, so that
# offsets stay. A comma within a number ("1,000") is kept by the lexer, which knows both.
WIDTHS: Final = {
    **{0xFF10 + digit: 0x30 + digit for digit in range(10)},  # Digits.
    **{0xFF21 + letter: 0x41 + letter for letter in range(26)},  # Capitals.
    **{0xFF41 + letter: 0x61 + letter for letter in range(26)},  # Small letters.
    **str.maketrans(",;:()!?％．／～∶﹪<>", "，；：（）！？%./—：%〈〉"),
    **str.maketrans("-–~﹣－·•\u3000\xa0\t", "—————··   "),
}


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that stand together in the original.

    start: of the first, in the document's text.
    page: from 1; 0 where the format has no pages.
    line: of the page, or of the file where there are no pages; from 1.
    paragraph: of the document, from 1; 0 if it is to be counted.
    """

    start: int
    page: int
    line: int
    paragraph: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where one character stands: page (0: none), paragraph and line, each from 1."""

    page: int
    paragraph: int
    line: int


@dataclass(frozen=True, slots=True)
class Document:
    """A text as it was read, and as the grammar sees it.

    name: of the file or of the document.
    text: as it stands, paragraphs parted by line feeds.
    folded: the same with widths and letters made one; as long as ``text``, character for character.
    runs: rising by start, the first at 0; empty where the place is not known.
    """

    name: str
    text: str
    folded: str
    runs: tuple[Run, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a folded text whose offsets are not those of the text."""
        if len(self.text) != len(self.folded):
            raise ValueError(
                f"{self.name}: {len(self.text)} characters, {len(self.folded)} when folded; "
                "fold one character into one."
            )

    def place(self, offset: int) -> Place:
        """Where the character at an offset stands in the original."""
        if not self.runs:
            paragraph = self.text.count("\n", 0, offset) + 1
            return Place(0, paragraph, paragraph)
        run = self.runs[max(0, bisect_right(self.runs, offset, key=_start) - 1)]
        paragraph = run.paragraph or self.text.count("\n", 0, offset) + 1
        return Place(run.page, paragraph, run.line)


def _start(run: Run) -> int:
    return run.start


def make_document(
    text: str, *, name: str = "", runs: Sequence[Run] = (), letters: Mapping[int, int] | None = None
) -> Document:
    """A document of a text, folded.

    letters: code point to code point, such as traditional to simplified; None for none.

    >>> make_document("最高500萬元,") .folded
    '最高500萬元，'
    """
    folded = text.translate(WIDTHS)
    if letters:
        folded = folded.translate(letters)
    return Document(name, text, folded, tuple(runs))
