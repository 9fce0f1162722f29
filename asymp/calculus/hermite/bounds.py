"""Interval that contains all values of a smooth expression, found term by term."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import sympy as sp

# Every float operation below errs by a few ulp; each bound is widened by far more than that.
SLACK = 1e-9

Range = tuple[float, float]
EVERYTHING: Range = (-math.inf, math.inf)


def _widen(low: float, high: float) -> Range:
    return (
        low - SLACK * abs(low) if math.isfinite(low) else low,
        high + SLACK * abs(high) if math.isfinite(high) else high,
    )


def _product(x: float, y: float) -> float:
    return 0.0 if x == 0 or y == 0 else x * y


def bounded_exp(x: float) -> float:
    """Exponential that overflows to infinity."""
    return math.inf if x > 700 else math.exp(x)


def logarithm(x: float) -> float:
    """Logarithm that is minus infinity up to 0."""
    return -math.inf if x <= 0 else math.log(x)


_INCREASING: dict[type, Callable[[float], float]] = {
    sp.exp: bounded_exp,
    sp.tanh: math.tanh,
    sp.erf: math.erf,
    sp.atan: math.atan,
    sp.asinh: math.asinh,
    sp.sinh: lambda x: math.copysign((bounded_exp(abs(x)) - bounded_exp(-abs(x))) / 2, x),
}


def bounds(expr: sp.Expr, u: sp.Symbol, domain: Range = EVERYTHING) -> Range:
    """Interval that contains the values of a smooth expression for ``u`` in the domain.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> low, high = bounds(2 + sp.sin(x**2), x)
    >>> round(low, 6), round(high, 6)
    (1.0, 3.0)
    """
    if not expr.has(u):
        value = float(expr)
        return _widen(value, value)
    if expr == u:
        return domain
    if expr.is_polynomial(u):
        return _polynomial_bounds(expr, u, domain)
    if expr.is_Pow:
        return _power_bounds(expr, u, domain)
    inner = [bounds(a, u, domain) for a in expr.args]
    if expr.is_Add:
        return _widen(sum(low for low, _ in inner), sum(high for _, high in inner))
    if expr.is_Mul:
        return _product_bounds(inner)
    return _function_bounds(expr, *inner)


def _polynomial_bounds(expr: sp.Expr, u: sp.Symbol, domain: Range) -> Range:
    coefficients = [float(c) for c in sp.Poly(expr, u).all_coeffs()]
    turns = np.roots(np.polyder(coefficients))
    points = [x.real for x in np.atleast_1d(turns) if domain[0] < x.real < domain[1]]
    points += [x for x in domain if math.isfinite(x)]
    values = [float(np.polyval(coefficients, x)) for x in points]
    odd = (len(coefficients) - 1) % 2 == 1
    for end in domain:
        if math.isinf(end):
            values.append(coefficients[0] * (-math.inf if odd and end < 0 else math.inf))
    return _widen(min(values), max(values))


def _product_bounds(factors: list[Range]) -> Range:
    low, high = 1.0, 1.0
    for a, b in factors:
        corners = [_product(x, y) for x in (low, high) for y in (a, b)]
        low, high = min(corners), max(corners)
    return _widen(low, high)


def _power_bounds(expr: sp.Expr, u: sp.Symbol, domain: Range) -> Range:
    base, exponent = expr.args
    if exponent.has(u):
        return EVERYTHING
    low, high = bounds(base, u, domain)
    p = float(exponent)
    if low < 0 and not exponent.is_integer:
        return EVERYTHING
    if low < 0 < high:
        if p < 0:
            return EVERYTHING
        if p % 2 == 0:
            low, high = 0.0, max(-low, high)
    sign = -1.0 if low < 0 and p % 2 == 1 else 1.0
    if low < 0 < high:
        ends = [-_power(-low, p), _power(high, p)]
    else:
        ends = [sign * _power(abs(x), p) for x in (low, high)]
    return _widen(min(ends), max(ends))


def _power(size: float, p: float) -> float:
    if size == 0 or math.isinf(size):
        return math.inf if (size == 0) == (p < 0) else 0.0
    return bounded_exp(p * math.log(size))


def _function_bounds(expr: sp.Expr, inner: Range, *_: Range) -> Range:
    low, high = inner
    kind = expr.func
    if kind in _INCREASING:
        return _widen(_INCREASING[kind](low), _INCREASING[kind](high))
    if kind in (sp.sin, sp.cos):
        return (-1.0, 1.0)
    if kind is sp.erfc:
        return _widen(math.erfc(high), math.erfc(low))
    if kind is sp.log and low >= 0:
        return _widen(logarithm(low), logarithm(high) if math.isfinite(high) else high)
    if kind is sp.cosh:
        return (1.0 - SLACK, bounded_exp(max(-low, high)) + SLACK)
    return EVERYTHING
