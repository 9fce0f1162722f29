"""Compiled twins of the truncated Gaussian moments."""

from __future__ import annotations

from math import inf, nan

from asymp.special.compile import compiled, inlined
from asymp.special.elementary import erf, erfc, exp, log, sqrt
from asymp.special.lanes import where
from asymp.special.polynomial import quad

INVERSE_SQRT_2PI = 0.3989422804014327
INVERSE_SQRT_2 = 0.7071067811865476
SQRT_HALF_PI = 1.2533141373155003


@inlined
def central2(a: float) -> float:
    r"""Compute :math:`\int_0^a z^2\varphi(z)\,dz` for the normal density, a >= 0.

    Below 1.5 by a polynomial in :math:`a^2` times :math:`a^3` (a Chebyshev interpolant), because
    the closed form :math:`\mathrm{erf}(a/\sqrt2)/2 - a\varphi(a)` cancels there.

    Examples
    --------
    >>> round(central2(1e-4) / (1e-12 / 3 / 2.5066282746310002), 8)
    1.0
    """
    b = min(a, 40.0)
    z = b * b
    z2 = z * z
    z4 = z2 * z2
    near = b * z * (
        quad(
            z, z2, 0.13298076013381088, -0.03989422804014324,
            0.007123969292882023, -0.0009234775009223541,
        ) + z4 * (quad(
            z, z2, 9.44465625599338e-05, -7.991632113001296e-06,
            5.771732300583429e-07, -3.637620454755935e-08,
        ) + z4 * (quad(
            z, z2, 2.03396553395028e-09, -1.0209630917330818e-10,
            4.603379726284691e-12, -1.7725708369618575e-13,
        ) + z4 * 4.485628230627236e-15))
    )  # fmt: skip
    far = 0.5 * erf(b * INVERSE_SQRT_2) - b * (INVERSE_SQRT_2PI * exp(-0.5 * z))
    return where(b < 1.5, near, far)


@inlined
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
