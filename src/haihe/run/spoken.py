"""What a loop said of late: its newest decisions, and of each thing it steers the last ones."""

from dataclasses import dataclass, field
from typing import Final, TypeVar

import msgspec

from haihe.model.decision import Order
from haihe.model.line import Decided, EffectMeasured
from haihe.model.text import Text

T = TypeVar("T")
RECENT_MAX: Final = 40  # Ours: what a person reads through; all of it is in the log.
EACH_MAX: Final = 5  # Ours: of one junction or lane; some minutes.
THINGS_MAX: Final = 2_000  # Ours: ten times the junctions of a district.


class GivenOrder(msgspec.Struct, frozen=True):
    """An order of a decision, as it is told beside it."""

    id: str
    title: Text
    entity: str
    assignee: str
    parameters: dict[str, str]


class Said(msgspec.Struct, frozen=True):
    """One decision of a loop.

    at: the log's time; ns.
    number: counts the loop's decisions.
    orders: () where it is a reason alone.
    """

    at: int
    number: int
    why: Text
    alternatives: tuple[Text, ...]
    orders: tuple[GivenOrder, ...]


class Measured(msgspec.Struct, frozen=True):
    """What one order brought about; as ``EffectMeasured``."""

    at: int
    order: str
    value: float
    expected: float
    is_good: bool
    why: Text


@dataclass
class Spoken:
    """The newest first, all of it bounded.

    turn_at: when its last turn was, whatever it decided; the log's time, ns, 0 before the first.
    recent: decisions on anything.
    about: decisions by the entity they gave an order for.
    effects: by entity.
    overtaken: how many of its orders never left and were not wanted any more.
    """

    turn_at: int = 0
    recent: tuple[Said, ...] = ()
    about: dict[str, tuple[Said, ...]] = field(default_factory=dict)
    effects: dict[str, tuple[Measured, ...]] = field(default_factory=dict)
    overtaken: int = 0

    def decided(self, step: Decided, orders: tuple[Order, ...]) -> None:
        """Keep a decision in mind.

        orders: those of it, in the order of the step's ids.
        """
        given = tuple(
            GivenOrder(name, order.title, order.entity, order.assignee, order.parameters)
            for name, order in zip(step.orders, orders, strict=True)
        )
        said = Said(step.at, step.number, step.why, step.alternatives, given)
        self.recent = (said, *self.recent)[:RECENT_MAX]
        for entity in dict.fromkeys(order.entity for order in orders):
            _keep(self.about, entity, one=said)

    def measured(self, step: EffectMeasured) -> None:
        """Keep in mind what an order brought about."""
        found = Measured(step.at, step.order, step.value, step.expected, step.is_good, step.why)
        _keep(self.effects, step.entity, one=found)


def _keep(kept: dict[str, tuple[T, ...]], entity: str, *, one: T) -> None:
    kept[entity] = (one, *kept.pop(entity, ()))[:EACH_MAX]
    if len(kept) > THINGS_MAX:
        del kept[next(iter(kept))]  # The one that was longest silent.
