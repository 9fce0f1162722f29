r"""What the Newton steps of robust regressions share, whatever the loss.

With :math:`v_i\ge\pm r_i` and :math:`t\ge\|\theta\|_A`, slopes :math:`\ell_i'` and curvatures
:math:`c_i` of the loss at :math:`v_i+\varepsilon t`, and multipliers over slacks
:math:`h_i^\pm`, the step of :math:`\theta` belongs to

.. math:: H=\Phi^\top D\,\Phi+\beta^{-2}A+\zeta I,\qquad
          D_i=\frac{c_i(h_i^++h_i^-)+4h_i^+h_i^-}{c_i+h_i^++h_i^-},

and to a border for t and for what else the loss depends on, which is the subclass's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from asymp.conic.cone import Array, ConeVector, Scaling
from asymp.conic.normal import Normal, normal_for
from asymp.conic.seminorm import Seminorm
from asymp.conic.slacks import Slacks


class Regression(Protocol):
    r"""What a step asks of the problem: :math:`\Phi`, :math:`\varepsilon`, and the seminorm."""

    @property
    def features(self) -> Array:
        r"""Rows :math:`\varphi_i`."""

    @property
    def eps(self) -> float:
        """Radius of the input perturbation; 0 leaves the cone out."""

    @property
    def seminorm(self) -> Seminorm:
        r"""Of :math:`A=B^\top B`."""


@dataclass(frozen=True)
class Aims:
    """Where the complementarity equations are to go, second-order terms of a predictor in it."""

    above: Array
    below: Array
    cone: ConeVector


@dataclass(frozen=True)
class NewtonSystem(ABC):
    """Newton system at an iterate: factored once, solved for predictor and corrector."""

    problem: Regression
    x: Slacks

    @property
    @abstractmethod
    def ridge(self) -> float:
        r""":math:`\zeta` of the objective's :math:`\frac\zeta2\|\theta\|^2`."""

    @property
    @abstractmethod
    def curvature(self) -> Array:
        """Curvatures of the loss at the attacked sizes."""

    @cached_property
    def sizes(self) -> Array:
        """Attacked sizes."""
        return self.x.sizes(self.problem.eps)

    @cached_property
    def scaling(self) -> Scaling:
        """Scaling of the cone at the iterate; to be asked for with an input perturbation only."""
        return Scaling.of(self.x.primal, self.x.dual)

    @cached_property
    def stiffness(self) -> float:
        """Weight of the metric in the normal matrix."""
        return float(self.scaling.beta**-2) if self.problem.eps > 0 else 0.0

    @cached_property
    def weights(self) -> tuple[Array, Array]:
        """Multiplier over slack, above and below."""
        return self.x.above / self.x.slack_above, self.x.below / self.x.slack_below

    @cached_property
    def tilt(self) -> Array:
        """Difference of the two weights."""
        above, below = self.weights
        return np.asarray(above - below)

    @cached_property
    def pivot(self) -> Array:
        """Coefficient of a size's own change."""
        above, below = self.weights
        return np.asarray(self.curvature + above + below)

    @cached_property
    def normal(self) -> Normal:
        """Factor of the normal matrix."""
        above, below = self.weights
        # A sum of positive terms, where pivot - tilt^2/pivot would cancel.
        rows = (self.curvature * (above + below) + 4 * above * below) / self.pivot
        problem = self.problem
        return normal_for(
            problem.features, rows, problem.seminorm.metric, self.stiffness, self.ridge
        )

    def slack_aims(self, target: float, earlier: Slacks | None) -> Aims:
        """Right-hand sides of the complementarity equations, corrected for an earlier direction."""
        x, above, below, bent = self.x, np.asarray(target), np.asarray(target), None
        if earlier is not None:
            above = above - earlier.above * earlier.slack_above
            below = below - earlier.below * earlier.slack_below
            bent = earlier.primal, earlier.dual
        cone = x.dual.times(0.0)
        if self.problem.eps > 0:
            cone = self.scaling.aim(x.dual, target, bent)
        return Aims(above / x.slack_above - x.above, below / x.slack_below - x.below, cone)

    def lifted(self, aims: Aims, slope: Array) -> Array:
        """Right-hand sides of the sizes, for the slopes that the multipliers are to sum to."""
        return np.asarray(aims.above + aims.below + self.x.above + self.x.below - slope)

    def right(self, aims: Aims, lifted: Array) -> Array:
        """Right-hand side of the normal equations."""
        problem, x = self.problem, self.x
        push = x.above - x.below + aims.above - aims.below - self.tilt * lifted / self.pivot
        right = problem.features.T @ push - self.ridge * x.theta
        if problem.eps > 0:
            right = right + problem.seminorm.pull(x.dual.tail + aims.cone.tail)
        return np.asarray(right)

    def resolved(self, aims: Aims, lifted: Array, head: float, theta: Array, bend: Array) -> Slacks:
        """Direction of slacks, multipliers and cone from that of t and theta.

        ``bend`` is by how much the slopes change through anything but the sizes' own change.
        """
        above, below = self.weights
        d_residual = -(self.problem.features @ theta)
        primal = ConeVector(head, self.problem.seminorm.coordinates(theta))
        d_v = (lifted + self.tilt * d_residual - bend) / self.pivot
        d_above, d_below = d_v - d_residual, d_v + d_residual
        dual = aims.cone
        if self.problem.eps > 0:
            dual = dual.plus(self.scaling.unapply_twice(primal), -1)
        return Slacks(
            d_above, d_below, aims.above - above * d_above, aims.below - below * d_below,
            theta, primal, dual,
        )  # fmt: skip
