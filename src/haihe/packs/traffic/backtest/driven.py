"""A recorded demand driven through the street twin, under one way of steering it."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from haihe.model.decision import Decision
from haihe.model.entity import Entity
from haihe.model.record import Batch, Observation, Rows, gather
from haihe.model.time import MINUTE, SECOND
from haihe.pack import Loop, Turn
from haihe.packs.traffic.backtest.demand import counted
from haihe.packs.traffic.backtest.recorded import Recorded
from haihe.packs.traffic.backtest.scheme import Scheme, hands_of
from haihe.packs.traffic.backtest.watched import Driven, Watch
from haihe.packs.traffic.dayplans import day_plans
from haihe.packs.traffic.street import StreetTwin
from haihe.packs.traffic.street.entries import Entries
from haihe.packs.traffic.street.heads import Controllers
from haihe.packs.traffic.street.twin import FLEET, SHARE
from haihe.packs.traffic.zone import ALONG_AVENUE, zone_network

LATE_S: Final = 5  # Ours: from a decision to the controller, between a wire and a slow radio.


class _Blind:
    """The view of a twin's loop: these loops look at records alone."""

    def __init__(self, now: int) -> None:
        self.now = now

    def latest(self, stream: str, entity: str) -> Observation | None:
        """Nothing."""

    def entity(self, entity: str) -> Entity | None:
        """Nothing."""

    def related(self, entity: str, relation: str) -> tuple[str, ...]:
        """Nobody."""
        del entity, relation
        return ()

    def neighbours(self, entity: str) -> tuple[str, ...]:
        """Nobody."""
        del entity
        return ()


class _Desk:
    """Loops at work on a twin's records: a turn sees what came before its instant."""

    def __init__(self, loops: Sequence[Loop]) -> None:
        self._loops = loops
        self._memories: list[Any] = [loop.control.start() for loop in loops]
        self._new: list[list[Batch]] = [[] for _ in loops]
        self._slots: dict[str, dict[str, int]] = {}
        self._offset = 0

    def decisions(self, now: int) -> list[Decision]:
        """What the loops whose turn it is decide."""
        found: list[Decision] = []
        for at, loop in enumerate(self._loops):
            if now % loop.every:
                continue
            turn = Turn(
                now=now,
                new=gather(self._new[at]),
                ids={
                    stream.name: tuple(self._slots.get(stream.name, ())) for stream in loop.streams
                },
                view=_Blind(now),
            )
            self._new[at] = []
            self._memories[at], decided = loop.control.turn(self._memories[at], turn)
            found += [one for one in decided if isinstance(one, Decision)]
        return found

    def hear(self, rows: Rows, *, now: int) -> None:
        """Keep records for the loops that see their stream."""
        slots = self._slots.setdefault(rows.stream, {})
        place = np.array([slots.setdefault(name, len(slots)) for name in rows.ids], np.int32)
        count = len(rows)
        batch = Batch(
            stream=rows.stream,
            offsets=self._offset + np.arange(count),
            slots=place[rows.codes],
            observed_at=rows.observed_at,
            received_at=np.full(count, now, np.int64),
            numbers=rows.numbers,
            texts=rows.texts,
        )
        self._offset += count
        for loop, new in zip(self._loops, self._new, strict=True):
            if count and any(stream.name == rows.stream for stream in loop.streams):
                new.append(batch)


def drive(record: Recorded, scheme: Scheme, *, seed: int, tell: Callable[[], None]) -> Driven:
    """The stretch under a way of steering, beginning with the plan in force and the lane closed.

    tell: is called each minute.
    """
    twin = _twin(record, scheme, seed=seed)
    desk, watch = _Desk(scheme.loops), Watch(twin, record)
    hands = hands_of(scheme, begin_at=record.began_at)
    for second in range(1, record.flow_veh_h.shape[1] * 60 + 1):
        now = record.began_at + second * SECOND
        rows = twin.advance(now)
        for decision in desk.decisions(now):
            for order in decision.orders:
                twin.obey(order, at=now + LATE_S * SECOND)
        for one in rows:
            desk.hear(one, now=now)
        if hands and hands[0][0] <= now:
            desk.hear(hands.pop(0)[1], now=now)
        if second == record.warm * 60:
            watch = Watch(twin, record)
        elif second > record.warm * 60:
            watch.look()
            if now % MINUTE == 0:
                watch.note(rows)
        if now % MINUTE == 0:
            tell()
    return watch.driven()


def _twin(record: Recorded, scheme: Scheme, *, seed: int) -> StreetTwin:
    """Empty streets at the record's begin."""
    demand = counted(record, seed=seed)
    twin = StreetTwin(seed, flows=demand.flows)
    twin.entries = Entries(twin.layout, demand, share=SHARE, fleet=FLEET)
    if scheme.plans:
        network = zone_network()
        plans = {**day_plans(network, along=ALONG_AVENUE), "balanced": scheme.plans}
        twin.controllers = Controllers(network, plans=plans)
    twin.advance(record.began_at)
    return twin
