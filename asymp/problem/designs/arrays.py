"""Checked arrays and covariances, with one-line errors that name what is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from asymp.errors import InvalidProblem

Array = npt.NDArray[np.float64]

# Eigenvalues below this share of the largest one count as zero: rounding of an eigensolver.
NEGLIGIBLE = 1e-12


def real_array(name: str, given: Any, dimensions: int) -> Array:
    """Finite array of floats with that many dimensions."""
    try:
        found = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise InvalidProblem(f"{name} is not an array of real numbers") from None
    if found.ndim != dimensions or not found.size:
        raise InvalidProblem(
            f"{name} has shape {found.shape}: expected {dimensions} non-empty dimension(s)"
        )
    if not np.isfinite(found).all():
        raise InvalidProblem(f"{name} has entries that are not finite")
    return found


def require_shape(name: str, found: Array, shape: tuple[int, ...], why: str) -> None:
    """Refuse another shape."""
    if found.shape != shape:
        raise InvalidProblem(f"{name} has shape {found.shape}: expected {shape} ({why})")


def covariance_eigen(name: str, given: Any) -> tuple[Array, Array]:
    """Eigenvalues, those within rounding of zero set to zero, and eigenvectors of a covariance.

    Raises
    ------
    InvalidProblem
        If the matrix is not square, symmetric and positive semidefinite, or is zero.
    """
    matrix = real_array(name, given, 2)
    if matrix.shape[0] != matrix.shape[1]:
        raise InvalidProblem(f"{name} has shape {matrix.shape}: a covariance is square")
    size = float(np.abs(matrix).max())
    skew = float(np.abs(matrix - matrix.T).max())
    if skew > 1e-10 * size:  # a product X^T X is symmetric to rounding
        raise InvalidProblem(f"{name} is not symmetric: entries differ by up to {skew:.3g}")
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    top = values[-1]
    if top <= 0 or values[0] < -1e-10 * top:
        raise InvalidProblem(
            f"{name} is not positive semidefinite (or is zero): eigenvalues from {values[0]:.3g} "
            f"to {top:.3g}"
        )
    return np.where(values > NEGLIGIBLE * len(values) * top, values, 0.0), vectors
