"""Targets: the noiseless label as a function of the input."""

from __future__ import annotations

from dataclasses import dataclass

from asymp.symbols import POSITIVE, Parameter


@dataclass(frozen=True)
class LinearTarget:
    r"""Linear teacher :math:`h = \langle\beta, x\rangle` of variance :math:`\rho = \|\beta\|^2`.

    Parameters
    ----------
    variance : str
        Name of :math:`\rho`; its default value is 1.

    Examples
    --------
    >>> LinearTarget().parameters[0].default
    1.0
    """

    variance: str = "rho"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        r"""The variance :math:`\rho` of the teacher field."""
        return (
            Parameter(
                self.variance,
                POSITIVE,
                "variance of the teacher field",
                scaling=r"\|\beta\|^2=O(1)",
                default=1.0,
            ),
        )
