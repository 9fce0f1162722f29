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
GRAIN = 6442450944.0  # 1.5 * 2^32: adding it rounds to multiples of 2^-20
SIXTH = 0.16666666666666666


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


@inlined
def bell(x: float) -> float:
    r"""Compute :math:`e^{-x^2/2}` for :math:`0\le x\le40`, to a few units in the last place.

    The square of what is left of x when it is rounded to a multiple of 2^-20 is exact, so that the
    rounding of the square, which the exponential would multiply by up to 800, does not count.

    Examples
    --------
    >>> bell(2.0) == exp(-2.0)
    True
    """
    above = (x + GRAIN) - GRAIN
    low = 0.5 * (x - above) * (x + above)
    y = exp(-0.5 * above * above)
    return y - y * (low * (1.0 - low * (0.5 - low * SIXTH)))


@inlined
def excess1(a: float) -> float:
    r"""Compute :math:`\mathbb E(Z-a)_+=\varphi(a)-a\,Q(a)` without cancellation.

    For a >= 0 it is :math:`e^{-a^2/2}g(t)/(a+1)^2` with a polynomial g of :math:`t=(a-6)/(a+6)` (a
    Chebyshev interpolant); :math:`\mathbb E(Z+a)_+` is that plus a.

    Examples
    --------
    >>> excess1(0.0) == INVERSE_SQRT_2PI, round(excess1(-1.0) - excess1(1.0), 15)
    (True, 1.0)
    """
    x = min(abs(a), 40.0)
    t = (x - 6.0) / (x + 6.0)
    t2 = t * t
    t4 = t2 * t2
    t8 = t4 * t4
    first = quad(
        t, t2, 0.5030533282828276, -0.1456429180129005,
        0.025308091986796556, 0.06427964740774193,
    ) + t4 * quad(
        t, t2, -0.09826395796164572, 0.08369967133214874,
        -0.04655668067936783, 0.012231164901583094,
    )  # fmt: skip
    second = quad(
        t, t2, 0.006751583559264519, -0.011124456938222518,
        0.007924664556512485, -0.0035468219785775032,
    ) + t4 * quad(
        t, t2, 0.000860888646203624, 6.948894770138229e-05,
        -0.00014363705631526434, 4.1310669153016474e-05,
    )  # fmt: skip
    third = quad(
        t, t2, 7.4663731827191205e-06, -8.058953951746098e-06,
        7.75046148231045e-07, 1.1027823576573383e-06,
    ) + t4 * quad(
        t, t2, -2.8033436870541575e-07, -1.493614697918588e-07,
        3.71153167971429e-08, 1.9373502603201595e-08,
    )  # fmt: skip
    g = first + t8 * (second + t8 * (third + t8 * 1.0359441117542594e-09))
    beyond = bell(x) * g / ((x + 1.0) * (x + 1.0))
    return where(a < 0.0, beyond - a, beyond)


@inlined
def excess2(a: float) -> float:
    r"""Compute :math:`\mathbb E(Z-a)_+^2=(1+a^2)Q(a)-a\varphi(a)`, without cancellation.

    For a >= 0 it is :math:`e^{-a^2/2}g(t)/(a+1)^3` as :func:`excess1`;
    :math:`\mathbb E(Z+a)_+^2=1+a^2-\mathbb E(Z-a)_+^2`.

    Examples
    --------
    >>> round(excess2(0.0), 15), round(excess2(-1.0) + excess2(1.0), 15)
    (0.5, 2.0)
    """
    x = min(abs(a), 40.0)
    t = (x - 6.0) / (x + 6.0)
    t2 = t * t
    t4 = t2 * t2
    t8 = t4 * t4
    first = quad(
        t, t2, 1.0910650254065135, -0.34508576301254557,
        -0.11412171749970733, 0.4110717637519903,
    ) + t4 * quad(
        t, t2, -0.4258117033584573, 0.2363241878904873,
        -0.015239650066452974, -0.10916706958400482,
    )  # fmt: skip
    second = quad(
        t, t2, 0.1165829077899281, -0.06265752948922995,
        0.01009916951503322, 0.013397058229585264,
    ) + t4 * quad(
        t, t2, -0.013339698893127758, 0.005767033095279385,
        -0.0006073992674923815, -0.0007216888147543695,
    )  # fmt: skip
    third = quad(
        t, t2, 0.0003727320318898998, 2.6573295094800125e-06,
        -6.511813487240241e-05, 1.4900197719480851e-05,
    ) + t4 * quad(
        t, t2, 8.807217893870162e-06, -3.786311681975085e-06,
        -1.2576178241817247e-06, 5.19128781350699e-07,
    )  # fmt: skip
    g = first + t8 * (second + t8 * (third + t8 * 1.8528781152632612e-07))
    near = x + 1.0
    beyond = bell(x) * g / (near * near * near)
    return where(a < 0.0, 1.0 + a * a - beyond, beyond)


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
