"""The best timetable for a morning: every pair of instants tried on point queues."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.traffic_parts.tidal_cases import CAPACITY_VEH_H, SLOT_STEPS, STEPS, Mornings
from haihe.model.arrays import FloatArray, IntArray
from haihe.model.time import HOUR
from haihe.packs.traffic.tidal.corridor import STEP_S
from haihe.packs.traffic.tidal.forecast import SLOT
from haihe.packs.traffic.tidal.lanes import Way

SLOTS: Final = STEPS // SLOT_STEPS
CHUNK: Final = 50  # Mornings at once; about 40 MB.


@dataclass(frozen=True, slots=True)
class Windows:
    """Every window of slots in which the lane may be open inbound: bool (window, slot).

    serves_in, serves_out: what part of each slot it serves each way, clearing taken off.
    """

    first: IntArray
    last: IntArray


def windows() -> Windows:
    """All of them; the empty one first."""
    first, last = np.triu_indices(SLOTS)
    return Windows(np.concatenate([[0], first]), np.concatenate([[-1], last]))


def best_table(morning: Mornings, demand: FloatArray) -> IntArray:
    """int64 (case, slot): the ``Way`` by the best two windows inbound, one found after the other.

    demand: float64 (case, way, slot), vehicles an hour.
    """
    table = np.full((len(morning.cases), SLOTS), int(Way.OUT))
    for begin in range(0, len(table), CHUNK):
        part = slice(begin, begin + CHUNK)
        once = _improved(morning, demand, table=table, part=part)
        table[part] = once
        table[part] = _improved(morning, demand, table=table, part=part)
    return table


def _improved(morning: Mornings, demand: FloatArray, *, table: IntArray, part: slice) -> IntArray:
    """The tables of some cases with the one window more that saves most, if any does."""
    every = windows()
    slot = np.arange(SLOTS)
    inside = (slot >= every.first[:, None]) & (slot <= every.last[:, None])
    inbound = inside[None] | (table[part] == Way.IN)[:, None]
    lanes = morning.shape.lanes[part]
    clear_h = (25 + morning.shape.cells[part] * STEP_S) / 3600 / (SLOT / HOUR)
    delay = np.zeros(inbound.shape[:2])
    queue = np.zeros((2, *delay.shape))
    was = np.zeros(delay.shape, np.bool_)
    for at in range(SLOTS):
        now = inbound[..., at]
        served = 1 - (now != was) * np.minimum(clear_h, 1.0)[:, None]
        for way, is_open in ((0, now), (1, ~now)):
            capacity = (lanes[:, way][:, None] + is_open * served) * CAPACITY_VEH_H
            after = np.maximum(
                queue[way] + (demand[part, way, at][:, None] - capacity) * (SLOT / HOUR), 0.0
            )
            delay += (queue[way] + after) / 2
            queue[way] = after
        was = now
    best = delay.argmin(axis=1)
    return np.where(inbound[np.arange(len(best)), best], int(Way.IN), int(Way.OUT))


def usual_demand(morning: Mornings, *, first_slot: int) -> FloatArray:
    """float64 (case, way, slot): the median of the days before, none after 10:00."""
    middle = np.median(morning.usual[..., first_slot : first_slot + SLOTS], axis=0)
    return np.nan_to_num(middle)


def earlier(table: IntArray, slots: int) -> IntArray:
    """The table with every change so many slots earlier; later if negative."""
    moved = np.roll(table, -slots, axis=1)
    if slots > 0:
        moved[:, -slots:] = table[:, -1:]
    elif slots < 0:
        moved[:, :-slots] = table[:, :1]
    return moved
