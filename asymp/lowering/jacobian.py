r"""Map and analytic Jacobian together, by the forward chain rule through the named definitions.

.. math:: \partial_x d_k = \frac{\partial d_k}{\partial x}
          + \sum_{j<k} \frac{\partial d_k}{\partial d_j}\,\partial_x d_j .

The Jacobian so stays as long as the map itself, and shares its subexpressions.
"""

from __future__ import annotations

from typing import Any

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
        for x, slope in total_derivatives(expression, chains).items():
            if slope != 0:
                chains[x][symbol] = real_symbol(f"{symbol.name}_by_{x.name}")
                body.append((chains[x][symbol], slope))
    maps: list[Assignment] = [
        (real_symbol(f"map_{x.name}"), numeric_form(update))
        for x, update in zip(system.state, system.update, strict=True)
    ]
    slopes = [
        (real_symbol(f"{target.name}_by_{x.name}"), slope)
        for target, update in maps
        for x, slope in total_derivatives(update, chains).items()
    ]
    return [*body, *maps, *slopes], [symbol for symbol, _ in [*maps, *slopes]]


def total_derivatives(expression: Any, chains: dict[sp.Symbol, Chain]) -> dict[sp.Symbol, sp.Expr]:
    """Differentiate by each state, through the intermediates whose derivatives are known."""
    known = set().union(chains, *chains.values())
    inner = sorted(expression.free_symbols & known, key=lambda s: str(s.name))
    partials = {symbol: sp.diff(expression, symbol) for symbol in inner}
    return {
        x: sp.Add(*(partial * ({x: 1} | chain).get(s, 0) for s, partial in partials.items()))
        for x, chain in chains.items()
    }


def real_symbol(name: str) -> sp.Symbol:
    """Symbol for a derived quantity."""
    return sp.Symbol(name, real=True)
