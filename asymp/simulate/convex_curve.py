r"""A convex function of one variable in numbers: slopes, kinks and the proximal operator.

For :math:`G(u)=u-x+\mu\psi'(u)`, increasing, the proximal point
:math:`\arg\min_u\psi(u)+(u-x)^2/2\mu` is its zero, or the kink at which it jumps over zero.
Between the break points of :math:`\psi` the zero is closed where the slope is affine, and found
by Newton steps kept inside a bracket elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import sympy as sp

from asymp.calculus.hermite.pieces import PiecewiseSmooth, piecewise_smooth
from asymp.calculus.hermite.vectorised import numpy_function
from asymp.errors import NotDerivable
from asymp.simulate.curve import Array, Function
from asymp.symbols import Parameter

_PROBES = np.linspace(-20, 20, 4001) + 1e-4
_STEPS = 200


class Proximable(Protocol):
    """What the solver asks of a convex function of one variable."""

    @property
    def kinked(self) -> bool:
        """Whether the slope jumps anywhere, so that the solver must smooth it."""

    @property
    def even(self) -> bool:
        """Whether both signs have the same value."""

    def value(self, x: Array) -> Array:
        """Value, elementwise."""

    def slope(self, x: Array) -> Array:
        """Slope, from the right at kinks."""

    def curvature(self, x: Array) -> Array:
        """Second derivative between the break points."""

    def prox(self, x: Array, mu: Array | float) -> tuple[Array, Array]:
        """Proximal point and its derivative in x."""


@dataclass(frozen=True)
class Curve:
    r"""Convex :math:`\psi` with break points.

    Parameters
    ----------
    value, slope, curvature : callable
        :math:`\psi,\psi',\psi''`, elementwise; from the right at break points.
    breaks : ndarray, (k,)
        Break points, increasing.
    below, above : ndarray, (k,)
        Slopes on either side of each.
    affine : ndarray, (k + 1, 2), or None
        Slope :math:`au+b` of every piece as (a, b), if all are such.
    """

    value: Function
    slope: Function
    curvature: Function
    breaks: Array
    below: Array
    above: Array
    affine: Array | None

    @property
    def kinked(self) -> bool:
        """Whether the slope jumps anywhere."""
        return bool(np.any(self.above > self.below))

    @cached_property
    def even(self) -> bool:
        """Whether both signs have the same value."""
        with np.errstate(over="ignore", invalid="ignore"):
            left, right = self.value(-_PROBES), self.value(_PROBES)
        return bool(np.allclose(left, right, rtol=1e-12, atol=1e-12))

    def prox(self, x: Array, mu: Array | float) -> tuple[Array, Array]:
        r"""Proximal point :math:`\arg\min_u\psi(u)+(u-x)^2/2\mu` and its derivative in x.

        Examples
        --------
        >>> u = sp.Symbol("u", real=True)
        >>> point, slope = curve_of(sp.Abs(u), u).prox(np.array([-3.0, 0.5]), 1.0)
        >>> point.tolist(), slope.tolist()
        ([-2.0, 0.0], [1.0, 0.0])
        """
        mu = np.broadcast_to(np.asarray(mu, dtype=float), x.shape)
        piece = np.zeros(x.shape, dtype=int)
        held = np.full(x.shape, -1)
        for k, (point, low, high) in enumerate(
            zip(self.breaks, self.below, self.above, strict=True)
        ):
            piece += x > point + mu * high
            held[(x >= point + mu * low) & (x <= point + mu * high)] = k
        if self.affine is not None:
            a, b = self.affine[piece].T
            found, stiffness = (x - mu * b) / (1 + mu * a), a
        else:
            found = self._zero(x, mu, piece)
            stiffness = self.curvature(found)
        derivative = 1 / (1 + mu * stiffness)
        stuck = held >= 0
        if stuck.any():
            found = np.where(stuck, self.breaks[held], found)
            derivative = np.where(stuck, 0.0, derivative)
        return found, derivative

    def _zero(self, x: Array, mu: Array, piece: Array) -> Array:
        """Zero of G within the pieces."""
        ends = np.concatenate([[-np.inf], self.breaks, [np.inf]])
        low, high = ends[piece], ends[piece + 1]
        inner = np.clip(0.0, low, high)
        for reference in (np.clip(x, low, high), inner):
            with np.errstate(over="ignore", invalid="ignore"):
                other = x - mu * self.slope(np.where(np.isfinite(reference), reference, inner))
            low = np.where(other >= reference, np.maximum(low, reference), np.fmax(low, other))
            high = np.where(other >= reference, np.fmin(high, other), np.minimum(high, reference))
        return monotone_zero(
            lambda u: (u - x + mu * self.slope(u), 1 + mu * self.curvature(u)),
            np.minimum(low, high),
            high,
        )


def monotone_zero(
    function: Callable[[Array], tuple[Array, Array]], low: Array, high: Array
) -> Array:
    """Zeros of increasing functions by Newton steps inside brackets, elementwise.

    Parameters
    ----------
    function : callable
        Values and derivatives at given points.
    low, high : ndarray
        Finite brackets.
    """
    u = 0.5 * (low + high)
    width = high - low
    round_off = 1e-17 * width
    for _ in range(_STEPS):
        with np.errstate(all="ignore"):
            value, derivative = function(u)
            low, high = np.where(value < 0, u, low), np.where(value > 0, u, high)
            step = u - value / derivative
        # A step that leaves the bracket, or a bracket that has not halved, means bisection.
        halved = high - low <= 0.5 * width
        good = (step >= low) & (step <= high) & np.isfinite(step)
        new = np.where(
            good & (halved | (np.abs(step - u) < 0.25 * width)), step, 0.5 * (low + high)
        )
        new = np.where(value == 0, u, new)
        width = high - low
        if np.all(np.abs(new - u) <= 1e-15 * np.abs(u) + round_off):
            return np.asarray(new)
        u = new
    return np.asarray(u)


@dataclass(frozen=True)
class Between:
    """The indicator of an interval: zero on it, infinite elsewhere."""

    low: float
    high: float
    kinked = True
    even = False

    def value(self, x: Array) -> Array:
        """Zero: infeasibility is what the solver drives out."""
        return np.zeros_like(x)

    def slope(self, x: Array) -> Array:
        """Zero."""
        return np.zeros_like(x)

    def curvature(self, x: Array) -> Array:
        """Zero."""
        return np.zeros_like(x)

    def prox(self, x: Array, mu: Array | float) -> tuple[Array, Array]:
        """Nearest point of the interval."""
        inside = (x > self.low) & (x < self.high)
        return np.clip(x, self.low, self.high), inside.astype(float)


def numbers_for(
    expression: sp.Expr, parameters: tuple[Parameter, ...], at: Mapping[str, float]
) -> sp.Expr:
    """Expression at given values of its parameters, as exact decimal fractions."""
    return expression.subs([(p.symbol, sp.Rational(repr(float(at[p.name])))) for p in parameters])


def curve_of(expression: sp.Expr, variable: sp.Symbol) -> Curve:
    r"""Lower a convex expression of one real symbol.

    Raises
    ------
    NotDerivable
        If the expression is not convex.

    Examples
    --------
    >>> u = sp.Symbol("u", real=True)
    >>> hinge = curve_of(sp.Max(0, 1 + u), u)
    >>> hinge.breaks.tolist(), hinge.below.tolist(), hinge.above.tolist()
    ([-1.0], [0.0], [1.0])
    """
    function = _joined(piecewise_smooth(expression, variable))
    first, second = function.derivative(), function.derivative().derivative()
    breaks = np.array([float(piece.high) for piece in function.pieces[:-1]])
    slopes = [piece.expression for piece in first.pieces]
    left, right = (_slopes_at_ends(side, function) for side in (slopes[:-1], slopes[1:]))
    curve = Curve(
        numpy_function(function),
        numpy_function(first),
        numpy_function(second),
        breaks,
        below=left,
        above=right,
        affine=_affine(slopes, variable),
    )
    _require_convex(curve, expression, variable)
    return curve


def _slopes_at_ends(slopes: list[sp.Expr], function: PiecewiseSmooth) -> Array:
    """Slopes at the high ends of the pieces but the last."""
    ends = [piece.high for piece in function.pieces[:-1]]
    pairs = zip(slopes, ends, strict=True)
    return np.array([float(sp.N(slope.subs(function.variable, end))) for slope, end in pairs])


def _joined(function: PiecewiseSmooth) -> PiecewiseSmooth:
    """Neighbouring pieces with one expression made one."""
    pieces = [function.pieces[0]]
    for piece in function.pieces[1:]:
        if sp.expand(piece.expression - pieces[-1].expression) == 0:
            last = pieces.pop()
            piece = type(piece)(last.low, piece.high, last.expression, (False, False))
        pieces.append(piece)
    return PiecewiseSmooth(tuple(pieces), function.variable)


def _affine(slopes: list[sp.Expr], variable: sp.Symbol) -> Array | None:
    if not all(slope.is_polynomial(variable) for slope in slopes):
        return None
    polynomials = [sp.Poly(slope, variable) for slope in slopes]
    if any(p.degree() > 1 for p in polynomials):
        return None
    return np.array(
        [[float(p.coeff_monomial(variable)), float(p.coeff_monomial(1))] for p in polynomials]
    )


def _require_convex(curve: Curve, expression: sp.Expr, variable: sp.Symbol) -> None:
    around = np.concatenate([curve.breaks + shift for shift in (-1e-3, 1e-3)])
    probes = np.sort(np.concatenate([_PROBES, around]))
    with np.errstate(over="ignore"):
        slopes = curve.slope(probes)
    if np.any(np.diff(slopes) < -1e-11 * (1 + np.abs(slopes[1:]))):
        raise NotDerivable(
            f"{expression} is not convex in {variable}; simulation covers convex functions only"
        )
