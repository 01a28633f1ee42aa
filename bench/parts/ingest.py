"""Durable ingest on one core: bytes in, decoded, on the disk, in the live view, acknowledged.

As in a running zone: one thread reads bodies and hands them over, the writer's thread makes them
durable, and the WAL is moved into the main file once a second beside it. Four gateways wait for
their acknowledgement at any time. Every body brings new times, so nothing is a repetition.
"""

import gc
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from bench.apart import apart
from bench.city import (
    BEGIN_AT,
    arrow_body,
    ngsild_body,
    plain_body,
    readings,
    stream_of,
    streams,
    turns,
)
from bench.peers import postgres, redis
from bench.rows import HIGHER, Figure, Options, Row, row
from haihe.feed.arrow import decode_arrow
from haihe.feed.decode import decode_json
from haihe.feed.door import Taken
from haihe.feed.ngsild import decode_ngsild
from haihe.log.sqlite import SqliteLog
from haihe.model.line import StreamDeclared
from haihe.model.stream import Stream
from haihe.model.time import HOUR, MINUTE
from haihe.run.appending import Arrival
from haihe.run.clock import DataClock
from haihe.run.intake import Receipt
from haihe.run.node import Node

RECORDS: Final = 5_000  # What a gateway of a works sends in one body.
BODIES_QUICK: Final = 20
BODIES: Final = 60  # Ours: 300,000 records, a body of the rarest type among them.
PEER_BODIES_QUICK: Final = 6
PEER_BODIES: Final = 60
TRIALS_QUICK: Final = 3
TRIALS: Final = 15  # Ours: the median of so many.
IN_FLIGHT: Final = 4  # Ours: gateways that send at once; what they wait for is shared.
WAL_EVERY_S: Final = 1.0  # As ``haihe.run.zone``.

Make = Callable[..., bytes]
Decode = Callable[..., Taken]


class Format(msgspec.Struct, frozen=True):
    """A way to send records.

    goal: records a second.
    """

    name: str
    goal: float


FORMATS: Final = (
    Format("plain JSON", 600_000),
    Format("NGSI-LD normalised", 300_000),
    Format("Arrow IPC", 5_000_000),
)
_WAYS: Final[dict[str, tuple[Make, Decode]]] = {
    "plain JSON": (plain_body, decode_json),
    "NGSI-LD normalised": (ngsild_body, decode_ngsild),
    "Arrow IPC": (arrow_body, decode_arrow),
}


class Speed(msgspec.Struct, frozen=True):
    """Of each trial: records a second by the clock on the wall, and by the core's own."""

    wall: list[float]
    cpu: list[float]


def measure(options: Options) -> list[Row]:
    """Rows of durable ingest, each format in a fresh process on one core."""
    rows = []
    beside = _peers(options)
    bodies, trials = (BODIES_QUICK, TRIALS_QUICK) if options.quick else (BODIES, TRIALS)
    for way in FORMATS:
        options.say(f"durable ingest of {way.name}")
        speed = apart(partial(ingest, trials=trials), way.name, bodies, one_core=True)
        case = f"ingest {way.name}"
        rate, of_cpu = float(np.median(speed.wall)), float(np.median(speed.cpu))
        found = Figure(case, "durable on one core", "records/s", rate, way.goal, HIGHER)
        aside = Figure(case, "durable by a second of CPU", "records/s", of_cpu, None, HIGHER)
        rows += [row("core", found, beside=beside), row("core", aside)]
        beside = {}  # What they took was no JSON-LD and no Arrow.
    return rows


def _peers(options: Options) -> dict[str, float]:
    """Records a second of the same records, durable, with what people would use instead."""
    options.say("the same records into Redis and PostgreSQL")
    order = turns(PEER_BODIES_QUICK if options.quick else PEER_BODIES)
    bodies = [readings(stream_of(kind), RECORDS, seed=at) for at, kind in enumerate(order)]
    found = {
        "Redis, AOF always": redis.ingest(options, bodies),
        "PostgreSQL COPY": postgres.ingest(options, bodies),
    }
    return {name: rate for name, rate in found.items() if rate is not None}


def ingest(name: str, size: int, *, trials: int) -> Speed:
    """The speed of each trial; one before them makes the city known and does not count.

    size: how many bodies each trial sends.
    """
    make, decode = _WAYS[name]
    order = [stream_of(kind) for kind in turns(size)]
    first = [make(stream, RECORDS, seed=at) for at, stream in enumerate(order)]
    speed = Speed([], [])
    with tempfile.TemporaryDirectory() as folder, ExitStack() as leave:
        node = open_node(Path(folder), streams(), leave=leave)
        gc.collect()
        gc.freeze()  # As ``haihe up``.
        leave.callback(gc.unfreeze)
        for trial in range(trials + 1):
            bodies = [
                _later(body, trial) if name != "Arrow IPC" else _remade(at, stream, trial=trial)
                for at, (body, stream) in enumerate(zip(first, order, strict=True))
            ]
            wall, cpu = _send(node, bodies, order=order, decode=decode)
            if trial:
                speed.wall.append(size * RECORDS / wall)
                speed.cpu.append(size * RECORDS / cpu)
        live = sum(stream.count for stream in node.engine.live.streams())
        assert live, "the live view knows nobody"
    return speed


def open_node(folder: Path, declared: Sequence[Stream], *, leave: ExitStack) -> Node:
    """A node without packs whose streams are declared, its WAL looked after, until ``leave``."""
    clock = DataClock(BEGIN_AT + HOUR)
    node = Node(SqliteLog(folder), (), clock=clock)
    node.tell(*(StreamDeclared(at=clock.now(), stream=stream) for stream in declared))
    node.round()
    ended = threading.Event()
    keeping = threading.Thread(target=_keep_wal, args=(node.log, ended))
    keeping.start()
    node.start()
    leave.callback(node.stop)
    leave.callback(keeping.join)
    leave.callback(ended.set)
    return node


def _keep_wal(log: SqliteLog, ended: threading.Event) -> None:
    while not ended.wait(WAL_EVERY_S):
        log.checkpoint_wal()


def _send(
    node: Node, bodies: Sequence[bytes], *, order: Sequence[Stream], decode: Decode
) -> tuple[float, float]:
    """Seconds on the wall and of CPU until every body is acknowledged."""
    taken = 0
    now = node.clock.now()
    waiting: deque[Future[Receipt]] = deque()
    wall, cpu = time.perf_counter(), time.process_time()
    for body, stream in zip(bodies, order, strict=True):
        if len(waiting) == IN_FLIGHT:
            taken += waiting.popleft().result().taken
        found = decode(body, stream, now=now)
        waiting.append(node.submit(Arrival(found.rows, found.refused)))
    taken += sum(answer.result().taken for answer in waiting)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if taken != len(bodies) * RECORDS:
        raise ValueError(f"{taken} of {len(bodies) * RECORDS} records were taken; all must be.")
    return wall, cpu


def _later(body: bytes, trial: int) -> bytes:
    """The body with its times ``trial`` minutes later."""
    return body.replace(b"2026-01-01T00:00:", b"2026-01-01T00:%02d:" % trial)


def _remade(seed: int, stream: Stream, *, trial: int) -> bytes:
    return arrow_body(stream, RECORDS, seed=seed, at=BEGIN_AT + trial * MINUTE)
