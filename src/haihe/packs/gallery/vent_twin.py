"""The twin's fans and fire doors: what they were told, what they do, and what they say of it."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from haihe.model import HOUR, Entity, Order, Rows
from haihe.model.arrays import BoolArray, FloatArray
from haihe.packs.gallery.devices import Fans, feedback
from haihe.packs.gallery.part import DEVICE_EVERY, STEP, Base, noise, struck
from haihe.packs.gallery.place import doors_of, fans_of
from haihe.packs.gallery.sensors import rows_of
from haihe.packs.gallery.streams import DOOR, FAN
from haihe.twin import Fault
from haihe.twin.kernel import Noise

_FAN: Final = Base.VENT


class Ventilation:
    """Fans and fire doors of a line of zones. See ``Part``.

    An order to a zone means its fan, and both doors of the zone.
    """

    actions: Final = frozenset({"fan-start", "fan-stop", "door-close", "door-open"})

    def __init__(self, seed: int, *, zones: int, step: int = STEP) -> None:
        """Every fan stands still and every door is shut.

        seed, zones, step: as for ``GalleryTwin``.
        """
        self._noise = Noise(seed)
        self._hours = step / HOUR
        self._entities = (*fans_of(zones), *doors_of(zones))
        self._fan_ids = tuple(fan.id for fan in fans_of(zones))
        self._door_ids = tuple(door.id for door in doors_of(zones))
        self._fan_rows = {fan: row for row, fan in enumerate(self._fan_ids)}
        self._door_rows = {door: row for row, door in enumerate(self._door_ids)}
        self._fans = Fans.at_rest(zones)
        self._told_shut = np.ones(len(self._door_ids), np.bool_)
        self._shut = self._told_shut
        self.faults: Mapping[str, frozenset[str]] = {
            "fan-dead": frozenset(self._fan_ids),
            "door-stuck": frozenset(self._door_ids),
        }

    @property
    def speed(self) -> FloatArray:
        """Share of full speed of each zone's fan; float64 (zone,)."""
        return self._fans.speed

    @property
    def is_open(self) -> BoolArray:
        """Whether the door behind each zone but the last stands open; bool (zone - 1,)."""
        return ~self._shut

    def entities(self) -> tuple[Entity, ...]:
        """Every fan and fire door."""
        return self._entities

    def obey(self, order: Order) -> None:
        """Turn fans, move doors."""
        what, _, how = order.action.partition("-")
        kind, _, number = order.entity.partition("/")
        fan = f"fan/{number}" if kind == "zone" else order.entity
        if what == "fan" and fan in self._fan_rows:
            self._fans = self._fans.ordered(self._fan_rows[fan], to=float(how == "start"))
        elif what == "door":
            told = self._told_shut.copy()
            told[self._doors(order.entity)] = how == "close"
            self._told_shut = told

    def step(self, at: int, *, number: int, faults: Sequence[Fault]) -> list[Rows]:
        """Spin up and down; a dead fan stands, a stuck door stays open."""
        dead = struck(faults, "fan-dead", places=self._fan_rows)
        stuck = struck(faults, "door-stuck", places=self._door_rows)
        self._fans = self._fans.turned(self._hours, dead=dead)
        self._shut = self._told_shut & ~stuck
        if number % DEVICE_EVERY:
            return []
        drawn = noise(self._noise, _FAN, number=number, shape=(len(self._fan_ids), 1))
        doors = feedback(self._told_shut, self._shut)
        return [
            rows_of(FAN, self._fan_ids, at=at, table=self._fans.readings(drawn)),
            rows_of(DOOR, self._door_ids, at=at, table=doors),
        ]

    def _doors(self, entity: str) -> list[int]:
        """Rows of the doors an order to an entity means."""
        if entity in self._door_rows:
            return [self._door_rows[entity]]
        kind, _, number = entity.partition("/")
        if kind != "zone" or not number.isdecimal():
            return []
        both = (f"door/{int(number) - 1}", f"door/{int(number)}")
        return [self._door_rows[door] for door in both if door in self._door_rows]
