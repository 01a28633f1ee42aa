"""The clock of a drill: a past day at the chosen speed, never ahead of what was recorded."""

import threading
import time
from typing import Final

SPEED_LEAST, SPEED_MOST = (
    1.0,
    100.0,
)  # The brief of a drill: as in life, to a day in a quarter hour.
LOOK_EVERY_S: Final = 0.5  # How late the end of a drill may be seen while it waits.
SECOND_NS: Final = 10**9  # ns.


class Pace:
    """The log's time in a drill; from any thread.

    It passes at ``speed``, stands while paused, and never passes what the feeder has not fed yet:
    a deadline can so never be due before a record that came before it.
    """

    def __init__(self, at: int, *, speed: float) -> None:
        """Stand at an instant, ns, until ``resume``; nothing is fed yet."""
        self._changed = threading.Condition()
        self._at = at
        self._cap = at
        self._speed = speed
        self._steady = time.monotonic_ns()
        self._paused = True
        self._ended = False

    @property
    def trouble(self) -> str:
        """Never any."""
        return ""

    @property
    def speed(self) -> float:
        """How many seconds of the past go by in one."""
        return self._speed

    @property
    def is_paused(self) -> bool:
        """Whether time stands."""
        return self._paused

    def now(self) -> int:
        """The log's time; ns; never falls."""
        with self._changed:
            return min(self._target(), self._cap)

    def go(self, *, speed: float | None = None, paused: bool | None = None) -> None:
        """Go on at another speed, or stand, or go on."""
        with self._changed:
            self._settle()
            self._at = min(self._at, self._cap)  # A feeder that is late is waited for.
            self._speed = self._speed if speed is None else min(max(speed, SPEED_LEAST), SPEED_MOST)
            self._paused = self._paused if paused is None else paused
            self._changed.notify_all()

    def allow(self, at: int) -> None:
        """Everything before an instant, ns, is fed: time may pass up to it."""
        with self._changed:
            self._settle()
            self._cap = max(self._cap, at)

    def wait(self, at: int) -> bool:
        """Wait until it is time for what came at an instant, ns; False if the drill is over."""
        with self._changed:
            while not self._ended and (left := at - self._target()) > 0:
                left_s = left / SECOND_NS / self._speed
                self._changed.wait(LOOK_EVERY_S if self._paused else min(left_s, LOOK_EVERY_S))
            return not self._ended

    def end(self) -> None:
        """Wake whoever waits; time stands from now on."""
        with self._changed:
            self._settle()
            self._ended = self._paused = True
            self._changed.notify_all()

    def _target(self) -> int:
        """Where time would be if everything were fed."""
        if self._paused:
            return self._at
        return self._at + int((time.monotonic_ns() - self._steady) * self._speed)

    def _settle(self) -> None:
        """What went by so far went by at the speed of before."""
        self._at, self._steady = self._target(), time.monotonic_ns()
