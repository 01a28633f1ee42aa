"""One request at ``/ngsi-ld/v1``: its names, its body, and what its answer must be written in.

Source: ETSI GS CIM 009, 6.3.2 to 6.3.7, 6.3.11.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl, quote

import msgspec
from starlette.responses import Response
from starlette.types import Scope

from haihe.serve.calling import HEADERS, PARAMETERS_MAX, Asked
from haihe.serve.kinds import Nothing
from haihe.serve.ngsi.contexts import CORE, Context, Contexts, Json
from haihe.serve.ngsi.finding import Finder
from haihe.serve.ngsi.kept import Kept
from haihe.serve.ngsi.measured import Measured
from haihe.serve.ngsi.refusal import Refusal, bad_data, invalid, of_status

BASE: Final = "/ngsi-ld/v1"
JSON: Final = "application/json"
JSON_LD: Final = "application/ld+json"
GEO_JSON: Final = "application/geo+json"
MERGE_PATCH: Final = "application/merge-patch+json"
NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
INLINE_BYTES: Final = 64 << 10  # Measured: reading more as JSON keeps others waiting for 1 ms.
HEADER_MAX: Final = 4_000  # Ours: characters of a Link or Accept header.
_LINK: Final = re.compile(r'<([^<>]*)>((?:\s*;\s*\w+\s*=\s*(?:"[^"]*"|[^;,\s]*))*)')
_CONTEXT_REL: Final = "http://www.w3.org/ns/json-ld#context"
_ACCEPTED: Final = {
    "application/json": JSON,
    "application/ld+json": JSON_LD,
    "application/geo+json": GEO_JSON,
    "application/*": JSON,
    "*/*": JSON,
}


@dataclass(frozen=True, slots=True)
class House:
    """What every operation works with."""

    kept: Kept
    measured: Measured
    finder: Finder
    contexts: Contexts


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    asked: as the house knows it: platform, caller, scope.
    names: what stood in the path, by the pattern's words.
    query: the parameters.
    media: what the answer is written in.
    linked: the URL of the context in a Link header; "" for none.
    """

    house: House
    asked: Asked[Nothing, None]
    names: Mapping[str, str]
    query: Mapping[str, str]
    media: str
    linked: str

    @property
    def by(self) -> str:
        """Who calls."""
        return self.asked.caller.name

    @property
    def options(self) -> frozenset[str]:
        """The words of the parameter ``options``."""
        return frozenset(self.query.get("options", "").split(",")) - {""}

    def context(self) -> Context:
        """The names of a request without a body.

        Raises Refusal if its context is not known.
        """
        return self.house.contexts.of(self.linked) if self.linked else CORE

    async def body(self) -> bytes:
        """What was sent, as bytes.

        Raises Refusal if it has a content type that is not taken; Problem if it cannot be read.
        """
        self.check_content()
        bodies = self.asked.platform.bodies
        data = await bodies.read(self.asked.scope, self.asked.receive)
        bodies.let_go(len(data))
        return data

    async def json(self) -> Json:
        """The body as JSON.

        Raises Refusal if it is not JSON, or is empty.
        """
        return await read_json(await self.body())

    def check_content(self) -> None:
        """Refuse a body that is not of the standard's content types.

        Raises Refusal.
        """
        kind = content_type(self.asked.scope)
        is_patch = self.asked.scope["method"] == "PATCH"
        if kind not in (JSON, JSON_LD) and not (is_patch and kind == MERGE_PATCH):
            raise of_status(
                415,
                "Unsupported media type",
                detail=f"a body of '{kind[:100]}' is not taken; {JSON} and {JSON_LD} are.",
            )

    def context_of(self, sent: Json) -> Context:
        """The names of a body, by the rules of its content type.

        sent: an object of the body.
        Raises Refusal if its context stands in the wrong place or is not known.
        """
        inside = isinstance(sent, dict) and "@context" in sent
        if content_type(self.asked.scope) == JSON_LD:
            self.check_link()
            if not inside:
                raise bad_data(f"a body of {JSON_LD} must have a member @context.")
            return self.house.contexts.of(sent["@context"])
        if inside:
            raise bad_data(f"only a body of {JSON_LD} may have a member @context; use Link.")
        return self.context()

    def check_link(self) -> None:
        """Refuse a Link header beside a body that brings its @context.

        Raises Refusal.
        """
        if self.linked and content_type(self.asked.scope) == JSON_LD:
            raise bad_data(f"a body of {JSON_LD} brings its @context; Link must not be there.")

    def answer(
        self, value: Json, context: Context, *, headers: Mapping[str, str] = NO_HEADERS
    ) -> Response:
        """A 200 in the media type asked for, with its context where that wants it."""
        more = {**HEADERS, **headers}
        if self.media == JSON_LD:
            value = with_context(value, context)
        elif self.media == JSON or isinstance(value, list):
            link = f'<{context.link}>; rel="{_CONTEXT_REL}"; type="{JSON_LD}"'
            more["link"] = f"{headers['link']}, {link}" if "link" in headers else link
        return Response(msgspec.json.encode(value), 200, more, media_type=self.media)


async def read_json(data: bytes) -> Json:
    """Bytes as JSON; off the event loop where they are many.

    Raises Refusal if they are not JSON.
    """
    try:
        if len(data) <= INLINE_BYTES:
            return msgspec.json.decode(data)
        return await asyncio.to_thread(msgspec.json.decode, data)
    except (ValueError, RecursionError) as error:
        raise invalid(f"the body is not JSON: {error}.") from error


def with_context(value: Json, context: Context) -> Json:
    """An answer with its @context inside, each entity with its own."""
    said = context.said
    if isinstance(value, list):
        return [{"@context": said, **one} if isinstance(one, dict) else one for one in value]
    return {"@context": said, **value} if isinstance(value, dict) else value


def done(status: int = 204, *, location: str = "", value: Json = None) -> Response:
    """An answer to a change."""
    headers = dict(HEADERS)
    if location:
        headers["location"] = f"{BASE}/entities/{quote(location, safe=':@!$&*+,;=~')}"
    if value is None:
        return Response(b"", status, headers)
    return Response(msgspec.json.encode(value), status, headers, media_type=JSON)


def refused(refusal: Refusal) -> Response:
    """An error as an answer."""
    headers = {**HEADERS, **refusal.headers}
    if refusal.said.status == 411:
        return Response(b"", 411, headers)
    data = msgspec.json.encode(refusal.said)
    return Response(data, refusal.said.status, headers, media_type=JSON)


def content_type(scope: Scope) -> str:
    """The media type of a body, without its parameters."""
    return header(scope, b"content-type").partition(";")[0].strip().lower()


def header(scope: Scope, name: bytes) -> str:
    """A request's header; "" if it has none of that name."""
    return b", ".join(value for key, value in scope["headers"] if key == name).decode("latin-1")


def query_of_scope(scope: Scope, allowed: frozenset[str]) -> dict[str, str]:
    """The parameters.

    Raises Refusal if one is not known to the operation.
    """
    try:
        text = scope["query_string"].decode("latin-1")
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=PARAMETERS_MAX)
    except ValueError as error:
        raise invalid(f"the query cannot be read: {error}.") from error
    for name, _ in pairs:
        if name not in allowed:
            known = ", ".join(sorted(allowed)) or "none"
            raise invalid(f"the parameter '{name[:50]}' is not known here; {known} are.")
    return dict(pairs)


def linked_context(scope: Scope) -> str:
    """The URL of the context in a Link header; "" if there is none.

    Raises Refusal if there are two.
    """
    text = header(scope, b"link")[:HEADER_MAX]
    urls = [url for url, rest in _LINK.findall(text) if _CONTEXT_REL in rest]
    if len(urls) > 1:
        raise bad_data("Link names more than one @context.")
    return str(urls[0]) if urls else ""


def media_of(scope: Scope, *, is_place: bool) -> str:
    """What the answer is written in: the best of what the caller accepts.

    is_place: whether the operation can answer GeoJSON.
    Raises Refusal if it accepts nothing that can be given.
    """
    text = header(scope, b"accept")[:HEADER_MAX] or JSON
    ranked: list[tuple[float, int, str]] = []
    for at, part in enumerate(text.split(",")):
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        media = _ACCEPTED.get(kind)
        weight = _weight(parameters)
        if media is not None and weight > 0 and (media != GEO_JSON or is_place):
            ranked.append((-weight, at, media))
    if not ranked:
        known = ", ".join((JSON, JSON_LD, *((GEO_JSON,) if is_place else ())))
        raise of_status(406, "Not acceptable", detail=f"what can be given is {known}.")
    return min(ranked)[2]


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
