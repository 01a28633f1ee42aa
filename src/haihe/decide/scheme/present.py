"""One enterprise against all schemes with its reasons, and results kept current."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from haihe.decide.scheme.amounts import NO_AMOUNT, compute, rounded
from haihe.decide.scheme.book import Book
from haihe.decide.scheme.circuit import (
    FALSE,
    TRUE,
    UNKNOWN,
    Gate,
    Interval,
    Negation,
    Over,
    Usable,
    Word,
)
from haihe.decide.scheme.clause import Scheme
from haihe.decide.scheme.facts import MISSING, Facts, Given
from haihe.decide.scheme.match import Hits, match, match_some
from haihe.decide.scheme.planes import Board
from haihe.decide.scheme.quantity import MILLION
from haihe.model.arrays import BoolArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """One enterprise against all schemes of a book, in its order.

    verdicts: int64 (scheme,): 0 not eligible, 1 unknown, 2 eligible.
    in_force: bool (scheme,); a scheme that is not in force has verdict 0 and no reasons.
    fails: int64 (scheme,), bit n is set where condition n does not hold.
    unknown: int64 (scheme,), bit n is set where a missing fact leaves condition n open; the bit
        behind the last condition is the amount.
    amounts: int64 (scheme,), fen; NO_AMOUNT where not eligible or nothing is computed.
    """

    verdicts: IntArray
    in_force: BoolArray
    fails: IntArray
    unknown: IntArray
    amounts: IntArray


@dataclass(frozen=True, slots=True)
class _Ground:
    """One enterprise, for a formula to stand on."""

    facts: Facts
    values: list[int]
    awards: Mapping[str, int]
    count: int = 1

    def number(self, fact: str) -> IntArray:
        return self.facts.numbers[fact]

    def holds(self, signal: int) -> BoolArray:
        return np.array([self.values[signal] == TRUE])

    def award(self, scheme: str) -> IntArray:
        return np.array([self.awards.get(scheme, 0)], np.int64)


def answer(book: Book, alone: Facts) -> Answers:
    """One enterprise against all schemes.

    alone: facts of that enterprise only, as ``Facts.one`` gives them.
    """
    return _answers(book, alone, values=signal_values(book, alone), places=book.order)


def _answers(book: Book, alone: Facts, *, values: list[int], places: Iterable[int]) -> Answers:
    """One enterprise against some schemes, each after those that it needs."""
    count = len(book.schemes)
    verdicts, fails, unknown = [FALSE] * count, [0] * count, [0] * count
    amounts = [NO_AMOUNT] * count
    awards: dict[str, int] = {}
    seen: dict[tuple[int, ...], tuple[int, int, int]] = {}  # Few patterns; most schemes share one.
    for place in places:
        rule = book.rules[place]
        if rule is None:
            continue
        told = tuple([values[signal] for signal in rule.signals])
        masks = seen.get(told)
        if masks is None:
            masks = seen[told] = _masks(told)
        verdict, fails[place], unknown[place] = masks
        verdicts[place] = verdict
        if verdict == TRUE and rule.made.term is not None:
            exact = compute(rule.made.term, _Ground(alone, values, awards))
            amount = int(rounded(exact, rule.version.benefit.rounding)[0])
            amounts[place] = awards[book.schemes[place].name] = amount
    return Answers(
        verdicts=np.array(verdicts, np.int64),
        in_force=np.array([rule is not None for rule in book.rules], np.bool_),
        fails=np.array(fails, np.int64),
        unknown=np.array(unknown, np.int64),
        amounts=np.array(amounts, np.int64),
    )


def _masks(told: tuple[int, ...]) -> tuple[int, int, int]:
    """Verdict, failing and unknown bits of conditions that came out so."""
    fails = sum(1 << at for at, one in enumerate(told) if one == FALSE)
    unknown = sum(1 << at for at, one in enumerate(told) if one == UNKNOWN)
    return min(told, default=TRUE), fails, unknown


def _affected(book: Book, changed: frozenset[int], *, fact: str) -> list[int]:
    """Schemes whose verdict or amount can differ, and those whose awards they need; in order."""
    names: set[str] = set()
    affected: set[int] = set()
    for place in book.order:
        rule = book.rules[place]
        if rule is not None and (
            fact in rule.made.facts
            or not changed.isdisjoint(rule.signals)
            or not changed.isdisjoint(rule.made.whens)
            or not names.isdisjoint(rule.needs)
        ):
            affected.add(place)
            names.add(book.schemes[place].name)
    for place in reversed(book.order):
        rule = book.rules[place]
        if rule is not None and place in affected:
            affected.update(book.place(name) for name in rule.needs)
    return [place for place in book.order if place in affected]


def signal_values(book: Book, alone: Facts) -> list[int]:
    """Every signal of the book for one enterprise: 0 false, 1 unknown, 2 true."""
    numbers = {name: int(column[0]) for name, column in alone.numbers.items()}
    words = _words_of(alone)
    values: list[int] = []
    for signal in book.wiring.signals:
        if isinstance(signal, Gate):
            value = _gate(signal, values)
        elif isinstance(signal, Word):
            told = words[signal.fact]
            value = UNKNOWN if told is None else TRUE * (signal.word in told)
        elif isinstance(signal, Negation):
            value = TRUE - values[signal.of]
        else:
            value = _number(signal, numbers)
        values.append(value)
    return values


def _words_of(alone: Facts) -> dict[str, frozenset[str] | None]:
    found: dict[str, frozenset[str] | None] = {}
    for name, column in alone.codes.items():
        code = int(column[0])
        found[name] = frozenset({alone.words[name][code - 1]}) if code else None
    for name, lines in alone.tags.items():
        there = lines[:, 0].tolist()
        tags = (word for word, bit in zip(alone.words[name], there, strict=False) if bit)
        found[name] = frozenset(tags) if there[-1] else None
    return found


def _gate(gate: Gate, values: list[int]) -> int:
    inputs = [values[one] for one in gate.inputs]
    if gate.count == 1 and inputs:
        return max(inputs)
    if gate.count <= 0:
        return TRUE
    return sorted(inputs)[-gate.count] if gate.count <= len(inputs) else FALSE


def _number(signal: Interval | Over | Usable, numbers: Mapping[str, int]) -> int:
    if isinstance(signal, Interval):
        number = numbers[signal.fact]
        return UNKNOWN if number == MISSING else TRUE * (signal.low <= number <= signal.high)
    if isinstance(signal, Usable):
        return TRUE if 0 <= numbers[signal.fact] <= signal.most else UNKNOWN
    first, second = numbers[signal.upper], numbers[signal.lower]
    if first == MISSING or second <= 0:
        return UNKNOWN
    more = first * MILLION - second * signal.limit
    return TRUE * (more > 0 or (signal.included and more == 0))


@dataclass(frozen=True, slots=True, eq=False)
class Present:
    """What is so now: a book, the facts, and the hits of each scheme; changed only in copies."""

    book: Book
    facts: Facts
    hits: tuple[Hits, ...]

    def fact_changed(self, enterprise: int, *, name: str, given: Given) -> "Present":
        """One fact of one enterprise told anew.

        Raises ValueError as ``Facts.changed``.
        """
        facts = self.facts.changed(enterprise, name=name, given=given)
        old, new = self.facts.one(enterprise), facts.one(enterprise)
        once, now = signal_values(self.book, old), signal_values(self.book, new)
        changed = frozenset(at for at, (a, b) in enumerate(zip(once, now, strict=True)) if a != b)
        places = _affected(self.book, changed, fact=name)
        before = _answers(self.book, old, values=once, places=places)
        after = _answers(self.book, new, values=now, places=places)
        hits = list(self.hits)
        differs = (before.verdicts != after.verdicts) | (before.amounts != after.amounts)
        for place in np.flatnonzero(differs):
            verdict, amount = int(after.verdicts[place]), int(after.amounts[place])
            hits[place] = _retold(hits[place], enterprise, verdict=verdict, amount=amount)
        return Present(self.book, facts, tuple(hits))

    def scheme_changed(self, scheme: Scheme) -> "Present":
        """One scheme told anew, or added; also those that refer to it are matched again.

        Raises ValueError as ``Book.with_scheme``.
        """
        book = self.book.with_scheme(scheme)
        places = book.touched_by(scheme.name)
        names = [one.name for one in book.schemes]
        known = dict(zip(names, self.hits, strict=False))
        fresh = match_some(book, Board(self.facts, book.wiring), places=places, awards=known)
        hits = [*self.hits, *fresh[len(self.hits) :]]
        for place in places:
            hits[place] = fresh[place]
        return replace(self, book=book, hits=tuple(hits))


def begin(book: Book, facts: Facts) -> Present:
    """The present from nothing: everybody matched with everything."""
    return Present(book, facts, match(book, facts))


def _retold(hits: Hits, enterprise: int, *, verdict: int, amount: int) -> Hits:
    """The hits with one enterprise's own verdict and amount."""
    at = int(np.searchsorted(hits.eligible, enterprise))
    eligible, amounts, unknown = hits.eligible, hits.amounts, hits.unknown
    if at < len(eligible) and eligible[at] == enterprise:
        eligible, amounts = np.delete(eligible, at), np.delete(amounts, at)
    if verdict == TRUE:
        eligible = np.insert(eligible, at, enterprise)
        amounts = np.insert(amounts, at, amount)
    at = int(np.searchsorted(unknown, enterprise))
    if at < len(unknown) and unknown[at] == enterprise:
        unknown = np.delete(unknown, at)
    if verdict == UNKNOWN:
        unknown = np.insert(unknown, at, enterprise)
    return Hits(eligible, amounts, unknown)


def encode_hits(book: Book, hits: tuple[Hits, ...]) -> bytes:
    """The hits as bytes: equal exactly when day, schemes, enterprises and amounts are.

    Little endian, scheme by scheme: name, counts, enterprises, amounts, unknown.
    """
    parts = [b"haihe hits 1", book.day.to_bytes(8, "little", signed=True)]
    for scheme, one in zip(book.schemes, hits, strict=True):
        name = scheme.name.encode()
        parts += [len(name).to_bytes(4, "little"), name]
        parts += [len(one.eligible).to_bytes(8, "little"), len(one.unknown).to_bytes(8, "little")]
        parts += [
            one.eligible.astype("<i4").tobytes(),
            one.amounts.astype("<i8").tobytes(),
            one.unknown.astype("<i4").tobytes(),
        ]
    return b"".join(parts)
