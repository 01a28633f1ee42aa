"""Where in a network a leak is, from how pressures have fallen: ranked pipes and a region."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.detect.linear import cholesky, whiten
from haihe.detect.turns import is_told, sum_last
from haihe.model.arrays import BoolArray, FloatArray, IndexArray

MODEL_ERROR_M: Final = 0.008  # Ours: sensors are read to a centimetre, and no model is better.
CONFIDENCE: Final = 0.9  # The issue's: nine regions in ten hold the leak.
SENSORS_LEAST: Final = 3  # Ours: two pressures and a flow fit any place.


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What a leak of 1 m3/h in each pipe does, from a model of the network.

    change: float64 (time of day, pipe, sensor), m; negative where pressure falls.
    length_m: float64 (pipe,).
    apart_m: float64 (pipe, pipe), between their middles, along pipes or as you like.
    """

    change: FloatArray
    length_m: FloatArray
    apart_m: FloatArray


@dataclass(frozen=True, slots=True)
class Fallen:
    """What the sensors show.

    change: float64 (time of day, sensor), observed less expected pressure, m; NaN where unknown.
        Expected of what customers use: without the leak.
    hours: float64 (time of day,), hours each is the mean of; 0 for none.
    covariance: float64 (sensor, sensor), of an hour's error; m2.
    flow_m3_h, flow_sigma_m3_h: what the leak loses, as ``Leak`` found it.
    """

    change: FloatArray
    hours: FloatArray
    covariance: FloatArray
    flow_m3_h: float
    flow_sigma_m3_h: float


@dataclass(frozen=True, slots=True)
class LeakPlace:
    """Where the leak is.

    pipe: to dig at: the one whose distance to the leak is least to be expected.
    ranked: intp (pipe,), the likeliest first.
    chance: float64 (pipe,), of each pipe, not ranked; together 1.
    region: intp (pipe,), the likeliest that together hold the leak with ``CONFIDENCE``.
    radius_m: around ``pipe``, that holds it with ``CONFIDENCE``.
    flow_m3_h: what a leak there would have to lose.
    """

    pipe: int
    ranked: IndexArray
    chance: FloatArray
    region: IndexArray
    radius_m: float
    flow_m3_h: float


def locate(fallen: Fallen, sensitivity: Sensitivity, *, among: BoolArray) -> LeakPlace:
    """Hold what fell against what a leak in each pipe would let fall.

    A model errs in the same way at every time of day, so times of day do not add up as evidence:
    their mean counts once. If even the best pipe fits worse than the errors allow, all errors are
    taken to be larger by as much (Birge).

    among: bool (pipe,), those that can be meant: the district in which water is lost.
    Raises ValueError if fewer than ``SENSORS_LEAST`` sensors tell anything, or no pipe is left.
    Source: sensitivity matrix: Pudar and Liggett, J. Hydraulic Engineering 118(7), 1992; Birge,
        Physical Review 40, 1932.
    """
    used = fallen.hours > 0
    told = np.all(is_told(fallen.change[used]), axis=0)
    if told.sum() < SENSORS_LEAST or not among.any():
        raise ValueError(
            f"{int(told.sum())} sensors and {int(among.sum())} pipes; there must be at least "
            f"{SENSORS_LEAST} and one."
        )
    misfit, flow = _misfit(fallen, sensitivity, used=used, told=told)
    misfit = np.where(among, misfit, np.inf)
    times = int(used.sum())
    freedom = max(times * int(told.sum()) - 2, 1)
    least = float(misfit.min())
    wide = times * max(1.0, least / freedom)
    chance = np.exp(-(misfit - least) / (2 * wide)) * sensitivity.length_m
    chance = chance / sum_last(chance)
    ranked = np.argsort(-chance, kind="stable")
    region = ranked[: int(np.searchsorted(np.add.accumulate(chance[ranked]), CONFIDENCE)) + 1]
    expected_m = sum_last(sensitivity.apart_m[:, region] * chance[region])
    pipe = int(np.argmin(np.where(among, expected_m, np.inf)))
    return LeakPlace(
        pipe, ranked, chance, region,
        radius_m=_radius(sensitivity.apart_m[pipe], chance), flow_m3_h=float(flow[pipe]),
    )  # fmt: skip


def _misfit(
    fallen: Fallen, sensitivity: Sensitivity, *, used: BoolArray, told: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Squared misfit and best flow of each pipe: float64 (pipe,) both."""
    weight = 1 / np.square(max(fallen.flow_sigma_m3_h, MODEL_ERROR_M))
    by_flow = np.full(len(sensitivity.length_m), fallen.flow_m3_h * weight)
    own = np.full(len(sensitivity.length_m), weight)
    square = fallen.flow_m3_h**2 * weight
    covariance = fallen.covariance[np.ix_(told, told)]
    floor = MODEL_ERROR_M**2 * np.eye(len(covariance))
    for time in np.flatnonzero(used).tolist():
        lower = cholesky(covariance / fallen.hours[time] + floor)
        shown = whiten(lower, fallen.change[time, told][None, :])
        would = whiten(lower, sensitivity.change[time][:, told])
        by_flow += sum_last(would * shown)
        own += sum_last(would * would)
        square += float(sum_last(shown * shown)[0])
    flow = np.maximum(by_flow / own, 0.0)
    return square - 2 * flow * by_flow + flow * flow * own, flow


def _radius(apart_m: FloatArray, chance: FloatArray) -> float:
    nearest = np.argsort(apart_m, kind="stable")
    held = np.add.accumulate(chance[nearest])
    last = min(int(np.searchsorted(held, CONFIDENCE)), len(nearest) - 1)
    return float(apart_m[nearest[last]])
