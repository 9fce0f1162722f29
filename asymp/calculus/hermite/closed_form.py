r"""Closed forms of Gaussian integrals :math:`\mathbb E f(G)`, :math:`G \sim N(0,1)`.

The functions covered are closed under sums, products and differentiation: finite sums of

.. math:: u^n\, e^{Au^2+Bu} \prod_i \mathrm{erf}(\alpha_i u+\beta_i),

piecewise between fixed points when no erf is present; sines, cosines and hyperbolic functions
of a linear argument are such exponentials with complex or real :math:`B`. Completing the square
leaves truncated moments; an erf is removed by Stein's identity
:math:`\mathbb E[G^n f] = (n-1)\mathbb E[G^{n-2}f] + \mathbb E[G^{n-1}f']`. Nothing here
searches for an antiderivative, so nothing can hang.
"""

from __future__ import annotations

import sympy as sp

from asymp.calculus.hermite.family import Monomial, NoClosedForm, combination
from asymp.calculus.hermite.pieces import PiecewiseSmooth
from asymp.calculus.truncated_moment import gaussian_density


def gaussian_mean(function: PiecewiseSmooth) -> sp.Expr | None:
    r"""Find the closed form of :math:`\mathbb E f(G)`, or None where the family has none.

    Parameters
    ----------
    function : PiecewiseSmooth
        A function that is integrable under the Gaussian.

    Returns
    -------
    sympy.Expr or None
        A real constant; an exact zero is returned as 0.

    Examples
    --------
    >>> from asymp.calculus.hermite.pieces import piecewise_smooth
    >>> x = sp.Symbol("x", real=True)
    >>> gaussian_mean(piecewise_smooth(sp.Max(x, 0), x))
    sqrt(2)/(2*sqrt(pi))
    >>> gaussian_mean(piecewise_smooth(x * sp.erf(x), x))
    2*sqrt(3)/(3*sqrt(pi))
    """
    try:
        total = sp.S.Zero
        for piece in function.pieces:
            terms = combination(piece.expression, function.variable)
            for monomial, coefficient in terms.items():
                total += coefficient * _integral(monomial, piece.low, piece.high)
        return settle(total)
    except NoClosedForm:
        return None


def settle(value: sp.Expr) -> sp.Expr:
    """Bring a constant to expanded real form; 0 where its terms cancel to 60 digits.

    Raises
    ------
    NoClosedForm
        If imaginary parts remain that are not seen to cancel.
    """
    value = sp.expand(value)
    if value.has(sp.I):
        value = sp.expand(sp.expand_complex(value))
    if value.has(sp.I, sp.re, sp.im, sp.nan, sp.zoo):
        raise NoClosedForm
    return sp.S.Zero if value.is_Add and _cancels(value) else value


def _cancels(total: sp.Expr) -> bool:
    size = sum(abs(term.evalf(20)) for term in total.args)
    return bool(abs(total.evalf(70)) < sp.Float("1e-60") * size)


def _integral(monomial: Monomial, low: sp.Expr, high: sp.Expr) -> sp.Expr:
    """Complete the square: mean, deviation and mass of the tilted Gaussian, then its moments."""
    narrow = 1 - 2 * monomial.quadratic
    if not narrow.is_positive:
        raise NoClosedForm
    deviation, mean = 1 / sp.sqrt(narrow), monomial.linear / narrow
    mass = deviation * sp.exp(monomial.linear * mean / 2)
    erfs = tuple((a * deviation, a * mean + b) for a, b in monomial.erfs)
    ends = tuple(
        sp.expand((end - mean) / deviation) if end.is_finite else end for end in (low, high)
    )
    if erfs and ends != (-sp.oo, sp.oo):
        raise NoClosedForm
    total = sp.S.Zero
    for j in range(monomial.degree + 1):
        weight = sp.binomial(monomial.degree, j) * mean ** (monomial.degree - j) * deviation**j
        if weight != 0:
            total += weight * (_erf_moment(j, erfs) if erfs else _moment_between(j, *ends))
    return mass * total


def _moment_between(order: int, low: sp.Expr, high: sp.Expr) -> sp.Expr:
    r"""Integrate :math:`v^k\varphi(v)` by parts, for end points that may be complex."""
    if order == 0:
        return _distribution(high) - _distribution(low)
    edge = _edge(order - 1, low) - _edge(order - 1, high)
    if order == 1:
        return edge
    return sp.expand((order - 1) * _moment_between(order - 2, low, high) + edge)


def _distribution(x: sp.Expr) -> sp.Expr:
    if x.is_infinite:
        return sp.S.One if x == sp.oo else sp.S.Zero
    return (1 + _erf(x / sp.sqrt(2))) / 2


def _erf(x: sp.Expr) -> sp.Expr:
    """Error function, on the imaginary axis as ``I*erfi`` so that imaginary units can cancel."""
    if not x.has(sp.I):
        return sp.erf(x)
    height = sp.expand(-sp.I * x)
    if not height.is_real:
        raise NoClosedForm
    return sp.I * sp.erfi(height)


def _edge(power: int, x: sp.Expr) -> sp.Expr:
    if x.is_infinite:
        return sp.S.Zero
    return x**power * gaussian_density(x)


def _erf_moment(order: int, erfs: tuple[tuple[sp.Expr, sp.Expr], ...]) -> sp.Expr:
    """Mean of ``v**order`` times error functions, by Stein's identity on the power."""
    if not erfs:
        return _moment_between(order, -sp.oo, sp.oo)
    if all(b == 0 for _, b in erfs) and (order + len(erfs)) % 2 == 1:
        return sp.S.Zero
    if order == 0:
        return _erf_mean(erfs)
    total = (order - 1) * _erf_moment(order - 2, erfs) if order > 1 else sp.S.Zero
    for i, (a, b) in enumerate(erfs):
        bump = Monomial(order - 1, -(a**2), -2 * a * b, erfs[:i] + erfs[i + 1 :])
        total += 2 * a / sp.sqrt(sp.pi) * sp.exp(-(b**2)) * _integral(bump, -sp.oo, sp.oo)
    return total


def _erf_mean(erfs: tuple[tuple[sp.Expr, sp.Expr], ...]) -> sp.Expr:
    """Mean of one error function, or of a product of two that are odd."""
    if len(erfs) == 1:
        ((a, b),) = erfs
        return _erf(b / sp.sqrt(1 + 2 * a**2))
    if len(erfs) == 2 and all(b == 0 for _, b in erfs):
        (a1, _), (a2, _) = erfs
        return 2 / sp.pi * sp.asin(2 * a1 * a2 / sp.sqrt((1 + 2 * a1**2) * (1 + 2 * a2**2)))
    raise NoClosedForm
