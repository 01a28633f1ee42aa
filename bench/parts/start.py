"""How soon ``haihe up`` answers and how much memory it takes."""

import http.client
import tempfile
import time
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from bench.rows import Figure, Options, Row, row
from bench.server import Server, serving
from haihe.model.time import MILLISECOND
from haihe.packs.gallery.streams import AIR

ENTITIES: Final = 200_000
BODY: Final = 5_000  # Records; a gateway's.
ROUNDS: Final = 5  # Ours: times that each entity reports.
SETTLE_S: Final = 2.0  # Ours: until what was only needed to start is given back.
STARTS_QUICK: Final = 2
STARTS: Final = 7
GOAL_IDLE_MIB: Final = 250.0
GOAL_FULL_MIB: Final = 1024.0
GOAL_READY_S: Final = 1.0
GOAL_DEMO_S: Final = 3.0


def measure(options: Options) -> list[Row]:
    """Rows of the start, then of the memory idle and with a city in it."""
    options.say("haihe up: start and memory")
    starts = STARTS_QUICK if options.quick else STARTS
    ready, demo = _ready_s(starts), _ready_s(starts, "--demo")
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        time.sleep(SETTLE_S)
        idle = server.memory_mib()
        _report(server)
        full = server.memory_mib()
    return [
        row("core", Figure("haihe up", "first answer, median", "s", ready, GOAL_READY_S)),
        row("core", Figure("haihe up --demo", "first answer, median", "s", demo, GOAL_DEMO_S)),
        row("core", Figure("memory", "idle", "MiB", idle, GOAL_IDLE_MIB)),
        row("core", Figure("memory", "200,000 entities", "MiB", full, GOAL_FULL_MIB)),
    ]


def _ready_s(starts: int, *arguments: str) -> float:
    found = []
    for _ in range(starts):
        with tempfile.TemporaryDirectory() as folder, serving(Path(folder), *arguments) as server:
            found.append(server.ready_s)
    return float(np.median(found))


def _report(server: Server) -> None:
    """Every entity reports some times, as Arrow over HTTP; the gallery's rules watch them all."""
    line = http.client.HTTPConnection(server.host, server.port, timeout=60)
    kind = {"content-type": "application/vnd.apache.arrow.stream"}
    for _ in range(ROUNDS):
        for first in range(0, ENTITIES, BODY):
            line.request("POST", f"/api/v1/streams/{AIR.name}", _body(first), kind)
            answer = line.getresponse()
            said = answer.read()
            if answer.status != http.client.CREATED:
                raise OSError(f"the server answered {answer.status} {said[:200]!r}.")
    line.close()


def _body(first: int) -> bytes:
    rng = np.random.default_rng(first)
    ids = pa.array([f"zone/{number}" for number in range(first, first + BODY)])
    entity = pa.DictionaryArray.from_arrays(pa.array(np.arange(BODY, dtype=np.int32)), ids)
    at = pa.array(np.full(BODY, time.time_ns() // MILLISECOND))
    calm = {"methane": 0.5, "oxygen": 20.7, "h2s": 0.1, "co": 0.5, "temperature": 20.0,
            "humidity": 50.0}  # fmt: skip
    numbers = [pa.array(value + rng.uniform(0, 0.3, BODY)) for value in calm.values()]
    batch = pa.record_batch([entity, at, *numbers], ["entity", "observed_at", *calm])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())
