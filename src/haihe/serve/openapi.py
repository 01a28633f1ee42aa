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
# What a route may answer beside its own; which of them, ``_errors`` says.
_ERRORS: Final = {
    "400": "It cannot be read.",
    "401": "No session or token, or one that is not known.",
    "403": "Not this caller's to do.",
    "404": "It does not exist.",
    "408": "The body stopped halfway.",
    "409": "The state of things does not allow it.",
    "410": "It was there, and its file is lost.",
    "413": "Too large.",
    "415": "Not a type of body that is taken.",
    "416": "Not a range of it.",
    "421": "This server is not called so.",
    "422": "It can be read, but cannot be.",
    "429": "Too much at once; Retry-After says when to repeat.",
    "501": "Not without a signing key.",
    "503": "The log cannot be written, or it is being worked out; Retry-After says when to repeat.",
}
_DONE: Final = {
    200: "Done.",
    201: "Done, and new.",
    202: "Begun.",
    204: "Done; there is nothing to say.",
    206: "A part of it.",
    303: "Go on there.",
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
        found += [route.query, route.answer]
        found += [kind for kind in (route.body, route.refuses) if kind is not None]
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
    parameters += [dict(head) for head in route.heads]
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
        content = {media: {"schema": schema} for media, schema in route.takes.items()}
        said["requestBody"] = {"required": True, "content": content}
    if route.roles == ANYONE:
        said["security"] = []
    return said


def _responses(route: Operation, by_type: Mapping[str, object]) -> Schema:
    content: Schema = {}
    if route.answer is not Nothing or route.media != JSON:
        schema = by_type[repr(route.answer)] if route.answer is not Nothing else {}
        content = {"content": {route.media: {"schema": schema}}}
    answers: Schema = {
        str(status): {"description": _DONE[status], **(content if status not in (204, 303) else {})}
        for status in route.statuses
    }
    error = by_type[repr(ErrorBody)]
    for code in _errors(route):
        schema = error
        if code == "422" and route.refuses is not None:
            schema = {"anyOf": [by_type[repr(route.refuses)], error]}
        answers[code] = {"description": _ERRORS[code], "content": {JSON: {"schema": schema}}}
    return answers


def _errors(route: Operation) -> list[str]:
    """The statuses of a route's errors: what its kind can meet, and nothing else."""
    reads_body = route.body is not None or bool(route.takes)
    changes = route.method != "GET"
    wanted = {
        "400": True,
        "401": route.roles != ANYONE or reads_body,
        "403": route.roles != ANYONE or changes or route.media == JSON,
        "404": True,  # Also what is not set up here.
        "408": reads_body,
        "409": True,
        "410": route.path.endswith("/files/{sha256}"),
        "413": reads_body,
        "415": bool(route.takes),
        "416": 206 in route.statuses,
        "421": True,
        "422": changes or 303 in route.statuses,  # What a provider says may not fit either.
        "429": True,
        "501": route.path.endswith("/proof"),
        "503": True,  # Also a look may have to be put into the log first.
    }
    return [code for code, is_met in wanted.items() if is_met]


def _name(route: Operation) -> str:
    words = [word for word in re.split(r"\W+", route.path) if word and word != "path"]
    return "_".join((route.method.lower(), *words))


def _who(route: Operation) -> str:
    if route.roles == ANYONE:
        return "Needs neither session nor token."
    return f"Needs the role {' or '.join(sorted(role.value for role in route.roles))}."
