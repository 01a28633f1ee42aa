"""What others say of the same thing at the same time: medians that no single liar can move."""

from typing import Final

import numpy as np

from haihe.model.arrays import FloatArray, IndexArray

PEERS_LEAST: Final = (
    2  # Of two sensors that differ nobody knows which lies; of three the odd one does.
)


def middle(values: FloatArray, *, least: int = 1) -> FloatArray:
    """Median of what is told along the last axis; NaN where fewer than ``least`` are told.

    values: float64 (..., n), missing is NaN.

    >>> middle(np.array([[3.0, np.nan, 1.0], [np.nan, np.nan, 5.0]]), least=2).tolist()
    [2.0, nan]
    """
    ordered = np.sort(values.reshape(-1, values.shape[-1]), axis=1)
    told = (ordered == ordered).sum(axis=1)
    last = np.maximum(told - 1, 0)
    rows = np.arange(len(ordered))
    found = (ordered[rows, last // 2] + ordered[rows, (last + 1) // 2]) / 2
    return np.where(told >= least, found, np.nan).reshape(values.shape[:-1])


def others_middle(values: FloatArray) -> FloatArray:
    """For each entity the median of all others; NaN where fewer than ``PEERS_LEAST`` speak.

    values: float64 (entity, ...), missing is NaN.
    Returns float64 of the same shape.

    >>> others_middle(np.array([1.0, 2.0, 9.0, np.nan])).tolist()
    [5.5, 5.0, 1.5, 2.0]
    """
    across = np.moveaxis(values, 0, -1)
    order = np.argsort(across, axis=-1, kind="stable")
    ordered = np.take_along_axis(across, order, axis=-1)
    places = np.broadcast_to(np.arange(across.shape[-1]), order.shape)
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, places, axis=-1)
    told = across == across
    others = told.sum(axis=-1, keepdims=True) - told
    rank = np.where(told, rank, across.shape[-1])
    last = np.maximum(others - 1, 0)
    found = _without(ordered, rank, place=last // 2)
    found = (found + _without(ordered, rank, place=(last + 1) // 2)) / 2
    return np.moveaxis(np.where(others >= PEERS_LEAST, found, np.nan), -1, 0)


def _without(ordered: FloatArray, rank: IndexArray, *, place: IndexArray) -> FloatArray:
    """The entry at ``place`` once the one at ``rank`` is taken out."""
    shifted = np.minimum(place + (place >= rank), ordered.shape[-1] - 1)
    return np.take_along_axis(ordered, shifted, axis=-1)


def agreeing(first: FloatArray, second: FloatArray) -> FloatArray:
    """The nearer to 0 of two deviations of the same sign; 0 where they contradict each other.

    >>> agreeing(np.array([3.0, -2.0]), np.array([1.0, 5.0])).tolist()
    [1.0, 0.0]
    """
    nearer = np.where(np.abs(first) <= np.abs(second), first, second)
    return np.where(first * second >= 0, nearer, 0.0 * (first + second))
