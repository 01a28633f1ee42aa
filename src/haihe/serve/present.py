"""The present: the newest state of entities by stream, in a box, near a point; and the entities."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated, Final, TypeAlias

import msgspec
from starlette.responses import Response

from haihe.model.arrays import SlotArray
from haihe.model.datum import Datum
from haihe.model.entity import Entity, check_entity_id
from haihe.model.line import EntityTold
from haihe.model.text import Text
from haihe.run.engine import Engine
from haihe.serve.access import check_scope
from haihe.serve.calling import JSON, Asked, Reply
from haihe.serve.kinds import PAGE_MAX, EntityId, Latitude, Limit, Longitude, Nothing, Skip
from haihe.serve.newest import Newest, newest
from haihe.serve.owning import note_read
from haihe.serve.problem import conflict, forbidden, malformed, unknown
from haihe.serve.sight import check_sight, sight_of
from haihe.serve.streams import declared
from haihe.serve.wording import relation_title

TEXT_MAX: Final = 200  # Ours: a title is one line.
LATEST_MAX: Final = 10_000  # Ours: all points of a large plant; measured: an answer in 50 ms.
RELATIONS_MAX: Final = 64  # Ours: kinds of relations, and ends of each, are few.
RelationName = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]

LatestLimit: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=LATEST_MAX)]


class LiveQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose newest state.

    entity: only this one's.
    datum: in which places are told.
    """

    entity: EntityId | None = None
    datum: Datum = Datum.WGS84
    limit: LatestLimit = 100
    skip: Skip = 0


class BoxQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A box, edges included.

    west, south, east, north: WGS-84 degrees.
    datum: in which places are told in the answer.
    """

    west: Longitude
    south: Latitude
    east: Longitude
    north: Latitude
    datum: Datum = Datum.WGS84
    limit: LatestLimit = 1_000


class NearQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A point in WGS-84 degrees and how many of the nearest.

    datum: in which places are told in the answer.
    """

    lon: Longitude
    lat: Latitude
    datum: Datum = Datum.WGS84
    count: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 10


class LiveShown(msgspec.Struct, frozen=True):
    """Newest states.

    total: how many there are; ``records`` is a part of them.
    records: flat, as they were sent: entity, offset, times, then each field at its newest.
    """

    stream: str
    total: int
    records: tuple[dict[str, object], ...]


class EntityQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which entities.

    prefix: what their ids begin with, such as "zone/".
    owner: the enterprise whose they are.
    """

    prefix: Annotated[str, msgspec.Meta(max_length=200)] = ""
    owner: Annotated[str, msgspec.Meta(max_length=100)] = ""
    limit: Limit = 100
    skip: Skip = 0


class EntitiesShown(msgspec.Struct, frozen=True):
    """Part of a list of entities; ``total`` is how many there are."""

    total: int
    entities: tuple[Entity, ...]


class EntityShown(msgspec.Struct, frozen=True):
    """What is known of one entity.

    entity: as it was told; null if only records speak of it.
    records: its newest state in each stream that it speaks in.
    relation_titles: what its relations are called.
    """

    entity: Entity | None
    records: tuple[dict[str, object], ...]
    relation_titles: dict[str, Text]


class Title(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people call a thing."""

    zh: Annotated[str, msgspec.Meta(max_length=TEXT_MAX)]
    en: Annotated[str, msgspec.Meta(max_length=TEXT_MAX)]


class EntityBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an entity is, apart from what it reports.

    relations: name to the ids at the other end, such as {"neighbour": ["zone/8"]}.
    owner: the enterprise whose it is; "" for nobody.
    """

    title: Title
    lon: Longitude | None = None
    lat: Latitude | None = None
    relations: Annotated[
        dict[RelationName, Annotated[tuple[EntityId, ...], msgspec.Meta(max_length=RELATIONS_MAX)]],
        msgspec.Meta(max_length=RELATIONS_MAX),
    ] = {}
    owner: Annotated[str, msgspec.Meta(max_length=100, pattern=r"^[^\s\x00-\x1f\x7f]*$")] = ""


async def latest(asked: Asked[LiveQuery, None]) -> Response:
    """The newest state of a stream's entities."""
    query = asked.query
    node, name = asked.platform.node, asked.path["stream"]
    declared(node, name)
    sight = sight_of(node, asked.caller)
    slot = node.log.directory.slot
    if query.entity is not None:
        check_sight(node, asked.caller, entity=query.entity)
        slots = [slot(name, query.entity)]
    elif sight is not None:
        ids = node.log.directory.ids(name)
        slots = [place for place, entity in enumerate(ids) if entity in sight]
    else:
        slots = []
    chosen = query.entity is not None or sight is not None

    def choose(engine: Engine) -> Sequence[int]:
        return [s for s in slots if s >= 0] if chosen else range(engine.live[name].count)

    return await _shown(asked, choose, skip=query.skip, limit=query.limit)


async def in_box(asked: Asked[BoxQuery, None]) -> Response:
    """The newest state of what is now inside a box."""
    query = asked.query
    if query.west > query.east or query.south > query.north:
        raise malformed("west must not lie east of east, nor south north of north.")

    def choose(engine: Engine) -> SlotArray:
        live = engine.live[asked.path["stream"]]
        return live.in_box((query.west, query.south, query.east, query.north))

    return await _shown(asked, _own_only(asked, choose), skip=0, limit=query.limit)


async def nearest(asked: Asked[NearQuery, None]) -> Response:
    """The newest state of what is now nearest to a point, the nearest first."""
    query = asked.query
    held = sight_of(asked.platform.node, asked.caller) is not None

    def choose(engine: Engine) -> SlotArray:
        live = engine.live[asked.path["stream"]]
        count = max(live.count, 1) if held else query.count
        return live.nearest(query.lon, query.lat, count=count)

    return await _shown(asked, _own_only(asked, choose), skip=0, limit=query.count)


async def list_entities(asked: Asked[EntityQuery, None]) -> EntitiesShown:
    """Entities by id."""
    query, caller, node = asked.query, asked.caller, asked.platform.node
    owner = caller.owner or query.owner
    if caller.owner and query.owner not in ("", caller.owner):
        raise forbidden(f"{caller.name} sees the entities of {caller.owner} only.")
    sight = sight_of(node, caller)
    known = tuple(node.engine.graph.entities())  # Copied at once: the writer adds to it.
    found = [
        entity
        for entity in known
        if entity.id.startswith(query.prefix)
        and owner in ("", entity.owner)
        and (sight is None or entity.id in sight)
    ]
    found.sort(key=lambda entity: entity.id)
    part = tuple(found[query.skip : query.skip + query.limit])
    await note_read(asked, subject="entities", entities=[entity.id for entity in part])
    return EntitiesShown(len(found), part)


async def show_entity(asked: Asked[Nothing, None]) -> EntityShown:
    """What is known of one entity, and its newest state in every stream."""
    node, caller, name = asked.platform.node, asked.caller, asked.path["entity"]
    check_sight(node, caller, entity=name)
    streams = [live.stream.name for live in node.engine.live.streams()]
    places = [
        (stream, slot)
        for stream in streams
        if caller.sees(stream) and not stream.startswith("haihe.")
        and (slot := node.log.directory.slot(stream, name)) >= 0
    ]  # fmt: skip

    found = await asked.platform.answers.of(node.ask(lambda engine: newest_states(engine, places)))
    entity = node.engine.graph.entity(name)
    records = flat_states(found)
    if entity is None and not records:
        raise unknown(f"there is no entity '{name}'.")
    await note_read(asked, subject=name, entities=[name])
    relations = entity.relations if entity is not None else {}
    return EntityShown(entity, records, {name: relation_title(name) for name in relations})


async def tell_entity(asked: Asked[Nothing, EntityBody]) -> Reply:
    """Say what an entity is, anew or again; what is told last holds."""
    platform, name, body = asked.platform, asked.path["entity"], asked.body
    if asked.caller.packs or asked.caller.areas:
        raise forbidden(f"{asked.caller.name} has a part only; an entity belongs to all.")
    if (body.lon is None) != (body.lat is None):
        raise malformed("lon and lat belong together; give both or none.", status=422)
    try:
        for each in (name, *(end for ends in body.relations.values() for end in ends)):
            check_entity_id(each)
    except ValueError as error:
        raise malformed(str(error), status=422) from error
    entity = Entity(
        id=name,
        title=Text(zh=body.title.zh, en=body.title.en),
        lon=body.lon,
        lat=body.lat,
        relations=body.relations,
        owner=body.owner,
    )
    known = platform.node.engine.graph.entity(name)
    if known != entity:
        told = EntityTold(at=platform.moments.next(), entity=entity, by=asked.caller.name)
        await platform.answers.of(platform.node.tell(told))
    return Reply(entity, 201 if known is None else 200)


def newest_states(engine: Engine, places: Sequence[tuple[str, int]]) -> tuple[Newest, ...]:
    """What an entity said last in each stream.

    places: stream and the entity's slot there; a slot below 0 never spoke.
    """
    return tuple(
        newest(engine, stream, slots=[slot], limit=1) for stream, slot in places if slot >= 0
    )


def flat_states(found: Sequence[Newest]) -> tuple[dict[str, object], ...]:
    """Newest states, each with the stream it came in."""
    return tuple({"stream": one.stream, **record} for one in found for record in one.records())


def _own_only(
    asked: Asked[BoxQuery, None] | Asked[NearQuery, None],
    choose: Callable[[Engine], SlotArray],
) -> Callable[[Engine], list[int]]:
    """The choice, less what is not the caller's."""
    name, node = asked.path["stream"], asked.platform.node
    if not declared(node, name).is_placed:
        raise conflict(f"stream '{name}' has no fields lon and lat: no place.")
    sight = sight_of(node, asked.caller)

    def chosen(engine: Engine) -> list[int]:
        ids = engine.live[name].ids
        found: list[int] = choose(engine).tolist() if len(ids) else []
        return found if sight is None else [slot for slot in found if ids[slot] in sight]

    return chosen


async def _shown(
    asked: Asked[LiveQuery, None] | Asked[BoxQuery, None] | Asked[NearQuery, None],
    choose: Callable[[Engine], Sequence[int]],
    *,
    skip: int,
    limit: int,
) -> Response:
    """The newest states of the chosen, as the writer's thread finds them between two rounds."""
    platform, name = asked.platform, asked.path["stream"]
    check_scope(asked.caller, name)

    def look(engine: Engine) -> Newest:
        return newest(engine, name, slots=choose(engine), skip=skip, limit=limit)

    found = await platform.answers.of(platform.node.ask(look))
    await note_read(asked, subject=f"stream {name}", entities=set(found.entities))

    def told() -> bytes:
        return msgspec.json.encode(
            LiveShown(name, found.total, found.placed(asked.query.datum).records())
        )

    # Many are made into text elsewhere, so that others are answered meanwhile.
    body = told() if limit <= PAGE_MAX else await asyncio.to_thread(told)
    return Response(body, media_type=JSON)
