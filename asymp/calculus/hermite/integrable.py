r"""Whether a function is square-integrable under the Gaussian, decided in milliseconds.

An envelope of growth proves the tails integrable. Where none is known, and around singular
points, the decay of :math:`f^2\varphi` is read off at extreme points in extended precision.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import sympy as sp

from asymp.calculus.hermite.growth import envelope
from asymp.calculus.hermite.pieces import Piece, PiecewiseSmooth

# Beyond this an exponential's digits are its exponent's business: the value is called infinite.
_CAP = mpmath.mpf(10) ** 15
_LADDER = (30, 1000, 10**6)
_OFFSETS = (1, mpmath.mpf("1.137"), mpmath.mpf("1.291"), mpmath.mpf("1.419"))


def _capped_exp(x: Any) -> Any:
    if abs(x) > _CAP:
        return mpmath.inf if x > 0 else mpmath.mpf(0)
    return mpmath.exp(x)


def _odd_growth(x: Any) -> Any:
    return (_capped_exp(x) - _capped_exp(-x)) / 2


def _even_growth(x: Any) -> Any:
    return (_capped_exp(x) + _capped_exp(-x)) / 2


def _wave(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Keep the wave where its phase has digits; else take its typical size."""
    return lambda x: function(x) if abs(x) < _CAP else mpmath.mpf("0.7")


def _imaginary_erf(x: Any) -> Any:
    return mpmath.erfi(x) if x * x < _CAP else mpmath.inf * mpmath.sign(x)


_CAPPED = {
    "exp": _capped_exp,
    "sinh": _odd_growth,
    "cosh": _even_growth,
    "sin": _wave(mpmath.sin),
    "cos": _wave(mpmath.cos),
    "erfi": _imaginary_erf,
}


def divergence(function: PiecewiseSmooth) -> str:
    r"""Reason why :math:`\mathbb E f(G)^2 = \infty`; empty if it is finite.

    Examples
    --------
    >>> from asymp.calculus.hermite.pieces import piecewise_smooth
    >>> x = sp.Symbol("x", real=True)
    >>> divergence(piecewise_smooth(sp.exp(x**2 / 5), x))
    ''
    >>> divergence(piecewise_smooth(1 / x, x))
    'its square is not integrable around 0'
    """
    u = function.variable
    for piece in function.pieces:
        for end, singular, side in zip(
            (piece.low, piece.high), piece.singular, (1, -1), strict=True
        ):
            if end.is_infinite and not _tail_converges(piece, u, -side):
                return f"its square outgrows the Gaussian as {u} -> {'-oo' if side > 0 else 'oo'}"
            if singular and not _end_converges(piece, u, end, side):
                return f"its square is not integrable around {sp.nsimplify(end)}"
    return ""


def _tail_converges(piece: Piece, u: sp.Symbol, sign: int) -> bool:
    growth = envelope(piece.expression, u, piece.domain)
    if growth is not None and growth.quadratic < 0.25:
        return True
    function = sp.lambdify(u, piece.expression, [_CAPPED, "mpmath"])
    rates = [rate for x in _LADDER if (rate := _decay(function, sign, x)) is not None]
    return bool(rates) and rates[-1] < -1.05


def _decay(function: Callable[[Any], Any], sign: int, size: int) -> Any:
    r"""Exponent :math:`p` such that :math:`f^2\varphi \approx |u|^p` there, or None."""
    with mpmath.workdps(60):
        found = []
        for offset in _OFFSETS:
            x = size * offset
            value = _size(function, sign * x)
            if mpmath.isfinite(value):
                found.append(
                    (2 * mpmath.log(value + mpmath.mpf("1e-999999")) - x**2 / 2) / mpmath.log(x)
                )
        return max(found, default=None)


def _size(function: Callable[[Any], Any], x: Any) -> Any:
    try:
        return abs(function(x))
    except (ZeroDivisionError, OverflowError, ValueError):
        return mpmath.inf


def _end_converges(piece: Piece, u: sp.Symbol, end: sp.Expr, side: int) -> bool:
    """Compare the square at two tiny distances: it must grow slower than their inverse."""
    distance = sp.Dummy(positive=True)
    near = sp.lambdify(
        distance, piece.expression.subs(u, end + side * distance), [_CAPPED, "mpmath"]
    )
    with mpmath.workdps(120):
        sizes = []
        for exponent in (20, 40):
            points = [offset * mpmath.mpf(10) ** -exponent for offset in _OFFSETS]
            sizes.append(max(_size(near, x) for x in points))
        if not all(map(mpmath.isfinite, sizes)):
            return False
        if sizes[1] <= sizes[0] or sizes[0] == 0:
            return True
        return bool(2 * mpmath.log(sizes[1] / sizes[0]) / mpmath.log(mpmath.mpf(10) ** 20) < 0.999)
