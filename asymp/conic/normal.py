r"""Factor of the normal matrix of an interior-point step.

.. math:: H=\Phi^\top D\,\Phi+\kappa A+\zeta I,

with :math:`D` diagonal, :math:`\kappa` the stiffness of the seminorm's cone, A its metric, and
:math:`\zeta` the ridge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Normal:
    """A Cholesky factor of the normal matrix, ready to solve."""

    factor: tuple[Array, bool]

    def solve(self, right: Array) -> Array:
        """Solution for one right-hand side a column."""
        return np.asarray(linalg.cho_solve(self.factor, right, check_finite=False))


def normal_for(
    features: Array, weights: Array, metric: Array | None, stiffness: float, ridge: float
) -> Normal:
    r"""Factor :math:`\Phi^\top D\Phi+\kappa A+\zeta I`; a metric of None is the identity."""
    scaled = features * np.sqrt(weights)[:, None]
    matrix = scaled.T @ scaled
    if metric is None:
        matrix.flat[:: matrix.shape[0] + 1] += stiffness + ridge
    else:
        addition = stiffness * metric
        addition.flat[:: addition.shape[0] + 1] += ridge
        matrix += addition
    return Normal(_cholesky(matrix))


def ridge_regression(features: Array, labels: Array, penalty: float) -> Array:
    r"""Minimiser of :math:`\|y-\Phi\theta\|^2+\zeta\|\theta\|^2` by the smaller Gram matrix."""
    samples, directions = features.shape
    wide = directions > samples
    matrix = features @ features.T if wide else features.T @ features
    matrix.flat[:: matrix.shape[0] + 1] += penalty
    right = labels if wide else features.T @ labels
    solution = linalg.solve(matrix, right, assume_a="pos", check_finite=False)
    return np.asarray(features.T @ solution if wide else solution)


def _cholesky(matrix: Array) -> tuple[Array, bool]:
    # Near the solution the weights span many orders; a relative jitter far below the
    # requested gap keeps the factor alive, and the next Newton step corrects for it.
    diagonal = matrix.flat[:: matrix.shape[0] + 1].copy()
    for jitter in (0.0, 1e-14, 1e-12, 1e-10, 1e-8):
        matrix.flat[:: matrix.shape[0] + 1] = diagonal * (1 + jitter)
        try:
            factor, lower = linalg.cho_factor(matrix, lower=True, check_finite=False)
        except linalg.LinAlgError:
            continue
        return factor, lower
    raise linalg.LinAlgError("normal matrix is not positive definite")
