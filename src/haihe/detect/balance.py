"""Water balance of a district: what flows in, less what flows out and what its tanks keep."""

from dataclasses import KW_ONLY, dataclass
from typing import Final

import numpy as np

from haihe.detect.contract import Seen
from haihe.detect.turns import Turn, check_more, is_told
from haihe.model.arrays import BoolArray, FloatArray, IndexArray, IntArray
from haihe.model.time import HOUR

M3_H: Final = {"m3/h": 1.0, "m3/s": 3600.0, "L/s": 3.6, "L/min": 0.06}  # By definition.
COVERED_LEAST: Final = 0.5  # Ours: half an hour's readings still tell the hour's mean.
FLOW_FILLS: Final = {"at": -1, "flow": 0, "kept": 0, "hour": -1, "volume": 0, "covered": 0}


@dataclass(frozen=True)
class Store:
    """A tank or basin within the district.

    level: the field of its level; m.
    area_m2: of its water surface; more than 0.

    >>> Store("tank_level", area_m2=201.1).level
    'tank_level'
    """

    level: str
    _: KW_ONLY
    area_m2: float

    def __post_init__(self) -> None:
        """Refuse a tank without a surface."""
        check_more("Store.area_m2", self.area_m2, than=0)


@dataclass(frozen=True)
class Balance:
    """Which fields of one record make up what a district uses.

    All meters of a district stand in one record, since only together do they say what it uses: one
    entity is one district, and a record with a missing meter says nothing.

    inflows: fields of flow into the district; at least one.
    outflows: fields of flow on into other districts.
    stores: its tanks; what they gain was not used.

    >>> Balance(("inlet_1", "inlet_2"), outflows=("pump",)).fields
    ('inlet_1', 'inlet_2', 'pump')
    """

    inflows: tuple[str, ...]
    _: KW_ONLY
    outflows: tuple[str, ...] = ()
    stores: tuple[Store, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a balance that counts nothing, or something twice."""
        if not self.inflows or len(set(self.fields)) != len(self.fields):
            raise ValueError(
                f"Balance reads {self.fields}; give at least one inflow, and each field once."
            )

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it reads, inflows first."""
        return (*self.inflows, *self.outflows, *(store.level for store in self.stores))

    def flow(self, seen: Seen) -> FloatArray:
        """Inflows less outflows: float64 (row,), in their unit; NaN where one is missing."""
        total = np.zeros(len(seen.slots))
        for name in self.inflows:
            total += _told(seen.numbers[name])
        for name in self.outflows:
            total -= _told(seen.numbers[name])
        return total

    def kept(self, seen: Seen) -> FloatArray:
        """What the stores hold: float64 (row,), m3; NaN where a level is missing."""
        total = np.zeros(len(seen.slots))
        for store in self.stores:
            total += store.area_m2 * _told(seen.numbers[store.level])
        return total


@dataclass(frozen=True, slots=True)
class FlowMemory:
    """The last reading and the open hour of each district.

    at: int64 (entity,), when the last reading was observed; ns; -1 before the first.
    flow: float64 (entity,), that reading; m3/h.
    kept: float64 (entity,), what the stores held then; m3.
    hour: int64 (entity,), the open hour; hours since 1970, local.
    volume: float64 (entity,), used in it so far; m3.
    covered: float64 (entity,), how much of it readings cover; h.
    """

    at: IntArray
    flow: FloatArray
    kept: FloatArray
    hour: IntArray
    volume: FloatArray
    covered: FloatArray


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours that ended, no district twice.

    rows: intp (row,), the row that showed it.
    slots: intp (row,).
    flow: float64 (row,), the hour's mean use; m3/h.
    hour: int64 (row,), hours since 1970, local.
    """

    rows: IndexArray
    slots: IndexArray
    flow: FloatArray
    hour: IntArray

    def only(self, some: BoolArray) -> "Hours":
        """Those for which ``some`` is true."""
        return Hours(self.rows[some], self.slots[some], self.flow[some], self.hour[some])


def no_flow() -> FlowMemory:
    """Memory of no district."""
    none, whole = np.empty(0), np.empty(0, np.int64)
    return FlowMemory(whole, none, none, whole, none, none)


def take(memory: FlowMemory, turn: Turn, *, kept: FloatArray, zone: int) -> Hours:
    """Add readings to their districts' hours; ``memory`` is written.

    Between two readings flow is taken to run straight. Longer than an hour without a reading is
    not bridged: that time counts as not covered.

    turn: rows whose values are flows in m3/h.
    kept: float64 (row,), what the stores hold; m3.
    zone: the local clock's offset from UTC; ns.
    Returns the hours that ended and were covered well enough.
    """
    slots, before = turn.slots, memory.at[turn.slots]
    spacing = turn.at - before
    bridged = (before >= 0) & (spacing <= HOUR)
    hour = (np.where(bridged, before + spacing // 2, turn.at) + zone) // HOUR
    ended = hour != memory.hour[slots]
    volume, covered = memory.volume[slots], memory.covered[slots]
    told = ended & (covered >= COVERED_LEAST)
    hours = Hours(
        turn.rows[told], slots[told], volume[told] / covered[told], memory.hour[slots[told]]
    )
    length = np.where(bridged, spacing, 0) / HOUR
    used = (memory.flow[slots] + turn.values) / 2 * length
    gained = np.where(bridged, kept - memory.kept[slots], 0.0)
    memory.volume[slots] = np.where(ended, 0.0, volume) + (used - gained)
    memory.covered[slots] = np.where(ended, 0.0, covered) + length
    memory.at[slots], memory.hour[slots] = turn.at, hour
    memory.flow[slots], memory.kept[slots] = turn.values, kept
    return hours


def _told(values: FloatArray) -> FloatArray:
    return np.where(is_told(values), values, np.nan)
