"""A part of the past, in the log's own time."""

import msgspec


class Span(msgspec.Struct, frozen=True):
    """From an instant up to, not including, another; ns of the log's time.

    >>> Span(0, 60_000_000_000).to_at
    60000000000
    """

    from_at: int
    to_at: int
