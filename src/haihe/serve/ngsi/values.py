"""Values of attributes, checked by the attribute's type: URIs, instants, places, texts.

Source: ETSI GS CIM 009, 4.5.2 to 4.5.4, 4.5.18 to 4.5.24, 4.6.3, 4.7; RFC 7946.
"""

import re
from collections.abc import Callable
from typing import Final

import msgspec

from haihe.feed.door import shown
from haihe.model.entity import ID_MAX
from haihe.model.time import parse_instant
from haihe.serve.ngsi.contexts import Json
from haihe.serve.ngsi.refusal import bad_data
from haihe.serve.ngsi.vocabulary import GEOMETRIES

NULL: Final = "urn:ngsi-ld:null"  # How NGSI-LD writes null, where that means "take it away".
URI_MAX: Final = 2_000  # Ours: longer is no name.
INSTANT_MAX: Final = 64  # Ours: characters; twice what ISO 8601 needs to the nanosecond.
DEGREES_MAX: Final = 1e9  # Ours: what is larger is no coordinate of any kind.
URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x1f\x7f]+")
_COORDINATE_DEPTH: Final = {
    "Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2,
    "MultiPolygon": 3,
}  # fmt: skip


def check_id(value: Json, *, what: str = "id") -> str:
    """An entity's id.

    Raises Refusal if it is not a URI.
    """
    check_uri(value, what=what)
    if len(value) > ID_MAX:
        raise bad_data(f"{what} has {len(value)} characters; at most {ID_MAX} are taken.")
    return str(value)


def check_uri(value: Json, *, what: str) -> str:
    """The value, if it is a URI.

    Raises Refusal if it is none.
    """
    if not isinstance(value, str) or len(value) > URI_MAX or not URI.fullmatch(value):
        raise bad_data(f"{what} is {shown(value)}; expected a URI such as urn:ngsi-ld:Room:1.")
    return value


def checked_value(name: str, value: Json, *, kind: str, nulls: bool) -> Json:
    """The value of an attribute as it is kept.

    kind: the attribute's type.
    nulls: whether ``NULL`` may stand for a value that is to be taken away.
    Raises Refusal if it cannot be.
    """
    if (value is None and kind != "JsonProperty") or (value == NULL and not nulls):
        raise bad_data(f"attribute '{shown(name)}' has the value null; leave it out instead.")
    if value == NULL:
        return NULL
    if kind == "LanguageProperty" and not nulls and NULL in _members(value):
        raise bad_data(f"languageMap of '{shown(name)}' has null inside; leave it out instead.")
    return _CHECKS[kind](name, value)


def _members(value: Json) -> list[Json]:
    return list(value.values()) if isinstance(value, dict) else []


def _property(name: str, value: Json) -> Json:
    _check_no_nulls(name, value)
    return value


def _place(name: str, value: Json) -> Json:
    """A geometry; one that is written as text is read."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except (ValueError, RecursionError) as error:
            raise bad_data(f"'{shown(name)}' is {shown(value)}; expected a geometry.") from error
    check_geometry(value, name=name)
    return value


def _relationship(name: str, value: Json) -> Json:
    for one in value if isinstance(value, list) else [value]:
        check_uri(one, what=f"the object of '{shown(name)}'")
    return value


def _vocabulary(name: str, value: Json) -> Json:
    words = value if isinstance(value, list) else [value]
    if not all(isinstance(word, str) for word in words):
        raise bad_data(f"vocab of '{shown(name)}' must be text or an array of it.")
    return value


def _json(name: str, value: Json) -> Json:
    if not isinstance(value, dict | list):
        raise bad_data(f"json of '{shown(name)}' must be an object or an array.")
    return value


def _values(name: str, value: Json) -> Json:
    if not isinstance(value, list):
        raise bad_data(f"valueList of '{shown(name)}' must be an array.")
    _check_no_nulls(name, value)
    return value


def _check_no_nulls(name: str, value: Json) -> None:
    """Refuse null inside a value: JSON-LD would drop it without a word."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        if one is None:
            raise bad_data(f"the value of '{shown(name)}' has null inside; leave it out instead.")
        if isinstance(one, dict | list):
            _check_no_nulls(name, one)


def _languages(name: str, value: Json) -> Json:
    fits = isinstance(value, dict) and all(
        isinstance(text, str)
        or (isinstance(text, list) and all(isinstance(one, str) for one in text))
        for text in value.values()
    )
    if not fits:
        raise bad_data(f"languageMap of '{shown(name)}' must hold text by language tag.")
    return value


def _objects(name: str, value: Json) -> Json:
    """The list of a ListRelationship: objects with ``object``."""
    if not isinstance(value, list):
        raise bad_data(f"objectList of '{shown(name)}' must be an array.")
    ends = [one.get("object") if isinstance(one, dict) else one for one in value]
    return [{"object": check_uri(end, what=f"an object of '{shown(name)}'")} for end in ends]


def check_instant(value: Json, *, what: str) -> str:
    """An instant as it was written.

    Raises Refusal if it is none.
    """
    try:
        if isinstance(value, str) and "T" in value and len(value) <= INSTANT_MAX:
            parse_instant(value)
            return value
    except (ValueError, OverflowError):
        pass  # The refusal below says the same in fewer words.
    raise bad_data(f"{what} is {shown(value)}; expected an instant such as 2026-01-01T00:00:00Z.")


def is_geometry(value: Json) -> bool:
    """Whether it looks like a geometry of GeoJSON."""
    return isinstance(value, dict) and value.get("type") in GEOMETRIES and "coordinates" in value


def check_geometry(value: Json, *, name: str) -> None:
    """Refuse what is not a geometry of GeoJSON (RFC 7946, 3.1).

    Raises Refusal.
    """
    kind = value.get("type") if isinstance(value, dict) else None
    depth = _COORDINATE_DEPTH.get(kind) if isinstance(kind, str) else None
    if depth is None or not _are_coordinates(value.get("coordinates"), depth):
        raise bad_data(f"'{shown(name)}' is {shown(value)}; expected a GeoJSON geometry.")


def _are_coordinates(value: Json, depth: int) -> bool:
    if not isinstance(value, list) or not value:
        return False
    if depth:
        return all(_are_coordinates(part, depth - 1) for part in value)
    return len(value) in (2, 3) and all(
        isinstance(number, int | float)
        and not isinstance(number, bool)
        and abs(number) < DEGREES_MAX
        for number in value
    )


_CHECKS: Final[dict[str, Callable[[str, Json], Json]]] = {
    "Property": _property,
    "GeoProperty": _place,
    "Relationship": _relationship,
    "LanguageProperty": _languages,
    "VocabProperty": _vocabulary,
    "JsonProperty": _json,
    "ListProperty": _values,
    "ListRelationship": _objects,
}
