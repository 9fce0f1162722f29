r"""Map and analytic Jacobian together, by the forward chain rule through the named definitions.

.. math:: \partial_x d_k = \frac{\partial d_k}{\partial x}
          + \sum_{j<k} \frac{\partial d_k}{\partial d_j}\,\partial_x d_j .

The Jacobian so stays as long as the map itself, and shares its subexpressions.
"""

from __future__ import annotations

import sympy as sp

from asymp.lowering.nodes import Assignment, assignments, numeric_form
from asymp.reductions.system import FixedPoint

Chain = dict[sp.Symbol, sp.Symbol]


def with_jacobian(system: FixedPoint) -> tuple[list[Assignment], list[sp.Symbol]]:
    """Assign map and Jacobian; return also their symbols: the map, then the Jacobian by rows."""
    body: list[Assignment] = []
    chains: dict[sp.Symbol, Chain] = {x: {} for x in system.state}
    for symbol, expression in assignments(system.definitions):
        body.append((symbol, expression))
        for x, chain in chains.items():
            slope = total_derivative(expression, x, chain)
            if slope != 0:
                chain[symbol] = sp.Symbol(f"{symbol.name}_by_{x.name}", real=True)
                body.append((chain[symbol], slope))
    maps: list[Assignment] = [
        (sp.Symbol(f"map_{x.name}", real=True), numeric_form(update))
        for x, update in zip(system.state, system.update, strict=True)
    ]
    slopes = [
        (sp.Symbol(f"{target.name}_by_{x.name}", real=True), total_derivative(update, x, chain))
        for target, update in maps
        for x, chain in chains.items()
    ]
    return [*body, *maps, *slopes], [symbol for symbol, _ in [*maps, *slopes]]


def total_derivative(expression: sp.Basic, x: sp.Symbol, chain: Chain) -> sp.Expr:
    """Differentiate through the named intermediates whose derivatives ``chain`` knows."""
    inner = sorted(expression.free_symbols & chain.keys(), key=lambda s: s.name)
    return sp.Add(sp.diff(expression, x), *(sp.diff(expression, d) * chain[d] for d in inner))
