"""A caller of the NGSI-LD side of a world."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec

from tests.serve.world import World

BASE: Final = "/ngsi-ld/v1"
ERRORS: Final = "https://uri.etsi.org/ngsi-ld/errors/"
JSON: Final = "application/json"
JSON_LD: Final = "application/ld+json"
CITY: Final = "https://city.example/terms.jsonld"
TERMS: Final = {
    "city": "https://city.example/terms#",
    "Room": "city:Room",
    "heat": "city:heat",
    "isIn": {"@id": "city:isIn", "@type": "@id"},
}


def room(number: int = 1, **attributes: Any) -> dict[str, Any]:
    """A room."""
    return {"id": f"urn:ngsi-ld:Room:{number}", "type": "Room", **attributes}


def number(value: float, **more: Any) -> dict[str, Any]:
    """A Property."""
    return {"type": "Property", "value": value, **more}


def place(lon: float, lat: float) -> dict[str, Any]:
    """A GeoProperty at a point."""
    return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, lat]}}


def link(url: str = CITY) -> dict[str, str]:
    """A Link header with a context."""
    return {
        "link": f'<{url}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    }


def preload(folder: Path, url: str = CITY, terms: Any = TERMS) -> None:
    """Put a context where the server knows it by its URL."""
    path = folder / "contexts" / url.partition("://")[2]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode({"@context": terms}))


class Broker:
    """Requests that must do, and what comes of them."""

    def __init__(self, world: World) -> None:
        self.world = world

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        kind: str = JSON,
        headers: Mapping[str, str] | None = None,
        **query: Any,
    ) -> httpx.Response:
        """The answer to a request."""
        content = None if body is None else msgspec.json.encode(body)
        heads = {**({"content-type": kind} if body is not None else {}), **(headers or {})}
        return self.world.client.request(
            method, BASE + path, content=content, headers=heads, params=query
        )

    def done(self, method: str, path: str, *, status: int, **more: Any) -> Any:
        """The JSON of an answer with the status it must have; None where it has no body."""
        answer = self.ask(method, path, **more)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def refused(self, method: str, path: str, *, status: int, **more: Any) -> str:
        """The error type of an answer that must be a refusal, without what all have in common."""
        said = self.done(method, path, status=status, **more)
        assert {"type", "title", "status", "detail"} <= set(said)
        return str(said["type"]).removeprefix(ERRORS)

    def create(self, entity: Any, **more: Any) -> None:
        self.done("POST", "/entities", body=entity, status=201, **more)

    def get(self, entity: str, **more: Any) -> Any:
        return self.done("GET", f"/entities/{entity}", status=200, **more)

    def find(self, **query: Any) -> list[Any]:
        found: list[Any] = self.done("GET", "/entities", status=200, **query)
        return found

    def ids(self, **query: Any) -> list[str]:
        """The ends of the ids of what a query finds."""
        return [one["id"].rpartition(":")[2] for one in self.find(**query)]
