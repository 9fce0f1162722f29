"""Where a smooth expression of one symbol vanishes, exactly, or a clear refusal."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from asymp.calculus.hermite.bounds import EVERYTHING, Range, bounds
from asymp.errors import InvalidProblem

_Inverse = Callable[[sp.Expr], sp.Expr]
# Strictly monotone functions: the open range of values and the inverse.
_INVERSES: dict[type, tuple[sp.Expr, sp.Expr, _Inverse]] = {
    sp.exp: (sp.S.Zero, sp.oo, sp.log),
    sp.log: (-sp.oo, sp.oo, sp.exp),
    sp.tanh: (-sp.S.One, sp.S.One, sp.atanh),
    sp.erf: (-sp.S.One, sp.S.One, sp.erfinv),
    sp.erfc: (sp.S.Zero, sp.Integer(2), sp.erfcinv),
    sp.atan: (-sp.pi / 2, sp.pi / 2, sp.tan),
    sp.sinh: (-sp.oo, sp.oo, sp.asinh),
    sp.asinh: (-sp.oo, sp.oo, sp.sinh),
}


def number(expr: sp.Expr, digits: int = 40) -> sp.Float:
    """Value of a constant real expression, as a float of that many digits."""
    return sp.Float(sp.re(expr.evalf(digits)), digits)


def real_roots(expr: sp.Expr, u: sp.Symbol, domain: Range = EVERYTHING) -> list[sp.Expr]:
    """Real points where the expression may change sign: its zeros and the poles of its factors.

    Polynomials, products, and chains of monotone functions of them are solved exactly.

    Raises
    ------
    InvalidProblem
        If they cannot be located exactly.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> real_roots(sp.exp(2 * x) - 1, x), real_roots(x**2 - 2, x)
    ([0], [-sqrt(2), sqrt(2)])
    """
    if not expr.has(u):
        return []
    low, high = bounds(expr, u, domain)
    if low > 0 or high < 0:
        return []
    if expr.is_polynomial(u):
        return _polynomial_roots(expr, u)
    if expr.is_Mul:
        return [root for factor in expr.args for root in real_roots(factor, u, domain)]
    if expr.is_Pow and not expr.args[1].has(u):
        return real_roots(expr.args[0], u, domain)
    return _peel(expr, u, domain)


def _polynomial_roots(expr: sp.Expr, u: sp.Symbol) -> list[sp.Expr]:
    polynomial = sp.Poly(expr, u)
    if all(c.is_Rational for c in polynomial.all_coeffs()):
        return list(dict.fromkeys(sp.real_roots(polynomial)))
    if polynomial.degree() == 1:
        a, b = polynomial.all_coeffs()
        return [-b / a]
    if polynomial.degree() == 2:
        a, b, c = polynomial.all_coeffs()
        square = b**2 - 4 * a * c
        return [] if number(square) < 0 else [(-b + s * sp.sqrt(square)) / (2 * a) for s in (-1, 1)]
    raise _unlocated(expr)


def _peel(expr: sp.Expr, u: sp.Symbol, domain: Range) -> list[sp.Expr]:
    """Undo ``constant + factor * f(inner)`` for a monotone ``f``."""
    constant, moving = expr.as_independent(u, as_Add=True)
    factor, function = moving.as_independent(u, as_Add=False)
    if function.func not in _INVERSES:
        raise _unlocated(expr)
    low, high, inverse = _INVERSES[function.func]
    target = -constant / factor
    if not low < number(target) < high:
        return []
    return real_roots(sp.expand(function.args[0] - inverse(target)), u, domain)


def _unlocated(expr: sp.Expr) -> InvalidProblem:
    return InvalidProblem(
        f"activation: the points where {expr} changes sign cannot be located exactly; "
        "write it as a Piecewise with explicit break points"
    )
