"""Conditions as signals: every question is asked once, however many schemes ask it.

A signal is true, unknown or false for each enterprise. A question looks at facts, a gate at signals
before it, so a list of signals in order is a program without jumps.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from haihe.decide.scheme.clause import (
    Age,
    AllOf,
    AnyOf,
    AtLeast,
    Bound,
    Constant,
    Eligible,
    Measure,
    Named,
    Not,
    OneOf,
    Parameter,
    Ratio,
    Requirement,
    Within,
)
from haihe.decide.scheme.facts import Fact, FactKind, FactSchema
from haihe.decide.scheme.quantity import (
    AMOUNT_MAX,
    DECIMALS_MAX,
    FACT_MAX,
    format_day,
    years_before,
)

LOWEST: Final = -(2**62)  # Below every fact, above MISSING.
HIGHEST: Final = 2**62  # Above every fact.
YEARS_MAX: Final = 1000  # Ours: no enterprise is older.
FALSE, UNKNOWN, TRUE = 0, 1, 2  # Kleene: "and" is the least of them, "or" the greatest.


@dataclass(frozen=True, slots=True)
class Interval:
    """Is a number column within two whole numbers, both included? Unknown if missing."""

    fact: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Word:
    """Is a category this word, or does a set have this tag? Unknown if missing."""

    fact: str
    word: str


@dataclass(frozen=True, slots=True)
class Over:
    """Is one column over another at least (or above) so many millionths?

    Unknown if either is missing or the lower one is 0 or less.
    """

    upper: str
    lower: str
    limit: int
    included: bool


@dataclass(frozen=True, slots=True)
class Usable:
    """Is a column from 0 to ``most``? If not, or if missing, unknown: nothing can be computed."""

    fact: str
    most: int


@dataclass(frozen=True, slots=True)
class Gate:
    """At least ``count`` of the inputs hold.

    inputs: earlier signals. All of them is "and", one is "or".
    """

    count: int
    inputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """The input does not hold."""

    of: int


Signal: TypeAlias = Interval | Word | Over | Usable | Gate | Negation


@dataclass(frozen=True, slots=True)
class Terms:
    """What the words of one version mean on one day.

    schema: the facts.
    day: days since 1970.
    parameters: of the version, by name.
    eligible: scheme to the signal that says who is eligible for it; None where none is in force.
    most: scheme to the fen that it can come to.
    """

    schema: FactSchema
    day: int
    parameters: Mapping[str, Parameter]
    eligible: Mapping[str, int | None]
    most: Mapping[str, int]

    def resolve(self, constant: Constant, measure: Measure) -> int:
        """The number that a constant is on the day.

        Raises ValueError if there is no such parameter, or it has no value yet.
        """
        if not isinstance(constant, Named):
            return constant
        parameter = self.parameters.get(constant.parameter)
        if parameter is None:
            raise ValueError(f"there is no parameter '{constant.parameter}'; declare it.")
        if parameter.measure is not measure:
            raise ValueError(
                f"parameter '{parameter.name}' is {parameter.measure}; here belongs {measure}."
            )
        found = [step.amount for step in parameter.steps if step.begins <= self.day]
        if not found:
            raise ValueError(
                f"parameter '{parameter.name}' has no value yet; let its first step begin on "
                f"{format_day(self.day)} or before."
            )
        return found[-1]

    def limit_of(self, constant: Constant, fact: Fact) -> int:
        """A constant in the whole units of a fact.

        Raises ValueError as ``resolve``, or if the fact keeps fewer decimals.
        """
        if not isinstance(constant, Named):
            return constant
        measure = {FactKind.MONEY: Measure.MONEY, FactKind.DATE: Measure.DATE}.get(fact.kind)
        if measure is not None:
            return self.resolve(constant, measure)
        finer: int = 10 ** (DECIMALS_MAX - fact.decimals)
        whole, rest = divmod(self.resolve(constant, Measure.NUMBER), finer)
        if rest:
            raise ValueError(
                f"parameter '{constant.parameter}' has more decimals than {fact.name}, which "
                f"keeps {fact.decimals}."
            )
        return whole


@dataclass(frozen=True, slots=True)
class Wiring:
    """Signals in order, and where each is; only ever grows, in copies.

    signals: each once; a gate's inputs stand before it.
    places: signal to its place.
    """

    signals: list[Signal]
    places: dict[Signal, int]

    def copy(self) -> "Wiring":
        """The same signals, to be added to."""
        return Wiring(list(self.signals), dict(self.places))

    def add(self, signal: Signal) -> int:
        """Where the signal is; added at the end if it is new."""
        place = self.places.setdefault(signal, len(self.signals))
        if place == len(self.signals):
            self.signals.append(signal)
        return place

    def every(self, inputs: tuple[int, ...]) -> int:
        """All of the inputs hold."""
        once = tuple(dict.fromkeys(inputs))
        return once[0] if len(once) == 1 else self.add(Gate(len(once), once))

    def either(self, inputs: tuple[int, ...]) -> int:
        """At least one of the inputs holds; of none, never."""
        once = tuple(dict.fromkeys(inputs))
        return once[0] if len(once) == 1 else self.add(Gate(1, once))

    def no(self, of: int) -> int:
        """The input does not hold."""
        return self.add(Negation(of))

    def is_known(self, of: int) -> int:
        """True where the input is true or false, else unknown."""
        return self.either((of, self.no(of)))

    def require(self, need: Requirement, terms: Terms) -> int:
        """The signal of a requirement.

        Raises ValueError if it names what is not there or compares what cannot be.
        """
        match need:
            case AllOf(parts):
                return self.every(tuple(self.require(part, terms) for part in parts))
            case AnyOf(parts):
                return self.either(tuple(self.require(part, terms) for part in parts))
            case AtLeast(count, parts):
                inputs = tuple(self.require(part, terms) for part in parts)
                return self.add(Gate(count, inputs))
            case Not(part):
                return self.no(self.require(part, terms))
            case OneOf(fact, words):
                check_words(terms.schema[fact], words)
                return self.either(tuple(self.add(Word(fact, word)) for word in words))
            case Eligible(scheme):
                return self.require_eligible(scheme, terms)
            case Ratio():
                return self._ratio(need, terms)
            case Within():
                return self.add(within(need, terms))
            case Age():
                return self.add(age(need, terms))

    def require_eligible(self, scheme: str, terms: Terms) -> int:
        """Who is eligible for another scheme; nobody while it is not in force.

        Raises ValueError if there is no such scheme.
        """
        if scheme not in terms.eligible:
            raise ValueError(f"there is no scheme '{scheme}'.")
        signal = terms.eligible[scheme]
        return self.add(Gate(1, ())) if signal is None else signal

    def _ratio(self, need: Ratio, terms: Terms) -> int:
        first, second = terms.schema[need.upper], terms.schema[need.lower]
        kinds = {first.kind, second.kind}
        if not kinds <= {FactKind.NUMBER, FactKind.MONEY} or len(kinds) > 1:
            raise ValueError(
                f"{need.upper} ({first.kind}) over {need.lower} ({second.kind}) is no share; "
                "take two of money, or two numbers."
            )
        if first.decimals != second.decimals:
            raise ValueError(f"{need.upper} and {need.lower} keep different decimals; keep equal.")
        inputs = []
        if need.low is not None:
            limit = terms.resolve(need.low.limit, Measure.SHARE)
            inputs.append(self.add(Over(need.upper, need.lower, limit, need.low.included)))
        if need.high is not None:
            limit = terms.resolve(need.high.limit, Measure.SHARE)
            over = Over(need.upper, need.lower, limit, not need.high.included)
            inputs.append(self.no(self.add(over)))
        return self.every(tuple(inputs))


def within(need: Within, terms: Terms) -> Interval:
    """A range of a number column as whole numbers, both ends included.

    Raises ValueError if the fact is not there or cannot be compared.
    """
    fact = terms.schema[need.fact]
    if fact.kind in (FactKind.CATEGORY, FactKind.TAGS):
        raise ValueError(f"{need.fact} is a {fact.kind}; ask 'in' or 'has' of it, not how much.")

    def ends(bound: Bound) -> int:
        return terms.limit_of(bound.limit, fact)

    low = LOWEST if need.low is None else ends(need.low) + (not need.low.included)
    high = HIGHEST if need.high is None else ends(need.high) - (not need.high.included)
    return Interval(need.fact, low, high)


def age(need: Age, terms: Terms) -> Interval:
    """A range of full years as a range of days; whoever begins after the day has no age.

    Raises ValueError if the fact is no date, or the years are absurd.
    """
    if terms.schema[need.fact].kind is not FactKind.DATE:
        raise ValueError(f"{need.fact} is no date; an age needs one.")

    def years(bound: Bound, more: int) -> int:
        full = terms.resolve(bound.limit, Measure.NUMBER)
        if isinstance(bound.limit, Named):
            full //= FULL_YEAR
        if not 0 <= full <= YEARS_MAX:
            raise ValueError(f"{full} years is no age; give 0 to {YEARS_MAX}.")
        return full + more

    # An age of at least n: the day lies n full years or more back.
    low, high = LOWEST, terms.day
    if need.low is not None:
        high = years_before(terms.day, years(need.low, int(not need.low.included)))
    if need.high is not None:
        low = years_before(terms.day, years(need.high, int(need.high.included))) + 1
    return Interval(need.fact, low, high)


FULL_YEAR: Final = 10**DECIMALS_MAX  # A number parameter counts millionths.


def check_words(fact: Fact, words: tuple[str, ...]) -> None:
    """Refuse words that the fact cannot be.

    Raises ValueError if the fact has no words, or none such.
    """
    if fact.kind not in (FactKind.CATEGORY, FactKind.TAGS):
        raise ValueError(f"{fact.name} is a {fact.kind}; only a category or tags have words.")
    strange = [word for word in words if fact.words and word not in fact.words]
    if strange:
        raise ValueError(f"{fact.name} is never '{strange[0]}'; it is {', '.join(fact.words)}.")


def usable_most(numerator: int, denominator: int) -> int:
    """Up to which base a rate gives an amount that int64 holds with room to spare.

    numerator, denominator: fen, or millionths, for so many whole units.
    """
    return min(FACT_MAX, AMOUNT_MAX * denominator // max(numerator, 1))
