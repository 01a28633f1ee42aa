"""Principal components without a linear-algebra library, so that bits are the same everywhere.

LAPACK and BLAS choose their order of operations by shape and processor; a replay on another machine
must give the same bytes. Everything here is +, -, *, / and square root on whole arrays.
"""

from math import sqrt
from statistics import NormalDist
from typing import Final

import numpy as np

from haihe.detect.turns import sum_last
from haihe.model.arrays import FloatArray

SWEEPS: Final = 12  # Golub and Van Loan 8.5: 6 to 10 sweeps are enough up to 50 rows; two spare.
NEGLIGIBLE: Final = 1e-20  # Ours: of a correlation matrix; far below what can move an eigenvalue.
# Ours: a residual of a thousandth of a standard deviation is arithmetic, not news.
RESIDUAL_LEAST: Final = 1e-6


def eigen(matrices: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Eigenvalues, largest first, and eigenvectors of many symmetric matrices.

    matrices: float64 (matrix, k, k), symmetric, entries about 1 or less.
    Returns float64 (matrix, k) and float64 (matrix, k, k) with the vectors in columns.
    Source: cyclic Jacobi, Golub and Van Loan, Matrix Computations, 4th ed., section 8.5.

    >>> values, vectors = eigen(np.array([[[2.0, 0.0], [0.0, 3.0]]]))
    >>> values.tolist()
    [[3.0, 2.0]]
    """
    count, size, _ = matrices.shape
    work = matrices.copy()
    vectors = np.tile(np.eye(size), (count, 1, 1))
    for _ in range(SWEEPS):
        for first in range(size - 1):
            for second in range(first + 1, size):
                _rotate(work, vectors, first=first, second=second)
    values = np.maximum(np.diagonal(work, axis1=1, axis2=2), 0.0)
    order = np.argsort(-values, axis=1, kind="stable")
    return (
        np.take_along_axis(values, order, axis=1),
        np.take_along_axis(vectors, order[:, None, :], axis=2),
    )


def _rotate(work: FloatArray, vectors: FloatArray, *, first: int, second: int) -> None:
    """Turn the plane of two axes so that their common entry vanishes; writes both arrays."""
    common = work[:, first, second]
    turns = np.abs(common) > NEGLIGIBLE
    if not turns.any():
        return
    slope = (work[:, second, second] - work[:, first, first]) / np.where(turns, 2 * common, 1.0)
    tangent = np.where(slope < 0, -1.0, 1.0) / (np.abs(slope) + np.sqrt(slope * slope + 1))
    tangent = np.where(turns, tangent, 0.0)
    cosine = (1 / np.sqrt(tangent * tangent + 1))[:, None]
    sine = tangent[:, None] * cosine
    for array in (work, work.transpose(0, 2, 1), vectors):
        left, right = array[:, :, first].copy(), array[:, :, second].copy()
        array[:, :, first] = cosine * left - sine * right
        array[:, :, second] = sine * left + cosine * right


def project(readings: FloatArray, vectors: FloatArray) -> FloatArray:
    """Each reading's share along each eigenvector: float64 (row, k).

    readings: float64 (row, k), standardised.
    vectors: float64 (row, k, k), in columns.

    >>> project(np.array([[3.0, 4.0]]), np.array([[[0.0, 1.0], [1.0, 0.0]]])).tolist()
    [[4.0, 3.0]]
    """
    return sum_last(readings[:, None, :] * vectors.transpose(0, 2, 1))


def chi_squared_quantile(degrees: FloatArray, *, confidence: float) -> FloatArray:
    """The value a chi-squared variable stays below with the given confidence.

    degrees: float64, degrees of freedom, more than 0; any real number.
    confidence: between 0 and 1.
    Source: Wilson and Hilferty, PNAS 17, 1931; within 1 % from 3 degrees on at 0.99.

    >>> chi_squared_quantile(np.array([10.0]), confidence=0.95).round(1).tolist()  # Table: 18.3
    [18.3]
    """
    part = 2 / (9 * degrees)
    root = np.maximum(1 - part + normal_quantile(confidence) * np.sqrt(part), 0.0)
    return degrees * root * root * root


def f_quantile(above: FloatArray, below: FloatArray, *, confidence: float) -> FloatArray:
    """The value an F variable stays below with the given confidence.

    above, below: float64, degrees of freedom of numerator and denominator; ``below`` 10 or more.
    confidence: more than 0.5, less than 1.
    Source: Paulson, Annals of Mathematical Statistics 13, 1942, solved for F.

    >>> f_quantile(np.array([3.0]), np.array([20.0]), confidence=0.95).round(1).tolist()  # 3.10
    [3.1]
    """
    upper, lower = 2 / (9 * above), 2 / (9 * below)
    square = normal_quantile(confidence) ** 2
    a = (1 - lower) ** 2 - square * lower
    b = (1 - lower) * (1 - upper)
    c = (1 - upper) ** 2 - square * upper
    root = (b + np.sqrt(b * b - a * c)) / a
    return root * root * root


def normal_quantile(confidence: float) -> float:
    """The value a standard normal variable stays below, to ten digits.

    Source: Wichura, Applied Statistics 37, 1988 (AS 241), as in Python's ``statistics``.

    >>> round(normal_quantile(0.99), 4)
    2.3263
    """
    return round(NormalDist().inv_cdf(confidence), 10)


def t2_limit(kept: FloatArray, *, trained: int, confidence: float) -> FloatArray:
    """What Hotelling's T2 of a new reading stays below.

    kept: float64 (row,), components kept.
    trained: readings that mean and components were learnt from.
    Source: MacGregor and Kourti, Control Engineering Practice 3(3), 1995, eq. 5.

    >>> t2_limit(np.array([2.0]), trained=52, confidence=0.95).round(1).tolist()
    [6.6]
    """
    ratio = kept * (trained * trained - 1) / (trained * (trained - kept))
    return ratio * f_quantile(kept, trained - kept, confidence=confidence)


def q_limit(residual: FloatArray, *, confidence: float) -> FloatArray:
    """What the squared residual of a reading stays below.

    Jackson and Mudholkar's limit raises to a power that is not defined for every spectrum and
    whose bits differ between processors. This one matches three moments by arithmetic alone, and
    in simulations of four spectra lay nearer the true quantile at 0.99 and 0.999 than theirs.

    residual: float64 (row, k), eigenvalues left out; 0 where kept.
    confidence: between 0 and 1.
    Source: Pearson's three-moment chi-squared, as in Imhof, Biometrika 48, 1961, section 4.

    >>> q_limit(np.array([[0.5, 0.5]]), confidence=0.95).round(1).tolist()  # Half of 5.99.
    [3.0]
    """
    squares = residual * residual
    first, second, third = sum_last(residual), sum_last(squares), sum_last(squares * residual)
    some = third > 0
    second, third = np.where(some, second, 1.0), np.where(some, third, 1.0)
    degrees = second * second * second / (third * third)
    beyond = chi_squared_quantile(degrees, confidence=confidence) - degrees
    return np.where(some, first + third / second * beyond, 0.0) + RESIDUAL_LEAST


def trained_shares(values: FloatArray, *, explained: float) -> FloatArray:
    """1.0 for the leading components that together explain enough, else 0.0: float64 (row, k).

    values: float64 (row, k), eigenvalues, largest first.
    explained: share of their sum, more than 0, at most 1.

    >>> trained_shares(np.array([[3.0, 0.9, 0.1]]), explained=0.9).tolist()
    [[1.0, 1.0, 0.0]]
    """
    total = np.add.accumulate(values, axis=1)
    before = total - values
    kept = (before < explained * total[:, -1:]) & (values > sqrt(NEGLIGIBLE))
    return kept.astype(np.float64)
