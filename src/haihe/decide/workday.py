"""工作日: Chinese working days, with public holidays and the weekends worked in their place.

The calendar is that of the State Council's yearly notices, as the library ``chinesecalendar`` keeps
them. A year whose notice is not out yet has weekends alone, and says so (``is_announced``).
"""

from functools import cache
from typing import Final

import chinese_calendar
import numpy as np

from haihe.model.time import DAY, HOUR

EAST: Final = 8 * HOUR  # China keeps UTC+8 all year.
WEEK: Final = 7  # ISO 8601.
THURSDAY: Final = 3  # 1970-01-01 was one; Monday is 0.
SATURDAY: Final = 5  # ISO 8601, counted from 0.


def day_of(at: int) -> int:
    """The Chinese day an instant falls on, in days since 1970; ``at`` in ns.

    >>> day_of(16 * HOUR - 1), day_of(16 * HOUR)
    (0, 1)
    """
    return (at + EAST) // DAY


def start_of(day: int) -> int:
    """When a Chinese day begins; ns.

    >>> day_of(start_of(20_000))
    20000
    """
    return day * DAY - EAST


def year_of(day: int) -> int:
    """The calendar year of a day since 1970.

    >>> year_of(0), year_of(365)
    (1970, 1971)
    """
    return int(np.datetime64(day, "D").astype("datetime64[Y]").astype(np.int64)) + 1970


@cache
def is_announced(year: int) -> bool:
    """Whether the year's holidays are known; if not, weekends alone count as days off.

    >>> is_announced(2025), is_announced(2099)
    (True, False)
    """
    try:
        chinese_calendar.is_workday(np.datetime64(f"{year}-01-01", "D").item())
    except NotImplementedError:
        return False
    return True


def announced_to(day: int) -> int:
    """The last day whose holidays are known, from the year of a day on; days since 1970.

    The day itself where not even its own year's are.
    """
    year = year_of(day)
    if not is_announced(year):
        return day
    while is_announced(year + 1):
        year += 1
    return int(np.datetime64(f"{year}-12-31", "D").astype(np.int64))


@cache
def is_workday(day: int) -> bool:
    """Whether people work on a day since 1970.

    Source: State Council notices; 2026-02-14 is a Saturday that is worked for the Spring Festival.

    >>> days = np.array(["2026-02-14", "2026-02-16"], "datetime64[D]").astype(int).tolist()
    >>> [is_workday(day) for day in days]
    [True, False]
    """
    if is_announced(year_of(day)):
        return bool(chinese_calendar.is_workday(np.datetime64(day, "D").item()))
    return (day + THURSDAY) % WEEK < SATURDAY


def workday_after(day: int, count: int) -> int:
    """The day on which the given number of working days after ``day`` have begun.

    day: since 1970; it does not count itself (Civil Code of the PRC, article 201).
    count: working days, 0 or more.
    """
    while count > 0:
        day += 1
        count -= is_workday(day)
    return day


def workdays_between(first: int, last: int) -> int:
    """How many working days come after ``first`` up to and with ``last``; both since 1970."""
    return sum(is_workday(day) for day in range(first + 1, last + 1))


def due_after(at: int, count: int) -> int:
    """How long there is from an instant until the end of so many working days; ns, more than 0.

    The last day counts to its end (Civil Code of the PRC, article 203).
    """
    return start_of(workday_after(day_of(at), count) + 1) - at
