r"""Vectorised NumPy code of a piecewise smooth function, safe far from the origin.

Written naively, :math:`\log(1+e^u)`, :math:`1/(1+e^{-u})` and derivatives of such functions
overflow or give 0/0 within the range of floats. Sums of positive exponentials are therefore
kept as logarithms, and each piece is evaluated on its own points only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from asymp.calculus.hermite.exponentials import all_positive, exponential_terms
from asymp.calculus.hermite.pieces import Piece, PiecewiseSmooth

Array = np.ndarray[Any, np.dtype[Any]]
Vectorised = Callable[[Any], Any]

# Around a removable singularity: radius of the interpolant, its degree and digits behind it.
_NEAR, _DEGREE, _DIGITS = 0.125, 12, 60


class log_sum_exp(sp.Function):
    r"""Logarithm :math:`\log\sum_i e^{x_i}` of a sum of exponentials of the arguments."""


class largest(sp.Function):
    r"""Largest argument :math:`\max_i x_i`."""


@dataclass(frozen=True)
class _Branch:
    low: float
    high: float
    function: Vectorised


def numpy_function(function: PiecewiseSmooth) -> Vectorised:
    """Compile to a function of floats or arrays; at a cut the right-hand piece is taken.

    Examples
    --------
        >>> from asymp.calculus.hermite.pieces import piecewise_smooth
        >>> x = sp.Symbol("x", real=True)
        >>> f = numpy_function(piecewise_smooth(sp.log(1 + sp.exp(x)), x))
        >>> [float(v) for v in f(np.array([-1000.0, 0.0, 1000.0]))]
        [0.0, 0.6931471805599453, 1000.0]
    """
    u = function.variable
    branches = [_Branch(*piece.domain, _compiled(piece.expression, u)) for piece in function.pieces]
    branches += _removable(function)
    polynomial = all(piece.expression.is_polynomial(u) for piece in function.pieces)
    assemble = _overwrite if polynomial else _assemble

    def evaluate(values: Any) -> Any:
        x = np.asarray(values, dtype=float)
        with np.errstate(all="ignore"):
            out = assemble(branches, x)
        return out if out.ndim else out[()]

    return evaluate


def _overwrite(branches: list[_Branch], x: Array) -> Array:
    """Evaluate every branch everywhere: polynomials are cheaper than selections of points."""
    out = np.array(branches[0].function(x))
    for branch in branches[1:]:
        np.copyto(out, branch.function(x), where=x >= branch.low)
    return out


def _assemble(branches: list[_Branch], x: Array) -> Array:
    """Evaluate each branch on its own points; later branches prevail."""
    if len(branches) == 1:
        return np.asarray(branches[0].function(x))
    out = np.full_like(x, np.nan)
    for branch in branches:
        here = (x >= branch.low) & (x < branch.high)
        if here.any():
            out[here] = branch.function(x[here])
    return out


def _compiled(expr: sp.Expr, u: sp.Symbol) -> Vectorised:
    if not expr.has(u):
        value = float(expr)
        return lambda x: np.full_like(x, value)
    functions: dict[str, Any] = {"log_sum_exp": _log_sum_exp, "largest": _largest}
    stable = stable_form(expr, u)
    if stable.has(sp.erf, sp.erfc, sp.erfi):
        from scipy import special

        functions |= {name: getattr(special, name) for name in ("erf", "erfc", "erfi")}
    compiled: Vectorised = sp.lambdify(u, stable.evalf(17), [functions, "numpy"])
    return compiled


def _log_sum_exp(*terms: Any) -> Any:
    total = terms[0]
    for term in terms[1:]:
        total = np.logaddexp(total, term)
    return total


def _largest(*terms: Any) -> Any:
    total = terms[0]
    for term in terms[1:]:
        total = np.maximum(total, term)
    return total


def stable_form(expr: sp.Expr, u: sp.Symbol) -> sp.Expr:
    """Equal expression in which no exponential overflows unless the value does.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> stable_form(1 / (1 + sp.exp(-x)), x)
    exp(-largest(0, -x))/(exp(-x - largest(0, -x)) + exp(-largest(0, -x)))
    """
    if not expr.args or not expr.has(u):
        return expr
    if (
        expr.func is sp.log
        and (terms := exponential_terms(expr.args[0], u))
        and all_positive(terms)
    ):
        return log_sum_exp(*(sp.log(c) + x for c, x in terms))
    if expr.is_Mul or expr.is_Pow:
        return _stable_product(expr, u)
    return _complementary(expr.func(*(stable_form(a, u) for a in expr.args)))


def _stable_product(expr: sp.Expr, u: sp.Symbol) -> sp.Expr:
    """Factor the leading exponential out of every sum, and join what was factored out."""
    factors = [_base_and_power(f) for f in sp.Mul.make_args(expr)]
    quotient = any(p.is_negative for _, p in factors)
    exponent, rest = sp.S.Zero, []
    for base, power in factors:
        terms = exponential_terms(base, u) if quotient or base.func is sp.exp else []
        if terms:
            lead = _leading({x for _, x in terms})
            exponent += power * lead
            rest.append(sp.Add(*(c * sp.exp(x - lead) for c, x in terms)) ** power)
        else:
            rest.append(stable_form(base, u) ** power)
    product = sp.Mul(*rest)
    return product if exponent == 0 else product * sp.exp(exponent)


def _leading(exponents: set[sp.Expr]) -> sp.Expr:
    ordered = sorted(exponents, key=sp.default_sort_key)
    return ordered[0] if len(ordered) == 1 else largest(*ordered)


def _base_and_power(factor: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    return (factor.args[0], factor.args[1]) if factor.is_Pow else (factor, sp.S.One)


def _complementary(expr: sp.Expr) -> sp.Expr:
    """Write ``1 + erf(x)`` as ``erfc(-x)``, which keeps its digits as it vanishes."""
    if not expr.is_Add or len(expr.args) != 2:
        return expr
    constant, moving = expr.args
    factor, function = moving.as_coeff_Mul()
    if function.func is not sp.erf or abs(factor) != abs(constant):
        return expr
    inner = -function.args[0] * sp.sign(factor * constant)
    return constant * sp.erfc(inner, evaluate=False)


def _removable(function: PiecewiseSmooth) -> list[_Branch]:
    """Interpolants across singular points where the function is in fact analytic."""
    found = []
    for left, right in zip(function.pieces, function.pieces[1:], strict=False):
        if left.singular[1] and right.singular[0] and left.expression == right.expression:
            branch = _interpolant(left, function.variable)
            found += [branch] if branch is not None else []
    return found


def _interpolant(piece: Piece, u: sp.Symbol) -> _Branch | None:
    """Chebyshev interpolant from high precision, or None if it misses the function."""
    middle = float(piece.high)
    reach = min(_NEAR, (middle - piece.domain[0]) / 2)
    distance = sp.Dummy(real=True)
    exact = sp.lambdify(distance, piece.expression.subs(u, piece.high + distance), "mpmath")

    def value(t: Any) -> float:
        with mpmath.workdps(_DIGITS):
            result = exact(mpmath.mpf(float(t)))
        return float(result) if isinstance(result, mpmath.mpf) else float("nan")

    nodes = reach * np.polynomial.chebyshev.chebpts1(_DEGREE + 2)
    fitted = np.polynomial.Chebyshev.fit(
        nodes, np.array([value(t) for t in nodes]), _DEGREE + 1, domain=[-reach, reach]
    )
    tests = reach * np.array([-0.9, -0.31, 1e-6, 0.77])
    wrong = max(abs(fitted(t) - value(t)) for t in tests)
    if not wrong < 1e-12:
        return None
    return _Branch(middle - reach, middle + reach, lambda x: fitted(x - middle))
