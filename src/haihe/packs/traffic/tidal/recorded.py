"""A lane's day as it was recorded: demand, queues, and what the signs really showed."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.model.record import Batch
from haihe.model.time import BEIJING, MINUTE, SECOND, format_instant
from haihe.packs.traffic.measures.events import Code
from haihe.packs.traffic.tidal.control import events_of
from haihe.packs.traffic.tidal.corridor import STEP_S
from haihe.packs.traffic.tidal.lanes import Lane, Way

COUNTED_MIN: Final = 10  # ``LANE_FLOW`` counts demand over so many minutes before it is told.
AROUND: Final = 15 * MINUTE  # Ours: what is read before and after; the counting time and a hole.
HOLE_MOST_MIN: Final = 5  # Ours: half the counting time; the next count still holds what came.
MISSING_MOST: Final = 0.1  # Ours: of all minutes; more is another day's picture.
# Ours: a count is off by one vehicle, and by chance minutes of 20 differ by the root of twice that.
SMOOTH: Final = 1 / 40
SIGN_SILENT: Final = 5 * MINUTE  # Ours: signs are polled; the interlock itself allows 30 s.
FLOWS: Final = ("inbound", "outbound")
QUEUES: Final = ("inbound_waiting", "outbound_waiting")


@dataclass(frozen=True, slots=True)
class Turned:
    """A turn: when the lane began to close and when it was open ``way``; ns."""

    began_at: int
    opened_at: int
    way: Way


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is known of the stretch.

    began_at: its begin; ns, a whole minute.
    demand_veh_h: float64 (way, minute), who came in each.
    counted_veh_h: float64 (way, minute), the ten minutes around each, as they were told.
    queue_veh: float64 (way, minute).
    inside_veh: float64 (minute,), vehicles in the reversible lane.
    shown: int64 (step,), the ``Way`` in which it could be entered, amber included.
    turns: in order of time.
    """

    began_at: int
    demand_veh_h: FloatArray
    counted_veh_h: FloatArray
    queue_veh: FloatArray
    inside_veh: FloatArray
    shown: IntArray
    turns: tuple[Turned, ...]


def clock(at: int) -> str:
    """Hours and minutes as people there read them.

    >>> clock(0)
    '08:00'
    """
    return format_instant(at - at % SECOND, zone=BEIJING)[11:16]


def recorded_of(
    lane: Lane, flow: Batch, *, events: Batch, from_at: int, to_at: int
) -> Recorded | Text:
    """The lane's stretch of the record; in words why not, where the record has holes.

    flow, events: of ``LANE_FLOW`` and ``LANE_EVENT``, of this lane alone.
    """
    began_at = from_at - from_at % MINUTE
    minutes = (to_at - began_at) // MINUTE
    told = _by_minute(flow, began_at=began_at, minutes=minutes + COUNTED_MIN)
    known: BoolArray = np.all(np.isfinite(told), axis=0)
    hole = _hole(known[:minutes], began_at=began_at)
    if hole is not None:
        return hole
    filled = np.stack([_filled(row) for row in told])
    # What is told of ten minutes is the demand of their middle.
    later = slice(COUNTED_MIN // 2, COUNTED_MIN // 2 + minutes)
    each = np.stack([minutes_of(told[way]) for way in range(2)])
    found = _signs(lane, events, began_at=began_at, steps=minutes * 60 // STEP_S)
    if isinstance(found, Text):
        return found
    shown, lit = found
    return Recorded(
        began_at=began_at,
        demand_veh_h=each[:, COUNTED_MIN : COUNTED_MIN + minutes],
        counted_veh_h=filled[:2, later],
        queue_veh=filled[2:4, :minutes],
        inside_veh=filled[4, :minutes],
        shown=shown,
        turns=turns_of(lit, shown, began_at=began_at),
    )


def _by_minute(flow: Batch, *, began_at: int, minutes: int) -> FloatArray:
    """float64 (field, minute): the last word of each minute; NaN where there is none."""
    at = (flow.observed_at - began_at + MINUTE // 2) // MINUTE
    mask = (at >= 0) & (at < minutes)
    told = np.full((5, minutes), np.nan)
    for row, name in enumerate((*FLOWS, *QUEUES, "inside")):
        told[row, at[mask]] = flow.numbers[name][mask]
    return told


def _hole(known: BoolArray, *, began_at: int) -> Text | None:
    """The longest stretch of minutes without a word, if it is too long, or all together are."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], ~known, [0]]).astype(np.int64)))
    begins, ends = edges[::2], edges[1::2]
    if len(begins) == 0:
        return None
    longest = int((ends - begins).argmax())
    first, last = (clock(began_at + int(end[longest]) * MINUTE) for end in (begins, ends))
    if not known.any():
        return Text(
            zh=f"{first} 至 {last} 没有该车道的流量记录",
            en=f"nothing was recorded of the lane's demand from {first} to {last}",
        )
    missing = 1 - float(known.mean())
    if ends[longest] - begins[longest] <= HOLE_MOST_MIN and missing <= MISSING_MOST:
        return None
    return Text(
        zh=f"流量记录有缺口: 缺 {missing:.0%} 的分钟, 最长 {first} 至 {last}",
        en=f"the record of demand has holes: {missing:.0%} of its minutes are missing, the longest "
        f"stretch from {first} to {last}",
    )


def _filled(values: FloatArray) -> FloatArray:
    """The row with what is missing drawn straight between its neighbours."""
    known = np.flatnonzero(np.isfinite(values))
    return np.interp(np.arange(len(values)), known, values[known])


def minutes_of(counted_veh_h: FloatArray) -> FloatArray:
    """Who came in each minute, from counts over ten minutes that are told each minute.

    counted_veh_h: float64 (minute,), of the ten minutes before each; NaN where nothing was told.
    Returns float64 (minute + 9,), vehicles an hour; the first is ten minutes before the first
    count. Of all that explain the counts, the smoothest; a minute's own chance cannot be known.
    Source: Phillips, Journal of the ACM 9(1), 1962 (smoothest solution).
    """
    known = np.isfinite(counted_veh_h)
    many = len(known) + COUNTED_MIN - 1
    minute = np.arange(many)[None, :] - np.arange(len(known))[known][:, None]
    sums = ((minute >= 0) & (minute < COUNTED_MIN)).astype(np.float64)
    steps = np.diff(np.eye(many), axis=0)
    counts = counted_veh_h[known] * COUNTED_MIN / 60
    found = np.linalg.solve(sums.T @ sums + SMOOTH * steps.T @ steps, sums.T @ counts)
    each: FloatArray = np.maximum(found, 0.0) * 60
    return each


def _signs(
    lane: Lane, rows: Batch, *, began_at: int, steps: int
) -> tuple[IntArray, BoolArray] | Text:
    """int64 (step,) of ``Way`` and bool (step,), lit and not about to close; or what is missing."""
    events = events_of(rows)
    at = began_at + (np.arange(steps) + 1) * STEP_S * SECOND
    enters, greens = np.zeros((2, steps), np.bool_), np.zeros((2, steps), np.bool_)
    for end in range(2):
        mine = (events.device == lane.devices[end]) & (events.parameter == lane.signs[end])
        said = events.where(mine & np.isin(events.code, (Code.GREEN, Code.YELLOW, Code.RED)))
        last = np.searchsorted(said.at, at, side="right") - 1
        silent = last < 0
        if len(said):
            silent |= at - said.at[np.maximum(last, 0)] > SIGN_SILENT
        if silent.any():
            first = clock(int(at[int(silent.argmax())]))
            name = "AB"[end]
            return Text(
                zh=f"{first} 起 {name} 端车道信号灯没有记录",
                en=f"the sign at end {name} says nothing from {first} on",
            )
        code = said.code[last]
        enters[end], greens[end] = code != Code.RED, code == Code.GREEN
    both: BoolArray = np.all(enters, axis=0)
    if both.any():
        when = clock(int(at[int(both.argmax())]))
        return Text(
            zh=f"{when} 两端信号灯同时放行, 记录自相矛盾",
            en=f"at {when} both signs let vehicles in: the record contradicts itself",
        )
    shown = np.select([enters[0], enters[1]], [int(Way.IN), int(Way.OUT)], int(Way.NONE))
    lit: BoolArray = np.any(greens, axis=0)
    return shown.astype(np.int64), lit


def turns_of(lit: BoolArray, way: IntArray, *, began_at: int) -> tuple[Turned, ...]:
    """The turns of one lane.

    lit: bool (step,), open and not about to close. way: int64 (step,), the ``Way`` while lit.
    """
    turns, was, closed = [], Way(int(way[0])), 0
    for step in np.flatnonzero(np.diff(lit.astype(np.int64), prepend=0) != 0).tolist():
        if not lit[step]:
            was, closed = Way(int(way[step - 1])), step
        elif was not in (Way.NONE, way[step]):
            begin, end = (began_at + one * STEP_S * SECOND for one in (closed, step))
            turns.append(Turned(begin, end, Way(int(way[step]))))
    return tuple(turns)
