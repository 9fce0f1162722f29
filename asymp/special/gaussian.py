"""Compiled twins of the truncated Gaussian moments."""

from __future__ import annotations

from math import erf, exp

from asymp.special.compile import compiled

INVERSE_SQRT_2PI = 0.3989422804014327
INVERSE_SQRT_2 = 0.7071067811865476


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
