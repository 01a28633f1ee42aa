"""What of an OpenStreetMap extract is drawn: roads, water, green, buildings, names of places."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import shapely

try:
    import osmium
except ImportError:
    osmium = None

INSTALLED: Final = osmium is not None  # The extra ``osm`` brings it.
# What a thing is that is cut off at the extract's edge, or crosses itself.
NOT_WHOLE: Final[tuple[type[Exception], ...]] = (
    RuntimeError,
    ValueError,
    shapely.GEOSException,
    *((osmium.InvalidLocationError,) if osmium is not None else ()),
)
MAKE: Final = "pip install 'haihe[osm]', or make PMTiles of it with planetiler or tippecanoe."
SIZE_MAX: Final = 300_000_000  # Ours: bytes; a province. A minute for each 30 MB; more is PMTiles.
KEYS: Final = ("highway", "railway", "waterway", "natural", "landuse", "leisure", "building")
ROADS: Final = {
    **dict.fromkeys(("motorway", "trunk", "motorway_link", "trunk_link"), "highway"),
    **dict.fromkeys(("primary", "secondary", "tertiary", "primary_link"), "major_road"),
    **dict.fromkeys(("residential", "unclassified", "living_street", "service"), "minor_road"),
    **dict.fromkeys(("pedestrian", "footway", "cycleway", "path", "track", "steps"), "path"),
}
RAILS: Final = frozenset({"rail", "light_rail", "subway", "tram"})
STREAMS: Final = frozenset({"river", "canal", "stream"})
WATERS: Final = {
    "natural": frozenset({"water", "bay"}),
    "waterway": frozenset({"riverbank", "dock"}),
    "landuse": frozenset({"reservoir", "basin"}),
}
GREEN: Final = {
    "leisure": frozenset({"park", "garden", "golf_course", "nature_reserve"}),
    "landuse": frozenset({"forest", "grass", "meadow", "recreation_ground", "cemetery"}),
    "natural": frozenset({"wood", "grassland", "scrub"}),
}
WORKS: Final = frozenset({"industrial", "port", "harbour", "railway"})
PLACES: Final = frozenset(
    {"city", "town", "village", "suburb", "quarter", "neighbourhood", "hamlet"}
)
NAMES: Final = ("name", "name:zh", "name:en")
NAME_MAX: Final = 100  # Ours: characters of a label.


@dataclass(frozen=True, slots=True)
class Found:
    """A feature: its layer and kind, its names, its shape in degrees."""

    layer: str
    tags: Mapping[str, str]
    shape: Any


def read_extract(path: Path) -> Iterator[Found]:
    """Everything in an extract that is drawn; what is not whole in it is left out.

    Raises ValueError if it is no extract, or nothing here can read one.
    """
    if osmium is None:
        raise ValueError(f"{path} is an OpenStreetMap extract; reading it needs {MAKE}")
    size = path.stat().st_size
    if size > SIZE_MAX:
        raise ValueError(
            f"{path} has {size} bytes, more than {SIZE_MAX}: cut a part out, or {MAKE}"
        )
    factory = osmium.geom.WKBFactory()
    try:
        wanted = osmium.filter.KeyFilter(*KEYS, "place")
        for one in osmium.FileProcessor(str(path)).with_areas(wanted).with_filter(wanted):
            found = _feature(one, factory)
            if found is not None:
                yield found
    except RuntimeError as error:
        raise ValueError(f"{path} cannot be read as an OpenStreetMap extract: {error}.") from error


def _feature(one: Any, factory: Any) -> Found | None:
    """The feature an object stands for; None for one that is not drawn or not whole."""
    tags = dict(one.tags)
    if one.is_node():
        chosen = _place(tags)
    elif one.is_area():
        chosen = _area(tags)
    else:
        chosen = _line(tags) if one.is_way() else None
    if chosen is None:
        return None
    try:
        if one.is_node():
            shape: Any = shapely.Point(one.location.lon, one.location.lat)
        elif one.is_area():
            shape = shapely.from_wkb(factory.create_multipolygon(one))
        else:
            shape = shapely.from_wkb(factory.create_linestring(one))
    except NOT_WHOLE:
        return None  # Some of its nodes lie outside the extract.
    layer, kind = chosen
    named = {key: tags[key][:NAME_MAX] for key in NAMES if tags.get(key)}
    return Found(layer, {"kind": kind, **named}, shape)


def _line(tags: Mapping[str, str]) -> tuple[str, str] | None:
    if tags.get("highway") in ROADS and tags.get("area") != "yes":
        return "roads", ROADS[tags["highway"]]
    if tags.get("railway") in RAILS:
        return "roads", "rail"
    if tags.get("waterway") in STREAMS:
        return "water", tags["waterway"]
    return ("water", "coastline") if tags.get("natural") == "coastline" else None


def _area(tags: Mapping[str, str]) -> tuple[str, str] | None:
    if tags.get("building", "no") != "no":
        return "buildings", "building"
    if any(tags.get(key) in values for key, values in WATERS.items()):
        return "water", "water"
    if any(tags.get(key) in values for key, values in GREEN.items()):
        return "landuse", "green"
    return ("landuse", "industrial") if tags.get("landuse") in WORKS else None


def _place(tags: Mapping[str, str]) -> tuple[str, str] | None:
    kind = tags.get("place", "")
    return ("places", kind) if kind in PLACES and tags.get("name") else None
