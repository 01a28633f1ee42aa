"""What somebody else proposes for stretches the grammar did not understand, and what is believed.

A proposal says which words are what; it never says what a number comes to. Every number must be one
that the grammar itself finds in the span the proposal cites; its value and whether it is bounded
(最高, 以上) are the text's. Anything else is refused with its reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from msgspec import Struct

from haihe.decide.extract.context import Unread
from haihe.decide.extract.document import Document
from haihe.decide.extract.extract import Extraction
from haihe.decide.extract.grammar import Clause, Kind, Op, Part, Role
from haihe.decide.extract.lexer import Token, make_lexer
from haihe.decide.extract.lexicon import QUANTITIES, Tag
from haihe.decide.extract.uses import Amount, amounts

SHOWN_MAX: Final = 60  # Ours: letters of a refused proposal that are told again.
PARTS_MAX: Final = 40  # Ours: a clause that names more is no clause.
# Which numbers a role can have.
SUITS: Final = {
    Role.AMOUNT: "MN", Role.CAP: "MN", Role.SHARE: "S", Role.DEMAND: "MSCTN", Role.YEARS: "T",
    Role.WITHIN: "T", Role.FROM: "D", Role.TO: "D",
}  # fmt: skip
WORDED: Final = frozenset(
    {Role.BENEFICIARY, Role.CONDITION, Role.BASE, Role.DEPARTMENT, Role.AFTER}
)
BOUNDED: Final = frozenset({Op.LE, Op.LT})


class ProposedPart(Struct, frozen=True):
    """Words of the quote, and what they are said to be.

    role: as in ``Role``.
    text: as it stands in the quote.
    """

    role: str
    text: str


class Proposal(Struct, frozen=True):
    """One clause as somebody else reads it.

    stretch: which of the stretches that were not understood, from 0.
    kind: as in ``Kind``.
    quote: the words it is about, as they stand.
    numbers, words: its parts.
    """

    stretch: int
    kind: str
    quote: str
    numbers: tuple[ProposedPart, ...] = ()
    words: tuple[ProposedPart, ...] = ()


@dataclass(frozen=True, slots=True)
class RefusedProposal:
    """A proposal that is not believed, and why."""

    quote: str
    why: str


@dataclass(frozen=True, slots=True)
class Believed:
    """What comes of proposals.

    extraction: with the clauses that are believed, marked as proposed.
    refused: the others.
    """

    extraction: Extraction
    refused: tuple[RefusedProposal, ...]


def believe(document: Document, told: Extraction, *, proposals: Sequence[Proposal]) -> Believed:
    """The extraction with those proposals that the text bears out.

    A stretch stays among what is not understood unless all its numbers are accounted for.
    """
    clauses: list[Clause] = []
    refused: list[RefusedProposal] = []
    for proposal in proposals:
        try:
            clause = _clause(document, told.unread, proposal=proposal)
            if any(one.start < clause.end and clause.start < one.end for one in clauses):
                raise ValueError(f"it overlaps another proposal at {clause.start}.")
        except ValueError as error:
            refused.append(RefusedProposal(proposal.quote[:SHOWN_MAX], str(error)))
        else:
            clauses.append(clause)
    left = tuple(one for one in told.unread if not _is_explained(document, one, clauses=clauses))
    kept = sorted((*told.clauses, *clauses), key=lambda one: one.start)
    return Believed(Extraction(tuple(kept), left), tuple(refused))


def _clause(document: Document, unread: Sequence[Unread], *, proposal: Proposal) -> Clause:
    """The clause of one proposal.

    Raises ValueError if the text does not bear it out.
    """
    if not 0 <= proposal.stretch < len(unread):
        raise ValueError(f"there is no stretch {proposal.stretch}; there are {len(unread)}.")
    stretch = unread[proposal.stretch]
    start = _find(document, proposal.quote, within=(stretch.start, stretch.end))
    end = start + len(proposal.quote)
    if len(proposal.numbers) + len(proposal.words) > PARTS_MAX:
        raise ValueError(f"it has more than {PARTS_MAX} parts; one clause has fewer.")
    try:
        kind = Kind(proposal.kind)
    except ValueError as error:
        raise ValueError(f"'{proposal.kind}' is no kind of clause.") from error
    tokens = make_lexer().cut(document.folded, stretch.start, end=stretch.end)
    found = amounts(tokens)
    parts = [
        _number(document, one, spot=(start, end), seen=(tokens, found)) for one in proposal.numbers
    ]
    parts += [_words(document, one, spot=(start, end)) for one in proposal.words]
    taken = [part.start for part in parts if part.quantity is not None]
    if len(set(taken)) < len(taken):
        raise ValueError(f"it uses a number of '{proposal.quote[:SHOWN_MAX]}' twice.")
    ordered = tuple(sorted(parts, key=lambda part: part.start))
    return Clause(kind, start, end, 0, ordered, proposed=True)


def _find(document: Document, quote: str, *, within: tuple[int, int]) -> int:
    """Where a quote stands, letter for letter and once.

    Raises ValueError if it does not.
    """
    start, end = within
    if not quote.strip():
        raise ValueError(f"the quote '{quote}' is empty.")
    at = document.text.find(quote, start, end)
    if at < 0:
        raise ValueError(f"'{quote[:SHOWN_MAX]}' does not stand in the text it cites.")
    if document.text.find(quote, at + 1, end) >= 0:
        raise ValueError(f"'{quote[:SHOWN_MAX]}' stands there more than once; cite more of it.")
    return at


def _number(
    document: Document,
    told: ProposedPart,
    *,
    spot: tuple[int, int],
    seen: tuple[Sequence[Token], Sequence[Amount]],
) -> Part:
    role = _role(told, SUITS)
    tokens, found = seen
    here = [
        one
        for one in found
        if spot[0] <= tokens[one.at].start and tokens[one.at].end <= spot[1]
        and _as_written(document, tokens[one.at]) == told.text.strip()
    ]  # fmt: skip
    if not here:
        raise ValueError(f"the number '{told.text[:SHOWN_MAX]}' is not in the span it cites.")
    if len(here) > 1:
        raise ValueError(f"'{told.text[:SHOWN_MAX]}' is there {len(here)} times; cite less.")
    amount = here[0]
    token = tokens[amount.at]
    if token.tag not in SUITS[role]:
        raise ValueError(f"'{told.text[:SHOWN_MAX]}' cannot be a {role.value}.")
    if role is Role.AMOUNT and amount.op in BOUNDED:
        raise ValueError(f"the text bounds '{told.text[:SHOWN_MAX]}': it is a cap, no amount.")
    return Part(role, token.start, token.end, token.quantity, amount.op)


def _as_written(document: Document, token: Token) -> str:
    return document.text[token.start : token.end].strip()


def _words(document: Document, told: ProposedPart, *, spot: tuple[int, int]) -> Part:
    role = _role(told, dict.fromkeys(WORDED, ""))
    start = _find(document, told.text, within=spot)
    return Part(role, start, start + len(told.text))


def _role(told: ProposedPart, known: dict[Role, str]) -> Role:
    try:
        role = Role(told.role)
    except ValueError as error:
        raise ValueError(f"'{told.role}' is no part of a clause.") from error
    if role not in known:
        raise ValueError(f"'{told.text[:SHOWN_MAX]}' cannot be a {role.value}.")
    return role


def _is_explained(document: Document, gap: Unread, *, clauses: Sequence[Clause]) -> bool:
    """Whether believed clauses account for every number of a stretch; words need one clause."""
    inside = [one for one in clauses if gap.start <= one.start and one.end <= gap.end]
    tokens = make_lexer().cut(document.folded, gap.start, end=gap.end)
    numbers = {one.start for one in tokens if one.tag in QUANTITIES and one.tag is not Tag.NUMBER}
    named = {part.start for one in inside for part in one.parts if part.quantity is not None}
    return bool(inside) and numbers <= named


__all__ = ["Believed", "Proposal", "ProposedPart", "RefusedProposal", "believe"]
