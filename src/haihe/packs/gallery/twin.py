"""The twin of a gallery: a line of zones, made of parts that share a clock.

It is vectorised over zones. What it reports is what the sensors would: noisy, rounded, and where a
fault says so silent, stuck or absurd. What a part models, and with which faults, stands there.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from haihe.model import Entity, Order, Rows
from haihe.model.arrays import FloatArray
from haihe.packs.gallery.access_twin import Access
from haihe.packs.gallery.air_twin import RELEASES, Air
from haihe.packs.gallery.cables_twin import Cables
from haihe.packs.gallery.mains_twin import Mains
from haihe.packs.gallery.part import STEP, Part
from haihe.packs.gallery.people_twin import People
from haihe.packs.gallery.place import ZONES
from haihe.packs.gallery.sensors import only
from haihe.packs.gallery.vent_twin import Ventilation
from haihe.packs.gallery.watch_twin import Watch
from haihe.packs.gallery.water_twin import Drainage
from haihe.twin import Fault
from haihe.twin.kernel import Kernel

INFLOW_MAX_M3_H: Final = 20_000.0  # Ours: keeps a step's flows far below a zone's volume.
SILENT: Final = "sensor-silent"
# Whose entity says nothing, nor does what reports through it.
SILENCING: Final = (SILENT, "camera-dead", "gateway-dead")


class GalleryTwin:
    """A gallery that obeys orders to its devices. See ``Twin``.

    The first ``advance`` only sets the clock. Faults and orders may come before it.
    """

    def __init__(self, seed: int, *, zones: int = ZONES, step: int = STEP) -> None:
        """Lay out a calm gallery.

        seed: of the noise and the seepage; 0 or more.
        zones: how many; 1 or more.
        step: how often the air is reported; ns. Everything else reports every third step.
        """
        vent = Ventilation(seed, zones=zones, step=step)
        self._air = Air(seed, vent, zones=zones, step=step)
        mains = Mains(seed, zones=zones, step=step)
        water = Drainage(seed, mains.spill_m3_h, zones=zones, step=step)
        people = People(seed, zones=zones, step=step)
        self._parts: tuple[Part, ...] = (
            vent,
            self._air,
            mains,
            water,
            Cables(seed, zones=zones, step=step),
            people,
            Access(seed, lambda: people.zone_of, zones=zones, step=step),
            Watch(seed, zones=zones, step=step),
        )
        self._entities = tuple(entity for part in self._parts for entity in part.entities())
        self._known = frozenset(entity.id for entity in self._entities)
        self._behind = _behind(self._entities)
        self._kernel = Kernel(step=step, places=self._places())

    @property
    def faults(self) -> tuple[str, ...]:
        """The kinds of fault it can have; the README gives the unit of each size."""
        return tuple(self._places())

    @property
    def truth(self) -> tuple[Fault, ...]:
        """Every fault that was injected, in that order."""
        return self._kernel.truth

    @property
    def methane_lel(self) -> FloatArray:
        """The true methane of every zone, which no sensor says; float64 (zone,), %LEL."""
        return self._air.methane_lel

    def entities(self) -> tuple[Entity, ...]:
        """Everything it models, with places and relations."""
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
        """Take an order that one of the parts obeys; any other changes nothing.

        at: ns; it takes effect at the first step from there on.
        """
        if order.entity in self._known and any(order.action in one.actions for one in self._parts):
            self._kernel.obey(order, at=at)

    def advance(self, until: int) -> Sequence[Rows]:
        """Pass time and give what was observed on the way: one ``Rows`` a stream and instant.

        until: ns; not before what was asked for already.
        """
        found: list[Rows] = []
        for at in self._kernel.steps(until):
            found += self._step(at)
        return found

    def _places(self) -> dict[str, frozenset[str]]:
        places = {SILENT: self._known}
        for part in self._parts:
            assert not places.keys() & part.faults.keys()  # No two parts share a kind.
            places.update(part.faults)
        return places

    def _step(self, at: int) -> list[Rows]:
        for order in self._kernel.orders_due(at):
            for part in self._parts:
                if order.action in part.actions:
                    part.obey(order)
        active = self._kernel.active(at)
        number = self._kernel.number(at)
        found: list[Rows] = []
        for part in self._parts:
            own = [fault for fault in active if fault.kind in part.faults]
            found += part.step(at, number=number, faults=own)
        silent = self._silent(active)
        return [kept for rows in found if len(kept := without(rows, silent))]

    def _silent(self, active: Sequence[Fault]) -> frozenset[str]:
        """Everything that cannot be heard by now."""
        return frozenset().union(
            *(
                {fault.entity, *self._behind.get(fault.entity, ())}
                for fault in active
                if fault.kind in SILENCING
            )
        )


def without(rows: Rows, silent: frozenset[str]) -> Rows:
    """The rows of one instant, less those of entities that are silent.

    rows: one of each of its ids, in their order.
    """
    if silent.isdisjoint(rows.ids):
        return rows
    heard = [row for row, entity in enumerate(rows.ids) if entity not in silent]
    return only(rows, np.array(heard, np.intp))


def _behind(entities: Sequence[Entity]) -> Mapping[str, frozenset[str]]:
    """Gateway to what reports through it."""
    found: dict[str, set[str]] = {}
    for entity in entities:
        for gateway in entity.relations.get("gateway", ()):
            found.setdefault(gateway, set()).add(entity.id)
    return {gateway: frozenset(ids) for gateway, ids in found.items()}
