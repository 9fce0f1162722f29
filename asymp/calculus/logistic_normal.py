r"""Gaussian averages of the logistic function and its derivatives: labels drawn by a logit law.

.. math:: L_k(\mu,v) = \mathbb E\,\sigma^{(k)}(\mu+\sqrt v\,Z),\qquad \sigma(x)=1/(1+e^{-x}).
"""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import sympy as sp
from sympy.core.function import ArgumentIndexError

from asymp.calculus.primitives import Primitive

HIGHEST = 3
NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)


class logistic_normal(Primitive):
    r""":math:`L_k(\mu,v)`: derivatives are those of higher order, by the heat equation.

    Examples
    --------
    >>> m, v = sp.symbols("m v", positive=True)
    >>> logistic_normal(0, m, v).diff(m), logistic_normal(0, m, v).diff(v)
    (logistic_normal(1, m, v), logistic_normal(2, m, v)/2)
    >>> logistic_normal(0, 0, 1).evalf(12)
    0.500000000000
    """

    kernel_name = "logistic_normal"
    nargs = (3,)

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        r""":math:`\partial_\mu L_k=L_{k+1}` and :math:`\partial_vL_k=\frac12L_{k+2}`."""
        order, mean, variance = self.args
        if argindex == 2:
            return logistic_normal(order + 1, mean, variance)
        if argindex == 3:
            return logistic_normal(order + 2, mean, variance) / 2
        raise ArgumentIndexError(self, argindex)

    def _latex(self, printer: Any) -> str:
        order, mean, variance = self.args
        primes = "'" * int(order)
        spread = printer._print(sp.sqrt(variance))
        return rf"\mathbb E_Z\,\sigma{primes}\!\left({printer._print(mean)}+{spread}\,Z\right)"

    @staticmethod
    def mp(order: Any, mean: Any, variance: Any) -> Any:
        """By quadrature; floats in double precision."""
        if all(isinstance(x, float | int) for x in (order, mean, variance)):
            return _in_doubles(int(order), mean, math.sqrt(variance))
        deviation = mpmath.sqrt(variance)
        reach = mpmath.sqrt(2 * mpmath.mp.prec * mpmath.log(2)) + 2
        width = min(mpmath.mpf(2), 2 / deviation)
        cut, count = -mean / deviation, 12
        points = {-reach, reach, *(k for k in range(-int(reach), int(reach) + 1, 2))}
        points |= {cut + k * width for k in range(-count, count + 1)}

        def integrand(z: Any) -> Any:
            return mpmath.npdf(z) * _derivative(int(order), mean + deviation * z)

        return mpmath.quad(integrand, sorted(p for p in points if -reach <= p <= reach))


def _derivative(order: int, x: Any) -> Any:
    """Derivative of the logistic function, from both tails."""
    small = mpmath.exp(-abs(x))
    high, low = 1 / (1 + small), small / (1 + small)
    p, r = (high, low) if x > 0 else (low, high)
    return (p, p * r, p * r * (r - p), p * r * (1 - 6 * p * r))[order]


def _in_doubles(order: int, mean: float, deviation: float) -> float:
    """Gauss-Legendre on panels that resolve both the Gaussian and the logistic function."""
    cut, scale = -mean / deviation, 2 / max(deviation, 1.0)
    near = cut + scale * np.arange(-20, 21)
    ends = np.unique(np.concatenate((np.arange(-10.0, 11.0), near[np.abs(near) < 10])))
    half = 0.5 * np.diff(ends)[:, None]
    z = 0.5 * (ends[1:] + ends[:-1])[:, None] + half * NODES
    weights = half * WEIGHTS * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    x = mean + deviation * z
    small = np.exp(-np.abs(x))
    high, low = 1 / (1 + small), small / (1 + small)
    p, r = np.where(x > 0, high, low), np.where(x > 0, low, high)
    values = (p, p * r, p * r * (r - p), p * r * (1 - 6 * p * r))[order]
    return float(np.sum(weights * values))
