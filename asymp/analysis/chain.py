r"""Forward differentiation through named definitions, partial in each variable.

.. math:: \partial_v d_k = \frac{\partial d_k}{\partial v}
          + \sum_{j<k} \frac{\partial d_k}{\partial d_j}\,\partial_v d_j .
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sympy as sp

from asymp.reductions.system import Definition


@dataclass(frozen=True)
class Chain:
    """Definitions together with their derivatives in one variable.

    Parameters
    ----------
    variable : sympy.Symbol
    definitions : tuple of Definition
        ``d_by_v = ...``, one for each definition that moves with the variable, in order.
    slopes : dict of Symbol to Symbol
        The symbol of a definition, and that of its derivative.
    """

    variable: sp.Symbol
    definitions: tuple[Definition, ...]
    slopes: dict[sp.Symbol, sp.Symbol]

    def total(self, expression: sp.Expr) -> sp.Expr:
        """Derivative of an expression of variable and definitions, in symbols of ``slopes``."""
        moving = {self.variable: sp.Integer(1), **self.slopes}
        used = sorted(expression.free_symbols & moving.keys(), key=lambda s: str(s.name))
        return sp.Add(*(sp.diff(expression, s) * moving[s] for s in used))

    def closed(self, expression: sp.Expr) -> sp.Expr:
        """The same with every derivative written out."""
        found = self.total(expression)
        for definition in reversed(self.definitions):
            found = found.xreplace({definition.symbol: definition.expression})
        return found


def differentiate(definitions: Iterable[Definition], variable: sp.Symbol) -> Chain:
    """Differentiate definitions in order.

    Examples
    --------
    >>> x, y = sp.symbols("x y")
    >>> chain = differentiate([Definition(y, x**2)], x)
    >>> chain.total(y * x), chain.closed(y * x)
    (x*y_by_x + y, 2*x**2 + y)
    """
    chain = Chain(variable, (), {})
    for symbol, expression in ((d.symbol, d.expression) for d in definitions):
        slope = chain.total(expression)
        if slope != 0:
            name = sp.Symbol(f"{symbol.name}_by_{variable.name}", real=True)
            chain = Chain(
                variable,
                (*chain.definitions, Definition(name, slope)),
                {**chain.slopes, symbol: name},
            )
    return chain
