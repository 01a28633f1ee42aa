"""160,000 points that report once a second, all watched for limits, silence and stuck readings."""

import gc
import tempfile
import time
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from bench.apart import apart
from bench.rows import Figure, Options, Row, row
from haihe.detect import Limit, Silence, Stuck
from haihe.feed.arrow import decode_arrow
from haihe.log.sqlite import SqliteLog
from haihe.model.case import Case
from haihe.model.decision import Decision
from haihe.model.record import Observation
from haihe.model.stream import Field, Stream
from haihe.model.text import Text
from haihe.model.time import MILLISECOND, MINUTE, SECOND
from haihe.pack.contract import Closure, Pack, Playbook, View
from haihe.run.appending import Arrival
from haihe.run.clock import DataClock
from haihe.run.node import Node

POINTS: Final = 160_000
GATEWAYS: Final = 32  # Ours: 5,000 points each.
SECONDS_QUICK: Final = 8
SECONDS: Final = 40
GOAL_CORES: Final = 0.5
BEGIN_AT: Final = 1_767_225_600 * SECOND
HIGH: Final = 100.0  # Above every reading here: what is measured is the watching.
READING: Final = Stream("points.reading", fields=(Field("value", unit="1", low=-1e6, high=1e6),))


def is_calm(seen: Observation) -> bool:
    """Whether the reading is under the limit."""
    return seen.numbers["value"] < HIGH


def decide_nothing(case: Case, view: View) -> Decision:
    """No orders."""
    del case, view
    return Decision(orders=(), why=Text(zh="不派单", en="no orders"))


def pack_of_points() -> Pack:
    """Three rules on every point."""
    detectors = (
        ("high", Limit("value", high=HIGH, deadband=5.0)),
        ("silent", Silence(1 * MINUTE)),
        ("stuck", Stuck("value", 10 * MINUTE)),
    )
    playbooks = tuple(
        Playbook(
            name=name,
            title=Text(zh=name, en=name),
            stream=READING,
            detect=detector,
            decide=decide_nothing,
            close=Closure(window=1 * MINUTE, at_least=10, holds=is_calm),
        )
        for name, detector in detectors
    )
    return Pack(name="points", title=Text(zh="点位", en="Points"), playbooks=playbooks)


def measure(options: Options) -> list[Row]:
    """Rows of the cores it takes, and of the share of the watching alone."""
    options.say("160,000 watched points")
    seconds = SECONDS_QUICK if options.quick else SECONDS
    watched, bare = apart(cores, seconds, True), apart(cores, seconds, False)
    case = "160,000 points, 1/s"
    return [
        row("core", Figure(case, "all of it", "cores", watched, GOAL_CORES)),
        row("core", Figure(case, "of it the rules", "cores", watched - bare)),
    ]


def cores(seconds: int, is_watched: bool) -> float:  # noqa: FBT001  # Crosses to a process by place.
    """CPU seconds for a second of reports from Arrow bytes to durable, the median."""
    pack = pack_of_points()
    packs = (pack,) if is_watched else (Pack(name="points", title=pack.title, playbooks=(),
                                             streams=(READING,)),)  # fmt: skip
    spent = []
    with tempfile.TemporaryDirectory() as folder:
        clock = DataClock(BEGIN_AT)
        node = Node(SqliteLog(Path(folder)), packs, clock=clock)
        gc.collect()
        gc.freeze()  # As ``haihe up``.
        for second in range(seconds + 1):
            clock.reach(BEGIN_AT + (second + 1) * SECOND)
            bodies = [_body(gateway, second) for gateway in range(GATEWAYS)]
            began = time.process_time()
            for body in bodies:
                taken = decode_arrow(body, READING, now=clock.now())
                node.submit(Arrival(taken.rows, taken.refused))
            while node.round():
                pass
            node.log.checkpoint_wal()
            spent.append(time.process_time() - began)
        if node.log.next_offset < POINTS * seconds:
            raise ValueError(f"{node.log.next_offset} records are in the log; all must be.")
        node.log.close()
        gc.unfreeze()
    return float(np.median(spent[1:]))


def _body(gateway: int, second: int) -> bytes:
    """A gateway's readings of one second."""
    rng = np.random.default_rng(gateway * 1_000 + second)
    size = POINTS // GATEWAYS
    ids = pa.array([f"point/{number}" for number in range(gateway * size, (gateway + 1) * size)])
    entity = pa.DictionaryArray.from_arrays(pa.array(np.arange(size, dtype=np.int32)), ids)
    at = BEGIN_AT + second * SECOND + rng.integers(0, 1000, size) * MILLISECOND
    times = pa.array(at).cast(pa.timestamp("ns", tz="UTC"))
    value = pa.array(np.round(rng.normal(20, 1, size), 2))
    batch = pa.record_batch([entity, times, value], ["entity", "observed_at", "value"])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())
