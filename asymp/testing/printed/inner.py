"""Inner problems of a printed value: a supremum over one variable, a root of one equation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import sympy as sp

from asymp.testing.printed.numeric import compiled


@dataclass(frozen=True)
class InnerSup:
    r"""The supremum :math:`L=\sup_{low\le\lambda<high}\Lambda(\lambda)` inside a printed value.

    Parameters
    ----------
    symbol : sympy.Symbol
        Stands for the supremum in the value.
    variable : sympy.Symbol
        What the supremum runs over.
    expression : sympy.Expr
        :math:`\Lambda`, in the variable and the outer letters.
    low, high : float
        Ends of the interval, both finite; the upper one is open.

    Examples
    --------
    >>> L, t, a = sp.symbols("L t a", positive=True)
    >>> round(InnerSup(L, t, t * (a - t)).supremum({"a": 1.0}), 9)
    0.25
    """

    symbol: sp.Symbol
    variable: sp.Symbol
    expression: sp.Expr
    low: float = 0.0
    high: float = 1.0

    def on_grid(self, known: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
        """Grid that is fine at both ends, and the expression on it."""
        share = 1.0 / (1.0 + np.exp(-np.linspace(-25.0, 25.0, 301)))
        grid = self.low + (self.high - self.low) * np.concatenate([[0.0], share])
        names, function = compiled(self.expression, "scipy")
        with np.errstate(all="ignore"):
            values = function(*(grid if n == self.variable.name else known[n] for n in names))
        values = np.broadcast_to(values, grid.shape)
        # At an end of the interval the printed expression may be 0/0; its neighbour speaks for it.
        return grid, np.where(np.isfinite(values), values, -np.inf)

    def supremum(self, known: Mapping[str, float]) -> float:
        """Global supremum in double precision: the best of the grid, refined by Brent's method."""
        grid, values = self.on_grid(known)
        best = int(np.argmax(values))
        names, function = compiled(self.expression, "scipy")
        from scipy.optimize import minimize_scalar  # loads on first use: most of a second

        refined = minimize_scalar(
            lambda x: (
                -float(function(*(x if n == self.variable.name else known[n] for n in names)))
            ),
            bounds=(grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]),
            method="bounded",
            options={"xatol": 1e-12},
        )
        return max(float(values[best]), -float(refined.fun))


@dataclass(frozen=True)
class InnerRoot:
    r"""The positive root of a decreasing function inside a printed value; 0 where there is none.

    Parameters
    ----------
    variable : sympy.Symbol
        Stands for the root in the value.
    equation : sympy.Expr
        Vanishes at the root, positive before it and negative after it.

    Examples
    --------
    >>> x, a = sp.symbols("x a", positive=True)
    >>> root = InnerRoot(x, a - x**2)
    >>> root.root({"a": 4.0}), root.root({"a": -1.0})
    (2.0, 0.0)
    """

    variable: sp.Symbol
    equation: sp.Expr

    def root(self, known: Mapping[str, float]) -> float:
        """Root in double precision, or 0 where the function is not positive at 0."""
        names, function = compiled(self.equation, "scipy")
        variable = self.variable.name

        def equation(x: float) -> float:
            return float(function(*(x if n == variable else known[n] for n in names)))

        if equation(0.0) <= 0:
            return 0.0
        high = 1.0
        while equation(high) > 0:
            high *= 4
        from scipy.optimize import brentq  # loads on first use: most of a second

        return float(brentq(equation, 0.0, high, xtol=1e-300, rtol=1e-14))
