"""The roads into junctions, with lanes, turns and phases, as a map for vehicles tells them."""

from collections.abc import Iterable, Iterator

import numpy as np

from haihe.pack.lights import CrossingSite, LaneSite, RoadSite, TurnSite
from haihe.packs.traffic.network.grid import LANE_M
from haihe.packs.traffic.network.model import Junction, Movement, Network
from haihe.packs.traffic.zone import junction_entity, placed


def crossings_of(network: Network) -> tuple[CrossingSite, ...]:
    """Every junction of the zone's network; those whose lanes have no shape are left out."""
    ends = {_road_of(move.from_lane): one.id for one in network.junctions for move in one.movements}
    starts = {_road_of(move.to_lane): one.id for one in network.junctions for move in one.movements}
    found = (_crossing(network, one, starts=starts, ends=ends) for one in network.junctions)
    return tuple(one for one in found if one.roads)


def _crossing(
    network: Network, junction: Junction, *, starts: dict[str, str], ends: dict[str, str]
) -> CrossingSite:
    roads, lines = [], []
    for name, moves in _by_road(junction.movements):
        shapes = [network.lanes[lane].shape for lane in dict.fromkeys(m.from_lane for m in moves)]
        if not all(len(shape) > 1 for shape in shapes):
            continue
        begin, end = (np.mean([shape[at] for shape in shapes], axis=0) for at in (0, -1))
        lines.append(end)
        roads.append(
            RoadSite(
                name=name,
                start=_entity(starts.get(name)),
                points=(placed(*begin.tolist()), placed(*end.tolist())),
                lane_m=LANE_M,
                lanes=tuple(_lanes(moves, ends)),
            )
        )
    middle = np.mean(lines, axis=0).tolist() if lines else (0.0, 0.0)
    return CrossingSite(junction_entity(junction.id), *placed(*middle), tuple(roads))


def _by_road(moves: Iterable[Movement]) -> Iterator[tuple[str, list[Movement]]]:
    roads: dict[str, list[Movement]] = {}
    for move in moves:
        if move.turn != "walk":
            roads.setdefault(_road_of(move.from_lane), []).append(move)
    yield from roads.items()


def _lanes(moves: list[Movement], ends: dict[str, str]) -> Iterator[LaneSite]:
    for lane in sorted({move.from_lane for move in moves}, key=_number_of):
        turns = tuple(
            TurnSite(
                one.turn,
                _entity(ends.get(_road_of(one.to_lane))),
                _number_of(one.to_lane),
                one.group + 1,
            )
            for one in moves
            if one.from_lane == lane
        )
        yield LaneSite(_number_of(lane), turns)


def _entity(junction: str | None) -> str:
    return junction_entity(junction) if junction else ""


def _road_of(lane: str) -> str:
    """The road of a lane of the zone.

    >>> _road_of("J0101-from-N_1")
    'J0101-from-N'
    """
    return lane.rpartition("_")[0]


def _number_of(lane: str) -> int:
    """A lane's number on its road.

    >>> _number_of("J0101-from-N_1")
    1
    """
    return int(lane.rpartition("_")[2])
