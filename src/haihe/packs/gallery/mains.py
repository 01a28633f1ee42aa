"""A water main under pressure, as plain functions: a trunk with take-offs, fed from either end.

Each district's trunk is a tree: the boundary valve at its east end stays shut until a burst is cut
out, so flows are sums and heads follow in closed form. Only sums, products and square roots are
used, whose bits are the same on every machine.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model import DAY, HOUR
from haihe.model.arrays import BoolArray, FloatArray
from haihe.packs.gallery.place import ZONE_LENGTH_M

SUPPLY_KPA: Final = 400.0  # Ours: what a works holds at the entrance of a district of low houses.
DIAMETER_M: Final = 0.3  # Ours: DN300, for 240 m3/h at a metre a second.
FRICTION: Final = 0.02  # Moody, Trans. ASME 66, 1944: cement-lined iron at these flows.
TAKE_M3_H: Final = 10.0  # Ours: what the plots beside one zone take on the mean of a day.
_AREA_M2: Final = 3.141592653589793 / 4 * DIAMETER_M * DIAMETER_M
_KPA_A_SPEED2: Final = FRICTION * ZONE_LENGTH_M / DIAMETER_M / 2.0  # rho 1,000 kg/m3; Pa to kPa.
# Darcy-Weisbach: kPa lost along one zone for each (m3/h) squared.
LOSS_KPA: Final = _KPA_A_SPEED2 / (3600.0 * _AREA_M2) / (3600.0 * _AREA_M2)
# Ours: the usual two peaks of homes and offices, as a share of the day's mean, hour by hour.
PATTERN: Final = np.array(
    [0.45, 0.38, 0.35, 0.35, 0.40, 0.60, 1.05, 1.50, 1.55, 1.35, 1.20, 1.20,
     1.25, 1.15, 1.05, 1.00, 1.05, 1.20, 1.45, 1.55, 1.40, 1.10, 0.85, 0.58]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Flows:
    """What passes and stands in every section.

    west_m3_h: float64 (district, section), flow at its west end, eastwards; negative if it is fed
        from the east.
    kpa: float64 (district, section), pressure where its water is taken.
    inlet_m3_h: float64 (district,), what enters from the works.
    """

    west_m3_h: FloatArray
    kpa: FloatArray
    inlet_m3_h: FloatArray


def pattern_share(at: int) -> float:
    """What is taken at an instant, as a share of the day's mean.

    at: ns. The day is Beijing's, UTC+08:00.

    >>> pattern_share(0), pattern_share(12 * HOUR)
    (1.55, 1.4)
    """
    hours = ((at + 8 * HOUR) % DAY) / HOUR
    first = int(hours)
    later, part = (first + 1) % len(PATTERN), hours - first
    return float(PATTERN[first] + (PATTERN[later] - PATTERN[first]) * part)


def fed_from(valves: BoolArray, boundary: BoolArray) -> tuple[BoolArray, BoolArray]:
    """Which sections water reaches from the west, and which only from the east.

    valves: bool (district, section), whether the valve at its west end is open.
    boundary: bool (district,), whether the valve behind the last section is open.

    >>> west, east = fed_from(np.array([[True, False, False]]), np.array([True]))
    >>> west.tolist(), east.tolist()
    ([[True, False, False]], [[False, False, True]])
    """
    west: BoolArray = np.logical_and.accumulate(valves, axis=1)
    after = np.column_stack([valves[:, 1:], boundary])
    east: BoolArray = np.logical_and.accumulate(after[:, ::-1], axis=1)[:, ::-1]
    return west, east & ~west


def flows(drawn_m3_h: FloatArray, *, west: BoolArray, east: BoolArray, rough: FloatArray) -> Flows:
    """Flows and pressures, with every draw at the far end of its section.

    drawn_m3_h: float64 (district, section), taken or lost; none negative.
    west, east: as from ``fed_from``.
    rough: float64 (district, section), 1, or 0 where a district has no such section.
    Source: Darcy-Weisbach in a tree; continuity at its nodes.

    >>> one = np.ones((1, 2))
    >>> found = flows(100.0 * one, west=one > 0, east=one < 0, rough=one)
    >>> found.west_m3_h.tolist(), found.kpa.round(1).tolist()
    ([[200.0, 100.0]], [[395.9, 394.9]])
    """
    loss = LOSS_KPA * rough
    from_west = np.cumsum((drawn_m3_h * west)[:, ::-1], axis=1)[:, ::-1]
    from_east = np.cumsum(drawn_m3_h * east, axis=1)
    kpa = np.where(west, SUPPLY_KPA - np.cumsum(loss * from_west * from_west, axis=1), 0.0)
    along = np.cumsum((loss * from_east * from_east)[:, ::-1], axis=1)[:, ::-1]
    kpa = np.where(east, SUPPLY_KPA - along, kpa)
    before = from_east - drawn_m3_h * east  # What passes on to the sections west of it.
    return Flows(
        west_m3_h=np.where(west, from_west, np.where(east, -before, 0.0)),
        kpa=np.maximum(kpa, 0.0),
        inlet_m3_h=from_west[:, 0],
    )
