"""What a theorem states a limit of, and the letters that stand for averages over the sample."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from asymp.symbols import NONNEGATIVE, Quantity, letter

TRAINING, ATOM, NORM = (letter(n, NONNEGATIVE) for n in ("L_train", "p_0", "theta_norm2"))


@dataclass(frozen=True)
class Observable(Quantity):
    """A limit that the theorem states, with its defining expression.

    Parameters
    ----------
    expression : sympy.Expr
        In order parameters, parameters and the letters of this module.
    definition : str
        What it is the limit of, at finite size, in LaTeX.
    display : str
        LaTeX of the limit for readers, where the expression is a numerical form.
    """

    expression: sp.Expr = sp.S.Zero
    definition: str = ""
    display: str = ""

    @property
    def latex(self) -> str:
        """Upright name of the observable."""
        return r"\mathrm{" + self.name.replace("_", r"\,") + "}"
