"""A grid index over moving points: rebuilt now and then, exact at every query.

Queries look at the cells as they were at the last rebuild and at everything that has moved since,
and test each candidate's present place; so a stale cell costs time, never an answer.
"""

from typing import Final, TypeAlias

import numpy as np

from haihe.model.arrays import FloatArray, IntArray, SlotArray

Box: TypeAlias = tuple[float, float, float, float]  # west, south, east, north; degrees.

CELLS: Final = 512  # A side; measured: 1 M points of a zone give about four points a cell.
STALE_SHARE: Final = 0.1  # Measured: testing 10 % loose points costs as much as half a rebuild.
REACH_MIN: Final = 1e-6  # Ours: degrees, a decimetre; where all points stand on one another.
SHRINK_MIN: Final = 1e-3  # Ours: nearer to a pole than the last 6 km no city stands.
STALE_MIN: Final = 256  # Below this many loose points a rebuild is never worth it.


class Grid:
    """Cells of points in compressed rows, and the points that moved since they were made."""

    def __init__(self) -> None:
        """Hold nothing; the first query builds the cells."""
        self._box: Box = (0.0, 0.0, 1.0, 1.0)
        self._start: IntArray = np.zeros(CELLS * CELLS + 1, dtype=np.int64)
        self._slots: SlotArray = np.empty(0, dtype=np.int32)
        self._size = 0  # Entities, placed or not, at the last rebuild.
        self._moves: list[SlotArray] = []
        self._moved_count = 0

    def moved(self, slots: SlotArray) -> None:
        """Note that these entities are no longer where the cells say.

        slots: int32 (entity,), repeats allowed.
        """
        self._moved_count += len(slots)
        if self._is_stale:
            self._moves.clear()  # The next query makes all cells anew.
        else:
            self._moves.append(slots)

    def in_box(self, box: Box, *, lon: FloatArray, lat: FloatArray) -> SlotArray:
        """Slots inside the box, edges included.

        lon, lat: float64 (entity,), present places; NaN where unknown.
        Returns int32, rising.
        """
        self._refresh(lon, lat)
        settled, loose = self._cells(box), self._loose()
        candidates = np.concatenate((settled, loose)) if len(loose) else settled
        x, y = lon[candidates], lat[candidates]
        west, south, east, north = box
        inside = candidates[(x >= west) & (x <= east) & (y >= south) & (y <= north)]
        return np.unique(inside) if len(loose) else np.sort(inside)

    def nearest(
        self, point: tuple[float, float], *, lon: FloatArray, lat: FloatArray, count: int
    ) -> SlotArray:
        """The ``count`` slots nearest to a point, the nearest first; ties by slot.

        Distances are on the plane touching the earth at the point, exact enough within a city.
        """
        self._refresh(lon, lat)
        x, y = point
        shrink = max(float(np.cos(np.radians(y))), SHRINK_MIN)
        west, south, east, north = self._box
        reach = max(east - west, north - south, REACH_MIN) / CELLS * 2
        whole = 2 * max(east - west, north - south, abs(x - west), abs(y - south))
        while True:
            box = (x - reach / shrink, y - reach, x + reach / shrink, y + reach)
            is_all = reach * shrink > whole  # What moved since the rebuild may be anywhere.
            slots = _known(lon, lat) if is_all else self.in_box(box, lon=lon, lat=lat)
            away = ((lon[slots] - x) * shrink) ** 2 + (lat[slots] - y) ** 2
            if is_all or int(np.count_nonzero(away <= reach * reach)) >= count:
                order = np.lexsort((slots, away))[:count]
                return slots[order]
            reach *= 2

    @property
    def _is_stale(self) -> bool:
        """Whether too much moved since the last rebuild."""
        return self._moved_count > max(STALE_MIN, int(STALE_SHARE * self._size))

    def _refresh(self, lon: FloatArray, lat: FloatArray) -> None:
        """Rebuild the cells if too much moved since."""
        if not self._is_stale:
            return
        known = _known(lon, lat)
        everywhere = len(known) == len(lon)
        x, y = (lon, lat) if everywhere else (lon[known], lat[known])
        if len(known):
            self._box = (float(x.min()), float(y.min()), float(x.max()), float(y.max()))
        cell = self._row(y) * CELLS + self._column(x)
        counts = np.bincount(cell, minlength=CELLS * CELLS)
        self._start = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(counts)))
        # Sorting cell and number packed in one integer is five times faster than an argsort.
        bits = max(len(known) - 1, 1).bit_length()
        packed = np.sort((cell << bits) | np.arange(len(known), dtype=np.int64))
        self._slots = known[packed & ((1 << bits) - 1)]
        self._size = len(lon)
        self._moves, self._moved_count = [], 0

    def _column(self, lon: FloatArray) -> IntArray:
        west, _, east, _ = self._box
        return _cell_of(lon, low=west, high=east)

    def _row(self, lat: FloatArray) -> IntArray:
        _, south, _, north = self._box
        return _cell_of(lat, low=south, high=north)

    def _cells(self, box: Box) -> SlotArray:
        """The slots in all cells that touch the box, as of the last rebuild."""
        if not len(self._slots):
            return self._slots
        west, south, east, north = self._box
        left, right = (_place(value, low=west, high=east) for value in (box[0], box[2]))
        low, high = (_place(value, low=south, high=north) for value in (box[1], box[3]))
        rows = np.arange(low, high + 1) * CELLS
        starts, ends = self._start[rows + left].tolist(), self._start[rows + right + 1].tolist()
        slots = self._slots
        pieces = [slots[start:end] for start, end in zip(starts, ends, strict=True)]
        return np.concatenate((*pieces, slots[:0]))

    def _loose(self) -> SlotArray:
        """The slots that moved since the last rebuild."""
        if len(self._moves) != 1:
            self._moves = [np.concatenate((*self._moves, np.empty(0, dtype=np.int32)))]
        return self._moves[0]


def _known(lon: FloatArray, lat: FloatArray) -> SlotArray:
    """The slots that have a place, rising."""
    return np.flatnonzero(~np.isnan(lon + lat)).astype(np.int32)


def _cell_of(values: FloatArray, *, low: float, high: float) -> IntArray:
    """Which of ``CELLS`` equal parts of [low, high] each value is in; none lies outside."""
    width = (high - low) / CELLS or 1.0
    parts = values - low
    parts /= width
    cell = parts.astype(np.int64)
    return np.minimum(cell, CELLS - 1, out=cell)


def _place(value: float, *, low: float, high: float) -> int:
    """The same for one value; outside is the edge's."""
    width = (high - low) / CELLS or 1.0
    return int(min(max((value - low) / width, 0), CELLS - 1))
