"""The demonstration's zone: twelve junctions, an arterial with a tide, the gate of a port."""

from dataclasses import dataclass
from math import cos, radians
from typing import Final

import numpy as np

from haihe.packs.traffic.measures.events import Detectors, Function
from haihe.packs.traffic.network.grid import GridShape, grid_network
from haihe.packs.traffic.network.model import Junction, Network
from haihe.packs.traffic.tidal.lanes import Lane, Limits

# Ours, after Binhai's TEDA: blocks of 350 m, one wide road from the town in the west to the port.
SHAPE: Final = GridShape(across=4, down=3, spacing_m=350.0, arterials=(1,), arterial_lanes=4)
TOWN: Final = "J0001-from-W"  # The arterial's western end: the commuters' town.
GATE: Final = "J0301-to-E"  # Its eastern end: the gate of the port.
TOWN_OUT: Final = "J0001-to-W"
GATE_IN: Final = "J0301-from-E"


@dataclass(frozen=True, slots=True)
class Flow:
    """Vehicles from one road to another for a part of the day.

    start, end: roads.
    begin_s, end_s: seconds after midnight.
    veh_h: vehicles an hour.
    kind: "car", "truck" or "bus".
    """

    start: str
    end: str
    begin_s: int
    end_s: int
    veh_h: float
    kind: str = "car"


HOUR: Final = 3600  # Seconds.
HALF: Final = HOUR // 2  # Ours: the edges of a tide.
# Ours: a tide of five to one to the port's side in the morning, with an edge of half an hour, the
# other way in the evening; more than three lanes with a third of the green carry. Trucks at the
# gate all day.
TIDE: Final = (
    Flow(TOWN, GATE, 7 * HOUR, 9 * HOUR, 1900),
    Flow(TOWN, GATE, 7 * HOUR - HALF, 7 * HOUR, 700),
    Flow(TOWN, GATE, 9 * HOUR, 9 * HOUR + HALF, 700),
    Flow(GATE_IN, TOWN_OUT, 7 * HOUR, 9 * HOUR, 260),
    Flow(GATE_IN, TOWN_OUT, 17 * HOUR, 19 * HOUR, 1900),
    Flow(GATE_IN, TOWN_OUT, 17 * HOUR - HALF, 17 * HOUR, 700),
    Flow(GATE_IN, TOWN_OUT, 19 * HOUR, 19 * HOUR + HALF, 700),
    Flow(TOWN, GATE, 17 * HOUR, 19 * HOUR, 260),
    Flow(TOWN, GATE, 6 * HOUR, 22 * HOUR, 120),
    Flow(GATE_IN, TOWN_OUT, 6 * HOUR, 22 * HOUR, 120),
    Flow(TOWN, GATE, 0, 24 * HOUR, 60, "truck"),
    Flow(GATE_IN, TOWN_OUT, 0, 24 * HOUR, 60, "truck"),
    Flow(TOWN, GATE, 6 * HOUR, 22 * HOUR, 12, "bus"),
    Flow(GATE_IN, TOWN_OUT, 6 * HOUR, 22 * HOUR, 12, "bus"),
)
# Ours: what crosses the arterial, each column both ways, and the two side roads.
ACROSS: Final = tuple(
    Flow(f"J0{column}{start}", f"J0{column}{end}", 6 * HOUR, 22 * HOUR, 240)
    for column in range(SHAPE.across)
    for start, end in (("00-from-N", "02-to-S"), ("02-from-S", "00-to-N"))
)
ALONG: Final = tuple(
    Flow(f"J000{row}-from-W", f"J030{row}-to-E", 6 * HOUR, 22 * HOUR, 200) for row in (0, 2)
)
FLOWS: Final = (*TIDE, *ACROSS, *ALONG)

LON: Final = 117.6800  # Ours: J0000, the north-western junction; degrees of WGS-84.
LAT: Final = 39.0700  # Ours, as above.
DEGREE_M: Final = 111_320.0  # WGS-84: of latitude.
# 港城大道潮汐车道: a lane in the middle of the arterial, from behind J0001 to before J0301, that
# goes straight over what lies between with the arterial's own green. Inbound is to the port.
AVENUE: Final = Lane(
    name="lane/avenue",
    devices=(901, 902),
    gates=(1, 2, 3, 4),
    zones=(11, 12, 13, 14, 15, 16),
    signs=(1, 2),
    length_m=1018.0,  # Three blocks of 350 m less the insides of J0001 and J0301.
    lanes=(3, 3),
    capacity_veh_h=605.0,  # Ours: of a lane with a third of the green, as in the benchmark.
)
# Ours: at 60 times the clock records are some seconds old when they are taken, and a turn of the
# loop comes every five. What a street at its own pace needs stands in ``tidal.lanes``.
AVENUE_LIMITS: Final = Limits(late_s=15, dwell_s=45)
# The junctions of the avenue, inbound.
ALONG_AVENUE: Final = ("J0001", "J0101", "J0201", "J0301")
STOP_LINE: Final = 1  # The first channel of the loops at the stop lines.
ADVANCE: Final = 101  # The first channel of those before them.


def zone_network() -> Network:
    """The zone's network, every junction with a plan."""
    return grid_network(SHAPE)


def junction_entity(junction: str) -> str:
    """The id under which a junction's records and orders go.

    >>> junction_entity("J0101")
    'junction/J0101'
    """
    return f"junction/{junction}"


def placed(x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of a point of the network; degrees of WGS-84."""
    return LON + x / (DEGREE_M * cos(radians(LAT))), LAT + y / DEGREE_M


def approaches(junction: Junction) -> tuple[str, ...]:
    """The lanes with a stop line, in the order of the detector channels."""
    moves = (move for move in junction.movements if move.turn != "walk")
    return tuple(dict.fromkeys(move.from_lane for move in moves))


def zone_detectors(network: Network) -> Detectors:
    """What every loop of the network is for, one row for each use.

    Devices are the junctions in order from 1, phases groups from 1.
    Channel ``STOP_LINE`` + k lies at the stop line of the k-th approach lane and tells presence,
    count and late entries; ``ADVANCE`` + k, 80 m before it, tells arrivals, where that lane is not
    for turning alone.
    """
    uses: list[tuple[int, int, int, Function]] = []
    for device, one in enumerate(network.junctions, start=1):
        for at, lane in enumerate(approaches(one)):
            moves = [move for move in one.movements if move.from_lane == lane]
            main = next((move for move in moves if move.turn == "through"), moves[0])
            phase = main.group + 1
            for function in (Function.PRESENCE, Function.YELLOW_RED, Function.COUNT):
                uses.append((device, STOP_LINE + at, phase, function))
            if main.turn == "through":
                uses.append((device, ADVANCE + at, phase, Function.ADVANCE))
    numbers = np.array([use[:3] for use in uses], np.int64)
    return Detectors(
        device=numbers[:, 0],
        detector=numbers[:, 1],
        phase=numbers[:, 2],
        function=tuple(use[3] for use in uses),
    )
