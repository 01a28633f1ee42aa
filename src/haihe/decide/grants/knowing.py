"""Two times: the day whose books and dates hold, and the instant by which something was known."""

from typing import Final

from haihe.decide.scheme.quantity import parse_day
from haihe.decide.workday import start_of
from haihe.model.time import parse_instant

DAY_LETTERS: Final = 10  # Of "2026-01-31".


def known_before(known_by: str, *, day: int | None, today: int) -> int | None:
    """The instant before which what was told counts; ns; None where all counts that is told.

    known_by: an instant, ISO 8601 with an offset, that counts itself; or a day, whose end in China
        is meant; "" for the end of ``day`` if that is past, else for now.
    day: that is asked about, since 1970; None for none.
    today: since 1970.
    Raises ValueError if ``known_by`` is neither.

    >>> known_before("", day=None, today=20_000), known_before("", day=20_000, today=20_000)
    (None, None)
    >>> known_before("", day=19_999, today=20_000) == start_of(20_000)
    True
    >>> known_before("1970-01-01T00:00:01Z", day=None, today=20_000)
    1000000001
    """
    if known_by:
        is_day = len(known_by) == DAY_LETTERS
        return start_of(parse_day(known_by) + 1) if is_day else parse_instant(known_by) + 1
    return start_of(day + 1) if day is not None and day < today else None
