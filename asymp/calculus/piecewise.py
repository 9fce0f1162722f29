r"""Piecewise polynomials of one variable with symbolic, ordered break points.

SymPy's ``Piecewise`` would need to decide inequalities between symbols at every step; convexity
gives the order of the break points once and for all, so it is kept as data here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cmp_to_key

import sympy as sp

from asymp.calculus.excess_moment import excess_average
from asymp.calculus.truncated_moment import interval_moment
from asymp.errors import NotDerivable


@dataclass(frozen=True)
class Piece:
    """``value`` on the interval from ``low`` to ``high``."""

    low: sp.Expr
    high: sp.Expr
    value: sp.Expr


@dataclass(frozen=True)
class PiecewisePolynomial:
    """A function given by a polynomial on each of consecutive intervals that cover the line.

    Examples
    --------
    >>> r = sp.Symbol("r", real=True)
    >>> [str(piece.value) for piece in PiecewisePolynomial.of(sp.Abs(r), r).pieces]
    ['-r', 'r']
    """

    variable: sp.Symbol
    pieces: tuple[Piece, ...]

    @classmethod
    def of(
        cls, expression: sp.Expr, variable: sp.Symbol, *, polynomial: bool = True
    ) -> PiecewisePolynomial:
        """Split an expression at the zeros of its absolute values, maxima and conditions.

        Without ``polynomial`` the pieces may be any smooth functions; only the split is used.

        Raises
        ------
        NotDerivable
            If a break point cannot be found or ordered, or a piece is not a polynomial.
        """
        points = _ordered(_break_points(expression, variable))
        ends = [-sp.oo, *points, sp.oo]
        pieces: list[Piece] = []
        for low, high in itertools.pairwise(ends):
            value = _restrict(expression, variable, low, high)
            if polynomial and not value.is_polynomial(variable):
                raise NotDerivable(
                    f"{expression} is {value} on ({low}, {high}): not a polynomial in {variable}, "
                    "so that its Moreau envelope has no closed form here"
                )
            value = sp.expand(value) if polynomial else value
            if pieces and pieces[-1].value == value:  # a switch that changes nothing
                low = pieces.pop().low
            pieces.append(Piece(low, high, value))
        return cls(variable, tuple(pieces))

    def map(self, function: Callable[[sp.Expr], sp.Expr]) -> PiecewisePolynomial:
        """Apply a function to the value of each piece."""
        pieces = tuple(Piece(p.low, p.high, sp.expand(function(p.value))) for p in self.pieces)
        return PiecewisePolynomial(self.variable, pieces)

    def diff(self, symbol: sp.Symbol) -> PiecewisePolynomial:
        """Derivative piece by piece: the almost-everywhere one of a continuous function."""
        return self.map(lambda value: value.diff(symbol))

    def average(self, deviation: sp.Expr) -> sp.Expr:
        r"""Gaussian average :math:`\mathbb E f(sZ)`, ``deviation`` being :math:`s > 0`."""
        total = sp.Integer(0)
        for piece in self.pieces:
            excess = excess_average(
                piece.value, self.variable, piece.low, piece.high, sp.Integer(0), deviation
            )
            if excess is not None:
                total += excess
                continue
            low, high = (_scaled(end, deviation) for end in (piece.low, piece.high))
            for (k,), coefficient in sp.Poly(piece.value, self.variable).terms():
                total += coefficient * deviation**k * interval_moment(k, low, high)
        return total

    def as_piecewise(self) -> sp.Expr:
        """The SymPy object, for printing and for numerical checks."""
        branches = [(p.value, self.variable <= p.high) for p in self.pieces[:-1]]
        return sp.Piecewise(*branches, (self.pieces[-1].value, True))


def _scaled(end: sp.Expr, deviation: sp.Expr) -> sp.Expr:
    return end if end.is_infinite else end / deviation


def _break_points(expression: sp.Expr, variable: sp.Symbol) -> set[sp.Expr]:
    switches: set[sp.Expr] = {a.args[0] for a in expression.atoms(sp.Abs)}
    for extremum in expression.atoms(sp.Max, sp.Min):
        first, *others = extremum.args
        switches |= {first - other for other in others}
    for piecewise in expression.atoms(sp.Piecewise):
        for _, condition in piecewise.args:
            switches |= {
                rel.lhs - rel.rhs for rel in condition.atoms(sp.core.relational.Relational)
            }
    points: set[sp.Expr] = set()
    for switch in switches:
        for zero in _zeros(switch, variable):
            points.add(sp.simplify(zero))
    return points


def _zeros(switch: sp.Expr, variable: sp.Symbol) -> list[sp.Expr]:
    if not switch.has(variable):
        return []
    sizes = [a for a in switch.atoms(sp.Abs) if a.has(variable)]
    if sizes:  # |r| - k vanishes where r = k and where r = -k
        inner = sizes[0].args[0]
        return [
            z for sign in (1, -1) for z in _zeros(switch.subs(sizes[0], sign * inner), variable)
        ]
    if not switch.is_polynomial(variable) or sp.degree(switch, variable) != 1:
        raise NotDerivable(f"cannot find the break points of a piecewise loss at {switch} = 0")
    return [sp.solve(switch, variable)[0]]


def _ordered(points: set[sp.Expr]) -> list[sp.Expr]:
    def compare(a: sp.Expr, b: sp.Expr) -> int:
        difference = sp.simplify(a - b)
        if difference.is_zero:
            return 0
        if difference.is_positive or difference.is_nonnegative:
            return 1
        if difference.is_negative or difference.is_nonpositive:
            return -1
        raise NotDerivable(
            f"cannot order the break points {a} and {b} of the loss: the lemma's closed form needs "
            "one order for all parameters"
        )

    return sorted(sorted(points, key=sp.default_sort_key), key=cmp_to_key(compare))


def _restrict(expression: sp.Expr, variable: sp.Symbol, low: sp.Expr, high: sp.Expr) -> sp.Expr:
    """Expression on one open interval: every switch is decided at an interior point."""
    point = _interior(low, high)

    def sign_of(argument: sp.Expr) -> sp.Expr:
        value = sp.simplify(argument.subs(variable, point))
        return argument if value.is_nonnegative else -argument

    decided = expression.rewrite(sp.Abs).replace(sp.Abs, sign_of)
    for extremum in decided.atoms(sp.Max, sp.Min):
        decided = decided.subs(extremum, _winner(extremum, variable, point))
    for piecewise in decided.atoms(sp.Piecewise):
        for value, condition in piecewise.args:
            if sp.simplify(condition.subs(variable, point)) == sp.true:
                decided = decided.subs(piecewise, value)
                break
    return decided


def _interior(low: sp.Expr, high: sp.Expr) -> sp.Expr:
    if low is -sp.oo:
        return sp.Integer(0) if high is sp.oo else high - 1
    return low + 1 if high is sp.oo else (low + high) / 2


def _winner(extremum: sp.Expr, variable: sp.Symbol, point: sp.Expr) -> sp.Expr:
    best, *others = extremum.args
    for other in others:
        ahead = sp.simplify((other - best).subs(variable, point))
        if ahead.is_positive if isinstance(extremum, sp.Max) else ahead.is_negative:
            best = other
    return best
