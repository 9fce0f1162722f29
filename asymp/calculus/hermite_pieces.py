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
from itertools import combinations, pairwise

import sympy as sp
from sympy.core.relational import Relational

from asymp.calculus.hermite_growth import Range
from asymp.calculus.hermite_roots import number, real_roots
from asymp.errors import InvalidProblem

_KINKED = (sp.Abs, sp.sign, sp.Heaviside, sp.Max, sp.Min, sp.Piecewise)
SMOOTH = (sp.exp, sp.log, sp.sin, sp.cos, sp.sinh, sp.cosh, sp.tanh, sp.atan, sp.asinh)
SMOOTH += (sp.erf, sp.erfc, sp.erfi)
_REWRITTEN = {
    sp.sech: lambda x: 1 / sp.cosh(x),
    sp.csch: lambda x: 1 / sp.sinh(x),
    sp.coth: lambda x: sp.cosh(x) / sp.sinh(x),
    sp.tan: lambda x: sp.sin(x) / sp.cos(x),
    sp.sinc: lambda x: sp.sin(x) / x,
}


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
        return _between(self.low, self.high)


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
        """The derivative almost everywhere (jumps leave no trace in it)."""
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
    expr = _standard_form(expr, u)
    smooth = _merge(_cut_kinks(expr, u, -sp.oo, sp.oo))
    pieces = tuple(q for p in smooth for q in _cut_singular(p, u))
    for piece in pieces:
        value_at(piece.expression, u, piece.inside)
    return PiecewiseSmooth(pieces, u)


def value_at(expr: sp.Expr, u: sp.Symbol, at: sp.Expr, digits: int = 40) -> sp.Float:
    """Value of a smooth expression at an exact point.

    Raises
    ------
    InvalidProblem
        If it is not a finite real number.
    """
    value = expr.subs(u, at).evalf(digits)
    real, imaginary = value.as_real_imag()
    if not (value.is_number and value.is_finite) or abs(imaginary) > 1e-20 * (1 + abs(real)):
        raise InvalidProblem(
            f"activation: {expr} has no finite real value at {u} = {float(at):.4g} "
            f"(it is {value.evalf(5)}); an activation is real on the whole line"
        )
    return sp.Float(real, digits)


def _standard_form(expr: sp.Expr, u: sp.Symbol) -> sp.Expr:
    if expr.has(sp.I, sp.oo, sp.zoo, sp.nan):
        raise InvalidProblem(f"activation {expr} is not a finite real function of {u}")
    for function, rewritten in _REWRITTEN.items():
        expr = expr.replace(function, rewritten)
    expr = expr.replace(
        lambda e: e.is_Pow and e.args[1].has(u), lambda e: sp.exp(e.args[1] * sp.log(e.args[0]))
    )
    strange = {
        type(f).__name__
        for f in expr.atoms(sp.Function, sp.Derivative, sp.Integral, sp.Sum)
        if f.has(u) and not isinstance(f, (*_KINKED, *SMOOTH))
    }
    if strange:
        known = ", ".join(sorted(f.__name__ for f in (*SMOOTH, *_KINKED, *_REWRITTEN)))
        raise InvalidProblem(
            f"activation uses {', '.join(sorted(strange))}; choose among powers and {known}"
        )
    return expr


def _between(low: sp.Expr, high: sp.Expr) -> sp.Expr:
    if low == -sp.oo and high == sp.oo:
        return sp.Rational(3, 7)
    if low == -sp.oo:
        return sp.floor(high) - sp.Rational(8, 7)
    if high == sp.oo:
        return sp.ceiling(low) + sp.Rational(8, 7)
    return sp.Rational(str(number((3 * low + 4 * high) / 7)))


def _cut_kinks(expr: sp.Expr, u: sp.Symbol, low: sp.Expr, high: sp.Expr) -> list[Piece]:
    """Resolve the innermost kinked node on each side of its switching points, then the rest."""
    node = next((n for n in sp.preorder_traversal(expr) if _is_innermost(n, u)), None)
    if node is None:
        return [Piece(low, high, expr)]
    roots = [r for g in _switches(node) for r in real_roots(sp.expand(g), u, _floats(low, high))]
    found = []
    for a, b in pairwise([low, *_inside(roots, low, high), high]):
        resolved = expr.xreplace({node: _resolve(node, u, _between(a, b))})
        found += _cut_kinks(resolved, u, a, b)
    return found


def _floats(low: sp.Expr, high: sp.Expr) -> Range:
    return float(low), float(high)


def _is_innermost(node: sp.Basic, u: sp.Symbol) -> bool:
    return (
        isinstance(node, _KINKED)
        and node.has(u)
        and not any(arg.has(*_KINKED) for arg in node.args)
    )


def _switches(node: sp.Basic) -> list[sp.Expr]:
    """Expressions whose sign decides which branch of the node holds."""
    if isinstance(node, (sp.Max, sp.Min)):
        return [a - b for a, b in combinations(node.args, 2)]
    if isinstance(node, sp.Piecewise):
        relations = set().union(*(c.atoms(Relational) for _, c in node.args))
        return [r.lhs - r.rhs for r in sorted(relations, key=sp.default_sort_key)]
    return [node.args[0]]


def _resolve(node: sp.Basic, u: sp.Symbol, at: sp.Expr) -> sp.Expr:
    """The smooth expression that the node equals around the point."""
    if isinstance(node, (sp.Max, sp.Min)):
        choose = max if isinstance(node, sp.Max) else min
        return choose(node.args, key=lambda a: value_at(a, u, at))
    if isinstance(node, sp.Piecewise):
        return _branch(node, u, at)
    inner = node.args[0]
    positive = value_at(inner, u, at) > 0
    if isinstance(node, sp.Abs):
        return inner if positive else -inner
    if isinstance(node, sp.sign):
        return sp.S.One if positive else sp.S.NegativeOne
    return sp.S.One if positive else sp.S.Zero


def _branch(node: sp.Piecewise, u: sp.Symbol, at: sp.Expr) -> sp.Expr:
    for expression, condition in node.args:
        if condition.subs(u, at) == sp.true:
            return expression
    raise InvalidProblem(f"activation {node} has no branch at {u} = {at}; end it with (..., True)")


def _inside(points: list[sp.Expr], low: sp.Expr, high: sp.Expr) -> list[sp.Expr]:
    """Distinct points strictly between the ends, in order."""
    kept: list[sp.Expr] = []
    for point in sorted(points, key=number):
        neighbour = kept[-1] if kept else low
        if _apart(neighbour, point) and _apart(point, high):
            kept.append(point)
    return kept


def _apart(left: sp.Expr, right: sp.Expr) -> bool:
    if left == -sp.oo or right == sp.oo:
        return True
    return bool(number(right) - number(left) > sp.Float("1e-25"))


def _merge(pieces: list[Piece]) -> list[Piece]:
    merged = pieces[:1]
    for piece in pieces[1:]:
        if sp.expand(piece.expression - merged[-1].expression) == 0:
            merged[-1] = replace(merged[-1], high=piece.high)
        else:
            merged.append(piece)
    return merged


def _cut_singular(piece: Piece, u: sp.Symbol) -> list[Piece]:
    bases = [base for base in _singular_bases(piece.expression, u)]
    roots = [r for base in bases for r in real_roots(base, u, piece.domain)]
    cuts = [piece.low, *_inside(roots, piece.low, piece.high), piece.high]
    at_end = [
        any(not _apart(*sorted((r, end), key=number)) for r in roots if end.is_finite)
        for end in (piece.low, piece.high)
    ]
    found = []
    for i, (low, high) in enumerate(pairwise(cuts)):
        singular = (at_end[0] if i == 0 else True, at_end[1] if i == len(cuts) - 2 else True)
        found.append(Piece(low, high, piece.expression, singular))
    return found


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
