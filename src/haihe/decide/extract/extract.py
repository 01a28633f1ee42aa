"""A document to clauses; what is not understood is given as well."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final

from haihe.decide.extract import others, outline, tables
from haihe.decide.extract.blanks import Tight, tighten
from haihe.decide.extract.context import BESIDE, STATES, Unread, in_context
from haihe.decide.extract.document import Document
from haihe.decide.extract.grammar import Clause, Kind, Op, Part, Role
from haihe.decide.extract.ladders import bounded, gone_on, joined
from haihe.decide.extract.lexer import Lexer, Token, make_lexer
from haihe.decide.extract.lexicon import LEXICON, QUANTITIES, Lexicon, Tag
from haihe.decide.extract.outline import Heading
from haihe.decide.extract.phrases import THRESHOLD
from haihe.decide.extract.reading import Reading, make_reading
from haihe.decide.extract.sentences import lines, pieces, sentences
from haihe.decide.extract.support import support
from haihe.decide.extract.uses import amounts

NEAR_MAX: Final = 8  # Ours: clauses looked back at for another award of the paragraph.
READERS: Final[Mapping[Kind, Callable[[Reading], tuple[Part, ...]]]] = {
    Kind.SUPPORT: support,
    Kind.BUDGET: others.budget,
    Kind.FUNDING_SPLIT: others.split,
    Kind.CONFLICT_RULE: others.conflict,
    Kind.EFFECTIVE: others.effective,
    Kind.OWNER: others.owners,
    Kind.CONDITION: others.condition,
    Kind.RULE: others.rule,
    Kind.DEADLINE: others.deadline,
    Kind.TARGET: others.goals,
    Kind.ACHIEVED: others.goals,
}


@dataclass(frozen=True, slots=True)
class Extraction:
    """What a document says.

    clauses, unread: in the order of the text.
    headings: chapters, articles, titles; with the others they cover every sentence.
    """

    clauses: tuple[Clause, ...]
    unread: tuple[Unread, ...]
    headings: tuple[Heading, ...] = ()


def extract(document: Document, lexicon: Lexicon = LEXICON) -> Extraction:
    """All clauses of a document, its headings, and every sentence that is neither.

    >>> from haihe.decide.extract.document import make_document
    >>> told = extract(make_document("对软件企业给予最高200万元补贴。"))
    >>> [(one.kind.value, [part.role.value for part in one.parts]) for one in told.clauses]
    [('support', ['beneficiary', 'cap'])]
    """
    tight = tighten(document)
    if tight is None:
        return _read(document, lexicon)
    return _back(tight, _read(tight.document, lexicon))


def _read(document: Document, lexicon: Lexicon) -> Extraction:
    gathering = _Gathering(document, make_lexer(lexicon))
    for start, end in lines(document.folded):
        row = tables.cells(document, start, end=end)
        if row:
            gathering.take_row(row)
        else:
            gathering.take_paragraph(start, end=end)
    return gathering.finish()


def _back(tight: Tight, told: Extraction) -> Extraction:
    """What a document without loose blanks says, where it stands in the document as it was."""
    start, end = tight.start, tight.end
    return Extraction(
        tuple(map(tight.clause, told.clauses)),
        tuple(replace(one, start=start(one.start), end=end(one.end)) for one in told.unread),
        tuple(replace(one, start=start(one.start), end=end(one.end)) for one in told.headings),
    )


class _Gathering:
    """What is found so far, and what a sentence may belong to: a list, a table."""

    def __init__(self, document: Document, lexer: Lexer) -> None:
        self._document = document
        self._lexer = lexer
        self._clauses: list[Clause] = []
        self._unread: list[Unread] = []
        self._headings: list[Heading] = []
        self._listing: outline.Listing | None = None
        self._items: list[Clause] = []
        self._head: tables.Head | None = None

    def finish(self) -> Extraction:
        """All of it."""
        self._close()
        return Extraction(tuple(self._clauses), tuple(self._unread), tuple(self._headings))

    def take_paragraph(self, start: int, *, end: int) -> None:
        """Its sentences."""
        folded = self._document.folded
        self._head = None
        for low, high in sentences(folded, start, end=end):
            if self._listing is not None and not outline.is_item(self._listing, folded, at=low):
                self._close()
            for told in _sentence(folded, self._lexer, spot=(low, high)):
                self._take(told)
            listing = outline.opened(folded, low, end=high)
            if listing is not None:
                self._close()
                self._listing = listing

    def take_row(self, row: Sequence[tables.Cell]) -> None:
        """A row of a table: the head of what follows, or what its head makes of it."""
        head = tables.head(self._document, row)
        if head is not None:
            self._head = head
            self._headings.append(Heading(row[0].start, row[-1].end, 0))
            return
        found: list[Clause | Unread] = []
        for cell in tables.wordy(row, told=self._head):
            for low, high in sentences(self._document.folded, cell.start, end=cell.end):
                found += _sentence(self._document.folded, self._lexer, spot=(low, high))
        if self._head is None:
            for told in found:
                self._take(told)
            return
        self._clauses += self._rows(row, found, head=self._head)
        self._clauses += tables.owners(self._document, row, told=self._head)

    def _rows(
        self, row: Sequence[tables.Cell], found: Sequence[Clause | Unread], *, head: tables.Head
    ) -> Iterator[Clause]:
        """The awards of a row with what names it; what else its cells say.

        Each column is an award of its own; a limit behind a sum is of that sum.
        """
        about = tables.named(row, told=head)
        awards = list(tables.bare_awards(self._document, row, told=head))
        given = {one.start for one in awards}
        for told in found:
            if told.start in given:
                continue
            if isinstance(told, Unread) and told.why == BESIDE:
                continue  # Cells are short, and shown whole.
            if isinstance(told, Unread):
                awards += _sums(self._document.folded, self._lexer, spot=(told.start, told.end))
            elif told.kind is Kind.SUPPORT:
                yield replace(told, parts=(*about, *told.parts))
            else:
                yield told
        own: list[list[Part]] = []
        for one in sorted(awards, key=lambda part: part.start):
            if own and one.role is Role.CAP and own[-1][-1].role is Role.AMOUNT:
                own[-1].append(one)
            else:
                own.append([one])
        for number, parts in enumerate(own):
            first = min(one.start for one in (*about, *parts)) if number == 0 else parts[0].start
            yield Clause(Kind.SUPPORT, first, parts[-1].end, 0, (*about, *parts))

    def _take(self, told: Clause | Unread) -> None:
        """A sentence, in its context."""
        folded = self._document.folded
        if isinstance(told, Unread) and told.why == BESIDE:
            self._unread.append(told)
            return
        told = in_context(told, self._clauses, folded=folded)
        if self._listing is not None:
            told = outline.item(self._listing, told)
            if self._listing.any and isinstance(told, Clause) and told.kind is Kind.CONDITION:
                self._items.append(told)
                return
        if isinstance(told, Clause):
            last = self._clauses[-1] if self._clauses else None
            whole = None if last is None else joined(last, told, folded=folded)
            if last is not None and self._is_first(last):
                whole = whole or bounded(last, told, folded=folded)
                whole = whole or gone_on(last, told, folded=folded)
            if whole is None:
                self._clauses.append(told)
            else:
                self._clauses[-1] = whole
            return
        heading = outline.heading(folded, told)
        if heading is None:
            self._unread.append(told)
        else:
            self._headings.append(heading)

    def _is_first(self, last: Clause) -> bool:
        """Whether an award is the only one of its paragraph: a limit behind it is of no other."""
        begins = self._document.folded.rfind("\n", 0, last.start) + 1
        within = takewhile(lambda one: one.start >= begins, reversed(self._clauses[-NEAR_MAX:-1]))
        return not any(one.kind is Kind.SUPPORT for one in within)

    def _close(self) -> None:
        """The end of a list: of alternatives one clause is made."""
        if self._items:
            self._clauses.append(outline.alternatives(self._items))
            self._items = []
        self._listing = None


def _sums(folded: str, lexer: Lexer, *, spot: tuple[int, int]) -> Iterator[Part]:
    """The sums of a cell of a table that says no more."""
    tokens = lexer.cut(folded, spot[0], end=spot[1])
    for one in amounts(tokens):
        token = tokens[one.at]
        if token.tag is Tag.MONEY:
            limited = one.op in (Op.LE, Op.LT)
            role = Role.CAP if limited else Role.AMOUNT
            yield Part(role, token.start, token.end, token.quantity, one.op)


def _sentence(folded: str, lexer: Lexer, *, spot: tuple[int, int]) -> list[Clause | Unread]:
    tokens = lexer.cut(folded, spot[0], end=spot[1])
    found = amounts(tokens)
    made: list[Clause | Unread] = []
    for piece in pieces(tokens, found):
        start, end = _trim(folded, tokens, first=piece.first, end=piece.end)
        weak = piece.score < THRESHOLD
        if weak and piece.kind not in STATES:
            number = any(one.tag in QUANTITIES for one in tokens[piece.first : piece.end])
            made.append(Unread(start, end, "number" if number else "words"))
            continue
        reading = make_reading(folded, tokens, found=found, piece=piece)
        parts = READERS[piece.kind](reading)
        several = len({part.group for part in parts}) > 1
        made.append(Clause(piece.kind, start, end, piece.score, parts, several))
        made += _lost(reading, parts) if piece.kind is Kind.SUPPORT else ()
    return made


def _lost(reading: Reading, parts: Sequence[Part]) -> Iterator[Unread]:
    """Stretches of an award with a sum, a share or a conflict that no part has: 后两年减半."""
    spans = [(one.start, one.end) for part in parts for one in (part, part.level) if one]
    for first, end in reading.segments:
        tokens = reading.tokens[first:end]
        for token in tokens:
            if token.tag not in (Tag.MONEY, Tag.SHARE, Tag.CONFLICT):
                continue
            if not any(low <= token.start and token.end <= high for low, high in spans):
                yield Unread(tokens[0].start, tokens[-1].end, BESIDE)
                break


def _trim(folded: str, tokens: Sequence[Token], *, first: int, end: int) -> tuple[int, int]:
    start, stop = tokens[first].start, tokens[end - 1].end
    while start < stop and folded[start] in " ，、":
        start += 1
    while stop > start and folded[stop - 1] in " ，、":
        stop -= 1
    return start, stop
