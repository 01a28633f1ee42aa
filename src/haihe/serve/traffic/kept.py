"""What a room showed last: worked out once for what its loops last decided, not once a request."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from haihe.model.record import Observation
from haihe.model.time import SECOND
from haihe.pack.room import Room, RoomShown, Seen
from haihe.run.guard import Guard

R = TypeVar("R")
STALE_AFTER: Final = 5 * SECOND  # Ours: a turn of the loops; what is older is made anew.


@dataclass
class KeptRoom:
    """A room's last answer, and the calls of its code: one at a time, watched as all are.

    made: how often it was worked out.
    """

    made: int = 0
    _guard: Guard = field(default_factory=Guard)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _last: tuple[Room, Seen, RoomShown] | None = None

    def call(self, ask: Callable[[], R]) -> R:
        """What a room gives.

        Raises PackFailed if it raised or did not end.
        """
        with self._lock:
            return self._guard.call(ask)

    def fresh(self, room: Room, seen: Seen) -> RoomShown | None:
        """The last answer, if nothing that it came from is another; None if something is."""
        last = self._last
        if last is None or last[0] is not room or not is_same(last[1], seen):
            return None
        return last[2]

    def shown(self, room: Room, seen: Seen) -> RoomShown:
        """Everything that moves; of many who ask for the same one works it out.

        Raises PackFailed if the pack's code did.
        """
        with self._lock:
            known = self.fresh(room, seen)
            if known is None:
                known = self._guard.call(room.shown, seen)
                self._last, self.made = (room, seen, known), self.made + 1
            return known


def is_same(one: Seen, other: Seen) -> bool:
    """Whether both show the same: no loop has decided since, and nothing else has spoken.

    Memories are values: that of a loop that has had a turn is another object.
    """
    return (
        0 <= other.now - one.now < STALE_AFTER
        and one.loops.keys() == other.loops.keys()
        and all(
            mine.memory is theirs.memory
            and mine.control is theirs.control
            and (mine.held, mine.all_held) == (theirs.held, theirs.all_held)
            for mine, theirs in ((each, other.loops[name]) for name, each in one.loops.items())
        )
        and _offsets(one.latest) == _offsets(other.latest)
    )


def _offsets(latest: Mapping[tuple[str, str], Observation]) -> dict[tuple[str, str], int]:
    return {place: seen.offset for place, seen in latest.items()}
