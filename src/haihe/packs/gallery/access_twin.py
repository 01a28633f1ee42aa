"""The twin's ways in: shaft covers that are opened or shifted, and people nobody let in."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from haihe.model import Entity, Order, Rows
from haihe.model.arrays import IntArray
from haihe.packs.gallery.part import DEVICE_EVERY, STEP, Base, noise, sized, struck
from haihe.packs.gallery.place import covers_of, zone_id
from haihe.packs.gallery.sensors import rows_of
from haihe.packs.gallery.streams import COVER, ENTRY, KNOWN, NOBODY, STRANGER
from haihe.twin import Fault
from haihe.twin.kernel import Noise

TILT_SIGMA_DEG: Final = 0.2  # Ours: a MEMS tilt sensor under traffic.
TILT_MAX_DEG: Final = 90.0  # A cover that stands on its hinge.
_COVER: Final = Base.ACCESS


class Access:
    """The shaft covers and presence sensors of a line of zones. See ``Part``.

    Whoever carries a tag is known to the access controller; a stranger carries none.
    """

    actions: Final[frozenset[str]] = frozenset()

    def __init__(
        self, seed: int, zone_of: Callable[[], IntArray], *, zones: int, step: int = STEP
    ) -> None:
        """Every cover is shut and no stranger is inside.

        zone_of: gives the row of the zone of everybody with a tag, -1 outside; int64 (person,).
        seed, zones, step: as for ``GalleryTwin``; a step changes nothing here.
        """
        del step
        self._noise = Noise(seed)
        self._zone_of = zone_of
        self._entities = covers_of(zones)
        self._ids = tuple(cover.id for cover in self._entities)
        self._rows = {cover: row for row, cover in enumerate(self._ids)}
        self._zone_ids = tuple(zone_id(number) for number in range(1, zones + 1))
        self._zone_rows = {zone: row for row, zone in enumerate(self._zone_ids)}
        covers = frozenset(self._ids)
        self.faults: Mapping[str, frozenset[str]] = {
            "cover-open": covers,
            "cover-shifted": covers,
            "intrusion": frozenset(self._zone_ids),
        }

    def entities(self) -> tuple[Entity, ...]:
        """Every cover."""
        return self._entities

    def obey(self, order: Order) -> None:
        """No order moves a cover."""

    def step(self, at: int, *, number: int, faults: Sequence[Fault]) -> list[Rows]:
        """Read covers and presence sensors."""
        if number % DEVICE_EVERY:
            return []
        drawn = noise(self._noise, _COVER, number=number, shape=(len(self._ids), 1))[:, 0]
        tilt = sized(faults, "cover-open", places=self._rows)
        is_open = tilt > 0.0
        tilt += sized(faults, "cover-shifted", places=self._rows) + TILT_SIGMA_DEG * np.abs(drawn)
        strangers = struck(faults, "intrusion", places=self._zone_rows)
        covers = np.column_stack([is_open, np.round(np.minimum(tilt, TILT_MAX_DEG), 1)])
        zone_of = self._zone_of()
        tagged = np.bincount(zone_of[zone_of >= 0], minlength=len(strangers)) > 0
        presence = np.where(strangers, STRANGER, np.where(tagged, KNOWN, NOBODY))
        entries = np.column_stack([presence > NOBODY, presence])
        return [
            rows_of(COVER, self._ids, at=at, table=covers),
            rows_of(ENTRY, self._zone_ids, at=at, table=entries),
        ]
