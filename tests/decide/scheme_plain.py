"""Schemes evaluated the slow and obvious way, from the meaning of the words: the reference.

Facts are plain Python values or None, truth is True, False or None, money is a Fraction. Nothing
here is taken from the engine but the clauses themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import TypeAlias

from haihe.decide.scheme import clause as c

Row: TypeAlias = Mapping[str, int | bool | str | frozenset[str] | None]
Truth: TypeAlias = bool | None
EPOCH = date(1970, 1, 1)
TOO_MUCH_FEN = 10**17  # Above it an amount is taken for a slip, and not computed.


@dataclass(frozen=True)
class Outcome:
    verdict: Truth
    conditions: tuple[Truth, ...]
    amount_fen: int | None


class Unknown(Exception):
    """An amount that cannot be computed."""


def year_full(begun: date, years: int) -> date:
    """The day on which so many years are full: the same date, or the month's last."""
    try:
        return begun.replace(year=begun.year + years)
    except ValueError:
        return date(begun.year + years, 2, 28)


def age(begun: date, today: date) -> int:
    """Full years; -1 if it has not begun."""
    if begun > today:
        return -1
    years = 0
    while year_full(begun, years + 1) <= today:
        years += 1
    return years


class World:
    """One enterprise on one day among all schemes."""

    def __init__(self, schemes: Mapping[str, c.Scheme], row: Row, day: int) -> None:
        self.schemes, self.row, self.day = schemes, row, day

    def outcome(self, name: str) -> Outcome | None:
        version = self.schemes[name].version_on(self.day)
        if version is None:
            return None
        told = tuple(self.truth(one.require, version) for one in version.conditions)
        amount: int | None = None
        computable: Truth = True
        benefit = version.benefit
        if benefit.amount is not None and not benefit.discretionary:
            try:
                exact = self.part(benefit.amount, version)
                if benefit.up_to is not None:
                    exact = min(exact, Fraction(self.constant(benefit.up_to, version)))
                amount = round_fen(exact, benefit.rounding)
            except Unknown:
                computable = None
        verdict = both((*told, computable))
        return Outcome(verdict, told, amount if verdict is True else None)

    def constant(self, told: c.Constant, version: c.Version) -> int:
        if isinstance(told, int):
            return told
        steps = next(p.steps for p in version.parameters if p.name == told.parameter)
        return [one.amount for one in steps if one.begins <= self.day][-1]

    def inside(
        self, low: c.Bound | None, high: c.Bound | None, number: Fraction, version: c.Version
    ) -> bool:
        if low is not None:
            limit = self.constant(low.limit, version)
            if number < limit or (number == limit and not low.included):
                return False
        if high is not None:
            limit = self.constant(high.limit, version)
            if number > limit or (number == limit and not high.included):
                return False
        return True

    def truth(self, need: c.Requirement, version: c.Version) -> Truth:  # noqa: C901  # One meaning a line.
        match need:
            case c.AllOf(parts):
                return both(tuple(self.truth(one, version) for one in parts))
            case c.AnyOf(parts):
                return opposite(both(tuple(opposite(self.truth(p, version)) for p in parts)))
            case c.Not(part):
                return opposite(self.truth(part, version))
            case c.AtLeast(count, parts):
                told = [self.truth(one, version) for one in parts]
                if told.count(True) >= count:
                    return True
                return None if len(told) - told.count(False) >= count else False
            case c.Eligible(scheme):
                other = self.outcome(scheme)
                return False if other is None else other.verdict
            case c.OneOf(fact, words):
                found = self.row.get(fact)
                if found is None:
                    return None
                has = found if isinstance(found, frozenset) else {found}
                return any(word in has for word in words)
            case c.Within(fact, low, high):
                number = self.row.get(fact)
                if number is None:
                    return None
                assert isinstance(number, int)
                return self.inside(low, high, Fraction(number), version)
            case c.Age(fact, low, high):
                begun = self.row.get(fact)
                if begun is None:
                    return None
                assert isinstance(begun, int)
                today = EPOCH + timedelta(days=self.day)
                years = age(EPOCH + timedelta(days=begun), today)
                return years >= 0 and self.inside(low, high, Fraction(years), version)
            case c.Ratio(upper, lower, low, high):
                first, second = self.row.get(upper), self.row.get(lower)
                if first is None or second is None:
                    return None
                assert isinstance(first, int)
                assert isinstance(second, int)
                if second <= 0:
                    return None
                return self.inside(low, high, Fraction(first, second) * 10**6, version)

    def part(self, part: c.Part, version: c.Version) -> Fraction:
        if part.when is not None:
            holds = self.truth(part.when, version)
            if holds is None:
                raise Unknown
            if not holds:
                return Fraction(0)
        exact = self.formula(part.formula, version)
        if part.up_to is not None:
            exact = min(exact, Fraction(self.constant(part.up_to, version)))
        return exact

    def base(self, name: str, rate: Fraction) -> Fraction:
        """A fact to take a rate of; what comes to too much is no fact but a slip."""
        number = self.row.get(name)
        if number is None:
            raise Unknown
        assert isinstance(number, int)
        if number < 0 or number * rate > TOO_MUCH_FEN:
            raise Unknown
        return Fraction(number)

    def formula(self, formula: object, version: c.Version) -> Fraction:
        match formula:
            case c.Fixed(amount):
                return Fraction(self.constant(amount, version))
            case c.Share(share, of):
                rate = Fraction(self.constant(share, version), 10**6)
                return self.base(of, rate) * rate
            case c.PerUnit(amount, of):
                rate = Fraction(self.constant(amount, version))
                return self.base(of, rate) * rate
            case c.AwardShare(share, scheme):
                other = self.outcome(scheme)
                if other is None or other.verdict is False:
                    return Fraction(0)
                if other.verdict is None:
                    raise Unknown
                return Fraction((other.amount_fen or 0) * self.constant(share, version), 10**6)
            case c.Tiers():
                return self.tiers(formula, version)
            case c.Total(parts):
                return sum((self.part(one, version) for one in parts), Fraction(0))
            case c.Highest(parts):
                return max(self.part(one, version) for one in parts)
        raise AssertionError(formula)

    def tiers(self, tiers: c.Tiers, version: c.Version) -> Fraction:
        rates = [self.constant(one.share or 0, version) for one in tiers.steps]
        base, total = self.base(tiers.of, Fraction(max(rates), 10**6)), Fraction(0)
        begins = [self.constant(one.begins, version) for one in tiers.steps]
        for at, step in enumerate(tiers.steps):
            if base < begins[at]:
                break
            share = Fraction(0 if step.share is None else self.constant(step.share, version))
            if tiers.progressive:
                end = min(base, Fraction(begins[at + 1])) if at + 1 < len(begins) else base
                total += (end - begins[at]) * share / 10**6
            else:
                fixed = 0 if step.amount is None else self.constant(step.amount, version)
                total = base * share / 10**6 + fixed
        return total


def both(told: tuple[Truth, ...]) -> Truth:
    """False if one is false, else unknown if one is, else true."""
    if False in told:
        return False
    return None if None in told else True


def opposite(told: Truth) -> Truth:
    return None if told is None else not told


def round_fen(exact: Fraction, rounding: c.Rounding) -> int:
    steps = exact / rounding.to
    whole = steps.numerator // steps.denominator
    if rounding.way is c.Way.HALF_UP and steps - whole >= Fraction(1, 2):
        whole += 1
    return whole * rounding.to
