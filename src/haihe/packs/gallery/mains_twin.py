"""The twin's water main: sections with valves, meters and take-offs that burst, leak and stick."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from haihe.model import MINUTE, Entity, Order, Rows
from haihe.model.arrays import BoolArray, FloatArray
from haihe.packs.gallery.devices import feedback
from haihe.packs.gallery.mains import SUPPLY_KPA, TAKE_M3_H, Flows, fed_from, flows, pattern_share
from haihe.packs.gallery.part import DEVICE_EVERY, STEP, Base, grown, noise, sized, struck
from haihe.packs.gallery.place import DISTRICT_ZONES, mains_of
from haihe.packs.gallery.sensors import rows_of
from haihe.packs.gallery.streams import MAIN, METER, VALVE
from haihe.twin import Fault
from haihe.twin.kernel import Noise

SEEPING: Final = 10 * MINUTE  # Ours: a joint gives way over minutes; a burst at once.
RELAX: Final = 0.7  # Ours: a share of the way to the new pressure at once, so that it settles.
TAKE_SIGMA: Final = 0.03  # Ours: share by which a plot's take varies from step to step.
FLOW_SIGMA: Final = 0.5  # Ours: m3/h; an ultrasonic meter of 0.5 % at 100 m3/h.
LOSS_SIGMA: Final = 0.7  # Ours: m3/h; the difference of two of them.
KPA_SIGMA: Final = 0.5  # Ours: a transmitter of 0.1 % over 5 bar.
_START, _TAKE, _MAIN, _METER = range(Base.MAINS, Base.MAINS + 4)


class Mains:
    """The water main of a line of zones, one trunk a district. See ``Part``.

    ``valve-open`` and ``valve-shut`` go to valves; ``main-restore`` opens the valves of a section
    again and shuts the boundary. Whoever repairs a section does the same.
    """

    actions: Final = frozenset({"valve-open", "valve-shut", "main-restore"})

    def __init__(self, seed: int, *, zones: int, step: int = STEP) -> None:
        """Fill the main, with every valve as it usually stands.

        seed, zones, step: as for ``GalleryTwin``; a step changes nothing here.
        """
        del step
        self._noise = Noise(seed)
        self._zones = zones
        self._entities = mains_of(zones)
        sections = min(zones, DISTRICT_ZONES)
        districts = -(-zones // sections)
        self._shape = (districts, sections)
        self._ids = tuple(f"main/{number}" for number in range(1, zones + 1))
        self._meter_ids = tuple(f"meter/{number}" for number in range(1, districts + 1))
        self._rows = {main: row for row, main in enumerate(self._ids)}
        self._meter_rows = {meter: row for row, meter in enumerate(self._meter_ids)}
        valves = [f"valve/{number}" for number in range(1, zones + 1)]
        self._valve_ids = (*valves, *(f"boundary/{one}" for one in range(1, districts + 1)))
        self._valve_rows = {valve: row for row, valve in enumerate(self._valve_ids)}
        self._usual = np.arange(len(self._valve_ids)) < zones
        self._told = self._usual.copy()
        self._open = self._usual.copy()
        drawn = self._noise.draw(zones, step=0, channel=_START)
        self._take_m3_h = TAKE_M3_H * (1.0 + 0.05 * drawn)
        self._kpa = np.full(zones, SUPPLY_KPA)
        self._lost_m3_h = np.zeros(zones)
        self._broken = np.zeros(zones, np.bool_)
        mains, meters = frozenset(self._ids), frozenset(self._meter_ids)
        self.faults: Mapping[str, frozenset[str]] = {
            "pipe-burst": mains,
            "pipe-leak": mains,
            "district-leak": meters,
            "valve-stuck": frozenset(self._valve_ids),
        }

    def entities(self) -> tuple[Entity, ...]:
        """Every section, valve and meter."""
        return self._entities

    def spill_m3_h(self) -> FloatArray:
        """What the main loses into each zone by now; float64 (zone,)."""
        return self._lost_m3_h

    def obey(self, order: Order) -> None:
        """Move a valve, or put a section back into use."""
        told = self._told.copy()
        if order.action == "main-restore":
            row = self._rows.get(order.entity)
            if row is not None:
                told[self._beside(row)] = True
                told[self._zones + row // self._shape[1]] = False
        elif order.entity in self._valve_rows:
            told[self._valve_rows[order.entity]] = order.action == "valve-open"
        self._told = told

    def step(self, at: int, *, number: int, faults: Sequence[Fault]) -> list[Rows]:
        """Let water flow, and be lost; as often as devices report."""
        if number % DEVICE_EVERY:
            return []
        holes = sized(faults, "pipe-burst", places=self._rows)
        holes += grown(faults, "pipe-leak", places=self._rows, at=at, over=SEEPING)
        self._restore(struck(faults, "pipe-burst", places=self._rows) | (holes > 0.0))
        stuck = struck(faults, "valve-stuck", places=self._valve_rows)
        self._open = np.where(stuck, self._open, self._told)
        west, east = fed_from(*self._positions())
        # Torricelli: what a hole lets out goes with the square root of the pressure.
        self._lost_m3_h = holes * np.sqrt(self._kpa / SUPPLY_KPA)
        jitter = self._noise.draw(self._zones, step=number, channel=_TAKE)
        taken = self._take_m3_h * pattern_share(at) * (1.0 + TAKE_SIGMA * jitter)
        elsewhere = sized(faults, "district-leak", places=self._meter_rows)
        drawn = self._padded(self._lost_m3_h + taken)
        drawn[:, 0] += elsewhere
        now = flows(drawn, west=west, east=east, rough=self._padded(np.ones(self._zones)))
        goal = now.kpa.reshape(-1)[: self._zones]
        self._kpa = self._kpa + (goal - self._kpa) * RELAX
        return self._observed(at, now, number=number)

    def _observed(self, at: int, now: Flows, *, number: int) -> list[Rows]:
        drawn = noise(self._noise, _MAIN, number=number, shape=(self._zones, 3))
        sigma = np.array([KPA_SIGMA, FLOW_SIGMA, LOSS_SIGMA])
        flow = now.west_m3_h.reshape(-1)[: self._zones]
        mains = np.column_stack([self._kpa, flow, self._lost_m3_h]) + sigma * drawn
        mains[:, 0] = np.maximum(mains[:, 0], 0.0)
        drawn = noise(self._noise, _METER, number=number, shape=(len(self._meter_ids), 2))
        supply = np.full(len(self._meter_ids), SUPPLY_KPA)
        meters = np.column_stack([supply, now.inlet_m3_h]) + sigma[:2] * drawn
        return [
            rows_of(MAIN, self._ids, at=at, table=np.round(mains, 2)),
            rows_of(METER, self._meter_ids, at=at, table=np.maximum(np.round(meters, 2), 0.0)),
            rows_of(VALVE, self._valve_ids, at=at, table=feedback(self._told, self._open)),
        ]

    def _restore(self, broken: BoolArray) -> None:
        """Whoever repairs a section puts it back into use."""
        for row in np.flatnonzero(self._broken & ~broken).tolist():
            told = self._told.copy()
            told[self._beside(row)] = True
            told[self._zones + row // self._shape[1]] = False
            self._told = told
        self._broken = broken

    def _beside(self, row: int) -> list[int]:
        """Rows of the usually open valves at the ends of a section."""
        is_last = row + 1 == self._zones or (row + 1) % self._shape[1] == 0
        return [row] if is_last else [row, row + 1]

    def _positions(self) -> tuple[BoolArray, BoolArray]:
        valves = self._padded(self._open[: self._zones].astype(np.float64), fill=1.0) > 0.0
        return valves, self._open[self._zones :]

    def _padded(self, values: FloatArray, *, fill: float = 0.0) -> FloatArray:
        """Values of every section by district; ``fill`` where the last has no such section."""
        districts, sections = self._shape
        room = np.full(districts * sections, fill)
        room[: self._zones] = values
        return room.reshape(self._shape)
