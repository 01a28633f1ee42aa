"""对象(部件): a thing of the city with an id ``kind/name``, perhaps a place and relations."""

import re
from typing import Final

import msgspec

from haihe.model.text import Text

ID_MAX: Final = 200  # Ours: an id is a key, not a text; NGSI-LD urns of real cities stay below.
_ID: Final = re.compile(r"[^\s\x00-\x1f\x7f]+")


class Entity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of a thing apart from what it reports.

    id: ``kind/name``, such as "zone/7".
    title: what people call it.
    lon, lat: WGS-84 degrees, float64; None where it has no place.
    relations: name of the relation to the ids at its other end, such as {"neighbour": ("zone/8",)}.
    owner: the enterprise whose thing it is; "" where nobody's.
    """

    id: str
    title: Text
    lon: float | None = None
    lat: float | None = None
    relations: dict[str, tuple[str, ...]] = {}
    owner: str = ""


def check_entity_id(entity: str) -> None:
    """Refuse an id that could not be shown, searched or put in an address.

    Raises ValueError naming the id.

    >>> check_entity_id("zone/7")
    """
    if not entity or len(entity) > ID_MAX or not _ID.fullmatch(entity):
        raise ValueError(
            f"entity id '{entity[:ID_MAX]}' must be 1 to {ID_MAX} characters without spaces, "
            "such as 'zone/7'."
        )
