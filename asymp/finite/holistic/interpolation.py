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
from asymp.finite.holistic.loss import Array


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
        If the features have fewer columns than rows, or eps is not positive.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> features, labels = rng.normal(size=(20, 40)) / 6, rng.normal(size=20)
    >>> [round(interpolation_radius(features, labels, eps=e), 3) for e in (0.02, 0.1, 0.2)]
    [0.0, 0.074, inf]
    """
    x, y = np.asarray(features, dtype=float), np.asarray(labels, dtype=float)
    if x.ndim != 2 or x.shape[1] < x.shape[0] or y.shape != x.shape[:1]:
        raise InvalidParameter(
            f"features of shape {x.shape} and labels of shape {y.shape}: interpolation needs "
            "(n, N) with N >= n, and (n,)"
        )
    if not eps > 0:
        raise InvalidParameter(f"eps = {eps:g} is outside (0, inf): without attack use ridge")
    by_metric = x.T if metric is None else linalg.solve(np.asarray(metric), x.T, assume_a="pos")
    k = linalg.solve(x @ by_metric, y, assume_a="pos")
    floors = eps * y.size * np.abs(k) / np.sqrt(float(y @ k))
    return _least_divergence(np.sort(floors))


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
