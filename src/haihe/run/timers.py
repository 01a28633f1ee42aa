"""Deadlines on the log's time: what is due next, in an order that depends on nothing else."""

import heapq
from typing import Final

import msgspec

from haihe.model.time import NEVER

CASE_DUE: Final = "case-due"
ORDER_DUE: Final = "order-due"
HOLD_ENDS: Final = "hold-ends"
SHELF_ENDS: Final = "shelf-ends"


class Timer(msgspec.Struct, frozen=True, order=True):
    """Something to look at when the log's time reaches ``at``.

    at: ns.
    kind: what it is.
    subject: the case's or order's id, or the shelf: the rule, or rule and entity.
    """

    at: int
    kind: str
    subject: str


class Timers:
    """A heap of timers. One that no longer matters is passed over when it comes up."""

    def __init__(self, timers: tuple[Timer, ...] = ()) -> None:
        """Begin with these."""
        self._heap = sorted(timers)

    def add(self, timer: Timer) -> None:
        """Look at something later."""
        heapq.heappush(self._heap, timer)

    def due_at(self) -> int:
        """When the next one is due; NEVER if there is none."""
        return self._heap[0].at if self._heap else NEVER

    def next_at(self, kind: str, subject: str) -> int:
        """When the next one of a kind and subject is due; NEVER if there is none."""
        found = (timer.at for timer in self._heap if (timer.kind, timer.subject) == (kind, subject))
        return min(found, default=NEVER)

    def drop(self, kind: str, subject: str) -> None:
        """Look at something no longer."""
        kept = [timer for timer in self._heap if (timer.kind, timer.subject) != (kind, subject)]
        self._heap = sorted(kept)

    def pop(self) -> Timer:
        """The next one, taken out."""
        return heapq.heappop(self._heap)

    def all(self) -> tuple[Timer, ...]:
        """Every timer, in order: what a snapshot keeps."""
        return tuple(sorted(self._heap))
