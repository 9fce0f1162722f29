"""A root that a definition names: its derivative is written in that name."""

from __future__ import annotations

import sympy as sp

from asymp.calculus.implicit_root import Root


class NamedRoot(Root):
    r"""A :class:`Root` whose variable is the symbol that its definition names it by.

    Where ``Definition(x, NamedRoot(g, x, ...))`` stands, the derivative
    :math:`-\partial_ag/\partial_xg` may keep x itself, so that the root is found once.

    Examples
    --------
    >>> x, a = sp.symbols("x a", positive=True)
    >>> NamedRoot(x**2 - a, x, a, 0, sp.oo).diff(a)
    1/(2*x)
    """

    def _eval_derivative(self, symbol: sp.Symbol) -> sp.Expr:
        push = self.equation.diff(symbol)
        return -push / self.equation.diff(self.variable)
