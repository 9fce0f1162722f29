r"""Augmented Lagrangian with Newton steps for the training problem in general form.

Every part with a kink (a loss, a penalty of the coordinates, the cone of a norm) is replaced by
its Moreau envelope of width :math:`\mu`, shifted by a multiplier: a smooth convex function, which
Newton's method minimises. Moving the multipliers and narrowing the envelopes in turn converges
to the minimiser itself (Rockafellar 1976; with Newton steps, Li, Sun and Toh 2018). The slopes
of the envelopes are exact subgradients, so that each round ends with a duality gap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import linalg

from asymp.simulate.curve import Array
from asymp.simulate.objective import Objective, Trial, duality_gap
from asymp.simulate.parts import ConePart, CoordinatesPart, Part, RidgePart, RowsPart, System

ROUNDS = 150
ENOUGH_STEPS = 300
NEWTON_STEPS = 1500
"""Rounds of multipliers, Newton steps after which ten times the tolerance will do, and Newton
steps after which the best parameter is returned as it is."""

TOLERANCE = 1e-8
"""Relative duality gap aimed at."""

_PATIENCE, _LONG_PATIENCE = 40, 200
_WIDENING = 4.0

_LEAST_DAMPING, _TRUSTED_DAMPING = 1e-13, 1e-9

Outcome = Literal["done", "stopped", "slow"]


@dataclass(frozen=True)
class Fitted:
    """Parameter, intercept, relative duality gap, and whether the search was stopped."""

    theta: Array
    intercept: float
    gap: float
    steps: int = 0
    stopped: bool = False


@dataclass(frozen=True)
class Parts:
    """All parts of a smoothed problem."""

    rows: RowsPart
    ridge: RidgePart | None
    coordinates: CoordinatesPart | None
    cones: tuple[ConePart, ...]

    @property
    def every(self) -> list[Part]:
        """Those that there are."""
        return [part for part in (self.rows, self.ridge, self.coordinates, *self.cones) if part]

    def value(self, x: Array) -> float:
        """Smoothed objective."""
        return sum(part.value(x) for part in self.every)

    def system(self, x: Array) -> System:
        """Gradient and Hessian."""
        system = System.of(x.size)
        for part in self.every:
            part.add(x, system)
        return system

    def ceiling(self, x: Array) -> Array:
        """Largest diagonal that the Hessian may have near a point."""
        total = np.zeros(x.size)
        for part in self.every:
            part.add_ceiling(x, total)
        return total

    def moved(self, x: Array, narrowing: float) -> Parts:
        """Multipliers moved, envelopes narrowed."""
        return Parts(
            self.rows.moved(x, narrowing),
            self.ridge,
            self.coordinates.moved(x, narrowing) if self.coordinates else None,
            tuple(cone.moved(x, narrowing) for cone in self.cones),
        )

    def widened(self, factor: float) -> Parts:
        """Envelopes widened, multipliers kept."""
        return Parts(
            replace(self.rows, mu=factor * self.rows.mu),
            self.ridge,
            replace(self.coordinates, mu=factor * self.coordinates.mu)
            if self.coordinates
            else None,
            tuple(replace(cone, mu=factor * cone.mu) for cone in self.cones),
        )

    def trial(self, x: Array) -> Trial:
        """Dual point that the envelopes give."""
        points, slopes = None, None
        if self.coordinates:
            points, slopes, _ = self.coordinates.nearest(x)
        return Trial(self.rows.local(x), slopes, points, [cone.form(x) for cone in self.cones])

    def parameter(self, x: Array) -> Array:
        """Parameter with coordinates at a kink put there exactly."""
        problem = self.rows.problem
        if self.coordinates and self.coordinates.curve.kinked:
            return self.coordinates.nearest(x)[0] / problem.root
        sparse = [cone.found(x).nearest for cone in self.cones if cone.norm.sparse]
        return sparse[0] if sparse else x[: problem.size]


def fit(
    problem: Objective,
    theta: Array,
    stop: Callable[[Array, float], bool] | None = None,
    tolerance: float = TOLERANCE,
) -> Fitted:
    """Minimise from a first guess down to a relative duality gap.

    Parameters
    ----------
    problem : Objective
    theta : ndarray, (N,)
        First guess; its scale also sets the widths of the envelopes.
    stop : callable, optional
        Ends the search at once where it holds of a parameter and intercept.
    tolerance : float
    """
    parts, x = _start(problem, theta)
    free = problem.unit is not None
    radius = float(np.linalg.norm(theta))
    scale = max(problem.value(0 * theta, 0.0), problem.penalty(theta), np.finfo(float).tiny)
    best = Fitted(theta, 0.0, np.inf)
    aim, spent = 1e-3 * scale, 0
    for _ in range(ROUNDS):
        x, steps, outcome = _newton(parts, x, aim, stop)
        spent += steps
        found, b = parts.parameter(x), float(x[problem.size]) if free else 0.0
        if outcome == "stopped":
            return Fitted(x[: problem.size], b, np.inf, spent, True)
        reach = max(radius, float(np.linalg.norm(found)))
        value = max(problem.value(found, b), 1e-6 * scale)
        gap = duality_gap(problem, found, b, parts.trial(x), reach) / value
        if gap < best.gap:
            best = Fitted(found, b, gap, spent)
        good = 10 * tolerance if spent > ENOUGH_STEPS else tolerance
        if best.gap <= good or spent > NEWTON_STEPS:
            break
        least = (0.002 if problem.smooth else 0.02) * tolerance * value
        aim = max(0.02 * min(gap * value, aim), least)
        parts = parts.widened(_WIDENING) if outcome == "slow" else parts.moved(x, _narrowing(steps))
    return best


def _narrowing(steps: int) -> float:
    """Factor of the widths after that many Newton steps: few mean that the multipliers are good."""
    if steps <= 6:
        return 0.2
    return 0.5 if steps <= 15 else 1.0


def _start(problem: Objective, theta: Array) -> tuple[Parts, Array]:
    """Parts with zero multipliers, and the variables of a first guess."""
    bounds = np.array([norm.of(theta) for norm in problem.norms])
    b = np.zeros(int(problem.unit is not None))
    z, e = problem.residual(theta, 0.0), problem.budget(theta)
    arguments = problem.rows.arguments(z, e)
    spread = float(np.sqrt(np.mean(arguments**2)))
    pull = np.sqrt(np.mean(problem.rows.curve.slope(arguments) ** 2))
    pull = max(float(pull), 1e-3)
    rows = RowsPart(problem, 0 * arguments, spread / pull)
    coordinates = None
    if problem.coordinates is not None:
        size = float(np.sqrt(np.mean((problem.root * theta) ** 2)))
        force = problem.weight * float(np.mean(np.abs(problem.coordinates.slope(np.full(1, size)))))
        mu = size / max(force, 1e-3 * problem.weight)
        coordinates = CoordinatesPart(problem, problem.coordinates, 0 * theta, mu)
    first = problem.size + b.size
    cones = tuple(
        ConePart(
            problem,
            norm,
            first + k,
            0.0,
            0 * theta,
            max(bounds[k], 1e-3 * spread) / (pull * z.size),
        )
        for k, norm in enumerate(problem.norms)
    )
    ridge = RidgePart(problem) if problem.ridge > 0 else None
    return Parts(rows, ridge, coordinates, cones), np.concatenate([theta, b, bounds])


def _newton(
    parts: Parts, x: Array, aim: float, stop: Callable[[Array, float], bool] | None
) -> tuple[Array, int, Outcome]:
    """Newton steps with a line search until the decrement is below the aim.

    An envelope is flat wherever nothing binds, and the Hessian singular there: the steps are
    damped by a share of the largest curvature that the parts may have, which rises while steps
    have to be cut and falls while they are taken whole.
    """
    problem = parts.rows.problem
    patience = _LONG_PATIENCE if problem.smooth else _PATIENCE
    damping, largest = _LEAST_DAMPING, parts.ceiling(x)
    for steps in range(patience):
        if stop is not None and stop(x[: problem.size], _intercept(problem, x)):
            return x, steps, "stopped"
        direction, decrement = _direction(parts.system(x), damping * largest)
        if decrement <= aim and damping <= _TRUSTED_DAMPING:
            better = parts.value(x + direction) <= parts.value(x)
            return (x + direction if better else x), steps, "done"
        length = _length(parts, x, direction, decrement)
        if length == 0 and damping >= 1:
            return x, steps, "done"  # Round-off hides any fall.
        x = x + length * direction
        if length < 0.02:
            damping = min(100 * damping, 1.0)
        elif length == 1:
            damping = max(0.1 * damping, _LEAST_DAMPING)
    return x, patience, "slow"


def _intercept(problem: Objective, x: Array) -> float:
    return float(x[problem.size]) if problem.unit is not None else 0.0


def _direction(system: System, damping: Array) -> tuple[Array, float]:
    """Damped Newton direction and decrement."""
    places = np.diag_indices_from(system.hessian)
    diagonal = system.hessian.diagonal().copy()
    for further in (0.0, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2):
        system.hessian[places] = diagonal + damping + further * (diagonal + diagonal.mean())
        try:
            factor = linalg.cho_factor(system.hessian, lower=True, check_finite=False)
        except linalg.LinAlgError:
            continue
        direction = np.asarray(-linalg.cho_solve(factor, system.gradient, check_finite=False))
        return direction, -float(system.gradient @ direction)
    # Round-off left no positive definite matrix: go down the gradient in the diagonal's scale.
    direction = -system.gradient / (diagonal + damping + np.finfo(float).tiny)
    return direction, -float(system.gradient @ direction)


def _length(parts: Parts, x: Array, direction: Array, decrement: float) -> float:
    """Backtrack until the value falls enough; zero if it never does."""
    before, length = parts.value(x), 1.0
    for _ in range(30):
        if parts.value(x + length * direction) <= before - 1e-4 * length * decrement:
            return length
        length *= 0.5
    return 0.0
