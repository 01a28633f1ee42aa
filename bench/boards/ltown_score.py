"""Which leaks were found, how late, and what was raised for nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bench.boards.ltown_files import TrueLeak
from haihe.detect import LeakSize
from haihe.model.time import DAY, HOUR

# Ours: an alarm more than a week after a leak stopped growing is not about that leak.
ABOUT: Final = 7 * DAY
SLACK: Final = 6 * HOUR  # Ours: a start that is told a few hours late is not a wrong size.


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm: where and when; and what it said of the leak, if it did.

    at: ns.
    """

    district: str
    at: int
    size: LeakSize | None = None

    def holds(self, leaks: Sequence[TrueLeak]) -> bool:
        """Whether its interval holds by how much the district's leaks grew since its start."""
        assert self.size is not None
        grown = sum(
            leak.flow_at(self.at) - leak.flow_at(self.size.since_at - SLACK)
            for leak in leaks
            if leak.district == self.district
        )
        return self.size.low_m3_h <= grown <= self.size.high_m3_h


@dataclass(frozen=True, slots=True)
class Found:
    """A leak and the first alarm about it; None if there was none.

    last_at: when it was repaired or the record ended; ns.
    """

    leak: TrueLeak
    by: Raised | None
    last_at: int

    @property
    def days_late(self) -> float:
        """From its start to the alarm, or as long as it ran in the record if there was none."""
        until_at = self.last_at if self.by is None else self.by.at
        return (until_at - self.leak.start_at) / DAY


@dataclass(frozen=True, slots=True)
class Score:
    """What a list of alarms is worth.

    found: every leak that began while the meters told.
    again: alarms about a leak found before, while it still grew.
    false: all others.
    """

    found: tuple[Found, ...]
    again: int
    false: int

    @property
    def hits(self) -> int:
        """Leaks found."""
        return sum(each.by is not None for each in self.found)


def score(raised: Sequence[Raised], leaks: Sequence[TrueLeak], *, record: range) -> Score:
    """Hold alarms against the truth; each alarm is about one leak at most.

    An alarm is about the leak of its district that began last before it, if that was not found yet
    and still grew within the last week; a sudden leak stops growing at once.

    record: from the first instant the meters told to the last; ns. Leaks older than that are part
        of what is usual, though they may still grow.
    """
    about: dict[TrueLeak, Raised] = {}
    again = false = 0
    for alarm in sorted(raised, key=lambda each: each.at):
        open_ = [
            leak
            for leak in leaks
            if leak.district == alarm.district
            and leak.start_at <= alarm.at < min(leak.end_at, leak.full_at + ABOUT)
        ]
        fresh = [leak for leak in open_ if leak not in about and leak.start_at >= record.start]
        if fresh:
            about[max(fresh, key=lambda leak: leak.start_at)] = alarm
        elif open_:
            again += 1
        else:
            false += 1
    counted = [leak for leak in leaks if leak.start_at >= record.start]
    found = [Found(leak, about.get(leak), min(leak.end_at, record.stop)) for leak in counted]
    return Score(tuple(found), again, false)
