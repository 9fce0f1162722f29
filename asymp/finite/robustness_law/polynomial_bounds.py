r"""Theorem 8 of Bubeck, Li and Nagaraj: polynomials that fit are steep."""

from __future__ import annotations

from math import exp, log, sqrt

import numpy as np
from scipy.special import gammaln

from asymp.errors import InvalidParameter
from asymp.finite.robustness_law.activation import Array
from asymp.finite.robustness_law.data import as_data, require_powers
from asymp.finite.robustness_law.enclosure import Statement, exactly
from asymp.finite.robustness_law.lipschitz import lipschitz_bounds
from asymp.finite.robustness_law.network import TwoLayer
from asymp.finite.robustness_law.tensor import gram
from asymp.finite.robustness_law.tensor_bounds import least_square
from asymp.symbols.arguments import whole


def greatest_coefficients(degree: int) -> Array:
    r"""Logarithms of the greatest :math:`|c_j|` of :math:`\sum_jc_jt^j` bounded by one on [-1, 1].

    Those of the Chebyshev polynomial of that degree or of one less, by the parity of j
    (V. Markov 1892; recalled):
    :math:`\frac m2\,2^j\,\Gamma(\frac{m+j}2)\,/\,\big(\Gamma(\frac{m-j}2+1)\,j!\big)` in degree m.

    Examples
    --------
    >>> from asymp.finite.robustness_law.polynomial_bounds import greatest_coefficients
    >>> np.exp(greatest_coefficients(3)).round(9)
    array([1., 3., 2., 4.])
    """
    j = np.arange(degree + 1.0)
    m = degree - (degree - j) % 2
    found = np.log(np.maximum(m, 1) / 2) + j * log(2) - gammaln(j + 1) - gammaln((m - j) / 2 + 1)
    # The polynomial of degree zero is one.
    return np.where(m > 0, found + gammaln(np.maximum(m + j, 1) / 2), 0.0)


def polynomial_bound(points: Array, labels: Array, degree: int) -> float:
    r"""Least Lipschitz constant on the unit ball of a polynomial of degree p that fits.

    Theorem 8 of Bubeck, Li and Nagaraj (read) has :math:`\mathrm{Lip}\ge c_p\sqrt{n/d^{p-1}}`
    for networks with a polynomial activation. In numbers, for every polynomial and every data set
    (derived): let :math:`f=\sum_q\langle T_q,x^{\otimes q}\rangle` and :math:`\Lambda` its
    Lipschitz constant. Along a ray :math:`t\mapsto\frac{d}{dt}f(tx)` is a polynomial of degree
    :math:`p-1` bounded by :math:`\Lambda`, so that :math:`q\|T_q\|_{op}\le c_{q-1}\Lambda` with
    the greatest coefficients :math:`c_j` of such polynomials; and
    :math:`\|T_q\|_F\le d^{(q-1)/2}\|T_q\|_{op}`. All together fit, so that with
    :math:`K_{ij}=\sum_{q=1}^p\frac{c_{q-1}^2}{q^2}d^{q-1}(x_i\cdot x_j)^q`

    .. math:: p\,\Lambda^2\ge\min_{c}\,(y-c\mathbf 1)^\top K^{-1}(y-c\mathbf 1).

    Parameters
    ----------
    points : array_like, shape (n, d)
        Points.
    labels : array_like, shape (n,)
        Labels, any numbers.
    degree : int
        :math:`p\ge1`.

    Returns
    -------
    float
        The bound; very large where no polynomial of that degree fits.

    Raises
    ------
    InvalidParameter
        If the degree is no positive integer, all points are zero, or squares of coordinates or
        labels leave double precision.

    Examples
    --------
    >>> from asymp.finite.robustness_law import generic_data, polynomial_bound
    >>> points, labels = generic_data(200, 30)
    >>> round(polynomial_bound(points, labels, 2) / (200 / 30) ** 0.5, 2)
    1.85
    """
    x, y = as_data(points, labels)
    if not x.any():
        raise InvalidParameter("points are all 0; give at least one other than 0")
    degree = whole("degree", degree, 1, "give the degree of the polynomial")
    require_powers("points", x)
    require_powers("labels", y)
    size, top = float(np.max(np.linalg.norm(x, axis=1))), float(np.max(np.abs(y))) or 1.0
    kernel, scale = _kernel(x / size, degree, size)
    # The minimum over c, from the three values of the quadratic form that determine it.
    (yy, yo), (_, oo) = least_square(kernel, np.column_stack([y / top, np.ones(len(y))]))
    return top * sqrt(max(yy - yo**2 / oo, 0.0) / degree) * exp(-scale / 2)


def _kernel(x: Array, degree: int, size: float) -> tuple[Array, float]:
    """The kernel of the points ``size * x``, of which none is longer than ``size``.

    Divided by its greatest term, of which the logarithm is handed back too.
    """
    order = np.arange(1, degree + 1)
    terms = 2 * (greatest_coefficients(degree - 1) - np.log(order) + order * log(size))
    terms += (order - 1) * log(x.shape[1])
    scale = float(terms.max())
    shares = enumerate(np.exp(terms - scale), 1)
    kernel = sum((share * gram(x, q) for q, share in shares), start=np.zeros((len(x), len(x))))
    return kernel, scale


def polynomial_law(
    network: TwoLayer,
    points: Array,
    labels: Array,
    degree: int | None = None,
    *,
    misfit: float = 1e-6,
) -> Statement:
    r"""Theorem 8 for a network whose activation is a polynomial, of at most that degree.

    Parameters
    ----------
    network : TwoLayer
        The network.
    points : array_like, shape (n, d)
        Points.
    labels : array_like, shape (n,)
        Labels, any numbers.
    degree : int, optional
        :math:`p\ge1`; that of the network's activation by default. The statement applies only
        if the activation is a polynomial of degree p or less.
    misfit : float
        Greatest deviation that counts as a fit.

    Returns
    -------
    Statement
        Its Lipschitz constant on the unit ball against `polynomial_bound`.

    Raises
    ------
    InvalidParameter
        If the degree is no positive integer, or left out where the activation is no polynomial.

    Examples
    --------
    >>> from asymp.finite.robustness_law import generic_data, polynomial_fit, polynomial_law
    >>> points, labels = generic_data(60, 20)
    >>> network = polynomial_fit(points, labels, 2).network
    >>> polynomial_law(network, points, labels).verdict
    'holds'
    >>> polynomial_law(network, points, labels, 1).hypotheses
    {'fits': True, 'activation of at most that degree': False}
    """
    x, y = as_data(points, labels)
    own = network.activation.degree
    if degree is None and own is None:
        raise InvalidParameter(
            f"activation {network.activation.name} is no polynomial: take projection_law"
        )
    degree = whole("degree", own if degree is None else degree, 1, "give the degree")
    outputs = network.predict(x)
    return Statement(
        "polynomials that fit",
        lipschitz_bounds(network, points=x),
        # What the network fits exactly is its own outputs.
        exactly(polynomial_bound(x, outputs, degree)),
        {
            "fits": float(np.max(np.abs(outputs - y))) <= misfit,
            "activation of at most that degree": own is not None and own <= degree,
        },
        source="Bubeck, Li and Nagaraj 2021, theorem 8, with its constant",
    )
