"""Dates, times and durations of FEEL: any year, exact, without a clock or a table of zones.

A named zone is kept as its name. What it would be in hours depends on the machine's tables, so two
moments compare only if both have an offset, or both the same name, or both none.
"""

import re
from dataclasses import dataclass
from typing import Final

NANOS: Final = 1_000_000_000  # In a second.
DAY_SECONDS: Final = 86_400  # Without leap seconds, as FEEL counts.
DAY_NANOS: Final = DAY_SECONDS * NANOS
HOUR_SECONDS: Final = 3_600  # Of any clock.
YEAR_MAX: Final = 999_999_999  # DMN 1.5, 10.3.2.3.4: years that a date may have.
OFFSET_MAX: Final = 18 * HOUR_SECONDS  # XML Schema allows 14, the TCK and Java 18.
MONTHS: Final = 12  # In a year.
FEBRUARY: Final = 2  # The month that leap years change.
ERA_DAYS: Final = 146_097  # Days of 400 years.

_DATE: Final = re.compile(r"(-?)(\d{4}|[1-9]\d{4,8})-(\d{2})-(\d{2})", re.ASCII)
_TIME: Final = re.compile(
    r"(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,30}))?"
    r"(Z|[+-]\d{2}:\d{2}(?::\d{2})?|@[A-Za-z][\w+-]*(?:/[A-Za-z][\w+-]*)*)?",
    re.ASCII,
)
_MONTHS: Final = re.compile(r"(-?)P(?:(\d+)Y)?(?:(\d+)M)?", re.ASCII)
_SPAN: Final = re.compile(
    r"(-?)P(?:(\d+)D)?(T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{0,30}))?S)?)?", re.ASCII
)
_ZONES: Final = re.compile(
    r"(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc)/\w.*"
    r"|UTC|GMT|Z"
)


@dataclass(frozen=True, slots=True, order=True)
class Date:
    """A day of the Gregorian calendar, carried back before its beginning."""

    year: int
    month: int
    day: int

    @property
    def days(self) -> int:
        """Days since 1970-01-01."""
        years = self.year - (self.month <= FEBRUARY)
        era, of_era = divmod(years, 400)
        of_year = (153 * ((self.month + 9) % MONTHS) + 2) // 5 + self.day - 1
        return era * ERA_DAYS + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468

    def plus_months(self, months: int) -> "Date | None":
        """So many months later, at the latest on that month's last day; None beyond the years."""
        year, month = divmod(self.year * MONTHS + self.month - 1 + months, MONTHS)
        last = month_length(year, month + 1)
        return make_date(year, month=month + 1, day=min(self.day, last))

    def __str__(self) -> str:
        """As it is written."""
        sign = "-" if self.year < 0 else ""
        return f"{sign}{abs(self.year):04d}-{self.month:02d}-{self.day:02d}"


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day.

    nanos: since midnight.
    offset: seconds east of UTC; None if nobody said, or only a zone's name.
    zone: its name; "" if none.
    """

    nanos: int
    offset: int | None = None
    zone: str = ""

    def __str__(self) -> str:
        """As it is written."""
        seconds, nanos = divmod(self.nanos, NANOS)
        text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        text += f".{nanos:09d}".rstrip("0") if nanos else ""
        if self.zone:
            return f"{text}@{self.zone}"
        if self.offset is None:
            return text
        return text + (_offset(self.offset) if self.offset else "Z")


@dataclass(frozen=True, slots=True)
class DateTime:
    """A time on a day."""

    date: Date
    time: Time

    @property
    def nanos(self) -> int:
        """Since 1970 on the wall clock, in UTC if there is an offset."""
        return self.date.days * DAY_NANOS + self.time.nanos - (self.time.offset or 0) * NANOS

    def __str__(self) -> str:
        """As it is written."""
        return f"{self.date}T{self.time}"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A duration of days, hours and less, in nanoseconds."""

    nanos: int

    def __str__(self) -> str:
        """As it is written."""
        if not self.nanos:
            return "PT0S"
        seconds, nanos = divmod(abs(self.nanos), NANOS)
        days, seconds = divmod(seconds, DAY_SECONDS)
        fraction = f".{nanos:09d}".rstrip("0") if nanos else ""
        parts = ((seconds // 3600, "H"), (seconds // 60 % 60, "M"))
        clock = "".join(f"{count}{unit}" for count, unit in parts if count)
        clock += f"{seconds % 60}{fraction}S" if seconds % 60 or nanos else ""
        text = f"P{days}D" if days else "P"
        return ("-" if self.nanos < 0 else "") + text + (f"T{clock}" if clock else "")


@dataclass(frozen=True, slots=True, order=True)
class Months:
    """A duration of years and months."""

    count: int

    def __str__(self) -> str:
        """As it is written."""
        years, months = divmod(abs(self.count), MONTHS)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
        return ("-" if self.count < 0 else "") + "P" + text


def _offset(seconds: int) -> str:
    hours, rest = divmod(abs(seconds), HOUR_SECONDS)
    end = f":{rest % 60:02d}" if rest % 60 else ""
    return f"{'-' if seconds < 0 else '+'}{hours:02d}:{rest // 60:02d}{end}"


def month_length(year: int, month: int) -> int:
    """Days of a month."""
    if month == FEBRUARY:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def make_date(year: int, *, month: int, day: int) -> Date | None:
    """The day; None if there is none."""
    if abs(year) <= YEAR_MAX and 1 <= month <= MONTHS and 1 <= day <= month_length(year, month):
        return Date(year, month, day)
    return None


def date_of(days: int) -> Date | None:
    """The day so many days after 1970-01-01; None beyond the years a date may have.

    >>> str(date_of(20_000))
    '2024-10-04'
    """
    era, of_era = divmod(days + 719_468, ERA_DAYS)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9  # The year began in March.
    return make_date(year + era * 400 + (month <= FEBRUARY), month=month, day=day)


def parse_date(text: str) -> Date | None:
    """A day as FEEL writes it; None if it is none."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year = int(found[2])
    return make_date(-year if found[1] else year, month=int(found[3]), day=int(found[4]))


def parse_time(text: str) -> Time | None:
    """A time of day as FEEL writes it; None if it is none."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    nanos = int((found[4] or "0").ljust(9, "0")[:9])
    time = make_time(int(found[1]), minute=int(found[2]), nanos=int(found[3]) * NANOS + nanos)
    if time is None or not found[5]:
        return time
    if found[5].startswith("@"):
        return Time(time.nanos, None, found[5][1:]) if _ZONES.fullmatch(found[5][1:]) else None
    offset = parse_offset(found[5])
    return None if offset is None else Time(time.nanos, offset)


def make_time(hour: int, *, minute: int, nanos: int, offset: int | None = None) -> Time | None:
    """The time of day; None if there is none.

    nanos: within the minute.
    """
    fits = 0 <= hour < 24 and 0 <= minute < 60 and 0 <= nanos < 60 * NANOS
    if not fits or (offset is not None and abs(offset) > OFFSET_MAX):
        return None
    return Time((hour * 60 + minute) * 60 * NANOS + nanos, offset)


def parse_offset(text: str) -> int | None:
    """Seconds east of UTC of ``Z`` or ``+08:00``; None if there is no such place."""
    if text == "Z":
        return 0
    parts = [int(part) for part in text[1:].split(":")]
    if parts[1] >= 60 or parts[-1] >= 60:  # Minutes and seconds.
        return None if parts[-1] >= 60 or parts[1] >= 60 else 0
    seconds = sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))
    if seconds > OFFSET_MAX:
        return None
    return -seconds if text[0] == "-" else seconds


def parse_date_time(text: str) -> DateTime | None:
    """A day and time as FEEL writes it, midnight if only a day; None if it is none."""
    day, has_time, clock = text.partition("T")
    date = parse_date(day)
    late = clock.startswith("24:00:00")  # XML Schema: the midnight that begins the next day.
    time = parse_time("00" + clock[2:] if late else clock) if has_time else Time(0)
    if date is None or time is None:
        return None
    return shifted(DateTime(date, time), DAY_NANOS) if late else DateTime(date, time)


def parse_duration(text: str) -> Span | Months | None:
    """A duration as FEEL writes it; None if it is none."""
    if not text or text[-1] in "PT":
        return None
    found = _MONTHS.fullmatch(text)
    if found is not None:
        months = int(found[2] or 0) * MONTHS + int(found[3] or 0)
        return Months(-months if found[1] else months)
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    days, hours, minutes, seconds = (int(found[at] or 0) for at in (2, 4, 5, 6))
    nanos = ((days * 24 + hours) * 60 + minutes) * 60 * NANOS + seconds * NANOS
    nanos += int((found[7] or "0").ljust(9, "0")[:9])
    return Span(-nanos if found[1] else nanos)


def shifted(moment: DateTime, nanos: int) -> DateTime | None:
    """So many nanoseconds later, at the same offset; None beyond the years."""
    days, rest = divmod(moment.time.nanos + nanos, DAY_NANOS)
    date = date_of(moment.date.days + days)
    return (
        None if date is None else DateTime(date, Time(rest, moment.time.offset, moment.time.zone))
    )


def comparable(one: Time, other: Time) -> bool:
    """Whether it can be said which of two is earlier."""
    return one.zone == other.zone and (one.offset is None) == (other.offset is None)
