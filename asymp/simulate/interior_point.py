r"""Primal-dual interior-point solver of the seminorm-robust training problem.

.. math:: \min_\theta\ \sum_i \ell\big(|y_i-\varphi_i^\top\theta|+\varepsilon\|\theta\|_A\big)
          + \tfrac{n\zeta}{2}\|\theta\|^2.

With :math:`v_i \ge \pm r_i` and :math:`t \ge \|\theta\|_A` it is a cone programme whose Newton
step needs one Cholesky factor of :math:`H = \Phi^\top D\,\Phi + \beta^{-2}A + n\zeta I`,
:math:`D` diagonal, and a 2 x 2 border for :math:`t`. Steps: Mehrotra's predictor and corrector
with Nesterov-Todd scaling. The iteration stops on the duality gap of
:mod:`asymp.simulate.certificate`, which trusts nothing of it but a trial dual vector.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import linalg

from asymp.conic.cone import ConeVector
from asymp.conic.newton import NewtonSystem
from asymp.conic.slacks import Slacks, short_of
from asymp.simulate.certificate import Convex, relative_gap
from asymp.simulate.curve import Array

MAX_STEPS = 100
"""Steps after which the best iterate is returned, its gap as it stands."""


@dataclass(frozen=True)
class Newton(NewtonSystem):
    """Newton system of a loss that is a sum over the sample."""

    problem: Convex

    @property
    def ridge(self) -> float:
        r"""Penalty :math:`n\zeta`."""
        return self.problem.penalty

    @cached_property
    def slope(self) -> Array:
        """Slopes of the loss at the attacked sizes."""
        return self.problem.loss.slope(self.sizes)

    @cached_property
    def curvature(self) -> Array:
        """Curvatures of the loss at the attacked sizes."""
        return self.problem.loss.curvature(self.sizes)

    def direction(self, target: float, earlier: Slacks | None = None) -> Slacks:
        """Direction towards complementarity ``target``, corrected for an earlier direction."""
        aims = self.slack_aims(target, earlier)
        lifted = self.lifted(aims, self.slope)
        head, theta = self._bordered(self.right(aims, lifted), aims.cone.head, lifted)
        bend = self.curvature * (self.problem.eps * head)
        return self.resolved(aims, lifted, head, theta, bend)

    def _bordered(self, right: Array, rho_head: float, lifted: Array) -> tuple[float, Array]:
        eps, h, pivot, stiffness = self.problem.eps, self.curvature, self.pivot, self.stiffness
        if eps == 0:
            return 0.0, self.normal.solve(right[:, None])[:, 0]
        w = self.scaling.point
        pull = 2 * stiffness * self.problem.seminorm.pull(w.tail)
        mixed = eps * (self.problem.features.T @ (h * self.tilt / pivot))
        own = eps**2 * float(np.sum(h * (pivot - h) / pivot)) - stiffness
        height = self.x.dual.head - eps * float(self.slope.sum() + np.sum(h * lifted / pivot))
        columns = self.normal.solve(np.column_stack([right, pull, mixed]))
        by_pull, by_mixed = pull @ columns, mixed @ columns
        # Unknowns: the scaled direction's inner product with the scaling point, and t's change.
        matrix = np.array(
            [
                [1 + by_pull[1] / (2 * stiffness), by_pull[2] / (2 * stiffness) - w.head],
                [2 * w.head * stiffness - by_mixed[1], own - by_mixed[2]],
            ]
        )
        vector = np.array([-by_pull[0] / (2 * stiffness), height + rho_head + by_mixed[0]])
        inner, head = np.linalg.solve(matrix, vector)
        return float(head), columns @ np.array([1.0, inner, head])


@dataclass(frozen=True)
class Optimum:
    """Trained parameter with its relative duality gap and the number of Newton steps."""

    theta: Array
    gap: float
    steps: int


def minimise(problem: Convex, theta: Array, tolerance: float = 1e-8) -> Optimum:
    """Interior-point iteration from a first guess down to a relative duality gap."""
    x = _start(problem, theta)
    best = Optimum(theta, np.inf, 0)
    for steps in range(MAX_STEPS):
        gap = _gap(problem, x)
        if gap < best.gap:
            best = Optimum(x.theta, gap, steps)
        if best.gap <= tolerance:
            break
        try:
            direction = _step(problem, x, tolerance)
        except (linalg.LinAlgError, ArithmeticError):  # out of digits: the best is returned
            break
        x = x.moved(direction, short_of([x.longest(direction, problem.eps > 0)]))
    return best


def _gap(problem: Convex, x: Slacks) -> float:
    u, k = x.above - x.below, -x.dual.tail
    return relative_gap(problem, x.theta, u, k, x.sizes(problem.eps))


def _step(problem: Convex, x: Slacks, tolerance: float) -> Slacks:
    system = Newton(problem, x)
    now = _complementarity(problem, x)
    predictor = system.direction(0.0)
    length = short_of([x.longest(predictor, problem.eps > 0)])
    ahead = _complementarity(problem, x.moved(predictor, length))
    # Aiming far below the requested gap would only wear out the factor's digits.
    floor = 0.01 * tolerance * problem.value(x.theta) / (2 * x.above.size)
    centring = min(max(ahead / now, 0.0), 1.0) ** 3
    return system.direction(max(centring * now, min(floor, now)), predictor)


def _complementarity(problem: Convex, x: Slacks) -> float:
    return x.products(problem.eps > 0) / (2 * x.above.size + 1)


def _start(problem: Convex, theta: Array) -> Slacks:
    residual = problem.labels - problem.features @ theta
    scale = float(np.mean(np.abs(problem.labels)))
    v = np.abs(residual) + 0.1 * scale
    tail = problem.seminorm.coordinates(theta)
    primal = ConeVector(float(np.linalg.norm(tail)) + 0.1 * scale, tail)
    slope = problem.loss.slope(v + problem.eps * primal.head)
    return Slacks.around(v, residual, theta, primal, slope, problem.eps)
