"""What FEEL computes with, and when two of them are equal, ordered or a member.

None is null; bool, str and Decimal are themselves; a tuple is a list; a dict is a context.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, DecimalException
from typing import Final, TypeAlias

from haihe.decide.feel.moments import (
    DAY_NANOS,
    Date,
    DateTime,
    Months,
    Span,
    Time,
    comparable,
)

# DMN 1.5, 10.3.2.3.1: decimal128, 34 digits, half to even. Traps become null.
NUMBERS: Final = Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144)
TEXT_MAX: Final = 100_000  # Ours, characters of a text that is made; longer ones are refused.
LIST_MAX: Final = 100_000  # Ours, members of a list that is made.
DEPTH_MAX: Final = 48  # Ours: brackets in brackets, calls in calls.

Value: TypeAlias = object
Args: TypeAlias = tuple[Value, ...]


class Refused(ValueError):
    """An expression or a decision that cannot be read, or would take too long."""


@dataclass(frozen=True, slots=True)
class Range:
    """What lies between two ends.

    low, high: None for null where ``two_ends``, else for no end.
    two_ends: whether it was written with both, as ``[1..5]``, and not as ``> 5``.
    """

    low: Value
    high: Value
    low_included: bool = True
    high_included: bool = True
    two_ends: bool = True


@dataclass(frozen=True, slots=True)
class Builtin:
    """A function of the language.

    signatures: names of its arguments, one tuple for each way to call it; a name that begins with
        "*" takes all that are left.
    work: gives the value; None where the arguments do not fit.
    """

    name: str
    signatures: tuple[tuple[str, ...], ...]
    work: Callable[[Args], Value]


def number(text: str) -> Decimal | None:
    """A number as FEEL writes it, to 34 digits; None beyond its range."""
    try:
        return NUMBERS.create_decimal(text)
    except DecimalException:
        return None


def whole(given: Value) -> int | None:
    """A number without decimals; None if it has some, is huge, or is no number."""
    if isinstance(given, Decimal) and given == given.to_integral_value() and abs(given) < 10**18:
        return int(given)
    return None


def kind_of(given: Value) -> str:
    """Its type as FEEL calls it."""
    for kind, name in _KINDS:
        if isinstance(given, kind):
            return name
    return "function"


_KINDS: Final[tuple[tuple[type, str], ...]] = (
    (type(None), "Null"), (bool, "boolean"), (Decimal, "number"), (str, "string"),
    (DateTime, "date and time"), (Date, "date"), (Time, "time"),
    (Span, "days and time duration"), (Months, "years and months duration"),
    (tuple, "list"), (dict, "context"), (Range, "range"),
)  # fmt: skip


def equal(one: Value, other: Value) -> bool | None:
    """Whether they are the same; None if they are of kinds that cannot be."""
    if one is None or other is None:
        return one is other
    if isinstance(one, DateTime | Time) and type(one) is type(other):
        return _same_moment(one, other)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(
            equal(a, b) is True for a, b in zip(one, other, strict=True)
        )
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[k], other[k]) is True for k in one)
    if isinstance(one, Range) and isinstance(other, Range):
        return (
            equal(one.low, other.low) is True
            and equal(one.high, other.high) is True
            and (one.low_included, one.high_included, one.two_ends)
            == (other.low_included, other.high_included, other.two_ends)
        )
    return one == other if kind_of(one) == kind_of(other) else None


def _same_moment(one: DateTime | Time, other: Value) -> bool:
    first = one.time if isinstance(one, DateTime) else one
    second = other.time if isinstance(other, DateTime) else other
    assert isinstance(second, Time)
    return comparable(first, second) and instant(one) == instant(other)


def instant(given: Value) -> int:
    """A moment as nanoseconds that can be compared."""
    if isinstance(given, DateTime):
        return given.nanos
    if isinstance(given, Date):
        return given.days * DAY_NANOS
    assert isinstance(given, Time)
    return given.nanos - (given.offset or 0) * 10**9


def below(one: Value, other: Value) -> bool | None:
    """Whether the one is less; None if that cannot be said."""
    pair = (one, other)
    match pair:
        case (Decimal() as a, Decimal() as b):
            return a < b
        case (str() as a, str() as b):
            return a < b
        case (Date() as a, Date() as b):
            return a < b
        case (Span() as a, Span() as b):
            return a < b
        case (Months() as a, Months() as b):
            return a < b
        case (DateTime() as a, DateTime() as b):
            return instant(a) < instant(b) if comparable(a.time, b.time) else None
        case (Time() as a, Time() as b):
            return instant(a) < instant(b) if comparable(a, b) else None
    return None


def compare(sign: str, pair: tuple[Value, Value]) -> bool | None:
    """What ``<``, ``<=``, ``>``, ``>=``, ``=`` or ``!=`` says of two."""
    one, other = pair
    if sign in ("=", "!="):
        same = equal(one, other)
        return same if same is None or sign == "=" else not same
    if sign in (">", ">="):
        one, other = other, one
    less = below(one, other)
    if less is None or sign in ("<", ">") or less:
        return less
    return equal(one, other)


def both(one: Value, other: Value) -> bool | None:
    """Whether both hold (Kleene); what is no boolean is unknown."""
    if one is False or other is False:
        return False
    return True if one is True and other is True else None


def either(one: Value, other: Value) -> bool | None:
    """Whether one of them holds (Kleene); what is no boolean is unknown."""
    if one is True or other is True:
        return True
    return False if one is False and other is False else None


def within(given: Value, span: Range) -> bool | None:
    """Whether it lies in the range; None if that cannot be said."""
    if given is None or (span.two_ends and (span.low is None or span.high is None)):
        return None
    low = high = True if span.low is not None or span.high is not None else None
    if span.low is not None:
        low = compare(">=" if span.low_included else ">", (given, span.low))
    if span.high is not None:
        high = compare("<=" if span.high_included else "<", (given, span.high))
    return both(low, high)


def show(given: Value) -> str:
    """A value as text, as the function ``string`` gives it."""
    return given if isinstance(given, str) else _quoted(given)


def _quoted(given: Value) -> str:
    if isinstance(given, str):
        return '"' + given.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if given is None:
        return "null"
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, Decimal):
        return plain(given)
    if isinstance(given, tuple):
        return "[" + ", ".join(_quoted(one) for one in given) + "]"
    if isinstance(given, dict):
        return "{" + ", ".join(f"{_key(k)}: {_quoted(v)}" for k, v in given.items()) + "}"
    if isinstance(given, Range):
        return _range(given)
    return str(given)


def _key(name: str) -> str:
    return name if all(part.isidentifier() for part in name.split()) and name else _quoted(name)


def _range(span: Range) -> str:
    if span.low is None and span.high is not None:
        return f"({'<=' if span.high_included else '<'} {_quoted(span.high)})"
    if span.high is None and span.low is not None:
        return f"({'>=' if span.low_included else '>'} {_quoted(span.low)})"
    ends = f"{_quoted(span.low)}..{_quoted(span.high)}"
    return f"{'[' if span.low_included else '('}{ends}{']' if span.high_included else ')'}"


def plain(given: Decimal) -> str:
    """A number without exponent or idle zeros."""
    text = f"{given:f}" if abs(given.adjusted()) < DEPTH_MAX else str(given)
    if "." in text and "E" not in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
