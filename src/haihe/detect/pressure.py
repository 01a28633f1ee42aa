"""The pressure to be expected at each sensor of a district, from what flows and how tanks stand."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.detect.linear import products, solve
from haihe.model.arrays import FloatArray, IntArray

DAY_HOURS: Final = 24  # By definition.
HOUR_SHARE: Final = 0.5  # Ours: an hour of the day must show at four days to count fully.
STEADY: Final = 1e-6  # Ours: of a sum over hours; keeps what never moves from taking a part.


@dataclass(frozen=True, slots=True)
class PressureModel:
    """What a quiet time taught about the sensors of one district.

    parts: float64 (part, sensor), what each part of ``_parts`` adds; m.
    middle, spread: float64 (driver,), of the flows and levels while it was learnt.
    covariance: float64 (sensor, sensor), of an hour's error; m2. Errors that last from hour to
        hour count as much as they add to the mean of a day.
    """

    parts: FloatArray
    middle: FloatArray
    spread: FloatArray
    covariance: FloatArray

    def expect(self, flows: FloatArray, levels: FloatArray, *, hour: IntArray) -> FloatArray:
        """The pressure at each sensor: float64 (hour, sensor), m.

        flows: float64 (hour, flow), m3/h: what customers use, so less a leak that is known.
        levels: float64 (hour, tank), m.
        hour: int64 (hour,), hours since 1970, local.
        """
        drivers = (np.concatenate([flows, levels], axis=1) - self.middle) / self.spread
        told = _parts(drivers, flows=flows.shape[1], hour=hour)
        total = np.zeros((len(hour), self.parts.shape[1]))
        for part in range(told.shape[1]):
            total += told[:, part, None] * self.parts[part]
        return total


def learn_pressures(
    flows: FloatArray, levels: FloatArray, *, hour: IntArray, pressure: FloatArray
) -> PressureModel:
    """Learn from hours without anything unusual; two weeks are enough.

    Head loss goes with the square of flow, tanks lift what hangs on them, and the hour of the day
    tells where water is used.

    flows, levels, hour: as in ``PressureModel.expect``.
    pressure: float64 (hour, sensor), m; none missing.
    Raises ValueError if there are less than two days.
    Source: ridge regression: Hoerl and Kennard, Technometrics 12, 1970.
    """
    if len(hour) < 2 * DAY_HOURS:
        raise ValueError(f"{len(hour)} hours teach nothing; give {2 * DAY_HOURS} or more.")
    drivers = np.concatenate([flows, levels], axis=1)
    middle = np.add.accumulate(drivers, axis=0)[-1] / len(hour)
    squares = np.add.accumulate(np.square(drivers - middle), axis=0)[-1] / len(hour)
    spread = np.where(squares > 0, np.sqrt(squares), 1.0)
    told = _parts((drivers - middle) / spread, flows=flows.shape[1], hour=hour)
    ridge = np.full(told.shape[1], STEADY * len(hour))
    ridge[-DAY_HOURS:] = 1.0
    parts = solve(products(told, told) + np.diag(ridge), products(told, pressure))
    model = PressureModel(parts, middle, spread, np.zeros((pressure.shape[1],) * 2))
    error = pressure - model.expect(flows, levels, hour=hour)
    return PressureModel(parts, middle, spread, _covariance(error))


def _parts(drivers: FloatArray, *, flows: int, hour: IntArray) -> FloatArray:
    """1, the drivers, the squares of the flows, and the hour of the day."""
    clock = np.zeros((len(hour), DAY_HOURS))
    clock[np.arange(len(hour)), hour % DAY_HOURS] = HOUR_SHARE
    pulled = drivers[:, :flows]
    return np.concatenate([np.ones((len(hour), 1)), drivers, np.square(pulled), clock], axis=1)


def _covariance(error: FloatArray) -> FloatArray:
    days = len(error) // DAY_HOURS
    hourly = products(error, error) / len(error)
    daily = error[: days * DAY_HOURS].reshape(days, DAY_HOURS, -1)
    daily = np.add.accumulate(daily, axis=1)[:, -1] / DAY_HOURS
    lasting = np.add.accumulate(np.square(daily), axis=0)[-1] / days * DAY_HOURS
    own = np.diagonal(hourly)
    excess = np.sqrt(np.maximum(lasting / np.where(own > 0, own, 1.0), 1.0))
    covariance: FloatArray = hourly * excess[:, None] * excess[None, :]
    return covariance
