"""Elimination by resultants, and the irreducible factor of the physical solution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy as sp

from asymp.errors import NotDerivable


def physical_factor(
    rational: Sequence[sp.Expr],
    removed: Sequence[sp.Symbol],
    kept: sp.Symbol,
    point: Mapping[sp.Symbol, sp.Rational],
) -> sp.Poly:
    """Irreducible polynomial of one unknown that rational equations leave.

    Parameters
    ----------
    rational : sequence of sympy.Expr
        Expressions that vanish.
    removed : sequence of sympy.Symbol
        Unknowns to eliminate, one fewer than the equations.
    kept : sympy.Symbol
        The unknown that is left.
    point : mapping of sympy.Symbol to sympy.Rational
        A solution: the factor that vanishes there is the physical one.

    Raises
    ------
    NotDerivable
        If no factor, or more than one, vanishes there.

    Examples
    --------
    >>> x, y, a = sp.symbols("x y a")
    >>> physical_factor([x - 1 / y, x**2 - a], [x], y, {y: sp.Rational(1, 2), a: 4}).as_expr()
    a*y**2 - 1
    """
    polynomials = [sp.numer(sp.cancel(sp.together(e))) for e in rational]
    for symbol in removed:
        polynomials = _without(polynomials, symbol)
    (polynomial,) = polynomials
    _, factors = sp.factor_list(polynomial)
    there = [f for f, _ in factors if f.has(kept) and f.subs(point) == 0]
    if len(there) != 1:
        raise NotDerivable(f"{len(there)} factors of the polynomial of {kept} vanish at a solution")
    letters = sorted(there[0].free_symbols - {kept}, key=str)
    primitive = sp.Poly(there[0], kept, *letters).primitive()[1]
    monic = primitive if primitive.LC() > 0 else -primitive
    return sp.Poly(monic.as_expr(), kept)


def _without(polynomials: Sequence[sp.Expr], symbol: sp.Symbol) -> list[sp.Expr]:
    """Resultants with the simplest polynomial that holds the symbol."""
    holding = sorted((p for p in polynomials if p.has(symbol)), key=lambda p: sp.degree(p, symbol))
    rest = [p for p in polynomials if not p.has(symbol)]
    first, *others = holding
    return rest + [sp.resultant(first, other, symbol) for other in others]
