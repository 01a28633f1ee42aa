"""How fast bodies become columns: records a second on one core, for each format.

The bodies are made here from a seed; of several tries the best counts.
"""

import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa

from bench.rows import HIGHER, Figure, Options, Row, row
from haihe.feed.arrow import decode_arrow
from haihe.feed.decode import decode_json, decode_ndjson
from haihe.feed.door import Taken
from haihe.feed.ngsild import decode_ngsild
from haihe.model.stream import Field, Stream
from haihe.model.time import HOUR, MILLISECOND, format_instant

NOW: Final = 1_767_225_600_000_000_000  # 2026-01-01T00:00:00Z, ns.
ENTITIES: Final = 1_500  # Ours: a zone's gas sensors.
TRIES: Final = 7  # Ours: the best of so many stands for the code rather than for its neighbours.
TRY_S: Final = 0.1  # Ours: s, long enough for the clock.
NAMES: Final = ("methane", "oxygen", "temperature", "humidity", "hydrogen_sulfide", "pressure")
GAS: Final = Stream(
    "gallery.gas", fields=tuple(Field(name, unit="1", low=0, high=1_000) for name in NAMES)
)


def flat_record(number: int, rng: random.Random, *, as_text: bool) -> dict[str, object]:
    """One plain record, about 180 bytes."""
    at = NOW + number * MILLISECOND
    values = {name: round(rng.uniform(0, 90), 3) for name in NAMES}
    entity = f"zone/{number % ENTITIES}"
    return {"entity": entity, "observed_at": format_instant(at) if as_text else at, **values}


def ngsild_entity(number: int, rng: random.Random) -> dict[str, object]:
    """One normalised NGSI-LD entity, about 650 bytes."""
    at = format_instant(NOW + number * MILLISECOND)
    attributes = {
        name: {"type": "Property", "value": round(rng.uniform(0, 90), 3), "observedAt": at}
        for name in NAMES
    }
    return {"id": f"urn:ngsi-ld:Zone:{number % ENTITIES}", "type": "Zone", **attributes}


def arrow_body(rows: int) -> bytes:
    """Rows as an Arrow IPC stream with a dictionary of entities."""
    rng = np.random.default_rng(7)
    ids = pa.array([f"zone/{number}" for number in range(ENTITIES)])
    codes = pa.array((np.arange(rows) % ENTITIES).astype(np.int32))
    times = pa.array(NOW + np.arange(rows) * MILLISECOND).cast(pa.timestamp("ns", tz="UTC"))
    numbers = [pa.array(rng.uniform(0, 90, rows)) for _ in NAMES]
    columns = [pa.DictionaryArray.from_arrays(codes, ids), times, *numbers]
    batch = pa.record_batch(columns, ["entity", "observed_at", *NAMES])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def best_s(work: Callable[[], Taken]) -> float:
    """Seconds of one call, the best of several tries."""
    found = []
    for _ in range(TRIES):
        began, calls = time.perf_counter(), 0
        while time.perf_counter() - began < TRY_S:
            work()
            calls += 1
        found.append((time.perf_counter() - began) / calls)
    return min(found)


def speed(case: str, rows: int, *, work: Callable[[], Taken]) -> Row:
    """The row of one body.

    Raises ValueError if the body does not come whole.
    """
    taken = work()
    if taken.rows is None or len(taken.rows) != rows or taken.refused:
        raise ValueError(f"{case}: {taken.refused[:1]} were refused; a clean body must come whole.")
    figure = Figure(f"{case}, {rows:,}", "on one core", "records/s", rows / best_s(work),
                    better=HIGHER)  # fmt: skip
    return row("decode", figure)


def run(options: Options) -> list[Row]:
    """A row for each format and size of body."""
    return [speed(case, rows, work=work) for case, rows, work in _bodies(options)]


def _bodies(options: Options) -> Iterator[tuple[str, int, Callable[[], Taken]]]:
    """What is decoded: a name, how many records, and the call."""
    rng = random.Random(7)
    now = NOW + HOUR
    for as_text in (False, True):
        kind = "text times" if as_text else "integer times"
        for rows in (1, 1_000, 5_000):
            options.say(f"JSON with {kind}, {rows:,} records")
            records = [flat_record(number, rng, as_text=as_text) for number in range(rows)]
            array = msgspec.json.encode(records if rows > 1 else records[0])
            lines = msgspec.json.Encoder().encode_lines(records)
            yield f"JSON, {kind}", rows, partial(decode_json, array, GAS, now=now)
            yield f"NDJSON, {kind}", rows, partial(decode_ndjson, lines, GAS, now=now)
    for rows in (1, 1_000):
        options.say(f"NGSI-LD, {rows:,} records")
        entities = msgspec.json.encode([ngsild_entity(number, rng) for number in range(rows)])
        yield "NGSI-LD normalised", rows, partial(decode_ngsild, entities, GAS, now=now)
    for rows in (10_000, 100_000):
        options.say(f"Arrow IPC, {rows:,} records")
        yield "Arrow IPC", rows, partial(decode_arrow, arrow_body(rows), GAS, now=now)
