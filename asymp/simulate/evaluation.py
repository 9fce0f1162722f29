"""Observables of one trained parameter, exact in the population wherever that is possible."""

from __future__ import annotations

import numpy as np

from asymp.problem.losses import MarginLoss
from asymp.problem.penalty import NoPenalty, Ridge
from asymp.problem.statement import ProblemStatement
from asymp.simulate.case import Case, training_name
from asymp.simulate.classification import gaussian_error, network_errors
from asymp.simulate.observing import names_observed, observe
from asymp.simulate.population import standard_risk
from asymp.simulate.regression_risks import interpolated_fraction, robust_risks
from asymp.simulate.selection import MEANINGS, selection, selection_names
from asymp.simulate.worst_law import holistic_training_risk

REGRESSION = {
    "standard_risk": "expected squared residual on a new point, exact given the draw",
    "excess_risk": "expected squared distance from the teacher field, exact given the draw",
    "robust_risk": "expected squared residual on an attacked new point, by a real attack",
    "robust_risk_seminorm": "the same by the formula (|r| + budget)^2",
    "robust_gap": "robust_risk - train_robust_risk",
    "interpolated_fraction": "share of training residuals that vanish (NaN for attack='pgd')",
}
BINARY = {
    "classification_error": "probability that y f(x) < 0 on a new point",
    "robust_error": "probability that an attack on a new point makes y f < 0",
    "train_error": "share of training points with y f < 0",
    "train_robust_error": "share of training points with y f below the training budget",
    "robust_gap": "robust_error - train_robust_error",
    "overlap": "covariance of f with the teacher field; with the class for a mixture",
    "field_variance": "variance of f, within a class",
    "correlation": "overlap / sqrt(rho field_variance)",
}
TRAINING = {
    "train_risk": "mean squared residual on the training points",
    "train_loss": "mean loss on the training points",
    "train_robust_risk": "mean attacked squared residual on the training points",
    "train_robust_loss": "mean attacked loss on the training points",
}
WORST_LAW = {"train_holistic_risk": "worst mean attacked squared residual within the KL ball"}
COMMON = {
    "parameter_norm2": "||theta||^2",
    "gradient_norm2": "theta^T A theta = E||grad f||^2, exact given the draw",
    "optimality_gap": "bound of the relative suboptimality of training",
    "kernel_error": "bound of the series truncation in the exact population matrices",
}
INTERCEPT = {"intercept": "trained intercept b"}
SEPARABLE = {"separable_fraction": "whether the data were separable: no unpenalised minimiser"}


def observables_of(problem: ProblemStatement) -> dict[str, str]:
    """Names and meanings of what a simulation of a problem measures."""
    training = training_name(problem)
    kind = BINARY if problem.is_binary else REGRESSION
    found = {name: meaning for name, meaning in kind.items() if name != "robust_gap"}
    if training == "train_robust_risk" or (problem.is_binary and problem.adversaries):
        found["robust_gap"] = kind["robust_gap"]
    found[training] = TRAINING[training]
    if problem.ambiguity is not None:
        found |= WORST_LAW
    found |= {name: MEANINGS[name] for name in selection_names(problem)}
    if problem.intercept:
        found |= INTERCEPT
    if may_separate(problem):
        found |= SEPARABLE
    return found | COMMON | names_observed(problem)


def may_separate(problem: ProblemStatement) -> bool:
    """Whether training may fail to have a minimiser on separable data."""
    return isinstance(problem.loss, MarginLoss) and isinstance(problem.penalty, (Ridge, NoPenalty))


def evaluate(case: Case) -> dict[str, float]:
    """All observables of a trained parameter; NaN where there is none."""
    names = observables_of(case.problem)
    if not case.trained.exists:
        found = dict.fromkeys(names, float("nan"))
    else:
        kind = _binary if case.problem.is_binary else _regression
        found = _common(case) | kind(case)
        if case.problem.ambiguity is not None:
            found["train_holistic_risk"] = holistic_training_risk(case)
        found |= selection(case.problem, case.task.draw, case.trained.theta)
        found |= observe(case)
    if "separable_fraction" in names:
        found["separable_fraction"] = _separable(case)
    return {name: found[name] for name in names}


def _separable(case: Case) -> float:
    """One or zero where training depends on it, NaN under a positive ridge."""
    penalty = case.problem.penalty
    if isinstance(penalty, Ridge) and case.task.at[penalty.strength] > 0:
        return float("nan")
    return float(case.trained.separable)


def _common(case: Case) -> dict[str, float]:
    theta = case.trained.theta
    return {
        training_name(case.problem): case.training,
        "parameter_norm2": float(theta @ theta),
        "gradient_norm2": case.moments.gradient2,
        "intercept": case.trained.intercept,
        "optimality_gap": case.trained.gap,
        "kernel_error": case.task.draw.kernel_error,
    }


def _regression(case: Case) -> dict[str, float]:
    moments, task = case.moments, case.task
    robust, formula = robust_risks(
        case.problem, task.draw, case.held, case.trained, moments, case.test, task.at
    )
    residuals = task.labels - case.predictions
    atoms = task.attacked or task.lowered.curve.kinked
    return {
        "standard_risk": standard_risk(case.problem, moments, task.at),
        "excess_risk": moments.excess,
        "robust_risk": robust,
        "robust_risk_seminorm": formula,
        "robust_gap": robust - case.training,
        "interpolated_fraction": interpolated_fraction(residuals, case.sizes, task.labels, atoms),
    }


def _binary(case: Case) -> dict[str, float]:
    moments, task = case.moments, case.task
    if task.draw.network is None:
        length = case.test.of(task.draw, case.trained.theta)
        clean, attacked = (
            gaussian_error(case.problem, moments, budget, task.at) for budget in (0.0, length)
        )
    else:
        clean, attacked = network_errors(
            case.problem, task.draw, case.held, case.trained, case.test, task.at, case.rho
        )
    margins = task.labels * case.predictions
    fitted = float(np.mean(margins < task.budgets(case.trained.theta)))
    return {
        "classification_error": clean,
        "robust_error": attacked,
        "train_error": float(np.mean(margins < 0)),
        "train_robust_error": fitted,
        "robust_gap": attacked - fitted,
        "overlap": moments.overlap,
        "field_variance": moments.variance,
        "correlation": moments.correlation,
    }
