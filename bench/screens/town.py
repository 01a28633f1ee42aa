"""A made-up town as an OpenStreetMap extract: streets and blocks beneath what moves."""

from pathlib import Path
from typing import Final

import numpy as np

from bench.city import HEIGHT, SOUTH, WEST, WIDTH

STREETS: Final = 2_000  # Lines, as in the first trials of drawing.
BLOCKS: Final = 1_500  # Polygons, likewise.
LONG: Final = 0.02  # Degrees, of a street: two kilometres.
BROAD: Final = 0.004  # Degrees, of a block.
KINDS: Final = ("motorway", "primary", "secondary", "tertiary")
USES: Final = (("natural", "water"), ("leisure", "park"), ("landuse", "industrial"))


def town(path: Path) -> Path:
    """Write the extract; its path."""
    rng = np.random.default_rng(5)
    nodes: list[str] = []
    ways: list[str] = []

    def way(corners: list[tuple[float, float]], tags: dict[str, str], *, is_ring: bool) -> None:
        first = len(nodes) + 1
        for lon, lat in corners:
            nodes.append(f'<node id="{len(nodes) + 1}" version="1" lon="{lon}" lat="{lat}"/>')
        refs = [*range(first, len(nodes) + 1), *([first] if is_ring else [])]
        told = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        told += "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        ways.append(f'<way id="{len(ways) + 1}" version="1">{told}</way>')

    places = rng.uniform((WEST, SOUTH), (WEST + WIDTH, SOUTH + HEIGHT), (STREETS + BLOCKS, 2))
    for number, (lon, lat) in enumerate(places.tolist()):
        if number < STREETS:
            end = (lon + LONG, lat) if number % 2 else (lon, lat + LONG)
            tags = {"highway": KINDS[number % len(KINDS)], "name": f"海河路{number}"}
            way([(lon, lat), end], tags, is_ring=False)
        else:
            east, north = lon + BROAD, lat + BROAD
            corners = [(lon, lat), (east, lat), (east, north), (lon, north)]
            way(corners, dict([USES[number % len(USES)]]), is_ring=True)
    path.write_text(f'<osm version="0.6">{"".join(nodes + ways)}</osm>', encoding="utf-8")
    return path
