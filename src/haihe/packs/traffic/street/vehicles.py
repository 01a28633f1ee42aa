"""The vehicles as columns, ordered by strip and from the stop line backwards."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray, IndexArray, IntArray
from haihe.packs.traffic.street.demand import KINDS

REACH_M: Final = 1e5  # Ours: longer than any strip; makes one number of strip and place.
# By kind, as ``KINDS``. Length, m: GB 1589-2016 and usual cars; the rest as SUMO's classes.
LENGTH_M: Final = np.array([4.8, 12.0, 12.0])
ACCEL_M_S2: Final = np.array([2.0, 1.0, 1.1])
TOP_M_S: Final = np.array([16.0, 12.5, 13.0])
# Ours: a queue leaves at some 1,600 an hour and lane, as SUMO's does beside it (docs/bench.md).
HEADWAY_S: Final = np.array([1.45, 2.0, 1.8])
# SAE J2735 and T/CSAE 53-2017, BasicVehicleClass: passenger vehicle, truck, local bus.
CLASSES: Final = np.array([10.0, 25.0, 54.0])


@dataclass(frozen=True, slots=True)
class Vehicles:
    """Every vehicle in the zone; one row each, ordered by strip, foremost first.

    number: int64, counted from the first that arrived.
    kind: int64, as ``KINDS``.
    leg: int64, as ``Legs``. strip: int64, as ``Strips``.
    at_m: float64, its front from where the strip begins; below 0 over the junction before it.
    speed_m_s: float64.
    behind: int64, the strip it came from; NONE if it came from outside or changed lanes since.
    behind_m: float64, what to add to ``at_m`` for its place in that strip.
    told: int64, its number in the connected fleet; NONE if it tells nothing.
    """

    number: IntArray
    kind: IntArray
    leg: IntArray
    strip: IntArray
    at_m: FloatArray
    speed_m_s: FloatArray
    behind: IntArray
    behind_m: FloatArray
    told: IntArray

    def __len__(self) -> int:
        """How many."""
        return len(self.number)

    @property
    def length_m(self) -> FloatArray:
        """float64: from front to rear."""
        return LENGTH_M[self.kind]

    def take(self, rows: IndexArray | BoolArray) -> "Vehicles":
        """Those rows, in that order."""
        return Vehicles(*(getattr(self, name)[rows] for name in FIELDS))

    def ordered(self) -> "Vehicles":
        """By strip, foremost first."""
        place = self.place()
        if np.all(place[1:] >= place[:-1]):
            return self
        return self.take(np.argsort(place, kind="stable"))

    def place(self) -> FloatArray:
        """float64: one number that rises from strip to strip and from the front backwards."""
        return self.strip * REACH_M - self.at_m

    def joined(self, other: "Vehicles") -> "Vehicles":
        """Both, in order."""
        parts = ((getattr(self, name), getattr(other, name)) for name in FIELDS)
        return Vehicles(*(np.concatenate(pair) for pair in parts)).ordered()


FIELDS: Final = tuple(Vehicles.__dataclass_fields__)


def no_vehicles() -> Vehicles:
    """An empty zone."""
    whole, real = np.empty(0, np.int64), np.empty(0)
    return Vehicles(whole, whole, whole, whole, real, real, whole, real, whole)


assert len(LENGTH_M) == len(KINDS)
