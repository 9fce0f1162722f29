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

from asymp.conic.cone import Cone, ConeVector, Scaling
from asymp.conic.normal import Normal, normal_for
from asymp.simulate.certificate import Convex, relative_gap
from asymp.simulate.curve import Array

MAX_STEPS = 100
"""Steps after which the best iterate is returned, its gap as it stands."""

_TO_BOUNDARY = 0.99


@dataclass(frozen=True)
class State:
    r"""Iterate: :math:`(t,\theta)` and slacks :math:`v\mp r`, each with its multiplier.

    The slacks are carried along, not recomputed: on an interpolated sample they are far smaller
    than the round-off of :math:`v - r`.
    """

    slack_above: Array
    slack_below: Array
    above: Array
    below: Array
    primal: ConeVector
    dual: ConeVector

    @property
    def size(self) -> Array:
        r""":math:`v`."""
        return 0.5 * (self.slack_above + self.slack_below)

    def moved(self, d: State, length: float) -> State:
        """Iterate moved along a direction."""
        return State(
            self.slack_above + length * d.slack_above,
            self.slack_below + length * d.slack_below,
            self.above + length * d.above,
            self.below + length * d.below,
            self.primal.plus(d.primal, length),
            self.dual.plus(d.dual, length),
        )


@dataclass(frozen=True)
class Newton:
    """Newton system at an iterate: factored once, solved for predictor and corrector."""

    problem: Convex
    x: State

    @cached_property
    def slope(self) -> Array:
        """Slopes of the loss at the attacked sizes."""
        return self.problem.loss.slope(self.x.size + self.problem.eps * self.x.primal.head)

    @cached_property
    def curvature(self) -> Array:
        """Curvatures of the loss at the attacked sizes."""
        return self.problem.loss.curvature(self.x.size + self.problem.eps * self.x.primal.head)

    @cached_property
    def cone(self) -> Cone:
        """The seminorm's cone."""
        return Cone(self.problem.metric_times)

    @cached_property
    def scaling(self) -> Scaling:
        """Scaling of the cone at the iterate."""
        return Scaling.of(self.cone, self.x.primal, self.x.dual)

    @cached_property
    def weights(self) -> tuple[Array, Array]:
        """Multiplier over slack, above and below."""
        return self.x.above / self.x.slack_above, self.x.below / self.x.slack_below

    @cached_property
    def normal(self) -> Normal:
        """Factor of the normal matrix."""
        above, below = self.weights
        pivot = self.curvature + above + below
        # A sum of positive terms, where pivot - (above - below)^2/pivot would cancel.
        rows = (self.curvature * (above + below) + 4 * above * below) / pivot
        stiffness = self.scaling.beta**-2 if self.problem.eps > 0 else 0.0
        if self.problem.metric is None:
            return normal_for(self.problem.features, rows, stiffness + self.problem.penalty)
        addition = stiffness * self.problem.metric
        addition.flat[:: addition.shape[0] + 1] += self.problem.penalty
        return normal_for(self.problem.features, rows, addition)

    def direction(self, target: float, earlier: State | None = None) -> State:
        """Direction towards complementarity ``target``, corrected for an earlier direction."""
        problem, x, (heavy, light) = self.problem, self.x, self.weights
        rho_above, rho_below = self._aims(target, earlier)
        rho_dual = self._cone_aim(target, earlier)
        tilt, pivot = heavy - light, self.curvature + heavy + light
        lifted = rho_above + rho_below + x.above + x.below - self.slope
        push = x.above - x.below + rho_above - rho_below - tilt * lifted / pivot
        right = problem.features.T @ push - problem.penalty * x.primal.tail
        if problem.eps > 0:
            right = right + problem.metric_times(x.dual.tail + rho_dual.tail)
        d_primal = self._bordered(right, rho_dual.head, lifted, pivot, tilt)
        d_residual = -(problem.features @ d_primal.tail)
        shift = problem.eps * d_primal.head
        d_size = (lifted + tilt * d_residual - self.curvature * shift) / pivot
        d_above, d_below = d_size - d_residual, d_size + d_residual
        m_above, m_below = rho_above - heavy * d_above, rho_below - light * d_below
        d_dual = rho_dual
        if problem.eps > 0:
            d_dual = rho_dual.plus(self.scaling.unapply_twice(d_primal), -1)
        return State(d_above, d_below, m_above, m_below, d_primal, d_dual)

    def _aims(self, target: float, earlier: State | None) -> tuple[Array, Array]:
        x = self.x
        bent: tuple[Array | float, Array | float] = (0.0, 0.0)
        if earlier is not None:
            bent = (earlier.above * earlier.slack_above, earlier.below * earlier.slack_below)
        return (
            (target - bent[0]) / x.slack_above - x.above,
            (target - bent[1]) / x.slack_below - x.below,
        )

    def _cone_aim(self, target: float, earlier: State | None) -> ConeVector:
        if self.problem.eps == 0:
            return self.x.dual.times(0.0)
        point = self.scaling.apply(self.x.dual)
        aim = ConeVector(target, 0.0 * point.tail).plus(self.cone.product(point, point), -1)
        if earlier is not None:
            bent = self.cone.product(
                self.scaling.unapply(earlier.primal), self.scaling.apply(earlier.dual)
            )
            aim = aim.plus(bent, -1)
        return self.scaling.unapply(self.cone.divide(point, aim))

    def _bordered(
        self, right: Array, rho_head: float, lifted: Array, pivot: Array, tilt: Array
    ) -> ConeVector:
        eps, h = self.problem.eps, self.curvature
        if eps == 0:
            return ConeVector(0.0, self.normal.solve(right[:, None])[:, 0])
        w, stiffness = self.scaling.point, self.scaling.beta**-2
        pull = 2 * stiffness * self.problem.metric_times(w.tail)
        mixed = eps * (self.problem.features.T @ (h * tilt / pivot))
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
        return ConeVector(float(head), columns @ np.array([1.0, inner, head]))


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
            best = Optimum(x.primal.tail, gap, steps)
        if best.gap <= tolerance:
            break
        direction = _step(problem, x, tolerance)
        x = x.moved(direction, _longest(problem, x, direction))
    return best


def _gap(problem: Convex, x: State) -> float:
    size = x.size + problem.eps * x.primal.head
    return relative_gap(problem, x.primal.tail, x.above - x.below, -x.dual.tail, size)


def _step(problem: Convex, x: State, tolerance: float) -> State:
    system = Newton(problem, x)
    now = _complementarity(problem, x)
    predictor = system.direction(0.0)
    ahead = _complementarity(problem, x.moved(predictor, _longest(problem, x, predictor)))
    # Aiming far below the requested gap would only wear out the factor's digits.
    floor = 0.01 * tolerance * problem.value(x.primal.tail) / (2 * x.above.size)
    centring = min(max(ahead / now, 0.0), 1.0) ** 3
    return system.direction(max(centring * now, min(floor, now)), predictor)


def _complementarity(problem: Convex, x: State) -> float:
    products = float(x.above @ x.slack_above + x.below @ x.slack_below)
    if problem.eps > 0:
        products += Cone(problem.metric_times).dot(x.primal, x.dual)
    return products / (2 * x.above.size + 1)


def _longest(problem: Convex, x: State, d: State) -> float:
    pairs = (
        (x.above, d.above),
        (x.below, d.below),
        (x.slack_above, d.slack_above),
        (x.slack_below, d.slack_below),
    )
    fall = max(float(np.max(-change / value)) for value, change in pairs)
    longest = 1 / fall if fall > 0 else np.inf
    if problem.eps > 0:
        cone = Cone(problem.metric_times)
        longest = min(longest, cone.longest(x.primal, d.primal), cone.longest(x.dual, d.dual))
    return min(1.0, _TO_BOUNDARY * longest)


def _start(problem: Convex, theta: Array) -> State:
    residual = problem.labels - problem.features @ theta
    scale = float(np.mean(np.abs(problem.labels)))
    size = np.abs(residual) + 0.1 * scale
    height = problem.seminorm(theta) + 0.1 * scale
    slope = problem.loss.slope(size + problem.eps * height)
    tilt = np.clip(residual / size, -0.9, 0.9)
    return State(
        slack_above=size - residual,
        slack_below=size + residual,
        above=0.5 * slope * (1 + tilt),
        below=0.5 * slope * (1 - tilt),
        primal=ConeVector(height, theta),
        dual=ConeVector(problem.eps * float(slope.sum()), -0.0 * theta),
    )
