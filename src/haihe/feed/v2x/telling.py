"""Messages to vehicles: what signals show and will, roads, and warnings, as bytes to broadcast.

The other way round stands in ``records``. Source: T/CSAE 53-2017 and YD/T 3709-2020, day one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from haihe.errors import RecordRefused
from haihe.feed.v2x.csae53 import MESSAGE
from haihe.feed.v2x.types import Bits, Value
from haihe.model.time import MINUTE, format_instant, parse_instant

AT_ONCE: Final = 32  # T/CSAE 53: intersections of one SPAT.
PHASES_MAX: Final = 16  # T/CSAE 53: of one intersection.
COUNTS: Final = 128  # T/CSAE 53: msgCnt runs round.
MARKS_S: Final = 0.1  # T/CSAE 53: a time mark.
MARK_UNKNOWN: Final = 36_001  # T/CSAE 53.
MARK_MOST: Final = 35_999  # T/CSAE 53: just under an hour.
ADAPTIVE: Final = Bits(1 << 10, 16)  # T/CSAE 53: bit 5, traffic dependent operation.
DEGREE: Final = 1e7  # T/CSAE 53: units in a degree.
RADIUS_M: Final = 0.1  # T/CSAE 53.
TEXT_MOST: Final = 512  # T/CSAE 53: bytes of a description.
TURNS: Final = {"through": 0, "left": 1, "right": 2, "around": 3}  # T/CSAE 53: bits of maneuvers.
MANEUVERS: Final = 12  # T/CSAE 53.
VEHICLES: Final = ("vehicle", Bits(0, 8))


@dataclass(frozen=True, slots=True)
class NodeId:
    """An intersection's number: the region it is numbered in, 0 to 65535, and its own."""

    region: int
    id: int

    def told(self) -> Value:
        """As messages write it."""
        return {"region": self.region, "id": self.id}


@dataclass(frozen=True, slots=True)
class Shown:
    """What one phase shows, and how long yet; NaN where nobody can say.

    phase: 0 to 255.
    light: such as "red", "permissive-green", "protected-green", "yellow".
    least_s, likely_s, most_s: seconds to its end.
    sure: of ``likely_s``; 0 to 1.
    """

    phase: int
    light: str
    least_s: float
    likely_s: float
    most_s: float
    sure: float


@dataclass(frozen=True, slots=True)
class Turn:
    """One way out of a lane.

    turn: "through", "left", "right" or "around".
    node: the intersection it leads to; lane: on which lane there, 0 to 255.
    phase: under which phase.
    """

    turn: str
    node: NodeId
    lane: int
    phase: int


@dataclass(frozen=True, slots=True)
class LaneTold:
    """A lane that leads to an intersection: its number on its road, 0 to 255, and its ways out."""

    id: int
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class RoadTold:
    """A road into an intersection.

    name: ASCII, 63 characters at most.
    upstream: where it comes from.
    points: (lon, lat) in degrees, along the way, 2 to 31.
    lane_m: the width of a lane.
    """

    name: str
    upstream: NodeId
    points: tuple[tuple[float, float], ...]
    lane_m: float
    lanes: tuple[LaneTold, ...]


@dataclass(frozen=True, slots=True)
class Crossing:
    """An intersection with its roads; lon and lat in degrees of WGS-84."""

    id: NodeId
    name: str
    lon: float
    lat: float
    roads: tuple[RoadTold, ...]


@dataclass(frozen=True, slots=True)
class Warned:
    """What vehicles are warned of.

    kind: number of the event, GB/T 29100-2012.
    lon, lat: degrees of WGS-84.
    radius_m: where it counts.
    begin, end: ns.
    description: for the driver.
    """

    kind: int
    lon: float
    lat: float
    radius_m: float
    begin: int
    end: int
    description: str


def signals_message(shown: Sequence[tuple[NodeId, Sequence[Shown]]], *, now: int) -> bytes:
    """A SPAT of up to 32 intersections with up to 16 phases each.

    Raises RecordRefused if there are more, or none.
    """
    if not 0 < len(shown) <= AT_ONCE or not all(0 < len(of) <= PHASES_MAX for _, of in shown):
        raise RecordRefused(
            f"{len(shown)} intersections cannot be told at once; a SPAT holds 1 to {AT_ONCE} with "
            f"1 to {PHASES_MAX} phases each."
        )
    crossings = tuple(
        {
            "intersectionId": node.told(),
            "status": ADAPTIVE,
            "phases": tuple({"id": one.phase, "phaseStates": (_state(one),)} for one in of),
        }
        for node, of in shown
    )
    minute, mark = _minute_of_year(now)
    told = {"moy": minute, "timeStamp": mark, "intersections": crossings}
    return MESSAGE.encode(("spatFrame", {"msgCnt": _count(now), **told}))


def roads_message(crossings: Sequence[Crossing], *, now: int) -> bytes:
    """A MAP of the intersections.

    Raises RecordRefused where one has what a MAP cannot say.
    """
    nodes = tuple(
        {
            "name": one.name,
            "id": one.id.told(),
            "refPos": _position(one.lon, one.lat),
            "inLinks": tuple(_road(road) for road in one.roads),
        }
        for one in crossings
    )
    minute, _ = _minute_of_year(now)
    return MESSAGE.encode(
        ("mapFrame", {"msgCnt": _count(now), "timeStamp": minute, "nodes": nodes})
    )


def warning_message(warned: Warned, *, sender: bytes, now: int) -> bytes:
    """An RSI with one event.

    sender: eight bytes, who says so.
    Raises RecordRefused where a value does not fit.
    """
    event = {
        "rteId": 0,
        "eventType": warned.kind,
        "eventSource": "government",
        "eventPos": _offset(warned.lon, warned.lat),
        "eventRadius": round(warned.radius_m / RADIUS_M),
        "timeDetails": {
            "startTime": _minute_of_year(warned.begin)[0],
            "endTime": _minute_of_year(warned.end)[0],
        },
    }
    if text := _gb2312(warned.description):
        event["description"] = ("textGB2312", text)
    told = {
        "msgCnt": _count(now),
        "moy": _minute_of_year(now)[0],
        "id": sender,
        "refPos": _position(warned.lon, warned.lat),
        "rtes": (event,),
    }
    return MESSAGE.encode(("rsiFrame", told))


def _state(one: Shown) -> Value:
    ends = {"minEndTime": one.least_s, "maxEndTime": one.most_s}
    timing: Value = {"startTime": 0, "likelyEndTime": _mark(one.likely_s)}
    timing |= {name: _mark(value) for name, value in ends.items() if math.isfinite(value)}
    if math.isfinite(one.likely_s):
        timing["timeConfidence"] = round(200 * min(max(one.sure, 0.0), 1.0))
    return {"light": one.light, "timing": ("counting", timing)}


def _mark(seconds: float) -> int:
    """Seconds as a time mark; what is unknown or beyond an hour is unknown."""
    if not math.isfinite(seconds):
        return MARK_UNKNOWN
    return round(min(max(seconds, 0.0), MARK_MOST * MARKS_S) / MARKS_S)


def _road(road: RoadTold) -> Value:
    return {
        "name": road.name,
        "upstreamNodeId": road.upstream.told(),
        "linkWidth": round(road.lane_m * len(road.lanes) * 100),
        "points": tuple({"posOffset": _offset(*point)} for point in road.points),
        "lanes": tuple(_lane(lane, road.lane_m) for lane in road.lanes),
    }


def _lane(lane: LaneTold, width_m: float) -> Value:
    exits = tuple(
        {
            "remoteIntersection": one.node.told(),
            "connectingLane": {"lane": one.lane, "maneuver": _turns(one.turn)},
            "phaseId": one.phase,
        }
        for one in lane.turns
    )
    return {
        "laneID": lane.id,
        "laneWidth": round(width_m * 100),
        "laneAttributes": {"laneType": VEHICLES},
        "maneuvers": _turns(*(one.turn for one in lane.turns)),
        "connectsTo": exits,
    }


def _turns(*turns: str) -> Bits:
    value = sum(1 << (MANEUVERS - 1 - TURNS[turn]) for turn in set(turns))
    return Bits(value, MANEUVERS)


def _offset(lon: float, lat: float) -> Value:
    at = {"lon": round(lon * DEGREE), "lat": round(lat * DEGREE)}
    return {"offsetLL": ("position-LatLon", at)}


def _position(lon: float, lat: float) -> Value:
    return {"lat": round(lat * DEGREE), "long": round(lon * DEGREE)}


def _gb2312(text: str) -> bytes:
    """The text as the standard writes it, as far as it fits; what it cannot write is left out."""
    told = text.encode("gb2312", "ignore")[:TEXT_MOST]
    return told.decode("gb2312", "ignore").encode("gb2312") if len(told) > 1 else b""


def _count(now: int) -> int:
    """The message's number: of the second, so that it needs no memory."""
    return now // 1_000_000_000 % COUNTS


def _minute_of_year(now: int) -> tuple[int, int]:
    """Minutes since the year began, UTC, and ms of the minute."""
    began = parse_instant(f"{format_instant(now)[:4]}-01-01T00:00:00Z")
    return (now - began) // MINUTE, now % MINUTE // 1_000_000
