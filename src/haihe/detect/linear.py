"""Small systems of linear equations without a linear-algebra library, so that bits are the same.

For why see ``haihe.detect.components``: everything here is +, -, *, / and square root on whole
arrays, added in one order.
"""

from typing import Final

import numpy as np

from haihe.model.arrays import FloatArray

PIVOT_LEAST: Final = 1e-300  # Ours: what is not positive definite gives a wild answer, no error.


def cholesky(matrix: FloatArray) -> FloatArray:
    """The lower triangle whose product with its transpose is the matrix: float64 (k, k).

    matrix: float64 (k, k), symmetric and positive definite.
    Source: Golub and Van Loan, Matrix Computations, 4th ed., algorithm 4.2.1.

    >>> cholesky(np.array([[4.0, 2.0], [2.0, 10.0]])).tolist()
    [[2.0, 0.0], [1.0, 3.0]]
    """
    left = matrix.copy()
    lower = np.zeros_like(matrix)
    for column in range(len(matrix)):
        pivot = np.sqrt(max(float(left[column, column]), PIVOT_LEAST))
        lower[column:, column] = left[column:, column] / pivot
        left -= lower[:, column, None] * lower[None, :, column]
    return lower


def whiten(lower: FloatArray, rows: FloatArray) -> FloatArray:
    """Each row in units in which the errors are independent and of size 1: float64 (row, k).

    lower: float64 (k, k), ``cholesky`` of the errors' covariance.
    rows: float64 (row, k).

    >>> whiten(np.array([[2.0, 0.0], [1.0, 3.0]]), np.array([[2.0, 7.0]])).tolist()
    [[1.0, 2.0]]
    """
    left = rows.copy()
    for column in range(len(lower)):
        left[:, column] /= lower[column, column]
        left[:, column + 1 :] -= left[:, column, None] * lower[None, column + 1 :, column]
    return left


def products(first: FloatArray, second: FloatArray) -> FloatArray:
    """Sums over rows of the products of columns: float64 (j, k).

    first: float64 (row, j).
    second: float64 (row, k).

    >>> products(np.array([[1.0], [2.0]]), np.array([[3.0], [4.0]])).tolist()
    [[11.0]]
    """
    total = np.zeros((first.shape[1], second.shape[1]))
    for one, other in zip(first, second, strict=True):
        total += one[:, None] * other[None, :]
    return total


def solve(matrix: FloatArray, right: FloatArray) -> FloatArray:
    """What the matrix takes to each column of ``right``: float64 (k, column).

    matrix: float64 (k, k), symmetric and positive definite.
    right: float64 (k, column).

    >>> solve(np.array([[4.0, 2.0], [2.0, 10.0]]), np.array([[8.0], [22.0]])).tolist()
    [[1.0], [2.0]]
    """
    lower = cholesky(matrix)
    upward = whiten(lower, right.T)
    back = np.ascontiguousarray(lower.T[::-1, ::-1])
    return whiten(back, upward[:, ::-1])[:, ::-1].T
