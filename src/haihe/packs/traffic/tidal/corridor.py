"""A corridor with a reversible lane, many at once; every vehicle in the lane is counted.

Ordinary lanes are store-and-forward: what enters a section reaches its end after the free time and
waits there as long as the end's capacity and the next section's storage ask. Queues that do not
fit wait before the entry and are counted. The reversible lane is cells of whole vehicles (cell
transmission with whole numbers), so that one that is left behind is seen.
Source: Daganzo, Transportation Research B 28(4), 1994; Gazis and Potts, 1963 (store-and-forward).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.packs.traffic.tidal.lanes import Way

STEP_S: Final = 5  # Ours: a cell is what is run through in it.
SPEED_M_S: Final = 13.9  # Ours: 50 km/h.
SPACE_M: Final = 7.5  # Ours: of a standing car with its gap, as microscopic models take it.
CELL_VEH: Final = 9  # Ours: 69.5 m by 7.5 m.
MOVE_VEH: Final = 3  # Ours: 1,800 vehicles an hour and lane are 2.5 a step.
WAVE: Final = 0.4  # Ours: a queue dissolves at 5.6 m/s, 0.4 of the free speed.


@dataclass(frozen=True, slots=True)
class Shape:
    """Corridors side by side; all arrays by corridor.

    lanes: int64 (corridor, way), ordinary lanes inbound and outbound.
    sections: the most sections of one; ``length``: int64 (corridor,), how many it has.
    free_steps: steps that a section takes.
    capacity: float64 (corridor,), vehicles a step that one lane's end lets through.
    """

    lanes: IntArray
    length: IntArray
    free_steps: int
    capacity: FloatArray

    @property
    def sections(self) -> int:
        """The most sections of one corridor."""
        return int(self.length.max(initial=1))

    @property
    def cells(self) -> IntArray:
        """int64 (corridor,), cells of its reversible lane."""
        return self.length * self.free_steps


@dataclass(frozen=True, slots=True)
class Street:
    """All that moves. Arrays by corridor, then way (0 inbound, 1 outbound).

    waiting: float64 (corridor, way), vehicles before the entry.
    moving: float64 (corridor, way, section, step), on their way to the section's end.
    queue: float64 (corridor, way, section), at its end.
    cells: int64 (corridor, cell), vehicles of the reversible lane from where they enter.
    way: int64 (corridor,), which way the vehicles in the lane go.
    credit: float64 (corridor,), capacity of the lane's end not used yet, of one vehicle at most.
    whole: float64 (corridor,), part of a vehicle that still is to enter the lane.
    stranded: int64 (corridor,), vehicles met by the other way so far.
    left: float64 (corridor, way), vehicles that have left at the far end.
    """

    waiting: FloatArray
    moving: FloatArray
    queue: FloatArray
    cells: IntArray
    way: IntArray
    credit: FloatArray
    whole: FloatArray
    stranded: IntArray
    left: FloatArray

    @property
    def inside(self) -> FloatArray:
        """float64 (corridor, way), vehicles in or before the corridor."""
        road = self.waiting + self.moving.sum(axis=(2, 3)) + self.queue.sum(axis=2)
        lane = self.cells.sum(axis=1)
        toward = np.stack([self.way == Way.IN, self.way == Way.OUT], axis=1)
        inside: FloatArray = road + lane[:, None] * toward
        return inside


@dataclass(frozen=True, slots=True)
class Passed:
    """What passed the reversible lane's ends in one step; both int64 (corridor,)."""

    entered: IntArray
    left: IntArray


def empty_street(shape: Shape) -> Street:
    """Nobody on the road."""
    count, sections = len(shape.length), shape.sections
    return Street(
        waiting=np.zeros((count, 2)),
        moving=np.zeros((count, 2, sections, shape.free_steps)),
        queue=np.zeros((count, 2, sections)),
        cells=np.zeros((count, int(shape.cells.max(initial=1))), np.int64),
        way=np.zeros(count, np.int64),
        credit=np.zeros(count),
        whole=np.zeros(count),
        stranded=np.zeros(count, np.int64),
        left=np.zeros((count, 2)),
    )


def drive(
    street: Street, shape: Shape, *, arrivals: FloatArray, sides: FloatArray, shown: IntArray
) -> tuple[Street, Passed]:
    """The street one step later.

    arrivals: float64 (corridor, way), vehicles that come to the entry.
    sides: float64 (corridor, way, section), vehicles that come from side streets; into ordinary
        lanes only.
    shown: int64 (corridor,), the ``Way`` in which the lane may be entered; NONE if red.
    """
    street = _met(street, shown)
    cells, credit, gone = _lane_out(street, shape)
    waiting = street.waiting + arrivals
    cells, whole, waiting, entered = _lane_in(
        street, shape, cells=cells, waiting=waiting, shown=shown
    )
    road, waiting, left = _road(street, shape, waiting=waiting, sides=sides)
    toward = np.stack([street.way == Way.IN, street.way == Way.OUT], axis=1)
    way = np.where(shown != Way.NONE, shown, street.way)
    after = Street(
        waiting=waiting,
        moving=road[0],
        queue=road[1],
        cells=cells,
        way=way,
        credit=credit,
        whole=whole,
        stranded=street.stranded,
        left=street.left + left + gone[:, None] * toward,
    )
    return after, Passed(entered, gone)


def _met(street: Street, shown: IntArray) -> Street:
    """Vehicles still in a lane that opens the other way: counted as stranded, and towed."""
    inside = street.cells.sum(axis=1)
    met = (shown != Way.NONE) & (shown != street.way) & (inside > 0)
    if not met.any():
        return street
    toward = np.stack([street.way == Way.IN, street.way == Way.OUT], axis=1)
    return Street(
        waiting=street.waiting,
        moving=street.moving,
        queue=street.queue,
        cells=np.where(met[:, None], 0, street.cells),
        way=street.way,
        credit=street.credit,
        whole=street.whole,
        stranded=street.stranded + inside * met,
        left=street.left + (inside * met)[:, None] * toward,
    )


def _lane_out(street: Street, shape: Shape) -> tuple[IntArray, FloatArray, IntArray]:
    """The cells after one step of moving on and out, the credit left, and who left."""
    rows, last = np.arange(len(shape.length)), shape.cells - 1
    cells = street.cells.copy()
    credit = np.minimum(street.credit, 1.0) + shape.capacity
    gone = np.minimum(np.floor(credit).astype(np.int64), cells[rows, last])
    room = np.ceil((CELL_VEH - cells) * WAVE).astype(np.int64)
    inner = np.arange(cells.shape[1] - 1)[None, :] < last[:, None]
    moves = np.minimum(np.minimum(cells[:, :-1], MOVE_VEH), room[:, 1:]) * inner
    cells[:, :-1] -= moves
    cells[:, 1:] += moves
    cells[rows, last] -= gone
    return cells, credit - gone, gone


def _lane_in(
    street: Street, shape: Shape, *, cells: IntArray, waiting: FloatArray, shown: IntArray
) -> tuple[IntArray, FloatArray, FloatArray, IntArray]:
    """Who enters the lane: its share by lanes of those who wait, in whole vehicles."""
    opened = shown != Way.NONE
    side = np.where(shown == Way.OUT, 1, 0)
    rows = np.arange(len(side))
    many = shape.lanes[rows, side]
    whole = np.where(opened, street.whole + waiting[rows, side] / (many + 1), 0.0)
    room = np.ceil((CELL_VEH - cells[:, 0]) * WAVE).astype(np.int64)
    entered = np.minimum(np.floor(np.minimum(whole, waiting[rows, side])).astype(np.int64), room)
    entered = np.where(opened, np.clip(entered, 0, MOVE_VEH), 0)
    cells[:, 0] += entered
    waiting[rows, side] -= entered
    return cells, np.minimum(whole - entered, 1.0), waiting, entered


def _road(
    street: Street, shape: Shape, *, waiting: FloatArray, sides: FloatArray
) -> tuple[tuple[FloatArray, FloatArray], FloatArray, FloatArray]:
    """Ordinary lanes one step later: moving and queue, who still waits, and who left."""
    rows, last = np.arange(len(shape.length)), shape.length - 1
    moving = np.empty_like(street.moving)
    moving[..., :-1] = street.moving[..., 1:]
    moving[..., -1] = 0.0
    queue = street.queue + street.moving[..., 0]
    held = queue + moving.sum(axis=3)
    most = shape.lanes[..., None] * shape.free_steps * SPEED_M_S * STEP_S / SPACE_M
    room = np.maximum(most - held, 0.0)
    lets = shape.capacity[:, None, None] * shape.lanes[..., None]
    out = np.minimum(queue, lets)
    # The lane's own end beside them is of another lane; sections end with the corridor.
    exists = np.arange(shape.sections)[None, :] < shape.length[:, None]
    is_last = np.arange(shape.sections)[None, :] == last[:, None]
    onward = np.roll(room, -1, axis=2)
    out = np.where(is_last[:, None, :], out, np.minimum(out, onward)) * exists[:, None, :]
    queue = queue - out
    into = np.zeros_like(queue)
    into[..., 1:] = np.where(is_last[:, None, :-1], 0.0, out[..., :-1])
    moving[..., -1] += into + sides
    free = np.minimum(room[..., 0], shape.lanes * MOVE_VEH)
    enters = np.minimum(waiting, free)
    moving[:, :, 0, -1] += enters
    left = out[rows, :, last]
    return (moving, queue), waiting - enters, left


def detected(cells: IntArray, zones: int, *, length: IntArray) -> BoolArray:
    """bool (corridor, zone): which zones have a vehicle in them; zones from where they enter.

    length: int64 (corridor,), cells of each.
    """
    zone = np.arange(cells.shape[1])[None, :] * zones // length[:, None]
    return np.stack([(cells * (zone == one)).any(axis=1) for one in range(zones)], axis=1)
