"""台账: what a pack keeps in mind beyond each entity's newest state.

A ledger is a fold over the log like everything else: records of its streams, the steps of its
pack's cases and what people tell it, one after the other in the order of the log.
"""

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable

from haihe.model.alarm import Noted
from haihe.model.line import Action, Step
from haihe.model.record import Observation

Memory = TypeVar("Memory")


class Ledger(Protocol[Memory]):
    """What a pack's ledger does. Its memory is a value: it is never changed, only replaced.

    Each call gives the memory afterwards, and what needs a case. What a call cannot use it passes
    over: a ledger that raises is stopped, and shown.
    """

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams whose records it takes: those of an office's pace, not of sensors."""
        ...

    def start(self) -> Memory:
        """Memory that has seen nothing."""
        ...

    def take(
        self, memory: Memory, seen: Observation, *, now: int
    ) -> tuple[Memory, Sequence[Noted]]:
        """One record; ``now`` is the log's time, ns."""
        ...

    def follow(self, memory: Memory, step: Step) -> tuple[Memory, Sequence[Noted]]:
        """One step of a case of its pack."""
        ...

    def act(self, memory: Memory, action: Action) -> tuple[Memory, Sequence[Noted]]:
        """What a person tells it (``Verb.TELL``, the subject without the pack's name).

        Raises MoveIllegal if it may not be; the person is told why.
        """
        ...

    def dump(self, memory: Memory) -> bytes:
        """The memory as bytes, for a snapshot."""
        ...

    def load(self, data: bytes) -> Memory:
        """The memory that ``dump`` gave."""
        ...


@runtime_checkable
class Timed(Protocol[Memory]):
    """A ledger that also acts on a clock: at instants that follow from its memory alone."""

    def due_at(self, memory: Memory) -> int:
        """The log's time at which time alone changes something; ns; NEVER if it does not."""
        ...

    def due(self, memory: Memory, *, at: int, now: int) -> tuple[Memory, Sequence[Noted]]:
        """That instant has come. The memory afterwards is due after ``now``.

        at: when it was due; ns. now: the log's time when that was seen; later than ``at`` by as
            long as the log stood still.
        """
        ...


AnyLedger: TypeAlias = Ledger[Any]  # Each has its own memory class; the engine keeps them apart.
