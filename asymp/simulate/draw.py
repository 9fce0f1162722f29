r"""One draw of the finite problem: training features, randomness and the population matrices.

The draw depends on nothing but the features' own parameters, so that points which differ in
others alone share it: their differences are then free of most of the sampling noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, singledispatch
from typing import Any, Literal

import numpy as np

from asymp.errors import NotDerivable
from asymp.problem.activation import Activation
from asymp.problem.features import IsotropicGaussian, RandomFeatures
from asymp.simulate.coordinates import Coordinates, gradient_coordinates
from asymp.simulate.curve import Array
from asymp.simulate.network import Network, Nonlinearity, nonlinearity, sphere

Model = Literal["real", "equivalent"]


@dataclass(frozen=True)
class Sizes:
    """Input dimension d, number of features N and of samples n."""

    inputs: int
    features: int
    samples: int


@dataclass(frozen=True)
class Draw:
    r"""Finite problem with unit teacher, before its labels.

    Parameters
    ----------
    features : ndarray, (n, N)
        Training features :math:`\varphi(x_i)`.
    inputs : ndarray, (n, d)
        Training inputs.
    signal, noise, uniform : ndarray, (n,)
        Unit teacher field :math:`h_i`, standard noise :math:`\xi_i`, and a uniform number.
    teacher : ndarray, (d,)
        Unit vector :math:`\beta/\sqrt\rho`.
    lots : ndarray, (d,)
        Uniform numbers of the coordinates: which of them a sparse teacher keeps.
    second_moment : ndarray, (N, N)
        :math:`\mathbb E[\varphi\varphi^\top]`, mean included.
    cross : ndarray, (N,)
        :math:`\mathbb E[\varphi h]`.
    centre : ndarray, (N,)
        What a unit step of the inputs towards a class centre adds to the features.
    family : ndarray, (N, N)
        Matrix T of which covariance and metrics are functions.
    linear : ndarray, (N, d), or None
        Linear part of the features in the inputs; None for the identity.
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
    slope2 : float or None
        :math:`\mathbb E\sigma'(G)^2` of a hidden layer, if there is one.
    """

    features: Array
    inputs: Array
    signal: Array
    noise: Array
    uniform: Array
    teacher: Array
    lots: Array
    second_moment: Array
    cross: Array
    centre: Array
    mean: float
    metric: Array
    family: Array
    network: Network | None
    linear: Array | None = None
    kernel_error: float = 0.0
    rough: bool = False
    slope2: float | None = None

    def with_teacher(self, teacher: Array) -> Draw:
        """The same inputs under another unit teacher."""
        cross = teacher if self.linear is None else self.linear @ teacher
        return replace(self, teacher=teacher, signal=self.inputs @ teacher, cross=cross)

    def moved(self, steps: Array) -> Draw:
        """Every input moved along the unit class centre by its own step."""
        inputs = self.inputs + np.outer(steps, self.teacher)
        if self.network is not None:
            features = self.network.features(inputs)
        else:
            features = self.features + np.outer(steps, self.centre)
        return replace(self, inputs=inputs, features=features, cross=self.centre)

    @cached_property
    def covariance(self) -> Array:
        r"""Covariance of the features, the mean left out."""
        return self.second_moment - self.mean**2

    @cached_property
    def gradient_coordinates(self) -> Coordinates:
        """Coordinates in which the metric is the identity."""
        return gradient_coordinates(self.features, self.metric)


def _unit_teacher(dimension: int, rng: np.random.Generator) -> Array:
    return np.asarray(sphere(1, dimension, rng)[0])


@singledispatch
def draw_features(
    features: Any, sizes: Sizes, rng: np.random.Generator, model: Model, at: Mapping[str, float]
) -> Draw:
    """Draw the finite problem of a feature map; each kind registers its own.

    Parameters
    ----------
    features : FeatureMap
    sizes : Sizes
    rng : Generator
    model : {"real", "equivalent"}
    at : mapping
        Values of the features' own parameters.
    """
    raise NotDerivable(f"features {type(features).__name__} cannot be drawn at finite size")


def uniform_numbers(sizes: Sizes, rng: np.random.Generator) -> tuple[Array, Array]:
    """Uniform numbers of samples and of coordinates, from a stream of their own."""
    spawned = rng.spawn(1)[0]
    return spawned.random(sizes.samples), spawned.random(sizes.inputs)


@draw_features.register
def _(
    features: RandomFeatures,
    sizes: Sizes,
    rng: np.random.Generator,
    model: Model,
    at: Mapping[str, float],
) -> Draw:
    return draw_random_features(sizes, lowered(features.activation), rng, model)


@draw_features.register
def _(
    features: IsotropicGaussian,
    sizes: Sizes,
    rng: np.random.Generator,
    model: Model,
    at: Mapping[str, float],
) -> Draw:
    return draw_isotropic(sizes, rng)


@lru_cache(maxsize=16)
def lowered(activation: Activation) -> Nonlinearity:
    """An activation in numbers, lowered once."""
    return nonlinearity(activation)


def draw_random_features(
    sizes: Sizes, sigma: Nonlinearity, rng: np.random.Generator, model: Model
) -> Draw:
    """Random features of Gaussian inputs, real or Gaussian-equivalent."""
    uniform, lots = uniform_numbers(sizes, rng)
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
    linear = sigma.value_kernel.linear * weights
    return Draw(
        features=features,
        inputs=inputs,
        signal=inputs @ teacher,
        noise=noise,
        uniform=uniform,
        teacher=teacher,
        lots=lots,
        second_moment=second,
        cross=linear @ teacher,
        centre=linear @ teacher,
        mean=sigma.value_kernel.mean,
        metric=metric,
        family=gram,
        network=network if model == "real" else None,
        linear=linear,
        kernel_error=max(error, metric_error),
        rough=sigma.rough,
        slope2=sigma.derivative_kernel.second_moment,
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
    uniform, lots = uniform_numbers(sizes, rng)
    teacher = _unit_teacher(sizes.inputs, rng)
    inputs = rng.standard_normal((sizes.samples, sizes.inputs))
    identity = np.eye(sizes.inputs)
    return Draw(
        features=inputs,
        inputs=inputs,
        signal=inputs @ teacher,
        noise=rng.standard_normal(sizes.samples),
        uniform=uniform,
        teacher=teacher,
        lots=lots,
        second_moment=identity,
        cross=teacher,
        centre=teacher,
        mean=0.0,
        metric=identity,
        family=identity,
        network=None,
    )
