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

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from asymp.conic import newton
from asymp.conic.cone import Array as Array
from asymp.conic.newton import NewtonSystem
from asymp.conic.seminorm import IDENTITY, Seminorm
from asymp.conic.slacks import Slacks
from asymp.finite.holistic.entropy import divergence


@dataclass(frozen=True)
class Saddle:
    r"""The training problem.

    Parameters
    ----------
    features : ndarray, (n, N)
    labels : ndarray, (n,)
    eps, ridge, r : float
        Input radius, :math:`\zeta`, and Kullback-Leibler radius.
    seminorm : Seminorm
        Of A; the identity's by default.
    """

    features: Array
    labels: Array
    eps: float
    ridge: float
    r: float
    seminorm: Seminorm = IDENTITY

    def sizes(self, theta: Array) -> Array:
        r"""Attacked sizes :math:`|r_i|+\varepsilon\|\theta\|_A`."""
        residuals = self.labels - self.features @ theta
        return np.asarray(np.abs(residuals) + self.eps * self.seminorm(theta))


@dataclass(frozen=True)
class Iterate(Slacks):
    r"""Parameter, slacks and :math:`(t,B\theta)` with multipliers; p, :math:`\eta,\lambda`.

    ``room`` is :math:`\omega`, the part of the radius that is not used.
    """

    law: Array
    eta: float
    lam: float
    room: float

    def moved(self, d: Self, length: float) -> Self:
        """Iterate moved along a direction."""
        return replace(
            super().moved(d, length),
            law=self.law + length * d.law,
            eta=self.eta + length * d.eta,
            lam=self.lam + length * d.lam,
            room=self.room + length * d.room,
        )


@dataclass(frozen=True)
class Aims(newton.Aims):
    """Aims of the complementarity equations, those of the law and of the radius among them."""

    law: Array
    room: float


@dataclass(frozen=True)
class NewtonStep(NewtonSystem):
    r"""Newton system of the holistic loss.

    ``share`` is the target of :math:`\lambda\omega` over that of the other products: on a path
    where all were equal, :math:`\lambda\ge\mu/r` would be far from its value for small r.
    """

    problem: Saddle
    x: Iterate
    share: float = 1.0

    @property
    def ridge(self) -> float:
        r""":math:`\zeta`."""
        return self.problem.ridge

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
        raised = self.problem.features.T @ ((self.tilt / self.pivot)[:, None] * self.couplings)
        if self.problem.eps > 0:
            pull = 2 * self.stiffness * self.problem.seminorm.pull(self.scaling.point.tail)
            raised = np.column_stack([pull, raised])
        return np.asarray(raised)

    @cached_property
    def solved(self) -> Array:
        """Columns through the inverse of the normal matrix."""
        return self.normal.solve(self.columns)

    @cached_property
    def border(self) -> Array:
        """Matrix of the border after elimination of everything else."""
        heavy, pivot = self.weights[0] + self.weights[1], self.pivot
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
        x, law, room = self.x, np.zeros_like(self.x.law), self.share * target
        if self.resampled:
            law = x.lam / x.law.size - x.law * self.below_eta
        if earlier is not None:
            room -= earlier.lam * earlier.room
            if self.resampled:
                change = earlier.sizes(self.problem.eps)
                fall = earlier.eta - self.sizes * change
                law = law - earlier.law * fall + 0.5 * x.law * change**2
        return Aims(**vars(self.slack_aims(target, earlier)), law=law, room=room)

    def direction(self, target: float, earlier: Iterate | None = None) -> Iterate:
        """Direction towards complementarity ``target``, corrected for an earlier direction."""
        x, s = self.x, self.sizes
        aims = self.aims(target, earlier)
        slope = x.law * s + (s * aims.law / self.below_eta if self.resampled else 0.0)
        lifted = self.lifted(aims, slope)
        first = self.normal.solve(self.right(aims, lifted)[:, None])[:, 0]
        border_right = self._border_right(aims, lifted / self.pivot, slope)
        answer = np.asarray(np.linalg.solve(self.border, border_right + self.columns.T @ first))
        d_theta = first + self.solved @ answer
        z: Array = answer[1:] if self.problem.eps > 0 else answer
        d_head = float(z[0]) if self.problem.eps > 0 else 0.0
        slacks = self.resolved(aims, lifted, d_head, d_theta, self.couplings @ z)
        return self._with_law(aims, slacks, z)

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

    def _with_law(self, aims: Aims, d: Slacks, z: Array) -> Iterate:
        x = self.x
        d_law, d_eta, d_lam, d_room = np.zeros_like(x.law), 0.0, 0.0, 0.0
        if self.resampled:
            d_lam = float(z[-1])
            d_eta = float(z[-2]) + d_lam
            change = z[-2] + self.shift * d_lam - self.sizes * d.sizes(self.problem.eps)
            d_law = (aims.law - x.law * change) / self.below_eta
            d_room = (aims.room - x.room * d_lam) / x.lam - x.room
        return Iterate(**vars(d), law=d_law, eta=d_eta, lam=d_lam, room=d_room)
