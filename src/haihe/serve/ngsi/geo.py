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
from functools import cached_property
from typing import Final

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from haihe.model.arrays import FloatArray
from haihe.serve.ngsi.contexts import Json
from haihe.serve.ngsi.expanding import Document
from haihe.serve.ngsi.refusal import bad_data
from haihe.serve.ngsi.values import check_geometry
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


@dataclass(frozen=True)
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

    @cached_property
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

    def _is_near_enough(self, point: Json) -> bool:
        """Whether a point is in the box of all that can be meant; most are not."""
        box = self.box
        if box is None:
            return True
        west, south, east, north = box
        return bool(west <= point[0] <= east and south <= point[1] <= north)

    def _metres_to(self, point: Json) -> float:
        """As ``_metres``, from a point to a point."""
        x, y = self.asked.x, self.asked.y
        shrink = max(math.cos(math.radians(y)), POLE_MIN)
        return math.hypot((point[0] - x) * shrink, point[1] - y) * METRES_A_DEGREE

    def holds(self, document: Document) -> bool:
        """Whether one of the document's geometries stands in the relation."""
        return any(self._meets(one.get("value")) for one in document.get(self.attribute, ()))

    def _meets(self, value: Json) -> bool:
        if not isinstance(value, dict) or "coordinates" not in value:
            return False
        if value.get("type") == "Point" and not self._is_near_enough(value["coordinates"]):
            return False
        if self.relation == "near" and value.get("type") == self.asked.geom_type == "Point":
            return self.least <= self._metres_to(value["coordinates"]) <= self.most
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
        if not metres:
            raise bad_data("a distance must be more than 0.")
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

    def flat(degrees: FloatArray) -> FloatArray:
        moved: FloatArray = (degrees - (middle.x, middle.y)) * (shrink, 1.0)
        return moved

    near, far = shapely.transform(one, flat), shapely.transform(other, flat)
    return float(shapely.distance(near, far)) * METRES_A_DEGREE
