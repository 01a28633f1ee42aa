"""Which paths over a junction cross or merge, and how long clearing one for the other takes."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.packs.traffic.network.model import Movement

CLEAR_THROUGH_M_S: Final = 10.0  # RiLSA 2015, 2.5: a vehicle that clears straight on.
CLEAR_TURN_M_S: Final = 7.0  # The same: one that turns.
ENTER_M_S: Final = 40 / 3.6  # The same: who enters with a flying start, 40 km/h.
VEHICLE_M: Final = 6.0  # The same: length added to the clearing distance.
EPSILON: Final = 1e-9  # Ours: parallel segments have no point in common.


def conflicts_of(movements: Sequence[Movement], *, groups: int) -> tuple[BoolArray, IntArray]:
    """Which groups conflict, and the least seconds between one's yellow and the other's green.

    movements: of one junction, with their paths in metres.
    groups: how many signal groups it has.
    Returns bool (group, group), symmetric: two of their paths cross, or end in one lane though they
    began on different roads; and int64 (group, group), seconds from the row's end of yellow to
    the column's green, 0 where nothing conflicts.
    Source: RiLSA 2015, 2.5 (clearing time less entering time).
    """
    conflicts = np.zeros((groups, groups), dtype=np.bool_)
    clearance = np.zeros((groups, groups), dtype=np.int64)
    at = _meetings([_line(one) for one in movements])
    for a, first in enumerate(movements):
        for b, second in enumerate(movements):
            if first.group == second.group or _road(first) == _road(second):
                continue
            reach, entry = at[a, b], at[b, a]
            if np.isnan(reach):
                if first.to_lane != second.to_lane:
                    continue
                reach, entry = _length(first), _length(second)
            conflicts[first.group, second.group] = True
            speed = CLEAR_THROUGH_M_S if first.turn == "through" else CLEAR_TURN_M_S
            needed = (reach + VEHICLE_M) / speed - entry / ENTER_M_S
            held = clearance[first.group, second.group]
            clearance[first.group, second.group] = max(held, int(np.ceil(max(0.0, needed))))
    return conflicts | conflicts.T, clearance


def compass(shape: Sequence[tuple[float, float]]) -> str:
    """Where traffic on the way comes from: N, NE, E …; "?" if it has no shape."""
    if len(shape) < 2:
        return "?"
    (x0, y0), (x1, y1) = shape[0], shape[-1]
    angle = np.degrees(np.arctan2(x0 - x1, y0 - y1)) % 360
    return ("N", "NE", "E", "SE", "S", "SW", "W", "NW")[round(angle / 45) % 8]


def _road(movement: Movement) -> str:
    """The road the movement begins on: its lane's id without the lane's number."""
    return movement.from_lane.rpartition("_")[0]


def _line(movement: Movement) -> FloatArray:
    points = movement.path if len(movement.path) > 1 else ((np.nan, np.nan),) * 2
    return np.asarray(points, dtype=np.float64)


def _length(movement: Movement) -> float:
    line = _line(movement)
    length = float(np.hypot(*np.diff(line, axis=0).T).sum())
    return 0.0 if np.isnan(length) else length


def _meetings(lines: Sequence[FloatArray]) -> FloatArray:
    """Metres along each line to where it first meets each other one; NaN where it does not.

    lines: float64 (point, 2) each.
    Returns float64 (line, line).
    """
    count = len(lines)
    at = np.full((count, count), np.inf)
    if count == 0:
        return at
    owner = np.concatenate([np.full(len(line) - 1, k) for k, line in enumerate(lines)])
    start = np.concatenate([line[:-1] for line in lines])
    along = np.concatenate([np.diff(line, axis=0) for line in lines])
    size = np.hypot(along[:, 0], along[:, 1])
    before = np.concatenate([np.cumsum(part) - part for part in _split(size, lines)])
    gap = start[None, :, :] - start[:, None, :]
    cross = along[:, None, 0] * along[None, :, 1] - along[:, None, 1] * along[None, :, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        own = (gap[..., 0] * along[None, :, 1] - gap[..., 1] * along[None, :, 0]) / cross
        other = (gap[..., 0] * along[:, None, 1] - gap[..., 1] * along[:, None, 0]) / cross
        meets = (np.abs(cross) > EPSILON) & (own >= 0) & (own <= 1) & (other >= 0) & (other <= 1)
        where = np.where(meets, before[:, None] + own * size[:, None], np.inf)
    np.minimum.at(at, (owner[:, None], owner[None, :]), where)
    at[np.isinf(at)] = np.nan
    return at


def _split(sizes: FloatArray, lines: Sequence[FloatArray]) -> list[FloatArray]:
    return np.split(sizes, np.cumsum([len(line) - 1 for line in lines])[:-1])
