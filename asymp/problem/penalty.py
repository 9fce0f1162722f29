"""Penalties on the trained parameter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from asymp.errors import InvalidProblem
from asymp.symbols import NONNEGATIVE, Parameter


@dataclass(frozen=True)
class Ridge:
    r"""Ridge :math:`\frac\zeta2\,\theta^\top R\,\theta` under a :math:`\frac1n\sum\ell` loss.

    ``zeta = 0`` means the limit :math:`\zeta \to 0^+`.

    Parameters
    ----------
    strength : str
        Name of :math:`\zeta`; its default value is 0.
    metric : {"identity", "gradient"}
        :math:`R = I`, or :math:`R = A`, the matrix of the expected squared input gradient
        :math:`\theta^\top A\theta = \mathbb E\|\nabla_x f\|^2`.

    Raises
    ------
    InvalidProblem
        For any other metric.
    """

    strength: str = "zeta"
    metric: Literal["identity", "gradient"] = "identity"

    def __post_init__(self) -> None:
        if self.metric not in ("identity", "gradient"):
            raise InvalidProblem(f"ridge metric {self.metric!r}: choose 'identity' or 'gradient'")

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        r"""The strength :math:`\zeta`."""
        return (Parameter(self.strength, NONNEGATIVE, "ridge strength", default=0.0),)
