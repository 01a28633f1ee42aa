"""What a decision may see."""

from typing import Protocol

from haihe.model.entity import Entity
from haihe.model.record import Observation


class View(Protocol):
    """What a decision may see: the city as of one record. Every look at a record is noted."""

    @property
    def now(self) -> int:
        """The log's time; ns."""
        ...

    def latest(self, stream: str, entity: str) -> Observation | None:
        """The newest record of an entity in a stream, field by field; None if it never spoke."""
        ...

    def entity(self, entity: str) -> Entity | None:
        """What is known of an entity; None if nobody told us of it."""
        ...

    def related(self, entity: str, relation: str) -> tuple[str, ...]:
        """The ids at the other end of a relation, in the order they were told."""
        ...

    def neighbours(self, entity: str) -> tuple[str, ...]:
        """The ids beside an entity: its relation "neighbour"."""
        ...
