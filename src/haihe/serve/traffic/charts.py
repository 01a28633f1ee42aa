"""Charts of signals over HTTP: measures, coordination, corridors, before and after."""

import asyncio
from typing import Annotated, Any, Final, Literal

import msgspec

from haihe.model.case import Case
from haihe.model.text import Text
from haihe.model.time import HOUR, MINUTE, SECOND
from haihe.pack.signals import (
    CoordinationTold,
    CorridorSite,
    CorridorTold,
    DifferenceTold,
    JunctionSite,
    JunctionTold,
    Stretch,
)
from haihe.run.report.standing import cases_between
from haihe.serve.access import READERS
from haihe.serve.calling import Asked, Operation
from haihe.serve.kinds import EntityId, Nothing, SchemeName, When
from haihe.serve.owning import note_read
from haihe.serve.problem import malformed
from haihe.serve.traffic.likeness import Likeness, likeness_of
from haihe.serve.traffic.reading import (
    CORRIDOR_MOST,
    DAY_MOST,
    Lengths,
    Place,
    place_of,
    sighted_of,
    stretch_of,
    told_of,
)

MOMENT: Final = SECOND  # A diagram has no bins; it is cut to whole seconds.
DIAGRAM_BACK: Final = 10 * MINUTE  # Ours: some six cycles, which a screen still tells apart.
OF_A_PHASE: Final = Lengths(MOMENT, back=HOUR, most=DAY_MOST)
OF_A_CORRIDOR: Final = Lengths(MOMENT, back=DIAGRAM_BACK, most=CORRIDOR_MOST)
CASES_MOST: Final = 100  # Ours: more says that the time was no usual one.
Minutes = Literal[5, 15, 60]
PhaseNumber = Annotated[int, msgspec.Meta(ge=1, le=255)]


class JunctionQuery(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}
):
    """Which junction and when.

    start, to: ISO 8601 with an offset; the last hour where left out, a day at most.
    every: length of a bin; min.
    """

    entity: EntityId
    start: When = ""
    to: When = ""
    every: Minutes = 15


class CoordinationQuery(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}
):
    """Which phase of a junction and when; the last hour where left out, a day at most."""

    entity: EntityId
    phase: PhaseNumber
    start: When = ""
    to: When = ""


class CorridorQuery(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}
):
    """Which corridor and when; the last ten minutes where left out, two hours at most."""

    corridor: SchemeName
    start: When = ""
    to: When = ""


class ComparisonQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which two times of a junction, or of all junctions of a corridor; each a day at most."""

    before_from: When
    before_to: When
    after_from: When
    after_to: When
    entity: EntityId | None = None
    corridor: SchemeName | None = None
    every: Minutes = 15


class ChartsShown(msgspec.Struct, frozen=True):
    """What charts can be asked of.

    now: the newest record's time.
    """

    now: int
    junctions: tuple[JunctionSite, ...]
    corridors: tuple[CorridorSite, ...]


class ComparisonShown(msgspec.Struct, frozen=True):
    """Two times beside each other, widened to whole bins.

    title: of the junction or corridor; junctions: those that are in it.
    likeness: whether the times are alike enough to be compared.
    """

    title: Text
    junctions: tuple[str, ...]
    before_from_at: int
    before_to_at: int
    after_from_at: int
    after_to_at: int
    differences: tuple[DifferenceTold, ...]
    likeness: tuple[Likeness, ...]


async def list_charts(asked: Asked[Nothing, None]) -> ChartsShown:
    """Junctions and corridors that charts can be asked of."""
    place = await place_of(asked)
    junctions = tuple(one for one in place.signals.junctions if place.shows(one.entity))
    return ChartsShown(asked.platform.node.log.received_at, junctions, place.corridors())


async def show_junction(asked: Asked[JunctionQuery, None]) -> JunctionTold:
    """Every measure of a junction, bin by bin."""
    query, place = asked.query, await place_of(asked)
    place.check_junction(query.entity)
    stretch = stretch_of(asked, query.start, to=query.to, lengths=_binned(query.every))
    told = await told_of(asked, place, entities=[query.entity], stretch=stretch)
    return await asyncio.to_thread(
        place.signals.junction, query.entity, told[query.entity], stretch=stretch
    )


async def show_coordination(asked: Asked[CoordinationQuery, None]) -> CoordinationTold:
    """The coordination diagram of a phase."""
    query, place = asked.query, await place_of(asked)
    place.check_junction(query.entity)
    stretch = stretch_of(asked, query.start, to=query.to, lengths=OF_A_PHASE)
    told = await told_of(asked, place, entities=[query.entity], stretch=stretch)
    try:
        return await asyncio.to_thread(
            place.signals.coordination,
            query.entity,
            told[query.entity],
            phase=query.phase,
            stretch=stretch,
        )
    except ValueError as error:
        raise malformed(str(error)) from error


async def show_corridor(asked: Asked[CorridorQuery, None]) -> CorridorTold:
    """The time-space diagram of a corridor."""
    query, place = asked.query, await place_of(asked)
    corridor = place.corridor(query.corridor)
    stretch = stretch_of(
        asked,
        query.start,
        to=query.to,
        lengths=OF_A_CORRIDOR,
    )
    told = await told_of(asked, place, entities=corridor.junctions, stretch=stretch)
    sighted = await sighted_of(asked, place, stretch=stretch)
    return await asyncio.to_thread(
        place.signals.corridor, corridor.name, told, sighted=sighted, stretch=stretch
    )


async def show_comparison(asked: Asked[ComparisonQuery, None]) -> ComparisonShown:
    """Each measure before and after, with what that says in words."""
    query, place = asked.query, await place_of(asked)
    title, junctions = _which(query, place)
    spans = ((query.before_from, query.before_to), (query.after_from, query.after_to))
    stretches: list[Stretch] = []
    for start, to in spans:
        if not start or not to:
            raise malformed("say when both times begin and end.")
        stretches.append(stretch_of(asked, start, to=to, lengths=_binned(query.every)))
    before, after = [
        await told_of(asked, place, entities=junctions, stretch=one) for one in stretches
    ]
    differences = await asyncio.to_thread(
        place.signals.compared, before, after, stretches=(stretches[0], stretches[1])
    )
    cases = [await _cases(asked, place, stretch=one) for one in stretches]
    likeness = likeness_of(
        stretches[0],
        stretches[1],
        differences=differences,
        cases=(cases[0], cases[1]),
        streams=[one.stream.name for one in asked.platform.node.engine.live.streams()],
    )
    return ComparisonShown(
        title,
        junctions,
        stretches[0].from_at,
        stretches[0].to_at,
        stretches[1].from_at,
        stretches[1].to_at,
        differences,
        likeness,
    )


async def _cases(asked: Asked[Any, Any], place: Place, *, stretch: Stretch) -> list[Case]:
    """The pack's cases that were open in a stretch and that the caller sees."""
    log = asked.platform.node.log
    pack = place.signals.events.partition(".")[0]
    found = await asyncio.to_thread(
        cases_between, log, pack, from_at=stretch.from_at, to_at=stretch.to_at, most=CASES_MOST
    )
    seen = [one for one in found if place.shows(one.entity)]
    await note_read(asked, subject="cases of a comparison", entities={one.entity for one in seen})
    return seen


def _binned(minutes: int) -> Lengths:
    return Lengths(minutes * MINUTE, back=HOUR, most=DAY_MOST)


def _which(query: ComparisonQuery, place: Place) -> tuple[Text, tuple[str, ...]]:
    """What is compared, and its junctions.

    Raises Problem if it is nothing, or two things.
    """
    if (query.entity is None) == (query.corridor is None):
        raise malformed("say either 'entity' or 'corridor'.")
    if query.entity is not None:
        place.check_junction(query.entity)
        (title,) = (one.title for one in place.signals.junctions if one.entity == query.entity)
        return title, (query.entity,)
    corridor = place.corridor(query.corridor or "")
    return corridor.title, corridor.junctions


CHARTS: Final = (
    Operation(
        "GET", "/traffic/charts", READERS, "Junctions and corridors that charts can be asked of",
        list_charts, answer=ChartsShown,
    ),
    Operation(
        "GET", "/traffic/charts/junction", READERS, "Every measure of a junction, bin by bin",
        show_junction, query=JunctionQuery, answer=JunctionTold,
    ),
    Operation(
        "GET", "/traffic/charts/coordination", READERS, "The coordination diagram of a phase",
        show_coordination, query=CoordinationQuery, answer=CoordinationTold,
    ),
    Operation(
        "GET", "/traffic/charts/corridor", READERS, "The time-space diagram of a corridor",
        show_corridor, query=CorridorQuery, answer=CorridorTold,
    ),
    Operation(
        "GET", "/traffic/charts/comparison", READERS, "Measures before and after, in words",
        show_comparison, query=ComparisonQuery, answer=ComparisonShown,
    ),
)  # fmt: skip
