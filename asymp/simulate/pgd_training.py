r"""Training against the real inner maximum of the finite network.

.. math:: \min_\theta\ F(\theta)=\frac1{2n}\sum_i\max_{\|\delta\|\le\varepsilon}
          \big(y_i-\theta^\top\sigma(W(x_i+\delta))\big)^2+\frac\zeta2\|\theta\|^2

is convex in :math:`\theta`, a maximum of squares of affine functions. Its kink, where pushing f
up and down hurts alike, is smoothed at a falling temperature T,

.. math:: \tfrac12\max(a^2,b^2)\ \le\ T\log\big(e^{a^2/2T}+e^{b^2/2T}\big)\ \le\
          \tfrac12\max(a^2,b^2)+T\log2,

and the gradient of the rest follows from Danskin's theorem at the attacked points. With any
attacks :math:`\delta_{i\pm}` and weights :math:`p_{i+}+p_{i-}=1`

.. math:: \min F\ \ge\ \min_\theta\frac1{2n}\sum_{i,\pm}p_{i\pm}
          \big(y_i-\theta^\top\sigma(W(x_i+\delta_{i\pm}))\big)^2+\frac\zeta2\|\theta\|^2,

a least-squares problem: the duality gap of this training (uninformative, 1, if N > 2n and
there is no ridge).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg, optimize

from asymp.errors import NotDerivable
from asymp.simulate.attack import attacked_residuals, push
from asymp.simulate.curve import Array
from asymp.simulate.draw import Draw
from asymp.simulate.network import Network
from asymp.simulate.training import Trained, Training, train

TEMPERATURES = (1e-1, 1e-2, 1e-3)
"""Smoothing relative to the mean squared label; the last one bounds the bias by 7e-4 of it."""

_ATTACK_STEPS = 4
_MOVES = 60


@dataclass(frozen=True)
class Attacked:
    r"""Features, residuals and weights of the training points pushed up and down.

    Parameters
    ----------
    features : ndarray, (2, n, N)
    residuals, weights : ndarray, (2, n)
        :math:`y_i-\theta^\top\varphi_{i\pm}` and the softmax weights :math:`p_{i\pm}`.
    smooth : ndarray, (n,)
        Smoothed maximum of the halved squares.
    """

    features: Array
    residuals: Array
    weights: Array
    smooth: Array


@dataclass(frozen=True)
class SmoothedRisk:
    """Smoothed attacked training risk as a function of the parameter, with its gradient."""

    network: Network
    inputs: Array
    labels: Array
    eps: float
    zeta: float
    temperature: float

    def attack(self, theta: Array) -> Attacked:
        """Push every training point both ways."""
        pushes = [
            push(self.network, theta, self.inputs, self.eps, upwards, _ATTACK_STEPS)[1]
            for upwards in (True, False)
        ]
        features = np.stack([self.network.features(self.inputs + shift) for shift in pushes])
        residuals = self.labels - features @ theta
        logits = residuals**2 / (2 * self.temperature)
        total = np.logaddexp(logits[0], logits[1])
        return Attacked(features, residuals, np.exp(logits - total), self.temperature * total)

    def __call__(self, theta: Array) -> tuple[float, Array]:
        """Value and gradient."""
        at = self.attack(theta)
        pull = np.einsum("kin,ki->n", at.features, at.weights * at.residuals, optimize=True)
        value = float(at.smooth.mean()) + 0.5 * self.zeta * float(theta @ theta)
        return value, self.zeta * theta - pull / self.labels.size

    def lower_bound(self, theta: Array) -> float:
        """Bound of the unsmoothed minimum from the attacks at one parameter."""
        at = self.attack(theta)
        roots = np.sqrt(at.weights)
        rows = (roots[:, :, None] * at.features).reshape(-1, theta.size)
        right = (roots * self.labels).ravel()
        ridge = np.sqrt(self.labels.size * self.zeta) * np.eye(theta.size)
        rows, right = np.vstack([rows, ridge]), np.append(right, np.zeros(theta.size))
        left = right - rows @ linalg.lstsq(rows, right)[0]
        return float(left @ left) / (2 * self.labels.size)


def train_against_attack(draw: Draw, labels: Array, how: Training) -> tuple[Trained, Array]:
    """Parameter trained against the real attack, and its attacked training residuals.

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
    if how.eps == 0:
        return first, np.abs(labels - draw.features @ first.theta)
    scale = float(np.mean(labels**2))
    theta = first.theta
    for relative in TEMPERATURES:
        risk = SmoothedRisk(draw.network, draw.inputs, labels, how.eps, how.zeta, relative * scale)
        options = {"maxiter": _MOVES, "maxcor": 30}
        theta = optimize.minimize(risk, theta, jac=True, method="L-BFGS-B", options=options).x
    sizes = attacked_residuals(draw.network, theta, draw.inputs, labels, how.eps)
    value = 0.5 * float(np.mean(sizes**2) + how.zeta * theta @ theta)
    return Trained(theta, 1 - risk.lower_bound(theta) / value), sizes
