r"""Newton steps of holistic robust training, primal and dual at once.

.. math:: \min_{\theta,v,t,\eta,\lambda}\ \max_p\ \sum_ip_i\frac{s_i^2}2+\eta\Big(1-\sum_ip_i\Big)
          +\lambda\Big(r+\frac1n\sum_i\log np_i\Big)+\frac\zeta2\|\theta\|^2,\qquad
          s_i=v_i+\varepsilon t,

with :math:`v_i\ge\pm(y_i-\varphi_i^\top\theta)`, :math:`t\ge\|\theta\|_A`, :math:`\lambda\ge0`.
Eliminating p gives the joint convex form
:math:`\eta+\lambda(r-1)+\frac1n\sum_i\lambda\log\frac{\lambda}{\eta-s_i^2/2}`. Keeping it, with

.. math:: p_ix_i=\frac\lambda n,\quad x_i=\eta-\frac{s_i^2}2,\qquad
          \lambda\omega=\mu,\quad\omega=r+\frac1n\sum_i\log np_i,

lets the steps reach fits where all losses agree, and with them :math:`\lambda=0`. A step needs
one Cholesky factor of :math:`\Phi^\top D\Phi+\beta^{-2}A+\zeta I` and a border for t,
:math:`\eta-\lambda` and :math:`\lambda` (in these two, nothing cancels for small r).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from asymp.conic.cone import Cone, ConeVector, Scaling
from asymp.conic.normal import Normal, normal_for
from asymp.finite.holistic.entropy import divergence

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Saddle:
    r"""The training problem.

    Parameters
    ----------
    features : ndarray, (n, N)
    labels : ndarray, (n,)
    eps, ridge, r : float
        Input radius, :math:`\zeta`, and Kullback-Leibler radius.
    metric : ndarray, (N, N), or None
        A; None means the identity.
    """

    features: Array
    labels: Array
    eps: float
    ridge: float
    r: float
    metric: Array | None = None

    def metric_times(self, theta: Array) -> Array:
        r""":math:`A\theta`."""
        return theta if self.metric is None else self.metric @ theta

    def seminorm(self, theta: Array) -> float:
        r""":math:`\|\theta\|_A`."""
        return float(np.sqrt(max(float(theta @ self.metric_times(theta)), 0.0)))

    def sizes(self, theta: Array) -> Array:
        r"""Attacked sizes :math:`|r_i|+\varepsilon\|\theta\|_A`."""
        residuals = self.labels - self.features @ theta
        return np.asarray(np.abs(residuals) + self.eps * self.seminorm(theta))


@dataclass(frozen=True)
class Iterate:
    r"""Slacks :math:`v\mp r_i` and :math:`(t,\theta)` with multipliers; p, :math:`\eta,\lambda`.

    ``room`` is :math:`\omega`, the part of the radius that is not used.
    """

    slack_above: Array
    slack_below: Array
    above: Array
    below: Array
    primal: ConeVector
    dual: ConeVector
    law: Array
    eta: float
    lam: float
    room: float

    def sizes(self, eps: float) -> Array:
        """Attacked sizes s."""
        return np.asarray(0.5 * (self.slack_above + self.slack_below) + eps * self.primal.head)

    def moved(self, d: Iterate, length: float) -> Iterate:
        """Iterate moved along a direction."""
        return Iterate(
            self.slack_above + length * d.slack_above,
            self.slack_below + length * d.slack_below,
            self.above + length * d.above,
            self.below + length * d.below,
            self.primal.plus(d.primal, length),
            self.dual.plus(d.dual, length),
            self.law + length * d.law,
            self.eta + length * d.eta,
            self.lam + length * d.lam,
            self.room + length * d.room,
        )


@dataclass(frozen=True)
class Aims:
    """Where the complementarity equations are to go, second-order terms of a predictor in it."""

    above: Array
    below: Array
    cone: ConeVector
    law: Array
    room: float


@dataclass(frozen=True)
class NewtonStep:
    r"""Newton system at an iterate: factored once, solved for predictor and corrector.

    ``share`` is the target of :math:`\lambda\omega` over that of the other products: on a path
    where all were equal, :math:`\lambda\ge\mu/r` would be far from its value for small r.
    """

    problem: Saddle
    x: Iterate
    share: float = 1.0

    @cached_property
    def sizes(self) -> Array:
        """Attacked sizes."""
        return self.x.sizes(self.problem.eps)

    @cached_property
    def below_eta(self) -> Array:
        r""":math:`\eta-s_i^2/2`."""
        return np.asarray(self.x.eta - 0.5 * self.sizes**2)

    @property
    def resampled(self) -> bool:
        """Whether the law moves at all."""
        return self.problem.r > 0

    @cached_property
    def curvature(self) -> Array:
        """Second derivative in each size, with eta and lambda held."""
        extra = self.sizes**2 / self.below_eta if self.resampled else 0.0
        return np.asarray(self.x.law * (1 + extra))

    @cached_property
    def shift(self) -> Array:
        """Relative distance of the law from the uniform one, 1 - 1/(n p)."""
        return np.asarray((self.x.law - 1 / self.x.law.size) / self.x.law)

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
    def stiffness(self) -> float:
        """Weight of the metric in the normal matrix."""
        return float(self.scaling.beta**-2) if self.problem.eps > 0 else 0.0

    @cached_property
    def normal(self) -> Normal:
        """Factor of the normal matrix."""
        above, below = self.weights
        pivot = self.curvature + above + below
        rows = (self.curvature * (above + below) + 4 * above * below) / pivot
        if self.problem.metric is None:
            return normal_for(self.problem.features, rows, self.stiffness + self.problem.ridge)
        addition = self.stiffness * self.problem.metric
        addition.flat[:: addition.shape[0] + 1] += self.problem.ridge
        return normal_for(self.problem.features, rows, addition)

    @cached_property
    def couplings(self) -> Array:
        r"""Derivatives of the slope in the sizes: in t, :math:`\eta-\lambda`, :math:`\lambda`."""
        columns = [self.problem.eps * self.curvature] if self.problem.eps > 0 else []
        if self.resampled:
            tied = -self.x.law * self.sizes / self.below_eta
            columns += [tied, tied * self.shift]
        return np.column_stack(columns) if columns else np.empty((self.sizes.size, 0))

    @cached_property
    def columns(self) -> Array:
        """Couplings carried over to the parameter, and solved; the cone's column first."""
        above, below = self.weights
        pivot = self.curvature + above + below
        raised = self.problem.features.T @ (((above - below) / pivot)[:, None] * self.couplings)
        if self.problem.eps > 0:
            pull = 2 * self.stiffness * self.problem.metric_times(self.scaling.point.tail)
            raised = np.column_stack([pull, raised])
        return np.asarray(raised)

    @cached_property
    def solved(self) -> Array:
        """Columns through the inverse of the normal matrix."""
        return self.normal.solve(self.columns)

    @cached_property
    def border(self) -> Array:
        """Matrix of the border after elimination of everything else."""
        above, below = self.weights
        heavy = above + below
        pivot = self.curvature + heavy
        blocks = np.zeros((self.couplings.shape[1],) * 2)
        k = 0
        if self.problem.eps > 0:
            k = 1
            free = heavy / pivot
            blocks[0, 0] = self.problem.eps**2 * np.sum(self.curvature * free) - self.stiffness
            blocks[0, 1:] = self.problem.eps * (free @ self.couplings[:, 1:])
            blocks[1:, 0] = blocks[0, 1:]
        if self.resampled:
            share = self.x.law / self.below_eta * (self.x.law + heavy) / pivot
            by = np.column_stack([np.ones_like(share), self.shift])
            blocks[k:, k:] = by.T @ (share[:, None] * by)
            blocks[-1, -1] += self.x.room / self.x.lam
        if self.problem.eps == 0:
            return blocks - self.columns.T @ self.solved
        head = self.scaling.point.head
        edge = np.zeros(blocks.shape[0])
        edge[0] = 2 * self.stiffness * head
        whole = np.block([[np.array([[-2 * self.stiffness]]), edge[None]], [edge[:, None], blocks]])
        return whole - self.columns.T @ self.solved

    def aims(self, target: float, earlier: Iterate | None) -> Aims:
        """Right-hand sides of the complementarity equations."""
        x, law_aim = self.x, np.zeros_like(self.x.law)
        if self.resampled:
            law_aim = x.lam / x.law.size - x.law * self.below_eta
        if earlier is None:
            cone = self._cone_aim(target, None)
            return Aims(target / x.slack_above - x.above, target / x.slack_below - x.below,
                        cone, law_aim, self.share * target)  # fmt: skip
        bent_above = earlier.above * earlier.slack_above
        bent_below = earlier.below * earlier.slack_below
        if self.resampled:
            change = earlier.sizes(self.problem.eps)
            fall = earlier.eta - self.sizes * change
            law_aim = law_aim - earlier.law * fall + 0.5 * x.law * change**2
        return Aims(
            (target - bent_above) / x.slack_above - x.above,
            (target - bent_below) / x.slack_below - x.below,
            self._cone_aim(target, earlier),
            law_aim,
            self.share * target - earlier.lam * earlier.room,
        )

    def _cone_aim(self, target: float, earlier: Iterate | None) -> ConeVector:
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

    def direction(self, target: float, earlier: Iterate | None = None) -> Iterate:
        """Direction towards complementarity ``target``, corrected for an earlier direction."""
        problem, x, s = self.problem, self.x, self.sizes
        aims = self.aims(target, earlier)
        above, below = self.weights
        tilt, pivot = above - below, self.curvature + above + below
        slope = x.law * s + (s * aims.law / self.below_eta if self.resampled else 0.0)
        lifted = aims.above + aims.below + x.above + x.below - slope
        push = x.above - x.below + aims.above - aims.below - tilt * lifted / pivot
        right = problem.features.T @ push - problem.ridge * x.primal.tail
        if problem.eps > 0:
            right = right + problem.metric_times(x.dual.tail + aims.cone.tail)
        first = self.normal.solve(right[:, None])[:, 0]
        border_right = self._border_right(aims, lifted / pivot, slope)
        answer = np.asarray(np.linalg.solve(self.border, border_right + self.columns.T @ first))
        d_theta = first + self.solved @ answer
        z: Array = answer[1:] if problem.eps > 0 else answer
        d_head = float(z[0]) if problem.eps > 0 else 0.0
        d_residual = -(problem.features @ d_theta)
        d_v = (lifted + tilt * d_residual - self.couplings @ z) / pivot
        return self._assembled(aims, ConeVector(d_head, d_theta), d_residual, d_v, z)

    def _border_right(self, aims: Aims, raised: Array, slope: Array) -> Array:
        problem, x = self.problem, self.x
        right = -(self.couplings.T @ raised)
        if self.resampled:
            ratio = aims.law / self.below_eta
            right[-2] += x.law.sum() - 1 + ratio.sum()
            right[-1] += divergence(x.law) - problem.r
            right[-1] += aims.room / x.lam + ratio @ self.shift
        if problem.eps > 0:
            right[0] += x.dual.head - problem.eps * slope.sum() + aims.cone.head
            right = np.concatenate([[0.0], right])
        return np.asarray(right)

    def _assembled(
        self, aims: Aims, primal: ConeVector, d_residual: Array, d_v: Array, z: Array
    ) -> Iterate:
        x, (above, below) = self.x, self.weights
        d_above, d_below = d_v - d_residual, d_v + d_residual
        dual = aims.cone
        if self.problem.eps > 0:
            dual = dual.plus(self.scaling.unapply_twice(primal), -1)
        d_law, d_eta, d_lam, d_room = np.zeros_like(x.law), 0.0, 0.0, 0.0
        if self.resampled:
            d_lam = float(z[-1])
            d_eta = float(z[-2]) + d_lam
            d_s = d_v + self.problem.eps * primal.head
            change = z[-2] + self.shift * d_lam - self.sizes * d_s
            d_law = (aims.law - x.law * change) / self.below_eta
            d_room = (aims.room - x.room * d_lam) / x.lam - x.room
        return Iterate(
            d_above, d_below, aims.above - above * d_above, aims.below - below * d_below,
            primal, dual, d_law, d_eta, d_lam, d_room,
        )  # fmt: skip
