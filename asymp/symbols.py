r"""Parameters, order parameters and observables: a SymPy symbol with everything a reader needs.

There are no units in this field; the *scaling* with dimension plays that part, e.g.
:math:`\|\theta\|^2 = O(1)` as :math:`d \to \infty`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from asymp.errors import InvalidParameter

_GREEK = {
    "eps": r"\varepsilon",
    "eps_test": r"\varepsilon_{\mathrm{test}}",
    "lam": r"\lambda",
    "s_dual": r"\tilde{s}",
    "u_hat": r"\hat{u}",
    "v_hat": r"\hat{v}",
    "J_02": "J_{02}",
    "J_12": "J_{12}",
    "J_22": "J_{22}",
    "J_02_dual": r"\tilde{J}_{02}",
    "L_train": r"L_{\mathrm{train}}",
    "theta_norm2": r"\|\hat\theta\|^2",
    "eps_max": r"\varepsilon_{\max}",
}


def latex_name(name: str) -> str:
    r"""LaTeX of an ASCII name of the field.

    Examples
    --------
    >>> latex_name("psi1"), latex_name("V_hat"), latex_name("eps"), latex_name("SR")
    ('\\psi_{1}', '\\hat{V}', '\\varepsilon', '\\mathrm{SR}')
    """
    if name in _GREEK:
        return _GREEK[name]
    if name.endswith("_A"):
        return rf"{latex_name(name[:-2])}^{{A}}"
    if name.endswith("_hat"):
        return rf"\hat{{{latex_name(name[:-4])}}}"
    if name.isupper() and name.isalpha() and len(name) > 1:
        return rf"\mathrm{{{name}}}"
    return str(sp.latex(sp.Symbol(name)))


class Letter(sp.Symbol):
    """A SymPy symbol that prints as the field writes it: ``eps`` as ε, ``V_hat`` with a hat."""

    def _latex(self, printer: Any) -> str:
        chosen = printer._settings["symbol_names"].get(self)
        return str(chosen) if chosen is not None else latex_name(self.name)


def letter(name: str, domain: sp.Interval) -> Letter:
    """Symbol of that name with the SymPy assumptions that its domain implies."""
    if domain.start >= 0 and (domain.left_open or domain.start > 0):
        return Letter(name, positive=True)
    if domain.start >= 0:
        return Letter(name, nonnegative=True)
    return Letter(name, real=True)


POSITIVE = sp.Interval.open(0, sp.oo)
NONNEGATIVE = sp.Interval.Ropen(0, sp.oo)


@dataclass(frozen=True)
class Quantity:
    r"""A named symbol with its domain, meaning and scaling with dimension.

    Parameters
    ----------
    name : str
        ASCII name that scripts use, e.g. ``"psi1"``.
    domain : sympy.Interval
        Admissible real values.
    meaning : str
        One line in words; may contain inline LaTeX between dollars.
    scaling : str
        Scaling with dimension, in LaTeX, e.g. ``"N/d \\to \\psi_1"`` or ``"O(1)"``.
    default : float or str, optional
        Value taken when none is given; a string names another parameter whose value is taken.
    """

    name: str
    domain: sp.Interval
    meaning: str
    scaling: str = "O(1)"
    default: float | str | None = None

    @property
    def symbol(self) -> Letter:
        """The SymPy symbol, with the assumptions that the domain implies."""
        return letter(self.name, self.domain)

    @property
    def latex(self) -> str:
        """LaTeX of the symbol."""
        return latex_name(self.name)

    def _repr_latex_(self) -> str:
        return f"${self.latex}$"

    def admits(self, values: Any) -> np.ndarray:
        """Boolean array: which of ``values`` lie in the domain (NaN never does).

        Examples
        --------
        >>> Quantity("psi1", POSITIVE, "ratio").admits([0.0, 1.0, float("nan")]).tolist()
        [False, True, False]
        """
        x = np.asarray(values, dtype=float)
        low, high = float(self.domain.start), float(self.domain.end)
        above = x > low if self.domain.left_open else x >= low
        below = x < high if self.domain.right_open else x <= high
        return np.asarray(above & below)

    def require(self, values: Any) -> None:
        """Raise a one-line error naming symbol, value and admissible set unless all are admitted.

        Raises
        ------
        InvalidParameter
            If any value lies outside the domain.
        """
        good = self.admits(values)
        if not good.all():
            first = np.asarray(values, dtype=float)[~good].ravel()[0]
            raise InvalidParameter(
                f"{self.name} = {first:g} is not in {interval_text(self.domain)} ({self.meaning})"
            )


@dataclass(frozen=True)
class Parameter(Quantity):
    """A number that the user chooses."""


@dataclass(frozen=True)
class OrderParameter(Quantity):
    """A scalar that the limit is written in; solved for."""


def interval_text(domain: sp.Interval) -> str:
    """Interval in the usual brackets, e.g. ``[0, inf)``."""
    left = "(" if domain.left_open else "["
    right = ")" if domain.right_open else "]"
    start = "-inf" if domain.start == -sp.oo else f"{float(domain.start):g}"
    end = "inf" if domain.end == sp.oo else f"{float(domain.end):g}"
    return f"{left}{start}, {end}{right}"


class Names(dict[str, Any]):
    """A mapping by name whose entries are also attributes, so that they complete on tab."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"no {name!r} here; there are: {', '.join(self)}") from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self]


def by_name(quantities: Any) -> Names:
    """Names mapping of an iterable of quantities."""
    return Names({q.name: q for q in quantities})
