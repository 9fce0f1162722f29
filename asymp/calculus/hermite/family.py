r"""The family of functions whose Gaussian integrals have closed forms.

Finite sums of :math:`u^n e^{Au^2+Bu}\prod_i\mathrm{erf}(\alpha_iu+\beta_i)`; sines, cosines and
hyperbolic functions of a linear argument are such exponentials with imaginary or real :math:`B`.
The family is closed under sums, products and differentiation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import sympy as sp

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


def combination(expr: sp.Expr, u: sp.Symbol) -> Combination:
    """Write an expression as a combination of monomials.

    Raises
    ------
    NoClosedForm
        If it lies outside the family.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> [(m.degree, m.linear, c) for m, c in combination((1 + x) * sp.exp(2 * x), x).items()]
    [(0, 2, 1), (1, 2, 1)]
    """
    if not expr.has(u):
        return {Monomial(): expr}
    if expr == u:
        return {Monomial(1): sp.S.One}
    if expr.is_Add:
        return _sum([combination(a, u) for a in expr.args])
    if expr.is_Mul:
        return _product([combination(a, u) for a in expr.args])
    if expr.is_Pow and expr.args[1].is_Integer and 0 < expr.args[1] <= _HIGHEST:
        return _product([combination(expr.args[0], u)] * int(expr.args[1]))
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
    """Rule for half the signed sum of the exponentials of ``phase * x`` and ``-phase * x``."""

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
