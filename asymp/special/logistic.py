"""Compiled twins of the logistic function, its integral and its Gaussian averages."""

from __future__ import annotations

from asymp.special.compile import compiled, inlined
from asymp.special.elementary import erfc, exp, log, sqrt
from asymp.special.logistic_rules import FAR, FAR_WEIGHTS, NEAR_STARTS, NEAR_WEIGHTS

INVERSE_SQRT_2PI = 0.3989422804014327
INVERSE_SQRT_2 = 0.7071067811865476
LARGE = 7.2  # deviation from which on the rule moves to the logistic density
FARTHEST = 300.0  # means beyond this are as good as infinite


@inlined
def sigmoid(x: float) -> float:
    r"""Compute :math:`1/(1+e^{-x})`.

    Examples
    --------
    >>> sigmoid(0.0), sigmoid(-1000.0), sigmoid(1000.0)
    (0.5, 0.0, 1.0)
    """
    return 1.0 / (1.0 + exp(-x))


@inlined
def softplus(x: float) -> float:
    r"""Compute :math:`\log(1+e^x)`.

    Examples
    --------
    >>> softplus(1000.0), round(softplus(0.0), 12)
    (1000.0, 0.69314718056)
    """
    e = exp(-abs(x))
    y = 1.0 + e
    lost = (y - 1.0) - e  # what rounding added to e
    return max(x, 0.0) + (log(y) - lost / y)


@compiled
def logistic_normals(mean: float, variance: float) -> tuple[float, float, float, float]:
    r"""Compute :math:`\mathbb E\,\sigma^{(k)}(\mu+\sqrt v Z)` for all orders from 0 to 3.

    The trapezoid rule with step h errs like :math:`e^{-2\pi a/h}` for an integrand analytic in
    :math:`|\mathrm{Im}|<a`. Against the Gaussian density the nearest pole is at
    :math:`a=\pi/\sqrt v`; for large variances the derivatives move to the Gaussian, and against
    the logistic density :math:`a=\pi`. Steps keep the error of orders 0 and 1 below 3e-15, that of
    the higher ones, which only Jacobians need, below 1e-12. Two nodes share a division.

    Examples
    --------
    >>> [round(average, 12) + 0.0 for average in logistic_normals(0.0, 1e-12)]
    [0.5, 0.25, 0.0, -0.125]
    """
    deviation = sqrt(variance)
    if deviation >= LARGE:
        return far_averages(mean, deviation)
    level, step = 0, 0.5
    while deviation * step > 0.45:
        level, step = level + 1, 0.5 * step
    # Exponentials at the nodes are powers of one, kept finite.
    high = low = exp(-min(FARTHEST, max(-FARTHEST, mean)))
    up = exp(deviation * step)
    down = 1.0 / up
    p = 1.0 / (1.0 + low)
    slope = p * p * low
    weight = NEAR_WEIGHTS[NEAR_STARTS[level]]
    s0, s1 = weight * p, weight * slope
    s2, s3 = s1 * (1.0 - 2.0 * p), s1 * (1.0 - 6.0 * slope)
    for k in range(NEAR_STARTS[level] + 1, NEAR_STARTS[level + 1]):
        high = high * up
        low = low * down
        both = 1.0 / ((1.0 + high) * (1.0 + low))
        p, other = both * (1.0 + low), both * (1.0 + high)
        slope, other_slope = p * p * high, other * other * low
        weight = NEAR_WEIGHTS[k]
        s0 = s0 + weight * (p + other)
        s1 = s1 + weight * (slope + other_slope)
        s2 = s2 + weight * (slope * (1.0 - 2.0 * p) + other_slope * (1.0 - 2.0 * other))
        bent = slope * (1.0 - 6.0 * slope) + other_slope * (1.0 - 6.0 * other_slope)
        s3 = s3 + weight * bent
    return s0, s1, s2, s3


@compiled
def far_averages(mean: float, deviation: float) -> tuple[float, float, float, float]:
    """Averages of all orders by the rule against the logistic density."""
    inverse = 1.0 / deviation
    s0 = s1 = s2 = s3 = 0.0 * mean
    for k in range(len(FAR)):
        x = (mean - FAR[k]) * inverse
        density = (FAR_WEIGHTS[k] * INVERSE_SQRT_2PI) * exp(-0.5 * x * x)
        s0 = s0 + (0.5 * FAR_WEIGHTS[k]) * erfc(-INVERSE_SQRT_2 * x)
        s1 = s1 + density
        s2 = s2 - x * density
        s3 = s3 + (x * x - 1.0) * density
    return s0, inverse * s1, inverse**2 * s2, inverse**3 * s3


@compiled
def logistic_normal(order: int, mean: float, variance: float) -> float:
    r"""Compute :math:`\mathbb E\,\sigma^{(k)}(\mu+\sqrt v Z)` for one order from 0 to 3.

    Examples
    --------
    >>> round(logistic_normal(0, 0.0, 4.0), 12), round(logistic_normal(1, 0.0, 1e-12), 12)
    (0.5, 0.25)
    """
    return logistic_normals(mean, variance)[int(order)]
