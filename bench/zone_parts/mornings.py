"""The demonstration's zone on a working day's morning: the loops beside the fixed plan.

The twin's records go through a real node with its log, engine and outbox; orders are handed to the
street so many seconds after they were given.
"""

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from bench.rows import LOWER, Options, Row
from haihe.log.sqlite import SqliteLog
from haihe.model.arrays import FloatArray
from haihe.model.decision import WorkOrder
from haihe.model.line import EntityTold
from haihe.model.record import Rows
from haihe.model.time import DAY, SECOND, parse_instant
from haihe.packs.traffic import pack
from haihe.packs.traffic.backtest.watched import Trips
from haihe.packs.traffic.measures.cycles import arrivals_on_green
from haihe.packs.traffic.measures.events import Code, Events, joined
from haihe.packs.traffic.streams import ROAD_FLOW, SIGNAL_EVENT
from haihe.packs.traffic.street import StreetTwin
from haihe.packs.traffic.zone import (
    ADVANCE,
    ALONG_AVENUE,
    junction_entity,
    zone_detectors,
    zone_network,
)
from haihe.run.appending import Arrival
from haihe.run.clock import DataClock
from haihe.run.node import Node
from haihe.run.outbox import Carrier, Route

BENCH: Final = "zone"
BEGIN: Final = parse_instant("2026-03-04T06:40:00+08:00")  # Ours: a Wednesday, before the tide.
LENGTH_S, QUICK_S = 10_200, 4_200  # Ours: to 9:30, when the tide has gone; to 7:50.
LATE_S: Final = (0, 5, 10)  # The task's: from a wired controller to a slow radio.
ON_S: Final = 58  # From the loop 80 m before the line at 13.9 m/s; tenths of a second.
EACH_S: Final = 5  # Ours: records leave the street in parcels of so many seconds.
SCHEMES: Final = {
    "fixed plan": (),
    "plan and reversible lane": ("tidal",),
    "signals and reversible lane": ("signals", "tidal"),
}


@dataclass(frozen=True, slots=True)
class Morning:
    """What a morning came to.

    delay_s: of a vehicle that arrived, on the mean, more than the free drive; who has not left
        counts until the end.
    worst_veh: vehicles standing on the fullest approach road, on the mean.
    stops: of a vehicle.
    on_green: share of the vehicles 80 m before a stop line that reach it on green if nothing holds
        them; 0 to 1.
    avenue: the same of the avenue's inner junctions, in the direction of the tide.
    stranded: in the reversible lane.
    refused: wishes that the street's interlock refused, seconds.
    orders: to signals. unfinished: vehicles.
    """

    delay_s: float
    worst_veh: float
    stops: float
    on_green: float
    avenue: float
    stranded: int
    refused: int
    orders: int
    unfinished: int


class Arriving:
    """Who passes the loops before the stop lines, and what is shown when they reach the line."""

    def __init__(self) -> None:
        """Nobody has come yet."""
        self._network = zone_network()
        self._device = {
            junction_entity(one.id): at for at, one in enumerate(self._network.junctions, start=1)
        }
        self._parts: list[Events] = []

    def hear(self, rows: Rows) -> None:
        """Keep what controllers tell."""
        device = np.array([self._device[name] for name in rows.ids], np.int64)[rows.codes]
        code, parameter = (rows.numbers[name].astype(np.int64) for name in ("code", "parameter"))
        kept = np.isin(code, (Code.GREEN, Code.YELLOW, Code.RED)) | (
            (code == Code.DETECTOR_ON) & (parameter >= ADVANCE)
        )
        self._parts.append(Events(rows.observed_at, device, code, parameter).where(kept))

    def shares(self) -> tuple[float, float]:
        """On green: of all, and of those on the avenue's inner junctions from the town."""
        events = joined(self._parts)
        table = arrivals_on_green(
            events, DAY, detectors=zone_detectors(self._network), latency=-ON_S * SECOND // 10
        )
        device, phase = np.asarray(table["device"]), np.asarray(table["phase"])
        inner = np.zeros(len(device), np.bool_)
        for name in ALONG_AVENUE[1:]:
            groups = [group.name for group in self._network.junction(name).groups]
            own = self._device[junction_entity(name)]
            inner |= (device == own) & (phase == groups.index("W-through") + 1)
        total, share = np.asarray(table["total"]), np.asarray(table["share"])
        whole = np.ones_like(inner)
        every, tide = (float(np.average(share[of], weights=total[of])) for of in (whole, inner))
        return every, tide


class LateSink:
    """Hands orders to a twin, some seconds after they were given."""

    name = "street"

    def __init__(self, twin: StreetTwin, late_s: int) -> None:
        """``late_s``: from the decision to the controller."""
        self.twin, self.late_s = twin, late_s
        self.orders = 0

    def send(self, order: WorkOrder) -> None:
        """Let the twin obey."""
        self.orders += order.order.assignee == "traffic-signals"
        self.twin.obey(order.order, at=order.dispatched_at + self.late_s * SECOND)


class Street:
    """A twin behind a node, and what its vehicles go through."""

    def __init__(self, node: Node, clock: DataClock, *, seed: int, late_s: int) -> None:
        """Tell of the entities; the streets are empty."""
        self.node, self.clock = node, clock
        self.twin = StreetTwin(seed)
        self.sink = LateSink(self.twin, late_s)
        self.carrier = Carrier(node, [Route("*", self.sink)])
        rows = self.twin.advance(BEGIN)
        node.tell(*(EntityTold(at=BEGIN, entity=one) for one in self.twin.entities())).result()
        for answer in [node.submit(Arrival(one)) for one in rows]:  # What the heads show at first.
            answer.result()
        self.trips = Trips(self.twin)
        self.waiting: list[FloatArray] = []
        self.arriving = Arriving()

    def run(self, seconds: int) -> Morning:
        """Let the morning pass."""
        for second in range(1, seconds + 1):
            now = BEGIN + second * SECOND
            rows = self.twin.advance(now)
            self.trips.look()
            self.clock.reach(now)
            self.waiting += [one.numbers["waiting"] for one in rows if one.stream == ROAD_FLOW.name]
            for one in rows:
                if one.stream == SIGNAL_EVENT.name:
                    self.arriving.hear(one)
            for answer in [self.node.submit(Arrival(one)) for one in rows]:
                answer.result()
            if second % EACH_S == 0:
                self.carrier.carry(now=2**62)
        twin = self.twin
        arrived = max(twin.entries.arrived, 1)
        on_green, avenue = self.arriving.shares()
        return Morning(
            delay_s=self.trips.lost_s / arrived,
            worst_veh=float(np.mean(self.waiting, axis=0).max()),
            stops=self.trips.stops,
            on_green=on_green,
            avenue=avenue,
            stranded=twin.stranded,
            refused=len(twin.controllers.refusals),
            orders=self.sink.orders,
            unfinished=arrived - twin.left,
        )


@contextmanager
def opened(loops: tuple[str, ...]) -> Iterator[tuple[Node, DataClock]]:
    """A node with the traffic pack, of whose loops only these run."""
    kept = tuple(loop for loop in pack.loops if loop.name in loops)
    part = replace(pack, loops=kept, streams=pack.all_streams, twin=None, demo=None)
    with TemporaryDirectory() as folder:
        clock = DataClock(BEGIN)
        node = Node(SqliteLog(Path(folder)), (part,), clock=clock)
        node.start()
        try:
            yield node, clock
        finally:
            node.stop()


def morning(scheme: str, *, seed: int, late_s: int, seconds: int) -> Morning:
    """One morning under a scheme."""
    with opened(SCHEMES[scheme]) as (node, clock):
        return Street(node, clock, seed=seed, late_s=late_s).run(seconds)


def measure(options: Options, *, seeds: int) -> list[Row]:
    """Rows for each scheme and delay of orders; the goal is what the fixed plan comes to."""
    seconds = QUICK_S if options.quick else LENGTH_S
    cases = [
        (name, late) for name, loops in SCHEMES.items() for late in (LATE_S if loops else (0,))
    ]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=context) as crew:
        driven = {
            (name, late): [
                crew.submit(morning, name, seed=seed, late_s=late, seconds=seconds)
                for seed in range(seeds)
            ]
            for name, late in reversed(cases)  # What takes longest comes first.
        }
        rows: list[Row] = []
        fixed: list[Morning] = []
        for name, late in cases:
            found = [one.result() for one in driven[name, late]]
            case = f"zone's morning, {name}" + (f", orders {late} s late" if SCHEMES[name] else "")
            options.say(f"{case}: {seeds} seeds driven")
            rows += _rows(case, found, fixed=fixed)
            fixed = fixed or found
    return rows


def _rows(case: str, found: list[Morning], *, fixed: list[Morning]) -> list[Row]:
    goal = float(np.mean([one.delay_s for one in fixed])) if fixed else None
    worst = max(one.delay_s for one in found)
    delay = float(np.mean([one.delay_s for one in found]))
    beside = {
        "worst seed": worst,
        "stops a vehicle": float(np.mean([one.stops for one in found])),
        "arrivals on green": float(np.mean([one.on_green for one in found])),
        "on the avenue with the tide": float(np.mean([one.avenue for one in found])),
        "stranded": float(sum(one.stranded for one in found)),
        "refused by the street, s": float(sum(one.refused for one in found)),
        "orders to signals": float(np.mean([one.orders for one in found])),
        "unfinished": float(np.mean([one.unfinished for one in found])),
    }
    waits = float(np.mean([one.worst_veh for one in found]))
    goal_veh = float(np.mean([one.worst_veh for one in fixed])) if fixed else None
    return [
        Row(BENCH, case, "mean delay", "s", delay, goal, LOWER, beside=beside),
        Row(BENCH, case, "standing on the worst approach", "veh", waits, goal_veh, LOWER),
    ]
