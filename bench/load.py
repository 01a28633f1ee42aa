"""Requests at instants chosen beforehand, whatever the server does: an open arrival.

A request's time runs from the instant it was meant to leave, so waiting behind a slow server (or a
slow generator) counts. Raw sockets with keep-alive; one request at a time on each.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

LINES: Final = 128  # Ours: connections; more than wait at once while the server keeps up.
DRAIN_S: Final = 10.0  # Ours: how long what still waits may take after the last was sent.
END: Final = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What is sent.

    rate: requests a second, at random instants (Poisson) from a seed.
    seconds: for how long; the first fifth warms up and does not count.
    make: number of the request to its bytes.
    """

    rate: float
    seconds: float
    make: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back.

    p50_ms, p99_ms: from the intended instant to the answer.
    rate: answers a second while it was sent.
    answered: requests with an answer that says success.
    failed: requests without an answer, or with one that is no success.
    """

    p50_ms: float
    p99_ms: float
    rate: float
    answered: int
    failed: int


def send(address: tuple[str, int], arrivals: Arrivals) -> Answered:
    """Send all of it and wait for the answers."""
    return asyncio.run(_Generator(address, arrivals).run())


class _Generator:
    """One run."""

    def __init__(self, address: tuple[str, int], arrivals: Arrivals) -> None:
        self.address = address
        self.arrivals = arrivals
        self.idle: deque[_Line] = deque()
        self.waiting: deque[tuple[float, bytes]] = deque()
        self.done: list[tuple[float, float]] = []  # Intended instant, and how long it took; s.
        self.failed = 0

    async def run(self) -> Answered:
        loop = asyncio.get_running_loop()
        lines = [
            (await loop.create_connection(lambda: _Line(self), *self.address))[1]
            for _ in range(LINES)
        ]
        self.idle.extend(lines)
        began = time.perf_counter()
        count = await self._send_all(began)
        until = time.perf_counter() + DRAIN_S
        while len(self.done) + self.failed < count and time.perf_counter() < until:
            await asyncio.sleep(0.01)
        for line in lines:
            line.close()
        warm = began + self.arrivals.seconds / 5
        took_ms = [took * 1e3 for at, took in self.done if at >= warm] or [DRAIN_S * 1e3]
        end = began + self.arrivals.seconds
        in_time = sum(warm <= at + took <= end for at, took in self.done)
        return Answered(
            p50_ms=float(np.percentile(took_ms, 50)),
            p99_ms=float(np.percentile(took_ms, 99)),
            rate=in_time / (end - warm),
            answered=len(self.done),
            failed=count - len(self.done),
        )

    async def _send_all(self, began: float) -> int:
        chance = random.Random(4)
        at, number = began, 0
        while True:
            at += chance.expovariate(self.arrivals.rate)
            if at > began + self.arrivals.seconds:
                return number
            ahead = at - time.perf_counter()
            if ahead > 0:
                await asyncio.sleep(ahead)
            elif number % 16 == 0:
                await asyncio.sleep(0)  # Behind: let answers in.
            self._send(at, self.arrivals.make(number))
            number += 1

    def _send(self, at: float, request: bytes) -> None:
        if self.idle:
            self.idle.popleft().send(at, request)
        else:
            self.waiting.append((at, request))

    def answered(self, line: "_Line", at: float, *, is_good: bool) -> None:
        """A line is free again."""
        if is_good:
            self.done.append((at, time.perf_counter() - at))
        else:
            self.failed += 1
        if self.waiting:
            line.send(*self.waiting.popleft())
        else:
            self.idle.append(line)


class _Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, owner: _Generator) -> None:
        self.owner = owner
        self.transport: asyncio.Transport | None = None
        self.at = 0.0
        self.heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # TCP.
        self.transport = transport

    def send(self, at: float, request: bytes) -> None:
        """Send a request that was meant for an instant of ``perf_counter``."""
        assert self.transport is not None  # It is connected before it is used.
        self.at, self.heard = at, b""
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.heard += data
        head, found, body = self.heard.partition(END)
        if found and len(body) >= _length(head):
            is_good = self.heard[9:10] == b"2"  # HTTP/1.1 2xx
            self.owner.answered(self, self.at, is_good=is_good)

    def close(self) -> None:
        """Hang up."""
        if self.transport is not None:
            self.transport.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
