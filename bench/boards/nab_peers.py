"""What people would use instead of our detector on one series, as functions of its values."""

import importlib
from collections.abc import Callable
from math import erfc, sqrt
from typing import Final

import numpy as np

from haihe.model.arrays import FloatArray

WINDOW: Final = 6400  # Rows of the benchmark's own windowed Gaussian; it learns by hundreds.
STRIDE: Final = 100
DIGITS: Final = 12  # The stored scores have so many; thresholds between them do not exist.
SPREAD_LEAST: Final = 1e-6  # The benchmark's own, for a window that never moved.
SEED: Final = 42


def windowed_gaussian(values: FloatArray) -> FloatArray:
    """The benchmark's baseline: how far in the tails of a normal window each reading lies.

    values: float64 (row,).
    Returns float64 (row,), 0.5 to 1; 0 for the first.
    Source: the Numenta Anomaly Benchmark's windowed Gaussian, from its description.
    """
    scores = np.zeros(len(values))
    begin, mean, spread = 0, 0.0, 1.0
    for row, value in enumerate(values.tolist()):
        if row:
            away = abs(value - mean) / spread
            scores[row] = round(1 - erfc(away / sqrt(2)) / 2, DIGITS)
        full = row + 1 - begin == WINDOW + STRIDE
        if row < WINDOW or full:
            begin += STRIDE if full else 0
            window = values[begin : row + 1]
            mean, spread = float(window.mean()), float(window.std()) or SPREAD_LEAST
    return scores


def half_space_trees(
    skip: Callable[[str, str], None],
) -> Callable[[FloatArray], FloatArray] | None:
    """River's HalfSpaceTrees behind its own scaling to 0 to 1; None, with the reason, if absent."""
    try:
        anomaly = importlib.import_module("river.anomaly")
        preprocessing = importlib.import_module("river.preprocessing")
    except ImportError:
        skip("HalfSpaceTrees", "river is not installed; pip install river")
        return None

    def scores(values: FloatArray) -> FloatArray:
        scaler, trees = preprocessing.MinMaxScaler(), anomaly.HalfSpaceTrees(seed=SEED)
        told = np.zeros(len(values))
        for row, value in enumerate(values.tolist()):
            scaler.learn_one({"x": value})
            scaled = scaler.transform_one({"x": value})
            told[row] = trees.score_one(scaled)
            trees.learn_one(scaled)
        return told

    return scores
