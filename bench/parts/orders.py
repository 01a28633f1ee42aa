"""From an event to a durable order, while others send 10,000 records a second."""

import tempfile
import threading
import time
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from bench.apart import apart
from bench.rows import Figure, Options, Row, row
from haihe.feed.decode import decode_json
from haihe.log.sqlite import SqliteLog
from haihe.model.record import Rows
from haihe.model.time import MINUTE
from haihe.packs.gallery import pack
from haihe.packs.gallery.streams import AIR
from haihe.run.appending import Arrival
from haihe.run.clock import WallClock
from haihe.run.node import Node

BACKGROUND: Final = 10_000  # Records a second, of other zones.
BODIES_A_SECOND: Final = 100  # Ours: gateways of 100 stations each.
ZONES: Final = 1_000  # Ours: as in ``bench.parts.request``.
TRIALS_QUICK: Final = 40
TRIALS: Final = 400
PAUSE_S: Final = 0.05  # Ours: between excursions, so that each meets the load alone.
WAIT_MAX_S: Final = 10.0  # Ours: an order that is not there by then never comes.
GOAL_P50_MS: Final = 5.0
GOAL_P99_MS: Final = 50.0
LEAK_LEL: Final = 30.0  # Above the gallery's alarm.
CALM: Final = {"methane": 0.5, "oxygen": 20.9, "h2s": 0.1, "co": 0.5, "temperature": 20.0,
               "humidity": 50.0}  # fmt: skip


def measure(options: Options) -> list[Row]:
    """Rows of the time from a record's bytes to its order on the disk."""
    options.say("event to order")
    took_ms = apart(times_ms, TRIALS_QUICK if options.quick else TRIALS)
    case = "event to durable order"
    p50, p99 = np.percentile(took_ms, (50, 99))
    return [
        row("core", Figure(case, "p50", "ms", float(p50), GOAL_P50_MS)),
        row("core", Figure(case, "p99", "ms", float(p99), GOAL_P99_MS)),
    ]


def times_ms(trials: int) -> list[float]:
    """Of each excursion: ms from handing over the bytes until its order is durable."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        node = Node(SqliteLog(Path(folder)), (pack,), clock=WallClock())
        stepped = threading.Event()
        node.on_steps(stepped.set)
        ended = threading.Event()
        background = threading.Thread(target=_send_background, args=(node, ended))
        node.start()
        background.start()
        try:
            time.sleep(1.0)  # Until the other zones are known.
            for trial in range(trials):
                found.append(_excursion(node, f"leak/{trial}", stepped) * 1e3)
                time.sleep(PAUSE_S)
        finally:
            ended.set()
            background.join()
            node.stop()
    return found


def _excursion(node: Node, zone: str, stepped: threading.Event) -> float:
    """Seconds from the reading that makes it an alarm to the durable order."""
    now = time.time_ns()
    _hand_over(node, zone, at=now - 2 * MINUTE)
    node.ask(lambda engine: engine.now).result()
    stepped.clear()
    began = time.perf_counter()
    _hand_over(node, zone, at=now)
    while (
        not node.log.reader()
        .execute("SELECT 1 FROM outbox WHERE body LIKE ? LIMIT 1", (f'%"{zone}"%',))
        .fetchone()
    ):
        if not stepped.wait(WAIT_MAX_S):
            raise TimeoutError(f"no order for {zone} within {WAIT_MAX_S:g} s.")
        took = time.perf_counter() - began
        stepped.clear()
    return took


def _hand_over(node: Node, zone: str, *, at: int) -> None:
    record = {"entity": zone, "observed_at": at, **CALM, "methane": LEAK_LEL}
    taken = decode_json(msgspec.json.encode(record), AIR, now=max(at, time.time_ns()))
    assert taken.rows is not None, taken.refused
    node.submit(Arrival(taken.rows))


def _send_background(node: Node, ended: threading.Event) -> None:
    """Calm records of the other zones at a steady rate."""
    rng = np.random.default_rng(5)
    size = BACKGROUND // BODIES_A_SECOND
    groups = [
        tuple(f"zone/{number}" for number in range(start, start + size))
        for start in range(0, ZONES, size)
    ]
    codes = np.arange(size, dtype=np.int32)
    due = time.perf_counter()
    turn = 0
    while not ended.wait(max(due - time.perf_counter(), 0.0)):
        numbers = {name: value + rng.uniform(0, 0.4, size) for name, value in CALM.items()}
        at = np.full(size, time.time_ns())
        node.submit(Arrival(Rows(AIR.name, groups[turn % len(groups)], codes, at, numbers, {})))
        due += 1 / BODIES_A_SECOND
        turn += 1
