"""SPAT and MAP for roadside units: messages of T/CSAE 53 in hex, one a line."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from math import nan
from typing import Any, Final

import msgspec
from starlette.responses import Response

from haihe.errors import RecordRefused
from haihe.feed.v2x.records import MEDIA
from haihe.feed.v2x.telling import (
    PHASES_MAX,
    Crossing,
    LaneTold,
    NodeId,
    RoadTold,
    Shown,
    Turn,
    roads_message,
    signals_message,
)
from haihe.pack.lights import CrossingSite, LightsTold, LightTold
from haihe.serve.access import READERS
from haihe.serve.calling import Asked, Operation
from haihe.serve.kinds import EntityId
from haihe.serve.owning import note_read
from haihe.serve.problem import conflict, malformed, unknown
from haihe.serve.sight import check_sight
from haihe.serve.traffic.lights import lights_of, now_of
from haihe.serve.traffic.reading import Place, place_of

REGION: Final = 0  # T/CSAE 53: kept for tests, until a bureau is given a region of its own.
OUTSIDE: Final = NodeId(REGION, 0)  # Ours: junctions are numbered in their order, from 1.
JUNCTIONS_MAX: Final = 32  # Ours: what a roadside room asks at once; more one by one.


class RoadsideQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which junction; every one that the caller sees where left out."""

    junction: EntityId | None = None


async def tell_signals(asked: Asked[RoadsideQuery, None]) -> Response:
    """A SPAT a line for each junction whose lights are known; more where it has many phases."""
    place = await place_of(asked)
    found = await lights_of(asked, place, entities=_which(asked, place))
    nodes = _nodes(place)
    lines = await asyncio.to_thread(lambda: list(signals_of(found, nodes)))
    return _answer(lines)


async def tell_roads(asked: Asked[RoadsideQuery, None]) -> Response:
    """A MAP a line for each junction."""
    place = await place_of(asked)
    wanted, nodes, now = _which(asked, place), _nodes(place), now_of(asked)
    await note_read(asked, subject="roadside map", entities=wanted)

    def work() -> list[bytes]:
        own = [one for one in place.signals.crossings if one.entity in wanted]
        return [roads_message([_crossing(one, nodes)], now=now) for one in own]

    try:
        lines = await asyncio.to_thread(work)
    except RecordRefused as error:
        raise conflict(f"a MAP cannot say this place: {error}") from error
    if wanted and not lines:
        raise unknown(
            "nobody said where the roads of this place lie.",
            what_to_do="Only a place whose lanes have shapes has a MAP; SPAT needs none.",
        )
    return _answer(lines)


def _which(asked: Asked[RoadsideQuery, None], place: Place) -> tuple[str, ...]:
    """The junctions asked for.

    Raises Problem if there is none of that name in sight, or they are too many.
    """
    named = asked.query.junction
    if named is not None:
        place.check_junction(named)
        check_sight(asked.platform.node, asked.caller, entity=named)
        return (named,)
    seen = tuple(one.entity for one in place.signals.junctions if place.shows(one.entity))
    if len(seen) > JUNCTIONS_MAX:
        raise malformed(
            f"{len(seen)} junctions are in sight, and {JUNCTIONS_MAX} are told at once; name one "
            "with 'junction'."
        )
    return seen


def _nodes(place: Place) -> dict[str, NodeId]:
    every = enumerate(place.signals.junctions, start=1)
    return {one.entity: NodeId(REGION, number) for number, one in every}


def signals_of(found: Mapping[str, LightsTold], nodes: Mapping[str, NodeId]) -> Iterator[bytes]:
    """SPAT messages of junctions by entity; one of more phases than a message holds goes on."""
    for entity, lights in found.items():
        shown = [_shown(one) for one in lights.phases]
        for first in range(0, len(shown), PHASES_MAX):
            part = shown[first : first + PHASES_MAX]
            yield signals_message([(nodes[entity], part)], now=lights.at)


def _shown(one: LightTold) -> Shown:
    green = "protected-green" if one.is_protected else "permissive-green"
    light = green if one.light == "green" else one.light
    least, likely, most = (
        nan if each is None else each for each in (one.least_s, one.likely_s, one.most_s)
    )
    return Shown(one.phase, light, least, likely, most, one.sure)


def _crossing(one: CrossingSite, nodes: Mapping[str, NodeId]) -> Crossing:
    roads = tuple(
        RoadTold(
            road.name,
            nodes.get(road.start, OUTSIDE),
            road.points,
            road.lane_m,
            tuple(
                LaneTold(
                    lane.lane,
                    tuple(
                        Turn(turn.turn, nodes.get(turn.to, OUTSIDE), turn.lane, turn.phase)
                        for turn in lane.turns
                    ),
                )
                for lane in road.lanes
            ),
        )
        for road in one.roads
    )
    name = one.entity.partition("/")[2]
    return Crossing(nodes[one.entity], name, one.lon, one.lat, roads)


def _answer(lines: Sequence[bytes]) -> Response:
    return Response("".join(f"{line.hex()}\n" for line in lines), media_type=MEDIA)


def _route(name: str, summary: str, *, handler: Any) -> Operation:
    return Operation(
        "GET", f"/traffic/roadside/{name}", READERS, summary, handler, query=RoadsideQuery,
        answer=str, media=MEDIA,
    )  # fmt: skip


ROADSIDE: Final = (
    _route(
        "spat", "What lights show and their likely ends, for roadside units", handler=tell_signals
    ),
    _route("map", "Roads, lanes, turns and phases, for roadside units", handler=tell_roads),
)
