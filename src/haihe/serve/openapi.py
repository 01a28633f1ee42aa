"""The OpenAPI document, made from the table of routes: nothing is written twice."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec
from msgspec.json import schema_components

from haihe import __version__
from haihe.model.text import Text
from haihe.serve.access import ANYONE, COOKIE
from haihe.serve.calling import JSON, Operation
from haihe.serve.kinds import PATH_KINDS, Nothing
from haihe.serve.problem import ErrorBody
from haihe.serve.shown import is_instant

BASE: Final = "/api/v1"
_REF: Final = "#/components/schemas/{name}"
_INSTANT: Final = {"type": ["string", "null"], "format": "date-time"}
# What any route may answer beside its own.
_ERRORS: Final = {
    "400": "It cannot be read.",
    "401": "No session or token, or one that is not known.",
    "403": "Not this caller's to do.",
    "404": "It does not exist.",
    "409": "The state of things does not allow it.",
    "413": "Too large.",
    "422": "It can be read, but cannot be.",
    "429": "Too much at once; Retry-After says when to repeat.",
    "503": "The log cannot be written; Retry-After says when to repeat.",
}
Schema: TypeAlias = dict[str, object]


def document(routes: Sequence[Operation], title: Text) -> bytes:
    """The document as JSON."""
    types = _types(routes)
    schemas, components = schema_components(types, schema_hook=_anything, ref_template=_REF)
    by_type = {repr(kind): schema for kind, schema in zip(types, schemas, strict=True)}
    instants_as_text(components)
    paths: dict[str, Schema] = {}
    for route in routes:
        path = BASE + re.sub(r":\w+}", "}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(
            route, by_type, components=components
        )
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": f"{title.en} {title.zh}", "version": __version__},
            "security": [{"token": []}, {"session": []}],
            "paths": paths,
            "components": {
                "schemas": components,
                "securitySchemes": {
                    "token": {"type": "http", "scheme": "bearer"},
                    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                },
            },
        }
    )


def instants_as_text(schema: object) -> None:
    """Make what ``shown`` writes as text a text in a schema, too."""
    if isinstance(schema, dict):
        properties: Any = schema.get("properties")
        if isinstance(properties, dict):
            for name, kind in properties.items():
                if is_instant(name) and "integer" in str(kind):
                    properties[name] = dict(_INSTANT)
        for inner in schema.values():
            instants_as_text(inner)
    elif isinstance(schema, list):
        for inner in schema:
            instants_as_text(inner)


def _anything(_: type) -> Schema:
    """What a schema says of a value that may be anything."""
    return {"description": "A number, text or null."}


def _types(routes: Sequence[Operation]) -> list[Any]:
    """Every type that a route speaks of, once."""
    found: list[Any] = [ErrorBody]
    for route in routes:
        found += [route.query, route.answer, *([route.body] if route.body is not None else [])]
        found += [PATH_KINDS[name] for name in _path_names(route)]
    return list({repr(kind): kind for kind in found}.values())


def _path_names(route: Operation) -> list[str]:
    return re.findall(r"{(\w+)", route.path)


def _operation(
    route: Operation, by_type: Mapping[str, object], *, components: Mapping[str, object]
) -> Schema:
    """One operation."""
    parameters: list[Schema] = [
        {"name": name, "in": "path", "required": True, "schema": by_type[repr(PATH_KINDS[name])]}
        for name in _path_names(route)
    ]
    if route.query is not Nothing:
        query: Any = components[route.query.__name__]
        parameters += [
            {
                "name": name,
                "in": "query",
                "required": name in query.get("required", ()),
                "schema": schema,
            }
            for name, schema in query["properties"].items()
        ]
    said: Schema = {
        "summary": route.summary,
        "operationId": _name(route),
        "description": _who(route),
        "parameters": parameters,
        "responses": _responses(route, by_type),
    }
    if route.body is not None:
        schema = by_type[repr(route.body)]
        said["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    elif route.takes:
        anything: Schema = {"schema": {}}
        content = dict.fromkeys(route.takes, anything)
        said["requestBody"] = {"required": True, "content": content}
    if route.roles == ANYONE:
        said["security"] = []
    return said


def _responses(route: Operation, by_type: Mapping[str, object]) -> Schema:
    good: Schema = {"description": "Done."}
    if route.answer is not Nothing or route.media != JSON:
        schema = by_type[repr(route.answer)] if route.answer is not Nothing else {}
        good["content"] = {route.media: {"schema": schema}}
    error = {"content": {JSON: {"schema": by_type[repr(ErrorBody)]}}}
    answers: Schema = {"200": good}
    if route.method in ("POST", "PUT"):
        answers["201"] = {**good, "description": "Done, and new."}
    if route.method == "DELETE":
        answers = {"204": {"description": "Done."}}
    return {**answers, **{code: {"description": why, **error} for code, why in _ERRORS.items()}}


def _name(route: Operation) -> str:
    words = [word for word in re.split(r"\W+", route.path) if word and word != "path"]
    return "_".join((route.method.lower(), *words))


def _who(route: Operation) -> str:
    if route.roles == ANYONE:
        return "Needs neither session nor token."
    return f"Needs the role {' or '.join(sorted(role.value for role in route.roles))}."
