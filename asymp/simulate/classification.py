r"""Errors of a binary classifier on new points.

With a Gaussian prediction :math:`f\sim N(b,q)` of covariance m with the teacher field, the error
:math:`\mathbb P(yf<e)` within a budget e is closed by Owen's T function for signs of Gaussian
fields, and one integral over h for logit labels. A real network is measured on held-out points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy import special

from asymp.problem.labels import LogitLabels
from asymp.problem.statement import ProblemStatement
from asymp.simulate.attack import push
from asymp.simulate.budget import Budget
from asymp.simulate.curve import Array
from asymp.simulate.draw import Draw
from asymp.simulate.held_out import HeldOut
from asymp.simulate.kernel import gaussian_quadrature
from asymp.simulate.labels import latent_deviation, positive_probability
from asymp.simulate.population import Population
from asymp.simulate.training import Trained


def gaussian_error(
    problem: ProblemStatement, moments: Population, budget: float, at: Mapping[str, float]
) -> float:
    r"""Probability :math:`\mathbb P(yf<e)` where prediction and teacher field are Gaussian."""
    spread = float(np.sqrt(moments.variance))
    if spread == 0:
        return _constant_error(problem, moments.mean, budget, at)
    if problem.is_mixture:
        return _mixture_error(at[problem.labels.balance], moments, spread, budget)
    high, low = ((sign * budget - moments.mean) / spread for sign in (1, -1))
    if isinstance(problem.labels, LogitLabels):
        return _logit_error(problem, moments, (high, low), at)
    total = moments.rho + latent_deviation(problem, at) ** 2
    r = np.clip(moments.overlap / (spread * np.sqrt(total)), -1, 1)
    tilt = r / np.sqrt(max((1 - r) * (1 + r), np.finfo(float).tiny))
    owen = special.owens_t(high, tilt) + special.owens_t(low, tilt)
    return float(0.5 * (special.ndtr(high) + special.ndtr(-low)) - owen)


def _constant_error(
    problem: ProblemStatement, mean: float, budget: float, at: Mapping[str, float]
) -> float:
    """Error of a constant prediction; half of the points where it is zero."""
    positive = at[problem.labels.balance] if problem.is_mixture else 0.5
    wrong = [0.5 if s * mean == budget else float(s * mean < budget) for s in (1, -1)]
    return positive * wrong[0] + (1 - positive) * wrong[1]


def _mixture_error(balance: float, moments: Population, spread: float, budget: float) -> float:
    margins = (moments.overlap + moments.mean, moments.overlap - moments.mean)
    wrong = [float(special.ndtr((budget - margin) / spread)) for margin in margins]
    return balance * wrong[0] + (1 - balance) * wrong[1]


def _logit_error(
    problem: ProblemStatement,
    moments: Population,
    ends: tuple[float, float],
    at: Mapping[str, float],
) -> float:
    """Average over the teacher field of the error given it."""
    nodes, weights = gaussian_quadrature(())
    chance = positive_probability(problem, np.sqrt(moments.rho) * nodes, at)
    r = moments.correlation
    rest = np.sqrt(max((1 - r) * (1 + r), np.finfo(float).tiny))
    high, low = (special.ndtr((end - r * nodes) / rest) for end in ends)
    return float(weights @ (chance * high + (1 - chance) * (1 - low)))


def network_errors(
    problem: ProblemStatement,
    draw: Draw,
    held: HeldOut,
    trained: Trained,
    budget: Budget,
    at: Mapping[str, float],
    rho: float,
) -> tuple[float, float]:
    """Clean and attacked error of a real network on the held-out points.

    Labels are averaged exactly given the input. The attacked error is the clean one on many
    points plus the harm that the attack does on fewer.
    """
    assert draw.network is not None
    network, theta, b = draw.network, trained.theta, trained.intercept
    sides = _sides(problem, draw, at, rho)
    clean = sum(
        _wrong(network.features(held.clean + step) @ theta + b, chance(held.clean)).mean()
        for step, chance in sides
    )
    length = budget.of(draw, theta)
    if length == 0:
        return float(clean), float(clean)
    reach = budget.radius
    slope = float(np.sqrt(max(float(theta @ (draw.metric @ theta)), 0.0))) if reach > 0 else 0.0
    rest, harm = length - reach * slope, 0.0
    for step, chance in sides:
        inputs = held.inputs + step
        before = _wrong(network.features(inputs) @ theta + b, chance(held.inputs))
        low, high = (push(network, theta, inputs, reach, up)[0] + b for up in (False, True))
        positive, negative = chance(held.inputs)
        after = positive * (low - rest < 0) + negative * (high + rest > 0)
        harm += float((after - before).mean())
    return float(clean), float(clean) + harm


def _sides(
    problem: ProblemStatement, draw: Draw, at: Mapping[str, float], rho: float
) -> list[tuple[Array | float, Callable[[Array], tuple[Array | float, Array | float]]]]:
    """Shifts of the inputs with the probabilities of either label there."""
    if problem.is_mixture:
        balance, centre = at[problem.labels.balance], np.sqrt(rho) * draw.teacher
        return [(centre, lambda x: (balance, 0.0)), (-centre, lambda x: (0.0, 1 - balance))]

    def chance(inputs: Array) -> tuple[Array, Array]:
        positive = positive_probability(problem, np.sqrt(rho) * inputs @ draw.teacher, at)
        return positive, 1 - positive

    return [(0.0, chance)]


def _wrong(values: Array, chance: tuple[Array | float, Array | float]) -> Array:
    positive, negative = chance
    return np.asarray(positive * (values < 0) + negative * (values > 0))
