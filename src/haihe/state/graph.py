"""Relations: who is beside, upstream of, or owner of whom, as last told."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from haihe.model.arrays import FloatArray
from haihe.model.entity import Entity


@dataclass(frozen=True, slots=True)
class Placed:
    """Entities that stand somewhere, in columns.

    ids: of each; index: the place of an id in them.
    lon, lat: float64 (entity,), WGS-84 degrees.
    """

    ids: tuple[str, ...]
    index: dict[str, int]
    lon: FloatArray
    lat: FloatArray


class Graph:
    """Entities by id, with their relations."""

    def __init__(self) -> None:
        """Know nothing."""
        self._entities: dict[str, Entity] = {}
        self._placed: Placed | None = None

    def tell(self, entity: Entity) -> None:
        """Know an entity, or know it better: what is told last holds."""
        self._entities[entity.id] = entity
        self._placed = None

    def entity(self, entity: str) -> Entity | None:
        """What is known of an entity."""
        return self._entities.get(entity)

    def entities(self) -> Iterable[Entity]:
        """Everything known, in the order first told."""
        return self._entities.values()

    def related(self, entity: str, relation: str) -> tuple[str, ...]:
        """The ids at the other end of a relation; () if there are none."""
        known = self._entities.get(entity)
        return tuple(known.relations.get(relation, ())) if known else ()

    def placed(self) -> Placed:
        """Every entity that has a place; the columns are made when something new was told."""
        if self._placed is None:
            every = self._entities.values()
            found = [(each.id, each.lon, each.lat) for each in every if each.lon is not None]
            ids = tuple(entity for entity, _, _ in found)
            self._placed = Placed(
                ids=ids,
                index={entity: place for place, entity in enumerate(ids)},
                lon=np.array([lon for _, lon, _ in found], dtype=np.float64),
                lat=np.array([lat for _, _, lat in found], dtype=np.float64),
            )
        return self._placed
