r"""The trained function itself: :math:`f(x)=\theta^\top\sigma(Wx)`, its values and gradients."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import sympy as sp

from asymp.calculus.hermite.pieces import PiecewiseSmooth
from asymp.problem.activation import Activation
from asymp.simulate.curve import Array, Function
from asymp.simulate.kernel import CorrelationKernel, correlation_kernel


@dataclass(frozen=True)
class Nonlinearity:
    r"""Activation in numbers: :math:`\sigma`, :math:`\sigma'` and the kernels of both.

    ``rough`` says that :math:`\mathbb E\sigma'^2` is infinite (steps); the derivative's kernel
    then means nothing.
    """

    value: Function
    derivative: Function
    value_kernel: CorrelationKernel
    derivative_kernel: CorrelationKernel
    rough: bool = False


def nonlinearity(activation: Activation) -> Nonlinearity:
    """Lower an activation to numbers, once per simulation."""
    function, moments = activation.function, activation.coefficients
    breaks = [float(piece.low) for piece in function.pieces[1:]]
    value = fast(function) or activation.numeric()
    derivative = fast(function.derivative()) or activation.numeric_derivative()
    value_kernel = correlation_kernel(value, breaks)
    derivative_kernel = correlation_kernel(derivative, breaks)
    rough = not np.isfinite(moments.kappa2.value)
    if not rough:
        # The quadrature is plain at integrable singularities; these moments are certified.
        second = moments.derivative_moment.value
        derivative_kernel = replace(derivative_kernel, second_moment=second)
    value_kernel = replace(value_kernel, second_moment=moments.second_moment.value)
    return Nonlinearity(value, derivative, value_kernel, derivative_kernel, rough)


def fast(function: PiecewiseSmooth) -> Function | None:
    """Evaluate a piecewise polynomial without masks (ReLU and its like), or None if it is not one.

    Attacks spend their time in the activation; polynomials are safe on all of the line, so that
    every piece may be evaluated everywhere.
    """
    u = function.variable
    polynomial = (p.expression.is_polynomial(u) for p in function.pieces)
    if not all(polynomial):
        return None
    ends = [float(piece.high) for piece in function.pieces]
    polynomials = [_coefficients(piece.expression, u) for piece in function.pieces]

    def evaluate(x: Array) -> Array:
        out = _horner(polynomials[-1], x)
        for end, coefficients in zip(ends[-2::-1], polynomials[-2::-1], strict=True):
            out = np.where(x < end, _horner(coefficients, x), out)
        return out

    return evaluate


def _coefficients(expression: sp.Expr, u: sp.Symbol) -> list[float]:
    every = sp.Poly(expression, u).all_coeffs()
    return [float(c) for c in every]


def _horner(coefficients: list[float], x: Array) -> Array:
    out = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        out = out * x + coefficient
    return out


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
