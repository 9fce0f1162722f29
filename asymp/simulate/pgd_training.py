r"""Training against the real inner maximum of the finite network.

.. math:: \min_\theta\ \frac1{2n}\sum_i\max_{\|\delta\|\le\varepsilon}
          \big(y_i-\theta^\top\sigma(W(x_i+\delta))\big)^2+\frac\zeta2\|\theta\|^2

is convex in :math:`\theta`, a maximum of squares of affine functions. Its kink, where pushing f
up and down hurt alike, is smoothed at a falling temperature T,

.. math:: \tfrac12\max(a^2,b^2)\ \le\ T\log\big(e^{a^2/2T}+e^{b^2/2T}\big)\ \le\
          \tfrac12\max(a^2,b^2)+T\log2,

and the gradient of the rest follows from Danskin's theorem at the attacked points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from asymp.errors import NotDerivable
from asymp.simulate.attack import attacked_residuals, push
from asymp.simulate.curve import Array
from asymp.simulate.draw import Draw
from asymp.simulate.training import Trained, Training, train

TEMPERATURES = (1e-1, 1e-2, 1e-3)
"""Smoothing relative to the mean squared label; the last one bounds the bias by 7e-4 of it."""

_ATTACK_STEPS = 4
_MOVES = 60


@dataclass(frozen=True)
class SmoothedRisk:
    """Smoothed attacked training risk as a function of the parameter, with its gradient."""

    draw: Draw
    labels: Array
    eps: float
    zeta: float
    temperature: float

    def __call__(self, theta: Array) -> tuple[float, Array]:
        """Value and gradient."""
        network = self.draw.network
        assert network is not None
        heights, logits, rows = [], [], []
        for upwards in (True, False):
            _, shift = push(network, theta, self.draw.inputs, self.eps, upwards, _ATTACK_STEPS)
            features = network.features(self.draw.inputs + shift)
            residual = self.labels - features @ theta
            heights.append(residual)
            logits.append(residual**2 / (2 * self.temperature))
            rows.append(features)
        total = np.logaddexp(logits[0], logits[1])
        gradient = self.zeta * theta
        for height, logit, features in zip(heights, logits, rows, strict=True):
            gradient = gradient - features.T @ (np.exp(logit - total) * height) / height.size
        value = self.temperature * float(total.mean()) + 0.5 * self.zeta * float(theta @ theta)
        return value, gradient


def train_against_attack(draw: Draw, labels: Array, how: Training) -> tuple[Trained, Array]:
    """Parameter trained against the real attack, and its attacked training residuals.

    The gap reported is |<gradient, theta>| over the smoothed risk at the end: a measure of
    stationarity, not a proof.

    Raises
    ------
    NotDerivable
        If the loss is not the square loss or the features are not those of a real network.
    """
    if draw.network is None or not how.loss.is_square or how.ridge != "identity":
        raise NotDerivable(
            'attack="pgd" trains real random features with the square loss and ridge metric '
            '"identity"; for this problem use attack="seminorm"'
        )
    first = train(draw, labels, how)
    theta, change = first.theta, 0.0
    scale = float(np.mean(labels**2))
    for relative in TEMPERATURES if how.eps > 0 else ():
        risk = SmoothedRisk(draw, labels, how.eps, how.zeta, relative * scale)
        found = optimize.minimize(
            risk, theta, jac=True, method="L-BFGS-B", options={"maxiter": _MOVES, "maxcor": 30}
        )
        theta = found.x
        value, gradient = risk(theta)
        change = float(np.abs(gradient @ theta)) / value
    return Trained(theta, change), attacked_residuals(
        draw.network, theta, draw.inputs, labels, how.eps
    )
