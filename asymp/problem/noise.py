"""Label noise."""

from __future__ import annotations

from dataclasses import dataclass

from asymp.symbols import NONNEGATIVE, Parameter


@dataclass(frozen=True)
class GaussianNoise:
    r"""Additive label noise :math:`\xi \sim N(0, \tau^2)`, independent of the input.

    Parameters
    ----------
    deviation : str
        Name of the standard deviation :math:`\tau`; its default value is 0.
    """

    deviation: str = "tau"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        r"""The standard deviation :math:`\tau`."""
        return (
            Parameter(
                self.deviation, NONNEGATIVE, "standard deviation of the label noise", default=0.0
            ),
        )
