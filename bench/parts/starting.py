"""What ``haihe up`` costs before anybody uses it: time to its first answer, and memory."""

import http.client
import tempfile
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from bench.rows import Figure, Options, Row, row
from bench.server import Server, serving

GOAL_READY_S: Final = 1.0
GOAL_DEMO_S: Final = 3.0
GOAL_IDLE_MB: Final = 250.0
GOAL_FULL_MB: Final = 1_000.0
ENTITIES: Final = 200_000
PER_BODY: Final = 5_000
STREAM: Final = "/api/v1/streams/bench.thing"
JSON: Final = {"content-type": "application/json"}


def measure(options: Options) -> list[Row]:
    """Rows of readiness and of resident memory."""
    options.say("start and memory of haihe up")
    trials = 1 if options.quick else 5
    ready, idle, full = [], 0.0, 0.0
    for _ in range(trials):
        with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
            ready.append(server.ready_s)
            idle = server.memory_mib()
            if len(ready) == trials:
                _fill(server)
                full = server.memory_mib()
    demo = []
    for _ in range(trials):
        with tempfile.TemporaryDirectory() as folder, serving(Path(folder), "--demo") as server:
            demo.append(server.ready_s)
    case = "haihe up"
    return [
        row("core", Figure(case, "ready", "s", float(np.median(ready)), GOAL_READY_S)),
        row("core", Figure(case, "ready, demo", "s", float(np.median(demo)), GOAL_DEMO_S)),
        row("core", Figure(case, "memory, idle", "MiB", idle, GOAL_IDLE_MB)),
        row("core", Figure(case, "memory, 200,000 entities", "MiB", full, GOAL_FULL_MB)),
    ]


def _fill(server: Server) -> None:
    """Let the server hear of 200,000 entities of six fields with a place."""
    line = http.client.HTTPConnection(server.host, server.port, timeout=60)
    names = ("lon", "lat", "a", "b", "c", "d")
    fields = [{"name": name, "unit": "deg" if len(name) == 3 else "1"} for name in names]
    _call(line, "PUT", body=msgspec.json.encode({"fields": fields, "source": "bench"}))
    for start in range(0, ENTITIES, PER_BODY):
        records = [
            {"entity": f"thing/{number}", **dict.fromkeys(names, number / ENTITIES)}
            for number in range(start, start + PER_BODY)
        ]
        _call(line, "POST", body=msgspec.json.encode(records))
    line.close()


def _call(line: http.client.HTTPConnection, method: str, *, body: bytes) -> None:
    line.request(method, STREAM, body, JSON)
    answer = line.getresponse()
    said = answer.read()
    if answer.status >= 300:
        raise OSError(f"{method} {STREAM}: {answer.status} {said[:200]!r}")
