"""Beijing's air, hour by hour: every station's file side by side, whichever stations lie there."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bench.boards.data import opened
from haihe.model.arrays import FloatArray
from haihe.model.time import HOUR, SECOND

COLUMNS: Final = ("PM2.5", "PM10", "SO2", "NO2", "CO", "O3", "TEMP", "PRES", "DEWP", "WSPM")
BEGIN_AT: Final = 1_362_067_200 * SECOND  # The first hour of the files: 2013-03-01, 00:00 +08:00.
MISSING: Final = ("", "NA")


@dataclass(frozen=True, slots=True)
class Air:
    """Readings of all stations.

    stations: their names, as their files are called.
    table: float64 (station, hour, column), in the units of the files; missing is NaN.
    """

    stations: tuple[str, ...]
    table: FloatArray

    @property
    def hours(self) -> int:
        """How many there are."""
        return int(self.table.shape[1])

    def column(self, name: str) -> FloatArray:
        """One quantity: float64 (station, hour); a view."""
        found: FloatArray = self.table[:, :, COLUMNS.index(name)]
        return found

    def sensor_years(self) -> float:
        """Stations times columns times years."""
        return len(self.stations) * len(COLUMNS) * self.hours * HOUR / (8766 * HOUR)


def read(folder: Path) -> Air:
    """Every ``*.csv`` and ``*.csv.gz`` of the folder.

    Raises ValueError if there are fewer than three stations or they do not cover the same hours.
    """
    files = sorted(path for path in folder.iterdir() if path.name.endswith((".csv", ".csv.gz")))
    tables = [_station(path) for path in files]
    if len(tables) < 3 or len({len(table) for table in tables}) != 1:
        raise ValueError(
            f"{folder} has {len(tables)} stations of {sorted({len(t) for t in tables})} hours; "
            "put three or more of equal length there."
        )
    return Air(tuple(path.name.partition(".")[0] for path in files), np.stack(tables))


def _station(path: Path) -> FloatArray:
    with opened(path) as lines:
        rows = [
            [np.nan if row[name] in MISSING else float(row[name]) for name in COLUMNS]
            for row in csv.DictReader(lines)
        ]
    return np.array(rows)
