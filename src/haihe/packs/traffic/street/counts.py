"""What is counted: each minute of the approach roads, and of the reversible lane's corridor."""

from collections import deque
from typing import Final

import numpy as np

from haihe.model import Rows
from haihe.model.arrays import BoolArray, IntArray
from haihe.model.time import MINUTE, SECOND
from haihe.packs.traffic.streams import ROAD_FLOW
from haihe.packs.traffic.street.layout import BESIDE, NONE, Layout
from haihe.packs.traffic.street.motion import Moved
from haihe.packs.traffic.street.told import rows_of
from haihe.packs.traffic.street.vehicles import Vehicles

STANDING_M_S: Final = 1.4  # HCM 2016: 5 km/h, slower is queued.
COUNTED: Final = 10  # ``LANE_FLOW``: minutes over which the corridor's demand is told.


class RoadCounts:
    """Counts of the approach roads over a minute."""

    def __init__(self, layout: Layout) -> None:
        """Nothing counted."""
        signalled = {road for road, name in enumerate(layout.roads) if "-from-" in name}
        self._roads = np.array(sorted(signalled), np.int64)
        self.ids = tuple(f"road/{layout.roads[road]}" for road in self._roads.tolist())
        self._all = len(layout.roads)
        self._road_of = layout.strips.road
        self._passed = np.zeros(self._all)
        self._occupied = np.zeros(self._all)
        self._seconds = 0

    def second(self, moved: Moved, *, on: BoolArray, strip: IntArray) -> None:
        """Count one second; ``on`` says which stop lines' loops see somebody.

        strip: int64 (loop,), where each lies.
        """
        road = self._road_of[moved.before.strip[moved.crossed]]
        self._passed += np.bincount(road, minlength=self._all)
        lanes = np.maximum(np.bincount(self._road_of[strip], minlength=self._all), 1)
        seen = np.bincount(self._road_of[strip[on]], minlength=self._all)
        self._occupied += seen / lanes
        self._seconds += 1

    def minute(self, cars: Vehicles, *, at: int) -> Rows:
        """The minute's records at its end; ns."""
        stands = cars.speed_m_s < STANDING_M_S
        waiting = np.bincount(self._road_of[cars.strip[stands]], minlength=self._all)
        seconds = max(self._seconds, 1)
        hour = MINUTE // SECOND * 60
        table = np.column_stack(
            [
                (self._passed * hour / seconds).round(),
                (self._occupied * 100.0 / seconds).round(1),
                waiting,
            ]
        )[self._roads]
        self._passed[:] = 0.0
        self._occupied[:] = 0.0
        self._seconds = 0
        count = len(self._roads)
        stamps = np.full(count, at, np.int64)
        return rows_of(ROAD_FLOW, self.ids, codes=np.arange(count), at=stamps, table=table)


class LaneCounts:
    """Demand of the corridor of the reversible lane over the last minutes."""

    def __init__(self, layout: Layout) -> None:
        """Nobody counted."""
        ends = [(beside[0], beside[-1]) for beside in BESIDE.values()]
        pairs = [(flow.start, flow.end) for flow in layout.flows]
        self._flows = [np.array([pair == end for pair in pairs], np.bool_) for end in ends]
        self._entry = [
            layout.roads.index(start) if start in layout.roads else NONE for start, _ in ends
        ]
        self._road_of = layout.strips.road
        self._seen: deque[tuple[int, int]] = deque(maxlen=COUNTED + 1)

    def minute(
        self,
        cars: Vehicles,
        *,
        arrived_by: IntArray,
        outside: tuple[int, int],
        inside: int,
    ) -> tuple[float, ...]:
        """The minute's words, in the order of ``LANE_FLOW``.

        arrived_by: int64 (flow,), since the start. outside: who waits before the zone, each way.
        """
        total = tuple(int(arrived_by[mask].sum()) for mask in self._flows)
        self._seen.append((total[0], total[1]))
        minutes = max(len(self._seen) - 1, 1)
        begin = self._seen[0] if len(self._seen) > 1 else (0, 0)
        flow = [(now - was) * 60.0 / minutes for now, was in zip(total, begin, strict=True)]
        stands = cars.speed_m_s < STANDING_M_S
        road = self._road_of[cars.strip]
        queue = [
            float((stands & (road == entry)).sum() + beyond)
            for entry, beyond in zip(self._entry, outside, strict=True)
        ]
        return (*flow, *queue, float(inside))

    @property
    def entries(self) -> tuple[int, ...]:
        """The roads at the corridor's ends, inbound first."""
        return tuple(self._entry)
