"""Rational expressions as plain JSON values and back, without evaluating any text.

A symbol is its name, a rational number ``{"p/q"}`` is a list ``["", p, q]``, and sums, products
and integer powers are lists that begin with their sign: ``["+", ...]``, ``["*", ...]``,
``["^", base, exponent]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from asymp.errors import NotDerivable


def tree_of(expression: sp.Expr) -> Any:
    """Expression as nested lists.

    Raises
    ------
    NotDerivable
        If it is not a rational function of symbols.

    Examples
    --------
    >>> x = sp.Symbol("x")
    >>> tree_of(x**2 / 3 + 1)
    ['+', ['', '1', '1'], ['*', ['', '1', '3'], ['^', 'x', 2]]]
    """
    expression = sp.sympify(expression)
    if expression.is_Symbol:
        return expression.name
    if expression.is_Rational:
        return ["", str(expression.p), str(expression.q)]
    if expression.is_Add or expression.is_Mul:
        return ["+" if expression.is_Add else "*", *map(tree_of, expression.args)]
    if expression.is_Pow and expression.exp.is_Integer:
        return ["^", tree_of(expression.base), int(expression.exp)]
    raise NotDerivable(f"{expression} is not a rational function of symbols")


def expression_of(tree: Any, letters: Mapping[str, sp.Symbol]) -> sp.Expr:
    """Expression of a tree in the given symbols.

    Raises
    ------
    ValueError
        If the tree is not one that :func:`tree_of` makes, or has an unknown symbol.
    """
    match tree:
        case str() if tree in letters:
            return letters[tree]
        case ["", str(p), str(q)]:
            return sp.Rational(int(p), int(q))
        case ["+", *parts]:
            return sp.Add(*(expression_of(part, letters) for part in parts))
        case ["*", *parts]:
            return sp.Mul(*(expression_of(part, letters) for part in parts))
        case ["^", base, int(exponent)]:
            return sp.Pow(expression_of(base, letters), sp.Integer(exponent))
    raise ValueError(f"{tree!r} is not a rational expression in {', '.join(letters)}")
