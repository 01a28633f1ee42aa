"""A recorded demand driven through the street twin, under the plan or under loops; measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray
from haihe.model.decision import Decision
from haihe.model.entity import Entity
from haihe.model.record import Batch, Observation, Rows, gather
from haihe.model.time import MINUTE, SECOND
from haihe.pack import Loop, Turn
from haihe.packs.traffic.backtest.demand import counted
from haihe.packs.traffic.backtest.recorded import OUTSIDE, Recorded
from haihe.packs.traffic.streams import ROAD_FLOW
from haihe.packs.traffic.street import StreetTwin
from haihe.packs.traffic.street.demand import KINDS
from haihe.packs.traffic.street.entries import Entries
from haihe.packs.traffic.street.twin import FLEET, SHARE
from haihe.packs.traffic.street.vehicles import TOP_M_S
from haihe.packs.traffic.tidal.control import LANE_FLOW

LATE_S: Final = 5  # Ours: from a decision to the controller, between a wire and a slow radio.
STOPPED_M_S, GOES_M_S = 1.4, 4.0  # HCM 2016: 5 km/h is queued; ours: and 14 km/h is not.


@dataclass(frozen=True, slots=True)
class Driven:
    """What one drive came to, of the stretch without its warming.

    flow_veh_h, waiting_veh: float64 (road, minute), as in ``Recorded``.
    lost_veh_h: time spent in and before the zone less the free drive of who came.
    stops: of a vehicle.
    """

    flow_veh_h: FloatArray
    waiting_veh: FloatArray
    lost_veh_h: float
    stops: float
    stranded: int


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


class _Watch:
    """What vehicles go through, from when it is told to begin."""

    def __init__(self, twin: StreetTwin, record: Recorded) -> None:
        self._twin, self._roads = twin, record.roads
        shape = record.flow_veh_h[:, record.warm :].shape
        self.flow, self.waiting = np.zeros(shape), np.zeros(shape)
        self._spent_s, self._stops = 0.0, 0
        self._stands: BoolArray = np.zeros(0, np.bool_)
        self._before = twin.entries.arrived_by.copy()

    def look(self) -> None:
        """Note one second."""
        cars = self._twin.cars
        self._spent_s += len(cars) + self._twin.entries.waiting
        most = int(cars.number.max(initial=-1))
        if most >= len(self._stands):
            self._stands = np.append(self._stands, np.zeros(most + 1, np.bool_))
        slow = cars.speed_m_s < STOPPED_M_S
        self._stops += int((slow & ~self._stands[cars.number]).sum())
        self._stands[cars.number[slow]] = True
        self._stands[cars.number[cars.speed_m_s > GOES_M_S]] = False

    def note(self, rows: Sequence[Rows], *, minute: int) -> None:
        """Note what the roads told of a minute."""
        for one in rows:
            if one.stream == ROAD_FLOW.name:
                place = np.array([self._roads.index(name) for name in one.ids])[one.codes]
                self.flow[place, minute] = one.numbers["flow"]
                self.waiting[place, minute] = one.numbers["waiting"]
        for one in rows:
            if one.stream == LANE_FLOW.name:
                for road, name in OUTSIDE.items():
                    row = self._roads.index(f"road/{road}")
                    self.waiting[row, minute] = one.numbers[name][-1]

    def driven(self) -> Driven:
        """Everything noted."""
        came = self._twin.entries.arrived_by - self._before
        free_s = float((came * _free_s(self._twin)).sum())
        return Driven(
            flow_veh_h=self.flow,
            waiting_veh=self.waiting,
            lost_veh_h=(self._spent_s - free_s) / 3600,
            stops=self._stops / max(int(came.sum()), 1),
            stranded=self._twin.stranded,
        )


def drive(
    record: Recorded, loops: Sequence[Loop], *, seed: int, tell: Callable[[], None]
) -> Driven:
    """The stretch under these loops; without any under the plan in force, the lane closed.

    tell: is called each minute.
    """
    demand = counted(record, seed=seed)
    twin = StreetTwin(seed, flows=demand.flows)
    twin.entries = Entries(twin.layout, demand, share=SHARE, fleet=FLEET)
    twin.advance(record.began_at)
    desk = _Desk(loops)
    minutes = record.flow_veh_h.shape[1]
    watch = _Watch(twin, record)
    for second in range(1, minutes * 60 + 1):
        now = record.began_at + second * SECOND
        rows = twin.advance(now)
        for decision in desk.decisions(now):
            for order in decision.orders:
                twin.obey(order, at=now + LATE_S * SECOND)
        for one in rows:
            desk.hear(one, now=now)
        minute = second // 60 - record.warm
        if second == record.warm * 60:
            watch = _Watch(twin, record)
        elif second > record.warm * 60:
            watch.look()
            if now % MINUTE == 0:
                watch.note(rows, minute=minute - 1)
        if now % MINUTE == 0:
            tell()
    return watch.driven()


def _free_s(twin: StreetTwin) -> FloatArray:
    """float64 (flow,): seconds that a vehicle needs if nothing holds it."""
    legs, strips = twin.layout.legs, twin.layout.strips
    found = []
    for flow, first in zip(twin.layout.flows, legs.first.tolist(), strict=True):
        kind = KINDS.index(flow.kind)
        leg, seconds = first, 0.0
        while leg >= 0:
            own = np.flatnonzero(strips.road == legs.road[leg])[0]
            speed = min(float(strips.speed_m_s[own]), float(TOP_M_S[kind]))
            inner = legs.inner_m[leg][legs.allowed[leg]]
            over = float(inner.mean()) if len(inner) else 0.0
            seconds += (float(strips.length_m[own]) + over) / speed
            leg = int(legs.following[leg])
        found.append(seconds)
    return np.array(found)
