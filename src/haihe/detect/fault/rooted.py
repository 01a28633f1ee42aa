"""A scale on which the spread of a quantity is even: its fourth root.

It is near enough to the logarithm and, unlike it, the same to the last bit on every machine.
"""

import numpy as np

from haihe.model.arrays import FloatArray


def rooted(values: FloatArray, floor: float | None) -> FloatArray:
    """Fourth roots of values above their floor.

    floor: added to what is not below 0; None leaves the values as they are.

    >>> rooted(np.array([0.0, 240.0, -3.0]), 16.0).tolist()
    [2.0, 4.0, 2.0]
    """
    if floor is None:
        return values
    return np.sqrt(np.sqrt(np.maximum(values, 0.0) + floor))


def unrooted(values: FloatArray, floor: float | None) -> FloatArray:
    """What ``rooted`` was made of.

    >>> unrooted(np.array([2.0, 4.0]), 16.0).tolist()
    [0.0, 240.0]
    """
    if floor is None:
        return values
    squares = values * values
    return squares * squares - floor
