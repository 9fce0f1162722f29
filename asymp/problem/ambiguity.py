"""Ambiguity sets: laws of the data around the sample among which the worst is trained against."""

from __future__ import annotations

from dataclasses import dataclass

from asymp.symbols import POSITIVE, Parameter


@dataclass(frozen=True)
class KLBall:
    r"""All laws P with :math:`D_{\mathrm{KL}}(\hat P_n\|P)\le r` of the sample's law.

    With an adversary this is the holistic-robust training of Bennouna, Lucas and Van Parys
    without poisoned samples: the budget r covers sampling error, the adversary shifts of inputs.

    Parameters
    ----------
    radius : str
        Name of r.
    """

    radius: str = "r_kl"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The radius r."""
        meaning = "radius of the Kullback-Leibler ball around the sample"
        scaling = r"D_{\mathrm{KL}}(\hat P_n\|P)=O(1)"
        return (Parameter(self.radius, POSITIVE, meaning, scaling),)
