"""Benefits of a day, compiled into programs for ``amounts``, with guards against overflow."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from haihe.decide.scheme.amounts import (
    PARTS_MAX,
    UNIT_AMOUNT_MAX,
    Flat,
    Formula,
    Joined,
    Ladder,
    Rate,
    Slice,
    Term,
)
from haihe.decide.scheme.circuit import Terms, Usable, Wiring, usable_most
from haihe.decide.scheme.clause import (
    AwardShare,
    Benefit,
    Constant,
    Fixed,
    Highest,
    Measure,
    Part,
    PerUnit,
    Share,
    Tier,
    Tiers,
    Total,
)
from haihe.decide.scheme.facts import Fact, FactKind
from haihe.decide.scheme.quantity import AMOUNT_MAX, MILLION, SHARE_MAX


@dataclass(frozen=True, slots=True)
class Made:
    """A benefit of a day, compiled.

    term: how much; None if nothing is computed.
    usable: signal that is true where it can be computed, else unknown; None if nothing is.
    most: fen that it can come to.
    facts: that the amount is computed from.
    whens: signals that its parts hang on.
    """

    term: Term | None
    usable: int | None
    most: int

    facts: frozenset[str] = frozenset()
    whens: frozenset[int] = frozenset()


def _leaves(term: Term) -> Iterator[Term]:
    yield term
    if isinstance(term.formula, Joined):
        for part in term.formula.parts:
            yield from _leaves(part)


def make(benefit: Benefit, terms: Terms, *, wiring: Wiring) -> Made:
    """The benefit as a program of the day.

    Raises ValueError if it names what is not there, is negative, or could pass what int64 holds.
    """
    up_to = None if benefit.up_to is None else money(benefit.up_to, terms)
    if benefit.amount is None or benefit.discretionary:
        return Made(None, None, up_to or 0)
    term, guards, most = _part(benefit.amount, terms, wiring=wiring)
    to = benefit.rounding.to
    for limit in (up_to, term.up_to):
        if limit is not None and limit % to:
            raise ValueError(f"{limit} fen is no multiple of {to}, to which awards are rounded.")
    if up_to is not None:
        # An outer limit is one more sum of a single part.
        term, most = Term(Joined((term,), highest=False), up_to, None), min(most, up_to)
    if most > PARTS_MAX * AMOUNT_MAX:
        raise ValueError(f"it could come to {most} fen; set a limit with 'up_to'.")
    leaves = tuple(_leaves(term))
    return Made(
        term=term,
        usable=wiring.every(tuple(guards)) if guards else None,
        most=most,
        facts=frozenset(one.formula.of for one in leaves if isinstance(one.formula, Rate | Ladder)),
        whens=frozenset(one.when for one in leaves if one.when is not None),
    )


def money(constant: Constant, terms: Terms) -> int:
    """An amount of the day, in fen.

    Raises ValueError if it is negative or there is no such parameter.
    """
    fen = terms.resolve(constant, Measure.MONEY)
    if not 0 <= fen <= AMOUNT_MAX:
        raise ValueError(f"{fen} fen is no amount to pay; give 0 to {AMOUNT_MAX}.")
    return fen


def _share(constant: Constant, terms: Terms) -> int:
    share = terms.resolve(constant, Measure.SHARE)
    if not 0 <= share <= SHARE_MAX:
        raise ValueError(f"a share of {share} millionths; give 0 to {SHARE_MAX}.")
    return share


def _part(part: Part, terms: Terms, *, wiring: Wiring) -> tuple[Term, list[int], int]:
    """The part, the signals that must be true for it to be computed, and what it can come to."""
    formula, guards, most = _compiled(part.formula, terms, wiring=wiring)
    up_to = None if part.up_to is None else money(part.up_to, terms)
    when = None
    if part.when is not None:
        when = wiring.require(part.when, terms)
        unneeded = wiring.no(when)
        guards = [wiring.either((unneeded, guard)) for guard in guards]
        guards.append(wiring.is_known(when))
    return Term(formula, up_to, when), guards, most if up_to is None else min(most, up_to)


def _compiled(
    formula: Fixed | Share | PerUnit | AwardShare | Tiers | Total | Highest,
    terms: Terms,
    *,
    wiring: Wiring,
) -> tuple[Formula, list[int], int]:
    match formula:
        case Fixed(amount):
            fen = money(amount, terms)
            return Flat(fen), [], fen
        case Share(share, of):
            needs_money(terms.schema[of])
            return _rate(Rate(of, _share(share, terms), MILLION), wiring)
        case PerUnit(amount, of):
            fact = needs_number(terms.schema[of])
            fen = money(amount, terms)
            if fen > UNIT_AMOUNT_MAX:
                raise ValueError(f"{fen} fen a unit of {of}; give at most {UNIT_AMOUNT_MAX}.")
            return _rate(Rate(of, fen, 10**fact.decimals), wiring)
        case AwardShare(share, scheme):
            signal = wiring.require_eligible(scheme, terms)
            rate = Rate(scheme, _share(share, terms), MILLION, award=True)
            most = terms.most[scheme] * rate.numerator // MILLION + 1
            if most > PARTS_MAX * AMOUNT_MAX:
                raise ValueError(f"'{scheme}' could come to too much; set a limit with 'up_to'.")
            return rate, [wiring.is_known(signal)], most
        case Tiers():
            return _tiers(formula, terms, wiring=wiring)
        case Total(parts) | Highest(parts):
            if not 1 <= len(parts) <= PARTS_MAX:
                raise ValueError(f"{len(parts)} parts; give 1 to {PARTS_MAX}.")
            made = [_part(part, terms, wiring=wiring) for part in parts]
            highest = isinstance(formula, Highest)
            mosts = [most for _, _, most in made]
            guards = [guard for _, some, _ in made for guard in some]
            joined = Joined(tuple(term for term, _, _ in made), highest)
            most = max(mosts) if highest else sum(mosts)
            if most > PARTS_MAX * AMOUNT_MAX:
                raise ValueError(f"the parts could come to {most} fen; limit them with 'up_to'.")
            return joined, guards, most


def _rate(rate: Rate, wiring: Wiring) -> tuple[Formula, list[int], int]:
    most = usable_most(rate.numerator, rate.denominator)
    guard = wiring.add(Usable(rate.of, most))
    return rate, [guard], -(-most * rate.numerator // rate.denominator)


def _tiers(tiers: Tiers, terms: Terms, *, wiring: Wiring) -> tuple[Formula, list[int], int]:
    fact = terms.schema[tiers.of]
    slices = tuple(_slice(step, fact, terms=terms) for step in tiers.steps)
    if not 1 <= len(slices) <= PARTS_MAX:
        raise ValueError(f"{len(slices)} tiers; give 1 to {PARTS_MAX}.")
    begins = [one.begins for one in slices]
    if begins[0] < 0 or any(a >= b for a, b in pairwise(begins)):
        raise ValueError(f"the tiers begin at {begins}; let them rise from 0 or more.")
    if tiers.progressive and any(step.share is None or step.amount for step in tiers.steps):
        raise ValueError(f"progressive tiers of {tiers.of} need a share each, and no sums.")
    most = min(usable_most(one.numerator, one.denominator) for one in slices)
    guard = wiring.add(Usable(tiers.of, most))
    worth = sum(-(-most * one.numerator // one.denominator) + one.fen for one in slices)
    return Ladder(tiers.of, slices, tiers.progressive), [guard], worth


def _slice(step: Tier, fact: Fact, *, terms: Terms) -> Slice:
    begins = terms.limit_of(step.begins, fact)
    fen = 0 if step.amount is None else money(step.amount, terms)
    if step.share is None:
        needs_amount(fact)
        return Slice(begins, 0, 1, fen)
    needs_money(fact)
    return Slice(begins, _share(step.share, terms), MILLION, fen)


def needs_money(fact: Fact) -> Fact:
    """The fact itself.

    Raises ValueError if no share can be taken of it.
    """
    if fact.kind is not FactKind.MONEY:
        raise ValueError(f"{fact.name} is a {fact.kind}; a share is taken of money.")
    return fact


def needs_number(fact: Fact) -> Fact:
    """The fact itself.

    Raises ValueError if it cannot be counted.
    """
    if fact.kind is not FactKind.NUMBER:
        raise ValueError(f"{fact.name} is a {fact.kind}; so much for each needs a number.")
    return fact


def needs_amount(fact: Fact) -> Fact:
    """The fact itself.

    Raises ValueError if it is neither money nor a number.
    """
    if fact.kind not in (FactKind.MONEY, FactKind.NUMBER):
        raise ValueError(f"{fact.name} is a {fact.kind}; tiers need money or a number.")
    return fact
