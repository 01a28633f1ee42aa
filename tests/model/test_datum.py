"""Datums: there and back, against points others published, and nothing outside China."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from haihe.model.datum import EAST, NORTH, SOUTH, WEST, Datum, from_wgs84, to_wgs84

DEGREE_M = 111_320.0  # Of a great circle.
EDGE = 0.05  # Degrees, more than any shift: whether a place beside the edge is shifted is its own.
SHIFTED = (Datum.GCJ02, Datum.BD09)


def away_m(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Between two places near each other; m."""
    east = (lon - other_lon) * math.cos(math.radians(lat))
    return math.hypot(east, lat - other_lat) * DEGREE_M


@pytest.mark.parametrize("datum", SHIFTED)
@given(
    lon=arrays(np.float64, 20, elements=st.floats(WEST + EDGE, EAST - EDGE)),
    lat=arrays(np.float64, 20, elements=st.floats(SOUTH + EDGE, NORTH - EDGE)),
)
def test_there_and_back_is_the_same_place_within_a_decimetre(
    datum: Datum, lon: np.ndarray, lat: np.ndarray
) -> None:
    there = from_wgs84(lon, lat, datum=datum)
    back = to_wgs84(*there, datum=datum)
    for x, y, back_x, back_y in zip(lon, lat, *back, strict=True):
        assert away_m(x, y, back_x, back_y) < 0.1


# Shanghai, Shenzhen, Beijing: the vectors in eviltransform's own tests.
@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
)
def test_the_published_vectors_are_met_to_a_tenth_of_a_millimetre(
    wgs84: tuple[float, float], gcj02: tuple[float, float]
) -> None:
    found = from_wgs84(np.array(wgs84[:1]), np.array(wgs84[1:]), datum=Datum.GCJ02)
    assert (found[0][0], found[1][0]) == pytest.approx(gcj02, abs=1e-9)
    back = to_wgs84(np.array(gcj02[:1]), np.array(gcj02[1:]), datum=Datum.GCJ02)
    assert (back[0][0], back[1][0]) == pytest.approx(wgs84, abs=1e-9)


@pytest.mark.parametrize("datum", SHIFTED)
@pytest.mark.parametrize("place", [(24.94, 60.17), (-117.7, 39.0), (math.nan, 39.0), (0.0, 0.0)])
def test_outside_china_and_where_nothing_is_known_nothing_changes(
    datum: Datum, place: tuple[float, float]
) -> None:
    lon, lat = np.array(place[:1]), np.array(place[1:])
    for change in (to_wgs84, from_wgs84):
        found = change(lon, lat, datum=datum)
        assert np.array_equal(found, (lon, lat), equal_nan=True)


def test_the_shift_is_some_hundred_metres_and_the_callers_columns_stay_as_they_are() -> None:
    lon, lat = np.array([117.7]), np.array([39.02])
    x, y = from_wgs84(lon, lat, datum=Datum.GCJ02)
    assert 100 < away_m(float(x[0]), float(y[0]), 117.7, 39.02) < 1_000
    to_wgs84(lon, lat, datum=Datum.BD09)
    assert (lon.tolist(), lat.tolist()) == ([117.7], [39.02])
