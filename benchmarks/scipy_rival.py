"""Any theorem the usual way: ``scipy.optimize.root`` with ``quad`` for every integral.

The rival is generated from the same equations, so that every theorem of the catalogue has one: the
map alone in plain Python floats (SciPy's solver takes differences), one ``quad`` per integral with
the theorem's own cut points, ``brentq`` for inner roots. Compiled special functions are lent to
it, such as averages of the logistic function, which by hand would be one more ``quad``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp
from scipy.integrate import quad
from scipy.optimize import brentq, root

from asymp import special
from asymp.lowering.helper_text import mp_text
from asymp.lowering.helpers import Helpers
from asymp.lowering.nodes import assignments, numeric_form
from asymp.lowering.printer import NumbaPrinter
from asymp.lowering.program import assemble
from asymp.lowering.source import function_text, primitives

REACH = 9.0  # standard deviations at which an infinite end is cut, as in asymp.calculus.panel
ACCURACY = {"epsabs": 1e-14, "epsrel": 1e-12, "limit": 200}  # below these, warnings


def scipy_panel(f: Callable, low: float, high: float, centre: float, width: float, *cuts: float):
    """One integral by adaptive quadrature, told where the integrand bends."""
    low, high = max(low, centre - REACH * width), min(high, centre + REACH * width)
    inside = sorted({x for x in cuts if low < x < high})
    return quad(f, low, high, points=inside or None, **ACCURACY)[0] if low < high else 0.0


def scipy_root(g: Callable, start: float, low: float, high: float) -> float:
    """Root of an increasing function by Brent's method, from a bracket found by doubling."""
    start = min(max(start, low), high)
    if low == -math.inf:
        step, low = 1.0, start
        while g(low) > 0:
            low, step = low - step, 2 * step
    if high == math.inf:
        step, high = 1.0, start
        while g(high) < 0:
            high, step = high + step, 2 * step
    if g(low) >= 0 or g(high) <= 0:
        return low if g(low) >= 0 else high
    return brentq(g, low, high, xtol=1e-15, rtol=1e-14)


class Rival:
    """SciPy's solution of one branch of a theorem."""

    def __init__(self, theorem: Any, branch: int) -> None:
        inputs = [*(p.symbol for p in theorem.parameters.values()), *theorem.constants]
        system = theorem.branches[branch].system
        guards = {g.symbol: 0 for b in theorem.branches for g in b.guards}
        slots = {s: i for i, s in enumerate([*inputs, *guards])}
        self.known, helpers, printer = len(slots), Helpers(), NumbaPrinter()
        inner = slots | {x: self.known + i for i, x in enumerate(system.state)}
        ends = [sp.Symbol(f"map_{x}", real=True) for x in system.state]
        maps = zip(ends, map(numeric_form, system.update), strict=True)
        body = [*assignments(system.definitions), *maps]
        programs = [
            assemble("update", inner, body, ends, helpers),
            assemble("start", slots, [], [numeric_form(e) for e in system.start], helpers),
        ]
        names: dict[str, Any] = {**vars(math), "max": max, "min": min}
        names |= {p.kernel_name: getattr(special, p.kernel_name) for p in primitives()}
        names |= {"mp_panel": scipy_panel, "mp_root": scipy_root}
        texts = [mp_text(h, printer) for h in helpers.known.values()]
        for text in [*texts, *(function_text(p, printer) for p in programs)]:
            exec(text, names)
        self.names, self.size = names, len(system.state)

    def run(self, name: str, vector: list[float]) -> np.ndarray:
        """One program; NaN where it leaves the numbers."""
        out = [math.nan] * self.size
        try:
            self.names[name](out, vector)
        except (ArithmeticError, ValueError):
            return np.full(self.size, math.nan)
        return np.array(out)

    def first_turn(self, row: np.ndarray) -> np.ndarray:
        """The map at its start."""
        known = self.padded(row)
        return self.run("update", known + self.run("start", known).tolist())

    def padded(self, row: np.ndarray) -> list[float]:
        """Parameters and constants, then room for boundaries of phases, which no map uses."""
        return [float(x) for x in row] + [math.nan] * (self.known - len(row))

    def solve(self, row: np.ndarray) -> tuple[np.ndarray, bool]:
        """State and success, from the theorem's own start, in log variables."""
        known = self.padded(row)

        def error(y: np.ndarray) -> np.ndarray:
            return np.log(self.run("update", known + np.exp(y).tolist())) - y

        found = root(error, np.log(self.run("start", known)), tol=1e-11)
        return np.exp(found.x), bool(found.success)
