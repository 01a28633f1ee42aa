"""The past over HTTP: an entity's records between two instants, and what they come to."""

import asyncio
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from haihe.model.time import DAY, HOUR, SECOND, parse_instant
from haihe.serve.access import check_scope
from haihe.serve.calling import Asked
from haihe.serve.kinds import EntityId, Limit, When
from haihe.serve.owning import note_read
from haihe.serve.problem import malformed, unknown
from haihe.serve.sight import check_sight
from haihe.serve.streams import declared
from haihe.state.history import History
from haihe.state.history_query import Span

LOOK_BACK: Final = DAY  # Ours: what "of late" means where nobody says from when.
FieldName = Annotated[str, Meta(min_length=1, max_length=100, pattern="^[A-Za-z][A-Za-z0-9_]*$")]
Seconds = Annotated[int, Meta(ge=1, le=366 * 24 * 3600)]


class PastQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}):
    """Which records.

    entity: whose.
    start, to: when they were observed, ISO 8601 with an offset; the last day where left out.
    limit: the earliest so many.
    """

    entity: EntityId
    start: When = ""
    to: When = ""
    limit: Limit = 1_000


class SeriesQuery(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}
):
    """Which buckets.

    entity, field: of what.
    start, to: as in ``PastQuery``; the first bucket begins at ``from``.
    every: length of a bucket; s.
    """

    entity: EntityId
    field: FieldName
    start: When = ""
    to: When = ""
    every: Seconds = HOUR // SECOND


class PastShown(msgspec.Struct, frozen=True):
    """Records of one entity, in order of ``observed_at``; missing values are null."""

    records: list[dict[str, object]]


class Bucket(msgspec.Struct, frozen=True):
    """What a field came to from ``at`` on, for the length of a bucket."""

    at: int
    count: int
    min: float
    mean: float
    max: float
    last: float


class SeriesShown(msgspec.Struct, frozen=True):
    """Buckets that hold a value, in order."""

    buckets: list[Bucket]


async def show_past(asked: Asked[PastQuery, None]) -> PastShown:
    """An entity's records, sealed or not."""
    query, stream = asked.query, asked.path["stream"]
    history, span = await _opened(asked, query.entity, start=query.start, to=query.to)

    def read() -> list[dict[str, object]]:
        table = history.rows(stream, entities=[query.entity], span=span, limit=query.limit)
        rows: list[dict[str, object]] = table.drop_columns(["slot"]).to_pylist()
        return rows

    return PastShown(await asyncio.to_thread(read))


async def show_series(asked: Asked[SeriesQuery, None]) -> SeriesShown:
    """What a number field of an entity came to, bucket by bucket."""
    query, stream = asked.query, asked.path["stream"]
    history, span = await _opened(asked, query.entity, start=query.start, to=query.to)

    def read() -> list[Bucket]:
        table = history.series(
            stream, query.entity, field=query.field, span=span, every=query.every * SECOND
        )
        return [Bucket(**row) for row in table.to_pylist()]

    try:
        declared(asked.platform.node, stream).field(query.field)
        return SeriesShown(await asyncio.to_thread(read))
    except ValueError as error:
        raise malformed(str(error)) from error


async def _opened(
    asked: Asked[PastQuery, None] | Asked[SeriesQuery, None], entity: str, *, start: str, to: str
) -> tuple[History, Span]:
    """The history and the span that was asked for, after the look was noted.

    Raises Problem if the caller may not, or an instant is none.
    """
    node, stream = asked.platform.node, asked.path["stream"]
    check_scope(asked.caller, stream)
    declared(node, stream)
    check_sight(node, asked.caller, entity=entity)
    history = asked.platform.settings.services.history
    if history is None:
        raise unknown("no history is kept here.")
    try:
        to_at = parse_instant(to) if to else node.log.received_at + 1
        from_at = parse_instant(start) if start else to_at - LOOK_BACK
    except ValueError as error:
        raise malformed(str(error)) from error
    if from_at >= to_at:
        raise malformed(f"'from' ({start or 'a day before'}) must lie before 'to' ({to or 'now'}).")
    await note_read(asked, subject=f"history {stream} {entity}", entities=[entity])
    return history, Span(from_at, to_at)
