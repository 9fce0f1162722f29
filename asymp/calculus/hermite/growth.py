r"""Bounds of the growth of a smooth expression, valid at every point and not only in the limit.

An envelope :math:`|f(u)| \le C(1+|u|)^k e^{B|u|+Au^2}` is read off the expression's structure.
From it follow square-integrability under the Gaussian and a bound of the tails that a
quadrature leaves out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import sympy as sp

from asymp.calculus.hermite.bounds import (
    EVERYTHING,
    SLACK,
    Range,
    bounded_exp,
    bounds,
    logarithm,
)


@dataclass(frozen=True)
class Envelope:
    r"""The bound :math:`|f(u)| \le e^{c}(1+|u|)^{k} e^{B|u|+Au^2}`.

    Parameters
    ----------
    scale, power, linear, quadratic : float
        The numbers :math:`c, k, B, A`.
    """

    scale: float
    power: float = 0.0
    linear: float = 0.0
    quadratic: float = 0.0

    def __add__(self, other: Envelope) -> Envelope:
        return Envelope(
            float(np.logaddexp(self.scale, other.scale)) + SLACK,
            max(self.power, other.power),
            max(self.linear, other.linear),
            max(self.quadratic, other.quadratic),
        )

    def __mul__(self, other: Envelope) -> Envelope:
        return Envelope(
            self.scale + other.scale + SLACK,
            self.power + other.power,
            self.linear + other.linear,
            self.quadratic + other.quadratic,
        )

    def __pow__(self, n: float) -> Envelope:
        return Envelope(n * self.scale + SLACK, n * self.power, n * self.linear, n * self.quadratic)

    def tail(self, radius: float) -> float:
        r"""Logarithm of a bound of :math:`\int_R^\infty |f|\varphi` (one side); inf if it has none.

        Beyond the radius the exponent :math:`g` is concave, so the integral is at most
        :math:`e^{g(R)}/(-g'(R))`.
        """
        curve = self.quadratic - 0.5
        slope = self.power / (1 + radius) + self.linear + 2 * curve * radius
        if curve >= 0 or slope >= 0:
            return math.inf
        height = self.power * math.log1p(radius) + self.linear * radius + curve * radius**2
        return self.scale + height - math.log(-slope) - 0.9

    def radius(self, log_tolerance: float) -> float:
        """Smallest radius on a ladder whose one-sided tail is below ``exp(log_tolerance)``."""
        radius = 8.0
        while self.tail(radius) > log_tolerance:
            radius *= 1.1
            if radius > 1e8:
                return math.inf
        return radius


def envelope(expr: sp.Expr, u: sp.Symbol, domain: Range = EVERYTHING) -> Envelope | None:
    """Bound of the growth of a smooth expression on the domain; None where none was found.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> growth = envelope(x**3 * sp.exp(x**2 / 8), x)
    >>> growth.power, growth.quadratic
    (3.0, 0.125)
    """
    low, high = bounds(expr, u, domain)
    size = max(abs(low), abs(high))
    if expr.func is sp.exp:
        return _exponential(expr.args[0], u, domain)
    if math.isfinite(size):
        return Envelope(logarithm(size))
    if expr == u:
        return Envelope(0.0, power=1.0)
    if expr.is_Add or expr.is_Mul:
        parts = [envelope(a, u, domain) for a in expr.args]
        return _combine(parts, add=bool(expr.is_Add))
    if expr.is_Pow and not expr.args[1].has(u) and expr.args[1].is_positive:
        base = envelope(expr.args[0], u, domain)
        return None if base is None else base ** float(expr.args[1])
    return _function_envelope(expr, u, domain)


def _combine(parts: list[Envelope | None], add: bool) -> Envelope | None:
    total = parts[0]
    for part in parts[1:]:
        if total is None or part is None:
            return None
        total = total + part if add else total * part
    return total


def _exponential(exponent: sp.Expr, u: sp.Symbol, domain: Range) -> Envelope | None:
    """Envelope of ``exp(exponent)``: its quadratic polynomial part exactly, the rest bounded."""
    rest, constant, linear, quadratic = [], 0.0, 0.0, 0.0
    for term in sp.Add.make_args(sp.expand(exponent)):
        coefficient, power = term.as_independent(u)
        if not term.has(u):
            constant += float(term)
        elif power == u:
            linear += float(coefficient)
        elif power == u**2:
            quadratic += float(coefficient)
        else:
            rest.append(term)
    side = 1.0 if domain[0] >= 0 else -1.0 if domain[1] <= 0 else math.copysign(1.0, linear)
    total = Envelope(constant, 0.0, side * linear, quadratic)
    return total if not rest else _combine([total, _bounded_above(sp.Add(*rest), u, domain)], False)


def _bounded_above(exponent: sp.Expr, u: sp.Symbol, domain: Range) -> Envelope | None:
    high = bounds(exponent, u, domain)[1]
    if math.isfinite(high):
        return Envelope(high)
    growth = envelope(exponent, u, domain)
    if growth is None or growth.linear > 0 or growth.quadratic > 0 or growth.power > 2:
        return None
    size = bounded_exp(growth.scale)
    if growth.power <= 1:
        return Envelope(size, linear=size)
    return Envelope(2 * size, quadratic=2 * size)


def _function_envelope(expr: sp.Expr, u: sp.Symbol, domain: Range) -> Envelope | None:
    kind, inner = expr.func, expr.args[0]
    if kind is sp.log:
        return _logarithm(inner, u, domain)
    if kind is sp.asinh:
        return envelope(inner, u, domain)
    if kind in (sp.sinh, sp.cosh):
        return _combine([envelope(sp.exp(s * inner), u, domain) for s in (1, -1)], add=True)
    if kind is sp.erfi:
        # |erfi(x)| <= 2/sqrt(pi) |x| exp(x^2), the integrand being largest at the end.
        parts = [envelope(inner, u, domain), envelope(sp.exp(inner**2), u, domain), Envelope(0.13)]
        return _combine(parts, add=False)
    return None


def _logarithm(inner: sp.Expr, u: sp.Symbol, domain: Range) -> Envelope | None:
    low = bounds(inner, u, domain)[0]
    growth = envelope(inner, u, domain)
    if low <= 0 or growth is None:
        return None
    size = abs(growth.scale) + growth.power + max(growth.linear, 0.0) + max(growth.quadratic, 0.0)
    return Envelope(
        logarithm(size + abs(logarithm(low))), power=2.0 if growth.quadratic > 0 else 1.0
    )
