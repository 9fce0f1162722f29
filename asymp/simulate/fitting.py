r"""Training of any problem of the language, and what happens where there is no minimiser.

An even loss with a plain ridge and at most an l2 adversary on the inputs goes to
:mod:`asymp.simulate.training`; everything else to :mod:`asymp.simulate.augmented`. Without a
penalty a minimiser may not exist: a parameter that separates the classes beyond every budget
proves it for losses that fall for ever. Where the loss is flat there, vanishing ridge selects
the separating (interpolating) parameter of least norm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from asymp.problem.adversary import L2Input
from asymp.problem.penalty import Ridge
from asymp.problem.statement import ProblemStatement
from asymp.simulate.augmented import fit
from asymp.simulate.budget import Budget
from asymp.simulate.convex_curve import Between, Curve, monotone_zero
from asymp.simulate.curve import Array
from asymp.simulate.draw import Draw
from asymp.simulate.lowered_loss import Lowered
from asymp.simulate.metric import ridge_metric
from asymp.simulate.objective import Objective
from asymp.simulate.rows import Rows
from asymp.simulate.training import Trained, Training, train
from asymp.simulate.worst_law import train_against_worst_law

_FAR = 100.0
"""Minimisers are looked for up to here; beyond it falling exponentials have no digits."""


@dataclass(frozen=True)
class Task:
    """Everything that one training needs."""

    problem: ProblemStatement
    lowered: Lowered
    draw: Draw
    labels: Array
    budget: Budget
    at: Mapping[str, float]

    @property
    def ridge(self) -> float | None:
        """Strength of the ridge; None if the penalty is another."""
        penalty = self.problem.penalty
        return self.at[penalty.strength] if isinstance(penalty, Ridge) else None

    @property
    def unpenalised(self) -> bool:
        """Whether nothing selects among the minimisers, or only a vanishing ridge."""
        return self.lowered.coordinates is None and not self.ridge

    @property
    def interpolates(self) -> bool:
        """Whether there are as many parameters as samples, and no norm to hold them."""
        samples, directions = self.draw.features.shape
        free = directions + self.problem.intercept
        return free >= samples and not self.budget.norms and not self.budget.per_length

    @property
    def attacked(self) -> bool:
        """Whether any radius is positive."""
        return bool(self.budget.norms) or self.budget.constant + self.budget.per_length > 0

    @property
    def rows(self) -> Rows:
        """Attacked loss."""
        return Rows(self.lowered.curve, self.attacked and not self.lowered.margin)

    def budgets(self, theta: Array) -> Array:
        """Budgets of the training points."""
        total = self.budget.offsets(self.draw)
        return np.asarray(total + sum(norm.of(theta) for norm in self.budget.norms))

    def sizes(self, trained: Trained) -> Array:
        """Attacked sizes of the training residuals."""
        residuals = self.labels - self.draw.features @ trained.theta - trained.intercept
        return np.asarray(np.abs(residuals) + self.budgets(trained.theta))

    def losses(self, trained: Trained) -> Array:
        """Attacked losses of the training points."""
        values = self.draw.features @ trained.theta + trained.intercept
        z = -self.labels * values if self.lowered.margin else self.labels - values
        return self.rows.exact(self.rows.arguments(z, self.budgets(trained.theta)))

    def objective(self) -> Objective:
        """Training problem in general form."""
        labels, features = self.labels, self.draw.features
        margin = self.lowered.margin
        sign = labels if margin else np.ones_like(labels)
        samples, directions = features.shape
        penalty = self.problem.penalty
        return Objective(
            design=sign[:, None] * features if margin else features,
            target=np.zeros_like(labels) if margin else labels,
            rows=self.rows,
            unit=sign if self.problem.intercept else None,
            offset=self.budget.offsets(self.draw),
            ridge=samples * (self.ridge or 0.0),
            metric=ridge_metric(penalty, self.draw) if isinstance(penalty, Ridge) else None,
            coordinates=self.lowered.coordinates,
            weight=samples / directions,
            norms=self.budget.norms,
        )


def fit_task(task: Task) -> Trained:
    """Minimiser with its relative duality gap; NaN where there is none."""
    if task.problem.ambiguity is not None:
        return train_against_worst_law(task)
    size = task.draw.features.shape[1]
    residual = not task.lowered.margin
    if residual and task.unpenalised and task.interpolates and task.ridge is None:
        return absent(size)
    if task.lowered.even is not None and _is_plain(task):
        gradient = getattr(task.problem.penalty, "metric", "identity") == "gradient"
        metric: Literal["identity", "gradient"] = "gradient" if gradient else "identity"
        how = Training(task.lowered.even, task.budget.radius, task.ridge or 0.0, metric)
        return train(task.draw, task.labels, how)
    problem = task.objective()
    pull = task.labels if residual else np.ones_like(task.labels)
    guess = problem.design.T @ pull / sum(problem.design.shape)
    if not task.unpenalised:
        return _trained(problem, guess)
    if residual:
        return (_least_norm if task.interpolates else _plain)(task, problem, guess)
    return _unpenalised_margins(task, problem, guess)


def _is_plain(task: Task) -> bool:
    only_l2 = all(isinstance(a, L2Input) for a in task.problem.adversaries)
    return only_l2 and len(task.problem.adversaries) <= 1 and not task.problem.intercept


def absent(size: int, separable: bool = False) -> Trained:
    """No minimiser."""
    nan = float("nan")
    return Trained(np.full(size, nan), nan, nan, separable)


def _plain(task: Task, problem: Objective, guess: Array) -> Trained:
    return _trained(problem, guess)


def _trained(problem: Objective, guess: Array) -> Trained:
    found = fit(problem, guess)
    return Trained(found.theta, found.gap, found.intercept)


def separates(problem: Objective, theta: Array, b: float) -> bool:
    """Whether every margin stays positive however the norms' adversaries push it."""
    margins = -problem.residual(theta, b)
    return bool(margins.min() > sum(norm.of(theta) for norm in problem.norms))


def _unpenalised_margins(task: Task, problem: Objective, guess: Array) -> Trained:
    found = fit(problem, guess, lambda theta, b: separates(problem, theta, b))
    if not found.stopped:
        return Trained(found.theta, found.gap, found.intercept)
    if task.ridge is None or flat_set(task.lowered.curve) is None:
        return absent(problem.size, separable=True)
    limit = _least_norm(task, problem, found.theta)
    return Trained(limit.theta, limit.gap, limit.intercept, separable=True)


def flat_set(curve: Curve) -> tuple[float, float] | None:
    """Interval on which a curve takes its minimum, None if it takes it nowhere.

    Examples
    --------
    >>> import sympy as sp
    >>> from asymp.simulate.convex_curve import curve_of
    >>> u = sp.Symbol("u", real=True)
    >>> flat_set(curve_of(sp.Max(0, 1 + u), u)), flat_set(curve_of(sp.exp(u), u))
    ((-inf, -1.0), None)
    """
    ends = np.concatenate([[-_FAR], curve.breaks, [_FAR]])
    for k, (low, high) in enumerate(pairwise(ends)):
        inside = low + (high - low) * np.array([0.01, 0.5, 0.99])
        slopes = curve.slope(inside)
        if np.all(slopes == 0):
            return float(low if k else -np.inf), float(np.inf if high == _FAR else high)
        if slopes[0] < 0 < slopes[-1]:
            root = monotone_zero(
                lambda u: (curve.slope(u), curve.curvature(u)), np.array([low]), np.array([high])
            )
            return float(root[0]), float(root[0])
        if k < curve.breaks.size and curve.below[k] <= 0 <= curve.above[k]:
            return float(high), float(high)
    return None


def _least_norm(task: Task, problem: Objective, guess: Array) -> Trained:
    """Parameter of least norm among those of least loss."""
    flat = flat_set(task.lowered.curve)
    if flat is None:
        return absent(problem.size)
    penalty = task.problem.penalty
    limit = Objective(
        problem.design,
        problem.target,
        Rows(Between(*flat), False),
        problem.unit,
        problem.offset,
        ridge=1.0,
        metric=ridge_metric(penalty, task.draw),
        norms=problem.norms,
    )
    return _trained(limit, guess)
