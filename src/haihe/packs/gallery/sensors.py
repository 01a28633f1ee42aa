"""What the sensors say of what is: drift, noise, rounding and range; and records made of it."""

from typing import Final

import numpy as np

from haihe.model import Rows, Stream
from haihe.model.arrays import FloatArray, IndexArray
from haihe.packs.gallery import physics

# Ours, after data sheets of usual heads: columns as in ``gallery.air``.
_OFFSET: Final = np.array([0.8, 0.0, 0.4, 1.5, 0.0, 0.0])  # What a sound sensor says of nothing.
_SIGMA: Final = np.array([0.12, 0.05, 0.08, 0.3, 0.1, 0.5])  # Noise, one standard deviation.
_TOP: Final = np.array([100.0, 30.0, 500.0, 2000.0, 200.0, 100.0])  # Where a head saturates.
_BOTTOM: Final = np.array([0.0, 0.0, 0.0, 0.0, -40.0, 0.0])
DIGITS: Final = 2  # Ours: what a 16-bit converter behind a 4-20 mA loop resolves.
LEVEL_SIGMA_M: Final = 0.004  # Ours: a hydrostatic probe of 0.1 % over 4 m.
LEVEL_DIGITS: Final = 3  # Ours: it resolves a millimetre.


def air_readings(air: FloatArray, noise: FloatArray) -> FloatArray:
    """What the stations of all zones say of their air; float64 (zone, 6), as ``gallery.air``.

    air: float64 (zone, 6), columns as in ``physics``.
    noise: float64 (zone, 6), of mean 0 and standard deviation 1.
    """
    true = np.column_stack(
        [
            air[:, physics.METHANE] / physics.LEL_VOL * 100.0,
            air[:, physics.OXYGEN],
            air[:, physics.H2S],
            air[:, physics.CO],
            air[:, physics.DEGC],
            physics.humidity_percent(air),
        ]
    )
    told = np.round(true + _OFFSET + _SIGMA * noise, DIGITS)
    held: FloatArray = np.minimum(np.maximum(told, _BOTTOM), _TOP)
    return held


def sump_readings(level_m: FloatArray, noise: FloatArray) -> FloatArray:
    """What the level sensors say; float64 (zone, 1), as ``gallery.water``.

    level_m: float64 (zone,), m.
    noise: float64 (zone, 1).
    """
    told = np.round(level_m[:, np.newaxis] + LEVEL_SIGMA_M * noise, LEVEL_DIGITS)
    return np.maximum(told, 0.0)


def rows_of(stream: Stream, ids: tuple[str, ...], *, at: int, table: FloatArray) -> Rows:
    """Records of one instant, one of each entity.

    ids: every entity that could speak.
    at: ns.
    table: float64 (entity, field), columns in the stream's order.
    """
    count = len(ids)
    return Rows(
        stream=stream.name,
        ids=ids,
        codes=np.arange(count, dtype=np.int32),
        observed_at=np.full(count, at, np.int64),
        numbers={
            field.name: np.ascontiguousarray(table[:, column])
            for column, field in enumerate(stream.numbers)
        },
        texts={},
    )


def only(rows: Rows, kept: IndexArray) -> Rows:
    """Some of the rows of one instant.

    rows: one of each of its ids, in their order.
    kept: which, rising.
    """
    if len(kept) == len(rows):
        return rows
    return Rows(
        stream=rows.stream,
        ids=tuple(rows.ids[row] for row in kept.tolist()),
        codes=np.arange(len(kept), dtype=np.int32),
        observed_at=rows.observed_at[kept],
        numbers={name: column[kept] for name, column in rows.numbers.items()},
        texts={name: column[kept] for name, column in rows.texts.items()},
    )
