"""Replacing symbolic nodes by the primitives that they are evaluated with."""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from asymp.reductions.system import Definition

Assignment = tuple[sp.Symbol, sp.Basic]


def numeric_form(expression: sp.Basic) -> sp.Basic:
    """Expression with every node that offers ``numeric_form()`` replaced by it, recursively."""
    expression = sp.sympify(expression)
    if hasattr(expression, "numeric_form"):
        return numeric_form(expression.numeric_form())
    if not expression.args:
        return expression
    args = tuple(numeric_form(arg) for arg in expression.args)
    return expression if args == expression.args else expression.func(*args)


def assignments(definitions: Iterable[Definition]) -> list[Assignment]:
    """Definitions as assignments in their numeric form."""
    return [(d.symbol, numeric_form(d.expression)) for d in definitions]
