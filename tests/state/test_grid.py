"""The grid against a look at every point."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haihe.model.arrays import FloatArray
from haihe.state.grid import STALE_MIN, Grid

# A city, points on one line, and a region so wide that cells are kilometres.
SPREADS = (
    (117.5, 38.8, 0.5, 0.4),
    (117.5, 39.0, 0.5, 0.0),
    (117.5, 39.0, 0.0, 0.0),
    (73.0, 18.0, 60.0, 35.0),
)


def inside(box: tuple[float, float, float, float], lon: FloatArray, lat: FloatArray) -> list[int]:
    west, south, east, north = box
    pairs = zip(lon.tolist(), lat.tolist(), strict=True)
    return [at for at, (x, y) in enumerate(pairs) if west <= x <= east and south <= y <= north]


def nearest(x: float, y: float, lon: FloatArray, lat: FloatArray, *, count: int) -> list[int]:
    shrink = float(np.cos(np.radians(y)))
    away = [
        (((a - x) * shrink) ** 2 + (b - y) ** 2, at)
        for at, (a, b) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True))
        if not math.isnan(a + b)
    ]
    return [at for _, at in sorted(away)[:count]]


@given(
    seed=st.integers(0, 2**32),
    spread=st.sampled_from(SPREADS),
    count=st.integers(1, 40) | st.integers(STALE_MIN, 3 * STALE_MIN),
    rounds=st.integers(1, 4),
)
def test_every_answer_is_that_of_looking_at_every_point(
    seed: int, spread: tuple[float, float, float, float], count: int, rounds: int
) -> None:
    chance = np.random.default_rng(seed)
    west, south, width, height = spread
    grid = Grid()
    lon = np.full(count, np.nan)
    lat = np.full(count, np.nan)
    for _ in range(rounds):
        moves = chance.integers(0, count, int(chance.integers(1, 2 * count + 1))).astype(np.int32)
        # Places on a lattice, so that some stand on edges and some at one place.
        lon[moves] = west + width * np.round(chance.random(len(moves)), 2)
        lat[moves] = south + height * np.round(chance.random(len(moves)), 2)
        if chance.random() < 0.2:
            lon[moves[0]] = np.nan  # A place that is told no more.
        grid.moved(moves)
        box = (
            west + width * (chance.random() - 0.3),
            south + height * (chance.random() - 0.3),
            west + width * chance.random() * 1.5,
            south + height * chance.random() * 1.5,
        )
        assert grid.in_box(box, lon=lon, lat=lat).tolist() == inside(box, lon, lat)
        x = west + width * (3 * chance.random() - 1)
        y = south + height * (2 * chance.random() - 0.5)
        few = int(chance.integers(1, 12))
        found = grid.nearest((x, y), lon=lon, lat=lat, count=few).tolist()
        assert found == nearest(x, y, lon, lat, count=few)


@pytest.mark.parametrize("point", [(0.0, 0.0), (-180.0, -89.9), (117.5, 39.0), (179.9, 89.9)])
def test_the_nearest_is_found_from_however_far(point: tuple[float, float]) -> None:
    lon, lat = np.array([117.5, 117.6, np.nan]), np.array([39.0, 39.0, 39.0])
    grid = Grid()
    grid.moved(np.arange(3, dtype=np.int32))
    assert sorted(grid.nearest(point, lon=lon, lat=lat, count=5).tolist()) == [0, 1]


def test_the_nearest_of_many_at_one_place_is_found() -> None:
    lon, lat = np.full(600, 117.5), np.full(600, 39.0)
    grid = Grid()
    grid.moved(np.arange(600, dtype=np.int32))
    assert grid.nearest((117.5, 39.0), lon=lon, lat=lat, count=2).tolist() == [0, 1]


def test_a_point_that_left_the_city_since_the_last_rebuild_is_still_found() -> None:
    lon, lat = np.linspace(117.5, 117.6, 600), np.linspace(39.0, 39.1, 600)
    grid = Grid()
    grid.moved(np.arange(600, dtype=np.int32))
    assert grid.nearest((117.5, 39.0), lon=lon, lat=lat, count=1).tolist() == [0]
    lon[7], lat[7] = -70.0, -30.0
    grid.moved(np.array([7], dtype=np.int32))
    assert grid.nearest((117.5, 39.0), lon=lon, lat=lat, count=600).tolist()[-1] == 7


def test_an_empty_grid_answers_with_nothing() -> None:
    nothing = np.empty(0)
    assert Grid().in_box((0, 0, 1, 1), lon=nothing, lat=nothing).tolist() == []
    assert Grid().nearest((0, 0), lon=nothing, lat=nothing, count=3).tolist() == []


def test_points_on_the_edge_of_a_box_are_in_it() -> None:
    lon, lat = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0])
    grid = Grid()
    grid.moved(np.arange(3, dtype=np.int32))
    assert grid.in_box((1.0, 1.0, 2.0, 2.0), lon=lon, lat=lat).tolist() == [0, 1]


def test_a_box_turned_inside_out_holds_nothing() -> None:
    lon, lat = np.array([1.0] * 600), np.array([1.0] * 600)
    grid = Grid()
    grid.moved(np.arange(600, dtype=np.int32))
    assert grid.in_box((2.0, 2.0, 0.0, 0.0), lon=lon, lat=lat).tolist() == []


def test_many_small_moves_keep_the_memory_of_the_moves_small() -> None:
    lon, lat = np.zeros(3), np.zeros(3)
    grid = Grid()
    for _ in range(5_000):
        grid.moved(np.array([0, 1, 2], dtype=np.int32))
    assert sum(map(len, grid._moves)) <= 5 * STALE_MIN
    assert grid.in_box((0, 0, 0, 0), lon=lon, lat=lat).tolist() == [0, 1, 2]
