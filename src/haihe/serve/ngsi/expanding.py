"""An entity as it is sent, in normalised or concise form, to the document that is kept.

The document is the normalised form with whole IRIs for types, attributes and sub-attributes; an
attribute is a list of instances, one for each ``datasetId``. Values stay as they were sent.

Source: ETSI GS CIM 009, 4.5 (representations), 4.6 (data types), 5.2.4 to 5.2.6.
"""

import re
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from haihe.feed.door import shown
from haihe.serve.ngsi.contexts import Context, Json
from haihe.serve.ngsi.refusal import bad_data
from haihe.serve.ngsi.values import (
    NULL,
    URI,
    URI_MAX,
    check_geometry,
    check_id,
    check_instant,
    check_uri,
    checked_value,
    is_geometry,
)
from haihe.serve.ngsi.vocabulary import GEOMETRIES

Document: TypeAlias = dict[str, Any]  # A kept entity.
Instance: TypeAlias = dict[str, Any]  # One instance of an attribute.

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
_NOT_REIFIED: Final = frozenset({*META, "instanceId", *_BY_MEMBER})  # 4.5.1: no attributes.
_PLACES: Final = frozenset({"location", "observationSpace", "operationSpace"})
DEPTH_MAX: Final = 8  # Ours: properties of properties of properties; real ones have two.
ATTRIBUTES_MAX: Final = 1_000  # Ours: of one entity.
# 4.6.2 allows letters, digits and underscores; "." and "-" are in real data models as well.
_NAME: Final = re.compile(r"[^\W\d][\w.\-]*")
_SCOPE: Final = re.compile(r"/?[^\W\d]\w*(/[^\W\d]\w*)*")  # 4.18: a letter first.


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
    if len(name) > URI_MAX or not (_NAME.fullmatch(name) or URI.fullmatch(name)):
        raise bad_data(f"{what} '{shown(name)}' is neither a name nor a URI.")
    iri = context.expand(name)
    if iri.startswith("@") or ":" not in iri or name in _NOT_REIFIED:
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
    _check_fits(name, sent, kind=kind)
    value = checked_value(name, sent[member], kind=kind, nulls=reading.nulls)
    if kind == "VocabProperty" and value != NULL:
        words = [reading.context.expand(word) for word in _listed(value)]
        value = words if isinstance(value, list) else words[0]
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


def _check_fits(name: str, sent: Instance, *, kind: str) -> None:
    """Refuse an instance whose members do not go with its type.

    Raises Refusal.
    """
    what = f"attribute '{shown(name)}' is a {kind}"
    if HOLDS[kind] not in sent:
        raise bad_data(f"{what} and has no {HOLDS[kind]}.")
    if name in _PLACES and kind != "GeoProperty":
        raise bad_data(f"{what}; it must be a GeoProperty.")
    if "unitCode" in sent and kind not in ("Property", "ListProperty"):
        raise bad_data(f"{what}, which has no unitCode.")


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


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
