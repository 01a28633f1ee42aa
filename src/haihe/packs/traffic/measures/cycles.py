"""What a phase shows at an instant: its cycles from green to green, and who arrives in them."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, IntArray
from haihe.model.time import SECOND
from haihe.packs.traffic.measures.events import (
    PARAMETERS,
    Code,
    Detectors,
    Events,
    Function,
    served,
)
from haihe.packs.traffic.measures.groups import Column, Steps, Table, binned

LATENCY: Final = 3 * SECOND // 2  # A detector's report lags by about this; as public tools assume.
OFFSET_LEAST: Final = -8.0  # s before red; who enters earlier does so on green.
CODES: Final = 16  # More than any phase code here: room for a code beside a running number.
NONE: Final = 0  # Before a phase has shown anything.


@dataclass(frozen=True)
class Cycles:
    """The changes of some phases, cut into cycles that begin with green.

    phase, at, code: int64 (change,), by phase, then time, then code.
    cycle: int64 (change,), numbers the cycles of all phases.
    state: int64 (change,): the latest of green, yellow, red that the cycle has shown by then.
    begins: int64 (cycle,), where each cycle begins among the changes.
    is_whole: bool (cycle,): it began with green, not in the middle.
    """

    phase: IntArray
    at: IntArray
    code: IntArray
    cycle: IntArray
    state: IntArray
    begins: IntArray
    is_whole: BoolArray

    def count(self, code: int) -> IntArray:
        """How often a code stands in each cycle; int64 (cycle,)."""
        return np.bincount(self.cycle[self.code == code], minlength=len(self.begins))

    def at_of(self, code: int) -> IntArray:
        """When a code came in each cycle; int64 (cycle,), ns; 0 where it did not."""
        found = np.zeros(len(self.begins), dtype=np.int64)
        is_it = self.code == code
        found[self.cycle[is_it]] = self.at[is_it]
        return found

    def change_before(self, phase: IntArray, at: IntArray) -> IntArray:
        """The phase's newest change at or before each instant; int64 (asked,), -1 if none."""
        return Steps(self.phase, self.at).last(phase, at)


def cycles_of(phase: IntArray, at: IntArray, *, code: IntArray) -> Cycles:
    """Changes of phases, in any order, as cycles.

    phase: int64 (change,), one number for each phase of each controller.
    """
    order = np.lexsort((code, at, phase))
    phase, at, code = phase[order], at[order], code[order]
    is_new = np.ones(len(at), dtype=np.bool_)
    is_new[1:] = phase[1:] != phase[:-1]
    starts = is_new | (code == Code.GREEN)
    cycle = np.cumsum(starts) - 1
    state = np.maximum.accumulate(cycle * CODES + code) - cycle * CODES if len(at) else code
    begins = np.flatnonzero(starts)
    return Cycles(phase, at, code, cycle, state, begins, code[begins] == Code.GREEN)


def shown(events: Events, phases: IntArray) -> Events:
    """Every green, yellow and red of some phases.

    phases: int64, each once; as ``Events.source``.
    """
    changes = events.of(Code.GREEN, Code.YELLOW, Code.RED)
    return changes.where(np.isin(changes.source, phases))


def arrivals_on_green(
    events: Events, length: int, *, detectors: Detectors, latency: int = 0
) -> Table:
    """Who arrived on green: bin_at, device, phase, total, share (0 to 1).

    latency: how much later than the vehicle the advance detector's event is; ns.
    """
    cycles, phase, at = arrivals(events, detectors, function=Function.ADVANCE, latency=latency)
    place = cycles.change_before(phase, at)
    is_green = np.where(place >= 0, cycles.state[place], NONE) == Code.GREEN
    bins = binned(at, length, phase // PARAMETERS, phase % PARAMETERS)
    return {
        "bin_at": bins.keys[0],
        "device": bins.keys[1],
        "phase": bins.keys[2],
        "total": bins.counts,
        "share": bins.mean(is_green),
    }


def yellow_red(
    events: Events, length: int, *, detectors: Detectors, latency: int = LATENCY
) -> Table:
    """Who entered how long before or after red, to half a second, in cycles that are whole.

    bin_at (of the red), device, phase, state (green 1, yellow 8, red 10), offset (s from the begin
    of red), total.
    """
    cycles, phase, at = arrivals(events, detectors, function=Function.YELLOW_RED, latency=latency)
    once = np.ones(len(cycles.begins), dtype=np.bool_)
    for code in (Code.GREEN, Code.YELLOW, Code.RED):
        once &= cycles.count(code) == 1
    place = cycles.change_before(phase, at)
    found = place >= 0
    cycle = cycles.cycle[place[found]]
    fits = (once & cycles.is_whole)[cycle]
    phase, at, place, cycle = phase[found][fits], at[found][fits], place[found][fits], cycle[fits]
    red_at = cycles.at_of(Code.RED)[cycle]
    halves = np.sign(at - red_at) * ((2 * np.abs(at - red_at) + SECOND // 2) // SECOND)
    keep = halves >= round(2 * OFFSET_LEAST)
    bins = binned(
        red_at[keep],
        length,
        phase[keep] // PARAMETERS,
        phase[keep] % PARAMETERS,
        cycles.state[place[keep]],
        halves[keep],
    )
    names = ("bin_at", "device", "phase", "state")
    table: dict[str, Column] = dict(zip(names, bins.keys[:4], strict=True))
    return table | {"offset": bins.keys[4] / 2, "total": bins.counts}


def arrivals(
    events: Events, detectors: Detectors, *, function: Function, latency: int
) -> tuple[Cycles, IntArray, IntArray]:
    """The cycles of the phases that have such detectors, and phase and instant of each arrival."""
    source, uses = detectors.uses(function)
    ons = events.of(Code.DETECTOR_ON)
    rows, phase = served(ons, source=source, phase=uses)
    told = shown(events, np.unique(uses))
    cycles = cycles_of(told.source, told.at, code=told.code)
    return cycles, phase, ons.at[rows] - latency
