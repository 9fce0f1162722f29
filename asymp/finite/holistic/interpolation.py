r"""The radius from which holistic robust training interpolates.

Without ridge and with more features than samples, an interpolator has equal robust losses
:math:`\frac12\varepsilon^2\|\theta\|_A^2`, where the holistic loss has a kink: its
subdifferential holds every law with :math:`-\frac1n\sum_i\log np_i\le r`. The interpolator of
least norm, :math:`\theta=A^{-1}\Phi^\top k` with :math:`k=(\Phi A^{-1}\Phi^\top)^{-1}y`, is
therefore **the** fit for all radii from

.. math:: r_I=\min\Big\{-\frac1n\sum_i\log np_i:\ \sum_ip_i=1,\ np_i\ge c_i\Big\},\qquad
          c_i=\frac{\varepsilon n|k_i|}{\|\theta\|_A},

on. The minimum has :math:`np_i=\max(c_i,a)` with a set by the sum, and does not exist if
:math:`\frac1n\sum c_i>1`. Status: derived here; tested against the fits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg

from asymp.errors import InvalidParameter
from asymp.finite.holistic.arguments import Array, regression, seminorm_of, triangle
from asymp.symbols.arguments import POSITIVE, number


def interpolation_radius(
    features: ArrayLike, labels: ArrayLike, *, eps: float, metric: ArrayLike | None = None
) -> float:
    r"""Least radius r at which :func:`fit_hr` without ridge interpolates the sample.

    Parameters
    ----------
    features : array_like, (n, N)
        Of rank n, so that interpolators exist.
    labels : array_like, (n,)
    eps : float
        Input radius, positive.
    metric : array_like, (N, N), optional
        Positive definite A; the identity by default.

    Returns
    -------
    float
        :math:`r_I`; infinite if no radius makes it interpolate.

    Raises
    ------
    InvalidParameter
        If the rows of the features are not linearly independent, all labels are zero, eps is not
        positive, or the metric is not positive definite of shape (N, N).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> features, labels = rng.normal(size=(20, 40)) / 6, rng.normal(size=20)
    >>> [round(interpolation_radius(features, labels, eps=e), 3) for e in (0.02, 0.1, 0.2)]
    [0.0, 0.074, inf]
    """
    x, y = regression(features, labels)
    rows, columns = x.shape
    if columns < rows:
        raise InvalidParameter(
            f"features of shape {x.shape}: interpolation needs N >= n; drop rows or add features"
        )
    reach = number("eps", eps, POSITIVE, "without attack use ridge")
    largest = np.abs(y).max()
    if largest == 0:
        raise InvalidParameter(
            "labels are all 0: the zero parameter interpolates at every radius; give one that is "
            "not 0"
        )
    root = triangle(seminorm_of(metric, None, columns), columns)
    whitened = linalg.solve_triangular(root, x.T, trans="T")
    return _least_divergence(np.sort(reach * _pulls(whitened, y / largest)))


def _pulls(whitened: Array, labels: Array) -> Array:
    r"""Multipliers :math:`n|k_i|` over the length of the interpolator, from columns.

    They do not depend on the labels' scale.
    """
    # So that no square under- or overflows.
    scale = np.abs(whitened).max() or 1.0
    columns = whitened / scale
    rank, n = np.linalg.matrix_rank(columns), columns.shape[1]
    if rank < n:
        raise InvalidParameter(
            f"features have rank {rank}, below n = {n}: interpolation needs linearly "
            "independent rows; drop the rows that repeat others"
        )
    upper = np.linalg.qr(columns, mode="r")
    half = linalg.solve_triangular(upper, labels, trans="T")
    k = linalg.solve_triangular(upper, half)
    return np.asarray(n * np.abs(k) / np.linalg.norm(half) / scale)


def _least_divergence(floors: Array) -> float:
    """Least mean of -log(q) over q of mean one above floors, which are sorted."""
    n = floors.size
    if floors.mean() > 1:
        return float("inf")
    # The m lowest are raised to a common level: the largest m for which that is a raise.
    above = np.concatenate([np.cumsum(floors[::-1])[::-1][1:], [0.0]])
    levels = (n - above) / np.arange(1, n + 1)
    m = int(np.flatnonzero(levels >= floors)[-1])
    return max(0.0, float(-np.mean(np.log(np.maximum(floors, levels[m])))))
