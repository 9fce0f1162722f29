r"""The second-order cone :math:`\{(t,z):\ \|z\|\le t\}` of the seminorm constraint.

Tails are those of :math:`z=B\theta` itself, not of the parameter. Scaling after Nesterov and Todd
(1997), in the form common to conic solvers: :math:`W y=W^{-1}s` with
:math:`W^2=\beta^2(2\bar w\bar w^\top-J)`, :math:`J=\mathrm{diag}(1,-1,\dots,-1)`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ConeVector:
    """Head :math:`t` and tail :math:`z`."""

    head: float
    tail: Array

    def plus(self, other: ConeVector, length: float = 1.0) -> ConeVector:
        """Sum with a multiple of another vector."""
        return ConeVector(self.head + length * other.head, self.tail + length * other.tail)

    def times(self, factor: float) -> ConeVector:
        """Scalar multiple."""
        return ConeVector(factor * self.head, factor * self.tail)

    def mirrored(self) -> ConeVector:
        """Image under :math:`J`."""
        return ConeVector(self.head, -self.tail)

    def dot(self, other: ConeVector) -> float:
        """Inner product."""
        return float(self.head * other.head + self.tail @ other.tail)

    def margin(self) -> float:
        r""":math:`t^2-\|z\|^2`, positive inside; factored, as both terms may nearly agree."""
        norm = float(np.linalg.norm(self.tail))
        return (self.head - norm) * (self.head + norm)

    def product(self, other: ConeVector) -> ConeVector:
        """Jordan product."""
        return ConeVector(self.dot(other), self.head * other.tail + other.head * self.tail)

    def divide(self, product: ConeVector) -> ConeVector:
        """Other factor of a Jordan product."""
        across = float(self.tail @ product.tail)
        head = (self.head * product.head - across) / self.margin()
        return ConeVector(head, (product.tail - head * self.tail) / self.head)

    def longest(self, d: ConeVector) -> float:
        """Largest length at which self + length * d stays in the cone (inf if always)."""
        bend = d.head**2 - float(d.tail @ d.tail)
        slope = self.dot(d.mirrored())
        level = self.margin()
        root = slope**2 - bend * level
        bounds = [-self.head / d.head] if d.head < 0 else []
        if root >= 0:
            pivot = -(slope + np.copysign(np.sqrt(root), slope))
            candidates = [pivot / bend if bend else np.inf, level / pivot if pivot else np.inf]
            bounds += [x for x in candidates if x > 0]
        return float(min(bounds, default=np.inf))


@dataclass(frozen=True)
class Scaling:
    r"""Nesterov-Todd scaling of a primal-dual pair inside the cone."""

    point: ConeVector
    beta: float

    @staticmethod
    def of(primal: ConeVector, dual: ConeVector) -> Scaling:
        """Scaling that maps the dual and the primal vector to one point.

        Raises
        ------
        FloatingPointError
            If round-off has taken one of the two out of the cone.
        """
        size_primal, size_dual = primal.margin(), dual.margin()
        if not min(size_primal, size_dual) > 0:
            raise FloatingPointError("an iterate has left the cone")
        s, y = primal.times(size_primal**-0.5), dual.times(size_dual**-0.5)
        gamma = np.sqrt(0.5 * (1 + s.dot(y)))
        point = s.plus(y.mirrored()).times(0.5 / gamma)
        return Scaling(point, float((size_primal / size_dual) ** 0.25))

    def apply(self, a: ConeVector) -> ConeVector:
        """:math:`W a`."""
        return _scaled(self.point, a).times(self.beta)

    def unapply(self, a: ConeVector) -> ConeVector:
        """:math:`W^{-1} a`."""
        return _scaled(self.point.mirrored(), a).times(1 / self.beta)

    def unapply_twice(self, a: ConeVector) -> ConeVector:
        """:math:`W^{-2} a`."""
        w = self.point.mirrored()
        return w.times(2 * w.dot(a)).plus(a.mirrored(), -1).times(self.beta**-2)

    def aim(
        self, dual: ConeVector, target: float, bent: tuple[ConeVector, ConeVector] | None = None
    ) -> ConeVector:
        r"""Where the linearised complementarity equation takes the dual vector.

        .. math:: W^{-1}\big(\lambda\backslash(\mu e-\lambda\circ\lambda
                  -W^{-1}\dot s\circ W\dot y)\big),\qquad\lambda=Wy,

        with :math:`(\dot s,\dot y)` the predictor ``bent`` of the primal and the dual vector.
        """
        point = self.apply(dual)
        aim = ConeVector(target, 0.0 * point.tail).plus(point.product(point), -1)
        if bent is not None:
            aim = aim.plus(self.unapply(bent[0]).product(self.apply(bent[1])), -1)
        return self.unapply(point.divide(aim))


def _scaled(w: ConeVector, a: ConeVector) -> ConeVector:
    across = float(w.tail @ a.tail)
    factor = a.head + across / (1 + w.head)
    return ConeVector(w.head * a.head + across, a.tail + factor * w.tail)
