"""The records that a chart is drawn from: read from history, bounded, for who may see them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from haihe.model.time import DAY, HOUR, MINUTE, format_duration
from haihe.pack.signals import CorridorSite, Sighted, Signals, Stretch, Told
from haihe.serve.access import check_scope
from haihe.serve.calling import Asked
from haihe.serve.owning import note_read
from haihe.serve.problem import conflict, malformed, unknown
from haihe.serve.sight import Sight, check_sight, sight_of
from haihe.serve.spans import instant_in, ordered
from haihe.serve.traffic.described import DESCRIPTION
from haihe.state.columns import OBSERVED_AT, SLOT
from haihe.state.history import History
from haihe.state.history_query import Span

LEAD: Final = 15 * MINUTE  # Ours: before a stretch, so that its first cycle has a beginning.
ROWS_MAX: Final = 1_000_000  # Ours: a day of a busy junction; about a second of work.
SIGHTS_MAX: Final = 300_000  # Ours: a quarter of an hour of a zone's connected vehicles.
DAY_MOST: Final = DAY  # Ours: of a junction; more than a day is compared, not drawn.
CORRIDOR_MOST: Final = 2 * HOUR  # Ours: of a time-space diagram; longer nobody tells lines apart.


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long a stretch is.

    every: of a bin. back: where nobody says from when. most: the longest allowed. All ns.
    """

    every: int
    back: int
    most: int


@dataclass(frozen=True, slots=True)
class Place:
    """What can be asked here, and what of it the caller sees; None for everything."""

    signals: Signals
    sight: Sight | None

    def check_junction(self, entity: str) -> None:
        """Refuse what is no junction here.

        Raises Problem.
        """
        if all(one.entity != entity for one in self.signals.junctions):
            raise unknown(
                f"there is no junction '{entity}'.",
                what_to_do="GET /traffic/charts lists junctions and corridors.",
            )

    def corridor(self, name: str) -> CorridorSite:
        """A corridor by its name.

        Raises Problem if there is none all of whose junctions the caller sees.
        """
        for one in self.corridors():
            if one.name == name:
                return one
        raise unknown(
            f"there is no corridor '{name}'.",
            what_to_do="GET /traffic/charts lists junctions and corridors.",
        )

    def corridors(self) -> tuple[CorridorSite, ...]:
        """Those all of whose junctions the caller sees."""
        every = self.signals.corridors
        return tuple(one for one in every if all(self.shows(each) for each in one.junctions))

    def shows(self, entity: str) -> bool:
        """Whether the caller sees an entity."""
        return self.sight is None or entity in self.sight


async def place_of(asked: Asked[Any, Any]) -> Place:
    """The place that charts are about.

    Raises Problem if no pack here has signals that the caller may see, or what an operator wrote
    of the place cannot be used.
    """
    platform = asked.platform
    for pack in platform.node.engine.packs:
        if pack.signals is not None:
            check_scope(asked.caller, pack.name)
            folder = platform.node.log.path.parent
            try:
                found = await asyncio.to_thread(platform.described.look, pack.signals, folder)
            except (ValueError, OSError) as error:
                raise conflict(
                    f"{DESCRIPTION} in the data folder cannot be used: {error}",
                    what_to_do="Mend it as docs/measures.md says; it is read again at once.",
                ) from error
            return Place(found, sight_of(platform.node, asked.caller))
    raise unknown(
        "no pack with signals runs here.",
        what_to_do="Add 'traffic' to the packs of 'haihe up'; GET /packs lists what runs.",
    )


def stretch_of(asked: Asked[Any, Any], start: str, *, to: str, lengths: Lengths) -> Stretch:
    """The stretch a request names, widened to whole bins; one that is not over yet is left out.

    Raises Problem if it is none, or too long.
    """
    to_at = instant_in(to, asked.platform.node.log.received_at)
    from_at, to_at = ordered(instant_in(start, to_at - lengths.back), to_at)
    if to_at - from_at > lengths.most:
        raise malformed(
            f"the time asked for is longer than {format_duration(lengths.most)}; ask for a part "
            "of it."
        )
    every, newest_at = lengths.every, asked.platform.node.log.received_at
    first_at = max(from_at // every * every, 0)
    over_at = min(-(-to_at // every) * every, newest_at // every * every)
    return Stretch(first_at, max(over_at, first_at + every), every)


async def told_of(
    asked: Asked[Any, Any], place: Place, *, entities: Sequence[str], stretch: Stretch
) -> dict[str, Told]:
    """What junctions told in a stretch and somewhat before, after the look was noted.

    Raises Problem if there is too much of it, or the caller does not see one of them.
    """
    for entity in entities:
        check_sight(asked.platform.node, asked.caller, entity=entity)
    await note_read(asked, subject=f"charts {place.signals.events}", entities=entities)
    span = Span(max(stretch.from_at - LEAD, 0), stretch.to_at)
    return await events_of(asked, place, entities=entities, span=span)


async def events_of(
    asked: Asked[Any, Any], place: Place, *, entities: Sequence[str], span: Span
) -> dict[str, Told]:
    """What junctions told in a span; who asks was let through, and their look noted.

    Raises Problem if there is too much of it.
    """
    stream, history = place.signals.events, _history(asked)

    def read() -> dict[str, Told]:
        table = history.rows(
            stream,
            entities=entities,
            span=span,
            fields=("code", "parameter"),
            limit=ROWS_MAX + 1,
        )
        if len(table) > ROWS_MAX:
            raise malformed(f"more than {ROWS_MAX} events lie in that time; ask for a shorter one.")
        return _by_entity(table, entities, ids=history.log.directory.ids(stream))

    return await asyncio.to_thread(read)


def _by_entity(table: pa.Table, entities: Sequence[str], *, ids: Sequence[str]) -> dict[str, Told]:
    slots = table.column(SLOT).to_numpy()
    at = table.column(OBSERVED_AT).to_numpy()
    columns = [_whole(table, name) for name in ("code", "parameter")]
    known = (columns[0] >= 0) & (columns[1] >= 0)  # What is not told is no event.
    places = {ids[slot]: slot for slot in np.unique(slots).tolist()}
    found = {}
    for entity in entities:
        rows = known & (slots == places.get(entity, -1))
        found[entity] = Told(at[rows], columns[0][rows], columns[1][rows])
    return found


def _whole(table: pa.Table, name: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """A column of whole numbers, -1 where there is none; int64 (row,)."""
    column = table.column(name).to_numpy()
    return np.where(np.isnan(column), -1.0, column).astype(np.int64)


async def sighted_of(asked: Asked[Any, Any], place: Place, *, stretch: Stretch) -> Sighted:
    """Where connected vehicles were in a stretch; none where there are too many to draw."""
    stream, history = place.signals.vehicles, _history(asked)
    span = Span(stretch.from_at, stretch.to_at)
    ids = history.log.directory.ids(stream)
    entities = None if place.sight is None else [one for one in ids if place.shows(one)]
    await note_read(asked, subject=f"charts {stream}", entities=entities or ids)

    def read() -> Sighted:
        table = history.rows(
            stream, entities=entities, span=span, fields=("lon", "lat"), limit=SIGHTS_MAX
        )
        lon, lat = table.column("lon").to_numpy(), table.column("lat").to_numpy()
        at, vehicle = table.column(OBSERVED_AT).to_numpy(), table.column(SLOT).to_numpy()
        return Sighted(at, vehicle.astype(np.int64), lon.astype(float), lat.astype(float))

    return await asyncio.to_thread(read)


def _history(asked: Asked[Any, Any]) -> History:
    """Where the past is.

    Raises Problem if none is kept.
    """
    history = asked.platform.settings.services.history
    if history is None:
        raise unknown("no history is kept here.")
    return history
