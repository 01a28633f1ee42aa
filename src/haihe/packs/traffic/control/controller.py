"""The controller: sight in, a call for each junction out, memory passed along."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.packs.traffic.control.coordination import coming, dispersed, platoons, pushed, slots_of
from haihe.packs.traffic.control.decide import Problem, Sequences, choose, costs, sequences
from haihe.packs.traffic.control.demand import Demand, Past, look, no_past
from haihe.packs.traffic.control.inside import Inside, clears, inside, nobody
from haihe.packs.traffic.control.layout import Layout
from haihe.packs.traffic.control.settings import Settings
from haihe.packs.traffic.control.sight import Sight


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What the signals show until a call arrives.

    stage: int64 (junction,), the stage that is green now.
    late_s: int64 (junction,), seconds until a call arrives.
    green: bool (junction, second, stage), which stage is green in each of them; none from
        ``late_s`` on.
    """

    stage: IntArray
    late_s: IntArray
    green: BoolArray


@dataclass(frozen=True, slots=True)
class Signals:
    """What the signals show when a call arrives, and what is asked of them beside the demand.

    stage: int64 (junction,), the stage that is green.
    changing: bool (junction,), whether a change is under way.
    choices: bool (junction, stage), what the interlock would accept.
    local: int64 (junction,), the stage of the plan in force.
    held: int64 (junction,), a stage that a person holds; -1 where nobody does.
    meanwhile: what is shown until then; None if calls arrive at once.
    """

    stage: IntArray
    changing: BoolArray
    choices: BoolArray
    local: IntArray
    held: IntArray
    meanwhile: Meanwhile | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """What the controller remembers.

    past: of the demand.
    passed: float64 (slot, junction, lane), who passed the stop lines in each slot back from now;
        NaN where no detector told.
    inside: of those who stand inside the junctions.
    """

    past: Past
    passed: FloatArray
    inside: Inside


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

    @cached_property
    def _dispersed(self) -> FloatArray:
        """When who passed a stop line is at the next one."""
        return dispersed(self.layout.links, self.settings)

    def start(self) -> Memory:
        """Memory that has seen nothing."""
        shape = (slots_of(self.settings), *self.layout.approach.shape)
        return Memory(no_past(self.layout), np.full(shape, np.nan), nobody(self.layout))

    def step(self, memory: Memory, sight: Sight, *, signals: Signals) -> tuple[Memory, Call]:
        """Take what the sensors showed and say which stage each junction should show next."""
        layout, settings = self.layout, self.settings
        at = np.arange(len(signals.stage))
        until = signals.meanwhile or _at_once(signals)
        green = layout.rate[at, until.stage] > 0
        past, demand = look(layout, settings, past=memory.past, sight=sight, green=green)
        lost_s = layout.tables.change_s.astype(np.float64) + settings.start_s
        rate = layout.rate * demand.room[:, None, :]
        served = np.einsum("jbs,jsl->jbl", _shares(signals, until, settings=settings), rate)
        passed, arrivals = self._expected(memory.passed, sight, past=past, demand=demand)
        arrivals = arrivals + settings.platoon * platoons(
            layout.links, settings, arrivals=arrivals, rate=served
        )
        ahead = later(arrivals, served, late_s=until.late_s, settings=settings)
        cost = np.full(layout.tables.valid.shape, np.inf)
        within = inside(
            layout,
            memory.inside,
            sight=sight,
            stage=signals.stage,
            elapsed_s=float(settings.slot_s),
        )
        free = clears(layout, signals.stage, found=within)
        allowed = signals.choices & ~signals.changing[:, None] & free
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
        return Memory(past, passed, within), call

    def _expected(
        self, passed: FloatArray, sight: Sight, *, past: Past, demand: Demand
    ) -> tuple[FloatArray, FloatArray]:
        """Who passed the stop lines with this sight, and who arrives: seen, and not seen."""
        layout, settings = self.layout, self.settings
        passed = pushed(passed, sight.detectors, settings=settings)
        unseen = coming(
            layout.links, self._dispersed, passed=passed, flow=past.flow_veh_s, settings=settings
        )
        return passed, demand.arrivals + (1 - sight.share) * unseen


def later(
    arrivals: FloatArray, rate: FloatArray, *, late_s: IntArray, settings: Settings
) -> FloatArray:
    """The same when a call arrives: what waits then comes first; float64 (junction, bin, lane).

    rate: float64 (junction, bin, lane), what is let through until then, vehicles a second.
    late_s: int64 (junction,), rounded to whole bins. What comes at the forecast's end is as much
        as in its last bin.
    """
    bins = arrivals.shape[1]
    late = np.minimum(np.round(late_s / settings.bin_s).astype(np.int64), bins - 1)
    queue = np.zeros_like(rate[:, 0])
    for at in range(int(late.max(initial=0))):
        left = np.maximum(queue + arrivals[:, at] - rate[:, at] * settings.bin_s, 0.0)
        queue = np.where(at < late[:, None], left, queue)
    moved_on = np.minimum(np.arange(bins)[None, :] + late[:, None], bins - 1)
    moved = np.take_along_axis(arrivals, moved_on[..., None], axis=1)
    moved[:, 0] += queue
    return moved


def _at_once(signals: Signals) -> Meanwhile:
    count, stages = signals.choices.shape
    none = np.zeros((count, 0, stages), dtype=np.bool_)
    return Meanwhile(signals.stage, np.zeros(count, dtype=np.int64), none)


def _shares(signals: Signals, until: Meanwhile, *, settings: Settings) -> FloatArray:
    """float64 (junction, bin, stage): how much of each bin a stage is green.

    From when a call arrives it stays as it is.
    """
    count, stages = signals.choices.shape
    seconds = np.arange(settings.bins * settings.bin_s)
    stays = np.arange(stages) == signals.stage[:, None]
    green = (stays & ~signals.changing[:, None])[:, None, :] & (
        seconds[None, :, None] >= until.late_s[:, None, None]
    )
    known = min(until.green.shape[1], len(seconds))
    green[:, :known] |= until.green[:, :known]
    shares: FloatArray = green.reshape(count, settings.bins, settings.bin_s, stages).mean(axis=2)
    return shares
