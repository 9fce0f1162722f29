"""Constants of a theorem: coefficients of the activation, kept as symbols until solved.

One compiled kernel then serves every activation, and formulas stay readable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mpmath
import sympy as sp

from asymp.calculus.hermite.coefficients import Coefficient


@dataclass(frozen=True)
class Constant:
    r"""A symbol with its value.

    Parameters
    ----------
    symbol : sympy.Symbol
        E.g. ``mu1``.
    coefficient : Coefficient
        Where the value comes from.
    is_root : bool
        Whether the value is the square root of the coefficient (``mu2``).
    """

    symbol: sp.Symbol
    coefficient: Coefficient
    is_root: bool = False

    @property
    def exact(self) -> sp.Expr | None:
        """Closed form, or None if only a number is known."""
        form = self.coefficient.exact
        return sp.sqrt(form) if self.is_root and form is not None else form

    @property
    def method(self) -> str:
        """How the value was found."""
        return self.coefficient.method

    @property
    def error(self) -> float:
        """Bound on the error of the value."""
        scale = 2 * float(self) if self.is_root else 1.0
        return self.coefficient.error / scale

    def mp(self, digits: int) -> Any:
        """Value with that many significant digits."""
        value = self.coefficient.mp(digits)
        with mpmath.workdps(digits + 3):
            return mpmath.sqrt(value) if self.is_root else value

    def bounded(self, digits: int) -> tuple[Any, Any, str]:
        """The coefficient (the square, for a root), a bound of its error, and the method."""
        return self.coefficient.bounded(digits)

    def __float__(self) -> float:
        """Nearest float."""
        return float(self.mp(20))
