"""A made-up city, the same for every bench: who reports what, where, and how it looks on the wire.

200,000 entities of 10 types, 3 to 6 numeric attributes each and a place, clustered in a box of 0.4
by 0.3 degrees, reporting with slight disorder in time; all of it from a seed.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa

from haihe.model.arrays import FloatArray, IntArray, SlotArray
from haihe.model.stream import Field, Stream
from haihe.model.time import MILLISECOND, SECOND

ENTITIES: Final = 200_000  # Ours: a development zone with all its devices and vehicles.
BEGIN_AT: Final = 1_767_225_600 * SECOND  # 2026-01-01T00:00:00Z.
DISORDER_S: Final = 0.3  # Ours: mean of how late a record is, as over a mobile network.
# Ours: type, share of the entities in percent, numeric attributes.
TYPES: Final = (
    ("Vehicle", 30, ("speed", "heading", "fuel", "load", "odometer")),
    ("EnterpriseRiskPoint", 30, ("pressure", "temperature", "level")),
    ("PipeGallerySensor", 20, ("methane", "oxygen", "h2s", "co", "temperature", "humidity")),
    ("TrafficDetector", 4, ("flow", "occupancy", "speed")),
    ("AirQuality", 4, ("pm25", "pm10", "no2", "so2", "o3", "co")),
    ("WaterMeter", 4, ("flow", "pressure", "temperature")),
    ("PowerMeter", 2, ("current", "voltage", "power", "energy")),
    ("StreetLight", 2, ("power", "voltage", "level")),
    ("ParkingSite", 2, ("free", "total", "inflow", "outflow")),
    ("Weather", 2, ("temperature", "humidity", "wind", "rain", "pressure")),
)
WEST, SOUTH, WIDTH, HEIGHT = 117.5, 38.9, 0.4, 0.3  # Degrees: around Binhai, Tianjin.
CLUSTERS: Final = 40  # Ours: works, housing estates, harbour basins.
CLUSTER_WIDTH: Final = 0.01  # Ours: degrees, about a kilometre.
LIMIT: Final = 1_000.0  # Ours: within what every field takes.


@dataclass(frozen=True, slots=True)
class Readings:
    """Records of one stream in columns, before they are written in a format.

    codes: int32 (row,), the entity's number within its type.
    observed_at: int64 (row,), ns, to the millisecond.
    numbers: float64 (row,) by field, places included.
    """

    stream: Stream
    codes: SlotArray
    observed_at: IntArray
    numbers: dict[str, FloatArray]


@cache
def stream_of(kind: int) -> Stream:
    """The stream of the type at that place of ``TYPES``."""
    name, _, attributes = TYPES[kind]
    fields = (
        Field("lon", unit="deg", low=-180, high=180),
        Field("lat", unit="deg", low=-90, high=90),
        *(Field(attribute, unit="1", low=-LIMIT, high=LIMIT) for attribute in attributes),
    )
    return Stream(f"city.{name}", fields=fields, source="bench/city.py")


def streams() -> tuple[Stream, ...]:
    """All ten."""
    return tuple(stream_of(kind) for kind in range(len(TYPES)))


def size_of(stream: Stream, *, entities: int = ENTITIES) -> int:
    """How many entities report to a stream of the city."""
    name = stream.name.partition(".")[2]
    return next(entities * share // 100 for kind, share, _ in TYPES if kind == name)


def turns(count: int) -> list[int]:
    """Which type each of ``count`` bodies is of, in the types' shares, well mixed."""
    shares = np.array([share for _, share, _ in TYPES])
    owed = np.zeros(len(TYPES))
    order = []
    for _ in range(count):
        owed += shares
        most = int(owed.argmax())
        owed[most] -= shares.sum()
        order.append(most)
    return order


def places(count: int, *, seed: int) -> tuple[FloatArray, FloatArray]:
    """Longitudes and latitudes: most in clusters, a fifth anywhere; float64 (entity,)."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform((WEST, SOUTH), (WEST + WIDTH, SOUTH + HEIGHT), (CLUSTERS, 2))
    near = centres[rng.integers(0, CLUSTERS, count)] + rng.normal(0, CLUSTER_WIDTH, (count, 2))
    anywhere = rng.uniform((WEST, SOUTH), (WEST + WIDTH, SOUTH + HEIGHT), (count, 2))
    found = np.where(rng.random((count, 1)) < 0.2, anywhere, near).round(6).astype(np.float64)
    return found[:, 0], found[:, 1]


def readings(stream: Stream, rows: int, *, seed: int, at: int = BEGIN_AT) -> Readings:
    """One body of a gateway: each of its entities once, where it has as many.

    seed: which gateway it is, and what it reads.
    at: ns; the records lie in the three seconds after it.
    """
    rng = np.random.default_rng(seed)
    size = size_of(stream)
    gateways = max(size // rows, 1)
    codes = ((np.arange(rows) + seed % gateways * rows) % size).astype(np.int32)
    delay_ms = np.minimum(rng.exponential(DISORDER_S, rows), 2.0) * 1e3
    steady_ms = np.linspace(2000, 3000, rows)
    observed_at = at + (steady_ms - delay_ms).astype(np.int64) * MILLISECOND
    lon, lat = places(rows, seed=seed)
    numbers = {"lon": lon, "lat": lat}
    for field in stream.fields[2:]:
        numbers[field.name] = np.round(rng.uniform(0, 100, rows), 2)
    return Readings(stream, codes, observed_at, numbers)


def plain_body(stream: Stream, rows: int, *, seed: int, at: int = BEGIN_AT) -> bytes:
    """A JSON array of flat records, times as text; some 190 bytes a record."""
    return msgspec.json.encode(_plain(readings(stream, rows, seed=seed, at=at)))


def ngsild_body(stream: Stream, rows: int, *, seed: int, at: int = BEGIN_AT) -> bytes:
    """A JSON array of normalised NGSI-LD entities; some 700 bytes a record."""
    made = readings(stream, rows, seed=seed, at=at)
    kind = stream.name.partition(".")[2]
    entities = []
    for record in _plain(made):
        when = record.pop("observed_at")
        point = [record.pop("lon"), record.pop("lat")]
        entity: dict[str, object] = {"id": record.pop("entity"), "type": kind}
        geometry = {"type": "Point", "coordinates": point}
        entity["location"] = {"type": "GeoProperty", "value": geometry, "observedAt": when}
        for name, value in record.items():
            entity[name] = {"type": "Property", "value": value, "observedAt": when}
        entities.append(entity)
    return msgspec.json.encode(entities)


def arrow_body(stream: Stream, rows: int, *, seed: int, at: int = BEGIN_AT) -> bytes:
    """An Arrow IPC stream, entities as a dictionary."""
    made = readings(stream, rows, seed=seed, at=at)
    used, codes = np.unique(made.codes, return_inverse=True)
    ids = pa.array([entity_id(stream, number) for number in used.tolist()])
    entity = pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), ids)
    times = pa.array(made.observed_at).cast(pa.timestamp("ns", tz="UTC"))
    columns = [entity, times, *(pa.array(column) for column in made.numbers.values())]
    batch = pa.record_batch(columns, ["entity", "observed_at", *made.numbers])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def entity_id(stream: Stream, number: int) -> str:
    """The id of the entity with that number."""
    kind = stream.name.partition(".")[2]
    return f"urn:ngsi-ld:{kind}:{number:06d}"


def _plain(made: Readings) -> list[dict[str, object]]:
    """The records as flat objects."""
    texts = np.datetime_as_string(made.observed_at.astype("M8[ns]"), unit="ms")
    ids = [entity_id(made.stream, number) for number in made.codes.tolist()]
    columns = [column.tolist() for column in made.numbers.values()]
    return [
        {
            "entity": entity,
            "observed_at": f"{when}Z",
            **dict(zip(made.numbers, values, strict=True)),
        }
        for entity, when, *values in zip(ids, texts.tolist(), *columns, strict=True)
    ]
