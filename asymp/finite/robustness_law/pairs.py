r"""What pairs of points with opposite labels ask of every function that fits.

If f depends on x only through k linear measurements, P the projection on their span, then moving
:math:`x_i` along the kernel of P changes nothing, and
:math:`|y_i-y_j|\le\mathrm{Lip}(f)\,\|P(x_i-x_j)\|`.
"""

from __future__ import annotations

from math import inf, sqrt

import numpy as np
from scipy import linalg
from scipy.spatial import distance

from asymp.errors import InvalidParameter
from asymp.finite.robustness_law.activation import Array
from asymp.finite.robustness_law.data import as_signs, require_powers
from asymp.finite.robustness_law.enclosure import Statement, exactly
from asymp.finite.robustness_law.lipschitz import lipschitz_bounds
from asymp.finite.robustness_law.network import TwoLayer
from asymp.symbols.arguments import whole


def separation_bound(points: Array, labels: Array) -> float:
    r"""The trivial law: every fit has :math:`\mathrm{Lip}\ge\max2/\|x_i-x_j\|`, labels opposite.

    On any set that holds the points, whatever the function.

    Parameters
    ----------
    points : array_like, shape (n, d)
        Points.
    labels : array_like, shape (n,)
        Labels +1 or -1.

    Returns
    -------
    float
        The bound; zero if only one label occurs, infinite if a point has both.

    Raises
    ------
    InvalidParameter
        If labels are no signs, or squares of coordinates leave double precision.

    Examples
    --------
    >>> from asymp.finite.robustness_law import separation_bound
    >>> separation_bound([[0.0, 0.0], [0.5, 0.0]], [1, -1])
    4.0
    """
    x, y = as_signs(points, labels)
    if not len(x[y > 0]) or not len(x[y < 0]):
        return 0.0
    require_powers("points", x)
    # Differences are taken before they are squared, so that near pairs far from zero keep theirs.
    nearest = float(np.min(distance.cdist(x[y > 0], x[y < 0])))
    return 2 / nearest if nearest > 0 else inf


def projection_bound(points: Array, labels: Array, directions: int) -> float:
    r"""Least Lipschitz constant of a fit that depends on k directions, however they are chosen.

    Theorem 6 of Bubeck, Li and Nagaraj (read) has :math:`\mathrm{Lip}\ge c\sqrt{d/k}` with
    probability at least :math:`1-e^{C-cd}` for :math:`n\ge d`. In numbers, for every data set
    (derived): the mean of :math:`\|P(x_i-x_j)\|^2` over pairs of opposite labels is
    :math:`\mathrm{tr}(PM)`, at most the sum of the k largest eigenvalues of the mean M of
    :math:`(x_i-x_j)(x_i-x_j)^\top`, so that

    .. math:: \mathrm{Lip}(f)\ge\frac2{\sqrt{\lambda_1(M)+\dots+\lambda_k(M)}}.

    For generic data and :math:`n\gg d`, :math:`M\approx\frac2dI` and the bound is
    :math:`\sqrt{2d/k}`.

    Parameters
    ----------
    points : array_like, shape (n, d)
        Points.
    labels : array_like, shape (n,)
        Labels +1 or -1, both present.
    directions : int
        :math:`k\in[1,d]`; the width, for a network.

    Returns
    -------
    float
        The bound, on the whole space or a ball of radius :math:`\sqrt2\max\|x_i\|`; infinite if
        all points are one, which cannot have both labels.

    Raises
    ------
    InvalidParameter
        If labels are no signs or only one occurs, k is outside its range, or squares of
        coordinates leave double precision.

    Examples
    --------
    >>> from asymp.finite.robustness_law import generic_data, projection_bound
    >>> points, labels = generic_data(4000, 20)
    >>> round(projection_bound(points, labels, 5) / (2 * 20 / 5) ** 0.5, 2)
    0.96
    """
    x, y = as_signs(points, labels)
    whole("directions", directions, 1, f"give an integer up to d = {x.shape[1]}")
    if directions > x.shape[1]:
        raise InvalidParameter(f"directions = {directions}: must be between 1 and {x.shape[1]}")
    if not len(x[y > 0]) or not len(x[y < 0]):
        raise InvalidParameter("labels: both +1 and -1 must occur")
    require_powers("points", x)
    moved = x - x[0]
    size = float(np.max(np.abs(moved)))
    if size == 0:
        return inf
    plus, minus = moved[y > 0] / size, moved[y < 0] / size
    # A sum of three positive matrices: nothing cancels.
    apart = plus.mean(axis=0) - minus.mean(axis=0)
    mean = _spread(plus) + _spread(minus) + np.outer(apart, apart)
    values = linalg.eigvalsh(mean)[::-1]
    return 2 / (size * sqrt(float(values[:directions].sum())))


def _spread(points: Array) -> Array:
    """Mean of the outer products of deviations from the mean."""
    deviation = points - points.mean(axis=0)
    return np.asarray(deviation.T @ deviation / len(points))


def projection_law(
    network: TwoLayer, points: Array, labels: Array, *, misfit: float = 1e-6
) -> Statement:
    r"""Theorem 6 for a network: it depends on at most k directions, its neurons'.

    The left side is its Lipschitz constant on the ball of radius :math:`\sqrt2\max\|x_i\|`, the
    right one `projection_bound`.

    Parameters
    ----------
    network : TwoLayer
        The network.
    points : array_like, shape (n, d)
        Points.
    labels : array_like, shape (n,)
        Labels +1 or -1, both present.
    misfit : float
        Greatest deviation that counts as a fit.

    Returns
    -------
    Statement
        For every data set, with probability one.

    Raises
    ------
    InvalidParameter
        As `projection_bound`.

    Examples
    --------
    >>> from asymp.finite.robustness_law import generic_data, linear_fit, projection_law
    >>> points, labels = generic_data(40, 50)
    >>> projection_law(linear_fit(points, labels).network, points, labels).verdict
    'holds'
    """
    x, y = as_signs(points, labels)
    directions = int(np.linalg.matrix_rank(network.W))
    off = network.misfit(x, y)
    radius = sqrt(2) * float(np.linalg.norm(x, axis=1).max())
    return Statement(
        "fits of few directions",
        lipschitz_bounds(network, "ball", radius, points=x),
        # Outputs of opposite labels differ by at least 2 (1 - off).
        exactly(projection_bound(x, y, directions) * max(1 - off, 0.0)),
        {"fits": off <= misfit},
        source="Bubeck, Li and Nagaraj 2021, theorem 6, with its constant",
    )
