"""``GET /basemap``: what the base map is; ``GET /basemap/tiles``: ranges of its bytes."""

import asyncio
import re
from typing import Final

import msgspec
from starlette.responses import Response

from haihe.serve.access import READERS_AND_OWNERS
from haihe.serve.basemap.archive import Archive
from haihe.serve.calling import Asked, Operation
from haihe.serve.kinds import Nothing
from haihe.serve.problem import Problem, conflict, unknown

MEDIA: Final = "application/vnd.pmtiles"
RANGE: Final = re.compile(rb"bytes=(\d{1,15})-(\d{1,15})")
RANGE_MAX: Final = 4 << 20  # Ours: bytes; a tile has at most half a megabyte.
NONE: Final = "No base map was given; start with 'haihe up --map FILE'."


class BaseMapShown(msgspec.Struct, frozen=True):
    """The base map; nothing but ``is_there`` means anything where none was given.

    west, south, east, north: what it covers; degrees.
    zoom_min, zoom_max: of its tiles.
    layers: their names.
    attribution: whom to name on the map.
    """

    is_there: bool
    west: float = 0.0
    south: float = 0.0
    east: float = 0.0
    north: float = 0.0
    zoom_min: int = 0
    zoom_max: int = 0
    layers: tuple[str, ...] = ()
    attribution: str = ""


async def show_base(asked: Asked[Nothing, None]) -> BaseMapShown:
    """What lies beneath everything."""
    base = asked.platform.settings.base_map
    if base is None:
        return BaseMapShown(is_there=False)
    west, south, east, north = base.bounds
    least, most = base.zooms
    return BaseMapShown(
        is_there=True,
        west=west,
        south=south,
        east=east,
        north=north,
        zoom_min=least,
        zoom_max=most,
        layers=base.layers,
        attribution=base.attribution,
    )


async def read_base(asked: Asked[Nothing, None]) -> Response:
    """A range of the file's bytes."""
    base = asked.platform.settings.base_map
    if base is None:
        raise unknown("there is no base map.", what_to_do=NONE)
    start, end = _range(dict(asked.scope["headers"]).get(b"range", b""), base)
    try:
        body = await asyncio.to_thread(base.read, start, end - start + 1)
    except (OSError, ValueError) as error:
        raise conflict(f"the base map cannot be read: {error}") from error
    heads = {
        "content-range": f"bytes {start}-{start + len(body) - 1}/{base.size}",
        "accept-ranges": "bytes",
        "etag": base.changed,
        "cache-control": "private, max-age=3600",  # It does not change while the server runs.
    }
    return Response(body, 206, heads, media_type=MEDIA)


def _range(told: bytes, base: Archive) -> tuple[int, int]:
    """First and last byte that are asked for; the last as far as there are any.

    Raises Problem if it is no one range, lies beyond the end, or is too long.
    """
    found = RANGE.fullmatch(told)
    start, end = (int(found[1]), int(found[2])) if found is not None else (0, -1)
    if found is None or end < start or start >= base.size or end - start >= RANGE_MAX:
        raise Problem(
            416,
            "malformed",
            message=f"the Range header '{told[:60].decode('latin-1')}' cannot be served.",
            what_to_do=f"Ask for 'bytes=A-B' within {base.size}, at most {RANGE_MAX} at once.",
            headers={"content-range": f"bytes */{base.size}"},
        )
    return start, min(end, base.size - 1)


BASE_MAP: Final = (
    Operation(
        "GET", "/basemap", READERS_AND_OWNERS, "The base map: what it covers, whom it names",
        show_base, answer=BaseMapShown,
    ),
    Operation(
        "GET", "/basemap/tiles", READERS_AND_OWNERS, "A range of bytes of the base map's tiles",
        read_base, media=MEDIA, good=(206,),
    ),
)  # fmt: skip
