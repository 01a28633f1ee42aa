"""What is wrong where schemes meet: circles, exclusions, groups and caps."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from haihe.decide.scheme.book import links
from haihe.decide.scheme.clause import Eligible, Not, Scheme, Version
from haihe.decide.scheme.quantity import format_day
from haihe.decide.scheme.reading import Library
from haihe.decide.scheme.spots import Problem
from haihe.decide.scheme.stacking import Cap, Group

CIRCLE: Final = re.compile(r"in a circle: ([^.]+)\.")


def circle_key(words: str) -> str:
    """The same for one circle from wherever it was entered; else the words themselves."""
    met = CIRCLE.search(words)
    return words if met is None else "circle " + " ".join(sorted(set(met[1].split(" -> "))))


def mutual_exclusions(schemes: Sequence[Scheme]) -> Iterator[Problem]:
    """Schemes each of which asks not to be eligible for the other."""
    barred: dict[tuple[str, str], tuple[str, int, str]] = {}
    for scheme in schemes:
        for version in scheme.versions:
            for condition in version.conditions:
                match condition.require:
                    case Not(Eligible(other)):
                        where = (scheme.file, condition.line, condition.name)
                        barred[scheme.name, other] = where
    for (one, other), (file, line, name) in barred.items():
        if one < other and (other, one) in barred:
            words = (
                f"'{one}' and '{other}' exclude each other, so neither can be decided first; "
                f"delete both conditions and put 'exclusive: [{one}, {other}]' under 'stacking'."
            )
            yield Problem(file, line, f"{one}, condition {name}", words)


def stacking_faults(library: Library) -> Iterator[Problem]:
    """Groups and caps that name what is not there, the same twice, or nothing that can meet."""
    known = {scheme.name: scheme for scheme in library.schemes}
    first = next(iter(known.values()), None)
    file = first.file if first else ""
    for rule in library.stacking.rules:
        clause = f"stacking {rule.name}"
        for name in dict.fromkeys(rule.schemes):
            if name not in known:
                words = f"there is no scheme '{name}'; add it, or take it out."
                yield Problem(file, rule.line, clause, words)
            if rule.schemes.count(name) > 1:
                yield Problem(file, rule.line, clause, f"'{name}' is there twice; keep one.")
        least = 2 if isinstance(rule, Group) else 1
        if len(set(rule.schemes)) < least:
            words = (
                f"it names {len(set(rule.schemes))} schemes; name {least} or more, or delete it."
            )
            yield Problem(file, rule.line, clause, words)
        if isinstance(rule, Group):
            yield from _needed_and_excluded(rule, library.schemes, clause=(file, clause))
        else:
            yield from _late_cap(rule, library.schemes, clause=(file, clause))


def _needed_and_excluded(
    group: Group, schemes: Sequence[Scheme], *, clause: tuple[str, str]
) -> Iterator[Problem]:
    """A scheme that needs another one with which it is never paid together."""
    for scheme in schemes:
        if scheme.name not in group.schemes:
            continue
        others = {name for version in scheme.versions for name in _wanted(version)}
        for name in sorted(others & set(group.schemes)):
            words = (
                f"'{scheme.name}' needs '{name}', yet only one of them is paid; take one out of "
                "the group, or drop the condition."
            )
            yield Problem(clause[0], group.line, clause[1], words, warning=True)


def _wanted(version: Version) -> Iterator[str]:
    """Schemes for which a version demands to be eligible, or of whose award it gives a share."""
    shares = (other for clause, other in links(version) if clause == "benefit")
    yield from shares
    for condition in version.conditions:
        if isinstance(condition.require, Eligible):
            yield condition.require.scheme


def _late_cap(cap: Cap, schemes: Sequence[Scheme], *, clause: tuple[str, str]) -> Iterator[Problem]:
    """A cap that has no value yet when a scheme it limits begins."""
    if not cap.steps:
        return
    for scheme in schemes:
        begins = [one.valid_from for one in scheme.versions if scheme.name in cap.schemes]
        if begins and min(begins) < cap.steps[0].begins:
            words = (
                f"it has no value from {format_day(min(begins))} on, when '{scheme.name}' begins; "
                f"let its first value begin then, instead of {format_day(cap.steps[0].begins)}."
            )
            yield Problem(clause[0], cap.line, clause[1], words)


def at_clause(library: Library, words: str, *, day: int) -> Problem:
    """A compiler's message, with the line of the clause that it names."""
    circle = CIRCLE.search(words)
    if circle is not None:
        return _at_circle(library, words, names=circle[1].split(" -> "))
    clause, _, rest = words.partition(": ")
    name, _, part = clause.partition(", ")
    for scheme in library.schemes:
        version = scheme.version_on(day, drafts=True)
        if scheme.name == name and version is not None:
            lines = {f"condition {one.name}": one.line for one in version.conditions}
            lines["benefit"] = version.benefit.line
            on = f" (on {format_day(day)})"
            return Problem(scheme.file, lines.get(part, version.line), clause, rest + on)
    file = library.schemes[0].file if library.schemes else ""
    return Problem(file, 0, "schemes", words)


def _at_circle(library: Library, words: str, *, names: Sequence[str]) -> Problem:
    """The message at the clause with which the circle begins."""
    scheme = next(one for one in library.schemes if one.name == names[0])
    for version in scheme.versions:
        lines = {one.name: one.line for one in version.conditions}
        for clause, other in links(version):
            if other == names[1]:
                line = lines.get(clause, version.benefit.line)
                part = "benefit" if clause == "benefit" else f"condition {clause}"
                return Problem(scheme.file, line, f"{scheme.name}, {part}", words)
    return Problem(scheme.file, scheme.line, scheme.name, words)
