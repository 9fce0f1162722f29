"""Regressions and metrics that the functions of this room accept."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg

from asymp.conic.seminorm import IDENTITY, Seminorm
from asymp.errors import InvalidParameter
from asymp.symbols.arguments import Array as Array
from asymp.symbols.arguments import finite_array, labelled_points

_ROUND_OFF = 1e-10
"""Share of a metric's largest entry by which its eigenvalues may be below zero."""
_HUGE = 1e100
"""Entries of regressions stay below this, whose square and sums of it do not overflow."""


def regression(features: ArrayLike, labels: ArrayLike) -> tuple[Array, Array]:
    """Features (n, N) and labels (n,), finite and not empty."""
    x, y = labelled_points("features", features, labels, ("n", "N"))
    return _moderate("features", x), _moderate("labels", y)


def leading_axes(names: str, *shapes: tuple[int, ...]) -> tuple[int, ...]:
    """Axes of many samples at once: those of the losses, which come first, and of the rest."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise InvalidParameter(
            f"{names} of shapes {shapes[1:]} do not broadcast against the leading axes "
            f"{shapes[0]} of the losses: give one number each, or one for each sample"
        ) from None


def seminorm_of(metric: ArrayLike | None, root: ArrayLike | None, size: int) -> Seminorm:
    """Seminorm of a metric or of a root; of the identity if both are None."""
    if metric is not None and root is not None:
        raise InvalidParameter("metric and root are both given: give A, or B with A = B^T B")
    if root is not None:
        b = finite_array("root", root, f"(k, {size})")
        if b.ndim != 2 or b.shape[1] != size:
            raise InvalidParameter(f"root of shape {b.shape} must have the shape (k, {size})")
        return Seminorm.of_root(_moderate("root", b))
    if metric is None:
        return IDENTITY
    a = finite_array("metric", metric, f"({size}, {size})")
    if a.shape != (size, size) or not np.allclose(a, a.T, rtol=1e-10, atol=1e-12):
        raise InvalidParameter(f"metric of shape {a.shape} must be symmetric, ({size}, {size})")
    _require_semidefinite(a)
    return Seminorm.of_metric(_moderate("metric", a))


def _require_semidefinite(a: Array) -> None:
    """Refuse a symmetric matrix with an eigenvalue below zero by more than round-off."""
    shift = _ROUND_OFF * float(np.abs(a).max())
    try:
        linalg.cholesky(a + max(shift, np.finfo(float).tiny) * np.eye(len(a)), check_finite=False)
    except linalg.LinAlgError:
        least = float(linalg.eigvalsh(a, subset_by_index=[0, 0])[0])
        raise InvalidParameter(
            f"metric has the eigenvalue {least:g}, not in [0, inf): it must be positive "
            "semidefinite; give A = B^T B, or root = B"
        ) from None


def triangle(seminorm: Seminorm, size: int) -> Array:
    """Upper triangular root of a norm."""
    if seminorm.root is None:
        return np.eye(size)
    if not seminorm.definite:
        raise InvalidParameter(
            "metric is not positive definite: without a ridge it must be (add a small multiple of "
            "the identity, or train with ridge > 0)"
        )
    return seminorm.root


def _moderate(name: str, array: Array) -> Array:
    largest = float(np.abs(array).max(initial=0.0))
    if largest > _HUGE:
        raise InvalidParameter(
            f"{name} holds {largest:g}, which is not in [-{_HUGE:g}, {_HUGE:g}]; rescale it"
        )
    return array
