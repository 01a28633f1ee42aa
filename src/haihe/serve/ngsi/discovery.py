"""Which types and attributes there are.

Source: ETSI GS CIM 009, 5.7.5 to 5.7.10; 6.25 to 6.28.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from starlette.responses import Response

from haihe.serve.ngsi.call import Call
from haihe.serve.ngsi.changing import attributes_of
from haihe.serve.ngsi.contexts import Context, Json
from haihe.serve.ngsi.finding import LOOKED_AT_MAX
from haihe.serve.ngsi.measured import URN
from haihe.serve.ngsi.refusal import not_found
from haihe.serve.ngsi.selecting import Query, is_asked


@dataclass(slots=True)
class _Found:
    """What is known of a type (or an attribute) from all entities that have it.

    count: of entities.
    parts: attributes of the type (or types of entities with the attribute).
    kinds: attribute to the types of attributes it was sent as.
    """

    count: int = 0
    parts: set[str] = field(default_factory=set)
    kinds: dict[str, set[str]] = field(default_factory=dict)


async def list_types(call: Call) -> Response:
    """GET /types: the types of all entities, their attributes with ``details``."""
    context = call.context()
    types, _ = await _survey(call)
    if not is_asked(call.query, "details"):
        names = [context.compact(iri) for iri in sorted(types)]
        return call.answer(_list("EntityTypeList", "typeList", names=names), context)
    shown = [
        {
            "id": iri,
            "type": "EntityType",
            "typeName": context.compact(iri),
            "attributeNames": [context.compact(one) for one in sorted(found.parts)],
        }
        for iri, found in sorted(types.items())
    ]
    return call.answer(shown, context)


async def show_type(call: Call) -> Response:
    """GET /types/{type}: how many entities are of it, and their attributes."""
    context = call.context()
    iri = context.expand(call.names["type"])
    types, _ = await _survey(call)
    found = types.get(iri)
    if found is None:
        raise not_found(f"no entity has the type '{iri}'.")
    details = [
        {
            "id": one,
            "type": "Attribute",
            "attributeName": context.compact(one),
            "attributeTypes": sorted(found.kinds[one]),
        }
        for one in sorted(found.parts)
    ]
    shown = {
        "id": iri,
        "type": "EntityTypeInfo",
        "typeName": context.compact(iri),
        "entityCount": found.count,
        "attributeDetails": details,
    }
    return call.answer(shown, context)


async def list_attributes(call: Call) -> Response:
    """GET /attributes: the attributes of all entities, their types with ``details``."""
    context = call.context()
    _, attributes = await _survey(call)
    if not is_asked(call.query, "details"):
        names = [context.compact(iri) for iri in sorted(attributes)]
        return call.answer(_list("AttributeList", "attributeList", names=names), context)
    shown = [_attribute(iri, found, context=context) for iri, found in sorted(attributes.items())]
    return call.answer(shown, context)


async def show_attribute(call: Call) -> Response:
    """GET /attributes/{attribute}: how many entities have it, and of which types."""
    context = call.context()
    iri = context.expand(call.names["attr"])
    _, attributes = await _survey(call)
    found = attributes.get(iri)
    if found is None:
        raise not_found(f"no entity has the attribute '{iri}'.")
    more = {"attributeCount": found.count, "attributeTypes": sorted(found.kinds[iri])}
    return call.answer({**_attribute(iri, found, context=context), **more}, context)


def _attribute(iri: str, found: _Found, *, context: Context) -> dict[str, Json]:
    return {
        "id": iri,
        "type": "Attribute",
        "attributeName": context.compact(iri),
        "typeNames": [context.compact(one) for one in sorted(found.parts)],
    }


def _list(kind: str, member: str, *, names: list[str]) -> Json:
    digest = hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
    return {"id": f"{URN}{kind}:{digest}", "type": kind, member: names}


async def _survey(call: Call) -> tuple[dict[str, _Found], dict[str, _Found]]:
    """Every type and every attribute of the entities that the caller sees."""
    everything = slice(0, LOOKED_AT_MAX)
    page = await call.house.finder.find(Query(), call.asked.caller, part=everything)
    types: dict[str, _Found] = {}
    attributes: dict[str, _Found] = {}
    for document in page.documents:
        told = [(name, one["type"]) for name in attributes_of(document) for one in document[name]]
        for iri in document["type"]:
            _note(types.setdefault(iri, _Found()), told, parts=(name for name, _ in told))
        for name in attributes_of(document):
            kinds = [(one, kind) for one, kind in told if one == name]
            _note(attributes.setdefault(name, _Found()), kinds, parts=iter(document["type"]))
    return types, attributes


def _note(found: _Found, told: list[tuple[str, str]], *, parts: Iterator[str]) -> None:
    found.count += 1
    found.parts.update(parts)
    for name, kind in told:
        found.kinds.setdefault(name, set()).add(kind)
