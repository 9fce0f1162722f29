"""The stated problem: what the user writes, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from asymp.errors import InvalidProblem
from asymp.problem.adversary import L2Input
from asymp.problem.features import IsotropicGaussian, RandomFeatures
from asymp.problem.losses import ResidualLoss, SquareLoss
from asymp.problem.noise import GaussianNoise
from asymp.problem.penalty import Ridge
from asymp.problem.target import LinearTarget
from asymp.symbols import Names, by_name


@dataclass(frozen=True)
class ProblemStatement:
    r"""Regularised empirical risk minimisation in proportional dimensions.

    .. math:: \hat\theta = \arg\min_\theta \max_{\delta}
              \frac1n\sum_i \ell\big(y_i - \theta^\top\varphi(x_i+\delta_i)\big) + r(\theta).

    Parameters
    ----------
    features : IsotropicGaussian or RandomFeatures
    target : LinearTarget
    noise : GaussianNoise
    loss : ResidualLoss
    penalty : Ridge
    adversary : L2Input, optional
        None means standard training.

    Raises
    ------
    InvalidProblem
        If a part is of the wrong kind or two parts use one parameter name.
    """

    features: IsotropicGaussian | RandomFeatures
    target: LinearTarget = field(default_factory=LinearTarget)
    noise: GaussianNoise = field(default_factory=GaussianNoise)
    loss: ResidualLoss = field(default_factory=SquareLoss)
    penalty: Ridge = field(default_factory=Ridge)
    adversary: L2Input | None = None

    def __post_init__(self) -> None:
        kinds = {
            "features": (IsotropicGaussian, RandomFeatures),
            "target": (LinearTarget,),
            "noise": (GaussianNoise,),
            "loss": (ResidualLoss,),
            "penalty": (Ridge,),
            "adversary": (L2Input, type(None)),
        }
        for part, allowed in kinds.items():
            given = getattr(self, part)
            if not isinstance(given, allowed):
                names = " or ".join(k.__name__ for k in allowed)
                raise InvalidProblem(f"{part}={given!r}: expected {names}")
        used = [p.name for part in self._parts() for p in part.parameters]
        twice = sorted({n for n in used if used.count(n) > 1})
        if twice:
            raise InvalidProblem(f"parameter name {twice[0]!r} is used by two parts of the problem")

    def _parts(self) -> list[Any]:
        parts = [self.features, self.adversary, self.penalty, self.loss, self.noise, self.target]
        return [part for part in parts if part is not None]

    @property
    def parameters(self) -> Names:
        """Parameters by name, in the order in which scripts usually vary them."""
        return by_name(p for part in self._parts() for p in part.parameters)
