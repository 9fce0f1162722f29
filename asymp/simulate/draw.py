r"""One draw of the finite problem: training features, labels and the population matrices.

The draw does not depend on :math:`\varepsilon,\zeta,\tau,\rho`, so that points which differ in
these alone share it: their differences are then free of most of the sampling noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from asymp.simulate.coordinates import Coordinates, gradient_coordinates
from asymp.simulate.curve import Array
from asymp.simulate.network import Network, Nonlinearity, sphere

Model = Literal["real", "equivalent"]


@dataclass(frozen=True)
class Sizes:
    """Input dimension d, number of features N and of samples n."""

    inputs: int
    features: int
    samples: int


@dataclass(frozen=True)
class Draw:
    r"""Finite problem with unit teacher: labels are :math:`\sqrt\rho\,h+\tau\xi`.

    Parameters
    ----------
    features : ndarray, (n, N)
        Training features :math:`\varphi(x_i)`.
    inputs : ndarray, (n, d)
        Training inputs.
    signal, noise : ndarray, (n,)
        Unit teacher field :math:`h_i` and standard noise :math:`\xi_i`.
    teacher : ndarray, (d,)
        Unit vector :math:`\beta/\sqrt\rho`.
    second_moment : ndarray, (N, N)
        :math:`\mathbb E[\varphi\varphi^\top]`, mean included.
    cross : ndarray, (N,)
        :math:`\mathbb E[\varphi h]`.
    mean : float
        Common mean :math:`\mu_0` of the features.
    metric : ndarray, (N, N)
        :math:`A`, with :math:`\theta^\top A\theta=\mathbb E\|\nabla f\|^2`.
    network : Network or None
        The function that an adversary attacks; None if the features are no function of the
        input alone, or are linear in it, where the attacked residual is known exactly.
    kernel_error : float
        Bound of the truncation error in the entries of the two matrices.
    rough : bool
        Whether gradients have infinite variance (steps); ``metric`` then means nothing.
    """

    features: Array
    inputs: Array
    signal: Array
    noise: Array
    teacher: Array
    second_moment: Array
    cross: Array
    mean: float
    metric: Array
    network: Network | None
    kernel_error: float = 0.0
    rough: bool = False

    def labels(self, rho: float, tau: float) -> Array:
        """Training labels at a signal variance and a noise deviation."""
        return np.asarray(np.sqrt(rho) * self.signal + tau * self.noise)

    @cached_property
    def gradient_coordinates(self) -> Coordinates:
        """Coordinates in which the metric is the identity."""
        return gradient_coordinates(self.features, self.metric)


def _unit_teacher(dimension: int, rng: np.random.Generator) -> Array:
    return np.asarray(sphere(1, dimension, rng)[0])


def draw_random_features(
    sizes: Sizes, sigma: Nonlinearity, rng: np.random.Generator, model: Model
) -> Draw:
    """Random features of Gaussian inputs, real or Gaussian-equivalent."""
    weights = sphere(sizes.features, sizes.inputs, rng)
    teacher = _unit_teacher(sizes.inputs, rng)
    inputs = rng.standard_normal((sizes.samples, sizes.inputs))
    noise = rng.standard_normal(sizes.samples)
    gram = weights @ weights.T
    network = Network(weights, sigma)
    if model == "real":
        second, error = sigma.value_kernel.matrix(gram)
        slopes, metric_error = sigma.derivative_kernel.matrix(gram)
        metric = gram * slopes
        features = network.features(inputs)
    else:
        second, metric, features = _equivalent(sizes, sigma, rng, gram, inputs @ weights.T)
        error = metric_error = 0.0
    return Draw(
        features=features,
        inputs=inputs,
        signal=inputs @ teacher,
        noise=noise,
        teacher=teacher,
        second_moment=second,
        cross=sigma.value_kernel.linear * (weights @ teacher),
        mean=sigma.value_kernel.mean,
        metric=metric,
        network=network if model == "real" else None,
        kernel_error=max(error, metric_error),
        rough=sigma.rough,
    )


def _equivalent(
    sizes: Sizes, sigma: Nonlinearity, rng: np.random.Generator, gram: Array, fields: Array
) -> tuple[Array, Array, Array]:
    value, derivative = sigma.value_kernel, sigma.derivative_kernel
    spread2 = max(value.second_moment - value.mean**2 - value.linear**2, 0.0)
    kappa2 = max(derivative.second_moment - derivative.mean**2, 0.0)
    noise = rng.standard_normal((sizes.samples, sizes.features))
    features = value.mean + value.linear * fields + np.sqrt(spread2) * noise
    linear = value.linear**2 * gram
    identity = np.eye(sizes.features)
    return linear + spread2 * identity + value.mean**2, linear + kappa2 * identity, features


def draw_isotropic(sizes: Sizes, rng: np.random.Generator) -> Draw:
    """Isotropic Gaussian inputs as their own features."""
    teacher = _unit_teacher(sizes.inputs, rng)
    inputs = rng.standard_normal((sizes.samples, sizes.inputs))
    return Draw(
        features=inputs,
        inputs=inputs,
        signal=inputs @ teacher,
        noise=rng.standard_normal(sizes.samples),
        teacher=teacher,
        second_moment=np.eye(sizes.inputs),
        cross=teacher,
        mean=0.0,
        metric=np.eye(sizes.inputs),
        network=None,
    )
