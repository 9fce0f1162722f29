"""Adversaries: who perturbs what, within which ball."""

from __future__ import annotations

from dataclasses import dataclass

from asymp.symbols import NONNEGATIVE, Parameter


@dataclass(frozen=True)
class L2Input:
    r"""Perturbation :math:`x \mapsto x + \delta`, :math:`\|\delta\|_2 \le \varepsilon`.

    The input has norm of order :math:`\sqrt d`, the perturbation of order 1.

    Parameters
    ----------
    radius : str
        Name of the training radius :math:`\varepsilon`.
    test_radius : str
        Name of the radius at test time; it takes the training radius when not given.
    """

    radius: str = "eps"
    test_radius: str = "eps_test"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Training and test radius."""
        return (
            Parameter(
                self.radius,
                NONNEGATIVE,
                "radius of the training perturbation",
                scaling=r"\|\delta\|_2=O(1),\ \|x\|_2\sim\sqrt d",
            ),
            Parameter(
                self.test_radius,
                NONNEGATIVE,
                "radius of the perturbation at test time",
                default=self.radius,
            ),
        )
