"""The ASGI app: what comes in over HTTP, routed, answered, and every error in one shape."""

import asyncio
import logging
from functools import cache
from typing import Final

from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Message, Receive, Scope, Send

from haihe.errors import HaiheError
from haihe.model.text import Text
from haihe.run.node import Node
from haihe.serve.access import EVERYONE
from haihe.serve.body import CallerGone
from haihe.serve.calling import JSON, Asked, Endpoint, Operation, problem_response
from haihe.serve.drill.forward import API as IN_DRILL
from haihe.serve.drill.forward import HOME, OWN, Forward
from haihe.serve.ingest import Ingest, send_receipt
from haihe.serve.kinds import Nothing
from haihe.serve.ngsi.call import BASE as NGSI_LD
from haihe.serve.ngsi.surface import Surface
from haihe.serve.openapi import BASE, document
from haihe.serve.pages import Pages
from haihe.serve.platform import Platform, platform_of
from haihe.serve.problem import Problem, internal, problem_of, unknown
from haihe.serve.routes import ROUTES
from haihe.serve.settings import Settings

STREAMS: Final = f"{BASE}/streams/"
API: Final = ("/api/", "/health/", "/ngsi-ld/")  # At and below these nothing is a page.

_log = logging.getLogger(__name__)


class BrokenOff(Exception):  # The connection is closed; the caller sees it so.
    """An answer that could not be sent to its end."""


class App:
    """Haihe over HTTP."""

    def __init__(self, platform: Platform) -> None:
        """Serve a platform."""
        self.platform = platform
        self._ingest = Ingest(platform)
        self._ngsi_ld = Surface(platform)
        self._pages = Pages(platform.access)
        self._drilling = Forward(platform)
        self._router = Router(_routes(platform), redirect_slashes=False, default=self._default)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; ``lifespan`` begins and ends the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            raise ValueError(f"a {scope['type']} connection is not served; only http is.")
        try:
            path: str = scope["path"]
            if scope["method"] == "POST" and path.startswith(STREAMS):
                name = path[len(STREAMS) :]
                if "/" not in name:  # The hot path: records for a stream.
                    status, body = await self._ingest.answer(scope, receive, name=name)
                    await send_receipt(send, status, body=body)
                    return
            if path.startswith(NGSI_LD + "/"):
                await self._ngsi_ld(scope, receive, send)
                return
            if path.startswith(IN_DRILL) and not path.startswith(OWN):
                await self._drilling(scope, receive, send)
                return
            if path.startswith(OWN):  # The same page, whether it is seen from within or not.
                scope = {**scope, "path": path[len(HOME) :], "raw_path": b""}
            await self._rest(scope, receive, send)
        except CallerGone:
            return  # Nobody is left to hear of it.
        except (Problem, HaiheError) as error:
            problem = error if isinstance(error, Problem) else problem_of(error)
            await problem_response(problem)(scope, receive, send)
        except BrokenOff:
            raise  # It was told already, and no answer can follow what was sent.
        except Exception:
            _log.exception("%s %s failed", scope["method"], scope["path"])
            await problem_response(internal())(scope, receive, send)
            raise

    def stop_pushing(self) -> None:
        """Let every listener go, so that the server can stop; they come back by themselves."""
        self.platform.hub.close()

    async def _rest(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Everything but the hot path.

        Raises BrokenOff if an error comes when part of the answer is sent.
        """
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._router(scope, receive, sending)
        except Exception as error:
            if started:
                _log.exception("%s %s broke off", scope["method"], scope["path"])
                raise BrokenOff(scope["path"]) from error
            raise

    async def _default(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What is no route: one of the console's own pages or files.

        Raises Problem below the API, where there is no such thing.
        """
        if f"{scope['path']}/".startswith(API):
            raise unknown(
                f"there is nothing at {scope['path'][:200]}.",
                what_to_do=f"{BASE}/openapi.json lists everything there is.",
            )
        await self._pages(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        keeping: asyncio.Task[None] | None = None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                keeping = asyncio.create_task(self.platform.witness.keep())
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                self.stop_pushing()
                if keeping is not None:
                    keeping.cancel()
                await self.platform.checks.end()
                await self.platform.backtests.end()
                self.platform.asked_days.end()
                await self.platform.schemes.pasts.end()
                await asyncio.to_thread(self.platform.access.close)
                await send({"type": "lifespan.shutdown.complete"})
                return


def make_app(node: Node, settings: Settings) -> App:
    """The ASGI app of a running node."""
    return App(platform_of(node, settings))


def _routes(platform: Platform) -> list[Route]:
    """The table's routes, all methods of a path together, then the document."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in (*ROUTES, _document_of(platform)):
        by_path.setdefault(BASE + operation.path, {})[operation.method] = operation
    by_path["/health/live"] = by_path[f"{BASE}/health/live"]
    # A path with a rest of any shape comes after the ones it would swallow.
    paths = sorted(by_path, key=lambda path: path.endswith(":path}"))
    return [Route(path, Endpoint(platform, by_path[path])) for path in paths]


def _document_of(platform: Platform) -> Operation:
    async def show(_: Asked[Nothing, None]) -> Response:
        made = await asyncio.to_thread(_document, platform.settings.title)
        return Response(made, media_type=JSON)

    return Operation("GET", "/openapi.json", EVERYONE, "This document", show)


@cache
def _document(title: Text) -> bytes:
    """The document, made when it is first asked for: most servers never are."""
    return document(ROUTES, title)
