"""The SymPy symbols that expressions are written in."""

from __future__ import annotations

from typing import Any

import sympy as sp

from asymp.symbols.interval import Interval
from asymp.symbols.latex import latex_name


class Letter(sp.Symbol):
    """A SymPy symbol that prints as the field writes it: ``eps`` as ε, ``V_hat`` with a hat."""

    def _latex(self, printer: Any) -> str:
        chosen = printer._settings["symbol_names"].get(self)
        return str(chosen) if chosen is not None else latex_name(self.name)


def letter(name: str, domain: Interval) -> Letter:
    """Symbol of that name with the SymPy assumptions that its domain implies."""
    if domain.start >= 0 and (domain.left_open or domain.start > 0):
        return Letter(name, positive=True)
    if domain.start >= 0:
        return Letter(name, nonnegative=True)
    return Letter(name, real=True)


POSITIVE = sp.Interval.open(0, sp.oo)
NONNEGATIVE = sp.Interval.Ropen(0, sp.oo)
