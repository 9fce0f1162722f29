r"""The trained function itself: :math:`f(x)=\theta^\top\sigma(Wx)`, its values and gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from asymp.calculus.hermite_pieces import piecewise_smooth
from asymp.problem.activation import Activation
from asymp.simulate.curve import Array
from asymp.simulate.kernel import CorrelationKernel, correlation_kernel


@dataclass(frozen=True)
class Nonlinearity:
    r"""Activation in numbers: :math:`\sigma`, :math:`\sigma'` and the kernels of both."""

    value: Callable[[Array], Array]
    derivative: Callable[[Array], Array]
    value_kernel: CorrelationKernel
    derivative_kernel: CorrelationKernel


def nonlinearity(activation: Activation) -> Nonlinearity:
    """Lower an activation to numbers, once per simulation."""
    pieces = piecewise_smooth(activation.expression, activation.variable).pieces
    breaks = [float(piece.low) for piece in pieces[1:]]
    value, derivative = activation.numeric(), activation.numeric_derivative()
    return Nonlinearity(
        value, derivative, correlation_kernel(value, breaks), correlation_kernel(derivative, breaks)
    )


@dataclass(frozen=True)
class Network:
    r"""First layer of a two-layer network.

    Parameters
    ----------
    weights : ndarray, (N, d)
        :math:`W`, rows of unit length.
    nonlinearity : Nonlinearity
    """

    weights: Array
    nonlinearity: Nonlinearity

    def features(self, inputs: Array) -> Array:
        r""":math:`\sigma(Wx)` for inputs in rows, (m, d) to (m, N)."""
        return self.nonlinearity.value(inputs @ self.weights.T)

    def values_and_gradients(self, inputs: Array, theta: Array) -> tuple[Array, Array]:
        r""":math:`f(x)`, (m,), and :math:`\nabla_xf(x)`, (m, d)."""
        fields = inputs @ self.weights.T
        values = self.nonlinearity.value(fields) @ theta
        return values, (self.nonlinearity.derivative(fields) * theta) @ self.weights


def sphere(rows: int, dimension: int, rng: np.random.Generator) -> Array:
    """Independent rows, uniform on the unit sphere."""
    gaussian = rng.standard_normal((rows, dimension))
    return np.asarray(gaussian / np.linalg.norm(gaussian, axis=1, keepdims=True))
