r"""The second-order cone :math:`\{(t,z):\ \|z\|\le t\}` of the seminorm constraint.

Vectors :math:`z=A^{1/2}b` are held by their coefficients :math:`b`, with inner product
:math:`b^\top A b'`, so that no square root of :math:`A` is formed. Scaling after Nesterov and
Todd (1997), in the form common to conic solvers: :math:`W y=W^{-1}s` with
:math:`W^2=\beta^2(2\bar w\bar w^\top-J)`, :math:`J=\mathrm{diag}(1,-1,\dots,-1)`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

Metric = Callable[[Array], Array]


@dataclass(frozen=True)
class ConeVector:
    """Head :math:`t` and coefficients of the tail :math:`z`."""

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


@dataclass(frozen=True)
class Cone:
    r"""The cone with the metric :math:`b\mapsto Ab` of its tails."""

    metric: Metric

    def dot(self, a: ConeVector, b: ConeVector) -> float:
        """Inner product."""
        return float(a.head * b.head + a.tail @ self.metric(b.tail))

    def margin(self, a: ConeVector) -> float:
        r""":math:`t^2-\|z\|^2`, positive inside; factored, as both terms may nearly agree."""
        norm = float(np.sqrt(max(float(a.tail @ self.metric(a.tail)), 0.0)))
        return (a.head - norm) * (a.head + norm)

    def product(self, a: ConeVector, b: ConeVector) -> ConeVector:
        """Jordan product."""
        return ConeVector(self.dot(a, b), a.head * b.tail + b.head * a.tail)

    def divide(self, a: ConeVector, b: ConeVector) -> ConeVector:
        """Solve :meth:`product` (a, x) = b."""
        across = float(a.tail @ self.metric(b.tail))
        head = (a.head * b.head - across) / self.margin(a)
        return ConeVector(head, (b.tail - head * a.tail) / a.head)

    def longest(self, a: ConeVector, d: ConeVector) -> float:
        """Largest length for which ``a + length * d`` stays in the cone (inf if always)."""
        bend = d.head**2 - float(d.tail @ self.metric(d.tail))
        slope = self.dot(a, d.mirrored())
        level = self.margin(a)
        root = slope**2 - bend * level
        bounds = [-a.head / d.head] if d.head < 0 else []
        if root >= 0:
            pivot = -(slope + np.copysign(np.sqrt(root), slope))
            candidates = [pivot / bend if bend else np.inf, level / pivot if pivot else np.inf]
            bounds += [x for x in candidates if x > 0]
        return float(min(bounds, default=np.inf))


@dataclass(frozen=True)
class Scaling:
    r"""Nesterov-Todd scaling of a primal-dual pair inside the cone."""

    cone: Cone
    point: ConeVector
    beta: float

    @staticmethod
    def of(cone: Cone, primal: ConeVector, dual: ConeVector) -> Scaling:
        """Scaling that maps the dual and the primal vector to one point."""
        size_primal, size_dual = cone.margin(primal), cone.margin(dual)
        s, y = primal.times(size_primal**-0.5), dual.times(size_dual**-0.5)
        gamma = np.sqrt(0.5 * (1 + cone.dot(s, y)))
        point = s.plus(y.mirrored()).times(0.5 / gamma)
        return Scaling(cone, point, float((size_primal / size_dual) ** 0.25))

    def apply(self, a: ConeVector) -> ConeVector:
        """:math:`W a`."""
        return self._scale(self.point, a).times(self.beta)

    def unapply(self, a: ConeVector) -> ConeVector:
        """:math:`W^{-1} a`."""
        return self._scale(self.point.mirrored(), a).times(1 / self.beta)

    def unapply_twice(self, a: ConeVector) -> ConeVector:
        """:math:`W^{-2} a`."""
        w = self.point.mirrored()
        return w.times(2 * self.cone.dot(w, a)).plus(a.mirrored(), -1).times(self.beta**-2)

    def aim(
        self, dual: ConeVector, target: float, bent: tuple[ConeVector, ConeVector] | None = None
    ) -> ConeVector:
        r"""Where the linearised complementarity equation takes the dual vector.

        .. math:: W^{-1}\big(\lambda\backslash(\mu e-\lambda\circ\lambda
                  -W^{-1}\dot s\circ W\dot y)\big),\qquad\lambda=Wy,

        with :math:`(\dot s,\dot y)` the predictor ``bent`` of the primal and the dual vector.
        """
        point = self.apply(dual)
        aim = ConeVector(target, 0.0 * point.tail).plus(self.cone.product(point, point), -1)
        if bent is not None:
            aim = aim.plus(self.cone.product(self.unapply(bent[0]), self.apply(bent[1])), -1)
        return self.unapply(self.cone.divide(point, aim))

    def _scale(self, w: ConeVector, a: ConeVector) -> ConeVector:
        across = float(w.tail @ self.cone.metric(a.tail))
        factor = a.head + across / (1 + w.head)
        return ConeVector(w.head * a.head + across, a.tail + factor * w.tail)
