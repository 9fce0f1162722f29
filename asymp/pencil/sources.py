r"""Observables from derivatives in sources, by implicit differentiation.

At the solution :math:`g = f(g;s)` the value :math:`\Psi(g;s)` has the derivative

.. math:: \frac{d\Psi}{ds} = \partial_s\Psi + \sum_i\lambda_i\,\partial_sf_i, \qquad
          \lambda_i = \partial_{g_i}\Psi + \sum_j\lambda_j\,\partial_{g_i}f_j,

one set of multipliers :math:`\lambda` for every source: :math:`\Psi + \lambda\cdot(f-g)` is
stationary in :math:`g`, and its partial derivatives in sources are the observables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import sympy as sp

from asymp.pencil.model import AT, QuadraticModel, response, slope
from asymp.pencil.reduce import Core


@dataclass(frozen=True)
class SourcedSystem:
    r"""Closed equations for traces and multipliers, and the observables in them.

    Parameters
    ----------
    equations : mapping of sympy.Symbol to sympy.Expr
        ``unknown = right side`` for the traces, rational.
    multipliers : mapping of sympy.Symbol to sympy.Expr
        The same for :math:`\lambda`, in which they are linear.
    start : mapping of sympy.Symbol to sympy.Expr
        Values of the traces at vanishing Gaussian matrices.
    explicit : mapping of sympy.Symbol to sympy.Expr
        Traces that were eliminated.
    values : mapping of str to sympy.Expr
        Order parameters and observables by name.
    """

    equations: Mapping[sp.Symbol, sp.Expr]
    multipliers: Mapping[sp.Symbol, sp.Expr]
    start: Mapping[sp.Symbol, sp.Expr]
    explicit: Mapping[sp.Symbol, sp.Expr]
    values: Mapping[str, sp.Expr]

    @property
    def unknowns(self) -> tuple[sp.Symbol, ...]:
        """Traces, then multipliers."""
        return (*self.equations, *self.multipliers)

    def renamed(self, names: Mapping[sp.Symbol, sp.Symbol]) -> SourcedSystem:
        """Copy in other parameter symbols."""
        parts = {
            part.name: {k: v.xreplace(names) for k, v in getattr(self, part.name).items()}
            for part in fields(self)
        }
        return SourcedSystem(**parts)


def differentiate(
    core: Core, traces: Mapping[str, sp.Symbol], model: QuadraticModel
) -> SourcedSystem:
    """Equations at vanishing sources, multipliers and observables.

    Parameters
    ----------
    core : Core
        With sources.
    traces : mapping of str to sympy.Symbol
        The unknown that is the response of an output.
    model : QuadraticModel
    """
    replies = {response(name): core.explicit.get(symbol, symbol) for name, symbol in traces.items()}
    multipliers = {g: _multiplier(g) for g in core.equations}
    lagrangian = [(sp.Integer(1), model.value.subs(replies))]
    lagrangian += [(multipliers[g], right) for g, right in core.equations.items()]
    equations = at_zero(core.equations)
    shorter = _denominators(equations)

    def stationary(symbol: sp.Symbol) -> sp.Expr:
        parts = (weight * sp.factor(part.diff(symbol).subs(AT)) for weight, part in lagrangian)
        return sp.Add(*(part.xreplace(shorter) for part in parts))

    # 1/g - 1 is written with the right side of g: a quotient of positive terms
    closed = {name: equations.get(value, value) for name, value in at_zero(replies).items()}
    slopes = {slope(symbol): stationary(symbol) for symbol in AT}
    return SourcedSystem(
        equations=equations,
        multipliers={multipliers[g]: stationary(g) for g in core.equations},
        start=at_zero(core.start),
        explicit=at_zero(core.explicit),
        values={
            name: sp.factor(meaning.subs(closed)).xreplace(shorter)
            if meaning.free_symbols & closed.keys()
            else meaning.subs(slopes)
            for name, meaning in model.meanings.items()
        },
    )


def at_zero(expressions: Mapping[sp.Symbol, sp.Expr]) -> dict[sp.Symbol, sp.Expr]:
    """Expressions where the sources vanish and the loss has unit weight."""
    return {symbol: sp.factor(value.subs(AT)) for symbol, value in expressions.items()}


def _denominators(equations: Mapping[sp.Symbol, sp.Expr]) -> dict[sp.Expr, sp.Expr]:
    """Denominators of the right sides, as the equations themselves give them: :math:`n/g`."""
    parts = {g: sp.fraction(right) for g, right in equations.items()}
    return {below: above / g for g, (above, below) in parts.items() if below.is_Add}


def _multiplier(unknown: sp.Symbol) -> sp.Symbol:
    return sp.Symbol(unknown.name.replace("g_", "lambda_", 1), real=True)
