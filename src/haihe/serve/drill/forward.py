"""The way into a drill: a signed-in person's call, handed to the drill's own server and back.

Who calls is looked at here, as for any call; the drill's server, which has no door of its own,
takes our word for it. What a drill has no use for, such as accounts or new records, stops here.
"""

import asyncio
import os
import re
from contextlib import suppress
from typing import Final
from urllib.parse import quote

import httptools
from starlette.types import Message, Receive, Scope, Send

from haihe.run.engine import Engine
from haihe.serve.access import READERS_AND_CREW, Caller, check_role
from haihe.serve.calling import SMALL_BODY, Asked
from haihe.serve.drill.contract import SOCKET, Running
from haihe.serve.drill.vouched import HEADER, vouch
from haihe.serve.kinds import Nothing
from haihe.serve.owning import note_read
from haihe.serve.platform import Platform
from haihe.serve.problem import Problem, conflict, forbidden, malformed

HOME: Final = "/drilling"  # Where the console of a drill is, and its API below it.
BASE: Final = "/api/v1"  # Of the drill's own server, as of every other.
API: Final = f"{HOME}{BASE}"
OWN: Final = f"{API}/drill"  # What is about the drill itself, its zone's server answers.
READ_BYTES: Final = 1 << 16  # Ours.
WAIT_S: Final = 60.0  # Ours: an answer takes as long as in the zone; a trial may take some time.
# What is done in a drill; everything else is only looked at.
_DONE: Final = re.compile(r"/(cases|orders|rules)/.+/(actions|backtest)")
_CLOSED: Final = re.compile(r"/(accounts|tokens|sessions|setup|access|session/.+)(/.*)?")
_PASSED: Final = frozenset({b"accept", b"content-type", b"idempotency-key", b"last-event-id"})


class Forward:
    """The way into the drill there is, as an ASGI app."""

    def __init__(self, platform: Platform) -> None:
        """Lead from a zone's server to the drill it holds."""
        self._platform = platform

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a call on, and its answer back.

        Raises Problem for who may not, and what is not done in a drill.
        """
        caller = self._platform.access.caller(scope)
        check_role(caller, READERS_AND_CREW)
        drills = self._platform.settings.services.drills
        running = drills.running if drills is not None else None
        if running is None:
            raise conflict("no drill is on.", what_to_do="Begin one on the page of drills.")
        path = scope["path"][len(API) :]
        if not (_DONE.fullmatch(path) if scope["method"] == "POST" else _may_look(scope, path)):
            raise forbidden(
                f"{scope['method']} {path[:100]} has no place in a drill.",
                what_to_do="Leave the drill; do it in the zone itself.",
            )
        await self._note_entry(running, caller, scope=scope, receive=receive)
        body = await _body_of(receive) if scope["method"] == "POST" else b""
        head = _head_of(scope, path, vouched=vouch(caller, running.secret), length=len(body))
        try:
            reader, writer = await _connected(running)
        except OSError as error:
            raise Problem(
                503, "unavailable", message="the drill is not ready, or has ended.",
                headers={"retry-after": "1"},
            ) from error  # fmt: skip
        try:
            writer.write(head + body)
            await _answer(reader, receive=receive, send=send)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _note_entry(
        self, running: Running, caller: Caller, *, scope: Scope, receive: Receive
    ) -> None:
        """Who enters a drill sees enterprises' data of that time: they hear of it, once each."""
        if caller.name in running.entered:
            return
        running.entered.add(caller.name)
        platform = self._platform

        def owned(engine: Engine) -> list[str]:
            return [entity.id for entity in engine.graph.entities() if entity.owner]

        entities = await platform.answers.of(platform.node.ask(owned))
        asked = Asked(platform, caller, scope, receive, {}, Nothing(), None)
        await note_read(asked, subject="drill", entities=entities)


class _Parsed:
    """An answer as it is parsed: its head, then its body piece by piece."""

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.messages: list[Message] = []
        self.is_over = False
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> list[Message]:
        """The messages that some bytes make."""
        self._parser.feed_data(data)
        messages, self.messages = self.messages, []
        return messages

    def on_header(self, name: bytes, value: bytes) -> None:
        """A line of the head."""
        if name.lower() not in (b"connection", b"transfer-encoding", b"date"):
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """The head is whole."""
        status = self._parser.get_status_code()
        self.messages.append(
            {"type": "http.response.start", "status": status, "headers": self.headers}
        )

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self.messages.append({"type": "http.response.body", "body": body, "more_body": True})

    def on_message_complete(self) -> None:
        """The answer is whole."""
        self.is_over = True


async def _answer(reader: asyncio.StreamReader, *, receive: Receive, send: Send) -> None:
    """Hand an answer back as it comes, until it ends or nobody wants it any more."""
    parsed = _Parsed()
    gone = asyncio.ensure_future(_hung_up(receive))
    started = False
    try:
        while not parsed.is_over:
            reading = asyncio.ensure_future(reader.read(READ_BYTES))
            wait_s = None if started else WAIT_S
            done, _ = await asyncio.wait(
                {reading, gone}, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED
            )
            if reading not in done:
                reading.cancel()
                if gone in done:
                    return
                raise _silent()
            if not (data := reading.result()):
                break
            for message in parsed.feed(data):
                started = True
                await send(message)
    except (OSError, httptools.HttpParserError) as error:
        if not started:
            raise _silent() from error
    finally:
        gone.cancel()
    if not started:
        raise _silent()
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _hung_up(receive: Receive) -> None:
    """Return when the caller has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _connected(running: Running) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A line to the drill's server, however long the path of its socket is."""
    at = os.open(running.folder, os.O_PATH | os.O_DIRECTORY)
    try:
        return await asyncio.open_unix_connection(f"/proc/self/fd/{at}/{SOCKET}")
    finally:
        os.close(at)


async def _body_of(receive: Receive) -> bytes:
    """A small body, whole.

    Raises Problem if it is not small.
    """
    data = b""
    while True:
        message = await receive()
        data += bytes(message.get("body", b""))
        if len(data) > SMALL_BODY:
            raise malformed(f"the body is longer than {SMALL_BODY} bytes.", status=413)
        if not message.get("more_body"):
            return data


def _may_look(scope: Scope, path: str) -> bool:
    return scope["method"] in ("GET", "HEAD") and _CLOSED.fullmatch(path) is None


def _head_of(scope: Scope, path: str, *, vouched: str, length: int) -> bytes:
    """The head of the call as the drill's server gets it."""
    target = quote(f"{BASE}{path}").encode()
    if scope["query_string"]:
        target += b"?" + bytes(scope["query_string"])
    lines = [
        scope["method"].encode() + b" " + target + b" HTTP/1.1",
        b"host: localhost",
        b"connection: close",
        f"{HEADER}: {vouched}".encode(),
        *(name + b": " + value for name, value in scope["headers"] if name in _PASSED),
    ]
    if scope["method"] == "POST":
        lines.append(f"content-length: {length}".encode())
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _silent() -> Problem:
    return Problem(
        503, "unavailable", message="the drill did not answer.", headers={"retry-after": "1"}
    )
