r"""Symmetries that fix Gaussian coefficients exactly where no closed form is known.

If the even part of an activation is a constant :math:`c`, then :math:`\mu_0 = c`; if its odd
part is :math:`cu`, then :math:`\mu_1 = c`. So :math:`\mu_0 = \frac12` for the sigmoid,
:math:`\mu_1 = \frac12` for softplus and swish, :math:`\mu_0 = 0` for odd and :math:`\mu_1 = 0`
for even activations: zeros on which a derivation branches. Both at once mean that the
activation is linear.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import sympy as sp

from asymp.calculus.hermite.pieces import PiecewiseSmooth
from asymp.calculus.hermite.roots import number

# Pieces are analytic between cuts, so an identity at a few generic points to this many digits
# of an analytic function is not an accident; the digits lost to cancellation stay far below.
_DIGITS = 60
_AGREE = sp.Float("1e-45")
_FRACTIONS = (sp.Rational(3, 11), sp.Rational(8, 13), sp.Rational(17, 19))
_FAR = (sp.Rational(5, 17), sp.Rational(19, 13), sp.Rational(61, 17))


def even_part_constant(function: PiecewiseSmooth) -> sp.Rational | None:
    """Find the rational ``c`` with ``f(u) + f(-u) = 2 c`` for almost all ``u``, or None.

    Examples
    --------
    >>> from asymp.calculus.hermite.pieces import piecewise_smooth
    >>> x = sp.Symbol("x", real=True)
    >>> even_part_constant(piecewise_smooth(1 / (1 + sp.exp(-x)), x))
    1/2
    """
    return _constant(function, lambda x: (_at(function, x) + _at(function, -x)) / 2)


def odd_part_slope(function: PiecewiseSmooth) -> sp.Rational | None:
    """Find the rational ``c`` with ``f(u) - f(-u) = 2 c u`` for almost all ``u``, or None.

    Examples
    --------
    >>> from asymp.calculus.hermite.pieces import piecewise_smooth
    >>> x = sp.Symbol("x", real=True)
    >>> odd_part_slope(piecewise_smooth(sp.log(1 + sp.exp(x)), x))
    1/2
    """
    return _constant(function, lambda x: (_at(function, x) - _at(function, -x)) / (2 * x))


def is_constant(function: PiecewiseSmooth) -> bool:
    """Whether the function takes one value almost everywhere."""
    return _is_line(function, lambda x, slope: sp.S.Zero)


def is_affine(function: PiecewiseSmooth) -> bool:
    """Whether the function is ``a + b u`` almost everywhere.

    Examples
    --------
    >>> from asymp.calculus.hermite.pieces import piecewise_smooth
    >>> x = sp.Symbol("x", real=True)
    >>> is_affine(piecewise_smooth(sp.Max(x, 0) - sp.Max(-x, 0), x))
    True
    """
    return _is_line(function, lambda x, slope: slope * x)


def _is_line(function: PiecewiseSmooth, rise: Callable[[sp.Expr, sp.Expr], sp.Expr]) -> bool:
    """Compare with the line through one point whose rise over a distance is given."""
    points = [sign * x for x in _points(function) for sign in (1, -1)]
    values = [_at(function, x) for x in points]
    slope = (values[1] - values[0]) / (points[1] - points[0])
    scale = max(abs(v) for v in values)
    return all(
        abs(v - values[0] - rise(x - points[0], slope)) <= _AGREE * scale
        for x, v in zip(points, values, strict=True)
    )


def _at(function: PiecewiseSmooth, x: sp.Expr) -> sp.Float:
    return function.at(x, _DIGITS)


def _points(function: PiecewiseSmooth) -> list[sp.Expr]:
    """Choose generic points inside every interval between the cuts and their mirror images."""
    cuts = sorted({abs(number(p.high)) for p in function.pieces[:-1]})
    cuts = [sp.S.Zero, *(c for c in cuts if c > 1e-20)]
    inner = [a + f * (b - a) for a, b in pairwise(cuts) for f in _FRACTIONS]
    points = [*inner, *(cuts[-1] + f for f in _FAR)]
    return [sp.Rational(str(sp.Float(p, 20))) for p in points]


def _constant(function: PiecewiseSmooth, part: Callable[[sp.Expr], sp.Expr]) -> sp.Rational | None:
    first, *others = _points(function)
    value = part(first)
    guess = sp.Rational(Fraction(str(value)).limit_denominator(1000))
    scale = max(abs(_at(function, sign * x)) for x in (first, *others) for sign in (1, -1))
    if abs(value - guess) > _AGREE * scale:
        return None
    return guess if all(abs(part(x) - guess) <= _AGREE * scale for x in others) else None
