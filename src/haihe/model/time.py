"""Instants and durations: int64 nanoseconds, UTC. Time is data here; nothing reads a clock."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

NANOSECOND: Final = 1
MICROSECOND: Final = 1_000 * NANOSECOND
MILLISECOND: Final = 1_000 * MICROSECOND
SECOND: Final = 1_000 * MILLISECOND
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
NEVER: Final = 2**63 - 1  # Later than any instant.
BEFORE_ALL: Final = -(2**63)  # Earlier than any instant.

EARLIEST_AT: Final = 0  # 1970-01-01: no city record is older.
LATEST_AT: Final = 4_102_444_800 * SECOND  # 2100-01-01: Ours; anything later is a broken clock.

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
BEIJING: Final = timezone(timedelta(hours=8), "UTC+08:00")  # China keeps one zone, no summer time.


def parse_instant(text: str) -> int:
    """The instant an ISO 8601 text names, as nanoseconds since 1970, UTC.

    text: date and time with an offset or ``Z``; up to nine digits of a second.
    Returns int, ns.
    Raises ValueError if it is not ISO 8601 or carries no offset.

    >>> parse_instant("2026-01-01T08:00:00.5+08:00")
    1767225600500000000
    """
    head, dot, tail = text.partition(".")
    digits = ""
    if dot:
        while tail and tail[0].isdigit():
            digits, tail = digits + tail[0], tail[1:]
        head += tail
    try:
        moment = datetime.fromisoformat(head)
    except ValueError as error:
        raise ValueError(
            f"'{text}' is not an instant; write it as 2026-01-01T08:00:00+08:00."
        ) from error
    if moment.tzinfo is None:
        raise ValueError(f"'{text}' has no offset; add Z or +08:00.")
    whole = round((moment - _EPOCH) / timedelta(microseconds=1)) * MICROSECOND
    return whole + int((digits + "0" * 9)[:9] or 0)


def format_instant(at: int, *, zone: timezone = UTC) -> str:
    """ISO 8601 text of an instant, with as many digits of a second as it needs.

    at: int, ns since 1970, UTC.

    >>> format_instant(1767225600500000000)
    '2026-01-01T00:00:00.5Z'
    >>> format_instant(1767225600000000000, zone=BEIJING)
    '2026-01-01T08:00:00+08:00'
    """
    seconds, rest = divmod(at, SECOND)
    text = (_EPOCH + timedelta(seconds=seconds)).astimezone(zone).isoformat()
    head, offset = text[:19], text[19:]
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    return head + fraction + ("Z" if offset == "+00:00" else offset)


def format_duration(duration: int) -> str:
    """A duration in the largest unit that leaves it short to read.

    duration: int, ns; none negative.

    >>> format_duration(90 * SECOND), format_duration(10 * MINUTE), format_duration(250_000_000)
    ('1.5 min', '10 min', '250 ms')
    """
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s")):
        if duration >= unit:
            return f"{round(duration / unit, 1):g} {name}"
    return f"{duration / MILLISECOND:g} ms"
