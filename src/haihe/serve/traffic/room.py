"""The live state of junctions and lanes: what a pack's room shows, read beside the engine."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from haihe.model.record import Observation
from haihe.pack.contract import Pack
from haihe.pack.room import Drawing, JunctionState, LaneState, Room, RoomShown, Seen, Steered
from haihe.run.engine import Engine
from haihe.run.spoken import Measured, Said, Spoken
from haihe.run.watching import Segment
from haihe.serve.access import Caller
from haihe.serve.calling import Asked
from haihe.serve.kinds import Nothing
from haihe.serve.problem import unknown
from haihe.serve.rules import Shelf, shelves_of
from haihe.serve.sight import Sight, sight_of
from haihe.serve.traffic.kept import KeptRoom
from haihe.serve.traffic.shown import (
    JunctionView,
    LaneView,
    LoopBrief,
    MapView,
    RoadBrief,
    RoomView,
    brief_junction,
    brief_lane,
)

SAID_MOST: Final = 12  # Ours: what a page shows of a lane's last decisions.


@dataclass(frozen=True, slots=True)
class Taken:
    """What the writer's thread hands over: values that nobody changes any more.

    seen: what the pack's room shows things from.
    loops: of the pack, by full name.
    spoken: what each said of late, by full name.
    shelves: by full name.
    kept: what the room showed last.
    """

    pack: Pack
    room: Room
    seen: Seen
    loops: tuple[LoopBrief, ...]
    spoken: dict[str, Spoken]
    shelves: dict[str, tuple[Shelf, ...]]
    kept: KeptRoom


async def taken(asked: Asked[Any, Any]) -> Taken:
    """What there is to show now.

    Raises Problem if no pack that the caller sees shows anything.
    """
    caller = asked.caller
    found = await asked.platform.answers.of(
        asked.platform.node.ask(lambda engine: _take(engine, caller, kept=asked.platform.room))
    )
    if found is None:
        raise unknown(
            "no pack with a room runs here.",
            what_to_do="Add 'traffic' to the packs in haihe.toml; GET /packs lists what runs.",
        )
    return found


async def shown(found: Taken) -> RoomShown:
    """Everything that moves, as it is.

    Raises PackFailed if the pack's code did.
    """
    known = found.kept.fresh(found.room, found.seen)
    if known is not None:
        return known
    return await asyncio.to_thread(found.kept.shown, found.room, found.seen)


async def drawing(found: Taken) -> Drawing:
    """What does not move.

    Raises PackFailed if the pack's code did.
    """
    return await asyncio.to_thread(found.kept.call, found.room.drawing)


def _take(engine: Engine, caller: Caller, *, kept: KeptRoom) -> Taken | None:
    """In the writer's thread: references to memories, which are values, and a few small copies."""
    pack = next(
        (one for one in engine.packs if one.room is not None and caller.sees(one.name)), None
    )
    if pack is None or pack.room is None:
        return None
    names = [name for name, rule in engine.loops.items() if rule.pack == pack.name]
    spoken = {
        name: Spoken(one.turn_at, one.recent, dict(one.about), dict(one.effects))
        for name in names
        if (one := engine.track.loops.spoken.get(name)) is not None
    }
    shelves = {name: shelves_of(engine, name) for name in names}
    loops = tuple(
        LoopBrief(
            name=name,
            title=engine.loops[name].loop.title,
            failed=engine.failed.get(name, ""),
            every=engine.loops[name].loop.every,
            turn_at=spoken[name].turn_at if name in spoken else 0,
            shelved=tuple(shelf for shelf in shelves[name] if not shelf.entity),
        )
        for name in names
    )
    seen = Seen(engine.now, _steered(engine, names, shelves=shelves), _latest(engine, pack.room))
    return Taken(pack, pack.room, seen, loops, spoken, shelves, kept)


def _steered(
    engine: Engine, names: list[str], *, shelves: dict[str, tuple[Shelf, ...]]
) -> dict[str, Steered]:
    found = {}
    for name in names:
        running = engine.track.loops.running.get(name)
        if running is not None:
            held = frozenset(shelf.entity for shelf in shelves[name])
            control = running.rule.loop.control
            steered = Steered(control, running.memory, held - {""}, "" in held)
            found[name.partition(".")[2]] = steered
    return found


def _latest(engine: Engine, room: Room) -> dict[tuple[str, str], Observation]:
    segment = Segment({}, engine.now, engine.now, engine.next_offset)
    view = engine.view(segment, now=engine.now, end_offset=engine.next_offset)
    found = {}
    for stream, entity in room.watches:
        if stream in engine.live and (one := view.latest(stream, entity)) is not None:
            found[stream, entity] = one
    return found


async def show_map(asked: Asked[Nothing, None]) -> MapView:
    """What does not move: roads, junctions, lanes and corridors."""
    found = await taken(asked)
    drawn, sight = await drawing(found), sight_of(asked.platform.node, asked.caller)
    return MapView(
        pack=found.pack.name,
        title=found.pack.title,
        roads=tuple(one for one in drawn.roads if sight is None or one.junction in sight),
        junctions=tuple(one for one in drawn.junctions if _is_in(sight, one.entity)),
        lanes=tuple(one for one in drawn.lanes if _is_in(sight, one.entity)),
        corridors=tuple(
            one for one in drawn.corridors if all(_is_in(sight, each) for each in one.junctions)
        ),
    )


async def show_room(asked: Asked[Nothing, None]) -> RoomView:
    """Every junction and lane in short, and who waits on each road."""
    found = await taken(asked)
    state, sight = await shown(found), sight_of(asked.platform.node, asked.caller)
    junctions = [one for one in state.junctions if _is_in(sight, one.entity)]
    lanes = [one for one in state.lanes if _is_in(sight, one.entity)]
    return RoomView(
        at=found.seen.now,
        pack=found.pack.name,
        loops=found.loops,
        junctions=tuple(brief_junction(one) for one in junctions),
        lanes=tuple(brief_lane(one) for one in lanes),
        roads=tuple(
            RoadBrief(each.entity, each.waiting_veh, each.flow_veh_h)
            for one in junctions
            for each in one.approaches
        ),
    )


async def show_junction(asked: Asked[Nothing, None]) -> JunctionView:
    """One junction whole."""
    found = await taken(asked)
    return await junction_view(asked, found, entity=asked.path["entity"])


async def show_lane(asked: Asked[Nothing, None]) -> LaneView:
    """One lane whole."""
    found = await taken(asked)
    return await lane_view(asked, found, entity=asked.path["entity"])


async def junction_view(asked: Asked[Any, Any], found: Taken, *, entity: str) -> JunctionView:
    """One junction with what was decided on it.

    Raises Problem if the caller sees none of that name.
    """
    state = await shown(found)
    one = _one(asked, state.junctions, entity=entity)
    said, effects, shelves = _of(found, entity)
    return JunctionView(
        at=found.seen.now, state=one, decisions=said, effects=effects, shelved=shelves,
        loops=found.loops,
    )  # fmt: skip


async def lane_view(asked: Asked[Any, Any], found: Taken, *, entity: str) -> LaneView:
    """One lane with what was decided on it, and what its loop said of no lane's order.

    Raises Problem if the caller sees none of that name.
    """
    state = await shown(found)
    one = _one(asked, state.lanes, entity=entity)
    own, effects, shelves = _of(found, entity)
    spoken = found.spoken.get(f"{found.pack.name}.{one.loop}", Spoken())
    others = [said for said in spoken.recent if not said.orders]
    said = sorted({each.number: each for each in (*own, *others)}.values(), key=_newest)
    return LaneView(
        at=found.seen.now, state=one, decisions=tuple(said[:SAID_MOST]), effects=effects,
        shelved=shelves, loops=found.loops,
    )  # fmt: skip


def _newest(said: Said) -> tuple[int, int]:
    return -said.at, -said.number


def _of(
    found: Taken, entity: str
) -> tuple[tuple[Said, ...], tuple[Measured, ...], tuple[Shelf, ...]]:
    """Decisions on an entity, what its orders brought about, and the shelves it lies on."""
    said = [one for spoken in found.spoken.values() for one in spoken.about.get(entity, ())]
    effects = [one for spoken in found.spoken.values() for one in spoken.effects.get(entity, ())]
    shelves = [shelf for some in found.shelves.values() for shelf in some if shelf.entity == entity]
    return (
        tuple(sorted(said, key=_newest)),
        tuple(sorted(effects, key=lambda one: -one.at)),
        tuple(shelves),
    )


S = TypeVar("S", JunctionState, LaneState)


def _one(asked: Asked[Any, Any], some: tuple[S, ...], *, entity: str) -> S:
    """The state of an entity.

    Raises Problem if the caller sees none of that name.
    """
    sight = sight_of(asked.platform.node, asked.caller)
    for one in some:
        if one.entity == entity and _is_in(sight, entity):
            return one
    raise unknown(
        f"there is no '{entity}' here, or its loop is stopped.",
        what_to_do="GET /api/v1/traffic/room lists junctions and lanes.",
    )


def _is_in(sight: Sight | None, entity: str) -> bool:
    return sight is None or entity in sight
