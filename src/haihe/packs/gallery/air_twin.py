"""The twin's air: gas, oxygen, poison, smoke and heat of zones, and the stations that tell it."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from haihe.model import HOUR, Entity, Order, Rows
from haihe.model.arrays import BoolArray, FloatArray
from haihe.packs.gallery import physics
from haihe.packs.gallery.part import STEP, Base, noise, sized, struck
from haihe.packs.gallery.physics import Inflow
from haihe.packs.gallery.place import ZONE_LENGTH_M, zones_of
from haihe.packs.gallery.sensors import air_readings, rows_of
from haihe.packs.gallery.streams import AIR
from haihe.packs.gallery.vent_twin import Ventilation
from haihe.twin import Fault
from haihe.twin.kernel import Noise

VOLUME_M3: Final = ZONE_LENGTH_M * physics.SECTION_M2

# What each kind of release is made of: %VOL, %VOL, ppm, ppm, degC, g/m3.
RELEASES: Final[Mapping[str, tuple[float, ...]]] = {
    "gas-leak": (100.0, 0.0, 0.0, 0.0, 10.0, 0.0),  # Ours: dry methane as it comes from the pipe.
    "oxygen-low": (0.0, 0.0, 0.0, 0.0, 15.0, 0.0),  # Ours: nitrogen from a purge that leaks.
    "h2s-release": (0.0, 20.0, 500.0, 0.0, 18.0, 15.0),  # Ours: air from a septic sewer.
    "cable-smoke": (0.0, 5.0, 0.0, 5000.0, 400.0, 20.0),  # Ours: smoke of smouldering cables.
}
_METHANE: Final = 0  # The column of ``gallery.air``.


class Air:
    """The air of a line of zones. See ``Part``."""

    actions: Final = frozenset({"gas-shut-off", "gas-restore"})

    def __init__(
        self, seed: int, ventilation: Ventilation, *, zones: int, step: int = STEP
    ) -> None:
        """Fill the zones with calm air.

        ventilation: of the same zones; passes each step before this.
        seed, zones, step: as for ``GalleryTwin``.
        """
        self._noise = Noise(seed)
        self._vent = ventilation
        self._hours = step / HOUR
        self._entities = zones_of(zones)
        self._ids = tuple(zone.id for zone in self._entities)
        self._rows = {zone: row for row, zone in enumerate(self._ids)}
        calm = [0.0, physics.OXYGEN_VOL, 0.0, 0.0, physics.WALL_DEGC, 10.0]
        self._air = np.tile(np.array(calm), (zones, 1))
        self._gas_on = np.ones(zones, np.bool_)
        self._told = air_readings(self._air, np.zeros((zones, 6)))
        everywhere = frozenset(self._ids)
        kinds = (*RELEASES, "sensor-stuck", "sensor-absurd", "sensor-blank")
        self.faults: Mapping[str, frozenset[str]] = dict.fromkeys(kinds, everywhere)

    @property
    def methane_lel(self) -> FloatArray:
        """The true methane of every zone, which no sensor says; float64 (zone,), %LEL."""
        return self._air[:, physics.METHANE] / physics.LEL_VOL * 100.0

    def entities(self) -> tuple[Entity, ...]:
        """Every zone."""
        return self._entities

    def obey(self, order: Order) -> None:
        """Shut the gas of a zone off, or let it in again."""
        row = self._rows.get(order.entity)
        if row is not None:
            gas_on = self._gas_on.copy()
            gas_on[row] = order.action == "gas-restore"
            self._gas_on = gas_on

    def step(self, at: int, *, number: int, faults: Sequence[Fault]) -> list[Rows]:
        """Mix the air and read the stations."""
        self._move(at, faults)
        drawn = noise(self._noise, Base.AIR, number=number, shape=(len(self._ids), 6))
        told = air_readings(self._air, drawn)
        stuck = struck(faults, "sensor-stuck", places=self._rows)
        told[stuck] = self._told[stuck]
        self._told = told
        return [rows_of(AIR, self._ids, at=at, table=self._spoilt(told, faults))]

    def _spoilt(self, told: FloatArray, faults: Sequence[Fault]) -> FloatArray:
        """What absurd sensors say and blank ones do not."""
        absurd = sized(faults, "sensor-absurd", places=self._rows)
        blank: BoolArray = struck(faults, "sensor-blank", places=self._rows)
        if not (absurd.any() or blank.any()):
            return told
        told = told.copy()
        told[:, _METHANE] = np.where(absurd > 0.0, absurd, told[:, _METHANE])
        told[blank, _METHANE] = np.nan
        return told

    def _move(self, at: int, faults: Sequence[Fault]) -> None:
        fresh = physics.SEEP_M3_H + physics.FAN_M3_H * self._vent.speed
        inflows = [Inflow(fresh, physics.outside_air(at))]
        for kind, content in RELEASES.items():
            m3_h = sized(faults, kind, places=self._rows)
            if kind == "gas-leak":
                m3_h *= self._gas_on
            if m3_h.any():
                inflows.append(Inflow(m3_h, np.array(content)))
        through = np.where(self._vent.is_open, physics.OPEN_DOOR_M3_H, physics.DOOR_M3_H)
        air = physics.mixed(
            self._air, inflows, volume_m3=VOLUME_M3, door_m3_h=through, hours=self._hours
        )
        self._air = physics.weathered(air, hours=self._hours)
