r"""Changes of variables that make a quadratic form the identity and drop unused directions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import linalg

from asymp.simulate.curve import Array

_RANK = 1e-11


@dataclass(frozen=True)
class Coordinates:
    r"""Parameters written as :math:`\theta=Mt`, features as :math:`\Phi M`.

    Parameters
    ----------
    features : ndarray, (n, r)
        :math:`\Phi M`.
    factor : ndarray
        :math:`M`, (N, r); or, if ``triangular``, the lower factor L of :math:`M=L^{-\top}`.
    triangular : bool
        How ``factor`` is meant.
    """

    features: Array
    factor: Array
    triangular: bool = False

    def back(self, t: Array) -> Array:
        r"""Parameter :math:`\theta=Mt`."""
        if self.triangular:
            return np.asarray(linalg.solve_triangular(self.factor, t, trans="T", lower=True))
        return np.asarray(self.factor @ t)

    @cached_property
    def row_space(self) -> tuple[Array, Array | None]:
        r"""Features in a basis of their row space, and that basis (None: all directions).

        A minimiser in a rotation-invariant norm lies in the row space.
        """
        samples, directions = self.features.shape
        if directions <= samples:
            return self.features, None
        basis, upper = linalg.qr(self.features.T, mode="economic", check_finite=False)
        return np.ascontiguousarray(upper.T), basis


def gradient_coordinates(features: Array, metric: Array) -> Coordinates:
    r"""Coordinates :math:`t=A^{1/2}\theta`, directions of zero gradient dropped.

    A direction of zero gradient is a constant function, the free intercept of the theory.
    """
    try:
        factor = linalg.cholesky(metric, lower=True, check_finite=False)
    except linalg.LinAlgError:
        return _by_eigenvectors(features, metric)
    pivots = np.diag(factor) ** 2
    if pivots.min() <= _RANK * pivots.max():
        return _by_eigenvectors(features, metric)
    moved = linalg.solve_triangular(factor, features.T, lower=True, check_finite=False).T
    return Coordinates(np.ascontiguousarray(moved), factor, triangular=True)


def _by_eigenvectors(features: Array, metric: Array) -> Coordinates:
    values, vectors = linalg.eigh(metric)
    kept = values > _RANK * values.max()
    factor = vectors[:, kept] / np.sqrt(values[kept])
    return Coordinates(features @ factor, factor)
