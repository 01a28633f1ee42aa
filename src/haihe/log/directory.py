"""Slots: dense ordinals for the entities of each stream, in order of first appearance.

A fold of the entries' headers: nothing is stored twice.
"""

from collections.abc import Sequence
from itertools import repeat
from typing import Final

import numpy as np

from haihe.errors import LogDamaged
from haihe.log.entry import Header
from haihe.model.arrays import SlotArray
from haihe.model.record import Roster

ROSTERS_MAX: Final = 64  # Ours: gateways that send in turn; past it the oldest is looked up anew.


class Directory:
    """Which entity has which slot, one stream at a time."""

    def __init__(self) -> None:
        """Know no entity."""
        self._slots: dict[str, dict[str, int]] = {}
        self._ids: dict[str, list[str]] = {}
        self._last: tuple[str, Sequence[str], SlotArray] = ("", (), np.empty(0, dtype=np.int32))
        self._rosters: dict[tuple[str, int], tuple[Roster, SlotArray]] = {}

    def ids(self, stream: str) -> Sequence[str]:
        """The stream's entities by slot; not to be changed."""
        return self._ids.get(stream, ())

    def slot(self, stream: str, entity: str) -> int:
        """The entity's slot; -1 if the stream has never heard of it."""
        return self._slots.get(stream, {}).get(entity, -1)

    def slots(self, stream: str, ids: Sequence[str]) -> SlotArray:
        """The entities' slots; -1 where the stream has never heard of one.

        Returns int32 (id,). The same ids asked again at once cost nothing: a batch is looked up
        when it is checked and again when it is appended.
        """
        if ids is self._last[1] and stream == self._last[0]:
            return self._last[2]
        known = self._rosters.get((stream, id(ids)))  # A kept roster's id is nobody else's.
        if known is not None:
            return known[1]
        get = self._slots.get(stream, {}).get
        found = np.fromiter(map(get, ids, repeat(-1)), dtype=np.int32, count=len(ids))
        if len(found) and found.min() >= 0:
            self._last = (stream, ids, found)
            if isinstance(ids, Roster):
                self._keep(stream, ids, slots=found)
        return found

    def assign(self, stream: str, ids: Sequence[str]) -> tuple[SlotArray, tuple[str, ...]]:
        """Slots for ``ids``, and those of them that are new, which get the next slots.

        ids: no id twice.
        Returns int32 (id,), and the new ids in order.
        """
        found = self.slots(stream, ids)
        new = tuple(ids[place] for place in np.flatnonzero(found < 0).tolist())
        if new:
            self._add(stream, new)
            found = self.slots(stream, ids)
        return found, new

    def apply(self, header: Header) -> None:
        """Learn the new entities of an entry.

        Raises LogDamaged if their slots do not follow on.
        """
        if not header.new:
            return
        have = len(self._ids.get(header.stream, ()))
        if header.first_slot != have:
            raise LogDamaged(
                f"entry {header.seq} gives slots from {header.first_slot} to new entities of "
                f"'{header.stream}', but {have} are known; an entry is missing. Restore a backup."
            )
        self._add(header.stream, header.new)

    def forget(self, stream: str, new: Sequence[str]) -> None:
        """Take back the newest ids, after the transaction that would have kept them failed."""
        self._last = ("", (), self._last[2][:0])
        self._rosters.clear()
        for entity in new:
            del self._slots[stream][entity]
        del self._ids[stream][len(self._ids[stream]) - len(new) :]

    def _keep(self, stream: str, roster: Roster, *, slots: SlotArray) -> None:
        """Remember a roster's slots; they never change."""
        while len(self._rosters) >= ROSTERS_MAX:
            del self._rosters[next(iter(self._rosters))]
        self._rosters[stream, id(roster)] = (roster, slots)

    def _add(self, stream: str, new: Sequence[str]) -> None:
        slots = self._slots.setdefault(stream, {})
        ids = self._ids.setdefault(stream, [])
        slots.update(zip(new, range(len(ids), len(ids) + len(new)), strict=True))
        ids.extend(new)
