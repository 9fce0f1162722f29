r"""Weighted sums over a numeric table as nodes: averages over measured spectra.

.. math:: \sum_k w_k f(x_k).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath
import sympy as sp


class TableSum(sp.Expr):
    r"""The sum of a function over the rows of a table; lowered as a loop.

    Parameters
    ----------
    integrand : sympy.Expr
        :math:`f`.
    variable : sympy.Symbol
        Bound by the node.
    nodes, weights : sympy.Tuple of numbers
        :math:`x_k` and :math:`w_k`.

    Examples
    --------
    >>> t, h = sp.symbols("t h", positive=True)
    >>> node = TableSum(1 / (t + h), t, sp.Tuple(1.0, 3.0), sp.Tuple(0.5, 0.5))
    >>> node.subs(h, 1).evalf(6)
    0.375000
    >>> node.diff(h).subs(h, 1).evalf(6)
    -0.156250
    """

    is_commutative = True
    is_real = True

    def __new__(cls, integrand: Any, variable: sp.Symbol, nodes: Any, weights: Any) -> TableSum:
        """Sum of ``integrand`` over the table."""
        integrand = sp.sympify(integrand)
        if not integrand.has(variable):
            return integrand * sp.Add(*weights)
        return sp.Expr.__new__(cls, integrand, variable, sp.Tuple(*nodes), sp.Tuple(*weights))

    @property
    def integrand(self) -> sp.Expr:
        """The summed function."""
        return self.args[0]

    @property
    def variable(self) -> sp.Symbol:
        """The bound symbol."""
        return self.args[1]

    @property
    def frame(self) -> tuple[sp.Basic, ...]:
        """Variable and nodes: sums that share them share one loop."""
        return self.args[1:3]

    @property
    def weights(self) -> sp.Tuple:
        """The weights."""
        return self.args[3]

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """All symbols but the bound one."""
        return self.integrand.free_symbols - {self.variable}

    @property
    def bound_symbols(self) -> list[sp.Basic]:
        """The variable."""
        return [self.variable]

    def _eval_derivative(self, symbol: sp.Symbol) -> sp.Expr:
        return TableSum(self.integrand.diff(symbol), *self.args[1:])

    def _eval_evalf(self, prec: int) -> sp.Expr | None:
        if self.free_symbols:
            return None
        rows = zip(self.args[2], self.weights, strict=True)
        total = sp.Add(*(w * self.integrand.subs(self.variable, x) for x, w in rows))
        return total._eval_evalf(prec)

    def _mpmathcode(self, printer: Any) -> str:
        inside = printer._print(self.integrand)
        columns = [printer._print(sp.Tuple(*column)) for column in self.args[2:]]
        return f"mp_table(lambda {self.variable}: {inside}, ({', '.join(columns)}), 1)"

    _pythoncode = _mpmathcode

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        text = rf"\sum_k w_k\left[{printer._print(self.integrand)}\right]_{{t=t_k}}"
        return rf"\left({text}\right)^{{{exp}}}" if exp else text


def mp_table(f: Any, table: Sequence[Sequence[Any]], column: int) -> Any:
    """Weighted sum in the current mpmath precision; the table's first row holds the nodes."""
    return mpmath.fsum(w * f(mpmath.mpf(x)) for x, w in zip(table[0], table[column], strict=True))
