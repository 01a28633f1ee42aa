"""Relations: who is beside, upstream of, or owner of whom, as last told."""

from collections.abc import Iterable

from haihe.model.entity import Entity


class Graph:
    """Entities by id, with their relations."""

    def __init__(self) -> None:
        """Know nothing."""
        self._entities: dict[str, Entity] = {}

    def tell(self, entity: Entity) -> None:
        """Know an entity, or know it better: what is told last holds."""
        self._entities[entity.id] = entity

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
