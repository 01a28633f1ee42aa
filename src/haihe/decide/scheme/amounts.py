"""What an eligible enterprise gets: exact, and rounded once.

An amount is whole fen and millionths of a fen, both int64; every rate is a fraction whose
denominator divides a million, so no digit is ever lost before the one rounding at the end.
"""

from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import numpy as np

from haihe.decide.scheme.clause import (
    Rounding,
    Way,
)
from haihe.decide.scheme.quantity import MILLION
from haihe.model.arrays import BoolArray, IntArray

NO_AMOUNT: Final = -1  # Where nothing is computed: not eligible, discretionary, or only "up to".
PARTS_MAX: Final = 32  # Ours: so that a sum of AMOUNT_MAX fits into int64.
UNIT_AMOUNT_MAX: Final = 10**12  # Ours, fen: 10 billion yuan for one unit is a slip of the pen.


class Ground(Protocol):
    """What a formula stands on, for the enterprises that it is computed for."""

    @property
    def count(self) -> int:
        """How many enterprises."""
        ...

    def number(self, fact: str) -> IntArray:
        """The fact, int64 (enterprise,)."""
        ...

    def holds(self, signal: int) -> BoolArray:
        """Where the signal is true, bool (enterprise,)."""
        ...

    def award(self, scheme: str) -> IntArray:
        """What another scheme awards, fen, 0 where nothing; int64 (enterprise,)."""
        ...


@dataclass(frozen=True, slots=True)
class Sum:
    """An exact amount of each enterprise.

    fen: int64, whole.
    rest: int64, millionths of a fen, 0 to 999,999.
    """

    fen: IntArray
    rest: IntArray


@dataclass(frozen=True, slots=True)
class Flat:
    """The same for all."""

    fen: int


@dataclass(frozen=True, slots=True)
class Rate:
    """A fact (or an award, if ``award``) times a fraction."""

    of: str
    numerator: int
    denominator: int
    award: bool = False


@dataclass(frozen=True, slots=True)
class Slice:
    """One tier: from ``begins`` on a fraction of the base, and a sum beside it."""

    begins: int
    numerator: int
    denominator: int
    fen: int


@dataclass(frozen=True, slots=True)
class Ladder:
    """Tiers over a fact; rising."""

    of: str
    slices: tuple[Slice, ...]
    progressive: bool


@dataclass(frozen=True, slots=True)
class Joined:
    """The sum of parts, or the highest of them."""

    parts: tuple["Term", ...]
    highest: bool


@dataclass(frozen=True, slots=True)
class Term:
    """A formula of a day: its limit in fen (None: none) and the signal it hangs on (None: none)."""

    formula: Flat | Rate | Ladder | Joined
    up_to: int | None
    when: int | None


Factor: TypeAlias = int | IntArray  # The same for all, or one each.
Formula: TypeAlias = Flat | Rate | Ladder | Joined


def compute(term: Term, ground: Ground) -> Sum:
    """The exact amount of each enterprise of the ground, before it is rounded."""
    found = _formula(term.formula, ground)
    if term.up_to is not None:
        over = found.fen >= term.up_to
        found = Sum(np.minimum(found.fen, term.up_to), np.where(over, 0, found.rest))
    if term.when is not None:
        holds = ground.holds(term.when)
        found = Sum(np.where(holds, found.fen, 0), np.where(holds, found.rest, 0))
    return found


def _formula(formula: Formula, ground: Ground) -> Sum:
    match formula:
        case Flat(fen):
            return Sum(np.full(ground.count, fen, np.int64), np.zeros(ground.count, np.int64))
        case Rate(of, numerator, denominator, award):
            base = ground.award(of) if award else ground.number(of)
            return times(np.maximum(base, 0), numerator=numerator, denominator=denominator)
        case Ladder():
            return _ladder(formula, np.maximum(ground.number(formula.of), 0))
        case Joined(parts, highest):
            found = compute(parts[0], ground)
            for part in parts[1:]:
                other = compute(part, ground)
                found = _higher(found, other) if highest else _plus(found, other)
            return found


def times(base: IntArray, *, numerator: Factor, denominator: Factor) -> Sum:
    """Base x numerator / denominator, exactly.

    base: int64, 0 or more, and so small that the product is at most AMOUNT_MAX.
    denominator: divides a million.
    """
    whole: IntArray = np.floor_divide(base, denominator, dtype=np.int64)
    rest = (base - whole * denominator) * numerator
    carry: IntArray = np.floor_divide(rest, denominator, dtype=np.int64)
    rest -= carry * denominator
    finer: IntArray = np.multiply(rest, MILLION // denominator, dtype=np.int64)
    return Sum(whole * numerator + carry, finer)


def _plus(one: Sum, other: Sum) -> Sum:
    rest = one.rest + other.rest
    carry = rest >= MILLION
    return Sum(one.fen + other.fen + carry, rest - carry * MILLION)


def _higher(one: Sum, other: Sum) -> Sum:
    first = (one.fen > other.fen) | ((one.fen == other.fen) & (one.rest >= other.rest))
    return Sum(np.where(first, one.fen, other.fen), np.where(first, one.rest, other.rest))


def _ladder(ladder: Ladder, base: IntArray) -> Sum:
    found = Sum(np.zeros(len(base), np.int64), np.zeros(len(base), np.int64))
    for place, step in enumerate(ladder.slices):
        inside = base >= step.begins
        if ladder.progressive:
            last = place + 1 == len(ladder.slices)
            end = base if last else np.minimum(base, ladder.slices[place + 1].begins)
            part = np.where(inside, end - step.begins, 0)
        else:
            part = np.where(inside, base, 0)
        gain = times(part, numerator=step.numerator, denominator=step.denominator)
        gain = Sum(gain.fen + np.where(inside, step.fen, 0), gain.rest)
        if ladder.progressive:
            found = _plus(found, gain)
        else:
            found = Sum(
                np.where(inside, gain.fen, found.fen), np.where(inside, gain.rest, found.rest)
            )
    return found


def rounded(exact: Sum, rounding: Rounding) -> IntArray:
    """Whole fen at the one rounding point.

    exact: 0 or more.
    Returns int64, fen, a multiple of ``rounding.to``.
    """
    to = rounding.to
    whole = exact.fen // to * to
    if rounding.way is Way.DOWN:
        return whole
    # Half of ``to`` may itself be half a fen: twice the remainder is compared with it.
    twice = (exact.fen - whole) * 2 + (exact.rest * 2 >= MILLION)
    return whole + np.where(twice >= to, to, 0)


def portions(amount_fen: int, shares: tuple[int, ...]) -> tuple[int, ...]:
    """An award cut into shares that add up to it: each is rounded down, the last has what is left.

    shares: millionths that add up to a million; empty gives the whole.

    >>> portions(101, (500_000, 500_000))
    (50, 51)
    """
    if not shares:
        return (amount_fen,)
    first = [amount_fen * share // MILLION for share in shares[:-1]]
    return (*first, amount_fen - sum(first))
