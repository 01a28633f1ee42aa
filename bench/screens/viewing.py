"""A hundred screens that listen while a hundred things happen each second."""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import Final

from bench.rows import Figure, Options, Row, row
from bench.screens.pack import POINT
from bench.screens.zone import Zone, a_zone, point_alarm

VIEWERS: Final = 100
ALARMS_S: Final = 25  # Each is four lines: raised, opened, decided, dispatched.
LINES: Final = 4
GOAL_CORE: Final = 10.0  # Percent.
ROUNDS: Final = 3
REQUEST: Final = b"GET /api/v1/events HTTP/1.1\r\nhost: %s\r\n\r\n"
READ_BYTES: Final = 1 << 16


@dataclass
class Heard:
    """What all screens together have been told."""

    events: int = 0
    size: int = 0


def measure(options: Options) -> list[Row]:
    """A row of the server's CPU for its listeners, beside the whole of it."""
    options.say(f"{VIEWERS} screens, {ALARMS_S * LINES} events a second")
    seconds, rounds = (4.0, 1) if options.quick else (8.0, ROUNDS)
    found = []
    with a_zone() as zone:
        for number in range(rounds):
            alone, _ = _cpu(zone, 0, seconds=seconds, first=2 * number * 1_000)
            among, heard = _cpu(zone, VIEWERS, seconds=seconds, first=(2 * number + 1) * 1_000)
            found.append((among - alone, among, alone, heard))
    found.sort()
    more, among, alone, heard = found[len(found) // 2]
    case = f"{VIEWERS} viewers, {heard:.0f} events/s each"
    figure = Figure(case, "server's CPU for them", "% of a core", more, GOAL_CORE)
    return [row("console", figure, beside={"whole server": among, "nobody looks": alone})]


def _cpu(zone: Zone, viewers: int, *, seconds: float, first: int) -> tuple[float, float]:
    """Percent of a core the server takes, and the events a second that each viewer gets."""
    return asyncio.run(_look(zone, viewers, seconds=seconds, first=first))


async def _look(zone: Zone, viewers: int, *, seconds: float, first: int) -> tuple[float, float]:
    heard = Heard()
    tasks = [asyncio.create_task(_listen(zone, heard)) for _ in range(viewers)]
    await asyncio.sleep(1.5)  # All are connected.
    heard.events = 0
    spent, began = zone.server.cpu_s(), time.perf_counter()
    await asyncio.to_thread(_alarm, zone, seconds=seconds, first=first)
    await asyncio.sleep(0.3)  # The last of it has arrived.
    took = time.perf_counter() - began
    cpu = (zone.server.cpu_s() - spent) / took * 100
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return cpu, heard.events / max(viewers, 1) / took


async def _listen(zone: Zone, heard: Heard) -> None:
    reader, writer = await asyncio.open_connection(zone.server.host, zone.server.port)
    writer.write(REQUEST % zone.server.host.encode())
    with contextlib.closing(writer):
        while data := await reader.read(READ_BYTES):
            heard.events += data.count(b"\nid: ") + data.startswith(b"id: ")
            heard.size += len(data)


def _alarm(zone: Zone, *, seconds: float, first: int) -> None:
    """So many alarms a second, evenly."""
    began = time.perf_counter()
    for number in range(int(seconds * ALARMS_S)):
        zone.send(POINT.name, point_alarm(first + number), kind="application/json")
        ahead = began + (number + 1) / ALARMS_S - time.perf_counter()
        if ahead > 0:
            time.sleep(ahead)
