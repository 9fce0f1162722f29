"""Observations of one trained parameter: pruned, under one perturbation, and as a posterior."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import singledispatch
from typing import Any

import numpy as np

from asymp.problem.observation import Posterior, Pruning, UniversalPerturbation
from asymp.problem.statement import ProblemStatement
from asymp.simulate.case import Case
from asymp.simulate.curve import Array
from asymp.simulate.noise import noise_of
from asymp.simulate.population import population, standard_risk
from asymp.simulate.regression_risks import controlled_mean, robust_risks


def names_observed(problem: ProblemStatement) -> dict[str, str]:
    """Names and meanings of what the observations of a problem measure."""
    return {n: m for o in problem.observe for n, m in _meanings(o, problem).items()}


def observe(case: Case) -> dict[str, float]:
    """Everything observed of a trained parameter."""
    return {n: value for o in case.problem.observe for n, value in _measured(o, case).items()}


@singledispatch
def _meanings(observation: Any, problem: ProblemStatement) -> dict[str, str]:
    raise NotImplementedError(type(observation).__name__)


@singledispatch
def _measured(observation: Any, case: Case) -> Mapping[str, float]:
    raise NotImplementedError(type(observation).__name__)


@_meanings.register
def _of_pruning(observation: Pruning, problem: ProblemStatement) -> dict[str, str]:
    found = {"pruned_risk": "standard_risk of the pruned parameter, exact given the draw"}
    if problem.adversaries:
        found["pruned_robust_risk"] = "robust_risk of the pruned parameter, by a real attack"
    else:
        found["pruned_train_risk"] = "mean squared training residual of the pruned parameter"
    return found


def pruned(theta: Array, kept: float) -> Array:
    """The largest entries, by size, a share of them; the others zero.

    Examples
    --------
    >>> pruned(np.array([0.5, -2.0, 1.0, 0.1]), 0.5)
    array([ 0., -2.,  1.,  0.])
    """
    dropped = theta.size - round(kept * theta.size)
    out = theta.copy()
    out[np.argsort(np.abs(theta))[:dropped]] = 0.0
    return out


@_measured.register
def _pruned(observation: Pruning, case: Case) -> Mapping[str, float]:
    task = case.task
    theta = pruned(case.trained.theta, task.at[observation.kept])
    cut = replace(case, trained=replace(case.trained, theta=theta))
    found = {"pruned_risk": standard_risk(case.problem, cut.moments, task.at)}
    if not case.problem.adversaries:
        residuals = task.labels - cut.predictions
        return {**found, "pruned_train_risk": float(np.mean(residuals**2))}
    robust, _ = robust_risks(
        case.problem, task.draw, case.held, cut.trained, cut.moments, case.test, task.at
    )
    return {**found, "pruned_robust_risk": robust}


@_meanings.register
def _of_universal(observation: UniversalPerturbation, problem: ProblemStatement) -> dict[str, str]:
    return {
        "universal_risk": "mean squared residual on held-out points moved along the mean gradient",
        "mean_gradient_norm2": "squared norm of the mean input gradient, exact given the draw",
    }


@_measured.register
def _universal(observation: UniversalPerturbation, case: Case) -> Mapping[str, float]:
    draw, theta, radius = case.task.draw, case.trained.theta, case.task.at[observation.radius]
    moments = population(draw, theta, case.rho, case.trained.intercept)
    risk = standard_risk(case.problem, moments, case.task.at)
    if draw.network is None:  # linear in the inputs: the gradient is the same everywhere
        return {
            "universal_risk": risk + radius**2 * moments.gradient2,
            "mean_gradient_norm2": moments.gradient2,
        }
    assert draw.linear is not None
    mean = draw.linear.T @ theta
    noise = noise_of(case.problem.noise, case.held.noise, case.held.uniform, case.task.at)
    labels = np.sqrt(case.rho) * case.held.signal + noise
    shift = mean * (radius / max(float(np.linalg.norm(mean)), np.finfo(float).tiny))
    inputs, clean = case.held.inputs, draw.network.features(case.held.inputs) @ theta
    risks = [
        controlled_mean(
            (labels - draw.network.features(inputs + sign * shift) @ theta) ** 2,
            labels - clean,
            risk,
        )
        for sign in (1.0, -1.0)
    ]
    # Both signs cost the same in the limit; the larger of two noisy means would be biased.
    return {"universal_risk": float(np.mean(risks)), "mean_gradient_norm2": float(mean @ mean)}


@_meanings.register
def _of_posterior(observation: Posterior, problem: ProblemStatement) -> dict[str, str]:
    return {
        "posterior_variance": "posterior variance of a prediction, exact given the draw",
        "posterior_gradient_variance": "posterior variance of the gradient, exact given the draw",
    }


@_measured.register
def _posterior(observation: Posterior, case: Case) -> Mapping[str, float]:
    draw, variance = case.task.draw, case.task.at[observation.deviation] ** 2
    samples, size = draw.features.shape
    precision = draw.features.T @ draw.features / samples + (case.task.ridge or 0.0) * np.eye(size)
    if not case.task.ridge and size >= samples:
        return dict.fromkeys(("posterior_variance", "posterior_gradient_variance"), float("inf"))
    inverse = np.linalg.inv(precision)
    return {
        "posterior_variance": variance * float(np.sum(inverse * draw.second_moment)) / samples,
        "posterior_gradient_variance": variance * float(np.sum(inverse * draw.metric)) / samples,
    }
