"""The log's time: never falls, never leaps with a clock that is set wrong."""

import threading
import time
from typing import Final, Protocol

from haihe.model.time import MINUTE, SECOND, format_duration

LEAP: Final = 1 * MINUTE  # Ours: more than any step by which a served clock is set.


class Clock(Protocol):
    """Where the log's time comes from."""

    def now(self) -> int:
        """The log's time; ns since 1970, UTC; never falls."""
        ...

    @property
    def trouble(self) -> str:
        """What is wrong with the machine's clock, in words; "" if nothing is."""
        ...


class WallClock:
    """The machine's clock, held to its own steady clock.

    If the wall clock leaps by more than ``LEAP`` against the steady one, the steady one is followed
    and the trouble is told, until both agree again. At a start there is only the wall clock, which
    may not lie before the log's last time.
    """

    def __init__(self, after: int = 0) -> None:
        """Go on after the log's last time; ns."""
        self._last = max(after, time.time_ns())
        self._steady = _steady_ns()
        self._offset = self._last - self._steady
        self._trouble = ""
        if after > time.time_ns() + LEAP:
            behind = format_duration(after - time.time_ns())
            self._trouble = f"the machine's clock is {behind} behind the log's last record"

    @property
    def trouble(self) -> str:
        """What is wrong with the machine's clock, in words; "" if nothing is."""
        return self._trouble

    def now(self) -> int:
        """The log's time; ns."""
        steady, wall = _steady_ns(), time.time_ns()
        expected = steady + self._offset
        apart = wall - expected
        if abs(apart) <= LEAP:
            self._offset += apart
            self._trouble = ""
            expected = wall
        else:
            way = "ahead of" if apart > 0 else "behind"
            leap = format_duration(abs(apart))
            self._trouble = f"the machine's clock is {leap} {way} the log's time; set it right"
        self._last = max(self._last, expected)
        return self._last


class FastClock:
    """A clock that runs faster than the wall's, for demonstrations only."""

    def __init__(self, after: int, *, speed: float, began_at: int = 0) -> None:
        """Begin after ``after`` (ns), or now; one second of the wall is ``speed`` seconds."""
        self._began = max(after + SECOND, began_at or time.time_ns())
        self._steady = _steady_ns()
        self._speed = speed
        self._until: int | None = None
        self._lock = threading.Lock()

    @property
    def speed(self) -> float:
        """Seconds of the log in one of the wall, where nothing holds it."""
        return self._speed

    @property
    def trouble(self) -> str:
        """Never any."""
        return ""

    def now(self) -> int:
        """The log's time; ns."""
        with self._lock:
            told = self._began + int((_steady_ns() - self._steady) * self._speed)
            over = 0 if self._until is None else max(told - self._until, 0)
            self._began -= over  # What it stood still for is not made up.
            return told - over

    def run_on(self) -> None:
        """Run on from here, held by nobody."""
        self.now()
        with self._lock:
            self._until = None

    def wait_at(self, until: int) -> None:
        """Stand still at an instant (ns) until a later one is given; never go back for it."""
        now = self.now()
        with self._lock:
            self._until = max(until, now)


class DataClock:
    """The time of the newest record of a recording: what a replay runs on."""

    def __init__(self, after: int = 0) -> None:
        """Begin at an instant; ns."""
        self._now = after

    @property
    def trouble(self) -> str:
        """Never any."""
        return ""

    def reach(self, at: int) -> None:
        """Time is now at least ``at``; ns."""
        self._now = max(self._now, at)

    def now(self) -> int:
        """The log's time; ns."""
        return self._now


def _steady_ns() -> int:
    """A clock nobody sets, that goes on while the machine sleeps; ns."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
