"""Single-record updates over HTTP, with history and the gallery's rules on, in open arrival."""

import tempfile
from pathlib import Path
from typing import Final

from bench import load
from bench.parts.request import request
from bench.peers import node_red
from bench.rows import HIGHER, Figure, Options, Row, row
from bench.server import serving

RATE: Final = 4_000.0  # Requests a second: every zone of a works twice a second, and its pumps.
GOAL_P99_MS: Final = 25.0
QUICK_S: Final = 5.0
FULL_S: Final = 30.0
PATH: Final = b"/api/v1/streams/gallery.air"


def measure(options: Options) -> list[Row]:
    """Rows of the time from when a request was due to its durable acknowledgement."""
    options.say(f"single-record HTTP at {RATE:,.0f} requests a second")
    seconds = QUICK_S if options.quick else FULL_S
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        before = server.cpu_s()
        found = load.send(
            (server.host, server.port),
            load.Arrivals(RATE, seconds, make=lambda number: request(PATH, number)),
        )
        cpu_us = (server.cpu_s() - before) / max(found.answered, 1) * 1e6
    case = f"HTTP {RATE:,.0f}/s"
    peer = node_red.measure(options, rate=RATE, seconds=seconds)
    p50, p99, rate = (
        ({"Node-RED": each} if peer is not None else {})
        for each in ((peer.p50_ms, peer.p99_ms, peer.rate) if peer is not None else (0.0,) * 3)
    )
    return [
        row("core", Figure(case, "p50", "ms", found.p50_ms), beside=p50),
        row("core", Figure(case, "p99", "ms", found.p99_ms, GOAL_P99_MS), beside=p99),
        row("core", Figure(case, "in time", "req/s", found.rate, None, HIGHER), beside=rate),
        row("core", Figure(case, "not taken", "req", float(found.failed), 0.0)),
        row("core", Figure(case, "the server's CPU for each", "us", cpu_us)),
    ]
