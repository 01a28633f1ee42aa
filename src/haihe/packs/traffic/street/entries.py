"""Who waits to drive in: queues before the roads at the zone's edge, first come, first in."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from haihe.model.arrays import FloatArray, IntArray
from haihe.model.time import MINUTE, SECOND
from haihe.packs.traffic.street.demand import KINDS, Arrivals, Demand
from haihe.packs.traffic.street.layout import NONE, Layout
from haihe.packs.traffic.street.motion import BRAKE_M_S2, GAP_M
from haihe.packs.traffic.street.vehicles import HEADWAY_S, LENGTH_M, TOP_M_S, Vehicles


@dataclass(frozen=True, slots=True)
class Waiting:
    """One that arrived and is not in yet."""

    number: int
    flow: int
    is_connected: bool


class Entries:
    """The queues before the zone, and the connected fleet whose numbers are used again."""

    def __init__(self, layout: Layout, demand: Demand, *, share: float, fleet: int) -> None:
        """Nobody waits.

        share: of vehicles that are connected.
        fleet: how many of them there may be at once.
        """
        self._layout = layout
        self._demand = demand
        self._share = share
        self._free = deque(range(fleet))
        self._queues: dict[int, deque[Waiting]] = {}
        self._minute = NONE
        self._due: Arrivals | None = None
        self.arrived = 0
        self.arrived_by = np.zeros(len(layout.flows), np.int64)
        self.entered = 0
        kinds = [KINDS.index(flow.kind) for flow in layout.flows]
        self._kind = np.array(kinds, np.int64)

    @property
    def waiting(self) -> int:
        """How many wait in all."""
        return sum(len(queue) for queue in self._queues.values())

    def waiting_on(self, road: int) -> int:
        """How many wait before a road."""
        return len(self._queues.get(road, ()))

    def freed(self, told: IntArray) -> None:
        """Take numbers of the connected fleet back from those who left."""
        self._free.extend(sorted(told[told >= 0].tolist()))

    def arrive(self, at: int, *, extra_veh_h: FloatArray) -> None:
        """Those of the second that ends at ``at`` (ns) come to their queues."""
        begin = at - SECOND
        minute, second = begin // MINUTE, begin % MINUTE // SECOND
        if minute != self._minute or self._due is None:
            self._minute = minute
            self._due = self._demand.arrivals(minute, extra_veh_h=extra_veh_h)
        low, high = np.searchsorted(self._due.second, [second, second + 1]).tolist()
        for row in range(low, high):
            flow = int(self._due.flow[row])
            road = int(self._layout.legs.road[self._layout.legs.first[flow]])
            connected = bool(self._due.chance[row] < self._share)
            self._queues.setdefault(road, deque()).append(Waiting(self.arrived, flow, connected))
            self.arrived += 1
            self.arrived_by[flow] += 1

    def enter(self, cars: Vehicles) -> Vehicles:
        """The vehicles with those who found room in a lane they can use."""
        rows: list[tuple[float, ...]] = []
        first = np.searchsorted(cars.strip, np.arange(len(self._layout.strips.names) + 1))
        for queue in self._queues.values():
            full: set[int] = set()
            while queue:
                row = self._place(queue[0], cars, first=first, full=full)
                if row is None:
                    break
                queue.popleft()
                rows.append(row)
        if not rows:
            return cars
        self.entered += len(rows)
        columns = np.array(rows).T
        whole = columns.astype(np.int64)
        return cars.joined(
            Vehicles(
                number=whole[0], kind=whole[1], leg=whole[2], strip=whole[3],
                at_m=columns[4], speed_m_s=columns[5], behind=whole[6],
                behind_m=np.zeros(len(rows)), told=whole[7],
            )
        )  # fmt: skip

    def _place(
        self, one: Waiting, cars: Vehicles, *, first: IntArray, full: set[int]
    ) -> tuple[float, ...] | None:
        """A row for one who found room; its lane is full for this second then."""
        strips, legs = self._layout.strips, self._layout.legs
        leg, kind = int(legs.first[one.flow]), int(self._kind[one.flow])
        best, gap_m, fewest = NONE, np.inf, np.inf
        for strip in np.flatnonzero(legs.allowed[leg]).tolist():
            if strip in full:
                continue
            load, room_m = int(first[strip + 1] - first[strip]), np.inf
            if load:
                last = first[strip + 1] - 1
                room_m = float(cars.at_m[last] - LENGTH_M[cars.kind[last]] - GAP_M)
            if room_m > 0 and load < fewest:
                best, gap_m, fewest = strip, room_m, load
        if best == NONE:
            return None
        full.add(best)
        react = BRAKE_M_S2 * HEADWAY_S[kind]
        speed = min(float(strips.speed_m_s[best]), float(TOP_M_S[kind]))
        if np.isfinite(gap_m):
            speed = min(speed, float(np.sqrt(react**2 + 2 * BRAKE_M_S2 * gap_m) - react))
        told = self._free.popleft() if one.is_connected and self._free else NONE
        return one.number, kind, leg, best, 0.0, speed, NONE, told
