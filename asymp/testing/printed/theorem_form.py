"""Another theorem as the thing that a theorem is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from asymp.testing.printed.forms import Printed


@dataclass(frozen=True, eq=False)
class TheoremForm(Printed):
    """What another theorem says, in its own parameters.

    Parameters
    ----------
    theorem : Theorem

    Examples
    --------
    >>> import asymp
    >>> form = TheoremForm(asymp.Problem(features=asymp.IsotropicGaussian()).derive())
    >>> round(form.evaluate({"alpha": 2.0, "zeta": 0.5, "tau": 0.5})["standard_risk"], 6)
    0.508883
    """

    theorem: Any

    @property
    def word(self) -> str:
        """Its status: derived or stated."""
        return str(self.theorem.status)

    @cached_property
    def _solve(self) -> Any:
        # Imported late: catalogue files make audits, and loading them must not load a solver.
        from asymp.testing.pointwise import Pointwise

        return Pointwise(self.theorem)

    def evaluate(self, letters: Mapping[str, Any]) -> dict[str, float]:
        """Solve it where its parameters have these values.

        Raises
        ------
        NotConverged
            If it has no answer there.
        """
        return dict(self._solve(**{name: float(value) for name, value in letters.items()}))
