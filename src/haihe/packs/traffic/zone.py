"""The demonstration's zone: twelve junctions, an arterial with a tide, the gate of a port."""

from dataclasses import dataclass
from typing import Final

from haihe.packs.traffic.network.grid import GridShape, grid_network
from haihe.packs.traffic.network.model import Network

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
# Ours: a tide of five to one to the port's side in the morning, the other way in the evening, and
# trucks at the gate all day.
TIDE: Final = (
    Flow(TOWN, GATE, 7 * HOUR, 9 * HOUR, 1500),
    Flow(GATE_IN, TOWN_OUT, 7 * HOUR, 9 * HOUR, 300),
    Flow(TOWN, GATE, 17 * HOUR, 19 * HOUR, 300),
    Flow(GATE_IN, TOWN_OUT, 17 * HOUR, 19 * HOUR, 1500),
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


def zone_network() -> Network:
    """The zone's network, every junction with a plan."""
    return grid_network(SHAPE)
