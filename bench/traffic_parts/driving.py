"""Runs of a map under Haihe's controller, or under what others use."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from bench.traffic_parts.rivals import FIXED, SUMO_TYPES, MaxPressure, programs_text
from bench.traffic_parts.street import Map, Sensors, Street, Trips, loops_text, opened
from haihe.model.arrays import IntArray
from haihe.model.time import SECOND
from haihe.packs.traffic.control import Controller, Layout, Settings, layout_of
from haihe.packs.traffic.control.controller import Signals
from haihe.packs.traffic.interlock import Interlock
from haihe.packs.traffic.limits import Limits
from haihe.packs.traffic.network import Network, Program, read_programs, read_sumo
from haihe.packs.traffic.plan import Plan, plan_of
from haihe.packs.traffic.tables import tables_of
from haihe.packs.traffic.watch import faults_of


@dataclass(frozen=True, slots=True)
class Setup:
    """How Haihe runs a map.

    limits: of the interlock.
    settings: of the controller.
    share: connected vehicles, 0 to 1.
    loops: whether there are stop-line detectors.
    rival: a column of ``rivals`` that runs instead; "" for Haihe.
    """

    limits: Limits
    settings: Settings
    share: float = 1.0
    loops: bool = False
    rival: str = ""


@lru_cache(maxsize=16)
def network_of(of: Map) -> Network:
    """The map's network, with the programs of its additional files if they have any."""
    programs: dict[str, Program] = {}
    for path in of.additional:
        programs |= read_programs(opened(path))
    return read_sumo(opened(of.net), programs=programs)


def drive(of: Map, *, seed: int, setup: Setup, sumo: Any = None) -> Trips:
    """One run under Haihe's controller behind its interlock."""
    network = network_of(of)
    if setup.rival in (FIXED, *SUMO_TYPES):
        return _left_alone(of, network, seed=seed, kind=setup.rival)
    junctions = [one for one in network.junctions if one.id not in network.uncontrolled]
    tables = tables_of(junctions, setup.limits)
    layout = layout_of(network, tables, settings=setup.settings)
    street = Street(of, seed=seed, extra=loops_text(layout) if setup.loops else "", sumo=sumo)
    loop = Loop(street, layout, setup=setup, plans=[plan_of(one) for one in junctions])
    while street.second < of.end_s:
        loop.second()
        street.step()
    trips = street.close()
    broken = sum(
        len(faults_of(one, [lit[at] for lit in loop.record], limits=setup.limits))
        for at, one in enumerate(junctions)
    )
    return replace(trips, refused=loop.refused, violations=broken)


def _left_alone(of: Map, network: Network, *, seed: int, kind: str) -> Trips:
    """One run with the signals as SUMO runs them."""
    extra = "" if kind == FIXED else programs_text(network, kind)
    street = Street(of, seed=seed, extra=extra)
    while street.second < of.end_s:
        street.step()
    return street.close()


class Loop:
    """The controller and the interlock, second by second, on one street."""

    def __init__(
        self, street: Street, layout: Layout, *, setup: Setup, plans: Sequence[Plan]
    ) -> None:
        """Take the signals over."""
        self.street, self.setup = street, setup
        self.tables = layout.tables
        self.sensors = Sensors(street, layout, share=setup.share, loops=setup.loops)
        self.controller = Controller(layout, setup.settings)
        self.pressure = MaxPressure(layout)
        self.interlock = Interlock(self.tables)
        self.local = _local(plans, street.map)
        self.heads = self.interlock.start(self.local[0], at=street.second * SECOND)
        self.still_at = 0
        self.memory = self.controller.start()
        self.wish: IntArray = self.heads.stage
        self.refused = 0
        self.record: list[tuple[str, ...]] = []
        self.lit: tuple[str, ...] = ("",) * len(plans)

    def second(self) -> None:
        """Decide if it is time, and show what the interlock lets through."""
        now = self.street.second * SECOND
        passed = self.street.second - self.street.map.begin_s
        local = self.local[passed]
        if passed % self.setup.settings.slot_s == 0:
            self.decide(now, local)
        before = self.heads
        self.heads, refusals = self.interlock.step(before, self.wish, local=local, now=now)
        if refusals:
            self.refused += len(refusals)
            self.wish = self.heads.target
        if self.heads is not before:
            last = (self.heads.full_at.max(initial=0), self.heads.clear_at.max(initial=0))
            self.still_at = int(max(last))
        if now <= self.still_at or self.heads is not before or not passed:
            self._show(now)
        self.record.append(self.lit)

    def _show(self, now: int) -> None:
        """Set the heads that are not as they were."""
        lit = self.interlock.shown(self.heads, now=now)
        for name, old, new in zip(self.tables.names, self.lit, lit, strict=True):
            if old != new:
                self.street.sumo.trafficlight.setRedYellowGreenState(name, new)
        self.lit = lit

    def decide(self, now: int, local: IntArray) -> None:
        """One decision for all junctions."""
        heads = self.heads
        choices = self.interlock.choices(heads, now=now)
        changing = heads.full_at > now
        signals = Signals(
            stage=heads.target,
            changing=changing,
            choices=choices,
            local=local,
            held=np.full(len(local), -1),
        )
        sight = self.sensors.sight()
        if self.setup.rival:
            stage = self.pressure.stage(sight, signals)
        else:
            self.memory, call = self.controller.step(self.memory, sight, signals=signals)
            stage = call.stage
        self.wish = np.where(changing, heads.target, stage)


def _local(plans: Sequence[Plan], of: Map) -> IntArray:
    """int64 (second, junction): the stage that each plan asks for."""
    seconds = np.arange(of.begin_s, of.end_s)
    asked = [one.stage[(seconds - one.offset_s) % one.cycle_s] for one in plans]
    return np.array(asked, dtype=np.int64).reshape(len(plans), len(seconds)).T
