"""``GET /events``: what happened since, then what happens, as server-sent events."""

import asyncio
import contextlib
from typing import Final

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from haihe.serve.access import READERS_AND_OWNERS, check_role
from haihe.serve.calling import HEADERS, Asked
from haihe.serve.kinds import Offset
from haihe.serve.owning import note_read
from haihe.serve.problem import Problem
from haihe.serve.push import (
    HEARTBEAT,
    HEARTBEAT_S,
    SEND_WAIT_S,
    Frame,
    Listener,
    read_frame,
)
from haihe.serve.reach import lines_seen
from haihe.serve.sight import owner_of, owners_of, sight_of

MEDIA: Final = "text/event-stream"
RETRY: Final = b"retry: 1000\n"  # Milliseconds after which a screen comes back.


class EventsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where to begin.

    after: the offset of the last event known; a Last-Event-ID header counts for more. Null for
        from now on.
    """

    after: Offset | None = None


async def listen(asked: Asked[EventsQuery, None]) -> Response:
    """Steps as they are kept, after those since the last event known."""
    last = dict(asked.scope["headers"]).get(b"last-event-id", b"")
    after = int(last) if last.isdigit() and len(last) < 19 else asked.query.after
    return EventStream(asked, after)


class EventStream(Response):
    """A response that goes on until the listener goes, or falls behind."""

    def __init__(self, asked: Asked[EventsQuery, None], after: int | None) -> None:
        """Send what the caller may see, for as long as they may.

        after: the offset of the last event they have; None for from now on.
        """
        super().__init__(None, 200, {**HEADERS, "x-accel-buffering": "no"}, media_type=MEDIA)
        del self.headers["content-length"]
        self._asked = asked
        self._node = asked.platform.node
        self._hub = asked.platform.hub
        self._after = after
        self._noted: set[str] = set()

    async def __call__(
        self,
        scope: Scope,  # noqa: ARG002  # The shape of ASGI.
        receive: Receive,
        send: Send,
    ) -> None:
        """Send events until somebody has had enough."""
        listener, position = self._hub.join(self._asked.caller)
        gone = asyncio.ensure_future(_hung_up(receive))
        gone.add_done_callback(lambda _: listener.let_go())
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            if self._after is None or self._after >= position:
                self._after = position - 1
            await self._put(send, RETRY + b"id: %d\n\n" % self._after)
            from_offset = await self._catch_up(send, until=position)
            while not listener.is_over:
                from_offset = await self._next(send, listener, from_offset=from_offset)
            await send({"type": "http.response.body", "body": b""})
        except Problem:
            await send({"type": "http.response.body", "body": b""})  # Signed out, or other rights.
        except TimeoutError:
            pass  # It took nothing for SEND_WAIT_S: whoever is there comes back by itself.
        finally:
            self._hub.leave(listener)
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await gone

    async def _catch_up(self, send: Send, *, until: int) -> int:
        """Send what happened after the last event they have; the offset it goes on from."""
        assert self._after is not None  # Set before the first event.
        from_offset = self._after + 1
        while from_offset < until:
            frame = await asyncio.to_thread(read_frame, self._node, from_offset)
            if frame is None:
                break
            await self._show(send, frame, from_offset=from_offset)
            from_offset = frame.end_offset
        return from_offset

    async def _next(self, send: Send, listener: Listener, *, from_offset: int) -> int:
        """Send the next frame, or a sign of life; the offset it goes on from."""
        try:
            async with asyncio.timeout(HEARTBEAT_S):
                frame = await listener.frames.get()
        except TimeoutError:
            self._asked.platform.access.caller(self._asked.scope)
            await self._put(send, HEARTBEAT)
            return from_offset
        if frame is None or frame.end_offset <= from_offset:
            return from_offset
        await self._show(send, frame, from_offset=from_offset)
        return frame.end_offset

    async def _show(self, send: Send, frame: Frame, *, from_offset: int) -> None:
        """Send what they see of a frame, after their first look at an enterprise was noted.

        Raises Problem if they may not any more.
        """
        caller = self._asked.platform.access.caller(self._asked.scope)
        check_role(caller, READERS_AND_OWNERS)
        sight, sees = sight_of(self._node, caller), lines_seen(self._node, caller)
        seen = frame.seen_by(caller, sight, from_offset=from_offset, sees=sees)
        if not frame.owners <= self._noted:
            entities = {entity for about in seen.entities for entity in about}
            owners = {*owners_of(self._node, entities)} - self._noted
            self._noted |= owners
            held = [entity for entity in entities if owner_of(self._node, entity) in owners]
            if held:
                await note_read(self._asked, subject="events", entities=held)
        await self._put(send, seen.events)

    async def _put(self, send: Send, data: bytes) -> None:
        if data:
            async with asyncio.timeout(SEND_WAIT_S):
                await send({"type": "http.response.body", "body": data, "more_body": True})


async def _hung_up(receive: Receive) -> None:
    """Ends when the listener hangs up."""
    while (await receive())["type"] != "http.disconnect":
        pass
