"""A network from CityFlow's roadnet JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import msgspec
import numpy as np

from haihe.model import Text
from haihe.packs.traffic.network.build import build_junction
from haihe.packs.traffic.network.model import Junction, Lane, Movement, Network, Note, Step

TURNS: Final = {"turn_left": "left", "turn_right": "right", "go_straight": "through"}
# Ours, as in the papers that use this format: a light phase is held for 30 s, with 5 s of yellow.
YELLOW_S: Final = 5


class _Point(msgspec.Struct, frozen=True):
    x: float
    y: float


class _RoadLane(msgspec.Struct, frozen=True):
    max_speed: float = msgspec.field(name="maxSpeed")
    width: float = 4.0


class _Road(msgspec.Struct, frozen=True):
    id: str
    points: list[_Point]
    lanes: list[_RoadLane]


class _LaneLink(msgspec.Struct, frozen=True):
    start: int = msgspec.field(name="startLaneIndex")
    end: int = msgspec.field(name="endLaneIndex")
    points: list[_Point] = []


class _RoadLink(msgspec.Struct, frozen=True):
    type: str
    start: str = msgspec.field(name="startRoad")
    end: str = msgspec.field(name="endRoad")
    links: list[_LaneLink] = msgspec.field(name="laneLinks")


class _LightPhase(msgspec.Struct, frozen=True):
    time: float
    links: list[int] = msgspec.field(name="availableRoadLinks")


class _Light(msgspec.Struct, frozen=True):
    phases: list[_LightPhase] = msgspec.field(name="lightphases", default_factory=list)


class _Intersection(msgspec.Struct, frozen=True):
    id: str
    virtual: bool = False
    links: list[_RoadLink] = msgspec.field(name="roadLinks", default_factory=list)
    light: _Light = msgspec.field(name="trafficLight", default_factory=_Light)


class _RoadNet(msgspec.Struct, frozen=True):
    intersections: list[_Intersection]
    roads: list[_Road]


def read_cityflow(roadnet: bytes) -> Network:
    """The network of a roadnet file; road links are signal groups, light phases are stages.

    roadnet: the JSON, unpacked. Its first light phase, where it only has what is always green, is
    the yellow between the others.
    Returns it with a note for everything that could not be used.
    Raises ValueError if it is no roadnet.
    """
    try:
        found = msgspec.json.decode(roadnet, type=_RoadNet)
    except msgspec.DecodeError as error:
        raise ValueError(f"this is no CityFlow roadnet: {error}.") from error
    roads, notes = _roads(found.roads)
    lanes = {lane.id: lane for road in roads.values() for lane in _lanes(road)}
    junctions: list[Junction] = []
    for one in found.intersections:
        if one.virtual:
            continue
        moves, loose = _movements(one, lanes)
        notes += loose
        lanes = _joined(lanes, moves)
        made, faults = build_junction(one.id, moves, lanes=lanes, program=_program(one), offset_s=0)
        junctions.append(made)
        notes += faults
    kept = frozenset(note.where for note in notes if note.uncontrolled)
    ordered = tuple(sorted(junctions, key=lambda made: made.id))
    return Network(lanes, ordered, tuple(notes), kept)


def _roads(found: Sequence[_Road]) -> tuple[dict[str, _Road], list[Note]]:
    roads: dict[str, _Road] = {}
    notes: list[Note] = []
    for road in found:
        if road.id in roads:
            text = Text(
                zh=f"道路 {road.id} 出现两次; 用第一条",
                en=f"road {road.id} is there twice; the first is used",
            )
            notes.append(Note(road.id, text))
        roads.setdefault(road.id, road)
    return roads, notes


def _lanes(road: _Road) -> list[Lane]:
    line = np.array([(one.x, one.y) for one in road.points])
    length = float(np.hypot(*np.diff(line, axis=0).T).sum())
    shape = tuple((one.x, one.y) for one in road.points)
    return [
        Lane(f"{road.id}_{at}", length, lane.max_speed, shape=shape)
        for at, lane in enumerate(road.lanes)
    ]


def _movements(one: _Intersection, lanes: Mapping[str, Lane]) -> tuple[list[Movement], list[Note]]:
    """One movement for each lane link; those that end nowhere are left out, with a note."""
    moves, notes = [], []
    for group, link in enumerate(one.links):
        for lane in link.links:
            start, end = f"{link.start}_{lane.start}", f"{link.end}_{lane.end}"
            if start not in lanes or end not in lanes:
                text = Text(
                    zh=f"路口 {one.id}: 连接 {start} → {end} 的一端不存在; 略去",
                    en=f"junction {one.id}: {start} -> {end} ends in no lane; it is left out",
                )
                notes.append(Note(one.id, text))
                continue
            moves.append(
                Movement(
                    from_lane=start,
                    to_lane=end,
                    group=group,
                    turn=TURNS.get(link.type, "through"),
                    speed_m_s=lanes[start].speed_m_s,
                    path=tuple((point.x, point.y) for point in lane.points),
                )
            )
    return moves, notes


def _joined(lanes: Mapping[str, Lane], moves: Sequence[Movement]) -> dict[str, Lane]:
    joined = dict(lanes)
    for move in moves:
        joined[move.from_lane] = replace(joined[move.from_lane], signalled=True)
        before = joined[move.to_lane].upstream
        if move.from_lane not in before:
            after = replace(joined[move.to_lane], upstream=(*before, move.from_lane))
            joined[move.to_lane] = after
    return joined


def _program(one: _Intersection) -> tuple[Step, ...]:
    """Each light phase, with a yellow for what ends after it."""
    count = len(one.links)
    always = set(range(count)).intersection(*(set(phase.links) for phase in one.light.phases))
    greens = [phase for phase in one.light.phases if set(phase.links) > always]
    steps: list[Step] = []
    for at, phase in enumerate(greens):
        following = set(greens[(at + 1) % len(greens)].links)
        green = set(phase.links)
        ends = green - following
        steps.append(Step(round(phase.time), _heads(count, green=green, free=always)))
        if ends:
            heads = _heads(count, green=green - ends, free=always)
            yellow = "".join("y" if k in ends else letter for k, letter in enumerate(heads))
            steps.append(Step(YELLOW_S, yellow))
    return tuple(steps)


def _heads(count: int, *, green: set[int], free: set[int]) -> str:
    """G for what is green, g for what always is and gives way, r for the rest."""
    letters: dict[int, str] = dict.fromkeys(green, "G") | dict.fromkeys(free, "g")
    return "".join(letters.get(at, "r") for at in range(count))


def phases_only(network: Network, count: int) -> Network:
    """The network with the first so many stages of each junction, as a study may prescribe.

    Raises ValueError if a junction would be left with fewer than two.
    """
    if count < 2:
        raise ValueError(f"count is {count}; a junction needs at least 2 stages.")
    junctions = tuple(replace(one, stages=one.stages[:count]) for one in network.junctions)
    return replace(network, junctions=junctions)
