"""Relations between channels without a linear-algebra library: the same bits everywhere.

LAPACK and BLAS choose their order of operations by shape and processor; a replay on another machine
must give the same bytes. Everything here is +, -, *, / and square root on whole arrays.
"""

from typing import Final

import numpy as np

from haihe.detect.turns import sum_last
from haihe.model.arrays import FloatArray

SWEEPS: Final = 12  # Golub and Van Loan 8.5: 6 to 10 sweeps are enough up to 50 rows; two spare.
NEGLIGIBLE: Final = 1e-20  # Ours: of a correlation matrix; far below what can move an eigenvalue.
RIDGE: Final = 1e-3  # Ours: 3 % of a standard deviation is more than twin sensors agree within.
EXPLAINED: Final = 0.5  # Ours: below, the others say less about a channel than it says itself.


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


def relations(correlations: FloatArray) -> FloatArray:
    """What to subtract from each channel because the others tell it: adjusted = relations @ z.

    Channels of which the others explain ``EXPLAINED`` or more are adjusted for each other; any
    other channel stands by itself, so that chance relations carry no fault from one to the next.

    correlations: float64 (machine, k, k), symmetric, 1 on the diagonal.
    Returns float64 (machine, k, k), 1 on the diagonal; 0 beside it where nothing is subtracted.
    Source: Hawkins, Technometrics 33(1), 1991: regression-adjusted variables.

    >>> pairs = np.array([[[1.0, 0.96], [0.96, 1.0]], [[1.0, 0.3], [0.3, 1.0]]])
    >>> relations(pairs).round(2).tolist()
    [[[1.0, -0.96], [-0.96, 1.0]], [[1.0, 0.0], [0.0, 1.0]]]
    """
    own = np.eye(correlations.shape[1], dtype=np.bool_)
    precise = np.diagonal(_inverse(correlations), axis1=1, axis2=2) >= 1 / (1 - EXPLAINED)
    tied = own | (precise[:, :, None] & precise[:, None, :])
    inverse = _inverse(np.where(tied, correlations, 0.0))
    ties = inverse / np.diagonal(inverse, axis1=1, axis2=2)[:, :, None]
    return np.where(own, 1.0, np.where(tied, ties, 0.0))


def _inverse(correlations: FloatArray) -> FloatArray:
    """The inverse, with a ridge so that copies of one channel have one too."""
    values, vectors = eigen(correlations)
    scaled = vectors / (values + RIDGE)[:, None, :]
    rows = [sum_last(scaled * vectors[:, [row], :]) for row in range(values.shape[1])]
    return np.stack(rows, axis=1)


def variances(relation: FloatArray, products: FloatArray) -> FloatArray:
    """The variance of each adjusted channel: float64 (machine, k).

    relation: float64 (machine, k, k), as ``relations`` gives them.
    products: float64 (machine, k, k), covariances of the channels.

    >>> products = np.array([[[2.0, 1.0], [1.0, 2.0]]])
    >>> variances(np.array([[[1.0, -1.0], [0.0, 1.0]]]), products).tolist()
    [[2.0, 2.0]]
    """
    parts = [
        sum_last(row * sum_last(products * row[:, None, :])) for row in np.moveaxis(relation, 1, 0)
    ]
    return np.maximum(np.stack(parts, axis=1), 0.0)
