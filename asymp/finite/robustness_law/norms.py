r"""Theorem 5 of Bubeck, Li and Nagaraj: no fit has both layers small.

A bias-free network with :math:`\psi(0)=0` that fits has

.. math::

    \sum_iy_i^2=\sum_\ell a_\ell\sum_iy_i\psi(w_\ell\cdot x_i)
    \le S\sum_\ell|a_\ell|\|w_\ell\|,\qquad
    S=\sup_w\frac{|\sum_iy_i\psi(w\cdot x_i)|}{\|w\|}.
"""

from __future__ import annotations

from math import inf, log, sqrt

import numpy as np

from asymp.errors import InvalidParameter
from asymp.finite.robustness_law.activation import Array
from asymp.finite.robustness_law.data import UNIT, as_signs
from asymp.finite.robustness_law.enclosure import Statement, exactly
from asymp.finite.robustness_law.network import TwoLayer
from asymp.symbols.arguments import BETWEEN, number

PAPER = "Bubeck, Li and Nagaraj 2021, theorem 5"


def norm_chain(
    network: TwoLayer, points: Array, labels: Array, *, failure: float = 0.05, misfit: float = 1e-6
) -> tuple[Statement, ...]:
    r"""The inequalities behind theorem 5, each evaluated for a network that fits.

    With :math:`L` the Lipschitz constant of the activation:

    1. ``product of norms``: :math:`L\|a\|\|W\|_{op}\ge\mathrm{Lip}(f)` always (read);
    2. ``norms and paths``: :math:`\sqrt k\,\|a\|\|W\|_{op}\ge\sum_\ell|a_\ell|\|w_\ell\|` always
       (read);
    3. ``paths, any labels``: :math:`\sum_\ell|a_\ell|\|w_\ell\|\ge\sqrt n/(L\|X\|_{op})` for
       every fit of every data set, since :math:`S\le L\sqrt n\|X\|_{op}` (derived);
    4. ``paths, random labels``: :math:`\sum_\ell|a_\ell|\|w_\ell\|\ge
       \sqrt n/\big(L(2+\sqrt{2\log(1/\delta)})\big)` for every fit at once with probability
       :math:`1-\delta` over labels drawn after the points, positively homogeneous activations and
       points in the unit ball, by contraction and bounded differences (derived);
    5. ``law``: :math:`L\|a\|\|W\|_{op}\ge\sqrt{n/k}` with positive probability (read).

    Parameters
    ----------
    network : TwoLayer
        The network.
    points : array_like, shape (n, d)
        Points.
    labels : array_like, shape (n,)
        Labels +1 or -1.
    failure : float
        :math:`\delta\in(0,1)` of the fourth inequality.
    misfit : float
        Greatest deviation that counts as a fit. An actual deviation of m leaves
        :math:`\sum_iy_if(x_i)\ge n(1-m)`, so that the last three right-hand sides have the factor
        :math:`1-m`.

    Returns
    -------
    tuple of Statement
        In the order above. The right side of the first is the greatest gradient at the points.

    Raises
    ------
    InvalidParameter
        If the activation has no Lipschitz constant, labels are no signs, all points are zero, or a
        number is outside its range.

    Examples
    --------
    >>> from asymp.finite.robustness_law import generic_data, linear_fit, norm_chain
    >>> points, labels = generic_data(20, 50)
    >>> chain = norm_chain(linear_fit(points, labels).network, points, labels)
    >>> [statement.verdict for statement in chain]
    ['holds', 'holds', 'holds', 'holds', 'holds']
    """
    x, y = as_signs(points, labels)
    if not x.any():
        raise InvalidParameter("points are all 0; give at least one other than 0")
    if inf == network.activation.lipschitz:
        raise InvalidParameter(
            f"activation {network.activation.name}: has no Lipschitz constant; take polynomial_law"
        )
    failure = number("failure", failure, BETWEEN, "give a probability")
    off = network.misfit(x, y)
    return (*_of_every_network(network, x), *_of_fits(network, x, off, off <= misfit, failure))


def _of_every_network(network: TwoLayer, x: Array) -> tuple[Statement, ...]:
    """The first two inequalities, which ask nothing of the data."""
    product, paths = _product(network), _paths(network)
    steep = network.activation.lipschitz * product
    slope = float(np.linalg.norm(network.gradient(x), axis=1).max())
    wide = sqrt(network.neurons) * product
    return (
        Statement("product of norms", exactly(steep), exactly(slope), source=PAPER, status="read"),
        Statement("norms and paths", exactly(wide), exactly(paths), source=PAPER, status="read"),
    )


def _of_fits(
    network: TwoLayer, x: Array, off: float, fits: bool, failure: float
) -> tuple[Statement, ...]:
    """The last three inequalities, for a network whose outputs are off by at most that."""
    n, steep, paths = len(x), network.activation.lipschitz, exactly(_paths(network))
    hypotheses = {
        "fits": fits,
        "no bias": not np.any(network.b),
        "activation vanishes at zero": float(network.activation.value(np.zeros(1))[0]) == 0.0,
    }
    in_ball = {"points in the unit ball": float(np.linalg.norm(x, axis=1).max()) <= 1 + UNIT}
    scaled = {"positively homogeneous": network.activation.homogeneous}
    # sum y_i f(x_i) is at least n (1 - off).
    reached = sqrt(n) * max(1 - off, 0.0)
    anywhere = exactly(reached / (steep * float(np.linalg.norm(x, 2))))
    random = exactly(reached / (steep * (2 + sqrt(2 * log(1 / failure)))))
    law = exactly(steep * _product(network)), exactly(reached / sqrt(network.neurons))
    return (
        Statement("paths, any labels", paths, anywhere, hypotheses, source="proof of " + PAPER),
        Statement(
            "paths, random labels", paths, random, hypotheses | in_ball | scaled, 1 - failure,
            "proof of " + PAPER,
        ),
        Statement("law", *law, hypotheses | in_ball, 0.0, PAPER, "read"),
    )  # fmt: skip


def _product(network: TwoLayer) -> float:
    r""":math:`\|a\|\|W\|_{op}`."""
    return float(np.linalg.norm(network.a) * np.linalg.norm(network.W, 2))


def _paths(network: TwoLayer) -> float:
    r""":math:`\sum_\ell|a_\ell|\|w_\ell\|`."""
    return float(np.abs(network.a) @ np.linalg.norm(network.W, axis=1))
