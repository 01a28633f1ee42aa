"""Answers of the writer's thread, awaited: all that come at once wake the event loop once."""

import asyncio
from collections import deque
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

R = TypeVar("R")


class Answers:
    """The way from the writer's thread back into the event loop."""

    def __init__(self) -> None:
        """Wait for nothing yet."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._given: deque[tuple[asyncio.Future[Any], Future[Any]]] = deque()
        self._is_called = False

    def of(self, future: "Future[R]") -> "asyncio.Future[R]":
        """The future's result or error, to be awaited in the running loop."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._given, self._is_called = loop, deque(), False
        waiting: asyncio.Future[R] = loop.create_future()
        future.add_done_callback(partial(self._give, waiting))
        return waiting

    def _give(self, waiting: "asyncio.Future[Any]", future: "Future[Any]") -> None:
        """In the writer's thread: note the answer; call the loop unless it is called already."""
        self._given.append((waiting, future))
        if self._is_called or self._loop is None:
            return
        self._is_called = True
        try:
            self._loop.call_soon_threadsafe(self._hand_on)
        except RuntimeError:
            self._is_called = False  # The loop has ended, and with it all who waited.

    def _hand_on(self) -> None:
        """In the loop: give everybody their answer."""
        self._is_called = False  # First, so that what comes from here on calls again.
        while self._given:
            waiting, future = self._given.popleft()
            if waiting.done():  # Who asked has gone.
                continue
            error = future.exception()
            if error is not None:
                waiting.set_exception(error)
            else:
                waiting.set_result(future.result())
