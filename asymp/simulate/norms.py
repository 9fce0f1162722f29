r"""Norms through which an adversary acts, each as the cone :math:`\{(s,\theta):N(\theta)\le s\}`.

The solver needs half the squared distance to the cone, with two derivatives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asymp.simulate.curve import Array


@dataclass(frozen=True)
class Distance:
    r"""Half the squared distance to the cone and its derivatives in :math:`(s,\theta)`.

    ``tail`` is the derivative as a linear form on :math:`\theta`, ``nearest`` the tail of the
    nearest point; the Hessian is [[corner, side], [side, block]].
    """

    value: float
    head: float
    tail: Array
    nearest: Array
    corner: float
    side: Array
    block: Array


@dataclass(frozen=True)
class Euclidean:
    r"""The norm :math:`a\sqrt{\theta^\top A\theta}`; ``metric`` None means :math:`A=I`."""

    strength: float
    metric: Array | None = None
    sparse = False

    def times(self, theta: Array) -> Array:
        r""":math:`A\theta`."""
        return theta if self.metric is None else self.metric @ theta

    def of(self, theta: Array) -> float:
        """The norm."""
        return self.strength * float(np.sqrt(max(float(theta @ self.times(theta)), 0.0)))

    def diagonal(self, size: int) -> Array:
        """Diagonal of the squared length in which distances are measured."""
        metric = np.ones(size) if self.metric is None else self.metric.diagonal()
        return np.asarray(self.strength**2 * metric)

    def distance(self, head: float, tail: Array) -> Distance:
        """Distance to the cone in the metric's inner product."""
        a2, image = self.strength**2, self.times(tail)
        length = self.strength * float(np.sqrt(max(float(tail @ image), 0.0)))
        matrix = np.eye(tail.size) if self.metric is None else self.metric
        if length <= head:
            return _inside(head, tail)
        if length <= -head:
            value, side = 0.5 * (head**2 + length**2), np.zeros_like(tail)
            return Distance(value, head, a2 * image, 0 * tail, 1.0, side, a2 * matrix)
        gap, along = length - head, a2 * image / length
        tilt = head / length
        block = 0.5 * ((1 - tilt) * a2 * matrix + tilt * np.outer(along, along))
        nearest = 0.5 * (1 + tilt) * tail
        return Distance(
            0.25 * gap**2, -0.5 * gap, 0.5 * gap * along, nearest, 0.5, -0.5 * along, block
        )


@dataclass(frozen=True)
class Absolute:
    r"""The norm :math:`a\sum_j|\theta_j|`; its minimisers have zeros."""

    strength: float
    sparse = True

    def of(self, theta: Array) -> float:
        """The norm."""
        return self.strength * float(np.abs(theta).sum())

    def diagonal(self, size: int) -> Array:
        """Diagonal of the squared length in which distances are measured."""
        return np.full(size, self.strength**2 * size)

    def distance(self, head: float, tail: Array) -> Distance:
        r"""Distance to the cone in :math:`s^2+\|y\|^2`, :math:`y=a\sqrt p\,\theta`.

        The lengths of s and of y are then of one order. With :math:`r=1/\sqrt p` the nearest
        point is :math:`s+\tau` and y soft-thresholded at :math:`r\tau`, where
        :math:`r\sum_j(|y_j|-r\tau)_+=s+\tau`.
        """
        share = 1 / np.sqrt(tail.size)
        scale = self.strength / share
        size, sign = scale * np.abs(tail), np.sign(tail)
        if share * size.sum() <= head:
            return _inside(head, tail)
        if size.max() <= -share * head:
            value, side = 0.5 * (head**2 + float(size @ size)), np.zeros_like(tail)
            identity = np.eye(tail.size)
            return Distance(value, head, scale**2 * tail, 0 * tail, 1.0, side, scale**2 * identity)
        level = _level(size, head, share)
        kept, cut = size > share * level, np.minimum(size, share * level)
        corner = 1 / (1 + share**2 * int(kept.sum()))
        across = scale * share * sign * kept
        block = corner * np.outer(across, across)
        block.flat[:: tail.size + 1] += scale**2 * ~kept
        return Distance(
            0.5 * (level**2 + float(cut @ cut)),
            -level,
            scale * sign * cut,
            sign * (size - cut) / scale,
            corner,
            -corner * across,
            block,
        )


Norm = Euclidean | Absolute


def _inside(head: float, tail: Array) -> Distance:
    return Distance(0.0, 0.0, 0 * tail, tail, 0.0, 0 * tail, np.zeros((tail.size, tail.size)))


def _level(size: Array, head: float, share: float) -> float:
    """Level tau: the largest of those at which exactly the k largest sizes are kept."""
    falling = np.sort(size)[::-1]
    levels = (share * np.cumsum(falling) - head) / (1 + share**2 * np.arange(1, size.size + 1))
    return float(max(levels.max(), -head))
