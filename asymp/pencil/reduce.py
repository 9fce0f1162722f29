r"""Explicit unknowns eliminated: a smallest set of unknowns in which all others are explicit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import sympy as sp

from asymp.pencil.dyson import DysonSystem


@dataclass(frozen=True)
class Core:
    r"""A closed system :math:`g = f(g)` and every other unknown as a function of ``g``.

    Parameters
    ----------
    equations : mapping of sympy.Symbol to sympy.Expr
        The unknowns that are left and their right sides, rational in them and in parameters.
    explicit : mapping of sympy.Symbol to sympy.Expr
        The eliminated unknowns, in terms of those that are left.
    start : mapping of sympy.Symbol to sympy.Expr
        Values at vanishing Gaussian matrices.
    """

    equations: Mapping[sp.Symbol, sp.Expr]
    explicit: Mapping[sp.Symbol, sp.Expr]
    start: Mapping[sp.Symbol, sp.Expr]


def eliminate_explicit(system: DysonSystem) -> Core:
    """Keep as few unknowns as possible; those that do not vanish at the start are preferred.

    Examples
    --------
    >>> a, b, c = sp.symbols("a b c", real=True)
    >>> system = DysonSystem({}, {a: 1 / (1 + b), b: a + c, c: a**2}, {a: 1, b: 0, c: 0})
    >>> eliminate_explicit(system).equations
    {a: 1/(a**2 + a + 1)}
    """
    kept = _core(system)
    explicit: dict[sp.Symbol, sp.Expr] = {}
    for symbol in _order(system, kept):
        explicit[symbol] = sp.factor(system.equations[symbol].xreplace(explicit))
    equations = {s: sp.cancel(system.equations[s].xreplace(explicit)) for s in kept}
    return Core(equations, explicit, {s: system.start[s] for s in kept})


def _core(system: DysonSystem) -> tuple[sp.Symbol, ...]:
    """Smallest set of unknowns that meets every cycle of dependences."""
    symbols = sorted(system.equations, key=lambda s: (system.start[s] == 0, str(s)))
    for size in range(len(symbols) + 1):
        for kept in combinations(symbols, size):
            if len(_order(system, kept)) + size == len(symbols):
                return kept
    raise AssertionError("the set of all unknowns meets every cycle")


def _order(system: DysonSystem, kept: tuple[sp.Symbol, ...]) -> list[sp.Symbol]:
    """Unknowns that are explicit once ``kept`` is given, each after those it uses."""
    done = set(kept)
    order: list[sp.Symbol] = []
    waiting = [s for s in system.equations if s not in done]
    while True:
        ready = [
            s
            for s in waiting
            if not (system.equations[s].free_symbols & system.equations.keys()) - done
        ]
        if not ready:
            return order
        order += ready
        done |= set(ready)
        waiting = [s for s in waiting if s not in done]
