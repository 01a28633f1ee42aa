"""Silence is not health: a source that has stopped talking."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from haihe.detect.contract import Finding, Seen
from haihe.detect.operator import select
from haihe.detect.turns import check_more, with_room
from haihe.model.alarm import Severity
from haihe.model.arrays import BoolArray, IndexArray, IntArray
from haihe.model.time import NEVER, SECOND

_FILLS: Final = {"heard_at": NEVER, "observed_at": 0, "silent": 0}


@dataclass(frozen=True, slots=True)
class SilenceMemory:
    """What a ``Silence`` remembers.

    heard_at: int64 (entity,), when its last row was received; ns; NEVER before the first.
    observed_at: int64 (entity,), when that was observed; ns.
    silent: bool (entity,), whether it is raised.
    due_at: nobody can fall silent before; ns; NEVER while nobody talks.
    """

    heard_at: IntArray
    observed_at: IntArray
    silent: BoolArray
    due_at: int


@dataclass(frozen=True)
class Silence:
    """Raised when an entity that has spoken is not heard for ``timeout``; its next row clears it.

    It is raised at exactly the last reception plus the timeout, with offset -1, whether the passing
    of time or a later row shows it. Any row counts, whatever its values; with a field, only rows
    that tell it: one sensor that falls silent in a record that still comes is a silence too.
    ``value`` of a finding is how long it was silent and ``limit`` the timeout, both in seconds.

    timeout: ns, more than 0.
    severity: how bad it is.
    field: the number field that must be told; "" if any row will do.

    >>> from haihe.model.time import MINUTE
    >>> Silence(10 * MINUTE).fields
    ()
    """

    timeout: int
    severity: Severity = Severity.MINOR
    field: str = ""

    def __post_init__(self) -> None:
        """Refuse a timeout that has always passed."""
        check_more("Silence.timeout", self.timeout, than=0)

    @property
    def fields(self) -> tuple[str, ...]:
        """The one that must be told; none if the rows' times are enough."""
        return (self.field,) if self.field else ()

    def start(self) -> SilenceMemory:
        """Nobody has spoken."""
        whole = np.empty(0, np.int64)
        return SilenceMemory(whole, whole, np.empty(0, np.bool_), NEVER)

    def due_at(self, memory: SilenceMemory) -> int:
        """No later than the earliest instant at which somebody may fall silent."""
        return memory.due_at

    def step(self, memory: SilenceMemory, seen: Seen) -> tuple[SilenceMemory, list[Finding]]:
        """Note who spoke, and who has not for too long by ``seen.now``."""
        found: list[Finding] = []
        if self.field and np.isnan(seen.numbers[self.field]).any():
            seen = select(seen, ~np.isnan(seen.numbers[self.field]))
        if len(seen.slots):
            if len(memory.heard_at) < seen.entities:
                memory = with_room(memory, seen.entities, fills=_FILLS)
            found = self._hear(memory, seen)
            if memory.due_at == NEVER:  # Whoever talks now spoke in these rows.
                memory = replace(memory, due_at=int(seen.received_at[0]) + self.timeout)
        if seen.now < memory.due_at:
            return memory, found
        return self._look(memory, seen.now, found=found)

    def _hear(self, memory: SilenceMemory, seen: Seen) -> list[Finding]:
        slots = seen.indices
        found: list[Finding] = []
        earliest = min(int(memory.heard_at[slots].min()), int(seen.received_at[0]))
        if earliest <= seen.received_at[-1] - self.timeout or memory.silent[slots].any():
            for rows in seen.rounds:
                found += self._gaps(memory, seen, rows=rows)
        memory.heard_at[slots] = seen.received_at  # Of a repeated slot NumPy keeps the last row.
        memory.observed_at[slots] = seen.observed_at
        return found

    def _gaps(self, memory: SilenceMemory, seen: Seen, *, rows: IndexArray) -> list[Finding]:
        """The silences that the rows end, and those they only show and end at once."""
        slots = seen.indices[rows]
        received, heard = seen.received_at[rows], memory.heard_at[slots]
        was_silent = memory.silent[slots]
        over = was_silent | (heard <= received - self.timeout)
        found = self._raised(memory, slots[over & ~was_silent])
        for slot, row, last in zip(
            slots[over].tolist(), rows[over].tolist(), heard[over].tolist(), strict=True
        ):
            at = int(seen.received_at[row])
            found.append(
                Finding(
                    at=at, offset=int(seen.offsets[row]), slot=slot,
                    observed_at=int(seen.observed_at[row]), raised=False, field=self.field,
                    value=(at - last) / SECOND, limit=self.timeout / SECOND,
                )
            )  # fmt: skip
        memory.silent[slots] = False
        memory.heard_at[slots] = received
        memory.observed_at[slots] = seen.observed_at[rows]
        return found

    def _raised(self, memory: SilenceMemory, slots: IndexArray) -> list[Finding]:
        seconds = self.timeout / SECOND
        return [
            Finding(
                at=last + self.timeout, offset=-1, slot=slot, observed_at=observed_at,
                raised=True, field=self.field, value=seconds, limit=seconds,
            )
            for slot, last, observed_at in zip(
                slots.tolist(), memory.heard_at[slots].tolist(),
                memory.observed_at[slots].tolist(), strict=True,
            )
        ]  # fmt: skip

    def _look(
        self, memory: SilenceMemory, now: int, *, found: list[Finding]
    ) -> tuple[SilenceMemory, list[Finding]]:
        """Look through all entities; done only when the bound says one may be due."""
        talking = np.where(memory.silent, NEVER, memory.heard_at)
        late = talking <= now - self.timeout
        slots = np.flatnonzero(late)
        found = found + self._raised(memory, slots)
        memory.silent[slots] = True
        talking[slots] = NEVER
        oldest = int(talking.min(initial=NEVER))
        due_at = NEVER if oldest == NEVER else oldest + self.timeout
        return replace(memory, due_at=due_at), found
