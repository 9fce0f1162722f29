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

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import sympy as sp

from asymp.calculus.hermite_pieces import PiecewiseSmooth

# A power of a long sum would be expanded term by term; beyond this size quadrature is better.
_LONGEST = 400
_HIGHEST = 80


class NoClosedForm(Exception):
    """The integrand lies outside the family, or its integral has no elementary form."""


@dataclass(frozen=True)
class Monomial:
    r"""The function :math:`u^n e^{Au^2+Bu}\prod_i\mathrm{erf}(\alpha_iu+\beta_i)`.

    Parameters
    ----------
    degree : int
        The power :math:`n`.
    quadratic, linear : sympy.Expr
        The numbers :math:`A, B`.
    erfs : tuple of (sympy.Expr, sympy.Expr)
        The pairs :math:`(\alpha_i, \beta_i)`, sorted.
    """

    degree: int = 0
    quadratic: sp.Expr = sp.S.Zero
    linear: sp.Expr = sp.S.Zero
    erfs: tuple[tuple[sp.Expr, sp.Expr], ...] = ()

    def __mul__(self, other: Monomial) -> Monomial:
        erfs = sorted(self.erfs + other.erfs, key=sp.default_sort_key)
        return Monomial(
            self.degree + other.degree,
            self.quadratic + other.quadratic,
            self.linear + other.linear,
            tuple(erfs),
        )


Combination = dict[Monomial, sp.Expr]


def gaussian_mean(function: PiecewiseSmooth) -> sp.Expr | None:
    r"""Closed form of :math:`\mathbb E f(G)`, or None where the family above has none.

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
    >>> from asymp.calculus.hermite_pieces import piecewise_smooth
    >>> x = sp.Symbol("x", real=True)
    >>> gaussian_mean(piecewise_smooth(sp.Max(x, 0), x))
    sqrt(2)/(2*sqrt(pi))
    >>> gaussian_mean(piecewise_smooth(x * sp.erf(x), x))
    2*sqrt(3)/(3*sqrt(pi))
    """
    try:
        total = sp.S.Zero
        for piece in function.pieces:
            terms = _combination(piece.expression, function.variable)
            for monomial, coefficient in terms.items():
                total += coefficient * _integral(monomial, piece.low, piece.high)
        return settle(total)
    except NoClosedForm:
        return None


def settle(value: sp.Expr) -> sp.Expr:
    """Expanded real form of a constant; 0 where 60 digits say so.

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
    if value.is_Rational:
        return value
    return sp.S.Zero if abs(value.evalf(60)) < sp.Float("1e-50") else value


def _combination(expr: sp.Expr, u: sp.Symbol) -> Combination:
    """The expression as a combination of monomials."""
    if not expr.has(u):
        return {Monomial(): expr}
    if expr == u:
        return {Monomial(1): sp.S.One}
    if expr.is_Add:
        return _sum([_combination(a, u) for a in expr.args])
    if expr.is_Mul:
        return _product([_combination(a, u) for a in expr.args])
    if expr.is_Pow and expr.args[1].is_Integer and 0 < expr.args[1] <= _HIGHEST:
        return _product([_combination(expr.args[0], u)] * int(expr.args[1]))
    if expr.func in _FUNCTIONS:
        return _FUNCTIONS[expr.func](expr.args[0], u)
    raise NoClosedForm


def _sum(parts: list[Combination]) -> Combination:
    total: Combination = {}
    for part in parts:
        for monomial, coefficient in part.items():
            total[monomial] = total.get(monomial, sp.S.Zero) + coefficient
    return total


def _product(factors: list[Combination]) -> Combination:
    total: Combination = {Monomial(): sp.S.One}
    for factor in factors:
        if len(total) * len(factor) > _LONGEST:
            raise NoClosedForm
        total = _sum(
            [{m * n: sp.expand(a * b)} for (m, a), (n, b) in product(total.items(), factor.items())]
        )
    return total


def _exponential(exponent: sp.Expr, u: sp.Symbol) -> Combination:
    if not exponent.is_polynomial(u) or sp.degree(exponent, u) > 2:
        raise NoClosedForm
    a, b, c = (exponent.expand().coeff(u, k) for k in (2, 1, 0))
    return {Monomial(0, a, b): sp.exp(c)}


def _waves(phase: sp.Expr, signs: tuple[sp.Expr, sp.Expr]) -> Callable[..., Combination]:
    """Combination of the two exponentials of ``phase * x`` and ``-phase * x``."""

    def combine(x: sp.Expr, u: sp.Symbol) -> Combination:
        if not x.is_polynomial(u) or sp.degree(x, u) > 1:
            raise NoClosedForm
        parts = [
            {m: sign * a / 2 for m, a in _exponential(s * phase * x, u).items()}
            for s, sign in zip((1, -1), signs, strict=True)
        ]
        return _sum(parts)

    return combine


def _error_function(x: sp.Expr, u: sp.Symbol) -> Combination:
    if not x.is_polynomial(u) or sp.degree(x, u) != 1:
        raise NoClosedForm
    alpha, beta = (x.expand().coeff(u, k) for k in (1, 0))
    if alpha.is_negative:
        return {Monomial(erfs=((-alpha, -beta),)): sp.S.NegativeOne}
    return {Monomial(erfs=((alpha, beta),)): sp.S.One}


def _complementary(x: sp.Expr, u: sp.Symbol) -> Combination:
    negative = {m: -a for m, a in _error_function(x, u).items()}
    return _sum([{Monomial(): sp.S.One}, negative])


_FUNCTIONS: dict[type, Callable[..., Combination]] = {
    sp.exp: _exponential,
    sp.cosh: _waves(sp.S.One, (sp.S.One, sp.S.One)),
    sp.sinh: _waves(sp.S.One, (sp.S.One, sp.S.NegativeOne)),
    sp.cos: _waves(sp.I, (sp.S.One, sp.S.One)),
    sp.sin: _waves(sp.I, (-sp.I, sp.I)),
    sp.erf: _error_function,
    sp.erfc: _complementary,
}


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
            total += weight * (_erf_moment(j, erfs) if erfs else truncated_moment(j, *ends))
    return mass * total


def truncated_moment(order: int, low: sp.Expr, high: sp.Expr) -> sp.Expr:
    r"""Truncated moment :math:`\int_a^b v^k\varphi(v)\,dv`, by integration by parts.

    Examples
    --------
    >>> truncated_moment(2, sp.S.Zero, sp.oo), truncated_moment(1, -sp.oo, sp.oo)
    (1/2, 0)
    """
    if order == 0:
        return _distribution(high) - _distribution(low)
    edge = _edge(order - 1, low) - _edge(order - 1, high)
    if order == 1:
        return edge
    return sp.expand((order - 1) * truncated_moment(order - 2, low, high) + edge)


def _distribution(x: sp.Expr) -> sp.Expr:
    if x.is_infinite:
        return sp.S.One if x == sp.oo else sp.S.Zero
    return (1 + _erf(x / sp.sqrt(2))) / 2


def _erf(x: sp.Expr) -> sp.Expr:
    """Error function, on the imaginary axis as ``I*erfi`` so that imaginary units can cancel."""
    height = sp.expand(-sp.I * x)
    return sp.I * sp.erfi(height) if x != 0 and height.is_real else sp.erf(x)


def _edge(power: int, x: sp.Expr) -> sp.Expr:
    if x.is_infinite:
        return sp.S.Zero
    return x**power * sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)


def _erf_moment(order: int, erfs: tuple[tuple[sp.Expr, sp.Expr], ...]) -> sp.Expr:
    """Mean of ``v**order`` times error functions, by Stein's identity on the power."""
    if not erfs:
        return truncated_moment(order, -sp.oo, sp.oo)
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
