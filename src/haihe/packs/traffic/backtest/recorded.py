"""Streets as they were recorded: who came where, what stood, what passed."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.arrays import BoolArray, FloatArray
from haihe.model.record import Batch
from haihe.model.time import MINUTE
from haihe.packs.traffic.tidal.recorded import clock
from haihe.packs.traffic.zone import FLOWS, GATE_IN, TOWN

STEP_MIN: Final = 5  # Ours: some cycles of a signal, so that red and green are in each.
WARM_MIN: Final = 20  # Ours: the zone is driven through in four minutes; queues need longer.
WARM_LEAST_MIN: Final = 5  # Ours: as above; less leaves the zone empty.
HOLE_MOST_MIN: Final = 5  # Ours: one step of demand.
MISSING_MOST: Final = 0.1  # Ours: of all minutes; more is another day's picture.
ENTRIES: Final = tuple(dict.fromkeys(flow.start for flow in FLOWS))  # Where people drive in.
# Those who wait before the zone are seen by the lane's own detectors only.
OUTSIDE: Final = {TOWN: "inbound_waiting", GATE_IN: "outbound_waiting"}


@dataclass(frozen=True, slots=True)
class Recorded:
    """The stretch and the warming before it.

    began_at: of the warming; ns. warm: its minutes.
    roads: those with a stop line.
    flow_veh_h, waiting_veh: float64 (road, minute), warming included; waiting before the zone too.
    came_veh: float64 (entry, step), who came to each of ``ENTRIES`` in five minutes.
    """

    began_at: int
    warm: int
    roads: tuple[str, ...]
    flow_veh_h: FloatArray
    waiting_veh: FloatArray
    came_veh: FloatArray


def recorded_of(
    roads: tuple[str, ...], flow: Batch, *, lane: Batch, from_at: int, to_at: int
) -> Recorded | Text:
    """The stretch; in words why not, where the record has holes.

    roads: by ``slots`` of ``flow``.
    lane: of ``LANE_FLOW``, of the one lane.
    """
    early = from_at - WARM_MIN * MINUTE
    minutes = (to_at - early) // MINUTE
    passed = _by_minute(flow, "flow", rows=len(roads), began_at=early, minutes=minutes)
    waiting = _by_minute(flow, "waiting", rows=len(roads), began_at=early, minutes=minutes)
    beyond = {
        roads.index(f"road/{road}"): _by_minute(
            Batch(lane.stream, lane.offsets, np.zeros_like(lane.slots), lane.observed_at,
                  lane.received_at, lane.numbers, lane.texts),
            name, rows=1, began_at=early, minutes=minutes,
        )[0]
        for road, name in OUTSIDE.items()
    }  # fmt: skip
    for row, told in beyond.items():
        waiting[row] = told
    known = np.isfinite(passed) & np.isfinite(waiting)
    if not known.any():
        first, last = clock(from_at), clock(to_at)
        return Text(
            zh=f"{first} 至 {last} 没有路段流量记录",
            en=f"nothing was recorded of the roads' flow from {first} to {last}",
        )
    late = int(known.any(axis=0).argmax())
    if WARM_MIN - late < WARM_LEAST_MIN:
        begins = clock(early + late * MINUTE)
        return Text(
            zh=f"记录始于 {begins}, 起点前须有 {WARM_LEAST_MIN} 分钟; 请把起点推后",
            en=f"the record begins at {begins} and {WARM_LEAST_MIN} min before the stretch are "
            "needed; begin it later",
        )
    hole = _hole(known[:, late:], roads, began_at=early + late * MINUTE)
    if hole is not None:
        return hole
    passed, waiting = _filled(passed[:, late:]), _filled(waiting[:, late:])
    return Recorded(
        began_at=early + late * MINUTE,
        warm=WARM_MIN - late,
        roads=roads,
        flow_veh_h=passed,
        waiting_veh=waiting,
        came_veh=_came(roads, passed, waiting=waiting),
    )


def _by_minute(batch: Batch, name: str, *, rows: int, began_at: int, minutes: int) -> FloatArray:
    """float64 (row, minute): what was told at each minute's end; NaN where nothing was."""
    at = (batch.observed_at - began_at + MINUTE // 2) // MINUTE - 1
    mask = (at >= 0) & (at < minutes) & (batch.slots >= 0) & (batch.slots < rows)
    told = np.full((rows, minutes), np.nan)
    told[batch.slots[mask], at[mask]] = batch.numbers[name][mask]
    return told


def _hole(known: BoolArray, roads: tuple[str, ...], *, began_at: int) -> Text | None:
    """The longest stretch without a word of a road, if it is too long."""
    worst, first, last, where = 0, 0, 0, ""
    for road, row in zip(roads, known, strict=True):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], ~row, [0]]).astype(np.int64)))
        for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            if end - begin > worst:
                worst, first, last, where = end - begin, begin, end, road
    missing = float(1 - known.mean(axis=1).min())
    if worst <= HOLE_MOST_MIN and missing <= MISSING_MOST:
        return None
    begin_at, end_at = (clock(began_at + minute * MINUTE) for minute in (first, last))
    return Text(
        zh=f"流量记录有缺口: 最长 {begin_at} 至 {end_at} ({where}); "
        f"缺得最多的路段缺 {missing:.0%} 的分钟",
        en=f"the record has holes: the longest from {begin_at} to {end_at} on {where}; "
        f"{missing:.0%} of the minutes of the worst road are missing",
    )


def _filled(table: FloatArray) -> FloatArray:
    """The table with what is missing drawn straight between its neighbours."""
    minute = np.arange(table.shape[1])
    rows = [np.interp(minute, minute[np.isfinite(row)], row[np.isfinite(row)]) for row in table]
    return np.stack(rows)


def _came(roads: tuple[str, ...], flow_veh_h: FloatArray, *, waiting: FloatArray) -> FloatArray:
    """float64 (entry, step): who passed the entry's stop line, and by how many its queue grew.

    Whoever is still driving towards the stop line is counted half a minute late.
    """
    rows = [roads.index(f"road/{road}") for road in ENTRIES]
    total = np.cumsum(flow_veh_h[rows] / 60, axis=1) + waiting[rows]
    minutes = total.shape[1]
    ends = np.minimum(np.arange(STEP_MIN, minutes + STEP_MIN, STEP_MIN), minutes) - 1
    # A queue that is told as shorter than it was makes nobody go back.
    risen = np.maximum.accumulate(total[:, ends], axis=1)
    came: FloatArray = np.diff(risen, axis=1, prepend=0.0)
    return came
