r"""Compiled twins of the Marchenko-Pastur averages, ratio :math:`\psi`, argument :math:`x \ge 0`.

Each is the root of its quadratic that is written without a difference of nearly equal numbers;
1 - ratio is formed first because it is exact where the ratio is near 1. All have the discriminant
:math:`(x+1-\psi)^2+4\psi x=(x+\psi-1)^2+4x`, so that the compiler takes one square root for the
three. The value at zero is the limit from the right, taken at TINY: at ratio 1 the averages branch
there like a square root, and their quotients have limits that they themselves, all zero, do not.
"""

from __future__ import annotations

from asymp.special.compile import inlined
from asymp.special.elementary import sqrt
from asymp.special.lanes import where

# Squares beyond this overflow; there the averages equal their limits to the last digit.
HUGE = 1e140
TINY = 1e-300


@inlined
def mp_full(x: float, ratio: float) -> float:
    r"""Average :math:`\int t/(t+x)\,d\mu(t)`, the smaller root of :math:`\psi D^2-(1+\psi+x)D+1`.

    Examples
    --------
    >>> mp_full(0.0, 4.0), mp_full(0.0, 0.5)
    (0.25, 1.0)
    """
    y = min(max(x, TINY), HUGE)
    b = y + (1.0 - ratio)
    root = sqrt(b * b + 4.0 * ratio * y)
    return where(x > HUGE, 1.0 / max(x, HUGE), 2.0 / (y + 1.0 + ratio + root))


@inlined
def mp_empty(x: float, ratio: float) -> float:
    r"""Average :math:`\int x/(t+x)\,d\mu(t)`, the positive root of :math:`\psi s^2+(x+1-\psi)s-x`.

    Examples
    --------
    >>> mp_empty(0.0, 4.0), mp_empty(0.0, 0.5) < 1e-290
    (0.75, True)
    """
    y = min(max(x, TINY), HUGE)
    b = y + (1.0 - ratio)
    size = abs(b) + sqrt(b * b + 4.0 * ratio * y)
    s = where(b > 0.0, 2.0 * y, size) / where(b > 0.0, size, 2.0 * ratio)
    return where(x > HUGE, 1.0, s)


@inlined
def mp_dual_empty(x: float, ratio: float) -> float:
    r"""Average of :math:`x/(t+x)` under the dual law, :math:`\tilde s^2+(x+\psi-1)\tilde s-x=0`.

    Examples
    --------
    >>> mp_dual_empty(0.0, 4.0) < 1e-290, mp_dual_empty(0.0, 0.5)
    (True, 0.5)
    """
    y = min(max(x, TINY), HUGE)
    b = y + (1.0 - ratio)
    root = sqrt(b * b + 4.0 * ratio * y)
    c = y + (ratio - 1.0)
    size = abs(c) + root
    s = where(c > 0.0, 2.0 * y, size) / where(c > 0.0, size, 2.0)
    return where(x > HUGE, 1.0, s)
