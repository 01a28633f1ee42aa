"""A piece of a sentence with its tokens, as the readers of parts look at it."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from haihe.decide.extract.grammar import Part, Role
from haihe.decide.extract.lexer import Token
from haihe.decide.extract.lexicon import Tag
from haihe.decide.extract.sentences import Piece, segments
from haihe.decide.extract.uses import Amount, Use, breaks

EDGES: Final = " ，、；：。“”…〈=\"'"


@dataclass(frozen=True, slots=True)
class Reading:
    """One piece, read.

    folded: the document's folded text.
    tokens: of the sentence.
    found: its numbers.
    piece: which stretch of it.
    segments: first token and end of each stretch of the piece between commas.
    commas: of the sentence, outside of brackets, as tokens.
    """

    folded: str
    tokens: Sequence[Token]
    found: Sequence[Amount]
    piece: Piece
    segments: Sequence[tuple[int, int]]
    commas: Sequence[int]

    @property
    def inside(self) -> Sequence[Token]:
        """The tokens of the piece."""
        return self.tokens[self.piece.first : self.piece.end]

    def segment(self, at: int) -> tuple[int, int]:
        """First token and end of the stretch between commas in which a token stands."""
        number = bisect_left(self.commas, at)
        first = self.commas[number - 1] + 1 if number else 0
        return first, self.commas[number] if number < len(self.commas) else len(self.tokens)

    def amounts(self, *uses: Use) -> Iterator[Amount]:
        """The numbers of the piece of some uses."""
        within = range(self.piece.first, self.piece.end)
        return (one for one in self.found if one.at in within and one.use in uses)

    def part(self, role: Role, start: int, *, end: int, about: str = "") -> Part | None:
        """A part of words, without the signs at its edges; None if nothing is left."""
        while start < end and self.folded[start] in EDGES and not self._quotes(start, end=end):
            start += 1
        while end > start and self.folded[end - 1] in EDGES:
            if self.folded[end - 1] == "”" and self.folded.rfind("“", start, end - 1) > start:
                break
            end -= 1
        return Part(role, start, end, about=about) if end > start else None

    def _quotes(self, start: int, *, end: int) -> bool:
        """Whether “丝路海运”命名航线 begins: a quotation mark that is of a part of the words."""
        closed = self.folded.find("”", start, end)
        return self.folded[start] == "“" and start < closed < end - 1

    def spoken(self, role: Role, first: int, *, end: int) -> Part | None:
        """A part of all tokens from one to before another."""
        if first >= end:
            return None
        return self.part(role, self.tokens[first].start, end=self.tokens[end - 1].end)

    def numbered(self, role: Role, amount: Amount, *, about: str = "", group: int = 0) -> Part:
        """A part of a number."""
        token = self.tokens[amount.at]
        cue = self.tokens[amount.cue].text if amount.cue >= 0 else ""
        behind = self.tokens[amount.at + 1 : amount.at + 2]
        marked = any(one.tag is Tag.WITH for one in behind)
        with_it = marked or ("含" in cue and "不含" not in cue)
        return Part(role, token.start, token.end, token.quantity, amount.op, about, group, with_it)

    def text(self, part: Part) -> str:
        """The folded words of a part."""
        return self.folded[part.start : part.end]

    def first_of(self, tags: Iterable[Tag], *, among: range) -> int:
        """The first token of some tags; -1 if there is none."""
        wanted = frozenset(tags)
        return next((at for at in among if self.tokens[at].tag in wanted), -1)

    def last_of(self, tags: Iterable[Tag], *, among: range) -> int:
        """The last token of some tags; -1 if there is none."""
        return self.first_of(tags, among=among[::-1])


def make_reading(
    folded: str, tokens: Sequence[Token], *, found: Sequence[Amount], piece: Piece
) -> Reading:
    """A piece of a sentence, ready to be read."""
    inside = tokens[piece.first : piece.end]
    cut = tuple((piece.first + first, piece.first + end) for first, end in segments(inside))
    return Reading(folded, tokens, found, piece, cut, breaks(tokens))


def some(parts: Iterable[Part | None]) -> tuple[Part, ...]:
    """Those that are there."""
    return tuple(part for part in parts if part is not None)
