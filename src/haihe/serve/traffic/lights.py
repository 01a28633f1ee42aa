"""What a junction's lights show and until when, how well that is foretold, and advice on speed."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec

from haihe.model.text import Text
from haihe.model.time import MINUTE
from haihe.pack.lights import AdviceTold, Approach, LightError, LightsTold, LightTold
from haihe.pack.signals import Told
from haihe.serve.access import READERS
from haihe.serve.calling import Asked, Operation
from haihe.serve.kinds import EntityId, Nothing
from haihe.serve.owning import note_read
from haihe.serve.problem import malformed
from haihe.serve.sight import check_sight
from haihe.serve.traffic.reading import Place, events_of, place_of
from haihe.state.history_query import Span

BACK: Final = 45 * MINUTE  # Ours: the half hour that is measured, and what came before it.
NEAR_M: Final = 0.1  # Ours: nearer is over the line.
FAR_M: Final = 5_000  # Ours: no light is foretold for as long as that takes.
SLOW_M_S: Final = 1  # Ours: below any limit.
FAST_M_S: Final = 60  # Ours: above any limit.


class AdviceQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A vehicle on its way.

    lane: as ``/traffic/roadside/map`` and the network name it. to_line_m: to its stop line.
    turn: where to; straight on, if the lane does, where left out.
    """

    lane: EntityId
    to_line_m: Annotated[float, msgspec.Meta(ge=NEAR_M, le=FAR_M)]
    limit_m_s: Annotated[float, msgspec.Meta(ge=SLOW_M_S, le=FAST_M_S)]
    turn: Literal["", "left", "through", "right", "around"] = ""


class LightsShown(msgspec.Struct, frozen=True):
    """What a junction's lights show.

    at: of when it is; seconds count from then. heard_at: the controller's newest event.
    errors: how far off such likely ends were over the last half hour, by phase and light.
    missing: why there are no phases; empty if there are.
    """

    entity: str
    title: Text
    at: int
    heard_at: int
    phases: tuple[LightTold, ...]
    errors: tuple[LightError, ...]
    missing: Text


async def show_lights(asked: Asked[Nothing, None]) -> LightsShown:
    """What each phase shows, and its likely end."""
    entity, place = asked.path["entity"], await place_of(asked)
    place.check_junction(entity)
    found = (await lights_of(asked, place, entities=(entity,)))[entity]
    errors = await _errors_of(asked, place, entity=entity, now=found.at) if found.phases else ()
    return LightsShown(
        found.entity, found.title, found.at, found.heard_at, found.phases, errors, found.missing
    )


async def show_advice(asked: Asked[AdviceQuery, None]) -> AdviceTold:
    """At which speed a vehicle meets green."""
    query, entity, place = asked.query, asked.path["entity"], await place_of(asked)
    place.check_junction(entity)
    found = (await lights_of(asked, place, entities=(entity,)))[entity]
    vehicle = Approach(query.lane, query.turn, query.to_line_m, query.limit_m_s)
    try:
        return await asyncio.to_thread(place.signals.advised, found, vehicle)
    except ValueError as error:
        raise malformed(str(error)) from error


async def lights_of(
    asked: Asked[Any, Any], place: Place, *, entities: Sequence[str]
) -> Mapping[str, LightsTold]:
    """What the lights of junctions show now, after the look was noted; shared for a second.

    Raises Problem if the caller does not see one of them.
    """
    for entity in entities:
        check_sight(asked.platform.node, asked.caller, entity=entity)
    await note_read(asked, subject=f"lights {place.signals.events}", entities=entities)

    async def make() -> Mapping[str, LightsTold]:
        now = now_of(asked)
        told = await _told(asked, place, entities=entities, now=now)

        def work() -> dict[str, LightsTold]:
            return {name: place.signals.lights(name, one, now=now) for name, one in told.items()}

        return await asyncio.to_thread(work)

    return await asked.platform.lit.lights.get((id(place.signals), *entities), make)


async def _told(
    asked: Asked[Any, Any], place: Place, *, entities: Sequence[str], now: int
) -> Mapping[str, Told]:
    """The events of late; read once for what lights show and for how well that was foretold."""

    async def make() -> Mapping[str, Told]:
        span = Span(max(now - BACK, 0), now + 1)
        return await events_of(asked, place, entities=entities, span=span)

    return await asked.platform.lit.told.get((id(place.signals), *entities), make)


def now_of(asked: Asked[Any, Any]) -> int:
    """The platform's time; ns."""
    node = asked.platform.node
    return max(node.clock.now(), node.log.received_at)


async def _errors_of(
    asked: Asked[Any, Any], place: Place, *, entity: str, now: int
) -> tuple[LightError, ...]:
    """The measured errors of a junction that the caller sees."""

    async def make() -> tuple[LightError, ...]:
        told = await _told(asked, place, entities=(entity,), now=now)
        return await asyncio.to_thread(place.signals.light_errors, entity, told[entity], now=now)

    return await asked.platform.lit.errors.get((id(place.signals), entity), make)


LIGHTS: Final = (
    Operation(
        "GET", "/traffic/junctions/{entity:path}/lights", READERS,
        "What a junction's lights show, their likely ends, and how well those were foretold",
        show_lights, answer=LightsShown,
    ),
    Operation(
        "GET", "/traffic/junctions/{entity:path}/advice", READERS,
        "At which speed a vehicle meets green, or that it will have to stop, and why",
        show_advice, query=AdviceQuery, answer=AdviceTold,
    ),
)  # fmt: skip
