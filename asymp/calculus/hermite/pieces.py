"""A real function of one symbol as smooth pieces between exactly located points.

Kinks and jumps come from ``Abs``, ``sign``, ``Heaviside``, ``Max``, ``Min`` and ``Piecewise``;
singular points from logarithms and from negative or fractional powers. Between the points each
piece is one smooth expression, so that integrals, derivatives and numerical code treat the
pieces one by one and no kink is ever differentiated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import sympy as sp

from asymp.calculus.hermite.bounds import Range
from asymp.calculus.hermite.kinks import (
    Segment,
    apart,
    between,
    smooth_segments,
    strictly_inside,
    value_at,
)
from asymp.calculus.hermite.roots import number, real_roots


@dataclass(frozen=True)
class Piece:
    """One smooth expression on an open interval.

    Parameters
    ----------
    low, high : sympy.Expr
        End points; infinite ones are ``-oo`` and ``oo``.
    expression : sympy.Expr
        The function's smooth form there.
    singular : (bool, bool)
        Whether the form may be singular (or merely undefined) at the low and at the high end.
    """

    low: sp.Expr
    high: sp.Expr
    expression: sp.Expr
    singular: tuple[bool, bool] = (False, False)

    @property
    def domain(self) -> Range:
        """The end points as floats."""
        return float(self.low), float(self.high)

    @property
    def inside(self) -> sp.Expr:
        """A point of the interval, exact and rational."""
        return between(self.low, self.high)


@dataclass(frozen=True)
class PiecewiseSmooth:
    """A real function of one symbol as consecutive pieces that cover the real line."""

    pieces: tuple[Piece, ...]
    variable: sp.Symbol

    def map(self, change: Callable[[sp.Expr], sp.Expr]) -> PiecewiseSmooth:
        """Apply a change to every piece's expression."""
        changed = (replace(p, expression=change(p.expression)) for p in self.pieces)
        return PiecewiseSmooth(tuple(changed), self.variable)

    def derivative(self) -> PiecewiseSmooth:
        """Differentiate piece by piece; jumps leave no trace."""
        return self.map(lambda e: sp.diff(e, self.variable))

    def at(self, x: sp.Expr, digits: int = 40) -> sp.Float:
        """Value at a point that is no cut, to that many digits."""
        piece = next(p for p in self.pieces if x < p.high)
        return value_at(piece.expression, self.variable, x, digits)

    def as_expression(self) -> sp.Expr:
        """One SymPy expression that equals the function off the cutting points."""
        if len({p.expression for p in self.pieces}) == 1:
            return self.pieces[0].expression
        branches = [(p.expression, self.variable < p.high) for p in self.pieces[:-1]]
        return sp.Piecewise(*branches, (self.pieces[-1].expression, True))

    def jumps(self) -> tuple[sp.Expr, ...]:
        """Points where the one-sided limits differ."""
        return tuple(
            left.high for left, right in pairwise(self.pieces) if _jumps(left, right, self.variable)
        )


@lru_cache(maxsize=256)
def piecewise_smooth(expr: sp.Expr, u: sp.Symbol) -> PiecewiseSmooth:
    """Cut a real expression of one real symbol into smooth pieces.

    Parameters
    ----------
    expr : sympy.Expr
        Function of ``u`` alone.
    u : sympy.Symbol
        A symbol declared real.

    Raises
    ------
    InvalidProblem
        If the expression has a function that is not covered, or a kink or singular point whose
        place cannot be located exactly.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> [(p.low, p.high, p.expression) for p in piecewise_smooth(sp.Max(x, -1), x).pieces]
    [(-oo, -1, -1), (-1, oo, x)]
    """
    pieces = tuple(p for s in smooth_segments(expr, u) for p in _cut_singular(s, u))
    for piece in pieces:
        value_at(piece.expression, u, piece.inside)
    return PiecewiseSmooth(pieces, u)


def _cut_singular(segment: Segment, u: sp.Symbol) -> list[Piece]:
    low, high, expression = segment
    bases = _singular_bases(expression, u)
    domain = (float(low), float(high))
    roots = [root for base in bases for root in real_roots(base, u, domain)]
    cuts = [low, *strictly_inside(roots, low, high), high]
    return [
        Piece(a, b, expression, (_is_among(a, roots), _is_among(b, roots)))
        for a, b in pairwise(cuts)
    ]


def _is_among(end: sp.Expr, roots: list[sp.Expr]) -> bool:
    return bool(end.is_finite) and any(
        not apart(end, root) and not apart(root, end) for root in roots
    )


def _singular_bases(expr: sp.Expr, u: sp.Symbol) -> list[sp.Expr]:
    """Arguments of logarithms and bases of negative or fractional powers."""
    bases = []
    for node in sp.preorder_traversal(expr):
        if isinstance(node, sp.log) and node.has(u):
            bases.append(node.args[0])
        if node.is_Pow and node.args[0].has(u) and not _is_whole(node.args[1]):
            bases.append(node.args[0])
    return bases


def _is_whole(exponent: sp.Expr) -> bool:
    return bool(exponent.is_integer and exponent.is_nonnegative)


def _jumps(left: Piece, right: Piece, u: sp.Symbol) -> bool:
    if left.singular[1] or right.singular[0]:
        # A function with a square-integrable derivative moves by less than the square root of
        # the distance, 1e-15 here.
        near = sp.Rational(1, 10**30)
        step = right.expression.subs(u, left.high + near) - left.expression.subs(
            u, left.high - near
        )
        return bool(abs(number(step, 80)) > sp.Float("1e-10"))
    step = (left.expression - right.expression).subs(u, left.high)
    return bool(abs(number(step, 60)) > sp.Float("1e-40"))
