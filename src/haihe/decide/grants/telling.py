"""What an enterprise may have now, nearly, or later; and whom a scheme reaches."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.decide.grants.application import Application, Stage
from haihe.decide.grants.enterprise import EnterpriseFile, Purpose
from haihe.decide.grants.standing import Standing
from haihe.decide.scheme.amounts import NO_AMOUNT
from haihe.decide.scheme.book import write_book
from haihe.decide.scheme.circuit import Interval
from haihe.decide.scheme.clause import Paper, Scheme, Version
from haihe.decide.scheme.explain import Explanation, Told, Verdict, explain
from haihe.decide.scheme.facts import FactKind
from haihe.decide.scheme.present import answer
from haihe.decide.scheme.reasons import near_misses, reach

# Ours, millionths of the limit (of a year for dates), one whole unit at the least: a fifth away, or
# the last patent, is in reach within a year or two; who lacks more is told "not", and why.
NEAR_WITHIN: Final = 200_000
AHEAD_DAYS: Final = 366  # Ours: who plans a year looks a year ahead.
NO: Final = 0  # A verdict of ``answer``.
CHANGES_MAX: Final = 40  # Ours: days on which something changes that are looked at.


@dataclass(frozen=True, slots=True)
class Near:
    """One number alone is missing, and it is close (``NEAR_WITHIN``).

    condition: its name. short: how much, in the fact's whole units, fen or days.
    on_day: the day from which it holds if nothing else changes, where only time is missing; None
        else.
    """

    condition: str
    short: int
    on_day: int | None


@dataclass(frozen=True, slots=True)
class Offer:
    """One scheme, for one enterprise.

    why: verdict, conditions, amounts.
    near: what alone is missing; None if more is, or nothing.
    bring: papers it has not handed in before, or that are no longer valid.
    is_ready: whether the application can be made ready without asking (免申即享).
    is_open, is_done: whether it has an application under way, or paid, this year.
    """

    scheme: Scheme
    version: Version
    why: Explanation
    near: Near | None
    bring: tuple[Paper, ...]
    is_ready: bool
    is_open: bool
    is_done: bool


@dataclass(frozen=True, slots=True)
class Later:
    """Something that changes on a day to come.

    day: since 1970. verdict, amount_fen: from then on. was: the verdict now.
    """

    scheme: str
    day: int
    was: Verdict
    verdict: Verdict
    amount_fen: int | None


class Reader:
    """One enterprise, looked at once for all that is then told of it."""

    def __init__(self, standing: Standing, code: str) -> None:
        """Look at an enterprise.

        Raises LookupError if it is not known.
        """
        self.standing = standing
        self.file = standing.files.get(code, EnterpriseFile(code))
        self.alone = standing.present.facts.one(standing.place(code))
        self.answers = answer(standing.book, self.alone)

    def hopeless(self, place: int) -> bool:
        """Whether it neither may have a scheme nor lacks a single condition alone."""
        if self.answers.verdicts[place] != NO:
            return False
        return int(self.answers.fails[place]).bit_count() != 1 or bool(self.answers.unknown[place])


def offers(
    standing: Standing, code: str, *, applications: Sequence[Application], hopeless: bool = True
) -> tuple[Offer, ...]:
    """Every scheme in force, for one enterprise; who may have it first, then who nearly may.

    applications: its own. hopeless: whether those are told too that it is far from; with a
        thousand schemes they are nearly all, and each takes its time.
    Raises LookupError if there is no such enterprise.
    """
    reader = Reader(standing, code)
    found = [
        _offer(reader, scheme=scheme, applications=applications)
        for place, scheme in enumerate(standing.book.schemes)
        if scheme.version_on(standing.day) is not None and (hopeless or not reader.hopeless(place))
    ]
    return tuple(sorted(found, key=_rank))


def _rank(offer: Offer) -> tuple[int, int]:
    kinds = {Verdict.ELIGIBLE: 0, Verdict.UNKNOWN: 2, Verdict.NOT: 3}
    kind = 1 if offer.near is not None else kinds[offer.why.verdict]
    return kind, -(offer.why.amount_fen or offer.why.up_to_fen or 0)


def _offer(reader: Reader, *, scheme: Scheme, applications: Sequence[Application]) -> Offer:
    standing, file = reader.standing, reader.file
    version = scheme.version_on(standing.day)
    assert version is not None  # The caller has looked.
    why = explain(standing.book, reader.alone, scheme=scheme.name, whole=reader.answers)
    bring = tuple(one for one in version.papers if not file.has_paper(one.name, day=standing.day))
    mine = [one for one in applications if one.scheme == scheme.name]
    is_open = any(one.is_open for one in mine)
    is_done = any(one.stage is Stage.PAID for one in mine)
    is_ready = (
        version.automatic
        and why.verdict is Verdict.ELIGIBLE
        and not bring
        and not (is_open or is_done)
        and file.agreed(Purpose.AUTOMATIC)
    )
    return Offer(scheme, version, why, _near(standing, why), bring, is_ready, is_open, is_done)


def _near(standing: Standing, why: Explanation) -> Near | None:
    """What alone is missing, if it is one number and close: as ``near_misses`` finds for all."""
    lacking = [told for told in why.conditions if told.verdict is not Verdict.ELIGIBLE]
    if len(lacking) != 1 or not lacking[0].short:
        return None
    (told,) = lacking
    assert told.short is not None  # Looked at above.
    if told.short > _reach(standing, why.scheme, condition=told.name):
        return None
    return Near(told.name, told.short, _day_of(standing, told))


def _reach(standing: Standing, scheme: str, *, condition: str) -> int:
    """How far from a condition on one number is near, in its own units."""
    book = standing.book
    rule = book.rules[book.place(scheme)]
    assert rule is not None  # It is in force.
    names = [one.name for one in rule.version.conditions]
    asked = book.wiring.signals[rule.signals[names.index(condition)]]
    assert isinstance(asked, Interval)  # Nothing else is short of a number.
    return reach(asked, book.schema[asked.fact].kind, within=NEAR_WITHIN)


def _day_of(standing: Standing, told: Told) -> int | None:
    """The day from which a condition on a date holds by itself."""
    text = told.words.en
    dates = [one for one in standing.book.schema.facts if one.kind is FactKind.DATE]
    if told.short and any(text.startswith(f"{one.title.en}: ") for one in dates):
        return standing.day + told.short if "too much" in text else None
    return None


def later(standing: Standing, code: str) -> tuple[Later, ...]:
    """What changes for an enterprise in the year to come if its facts stay as they are.

    Raises LookupError if there is no such enterprise.
    """
    alone = standing.present.facts.one(standing.place(code))
    found: list[Later] = []
    before = answer(standing.book, alone)
    for day in change_days(standing.library.schemes, day=standing.day):
        book = write_book(standing.library.schemes, standing.library.schema, day=day)
        after = answer(book, alone)
        for at, scheme in enumerate(book.schemes):
            same = before.verdicts[at] == after.verdicts[at]
            if same and before.amounts[at] == after.amounts[at]:
                continue
            amount = int(after.amounts[at])
            found.append(
                Later(
                    scheme.name,
                    day,
                    _VERDICTS[int(before.verdicts[at])],
                    _VERDICTS[int(after.verdicts[at])],
                    None if amount == NO_AMOUNT else amount,
                )
            )
        before = after
    return tuple(found)


_VERDICTS: Final = (Verdict.NOT, Verdict.UNKNOWN, Verdict.ELIGIBLE)


def change_days(schemes: Sequence[Scheme], *, day: int) -> tuple[int, ...]:
    """Days in the year after ``day`` on which the text of a scheme changes; since 1970."""
    days = {
        one
        for scheme in schemes
        for version in scheme.versions
        for one in _days_of(version)
        if day < one <= day + AHEAD_DAYS
    }
    return tuple(sorted(days)[:CHANGES_MAX])


def _days_of(version: Version) -> Iterator[int]:
    yield version.valid_from
    if version.valid_to is not None:
        yield version.valid_to + 1
    for parameter in version.parameters:
        yield from (step.begins for step in parameter.steps)


@dataclass(frozen=True, slots=True)
class Group:
    """Enterprises that share a word, such as all small ones.

    all, eligible, unknown, near: how many. asked, paid: how many of them applied, were paid.
    missed: eligible and have not asked.
    """

    word: str
    all: int
    eligible: int
    unknown: int
    near: int
    asked: int
    paid: int
    missed: int


@dataclass(frozen=True, slots=True)
class Reach:
    """One scheme, over all enterprises.

    cost_fen: what all who are eligible would get; uncounted: eligible without a computed amount.
    """

    scheme: Scheme
    eligible: int
    unknown: int
    near: int
    cost_fen: int
    uncounted: int
    asked: int
    paid: int
    missed: int


def reaches(standing: Standing, applications: Sequence[Application]) -> tuple[Reach, ...]:
    """Every scheme in force, over all enterprises."""
    near = near_misses(standing.book, standing.present.facts, within=NEAR_WITHIN)
    asked = _places_by_scheme(standing, applications)
    found = []
    for at, scheme in enumerate(standing.book.schemes):
        if standing.book.rules[at] is None:
            continue
        hits = standing.present.hits[at]
        counted = hits.amounts[hits.amounts != NO_AMOUNT]
        eligible = set(hits.eligible.tolist())
        mine = asked.get(scheme.name, {})
        found.append(
            Reach(
                scheme,
                len(hits.eligible),
                len(hits.unknown),
                len(near[at].enterprises),
                sum(counted.tolist()),
                len(hits.eligible) - len(counted),
                len(mine),
                sum(mine.values()),
                len(eligible - mine.keys()),
            )
        )
    return tuple(found)


def groups(
    standing: Standing, scheme: str, *, by: str, applications: Sequence[Application]
) -> tuple[Group, ...]:
    """Who is reached and who is missed, by the words of a category fact; unknown words last.

    by: the fact, such as "size" or "industry".
    Raises ValueError if there is no such scheme or category.
    """
    at = standing.book.place(scheme)
    facts = standing.present.facts
    if by not in facts.codes:
        raise ValueError(f"'{by}' is no category; there are {', '.join(sorted(facts.codes))}.")
    codes, words = facts.codes[by].astype(np.int64), ("", *facts.words[by])
    near = near_misses(standing.book, facts, within=NEAR_WITHIN)[at].enterprises
    hits = standing.present.hits[at]
    mine = _places_by_scheme(standing, applications).get(scheme, {})
    asked = np.array(sorted(mine), np.int64)
    paid = np.array(sorted(place for place, is_paid in mine.items() if is_paid), np.int64)
    missed = np.setdiff1d(hits.eligible, asked)

    places = (hits.eligible, hits.unknown, near, asked, paid, missed)
    columns = [np.bincount(codes[one], minlength=len(words)).tolist() for one in places]
    everybody = np.bincount(codes, minlength=len(words)).tolist()
    found = [
        Group(word, every, *numbers)
        for word, every, *numbers in zip(words, everybody, *columns, strict=True)
        if every
    ]
    return tuple(sorted(found, key=lambda one: (not one.word, -one.all)))


def _places_by_scheme(
    standing: Standing, applications: Sequence[Application]
) -> Mapping[str, dict[int, bool]]:
    """Scheme to the places of who asked for it, and whether they were paid."""
    places = {code: at for at, code in enumerate(standing.codes)}
    found: dict[str, dict[int, bool]] = {}
    for one in applications:
        at = places.get(one.enterprise)
        if at is not None and one.stage is not Stage.WITHDRAWN:
            mine = found.setdefault(one.scheme, {})
            mine[at] = mine.get(at, False) or one.stage is Stage.PAID
    return found
