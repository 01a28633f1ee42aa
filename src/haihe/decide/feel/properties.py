"""What can be asked of a moment, a duration or a range with a dot."""

from decimal import Decimal
from typing import Final

from haihe.decide.feel.moments import DAY_NANOS, MONTHS, NANOS, Date, DateTime, Months, Span, Time
from haihe.decide.feel.values import Range, Value

MINUTE_NANOS: Final = 60 * NANOS  # As every clock.
HOUR_NANOS: Final = 60 * MINUTE_NANOS  # As every clock.


def property_of(given: Value, name: str) -> Value:
    """A property; null if it has none of that name."""
    match given:
        case DateTime(date, time):
            found = property_of(date, name)
            return property_of(time, name) if found is None else found
        case Date():
            return _of_date(given, name)
        case Time():
            return _of_time(given, name)
        case Span(nanos):
            return _of_span(nanos, name)
        case Months(count):
            years = abs(count) // MONTHS * (1 if count >= 0 else -1)
            parts = {"years": years, "months": count - years * MONTHS}
            return Decimal(parts[name]) if name in parts else None
        case Range(low, high, low_included, high_included):
            return {
                "start": low, "end": high, "start included": low_included,
                "end included": high_included,
            }.get(name)  # fmt: skip
    return None


def _of_date(given: Date, name: str) -> Value:
    parts = {
        "year": given.year, "month": given.month, "day": given.day,
        "weekday": (given.days + 3) % 7 + 1,  # 1970-01-01 was a Thursday; Monday is 1.
    }  # fmt: skip
    return Decimal(parts[name]) if name in parts else None


def _of_time(given: Time, name: str) -> Value:
    if name == "time offset":
        return None if given.offset is None else Span(given.offset * NANOS)
    if name == "timezone":
        return given.zone or None
    parts = {
        "hour": given.nanos // HOUR_NANOS, "minute": given.nanos // MINUTE_NANOS % 60,
        "second": given.nanos // NANOS % 60,
    }  # fmt: skip
    return Decimal(parts[name]) if name in parts else None


def _of_span(nanos: int, name: str) -> Value:
    sign, size = (-1 if nanos < 0 else 1), abs(nanos)
    parts = {
        "days": size // DAY_NANOS, "hours": size // HOUR_NANOS % 24,
        "minutes": size // MINUTE_NANOS % 60, "seconds": size // NANOS % 60,
    }  # fmt: skip
    return Decimal(sign * parts[name]) if name in parts else None
