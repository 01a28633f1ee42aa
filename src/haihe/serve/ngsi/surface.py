"""The table of NGSI-LD's operations, and the way from a request to one of them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from haihe.errors import HaiheError
from haihe.serve.access import READERS_AND_OWNERS, SENDERS, Roles, check_role
from haihe.serve.calling import Asked
from haihe.serve.kinds import Nothing
from haihe.serve.ngsi import batch, consumption, discovery, provision
from haihe.serve.ngsi.call import (
    BASE,
    JSON,
    Call,
    House,
    header,
    linked_context,
    media_of,
    query_of_scope,
    refused,
)
from haihe.serve.ngsi.contexts import Contexts
from haihe.serve.ngsi.finding import Finder
from haihe.serve.ngsi.kept import Kept
from haihe.serve.ngsi.measured import Measured
from haihe.serve.ngsi.refusal import (
    Kind,
    Refusal,
    bad_data,
    not_found,
    not_supported,
    of_problem,
    of_status,
)
from haihe.serve.platform import Platform
from haihe.serve.problem import Problem, forbidden

_SHOWN: Final = frozenset({
    "options", "format", "sysAttrs", "attrs", "pick", "omit", "lang", "datasetId",
    "geometryProperty", "join", "joinLevel", "containedBy", "local",
})  # fmt: skip
_ASKED: Final = _SHOWN | {
    "id", "idPattern", "type", "q", "scopeQ", "csf", "georel", "geometry", "coordinates",
    "geoproperty", "limit", "offset", "count", "orderBy",
}  # fmt: skip
_LOCAL: Final = frozenset({"local", "options", "type"})
# Operations of the standard that are not done here, by the first word of their path.
_ELSEWHERE: Final = frozenset({
    "subscriptions", "temporal", "csourceRegistrations", "csourceSubscriptions", "jsonldContexts",
    "entityMaps", "info", "snapshots",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    pattern: the path's words; one in braces stands for any.
    query: the parameters it knows.
    is_place: whether it can answer GeoJSON.
    """

    method: str
    pattern: tuple[str, ...]
    handler: Callable[[Call], Awaitable[Response]]
    query: frozenset[str] = _LOCAL
    roles: Roles = SENDERS
    is_place: bool = False


def _read(
    path: str,
    handler: Callable[[Call], Awaitable[Response]],
    *,
    query: frozenset[str],
    is_place: bool,
) -> Operation:
    return Operation("GET", tuple(path.split("/")), handler, query, READERS_AND_OWNERS, is_place)


def _write(method: str, path: str, *, handler: Callable[[Call], Awaitable[Response]]) -> Operation:
    return Operation(method, tuple(path.split("/")), handler, _LOCAL | {"datasetId", "deleteAll"})


_ENTITY: Final = "entities/{id}"
_ATTRS: Final = "entities/{id}/attrs"
_ATTR: Final = "entities/{id}/attrs/{attr}"
_DETAILS: Final = frozenset({"details", "local"})
OPERATIONS: Final = (
    _read("entities", consumption.query, query=_ASKED, is_place=True),
    _read(_ENTITY, consumption.retrieve, query=_SHOWN | {"type"}, is_place=True),
    _read("types", discovery.list_types, query=_DETAILS, is_place=False),
    _read("types/{type}", discovery.show_type, query=_DETAILS, is_place=False),
    _read("attributes", discovery.list_attributes, query=_DETAILS, is_place=False),
    _read("attributes/{attr}", discovery.show_attribute, query=_DETAILS, is_place=False),
    Operation(
        "POST", ("entityOperations", "query"), consumption.query_by_post, _ASKED,
        READERS_AND_OWNERS, is_place=True,
    ),
    _write("POST", "entities", handler=provision.create),
    _write("DELETE", _ENTITY, handler=provision.delete),
    _write("PUT", _ENTITY, handler=provision.replace),
    _write("PATCH", _ENTITY, handler=provision.merge),
    _write("POST", _ATTRS, handler=provision.append),
    _write("PATCH", _ATTRS, handler=provision.update),
    _write("PATCH", _ATTR, handler=provision.update_attribute),
    _write("PUT", _ATTR, handler=provision.replace_attribute),
    _write("DELETE", _ATTR, handler=provision.delete_attribute),
    _write("POST", "entityOperations/create", handler=batch.create),
    _write("POST", "entityOperations/upsert", handler=batch.upsert),
    _write("POST", "entityOperations/update", handler=batch.update),
    _write("POST", "entityOperations/merge", handler=batch.merge),
    _write("POST", "entityOperations/delete", handler=batch.delete),
)  # fmt: skip


class Surface:
    """NGSI-LD over HTTP, as an ASGI app."""

    def __init__(self, platform: Platform) -> None:
        """Serve a platform."""
        self._platform = platform
        kept, measured = Kept(platform), Measured(platform)
        contexts = Contexts(platform.node.log.path.parent)
        self._house = House(kept, measured, Finder(kept, measured), contexts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; errors as ProblemDetails, faults as the caller of this handles them."""
        try:
            response = await self._answer(scope, receive)
        except (Refusal, Problem, HaiheError) as error:
            refusal = error if isinstance(error, Refusal) else of_problem(error)
            response = refused(refusal)
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        operation, names = operation_of(scope)
        access = self._platform.access
        caller = access.caller(scope)
        check_role(caller, operation.roles)
        if caller.areas and operation.roles is SENDERS:
            raise forbidden(
                f"{caller.name} has some areas only; an entity of any id could be written here.",
                what_to_do="Send records to /api/v1/streams; there each is looked at.",
            )
        if scope["method"] in ("POST", "PUT", "PATCH") and not header(scope, b"content-length"):
            raise of_status(411, "Length required", detail="")
        if header(scope, b"ngsild-tenant"):
            raise Refusal(Kind.NO_TENANT, "there is one tenant here, which has no name.")
        asked = Asked(self._platform, caller, scope, receive, names, Nothing(), None)
        call = Call(
            house=self._house,
            asked=asked,
            names=names,
            query=query_of_scope(scope, operation.query),
            media=media_of(scope, is_place=operation.is_place) if _answers(operation) else JSON,
            linked=linked_context(scope),
        )
        return await operation.handler(call)


def operation_of(scope: Scope) -> tuple[Operation, Mapping[str, str]]:
    """The operation of a request, and what stands in its path.

    Raises Refusal if there is none.
    """
    words = _words(scope)
    methods = []
    for operation in OPERATIONS:
        names = _match(operation.pattern, words)
        if names is None:
            continue
        if operation.method == ("GET" if scope["method"] == "HEAD" else scope["method"]):
            return operation, names
        methods.append(operation.method)
    if words[0] == "entities" and ("" in words or (len(words) == 1 and methods)):
        raise bad_data("the path must name an entity.")
    if methods:
        refusal = of_status(
            405, "Method not allowed", detail=f"{scope['method']} does nothing here."
        )
        refusal.headers = {"allow": ", ".join(sorted(methods))}
        raise refusal
    if words and words[0] in _ELSEWHERE:
        raise not_supported(f"{words[0]} is not supported; docs/ngsi-ld.md says what is.")
    raise not_found(f"there is nothing at {scope['path'][:200]}.")


def _words(scope: Scope) -> list[str]:
    """The words of a path below the base; an id may hold slashes that are written %2F."""
    raw = scope.get("raw_path") or scope["path"].encode()
    path = raw.partition(b"?")[0].decode("latin-1").removeprefix(BASE + "/").removesuffix("/")
    return [unquote(word) for word in path.split("/")]


def _match(pattern: tuple[str, ...], words: list[str]) -> Mapping[str, str] | None:
    if len(pattern) != len(words):
        return None
    names = {}
    for expected, word in zip(pattern, words, strict=True):
        if expected.startswith("{"):
            if not word:
                return None
            names[expected.strip("{}")] = word
        elif expected != word:
            return None
    return names


def _answers(operation: Operation) -> bool:
    """Whether what it answers is written as the caller accepts it."""
    return operation.roles is READERS_AND_OWNERS
