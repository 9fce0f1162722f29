"""Evaluation of expressions with panels, roots and tables in double precision, for checks.

It shares no code with the compiled kernels: quadrature nodes, bracketing and printing are others.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy as sp

from asymp.calculus.panel import REACH
from asymp.calculus.primitives import Primitive
from asymp.calculus.table import mp_table
from asymp.calculus.truncated_moment import TruncatedMoment

NODES, WEIGHTS = np.polynomial.legendre.leggauss(10)
GRADES = 3.0 ** -np.arange(4)[::-1]  # panels shrink towards both ends of an interval


def float_function(symbols: Sequence[sp.Symbol], expression: sp.Expr) -> Callable[..., float]:
    """Function of floats for an expression.

    Examples
    --------
    >>> from asymp.calculus.panel import Panel
    >>> x, a = sp.symbols("x a", real=True)
    >>> f = float_function([a], Panel(sp.exp(-(x**2) / 2), x, a, sp.oo, 0, 1))
    >>> bool(abs(f(0.0) - math.sqrt(math.pi / 2)) < 1e-9)
    True
    """
    nodes = expression.atoms(TruncatedMoment)
    explicit = expression.xreplace({node: node.rewrite_elementary() for node in nodes})
    names: dict[str, Any] = {
        type(p).__name__: _as_float(type(p).mp) for p in explicit.atoms(Primitive)
    }
    names |= {"sigmoid": float_sigmoid, "softplus": float_softplus}
    names |= {"mp_root": float_root, "mp_panel": float_panel, "mp_table": mp_table}
    return sp.lambdify(symbols, explicit, [names, "math"])


def _as_float(function: Callable[..., Any]) -> Callable[..., float]:
    return lambda *args: float(function(*args))


def float_sigmoid(x: float) -> float:
    """Compute the logistic function by the exponential that does not overflow."""
    return 1 / (1 + math.exp(-x)) if x > 0 else math.exp(x) / (1 + math.exp(x))


def float_softplus(x: float) -> float:
    """Compute softplus by the logarithm that does not cancel."""
    return math.log1p(math.exp(-abs(x))) + max(x, 0.0)


def float_panel(
    f: Callable[[float], float],
    low: float,
    high: float,
    centre: float,
    width: float,
    *cuts: float,
) -> float:
    """Integral by Gauss-Legendre on panels that shrink towards ends and cuts."""
    low, high = max(low, centre - REACH * width), min(high, centre + REACH * width)
    ends = sorted({low, high, *(c for c in (*cuts, centre) if low < c < high)})
    total = 0.0
    for left, right in itertools.pairwise(ends):
        inner = 0.5 * (right - left) * GRADES
        points = [left, *(left + inner), *(right - inner[-2::-1]), right]
        for a, b in itertools.pairwise(points):
            half, middle = 0.5 * (b - a), 0.5 * (a + b)
            total += half * sum(
                w * f(middle + half * x) for x, w in zip(NODES, WEIGHTS, strict=True)
            )
    return total


def float_root(g: Callable[[float], float], start: float, low: float, high: float) -> float:
    """Root of an increasing function by bracketing from the start, then Brent's method."""
    from scipy.optimize import brentq

    start = min(max(start, low), high)
    if not math.isfinite(low):
        low, step = start, 1.0 + abs(start)
        while g(low) > 0:
            low, step = low - step, 2 * step
    if not math.isfinite(high):
        high, step = start, 1.0 + abs(start)
        while g(high) < 0:
            high, step = high + step, 2 * step
    if low == high or g(low) >= 0:
        return low
    return high if g(high) <= 0 else float(brentq(g, low, high, xtol=1e-300, rtol=1e-15))
