"""Sensor faults put into recorded readings, with their truth: kinds, sizes and seeds."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import FloatArray, IntArray

# What a maintenance engineer would want to hear of. The unit of size: the robust sigma (MAD) of the
# change from one day to the next at the same hour, of the sensor itself: 3 degC, 4 hPa, 50 ug/m3.
SIZES: Final[dict[str, tuple[float, ...]]] = {
    "stuck": (24, 48, 96),  # Hours.
    "drifting": (0.1, 0.2, 0.4),  # Sigmas a day.
    "offset": (1, 2, 4),  # Sigmas.
    "spiking": (2, 4, 8),  # Spikes a day, each of 5 to 10 sigmas.
    "swapped-kin": (1,),  # Two channels of one station.
    "swapped-peer": (0.25, 0.5, 1),  # Two stations whose medians differ by at least so many sigmas.
}
LASTS: Final = {  # Days.
    "stuck": 5, "drifting": 35, "offset": 14, "spiking": 7, "swapped-kin": 21, "swapped-peer": 35,
}  # fmt: skip
WITHIN: Final = {  # Days from its start in which the first verdict must be right.
    "stuck": 5, "drifting": 30, "offset": 14, "spiking": 7, "swapped-kin": 21, "swapped-peer": 30,
}  # fmt: skip
SPIKE: Final = 5.0  # Sigmas; the least.
APART: Final = 0.25  # Sigmas between medians: an exchange of sensors more alike biases nothing.
SETTLED: Final = 100  # Days before the first fault.
REST: Final = 12  # Days between faults.
LOW_SHARE: Final = 0.1  # Of a sensor's readings.
HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class Injected:
    """One fault: what, where and when.

    kind: as in ``SIZES``.
    station, partner: rows; ``partner`` is -1 unless two stations are exchanged.
    size: in the unit of its kind.
    day: of its start, from 0.
    """

    kind: str
    station: int
    partner: int
    size: float
    day: int


@dataclass(frozen=True, slots=True)
class Faulty:
    """Readings with faults in them.

    own: float64 (station, hour), the quantity.
    other: float64 (station, hour), the one it may be exchanged with; None if there is none.
    truth: the faults, by time.
    """

    own: FloatArray
    other: FloatArray | None
    truth: tuple[Injected, ...]


def day_sigma(values: FloatArray) -> FloatArray:
    """The size of an ordinary change from day to day: float64 (station,).

    values: float64 (station, hour), missing is NaN.
    """
    change = np.abs(values[:, HOURS:] - values[:, :-HOURS])
    return np.asarray(1.4826 * np.nanmedian(change, axis=1))


def inject(
    values: FloatArray, other: FloatArray | None, *, seed: tuple[int, ...], positive: bool
) -> Faulty:
    """One fault after another, kinds in turn, each on a station and of a size drawn at random.

    values, other: float64 (station, hour).
    seed: of all draws.
    positive: True for a quantity that cannot be below 0: offsets and drifts are upwards then.
    """
    draw = np.random.default_rng(seed)
    work = _Work(
        values.copy(),
        None if other is None else other.copy(),
        day_sigma(values),
        np.nanmedian(values, axis=1),
        draw,
        positive,
    )
    truth: list[Injected] = []
    kinds: list[str] = []
    day = SETTLED
    while (day + max(LASTS.values()) + 2 * REST) * HOURS < values.shape[1]:
        kinds = kinds or [str(kind) for kind in draw.permutation(list(work.kinds()))]
        kind = kinds.pop()
        fault = work.draw_fault(kind, day + int(draw.integers(5)))
        work.put(fault)
        truth.append(fault)
        day = fault.day + LASTS[kind] + REST
    return Faulty(work.own, work.other, tuple(truth))


@dataclass(frozen=True, slots=True)
class _Work:
    own: FloatArray
    other: FloatArray | None
    sigma: FloatArray
    level: FloatArray
    draw: np.random.Generator
    positive: bool

    def kinds(self) -> tuple[str, ...]:
        """Those that can be put into these readings."""
        left_out = set() if self.other is not None else {"swapped-kin"}
        if not len(self._pairs()):
            left_out.add("swapped-peer")
        return tuple(kind for kind in SIZES if kind not in left_out)

    def _pairs(self) -> IntArray:
        """Stations whose sensors differ enough that their exchange matters: int64 (pair, 2)."""
        apart = np.abs(self.level[:, None] - self.level)
        return np.argwhere(apart >= APART * self.sigma[:, None])

    def draw_fault(self, kind: str, day: int) -> Injected:
        """A fault of a kind on a random station."""
        size = float(self.draw.choice(SIZES[kind]))
        if kind == "swapped-peer":
            pairs = self._pairs()
            station, partner = pairs[int(self.draw.integers(len(pairs)))].tolist()
            apart = abs(float(self.level[station] - self.level[partner]))
            apart = max(apart / float(self.sigma[station]), APART)
            size = max(least for least in SIZES[kind] if least <= apart)
            return Injected(kind, station, partner, size, day)
        return Injected(kind, int(self.draw.integers(len(self.own))), -1, size, day)

    def put(self, fault: Injected) -> None:
        """Write the fault into the readings."""
        begin = fault.day * HOURS + int(self.draw.integers(HOURS))
        hours = np.arange(begin, begin + LASTS[fault.kind] * HOURS)
        own, sigma = self.own[fault.station], float(self.sigma[fault.station])
        sign = 1.0 if self.positive else float(self.draw.choice([-1.0, 1.0]))
        if fault.kind == "stuck":
            self._hold(fault, begin)
        elif fault.kind == "offset":
            own[hours] += sign * fault.size * sigma
        elif fault.kind == "drifting":
            own[hours] += sign * fault.size * sigma * (hours - begin) / HOURS
        elif fault.kind == "spiking":
            self._spike(fault, hours)
        elif fault.kind == "swapped-kin":
            assert self.other is not None  # See ``kinds``.
            beside = self.other[fault.station]
            own[hours], beside[hours] = beside[hours].copy(), own[hours].copy()
        else:
            beside = self.own[fault.partner]
            own[hours], beside[hours] = beside[hours].copy(), own[hours].copy()

    def _hold(self, fault: Injected, begin: int) -> None:
        """Stuck at the first reading above the lowest tenth: at its detection limit nobody sees."""
        own = self.own[fault.station]
        higher = np.flatnonzero(own[begin : begin + HOURS] > np.nanquantile(own, LOW_SHARE))
        first = begin + (int(higher[0]) if len(higher) else 0)
        held = own[: first + 1][~np.isnan(own[: first + 1])][-1]
        part = own[first : first + int(fault.size)]
        part[~np.isnan(part)] = held

    def _spike(self, fault: Injected, hours: IntArray) -> None:
        count = int(fault.size) * LASTS[fault.kind]
        at = self.draw.choice(hours, count, replace=False)
        size = SPIKE * float(self.sigma[fault.station]) * (1 + self.draw.random(count))
        sign = np.ones(count) if self.positive else self.draw.choice([-1.0, 1.0], count)
        self.own[fault.station][at] += sign * size
