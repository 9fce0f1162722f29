"""Eigenvalues and teacher alignment of a given covariance or sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from asymp.errors import InvalidProblem
from asymp.problem.designs.arrays import Array, covariance_eigen, real_array, require_shape


@dataclass(frozen=True)
class Measured:
    """A measured spectrum.

    Parameters
    ----------
    values, weights : ndarray, (p,)
    shares : ndarray, (p,), or None
        The teacher's energy in each direction over the total; None for an isotropic teacher.
    variance, noise : float or None
        The teacher's total energy, and the deviation of what it leaves.
    """

    values: Array
    weights: Array
    shares: Array | None = None
    variance: float | None = None
    noise: float | None = None


def project(covariance: Any, teacher: Any) -> Measured:
    """Eigenvalues of a covariance with the alignment of a teacher vector."""
    values, vectors = covariance_eigen("covariance", covariance)
    weights = np.full(len(values), 1 / len(values))
    if teacher is None:
        return Measured(values, weights)
    beta = real_array("teacher", teacher, 1)
    require_shape("teacher", beta, values.shape, "one entry for each input")
    energy = values * (vectors.T @ beta) ** 2
    return Measured(values, weights, *_normalised(energy))


def measure(x: Any, y: Any, centre: bool) -> Measured:
    """Spectrum of the sample covariance, and the teacher by least squares."""
    inputs = real_array("x", x, 2)
    count, size = inputs.shape
    inputs = inputs - inputs.mean(axis=0) if centre else inputs
    if y is None:
        return project(inputs.T @ inputs / count, None)
    labels = real_array("y", y, 1)
    require_shape("y", labels, (count,), "one label a row of x")
    freedom = count - size - int(centre)
    if freedom <= 0:
        raise InvalidProblem(
            f"x has {count} rows and {size} columns: measuring the teacher by least squares needs "
            "more rows than columns; give fewer columns, or leave out y for an isotropic teacher"
        )
    labels = labels - labels.mean() if centre else labels
    values, vectors = covariance_eigen("sample covariance", inputs.T @ inputs / count)
    seen = values > 0
    scores = (vectors.T @ (inputs.T @ labels / count))[seen] / np.sqrt(values[seen])
    left = max(float(labels @ labels - count * scores @ scores), 0.0) / freedom
    energy = np.zeros_like(values)
    energy[seen] = np.maximum(scores**2 - left / count, 0.0)
    weights = np.full(size, 1 / size)
    return Measured(values, weights, *_normalised(energy), noise=float(np.sqrt(left)))


def _normalised(energy: Array) -> tuple[Array, float]:
    total = float(energy.sum())
    if not total > 0:
        raise InvalidProblem("the teacher explains nothing: its energy in every direction is zero")
    return energy / total, total
