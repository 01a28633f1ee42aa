"""From the first bad record to an order that is on the disk, while the zone goes on reporting."""

import tempfile
import threading
import time
from pathlib import Path
from typing import Final

import numpy as np

from bench.apart import apart
from bench.rows import Figure, Options, Row, row
from haihe.log import store
from haihe.log.sqlite import SqliteLog
from haihe.model.record import Rows
from haihe.packs.gallery import pack
from haihe.run.appending import Arrival
from haihe.run.clock import WallClock
from haihe.run.node import Node

RATE: Final = 10_000  # Records a second behind it.
PER_BODY: Final = 100  # As gateways send them.
GOAL_P50_MS: Final = 5.0
GOAL_P99_MS: Final = 50.0
HIGH_LEL: Final = 30.0
CALM: Final = {"methane": 1.0, "oxygen": 20.9, "h2s": 0.2, "co": 1.0, "temperature": 18.0}
WAIT_S: Final = 5.0


def measure(options: Options) -> list[Row]:
    """Rows of the time from handing over the record to the durable order."""
    options.say(f"from record to order at {RATE:,} records a second")
    times = apart(_times, 100 if options.quick else 1_000)
    case = f"record to order, {RATE:,} records/s"
    p50, p99 = (float(np.percentile(times, share)) for share in (50, 99))
    return [
        row("core", Figure(case, "p50", "ms", p50, GOAL_P50_MS)),
        row("core", Figure(case, "p99", "ms", p99, GOAL_P99_MS)),
    ]


def _times(trials: int) -> list[float]:
    """How long each of some leaks took to its first order; ms."""
    with tempfile.TemporaryDirectory() as folder:
        node = Node(SqliteLog(Path(folder)), (pack,), clock=WallClock())
        ended, kept = threading.Event(), threading.Event()
        node.on_steps(kept.set)
        node.start()
        load = threading.Thread(target=_report, args=(node, ended))
        load.start()
        times = [_one(node, kept, number=number) for number in range(trials)]
        ended.set()
        load.join()
        node.stop()
    return times


def _one(node: Node, kept: threading.Event, *, number: int) -> float:
    """Methane rises above the cut-off in a zone of its own until the first order is kept; ms."""
    entity = f"zone/leak-{number}"
    case_id = f"gallery-{number + 1}"
    began = time.perf_counter()
    seconds = time.time_ns()
    for step in range(2):  # The rule waits a minute of observed time: two records show it.
        at = seconds - (1 - step) * 61 * 10**9
        node.submit(Arrival(_rows((entity,), at=at, methane=HIGH_LEL)))
        began = time.perf_counter()
    until = began + WAIT_S
    while not store.orders_of_case(node.log.reader(), case_id):
        kept.wait(0.05)
        kept.clear()
        if time.perf_counter() > until:
            raise TimeoutError(f"{entity} led to no order within {WAIT_S:g} s")
    return (time.perf_counter() - began) * 1_000


def _report(node: Node, ended: threading.Event) -> None:
    """The zone's usual records, at ``RATE``."""
    ids = tuple(f"zone/{number}" for number in range(PER_BODY))
    due = time.perf_counter()
    while not ended.is_set():
        node.submit(Arrival(_rows(ids, at=time.time_ns(), methane=1.0)))
        due += PER_BODY / RATE
        ended.wait(max(due - time.perf_counter(), 0.0))


def _rows(ids: tuple[str, ...], *, at: int, methane: float) -> Rows:
    count = len(ids)
    numbers = {name: np.full(count, value) for name, value in CALM.items()}
    return Rows(
        stream="gallery.air",
        ids=ids,
        codes=np.arange(count, dtype=np.int32),
        observed_at=np.full(count, at, dtype=np.int64),
        numbers={**numbers, "methane": np.full(count, methane), "humidity": np.full(count, 60.0)},
        texts={},
    )
