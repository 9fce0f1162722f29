r"""Certified Gaussian integrals in ball arithmetic (python-flint, the extra ``certify``).

A smooth expression is compiled once to a function of complex balls; Arb integrates it over a
finite interval with a rigorous error, and an envelope bounds the tails left out. Square roots,
logarithms and arcs refuse balls that meet a branch cut when Arb asks for analyticity.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import sympy as sp

from asymp.calculus.hermite.growth import envelope
from asymp.calculus.hermite.pieces import Piece

Ball = Any
BallFunction = Callable[[Ball, bool], Ball]

# Evaluations before Arb gives up on a piece: about half a second.
_EVALUATIONS = 100_000
_NOTHING = sp.Dummy()


class NotCertified(Exception):
    """No rigorous enclosure was reached; an estimate has to do."""


def arb_available() -> bool:
    """Whether python-flint can be imported."""
    try:
        import flint  # noqa: F401
    except ImportError:
        return False
    return True


def certified_integral(piece: Piece, u: sp.Symbol, digits: int) -> Ball:
    r"""Ball that contains :math:`\int f\varphi` over the piece.

    Raises
    ------
    NotCertified
        If an end is singular, no envelope is known, or Arb's effort is spent.
    """
    import flint

    if any(piece.singular):
        raise NotCertified
    with flint.ctx.workprec(int(3.33 * digits) + 30):
        low, high, tail = _window(piece, u, digits)
        integrand = _weighted(compile_ball(piece.expression, u))
        value = flint.acb.integral(integrand, low, high, eval_limit=_EVALUATIONS).real
        if not value.is_finite():
            raise NotCertified
        return value + flint.arb(0, tail)


def _window(piece: Piece, u: sp.Symbol, digits: int) -> tuple[Ball, Ball, float]:
    """Finite end points as balls, and a bound of what lies beyond them."""
    tolerance = -math.log(10) * digits
    ends, tail = [], 0.0
    for end, sign in ((piece.low, -1), (piece.high, 1)):
        if end.is_finite:
            ends.append(constant_ball(end))
            continue
        growth = envelope(piece.expression, u, piece.domain)
        inner = max(0.0, *(sign * x for x in piece.domain if math.isfinite(x)), 0.0)
        radius = math.inf if growth is None else inner + growth.radius(tolerance)
        if growth is None or math.isinf(radius):
            raise NotCertified
        ends.append(constant_ball(sp.Integer(sign * math.ceil(radius))))
        tail += math.exp(growth.tail(radius))
    return ends[0], ends[1], tail


def _weighted(function: BallFunction) -> BallFunction:
    import flint

    scale = 1 / (2 * flint.arb.pi()).sqrt()

    def integrand(z: Ball, analytic: bool) -> Ball:
        return function(z, analytic) * (-z * z / 2).exp() * scale

    return integrand


def compile_ball(expr: sp.Expr, u: sp.Symbol) -> BallFunction:
    """Compile an expression to a function of ``(ball, analytic)``.

    Constants are enclosed once, in the precision that holds at compilation.
    """
    if expr == u:
        return lambda z, analytic: z
    if not expr.has(u):
        value = constant_ball(expr)
        return lambda z, analytic: value
    return _node(expr, u)


def constant_ball(expr: sp.Expr) -> Ball:
    """Enclosure of a real constant in the current precision."""
    import flint

    if expr.is_Rational:
        return flint.acb(flint.fmpq(int(expr.p), int(expr.q)))
    if expr.is_Add or expr.is_Mul or expr.is_Pow or expr.func in _FUNCTIONS:
        return _node(expr, _NOTHING)(None, False)
    # SymPy's evalf bounds its own error by a unit of the last digit asked for; five are given up.
    digits = int(flint.ctx.prec / 3.3) + 10
    value = expr.evalf(digits)
    size = max(1.0, abs(float(value)))
    return flint.acb(flint.arb(str(value)) + flint.arb(0, size * 10.0 ** (5 - digits)))


def _node(expr: sp.Expr, u: sp.Symbol) -> BallFunction:
    if expr.is_Pow:
        return _power(expr, u)
    parts = [compile_ball(a, u) for a in expr.args]
    if expr.is_Add:
        return lambda z, analytic: sum((p(z, analytic) for p in parts[1:]), parts[0](z, analytic))
    if expr.is_Mul:
        return lambda z, analytic: math.prod(
            (p(z, analytic) for p in parts[1:]), start=parts[0](z, analytic)
        )
    function, inner = _FUNCTIONS[expr.func], parts[0]
    return lambda z, analytic: function(inner(z, analytic), analytic)


def _power(expr: sp.Expr, u: sp.Symbol) -> BallFunction:
    base, exponent = expr.args
    inner = compile_ball(base, u)
    if exponent.is_Integer:
        n = int(exponent)
        return lambda z, analytic: inner(z, analytic) ** n
    if exponent == sp.Rational(1, 2):
        return lambda z, analytic: inner(z, analytic).sqrt(analytic=analytic)
    p = compile_ball(exponent, u)
    return lambda z, analytic: inner(z, analytic).pow(p(z, analytic), analytic=analytic)


def _atan(z: Ball, analytic: bool) -> Ball:
    import flint

    i = flint.acb(0, 1)
    both = (1 - i * z).log(analytic=analytic) - (1 + i * z).log(analytic=analytic)
    return both * i / 2


def _asinh(z: Ball, analytic: bool) -> Ball:
    return (z + (z * z + 1).sqrt(analytic=analytic)).log(analytic=analytic)


_FUNCTIONS: dict[type, BallFunction] = {
    sp.exp: lambda z, _: z.exp(),
    sp.log: lambda z, analytic: z.log(analytic=analytic),
    sp.sin: lambda z, _: z.sin(),
    sp.cos: lambda z, _: z.cos(),
    sp.sinh: lambda z, _: z.sinh(),
    sp.cosh: lambda z, _: z.cosh(),
    sp.tanh: lambda z, _: z.tanh(),
    sp.erf: lambda z, _: z.erf(),
    sp.erfc: lambda z, _: z.erfc(),
    sp.erfi: lambda z, _: z.erfi(),
    sp.atan: _atan,
    sp.asinh: _asinh,
}
