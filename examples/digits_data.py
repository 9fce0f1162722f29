"""The handwritten digits as a population, and Gaussian populations made to its measure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sklearn.datasets import load_digits

import asymp

Array = np.ndarray
Fit = Callable[[Array, Array], Array]


@dataclass(frozen=True)
class Population:
    """A finite set of inputs and labels, both centred, from which training sets are drawn.

    Parameters
    ----------
    inputs : ndarray, (count, p)
    labels : ndarray, (count,)
    """

    inputs: Array
    labels: Array

    @property
    def width(self) -> int:
        """Number p of features."""
        return self.inputs.shape[1]

    @cached_property
    def covariance(self) -> Array:
        """Covariance of the inputs."""
        return self.inputs.T @ self.inputs / len(self.inputs)

    @cached_property
    def teacher(self) -> Array:
        """Least-squares parameter of the whole population."""
        return np.linalg.solve(self.covariance, self.inputs.T @ self.labels / len(self.labels))

    @cached_property
    def spectrum(self) -> asymp.Spectrum:
        """Measured eigenvalues, teacher alignment and noise."""
        return asymp.Spectrum.from_samples(self.inputs, self.labels)

    @property
    def measured(self) -> dict[str, float]:
        """Noise and teacher variance by the theorem's names."""
        return {"tau": self.spectrum.noise, "rho": self.spectrum.teacher_variance}

    def draws(self, count: int, repeats: int) -> list[tuple[Array, Array]]:
        """Training subsets without replacement, each with all that it leaves for testing."""
        orders = (
            np.random.default_rng([count, k]).permutation(len(self.labels)) for k in range(repeats)
        )
        return [(order[:count], order[count:]) for order in orders]

    def risks(self, count: int, repeats: int, fit: Fit, eps: float) -> dict[str, Array]:
        r"""Risks of trained parameters, one a draw.

        On a linear model the worst of all perturbations :math:`\|\delta\|\le\varepsilon` turns a
        residual r into :math:`|r|+\varepsilon\|\theta\|` exactly.
        """
        rows = []
        for train, test in self.draws(count, repeats):
            theta = fit(self.inputs[train], self.labels[train])
            push = eps * np.linalg.norm(theta)
            seen, new = (np.abs(self.labels[i] - self.inputs[i] @ theta) for i in (train, test))
            rows.append([np.mean(new**2), np.mean((new + push) ** 2), np.mean((seen + push) ** 2)])
        names = ("standard_risk", "robust_risk", "train_robust_risk")
        return dict(zip(names, np.transpose(rows), strict=True))

    def with_gaussian_labels(self, rng: np.random.Generator) -> Population:
        """The same inputs; labels by the linear teacher with independent Gaussian noise."""
        noise = self.spectrum.noise * rng.standard_normal(len(self.labels))
        return centred(self.inputs, self.inputs @ self.teacher + noise)

    def gaussian(self, rng: np.random.Generator) -> Population:
        """As many Gaussian inputs of the same covariance, and such labels."""
        values, vectors = np.linalg.eigh(self.covariance)
        inputs = (rng.standard_normal(self.inputs.shape) * np.sqrt(values)) @ vectors.T
        noise = self.spectrum.noise * rng.standard_normal(len(self.labels))
        return centred(inputs, inputs @ self.teacher + noise)

    def gaussianity(self) -> dict[str, float]:
        r"""Three numbers that would be 1 for a Gaussian population.

        With the leverage :math:`l=x^\top\Sigma^{-1}x` and the residual r of the linear teacher:
        the variance of l over 2p; the mean of :math:`r^2l` over :math:`p\,\mathbb E r^2`; and
        :math:`\mathbb E|r|` over :math:`\sqrt{2\mathbb E r^2/\pi}`.
        """
        leverage = np.sum(self.inputs * np.linalg.solve(self.covariance, self.inputs.T).T, axis=1)
        residual = self.labels - self.inputs @ self.teacher
        power = np.mean(residual**2)
        return {
            "spread of the leverage": np.var(leverage) / (2 * self.width),
            "noise against leverage": np.mean(residual**2 * leverage) / (self.width * power),
            "mean size of the noise": np.mean(np.abs(residual)) / np.sqrt(2 * power / np.pi),
        }


def centred(inputs: Array, labels: Array) -> Population:
    """Population with its means subtracted."""
    return Population(inputs - inputs.mean(axis=0), labels - labels.mean())


def images() -> tuple[Array, Array]:
    """Digits of 8 x 8 pixels in [0, 1], constant pixels dropped; label 1 if even, -1 if odd."""
    found = load_digits()
    pixels = found.data / 16
    return pixels[:, pixels.std(axis=0) > 0], np.where(found.target % 2 == 0, 1.0, -1.0)


def pixels(lit: float = 0.0) -> Population:
    """The pixels themselves as features, p = 61; or those lit in at least that share of images."""
    inputs, labels = images()
    return centred(inputs[:, np.mean(inputs > 0, axis=0) >= lit], labels)


def random_features(width: int = 300, seed: int = 5) -> Population:
    r"""Features :math:`\tanh(Wx)/\sqrt p` with W Gaussian, scaled to fields of variance one."""
    inputs, labels = images()
    inputs = inputs - inputs.mean(axis=0)
    scale = np.sqrt(np.mean(np.sum(inputs**2, axis=1)))
    weights = np.random.default_rng(seed).standard_normal((width, inputs.shape[1])) / scale
    return centred(np.tanh(inputs @ weights.T) / np.sqrt(width), labels)
