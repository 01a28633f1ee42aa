"""``haihe up`` with the bench's own pack, and bodies of records for it."""

import http.client
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa

from bench.city import HEIGHT, SOUTH, WEST, WIDTH, places
from bench.screens.pack import CAR, POINT
from bench.screens.town import town
from bench.server import Server, serving
from haihe.model.arrays import FloatArray
from haihe.model.time import SECOND

ROOT: Final = Path(__file__).resolve().parents[2]
ARROW: Final = "application/vnd.apache.arrow.stream"
# What an installed pack leaves behind: enough for it to be found.
METADATA: Final = "Metadata-Version: 2.1\nName: haihe-bench\nVersion: 0\n"
POINTS_OF: Final = "[haihe.packs]\nbench = bench.screens.pack:pack\n"
JSON: Final = "application/json"
AT_ONCE: Final = 20_000  # Ours: rows in one body.
STEP: Final = 0.0003  # Degrees in a second: some 100 km/h.


@dataclass(frozen=True, slots=True)
class Zone:
    """A server of its own for one part of the bench."""

    server: Server

    @property
    def address(self) -> str:
        """Where the console is."""
        return f"http://{self.server.host}:{self.server.port}"

    def send(self, stream: str, body: bytes, *, kind: str = ARROW) -> float:
        """Post records; the instant of ``time.time`` at which they were acknowledged.

        Raises OSError if they were not.
        """
        status, answer = self._call("POST", f"/api/v1/streams/{stream}", body=body, kind=kind)
        at = time.time()
        if status not in (200, 201):
            raise OSError(f"{stream}: {status} {answer[:200]!r}")
        return at

    def get(self, path: str) -> bytes:
        """The answer to a GET below the API.

        Raises OSError if it is no 200.
        """
        status, answer = self._call("GET", "/api/v1" + path)
        if status != 200:
            raise OSError(f"{path}: {status} {answer[:200]!r}")
        return answer

    def _call(
        self, method: str, path: str, *, body: bytes | None = None, kind: str = ARROW
    ) -> tuple[int, bytes]:
        line = http.client.HTTPConnection(self.server.host, self.server.port, timeout=60)
        try:
            line.request(method, path, body, {"Content-Type": kind} if body is not None else {})
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()


@contextmanager
def a_zone(*, with_map: bool = False) -> Iterator[Zone]:
    """The server, with nothing in it yet.

    with_map: whether a made-up town lies beneath.
    """
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "packs" / "haihe_bench-0.dist-info"
        found.mkdir(parents=True)
        (found / "METADATA").write_text(METADATA)
        (found / "entry_points.txt").write_text(POINTS_OF)
        data = Path(folder) / "data"
        data.mkdir()
        (data / "haihe.toml").write_text('packs = ["bench"]\n')
        path = f"{found.parent}{os.pathsep}{ROOT}"
        below = ("--map", str(town(Path(folder) / "town.osm"))) if with_map else ()
        with serving(data, *below, environment={"PYTHONPATH": path}) as server:
            yield Zone(server)


class Moving:
    """Things that move a little every second."""

    def __init__(self, count: int) -> None:
        """Put them into the city."""
        self._rng = np.random.default_rng(16)
        self.ids = pa.array([f"car/{number:05d}" for number in range(count)])
        self.lon, self.lat = places(count, seed=16)
        self._heading = self._rng.uniform(0, 2 * np.pi, count)

    def next_body(self) -> bytes:
        """Where they are a second later."""
        self._heading += self._rng.normal(0, 0.2, len(self._heading))
        self.lon = _kept(self.lon + STEP * np.cos(self._heading), WEST, wide=WIDTH)
        self.lat = _kept(self.lat + STEP * np.sin(self._heading), SOUTH, wide=HEIGHT)
        numbers = {"lon": self.lon, "lat": self.lat, "speed": np.full(len(self.lon), 60.0)}
        return arrow(self.ids, numbers)


def points_body(first: int, count: int, *, value: float) -> bytes:
    """Standing points of the city that all say the same value."""
    lon, lat = places(count, seed=first)
    ids = pa.array([f"point/{number:06d}" for number in range(first, first + count)])
    return arrow(ids, {"lon": lon, "lat": lat, "value": np.full(count, value)})


def point_alarm(number: int) -> bytes:
    """One point that is too high, as JSON."""
    record = {"entity": f"point/{number:06d}", "lon": 117.7, "lat": 39.05, "value": 99.0}
    return msgspec.json.encode([record])


def fill_points(zone: Zone, count: int) -> None:
    """So many standing points, all calm."""
    for first in range(0, count, AT_ONCE):
        body = points_body(first, min(AT_ONCE, count - first), value=10.0)
        zone.send(POINT.name, body)


def move(zone: Zone, moving: Moving) -> None:
    """Everything that moves, once."""
    zone.send(CAR.name, moving.next_body())


def arrow(ids: pa.Array, numbers: dict[str, FloatArray]) -> bytes:
    """Records of this instant as an Arrow stream."""
    at = np.full(len(ids), time.time_ns() // SECOND * SECOND, dtype=np.int64)
    times = pa.array(at).cast(pa.timestamp("ns", tz="UTC"))
    columns = [ids.dictionary_encode(), times, *(pa.array(each) for each in numbers.values())]
    batch = pa.record_batch(columns, ["entity", "observed_at", *numbers])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def _kept(values: FloatArray, low: float, *, wide: float) -> FloatArray:
    """The values, back into the city where they have left it."""
    return low + (values - low) % wide
