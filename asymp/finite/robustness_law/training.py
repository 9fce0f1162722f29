r"""Two-layer ReLU networks really trained, to look at their gradients afterwards.

Full-batch Adam on the mean square loss, both layers and the biases, without batch normalisation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asymp.errors import InvalidParameter, NotConverged
from asymp.finite.robustness_law.activation import Array
from asymp.finite.robustness_law.data import as_data
from asymp.finite.robustness_law.network import TwoLayer

FIRST, SECOND, TINY = 0.9, 0.999, 1e-8


@dataclass(frozen=True)
class Trained:
    """A trained network, its mean square loss and the steps it took."""

    network: TwoLayer
    loss: float
    steps: int


def train(
    points: Array,
    labels: Array,
    neurons: int,
    *,
    loss: float = 0.02,
    rate: float = 0.005,
    scale: float = 1.0,
    steps: int = 20_000,
    rng: int | np.random.Generator = 0,
) -> Trained:
    r"""Train a two-layer ReLU network until its mean square loss is below a threshold.

    Both layers and the biases follow full-batch Adam with moments 0.9 and 0.999 on
    :math:`\frac1n\sum_i(f(x_i)-y_i)^2`.  Weights start as Gaussian variables of variance
    ``scale**2 / d`` (rows) and ``scale**2 / k`` (output), biases at zero.

    Parameters
    ----------
    points : array_like, shape (n, d)
        Inputs of norm of order one.
    labels : array_like, shape (n,)
        Labels.
    neurons : int
        Width k.
    loss : float
        Training stops below it; 0.02 in the first experiment of Bubeck, Li and Nagaraj (read).
    rate : float
        Step size of Adam.
    scale : float
        Scale of the first weights.
    steps : int
        Greatest number of steps.
    rng : int or numpy.random.Generator
        Seed or generator of the first weights.

    Returns
    -------
    Trained
        The network, its loss and the steps.

    Raises
    ------
    InvalidParameter
        If a setting is not positive or the shapes do not fit.
    NotConverged
        If the loss is not reached.

    Examples
    --------
    >>> from asymp.finite.robustness_law import generic_data, train
    >>> trained = train(*generic_data(30, 10, law="gaussian"), 20)
    >>> trained.loss < 0.02
    True
    """
    x, y = as_data(points, labels)
    for name, value in (("neurons", neurons), ("loss", loss), ("rate", rate), ("scale", scale)):
        if not value > 0:
            raise InvalidParameter(f"{name} = {value}: must be positive")
    generator = np.random.default_rng(rng)
    (n, d), k = x.shape, neurons
    # All weights in one vector: Adam acts on it elementwise, the layers are views.
    weights = np.zeros(k * d + 2 * k)
    W, b, a = weights[: k * d].reshape(k, d), weights[k * d : -k], weights[-k:]
    W[:] = generator.standard_normal((k, d)) * scale / np.sqrt(d)
    a[:] = generator.standard_normal(k) * scale / np.sqrt(k)
    slope = np.empty_like(weights)
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, steps + 1):
        hidden = np.maximum(x @ W.T + b, 0.0)
        residual = hidden @ a - y
        reached = float(residual @ residual) / n
        if reached < loss:
            return Trained(TwoLayer(a.copy(), W.copy(), b.copy()), reached, step - 1)
        back = (hidden > 0) * (residual[:, None] * (2 / n)) * a
        slope[: k * d] = (back.T @ x).ravel()
        slope[k * d : -k] = back.sum(axis=0)
        slope[-k:] = hidden.T @ residual * (2 / n)
        first += (1 - FIRST) * (slope - first)
        second += (1 - SECOND) * (slope**2 - second)
        size = rate * np.sqrt(1 - SECOND**step) / (1 - FIRST**step)
        weights -= size * first / (np.sqrt(second) + TINY)
    raise NotConverged(
        f"loss {reached:.3g} after {steps} steps, not below {loss}: give more neurons than "
        f"k = {k}, more steps or another rate"
    )
