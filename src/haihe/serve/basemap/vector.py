"""Vector tiles: features of a layer as the bytes that map libraries read.

Source: Mapbox Vector Tile specification, version 2.1.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely

from haihe.model.arrays import FloatArray

EXTENT: Final = 4096  # Units a side of a tile has; the specification's usual one.
VERSION: Final = 2  # Of the specification.
LINE, AREA, POINT = 2, 3, 1  # The specification's codes of geometries.
MOVE, DRAW, CLOSE = 1, 2, 7  # And of what a pen does.


@dataclass(frozen=True, slots=True)
class Feature:
    """What a tile holds: a geometry in units of the tile, and what is told of it."""

    shape: Any
    tags: Mapping[str, str]


def tile_of(layers: Mapping[str, Sequence[Feature]]) -> bytes:
    """A tile with its layers by name; empty ones are left out."""
    return b"".join(_field(3, _layer(name, found)) for name, found in layers.items() if found)


def _layer(name: str, features: Iterable[Feature]) -> bytes:
    keys: dict[str, int] = {}
    values: dict[str, int] = {}
    bodies = []
    for feature in features:
        kind, pen = _pen(feature.shape)
        if not pen:
            continue
        tags = [
            place
            for key, value in feature.tags.items()
            for place in (keys.setdefault(key, len(keys)), values.setdefault(value, len(values)))
        ]
        body = _field(2, _varints(tags)) + b"\x18" + _varints([kind]) + _field(4, _varints(pen))
        bodies.append(_field(2, body))
    return b"".join(
        (
            _field(1, name.encode()),
            *bodies,
            *(_field(3, key.encode()) for key in keys),
            *(_field(4, _field(1, value.encode())) for value in values),
            b"\x28" + _varints([EXTENT]) + b"\x78" + _varints([VERSION]),
        )
    )


def _pen(shape: Any) -> tuple[int, list[int]]:
    """A geometry's code and what a pen does to draw it, from the tile's corner on."""
    pen = _Pen()
    kinds = set()
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon":
            kinds.add(AREA)
            pen.ring(part.exterior)
            for hole in part.interiors:
                pen.ring(hole)
        elif part.geom_type == "LineString":
            kinds.add(LINE)
            pen.line(part)
        elif part.geom_type == "Point":
            kinds.add(POINT)
            pen.line(part)
    return (max(kinds), pen.moves) if kinds else (0, [])


class _Pen:
    """Where the pen is, and what it did."""

    def __init__(self) -> None:
        self.moves: list[int] = []
        self._place: FloatArray = np.zeros((1, 2))

    def line(self, part: Any) -> None:
        """Draw a line, or a dot."""
        self._draw(shapely.get_coordinates(part), is_ring=False)

    def ring(self, part: Any) -> None:
        """Draw a ring; its last point, which is its first, is not told."""
        self._draw(shapely.get_coordinates(part)[:-1], is_ring=True)

    def _draw(self, places: FloatArray, *, is_ring: bool) -> None:
        whole = np.rint(places)
        new = np.ones(len(whole), dtype=bool)
        new[1:] = (whole[1:] != whole[:-1]).any(axis=1)
        whole = whole[new]
        if is_ring and len(whole) < 3:
            return
        steps = np.diff(np.concatenate((self._place, whole)), axis=0).astype(np.int64)
        zigzag = ((steps << 1) ^ (steps >> 63)).ravel().tolist()
        self.moves += [1 << 3 | MOVE, *zigzag[:2]]
        if len(whole) > 1:
            self.moves += [(len(whole) - 1) << 3 | DRAW, *zigzag[2:]]
        if is_ring:
            self.moves.append(1 << 3 | CLOSE)
        self._place = whole[-1:]


def _field(number: int, body: bytes) -> bytes:
    """A field of bytes, as protocol buffers write it."""
    return bytes((number << 3 | 2,)) + _varints([len(body)]) + body


def _varints(numbers: Iterable[int]) -> bytes:
    """Numbers of seven bits a byte; none negative."""
    found = bytearray()
    for number in numbers:
        left = number
        while left > 0x7F:
            found.append(left & 0x7F | 0x80)
            left >>= 7
        found.append(left)
    return bytes(found)
