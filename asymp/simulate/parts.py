r"""The parts of the smoothed training problem: each knows its value and its derivatives.

A part with a kink is the Moreau envelope of width :math:`\mu`, shifted by a multiplier. The
variables are :math:`x=(\theta,b,s_1,\dots,s_K)`, with :math:`s_k` a bound of the k-th norm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from asymp.simulate.convex_curve import Proximable
from asymp.simulate.curve import Array
from asymp.simulate.norms import Distance, Norm
from asymp.simulate.objective import Objective
from asymp.simulate.rows import Local

_TINY = float(np.finfo(float).tiny)


@dataclass
class System:
    """Gradient and Hessian that the parts add to."""

    gradient: Array
    hessian: Array

    @staticmethod
    def of(size: int) -> System:
        """Zero system of that many variables."""
        return System(np.zeros(size), np.zeros((size, size)))

    def add_diagonal(self, size: int, values: Array | float) -> None:
        """Add to the diagonal of the leading block."""
        self.hessian[np.arange(size), np.arange(size)] += values


class Part(Protocol):
    """What the solver asks of a part."""

    def value(self, x: Array) -> float:
        """Value at a point."""

    def add(self, x: Array, system: System) -> None:
        """Add gradient and Hessian."""

    def add_ceiling(self, x: Array, total: Array) -> None:
        """Add the largest diagonal that its Hessian may have near a point."""

    def moved(self, x: Array, narrowing: float) -> Part:
        """The part with its multiplier moved and its envelope narrowed."""


@dataclass(frozen=True)
class RowsPart:
    """The attacked loss of the samples."""

    problem: Objective
    multipliers: Array
    mu: float

    @property
    def columns(self) -> Array:
        """Design with the intercept's column."""
        problem = self.problem
        if problem.unit is None:
            return problem.design
        return np.column_stack([problem.design, problem.unit])

    def local(self, x: Array) -> Local:
        """Loss and its derivatives sample by sample."""
        problem = self.problem
        inner = problem.size + (problem.unit is not None)
        z = problem.target - self.columns @ x[:inner]
        return problem.rows.local(z, problem.offset + x[inner:].sum(), self.multipliers, self.mu)

    def value(self, x: Array) -> float:
        """Sum over the samples."""
        return float(self.local(x).value.sum())

    def add(self, x: Array, system: System) -> None:
        """Add gradient and Hessian."""
        local, columns = self.local(x), self.columns
        inner = columns.shape[1]
        system.gradient[:inner] -= columns.T @ local.by_z
        system.gradient[inner:] += local.by_e.sum()
        bent = local.zz != 0
        rows = columns[bent]
        system.hessian[:inner, :inner] += (rows * local.zz[bent, None]).T @ rows
        mixed = (columns.T @ local.ze)[:, None]
        system.hessian[:inner, inner:] -= mixed
        system.hessian[inner:, :inner] -= mixed.T
        system.hessian[inner:, inner:] += local.ee.sum()

    def add_ceiling(self, x: Array, total: Array) -> None:
        """Every sample bent as far as its envelope allows."""
        columns, bend = self.columns, 4 / self.mu
        if self.problem.rows.smooth:
            local = self.local(x)
            # Where the loss is straight (Huber's outliers), its chord stands for the curvature.
            chord = np.abs(local.by_z).sum() / max(np.abs(local.points).sum(), _TINY)
            bend = max(float(local.zz.max()), float(chord))
        total[: columns.shape[1]] += bend * np.sum(columns**2, axis=0)
        total[columns.shape[1] :] += bend * len(columns)

    def moved(self, x: Array, narrowing: float) -> RowsPart:
        """Multipliers from the envelope's slopes."""
        return replace(self, multipliers=self.local(x).multipliers, mu=narrowing * self.mu)


@dataclass(frozen=True)
class RidgePart:
    """The quadratic penalty."""

    problem: Objective

    def value(self, x: Array) -> float:
        """Half the quadratic form."""
        theta = x[: self.problem.size]
        return 0.5 * float(theta @ self.problem.quadratic(theta))

    def add(self, x: Array, system: System) -> None:
        """Add gradient and Hessian."""
        size, metric = self.problem.size, self.problem.metric
        system.gradient[:size] += self.problem.quadratic(x[:size])
        if metric is None:
            system.add_diagonal(size, self.problem.ridge)
        else:
            system.hessian[:size, :size] += self.problem.ridge * metric

    def add_ceiling(self, x: Array, total: Array) -> None:
        """The quadratic form's own diagonal."""
        metric = self.problem.metric
        diagonal = 1.0 if metric is None else metric.diagonal()
        total[: self.problem.size] += self.problem.ridge * diagonal

    def moved(self, x: Array, narrowing: float) -> RidgePart:
        """It has no kink."""
        return self


@dataclass(frozen=True)
class CoordinatesPart:
    r"""The penalty :math:`c\sum_jr_0(w_j)` of the coordinates :math:`w=\sqrt p\,\theta`."""

    problem: Objective
    curve: Proximable
    multipliers: Array
    mu: float

    def nearest(self, x: Array) -> tuple[Array, Array, Array]:
        """Proximal points, slopes there (times c), and curvatures of the envelope."""
        w, c = self.problem.root * x[: self.problem.size], self.problem.weight
        if not self.curve.kinked:
            return w, c * self.curve.slope(w), c * self.curve.curvature(w)
        shifted = w + self.mu * self.multipliers
        points, derivative = self.curve.prox(shifted, self.mu * c)
        return points, (shifted - points) / self.mu, (1 - derivative) / self.mu

    def value(self, x: Array) -> float:
        """Sum over the coordinates."""
        points, slopes, _ = self.nearest(x)
        total = self.problem.weight * float(self.curve.value(points).sum())
        if not self.curve.kinked:
            return total
        return total + 0.5 * self.mu * float(slopes @ slopes - self.multipliers @ self.multipliers)

    def add(self, x: Array, system: System) -> None:
        """Add gradient and Hessian."""
        _, slopes, curvatures = self.nearest(x)
        system.gradient[: self.problem.size] += self.problem.root * slopes
        system.add_diagonal(self.problem.size, self.problem.root**2 * curvatures)

    def add_ceiling(self, x: Array, total: Array) -> None:
        """Every coordinate bent as far as its envelope allows."""
        bend = 1 / self.mu if self.curve.kinked else float(self.nearest(x)[2].max())
        total[: self.problem.size] += self.problem.root**2 * bend

    def moved(self, x: Array, narrowing: float) -> CoordinatesPart:
        """Multipliers from the envelope's slopes."""
        return replace(self, multipliers=self.nearest(x)[1], mu=narrowing * self.mu)


@dataclass(frozen=True)
class ConePart:
    """The constraint that a norm is at most its bound ``x[place]``."""

    problem: Objective
    norm: Norm
    place: int
    head: float
    tail: Array
    mu: float

    def found(self, x: Array) -> Distance:
        """Distance of the shifted point to the cone."""
        theta = x[: self.problem.size]
        return self.norm.distance(x[self.place] + self.mu * self.head, theta + self.mu * self.tail)

    def value(self, x: Array) -> float:
        """Half the squared distance over the width."""
        return self.found(x).value / self.mu

    def add(self, x: Array, system: System) -> None:
        """Add gradient and Hessian."""
        found, size, k = self.found(x), self.problem.size, self.place
        system.gradient[k] += found.head / self.mu
        system.gradient[:size] += found.tail / self.mu
        system.hessian[k, k] += found.corner / self.mu
        system.hessian[:size, k] += found.side / self.mu
        system.hessian[k, :size] += found.side / self.mu
        system.hessian[:size, :size] += found.block / self.mu

    def form(self, x: Array) -> tuple[float, Array]:
        """Bound of the dual norm, and the linear form on the parameter."""
        found = self.found(x)
        return -found.head / self.mu, found.tail / self.mu

    def add_ceiling(self, x: Array, total: Array) -> None:
        """That of the squared distance to the origin."""
        total[self.place] += 1 / self.mu
        total[: self.problem.size] += self.norm.diagonal(self.problem.size) / self.mu

    def moved(self, x: Array, narrowing: float) -> ConePart:
        """Multipliers from the way to the nearest point of the cone."""
        found = self.found(x)
        shifted = x[: self.problem.size] + self.mu * self.tail
        head, tail = found.head / self.mu, (shifted - found.nearest) / self.mu
        return replace(self, head=head, tail=tail, mu=narrowing * self.mu)
