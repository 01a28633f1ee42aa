"""The zone as strips that vehicles follow one behind the other, and the legs of their ways.

A strip is a lane from where it begins behind a junction to its stop line; what lies over the
junction before it counts below zero. A leg is one road of one flow's way.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.packs.traffic.network.model import Movement, Network
from haihe.packs.traffic.tidal.lanes import Way
from haihe.packs.traffic.zone import FLOWS, GATE, GATE_IN, TOWN, TOWN_OUT, Flow

NONE: Final = -1  # No such strip, leg or junction.
# The roads beside the reversible lane, as its vehicles would pass them without it.
BESIDE: Final = {
    Way.IN: (TOWN, "J0101-from-W", "J0201-from-W", "J0301-from-W", GATE),
    Way.OUT: (GATE_IN, "J0201-from-E", "J0101-from-E", "J0001-from-E", TOWN_OUT),
}
AVENUE_NAMES: Final = {Way.IN: "avenue-in", Way.OUT: "avenue-out"}


@dataclass(frozen=True, slots=True)
class Strips:
    """Every strip; strips of one road lie beside each other, from the right to the left.

    names: the lane's id; "avenue-in-0" and so on for the sections of the reversible lane.
    length_m: float64 (strip,), to the stop line.
    speed_m_s: float64 (strip,), the limit.
    road: int64 (strip,), the ordinal of its road.
    number: int64 (strip,), its place in the road, from the right.
    ends_m: float64 (strip, 2, 2), (x, y) where it begins and where it ends.
    way: int64 (strip,), the ``Way`` of a section of the reversible lane; else NONE of ``Way``.
    before_m: float64 (strip,), of the reversible lane before the section, on its way.
    """

    names: tuple[str, ...]
    length_m: FloatArray
    speed_m_s: FloatArray
    road: IntArray
    number: IntArray
    ends_m: FloatArray
    way: IntArray
    before_m: FloatArray

    def at(self, name: str) -> int:
        """The ordinal of a strip."""
        return self.names.index(name)


@dataclass(frozen=True, slots=True)
class Legs:
    """Every leg of every flow.

    first: int64 (flow,), its first leg.
    road: int64 (leg,), the road it is on.
    junction, group: int64 (leg,), the signal at its end; NONE where it leaves the zone.
    following: int64 (leg,), the next one; NONE at the end.
    avenue: int64 (leg,), the next one by way of the reversible lane; NONE where it is not beside.
    allowed: bool (leg, strip), where its end can be reached from.
    target: int64 (leg, strip), the strip it goes on to; NONE where it cannot.
    inner_m: float64 (leg, strip), over the junction.
    """

    first: IntArray
    road: IntArray
    junction: IntArray
    group: IntArray
    following: IntArray
    avenue: IntArray
    allowed: BoolArray
    target: IntArray
    inner_m: FloatArray


@dataclass(frozen=True, slots=True)
class Layout:
    """What does not change while vehicles drive.

    network: the zone's.
    roads: their ids, by ordinal.
    yields: bool (junction, group, group), the row's group gives way to the column's.
    """

    network: Network
    flows: tuple[Flow, ...]
    roads: tuple[str, ...]
    strips: Strips
    legs: Legs
    yields: BoolArray


def layout_of(network: Network, flows: Sequence[Flow] = FLOWS) -> Layout:
    """Strips and legs of a network whose lanes are named ``road_number``.

    Raises ValueError if a flow's roads are not joined.
    """
    strips, roads = _strips(network)
    following = _following(network)
    legs = _Legs(network, strips, roads=roads)
    first = [legs.way(_route(following, flow)) for flow in flows]
    widest = max(len(one.groups) for one in network.junctions)
    yields = np.zeros((len(network.junctions), widest, widest), np.bool_)
    for at, one in enumerate(network.junctions):
        yields[at, : len(one.groups), : len(one.groups)] = one.yields
    return Layout(network, tuple(flows), roads, strips, legs.made(first), yields)


def _strips(network: Network) -> tuple[Strips, tuple[str, ...]]:
    rows = sorted((road_of(name), number_of(name), name) for name in network.lanes)
    roads = tuple(dict.fromkeys(road for road, _, _ in rows))
    lanes = [network.lanes[name] for _, _, name in rows]
    sections, ends, before, ways = _sections(network)
    plain = Strips(
        names=(*(one.id for one in lanes), *sections),
        length_m=np.array(
            [one.length_m for one in lanes] + [float(np.hypot(*(b - a))) for a, b in ends]
        ),
        speed_m_s=np.array([one.speed_m_s for one in lanes] + [lanes[0].speed_m_s] * len(sections)),
        road=np.array(
            [roads.index(road) for road, _, _ in rows]
            + [len(roads) + at for at in range(len(sections))]
        ),
        number=np.array([number for _, number, _ in rows] + [0] * len(sections)),
        ends_m=np.array([*(np.array([one.shape[0], one.shape[-1]]) for one in lanes), *ends]),
        way=np.array([Way.NONE] * len(lanes) + ways, np.int64),
        before_m=np.array([0.0] * len(lanes) + before),
    )
    return plain, (*roads, *sections)


def _sections(
    network: Network,
) -> tuple[list[str], list[FloatArray], list[float], list[int]]:
    """The sections of the reversible lane, both ways: names, ends, metres before, ways."""
    names: list[str] = []
    ends: list[FloatArray] = []
    before: list[float] = []
    ways: list[int] = []
    roads = {road for beside in BESIDE.values() for road in beside}
    if not all(f"{road}_0" in network.lanes for road in roads):
        return names, ends, before, ways
    inner = {road: max(name for name in network.lanes if road_of(name) == road) for road in roads}
    middle = np.mean([network.lanes[lane].shape[0][1] for lane in inner.values()])
    for way, beside in BESIDE.items():
        begin: FloatArray | None = None
        for at, road in enumerate(beside[1:-1]):
            lane = network.lanes[inner[road]]
            shape = np.array([lane.shape[0], lane.shape[-1]])
            shape[:, 1] = middle  # Between the innermost lanes of both ways.
            begin = shape[0] if begin is None else begin
            names.append(f"{AVENUE_NAMES[way]}-{at}")
            ends.append(shape)
            before.append(float(np.hypot(*(shape[0] - begin))))
            ways.append(way)
    return names, ends, before, ways


def _following(network: Network) -> Mapping[str, Sequence[str]]:
    """The roads that each road leads to."""
    found: dict[str, dict[str, None]] = {}
    for one in network.junctions:
        for move in one.movements:
            found.setdefault(road_of(move.from_lane), {})[road_of(move.to_lane)] = None
    return {road: tuple(others) for road, others in found.items()}


def _route(following: Mapping[str, Sequence[str]], flow: Flow) -> list[str]:
    """The fewest roads from a flow's start to its end."""
    came: dict[str, str] = {flow.start: ""}
    waiting = deque([flow.start])
    while waiting and flow.end not in came:
        road = waiting.popleft()
        for other in following.get(road, ()):
            if other not in came:
                came[other] = road
                waiting.append(other)
    if flow.end not in came:
        raise ValueError(f"no way leads from {flow.start} to {flow.end}; mend the flow.")
    route = [flow.end]
    while came[route[-1]]:
        route.append(came[route[-1]])
    return route[::-1]


@dataclass(frozen=True, slots=True)
class _Leg:
    """One leg while it is put together."""

    road: int
    junction: int
    group: int
    following: int
    avenue: int
    moves: Mapping[int, tuple[int, float]]


class _Legs:
    """Puts legs together, way by way."""

    def __init__(self, network: Network, strips: Strips, *, roads: tuple[str, ...]) -> None:
        self._strips = strips
        self._roads = roads
        self._rows: list[_Leg] = []
        self._moves: dict[tuple[str, str], list[tuple[int, Movement]]] = {}
        for at, one in enumerate(network.junctions):
            for move in one.movements:
                key = (road_of(move.from_lane), road_of(move.to_lane))
                self._moves.setdefault(key, []).append((at, move))

    def way(self, route: Sequence[str]) -> int:
        """Add the legs of a way; the first one's ordinal."""
        first = len(self._rows)
        for at, road in enumerate(route):
            after = route[at + 1] if at + 1 < len(route) else ""
            self._rows.append(self._leg(road, after, following=first + at + 1))
        for way, beside in BESIDE.items():
            if list(beside) == list(route) and f"{AVENUE_NAMES[way]}-0" in self._strips.names:
                self._beside(first, way)
        return first

    def made(self, first: Sequence[int]) -> Legs:
        """All of them in columns."""
        rows, count = self._rows, len(self._strips.names)
        target = np.full((len(rows), count), NONE)
        inner = np.zeros((len(rows), count))
        allowed = np.zeros((len(rows), count), np.bool_)
        for at, row in enumerate(rows):
            if row.following == NONE:
                allowed[at, self._strips.road == row.road] = True
            for strip, (onto, path_m) in row.moves.items():
                allowed[at, strip], target[at, strip], inner[at, strip] = True, onto, path_m
        return Legs(
            first=np.array(first, np.int64),
            road=np.array([row.road for row in rows], np.int64),
            junction=np.array([row.junction for row in rows], np.int64),
            group=np.array([row.group for row in rows], np.int64),
            following=np.array([row.following for row in rows], np.int64),
            avenue=np.array([row.avenue for row in rows], np.int64),
            allowed=allowed,
            target=_reachable(target, allowed, following=[row.following for row in rows]),
            inner_m=inner,
        )

    def _leg(self, road: str, after: str, *, following: int) -> _Leg:
        moves = self._moves.get((road, after), [])
        found = {
            self._strips.at(move.from_lane): (self._strips.at(move.to_lane), _path_m(move))
            for _, move in moves
        }
        return _Leg(
            road=self._roads.index(road),
            junction=moves[0][0] if moves else NONE,
            group=moves[0][1].group if moves else NONE,
            following=following if moves else NONE,
            avenue=NONE,
            moves=found,
        )

    def _beside(self, first: int, way: Way) -> None:
        """The legs through the reversible lane, beside those from ``first`` on."""
        start = len(self._rows)
        sections = len(BESIDE[way]) - 2
        own = [self._strips.at(f"{AVENUE_NAMES[way]}-{at}") for at in range(sections)]
        last = first + sections + 1
        exits = np.flatnonzero(self._strips.road == self._rows[last].road)
        for at, strip in enumerate(own):
            beside = self._rows[first + 1 + at]
            path_m = next(iter(beside.moves.values()))[1]
            end = at + 1 == sections
            onto = int(exits[-1]) if end else own[at + 1]
            self._rows.append(
                replace(
                    beside,
                    road=int(self._strips.road[strip]),
                    following=last if end else start + at + 1,
                    moves={strip: (onto, path_m)},
                )
            )
        self._rows[first] = replace(self._rows[first], avenue=start)


def _reachable(target: IntArray, allowed: BoolArray, *, following: Sequence[int]) -> IntArray:
    """The targets, each moved to the nearest lane from which the next leg can be driven on."""
    out = target.copy()
    for leg, strip in np.argwhere(target >= 0).tolist():
        good = np.flatnonzero(allowed[following[leg]])
        out[leg, strip] = good[np.argmin(np.abs(good - target[leg, strip]))]
    return out


def _path_m(move: Movement) -> float:
    return float(np.hypot(*np.diff(np.asarray(move.path), axis=0).T).sum())


def road_of(lane: str) -> str:
    """The road a lane belongs to.

    >>> road_of("J0101-from-W_2")
    'J0101-from-W'
    """
    return lane.rpartition("_")[0]


def number_of(lane: str) -> int:
    """A lane's place in its road.

    >>> number_of("J0101-from-W_2")
    2
    """
    return int(lane.rpartition("_")[2])
