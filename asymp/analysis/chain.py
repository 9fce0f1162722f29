r"""Forward differentiation through named definitions, partial in each variable.

.. math:: \partial_v d_k = \frac{\partial d_k}{\partial v}
          + \sum_{j<k} \frac{\partial d_k}{\partial d_j}\,\partial_v d_j .
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sympy as sp

from asymp.calculus.primitives import Primitive, mp_dual_empty, mp_empty, mp_full
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
        return sp.Add(*(partial(expression, s) * moving[s] for s in used))

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


def partial(expression: sp.Expr, symbol: sp.Symbol) -> sp.Expr:
    """Partial derivative; averages over the spectrum are differentiated in their ratio too.

    Examples
    --------
    >>> psi = sp.Symbol("psi", positive=True)
    >>> float(partial(mp_full(sp.Integer(1), psi), psi).subs(psi, 2).evalf())  # D(1) = 1 - 1/sqrt 2
    -0.07322330470336312
    """
    nodes = [n for n in expression.atoms(*RATIO_SLOPES) if symbol in n.args[1].free_symbols]
    if not nodes:
        return sp.diff(expression, symbol)
    names = {node: sp.Dummy(real=True) for node in nodes}
    rest = expression.xreplace(names)
    terms = [sp.diff(rest, name) * node_slope(node, symbol) for node, name in names.items()]
    back = {name: node for node, name in names.items()}
    return sp.Add(sp.diff(rest, symbol), *terms).xreplace(back)


def node_slope(node: Primitive, symbol: sp.Symbol) -> sp.Expr:
    """Derivative of one average through both its arguments."""
    argument, ratio = node.args
    through_ratio = RATIO_SLOPES[type(node)](*node.args) * partial(ratio, symbol)
    return node.fdiff(1) * partial(argument, symbol) + through_ratio


def _full_by_ratio(x: sp.Expr, ratio: sp.Expr) -> sp.Expr:
    r"""Differentiate :math:`\psi D^2-(1+\psi+x)D+1=0`: :math:`\partial_\psi D=-D^2s/\Delta`."""
    full, empty, dual = (node(x, ratio) for node in (mp_full, mp_empty, mp_dual_empty))
    return -(full**2) * empty / (empty + dual * full)


def _dual_by_ratio(x: sp.Expr, ratio: sp.Expr) -> sp.Expr:
    r"""Differentiate :math:`\tilde s=1-\psi D`: :math:`\partial_\psi\tilde s=-D\tilde s/\Delta`."""
    full, empty, dual = (node(x, ratio) for node in (mp_full, mp_empty, mp_dual_empty))
    return -full * dual / (empty + dual * full)


RATIO_SLOPES = {
    mp_full: _full_by_ratio,
    mp_empty: lambda x, ratio: -_full_by_ratio(x, ratio),
    mp_dual_empty: _dual_by_ratio,
}
