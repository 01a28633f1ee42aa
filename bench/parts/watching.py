"""160,000 points that each tell something every second, all of them watched."""

import tempfile
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.apart import apart
from bench.rows import Figure, Options, Row, row
from haihe.detect import Detector, Limit, Silence, Stuck
from haihe.log.sqlite import SqliteLog
from haihe.model import Batch, Case, Decision, Field, Observation, Rows, Stream, Text
from haihe.model.arrays import FloatArray, SlotArray
from haihe.model.time import HOUR, MINUTE, SECOND
from haihe.pack import Closure, Pack, Playbook, View
from haihe.run.appending import Arrival
from haihe.run.clock import DataClock
from haihe.run.node import Node

POINTS: Final = 160_000  # The risk points of the reference zone.
GOAL_CORES: Final = 0.5
BEGIN_AT: Final = 1_767_225_600 * SECOND
STREAM: Final = Stream("bench.point", (Field("value", "1", 0, 100),))
NAME: Final = Text(zh="量", en="bench")
ENGINE, DISK = "engine", "disk"


def measure(options: Options) -> list[Row]:
    """Rows of the cores it takes to keep up, detectors alone and all the way to the disk."""
    options.say(f"{POINTS:,} points a second under limits, silence and stuck")
    seconds = 10 if options.quick else 60
    case = "160,000 points, one a second"
    alone = apart(_watched, seconds, ENGINE, one_core=True)
    whole = apart(_watched, seconds, DISK, one_core=True)
    return [
        row("core", Figure(case, "limit + silence + stuck", "cores", alone, GOAL_CORES)),
        row("core", Figure(case, "and log, live, fsync", "cores", whole, GOAL_CORES)),
    ]


def watched_pack() -> Pack:
    """One stream under a limit, silence and stuck; nothing is ordered."""
    detectors: dict[str, Detector[Any]] = {
        "high": Limit("value", high=95.0, deadband=5.0),
        "silent": Silence(30 * SECOND),
        "stuck": Stuck("value", 1 * HOUR, at_least=100),
    }
    playbooks = tuple(
        Playbook(
            name=name,
            title=NAME,
            stream=STREAM,
            detect=detector,
            decide=_nothing,
            close=Closure(window=MINUTE, at_least=5, holds=_is_low),
        )
        for name, detector in detectors.items()
    )
    return Pack(name="bench", title=NAME, playbooks=playbooks)


def rows_of(values: FloatArray, *, at: int) -> Rows:
    """One reading of every point, at an instant; ns."""
    return Rows(
        stream=STREAM.name,
        ids=IDS,
        codes=np.arange(POINTS, dtype=np.int32),
        observed_at=np.full(POINTS, at, dtype=np.int64),
        numbers={"value": values},
        texts={},
        received_at=np.full(POINTS, at, dtype=np.int64),
    )


IDS: Final = tuple(f"point/{number}" for number in range(POINTS))


def _watched(seconds: int, reach: str) -> float:
    """CPU seconds for each second of readings; the first second is not counted.

    reach: ``ENGINE`` or ``DISK``: how far the readings go.
    """
    rng = np.random.default_rng(11)
    with tempfile.TemporaryDirectory() as folder:
        log = SqliteLog(Path(folder))
        node = Node(log, (watched_pack(),), clock=DataClock(BEGIN_AT))
        spent = 0.0
        for second in range(seconds + 1):
            rows = rows_of(20 + 10 * rng.random(POINTS), at=BEGIN_AT + (second + 1) * SECOND)
            began = time.process_time()
            _send(node, rows, reach=reach)
            spent += time.process_time() - began if second else 0.0
        node.stop()
    return spent / seconds


def _send(node: Node, rows: Rows, *, reach: str) -> None:
    """Through the whole node, or through the engine alone."""
    if reach == DISK:
        answer = node.submit(Arrival(rows))
        node.round()
        answer.result()
        return
    slots, _ = node.log.directory.assign(rows.stream, rows.ids)
    node.engine.take([batch_of(rows, slots, first_offset=node.engine.next_offset)])


def batch_of(rows: Rows, slots: SlotArray, *, first_offset: int) -> Batch:
    """The rows as they would stand in the log."""
    assert rows.received_at is not None  # Made above.
    return Batch(
        stream=rows.stream,
        offsets=np.arange(first_offset, first_offset + len(rows), dtype=np.int64),
        slots=slots[rows.codes],
        observed_at=rows.observed_at,
        received_at=rows.received_at,
        numbers=rows.numbers,
        texts=rows.texts,
    )


def _nothing(case: Case, view: View) -> Decision:
    del case, view
    return Decision(orders=(), why=NAME)


def _is_low(seen: Observation) -> bool:
    return seen.numbers["value"] < 90.0
