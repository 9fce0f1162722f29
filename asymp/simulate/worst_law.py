"""Training against the worst law around the sample, and the holistic value of training losses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from asymp.errors import NotDerivable
from asymp.problem.observation import HolisticRisk
from asymp.problem.penalty import Ridge
from asymp.problem.statement import ProblemStatement
from asymp.simulate.attack import attacked_residuals
from asymp.simulate.curve import Array
from asymp.simulate.noise import noise_of
from asymp.simulate.norms import Euclidean
from asymp.simulate.population import standard_risk
from asymp.simulate.regression_risks import controlled_mean
from asymp.simulate.training import Trained

if TYPE_CHECKING:
    from asymp.simulate.case import Case
    from asymp.simulate.fitting import Task


def require_worst_law(problem: ProblemStatement, attack: str = "seminorm") -> None:
    """Refuse what training against the worst law does not cover.

    Raises
    ------
    NotDerivable
        Naming what does not fit.
    """
    if problem.ambiguity is None:
        return
    if not problem.loss.is_square or problem.is_binary or problem.intercept:
        raise NotDerivable(
            f"ambiguity={problem.ambiguity!r} is simulated for the square loss of a regression "
            "without intercept"
        )
    if not isinstance(problem.penalty, Ridge) or problem.penalty.metric != "identity":
        raise NotDerivable(
            f"ambiguity={problem.ambiguity!r} is simulated with penalty=asymp.Ridge() of the "
            f"identity; penalty={problem.penalty!r}"
        )
    if attack == "pgd":
        raise NotDerivable("attack='pgd' does not train against a worst law: use 'seminorm'")


def train_against_worst_law(task: Task) -> Trained:
    """Minimiser of the holistic robust loss with its relative duality gap.

    Raises
    ------
    NotDerivable
        If the budget is not the radius times one Euclidean norm.
    """
    from asymp.finite.holistic.training import fit_hr

    eps, metric = _seminorm(task)
    radius, ridge = task.at[task.problem.ambiguity.radius], task.ridge or 0.0
    samples, size = task.draw.features.shape
    if eps == 0 and ridge == 0 and size >= samples:
        # Every loss vanishes, whatever the law: of the interpolators that of least norm.
        return train_plainly(task)
    fit = fit_hr(
        task.draw.features, task.labels, eps=eps, r=radius, ridge=ridge, metric=metric
    )  # fmt: skip
    return Trained(fit.theta, fit.gap)


def train_plainly(task: Task) -> Trained:
    """The same task without its ambiguity set."""
    from asymp.simulate.fitting import fit_task

    return fit_task(replace(task, problem=replace(task.problem, ambiguity=None)))


def _seminorm(task: Task) -> tuple[float, Array | None]:
    norms = task.budget.norms
    if not norms and not task.budget.constant and not task.budget.per_length:
        return 0.0, None
    only = norms[0] if len(norms) == 1 else None
    if not isinstance(only, Euclidean) or task.budget.constant or task.budget.per_length:
        raise NotDerivable(
            f"adversary={task.problem.adversary!r} with an ambiguity set is simulated for one "
            "Euclidean seminorm: give asymp.L2Input() alone"
        )
    return only.strength, only.metric


def holistic_training_risk(case: Case) -> float:
    """Worst mean of the attacked squares within the ball, around the training sample."""
    from asymp.finite.holistic.loss import hr_loss

    radius = case.task.at[case.problem.ambiguity.radius]
    return float(hr_loss(case.sizes**2, 0.0, radius))


HOLISTIC = {
    "clipped_train_risk": "mean clipped attacked square on the training points",
    "clipped_test_risk": "mean clipped square on attacked held-out points, by a real attack",
    "holistic_risk": "worst mean within the ball of clipped attacked training squares",
    "covering_radius": "radius at which that is clipped_test_risk of the same draw",
}


def holistic_values(observation: HolisticRisk, case: Case) -> dict[str, float]:
    """Holistic value of the clipped training losses, its losses bounded by the clip."""
    from asymp.finite.holistic.loss import hr_loss

    at = case.task.at
    variance = case.rho + at[case.problem.noise.parameters[0].name] ** 2
    ceiling = at[observation.clip] ** 2 * variance
    losses = np.minimum(case.sizes**2, ceiling)
    test = _clipped_test(case, ceiling)
    return {
        "clipped_train_risk": float(losses.mean()),
        "clipped_test_risk": test,
        "holistic_risk": float(hr_loss(losses, 0.0, at[observation.radius], ceiling)),
        "covering_radius": covering_radius(losses, ceiling, test),
    }


def _clipped_test(case: Case, ceiling: float) -> float:
    """Clipped attacked squares on held-out points, with the clean squares as control variate."""
    task, theta, moments = case.task, case.trained.theta, case.moments
    reach, risk = case.test.radius, standard_risk(case.problem, case.moments, case.task.at)
    if task.draw.network is None:
        return _clipped_gaussian(risk, reach * float(np.sqrt(moments.gradient2)), ceiling)
    noise = noise_of(case.problem.noise, case.held.noise, case.held.uniform, task.at)
    labels = np.sqrt(case.rho) * case.held.signal + noise
    clean = labels - task.draw.network.features(case.held.inputs) @ theta
    attacked = np.abs(clean)
    if reach > 0:
        attacked = attacked_residuals(task.draw.network, theta, case.held.inputs, labels, reach)
    return controlled_mean(np.minimum(attacked**2, ceiling), clean, risk)


def _clipped_gaussian(risk: float, budget: float, ceiling: float) -> float:
    """Clipped mean of (|r| + e)^2 for a Gaussian residual, as for a linear model."""
    from scipy.special import erf, erfc

    edge = max(np.sqrt(ceiling) - budget, 0.0) / np.sqrt(2 * risk)
    bell = np.sqrt(2 * risk / np.pi) * np.exp(-(edge**2))
    square = risk * erf(edge) - np.sqrt(2 * risk) * edge * bell
    mean = np.sqrt(2 * risk / np.pi) - bell
    below = square + 2 * budget * mean + budget**2 * erf(edge)
    return float(below + ceiling * erfc(edge))


def covering_radius(losses: Array, ceiling: float, risk: float) -> float:
    """Least radius at which the holistic value of losses below a ceiling is at least a risk.

    Examples
    --------
    >>> covering_radius(np.array([0.0, 1.0]), 2.0, 0.5)
    0.0
    >>> round(covering_radius(np.array([1.0, 1.0]), 2.0, 1.5), 12) == round(np.log(2), 12)
    True
    """
    from scipy.optimize import brentq

    from asymp.finite.holistic.loss import hr_loss

    if risk <= losses.mean():
        return 0.0
    if risk >= ceiling:
        return float("inf")

    def excess(radius: float) -> float:
        return float(hr_loss(losses, 0.0, radius, ceiling)) - risk

    high = 1.0
    while excess(high) < 0:
        high *= 2
    return float(brentq(excess, 0.0, high, xtol=1e-12))
