"""Named quantities with domain, meaning and scaling, and mappings of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from asymp.errors import InvalidParameter
from asymp.symbols.interval import contained, interval_text
from asymp.symbols.latex import latex_name

if TYPE_CHECKING:
    from asymp.symbols.letters import Letter


@dataclass(frozen=True)
class Quantity:
    r"""A named symbol with its domain, meaning and scaling with dimension.

    Parameters
    ----------
    name : str
        ASCII name that scripts use, e.g. ``"psi1"``.
    domain : sympy.Interval or Domain
        Admissible real values.
    meaning : str
        One line in words; may contain inline LaTeX between dollars.
    scaling : str
        Scaling with dimension, in LaTeX, e.g. ``"N/d \\to \\psi_1"`` or ``"O(1)"``.
    default : float or str, optional
        Value taken when none is given; a string names another parameter whose value is taken.
    """

    name: str
    # Derived quantities hold a sympy.Interval, whose exact ends the reductions calculate with.
    domain: Any
    meaning: str
    scaling: str = "O(1)"
    default: float | str | None = None

    @property
    def symbol(self) -> Letter:
        """The SymPy symbol, with the assumptions that the domain implies."""
        from asymp.symbols.letters import letter

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
        >>> from asymp.symbols import POSITIVE
        >>> Quantity("psi1", POSITIVE, "ratio").admits([0.0, 1.0, float("nan")]).tolist()
        [False, True, False]
        """
        return contained(np.asarray(values, dtype=float), self.domain)

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


class Names(dict[str, Any]):
    """A mapping by name whose entries are also attributes, so that they complete on tab."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"no {name!r} here; there are: {', '.join(self)}") from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self]


def by_name(quantities: Iterable[Any]) -> Names:
    """Names mapping of an iterable of quantities."""
    return Names({q.name: q for q in quantities})
