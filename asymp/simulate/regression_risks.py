"""Observables of a regression."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from asymp.problem.statement import ProblemStatement
from asymp.simulate.attack import attacked_residuals
from asymp.simulate.budget import Budget
from asymp.simulate.curve import Array
from asymp.simulate.draw import Draw
from asymp.simulate.held_out import HeldOut
from asymp.simulate.noise import noise_of
from asymp.simulate.population import Population, mean_size, standard_risk
from asymp.simulate.training import Trained

_ZERO = 1e-4
_ROUND_OFF = 1e-9


def controlled_mean(values: Array, residuals: Array, risk: float) -> float:
    r"""Mean of ``values`` with :math:`r^2`, whose expectation is known, as control variate."""
    control = residuals**2
    centred = control - control.mean()
    slope = float(centred @ values) / max(float(centred @ centred), np.finfo(float).tiny)
    return float(values.mean()) - slope * (float(control.mean()) - risk)


def robust_risks(
    problem: ProblemStatement,
    draw: Draw,
    held: HeldOut,
    trained: Trained,
    moments: Population,
    budget: Budget,
    at: Mapping[str, float],
) -> tuple[float, float]:
    """Attacked risk by the real attack and by the seminorms' formula.

    The attack moves the inputs of a real network; labels and weights are moved by the formula.
    """
    risk = standard_risk(problem, moments, at)
    length = budget.of(draw, trained.theta)
    if length == 0 or not np.isfinite(risk):
        return risk, risk
    if draw.network is None:
        exact = risk + 2 * length * mean_size(problem, moments, at) + length**2
        return exact, exact
    noise = noise_of(problem.noise, held.noise, held.uniform, at)
    labels = np.sqrt(moments.rho) * held.signal + noise - trained.intercept
    clean = labels - draw.network.features(held.inputs) @ trained.theta
    reach = budget.radius
    attacked = attacked_residuals(draw.network, trained.theta, held.inputs, labels, reach)
    rest = length - (reach * np.sqrt(moments.gradient2) if reach > 0 else 0.0)
    size = controlled_mean(np.abs(clean), clean, risk)
    return (
        controlled_mean((attacked + rest) ** 2, clean, risk),
        risk + 2 * length * size + length**2,
    )


def interpolated_fraction(residuals: Array, sizes: Array, labels: Array, atoms: bool) -> float:
    """Share of vanishing residuals.

    The solvers leave them 1e-6 of the mean attacked size and less, and the others have a density,
    so that hardly any lies near the threshold. Without an atom in the residuals' law (``atoms``:
    no kink in the attacked loss) only round-off counts as zero.
    """
    threshold = _ROUND_OFF * float(np.abs(labels).mean())
    if atoms:
        threshold = max(threshold, _ZERO * float(sizes.mean()))
    return float(np.mean(np.abs(residuals) <= threshold))
