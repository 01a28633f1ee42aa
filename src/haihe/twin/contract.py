"""What every twin can do: pass time, obey orders, have faults injected whose truth is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from haihe.model.decision import Order
from haihe.model.entity import Entity
from haihe.model.line import Action
from haihe.model.record import Rows


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong in a twin, with its truth.

    kind: one of the twin's ``faults``, such as "gas-leak".
    entity: where.
    starts_at, ends_at: ns.
    size: how bad, in the unit the twin's README gives for the kind.
    """

    kind: str
    entity: str
    starts_at: int
    ends_at: int
    size: float = 1.0


class Twin(Protocol):
    """A model of one system. The same seed, faults and orders give the same observations."""

    @property
    def faults(self) -> tuple[str, ...]:
        """The kinds of fault it can have."""
        ...

    def entities(self) -> tuple[Entity, ...]:
        """Everything it models, with places and relations."""
        ...

    def inject(self, fault: Fault) -> None:
        """Let a fault happen.

        Raises ValueError if the kind or the entity is not known.
        """
        ...

    def obey(self, order: Order, *, at: int) -> None:
        """Take an order to one of its devices; an order to anything else changes nothing."""
        ...

    def advance(self, until: int) -> Sequence[Rows]:
        """Pass time and give what was observed on the way, in order of time.

        until: ns; later than before.
        """
        ...


@runtime_checkable
class Office(Protocol):
    """A twin whose people have told their ledger something before its day begins."""

    def told_before(self, at: int) -> tuple[Action, ...]:
        """What they told, in order; ``at`` is the log's time, ns, at which the day begins."""
        ...
