r"""The training problem in general form, and its duality gap.

.. math:: \min_{\theta,b}\ F=\sum_i\max_{|\delta|\le e_i}\psi(t_i-m_i^\top\theta-b\,u_i+\delta)
          +\tfrac12\theta^\top Q\theta+c\sum_jr_0(\sqrt p\,\theta_j),\qquad
          e_i=o_i+\sum_kN_k(\theta).

Residual losses have :math:`t=y,\ m=\varphi,\ u=1`; margin losses, of minus the margin,
:math:`t=0,\ m=y\varphi,\ u=y`. Everything is multiplied by n.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from asymp.simulate.convex_curve import Proximable
from asymp.simulate.curve import Array
from asymp.simulate.norms import Norm
from asymp.simulate.rows import Local, Rows


@dataclass(frozen=True)
class Objective:
    """A training problem, multiplied by the number of samples.

    Parameters
    ----------
    design : ndarray, (n, N)
        Rows :math:`m_i`.
    target : ndarray, (n,)
        :math:`t`.
    rows : Rows
        Attacked loss.
    unit : ndarray, (n,), or None
        :math:`u`, if there is an intercept.
    offset : ndarray, (n,)
        Budgets :math:`o` that do not depend on the parameter.
    ridge : float
        Q is this multiple of ``metric``, or of the identity.
    metric : ndarray, (N, N), or None
    coordinates : Proximable or None
        :math:`r_0`.
    weight : float
        c.
    norms : tuple of Norm
    """

    design: Array
    target: Array
    rows: Rows
    unit: Array | None
    offset: Array
    ridge: float = 0.0
    metric: Array | None = None
    coordinates: Proximable | None = None
    weight: float = 0.0
    norms: tuple[Norm, ...] = ()

    @property
    def size(self) -> int:
        """Number of parameters without the intercept."""
        return int(self.design.shape[1])

    @property
    def root(self) -> float:
        r""":math:`\sqrt p`."""
        return float(np.sqrt(self.size))

    @property
    def smooth(self) -> bool:
        """Whether neither loss nor penalty nor a norm has a kink."""
        kinked = self.coordinates is not None and self.coordinates.kinked
        return self.rows.smooth and not kinked and not self.norms

    def quadratic(self, theta: Array) -> Array:
        r""":math:`Q\theta`."""
        image = theta if self.metric is None else self.metric @ theta
        return np.asarray(self.ridge * image)

    def residual(self, theta: Array, b: float) -> Array:
        r""":math:`z=t-m^\top\theta-bu`."""
        shift = 0.0 if self.unit is None else b * self.unit
        return np.asarray(self.target - self.design @ theta - shift)

    def budget(self, theta: Array) -> Array:
        """Budgets e of the samples."""
        return np.asarray(self.offset + sum(norm.of(theta) for norm in self.norms))

    def losses(self, theta: Array, b: float) -> Array:
        """Attacked loss of every sample."""
        arguments = self.rows.arguments(self.residual(theta, b), self.budget(theta))
        return self.rows.exact(arguments)

    def penalty(self, theta: Array) -> float:
        """Penalty, times n."""
        total = 0.5 * float(theta @ self.quadratic(theta))
        if self.coordinates is not None:
            total += self.weight * float(self.coordinates.value(self.root * theta).sum())
        return total

    def value(self, theta: Array, b: float) -> float:
        """Objective F."""
        return float(self.losses(theta, b).sum()) + self.penalty(theta)


@dataclass(frozen=True)
class Trial:
    r"""A dual point: exact subgradients of the loss and of the penalty, and linear forms of norms.

    Parameters
    ----------
    local : Local
        Slopes of the loss and the arguments at which they are subgradients.
    coordinate_slopes, coordinate_points : ndarray, (N,), or None
        The same of :math:`c\,r_0` in :math:`w=\sqrt p\,\theta`.
    forms : sequence of (float, ndarray)
        Linear forms w on the parameter with dual norm at most the number beside them.
    """

    local: Local
    coordinate_slopes: Array | None
    coordinate_points: Array | None
    forms: Sequence[tuple[float, Array]]


def duality_gap(problem: Objective, theta: Array, b: float, trial: Trial, radius: float) -> float:
    r"""Bound of :math:`F(\theta,b)-F` over all parameters within ``radius`` of these.

    With multipliers :math:`\lambda_i` that are subgradients of the losses at :math:`a_i`,
    Fenchel's inequality bounds the loss by
    :math:`\ell(p_i)-\ell(a_i)-\lambda_i(p_i-a_i)` a sample, and likewise the penalty; a norm adds
    :math:`\kappa N(\theta)-w^\top\theta`, where :math:`\kappa=\sum_i\lambda^e_i`. What the linear
    forms leave, :math:`\varrho`, costs :math:`\|\varrho\|` times the radius, or
    :math:`\|\varrho\|^2/2\zeta` under a ridge: a proof that trusts no solver.
    """
    arguments = problem.rows.arguments(problem.residual(theta, b), problem.budget(theta))
    local = trial.local
    fenchel = problem.rows.exact(arguments) - problem.rows.exact(local.points)
    fenchel = fenchel - np.sum(local.multipliers * (arguments - local.points), axis=0)
    total = float(np.abs(fenchel).sum())
    left = problem.quadratic(theta) - problem.design.T @ local.by_z
    if problem.coordinates is not None:
        assert trial.coordinate_slopes is not None
        assert trial.coordinate_points is not None
        w, at, slopes = problem.root * theta, trial.coordinate_points, trial.coordinate_slopes
        rise = problem.coordinates.value(w) - problem.coordinates.value(at)
        total += float(np.abs(problem.weight * rise - slopes * (w - at)).sum())
        left = left + problem.root * slopes
    force = float(local.by_e.sum())
    for norm, (bound, form) in zip(problem.norms, trial.forms, strict=True):
        form = form * (force / bound if bound > force else 1.0)
        total += max(force * norm.of(theta) - float(form @ theta), 0.0)
        left = left + form
    if problem.ridge > 0 and problem.metric is None:
        total += float(left @ left) / (2 * problem.ridge)
    else:
        total += float(np.linalg.norm(left)) * radius
    if problem.unit is not None:
        total += abs(float(problem.unit @ local.by_z)) * max(radius, abs(b))
    return total
