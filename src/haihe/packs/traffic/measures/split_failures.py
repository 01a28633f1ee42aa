"""Split failures: cycles whose green was full to its end and whose queue was still there in red."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, IntArray
from haihe.model.time import MILLISECOND, SECOND
from haihe.packs.traffic.measures.cycles import Cycles, cycles_of, shown
from haihe.packs.traffic.measures.events import (
    PARAMETERS,
    Code,
    Detectors,
    Events,
    Function,
    served,
)
from haihe.packs.traffic.measures.groups import Steps, Table, binned, by_key

BARRIER: Final = 11  # No controller's event: the end of the first seconds of red.
RED_TIME: Final = 5 * SECOND  # Source: Freije et al., Transportation Research Record 2487 (2015).
FULL: Final = 0.8  # The same: green and the first of red were both occupied this much.
RAPID: Final = 2 * SECOND  # Of two "on" so near the second vehicle closed up; else "off" was lost.


def split_failures(
    events: Events,
    length: int,
    *,
    detectors: Detectors,
    red_time: int = RED_TIME,
    full: float = FULL,
) -> Table:
    """By approach: bin_at, device, phase, green (s), green and red occupancy (0 to 1), failures.

    red_time: how much of red is looked at; ns. A cycle counts where that is over.
    full: both occupancies from which on a cycle failed.
    """
    source, uses = detectors.uses(Function.PRESENCE)
    cycles = _with_barriers(events, np.unique(uses), length=length, red_time=red_time)
    occupied = _occupied(events, source, uses=uses)
    first = cycles.begins
    is_known = occupied.steps.last(cycles.phase[first], cycles.at[first], strictly=True) >= 0
    keep = cycles.is_whole & is_known
    keep &= (cycles.count(Code.YELLOW) == 1) & (cycles.count(BARRIER) == 1)
    green, green_on = _spent(cycles, occupied, state=Code.GREEN)
    _, red_on = _spent(cycles, occupied, state=Code.RED)
    keep &= green > 0
    green, green_on, red_on = green[keep], green_on[keep], red_on[keep]
    ended_at, phase = cycles.at_of(BARRIER)[keep], cycles.phase[first][keep]
    in_green, in_red = green_on / np.maximum(green, 1), red_on / red_time
    bins = binned(ended_at, length, phase // PARAMETERS, phase % PARAMETERS)
    failed = (in_green >= full) & (in_red >= full)
    return {
        "bin_at": bins.keys[0],
        "device": bins.keys[1],
        "phase": bins.keys[2],
        "green": bins.mean(green / SECOND),
        "green_occupancy": bins.mean(in_green),
        "red_occupancy": bins.mean(in_red),
        "failures": bins.total(failed).astype(np.int64),
    }


@dataclass(frozen=True)
class _Occupied:
    """When the stop line of each phase was occupied by any of its detectors.

    steps: when that was told anew.
    is_on: bool (step,), from then on.
    sum: int64 (step,), how long any phase had been occupied before; ns.
    """

    steps: Steps
    is_on: BoolArray
    sum: IntArray

    def by(self, phase: IntArray, at: IntArray) -> IntArray:
        """How long until an instant, from where only differences matter; int64 (asked,), ns."""
        if len(self.sum) == 0:
            return np.zeros(len(at), dtype=np.int64)
        row = self.steps.last(phase, at)
        told = self.sum[row] + (at - self.steps.at[row]) * self.is_on[row]
        return np.where(row >= 0, told, 0)


def _with_barriers(events: Events, phases: IntArray, *, length: int, red_time: int) -> Cycles:
    """The phases' cycles with the instants at which their first seconds of red are over."""
    told = shown(events, phases)
    phase, at, code = told.source, told.at, told.code
    end_at = (int(events.at[-1]) // length + 1) * length if len(events) else 0
    red = (code == Code.RED) & (at + red_time < end_at)
    return cycles_of(
        np.concatenate([phase, phase[red]]),
        np.concatenate([at, at[red] + red_time]),
        code=np.concatenate([code, np.full(int(red.sum()), BARRIER)]),
    )


def _spent(cycles: Cycles, occupied: _Occupied, *, state: int) -> tuple[IntArray, IntArray]:
    """How long each cycle showed a state, and was occupied in it; int64 (cycle,), ns."""
    rows = np.flatnonzero((cycles.state[:-1] == state) & (cycles.phase[1:] == cycles.phase[:-1]))
    phase, from_at, to_at = cycles.phase[rows], cycles.at[rows], cycles.at[rows + 1]
    cycle, count = cycles.cycle[rows], len(cycles.begins)
    on = occupied.by(phase, to_at) - occupied.by(phase, from_at)
    whole = np.zeros(count, dtype=np.int64)
    spent = np.zeros(count, dtype=np.int64)
    np.add.at(whole, cycle, to_at - from_at)
    np.add.at(spent, cycle, on)
    return whole, spent


def _occupied(events: Events, source: IntArray, *, uses: IntArray) -> _Occupied:
    """The detectors of each phase as one: occupied where any of them is."""
    told = events.of(Code.DETECTOR_OFF, Code.DETECTOR_ON)
    rows, phase = served(told, source=source, phase=uses)
    at, change = told.at[rows], np.where(told.code[rows] == Code.DETECTOR_ON, 1, -1)
    changes = mended(told.source[rows], phase, at=at, change=change)
    order = by_key(changes.phase)
    at, phase, change = changes.at[order], changes.phase[order], changes.change[order]
    ends = np.ones(len(at), dtype=np.bool_)  # The last of what was told at one instant.
    ends[:-1] = (phase[1:] != phase[:-1]) | (at[1:] != at[:-1])
    on = np.cumsum(change)[ends] if len(at) else change
    at, phase = at[ends], phase[ends]
    is_new = np.concatenate(([True], phase[1:] != phase[:-1]))[: len(at)]
    # Each phase counts from nothing: what others had left standing is taken off.
    starts = np.flatnonzero(is_new)
    left = np.concatenate(([0], on[starts[1:] - 1])) if len(starts) else starts
    on = on - np.repeat(left, np.diff(np.append(starts, len(at))))
    lasts = np.zeros(len(at), dtype=np.int64)
    lasts[1:] = np.where(is_new[1:], 0, (at[1:] - at[:-1]) * (on[:-1] > 0))
    return _Occupied(Steps(phase, at), on > 0, np.cumsum(lasts))


@dataclass(frozen=True)
class Changes:
    """Detectors' changes in order of time; columns of one length.

    at: int64, ns. source, phase: int64. change: int64, 1 for "on", -1 for "off".
    lost: bool, whether it was not told and must have been.
    """

    at: IntArray
    source: IntArray
    phase: IntArray
    change: IntArray
    lost: BoolArray


def mended(source: IntArray, phase: IntArray, *, at: IntArray, change: IntArray) -> Changes:
    """Changes in order of time with those that each detector must have lost put back.

    Two "on" in a row: "off" with the second if it came at once, else half-way. Two "off": "on"
    half-way. "Off" first: "on" just before it.
    """
    order = by_key(source)
    if not np.array_equal(source, phase):
        order = order[by_key(phase[order])]  # A detector may serve several.
    own, of, when, turn = source[order], phase[order], at[order], change[order]
    same = (own[1:] == own[:-1]) & (of[1:] == of[:-1])
    twice = np.flatnonzero(same & (turn[1:] == turn[:-1])) + 1
    apart = when[twice] - when[twice - 1]
    rapid = (turn[twice] == 1) & (apart <= RAPID)
    lost_at = np.where(rapid, when[twice], when[twice] - apart // 2)
    first = np.flatnonzero(np.concatenate(([True], ~same))[: len(at)])
    first = first[turn[first] == -1]
    rows = np.concatenate([order[twice], order[first]])  # What showed that one was lost.
    lost_at = np.concatenate([lost_at, when[first] - MILLISECOND])
    in_time = np.argsort(lost_at, kind="stable")
    rows, lost_at = rows[in_time], lost_at[in_time]
    # What was lost in the instant that showed it stands just before that.
    place = np.where(lost_at == at[rows], rows, np.searchsorted(at, lost_at))
    return Changes(
        np.insert(at, place, lost_at),
        np.insert(source, place, source[rows]),
        np.insert(phase, place, phase[rows]),
        np.insert(change, place, -change[rows]),
        np.insert(np.zeros(len(at), np.bool_), place, True),
    )
