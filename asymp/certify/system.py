"""What certification needs of a theorem: its kernel, its branches in balls, its quantities."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from asymp.balls.program import BallSystem, ball_system
from asymp.lowering.compiled import Kernel
from asymp.lowering.kernel import identity
from asymp.solver.kernels import kernel_of

_MADE: dict[Hashable, BallSystem] = {}


@dataclass(frozen=True)
class Certifiable:
    """A theorem made ready for certification; pickles as text and numbers, claims left behind.

    Parameters
    ----------
    id, title : str
    parameters, order_parameters, observables : mapping of str to Quantity
    constants : mapping of sympy.Symbol to Constant
    kernel : Kernel
        Gives candidates.
    balls : BallSystem
        Gives proofs.
    """

    id: str
    title: str
    parameters: Mapping[str, Any]
    order_parameters: Mapping[str, Any]
    observables: Mapping[str, Any]
    constants: Mapping[Any, Any]
    kernel: Kernel
    balls: BallSystem

    @property
    def floats(self) -> list[float]:
        """The constants as the kernel takes them."""
        return [float(c) for c in self.constants.values()]

    @property
    def quantities(self) -> dict[str, Any]:
        """Order parameters and observables by name."""
        return {**self.order_parameters, **self.observables}


def certifiable(theorem: Any) -> Certifiable:
    """Lower a theorem to balls; what is ready already stays as it is."""
    if isinstance(theorem, Certifiable):
        return theorem
    return Certifiable(
        theorem.id, theorem.title, theorem.parameters, theorem.order_parameters,
        theorem.observables, theorem.constants, kernel_of(theorem), _balls_of(theorem),
    )  # fmt: skip


def _balls_of(theorem: Any) -> BallSystem:
    """Branches of a theorem in ball arithmetic, kept for the life of the process."""
    symbols = (*(p.symbol for p in theorem.parameters.values()), *theorem.constants)
    key = (tuple(map(identity, theorem.branches)), symbols)
    if key not in _MADE:
        _MADE[key] = ball_system(theorem.branches, symbols)
    return _MADE[key]
