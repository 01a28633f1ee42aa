"""坐标系: places in the datums that Chinese maps use, converted at the edge; inside all is WGS-84.

GCJ-02 (AMap, Tencent) shifts every place in China by some hundred metres, BD-09 (Baidu) by as much
again. The shift has no published inverse; it is undone by iterating.

Source: the transformation as it is publicly known, such as in ``eviltransform`` (Mozilla Public
License) and ``coordtransform`` (MIT); formulas only, written anew.
"""

from enum import StrEnum
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray

AXIS_M: Final = 6_378_245.0  # Krasovsky 1940, the ellipsoid of the formula.
ECCENTRICITY: Final = 0.00669342162296594323  # Squared; of the same.
WEST, SOUTH, EAST, NORTH = 72.004, 0.8293, 137.8347, 55.8271  # The formula's idea of China.
ROUNDS: Final = 6  # Ours: each leaves a hundredth of the error; 1e-11 degrees after five.
BD_TURN: Final = np.pi * 3000 / 180  # BD-09's own constants, here and below.
BD_EAST, BD_NORTH = 0.0065, 0.006
BD_STRETCH, BD_TWIST = 2e-5, 3e-6


class Datum(StrEnum):
    """What coordinates refer to."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


def to_wgs84(lon: FloatArray, lat: FloatArray, *, datum: Datum) -> tuple[FloatArray, FloatArray]:
    """Places in WGS-84, to less than a millimetre.

    lon, lat: float64 (place,), degrees in ``datum``; NaN stays. Outside China nothing changes.
    """
    if datum is Datum.WGS84:
        return lon, lat
    inside = _in_china(lon, lat)
    x, y = lon[inside], lat[inside]
    found_x, found_y = x.copy(), y.copy()
    for _ in range(ROUNDS):
        shifted_x, shifted_y = _shifted(found_x, found_y, datum=datum)
        found_x, found_y = found_x - (shifted_x - x), found_y - (shifted_y - y)
    return _put(lon, inside, values=found_x), _put(lat, inside, values=found_y)


def from_wgs84(lon: FloatArray, lat: FloatArray, *, datum: Datum) -> tuple[FloatArray, FloatArray]:
    """Places of WGS-84 in another datum.

    lon, lat: float64 (place,), degrees; NaN stays. Outside China nothing changes.

    >>> x, y = from_wgs84(np.array([116.404]), np.array([39.915]), datum=Datum.GCJ02)
    >>> round(float(x[0]), 5), round(float(y[0]), 5)
    (116.41024, 39.9164)
    """
    if datum is Datum.WGS84:
        return lon, lat
    inside = _in_china(lon, lat)
    x, y = _shifted(lon[inside], lat[inside], datum=datum)
    return _put(lon, inside, values=x), _put(lat, inside, values=y)


def _in_china(lon: FloatArray, lat: FloatArray) -> BoolArray:
    return (lon >= WEST) & (lon <= EAST) & (lat >= SOUTH) & (lat <= NORTH)


def _put(column: FloatArray, chosen: BoolArray, *, values: FloatArray) -> FloatArray:
    found = column.astype(np.float64)
    found[chosen] = values
    return found


def _shifted(lon: FloatArray, lat: FloatArray, *, datum: Datum) -> tuple[FloatArray, FloatArray]:
    """Places of WGS-84 as the datum shows them, wherever they are."""
    x, y = _gcj02(lon, lat)
    return _bd09(x, y) if datum is Datum.BD09 else (x, y)


def _gcj02(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    x, y = lon - 105.0, lat - 35.0
    both = 0.1 * x * y
    root = np.sqrt(np.abs(x))
    waves = (20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + both + 0.1 * root + waves
    east += (20 * np.sin(np.pi * x) + 40 * np.sin(np.pi / 3 * x)) * 2 / 3
    east += (150 * np.sin(np.pi / 12 * x) + 300 * np.sin(np.pi / 30 * x)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + both + 0.2 * root + waves
    north += (20 * np.sin(np.pi * y) + 40 * np.sin(np.pi / 3 * y)) * 2 / 3
    north += (160 * np.sin(np.pi / 12 * y) + 320 * np.sin(np.pi / 30 * y)) * 2 / 3
    angle = np.radians(lat)
    bend = 1 - ECCENTRICITY * np.sin(angle) ** 2
    tall_m = AXIS_M * (1 - ECCENTRICITY) / (bend * np.sqrt(bend))
    wide_m = AXIS_M / np.sqrt(bend) * np.cos(angle)
    return lon + np.degrees(east / wide_m), lat + np.degrees(north / tall_m)


def _bd09(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    away = np.hypot(lon, lat) + BD_STRETCH * np.sin(lat * BD_TURN)
    angle = np.arctan2(lat, lon) + BD_TWIST * np.cos(lon * BD_TURN)
    return away * np.cos(angle) + BD_EAST, away * np.sin(angle) + BD_NORTH
