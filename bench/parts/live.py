"""The live view of a million moving things: moves with the index, what is in a box, who is near."""

import time
from collections.abc import Callable
from typing import Final

import msgspec
import numpy as np

from bench.apart import apart
from bench.city import BEGIN_AT, HEIGHT, SOUTH, WEST, WIDTH, places
from bench.rows import HIGHER, Figure, Options, Row, row
from haihe.model.arrays import FloatArray
from haihe.model.record import Batch
from haihe.model.stream import Field, Stream
from haihe.state.live import LiveStream

ENTITIES: Final = 1_000_000
BATCH: Final = 100_000  # As the writer's largest round.
ROUNDS_QUICK: Final = 3
ROUNDS: Final = 15
QUERIES_QUICK: Final = 1_000
QUERIES: Final = 10_000
KILOMETRE: Final = (0.01155, 0.00899)  # Degrees of longitude and latitude at 39 north.
NEAREST: Final = 10
GOAL_MOVES: Final = 10_000_000.0
GOAL_BOX_MS: Final = 0.1
GOAL_NEAREST_MS: Final = 0.05
THING: Final = Stream(
    "live.thing",
    fields=(
        Field("lon", unit="deg", low=-180, high=180),
        Field("lat", unit="deg", low=-90, high=90),
    ),
)


class Found(msgspec.Struct, frozen=True):
    """Moves a second of each round, then ms of each query; how many a box holds on average."""

    moves: list[float]
    box_ms: list[float]
    nearest_ms: list[float]
    in_box: float


def measure(options: Options) -> list[Row]:
    """Rows of the live view of a million things."""
    options.say("live view of 1,000,000 things")
    found = apart(look, *((ROUNDS_QUICK, QUERIES_QUICK) if options.quick else (ROUNDS, QUERIES)))
    case = "live, 1 M things"
    rate = float(np.median(found.moves))
    box = f"1 km box ({found.in_box:.0f} in it)"
    figures = [
        Figure(case, "moves with index", "moves/s", rate, GOAL_MOVES, HIGHER),
        Figure(case, f"{box} median", "ms", float(np.median(found.box_ms)), GOAL_BOX_MS),
        Figure(case, f"{box} p99", "ms", float(np.percentile(found.box_ms, 99))),
        Figure(
            case, "nearest 10 median", "ms", float(np.median(found.nearest_ms)), GOAL_NEAREST_MS
        ),
        Figure(case, "nearest 10 p99", "ms", float(np.percentile(found.nearest_ms, 99))),
    ]
    return [row("core", figure) for figure in figures]


def look(rounds: int, queries: int) -> Found:
    """Move everything and look around, again and again."""
    live = LiveStream(THING)
    ids = [f"thing/{number}" for number in range(ENTITIES)]
    lon, lat = places(ENTITIES, seed=9)
    _move(live, ids, lon=lon, lat=lat)
    rng = np.random.default_rng(10)
    moves = []
    for _ in range(rounds):
        lon = lon + rng.normal(0, 1e-4, ENTITIES)
        lat = lat + rng.normal(0, 1e-4, ENTITIES)
        began = time.process_time()
        _move(live, ids, lon=lon, lat=lat)
        live.in_box((WEST, SOUTH, WEST, SOUTH))  # The first query makes the cells anew.
        moves.append(ENTITIES / (time.process_time() - began))
    at = rng.integers(0, ENTITIES, queries)
    width, height = KILOMETRE
    boxes = [
        (x, y, x + width, y + height) for x, y in zip(lon[at] - width / 2, lat[at] - height / 2)
    ]
    held = np.mean([len(live.in_box(box)) for box in boxes])
    anywhere = rng.uniform((WEST, SOUTH), (WEST + WIDTH, SOUTH + HEIGHT), (queries, 2)).tolist()
    box_ms = [_ms(lambda box=box: live.in_box(box)) for box in boxes]
    nearest_ms = [_ms(lambda x=x, y=y: live.nearest(x, y, count=NEAREST)) for x, y in anywhere]
    return Found(moves, box_ms, nearest_ms, float(held))


def _ms(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1e3


def _move(live: LiveStream, ids: list[str], *, lon: FloatArray, lat: FloatArray) -> None:
    """Everything reports a place, a batch after the other."""
    at = int(live.observed_at[0]) + 1 if live.count else BEGIN_AT
    for start in range(0, ENTITIES, BATCH):
        part = slice(start, start + BATCH)
        live.update(
            Batch(
                stream=THING.name,
                offsets=np.arange(start, start + BATCH, dtype=np.int64),
                slots=np.arange(start, start + BATCH, dtype=np.int32),
                observed_at=np.full(BATCH, at),
                received_at=np.full(BATCH, at),
                numbers={"lon": lon[part], "lat": lat[part]},
                texts={},
            ),
            ids,
        )
