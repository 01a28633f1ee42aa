"""Functions of numbers, and of whether things hold."""

from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
    DecimalException,
)
from typing import Final

from haihe.decide.feel.moments import Date, DateTime, Months, Span, Time
from haihe.decide.feel.properties import property_of
from haihe.decide.feel.values import NUMBERS, Args, Value, equal, kind_of, whole

# DMN 1.5, 10.3.4.5: the scale of a decimal128.
SCALE_MIN, SCALE_MAX = -6111, 6176
WIDE: Final = 12_400  # Digits that hold any decimal128 written out.


def rounded(given: Decimal, places: int, *, way: str) -> Decimal | None:
    """A number with so many decimals; None if it cannot have them."""
    if not SCALE_MIN <= places <= SCALE_MAX:
        return None
    if given.adjusted() + places > NUMBERS.prec:
        return given
    try:
        told = given.quantize(Decimal(1).scaleb(-places), rounding=way)
        return NUMBERS.plus(told)
    except DecimalException:
        return None


def _rounding(way: str) -> Callable[[Args], Value]:
    def work(given: Args) -> Value:
        match given:
            case (Decimal() as number,):
                return rounded(number, 0, way=way)
            case (Decimal() as number, Decimal() as scale):
                places = int(scale) if abs(scale) <= SCALE_MAX else None
                return None if places is None else rounded(number, places, way=way)
        return None

    return work


def _of_number(work: Callable[[Decimal], Decimal | bool | None]) -> Callable[[Args], Value]:
    def guarded(given: Args) -> Value:
        if not isinstance(given[0], Decimal):
            return None
        try:
            return work(given[0])
        except DecimalException:
            return None

    return guarded


def _abs(given: Args) -> Value:
    match given[0]:
        case Decimal() as number:
            return NUMBERS.abs(number)
        case Span(nanos):
            return Span(abs(nanos))
        case Months(count):
            return Months(abs(count))
    return None


def _modulo(given: Args) -> Value:
    match given:
        case (Decimal() as number, Decimal() as divisor) if divisor:
            try:
                rest = NUMBERS.remainder(number, divisor)
                return NUMBERS.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else rest
            except DecimalException:
                return None
    return None


def _number(given: Args) -> Value:
    """A text with its two separators as a number."""
    if not isinstance(given[0], str) or len(given[0]) > WIDE:
        return None
    text = given[0]
    if len(given) == 1:
        return _plain_number(text)
    group, point = given[1], given[2] if len(given) > 2 else None
    if group not in (None, " ", ",", ".") or point not in (None, ",", "."):
        return None
    if group is not None and group == point:
        return None
    if isinstance(group, str):
        text = text.replace(group, "")
    if isinstance(point, str):
        text = text.replace(point, ".")
    return _plain_number(text)


def _plain_number(text: str) -> Value:
    if not text or text.strip() != text or "_" in text or not text.isascii():
        return None
    if not set(text) <= set("0123456789.eE+-"):
        return None
    try:
        return NUMBERS.create_decimal(text)
    except DecimalException:
        return None


def _not(given: Args) -> Value:
    return None if not isinstance(given[0], bool) else not given[0]


def _is(given: Args) -> Value:
    one, other = given
    if kind_of(one) != kind_of(other):
        return False
    if isinstance(one, Date | DateTime | Time):
        clock = (property_of(one, "time offset"), property_of(one, "timezone"))
        return str(one) == str(other) and clock == (
            property_of(other, "time offset"),
            property_of(other, "timezone"),
        )
    return equal(one, other) is True


def _odd(rest: int) -> Callable[[Args], Value]:
    def work(given: Args) -> Value:
        number = given[0]
        if not isinstance(number, Decimal) or number != number.to_integral_value():
            return None
        return whole(number % 2 if abs(number) < 10**30 else Decimal(0)) in (rest, -rest)

    return work


def _log(number: Decimal) -> Decimal | None:
    return NUMBERS.ln(number) if number > 0 else None


def _sqrt(number: Decimal) -> Decimal | None:
    return NUMBERS.sqrt(number) if number >= 0 else None


TABLE: Final[dict[str, tuple[str, Callable[[Args], Value]]]] = {
    "decimal": ("n, scale", _rounding(ROUND_HALF_EVEN)),
    "floor": ("n, scale?", _rounding(ROUND_FLOOR)),
    "ceiling": ("n, scale?", _rounding(ROUND_CEILING)),
    "round up": ("n, scale", _rounding(ROUND_UP)),
    "round down": ("n, scale", _rounding(ROUND_DOWN)),
    "round half up": ("n, scale", _rounding(ROUND_HALF_UP)),
    "round half down": ("n, scale", _rounding(ROUND_HALF_DOWN)),
    "abs": ("n", _abs),
    "modulo": ("dividend, divisor", _modulo),
    "sqrt": ("number", _of_number(_sqrt)),
    "log": ("number", _of_number(_log)),
    "exp": ("number", _of_number(NUMBERS.exp)),
    "odd": ("number", _odd(1)),
    "even": ("number", _odd(0)),
    "number": ("from, grouping separator, decimal separator | from", _number),
    "not": ("negand", _not),
    "is": ("value1, value2", _is),
}
