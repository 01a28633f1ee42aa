"""Functions of dates, times and durations."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from haihe.decide.feel.moments import (
    MONTHS,
    NANOS,
    Date,
    DateTime,
    Months,
    Span,
    Time,
    make_date,
    make_time,
    parse_date,
    parse_date_time,
    parse_duration,
    parse_time,
)
from haihe.decide.feel.values import Args, Value, whole

WEEK: Final = 7  # Days.
THURSDAY: Final = 4  # ISO 8601: the week belongs to the year of its Thursday.
# The names that FEEL gives them.
WEEKDAYS: Final = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip
MONTH_NAMES: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def _date(given: Args) -> Value:
    match given:
        case (str(text),):
            return parse_date(text)
        case (Date() as date,) | (DateTime(date, _),):
            return date
        case (Decimal() as year, Decimal() as month, Decimal() as day):
            parts = (whole(year), whole(month), whole(day))
            if parts[0] is not None and parts[1] is not None and parts[2] is not None:
                return make_date(parts[0], month=parts[1], day=parts[2])
    return None


def _time(given: Args) -> Value:
    match given:
        case (str(text),):
            return parse_time(text)
        case (Time() as time,) | (DateTime(_, time),):
            return time
        case (Date(),):
            return Time(0, 0)
        case (Decimal() as hour, Decimal() as minute, Decimal() as second, *offset):
            return _made(hour, minute, second=second, offset=tuple(offset))
    return None


def _made(hour: Decimal, minute: Decimal, *, second: Decimal, offset: Args) -> Time | None:
    first, then = whole(hour), whole(minute)
    if first is None or then is None or not 0 <= second < 60:
        return None
    nanos = int(second * NANOS)
    match offset:
        case () | (None,):
            return make_time(first, minute=then, nanos=nanos)
        case (Span(length),):
            return make_time(first, minute=then, nanos=nanos, offset=length // NANOS)
    return None


def _date_and_time(given: Args) -> Value:
    match given:
        case (str(text),):
            return parse_date_time(text)
        case (DateTime() as moment,):
            return moment
        case (Date() as date,):
            return DateTime(date, Time(0, 0))
        case (Date() as date, Time() as time) | (DateTime(date, _), Time() as time):
            return DateTime(date, time)
    return None


def _duration(given: Args) -> Value:
    match given[0]:
        case str(text):
            return parse_duration(text)
        case Span() | Months() as length:
            return length
    return None


def _months_between(given: Args) -> Value:
    ends = [one.date if isinstance(one, DateTime) else one for one in given]
    match ends:
        case (Date() as first, Date() as last):
            sign = 1 if first <= last else -1
            low, high = (first, last) if sign > 0 else (last, first)
            count = (high.year - low.year) * MONTHS + high.month - low.month - (high.day < low.day)
            return Months(sign * count)
    return None


def _at(given: Args) -> Value:
    """What ``@"..."`` writes: a moment or a duration."""
    match given[0]:
        case str(text):
            for read in (parse_date, parse_time, parse_duration):
                if (found := read(text)) is not None:
                    return found
            return parse_date_time(text)
    return None


def _of_day(work: Callable[[Date], Value]) -> Callable[[Args], Value]:
    def guarded(given: Args) -> Value:
        date = given[0].date if isinstance(given[0], DateTime) else given[0]
        return work(date) if isinstance(date, Date) else None

    return guarded


def weekday(date: Date) -> int:
    """Monday is 1, Sunday 7."""
    return (date.days + 3) % WEEK + 1  # 1970-01-01 was a Thursday.


def week_of(date: Date) -> int:
    """The week of its year as ISO 8601 counts."""
    thursday = date.days - weekday(date) + THURSDAY
    for year in (date.year + 1, date.year, date.year - 1):
        first = Date(year, 1, 1).days
        if first <= thursday:
            return (thursday - first) // WEEK + 1
    raise AssertionError(f"no week for {date}")


def _nothing(_: Args) -> Value:
    return None


TABLE: Final[dict[str, tuple[str, Callable[[Args], Value]]]] = {
    "date": ("from | year, month, day", _date),
    "time": ("from | hour, minute, second, offset?", _time),
    "date and time": ("from | date, time", _date_and_time),
    "duration": ("from", _duration),
    "years and months duration": ("from, to", _months_between),
    "day of year": ("date", _of_day(lambda d: Decimal(d.days - Date(d.year, 1, 1).days + 1))),
    "day of week": ("date", _of_day(lambda d: WEEKDAYS[weekday(d) - 1])),
    "month of year": ("date", _of_day(lambda d: MONTH_NAMES[d.month - 1])),
    "week of year": ("date", _of_day(lambda d: Decimal(week_of(d)))),
    "@": ("from", _at),
    "now": ("", _nothing),
    "today": ("", _nothing),
}
