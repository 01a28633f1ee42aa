"""What asking of recorded days shares: times of the day there, and turns of the lane."""

import argparse
from typing import Any, Final

from haihe.model.time import BEIJING, MINUTE, format_instant, parse_instant
from haihe.twin.lane_day import Flip, WayName

OK, REFUSED = 0, 1
WAYS: Final[tuple[tuple[str, WayName], ...]] = (
    ("in", "inbound"), ("out", "outbound"), ("close", "closed"),
)  # fmt: skip


def add_turns(parser: Any, words: str) -> None:
    """``--in``, ``--out``, ``--close``: when the lane is turned."""
    for name, _ in WAYS:
        parser.add_argument(
            f"--{name}", dest=f"{name}_at", action="append", default=[], metavar="HH:MM",
            help=words,
        )  # fmt: skip


def flips_of(options: argparse.Namespace) -> tuple[Flip, ...]:
    """The turns that the options name, in order of time.

    Raises ValueError if a time is none.
    """
    found = [
        Flip(instant_of(options.day, told), way)
        for name, way in WAYS
        for told in getattr(options, f"{name}_at")
    ]
    return tuple(sorted(found, key=lambda flip: flip.at))


def instant_of(day: str, told: str) -> int:
    """The instant of a time of the day there; ns.

    Raises ValueError if either is none.
    """
    try:
        return parse_instant(f"{day}T{told}:00+08:00")
    except ValueError as error:
        raise ValueError(
            f"'{day}' with '{told}' is no time; write the day as 2026-11-20, the time as 07:10."
        ) from error


def clock(at: int) -> str:
    """An instant as the day and the time there, to the minute."""
    return format_instant(at - at % MINUTE, zone=BEIJING)[:16].replace("T", " ")
