"""What the lane's detectors and signs say of a corridor: events with the codes of the street."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, IntArray
from haihe.model.time import SECOND
from haihe.packs.traffic.measures.events import Code, Events, joined
from haihe.packs.traffic.tidal.corridor import Passed, detected
from haihe.packs.traffic.tidal.lanes import Lane, Way

TENTH: Final = SECOND // 10  # As controllers log.
APART: Final = 15  # Ours: tenths from vehicle to vehicle; three of them fit into a step.
ON_FOR: Final = 5  # Ours: tenths; a car of 4.5 m over a loop of 2 m at 50 km/h.
INNER_AFTER: Final = 3  # Ours: tenths from the outer to the inner loop, 4 m on.
FIRST_GATE, FIRST_ZONE, SIGN = 1, 11, 1  # Ours: detectors 1 to 4 and 11 on; phase 1 is the sign.


def twin_lane(number: int, *, zones: int, length_m: float, like: Lane) -> Lane:
    """A lane whose detectors are numbered as the twin does; ``like`` gives the rest."""
    return Lane(
        name=f"{like.name}-{number}",
        devices=(2 * number, 2 * number + 1),
        gates=(FIRST_GATE, FIRST_GATE + 1, FIRST_GATE + 2, FIRST_GATE + 3),
        zones=tuple(range(FIRST_ZONE, FIRST_ZONE + zones)),
        signs=(SIGN, SIGN),
        length_m=length_m,
        lanes=like.lanes,
        capacity_veh_h=like.capacity_veh_h,
        home=like.home,
        plans=like.plans,
    )


@dataclass(frozen=True, slots=True)
class Sensed:
    """What each zone showed last: bool (corridor, zone), zones from end A."""

    zones: BoolArray


@dataclass(frozen=True, slots=True)
class Sensors:
    """The detectors of lanes that ``twin_lane`` made, and their signs.

    zones: how many each lane has.
    length: int64 (corridor,), cells of each.
    """

    zones: int
    length: IntArray

    def start(self) -> Sensed:
        """Nobody in any zone."""
        return Sensed(np.zeros((len(self.length), self.zones), np.bool_))

    def step(
        self, sensed: Sensed, passed: Passed, *, cells: IntArray, way: IntArray, at: int
    ) -> tuple[Sensed, Events]:
        """Events of the gates and zones in the step that began at ``at``; ns.

        cells: int64 (corridor, cell), the vehicles after it. way: which way they go.
        """
        inbound = way == Way.IN
        in_device = np.where(inbound, 0, 1)
        outer_in = np.where(inbound, FIRST_GATE, FIRST_GATE + 3)
        inner_in = np.where(inbound, FIRST_GATE + 1, FIRST_GATE + 2)
        outer_out = np.where(inbound, FIRST_GATE + 3, FIRST_GATE)
        inner_out = np.where(inbound, FIRST_GATE + 2, FIRST_GATE + 1)
        parts = [
            _pulses(passed.entered, in_device, detector=outer_in, at=at),
            _pulses(passed.entered, in_device, detector=inner_in, at=at + INNER_AFTER * TENTH),
            _pulses(passed.left, 1 - in_device, detector=inner_out, at=at),
            _pulses(passed.left, 1 - in_device, detector=outer_out, at=at + INNER_AFTER * TENTH),
        ]
        seen = detected(cells, self.zones, length=self.length)
        seen = np.where(inbound[:, None], seen, seen[:, ::-1])
        row, zone = np.nonzero(seen != sensed.zones)
        half = (self.zones + 1) // 2
        changes = Events(
            at=np.full(len(row), at + 45 * TENTH),
            device=2 * row + (zone >= half),
            code=np.where(seen[row, zone], Code.DETECTOR_ON, Code.DETECTOR_OFF).astype(np.int64),
            parameter=FIRST_ZONE + zone,
        )
        return Sensed(seen), joined([*parts, changes])


def _pulses(count: IntArray, end: IntArray, *, detector: IntArray, at: int) -> Events:
    """On and off for each of ``count`` vehicles of each corridor."""
    row = np.repeat(np.arange(len(count)), count)
    turn = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    on_at = at + turn * APART * TENTH
    code = np.repeat(np.array([Code.DETECTOR_ON, Code.DETECTOR_OFF], np.int64), len(row))
    return Events(
        at=np.concatenate([on_at, on_at + ON_FOR * TENTH]),
        device=np.tile(2 * row + end[row], 2),
        code=code,
        parameter=np.tile(detector[row], 2),
    )


def sign_events(shown: IntArray, *, amber: BoolArray, at: int) -> Events:
    """What both signs of each lane say at a poll: green where it may be entered, amber, or red.

    shown: int64 (lane,), the ``Way``. amber: bool (lane,), about to close. at: ns.
    """
    device = np.arange(2 * len(shown))
    enters = np.stack([shown == Way.IN, shown == Way.OUT], axis=1).reshape(-1)
    lit = np.where(np.repeat(amber, 2), Code.YELLOW, Code.GREEN)
    code = np.where(enters, lit, Code.RED).astype(np.int64)
    return Events(np.full(len(device), at), device, code, np.full(len(device), SIGN))
