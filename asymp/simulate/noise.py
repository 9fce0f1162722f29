r"""Noise laws in numbers: draws, variance, and the size of a noisy residual.

All are scale mixtures of Gaussians, :math:`\xi=\tau\sqrt S\,Z`; a draw needs one normal Z and one
uniform U, from which S follows, so that points of different parameters share them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch
from typing import Any

import numpy as np
from scipy import special, stats

from asymp.problem.noise import ContaminatedNoise, GaussianNoise, LaplaceNoise, StudentNoise
from asymp.simulate.curve import Array

_NODES = 96


@singledispatch
def noise_of(law: Any, normal: Array, uniform: Array, at: Mapping[str, float]) -> Array:
    """Noise from one normal and one uniform number a sample."""
    raise NotImplementedError(f"noise {law!r} has no draw")


@singledispatch
def variances(law: Any, at: Mapping[str, float]) -> tuple[Array, Array]:
    """Weights and variances of a finite Gaussian mixture that stands for the law.

    It is the law itself, or a quadrature that is exact to round-off for the mean size of a
    residual whose own variance is not far below the noise's.
    """
    raise NotImplementedError(f"noise {law!r} has no mixture")


def variance(law: Any, at: Mapping[str, float]) -> float:
    """Variance of the noise, infinite for Student's law with at most two degrees of freedom."""
    if isinstance(law, StudentNoise):
        nu = at[law.freedom]
        return at[law.scale] ** 2 * nu / (nu - 2) if nu > 2 else np.inf
    weights, values = variances(law, at)
    return float(weights @ values)


@noise_of.register
def _(law: GaussianNoise, normal: Array, uniform: Array, at: Mapping[str, float]) -> Array:
    return at[law.deviation] * normal


@noise_of.register
def _(law: LaplaceNoise, normal: Array, uniform: Array, at: Mapping[str, float]) -> Array:
    return np.asarray(at[law.deviation] * np.sqrt(-np.log1p(-uniform)) * normal)


@noise_of.register
def _(law: StudentNoise, normal: Array, uniform: Array, at: Mapping[str, float]) -> Array:
    nu = at[law.freedom]
    return np.asarray(at[law.scale] * np.sqrt(nu / stats.chi2.ppf(uniform, nu)) * normal)


@noise_of.register
def _(law: ContaminatedNoise, normal: Array, uniform: Array, at: Mapping[str, float]) -> Array:
    outlier = uniform < at[law.share]
    return np.where(outlier, at[law.outlier_deviation], at[law.deviation]) * normal


@variances.register
def _(law: GaussianNoise, at: Mapping[str, float]) -> tuple[Array, Array]:
    return np.ones(1), np.array([at[law.deviation] ** 2])


@variances.register
def _(law: LaplaceNoise, at: Mapping[str, float]) -> tuple[Array, Array]:
    nodes, weights = special.roots_laguerre(_NODES)
    return weights, at[law.deviation] ** 2 * nodes


@variances.register
def _(law: StudentNoise, at: Mapping[str, float]) -> tuple[Array, Array]:
    # Sizes grow like chi^(-1): that factor goes into the weight of the quadrature, which
    # therefore needs more than one degree of freedom.
    half = at[law.freedom] / 2
    nodes, weights = special.roots_genlaguerre(_NODES, half - 1.5)
    weights = weights * np.sqrt(nodes) * np.exp(-special.gammaln(half))
    return weights, at[law.scale] ** 2 * half / nodes


@variances.register
def _(law: ContaminatedNoise, at: Mapping[str, float]) -> tuple[Array, Array]:
    share = at[law.share]
    values = [at[law.deviation] ** 2, at[law.outlier_deviation] ** 2]
    return np.array([1 - share, share]), np.array(values)
