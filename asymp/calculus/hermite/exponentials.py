r"""Sums of exponentials inside an expression: recognised, and split where another term leads.

:math:`\log(1+e^{\beta u})` equals :math:`\beta u+\log(1+e^{-\beta u})` on the right half-line,
and similarly for negative powers. In that form the sum stays away from 0 for complex :math:`u`
near the half-line, so that ball arithmetic integrates it in a few steps whatever :math:`\beta`,
and nothing overflows.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise

import sympy as sp

from asymp.calculus.hermite.kinks import strictly_inside, value_at
from asymp.calculus.hermite.pieces import Piece
from asymp.calculus.hermite.roots import real_roots

# Coefficient and exponent of each term.
Terms = list[tuple[sp.Expr, sp.Expr]]


def exponential_terms(expr: sp.Expr, u: sp.Symbol) -> Terms:
    """Coefficients and exponents if the expression is a sum of exponentials, else nothing.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> exponential_terms(3 + sp.exp(2 * x), x), exponential_terms(x + sp.exp(x), x)
    ([(3, 0), (1, 2*x)], [])
    """
    expr = expr.replace(sp.cosh, lambda x: (sp.exp(x) + sp.exp(-x)) / 2)
    expr = expr.replace(sp.sinh, lambda x: (sp.exp(x) - sp.exp(-x)) / 2)
    terms = []
    for term in sp.Add.make_args(expr.expand()):
        coefficient, moving = term.as_independent(u, as_Add=False)
        if moving != 1 and moving.func is not sp.exp:
            return []
        terms.append((coefficient, moving.args[0] if moving != 1 else sp.S.Zero))
    return terms if any(x.has(u) for _, x in terms) else []


def all_positive(terms: Terms) -> bool:
    """Whether every coefficient is positive."""
    return all(c.is_positive for c, _ in terms)


def split_by_leading_term(piece: Piece, u: sp.Symbol) -> list[Piece]:
    """Cut a piece where the leading term of a sum changes, and factor that term out.

    Sums inside logarithms and negative powers are treated.
    """
    sums = {
        node: terms
        for node in piece.expression.atoms(sp.log, sp.Pow)
        if (terms := exponential_terms(_inner(node), u)) and _is_plain(terms, u)
    }
    if not sums:
        return [piece]
    roots = [
        root
        for terms in sums.values()
        for (_, x), (_, y) in combinations(terms, 2)
        for root in real_roots(sp.expand(x - y), u)
    ]
    cuts = [piece.low, *strictly_inside(roots, piece.low, piece.high), piece.high]
    left, right = piece.singular
    parts = [
        Piece(a, b, piece.expression, (left and a == piece.low, right and b == piece.high))
        for a, b in pairwise(cuts)
    ]
    return [_factored(part, u, sums) for part in parts]


def _inner(node: sp.Expr) -> sp.Expr:
    """Argument of a logarithm, base of a negative power, or nothing of interest."""
    return node.args[0] if node.func is sp.log or node.args[1].is_negative else sp.S.One


def _is_plain(terms: Terms, u: sp.Symbol) -> bool:
    return all_positive(terms) and all(x.is_polynomial(u) and sp.degree(x, u) < 2 for _, x in terms)


def _factored(piece: Piece, u: sp.Symbol, sums: dict[sp.Expr, Terms]) -> Piece:
    expression = piece.expression
    for node, terms in sums.items():
        lead = max((x for _, x in terms), key=lambda x: value_at(x, u, piece.inside))
        rest = sp.Add(*(c * sp.exp(sp.expand(x - lead)) for c, x in terms))
        if node.func is sp.log:
            expression = expression.xreplace({node: lead + sp.log(rest)})
        else:
            power = node.args[1]
            expression = expression.xreplace({node: sp.exp(power * lead) * rest**power})
    return replace(piece, expression=expression)
