r"""Stationarity of a printed min-max problem, derived from the printed value alone.

For :math:`R(x, L, \nu)` with :math:`L=\sup_\lambda\Lambda(\lambda;x)` and :math:`\nu` the root of
:math:`G(\nu; x)=0` the total derivative is, by the envelope theorem and the implicit function
theorem,

.. math:: \frac{dR}{dx_i} = \partial_{x_i}R + \partial_LR\,\partial_{x_i}\Lambda
          - \partial_\nu R\,\frac{\partial_{x_i}G}{\partial_\nu G},

and it is joined by :math:`\partial_\lambda\Lambda=0` and :math:`G=0`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np
import sympy as sp

from asymp.testing.printed.numeric import vector_function

if TYPE_CHECKING:
    from asymp.testing.printed.saddle import PrintedSaddle


def first_branches(expression: sp.Expr) -> tuple[sp.Expr, tuple[sp.Basic, ...]]:
    """Expression with the first piece of each ``Piecewise``, and those pieces' conditions."""
    pieces = sorted(expression.atoms(sp.Piecewise), key=sp.default_sort_key)
    firsts = [piece.args[0].args for piece in pieces]
    chosen = expression.xreplace({p: first[0] for p, first in zip(pieces, firsts, strict=True)})
    return chosen, tuple(condition for _, condition in firsts)


@dataclass(frozen=True, eq=False)
class Stationarity:
    """The equations whose zero is an interior saddle, compiled in double and in many digits.

    Parameters
    ----------
    unknowns : tuple of sympy.Symbol
        The maximised letters, the minimised ones, then the inner ones.
    outer : int
        How many of the unknowns are not inner.
    parameters : tuple of sympy.Symbol
        The remaining letters.
    equations : tuple of sympy.Expr
        As many as unknowns; each vanishes at the saddle.
    conditions : tuple of sympy.Basic
        What must hold for the branch on which the equations were derived.
    """

    unknowns: tuple[sp.Symbol, ...]
    outer: int
    parameters: tuple[sp.Symbol, ...]
    equations: tuple[sp.Expr, ...]
    conditions: tuple[sp.Basic, ...]
    _functions: dict[str, tuple[Any, Any]] = field(default_factory=dict, repr=False)

    def _compiled(self, backend: str) -> tuple[Any, Any]:
        if backend not in self._functions:
            letters = (*self.unknowns, *self.parameters)
            jacobian = [[sp.diff(e, u) for u in self.unknowns] for e in self.equations]
            self._functions[backend] = (
                vector_function(letters, list(self.equations), backend),
                vector_function(letters, jacobian, backend),
            )
        return self._functions[backend]

    def ordered(self, values: Mapping[str, Any]) -> list[Any]:
        """Parameter values in the order of ``parameters``."""
        return [values[p.name] for p in self.parameters]

    def residual(self, point: np.ndarray, parameters: list[float]) -> np.ndarray:
        """Return the equations in double precision."""
        return np.asarray(self._compiled("scipy")[0](*point, *parameters), dtype=float)

    def jacobian(self, point: np.ndarray, parameters: list[float]) -> np.ndarray:
        """Return the derivative of the equations in double precision."""
        return np.asarray(self._compiled("scipy")[1](*point, *parameters), dtype=float)

    def precise(self, point: list[Any], parameters: list[Any]) -> tuple[Any, Any]:
        """Return equations and derivative as mpmath matrices at the working precision."""
        residual, jacobian = self._compiled("mpmath")
        values = (*point, *(mpmath.mpmathify(p) for p in parameters))
        return mpmath.matrix(residual(*values)), mpmath.matrix(jacobian(*values))


def stationarity(saddle: PrintedSaddle) -> Stationarity:
    """Equations of an interior saddle of the printed value."""
    value, conditions = first_branches(saddle.value)
    outer = saddle.outer
    inner: list[sp.Symbol] = []
    equations = [sp.diff(value, x) for x in outer]
    if saddle.inner_root is not None:
        root, equation = saddle.inner_root.variable, saddle.inner_root.equation
        slope = sp.diff(value, root) / sp.diff(equation, root)
        equations = [
            e - slope * sp.diff(equation, x) for e, x in zip(equations, outer, strict=True)
        ]
    if saddle.inner_sup is not None:
        sup = saddle.inner_sup
        weight = sp.diff(value, sup.symbol)
        equations = [
            (e + weight * sp.diff(sup.expression, x)).subs(sup.symbol, sup.expression)
            for e, x in zip(equations, outer, strict=True)
        ]
        inner.append(sup.variable)
        equations.append(sp.diff(sup.expression, sup.variable))
    if saddle.inner_root is not None:
        inner.append(saddle.inner_root.variable)
        equations.append(saddle.inner_root.equation)
    return Stationarity(
        (*outer, *inner), len(outer), saddle.parameters, tuple(equations), conditions
    )
