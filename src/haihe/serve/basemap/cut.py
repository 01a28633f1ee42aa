"""Cuts features into tiles of every zoom, and packs them into one PMTiles file."""

import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from haihe.model.arrays import FloatArray, IntArray
from haihe.serve.basemap.extract import Found
from haihe.serve.basemap.vector import EXTENT, Feature, tile_of

try:
    from pmtiles.tile import Compression, TileType, zxy_to_tileid
    from pmtiles.writer import Writer
except ImportError:
    Writer = None

INSTALLED: Final = Writer is not None  # The extra ``osm`` brings it.
ZOOM_MIN, ZOOM_MAX = 8, 14  # Ours: a province on a screen; beyond 14 tiles are only enlarged.
MARGIN: Final = 64 / EXTENT  # Of a tile, drawn beyond its edge, so that seams do not show.
FINE: Final = 2 / EXTENT  # Of a tile: bends smaller than half a pixel are straightened.
SEEN: Final = 16 / EXTENT  # Of a tile's side: areas smaller than four pixels are left out.
TILES_MAX: Final = 400_000  # Ours: a province; a country is made with a tool for it.
LATITUDE_MAX: Final = 85.0511  # Where Mercator's square ends.
# Ours: from which zoom on a kind is drawn, so that a tile stays small and can be read.
FROM_ZOOM: Final = {
    "highway": 8, "major_road": 10, "rail": 11, "minor_road": 13, "path": 14,
    "river": 9, "canal": 10, "stream": 13, "coastline": 8, "building": 13,
    "city": 8, "town": 8, "suburb": 11, "village": 11,
}  # fmt: skip
CREDIT: Final = "© OpenStreetMap contributors"  # Asked for by its licence, the ODbL.


@dataclass(frozen=True, slots=True)
class _All:
    """Features in columns.

    shapes: in Mercator's square of side 1; from_zoom: int64 (feature,).
    bounds: float64 (feature, 4): least x and y, most x and y.
    """

    found: Sequence[Found]
    shapes: Any
    from_zoom: IntArray
    bounds: FloatArray

    def at_zoom(self, zoom: int) -> IntArray:
        """Places of the features that are drawn at a zoom."""
        sides = np.maximum(
            self.bounds[:, 2] - self.bounds[:, 0], self.bounds[:, 3] - self.bounds[:, 1]
        )
        is_area = shapely.get_dimensions(self.shapes) == 2
        large = ~is_area | (sides * 2**zoom >= SEEN)
        return np.flatnonzero((self.from_zoom <= zoom) & large)


def write_archive(found: Iterable[Found], path: Path) -> int:
    """Write a PMTiles file; how many tiles it has.

    Raises ValueError if there is nothing to draw, or too much.
    """
    if Writer is None:
        raise ValueError(f"{path.name} cannot be written; it needs pip install 'haihe[osm]'.")
    every = _columns(tuple(found))
    if not len(every.found):
        raise ValueError("the extract holds no road, water, building or place; give another.")
    tiles: dict[int, bytes] = {}
    for zoom in range(ZOOM_MIN, ZOOM_MAX + 1):
        tiles.update(_cut(every, zoom))
        if len(tiles) > TILES_MAX:
            raise ValueError(f"the extract covers over {TILES_MAX} tiles; cut a smaller part out.")
    if not tiles:
        raise ValueError("nothing in the extract is large enough to be drawn; give another.")
    with path.open("wb") as file:
        writer = Writer(file)
        for tile in sorted(tiles):
            writer.write_tile(tile, tiles[tile])
        writer.finalize(_header(every), _metadata(every))
    return len(tiles)


def _columns(found: Sequence[Found]) -> _All:
    shapes = shapely.transform(np.array([one.shape for one in found], dtype=object), _mercator)
    shapes = shapely.orient_polygons(shapes) if len(found) else shapes
    zooms = [FROM_ZOOM.get(one.tags["kind"], 12 if one.layer == "places" else 8) for one in found]
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    return _All(found, shapes, np.array(zooms, dtype=np.int64), bounds)


def _mercator(places: FloatArray) -> FloatArray:
    """Degrees into the square whose corner is in the north-west; float64 (point, 2)."""
    lat = np.radians(np.clip(places[:, 1], -LATITUDE_MAX, LATITUDE_MAX))
    y = 0.5 - np.arcsinh(np.tan(lat)) / (2 * np.pi)
    return np.stack((places[:, 0] / 360 + 0.5, y), axis=1)


def _cut(every: _All, zoom: int) -> dict[int, bytes]:
    """The tiles of one zoom by number."""
    places = every.at_zoom(zoom)
    side = 2.0**zoom
    shapes = shapely.transform(every.shapes[places], lambda spots: spots * side)
    shapes = shapely.simplify(shapes, FINE)
    by_tile: dict[tuple[int, int], list[int]] = {}
    reach = np.array([-MARGIN, -MARGIN, MARGIN, MARGIN])
    corners = np.floor(every.bounds[places] * side + reach).astype(np.int64)
    corners = np.clip(corners, 0, 2**zoom - 1)
    for at, (left, top, right, bottom) in enumerate(corners.tolist()):
        for x in range(left, right + 1):
            for y in range(top, bottom + 1):
                by_tile.setdefault((x, y), []).append(at)
    tiles = {}
    for (x, y), inside in by_tile.items():
        layers: dict[str, list[Feature]] = {}
        chosen = np.array(inside)
        cut = shapely.clip_by_rect(
            shapes[chosen], x - MARGIN, y - MARGIN, x + 1 + MARGIN, y + 1 + MARGIN
        )
        cut = shapely.transform(cut, lambda spots, x=x, y=y: (spots - (x, y)) * EXTENT)
        for shape, at in zip(cut, inside, strict=True):
            if shape is not None and not shape.is_empty:
                one = every.found[int(places[at])]
                layers.setdefault(one.layer, []).append(Feature(shape, one.tags))
        if layers:
            tiles[zxy_to_tileid(zoom, x, y)] = gzip.compress(tile_of(layers), mtime=0)
    return tiles


def _header(every: _All) -> dict[str, object]:
    west, south, east, north = shapely.total_bounds([one.shape for one in every.found])
    return {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": int(west * 1e7),
        "min_lat_e7": int(south * 1e7),
        "max_lon_e7": int(east * 1e7),
        "max_lat_e7": int(north * 1e7),
        "center_zoom": ZOOM_MIN,
        "center_lon_e7": int((west + east) / 2 * 1e7),
        "center_lat_e7": int((south + north) / 2 * 1e7),
    }


def _metadata(every: _All) -> dict[str, object]:
    layers = sorted({one.layer for one in every.found})
    fields = dict.fromkeys(("kind", "name", "name:zh", "name:en"), "String")
    return {
        "attribution": CREDIT,
        "vector_layers": [{"id": one, "fields": fields} for one in layers],
    }
