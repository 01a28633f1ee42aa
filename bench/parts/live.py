"""The live view: a million things that move, and what is near."""

import time
from typing import Final

import numpy as np

from bench.apart import apart
from bench.city import HEIGHT, SOUTH, WEST, WIDTH
from bench.peers import postgres, redis
from bench.places import NEAREST, Asked, Places
from bench.rows import HIGHER, Figure, Options, Row, row
from haihe.model.arrays import FloatArray, IntArray
from haihe.model.record import Batch
from haihe.model.stream import Field, Stream
from haihe.state.live import LiveStream

COUNT: Final = 1_000_000
GOAL_MOVES_S: Final = 10e6
GOAL_BOX_MS: Final = 0.1
GOAL_NEAREST_MS: Final = 0.05
KM_LAT: Final = 1 / 111.2  # Degrees of latitude in a kilometre.
KM_LON: Final = KM_LAT / float(np.cos(np.radians(SOUTH)))
PEER_ASKS: Final = 1_000
STEP: Final = 0.0001  # Degrees a thing moves in a second at most: ten metres.
STREAM: Final = Stream("bench.car", (Field("lon", "deg"), Field("lat", "deg")))


def measure(options: Options) -> list[Row]:
    """Rows of moves a second with the index kept, and of the two questions."""
    options.say("live view of a million moving things")
    rounds, asks = (5, 2_000) if options.quick else (20, 20_000)
    moves_s, box_ms, near_ms = apart(_live, rounds, asks, one_core=True)
    case = "live, 1 M entities"
    moves = Figure(case, "moves, index kept", "moves/s", moves_s, GOAL_MOVES_S, HIGHER)
    box = Figure(case, "1 km box, median", "ms", box_ms, GOAL_BOX_MS)
    near = Figure(case, "nearest 10, median", "ms", near_ms, GOAL_NEAREST_MS)
    peers = _peers(options)
    return [
        row("core", moves, beside={name: found.moves_s for name, found in peers.items()}),
        row("core", box, beside={name: found.box_ms for name, found in peers.items()}),
        row("core", near, beside={name: found.near_ms for name, found in peers.items()}),
    ]


def _peers(options: Options) -> dict[str, Asked]:
    """The same, asked of what people would use instead; PostGIS tells means, not medians."""
    if options.quick:
        for name in (redis.NAME, postgres.NAME):
            options.skip(f"{name} as a live view", "loading a million things is not quick")
        return {}
    rng = np.random.default_rng(7)
    lon, lat = WEST + WIDTH * rng.random(COUNT), SOUTH + HEIGHT * rng.random(COUNT)
    before = Places(lon, lat, lon[:PEER_ASKS], lat[:PEER_ASKS])
    step = STEP * (rng.random(COUNT) - 0.5)
    after = Places(lon + step, lat + step, lon[:PEER_ASKS], lat[:PEER_ASKS])
    found = {}
    for peer in (redis, postgres):
        options.say(f"the same with {peer.NAME}")
        asked = peer.live(options, before, moved=after)
        if asked is not None:
            found[peer.NAME] = asked
    return found


def _live(rounds: int, asks: int) -> tuple[float, float, float]:
    """Moves a second, and the median time of a box and of a nearest question; ms."""
    rng = np.random.default_rng(7)
    live = LiveStream(STREAM)
    ids = tuple(f"car/{number}" for number in range(COUNT))
    lon = WEST + WIDTH * rng.random(COUNT)
    lat = SOUTH + HEIGHT * rng.random(COUNT)
    live.update(_batch(lon, lat, number=0), ids)
    _ask_box(live, lon=lon[0], lat=lat[0])
    took = []
    for number in range(1, rounds + 1):
        lon = lon + STEP * (rng.random(COUNT) - 0.5)
        lat = lat + STEP * (rng.random(COUNT) - 0.5)
        batch = _batch(lon, lat, number=number)
        began = time.perf_counter()
        live.update(batch, ids)
        _ask_box(live, lon=lon[0], lat=lat[0])  # The index is made anew when it is next needed.
        took.append(time.perf_counter() - began)
    places = rng.integers(0, COUNT, asks)
    box = _median_ms([_timed_box(live, lon=lon[at], lat=lat[at]) for at in places])
    near = _median_ms([_timed_nearest(live, lon=lon[at], lat=lat[at]) for at in places])
    return COUNT / float(np.median(took)), box, near


def _batch(lon: FloatArray, lat: FloatArray, *, number: int) -> Batch:
    at: IntArray = np.full(COUNT, number, dtype=np.int64)
    return Batch(
        stream=STREAM.name,
        offsets=np.arange(number * COUNT, (number + 1) * COUNT, dtype=np.int64),
        slots=np.arange(COUNT, dtype=np.int32),
        observed_at=at,
        received_at=at,
        numbers={"lon": lon, "lat": lat},
        texts={},
    )


def _ask_box(live: LiveStream, *, lon: float, lat: float) -> int:
    west, east = lon - KM_LON / 2, lon + KM_LON / 2
    return len(live.in_box((west, lat - KM_LAT / 2, east, lat + KM_LAT / 2)))


def _timed_box(live: LiveStream, *, lon: float, lat: float) -> float:
    began = time.perf_counter()
    _ask_box(live, lon=lon, lat=lat)
    return time.perf_counter() - began


def _timed_nearest(live: LiveStream, *, lon: float, lat: float) -> float:
    began = time.perf_counter()
    live.nearest(lon, lat, count=NEAREST)
    return time.perf_counter() - began


def _median_ms(times: list[float]) -> float:
    return float(np.median(times)) * 1_000
