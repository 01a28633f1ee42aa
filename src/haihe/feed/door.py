"""The door: what every feed hands on, whatever the records came in as.

The good part of what came in is kept (``Taken.rows``) and the bad part is refused with its reason
(``Taken.refused``). Every record is in one of them or, where single values of it were bad, in both.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from haihe.model.record import Rows
from haihe.model.stream import Stream
from haihe.model.time import EARLIEST_AT, LATEST_AT, SECOND, format_duration, parse_instant

RAW_MAX: Final = 2_000  # Ours: enough to see what a device sent; quarantine is not an archive.
TEXT_MAX: Final = 65_536  # Ours: characters of a text field; a longer text is a document.
INSTANT_MAX: Final = 64  # Ours: characters; twice what ISO 8601 needs to the nanosecond.
SHOWN_MAX: Final = 80  # Ours: a value inside a message stays on one line.

# An integer instant tells its unit by its size. Each bound is 1973-03-03 in the unit above it and
# 5138 in the unit below it, so nothing after 1973-03-03 is ambiguous; older instants can be given
# in seconds or as text.
MILLISECONDS_FROM: Final = 10**11  # Ours, as said above.
MICROSECONDS_FROM: Final = 10**14  # Ours, as said above.
NANOSECONDS_FROM: Final = 10**17  # Ours, as said above.


class Reason(StrEnum):
    """Why a record or a value of it was refused."""

    MALFORMED = "malformed"  # Not what its format says it is.
    MISSING_ENTITY = "missing-entity"
    BAD_ENTITY = "bad-entity"  # There is one, but it cannot be an id.
    BAD_TIME = "bad-time"  # Not an instant, or outside 1970 to 2100.
    FUTURE = "future"  # Further ahead of the clock than the stream allows.
    LATE = "late"  # Further behind the entity's newest than the stream allows.
    REPEATED = "repeated"  # Taken already.
    UNKNOWN_FIELD = "unknown-field"
    WRONG_TYPE = "wrong-type"
    WRONG_UNIT = "wrong-unit"  # The record names a unit that is not the field's.
    ABSURD = "absurd"  # Outside the field's physical range.
    NOT_FINITE = "not-finite"  # NaN, infinity, or too large for a float64.
    TOO_LONG = "too-long"
    EMPTY = "empty"  # Carries no value of the stream.
    UNROUTED = "unrouted"  # No stream takes what came in there.


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """What was not taken, and why.

    stream: the stream's name; "" where none takes it.
    entity: as far as it could be read; else "".
    observed_at: int, ns; None where it could not be read.
    reason: one word for it.
    message: the value that was found, and what was expected.
    raw: the record as it came in; at most ``RAW_MAX`` characters.
    field: the field whose value was refused while the rest was kept; "" for a whole record.
    """

    stream: str
    entity: str
    observed_at: int | None
    reason: Reason
    message: str
    raw: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of one body or one chunk of a file.

    rows: the good part; None if there is none.
    refused: the bad part, in the order it came in.
    """

    rows: Rows | None
    refused: tuple[RefusedRecord, ...] = ()


def instant_of(value: int | str) -> int:
    """The instant that a record's ``observed_at`` names.

    value: ISO 8601 text with an offset; or an integer since 1970, UTC: seconds below 10**11,
        milliseconds below 10**14, microseconds below 10**17, else nanoseconds.
    Returns int, ns.
    Raises ValueError if it is no instant or lies outside 1970 to 2100.

    >>> instant_of(1767225600) == instant_of(1767225600000) == instant_of("2026-01-01T00:00:00Z")
    True
    """
    if isinstance(value, str):
        if len(value) > INSTANT_MAX:
            raise ValueError(f"'{shown(value)}' is not an instant; it has {len(value)} characters.")
        try:
            at = parse_instant(value)
        except OverflowError as error:
            raise ValueError(f"'{shown(value)}' is outside 1970 to 2100.") from error
    elif value < MILLISECONDS_FROM:
        at = value * SECOND
    elif value < MICROSECONDS_FROM:
        at = value * 1_000_000
    elif value < NANOSECONDS_FROM:
        at = value * 1_000
    else:
        at = value
    if not EARLIEST_AT <= at <= LATEST_AT:
        raise ValueError(f"{shown(value)} is outside 1970 to 2100.")
    return at


def latest_allowed(stream: Stream, *, now: int) -> int:
    """The last instant at which a record of the stream may be observed, seen from ``now``; ns."""
    return min(now + stream.future_by, LATEST_AT)


def future_message(stream: Stream, *, ahead: int) -> str:
    """What to say of a record that is ``ahead`` ns in front of the clock."""
    return (
        f"observed_at is {format_duration(ahead)} ahead of the clock; "
        f"at most {format_duration(stream.future_by)} is allowed. Set the device's clock."
    )


def raw_text(raw: bytes) -> str:
    """The record as text, cut to ``RAW_MAX`` characters; bytes that are not UTF-8 are marked."""
    return raw[: 4 * RAW_MAX].decode("utf-8", "replace")[:RAW_MAX]


def shown(value: object) -> str:
    """A value as it may stand in a message: on one line and short.

    >>> shown("a" * 200)[-12:]
    'aaaaaaaaa...'
    """
    if isinstance(value, int) and abs(value) > NANOSECONDS_FROM**3:
        return "an integer of more than 51 digits"
    text = value if isinstance(value, str) else repr(value)
    if len(text) > SHOWN_MAX:
        text = text[: SHOWN_MAX - 3] + "..."
    return text.encode("utf-8", "backslashreplace").decode()
