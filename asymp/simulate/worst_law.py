"""Training against the worst law around the sample."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from asymp.errors import NotDerivable
from asymp.problem.penalty import Ridge
from asymp.problem.statement import ProblemStatement
from asymp.simulate.curve import Array
from asymp.simulate.norms import Euclidean
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
