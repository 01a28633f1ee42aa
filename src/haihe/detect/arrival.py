"""Something came: an application, a complaint, a report. Each opens a case by coming."""

from dataclasses import dataclass

import numpy as np

from haihe.detect.contract import Finding, Seen, grown
from haihe.model.alarm import Severity
from haihe.model.arrays import BoolArray
from haihe.model.time import NEVER


@dataclass(frozen=True, slots=True)
class ArrivedMemory:
    """What an ``Arrived`` remembers.

    known: bool (entity,), whether it has come before.
    """

    known: BoolArray


@dataclass(frozen=True)
class Arrived:
    """Raised by an entity's first record, and cleared by the same: it came, it does not stand.

    Later records of the entity are for its open case (``Procedure``). ``value`` and ``limit`` of a
    finding are 1: one came, and one is enough.

    severity: how bad it is.

    >>> Arrived().fields
    ()
    """

    severity: Severity = Severity.MINOR

    @property
    def fields(self) -> tuple[str, ...]:
        """None: that it came is enough."""
        return ()

    def start(self) -> ArrivedMemory:
        """Nobody has come."""
        return ArrivedMemory(np.empty(0, np.bool_))

    def due_at(self, memory: ArrivedMemory) -> int:  # noqa: ARG002
        """Time alone brings nothing."""
        return NEVER

    def step(self, memory: ArrivedMemory, seen: Seen) -> tuple[ArrivedMemory, list[Finding]]:
        """A finding, raised and cleared, for each entity that comes for the first time."""
        if not len(seen.slots):
            return memory, []
        known = grown(memory.known, seen.entities, fill=0)
        found: list[Finding] = []
        first = seen.rounds[0][~known[seen.indices[seen.rounds[0]]]]
        for row in np.sort(first).tolist():
            for raised in (True, False):
                found.append(
                    Finding(
                        at=int(seen.received_at[row]), offset=int(seen.offsets[row]),
                        slot=int(seen.slots[row]), observed_at=int(seen.observed_at[row]),
                        raised=raised, field="", value=1.0, limit=1.0,
                    )
                )  # fmt: skip
        known[seen.indices[first]] = True
        return ArrivedMemory(known), found


@dataclass(frozen=True, slots=True)
class NotedMemory:
    """What a ``ByLedger`` remembers: nothing."""


@dataclass(frozen=True)
class ByLedger:
    """Finds nothing by itself: its pack's ledger or a loop notes what opens the case (``Noted``).

    severity: how bad what is noted is.

    >>> ByLedger().fields
    ()
    """

    severity: Severity = Severity.MODERATE

    @property
    def fields(self) -> tuple[str, ...]:
        """None: the ledger looks for itself."""
        return ()

    def start(self) -> NotedMemory:
        """Nothing to remember."""
        return NotedMemory()

    def due_at(self, memory: NotedMemory) -> int:  # noqa: ARG002
        """Time alone brings nothing."""
        return NEVER

    def step(self, memory: NotedMemory, seen: Seen) -> tuple[NotedMemory, list[Finding]]:  # noqa: ARG002
        """Nothing: the ledger notes."""
        return memory, []
