"""What the sensors showed: connected vehicles, stop-line detectors, or both."""

from dataclasses import dataclass

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray, IntArray, SlotArray


@dataclass(frozen=True, slots=True)
class Vehicles:
    """Vehicles that told where they are; one row each.

    id: int64, a vehicle's own number while it is seen.
    lane: int32, the lane's ordinal in ``Layout.lanes``.
    to_end_m: float64, metres from its front to the lane's end.
    speed_m_s: float64.
    persons: float64, people on board.
    """

    id: IntArray
    lane: SlotArray
    to_end_m: FloatArray
    speed_m_s: FloatArray
    persons: FloatArray


@dataclass(frozen=True, slots=True)
class Detectors:
    """Stop-line detectors, one for each approach lane; (junction, lane) as in ``Layout``.

    works: bool; False where there is none, or its watchdog does not believe it.
    passed: float64, vehicles that left over it since the last sight.
    occupied: bool, somebody stands on it now.
    quiet_s: float64, since somebody was on it last; 0 while occupied.
    """

    works: BoolArray
    passed: FloatArray
    occupied: BoolArray
    quiet_s: FloatArray


@dataclass(frozen=True, slots=True)
class Sight:
    """All that a decision may know.

    now: ns.
    share: of all vehicles, how many tell where they are; 0 to 1.
    vehicles: those that do.
    detectors: the stop lines.
    heard: bool (junction,), whether its data came; a junction without stays on its plan.
    """

    now: int
    share: float
    vehicles: Vehicles
    detectors: Detectors
    heard: BoolArray


def no_vehicles() -> Vehicles:
    """Nobody tells anything."""
    empty = np.zeros(0)
    return Vehicles(
        empty.astype(np.int64), empty.astype(np.int32), empty, empty.copy(), empty.copy()
    )
