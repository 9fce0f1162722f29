r"""The loss of the samples, attacked, with what Newton's method needs of it.

With the residual (or minus the margin) :math:`z` and the budget :math:`e`,

.. math:: \max_{|\delta|\le e}\psi(z+\delta)=\max\big(\psi(z+e),\psi(z-e)\big),

which is :math:`\psi(z+e)` if :math:`\psi` is nondecreasing. Where this has kinks it is replaced by
its Moreau envelope, shifted by a multiplier (the augmented Lagrangian).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asymp.simulate.convex_curve import Proximable, monotone_zero
from asymp.simulate.curve import Array


@dataclass(frozen=True)
class Local:
    r"""Values, first and second derivatives in :math:`(z,e)`, sample by sample.

    ``multipliers`` and ``points`` are the slopes in the arguments of :math:`\psi` and the
    arguments at which they are its exact subgradients, (1, n) or (2, n).
    """

    value: Array
    by_z: Array
    by_e: Array
    zz: Array
    ze: Array
    ee: Array
    multipliers: Array
    points: Array


@dataclass(frozen=True)
class Rows:
    r"""Attacked loss of all samples.

    Parameters
    ----------
    curve : Proximable
        :math:`\psi`.
    two_sided : bool
        Whether both signs of the perturbation can hurt.
    """

    curve: Proximable
    two_sided: bool

    @property
    def smooth(self) -> bool:
        """Whether no envelope is needed."""
        return not (self.two_sided or self.curve.kinked)

    def arguments(self, z: Array, e: Array) -> Array:
        r"""Arguments of :math:`\psi`, (1, n) or (2, n)."""
        return np.stack([z + e, z - e]) if self.two_sided else (z + e)[None, :]

    def exact(self, arguments: Array) -> Array:
        """Attacked loss."""
        return np.asarray(np.max(self.curve.value(arguments), axis=0))

    def local(self, z: Array, e: Array, multipliers: Array, mu: float) -> Local:
        """Loss or its envelope with derivatives."""
        arguments = self.arguments(z, e)
        if self.smooth:
            slope = self.curve.slope(arguments[0])
            bend = self.curve.curvature(arguments[0])
            value = self.curve.value(arguments[0])
            return Local(value, slope, slope, bend, bend, bend, slope[None, :], arguments)
        shifted = arguments + mu * multipliers
        if self.two_sided:
            points, (pp, pq, qq) = proximal_pair(self.curve, shifted, mu)
            pull = (shifted - points) / mu
            hpp, hpq, hqq = (1 - pp) / mu, -pq / mu, (1 - qq) / mu
            by = (pull[0] + pull[1], pull[0] - pull[1])
            bends = (hpp + 2 * hpq + hqq, hpp - hqq, hpp - 2 * hpq + hqq)
        else:
            point, derivative = self.curve.prox(shifted[0], mu)
            points = point[None, :]
            pull = (shifted - points) / mu
            h = (1 - derivative) / mu
            by, bends = (pull[0], pull[0]), (h, h, h)
        spread = 0.5 * mu * np.sum(pull**2 - multipliers**2, axis=0)
        return Local(self.exact(points) + spread, *by, *bends, pull, points)


def proximal_pair(
    curve: Proximable, shifted: Array, mu: float
) -> tuple[Array, tuple[Array, Array, Array]]:
    r"""Proximal point of :math:`(p,q)\mapsto\max(\psi(p),\psi(q))` and its symmetric derivative.

    Either one argument alone is moved, or both to equal values, with weights
    :math:`\lambda,1-\lambda` found by a root search.

    Parameters
    ----------
    shifted : ndarray, (2, n)

    Returns
    -------
    points : ndarray, (2, n)
    derivative : three ndarrays, (n,)
        Entries pp, pq, qq.
    """
    p0, q0 = shifted
    (p1, dp), (q1, dq) = curve.prox(p0, mu), curve.prox(q0, mu)
    zero, one = np.zeros_like(p0), np.ones_like(p0)
    first = curve.value(p1) >= curve.value(q0)
    second = ~first & (curve.value(q1) >= curve.value(p0))
    points = np.stack([np.where(second, p0, p1), np.where(second, q1, q0)])
    pp, pq, qq = np.where(second, one, dp), zero, np.where(second, dq, one)
    tie = ~(first | second)
    if tie.any():
        points[:, tie], (pp[tie], pq[tie], qq[tie]) = _tied(curve, shifted[:, tie], mu)
    return points, (pp, pq, qq)


def _tied(curve: Proximable, shifted: Array, mu: float) -> tuple[Array, tuple[Array, Array, Array]]:
    p0, q0 = shifted
    if curve.even:
        # |p| = |q|: one proximal problem of half the width, in the mean of p and its mirror.
        mirror = np.where(p0 * q0 < 0, -1.0, 1.0)
        x, dx = curve.prox(0.5 * (p0 + mirror * q0), 0.5 * mu)
        return np.stack([x, mirror * x]), (0.5 * dx, 0.5 * mirror * dx, 0.5 * dx)

    def excess(weight: Array) -> tuple[Array, Array]:
        p, dp = curve.prox(p0, mu * weight)
        q, dq = curve.prox(q0, mu * (1 - weight))
        fall = mu * (dp * curve.slope(p) ** 2 + dq * curve.slope(q) ** 2)
        return curve.value(q) - curve.value(p), np.maximum(fall, np.finfo(float).tiny)

    weight = monotone_zero(excess, np.zeros_like(p0), np.ones_like(p0))
    p, dp = curve.prox(p0, mu * weight)
    q, dq = curve.prox(q0, mu * (1 - weight))
    # Along the tie only the tangent (psi'(q), psi'(p)) is free, and not at a kink.
    tangent = np.stack([curve.slope(q), curve.slope(p)])
    tangent /= np.maximum(np.hypot(*tangent), np.finfo(float).tiny)
    with np.errstate(divide="ignore"):
        bend = tangent[0] ** 2 * (1 / dp - 1) + tangent[1] ** 2 * (1 / dq - 1)
    give = 1 / (1 + bend)
    return np.stack([p, q]), (
        give * tangent[0] ** 2,
        give * tangent[0] * tangent[1],
        give * tangent[1] ** 2,
    )
