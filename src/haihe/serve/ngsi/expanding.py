"""An entity as it is sent, in normalised or concise form, to the document that is kept.

The document is the normalised form with whole IRIs for types, attributes and sub-attributes; an
attribute is a list of instances, one for each ``datasetId``. Values stay as they were sent.

Source: ETSI GS CIM 009, 4.5 (representations), 4.6 (data types), 5.2.4 to 5.2.6.
"""

import re
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from haihe.feed.door import shown
from haihe.model.entity import ID_MAX
from haihe.model.time import parse_instant
from haihe.serve.ngsi.contexts import Context, Json
from haihe.serve.ngsi.refusal import bad_data
from haihe.serve.ngsi.vocabulary import GEOMETRIES

Document: TypeAlias = dict[str, Any]  # A kept entity.
Instance: TypeAlias = dict[str, Any]  # One instance of an attribute.

NULL: Final = "urn:ngsi-ld:null"  # How NGSI-LD writes null, where that means "take it away".
EVERY: Final = "*"  # The datasetId of an attribute that is null as a whole.
# Attribute type to the member that holds its value.
HOLDS: Final = {
    "Property": "value",
    "GeoProperty": "value",
    "Relationship": "object",
    "LanguageProperty": "languageMap",
    "VocabProperty": "vocab",
    "JsonProperty": "json",
    "ListProperty": "valueList",
    "ListRelationship": "objectList",
}
_BY_MEMBER: Final = {member: kind for kind, member in reversed(HOLDS.items())}
ENTITY_MEMBERS: Final = frozenset({"id", "type", "scope", "createdAt", "modifiedAt", "deletedAt"})
META: Final = ("observedAt", "unitCode", "datasetId", "objectType")
_READ_ONLY: Final = frozenset({"createdAt", "modifiedAt", "deletedAt", "instanceId", "lang"})
DEPTH_MAX: Final = 8  # Ours: properties of properties of properties; real ones have two.
ATTRIBUTES_MAX: Final = 1_000  # Ours: of one entity.
URI_MAX: Final = 2_000  # Ours: longer is no name.
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x1f\x7f]+")
# 4.6.2 allows letters, digits and underscores; "." and "-" are in real data models as well.
_NAME: Final = re.compile(r"[^\W\d][\w.\-]*")
_SCOPE: Final = re.compile(r"/?[\w\-]+(/[\w\-]+)*")
_COORDINATE_DEPTH: Final = {
    "Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2,
    "MultiPolygon": 3,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """How a body is read.

    context: the request's names.
    nulls: whether ``NULL`` may stand for a value that is to be taken away.
    """

    context: Context
    nulls: bool = False


def expand_entity(sent: Json, reading: Reading) -> Document:
    """The document of a whole entity.

    Raises Refusal naming what cannot be.
    """
    if not isinstance(sent, dict):
        raise bad_data(f"an entity must be a JSON object; found {shown(sent)}.")
    entity = check_id(sent.get("id"))
    kinds = types_of(sent.get("type"), reading.context)
    return {"id": entity, "type": kinds, **expand_fragment(sent, reading)}


def expand_fragment(sent: Json, reading: Reading) -> Document:
    """Scope and attributes of an entity or a part of one, without id and type.

    Raises Refusal naming what cannot be.
    """
    if not isinstance(sent, dict):
        raise bad_data(f"a fragment must be a JSON object; found {shown(sent)}.")
    if len(sent) > ATTRIBUTES_MAX:
        raise bad_data(f"an entity has {len(sent)} members; at most {ATTRIBUTES_MAX} are taken.")
    fragment: Document = {}
    if "scope" in sent:
        fragment["scope"] = scopes_of(sent["scope"], nulls=reading.nulls)
    for name, value in sent.items():
        if name in ENTITY_MEMBERS or name == "@context":
            continue
        fragment[attribute_name(name, reading.context)] = expand_attribute(
            name, value, reading=reading
        )
    return fragment


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
    if not isinstance(value, str) or len(value) > URI_MAX or not _URI.fullmatch(value):
        raise bad_data(f"{what} is {shown(value)}; expected a URI such as urn:ngsi-ld:Room:1.")
    return value


def types_of(value: Json, context: Context) -> list[str]:
    """An entity's types as IRIs, each once.

    Raises Refusal if there is none, or one that cannot be.
    """
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(name, str) and name for name in names):
        raise bad_data(f"type is {shown(value)}; expected the name of an entity type.")
    return list(dict.fromkeys(_named(name, context, what="type") for name in names))


def attribute_name(name: str, context: Context) -> str:
    """An attribute's IRI.

    Raises Refusal if it cannot be a name.
    """
    return _named(name, context, what="attribute")


def _named(name: str, context: Context, *, what: str) -> str:
    if len(name) > URI_MAX or not (_NAME.fullmatch(name) or _URI.fullmatch(name)):
        raise bad_data(f"{what} '{shown(name)}' is neither a name nor a URI.")
    iri = context.expand(name)
    if iri.startswith("@") or ":" not in iri:
        raise bad_data(f"{what} '{shown(name)}' has no meaning of its own in this @context.")
    return iri


def scopes_of(value: Json, *, nulls: bool) -> list[str]:
    """An entity's scopes, each with its leading slash; [] takes them away.

    Raises Refusal if one cannot be.
    """
    if nulls and value == NULL:
        return []
    scopes = value if isinstance(value, list) else [value]
    for scope in scopes:
        if not isinstance(scope, str) or not _SCOPE.fullmatch(scope):
            raise bad_data(f"scope is {shown(scope)}; expected text such as /Madrid/Gardens.")
    return ["/" + scope.removeprefix("/") for scope in scopes]


def expand_attribute(name: str, sent: Json, *, reading: Reading, depth: int = 0) -> list[Instance]:
    """An attribute's instances.

    Raises Refusal naming what cannot be.
    """
    if depth > DEPTH_MAX:
        raise bad_data(f"attribute '{shown(name)}' is nested more than {DEPTH_MAX} deep.")
    if sent is None or (sent == NULL and not reading.nulls):
        raise bad_data(f"attribute '{shown(name)}' is null; leave it out instead.")
    if sent == NULL:
        return [{"type": "Property", "value": NULL, "datasetId": EVERY}]
    parts = sent if _is_many(sent) else [sent]
    instances = [_instance(name, part, reading=reading, depth=depth) for part in parts]
    datasets = [instance.get("datasetId") for instance in instances]
    if len(set(datasets)) < len(datasets):
        raise bad_data(f"attribute '{shown(name)}' has two instances of one datasetId.")
    return instances


def _is_many(sent: Json) -> bool:
    """Whether an array is instances of an attribute, not the value of one."""
    return isinstance(sent, list) and bool(sent) and all(
        isinstance(part, dict) and part.get("type") in HOLDS for part in sent
    )  # fmt: skip


def _instance(name: str, sent: Json, *, reading: Reading, depth: int) -> Instance:
    if not isinstance(sent, dict):
        return {"type": "Property", "value": sent}
    kind = kind_of(name, sent)
    if kind is None:
        is_place = sent.get("type") in GEOMETRIES
        if is_place:
            check_geometry(sent, name=name)
        return {"type": "GeoProperty" if is_place else "Property", "value": sent}
    member = HOLDS[kind]
    if member not in sent:
        raise bad_data(f"attribute '{shown(name)}' is a {kind} and has no {member}.")
    value = _value(name, sent[member], kind=kind, reading=reading)
    instance: Instance = {"type": kind, member: value}
    for other, part in sent.items():
        if other in META:
            instance[other] = _meta(name, other, value=part, reading=reading)
        elif other not in ("type", member) and other not in _READ_ONLY:
            if other in _BY_MEMBER:
                raise bad_data(f"attribute '{shown(name)}' is a {kind} and has {other} as well.")
            below = expand_attribute(other, part, reading=reading, depth=depth + 1)
            instance[attribute_name(other, reading.context)] = below
    if instance.get("datasetId") == "@none":
        del instance["datasetId"]
    return instance


def kind_of(name: str, sent: Instance) -> str | None:
    """An instance's type, said or told by its members; None where it is a value by itself.

    Raises Refusal if what it says is no type of attributes.
    """
    said = sent.get("type")
    if said is None:
        for member, kind in _BY_MEMBER.items():
            if member in sent:
                is_place = kind == "Property" and is_geometry(sent[member])
                return "GeoProperty" if is_place else kind
        return None
    if isinstance(said, str) and said in HOLDS:
        return said
    if isinstance(said, str) and said in GEOMETRIES and "coordinates" in sent:
        return None
    raise bad_data(f"attribute '{shown(name)}' has type {shown(said)}, which no attribute has.")


def _value(name: str, value: Json, *, kind: str, reading: Reading) -> Json:
    """The value of an instance, checked by its type."""
    if (value is None and kind != "JsonProperty") or (value == NULL and not reading.nulls):
        raise bad_data(f"attribute '{shown(name)}' has the value null; leave it out instead.")
    if value == NULL:
        return NULL
    match kind:
        case "GeoProperty":
            check_geometry(value, name=name)
        case "Relationship":
            for one in value if isinstance(value, list) else [value]:
                check_uri(one, what=f"the object of '{shown(name)}'")
        case "LanguageProperty":
            _check_languages(name, value)
        case "VocabProperty":
            words = value if isinstance(value, list) else [value]
            if not all(isinstance(word, str) for word in words):
                raise bad_data(f"vocab of '{shown(name)}' must be text or an array of it.")
            found = [reading.context.expand(word) for word in words]
            return found if isinstance(value, list) else found[0]
        case "ListProperty" if not isinstance(value, list):
            raise bad_data(f"valueList of '{shown(name)}' must be an array.")
        case "ListRelationship":
            return _objects(name, value)
        case _:
            pass
    return value


def _check_languages(name: str, value: Json) -> None:
    fits = isinstance(value, dict) and all(
        isinstance(text, str)
        or (isinstance(text, list) and all(isinstance(one, str) for one in text))
        for text in value.values()
    )
    if not fits:
        raise bad_data(f"languageMap of '{shown(name)}' must hold text by language tag.")


def _objects(name: str, value: Json) -> Json:
    """The list of a ListRelationship: objects with ``object``."""
    if not isinstance(value, list):
        raise bad_data(f"objectList of '{shown(name)}' must be an array.")
    ends = [one.get("object") if isinstance(one, dict) else one for one in value]
    return [{"object": check_uri(end, what=f"an object of '{shown(name)}'")} for end in ends]


def _meta(name: str, member: str, *, value: Json, reading: Reading) -> Json:
    """What stands beside the value."""
    if value == NULL and reading.nulls:
        return NULL
    what = f"{member} of '{shown(name)}'"
    if member == "observedAt":
        return check_instant(value, what=what)
    if member == "datasetId":
        return value if value == "@none" else check_uri(value, what=what)
    if member == "objectType":
        return types_of(value, reading.context)
    if not isinstance(value, str):
        raise bad_data(f"{what} is {shown(value)}; expected text.")
    return value


def check_instant(value: Json, *, what: str) -> str:
    """An instant as it was written.

    Raises Refusal if it is none.
    """
    try:
        if isinstance(value, str) and "T" in value and len(value) < 64:
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
        isinstance(number, int | float) and not isinstance(number, bool) and abs(number) < 1e9
        for number in value
    )
