"""What the functions of this room accept, and the sentences with which they refuse the rest."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg

from asymp.errors import InvalidParameter

Array = NDArray[np.float64]

_HUGE = 1e100
"""Entries of regressions stay below this, whose square and sums of it do not overflow."""


def real_array(name: str, value: ArrayLike) -> Array:
    """Float array of real numbers, which may still be infinite or nan."""
    try:
        array = np.asarray(value)
        if array.dtype.kind in "biuf":
            return np.asarray(array, dtype=float)
        if array.dtype.kind == "O":  # fractions, SymPy numbers, None
            return np.asarray([float(x) for x in array.flat], dtype=float).reshape(array.shape)
    except (TypeError, ValueError):
        pass
    raise InvalidParameter(
        f"{name} = {_shortened(value)} holds no real numbers, or rows of different lengths: give "
        "one number or an array of real numbers"
    )


def finite_array(name: str, value: ArrayLike) -> Array:
    """Float array of finite numbers."""
    array = real_array(name, value)
    bad = array[~np.isfinite(array)]
    if bad.size:
        raise InvalidParameter(
            f"{name} must be finite, and hold {bad.flat[0]}: drop or clip such entries"
        )
    return array


def real_number(name: str, value: Any) -> float:
    """One real number, which may still be infinite or nan."""
    array = real_array(name, value)
    if array.ndim:
        raise InvalidParameter(f"{name} has the shape {array.shape}: give one number")
    return float(array)


def nonnegative(name: str, value: Any) -> float:
    """One finite number that is not negative."""
    number = real_number(name, value)
    if not 0 <= number < math.inf:
        raise InvalidParameter(f"{name} = {number:g} is outside [0, inf): move it inside")
    return number


def in_unit(name: str, value: Any, closed: bool = False) -> float:
    """One number between 0, excluded, and 1."""
    number = real_number(name, value)
    if not (0 < number < 1 or (closed and number == 1)):
        domain = "(0, 1]" if closed else "(0, 1)"
        raise InvalidParameter(f"{name} = {number:g} is outside {domain}: move it inside")
    return number


def sample_size(n: Any) -> int:
    """Positive integer."""
    if not (isinstance(n, (int, np.integer)) and 0 < n < 2**63):
        raise InvalidParameter(f"n = {_shortened(n)} is no positive integer: give that of points")
    return int(n)


def regression(features: ArrayLike, labels: ArrayLike) -> tuple[Array, Array]:
    """Features (n, N) and labels (n,), finite and not empty."""
    x, y = finite_array("features", features), finite_array("labels", labels)
    if x.ndim != 2 or y.shape != x.shape[:1] or min(x.shape) == 0:
        raise InvalidParameter(
            f"features of shape {x.shape} and labels of shape {y.shape}: they must be (n, N), "
            "(n,), with n and N at least 1"
        )
    for name, array in (("features", x), ("labels", y)):
        largest = float(np.abs(array).max())
        if largest > _HUGE:
            raise InvalidParameter(
                f"{name} hold {largest:g}, outside [-{_HUGE:g}, {_HUGE:g}]: rescale them"
            )
    return x, y


def metric_of(metric: ArrayLike | None, root: ArrayLike | None, size: int) -> Array | None:
    """Matrix A from itself or from a root; None is the identity."""
    if metric is not None and root is not None:
        raise InvalidParameter("metric and root are both given: give A, or B with A = B^T B")
    if root is not None:
        b = finite_array("root", root)
        if b.ndim != 2 or b.shape[1] != size:
            raise InvalidParameter(f"root of shape {b.shape} must have the shape (k, {size})")
        return np.asarray(b.T @ b)
    if metric is None:
        return None
    a = finite_array("metric", metric)
    if a.shape != (size, size) or not np.allclose(a, a.T, rtol=1e-10, atol=1e-12):
        raise InvalidParameter(f"metric of shape {a.shape} must be symmetric, ({size}, {size})")
    return a


def factor(metric: Array | None, size: int) -> Array:
    """Lower Cholesky factor of the metric."""
    if metric is None:
        return np.eye(size)
    try:
        return np.asarray(linalg.cholesky(metric, lower=True))
    except linalg.LinAlgError:
        raise InvalidParameter(
            "metric is not positive definite: without a ridge it must be (add a small multiple of "
            "the identity, or train with ridge > 0)"
        ) from None


def _shortened(value: Any, length: int = 40) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= length else text[: length - 3] + "..."
