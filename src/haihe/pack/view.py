"""What a decision may see."""

from typing import Any, Protocol, runtime_checkable

from haihe.model.decision import WorkOrder
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


@runtime_checkable
class Office(View, Protocol):
    """What a decision may see beside: its case's own orders and its pack's ledger."""

    def orders(self, case: str) -> tuple[WorkOrder, ...]:
        """The orders of an open case, oldest first, each with how it ended."""
        ...

    def ledger(self, pack: str) -> Any:
        """The memory of the pack's own ledger as of now.

        Raises LookupError if the pack has none, or it was stopped.
        """
        ...


def office_of(view: View) -> Office:
    """The view with the case's orders and the pack's ledger, which every decision's view has.

    Raises TypeError if it has none: a made-up view of a test.
    """
    if not isinstance(view, Office):
        raise TypeError(f"{type(view).__name__} shows neither orders nor ledgers.")
    return view
