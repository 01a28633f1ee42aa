"""The zone's network as a screen draws it."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from haihe.model import Text
from haihe.pack.room import Corridor, Drawing, JunctionDrawn, LaneDrawn, RoadDrawn
from haihe.packs.traffic.network.grid import HALF_M
from haihe.packs.traffic.network.model import Junction, Network
from haihe.packs.traffic.zone import AVENUE, SHAPE, junction_entity, placed

DEGREE_DIGITS: Final = 6  # Ours: of longitude and latitude; 0.1 m.
ALONG: Final = Corridor(
    name="avenue",
    title=Text(zh="港城大道", en="Port Avenue"),
    junctions=tuple(
        junction_entity(f"J{column:02d}{SHAPE.arterials[0]:02d}") for column in range(SHAPE.across)
    ),
)


def road_entity(road: str) -> str:
    """The id under which a road's records go.

    >>> road_entity("J0101-from-W")
    'road/J0101-from-W'
    """
    return f"road/{road}"


def roads_into(junction: Junction) -> tuple[str, ...]:
    """The roads with a stop line at a junction, in the order of its movements."""
    return tuple(dict.fromkeys(move.from_lane.rpartition("_")[0] for move in junction.movements))


def drawn(network: Network) -> Drawing:
    """The network with its reversible lane, placed on the earth."""
    roads: dict[str, list[str]] = {}
    for name in network.lanes:
        roads.setdefault(name.rpartition("_")[0], []).append(name)
    leads_to = {
        road: junction_entity(one.id) for one in network.junctions for road in roads_into(one)
    }
    middles = {one.id: _middle(one) for one in network.junctions}
    return Drawing(
        roads=tuple(
            RoadDrawn(road_entity(road), _line(network, lanes), len(lanes), leads_to.get(road, ""))
            for road, lanes in sorted(roads.items())
        ),
        junctions=tuple(
            JunctionDrawn(junction_entity(name), *_degrees(*middle))
            for name, middle in middles.items()
        ),
        lanes=(_avenue(),),
        corridors=(ALONG,),
    )


def _line(network: Network, lanes: Sequence[str]) -> tuple[tuple[float, float], ...]:
    """The middle of some lanes beside each other."""
    shapes = np.array([network.lanes[name].shape for name in lanes])
    return tuple(_degrees(x, y) for x, y in shapes.mean(axis=0).tolist())


def _middle(junction: Junction) -> tuple[float, float]:
    ends = np.array([point for move in junction.movements for point in move.path])
    x, y = ((ends.min(axis=0) + ends.max(axis=0)) / 2).tolist()
    return x, y


def _avenue() -> LaneDrawn:
    """From behind the arterial's first junction to before its last."""
    y = -SHAPE.spacing_m * SHAPE.arterials[0]
    ends = (HALF_M, SHAPE.spacing_m * (SHAPE.across - 1) - HALF_M)
    return LaneDrawn(AVENUE.name, tuple(_degrees(x, y) for x in ends))


def _degrees(x: float, y: float) -> tuple[float, float]:
    lon, lat = placed(x, y)
    return round(lon, DEGREE_DIGITS), round(lat, DEGREE_DIGITS)
