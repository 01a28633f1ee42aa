"""What a decision may see: the city as of one record, whatever else the tick already holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from haihe.log.directory import Directory
from haihe.model.case import Case
from haihe.model.decision import WorkOrder
from haihe.model.entity import Entity
from haihe.model.record import Batch, Observation
from haihe.run.ledgers import Ledgers
from haihe.state.desk import Desk
from haihe.state.graph import Graph
from haihe.state.live import Live


@dataclass(frozen=True, slots=True)
class Moment:
    """A place within a tick.

    batches: the tick's records by stream.
    now: the log's time; ns.
    end_offset: records from here on are not seen yet.
    """

    batches: Mapping[str, Batch]
    now: int
    end_offset: int


class AsOf:
    """A ``View`` as of an offset: the live state before the tick, then the tick's rows up to it.

    So a decision sees the same whether its record came alone or among a million others.
    """

    def __init__(self, live: Live, graph: Graph, *, moment: Moment, directory: Directory) -> None:
        """See the live state as it was before the tick, and the tick's rows up to a moment."""
        self._live = live
        self._graph = graph
        self._directory = directory
        self._moment = moment
        self._desk = Desk()
        self._ledgers = Ledgers()
        self.saw: set[int] = set()

    def stand_on(self, desk: Desk, ledgers: Ledgers) -> None:
        """See a track's own orders and ledgers; they are as of the same record."""
        self._desk, self._ledgers = desk, ledgers

    @property
    def now(self) -> int:
        """The log's time; ns."""
        return self._moment.now

    def latest(self, stream: str, entity: str) -> Observation | None:
        """The newest record of an entity in a stream, field by field; None if it never spoke.

        Raises ValueError if the stream is not declared.
        """
        known = self._live[stream]
        slot = self._directory.slot(stream, entity)
        if slot < 0:
            return None
        seen = known.observation(slot) if slot < known.count and known.offset[slot] >= 0 else None
        batch = self._moment.batches.get(stream)
        if batch is not None:
            seen = self._overlaid(seen, batch, slot=slot, entity=entity)
        if seen is not None:
            self.saw.add(seen.offset)
        return seen

    def entity(self, entity: str) -> Entity | None:
        """What is known of an entity; None if nobody told us of it."""
        return self._graph.entity(entity)

    def related(self, entity: str, relation: str) -> tuple[str, ...]:
        """The ids at the other end of a relation, in the order they were told."""
        return self._graph.related(entity, relation)

    def neighbours(self, entity: str) -> tuple[str, ...]:
        """The ids beside an entity: its relation "neighbour"."""
        return self._graph.related(entity, "neighbour")

    def orders(self, case: str) -> tuple[WorkOrder, ...]:
        """The orders of an open case, oldest first."""
        return self._desk.orders_of(case)

    def ledger(self, pack: str) -> Any:
        """The memory of a pack's ledger as of now.

        Raises LookupError if it has none, or it was stopped.
        """
        return self._ledgers.memory(pack)

    def saw_for(self, case: Case) -> tuple[int, ...]:
        """The records a decision on a case rests on; silence (offset -1) is none."""
        offsets = self.saw | {alarm.offset for alarm in (*case.alarms, *case.also)}
        return tuple(sorted(offset for offset in offsets if offset >= 0))

    def _overlaid(
        self, seen: Observation | None, batch: Batch, *, slot: int, entity: str
    ) -> Observation | None:
        """The observation with the tick's rows up to ``end_offset`` laid over it."""
        for row in batch.rows_of(slot):
            if batch.offsets[row] >= self._moment.end_offset:
                break
            new = batch.observation(int(row), entity)
            if seen is None or new.observed_at >= seen.observed_at:
                seen = new if seen is None else _merged(seen, new)
        return seen


def _merged(old: Observation, new: Observation) -> Observation:
    """The newer record; fields it did not carry keep the older value."""
    kept = {name: value for name, value in new.numbers.items() if not np.isnan(value)}
    told = {name: value for name, value in new.texts.items() if value is not None}
    return Observation(
        stream=new.stream,
        entity=new.entity,
        observed_at=new.observed_at,
        numbers={**old.numbers, **kept},
        texts={**old.texts, **told},
        offset=new.offset,
    )
