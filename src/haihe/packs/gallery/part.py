"""What the twin of the gallery is made of: parts that share a clock and know their own faults.

A part models one trade (air, water, mains, people). It names the entities it brings, the faults it
can have and the orders it obeys; the twin keeps time, hands each part what concerns it, and
withholds what a silent sensor or a dead gateway would not have delivered.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Final, Protocol

import numpy as np

from haihe.model import SECOND, Entity, Order, Rows
from haihe.model.arrays import BoolArray, FloatArray
from haihe.twin import Fault
from haihe.twin.kernel import Noise

STEP: Final = 10 * SECOND  # Ours: how often a usual air station reports.
DEVICE_EVERY: Final = 3  # Ours: everything else reports every 30 s.


class Base(IntEnum):
    """Where each part's channels of noise begin, so that no two share one."""

    AIR = 0
    VENT = 50
    WATER = 100
    MAINS = 200
    CABLES = 300
    ACCESS = 400
    WATCH = 500
    PEOPLE = 900


class Part(Protocol):
    """One trade of the gallery. The same seed, faults and orders give the same observations.

    faults: kind of fault to the ids it may strike; no two parts share a kind.
    actions: the orders it obeys; several parts may obey the same.
    """

    @property
    def faults(self) -> Mapping[str, frozenset[str]]:
        """Kind of fault to the ids it may strike."""
        ...

    @property
    def actions(self) -> frozenset[str]:
        """The actions of orders it obeys."""
        ...

    def entities(self) -> tuple[Entity, ...]:
        """What it brings, with places and relations.

        What reports through a gateway has the relation "gateway", and is silent while that is dead.
        """
        ...

    def obey(self, order: Order) -> None:
        """Take an order from now on; one to an entity it does not know changes nothing."""
        ...

    def step(self, at: int, *, number: int, faults: Sequence[Fault]) -> list[Rows]:
        """Pass one step of time and give what is observed at its end.

        at: ns.
        number: of the step, since 1970; rises by one.
        faults: those of its own kinds that are active, in the order they began.
        """
        ...


def noise(source: Noise, channel: int, *, number: int, shape: tuple[int, int]) -> FloatArray:
    """Noise of one step for a table of readings; float64 ``shape``.

    channel: a part's ``Base`` and what it adds for each stream.
    number: of the step.
    shape: (entity, field).
    """
    rows, columns = shape
    return source.draw(rows * columns, step=number, channel=channel).reshape(shape)


def sized(faults: Sequence[Fault], kind: str, *, places: Mapping[str, int]) -> FloatArray:
    """How bad one kind of fault is at each place by now; float64 (place,), 0 where it is not.

    faults: those that are active.
    places: every entity of its kind to its row; rows from 0, without gaps.
    """
    found: FloatArray = np.zeros(len(places))
    for fault in faults:
        if fault.kind == kind:
            found[places[fault.entity]] += fault.size
    return found


def struck(faults: Sequence[Fault], kind: str, *, places: Mapping[str, int]) -> BoolArray:
    """Where one kind of fault is by now; bool (place,).

    faults, places: as for ``sized``.
    """
    found: BoolArray = sized(faults, kind, places=places) > 0.0
    return found


def grown(
    faults: Sequence[Fault], kind: str, *, places: Mapping[str, int], at: int, over: int
) -> FloatArray:
    """As ``sized``, for what grows evenly from nothing to its size.

    at: ns.
    over: how long it grows; ns.
    """
    found: FloatArray = np.zeros(len(places))
    for fault in faults:
        if fault.kind == kind:
            found[places[fault.entity]] += fault.size * min(1.0, (at - fault.starts_at) / over)
    return found
