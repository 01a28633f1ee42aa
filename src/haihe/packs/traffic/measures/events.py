"""A controller's events: columns, the codes that the measures read, and what detectors belong to.

Source of the codes: Indiana Traffic Signal Hi Resolution Data Logger Enumerations, Purdue
University and INDOT (2012, 2020). Codes from 300 on are those of vendors (MAXTIME).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, IndexArray, IntArray

MANY: Final = 16  # Measured: of one in so many and more, marking rows is faster than sorting them.
PARAMETERS: Final = 1 << 16  # More than any parameter; for keys of device and parameter.


class Code(IntEnum):
    """The events that the measures read."""

    GREEN = 1
    GAP_OUT = 4
    MAX_OUT = 5
    FORCE_OFF = 6
    YELLOW = 8
    RED = 10
    WALK = 21
    PED_CLEARANCE = 22
    PHASE_CALL = 43
    CALL_DROPPED = 44
    OVERLAP_WALK = 67
    DETECTOR_OFF = 81
    DETECTOR_ON = 82
    PED_CALL = 90
    PREEMPT = 102
    PATTERN = 131
    CYCLE_LENGTH = 132
    SPLIT_FIRST = 300
    SPLIT_LAST = 317
    ACTUAL_CYCLE = 316
    ACTUAL_OFFSET = 318


STANDARD_LAST: Final = 218  # Codes above are a vendor's own: no sign that the data is whole.


@dataclass(frozen=True)
class Events:
    """Events in order of time.

    at: int64 (event,), ns.
    device: int64 (event,), the controller's number.
    code, parameter: int64 (event,).
    """

    at: IntArray
    device: IntArray
    code: IntArray
    parameter: IntArray

    def __len__(self) -> int:
        """How many."""
        return len(self.at)

    def where(self, mask: BoolArray) -> "Events":
        """Those of a mask, in the same order."""
        return Events(self.at[mask], self.device[mask], self.code[mask], self.parameter[mask])

    def take(self, rows: IndexArray) -> "Events":
        """Those rows, in that order."""
        return Events(self.at[rows], self.device[rows], self.code[rows], self.parameter[rows])

    def until(self, end_at: int) -> "Events":
        """Those before an instant; ns."""
        return self._part(slice(None, int(np.searchsorted(self.at, end_at))))

    def since(self, from_at: int) -> "Events":
        """Those from an instant on; ns."""
        return self._part(slice(int(np.searchsorted(self.at, from_at)), None))

    def _part(self, rows: slice) -> "Events":
        return Events(self.at[rows], self.device[rows], self.code[rows], self.parameter[rows])

    def rows_of(self, *codes: int) -> IndexArray:
        """Where those with one of some codes stand, in order; each measure asks for a few."""
        order, ordered = self._by_code
        parts = [
            order[np.searchsorted(ordered, code) : np.searchsorted(ordered, code, side="right")]
            for code in codes
        ]
        if len(parts) == 1:
            return parts[0]
        if sum(map(len, parts)) * MANY < len(self):
            return np.sort(np.concatenate(parts))
        mask = np.zeros(len(self), dtype=np.bool_)
        for part in parts:
            mask[part] = True
        return np.flatnonzero(mask)

    def of(self, *codes: int) -> "Events":
        """Those with one of some codes, in the same order."""
        return self.take(self.rows_of(*codes))

    @cached_property
    def _by_code(self) -> tuple[IndexArray, IntArray]:
        """Row numbers by code, in order within each, and the codes in that order."""
        order = np.argsort(self.code.astype(np.uint16), kind="stable")  # Radix sort: one pass.
        return order, self.code[order]

    @property
    def source(self) -> IntArray:
        """int64 (event,): one number for each device and parameter."""
        return self.device * PARAMETERS + self.parameter


def events_at(at: int, *, junction: IntArray, code: IntArray, parameter: IntArray) -> Events:
    """Events of one instant; devices are junctions in order from 1.

    at: ns. junction, code, parameter: int64 (event,).
    """
    stamps = np.full(len(junction), at, np.int64)
    return Events(stamps, junction.astype(np.int64) + 1, code.astype(np.int64), parameter)


def joined(parts: Iterable[Events]) -> Events:
    """Several as one, in order of time; of the same instant in the order given."""
    found = list(parts)
    if not found:
        nothing = np.empty(0, dtype=np.int64)
        return Events(nothing, nothing, nothing, nothing)
    columns = (
        np.concatenate([getattr(part, name) for part in found])
        for name in ("at", "device", "code", "parameter")
    )
    together = Events(*columns)
    if np.all(together.at[1:] >= together.at[:-1]):
        return together
    return together.take(np.argsort(together.at, kind="stable"))


class Function(StrEnum):
    """What a detector is for."""

    ADVANCE = "advance"  # Upstream: arrivals.
    PRESENCE = "presence"  # At the stop line: occupancy.
    YELLOW_RED = "yellow-red"  # At the stop line: who enters late.
    COUNT = "count"  # At the stop line: how many.


@dataclass(frozen=True)
class Detectors:
    """Which detector serves which phase, and what for; one row for each such use.

    device, detector, phase: int64 (use,).
    function: object (use,) of ``Function``.
    """

    device: IntArray
    detector: IntArray
    phase: IntArray
    function: tuple[Function, ...]

    def uses(self, function: Function) -> tuple[IntArray, IntArray]:
        """The uses for a function: device and detector as ``Events.source``, device and phase too.

        Both int64 (use,), by the first; a detector may serve several phases.
        """
        mask = np.array([each == function for each in self.function], dtype=np.bool_)
        source = self.device[mask] * PARAMETERS + self.detector[mask]
        phase = self.device[mask] * PARAMETERS + self.phase[mask]
        order = np.argsort(source, kind="stable")
        return source[order], phase[order]


def served(events: Events, *, source: IntArray, phase: IntArray) -> tuple[IntArray, IntArray]:
    """Which phase each detector's event is for.

    source, phase: int64 (use,) from ``Detectors.uses``.
    Returns row numbers of ``events`` and the phase of each; a row stands once for each phase that
    its detector serves, and not at all if it serves none.
    """
    low = np.searchsorted(source, events.source, side="left")
    high = np.searchsorted(source, events.source, side="right")
    times = high - low
    rows = np.repeat(np.arange(len(events)), times)
    first = np.repeat(low, times)
    turn = np.arange(len(rows)) - np.repeat(np.cumsum(times) - times, times)
    return rows, phase[first + turn]
