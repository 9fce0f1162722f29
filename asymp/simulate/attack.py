r"""The real attack: projected gradient ascent on the true network.

.. math:: \max_{\|\delta\|\le\varepsilon}\ \big(y-f(x+\delta)\big)^2
          = \max\big(y-\min_\delta f,\ \max_\delta f-y\big)^2,

so f is pushed up and down from each point, whichever hurts more being kept.
"""

from __future__ import annotations

import numpy as np

from asymp.simulate.curve import Array
from asymp.simulate.network import Network

STEPS = 10
"""Ascent steps in each direction.

Robust risk missed against 100 steps, at d = 150, N = n = 300, ReLU: 2e-5 of it at eps = 0.3,
5e-4 at eps = 1, 7e-3 at eps = 3.
"""


def push(
    network: Network, theta: Array, inputs: Array, eps: float, upwards: bool, steps: int = STEPS
) -> tuple[Array, Array]:
    r"""Extreme values of f over the balls around the inputs.

    Parameters
    ----------
    inputs : ndarray, (m, d)
    eps : float
        Radius of the balls.
    upwards : bool
        Whether f is maximised or minimised.

    Returns
    -------
    values : ndarray, (m,)
        Best value met.
    shifts : ndarray, (m, d)
        The perturbation that gives it.
    """
    sign = 1.0 if upwards else -1.0
    shift = np.zeros_like(inputs)
    best, best_shift = np.full(len(inputs), -np.inf), shift
    for step in range(steps + 1):
        values, gradients = network.values_and_gradients(inputs + shift, theta)
        better = sign * values > best
        best = np.where(better, sign * values, best)
        best_shift = np.where(better[:, None], shift, best_shift)
        if step < steps:
            # The first step goes to the boundary, later ones turn along it.
            shift = project(shift + sign * eps * _unit(gradients), eps)
    return sign * best, best_shift


def project(shift: Array, eps: float) -> Array:
    """Nearest points of the ball of radius eps, row by row."""
    norms = np.linalg.norm(shift, axis=1, keepdims=True)
    return np.asarray(shift * np.minimum(1.0, eps / np.maximum(norms, np.finfo(float).tiny)))


def attacked_residuals(
    network: Network, theta: Array, inputs: Array, labels: Array, eps: float, steps: int = STEPS
) -> Array:
    r"""Largest :math:`|y-f(x+\delta)|` found over the ball, for each point."""
    if eps == 0 or not theta.any():
        return np.abs(labels - network.features(inputs) @ theta)
    high, _ = push(network, theta, inputs, eps, True, steps)
    low, _ = push(network, theta, inputs, eps, False, steps)
    return np.maximum(high - labels, labels - low)


def _unit(vectors: Array) -> Array:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, np.finfo(float).tiny))
