"""A small town drawn by the tests themselves, as an OpenStreetMap extract."""

from pathlib import Path
from typing import Final

WEST, SOUTH, EAST, NORTH = 117.690, 39.010, 117.710, 39.030
NAMED: Final = "海河西路"
# Corners by number: the lake's, a house's, the ends of roads, the middle.
CORNERS: Final = {
    1: (117.692, 39.012), 2: (117.698, 39.012), 3: (117.698, 39.018), 4: (117.692, 39.018),
    5: (117.702, 39.022), 6: (117.703, 39.022), 7: (117.703, 39.023), 8: (117.702, 39.023),
    9: (WEST, 39.020), 10: (EAST, 39.020), 11: (117.700, SOUTH), 12: (117.700, NORTH),
}  # fmt: skip
LAKE: Final = ((1, 2, 3, 4, 1), {"natural": "water"})
HOUSE: Final = ((5, 6, 7, 8, 5), {"building": "yes"})
ROAD: Final = ((9, 10), {"highway": "motorway", "name": NAMED, "name:en": "Haihe West Road"})
STREET: Final = ((11, 12), {"highway": "residential"})
CUT_OFF: Final = ((11, 99), {"highway": "residential"})  # One of its ends is not in the extract.


def town(path: Path) -> Path:
    """Write the extract; its path."""
    nodes = "".join(
        f'<node id="{number}" version="1" lon="{lon}" lat="{lat}"/>'
        for number, (lon, lat) in CORNERS.items()
    )
    nodes += (
        '<node id="50" version="1" lon="117.7" lat="39.02"><tag k="place" v="town"/>'
        '<tag k="name" v="塘沽"/></node>'
    )
    ways = "".join(
        f'<way id="{number}" version="1">'
        + "".join(f'<nd ref="{corner}"/>' for corner in corners)
        + "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        + "</way>"
        for number, (corners, tags) in enumerate((LAKE, HOUSE, ROAD, STREET, CUT_OFF), 100)
    )
    path.write_text(f'<osm version="0.6">{nodes}{ways}</osm>', encoding="utf-8")
    return path
