"""What vehicles go through in the street twin: counted as they drive, second by second."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray
from haihe.model.record import Rows
from haihe.packs.traffic.backtest.recorded import OUTSIDE, Recorded
from haihe.packs.traffic.streams import ROAD_FLOW
from haihe.packs.traffic.street import StreetTwin
from haihe.packs.traffic.street.demand import KINDS
from haihe.packs.traffic.street.vehicles import TOP_M_S
from haihe.packs.traffic.tidal.control import LANE_FLOW

STOPPED_M_S, GOES_M_S = 1.4, 4.0  # HCM 2016: 5 km/h is queued; ours: and 14 km/h is not.


class Trips:
    """How long vehicles are on their way, and how often they stop; from now on."""

    def __init__(self, twin: StreetTwin) -> None:
        """Begin to count."""
        self._twin = twin
        self._before = twin.entries.arrived_by.copy()
        self._stands: BoolArray = np.zeros(0, np.bool_)
        self._spent_s, self._stops = 0.0, 0

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

    @property
    def came(self) -> int:
        """Vehicles that came since."""
        return int((self._twin.entries.arrived_by - self._before).sum())

    @property
    def lost_s(self) -> float:
        """Time in and before the zone, less the free drive of who came."""
        came = self._twin.entries.arrived_by - self._before
        return self._spent_s - float((came * free_s(self._twin)).sum())

    @property
    def stops(self) -> float:
        """Of a vehicle that came."""
        return self._stops / max(self.came, 1)


@dataclass(frozen=True, slots=True)
class Driven:
    """What one drive came to, of the stretch without its warming.

    flow_veh_h, waiting_veh, worst_veh: float64 (road,), the means and the most that waited.
    waiting_by_minute: float64 (minute,), vehicles that waited on all roads together.
    lost_veh_h: time spent in and before the zone less the free drive of who came.
    stops: of a vehicle.
    refused: wishes that the controllers' own interlock refused; at most what they keep of them.
    """

    flow_veh_h: FloatArray
    waiting_veh: FloatArray
    worst_veh: FloatArray
    waiting_by_minute: FloatArray
    lost_veh_h: float
    stops: float
    stranded: int
    refused: int


class Watch:
    """A drive as it goes on: sums alone are kept, so that a day needs no more than an hour."""

    def __init__(self, twin: StreetTwin, record: Recorded) -> None:
        """Begin to watch."""
        self._twin, self._roads = twin, {name: at for at, name in enumerate(record.roads)}
        self._trips = Trips(twin)
        self._outside = {name: self._roads[f"road/{road}"] for road, name in OUTSIDE.items()}
        self._flow, self._waiting, self._worst = np.zeros((3, len(record.roads)))
        self._by_minute = np.zeros(record.flow_veh_h.shape[1] - record.warm)
        self._minutes = 0

    def look(self) -> None:
        """Note one second."""
        self._trips.look()

    def note(self, rows: Sequence[Rows]) -> None:
        """Note what the roads told of a minute."""
        flow, waiting = np.zeros((2, len(self._roads)))
        for one in rows:
            if one.stream == ROAD_FLOW.name:
                place = np.array([self._roads[name] for name in one.ids])[one.codes]
                flow[place], waiting[place] = one.numbers["flow"], one.numbers["waiting"]
        for one in rows:
            if one.stream == LANE_FLOW.name:
                for name, row in self._outside.items():
                    waiting[row] = one.numbers[name][-1]
        self._flow += flow
        self._waiting += waiting
        self._worst = np.maximum(self._worst, waiting)
        self._by_minute[self._minutes] = waiting.sum()
        self._minutes += 1

    def driven(self) -> Driven:
        """Everything noted."""
        minutes = max(self._minutes, 1)
        return Driven(
            flow_veh_h=self._flow / minutes,
            waiting_veh=self._waiting / minutes,
            worst_veh=self._worst,
            waiting_by_minute=self._by_minute,
            lost_veh_h=self._trips.lost_s / 3600,
            stops=self._trips.stops,
            stranded=self._twin.stranded,
            refused=len(self._twin.controllers.refusals),
        )


def free_s(twin: StreetTwin) -> FloatArray:
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
