"""Routes: each declared once, with its role and types; and how a request becomes an answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar
from urllib.parse import parse_qsl

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from haihe.serve.access import NOBODY, Caller, Roles, check_role
from haihe.serve.kinds import PATH_KINDS, Nothing
from haihe.serve.platform import Platform
from haihe.serve.problem import Problem, malformed
from haihe.serve.shown import to_json

SMALL_BODY: Final = 1 << 20  # Ours: bytes; what is not records is small.
PARAMETERS_MAX: Final = 32  # Ours: no route has as many.
JSON: Final = "application/json"
HEADERS: Final = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}

Q = TypeVar("Q")
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Asked(Generic[Q, B]):
    """One request, read and checked.

    caller: who asks; they have one of the route's roles.
    path: what stood in the braces of the route's path.
    query, body: of the types the route declares.
    """

    platform: Platform
    caller: Caller
    scope: Scope
    receive: Receive
    path: Mapping[str, str]
    query: Q
    body: B


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is not a plain 200.

    value: becomes JSON.
    """

    value: object
    status: int = 200


@dataclass(frozen=True, slots=True)
class Operation:
    """One route.

    path: below ``/api/v1``, parameters in braces as ``PATH_KINDS`` names them.
    roles: who may; empty for everybody, with or without a token.
    summary: what it gives, for the document.
    handler: gives a value (JSON, 200), a Reply or a Response.
    query, body, answer: types; body None where the handler reads it itself or there is none.
    media: what it answers with.
    takes: media types of a body that the handler reads itself, each with its schema.
    heads: headers it reads, as parameters of the document.
    good: statuses of a good answer; () for what the method has by itself.
    refuses: type of an answer of 422 that is no error but says as much.
    """

    method: str
    path: str
    roles: Roles
    summary: str
    handler: Callable[[Asked[Any, Any]], Awaitable[object]]
    query: type[msgspec.Struct] = Nothing
    body: type[msgspec.Struct] | None = None
    answer: object = Nothing
    media: str = JSON
    takes: Mapping[str, object] = field(default_factory=dict)
    heads: tuple[Mapping[str, object], ...] = ()
    good: tuple[int, ...] = ()
    refuses: object = None

    @property
    def statuses(self) -> tuple[int, ...]:
        """Of a good answer."""
        return self.good or ((204,) if self.method == "DELETE" else (200,))


class Endpoint:
    """All operations of one path, as an ASGI app."""

    def __init__(self, platform: Platform, operations: Mapping[str, Operation]) -> None:
        """Serve these, by method."""
        self._platform = platform
        self._operations = {"HEAD": operations["GET"], **operations} if (
            "GET" in operations
        ) else dict(operations)  # fmt: skip

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request.

        Raises Problem or HaiheError where the answer is an error.
        """
        operation = self._operations.get(scope["method"])
        access = self._platform.access
        if operation is None:
            allowed = ", ".join(sorted(self._operations))
            raise Problem(
                405,
                "wrong-method",
                message=f"{scope['method']} does nothing here; {allowed} would.",
                headers={"allow": allowed},
            )
        if operation.roles:
            caller = access.caller(scope)
            check_role(caller, operation.roles)
        else:
            access.check_site(scope, dict(scope["headers"]))
            caller = NOBODY
        asked = await self._asked(operation, scope, receive=receive, caller=caller)
        answer = await operation.handler(asked)
        await response_of(answer)(scope, receive, send)

    async def _asked(
        self, operation: Operation, scope: Scope, *, receive: Receive, caller: Caller
    ) -> Asked[Any, Any]:
        path: dict[str, str] = dict(scope.get("path_params", {}))
        for name, value in path.items():
            convert(value, PATH_KINDS[name], what=name)
        query = query_of(scope, operation.query)
        body = None
        if operation.body is not None:
            body = await self._body(operation.body, scope, receive=receive)
        return Asked(self._platform, caller, scope, receive, path, query, body)

    async def _body(
        self, kind: type[msgspec.Struct], scope: Scope, *, receive: Receive
    ) -> msgspec.Struct:
        """The body as a value of a type.

        Raises Problem if it is not one.
        """
        bodies = self._platform.bodies
        data = await bodies.read(scope, receive)
        bodies.let_go(len(data))
        if len(data) > SMALL_BODY:
            raise malformed(f"the body has {len(data)} bytes; {SMALL_BODY} are enough.", status=413)
        try:
            return msgspec.json.decode(data, type=kind)
        except msgspec.ValidationError as error:
            raise malformed(f"the body does not fit: {error}.", status=422) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise malformed(f"the body is not JSON: {error}.") from error


def query_of(scope: Scope, kind: type[msgspec.Struct]) -> msgspec.Struct:
    """The query as a value of a type.

    Raises Problem naming the parameter that does not fit.
    """
    if not scope["query_string"]:
        found: dict[str, str] = {}
    else:
        try:
            pairs = parse_qsl(
                scope["query_string"].decode("latin-1"),
                keep_blank_values=True,
                max_num_fields=PARAMETERS_MAX,
            )
        except ValueError as error:
            raise malformed(f"the query cannot be read: {error}.") from error
        found = dict(pairs)
    converted: msgspec.Struct = convert(found, kind, what="the query")
    return converted


def convert(value: object, kind: Any, *, what: str) -> Any:
    """A text of the address (or a mapping of texts) as a value of a type.

    what: what it is called in an error.
    Raises Problem.
    """
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise malformed(f"{what} does not fit: {error}.") from error


def response_of(answer: object) -> Response:
    """What a handler gave, as a response."""
    if isinstance(answer, Response):
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        return answer
    reply = answer if isinstance(answer, Reply) else Reply(answer)
    return Response(to_json(reply.value), reply.status, HEADERS, media_type=JSON)


def problem_response(problem: Problem) -> Response:
    """An error as a response."""
    headers = {**HEADERS, **problem.headers}
    return Response(problem.body, problem.status, headers, media_type=JSON)
