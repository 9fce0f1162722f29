"""Compiled twins of the truncated Gaussian moments."""

from __future__ import annotations

from math import erf, erfc, exp, inf, log, nan, sqrt

from asymp.special.compile import compiled

INVERSE_SQRT_2PI = 0.3989422804014327
INVERSE_SQRT_2 = 0.7071067811865476
SQRT_HALF_PI = 1.2533141373155003


@compiled
def central2(a: float) -> float:
    r"""Compute :math:`\int_0^a z^2\varphi(z)\,dz` for the normal density, a >= 0.

    Below 1 by the series :math:`\varphi(a)\sum_{k\ge1} a^{2k+1}/(2k+1)!!` of positive terms,
    because the closed form :math:`\mathrm{erf}(a/\sqrt2)/2 - a\varphi(a)` cancels there.

    Examples
    --------
    >>> round(central2(1e-4) / (1e-12 / 3 / 2.5066282746310002), 8)
    1.0
    """
    if a > 40.0:
        return 0.5
    density = INVERSE_SQRT_2PI * exp(-0.5 * a * a)
    if a > 1.0:
        return 0.5 * erf(a * INVERSE_SQRT_2) - a * density
    square, term, total, odd = a * a, a * a * a / 3.0, 0.0, 3.0
    while term > 1e-17 * total:
        total += term
        odd += 2.0
        term *= square / odd
    return density * total


@compiled
def upper_tail(a: float) -> float:
    r"""Compute :math:`\int_a^\infty\varphi(z)\,dz` for the normal density.

    Examples
    --------
    >>> round(upper_tail(-1.0) + upper_tail(1.0), 15)
    1.0
    """
    return 0.5 * erfc(a * INVERSE_SQRT_2)


@compiled
def central_quantile(p: float) -> float:
    r"""Point a with :math:`\mathrm{erf}(a/\sqrt2) = p`; infinite from p = 1 on.

    Newton's method, on erf below 1/2 and on the logarithm of erfc above, where both are concave
    enough that the starting point is always on the safe side.

    Examples
    --------
    >>> round(central_quantile(0.5), 12), central_quantile(0.0), central_quantile(1.0)
    (0.674489750196, 0.0, inf)
    """
    if not 0.0 < p < 1.0:
        return inf if p >= 1.0 else (0.0 if p == 0.0 else nan)
    tail = 1.0 - p
    a = p * SQRT_HALF_PI if p < 0.5 else sqrt(-2.0 * log(tail))
    for _ in range(60):
        density = 2.0 * INVERSE_SQRT_2PI * exp(-0.5 * a * a)
        if p < 0.5:
            step = (p - erf(a * INVERSE_SQRT_2)) / density
        else:
            upper = erfc(a * INVERSE_SQRT_2)
            step = log(upper / tail) * upper / density
        a += step
        if abs(step) <= 2e-16 * a:
            break
    return a
