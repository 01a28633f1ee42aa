"""地图: everything that stands or moves in a box, near things gathered, the worst of each shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
import numpy as np
from msgspec import Meta

from haihe.model.arrays import FloatArray, IndexArray, IntArray
from haihe.run.engine import Engine
from haihe.serve.access import Caller
from haihe.serve.calling import Asked
from haihe.serve.kinds import Latitude, Longitude, PackName
from haihe.serve.owning import note_read
from haihe.serve.problem import malformed
from haihe.serve.push import pack_of_subject
from haihe.serve.sight import Sight, sight_of

POINTS_MOST: Final = 20_000  # Ours: what a browser still draws with 30 frames a second.
CELLS_MOST: Final = 256  # Ours: a cell is then some four pixels wide; finer shows nothing more.
DIGITS: Final = 6  # Of a degree: a tenth of a metre.


class MapQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of the map.

    west, south, east, north: WGS-84 degrees, edges included.
    pack: only what this pack's streams and cases speak of.
    most: up to so many points are shown one by one; more are gathered in cells.
    cells: how many cells the box has from west to east.
    """

    west: Longitude
    south: Latitude
    east: Longitude
    north: Latitude
    pack: PackName | None = None
    most: Annotated[int, Meta(ge=1, le=POINTS_MOST)] = 4_000
    cells: Annotated[int, Meta(ge=1, le=CELLS_MOST)] = 48


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


@dataclass(frozen=True, slots=True)
class Worst:
    """The worst open case about a thing."""

    severity: int
    case: str


@dataclass(frozen=True, slots=True)
class Points:
    """Things in the box.

    ids: of each.
    lon, lat: float64 (thing,), degrees.
    severity: int64 (thing,).
    """

    ids: list[str]
    lon: FloatArray
    lat: FloatArray
    severity: IntArray


async def show_map(asked: Asked[MapQuery, None]) -> MapShown:
    """What is in a box now."""
    query, caller, node = asked.query, asked.caller, asked.platform.node
    if query.west > query.east or query.south > query.north:
        raise malformed("west must not lie east of east, nor south north of north.")
    sight = sight_of(node, caller)

    def look(engine: Engine) -> tuple[Points, dict[str, Worst]]:
        worst = _worst_cases(engine, caller, pack=query.pack, sight=sight)
        return _points(engine, query, caller=caller, worst=worst), worst

    points, worst = await asked.platform.answers.of(node.ask(look))
    if sight is not None:
        points = _within(points, sight)
    shown = _singly(points, worst) if len(points.ids) <= query.most else _gathered(points, query)
    await note_read(asked, subject="map", entities=[entity for entity in shown.ids if entity])
    return shown


def _worst_cases(
    engine: Engine, caller: Caller, *, pack: str | None, sight: Sight | None
) -> dict[str, Worst]:
    """Each thing's worst open case, as far as the caller sees it."""
    found: dict[str, Worst] = {}
    desk = engine.track.casework.desk
    for case in desk.cases.values():
        name = pack_of_subject(case.id)
        if not caller.sees(name) or pack not in (None, name):
            continue
        if sight is not None and not sight.holds(case.shows):
            continue
        if not any(caller.works_for(one.order.assignee) for one in desk.orders_of(case.id)) and (
            caller.is_tied
        ):
            continue
        severity = int(case.severity)
        for entity in case.entities:
            if entity not in found or found[entity].severity < severity:
                found[entity] = Worst(severity, case.id)
    return found


def _points(
    engine: Engine, query: MapQuery, *, caller: Caller, worst: Mapping[str, Worst]
) -> Points:
    """What moves, where it is now, and what stands and does not move."""
    box = (query.west, query.south, query.east, query.north)
    ids: list[str] = []
    lons: list[FloatArray] = []
    lats: list[FloatArray] = []
    moving: set[str] = set()
    for live in engine.live.streams():
        name = live.stream.name
        own = query.pack in (None, name.partition(".")[0])
        if not live.stream.is_placed or not own or not caller.sees(name):
            continue
        slots = live.in_box(box).astype(np.intp)
        moving.update(live.ids)
        ids += [live.ids[slot] for slot in slots.tolist()]
        lons.append(live.numbers["lon"][slots])
        lats.append(live.numbers["lat"][slots])
    placed = engine.graph.placed()
    west, south, east, north = box
    inside = (placed.lon >= west) & (placed.lon <= east)
    inside &= (placed.lat >= south) & (placed.lat <= north)
    wanted = np.flatnonzero(inside)
    chosen = _spoken_of(engine, placed.ids, wanted=wanted, pack=query.pack, worst=worst)
    standing = [place for place in chosen if placed.ids[place] not in moving]
    ids += [placed.ids[place] for place in standing]
    lons.append(placed.lon[standing])
    lats.append(placed.lat[standing])
    severity = np.zeros(len(ids), np.int64)
    if worst:
        severity[:] = [worst[entity].severity if entity in worst else 0 for entity in ids]
    return Points(ids, np.concatenate(lons), np.concatenate(lats), severity)


def _spoken_of(
    engine: Engine,
    ids: tuple[str, ...],
    *,
    wanted: IndexArray,
    pack: str | None,
    worst: Mapping[str, Worst],
) -> list[int]:
    """Of the places wanted, those of things that a pack's streams or cases speak of."""
    places: list[int] = wanted.tolist()
    if pack is None:
        return places
    streams = [live for live in engine.live.streams() if live.stream.name.partition(".")[0] == pack]
    known = set(worst).union(*(live.ids for live in streams))
    return [place for place in places if ids[place] in known]


def _within(points: Points, sight: Sight) -> Points:
    """Only what the caller is held to."""
    kept = [place for place, entity in enumerate(points.ids) if entity in sight]
    return Points(
        [points.ids[place] for place in kept],
        points.lon[kept],
        points.lat[kept],
        points.severity[kept],
    )


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
