"""The console's files, built from ``console/``, with nothing from elsewhere allowed in them."""

from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from haihe.serve.access import Access
from haihe.serve.problem import Problem, unknown

TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "png": "image/png",
    "svg": "image/svg+xml",
    "webmanifest": "application/manifest+json",
    "woff2": "font/woff2",
}
FIRST: Final = "index.html"
ASSETS: Final = "assets/"  # Their names hold a hash of what they are.
FOREVER: Final = "public, max-age=31536000, immutable"
BROTLI: Final = ".br"
NOT_BUILT: Final = (
    "<!doctype html><meta charset=utf-8><title>Haihe</title><p>控制台尚未构建 / The console is not "
    "built. <code>pip install --editable .</code> builds it; the API is at /api/v1."
)
# Map tiles and images may be made by the page itself (blob:, data:); scripts never.
_HEADERS: Final = {
    "content-security-policy": "default-src 'self'; img-src 'self' data: blob:; "
    "worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "geolocation=(self), microphone=(), payment=(), usb=()",
    "vary": "accept-encoding",
}
_ENCRYPTED: Final = {"strict-transport-security": "max-age=31536000"}  # RFC 6797; Ours: a year.


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent.

    body: as it is; packed: in Brotli, None where that was not made.
    """

    media_type: str
    body: bytes
    packed: bytes | None
    cached: str


NO_FILE: Final = File(TYPES["html"], NOT_BUILT.encode(), None, "no-store")


class Pages:
    """The console, as an ASGI app. It shows nothing by itself, so it asks for no token.

    A path without a file is one of the console's own pages: the first file answers it.
    """

    def __init__(self, access: Access) -> None:
        """Read all files once; some 2 MB."""
        self._access = access
        self._files = _read(files("haihe.serve") / "console")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a file.

        Raises Problem for any method but GET and HEAD, and for a file that is not there.
        """
        headers = dict(scope["headers"])
        self._access.check_site(scope, headers)
        if scope["method"] not in ("GET", "HEAD"):
            raise Problem(
                405,
                "wrong-method",
                message=f"{scope['method']} does nothing here; GET would.",
                headers={"allow": "GET, HEAD"},
            )
        file = self._file(scope["path"].lstrip("/"))
        sent = {**_HEADERS, "cache-control": file.cached}
        if self._access.is_https(scope):
            sent |= _ENCRYPTED
        body = file.body
        if file.packed is not None and b"br" in headers.get(b"accept-encoding", b""):
            sent["content-encoding"] = "br"
            body = file.packed
        await Response(body, 200, sent, media_type=file.media_type)(scope, receive, send)

    def _file(self, path: str) -> File:
        """What answers a path.

        Raises Problem if it is the path of a file that is not there.
        """
        found = self._files.get(path)
        if found is None and "." in path.rpartition("/")[2]:
            raise unknown(f"there is no file {path[:200]}.", what_to_do="Load the page again.")
        found = found or self._files.get(f"{path}.html")  # The field page stands by itself.
        return found or self._files.get(FIRST) or NO_FILE


def _read(folder: Traversable, prefix: str = "") -> dict[str, File]:
    """Every file below a folder whose type is known, by its path."""
    found: dict[str, File] = {}
    if not folder.is_dir():
        return found
    bodies = {file.name: file for file in folder.iterdir()}
    for name, file in bodies.items():
        if file.is_dir():
            found.update(_read(file, f"{prefix}{name}/"))
            continue
        media_type = TYPES.get(name.rpartition(".")[2])
        if media_type is None:
            continue
        packed = bodies.get(name + BROTLI)
        found[prefix + name] = File(
            media_type=media_type,
            body=file.read_bytes(),
            packed=packed.read_bytes() if packed is not None else None,
            cached=FOREVER if prefix == ASSETS else "no-cache",
        )
    return found
