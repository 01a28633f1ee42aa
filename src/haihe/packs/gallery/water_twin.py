"""The twin's water: what seeps into the sump of every zone, and the pumps that keep it down."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from haihe.model import HOUR, MINUTE, Entity, Order, Rows
from haihe.model.arrays import BoolArray, FloatArray
from haihe.packs.gallery import physics
from haihe.packs.gallery.devices import Pumps, PumpTroubles
from haihe.packs.gallery.part import (
    DEVICE_EVERY,
    STEP,
    Base,
    grown,
    noise,
    sized,
    struck,
)
from haihe.packs.gallery.place import PUMPS, pumps_of, zone_id
from haihe.packs.gallery.sensors import only, rows_of, sump_readings
from haihe.packs.gallery.streams import MACHINE, PUMP, WATER
from haihe.twin import Fault
from haihe.twin.kernel import Noise

SEEPAGE_M3_H: Final = 4.0  # Ours: groundwater stands a metre below the streets of Binhai.
START_LEVEL_M: Final = (0.45, 0.40)  # Ours: lowest level at the start, and the range above it.
GROWTH: Final = 10 * MINUTE  # Ours: a bearing that has begun to fail in a short demonstration.
PERCENT: Final = 100.0  # By definition.
MODES: Final[Mapping[str, int]] = {"pump-start": 1, "pump-stop": -1, "pump-auto": 0}
_START, _WATER, _PUMP = Base.WATER, Base.WATER + 1, Base.WATER + 2


class Drainage:
    """The sumps and pumps of a line of zones. See ``Part``.

    An order to a zone means both its pumps.
    """

    actions: Final = frozenset(MODES)

    def __init__(
        self, seed: int, spill_m3_h: Callable[[], FloatArray], *, zones: int, step: int = STEP
    ) -> None:
        """Fill the sumps to somewhere between their switches.

        spill_m3_h: gives what pipes lose into each zone by now; float64 (zone,).
        seed, zones, step: as for ``GalleryTwin``.
        """
        self._noise = Noise(seed)
        self._spill_m3_h = spill_m3_h
        self._hours = step / HOUR
        self._entities = pumps_of(zones)
        self._zone_ids = tuple(zone_id(number) for number in range(1, zones + 1))
        self._zone_rows = {zone: row for row, zone in enumerate(self._zone_ids)}
        self._ids = tuple(pump.id for pump in self._entities)
        self._rows = {pump: row for row, pump in enumerate(self._ids)}
        start = self._noise.draw(zones, step=0, channel=_START)
        share = (start + 4.0) / 8.0  # Noise stays within 3.5, so this lies within 0 and 1.
        low, spread = START_LEVEL_M
        self._water_m3 = (low + spread * share) * physics.SUMP_M2
        self._seepage_m3_h = SEEPAGE_M3_H * (0.75 + 0.5 * share)
        self._pumps = Pumps.at_rest(zones)
        self._broken = np.zeros(len(self._ids), np.bool_)
        pumps = frozenset(self._ids)
        self.faults: Mapping[str, frozenset[str]] = {
            "flood": frozenset(self._zone_ids),
            "pump-failing": pumps,
            "pump-wearing": pumps,
            "pump-clogged": pumps,
            "pump-dead": pumps,
        }

    def entities(self) -> tuple[Entity, ...]:
        """Every pump."""
        return self._entities

    def obey(self, order: Order) -> None:
        """Start a pump, stop it, or leave it to its float switch."""
        rows = [self._rows[order.entity]] if order.entity in self._rows else []
        if (zone := self._zone_rows.get(order.entity)) is not None:
            rows = list(range(zone * len(PUMPS), (zone + 1) * len(PUMPS)))
        self._pumps = self._pumps.ordered(np.array(rows, np.intp), mode=MODES[order.action])

    def step(self, at: int, *, number: int, faults: Sequence[Fault]) -> list[Rows]:
        """Let water in and pump it out."""
        troubles = self._troubles(at, faults)
        self._move(troubles, flood_m3_h=sized(faults, "flood", places=self._zone_rows))
        shape = (len(self._ids), 8)
        drawn = noise(self._noise, _PUMP, number=number, shape=shape)
        condition = self._pumps.condition(drawn, troubles)
        monitored = rows_of(MACHINE, self._ids, at=at, table=condition)
        found = [only(monitored, np.flatnonzero(self._pumps.running))]
        if number % DEVICE_EVERY == 0:
            level = physics.level_m(self._water_m3)
            drawn = noise(self._noise, _WATER, number=number, shape=(len(level), 1))
            water = sump_readings(level, drawn)
            pumps = self._pumps.states(condition)
            found += [
                rows_of(PUMP, self._ids, at=at, table=pumps),
                rows_of(WATER, self._zone_ids, at=at, table=water),
            ]
        return found

    def _troubles(self, at: int, faults: Sequence[Fault]) -> PumpTroubles:
        """What is wrong by now. Whoever repairs a pump leaves its sump to the float switches."""
        worn = grown(faults, "pump-failing", places=self._rows, at=at, over=GROWTH)
        for fault in faults:
            if fault.kind == "pump-wearing":
                span = fault.ends_at - fault.starts_at
                worn[self._rows[fault.entity]] += fault.size * ((at - fault.starts_at) / span)
        clogged = grown(faults, "pump-clogged", places=self._rows, at=at, over=GROWTH) / PERCENT
        dead = struck(faults, "pump-dead", places=self._rows)
        broken: BoolArray = (worn > 0.0) | (clogged > 0.0) | dead
        mended = (self._broken & ~broken).reshape(-1, len(PUMPS)).any(axis=1)
        if mended.any():
            self._pumps = self._pumps.ordered(np.flatnonzero(np.repeat(mended, len(PUMPS))), mode=0)
        self._broken = broken
        return PumpTroubles(worn, clogged, dead)

    def _move(self, troubles: PumpTroubles, *, flood_m3_h: FloatArray) -> None:
        level = physics.level_m(self._water_m3)
        self._pumps = self._pumps.run(level, troubles=troubles, hours=self._hours)
        out_m3 = self._pumps.flow_m3_h.reshape(-1, len(PUMPS)).sum(axis=1) * self._hours
        in_m3 = (self._seepage_m3_h + flood_m3_h + self._spill_m3_h()) * self._hours
        self._water_m3 = np.maximum(self._water_m3 + in_m3 - out_m3, 0.0)
