"""A document to clauses; what is not understood is given as well."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from haihe.decide.extract import others
from haihe.decide.extract.context import STATES, Unread, in_context
from haihe.decide.extract.document import Document
from haihe.decide.extract.grammar import Clause, Kind, Part
from haihe.decide.extract.lexer import Lexer, Token, make_lexer
from haihe.decide.extract.lexicon import LEXICON, QUANTITIES, Lexicon, Tag
from haihe.decide.extract.phrases import THRESHOLD
from haihe.decide.extract.reading import Reading, make_reading
from haihe.decide.extract.sentences import pieces, sentences
from haihe.decide.extract.support import support
from haihe.decide.extract.uses import amounts

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

    clauses, unread: in the order of the text; together they cover every sentence.
    """

    clauses: tuple[Clause, ...]
    unread: tuple[Unread, ...]


def extract(document: Document, lexicon: Lexicon = LEXICON) -> Extraction:
    """All clauses of a document, and every sentence that is none.

    >>> from haihe.decide.extract.document import make_document
    >>> told = extract(make_document("对软件企业给予最高200万元补贴。"))
    >>> [(one.kind.value, [part.role.value for part in one.parts]) for one in told.clauses]
    [('support', ['beneficiary', 'cap'])]
    """
    lexer = make_lexer(lexicon)
    clauses: list[Clause] = []
    unread: list[Unread] = []
    for start, end in sentences(document.folded):
        for clause in _sentence(document.folded, lexer, spot=(start, end)):
            told = in_context(clause, clauses, folded=document.folded)
            if isinstance(told, Clause):
                clauses.append(told)
            else:
                unread.append(told)
    return Extraction(tuple(clauses), tuple(unread))


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
    return made


def _trim(folded: str, tokens: Sequence[Token], *, first: int, end: int) -> tuple[int, int]:
    start, stop = tokens[first].start, tokens[end - 1].end
    while start < stop and folded[start] in " ，、":
        start += 1
    while stop > start and folded[stop - 1] in " ，、":
        stop -= 1
    return start, stop


assert Tag.MONEY in QUANTITIES
