"""What loops see of vehicles that pass over them: on and off, in tenths of a second."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import FloatArray, IntArray
from haihe.model.time import SECOND
from haihe.packs.traffic.measures.events import Code, Events

LOOP_M: Final = 1.5  # Ours: shorter than the least gap, so that each vehicle is seen alone.
STOP_LOOP_M: Final = 4.0  # Decision 21: 3 m before the line, where who waits stands on it.
ADVANCE_M: Final = 80.0  # As ``zone.zone_detectors``.
TENTH: Final = SECOND // 10  # As controllers log.


@dataclass(frozen=True, slots=True)
class Edges:
    """Vehicles' fronts and rears that passed a loop; one row each.

    channel: int64, the loop's ordinal.
    part: float64, of the second, 0 to 1.
    change: int64, 1 for a front that came, -1 for a rear that left.
    """

    channel: IntArray
    part: FloatArray
    change: IntArray


@dataclass(frozen=True, slots=True)
class Passing:
    """Vehicles in one second, each beside a loop; float64 (row,), along the vehicle's way.

    front_m: before the second. step_m: how far it goes. length_m: of the vehicle.
    """

    front_m: FloatArray
    step_m: FloatArray
    length_m: FloatArray


def edges(channel: IntArray, passing: Passing, *, begin_m: FloatArray, end_m: FloatArray) -> Edges:
    """Who came onto and who left the loops in a second.

    channel: int64 (row,), a loop that the vehicle may pass.
    begin_m, end_m: float64 (row,), where the loop lies, along the vehicle's way.
    """
    front_m, step_m, length_m = passing.front_m, passing.step_m, passing.length_m
    on = (front_m < begin_m) & (front_m + step_m >= begin_m)
    rear_m = front_m - length_m
    off = (rear_m < end_m) & (rear_m + step_m >= end_m)
    part_on = (begin_m[on] - front_m[on]) / step_m[on]
    part_off = (end_m[off] - rear_m[off]) / step_m[off]
    return Edges(
        channel=np.concatenate([channel[on], channel[off]]),
        part=np.concatenate([part_on, part_off]),
        change=np.repeat(np.array([1, -1]), [int(on.sum()), int(off.sum())]),
    )


def edges_joined(parts: tuple[Edges, ...]) -> Edges:
    """All of them."""
    return Edges(
        np.concatenate([one.channel for one in parts]),
        np.concatenate([one.part for one in parts]),
        np.concatenate([one.change for one in parts]),
    )


def told(
    count: IntArray, found: Edges, *, device: IntArray, detector: IntArray, at: int
) -> tuple[IntArray, Events]:
    """How many stand over each loop after a second, and what the loops say of it.

    count: int64 (channel,), before.
    device, detector: int64 (channel,), by which they are told.
    at: when the second ends; ns.
    """
    tenth = np.minimum((found.part * 10).astype(np.int64), 9)
    order = np.lexsort((found.change, found.part, found.channel))
    channel, change = found.channel[order], found.change[order]
    total = np.cumsum(change)
    first = np.ones(len(channel), np.bool_)
    first[1:] = channel[1:] != channel[:-1]
    offset = np.maximum.accumulate(np.where(first, np.arange(len(channel)), 0))
    after = count[channel] + total - (total - change)[offset]
    on, off = (after == 1) & (change == 1), (after == 0) & (change == -1)
    says = on | off
    stamps = at - SECOND + tenth[order][says] * TENTH
    out = count + np.bincount(channel, weights=change, minlength=len(count)).astype(np.int64)
    code = np.where(on, Code.DETECTOR_ON, Code.DETECTOR_OFF)[says].astype(np.int64)
    events = Events(stamps, device[channel[says]], code, detector[channel[says]])
    return out, events.take(np.argsort(stamps, kind="stable"))
