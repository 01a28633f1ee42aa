"""The twin of a gallery: gas, air, heat, water, pumps, fans and sensors of a line of zones.

It is vectorised over zones. What it reports is what the sensors would: noisy, rounded, and where a
fault says so silent, stuck or absurd.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model import HOUR, MINUTE, SECOND, Entity, Order, Rows
from haihe.model.arrays import BoolArray, FloatArray, IndexArray
from haihe.packs.gallery import physics
from haihe.packs.gallery.devices import Fans, Pumps
from haihe.packs.gallery.physics import Inflow
from haihe.packs.gallery.place import PUMPS, ZONE_LENGTH_M, ZONES, fan_id, gallery, pump_id, zone_id
from haihe.packs.gallery.sensors import air_readings, rows_of, sump_readings
from haihe.packs.gallery.streams import AIR, FAN, PUMP, WATER
from haihe.twin import Fault
from haihe.twin.kernel import Kernel, Noise

STEP: Final = 10 * SECOND  # Ours: how often a usual air station reports.
DEVICE_EVERY: Final = 3  # Ours: water, pumps and fans report every 30 s.
VOLUME_M3: Final = ZONE_LENGTH_M * physics.SECTION_M2
INFLOW_MAX_M3_H: Final = 20_000.0  # Ours: keeps a step's flows far below a zone's volume.
SEEPAGE_M3_H: Final = 4.0  # Ours: groundwater stands a metre below the streets of Binhai.
START_LEVEL_M: Final = (0.45, 0.40)  # Ours: lowest level at the start, and the range above it.
GROWTH: Final = 10 * MINUTE  # Ours: a bearing that has begun to fail in a short demonstration.
_START, _AIR, _WATER, _PUMP, _FAN = range(5)  # Channels of the noise.

# What each kind of release is made of: %VOL, %VOL, ppm, ppm, degC, g/m3.
RELEASES: Final[Mapping[str, tuple[float, ...]]] = {
    "gas-leak": (100.0, 0.0, 0.0, 0.0, 10.0, 0.0),  # Ours: dry methane as it comes from the pipe.
    "oxygen-low": (0.0, 0.0, 0.0, 0.0, 15.0, 0.0),  # Ours: nitrogen from a purge that leaks.
    "h2s-release": (0.0, 20.0, 500.0, 0.0, 18.0, 15.0),  # Ours: air from a septic sewer.
    "cable-smoke": (0.0, 5.0, 0.0, 5000.0, 400.0, 20.0),  # Ours: smoke of smouldering cables.
}
FAULTS: Final = (
    *RELEASES, "flood", "pump-failing", "sensor-silent", "sensor-stuck", "sensor-absurd",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Troubles:
    """The active faults of one step, as arrays.

    inflow_m3_h: kind of release to float64 (zone,).
    flood_m3_h: float64 (zone,).
    worn_mm_s: float64 (pump,), what failing adds to a pump's vibration by now.
    failing: bool (pump,).
    silent: the entities that do not report.
    stuck: bool (zone,).
    absurd_lel: float64 (zone,), what an absurd methane sensor says; NaN where it is sane.
    """

    inflow_m3_h: Mapping[str, FloatArray]
    flood_m3_h: FloatArray
    worn_mm_s: FloatArray
    failing: BoolArray
    silent: frozenset[str]
    stuck: BoolArray
    absurd_lel: FloatArray


class GalleryTwin:
    """A gallery that obeys orders to its fans, pumps and gas valves. See ``Twin``.

    The first ``advance`` only sets the clock. Faults and orders may come before it.
    """

    def __init__(self, seed: int, *, zones: int = ZONES, step: int = STEP) -> None:
        """Lay out a calm gallery.

        seed: of the noise and the seepage; 0 or more.
        zones: how many; 1 or more.
        step: how often the air is reported; ns. Everything else reports every third step.
        """
        self._entities = gallery(zones)
        self._zone_ids = tuple(zone_id(number) for number in range(1, zones + 1))
        self._fan_ids = tuple(fan_id(number) for number in range(1, zones + 1))
        self._pump_ids = tuple(
            pump_id(number, which) for number in range(1, zones + 1) for which in PUMPS
        )
        self._places = _places(self._zone_ids, self._fan_ids, pumps=self._pump_ids)
        self._kernel = Kernel(step=step, places=self._allowed())
        self._noise = Noise(seed)
        self._hours = step / HOUR
        start = self._noise.draw(zones, step=0, channel=_START)
        share = (start + 4.0) / 8.0  # Noise stays within 3.5, so this lies within 0 and 1.
        low, spread = START_LEVEL_M
        self._water_m3 = (low + spread * share) * physics.SUMP_M2
        self._seepage_m3_h = SEEPAGE_M3_H * (0.75 + 0.5 * share)
        calm = [0.0, physics.OXYGEN_VOL, 0.0, 0.0, physics.WALL_DEGC, 10.0]
        self._air = np.tile(np.array(calm), (zones, 1))
        self._gas_on = np.ones(zones, np.bool_)
        self._fans = Fans.at_rest(zones)
        self._pumps = Pumps.at_rest(zones)
        self._failing = np.zeros(2 * zones, np.bool_)
        self._told_air = air_readings(self._air, np.zeros((zones, 6)))

    @property
    def faults(self) -> tuple[str, ...]:
        """The kinds of fault it can have; the README gives the unit of each size."""
        return FAULTS

    @property
    def truth(self) -> tuple[Fault, ...]:
        """Every fault that was injected, in that order."""
        return self._kernel.truth

    @property
    def methane_lel(self) -> FloatArray:
        """The true methane of every zone, which no sensor says; float64 (zone,), %LEL."""
        return self._air[:, physics.METHANE] / physics.LEL_VOL * 100.0

    def entities(self) -> tuple[Entity, ...]:
        """Every zone, fan and pump, with places and relations."""
        return self._entities

    def inject(self, fault: Fault) -> None:
        """Let a fault happen.

        Raises ValueError if the kind or the entity is not known, or the size cannot be.
        """
        if fault.kind in (*RELEASES, "flood") and fault.size > INFLOW_MAX_M3_H:
            raise ValueError(
                f"fault '{fault.kind}' has size {fault.size} m3/h; at most {INFLOW_MAX_M3_H}."
            )
        self._kernel.inject(fault)

    def obey(self, order: Order, *, at: int) -> None:
        """Take an order to fans, pumps or gas valves; any other changes nothing.

        at: ns; it takes effect at the first step from there on.
        """
        if order.entity in self._places and order.action in _ACTIONS:
            self._kernel.obey(order, at=at)

    def advance(self, until: int) -> Sequence[Rows]:
        """Pass time and give what was observed on the way: one ``Rows`` a stream and instant.

        until: ns; not before what was asked for already.
        """
        found: list[Rows] = []
        for at in self._kernel.steps(until):
            found += self._step(at)
        return found

    def _allowed(self) -> dict[str, frozenset[str]]:
        zones, pumps = frozenset(self._zone_ids), frozenset(self._pump_ids)
        allowed = dict.fromkeys(FAULTS, zones)
        allowed["pump-failing"] = pumps
        allowed["sensor-silent"] = frozenset(self._places)
        return allowed

    def _step(self, at: int) -> list[Rows]:
        for order in self._kernel.orders_due(at):
            _ACTIONS[order.action](self, self._places[order.entity])
        troubles = self._troubles(at)
        self._repair(troubles.failing)
        self._fans = self._fans.turned(self._hours)
        self._move_air(at, troubles)
        self._move_water(troubles)
        return self._observed(at, troubles)

    def _troubles(self, at: int) -> Troubles:
        zones, pumps = len(self._zone_ids), len(self._pump_ids)
        inflow = {kind: np.zeros(zones) for kind in RELEASES}
        flood, worn, absurd = np.zeros(zones), np.zeros(pumps), np.full(zones, np.nan)
        failing, stuck = np.zeros(pumps, np.bool_), np.zeros(zones, np.bool_)
        silent = set()
        for fault in self._kernel.active(at):
            place = self._places[fault.entity]
            if fault.kind in inflow:
                inflow[fault.kind][place.zone] += fault.size
            elif fault.kind == "flood":
                flood[place.zone] += fault.size
            elif fault.kind == "pump-failing":
                grown = min(1.0, (at - fault.starts_at) / GROWTH)
                worn[place.pumps] += fault.size * grown
                failing[place.pumps] = True
            elif fault.kind == "sensor-silent":
                silent.add(fault.entity)
            elif fault.kind == "sensor-stuck":
                stuck[place.zone] = True
            else:
                absurd[place.zone] = fault.size
        inflow["gas-leak"] *= self._gas_on
        return Troubles(inflow, flood, worn, failing, frozenset(silent), stuck, absurd)

    def _repair(self, failing: BoolArray) -> None:
        """Whoever repairs a pump hands its sump back to the float switches."""
        mended = (self._failing & ~failing).reshape(-1, len(PUMPS)).any(axis=1)
        if mended.any():
            self._pumps = self._pumps.ordered(np.flatnonzero(np.repeat(mended, len(PUMPS))), mode=0)
        self._failing = failing

    def _move_air(self, at: int, troubles: Troubles) -> None:
        fresh = physics.SEEP_M3_H + physics.FAN_M3_H * self._fans.speed
        inflows = [Inflow(fresh, physics.outside_air(at))]
        for kind, m3_h in troubles.inflow_m3_h.items():
            if m3_h.any():
                inflows.append(Inflow(m3_h, np.array(RELEASES[kind])))
        air = physics.mixed(
            self._air,
            inflows,
            volume_m3=VOLUME_M3,
            door_m3_h=physics.DOOR_M3_H,
            hours=self._hours,
        )
        self._air = physics.weathered(air, hours=self._hours)

    def _move_water(self, troubles: Troubles) -> None:
        level = physics.level_m(self._water_m3)
        self._pumps = self._pumps.run(level, worn_mm_s=troubles.worn_mm_s, hours=self._hours)
        out_m3 = self._pumps.flow_m3_h.reshape(-1, len(PUMPS)).sum(axis=1) * self._hours
        in_m3 = (self._seepage_m3_h + troubles.flood_m3_h) * self._hours
        self._water_m3 = np.maximum(self._water_m3 + in_m3 - out_m3, 0.0)

    def _observed(self, at: int, troubles: Troubles) -> list[Rows]:
        number = self._kernel.number(at)
        zones = len(self._zone_ids)
        silent = troubles.silent

        def noise(channel: int, rows: int, *, columns: int) -> FloatArray:
            drawn = self._noise.draw(rows * columns, step=number, channel=channel)
            return drawn.reshape(rows, columns)

        told = air_readings(self._air, noise(_AIR, zones, columns=6))
        told[troubles.stuck] = self._told_air[troubles.stuck]
        self._told_air = told
        absurd = troubles.absurd_lel
        if not np.isnan(absurd).all():
            told = told.copy()
            told[:, 0] = np.where(np.isnan(absurd), told[:, 0], absurd)
        found = [rows_of(AIR, self._zone_ids, at=at, table=told, silent=silent)]
        if number % DEVICE_EVERY == 0:
            level = physics.level_m(self._water_m3)
            water = sump_readings(level, noise(_WATER, zones, columns=1))
            pumps = self._pumps.readings(noise(_PUMP, 2 * zones, columns=4), troubles.worn_mm_s)
            fans = self._fans.readings(noise(_FAN, zones, columns=1))
            found += [
                rows_of(FAN, self._fan_ids, at=at, table=fans, silent=silent),
                rows_of(PUMP, self._pump_ids, at=at, table=pumps, silent=silent),
                rows_of(WATER, self._zone_ids, at=at, table=water, silent=silent),
            ]
        return [rows for rows in found if len(rows)]

    def _turn_fans(self, place: "Place", *, to: float) -> None:
        self._fans = self._fans.ordered(place.zone, to=to)

    def _set_pumps(self, place: "Place", *, mode: int) -> None:
        self._pumps = self._pumps.ordered(place.pumps, mode=mode)

    def _set_gas(self, place: "Place", *, on: bool) -> None:
        gas_on = self._gas_on.copy()
        gas_on[place.zone] = on
        self._gas_on = gas_on


@dataclass(frozen=True, slots=True)
class Place:
    """Which part of the arrays an entity is.

    zone: row of the zone it is, or lies in.
    pumps: rows of the pumps an order to it means.
    """

    zone: int
    pumps: IndexArray


def _places(zones: Sequence[str], fans: Sequence[str], *, pumps: Sequence[str]) -> dict[str, Place]:
    found: dict[str, Place] = {}
    for row, (zone, fan) in enumerate(zip(zones, fans, strict=True)):
        both = np.arange(row * len(PUMPS), (row + 1) * len(PUMPS))
        found[zone] = Place(row, both)
        found[fan] = Place(row, both[:0])
    for row, pump in enumerate(pumps):
        found[pump] = Place(row // len(PUMPS), np.array([row]))
    return found


_ACTIONS: Final[Mapping[str, Callable[[GalleryTwin, Place], None]]] = {
    "fan-start": lambda twin, place: twin._turn_fans(place, to=1.0),
    "fan-stop": lambda twin, place: twin._turn_fans(place, to=0.0),
    "gas-shut-off": lambda twin, place: twin._set_gas(place, on=False),
    "gas-restore": lambda twin, place: twin._set_gas(place, on=True),
    "pump-start": lambda twin, place: twin._set_pumps(place, mode=1),
    "pump-stop": lambda twin, place: twin._set_pumps(place, mode=-1),
    "pump-auto": lambda twin, place: twin._set_pumps(place, mode=0),
}


def demo_faults(start_at: int) -> tuple[Fault, ...]:
    """What goes wrong on the day of the demonstration, in order of time.

    start_at: when the day starts; ns, twin time.
    """
    plan = (
        ("gas-leak", "zone/7", 3, 45, 300.0),
        ("flood", "zone/15", 20, 50, 50.0),
        ("sensor-silent", "zone/20", 30, 45, 1.0),
        ("pump-failing", "pump/4-1", 50, 95, 8.0),
        ("oxygen-low", "zone/10", 120, 142, 500.0),
        ("sensor-absurd", "zone/3", 150, 165, 250.0),
        ("sensor-stuck", "zone/18", 180, 248, 1.0),
        ("h2s-release", "zone/22", 300, 330, 60.0),
        ("cable-smoke", "zone/12", 420, 450, 50.0),
    )
    return tuple(
        Fault(kind, entity, start_at + start * MINUTE, start_at + end * MINUTE, size)
        for kind, entity, start, end, size in plan
    )
