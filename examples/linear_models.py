r"""Robust training of linear models, and attacks on them, with NumPy alone.

Nothing here comes from ``asymp``: a comparison of its theory with this is a comparison with
something else. An adversary that moves an input by at most :math:`\varepsilon` changes
:math:`z=\theta^\top x` by at most :math:`\varepsilon s`, :math:`s=\|\theta\|`, so that training
minimises

.. math:: \frac1n\sum_i\ell(y_i,z_i;s)+\frac\zeta2\|\theta\|^2 .
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import linalg, special

Array = np.ndarray


@dataclass(frozen=True)
class Local:
    """Attacked loss of each sample with its derivatives in the prediction z and the norm s."""

    value: Array
    z: Array
    s: Array
    zz: Array
    zs: Array
    ss: Array


Loss = Callable[[Array, Array, float], Local]


def square(labels: Array, z: Array, s: float, *, eps: float, width: float) -> Local:
    r"""Attacked square loss :math:`\frac12(|y-z|+\varepsilon s)^2`, its kink rounded off.

    :math:`|r|` becomes :math:`\sqrt{r^2+w^2}`, which is larger by w at most.
    """
    size = np.hypot(labels - z, width)
    slope, attacked = (z - labels) / size, size + eps * s
    bend = slope**2 + attacked * width**2 / size**3
    one = np.ones_like(z)
    return Local(attacked**2 / 2, attacked * slope, eps * attacked, bend, eps * slope, eps**2 * one)


def logistic(labels: Array, z: Array, s: float, *, eps: float) -> Local:
    r"""Attacked logistic loss :math:`\log(1+e^{-yz+\varepsilon s})`."""
    margin = labels * z - eps * s
    weight = special.expit(-margin)
    bend = weight * (1 - weight)
    value = np.logaddexp(0, -margin)
    return Local(value, -weight * labels, eps * weight, bend, -eps * labels * bend, eps**2 * bend)


def ridge(inputs: Array, labels: Array, zeta: float) -> Array:
    """Ridge regression; for ``zeta = 0`` least squares of least norm."""
    if zeta == 0:
        return np.linalg.lstsq(inputs, labels, rcond=None)[0]
    size, width = inputs.shape
    matrix = inputs.T @ inputs / size + zeta * np.eye(width)
    return linalg.solve(matrix, inputs.T @ labels / size, assume_a="pos")


def train_square(inputs: Array, labels: Array, eps: float, zeta: float) -> Array:
    """Adversarially trained parameter under the square loss.

    The kink is rounded off less and less; at the end the objective is within 1e-5 times the mean
    attacked residual of its minimum.
    """
    if eps == 0:
        return ridge(inputs, labels, zeta)
    # The start is near the minimum: the adversary acts like a ridge of this order.
    theta = ridge(inputs, labels, zeta + eps**2)
    for width in (1e-1, 1e-2, 1e-3, 1e-5):
        theta = _newton(inputs, labels, partial(square, eps=eps, width=width), zeta, theta)
    return theta


def train_logistic(inputs: Array, labels: Array, eps: float, zeta: float) -> Array:
    """Adversarially trained parameter under the logistic loss."""
    return _newton(inputs, labels, partial(logistic, eps=eps), zeta, ridge(inputs, labels, 1.0))


def _newton(inputs: Array, labels: Array, loss: Loss, zeta: float, theta: Array) -> Array:
    """Newton's method with a line search; theta = 0 is not expected to be the minimum."""
    for _ in range(200):
        value, gradient, hessian = _quadratic(inputs, labels, loss, zeta, theta)
        step = linalg.solve(hessian, gradient, assume_a="pos")
        decrement, length = float(gradient @ step), 1.0
        if decrement <= 1e-13 * value:
            return theta
        while _value(inputs, labels, loss, zeta, theta - length * step) > value - 0.1 * (
            length * decrement
        ):
            length /= 2
            if length < 1e-9:
                return theta  # Rounding hides any fall.
        theta = theta - length * step
    raise RuntimeError("training did not converge in 200 Newton steps")


def _value(inputs: Array, labels: Array, loss: Loss, zeta: float, theta: Array) -> float:
    s = float(np.linalg.norm(theta))
    return float(loss(labels, inputs @ theta, s).value.mean() + zeta * s**2 / 2)


def _quadratic(
    inputs: Array, labels: Array, loss: Loss, zeta: float, theta: Array
) -> tuple[float, Array, Array]:
    """Value, gradient and Hessian."""
    size, s = len(labels), float(np.linalg.norm(theta))
    at, unit = loss(labels, inputs @ theta, s), theta / s
    pull = at.s.mean()
    gradient = inputs.T @ at.z / size + pull * unit + zeta * theta
    cross = np.outer(inputs.T @ at.zs / size, unit)
    hessian = (inputs.T * at.zz) @ inputs / size + cross + cross.T
    hessian += (at.ss.mean() - pull / s) * np.outer(unit, unit)
    hessian.flat[:: len(theta) + 1] += pull / s + zeta
    return float(at.value.mean() + zeta * s**2 / 2), gradient, hessian


def ascend(
    theta: Array, inputs: Array, residuals: Array, eps: float, box: tuple[Array, Array] | None
) -> Array:
    r"""Residuals after projected gradient ascent on their square, :math:`\|\delta\|\le\varepsilon`.

    Parameters
    ----------
    box : pair of ndarray, or None
        Lowest and highest admissible inputs. Clipping shortens a perturbation, so that the ball is
        never left.
    """
    shift = np.zeros_like(inputs)
    for _ in range(30):
        current = residuals - shift @ theta
        shift = shift - np.outer(np.sign(current), eps / 2 * theta / np.linalg.norm(theta))
        length = np.linalg.norm(shift, axis=1, keepdims=True)
        shift *= np.minimum(1, eps / np.maximum(length, 1e-300))
        if box is not None:
            shift = np.clip(inputs + shift, *box) - inputs
    return residuals - shift @ theta
