"""The controller: sight in, a call for each junction out, memory passed along."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.packs.traffic.control.coordination import platoons
from haihe.packs.traffic.control.decide import Problem, Sequences, choose, costs, sequences
from haihe.packs.traffic.control.demand import SLOW_M_S, Demand, Past, look, no_past
from haihe.packs.traffic.control.layout import Layout
from haihe.packs.traffic.control.settings import Settings
from haihe.packs.traffic.control.sight import Sight

OUT_S: Final = 2.0  # HCM 2016: one vehicle after another leaves every two seconds.
BOX_S: Final = 30.0  # Ours: who stands inside for longer is not helped by waiting for them.


@dataclass(frozen=True, slots=True)
class Signals:
    """What the signals show, and what is asked of them beside the demand.

    stage: int64 (junction,), the stage that is green.
    changing: bool (junction,), whether a change is under way.
    choices: bool (junction, stage), what the interlock would accept now.
    local: int64 (junction,), the stage of the plan in force.
    held: int64 (junction,), a stage that a person holds; -1 where nobody does.
    late_s: how long a call is on its way; until then the stage stays.
    """

    stage: IntArray
    changing: BoolArray
    choices: BoolArray
    local: IntArray
    held: IntArray
    late_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Memory:
    """What the controller remembers.

    past: of the demand.
    boxed_s: float64 (junction, group), for how long somebody has stood inside the junction.
    """

    past: Past
    boxed_s: FloatArray


@dataclass(frozen=True, slots=True)
class Call:
    """What the controller calls for, and what it weighed.

    at: ns.
    stage: int64 (junction,).
    cost: float64 (junction, stage), person-seconds; infinite where not allowed.
    demand: what it saw.
    arrivals: float64 (junction, bin, lane), of the demand and from junctions upstream.
    fallen_back: bool (junction,), on the plan in force because its data did not come.
    held: bool (junction,), a person holds it.
    """

    at: int
    stage: IntArray
    cost: FloatArray
    demand: Demand
    arrivals: FloatArray
    fallen_back: BoolArray
    held: BoolArray


@dataclass(frozen=True)
class Controller:
    """Training-free control of every junction of a layout.

    layout: the junctions.
    settings: the same for every map.
    """

    layout: Layout
    settings: Settings

    @cached_property
    def _sequences(self) -> dict[int, Sequences]:
        """What is played forward, by the number of a junction's stages."""
        sizes = np.unique(self.layout.tables.valid.sum(axis=1)).tolist()
        return {size: sequences(size, self.settings) for size in sizes}

    def start(self) -> Memory:
        """Memory that has seen nothing."""
        return Memory(no_past(self.layout), np.zeros(self.layout.tables.served.shape))

    def step(self, memory: Memory, sight: Sight, *, signals: Signals) -> tuple[Memory, Call]:
        """Take what the sensors showed and say which stage each junction should show next."""
        layout, settings = self.layout, self.settings
        at = np.arange(len(signals.stage))
        green = layout.rate[at, signals.stage] > 0
        past, demand = look(layout, settings, past=memory.past, sight=sight, green=green)
        lost_s = layout.tables.change_s.astype(np.float64) + settings.start_s
        rate = layout.rate * demand.room[:, None, :]
        served = rate[at, signals.stage] * ~signals.changing[:, None]
        arrivals = demand.arrivals + settings.platoon * platoons(
            layout.links, settings, arrivals=demand.arrivals, rate=served
        )
        ahead = later(arrivals, served, late_s=signals.late_s, settings=settings)
        cost = np.full(layout.tables.valid.shape, np.inf)
        boxed = self._boxed(sight)
        boxed_s = np.where(boxed > 0, memory.boxed_s + settings.slot_s, 0.0)
        clears = self._clears(signals.stage, boxed=np.where(boxed_s <= BOX_S, boxed, 0.0))
        allowed = signals.choices & ~signals.changing[:, None] & clears
        sizes = layout.tables.valid.sum(axis=1)
        for size, found in self._sequences.items():
            of = np.flatnonzero(sizes == size)
            problem = Problem(
                stage=signals.stage[of],
                rate=rate[of, :size],
                lost_s=lost_s[of, :size, :size],
                arrivals=ahead[of],
                weight=demand.weight[of],
                allowed=allowed[of, :size],
            )
            cost[of, :size] = costs(problem, settings, found=found)
        stage = choose(cost, signals.stage)
        stage = np.where(sight.heard, stage, signals.local)
        stage = np.where(signals.held >= 0, signals.held, stage)
        call = Call(
            at=sight.now,
            stage=stage,
            cost=cost,
            demand=demand,
            arrivals=arrivals,
            fallen_back=~sight.heard,
            held=signals.held >= 0,
        )
        return Memory(past, boxed_s), call

    def _boxed(self, sight: Sight) -> FloatArray:
        """float64 (junction, group): vehicles that stand inside each junction."""
        layout, cars = self.layout, sight.vehicles
        shape = layout.tables.served.shape
        stands = np.bincount(cars.lane[cars.speed_m_s < SLOW_M_S], minlength=len(layout.lanes))
        found = np.bincount(
            layout.box_group, weights=stands[layout.box_lane], minlength=shape[0] * shape[1]
        )
        return found.reshape(shape).astype(np.float64)

    def _clears(self, stage: IntArray, *, boxed: FloatArray) -> BoolArray:
        """bool (junction, stage): stages that send nobody across those who still stand inside.

        Those who gave way get out first: while the signals change as far as the time allows, else
        in a stage that lets them. So nobody is locked in.
        """
        tables = self.layout.tables
        at = np.arange(len(stage))
        starts = tables.green & ~tables.green[at, stage][:, None, :]
        across = np.einsum("jgh,jsh->jsg", tables.excludes, starts)
        inside = np.einsum("jsg,jg->js", across, boxed)
        out = tables.change_s[at, stage] / OUT_S
        clears: BoolArray = inside <= out
        return clears


def later(
    arrivals: FloatArray, rate: FloatArray, *, late_s: float, settings: Settings
) -> FloatArray:
    """The same when a call arrives: what waits then comes first; float64 (junction, bin, lane).

    rate: float64 (junction, lane), what the stage that is green lets through until then.
    late_s: rounded to whole bins. What comes at the forecast's end is as much as in its last bin.
    """
    late = min(round(late_s / settings.bin_s), arrivals.shape[1] - 1)
    if late <= 0:
        return arrivals
    queue = np.zeros_like(rate)
    for at in range(late):
        queue = np.maximum(queue + arrivals[:, at] - rate * settings.bin_s, 0.0)
    last = np.repeat(arrivals[:, -1:], late, axis=1)
    moved = np.concatenate([arrivals[:, late:], last], axis=1)
    moved[:, 0] += queue
    return moved
