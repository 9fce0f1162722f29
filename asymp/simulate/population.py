"""Exact moments of a trained parameter on a new point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special

from asymp.problem.statement import ProblemStatement
from asymp.simulate.curve import Array
from asymp.simulate.draw import Draw
from asymp.simulate.noise import variance, variances


@dataclass(frozen=True)
class Population:
    r"""Moments of the prediction :math:`f=\theta^\top\varphi+b` and of the teacher field.

    Parameters
    ----------
    rho : float
        Variance of the teacher field h; for a mixture, squared norm of the class centre.
    overlap : float
        Covariance m of f with h; for a mixture the mean of f in the class +1.
    variance : float
        q, variance of f (within a class).
    mean : float
        Mean of f.
    gradient2 : float
        :math:`\theta^\top A\theta`.
    """

    rho: float
    overlap: float
    variance: float
    mean: float
    gradient2: float

    @property
    def spread2(self) -> float:
        """Variance of h - f."""
        return max(self.rho - 2 * self.overlap + self.variance, 0.0)

    @property
    def excess(self) -> float:
        """Expected (h - f)^2."""
        return self.spread2 + self.mean**2

    @property
    def correlation(self) -> float:
        """Correlation of f with h, zero for the zero function."""
        size = np.sqrt(self.rho * self.variance)
        return float(np.clip(self.overlap / size, -1, 1)) if size > 0 else 0.0


def gradient2(draw: Draw, theta: Array) -> float:
    r""":math:`\theta^\top A\theta`, infinite for steps unless the function is zero."""
    if draw.rough:
        return float("inf") if theta.any() else 0.0
    return max(float(theta @ (draw.metric @ theta)), 0.0)


def population(draw: Draw, theta: Array, rho: float, intercept: float = 0.0) -> Population:
    """Exact moments of a parameter under the draw's features."""
    shift = draw.mean * float(theta.sum())
    power = float(theta @ (draw.second_moment @ theta))
    return Population(
        rho=rho,
        overlap=float(np.sqrt(rho)) * float(theta @ draw.cross),
        variance=max(power - shift**2, 0.0),
        mean=shift + intercept,
        gradient2=gradient2(draw, theta),
    )


def gaussian_mean_size(mean: float, spread: Array) -> Array:
    r""":math:`\mathbb E|r|` of Gaussian residuals of the given mean and deviations."""
    spread = np.maximum(spread, np.finfo(float).tiny)
    z = mean / spread
    density = np.exp(-0.5 * z**2) * np.sqrt(2 / np.pi)
    return np.asarray(spread * density + mean * special.erf(z / np.sqrt(2)))


def standard_risk(problem: ProblemStatement, moments: Population, at: Mapping[str, float]) -> float:
    """Expected squared residual."""
    return moments.excess + variance(problem.noise, at)


def mean_size(problem: ProblemStatement, moments: Population, at: Mapping[str, float]) -> float:
    """Expected size of the residual, where f is Gaussian and the noise has a finite variance."""
    weights, noise = variances(problem.noise, at)
    sizes = gaussian_mean_size(moments.mean, np.sqrt(moments.spread2 + noise))
    return float(weights @ sizes)
