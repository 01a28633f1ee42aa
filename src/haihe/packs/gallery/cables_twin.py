"""The twin's power cables: load, heat along the fibre, and partial discharge of each phase."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from haihe.model import HOUR, MINUTE, Entity, Order, Rows
from haihe.model.arrays import FloatArray
from haihe.packs.gallery.mains import pattern_share
from haihe.packs.gallery.part import DEVICE_EVERY, STEP, Base, grown, noise, sized
from haihe.packs.gallery.physics import WALL_DEGC
from haihe.packs.gallery.place import DISTRICT_ZONES, cables_of, district_of
from haihe.packs.gallery.sensors import rows_of
from haihe.packs.gallery.streams import CABLE
from haihe.twin import Fault
from haihe.twin.kernel import Noise

RATED_A: Final = 400.0  # Ours: a 10 kV feeder of 240 mm2 copper in air, rounded down.
BASE_SHARE, SWING_SHARE = 0.40, 0.25  # Ours: load = base + swing * the day's pattern.
RATED_K: Final = 35.0  # Ours: how much warmer than the wall its sheath is at the rated current.
WARM_H: Final = 1.0 / 3.0  # Ours: a sheath follows its load in twenty minutes.
REDUCED: Final = 0.5  # Ours: what the dispatcher leaves on a feeder that must cool.
GROWTH: Final = 30 * MINUTE  # Ours: a void in the insulation of a short demonstration.
QUIET_PC: Final = 3.0  # Ours: what is left of radio and switching after filtering.
_PHASES: Final = 3  # By definition.
_CABLE: Final = Base.CABLES


class Cables:
    """The power cable of a line of zones, one feeder a district. See ``Part``.

    An order to any section changes the load of its whole feeder.
    """

    actions: Final = frozenset({"load-reduce", "load-restore"})

    def __init__(self, seed: int, *, zones: int, step: int = STEP) -> None:
        """Lay cables as warm as their walls.

        seed, zones, step: as for ``GalleryTwin``.
        """
        self._noise = Noise(seed)
        self._hours = DEVICE_EVERY * step / HOUR
        self._entities = cables_of(zones)
        self._ids = tuple(cable.id for cable in self._entities)
        self._rows = {cable: row for row, cable in enumerate(self._ids)}
        self._feeder = np.arange(zones) // DISTRICT_ZONES
        self._share = np.ones(district_of(zones))
        rise = RATED_K * _load(0.0) * _load(0.0)
        self._degc = np.full(zones, WALL_DEGC + rise)
        cables = frozenset(self._ids)
        self.faults: Mapping[str, frozenset[str]] = {
            "cable-hot": cables,
            "partial-discharge": cables,
        }

    def entities(self) -> tuple[Entity, ...]:
        """Every section."""
        return self._entities

    def obey(self, order: Order) -> None:
        """Take load off a feeder, or put it back."""
        row = self._rows.get(order.entity)
        if row is not None:
            share = self._share.copy()
            share[self._feeder[row]] = REDUCED if order.action == "load-reduce" else 1.0
            self._share = share

    def step(self, at: int, *, number: int, faults: Sequence[Fault]) -> list[Rows]:
        """Warm and cool, as often as devices report.

        A bad joint is warmer by its size at the rated current.
        """
        if number % DEVICE_EVERY:
            return []
        load = _load(pattern_share(at)) * self._share[self._feeder]
        rise = (RATED_K + sized(faults, "cable-hot", places=self._rows)) * load * load
        share = min(1.0, self._hours / WARM_H)
        self._degc = self._degc + (WALL_DEGC + rise - self._degc) * share
        drawn = noise(self._noise, _CABLE, number=number, shape=(len(self._ids), 2 + _PHASES))
        pc = grown(faults, "partial-discharge", places=self._rows, at=at, over=GROWTH)
        return [rows_of(CABLE, self._ids, at=at, table=self._readings(load, pc, drawn=drawn))]

    def _readings(self, load: FloatArray, pc: FloatArray, *, drawn: FloatArray) -> FloatArray:
        """As ``gallery.cable`` has them; float64 (cable, 6)."""
        degc = self._degc + 0.3 * drawn[:, 0]
        amperes = RATED_A * load + 1.0 * drawn[:, 1]
        # Each cable's bad phase is the one its number gives; the others hear a tenth of it.
        is_bad = np.arange(len(load))[:, np.newaxis] % _PHASES == np.arange(_PHASES)
        heard = pc[:, np.newaxis] * np.where(is_bad, 1.0, 0.1)
        phases = np.maximum(QUIET_PC + heard * (1.0 + 0.1 * drawn[:, 2:]) + 0.5 * drawn[:, 2:], 0.0)
        table = np.column_stack([degc, amperes, phases.max(axis=1), phases])
        told: FloatArray = np.round(table, 1)
        return told


def _load(pattern: float) -> float:
    """The current of a feeder, as a share of the rated one."""
    return BASE_SHARE + SWING_SHARE * pattern
