"""地图: everything that stands or moves in a box, near things gathered, the worst of each shown."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Annotated, Final

import msgspec
import numpy as np
from msgspec import Meta
from starlette.responses import Response

from haihe.model.case import Case
from haihe.model.datum import Datum, from_wgs84
from haihe.run.engine import Engine
from haihe.serve.access import Caller
from haihe.serve.calling import JSON, Asked
from haihe.serve.inbox import Inbox, MapAnswer, Points, Worst, inbox_of
from haihe.serve.kinds import Latitude, Longitude, PackName
from haihe.serve.owning import note_read
from haihe.serve.problem import malformed
from haihe.serve.push import pack_of_subject
from haihe.serve.sight import Sight, owner_of, sight_of

POINTS_MOST: Final = 20_000  # Measured: a browser draws 16,000 with 60 frames a second.
CELLS_MOST: Final = 256  # Ours: a cell is then some four pixels wide; finer shows nothing more.
DIGITS: Final = 6  # Of a degree: a tenth of a metre.


class MapQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of the map.

    west, south, east, north: WGS-84 degrees, edges included.
    pack: only what this pack's streams and cases speak of.
    most: up to so many points are shown one by one; more are gathered in cells.
    cells: how many cells the box has from west to east.
    datum: in which places are told in the answer.
    """

    west: Longitude
    south: Latitude
    east: Longitude
    north: Latitude
    pack: PackName | None = None
    most: Annotated[int, Meta(ge=1, le=POINTS_MOST)] = 4_000
    cells: Annotated[int, Meta(ge=1, le=CELLS_MOST)] = 48
    datum: Datum = Datum.WGS84


class MapShown(msgspec.Struct, frozen=True):
    """Points in columns, one for each thing or cell; the worst last, so that it is drawn on top.

    total: how many things the box holds.
    ids: the thing's; "" for a cell of several.
    severity: of its worst open case, 0 without one; cases: that case, "" without one.
    count: how many things it stands for.
    """

    total: int
    ids: list[str]
    lon: list[float]
    lat: list[float]
    severity: list[int]
    cases: list[str]
    count: list[int]


async def show_map(asked: Asked[MapQuery, None]) -> Response:
    """What is in a box now."""
    query, caller = asked.query, asked.caller
    if query.west > query.east or query.south > query.north:
        raise malformed("west must not lie east of east, nor south north of north.")
    # Who sees the same gets the same answer; a large one is shared for a moment.
    teams = caller.assignees if caller.is_tied else None
    key = (query, caller.packs, caller.areas, caller.owner, teams)
    answer = await asked.platform.maps.get(key, lambda: _look(asked))
    await note_read(asked, subject="map", entities=answer.owned)
    return Response(answer.body, media_type=JSON)


async def _look(asked: Asked[MapQuery, None]) -> MapAnswer:
    """The writer only copies columns; what they mean is worked out beside it."""
    query, caller, platform = asked.query, asked.caller, asked.platform
    box = (query.west, query.south, query.east, query.north)
    works_for = caller.works_for if caller.is_tied else None

    def look(engine: Engine) -> Inbox:
        return inbox_of(engine, box, sees=caller.sees, pack=query.pack, works_for=works_for)

    found: Inbox = await platform.answers.of(platform.node.ask(look))

    def work() -> MapAnswer:
        node = platform.node
        sight = sight_of(node, caller)
        worst = _worst_cases(found.cases, caller, pack=query.pack, sight=sight)
        points = platform.standing.points(found, box, worst=worst)
        if sight is not None:
            seen = [place for place, entity in enumerate(points.ids) if entity in sight]
            points = points.of(np.array(seen, dtype=np.intp))
        is_few = len(points.ids) <= query.most
        shown = _singly(points, worst) if is_few else _gathered(points, query)
        shown = _told_in(shown, query.datum)
        owned = {owner_of(node, entity): entity for entity in shown.ids if entity}
        owned.pop("", None)
        return MapAnswer(msgspec.json.encode(shown), tuple(owned.values()), shown.total)

    return await asyncio.to_thread(work)


def _told_in(shown: MapShown, datum: Datum) -> MapShown:
    """The same with places told in a datum."""
    if datum is Datum.WGS84:
        return shown
    lon, lat = from_wgs84(np.array(shown.lon), np.array(shown.lat), datum=datum)
    told = {"lon": lon.round(DIGITS).tolist(), "lat": lat.round(DIGITS).tolist()}
    return msgspec.structs.replace(shown, **told)


def _worst_cases(
    cases: Iterable[Case], caller: Caller, *, pack: str | None, sight: Sight | None
) -> dict[str, Worst]:
    """Each thing's worst open case, as far as the caller sees it."""
    found: dict[str, Worst] = {}
    seen: dict[str, bool] = {}
    for case in cases:
        rule = case.rule
        if rule not in seen:
            name = pack_of_subject(case.id)
            seen[rule] = caller.sees(name) and pack in (None, name)
        if not seen[rule] or (sight is not None and not sight.holds(case.shows)):
            continue
        severity = int(case.severity)
        for entity in case.entities:
            if entity not in found or found[entity].severity < severity:
                found[entity] = Worst(severity, case.id)
    return found


def _singly(points: Points, worst: Mapping[str, Worst]) -> MapShown:
    """Each thing by itself."""
    order = np.argsort(points.severity, kind="stable")
    ids = [points.ids[place] for place in order.tolist()]
    return MapShown(
        total=len(ids),
        ids=ids,
        lon=points.lon[order].round(DIGITS).tolist(),
        lat=points.lat[order].round(DIGITS).tolist(),
        severity=points.severity[order].tolist(),
        cases=[worst[entity].case if entity in worst else "" for entity in ids],
        count=[1] * len(ids),
    )


def _gathered(points: Points, query: MapQuery) -> MapShown:
    """One point for each cell that holds anything, amid what it holds."""
    side = max(query.east - query.west, 1e-9) / query.cells
    # A degree of latitude is longer than one of longitude; cells look square on the map.
    middle = np.radians((query.south + query.north) / 2)
    tall = side * max(float(np.cos(middle)), 0.05)
    column = ((points.lon - query.west) / side).astype(np.int64)
    line = ((points.lat - query.south) / tall).astype(np.int64)
    _, first, cell = np.unique(
        line * (query.cells + 1) + column, return_index=True, return_inverse=True
    )
    count = np.bincount(cell)
    severity = np.zeros(len(count), np.int64)
    np.maximum.at(severity, cell, points.severity)
    order = np.argsort(severity, kind="stable")
    lon = (np.bincount(cell, points.lon) / count)[order]
    lat = (np.bincount(cell, points.lat) / count)[order]
    ids = [points.ids[at] if many == 1 else "" for at, many in zip(first, count, strict=True)]
    return MapShown(
        total=len(points.ids),
        ids=[ids[place] for place in order.tolist()],
        lon=lon.round(DIGITS).tolist(),
        lat=lat.round(DIGITS).tolist(),
        severity=severity[order].tolist(),
        cases=[""] * len(order),
        count=count[order].tolist(),
    )
