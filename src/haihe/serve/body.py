"""Bodies of requests: read with a limit on their size, on all of them together, and on patience."""

import asyncio
from typing import Final

from starlette.types import Receive, Scope

from haihe.serve.problem import Problem

BYTES_A_SECOND: Final = 1_000  # Ours: slower than any line in use; a sender below it is stuck.


class CallerGone(Exception):  # Nobody is left to hear of an error.
    """The caller hung up."""


class Bodies:
    """All bodies under way; what they hold together has a limit."""

    def __init__(self, *, limit: int, limit_all: int, wait_s: float) -> None:
        """Hold none yet.

        limit: bytes of one body; limit_all: of all together.
        wait_s: how long a sender may be silent.
        """
        self._limit = limit
        self._limit_all = limit_all
        self._wait_s = wait_s
        self._held = 0

    @property
    def held(self) -> int:
        """Bytes of all bodies that were read and not let go of."""
        return self._held

    async def read(self, scope: Scope, receive: Receive, *, limit: int | None = None) -> bytes:
        """The body. Whoever reads it must ``let_go`` of its length when done with it.

        limit: bytes, where less is taken than elsewhere.
        Raises Problem if it is too large (before it is read, where it says so), if all together
        are, or if the sender stops halfway; CallerGone if it hung up.
        """
        most = min(self._limit, limit) if limit is not None else self._limit
        _check_declared(scope, most)
        chunks: list[bytes] = []
        size = 0
        loop = asyncio.get_running_loop()
        began = loop.time()
        is_whole = False
        try:
            async with asyncio.timeout(self._wait_s) as patience:
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise CallerGone
                    chunk: bytes = message.get("body", b"")
                    size += len(chunk)
                    self._hold(len(chunk), size=size, most=most)
                    chunks.append(chunk)
                    if not message.get("more_body", False):
                        break
                    spared = began + 2 * self._wait_s + size / BYTES_A_SECOND
                    patience.reschedule(min(loop.time() + self._wait_s, spared))
            is_whole = True
        except TimeoutError:
            raise Problem(
                408,
                "too-slow",
                message=f"{size} bytes came, and then nothing for {self._wait_s:g} s.",
                what_to_do="Send the whole request again; nothing of it was taken.",
                headers={"connection": "close"},
            ) from None
        finally:
            if not is_whole:
                self._held -= size
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def let_go(self, size: int) -> None:
        """A body of that size is no longer held."""
        self._held -= size

    def _hold(self, more: int, *, size: int, most: int) -> None:
        self._held += more
        if size > most:
            raise _too_large(f"more than {most} bytes", most)
        if self._held > self._limit_all:
            raise Problem(
                429,
                "overloaded",
                message=f"bodies under way hold {self._held} bytes; {self._limit_all} are allowed.",
                headers={"retry-after": "1", "connection": "close"},
            )


def _check_declared(scope: Scope, most: int) -> None:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > most:
            raise _too_large(f"{int(value)} bytes", most)


def _too_large(found: str, most: int) -> Problem:
    return Problem(
        413,
        "too-large",
        message=f"the body has {found}; at most {most} are taken at once.",
        what_to_do="Send it in parts; each is acknowledged on its own.",
        headers={"connection": "close"},
    )
