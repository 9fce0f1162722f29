r"""Gaussian integrals by quadrature: certified where possible, else estimated.

Each smooth piece is integrated by itself. Arb gives an enclosure; without python-flint, or on a
piece with a singular end, mpmath gives a value and an error estimate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import mpmath
import sympy as sp
from mpmath.calculus.quadrature import GaussLegendre

from asymp.calculus.hermite.arb import NotCertified, arb_available, certified_integral
from asymp.calculus.hermite.exponentials import split_by_leading_term
from asymp.calculus.hermite.growth import envelope
from asymp.calculus.hermite.pieces import Piece, PiecewiseSmooth

EXACT = "exact"
CERTIFIED = "certified quadrature (Arb)"
ESTIMATED = "estimated quadrature (mpmath)"
_TRUST = (EXACT, CERTIFIED, ESTIMATED)
# Width of a panel of Gauss-Legendre nodes: activations vary on the scale 1.
_PANEL = 3
# Halvings of a panel: activations that vary on the scale 1e-4 are still resolved.
_DEPTH = 14
# 48 nodes: enough for 40 digits of an entire function on a panel.
_RULE, _RULE_DEGREE = GaussLegendre(mpmath.mp), 5

Integrand = Callable[[Any], Any]


@dataclass(frozen=True)
class Estimate:
    """A number with a bound of its error (or an estimate of it: the method says which).

    Parameters
    ----------
    value, error : mpmath.mpf
    method : str
        ``"exact"``, ``"certified quadrature (Arb)"`` or ``"estimated quadrature (mpmath)"``.
    """

    value: Any
    error: Any
    method: str = EXACT

    def __add__(self, other: Estimate) -> Estimate:
        return Estimate(
            self.value + other.value, self.error + other.error, _weaker(self.method, other.method)
        )

    def minus_square(self, other: Estimate) -> Estimate:
        """Subtract the square of another estimate."""
        error = self.error + (2 * abs(other.value) + other.error) * other.error
        return Estimate(self.value - other.value**2, error, _weaker(self.method, other.method))

    def scaled(self, factor: Any) -> Estimate:
        """Multiply by an exact factor."""
        return Estimate(self.value * factor, self.error * abs(factor), self.method)


def _weaker(one: str, other: str) -> str:
    return max(one, other, key=_TRUST.index)


def quadrature_mean(function: PiecewiseSmooth, digits: int, certify: bool = True) -> Estimate:
    r"""Value of :math:`\mathbb E f(G)` to about that many digits after the point.

    Parameters
    ----------
    function : PiecewiseSmooth
        A function that is integrable under the Gaussian.
    digits : int
        Decimal digits aimed at.
    certify : bool
        False forbids Arb, e.g. to check it.

    Examples
    --------
    >>> from asymp.calculus.hermite.pieces import piecewise_smooth
    >>> x = sp.Symbol("x", real=True)
    >>> mean = quadrature_mean(piecewise_smooth(sp.tanh(x) ** 2, x), 30)
    >>> mpmath.nstr(mean.value, 15)
    '0.394294490397841'
    """
    use_arb = certify and arb_available()
    with mpmath.workdps(digits + 15):
        total = Estimate(mpmath.mpf(0), mpmath.mpf(0))
        for whole in function.pieces:
            for piece in split_by_leading_term(whole, function.variable):
                total = total + _piece_integral(piece, function.variable, digits, use_arb)
        return total


def _piece_integral(piece: Piece, u: sp.Symbol, digits: int, use_arb: bool) -> Estimate:
    if piece.expression == 0:
        return Estimate(mpmath.mpf(0), mpmath.mpf(0))
    if use_arb:
        try:
            ball = certified_integral(piece, u, digits)
            middle, radius = (
                mpmath.mpf(x.str(digits + 10, radius=False)) for x in (ball.mid(), ball.rad())
            )
            # The decimal copies are rounded in their last digits.
            rounding = (1 + abs(middle)) * mpmath.mpf(10) ** (-digits - 8)
            return Estimate(middle, radius * 2 + rounding, CERTIFIED)
        except NotCertified:
            pass
    return _estimated_integral(piece, u, digits)


def _estimated_integral(piece: Piece, u: sp.Symbol, digits: int) -> Estimate:
    low, high = (_cut_off(piece, u, digits, side) for side in (0, 1))
    if not any(piece.singular):
        return _smooth_integral(piece.expression, u, low, high)
    middle = (low + high) / 2
    if abs(middle - low) > 1 and piece.singular[0]:
        middle = low + 1
    elif abs(high - middle) > 1 and piece.singular[1]:
        middle = high - 1
    return _half(piece, u, 0, low, middle) + _half(piece, u, 1, middle, high)


def _half(piece: Piece, u: sp.Symbol, side: int, low: Any, high: Any) -> Estimate:
    """Integral over the part next to one end, measured from that end if it is singular."""
    if not piece.singular[side]:
        return _smooth_integral(piece.expression, u, low, high)
    distance = sp.Dummy(positive=True)
    place = piece.low + distance if side == 0 else piece.high - distance
    shifted = piece.expression.subs(u, place) * sp.exp(-(place**2) / 2) / sp.sqrt(2 * sp.pi)
    function = sp.lambdify(distance, shifted, "mpmath")

    def careful(x: Any) -> Any:
        # Next to a removable singularity the terms cancel to a few times the node's exponent.
        with mpmath.workdps(mpmath.mp.dps * (6 if x < 0.01 else 1)):
            return function(x)

    value, error = mpmath.quad(careful, [0, high - low], error=True, method="tanh-sinh")
    return Estimate(value, _honest(value, error), ESTIMATED)


def _smooth_integral(expr: sp.Expr, u: sp.Symbol, low: Any, high: Any) -> Estimate:
    function = sp.lambdify(u, expr * sp.exp(-(u**2) / 2) / sp.sqrt(2 * sp.pi), "mpmath")
    panels = max(1, int(mpmath.ceil((high - low) / _PANEL)))
    value, error = mpmath.mpf(0), mpmath.mpf(0)
    for a, b in pairwise(mpmath.linspace(low, high, panels + 1)):
        part, deviation = _panel(function, a, b, _gauss_legendre(function, a, b), _DEPTH)
        value, error = value + part, error + deviation
    return Estimate(value, _honest(value, error), ESTIMATED)


def _panel(function: Integrand, low: Any, high: Any, whole: Any, depth: int) -> tuple[Any, Any]:
    """Halve a panel until one rule on it and on its halves agree."""
    middle = (low + high) / 2
    halves = [_gauss_legendre(function, *ends) for ends in ((low, middle), (middle, high))]
    total = halves[0] + halves[1]
    error = abs(total - whole)
    if depth == 0 or error < _round_off(total):
        return total, error
    left = _panel(function, low, middle, halves[0], depth - 1)
    right = _panel(function, middle, high, halves[1], depth - 1)
    return left[0] + right[0], left[1] + right[1]


def _gauss_legendre(function: Integrand, low: Any, high: Any) -> Any:
    nodes = _RULE.get_nodes(low, high, _RULE_DEGREE, mpmath.mp.prec)
    return mpmath.fdot((w, function(x)) for x, w in nodes)


def _round_off(value: Any) -> Any:
    """Deviation that twelve digits of cancellation explain."""
    return (1 + abs(value)) * mpmath.mpf(10) ** (12 - mpmath.mp.dps)


def _honest(value: Any, error: Any) -> Any:
    """Trust an error estimate no further than the digits that the cut-off was chosen for."""
    return 10 * error + (1 + abs(value)) * mpmath.mpf(10) ** (15 - mpmath.mp.dps)


def _cut_off(piece: Piece, u: sp.Symbol, digits: int, side: int) -> Any:
    """End of the range of integration: the piece's own, or where the integrand is negligible."""
    end = (piece.low, piece.high)[side]
    if end.is_finite:
        return mpmath.mpf(end.evalf(mpmath.mp.dps))
    start = max(0.0, *(abs(x) for x in piece.domain if x not in (float("inf"), -float("inf"))), 0.0)
    growth = envelope(piece.expression, u, piece.domain)
    reach = 1e9 if growth is None else growth.radius(-2.4 * digits)
    if reach > 1e8:
        reach = 4 * (2.4 * digits) ** 0.5
    return mpmath.mpf(start + reach) * (-1 if side == 0 else 1)
