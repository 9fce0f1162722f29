"""Compiled twins against definitions by quadrature, and against their mpmath values."""

import math

import mpmath
import numpy as np
import pytest
import sympy as sp

import asymp.special
from asymp.calculus import primitives
from asymp.calculus.logistic_normal import logistic_normal
from asymp.special import central2, mp_dual_empty, mp_empty, mp_full

ARGUMENTS = [0.0, 1e-300, 1e-20, 1e-8, 1e-3, 0.3, 1.0, 7.0, 1e4, 1e12, 1e150, 1e300]
RATIOS = [1e-3, 0.1, 0.999999, 1.0, 1.0 + 1e-12, 1.01, 3.0, 1e3]


def relative(value, reference):
    return float(abs(value - reference) / reference) if reference else abs(value)


def law_average(f, ratio):
    """Average under the Marchenko-Pastur density itself, by mpmath quadrature."""
    low, high = (1 - mpmath.sqrt(ratio)) ** 2, (1 + mpmath.sqrt(ratio)) ** 2

    def integrand(angle):
        t = (low + high) / 2 + (high - low) / 2 * mpmath.cos(angle)
        return f(t) * ((high - low) / 2 * mpmath.sin(angle)) ** 2 / (2 * mpmath.pi * ratio * t)

    return mpmath.quad(integrand, [0, mpmath.pi]) + max(0, 1 - 1 / ratio) * f(mpmath.mpf(0))


def test_every_primitive_has_a_twin():
    for primitive in primitives.Primitive.__subclasses__():
        assert callable(getattr(asymp.special, primitive.kernel_name))


# Near one a weight's gap is of second order: it has a test of its own.
OF_TWO_ARGUMENTS = [
    p
    for p in primitives.Primitive.__subclasses__()
    if 2 in p.nargs and p is not primitives.weight_gap
]


@pytest.mark.parametrize("a", [1e-9, 1e-3, 0.4, 0.999, 1.0, 1.001, 2.5, 6.0, 40.0])
def test_central2_is_the_truncated_second_moment(a):
    knots = [0, *[k for k in (1, 2, 4, 8, 16) if k < a], a]
    with mpmath.workdps(50):  # quad's error is absolute
        reference = mpmath.quad(lambda z: z * z * mpmath.npdf(z), knots)
    # Eight units of round-off: some ten positive terms, and erf - a phi cancels threefold at 1.
    assert relative(central2(a), reference) < 9e-16


def test_central2_edges():
    assert central2(0.0) == 0.0
    assert central2(math.inf) == 0.5
    assert math.isnan(central2(math.nan))


WIDE_GRID = np.unique(np.concatenate([
    np.linspace(-40, 37, 309), np.linspace(-2, 8, 101),
    10.0 ** np.linspace(-300, 1.5, 100), -(10.0 ** np.linspace(-300, 150, 100)),
]))  # fmt: skip


@pytest.mark.parametrize("k", [1, 2])
def test_moments_of_an_excess_keep_all_digits(k):
    """The differences in 120 digits; the larger of their terms is up to a^4 times the moment."""
    twin = getattr(asymp.special, f"excess{k}")
    for a in map(float, WIDE_GRID):
        with mpmath.workdps(120 + 2 * max(0, int(math.log10(abs(a) + 1)))):
            x = mpmath.mpf(a)
            tail, density = mpmath.erfc(x / mpmath.sqrt(2)) / 2, mpmath.npdf(x)
            exact = density - x * tail if k == 1 else (1 + x * x) * tail - x * density
        # Ten units of round-off: the exponential, a polynomial of 25 terms, a division.
        assert relative(twin(a), exact) < 1.2e-15, a


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("a", [-3.0, -0.2, 0.0, 0.7, 4.0, 20.0])
def test_moments_of_an_excess_are_integrals(k, a):
    twin = getattr(asymp.special, f"excess{k}")
    with mpmath.workdps(40):  # the density at a in front: quad's error is absolute
        scaled = mpmath.quad(
            lambda y: y**k * mpmath.exp(-a * y - y * y / 2), [0, 0.1, 0.5, 2, 5, 10, 30]
        )
        exact = mpmath.npdf(a) * scaled
    assert relative(twin(a), exact) < 1e-14  # the quadrature's own error


def test_moments_of_an_excess_edges():
    for twin in (asymp.special.excess1, asymp.special.excess2):
        assert twin(math.inf) == 0.0
        assert twin(-math.inf) == math.inf
        assert math.isnan(twin(math.nan))


@pytest.mark.parametrize("ratio", [0.2, 0.9, 4.0])
@pytest.mark.parametrize("x", [0.05, 1.0, 20.0])
def test_marchenko_pastur_averages_are_averages(x, ratio):
    full = law_average(lambda t: t / (t + x), ratio)
    # mpmath.quad's own error near the soft edge at 0 of ratio 0.9 is the largest part.
    assert relative(mp_full(x, ratio), full) < 1e-12
    assert relative(mp_empty(x, ratio), law_average(lambda t: x / (t + x), ratio)) < 1e-12
    assert relative(mp_dual_empty(x, ratio), 1 - ratio * full) < 1e-11  # cancels tenfold


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("x", ARGUMENTS)
@pytest.mark.parametrize("primitive", OF_TWO_ARGUMENTS, ids=lambda p: p.__name__)
def test_twins_keep_all_digits_at_the_corners(primitive, x, ratio):
    with mpmath.workdps(400):  # enough to subtract 1 from 1e300
        reference = primitive.mp(mpmath.mpf(x), mpmath.mpf(ratio))
        error = relative(getattr(asymp.special, primitive.kernel_name)(x, ratio), reference)
    # A dozen roundings; none is amplified, not even at ratios next to 1.
    assert error < 1e-15


@pytest.mark.parametrize("depth", [1e-300, 1e-12, 1e-4, 0.01, 0.5, 3.0, 700.0])
@pytest.mark.parametrize("pull", [0.0, 1e-300, 1e-12, 1.0001e-4, 0.0099, 0.7, 20.0, 1e9, 1e300])
def test_the_gap_of_a_weight_is_as_good_as_the_weight(pull, depth):
    with mpmath.workdps(700):  # enough to subtract 1 from 1 + 1e-300
        log = mpmath.log1p(mpmath.mpf(pull)) - mpmath.mpf(depth)
        exact = mpmath.expm1(log) - log
        slope = abs(mpmath.expm1(log)) * (mpmath.log1p(mpmath.mpf(pull)) + depth)
    found = asymp.special.weight_gap(pull, depth)
    # A few roundings of the value, and of the two terms of the logarithm times the slope; nothing
    # is left of gaps below the least normal number.
    assert abs(found - exact) <= 1e-15 * (exact + slope) + 1e-307
    assert found >= 0


def test_derivatives_of_primitives_are_those_of_their_values():
    x = sp.Symbol("x", positive=True)
    values = {p.__name__: p.mp for p in primitives.Primitive.__subclasses__()}
    for primitive in primitives.Primitive.__subclasses__():
        if primitive is logistic_normal:  # its first argument is an order
            continue
        extra = (mpmath.mpf("1.7"),) * (max(primitive.nargs) - 1)
        slope = sp.lambdify(x, sp.diff(primitive(x, *extra), x), [values, "mpmath"])
        for point in (mpmath.mpf("0.2"), mpmath.mpf("0.9")):
            with mpmath.workdps(30):
                numeric = mpmath.diff(lambda t, p=primitive, e=extra: p.mp(t, *e), point)
            # mpmath.diff keeps half of its 30 digits.
            assert relative(slope(point), numeric) < 1e-13


def test_derivatives_of_logistic_averages_are_those_of_their_values():
    """By the heat equation, against differences of the quadrature."""
    m, v = sp.symbols("m v", positive=True)
    for order in (0, 1):
        for argument, symbol in ((1, m), (2, v)):
            claim = sp.diff(logistic_normal(order, m, v), symbol).subs({m: 0.7, v: 1.3})
            at = [mpmath.mpf("0.7"), mpmath.mpf("1.3")]

            def moved(t, order=order, argument=argument, at=at):
                return logistic_normal.mp(
                    order, *(t if k == argument else a for k, a in enumerate(at, 1))
                )

            with mpmath.workdps(30):
                numeric = mpmath.diff(moved, at[argument - 1])
            # 0.7 and 1.3 are doubles on one side: their rounding, 1e-16, is what differs.
            assert relative(mpmath.mpf(sp.N(claim, 20)), numeric) < 1e-13


@pytest.mark.parametrize("p", [1e-300, 1e-8, 0.1, 0.4999, 0.5, 0.9, 0.999999, 1 - 1e-16])
def test_central_quantile_inverts_the_error_function(p):
    with mpmath.workdps(40):
        reference = mpmath.sqrt(2) * mpmath.erfinv(mpmath.mpf(p))
    assert (
        relative(asymp.special.central_quantile(p), reference) < 1e-15
    )  # a few units of round-off


def test_central_quantile_edges():
    assert asymp.special.central_quantile(1.0) == math.inf
    assert asymp.special.central_quantile(3.0) == math.inf
    assert math.isnan(asymp.special.central_quantile(math.nan))
