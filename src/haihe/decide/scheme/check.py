"""What is wrong with schemes that can be read: contradictions, overlaps, circles, dead ends."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from math import comb
from typing import Final, TypeAlias

from haihe.decide.scheme.book import links, needed, write_book
from haihe.decide.scheme.check_meeting import (
    at_clause,
    circle_key,
    mutual_exclusions,
    stacking_faults,
)
from haihe.decide.scheme.circuit import HIGHEST, LOWEST, Terms, age, within
from haihe.decide.scheme.clause import (
    Age,
    AllOf,
    AnyOf,
    AtLeast,
    Eligible,
    Not,
    OneOf,
    Ratio,
    Requirement,
    Scheme,
    Status,
    Version,
    Within,
)
from haihe.decide.scheme.explain import Verdict, explain
from haihe.decide.scheme.facts import FactKind, FactSchema, gather
from haihe.decide.scheme.quantity import format_day, format_money
from haihe.decide.scheme.reading import Example, Library
from haihe.decide.scheme.spots import Problem

BRANCHES_MAX: Final = 2_000  # Ours: beyond so many ways to meet a scheme, one is taken to exist.


def check_library(library: Library) -> tuple[Problem, ...]:
    """Everything that is wrong, with what could not be read first."""
    found = list(library.problems)
    found += _names(library)
    for scheme in library.schemes:
        found += _overlaps(scheme)
        found += _spans(scheme)
    found += mutual_exclusions(library.schemes)
    found += stacking_faults(library)
    compiled = list(_compiles(library))
    found += compiled
    if not found or all(one.warning for one in found):
        for scheme in library.schemes:
            found += _contradictions(scheme, library.schema)
        for example in library.examples:
            found += _run(example, library)
    return tuple(found)


def _names(library: Library) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for scheme in library.schemes:
        if scheme.name in seen:
            words = f"the name is used in {seen[scheme.name]} too; give it one of its own."
            yield Problem(scheme.file, scheme.line, scheme.name, words)
        seen[scheme.name] = scheme.file
        if not scheme.versions:
            yield Problem(scheme.file, scheme.line, scheme.name, "it has no version; add one.")
        for version in scheme.versions:
            names = [one.name for one in version.conditions]
            for kept in () if version.keeping is None else version.keeping.conditions:
                if kept not in names:
                    words = f"it keeps condition '{kept}', which it does not have."
                    yield Problem(scheme.file, version.line, f"{scheme.name}, keeping", words)
            for condition in version.conditions:
                if names.count(condition.name) > 1:
                    words = f"'{condition.name}' is there twice; reasons could not tell them apart."
                    yield Problem(
                        scheme.file, condition.line, _clause(scheme, condition.name), words
                    )
                    break


def _clause(scheme: Scheme, condition: str) -> str:
    return f"{scheme.name}, condition {condition}"


def _overlaps(scheme: Scheme) -> Iterator[Problem]:
    finals = [one for one in scheme.versions if one.status is Status.FINAL]
    for one, other in combinations(sorted(finals, key=lambda version: version.valid_from), 2):
        if one.valid_to is None or other.valid_from <= one.valid_to:
            words = (
                f"two final versions hold on {format_day(other.valid_from)}; end the one of line "
                f"{one.line} with 'to: {format_day(other.valid_from - 1)}'."
            )
            yield Problem(scheme.file, other.line, scheme.name, words)


def _spans(scheme: Scheme) -> Iterator[Problem]:
    for version in scheme.versions:
        if version.valid_to is None:
            words = "no day is set on which it ends; it is taken to hold until a later version."
            yield Problem(scheme.file, version.line, scheme.name, words, warning=True)
        for condition in version.conditions:
            if condition.source is None and version.source is None:
                words = "nothing says where it stands; add source: {document, span}."
                clause = _clause(scheme, condition.name)
                yield Problem(scheme.file, condition.line, clause, words, warning=True)


def _compiles(library: Library) -> Iterator[Problem]:
    """Each scheme must compile on each day on which it changes; each trouble is told once."""
    told: set[str] = set()
    for scheme in library.schemes:
        some = _with_needs(library.schemes, scheme.name)
        for drafts, day in product((False, True), _days(some)):
            try:
                write_book(some, library.schema, day=day, drafts=drafts)
            except ValueError as error:
                words = str(error)
                if circle_key(words) not in told:
                    told.add(circle_key(words))
                    yield at_clause(library, words, day=day)


def _with_needs(schemes: Sequence[Scheme], name: str) -> tuple[Scheme, ...]:
    """The scheme and all that it refers to, however indirectly, in any version."""
    named = {one.name: one for one in schemes}
    found: dict[str, Scheme] = {}
    waiting = [name]
    while waiting:
        scheme = named.get(waiting.pop())
        if scheme is not None and scheme.name not in found:
            found[scheme.name] = scheme
            waiting += [other for version in scheme.versions for other in needed(version)]
    return tuple(found.values())


def _days(schemes: Sequence[Scheme]) -> list[int]:
    days = set()
    for version in (one for scheme in schemes for one in scheme.versions):
        days.add(version.valid_from)
        for step in (step for parameter in version.parameters for step in parameter.steps):
            days.add(step.begins)
    return sorted(days)


@dataclass(frozen=True, slots=True)
class _Room:
    """What facts can still be: ranges of numbers, words that may, must and cannot be there."""

    ranges: Mapping[str, tuple[int, int]]
    words: Mapping[str, frozenset[str]]  # Of a category: what is left.
    tags: frozenset[tuple[str, str]]
    no_words: frozenset[tuple[str, str]]


def _contradictions(scheme: Scheme, schema: FactSchema) -> Iterator[Problem]:
    for version in scheme.versions:
        terms = _terms(version, schema)
        room = _Room({}, {}, frozenset(), frozenset())
        for at, condition in enumerate(version.conditions):
            so_far = tuple(one.require for one in version.conditions[: at + 1])
            if not can_hold(so_far, terms, room=room):
                clash = [
                    other.name
                    for other in version.conditions[:at]
                    if not can_hold((other.require, condition.require), terms, room=room)
                ]
                against = f" together with {', '.join(clash)}" if clash else ""
                words = (
                    f"it can never hold{against}; correct a bound, or the scheme reaches nobody."
                )
                yield Problem(scheme.file, condition.line, _clause(scheme, condition.name), words)
                break


def _terms(version: Version, schema: FactSchema) -> Terms:
    names = [name for _, name in links(version)]
    parameters = {one.name: one for one in version.parameters}
    begins = version.valid_from
    return Terms(schema, begins, parameters, dict.fromkeys(names), dict.fromkeys(names, 0))


def can_hold(needs: Sequence[Requirement], terms: Terms, *, room: _Room | None = None) -> bool:
    """Whether any enterprise could meet all of them; True where that is too long to find out."""
    ways = [BRANCHES_MAX]
    return _fits(tuple((need, True) for need in needs), room or _EMPTY, terms=terms, ways=ways)


_EMPTY: Final = _Room({}, {}, frozenset(), frozenset())


def _fits(
    needs: tuple[tuple[Requirement, bool], ...], room: _Room, *, terms: Terms, ways: list[int]
) -> bool:
    """Whether some way through the alternatives fits into the room."""
    if not needs:
        return True
    ways[0] -= 1
    if ways[0] <= 0:
        return True
    (need, yes), rest = needs[0], needs[1:]
    for together in _alternatives(need, yes=yes):
        if together is None:
            narrowed = _narrow(need, room, terms=terms, yes=yes)
            if any(_fits(rest, one, terms=terms, ways=ways) for one in narrowed):
                return True
        elif _fits((*together, *rest), room, terms=terms, ways=ways):
            return True
    return False


Ways: TypeAlias = list[tuple[tuple[Requirement, bool], ...] | None]


def _alternatives(need: Requirement, *, yes: bool) -> Ways:
    """The ways in which a requirement comes out so; [None] if it is a question of its own."""
    match need:
        case Not(part):
            return [((part, not yes),)]
        case AllOf(parts) if yes:
            return [tuple((part, True) for part in parts)]
        case AnyOf(parts) if not yes:
            return [tuple((part, False) for part in parts)]
        case AllOf(parts) | AnyOf(parts):
            return [((part, yes),) for part in parts]
        case AtLeast(count, parts):
            many = count if yes else len(parts) - count + 1
            if comb(len(parts), min(max(many, 0), len(parts))) > BRANCHES_MAX:
                return [()]
            return [tuple((part, yes) for part in some) for some in combinations(parts, many)]
    return [None]


def _narrow(need: Requirement, room: _Room, *, terms: Terms, yes: bool) -> Iterator[_Room]:
    """What is left of the room when the question comes out so; nothing if it cannot."""
    match need:
        case Within() | Age():
            asked = within(need, terms) if isinstance(need, Within) else age(need, terms)
            pieces = (
                [(asked.low, asked.high)]
                if yes
                else [(LOWEST, asked.low - 1), (asked.high + 1, HIGHEST)]
            )
            fact = terms.schema[asked.fact]
            ends = (0, 1) if fact.kind is FactKind.YES_NO else (fact.low, fact.high)
            first = (
                LOWEST if ends[0] is None else ends[0],
                HIGHEST if ends[1] is None else ends[1],
            )
            low, high = room.ranges.get(asked.fact, first)
            for start, end in pieces:
                left = (max(low, start), min(high, end))
                if left[0] <= left[1]:
                    yield replace(room, ranges={**room.ranges, asked.fact: left})
        case OneOf(fact_name, words) if terms.schema[fact_name].kind is FactKind.CATEGORY:
            every = room.words.get(fact_name, frozenset(terms.schema[fact_name].words))
            if yes and not every:
                every = frozenset(words)
            left_words = every & frozenset(words) if yes else every - frozenset(words)
            if left_words or not (yes or terms.schema[fact_name].words):
                yield replace(room, words={**room.words, fact_name: left_words})
        case OneOf(fact_name, words):
            pairs = frozenset((fact_name, word) for word in words)
            if not yes and room.tags.isdisjoint(pairs):
                yield replace(room, no_words=room.no_words | pairs)
            for pair in sorted(pairs - room.no_words) if yes else ():
                yield replace(room, tags=room.tags | {pair})
        case Ratio() | Eligible():
            yield room


def _run(example: Example, library: Library) -> Iterator[Problem]:
    """What does not come out as a case says."""
    clause = f"{example.scheme}, case"

    def problem(words: str) -> Problem:
        return Problem(example.file, example.line, clause, words)

    scheme = next(one for one in library.schemes if one.name == example.scheme)
    day = example.day if example.day is not None else scheme.versions[-1].valid_from
    try:
        alone = gather(library.schema, [dict(example.given)])
    except ValueError as error:
        yield problem(str(error))
        return
    some = _with_needs(library.schemes, scheme.name)
    book = write_book(some, library.schema, day=day, drafts=True)
    told = explain(book, alone, scheme=scheme.name)
    if told.verdict != example.verdict:
        why = "; ".join(
            f"{one.name}: {one.words.en}"
            for one in told.conditions
            if one.verdict != Verdict.ELIGIBLE
        )
        yield problem(f"it is {told.verdict}, not {example.verdict}. {why}")
    fails = {one.name for one in told.conditions if one.verdict is Verdict.NOT}
    if example.because is not None and fails != set(example.because):
        yield problem(f"what fails is {sorted(fails)}, not {sorted(example.because)}.")
    missing = {name for one in told.conditions for name in one.missing}
    if example.missing is not None and missing != set(example.missing):
        yield problem(f"what is missing is {sorted(missing)}, not {sorted(example.missing)}.")
    if example.amount_fen is not None and told.amount_fen != example.amount_fen:
        found = "none" if told.amount_fen is None else format_money(told.amount_fen)
        yield problem(f"the amount is {found}, not {format_money(example.amount_fen)}.")
