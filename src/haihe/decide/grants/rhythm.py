"""每周: a weekday and time at which something is due; a day off moves it to the next workday."""

from typing import Final

import msgspec

from haihe.decide.workday import THURSDAY, WEEK, day_of, is_workday, start_of, workday_after
from haihe.model.time import HOUR, MINUTE

HOUR_MINUTES: Final = HOUR // MINUTE
DAY_MINUTES: Final = 24 * HOUR_MINUTES
BACK_WEEKS: Final = 3  # The longest holiday, with its weekends, is shorter.


class Rhythm(msgspec.Struct, frozen=True):
    """Once a week.

    weekday: 1 for Monday to 7 for Sunday (ISO 8601), in China.
    minute: of that day, from 0.
    by, at: who said so, and when; ns.
    """

    weekday: int
    minute: int
    by: str
    at: int


def next_due(rhythm: Rhythm, *, after: int) -> int:
    """The first instant after another one at which it is due; both ns.

    A day off moves it to the next working day; two weeks that are moved to one day are due once.

    >>> from haihe.model.time import format_instant, parse_instant
    >>> monday = Rhythm(weekday=1, minute=9 * 60, by="ann", at=0)
    >>> format_instant(next_due(monday, after=parse_instant("2026-02-13T12:00:00+08:00")))
    '2026-02-24T01:00:00Z'
    """
    week = (day_of(after) + THURSDAY) // WEEK - BACK_WEEKS
    while True:
        day = week * WEEK - THURSDAY + rhythm.weekday - 1
        day = day if is_workday(day) else workday_after(day, 1)
        due_at = start_of(day) + rhythm.minute * MINUTE
        if due_at > after:
            return due_at
        week += 1


def made_up_for(rhythm: Rhythm, *, now: int) -> int:
    """When what was missed is done: at that time of today, or at once; else next workday; ns."""
    day = day_of(now)
    day = day if is_workday(day) else workday_after(day, 1)
    return max(now, start_of(day) + rhythm.minute * MINUTE)
