"""Where a real expression has kinks and jumps, and what it equals between them.

``Abs``, ``sign``, ``Heaviside``, ``Max``, ``Min`` and ``Piecewise`` are resolved one by one,
innermost first, on each side of the points where the branch changes.
"""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import NamedTuple

import sympy as sp
from sympy.core.relational import Relational

from asymp.calculus.hermite.roots import number, real_roots
from asymp.errors import InvalidProblem

_KINKED = (sp.Abs, sp.sign, sp.Heaviside, sp.Max, sp.Min, sp.Piecewise)
_WAVES = (sp.sin, sp.cos, sp.sinh, sp.cosh, sp.tanh)
_SMOOTH = (sp.exp, sp.log, *_WAVES, sp.atan, sp.asinh, sp.erf, sp.erfc, sp.erfi)
_REWRITTEN = {
    sp.sech: lambda x: 1 / sp.cosh(x),
    sp.csch: lambda x: 1 / sp.sinh(x),
    sp.coth: lambda x: sp.cosh(x) / sp.sinh(x),
    sp.tan: lambda x: sp.sin(x) / sp.cos(x),
    sp.sinc: lambda x: sp.sin(x) / x,
}


class Segment(NamedTuple):
    """A smooth expression and the open interval on which it holds."""

    low: sp.Expr
    high: sp.Expr
    expression: sp.Expr


def smooth_segments(expr: sp.Expr, u: sp.Symbol) -> list[Segment]:
    """Resolve every kinked function; neighbours with one expression are joined.

    Raises
    ------
    InvalidProblem
        If a function is not covered, or a kink cannot be located exactly.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> [str(s.expression) for s in smooth_segments(sp.Max(0, 1 - sp.Abs(x)), x)]
    ['0', 'x + 1', '1 - x', '0']
    """
    return _merge(_cut(_standard_form(expr, u), u, -sp.oo, sp.oo))


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
        if f.has(u) and not isinstance(f, (*_KINKED, *_SMOOTH))
    }
    if strange:
        known = ", ".join(sorted(f.__name__ for f in (*_SMOOTH, *_KINKED, *_REWRITTEN)))
        raise InvalidProblem(
            f"activation uses {', '.join(sorted(strange))}; choose among powers and {known}"
        )
    return expr


def _cut(expr: sp.Expr, u: sp.Symbol, low: sp.Expr, high: sp.Expr) -> list[Segment]:
    """Resolve the innermost kinked node on each side of its switching points, then the rest."""
    node = next((n for n in sp.preorder_traversal(expr) if _is_innermost(n, u)), None)
    if node is None:
        return [Segment(low, high, expr)]
    domain = (float(low), float(high))
    roots = [r for g in _switches(node) for r in real_roots(sp.expand(g), u, domain)]
    found = []
    for a, b in pairwise([low, *strictly_inside(roots, low, high), high]):
        resolved = expr.xreplace({node: _resolve(node, u, between(a, b))})
        found += _cut(resolved, u, a, b)
    return found


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
    """Replace the node by the smooth expression that it equals around the point."""
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


def _merge(segments: list[Segment]) -> list[Segment]:
    merged = segments[:1]
    for segment in segments[1:]:
        if sp.expand(segment.expression - merged[-1].expression) == 0:
            merged[-1] = merged[-1]._replace(high=segment.high)
        else:
            merged.append(segment)
    return merged


def between(low: sp.Expr, high: sp.Expr) -> sp.Expr:
    """Rational point strictly between the ends, off the places where formulas degenerate."""
    if low == -sp.oo and high == sp.oo:
        return sp.Rational(3, 7)
    if low == -sp.oo:
        return sp.floor(high) - sp.Rational(8, 7)
    if high == sp.oo:
        return sp.ceiling(low) + sp.Rational(8, 7)
    return sp.Rational(str(number((3 * low + 4 * high) / 7)))


def strictly_inside(points: list[sp.Expr], low: sp.Expr, high: sp.Expr) -> list[sp.Expr]:
    """Distinct points strictly between the ends, in order."""
    kept: list[sp.Expr] = []
    for point in sorted(points, key=number):
        neighbour = kept[-1] if kept else low
        if apart(neighbour, point) and apart(point, high):
            kept.append(point)
    return kept


def apart(left: sp.Expr, right: sp.Expr) -> bool:
    """Whether the right point lies to the right by more than the accuracy of its location."""
    if left == -sp.oo or right == sp.oo:
        return True
    return bool(number(right) - number(left) > sp.Float("1e-25"))
