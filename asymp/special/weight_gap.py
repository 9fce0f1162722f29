"""Compiled twin of what a weight adds to a divergence."""

from __future__ import annotations

from asymp.special.compile import inlined
from asymp.special.elementary import exp, log
from asymp.special.lanes import where
from asymp.special.polynomial import quad

NEAR = 0.5  # up to here by the exponential series, beyond the difference loses a digit at most


@inlined
def weight_gap(pull: float, depth: float) -> float:
    r"""Compute :math:`e^y-1-y` for the logarithm :math:`y=\log(1+p)-b` of a weight, p >= 0.

    The logarithm of the rounded 1 + p is corrected by what the rounding lost.

    Examples
    --------
    >>> round(weight_gap(0.0, 1e-9) * 1e18, 6), round(weight_gap(1.0, 0.0), 12)
    (0.5, 0.30685281944)
    """
    larger = 1.0 + pull
    lost = (larger - 1.0) - pull
    y = (log(larger) - lost / larger) - depth
    z = max(min(y, NEAR), -NEAR)
    z2 = z * z
    z4 = z2 * z2
    low = quad(z, z2, 1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0)
    middle = quad(z, z2, 1.0 / 720.0, 1.0 / 5040.0, 1.0 / 40320.0, 1.0 / 362880.0)
    high = quad(z, z2, 1.0 / 3628800.0, 1.0 / 39916800.0, 1.0 / 479001600.0, 1.0 / 6227020800.0)
    last = quad(
        z, z2, 1.0 / 87178291200.0, 1.0 / 1307674368000.0,
        1.0 / 20922789888000.0, 1.0 / 355687428096000.0,
    )  # fmt: skip
    near = z2 * (low + z4 * (middle + z4 * (high + z4 * last)))
    return where(abs(y) < NEAR, near, (exp(y) - 1.0) - y)
