r"""Compiled twins of the Marchenko-Pastur averages, ratio :math:`\psi`, argument :math:`x \ge 0`.

Each is the root of its quadratic that is written without a difference of nearly equal numbers;
1 - ratio is formed first because it is exact where the ratio is near 1. The value at zero is the
limit from the right, taken at TINY: at ratio 1 the averages branch there like a square root, and
their quotients have limits that they themselves, all zero, do not.
"""

from __future__ import annotations

from math import sqrt

from asymp.special.compile import compiled

# Squares beyond this overflow; there the averages equal their limits to the last digit.
HUGE = 1e140
TINY = 1e-300


@compiled
def mp_full(x: float, ratio: float) -> float:
    r"""Average :math:`\int t/(t+x)\,d\mu(t)`, the smaller root of :math:`\psi D^2-(1+\psi+x)D+1`.

    Examples
    --------
    >>> mp_full(0.0, 4.0), mp_full(0.0, 0.5)
    (0.25, 1.0)
    """
    if x > HUGE:
        return 1.0 / x
    x = max(x, TINY)
    b = x + (1.0 - ratio)
    return 2.0 / (x + 1.0 + ratio + sqrt(b * b + 4.0 * ratio * x))


@compiled
def mp_empty(x: float, ratio: float) -> float:
    r"""Average :math:`\int x/(t+x)\,d\mu(t)`, the positive root of :math:`\psi s^2+(x+1-\psi)s-x`.

    Examples
    --------
    >>> mp_empty(0.0, 4.0), mp_empty(0.0, 0.5) < 1e-290
    (0.75, True)
    """
    if x > HUGE:
        return 1.0
    x = max(x, TINY)
    b = x + (1.0 - ratio)
    root = sqrt(b * b + 4.0 * ratio * x)
    if b > 0.0:
        return 2.0 * x / (b + root)
    return (root - b) / (2.0 * ratio)


@compiled
def mp_dual_empty(x: float, ratio: float) -> float:
    r"""Average of :math:`x/(t+x)` under the dual law, :math:`\tilde s^2+(x+\psi-1)\tilde s-x=0`.

    Examples
    --------
    >>> mp_dual_empty(0.0, 4.0) < 1e-290, mp_dual_empty(0.0, 0.5)
    (True, 0.5)
    """
    if x > HUGE:
        return 1.0
    x = max(x, TINY)
    b = x + (ratio - 1.0)
    root = sqrt(b * b + 4.0 * x)
    if b > 0.0:
        return 2.0 * x / (b + root)
    return 0.5 * (root - b)
