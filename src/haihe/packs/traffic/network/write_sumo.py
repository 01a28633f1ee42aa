"""A network of ours as the plain files that SUMO's netconvert puts together."""

from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

import numpy as np

from haihe.packs.traffic.network.model import Junction, Network

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class SumoFiles:
    """The texts of netconvert's inputs.

    nodes, edges, connections, programs: for its options --node-files, --edge-files,
        --connection-files and --tllogic-files.
    """

    nodes: str
    edges: str
    connections: str
    programs: str


@dataclass(frozen=True, slots=True)
class _Road:
    """A road, from where to where, and how wide."""

    name: str
    start: str
    end: str
    lanes: int
    speed_m_s: float
    ends: tuple[Point, Point]


def sumo_files(network: Network) -> SumoFiles:
    """The network for netconvert, with the same groups, so that heads fit letter by letter.

    Lanes must be named ``road_number`` and have shapes, as those of ``grid_network`` have.
    Raises ValueError if a lane has no shape.
    """
    roads = _roads(network)
    places = {one.id: _middle(network, one) for one in network.junctions}
    for road in roads:
        for node, point in ((road.start, road.ends[0]), (road.end, road.ends[1])):
            places.setdefault(node, point)
    signalled = {one.id for one in network.junctions}
    nodes = (
        f'<node id={quoteattr(name)} x="{x:.2f}" y="{y:.2f}" '
        f'type="{"traffic_light" if name in signalled else "priority"}"/>'
        for name, (x, y) in sorted(places.items())
    )
    edges = (
        f"<edge id={quoteattr(one.name)} from={quoteattr(one.start)} to={quoteattr(one.end)} "
        f'numLanes="{one.lanes}" speed="{one.speed_m_s}"/>'
        for one in roads
    )
    return SumoFiles(
        nodes=_wrapped("nodes", nodes),
        edges=_wrapped("edges", edges),
        connections=_wrapped("connections", _connections(network, signals=False)),
        programs=_wrapped("tlLogics", (*_programs(network), *_connections(network, signals=True))),
    )


def _wrapped(tag: str, lines: Iterable[str]) -> str:
    return f"<{tag}>\n" + "\n".join(lines) + f"\n</{tag}>\n"


def _roads(network: Network) -> list[_Road]:
    end_of = {
        move.from_lane.rpartition("_")[0]: one.id
        for one in network.junctions
        for move in one.movements
    }
    start_of = {
        move.to_lane.rpartition("_")[0]: one.id
        for one in network.junctions
        for move in one.movements
    }
    found: dict[str, _Road] = {}
    for lane in network.lanes.values():
        if len(lane.shape) < 2:
            raise ValueError(f"lane {lane.id} has {len(lane.shape)} points; it needs at least 2.")
        name = lane.id.rpartition("_")[0]
        before = found[name].lanes if name in found else 0
        found[name] = _Road(
            name=name,
            start=start_of.get(name, f"{name}-begin"),
            end=end_of.get(name, f"{name}-end"),
            lanes=before + 1,
            speed_m_s=lane.speed_m_s,
            ends=(lane.shape[0], lane.shape[-1]),
        )
    return [found[name] for name in sorted(found)]


def _middle(network: Network, junction: Junction) -> Point:
    ends = [network.lanes[move.from_lane].shape[-1] for move in junction.movements]
    x, y = np.mean(np.asarray(sorted(set(ends))), axis=0)
    return float(x), float(y)


def _connections(network: Network, *, signals: bool) -> list[str]:
    lines = []
    for one in network.junctions:
        for move in one.movements:
            start, _, lane = move.from_lane.rpartition("_")
            end, _, into = move.to_lane.rpartition("_")
            signal = f' tl={quoteattr(one.id)} linkIndex="{move.group}"' if signals else ""
            lines.append(
                f"<connection from={quoteattr(start)} to={quoteattr(end)} "
                f'fromLane="{lane}" toLane="{into}"{signal}/>'
            )
    return lines


def _programs(network: Network) -> list[str]:
    lines = []
    for one in network.junctions:
        lines.append(
            f'<tlLogic id={quoteattr(one.id)} type="static" programID="0" offset="{one.offset_s}">'
        )
        lines += [
            f'<phase duration="{step.seconds}" state="{step.heads}"/>' for step in one.program
        ]
        lines.append("</tlLogic>")
    return lines
