"""The API does what its document says, wherever the document lets one ask."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import msgspec
import pytest
from schemathesis.core.result import Ok

from haihe.serve import cases, openapi, present, rules
from haihe.serve.access import Role
from haihe.serve.calling import Asked, Operation, Reply
from haihe.serve.kinds import Nothing
from haihe.serve.routes import ROUTES
from tests.conftest import FUZZ
from tests.serve import fuzzing
from tests.serve.documented import own_document
from tests.serve.world import Client, World, a_world

DOCUMENT: Final = fuzzing.with_known(own_document())
LABELS: Final = [
    f"{method.upper()} {path}"
    for path, operations in DOCUMENT["paths"].items()
    for method in operations
    if not path.endswith("/events")
]


def operations_of(document: dict[str, Any]) -> dict[str, Any]:
    """By method and path."""
    found = fuzzing.schema_of(document).get_all_operations()
    return {one.ok().label: one.ok() for one in found if isinstance(one, Ok)}


OPERATIONS: Final = operations_of(DOCUMENT)


@pytest.fixture(scope="module")
def explorer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Who may do everything, on a server with a case and something set aside."""
    with a_world(tmp_path_factory.mktemp("explored"), clients_max=0) as world:
        yield from exploring(world)


def exploring(world: World) -> Iterator[Client]:
    world.leak()
    world.post("/streams/t.air", {"entity": "zone/7", "methane": 900}, status=422)
    heads = {"authorization": f"Bearer {world.give_token(Role.ADMIN)}"}
    client = Client(world.app, fails=False, heads=heads)
    yield client
    client.close()


@pytest.mark.parametrize("label", LABELS)
def test_every_answer_is_one_the_document_names(
    explorer: Client, label: str, request: pytest.FixtureRequest, record_property: Any
) -> None:
    examples = int(request.config.getoption("--fuzz-examples"))
    tried = fuzzing.explore(explorer, OPERATIONS[label], examples=examples)
    record_property(FUZZ, (tried.asked, tried.good))
    assert tried.faults == {}
    assert tried.asked > 0


async def rare_value(asked: Asked[present.NearQuery, None]) -> object:
    """Fails at one value of a thousand: the last one allowed."""
    if asked.query.count == 1_000:
        raise ZeroDivisionError
    return await present.nearest(asked)


async def missing_branch(asked: Asked[Nothing, rules.RuleAction]) -> object:
    """One verb of eight was forgotten."""
    if asked.body.verb == "unshelve":
        raise KeyError(asked.body.verb)
    return await rules.act_on_rule(asked)


async def wrong_status(asked: Asked[Nothing, None]) -> object:
    return Reply(await rules.list_alarms(asked), 202)


async def wrong_shape(asked: Asked[Nothing, None]) -> object:
    return {"root": 7}


async def takes_anything(asked: Asked[Nothing, None]) -> object:
    """The query is not looked at."""
    return cases.OrdersShown((), now=0)


# Label of the route, what is put in its place, and how it is found.
PLANTS: Final[dict[str, tuple[Any, str]]] = {
    "GET /api/v1/live/{stream}/near": (rare_value, "500 ServerError"),
    "POST /api/v1/rules/{rule}/actions": (missing_branch, "500 ServerError"),
    "GET /api/v1/alarms": (wrong_status, "202 UndefinedStatusCode"),
    "GET /api/v1/checkpoint": (wrong_shape, "200 JsonSchemaError"),
    "GET /api/v1/orders": (takes_anything, "200 AcceptedNegativeData"),
}


def planted(route: Operation) -> Operation:
    """The route, with its fault if one is meant for it."""
    label = f"{route.method} {openapi.BASE}{route.path}"
    if label not in PLANTS:
        return route
    changed = replace(route, handler=PLANTS[label][0])
    return replace(changed, query=Lax) if PLANTS[label][0] is takes_anything else changed


class Lax(msgspec.Struct, frozen=True):
    """Whatever is asked."""


@pytest.fixture(scope="module")
def sabotaged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """As ``explorer``, on a server with faults that its document does not tell of."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("haihe.serve.app.ROUTES", tuple(map(planted, ROUTES)))
        with a_world(tmp_path_factory.mktemp("planted"), clients_max=0) as world:
            yield from exploring(world)


@pytest.mark.parametrize("label", PLANTS)
def test_a_planted_fault_is_found(
    sabotaged: Client, label: str, request: pytest.FixtureRequest
) -> None:
    """By as many requests as the faultless server gets: fewer would prove nothing of it."""
    examples = int(request.config.getoption("--fuzz-examples"))
    tried = fuzzing.explore(sabotaged, OPERATIONS[label], examples=examples)
    assert PLANTS[label][1] in {" ".join(name.split()[:2]) for name in tried.faults}


def unbounded(schema: dict[str, Any], *, where: str, above: tuple[str, ...] = ()) -> Iterator[str]:
    """Where a schema lets something be as large as it likes."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in above:
            inner = own_document()["components"]["schemas"][name]
            yield from unbounded(inner, where=where, above=(*above, name))
        return
    choices = [one for key in ("anyOf", "oneOf") for one in schema.get(key, ())]
    for choice in choices:
        yield from unbounded(choice, where=where, above=above)
    if choices or "enum" in schema or "const" in schema or schema.get("format") == "date-time":
        return
    kinds = schema.get("type", "anything")
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        if not all(name in schema for name in BOUNDS.get(kind, ())) or kind == "anything":
            yield f"{where}: {kind}"
    parts = {**schema.get("properties", {}), "[]": schema.get("items")}
    rest = schema.get("additionalProperties", True)
    if "object" in kinds and rest is not False:
        parts["*"] = rest
        if rest is True or "maxProperties" not in schema:
            yield f"{where}: anything may be added"
    for name, part in parts.items():
        if isinstance(part, dict):
            yield from unbounded(part, where=f"{where}.{name}", above=above)


BOUNDS: Final = {
    "string": ("maxLength",),
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
    "array": ("maxItems",),
}


def asked_for(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of what a caller sends."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for parameter in operation["parameters"]:
                yield f"{method} {path} {parameter['name']}", parameter["schema"]
            for media, content in operation.get("requestBody", {}).get("content", {}).items():
                yield f"{method} {path} {media}", content["schema"]


def test_everything_a_caller_sends_has_a_bound() -> None:
    found = [
        place
        for where, schema in asked_for(own_document())
        for place in unbounded(schema, where=where)
    ]
    assert found == []


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "string"},
        {"type": "integer", "minimum": 0},
        {"anyOf": [{"type": "null"}, {"type": "number"}]},
        {"type": "array", "items": {"enum": [1]}},
        {"type": "array", "maxItems": 2, "items": {"type": "string"}},
        {"type": "object", "properties": {"a": {"enum": [1]}}},
        {"type": "object", "additionalProperties": {"enum": [1]}},
    ],
)
def test_what_has_no_bound_is_seen(schema: dict[str, Any]) -> None:
    assert list(unbounded(schema, where="here"))
