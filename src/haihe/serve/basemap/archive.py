"""A PMTiles archive: what its header says, and ranges of its bytes.

Source: the PMTiles specification, version 3.
"""

import gzip
import os
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

HEADER: Final = struct.Struct("<7sB8Q25x5B4i")  # Up to the bounds; the centre is not asked.
HEADER_BYTES: Final = 127  # As the specification has it.
MAGIC: Final = b"PMTiles"
VERSION: Final = 3  # Of the specification.
VECTOR: Final = 1  # Its code for Mapbox vector tiles.
PLAIN, GZIP = 1, 2  # Its codes for compression.
METADATA_MAX: Final = 4 << 20  # Ours: bytes; names of layers and fields are some kilobytes.
CREDIT_MAX: Final = 500  # Ours: characters; it is one line on the map.
DEGREE: Final = 1e7  # Degrees are kept as whole ten-millionths.
TAG: Final = re.compile(r"<[^>]*>")
MAKE: Final = (
    "Give a PMTiles file (version 3) of vector tiles, or an OpenStreetMap extract "
    "(.osm.pbf or .osm); planetiler and tippecanoe make PMTiles."
)


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive that was looked at.

    path, size: bytes; changed: a mark of this state of the file.
    zooms: the least and the most zoom of its tiles.
    bounds: west, south, east, north; degrees.
    layers: names of its layers.
    attribution: whom to name on the map, as plain text.
    """

    path: Path
    size: int
    changed: str
    zooms: tuple[int, int]
    bounds: tuple[float, float, float, float]
    layers: tuple[str, ...]
    attribution: str

    def read(self, start: int, count: int) -> bytes:
        """Bytes of the file; fewer at its end.

        Raises ValueError if it was exchanged for another since it was looked at.
        """
        with self.path.open("rb") as file:
            if _mark(os.fstat(file.fileno())) != self.changed:
                raise ValueError(f"{self.path.name} has changed since the start; start again.")
            return os.pread(file.fileno(), count, start)


class _Head(NamedTuple):
    """The header's fields in its order."""

    magic: bytes
    version: int
    root_start: int
    root_length: int
    metadata_start: int
    metadata_length: int
    leaves_start: int
    leaves_length: int
    tiles_start: int
    tiles_length: int
    inner_compression: int
    tile_compression: int
    tile_type: int
    zoom_min: int
    zoom_max: int
    west: int
    south: int
    east: int
    north: int


def open_archive(path: Path) -> Archive:
    """Look at an archive.

    Raises ValueError saying what is wrong with it, and what would do.
    """
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            head = file.read(HEADER_BYTES)
            if len(head) < HEADER_BYTES or not head.startswith(MAGIC):
                raise ValueError(f"{path} is no PMTiles file. {MAKE}")
            told = _Head(*HEADER.unpack_from(head))
            _check(path, told, size=found.st_size)
            file.seek(told.metadata_start)
            body = file.read(told.metadata_length)
            metadata = _metadata(path, body, compression=told.inner_compression)
    except OSError as error:
        raise ValueError(f"the map {path} cannot be read: {error}. {MAKE}") from error
    return Archive(
        path=path,
        size=found.st_size,
        changed=_mark(found),
        zooms=(told.zoom_min, told.zoom_max),
        bounds=(
            told.west / DEGREE,
            told.south / DEGREE,
            told.east / DEGREE,
            told.north / DEGREE,
        ),
        layers=tuple(layer.id for layer in metadata.vector_layers),
        attribution=TAG.sub("", metadata.attribution or "")[:CREDIT_MAX],
    )


def _check(path: Path, told: _Head, *, size: int) -> None:
    """Whether the header is one that can be served.

    Raises ValueError if it is not.
    """
    if told.version != VERSION:
        raise ValueError(f"{path} is PMTiles of version {told.version}, not {VERSION}. {MAKE}")
    if told.tile_type != VECTOR:
        raise ValueError(f"{path} holds pictures (type {told.tile_type}), not vectors. {MAKE}")
    metadata_end = told.metadata_start + told.metadata_length
    if max(told.tiles_start + told.tiles_length, metadata_end) > size:
        raise ValueError(f"{path} ends too soon ({size} bytes): copy it again, whole. {MAKE}")
    if told.metadata_length > METADATA_MAX:
        raise ValueError(f"{path} describes itself in {told.metadata_length} bytes: damaged.")
    if not {told.inner_compression, told.tile_compression} <= {PLAIN, GZIP}:
        raise ValueError(f"{path} is packed in a way browsers cannot unpack; use gzip. {MAKE}")


class _Layer(msgspec.Struct, frozen=True):
    """A layer as the archive tells of it."""

    id: str


class _Metadata(msgspec.Struct, frozen=True):
    """What we read of an archive's own description."""

    vector_layers: tuple[_Layer, ...] = ()
    attribution: str | None = None


def _metadata(path: Path, body: bytes, *, compression: int) -> _Metadata:
    """The archive's own description.

    Raises ValueError if it cannot be read.
    """
    try:
        plain = gzip.decompress(body) if compression == GZIP else body
        return msgspec.json.decode(plain or b"{}", type=_Metadata)
    except (OSError, EOFError, msgspec.MsgspecError) as error:
        raise ValueError(f"{path} is damaged: its metadata cannot be read ({error}).") from error


def _mark(found: os.stat_result) -> str:
    return f'"{found.st_size:x}-{found.st_mtime_ns:x}"'
