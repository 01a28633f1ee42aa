"""All schemes as they stand on one day, compiled: the rule book (政策汇编)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from haihe.decide.scheme.benefit import Made, make
from haihe.decide.scheme.circuit import Terms, Wiring
from haihe.decide.scheme.clause import (
    AllOf,
    AnyOf,
    AtLeast,
    AwardShare,
    Eligible,
    Formula,
    Highest,
    Not,
    Part,
    Requirement,
    Scheme,
    Total,
    Version,
)
from haihe.decide.scheme.facts import FactSchema

CONDITIONS_MAX: Final = 62  # Reasons are bits of an int64, and the amount needs one too.
DEPTH_MAX: Final = 32  # Ours: of brackets in brackets, and of schemes that refer to schemes.

Link: TypeAlias = tuple[str, str]  # The clause that refers, the scheme that it refers to.


@dataclass(frozen=True, slots=True)
class Rule:
    """One scheme on one day, compiled.

    version: the one in force.
    signals: of each condition, in their order; then, if the amount can be unknown, of the amount.
    made: the benefit.
    needs: the schemes that it refers to.
    """

    version: Version
    signals: tuple[int, ...]
    made: Made
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """Compiled schemes of one day.

    schema: of the facts.
    day: days since 1970.
    drafts: whether drafts are in it; such a book is for looking ahead and never pushed.
    schemes: in the order of every result.
    rules: one a scheme; None while it is not in force.
    order: places of the schemes so that each comes after those it refers to.
    wiring: the signals.
    """

    schema: FactSchema
    day: int
    drafts: bool
    schemes: tuple[Scheme, ...]
    rules: tuple[Rule | None, ...]
    order: tuple[int, ...]
    wiring: Wiring

    def place(self, scheme: str) -> int:
        """Where a scheme is in every result.

        Raises ValueError if there is none of that name.
        """
        for place, one in enumerate(self.schemes):
            if one.name == scheme:
                return place
        raise ValueError(f"there is no scheme '{scheme}' in the book of {len(self.schemes)}.")

    def touched_by(self, scheme: str) -> tuple[int, ...]:
        """Places of the scheme and of all that refer to it, however indirectly; in order."""
        names = {scheme}
        places = []
        for place in self.order:
            rule = self.rules[place]
            needs = () if rule is None else rule.needs
            if self.schemes[place].name in names or not names.isdisjoint(needs):
                names.add(self.schemes[place].name)
                places.append(place)
        return tuple(places)

    def with_scheme(self, scheme: Scheme) -> "Book":
        """The book with one scheme told anew (or added at the end); the others are not read again.

        Raises ValueError as ``write_book``.
        """
        names = [one.name for one in self.schemes]
        schemes, rules = list(self.schemes), list(self.rules)
        if scheme.name in names:
            schemes[names.index(scheme.name)] = scheme
        else:
            schemes.append(scheme)
            rules.append(None)
        version = scheme.version_on(self.day, drafts=self.drafts)
        needs = {
            one.name: () if rule is None else rule.needs
            for one, rule in zip(schemes, rules, strict=True)
        }
        needs[scheme.name] = () if version is None else needed(version)
        order = _in_order(needs)
        fresh = replace(
            self,
            schemes=tuple(schemes),
            rules=tuple(rules),
            order=order,
            wiring=self.wiring.copy(),
        )
        # What it refers to may have changed, so whoever refers to it is compiled after it.
        place = fresh.place(scheme.name)
        touched = {fresh.place(scheme.name), *fresh.touched_by(scheme.name)}
        for place in (one for one in order if one in touched):
            rules[place] = compile_rule(fresh, place, rules=rules)
        return replace(fresh, rules=tuple(rules))


def write_book(
    schemes: Sequence[Scheme], schema: FactSchema, *, day: int, drafts: bool = False
) -> Book:
    """The rule book of a day.

    schemes: each name once; results come in this order.
    day: days since 1970.
    drafts: whether drafts count, to look ahead.
    Raises ValueError if a clause cannot be compiled or schemes refer to each other in a circle;
        the message names the scheme and the clause.
    """
    names = [scheme.name for scheme in schemes]
    if len(set(names)) < len(names):
        double = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"scheme '{double}' is there twice; give each a name of its own.")
    versions = [scheme.version_on(day, drafts=drafts) for scheme in schemes]
    needs = {
        name: () if version is None else needed(version)
        for name, version in zip(names, versions, strict=True)
    }
    rules: list[Rule | None] = [None] * len(names)
    book = Book(schema, day, drafts, tuple(schemes), tuple(rules), _in_order(needs), Wiring([], {}))
    for place in book.order:
        rules[place] = compile_rule(book, place, rules=rules)
    return replace(book, rules=tuple(rules))


def compile_rule(book: Book, place: int, *, rules: Sequence[Rule | None]) -> Rule | None:
    """One scheme of the book, compiled into its wiring; None if it is not in force.

    rules: of all schemes; those it refers to are compiled already.
    Raises ValueError naming the scheme and the clause.
    """
    scheme = book.schemes[place]
    version = scheme.version_on(book.day, drafts=book.drafts)
    if version is None:
        return None
    needs = needed(version)
    eligible, most = {}, {}
    for name in needs:
        other = rules[book.place(name)]
        eligible[name] = None if other is None else book.wiring.every(other.signals)
        most[name] = 0 if other is None else other.made.most
    parameters = {one.name: one for one in version.parameters}
    terms = Terms(book.schema, book.day, parameters, eligible, most)
    if len(version.conditions) > CONDITIONS_MAX:
        raise ValueError(
            f"{scheme.name} has {len(version.conditions)} conditions; join them into at most "
            f"{CONDITIONS_MAX}."
        )
    signals = []
    for condition in version.conditions:
        try:
            signals.append(book.wiring.require(condition.require, terms))
        except ValueError as error:
            raise ValueError(f"{scheme.name}, condition {condition.name}: {error}") from error
    try:
        made = make(version.benefit, terms, wiring=book.wiring)
    except ValueError as error:
        raise ValueError(f"{scheme.name}, benefit: {error}") from error
    if made.usable is not None:
        signals.append(made.usable)
    return Rule(version, tuple(signals), made, needs)


def needed(version: Version) -> tuple[str, ...]:
    """The schemes that a version refers to, each once."""
    return tuple(dict.fromkeys(name for _, name in links(version)))


def links(version: Version) -> Iterator[Link]:
    """Each clause that refers to another scheme, and which."""
    for condition in version.conditions:
        for one in walk(condition.require):
            if isinstance(one, Eligible):
                yield condition.name, one.scheme
    if version.benefit.amount is not None:
        yield from (("benefit", name) for name in _of_part(version.benefit.amount))


def walk(need: Requirement) -> Iterator[Requirement]:
    """The requirement and all within it."""
    yield need
    match need:
        case AllOf(parts) | AnyOf(parts) | AtLeast(_, parts):
            for part in parts:
                yield from walk(part)
        case Not(part):
            yield from walk(part)


def _of_part(part: Part) -> Iterator[str]:
    if part.when is not None:
        yield from (one.scheme for one in walk(part.when) if isinstance(one, Eligible))
    formula: Formula = part.formula
    match formula:
        case AwardShare(_, scheme):
            yield scheme
        case Total(parts) | Highest(parts):
            for inner in parts:
                yield from _of_part(inner)


def _in_order(needs: dict[str, tuple[str, ...]]) -> tuple[int, ...]:
    """Places so that each scheme comes after those it needs.

    Raises ValueError if one is not there, or they go round in a circle.
    """
    places = {name: place for place, name in enumerate(needs)}
    order: dict[str, int] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in order:
            return
        if name not in places:
            raise ValueError(f"{path[-1]} refers to scheme '{name}', which is not there; add it.")
        if name in path:
            circle = " -> ".join((*path[path.index(name) :], name))
            raise ValueError(
                f"schemes refer to each other in a circle: {circle}. If they exclude each other, "
                "say so under 'stacking' as an exclusive group instead."
            )
        if len(path) > DEPTH_MAX:
            raise ValueError(f"{path[0]} refers to schemes {len(path)} deep; {DEPTH_MAX} at most.")
        for other in needs[name]:
            visit(other, (*path, name))
        order[name] = places[name]

    for name in needs:
        visit(name, ())
    return tuple(order.values())
