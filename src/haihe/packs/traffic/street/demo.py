"""The day of the demonstration on the street: what goes wrong, where and when."""

from typing import Final

from haihe.model.time import MINUTE
from haihe.twin import Fault

# Kind, entity, first and last minute, size as docs/traffic.md says. The demonstration begins at
# 06:40: a loop lies before the tide comes, controllers fail in it, an event follows it.
PLAN: Final = (
    ("detector-stuck-on", "junction/J0201", 3, 45, 9.0),  # From the west, the lane on the right.
    ("controller-silent", "junction/J0102", 10, 14, 1.0),
    ("controller-refuses", "junction/J0200", 30, 38, 1.0),
    ("detector-chatter", "junction/J0100", 50, 65, 7.0),
    ("accident", "road/J0201-from-W", 60, 72, 2.0),
    ("clock-skew", "junction/J0302", 80, 110, 40.0),
    ("detector-stuck-off", "junction/J0301", 100, 190, 9.0),
    ("controller-late", "junction/J0002", 130, 150, 8.0),
    ("surge", "road/J0100-from-N", 170, 200, 400.0),
)


def demo_faults(start_at: int) -> tuple[Fault, ...]:
    """What goes wrong on the day of the demonstration, in order of time.

    start_at: when the day starts; ns, twin time.
    """
    return tuple(
        Fault(kind, entity, start_at + start * MINUTE, start_at + end * MINUTE, size)
        for kind, entity, start, end, size in PLAN
    )
