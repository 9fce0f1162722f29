"""One experiment on the digits: theory and training at several sample sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import xarray as xr
from digits_data import Population
from linear_models import train_square

import asymp

Array = np.ndarray

OBSERVABLES = {
    "standard_risk": "squared error on new images",
    "robust_risk": "squared error on attacked new images",
    "train_robust_risk": "squared error on attacked training images",
}


@dataclass(frozen=True)
class Outcome:
    """Theory and draws of every observable; the draws have the shape (sizes, repeats)."""

    theory: dict[str, Array]
    draws: dict[str, Array]

    def mean(self, name: str) -> tuple[Array, Array]:
        """Mean and its standard error at every size."""
        draws = self.draws[name]
        return draws.mean(axis=1), draws.std(axis=1, ddof=1) / np.sqrt(draws.shape[1])

    def deviation(self, name: str) -> tuple[Array, Array]:
        """Relative deviation of the mean from the theory, and its standard error."""
        mean, error = self.mean(name)
        return mean / self.theory[name] - 1, error / self.theory[name]


@dataclass(frozen=True)
class Experiment:
    """Training on subsets of several sizes, of a population and of its Gaussian copies.

    Parameters
    ----------
    title : str
    real : Population
    sizes : sequence of int
        Numbers n of training images.
    repeats : int
        Training sets of each size.
    zeta, eps : float
        Ridge, and radius of the perturbation in training and at test time.
    """

    title: str
    real: Population
    sizes: Sequence[int]
    repeats: int
    zeta: float
    eps: float = 0.0

    @cached_property
    def populations(self) -> dict[str, Population]:
        """The digits, the digits with Gaussian labels, and Gaussian inputs with such labels."""
        rng = np.random.default_rng(0)
        return {
            "digits": self.real,
            "Gaussian labels": self.real.with_gaussian_labels(rng),
            "all Gaussian": self.real.gaussian(rng),
        }

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """Each population against the theory with its own measured spectrum."""
        return {name: self.run(population) for name, population in self.populations.items()}

    @property
    def observables(self) -> list[str]:
        """Without an adversary two of the three are one."""
        return [name for name in OBSERVABLES if self.eps > 0 or name != "robust_risk"]

    @property
    def alpha(self) -> Array:
        """Ratios n/p of the sizes."""
        return np.asarray(self.sizes) / self.real.width

    def theory(self, population: Population, alpha: Array) -> xr.Dataset:
        """Limit for Gaussian inputs of the population's measured spectrum."""
        features = asymp.GaussianDesign(population.spectrum)
        thm = asymp.Problem(features=features, adversary=asymp.L2Input()).derive()
        return thm.solve(alpha=alpha, zeta=self.zeta, eps=self.eps, **population.measured)

    def meaning(self, name: str) -> str:
        """What an observable is called here."""
        return OBSERVABLES[name] if self.eps > 0 else OBSERVABLES[name].replace("attacked ", "")

    def run(self, population: Population) -> Outcome:
        """Theory and training of one population."""
        limit = self.theory(population, self.alpha)
        fit = partial(train_square, eps=self.eps, zeta=self.zeta)
        runs = [population.risks(n, self.repeats, fit, self.eps) for n in self.sizes]
        draws = {name: np.array([run[name] for run in runs]) for name in OBSERVABLES}
        return Outcome({name: limit[name].values for name in OBSERVABLES}, draws)
