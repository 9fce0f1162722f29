r"""Adversaries in numbers: the norms and the constants that they add to the loss's argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

import numpy as np

from asymp.errors import NotDerivable
from asymp.problem.adversary import L2Input, LabelPerturbation, LinfInput, WeightPerturbation
from asymp.problem.features import IsotropicGaussian, RandomFeatures
from asymp.problem.losses import MarginLoss
from asymp.problem.statement import ProblemStatement
from asymp.simulate.curve import Array
from asymp.simulate.draw import Draw
from asymp.simulate.norms import Absolute, Euclidean, Norm


@dataclass(frozen=True)
class Budget:
    r"""What all adversaries together may do.

    Parameters
    ----------
    norms : tuple of Norm
        Norms of the parameter, their radii included.
    constant : float
        Constant part, as it is for a new point.
    per_length : float
        Radius of the output weights: a training point adds this multiple of
        :math:`\|\varphi_i\|/\sqrt N`, a new point that of its root mean square.
    radius : float
        Radius of the l2 perturbation of the input, which is also among the norms.
    """

    norms: tuple[Norm, ...] = ()
    constant: float = 0.0
    per_length: float = 0.0
    radius: float = 0.0

    def offsets(self, draw: Draw) -> Array:
        """Constant parts of the training points."""
        lengths = np.linalg.norm(draw.features, axis=1) / np.sqrt(draw.features.shape[1])
        return np.asarray(self.constant + self.per_length * lengths)

    def of(self, draw: Draw, theta: Array) -> float:
        """Budget on a new point."""
        length = np.sqrt(float(np.trace(draw.second_moment)) / theta.size)
        norms = sum(norm.of(theta) for norm in self.norms)
        return float(norms + self.constant + self.per_length * length)


def budget_of(
    problem: ProblemStatement, draw: Draw, at: Mapping[str, float], test: bool = False
) -> Budget:
    """Budget at the training or the test radii."""
    total = Budget()
    for adversary in problem.adversaries:
        radius = at[adversary.test_radius if test else adversary.radius]
        if radius > 0:
            total = _add(adversary, radius, draw, total)
    return total


def require_attackable(problem: ProblemStatement) -> None:
    """Refuse adversaries that do not fit the rest of the problem.

    Raises
    ------
    NotDerivable
        Naming what does not fit.
    """
    for adversary in problem.adversaries:
        _require(adversary, problem)


@singledispatch
def _add(adversary: Any, radius: float, draw: Draw, total: Budget) -> Budget:
    raise NotDerivable(f"the adversary {type(adversary).__name__} cannot be simulated")


@singledispatch
def _require(adversary: Any, problem: ProblemStatement) -> None:
    """Nothing to refuse."""


@_add.register
def _(adversary: L2Input, radius: float, draw: Draw, total: Budget) -> Budget:
    metric = None if is_identity(draw.metric) else draw.metric
    return replace(total, norms=(*total.norms, Euclidean(radius, metric)), radius=radius)


@_add.register
def _(adversary: LinfInput, radius: float, draw: Draw, total: Budget) -> Budget:
    norm = Absolute(radius / float(np.sqrt(draw.features.shape[1])))
    return replace(total, norms=(*total.norms, norm))


@_require.register
def _(adversary: LinfInput, problem: ProblemStatement) -> None:
    if not isinstance(problem.features, IsotropicGaussian):
        raise NotDerivable("an l-infinity adversary is simulated on isotropic inputs only")


@_add.register
def _(adversary: LabelPerturbation, radius: float, draw: Draw, total: Budget) -> Budget:
    return replace(total, constant=total.constant + radius)


@_require.register
def _(adversary: LabelPerturbation, problem: ProblemStatement) -> None:
    if problem.is_binary or isinstance(problem.loss, MarginLoss):
        raise NotDerivable("a perturbation of the label needs real labels; these are +1 and -1")


@_add.register
def _(adversary: WeightPerturbation, radius: float, draw: Draw, total: Budget) -> Budget:
    if adversary.layer == "output":
        return replace(total, per_length=total.per_length + radius)
    norm = Euclidean(radius * float(np.sqrt(draw.slope2 or 0.0)))
    return replace(total, norms=(*total.norms, norm))


@_require.register
def _(adversary: WeightPerturbation, problem: ProblemStatement) -> None:
    if adversary.layer == "hidden" and not isinstance(problem.features, RandomFeatures):
        raise NotDerivable(
            "a perturbation of the hidden weights needs random features; use layer='output'"
        )


def is_identity(matrix: Array) -> bool:
    """Whether a matrix is exactly the identity."""
    return bool(matrix[0, 0] == 1 and np.array_equal(matrix, np.eye(len(matrix))))
