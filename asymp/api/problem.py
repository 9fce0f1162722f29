"""The problem that derives into a theorem."""

from __future__ import annotations

from dataclasses import dataclass

from asymp.api.theorem import Theorem
from asymp.problem.statement import ProblemStatement
from asymp.theorem_data import state_theorem


@dataclass(frozen=True)
class Problem(ProblemStatement):
    """A stated problem that derives into a theorem.

    Examples
    --------
    >>> import asymp
    >>> problem = asymp.Problem(features=asymp.IsotropicGaussian(), adversary=asymp.L2Input())
    >>> problem.derive().status
    'derived'
    """

    def derive(self, *, id: str = "user", title: str = "A user's theorem") -> Theorem:
        """Derive the proportional limit.

        Raises
        ------
        NotDerivable
            If a hypothesis of a reduction fails; the message names it.
        """
        return Theorem(**state_theorem(self, id=id, title=title))
