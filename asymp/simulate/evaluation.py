r"""Observables of one trained parameter, exact in the population wherever that is possible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from asymp.simulate.attack import attacked_residuals
from asymp.simulate.curve import Array, LossCurve
from asymp.simulate.draw import Draw
from asymp.simulate.training import Trained

OBSERVABLES: dict[str, str] = {
    "standard_risk": "expected squared residual on a new point, exact given the draw",
    "robust_risk": "expected squared residual on an attacked new point, by a real attack",
    "robust_risk_seminorm": "the same by the formula (|r| + eps_test ||theta||_A)^2",
    "train_robust_risk": "mean attacked squared residual on the training points",
    "train_loss": "mean attacked loss on the training points",
    "robust_gap": "robust_risk - train_robust_risk",
    "parameter_norm2": "||theta||^2",
    "gradient_norm2": "theta^T A theta = E||grad f||^2, exact given the draw",
    "interpolated_fraction": "share of training residuals that vanish (NaN for attack='pgd')",
    "optimality_gap": "bound of the relative suboptimality of training",
    "kernel_error": "bound of the series truncation in the exact population matrices",
}

_ZERO = 1e-4
_ROUND_OFF = 1e-9


@dataclass(frozen=True)
class HeldOut:
    """New points: inputs (m, d) with unit teacher field and standard noise."""

    inputs: Array
    signal: Array
    noise: Array


def hold_out(draw: Draw, points: int, rng: np.random.Generator) -> HeldOut:
    """Draw new points for the attack (none where the attacked risk is known exactly)."""
    inputs = rng.standard_normal((points if draw.network else 0, draw.teacher.size))
    return HeldOut(inputs, inputs @ draw.teacher, rng.standard_normal(len(inputs)))


@dataclass(frozen=True)
class Population:
    r"""Exact moments of a trained parameter.

    Parameters
    ----------
    risk : float
        :math:`\mathbb E r^2`.
    bias : float
        :math:`\mathbb E r`, nonzero only if the features have a mean.
    gradient2 : float
        :math:`\theta^\top A\theta`.
    """

    risk: float
    bias: float
    gradient2: float


def gradient2(draw: Draw, theta: Array) -> float:
    r""":math:`\theta^\top A\theta`, infinite for steps unless the function is zero."""
    if draw.rough:
        return float("inf") if theta.any() else 0.0
    return max(float(theta @ (draw.metric @ theta)), 0.0)


def population(draw: Draw, theta: Array, rho: float, tau: float) -> Population:
    """Exact moments of the residual on a new point."""
    explained = 2 * np.sqrt(rho) * float(theta @ draw.cross)
    power = float(theta @ (draw.second_moment @ theta))
    return Population(
        risk=rho + tau**2 - explained + power,
        bias=-draw.mean * float(theta.sum()),
        gradient2=gradient2(draw, theta),
    )


def gaussian_mean_size(moments: Population) -> float:
    r""":math:`\mathbb E|r|` of a Gaussian residual of the given mean and second moment."""
    spread = np.sqrt(max(moments.risk - moments.bias**2, np.finfo(float).tiny))
    z = moments.bias / spread
    density = np.exp(-0.5 * z**2) * np.sqrt(2 / np.pi)
    return float(spread * density + moments.bias * special.erf(z / np.sqrt(2)))


def controlled_mean(values: Array, residuals: Array, risk: float) -> float:
    r"""Mean of ``values`` with :math:`r^2`, whose expectation is known, as control variate."""
    control = residuals**2
    centred = control - control.mean()
    slope = float(centred @ values) / max(float(centred @ centred), np.finfo(float).tiny)
    return float(values.mean()) - slope * (float(control.mean()) - risk)


def robust_risks(
    draw: Draw, held: HeldOut, theta: Array, moments: Population, rho: float, tau: float, eps: float
) -> tuple[float, float]:
    """Attacked risk by the real attack and by the seminorm's formula."""
    length = eps * np.sqrt(moments.gradient2) if eps > 0 else 0.0
    if length == 0:
        return moments.risk, moments.risk
    if draw.network is None:
        exact = moments.risk + 2 * length * gaussian_mean_size(moments) + length**2
        return exact, exact
    labels = np.sqrt(rho) * held.signal + tau * held.noise
    clean = labels - draw.network.features(held.inputs) @ theta
    attacked = attacked_residuals(draw.network, theta, held.inputs, labels, eps)
    size = controlled_mean(np.abs(clean), clean, moments.risk)
    return (
        controlled_mean(attacked**2, clean, moments.risk),
        moments.risk + 2 * length * size + length**2,
    )


def training_sizes(draw: Draw, labels: Array, theta: Array, eps: float) -> Array:
    r"""Attacked sizes :math:`|r_i|+\varepsilon\|\theta\|_A` of the training residuals."""
    residuals = np.abs(labels - draw.features @ theta)
    return np.asarray(residuals + eps * np.sqrt(gradient2(draw, theta)) if eps > 0 else residuals)


def interpolated_fraction(residuals: Array, sizes: Array, labels: Array, atoms: bool) -> float:
    """Share of vanishing residuals.

    The interior-point method leaves them 1e-6 of the mean attacked size and less, and the others
    have a density, so that hardly any lies near the threshold. Without an atom in the
    residuals' law (``atoms``: no kink in the attacked loss) only round-off counts as zero.
    """
    threshold = _ROUND_OFF * float(np.abs(labels).mean())
    if atoms:
        threshold = max(threshold, _ZERO * float(sizes.mean()))
    return float(np.mean(np.abs(residuals) <= threshold))


@dataclass(frozen=True)
class Conditions:
    """Numbers under which one trained parameter is judged."""

    loss: LossCurve
    eps: float
    eps_test: float
    rho: float
    tau: float


def evaluate(
    draw: Draw, held: HeldOut, trained: Trained, sizes: Array, at: Conditions
) -> dict[str, float]:
    """All observables of a trained parameter; ``sizes`` are its attacked training residuals."""
    theta = trained.theta
    moments = population(draw, theta, at.rho, at.tau)
    robust, formula = robust_risks(draw, held, theta, moments, at.rho, at.tau, at.eps_test)
    train = float(np.mean(sizes**2))
    labels = draw.labels(at.rho, at.tau)
    residuals = labels - draw.features @ theta
    atoms = at.eps > 0 or not at.loss.is_square
    return {
        "standard_risk": moments.risk,
        "robust_risk": robust,
        "robust_risk_seminorm": formula,
        "train_robust_risk": train,
        "train_loss": float(np.mean(at.loss.value(sizes))),
        "robust_gap": robust - train,
        "parameter_norm2": float(theta @ theta),
        "gradient_norm2": moments.gradient2,
        "interpolated_fraction": interpolated_fraction(residuals, sizes, labels, atoms),
        "optimality_gap": trained.gap,
        "kernel_error": draw.kernel_error,
    }
