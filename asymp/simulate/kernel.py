r"""Exact matrices :math:`\mathbb E[g(u)g(v)]` of a nonlinearity at given correlations.

For standard Gaussian :math:`u,v` of correlation :math:`c` and orthonormal Hermite coefficients
:math:`a_k` of :math:`g` (Mehler's formula)

.. math:: \mathbb E[g(u)g(v)] = \sum_k a_k^2 c^k,\qquad
          0\le\sum_{k>K}a_k^2|c|^k\le|c|^{K+1}\Big(\mathbb E g^2-\sum_{k\le K}a_k^2\Big).

The diagonal, :math:`c=1`, is :math:`\mathbb E g^2` itself and needs no series.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from asymp.simulate.curve import Array

DEGREES = 200
"""Hermite coefficients computed; correlations of 0.9 are then resolved to 1e-9."""

TOLERANCE = 1e-13
"""Truncation error aimed at, relative to the diagonal."""

_REACH = 14.0
_PANEL = 0.25
_NODES = 16


@dataclass(frozen=True)
class CorrelationKernel:
    r"""The power series :math:`c\mapsto\mathbb E[g(u)g(v)]`.

    Parameters
    ----------
    coefficients : ndarray, (K + 1,)
        Hermite coefficients :math:`a_k`, signed.
    second_moment : float
        :math:`\mathbb E g(G)^2`.
    """

    coefficients: Array
    second_moment: float

    @property
    def mean(self) -> float:
        r""":math:`a_0=\mathbb E g(G)`."""
        return float(self.coefficients[0])

    @property
    def linear(self) -> float:
        r""":math:`a_1=\mathbb E[G g(G)]`."""
        return float(self.coefficients[1])

    def remainders(self, correlation: float) -> Array:
        """Bounds of the truncation error after each degree at correlations up to this size."""
        left = np.maximum(self.second_moment - np.cumsum(self.coefficients**2), 0.0)
        return np.asarray(left * correlation ** np.arange(1, left.size + 1))

    def matrix(self, correlations: Array) -> tuple[Array, float]:
        """Kernel of a correlation matrix with unit diagonal, and its truncation error bound."""
        strength = np.abs(correlations - np.diag(np.diag(correlations)))
        bounds = self.remainders(min(float(strength.max(initial=0.0)), 1.0))
        enough = bounds <= TOLERANCE * self.second_moment
        degree = int(np.argmax(enough)) if enough.any() else bounds.size - 1
        total = np.full_like(correlations, self.coefficients[degree] ** 2)
        for a in self.coefficients[:degree][::-1]:
            total *= correlations
            total += a**2
        np.fill_diagonal(total, self.second_moment)
        return total, float(bounds[degree])


def correlation_kernel(
    function: Callable[[Array], Array], breaks: Sequence[float] = (), degrees: int = DEGREES
) -> CorrelationKernel:
    """Kernel of a function that is smooth between the given break points.

    Gauss-Legendre panels that end at the break points, against the Gaussian weight; the mass
    left beyond the last panel is below 1e-43.

    Examples
    --------
    >>> kernel = correlation_kernel(lambda u: np.maximum(u, 0.0), [0.0])
    >>> bool(abs(kernel.mean - 1 / np.sqrt(2 * np.pi)) < 1e-14), round(kernel.second_moment, 12)
    (True, 0.5)
    """
    nodes, weights = gaussian_quadrature(breaks)
    values = np.asarray(function(nodes), dtype=float)
    weighted = values * weights
    coefficients = np.empty(degrees + 1)
    before, now = np.zeros_like(nodes), np.ones_like(nodes)
    for k in range(degrees + 1):
        coefficients[k] = weighted @ now
        before, now = now, (nodes * now - np.sqrt(k) * before) / np.sqrt(k + 1)
    return CorrelationKernel(coefficients, float(weighted @ values))


def gaussian_quadrature(breaks: Sequence[float]) -> tuple[Array, Array]:
    """Nodes and weights of averages over a standard Gaussian, panels ending at the breaks."""
    inside = [b for b in breaks if -_REACH < b < _REACH]
    edges = np.unique([*np.arange(-_REACH, _REACH + _PANEL / 2, _PANEL), *inside])
    x, w = np.polynomial.legendre.leggauss(_NODES)
    middle, half = 0.5 * (edges[1:] + edges[:-1]), 0.5 * np.diff(edges)
    nodes = (middle[:, None] + half[:, None] * x).ravel()
    weights = (half[:, None] * w).ravel()
    return nodes, weights * np.exp(-0.5 * nodes**2) / np.sqrt(2 * np.pi)
