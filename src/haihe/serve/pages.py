"""The first page: a few files, sent as they are, with nothing from elsewhere allowed in them."""

from importlib.resources import files
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from haihe.serve.access import Access
from haihe.serve.problem import Problem

_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
}
NAMES: Final = {
    "/": "index.html",
    "/page.js": "page.js",
    "/words.js": "words.js",
    "/case.js": "case.js",
    "/page.css": "page.css",
    "/icon.svg": "icon.svg",
}
_HEADERS: Final = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-cache",
}


class Page:
    """One file of the page, as an ASGI app. It shows nothing by itself, so it asks for no token."""

    def __init__(self, name: str, access: Access) -> None:
        """Read the file once."""
        self._body = (files("haihe.serve") / "page" / name).read_bytes()
        self._type = _TYPES[name.rpartition(".")[2]]
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it.

        Raises Problem for any method but GET and HEAD.
        """
        self._access.check_site(scope, dict(scope["headers"]))
        if scope["method"] not in ("GET", "HEAD"):
            raise Problem(
                405,
                "wrong-method",
                message=f"{scope['method']} does nothing here; GET would.",
                headers={"allow": "GET, HEAD"},
            )
        response = Response(self._body, 200, _HEADERS, media_type=self._type)
        await response(scope, receive, send)
