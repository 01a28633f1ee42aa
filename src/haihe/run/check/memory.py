"""A zone in memory: one pack's engine, fed the way a node feeds it, with nothing on a disk.

Rows pass the gate and the last look, get offsets and slots, and go to the engine; what was taken is
kept as the log's items, so that the same log can be run again, cut otherwise.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.feed.door import RefusedRecord
from haihe.log.directory import Directory
from haihe.model.decision import OrderState, Settled, WorkOrder
from haihe.model.entity import Entity
from haihe.model.line import Action, Clock, EntityTold, Fact, Step, StreamDeclared, Verb
from haihe.model.record import Batch, Rows
from haihe.pack.contract import Pack
from haihe.run.check.spoil import SEED
from haihe.run.engine import Engine, Item, Told
from haihe.run.gate import admitted
from haihe.run.intake import kept, look, too_late
from haihe.twin.contract import Office

SINK, CREW, OFFICER = "sink", "crew", "officer"
ROUNDS_MAX: Final = 16  # Ours: an order needs four acts; stand-down orders as many again.
DUE_MAX: Final = (
    10_000  # Ours: deadlines passed in one silence; more is a detector that never ends.
)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long after its dispatch people do what an order asks.

    accepted, reported, verified: ns; none before the one it follows.
    """

    accepted: int = 0
    reported: int = 0
    verified: int = 0


PROMPT: Final = Pace()


class MemoryZone:
    """An engine and the log it was fed, in memory."""

    def __init__(
        self,
        pack: Pack,
        *,
        entities: Sequence[Entity] = (),
        start_at: int,
        pace: Pace | None = PROMPT,
    ) -> None:
        """Declare the pack's streams and tell of the entities.

        start_at: the log's first instant; ns.
        pace: of the people; None if there is nobody.
        """
        self.directory = Directory()
        self.engine = Engine((pack,), self.directory)
        self.items: list[Item] = []
        self.steps: list[Step] = []
        self.refused: list[RefusedRecord] = []
        self._pace = pace
        self._delivered: list[WorkOrder] = []
        self._next_offset = 0
        self._received_at = start_at
        self._tell(
            *(StreamDeclared(at=start_at, stream=stream, by="pack") for stream in pack.all_streams),
            *(EntityTold(at=start_at, entity=entity, by="twin") for entity in entities),
            *told_before(pack, start_at),
        )

    def receive(self, many: Iterable[Rows]) -> None:
        """Take rows, and let sinks and people act on what follows.

        many: each with ``received_at``, in that order.
        Raises ValueError if a stream is not declared.
        """
        self._take([batch for rows in many if (batch := self._append(rows)) is not None])
        self.let_act()

    def wait(self, until: int) -> None:
        """Let time pass up to an instant, as a node does in a silence: whenever something is due.

        until: ns; nothing that is due then or later happens.
        """
        for _ in range(DUE_MAX):
            due_at = self.engine.due_at()
            if not self.engine.now < due_at < until:
                return
            self.reach(due_at)

    def reach(self, at: int) -> None:
        """Bring the log's time to an instant; ns."""
        self._tell(Clock(at=at))
        self.let_act()

    def let_act(self) -> None:
        """Sinks and people do what is due by now."""
        for _ in range(ROUNDS_MAX):
            acts: list[Action] = []
            for order in self.engine.track.casework.desk.orders.values():
                act = next_act(order, self.engine.now, pace=self._pace)
                if act is not None:
                    acts.append(act)
                    if act.verb is Verb.DELIVERED:
                        self._delivered.append(order)
            if not acts:
                return
            self._tell(*acts)

    def delivered(self) -> list[WorkOrder]:
        """The orders that were delivered since this was last asked."""
        orders, self._delivered = self._delivered, []
        return orders

    def _tell(self, *facts: Fact) -> None:
        told = Told(self._next_offset, facts)
        self._next_offset += len(facts)
        self._received_at = max(self._received_at, *(fact.at for fact in facts))
        self._take([told])

    def _append(self, rows: Rows) -> Batch | None:
        """The rows that go into the log, as they stand there."""
        assert rows.received_at is not None  # Examples and twins bring their own clock.
        live = self.engine.live[rows.stream]
        taken = admitted(rows, live.stream, now=int(rows.received_at.max(initial=0)))
        self.refused += taken.refused
        if taken.rows is None or not len(taken.rows):
            return None
        looked = look(taken.rows, live, directory=self.directory)
        self.refused += [
            too_late(taken.rows, row, live=live, directory=self.directory)
            for row in np.flatnonzero(looked.late).tolist()
        ]
        good = kept(taken.rows, looked.keep)
        return self._batch(good) if len(good) else None

    def _batch(self, rows: Rows) -> Batch:
        assert rows.received_at is not None  # As above.
        slots, _ = self.directory.assign(rows.stream, rows.ids)
        stamped = np.maximum.accumulate(np.maximum(rows.received_at, self._received_at))
        batch = Batch(
            stream=rows.stream,
            offsets=np.arange(self._next_offset, self._next_offset + len(rows), dtype=np.int64),
            slots=slots[rows.codes],
            observed_at=rows.observed_at,
            received_at=stamped,
            numbers=rows.numbers,
            texts=rows.texts,
        )
        self._next_offset += len(rows)
        self._received_at = int(stamped[-1])
        return batch

    def _take(self, items: Sequence[Item]) -> None:
        self.items += items
        self.steps += self.engine.take(items).steps


def told_before(pack: Pack, at: int) -> tuple[Action, ...]:
    """What the people of a pack's twin have told its ledger before the first record; ``at`` ns."""
    twin = pack.twin(SEED) if pack.twin is not None and pack.ledger is not None else None
    return twin.told_before(at) if isinstance(twin, Office) else ()


def next_act(order: WorkOrder, now: int, *, pace: Pace | None) -> Action | None:
    """What a sink or a person does with an order next, if it is due by now.

    now: ns.
    pace: of the people; None if there is nobody.
    """
    age = now - order.dispatched_at
    if order.state is OrderState.DISPATCHED:
        return Action(at=now, verb=Verb.DELIVERED, subject=order.id, by=SINK)
    if pace is None or order.order.settled in (Settled.BY_RECEIPT, Settled.BY_TIME):
        return None
    by = OFFICER if CREW in order.order.barred else CREW
    outcome = order.order.outcomes[0].name if order.order.outcomes else ""
    match order.state:
        case OrderState.DELIVERED if age >= pace.accepted:
            return Action(at=now, verb=Verb.ACCEPT, subject=order.id, by=by)
        case OrderState.ACCEPTED if age >= pace.reported:
            return Action(at=now, verb=Verb.REPORT, subject=order.id, by=by, outcome=outcome)
        case OrderState.REPORTED if not order.is_settled and age >= pace.verified:
            return Action(at=now, verb=Verb.VERIFY, subject=order.id, by=OFFICER)
        case _:
            return None
