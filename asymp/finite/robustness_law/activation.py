r"""Activations of two-layer networks with what a certificate needs: the range of their slope.

Over an interval of preactivations the slope :math:`\psi'` stays between two numbers; the smaller
the interval, the tighter every bound made of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from asymp.symbols.arguments import whole

Array = NDArray[np.float64]
Elementwise = Callable[[Array], Array]
SlopeRange = Callable[[Array, Array], tuple[Array, Array]]


@dataclass(frozen=True)
class Activation:
    r"""An activation :math:`\psi`, its slope, and the range of the slope over an interval.

    Attributes
    ----------
    name : str
        Name for messages.
    value, slope : callable
        :math:`\psi` and :math:`\psi'`, elementwise; at a kink the slope is the left one.
    slope_range : callable
        Ends ``(lower, upper)`` of intervals to the least and greatest slope there.
    lipschitz : float
        Lipschitz constant on the line, ``inf`` where there is none.
    homogeneous : bool
        Whether :math:`\psi(ct)=c\,\psi(t)` for :math:`c\ge0`.
    degree : int, optional
        Degree of a polynomial; None for what is none.

    Examples
    --------
    >>> from asymp.finite.robustness_law import RELU
    >>> [float(end) for end in RELU.slope_range(-1.0, 2.0)]
    [0.0, 1.0]
    """

    name: str
    value: Elementwise
    slope: Elementwise
    slope_range: SlopeRange
    lipschitz: float
    homogeneous: bool = False
    degree: int | None = None


def _monotone(slope: Elementwise, lower: Array, upper: Array) -> tuple[Array, Array]:
    return slope(np.asarray(lower)), slope(np.asarray(upper))


def _even_slope(
    slope: Elementwise, rising: bool, lower: Array, upper: Array
) -> tuple[Array, Array]:
    """Range of a slope that is even and monotone in the absolute value."""
    far = np.maximum(np.abs(lower), np.abs(upper))
    near = np.maximum(0.0, np.maximum(lower, -np.asarray(upper)))
    return (slope(near), slope(far)) if rising else (slope(far), slope(near))


def _relu_range(lower: Array, upper: Array) -> tuple[Array, Array]:
    return np.where(np.asarray(lower) > 0, 1.0, 0.0), np.where(np.asarray(upper) > 0, 1.0, 0.0)


def _step(t: Array) -> Array:
    return np.where(np.asarray(t) > 0, 1.0, 0.0)


def _tanh_slope(t: Array) -> Array:
    return np.asarray(1 - np.tanh(t) ** 2)


RELU = Activation("relu", lambda t: np.maximum(t, 0.0), _step, _relu_range, 1.0, True)
IDENTITY = Activation(
    "identity",
    lambda t: np.asarray(t, dtype=float),
    lambda t: np.ones_like(t, dtype=float),
    lambda lower, upper: (np.ones_like(lower, dtype=float), np.ones_like(upper, dtype=float)),
    1.0,
    True,
    1,
)
TANH = Activation("tanh", np.tanh, _tanh_slope, partial(_even_slope, _tanh_slope, False), 1.0)


def power(order: int) -> Activation:
    r"""The activation :math:`t^p`.

    Parameters
    ----------
    order : int
        The power :math:`p\ge2`.

    Raises
    ------
    InvalidParameter
        If the power is no integer above one.

    Examples
    --------
    >>> from asymp.finite.robustness_law import power
    >>> float(power(4).value(2.0)), float(power(4).slope(2.0))
    (16.0, 32.0)
    """
    order = whole("order", order, 2, "give the power, or use IDENTITY for 1")

    def slope(t: Array) -> Array:
        return np.asarray(order * np.asarray(t, dtype=float) ** (order - 1))

    ranges = partial(_monotone, slope) if order % 2 == 0 else partial(_even_slope, slope, True)
    return Activation(
        f"power {order}", lambda t: np.asarray(t, dtype=float) ** order, slope, ranges, np.inf,
        degree=order,
    )  # fmt: skip
