"""What a draft would change, before anybody signs it: cost, who gains, who loses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from haihe.decide.grants.register import SchemeChange, compared
from haihe.decide.grants.standing import Standing, stand_on
from haihe.decide.scheme.amounts import NO_AMOUNT
from haihe.decide.scheme.book import write_book
from haihe.decide.scheme.match import NO_HITS, Hits
from haihe.decide.scheme.present import begin
from haihe.decide.scheme.reading import Library, read_library
from haihe.decide.scheme.spots import Problem
from haihe.model.arrays import IntArray

NAMED_MAX: Final = 50  # Ours: enterprises that are named on each side; all are counted.


@dataclass(frozen=True, slots=True)
class Shift:
    """One enterprise whose money would change.

    before_fen, after_fen: None where it has nothing, or nothing is computed.
    """

    code: str
    scheme: str
    before_fen: int | None
    after_fen: int | None


@dataclass(frozen=True, slots=True)
class SchemeEffect:
    """One scheme before and after.

    cost_before_fen, cost_after_fen: for all who are eligible.
    begin, end: how many become or cease to be eligible.
    uncounted_after: eligible, and a person sets the amount. most_after_fen: what that comes to at
        most; None if nothing bounds it.
    """

    scheme: str
    eligible_before: int
    eligible_after: int
    unknown_before: int
    unknown_after: int
    cost_before_fen: int
    cost_after_fen: int
    begin: int
    end: int
    uncounted_after: int
    most_after_fen: int | None


@dataclass(frozen=True, slots=True)
class ShiftGroup:
    """What changes for enterprises that share a word, such as all small ones.

    word: "" for those of whom it is not known. all: how many they are.
    gains, loses: how many of them get more, or less. cost_fen: what more they get together.
    """

    word: str
    all: int
    gains: int
    loses: int
    cost_fen: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What a draft would change.

    problems: what is wrong with it; nothing is computed while there are any but warnings.
    changes: the clauses that differ.
    schemes: those that differ in who or how much.
    cost_fen: what more (or less) it costs.
    gains, loses: how many enterprises get more, or less, over all schemes.
    gainers, losers: those with the largest change, at most NAMED_MAX.
    by: category fact to what changes for each of its words.
    """

    problems: tuple[Problem, ...]
    changes: tuple[SchemeChange, ...]
    schemes: tuple[SchemeEffect, ...]
    cost_fen: int
    gains: int
    loses: int
    gainers: tuple[Shift, ...]
    losers: tuple[Shift, ...]
    by: Mapping[str, tuple[ShiftGroup, ...]] = field(default_factory=dict)


def effect_of(standing: Standing, texts: Mapping[str, str], *, book: str, draft: str) -> Effect:
    """What a draft of a book would change for everybody.

    standing: as it is now.
    texts: the books in force.
    """
    library = read_library({**texts, book: draft})
    changes = compared(standing.library, library)
    if any(not one.warning for one in library.problems):
        return Effect(library.problems, changes, (), 0, 0, 0, (), ())
    try:
        after = _after(standing, library)
    except ValueError as error:
        problem = Problem(book, 0, "book", str(error))
        return Effect((problem,), changes, (), 0, 0, 0, (), ())
    return _compared(standing, after, changes=changes, problems=library.problems)


def _after(standing: Standing, library: Library) -> Standing:
    """The standing with the draft in force; the facts are told anew only if it asks for others."""
    if library.schema != standing.library.schema:
        return stand_on(standing.kept, library, day=standing.day, drafts=True)
    book = write_book(library.schemes, library.schema, day=standing.day, drafts=True)
    return replace(standing, library=library, present=begin(book, standing.present.facts))


def _compared(
    before: Standing,
    after: Standing,
    *,
    changes: tuple[SchemeChange, ...],
    problems: tuple[Problem, ...],
) -> Effect:
    old = {
        one.name: hits for one, hits in zip(before.book.schemes, before.present.hits, strict=True)
    }
    new = {one.name: hits for one, hits in zip(after.book.schemes, after.present.hits, strict=True)}
    count = len(before.codes)
    total = np.zeros(count, np.int64)
    schemes: list[SchemeEffect] = []
    shifts: list[tuple[int, Shift]] = []
    for name in dict.fromkeys((*old, *new)):
        was, now = old.get(name, NO_HITS), new.get(name, NO_HITS)
        one = _scheme(name, was=was, now=now, most=_most(after, name))
        money_was, money_now = _money(was, count), _money(now, count)
        change = money_now - money_was
        if one is None and not change.any():
            continue
        if one is not None:
            schemes.append(one)
        total += change
        shifts += _largest(before.codes, name, was=was, now=now, change=change)
    shifts.sort(key=lambda one: (-abs(one[0]), one[1].code, one[1].scheme))
    return Effect(
        problems,
        changes,
        tuple(schemes),
        sum(one.cost_after_fen - one.cost_before_fen for one in schemes),
        int((total > 0).sum()),
        int((total < 0).sum()),
        tuple(shift for size, shift in shifts if size > 0)[:NAMED_MAX],
        tuple(shift for size, shift in shifts if size < 0)[:NAMED_MAX],
        {name: _group(after, name, total=total) for name in sorted(after.present.facts.codes)},
    )


def _group(after: Standing, name: str, *, total: IntArray) -> tuple[ShiftGroup, ...]:
    """The change by the words of a category; total: int64 (enterprise,), fen."""
    codes = after.present.facts.codes[name].astype(np.int64)
    words = ("", *after.present.facts.words[name])
    count = len(words)
    cost = np.zeros(count, np.int64)
    np.add.at(cost, codes, total)
    columns = (
        np.bincount(codes, minlength=count).tolist(),
        np.bincount(codes[total > 0], minlength=count).tolist(),
        np.bincount(codes[total < 0], minlength=count).tolist(),
        cost.tolist(),
    )
    found = [ShiftGroup(*one) for one in zip(words, *columns, strict=True) if one[1]]
    return tuple(sorted(found, key=lambda one: (not one.word, -one.all)))


def _most(standing: Standing, name: str) -> int | None:
    """What an award comes to at most where only 最高 is said, fen; None where nothing says so."""
    names = [one.name for one in standing.book.schemes]
    rule = standing.book.rules[names.index(name)] if name in names else None
    return None if rule is None or rule.version.benefit.up_to is None else rule.made.most


def _scheme(name: str, *, was: Hits, now: Hits, most: int | None) -> SchemeEffect | None:
    same = (
        np.array_equal(was.eligible, now.eligible)
        and np.array_equal(was.amounts, now.amounts)
        and np.array_equal(was.unknown, now.unknown)
    )
    if same:
        return None
    uncounted = int((now.amounts == NO_AMOUNT).sum())
    return SchemeEffect(
        name,
        len(was.eligible),
        len(now.eligible),
        len(was.unknown),
        len(now.unknown),
        _cost(was),
        _cost(now),
        len(np.setdiff1d(now.eligible, was.eligible)),
        len(np.setdiff1d(was.eligible, now.eligible)),
        uncounted,
        None if most is None else most * uncounted,
    )


def _cost(hits: Hits) -> int:
    return sum(hits.amounts[hits.amounts != NO_AMOUNT].tolist())


def _money(hits: Hits, count: int) -> IntArray:
    """What each enterprise gets; int64 (enterprise,), fen."""
    found = np.zeros(count, np.int64)
    counted = hits.amounts != NO_AMOUNT
    found[hits.eligible[counted]] = hits.amounts[counted]
    return found


def _largest(
    codes: Sequence[str], scheme: str, *, was: Hits, now: Hits, change: IntArray
) -> list[tuple[int, Shift]]:
    """The enterprises whose money changes most, on each side."""
    order = np.argsort(change, kind="stable")
    places = [*order[:NAMED_MAX].tolist(), *order[-NAMED_MAX:].tolist()]
    return [
        (
            int(change[at]),
            Shift(codes[at], scheme, _amount(was, at), _amount(now, at)),
        )
        for at in dict.fromkeys(places)
        if change[at]
    ]


def _amount(hits: Hits, place: int) -> int | None:
    at = int(np.searchsorted(hits.eligible, place))
    if at >= len(hits.eligible) or hits.eligible[at] != place or hits.amounts[at] == NO_AMOUNT:
        return None
    return int(hits.amounts[at])
