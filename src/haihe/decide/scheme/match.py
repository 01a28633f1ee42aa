"""All enterprises x all schemes: who is eligible and for how much, and who might be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.decide.scheme.amounts import NO_AMOUNT, Rate, compute, rounded, times
from haihe.decide.scheme.book import Book, Rule
from haihe.decide.scheme.circuit import HIGHEST
from haihe.decide.scheme.clause import Rounding
from haihe.decide.scheme.facts import Facts, WordArray
from haihe.decide.scheme.planes import Board, bits_at, blocks, set_bits
from haihe.model.arrays import BoolArray, IntArray, SlotArray

BLOCK: Final = 64  # Ours: schemes whose planes are searched in one call, and stay in the cache.


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """One scheme's enterprises; whoever is in neither list is not eligible.

    eligible: int32 (hit,), rising.
    amounts: int64 (hit,), fen; NO_AMOUNT where nothing is computed (discretionary, only "up to").
    unknown: int32 (open,), rising: a missing fact decides.
    """

    eligible: SlotArray
    amounts: IntArray
    unknown: SlotArray


NO_HITS: Final = Hits(np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.int32))


@dataclass(frozen=True, slots=True)
class Rows:
    """Some enterprises of the facts, for a formula to stand on.

    board: the planes of all.
    places: int32 (enterprise,), rising.
    awards: schemes computed before.
    """

    board: Board
    places: SlotArray
    awards: Mapping[str, Hits]

    @property
    def count(self) -> int:
        """How many enterprises."""
        return len(self.places)

    def number(self, fact: str) -> IntArray:
        """The fact of each."""
        return self.board.facts.numbers[fact].take(self.places)

    def holds(self, signal: int) -> BoolArray:
        """Where the signal is true."""
        return bits_at(self.board.plane(signal)[0], self.places)

    def award(self, scheme: str) -> IntArray:
        """What another scheme awards to each."""
        hits = self.awards.get(scheme, NO_HITS)
        found = np.zeros(len(self.places), np.int64)
        if len(hits.eligible):
            at = np.searchsorted(hits.eligible, self.places).clip(max=len(hits.eligible) - 1)
            there = hits.eligible[at] == self.places
            found[there] = np.maximum(hits.amounts[at[there]], 0)
        return found


def match(book: Book, facts: Facts) -> tuple[Hits, ...]:
    """Everybody against everything.

    Returns the hits of each scheme, in the order of the book's schemes.
    """
    return match_some(book, Board(facts, book.wiring), places=book.order, awards={})


def match_some(
    book: Book, board: Board, *, places: tuple[int, ...], awards: Mapping[str, Hits]
) -> tuple[Hits, ...]:
    """Everybody against some schemes.

    places: of the schemes; each after those it refers to.
    awards: hits of the schemes they refer to that are not among them.
    Returns the hits of each scheme in the order of the book; NO_HITS for those not asked.
    """
    found = [NO_HITS] * len(book.schemes)
    known = dict(awards)
    room = np.empty((BLOCK, 2, board.words), np.uint64)
    asked = [(place, rule) for place in places if (rule := book.rules[place]) is not None]
    for first, behind in blocks(len(asked), BLOCK):
        some = asked[first:behind]
        for line, (_, rule) in enumerate(some):
            board.all_of([board.plane(one) for one in rule.signals], into=room[line])
        sure, may = room[: len(some), 0], room[: len(some), 1]
        eligible, unknown = _by_line(sure), _by_line(may ^ sure)
        amounts = _plain_awards([rule for _, rule in some], eligible, facts=board.facts)
        for line, (place, rule) in enumerate(some):
            fen = amounts[line]
            if fen is None:
                fen = award(rule, Rows(board, eligible[line], known))
            hits = Hits(eligible[line], fen, unknown[line])
            found[place] = known[book.schemes[place].name] = hits
    return tuple(found)


def award(rule: Rule, rows: Rows) -> IntArray:
    """What the enterprises get; int64 (enterprise,), fen.

    rows: eligible enterprises.
    """
    if rule.made.term is None or not rows.count:
        return np.full(rows.count, NO_AMOUNT, np.int64)
    return rounded(compute(rule.made.term, rows), rule.version.benefit.rounding)


def _plain_awards(
    rules: list[Rule], eligible: list[SlotArray], *, facts: Facts
) -> list[IntArray | None]:
    """Amounts of the rules that are min(rate x fact, limit), all in one go; None for others."""
    found: list[IntArray | None] = [None] * len(rules)
    plain, bases, rates = [], [], []
    for line, rule in enumerate(rules):
        rate = plain_rate(rule)
        if rate is not None:
            plain.append(line)
            bases.append(facts.numbers[rate[0]].take(eligible[line]))
            rates.append(rate[1:])
    if not plain:
        return found
    counts = np.array([len(base) for base in bases])
    numerator, denominator, up_to = np.repeat(np.array(rates, np.int64), counts, axis=0).T
    exact = times(np.concatenate(bases), numerator=numerator, denominator=denominator)
    amounts = np.minimum(rounded(exact, Rounding()), up_to)
    for line, part in zip(plain, np.split(amounts, np.cumsum(counts)[:-1]), strict=True):
        found[line] = part
    return found


def plain_rate(rule: Rule) -> tuple[str, int, int, int] | None:
    """Fact, numerator, denominator and limit in fen of a rule that is one rate; None of others."""
    term = rule.made.term
    if term is None or term.when is not None or rule.version.benefit.rounding != Rounding():
        return None
    if not isinstance(term.formula, Rate) or term.formula.award:
        return None
    rate, up_to = term.formula, HIGHEST if term.up_to is None else term.up_to
    return rate.of, rate.numerator, rate.denominator, up_to


def _by_line(lines: WordArray) -> list[SlotArray]:
    line, places = set_bits(lines)
    ends = np.searchsorted(line, np.arange(1, len(lines) + 1)).tolist()
    return [places[a:b] for a, b in zip([0, *ends], ends, strict=False)]
