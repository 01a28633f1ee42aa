"""Geo-queries: which geometries stand in a relation to one that a caller gives.

Relations are judged on the plane of longitude and latitude, as OGC's simple features have them;
``near`` measures metres on a plane that touches the earth at the caller's geometry, exact to some
parts in a thousand within a city.

Source: ETSI GS CIM 009, 4.10; OGC 06-103r4, 6.1.15.
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import shapely
from shapely.affinity import scale
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from haihe.serve.ngsi.contexts import Json
from haihe.serve.ngsi.expanding import Document, check_geometry
from haihe.serve.ngsi.refusal import bad_data
from haihe.state.grid import Box

METRES_A_DEGREE: Final = 111_319.49  # WGS 84: a degree of its equator (radius 6,378,137 m).
POLE_MIN: Final = 1e-3  # Ours: nearer to a pole than the last 6 km nothing is asked.
VERTICES_MAX: Final = 20_000  # Ours: coordinates of a caller's geometry.
_NEAR: Final = re.compile(r"near;(maxDistance|minDistance)==(\d+(?:\.\d+)?)")
_RELATIONS: Final[dict[str, Callable[[BaseGeometry, BaseGeometry], bool]]] = {
    "within": shapely.within,
    "contains": shapely.contains,
    "intersects": shapely.intersects,
    "disjoint": shapely.disjoint,
    "equals": shapely.equals,
    "overlaps": shapely.overlaps,
}


@dataclass(frozen=True, slots=True)
class Where:
    """A geo-query.

    relation: "near" or a name of OGC's.
    least, most: metres, for near.
    asked: the caller's geometry.
    attribute: IRI of the GeoProperty that is looked at.
    """

    relation: str
    asked: BaseGeometry
    attribute: str
    least: float = 0.0
    most: float = math.inf

    @property
    def box(self) -> Box | None:
        """A box outside of which nothing can be meant; None if anything can."""
        west, south, east, north = self.asked.bounds
        if self.relation in ("disjoint",) or (math.isinf(self.most) and self.relation == "near"):
            return None
        if self.relation != "near":
            return west, south, east, north
        far = self.most / METRES_A_DEGREE * 1.01
        lowest = max(math.cos(math.radians(min(90.0, max(abs(south), abs(north)) + far))), POLE_MIN)
        return west - far / lowest, south - far, east + far / lowest, north + far

    def holds(self, document: Document) -> bool:
        """Whether one of the document's geometries stands in the relation."""
        return any(self._meets(one.get("value")) for one in document.get(self.attribute, ()))

    def _meets(self, value: Json) -> bool:
        if not isinstance(value, dict) or "coordinates" not in value:
            return False
        try:
            geometry = shape(value)
        except (ValueError, TypeError, LookupError, shapely.errors.ShapelyError):
            return False
        if self.relation == "near":
            metres = _metres(geometry, self.asked)
            return self.least <= metres <= self.most
        try:
            return bool(_RELATIONS[self.relation](geometry, self.asked))
        except shapely.errors.GEOSException:
            return False


def where_of(georel: str, geometry: str, *, coordinates: Json, attribute: str) -> Where:
    """The geo-query that parameters ask for.

    coordinates: an array, or text of one.
    attribute: the GeoProperty's IRI.
    Raises Refusal naming what cannot be.
    """
    if isinstance(coordinates, str):
        try:
            coordinates = json.loads(coordinates)
        except (ValueError, RecursionError) as error:
            raise bad_data(f"coordinates cannot be read: {error}.") from error
    if str(coordinates).count(",") > 2 * VERTICES_MAX:
        raise bad_data(f"coordinates has more than {VERTICES_MAX} places.")
    check_geometry({"type": geometry, "coordinates": coordinates}, name="geometry and coordinates")
    try:
        asked = shape({"type": geometry, "coordinates": coordinates})
    except (ValueError, TypeError, LookupError, shapely.errors.ShapelyError) as error:
        raise bad_data(f"coordinates are no {geometry}: {error}.") from error
    near = _NEAR.fullmatch(georel)
    if near is not None:
        metres = float(near.group(2))
        if near.group(1) == "maxDistance":
            return Where("near", asked, attribute, most=metres)
        return Where("near", asked, attribute, least=metres)
    if georel not in _RELATIONS:
        known = "near;maxDistance==METRES, near;minDistance==METRES, " + ", ".join(_RELATIONS)
        raise bad_data(f"georel is '{georel[:100]}'; expected {known}.")
    return Where(georel, asked, attribute)


def _metres(one: BaseGeometry, other: BaseGeometry) -> float:
    """How far two geometries are from each other on the plane touching the earth at ``other``."""
    middle = other.centroid
    shrink = max(math.cos(math.radians(middle.y)), POLE_MIN)
    near, far = (
        scale(each, xfact=shrink, yfact=1.0, origin=(middle.x, middle.y)) for each in (one, other)
    )
    return float(near.distance(far)) * METRES_A_DEGREE
