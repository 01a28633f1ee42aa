"""Sums, differences, products and quotients of numbers, texts, moments and durations."""

from decimal import ROUND_DOWN, Decimal, DecimalException
from typing import Final

from haihe.decide.feel.moments import (
    DAY_NANOS,
    Date,
    DateTime,
    Months,
    Span,
    Time,
    comparable,
    date_of,
    shifted,
)
from haihe.decide.feel.values import NUMBERS, TEXT_MAX, Refused, Value, instant

SPAN_MAX: Final = 10**30  # Ours, nanoseconds or months: beyond the years that a date may have.


def operate(sign: str, one: Value, *, other: Value) -> Value:
    """What ``+``, ``-``, ``*``, ``/`` or ``**`` makes of two; null if nothing.

    Raises Refused if a text becomes too long.
    """
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return _numbers(sign, one, other=other)
    if isinstance(one, str) and isinstance(other, str) and sign == "+":
        if len(one) + len(other) > TEXT_MAX:
            raise Refused(f"a text of {len(one) + len(other)} characters; at most {TEXT_MAX}.")
        return one + other
    if sign == "+":
        return _added(one, other) if _is_length(other) else _added(other, one)
    if sign == "-":
        return _subtracted(one, other)
    if sign in ("*", "/"):
        return _scaled(sign, one, other=other)
    return None


def _numbers(sign: str, one: Decimal, *, other: Decimal) -> Decimal | None:
    try:
        match sign:
            case "+":
                return NUMBERS.add(one, other)
            case "-":
                return NUMBERS.subtract(one, other)
            case "*":
                return NUMBERS.multiply(one, other)
            case "/":
                return NUMBERS.divide(one, other)
        return NUMBERS.power(one, other)
    except DecimalException:
        return None


def negated(given: Value) -> Value:
    """The negative of a number or duration; null of anything else."""
    if isinstance(given, Decimal):
        return NUMBERS.minus(given)
    if isinstance(given, Span):
        return Span(-given.nanos)
    return Months(-given.count) if isinstance(given, Months) else None


def _is_length(given: Value) -> bool:
    return isinstance(given, Span | Months)


def _added(one: Value, length: Value) -> Value:
    match (one, length):
        case (Span(first), Span(second)):
            return Span(first + second)
        case (Months(first), Months(second)):
            return Months(first + second)
        case (DateTime(date, time), Months(count)):
            day = date.plus_months(count)
            return None if day is None else DateTime(day, time)
        case (DateTime() as moment, Span(nanos)):
            return shifted(moment, nanos)
        case (Date() as date, Months(count)):
            return date.plus_months(count)
        case (Date() as date, Span(nanos)):
            return date_of((date.days * DAY_NANOS + nanos) // DAY_NANOS)
        case (Time() as time, Span(nanos)):
            return Time((time.nanos + nanos) % DAY_NANOS, time.offset, time.zone)
    return None


def _subtracted(one: Value, other: Value) -> Value:
    if _is_length(other):
        return _added(one, negated(other))
    if isinstance(one, Time) and isinstance(other, Time):
        return Span(instant(one) - instant(other)) if comparable(one, other) else None
    first, second = _moment(one, other), _moment(other, one)
    if first is None or second is None or not comparable(first.time, second.time):
        return None
    return Span(first.nanos - second.nanos)


def _moment(given: Value, beside: Value) -> DateTime | None:
    """A moment; a day beside a moment is its midnight in UTC."""
    if isinstance(given, Date):
        return DateTime(given, Time(0, 0 if isinstance(beside, DateTime) else None))
    return given if isinstance(given, DateTime) else None


def _scaled(sign: str, one: Value, *, other: Value) -> Value:
    match (one, other):
        case (Span(first), Span(second)) | (Months(first), Months(second)):
            return _numbers("/", Decimal(first), other=Decimal(second)) if sign == "/" else None
        case (Span() | Months(), Decimal() as factor):
            return _times(sign, one, factor=factor)
        case (Decimal() as factor, Span() | Months()) if sign == "*":
            return _times(sign, other, factor=factor)
    return None


def _times(sign: str, length: Value, *, factor: Decimal) -> Value:
    count = length.nanos if isinstance(length, Span) else 0
    count = length.count if isinstance(length, Months) else count
    told = _numbers(sign, Decimal(count), other=factor)
    if told is None or abs(told) > SPAN_MAX:
        return None
    kept = int(told.to_integral_value(ROUND_DOWN))
    return Span(kept) if isinstance(length, Span) else Months(kept)
