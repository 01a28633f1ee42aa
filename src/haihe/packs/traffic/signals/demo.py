"""The day of the demonstration: what goes wrong on the street, where and when."""

from typing import Final

from haihe.model import MINUTE
from haihe.twin import Fault

# Kind, entity, first and last minute, size in the unit the README gives; the day begins at 6:40.
PLAN: Final = (
    ("detector-chatter", "junction/J0100", 4, 24, 1.0),
    ("controller-refuses", "junction/J0202", 12, 30, 1.0),
    ("controller-silent", "junction/J0002", 34, 42, 1.0),
    ("detector-stuck-on", "junction/J0200", 50, 80, 1.0),
    ("clock-skew", "junction/J0300", 60, 75, 12.0),
    ("controller-late", "junction/J0102", 80, 95, 20.0),
    ("accident", "road/J0201-from-W", 110, 130, 2.0),
)


def demo_faults(start_at: int) -> tuple[Fault, ...]:
    """What goes wrong on the day of the demonstration, in order of time.

    start_at: when the day starts; ns, twin time.
    """
    return tuple(
        Fault(kind, entity, start_at + start * MINUTE, start_at + end * MINUTE, size)
        for kind, entity, start, end, size in PLAN
    )
