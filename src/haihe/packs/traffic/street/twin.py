"""The twin of the zone's streets: it reports what they report, obeys orders, and fails as told."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from haihe.errors import SinkFailed, SinkRefused
from haihe.model import Entity, Order, Rows
from haihe.model.arrays import IntArray
from haihe.model.time import MINUTE, SECOND, parse_instant
from haihe.packs.traffic.dayplans import day_plans
from haihe.packs.traffic.measures.events import Events
from haihe.packs.traffic.street.avenue import WAYS, Avenue
from haihe.packs.traffic.street.counts import LaneCounts, RoadCounts
from haihe.packs.traffic.street.demand import Demand
from haihe.packs.traffic.street.entries import Entries
from haihe.packs.traffic.street.faults import REFUSES, SILENT, Faults
from haihe.packs.traffic.street.heads import Controllers
from haihe.packs.traffic.street.layout import NONE, layout_of
from haihe.packs.traffic.street.loops import (
    ADVANCE_M,
    LOOP_M,
    STOP_LOOP_M,
    Passing,
    edges,
    edges_joined,
    told,
)
from haihe.packs.traffic.street.motion import Lights, Moved, changed_lanes, moved
from haihe.packs.traffic.street.places import entities_of
from haihe.packs.traffic.street.told import (
    lane_rows,
    merged,
    patrol_rows,
    rows_of,
    signal_rows,
    vehicle_rows,
)
from haihe.packs.traffic.street.vehicles import no_vehicles
from haihe.packs.traffic.tidal.control import LANE_FLOW
from haihe.packs.traffic.tidal.lanes import Lane, Way
from haihe.packs.traffic.zone import (
    ADVANCE,
    ALONG_AVENUE,
    AVENUE,
    AVENUE_LIMITS,
    FLOWS,
    STOP_LINE,
    Flow,
    approaches,
    junction_entity,
    zone_detectors,
    zone_network,
)
from haihe.twin import Fault
from haihe.twin.kernel import Kernel

SHARE: Final = 0.2  # Ours: of vehicles that are connected, as the bench's sparse row.
FLEET: Final = (
    200  # Ours: connected vehicles at once; more than a fifth of the zone at its fullest.
)
TELL_S: Final = 5  # Ours: how often a connected vehicle is heard, as roadside units thin it out.
TOGETHER: Final = 10 * SECOND  # Ours: records of so much time leave together.
PATROL_S: Final = 60  # Ours: when the lane was driven through in the morning; seconds.
STAGE, LOCAL, SIGN = "signal-stage", "signal-local", "lane-sign"


class StreetTwin:
    """Streets that obey orders to signals and lane signs. See ``Twin``.

    The first ``advance`` only sets the clock: the streets are empty then.
    """

    def __init__(
        self, seed: int, *, flows: Sequence[Flow] = FLOWS, lane: Lane = AVENUE, share: float = SHARE
    ) -> None:
        """Lay out empty streets.

        seed: of the demand; 0 or more.
        flows: who wants to drive.
        lane: the reversible one.
        share: of vehicles that are connected, 0 to 1.
        """
        network = zone_network()
        self.layout = layout_of(network, flows)
        self.cars = no_vehicles()
        self.left = 0
        self.entries = Entries(self.layout, Demand(tuple(flows), seed), share=share, fleet=FLEET)
        self.controllers = Controllers(network, plans=day_plans(network, along=ALONG_AVENUE))
        self.avenue = Avenue(lane, self.layout.strips, limits=AVENUE_LIMITS)
        self._lane = lane
        self._entities = entities_of(self.layout, lane)
        self._junctions = tuple(junction_entity(one.id) for one in network.junctions)
        self._fleet = tuple(f"vehicle/{0x7A000000 + number:08x}" for number in range(FLEET))
        self._roads = RoadCounts(self.layout)
        self._corridor = LaneCounts(self.layout)
        self._seconds = 0
        self._silent: frozenset[int] = frozenset()
        self._wire()
        self._faults = Faults(self.layout, self._junctions, seed=seed)
        self._kernel = Kernel(step=SECOND, places=self._faults.places)

    @property
    def faults(self) -> tuple[str, ...]:
        """The kinds of fault it can have; docs/traffic.md gives the unit of each size."""
        return tuple(self._faults.places)

    @property
    def truth(self) -> tuple[Fault, ...]:
        """Every fault that was injected, in that order."""
        return self._kernel.truth

    @property
    def stranded(self) -> int:
        """Vehicles that were in the reversible lane when it was opened against them."""
        return self.avenue.stranded

    def entities(self) -> tuple[Entity, ...]:
        """Junctions, roads and the lane, with places and relations."""
        return self._entities

    def inject(self, fault: Fault) -> None:
        """Let a fault happen.

        Raises ValueError if the kind or the entity is not known, or the size cannot be.
        """
        self._faults.check(fault)
        self._kernel.inject(fault)

    def obey(self, order: Order, *, at: int) -> None:
        """Take an order to a junction's controller or to the lane's signs.

        at: ns; it takes effect at the first step from there on.
        Raises SinkRefused if the controller refuses, SinkFailed if it gives no answer.
        """
        if order.action not in (STAGE, LOCAL, SIGN):
            return
        kinds = {
            fault.kind
            for fault in self._kernel.truth
            if fault.entity == order.entity and fault.starts_at <= at < fault.ends_at
        }
        if SILENT in kinds:
            raise SinkFailed(f"{order.entity} gives no answer; look at its line and its power.")
        if REFUSES in kinds:
            raise SinkRefused(f"{order.entity} refused '{order.action}'; look at its cabinet.")
        late = self._faults.late(self._kernel.truth, order.entity, at=at)
        self._kernel.obey(order, at=at + late)

    def advance(self, until: int) -> Sequence[Rows]:
        """Pass time and give what was observed on the way: a ``Rows`` a stream and ten seconds.

        until: ns; not before what was asked for already.
        """
        rows: list[Rows] = []
        found: list[Rows] = []
        for at in self._kernel.steps(until):
            found += self._step(at)
            if at % TOGETHER == 0:
                rows += merged(found)
                found = []
        return [*rows, *merged(found)]

    def lines(self, at: int) -> tuple[str, ...]:
        """What every junction's heads show at an instant not before the last step; ns."""
        return self.controllers.lines(at)

    def _wire(self) -> None:
        """Lay the loops: those at stop lines first, then those before them."""
        network = self.layout.network
        uses = zone_detectors(network)
        known = set(zip(uses.device.tolist(), uses.detector.tolist(), strict=True))
        stop, advance = [], []
        for device, one in enumerate(network.junctions, start=1):
            for at, lane in enumerate(approaches(one)):
                strip = self.layout.strips.at(lane)
                stop.append((device, STOP_LINE + at, strip))
                if (device, ADVANCE + at) in known:
                    advance.append((device, ADVANCE + at, strip))
        table = np.array([*stop, *advance], np.int64)
        self._device, self._detector, self._strip = table.T.copy()
        self._stops = len(stop)
        count = len(self.layout.strips.names)
        self._stop_of, self._advance_of = (np.full(count, NONE) for _ in range(2))
        self._stop_of[self._strip[: len(stop)]] = np.arange(len(stop))
        self._advance_of[self._strip[len(stop) :]] = np.arange(len(stop), len(table))
        self._over = np.zeros(len(table), np.int64)

    def _step(self, at: int) -> list[Rows]:
        active = self._kernel.active(at)
        for order in self._kernel.orders_due(at):
            self._do(order, at=at)
        blocks_m = np.minimum(self.avenue.head_on(self.cars), self._faults.blocks_m(active))
        lights = Lights(self.controllers.shown, self.avenue.opens(at - SECOND), blocks_m)
        cars = changed_lanes(self.layout, self.cars, lights=lights, second=at // SECOND)
        one = moved(self.layout, cars, lights=lights)
        gone = one.before.told[one.left]
        self.left += len(gone)
        self.entries.freed(gone)
        self.entries.arrive(at, extra_veh_h=self._faults.extra_veh_h(active))
        self.cars = self.entries.enter(one.after)
        self.avenue.count_stranded(self.cars, now=at)
        loops = self._loops(one, at=at)
        lane = [self.avenue.loops(one, at=at), self.avenue.signs(at)]
        self._roads.second(one, on=self._over[: self._stops] > 0, strip=self._strip[: self._stops])
        silent = self._faults.silent(active)
        for device in self._silent - silent:
            self.controllers.announce(device - 1)
        self._silent = silent
        on = self._faults.felt(active, over=self._truly())[: self._stops]
        events = [loops, self.controllers.step(at, on=on)]
        events = self._faults.distorted(events, active, over=self._truly(), at=at)
        rows = [signal_rows(events, self._junctions), lane_rows(lane, self._lane.name)]
        rows += self._told(at)
        self._seconds += 1
        if self._seconds == PATROL_S and not len(self.avenue.inside(self.cars)):
            rows.append(patrol_rows(self._lane.name, at=at))
        return rows

    def _truly(self) -> tuple[IntArray, IntArray, IntArray]:
        """Device and channel of every loop, and how many stand over it."""
        return self._device, self._detector, self._over

    def _do(self, order: Order, *, at: int) -> None:
        """Hand an order to whom it is for; what cannot be read changes nothing."""
        if order.action == SIGN:
            way = WAYS.get(order.parameters.get("way", ""))
            if order.entity == self._lane.name and way is not None:
                self.avenue.order(Way(way), now=at)
                for name in ALONG_AVENUE:
                    self.controllers.plan(
                        self._junctions.index(junction_entity(name)),
                        order.parameters.get("plan", ""),
                    )
            return
        if order.entity not in self._junctions:
            return
        junction = self._junctions.index(order.entity)
        if order.action == LOCAL:
            self.controllers.release(junction)
            return
        try:
            stage = int(order.parameters["stage"])
            until = parse_instant(order.parameters["until"])
        except (KeyError, ValueError):
            return
        self.controllers.call(junction, stage=stage, until=until)

    def _loops(self, one: Moved, *, at: int) -> Events:
        """What the loops of the approaches saw in the second that ends at ``at``; ns."""
        cars, length_m = one.before, self.layout.strips.length_m
        on_own, behind = np.zeros(len(cars)), np.maximum(cars.behind, 0)
        parts = []
        for channels, strip, shift_m, before_m in (
            (self._stop_of, cars.strip, on_own, STOP_LOOP_M),
            (self._advance_of, cars.strip, on_own, ADVANCE_M),
            (self._stop_of, behind, cars.behind_m, STOP_LOOP_M),  # Rears that still leave it.
        ):
            channel = channels[strip]
            from_here = cars.behind >= 0 if strip is behind else True
            row = np.flatnonzero((channel >= 0) & from_here)
            passing = Passing(cars.at_m[row] + shift_m[row], one.step_m[row], cars.length_m[row])
            begin_m = length_m[strip[row]] - before_m
            parts.append(edges(channel[row], passing, begin_m=begin_m, end_m=begin_m + LOOP_M))
        self._over, events = told(
            self._over, edges_joined(tuple(parts)), device=self._device,
            detector=self._detector, at=at,
        )  # fmt: skip
        return events

    def _told(self, at: int) -> list[Rows]:
        """Connected vehicles, and each minute the counts."""
        cars = self.cars
        turn = (cars.told >= 0) & ((cars.told + at // SECOND) % TELL_S == 0)
        rows = [vehicle_rows(cars.take(turn), self.layout.strips, ids=self._fleet, at=at)]
        if at % MINUTE:
            return rows
        inbound, outbound = self._corridor.entries
        words = self._corridor.minute(
            cars,
            arrived_by=self.entries.arrived_by,
            outside=(self.entries.waiting_on(inbound), self.entries.waiting_on(outbound)),
            inside=len(self.avenue.inside(cars)),
        )
        lane = rows_of(
            LANE_FLOW, (self._lane.name,), codes=np.zeros(1, np.int64),
            at=np.array([at], np.int64), table=np.array([words]),
        )  # fmt: skip
        return [*rows, self._roads.minute(cars, at=at), lane]
