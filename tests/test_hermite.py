"""Gaussian coefficients against independent quadrature, known constants and laws they obey."""

from __future__ import annotations

import math

import mpmath
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from asymp.calculus.hermite.arb import arb_available
from asymp.calculus.hermite.bounds import bounds
from asymp.calculus.hermite.closed_form import gaussian_mean
from asymp.calculus.hermite.coefficients import (
    GaussianCoefficients,
    gaussian_coefficients,
    hermite_coefficients,
    verify,
)
from asymp.calculus.hermite.growth import envelope
from asymp.calculus.hermite.integrable import divergence
from asymp.calculus.hermite.pieces import piecewise_smooth
from asymp.calculus.hermite.quadrature import CERTIFIED, EXACT, quadrature_mean
from asymp.calculus.hermite.roots import real_roots
from asymp.calculus.hermite.symmetry import even_part_constant, is_affine, odd_part_slope
from asymp.errors import InvalidProblem

u = sp.Symbol("u", real=True)
pi, sqrt, half = sp.pi, sp.sqrt, sp.Rational(1, 2)
SIGMOID = 1 / (1 + sp.exp(-u))
GELU = u * (1 + sp.erf(u / sqrt(2))) / 2


def _plain_integral(function, points, order=0):
    """Gaussian mean of a plain mpmath function times u**order, by tanh-sinh between points."""

    def integrand(x):
        return x**order * function(x) * mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi)

    return mpmath.quad(integrand, [-25, *points, 25])


# The mpmath functions are written out here by hand, without SymPy or the package.
PLAIN = {
    "shifted relu": (
        sp.Max(u, 0) - 1 / sqrt(2 * pi),
        lambda x: max(x, 0) - 1 / mpmath.sqrt(2 * mpmath.pi),
        lambda x: 1 if x > 0 else 0,
        [0],
    ),
    "leaky relu": (
        sp.Max(u, u / 10),
        lambda x: x if x > 0 else x / 10,
        lambda x: 1 if x > 0 else mpmath.mpf(1) / 10,
        [0],
    ),
    "hard tanh": (
        sp.Max(-1, sp.Min(1, u)),
        lambda x: max(-1, min(1, x)),
        lambda x: 1 if abs(x) < 1 else 0,
        [-1, 0, 1],
    ),
    "tent": (
        sp.Max(0, 1 - sp.Abs(u - half)),
        lambda x: max(0, 1 - abs(x - mpmath.mpf(1) / 2)),
        lambda x: 0 if abs(x - mpmath.mpf(1) / 2) > 1 else (1 if 2 * x < 1 else -1),
        [-0.5, 0.5, 1.5],
    ),
    "elu": (
        sp.Piecewise((u, u > 0), (sp.exp(u) - 1, True)),
        lambda x: x if x > 0 else mpmath.expm1(x),
        lambda x: 1 if x > 0 else mpmath.exp(x),
        [0],
    ),
    "squared relu": (
        sp.Max(u, 0) ** 2,
        lambda x: max(x, 0) ** 2,
        lambda x: 2 * max(x, 0),
        [0],
    ),
    "abs": (sp.Abs(u), abs, mpmath.sign, [0]),
    "sin": (
        sp.sin(2 * u + 1),
        lambda x: mpmath.sin(2 * x + 1),
        lambda x: 2 * mpmath.cos(2 * x + 1),
        [0],
    ),
    "wave packet": (
        u * sp.cos(u) * sp.exp(-(u**2)),
        lambda x: x * mpmath.cos(x) * mpmath.exp(-x * x),
        lambda x: mpmath.exp(-x * x) * ((1 - 2 * x * x) * mpmath.cos(x) - x * mpmath.sin(x)),
        [0],
    ),
    "exponential": (
        sp.exp(u / 2),
        lambda x: mpmath.exp(x / 2),
        lambda x: mpmath.exp(x / 2) / 2,
        [0],
    ),
    "erf": (
        sp.erf(u),
        mpmath.erf,
        lambda x: 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-x * x),
        [0],
    ),
    "gelu": (
        GELU,
        lambda x: x * mpmath.ncdf(x),
        lambda x: mpmath.ncdf(x) + x * mpmath.npdf(x),
        [0],
    ),
    "cubic": (u**3 - 3 * u, lambda x: x**3 - 3 * x, lambda x: 3 * x * x - 3, [0]),
    "tanh": (sp.tanh(u), mpmath.tanh, lambda x: mpmath.sech(x) ** 2, [0]),
    "softplus": (
        sp.log(1 + sp.exp(u)),
        lambda x: mpmath.log1p(mpmath.exp(x)),
        lambda x: 1 / (1 + mpmath.exp(-x)),
        [0],
    ),
    "arctan": (sp.atan(u), mpmath.atan, lambda x: 1 / (1 + x * x), [0]),
    "softsign": (
        u / (1 + sp.Abs(u)),
        lambda x: x / (1 + abs(x)),
        lambda x: 1 / (1 + abs(x)) ** 2,
        [0],
    ),
    "mish": (
        u * sp.tanh(sp.log(1 + sp.exp(u))),
        lambda x: x * mpmath.tanh(mpmath.log1p(mpmath.exp(x))),
        lambda x: mpmath.diff(lambda t: t * mpmath.tanh(mpmath.log1p(mpmath.exp(t))), x),
        [0],
    ),
}


@pytest.mark.parametrize("name", PLAIN)
def test_agrees_with_hand_written_quadrature(name):
    expr, value, derivative, kinks = PLAIN[name]
    found = gaussian_coefficients(expr, u)
    with mpmath.workdps(20):
        mu0, mu1 = (_plain_integral(value, kinks, k) for k in (0, 1))
        second = _plain_integral(lambda x: value(x) ** 2, kinks)
        gradient = _plain_integral(lambda x: derivative(x) ** 2, kinks)
        wanted = {
            "mu0": mu0,
            "mu1": mu1,
            "second_moment": second,
            "derivative_moment": gradient,
            "mu2_squared": second - mu0**2 - mu1**2,
            "kappa2": gradient - mu1**2,
        }
        for coefficient in found.all:
            # 15 digits: the quadrature here is good to 17 or so of numbers of order 1.
            assert abs(coefficient.mp(20) - wanted[coefficient.name]) < 1e-15, coefficient.name
            assert math.isclose(
                coefficient.value, wanted[coefficient.name], rel_tol=1e-13, abs_tol=1e-15
            )


def _exact(c: GaussianCoefficients):
    return c.mu0.exact, c.mu1.exact, c.mu2_squared.exact, c.kappa2.exact


E1 = sp.exp(-1)


@pytest.mark.parametrize(
    ("expr", "wanted"),
    [
        # Hassani-Javanmard's shifted ReLU; the rest worked out by hand.
        (sp.Max(u, 0) - 1 / sqrt(2 * pi), (0, half, sp.Rational(1, 4) - 1 / (2 * pi), half**2)),
        (sp.Max(u, 0), (1 / sqrt(2 * pi), half, sp.Rational(1, 4) - 1 / (2 * pi), half**2)),
        (sp.Abs(u), (sqrt(2 / pi), 0, 1 - 2 / pi, 1)),
        (sp.sign(u), (0, sqrt(2 / pi), 1 - 2 / pi, sp.oo)),
        (
            sp.Heaviside(u),
            (half, 1 / sqrt(2 * pi), sp.Rational(1, 4) - 1 / (2 * pi), sp.oo),
        ),
        (
            sp.erf(u),
            (
                0,
                2 / sqrt(3 * pi),
                2 / pi * sp.asin(sp.Rational(2, 3)) - 4 / (3 * pi),
                4 / (pi * sqrt(5)) - 4 / (3 * pi),
            ),
        ),
        (
            sp.sin(u),
            (0, sp.exp(-half), half - sp.exp(-2) / 2 - E1, half + sp.exp(-2) / 2 - E1),
        ),
        (u**2 - 1, (0, 0, 2, 4)),
        (u**3 - 3 * u, (0, 0, 6, 18)),
        (3 * u + pi, (pi, 3, 0, 0)),
    ],
)
def test_closed_forms(expr, wanted):
    for form, expected in zip(_exact(gaussian_coefficients(expr, u)), wanted, strict=True):
        difference = form - expected if expected is not sp.oo else sp.S.Zero
        assert (form is sp.oo) == (expected is sp.oo)
        assert sp.simplify(difference) == 0


def test_erf_of_scaled_argument():
    # Price's theorem: E erf(aG)^2 = (2/pi) asin(2a^2 / (1 + 2a^2)).
    for a in (sp.Rational(1, 3), sp.Integer(1), sqrt(2)):
        found = gaussian_coefficients(sp.erf(a * u), u).second_moment.exact
        assert sp.simplify(found - 2 / pi * sp.asin(2 * a**2 / (1 + 2 * a**2))) == 0


@pytest.mark.parametrize(
    ("expr", "name", "wanted"),
    [
        (sp.tanh(u), "mu0", 0),
        (sp.log(sp.cosh(u)), "mu1", 0),
        (sqrt(1 + u**2), "mu1", 0),
        (SIGMOID, "mu0", half),
        (sp.log(1 + sp.exp(u)), "mu1", half),
        (u * SIGMOID, "mu1", half),
        (sp.log(1 + sp.exp(u)) - u / 2, "mu1", 0),
        # Linear in disguise: the corner must be recognised.
        (sp.log(1 + sp.exp(u)) - sp.log(1 + sp.exp(-u)) + sqrt(2) * u, "mu2_squared", 0),
        (sp.log(1 + sp.exp(u)) - sp.log(1 + sp.exp(-u)) + sqrt(2) * u, "kappa2", 0),
        (sp.Max(u, 0) - sp.Max(-u, 0), "mu2_squared", 0),
        # Steps, and kinks with a slope that is not square-integrable.
        (sp.tanh(u) + sp.Heaviside(u - 1), "kappa2", sp.oo),
        (sqrt(sp.Abs(u)), "kappa2", sp.oo),
        (sp.log(sp.Abs(u)), "kappa2", sp.oo),
        (sp.atan(1 / u), "kappa2", sp.oo),
        (sp.sin(sp.exp(u**2)), "kappa2", sp.oo),
    ],
)
def test_corners_are_exact(expr, name, wanted):
    # Only the one coefficient: some of the others are out of reach of quadrature.
    from asymp.calculus.hermite.moments import exact_moment

    assert exact_moment(name, piecewise_smooth(expr, u)) == wanted


def test_tiny_scales_are_not_taken_for_zero():
    found = gaussian_coefficients(sp.Max(u, 0) / 10**30, u)
    assert found.mu2_squared.exact != 0
    small = gaussian_coefficients(sp.tanh(u) / 10**25, u).mu2_squared
    # Fourteen digits of mu2^2(tanh) / 1e50; the value is asked for to 1e-16 relative.
    assert small.value == pytest.approx(0.0274153260354302567e-50, rel=1e-14)
    assert small.error < 1e-16 * small.value


def test_softplus_sharpens_to_relu():
    found = gaussian_coefficients(sp.log(1 + sp.exp(1000 * u)) / 1000, u)
    # E softplus_b - E relu = pi^2 / (6 sqrt(2 pi) b^2) + O(b^-4).
    gap = found.mu0.mp(20) - 1 / mpmath.sqrt(2 * mpmath.pi)
    assert float(gap) == pytest.approx(math.pi**2 / 6 / math.sqrt(2 * math.pi) * 1e-6, rel=1e-5)


def test_methods_are_named():
    assert gaussian_coefficients(sp.sin(u), u).mu1.method == EXACT
    if arb_available():
        tanh = gaussian_coefficients(sp.tanh(u), u)
        assert tanh.mu1.method == CERTIFIED
        assert tanh.mu2_squared.error < 1e-15 * tanh.mu2_squared.value
    assert "estimated" in gaussian_coefficients(sp.sin(u) / u, u).mu0.method


def test_without_arb(monkeypatch):
    from asymp.calculus.hermite import quadrature

    monkeypatch.setattr(quadrature, "arb_available", lambda: False)
    for expr in (sp.tanh(u) ** 2, sp.log(1 + sp.exp(20 * u)), u / (1 + sp.Abs(u))):
        function = piecewise_smooth(expr, u)
        estimate = quadrature.quadrature_mean(function, 30)
        assert "estimated" in estimate.method
        monkeypatch.undo()
        certified = quadrature_mean(function, 30)
        assert abs(estimate.value - certified.value) <= estimate.error + certified.error
        monkeypatch.setattr(quadrature, "arb_available", lambda: False)


def test_more_digits_on_request():
    mu1 = gaussian_coefficients(sp.tanh(u), u).mu1
    with mpmath.workdps(70):
        assert abs(mu1.mp(60) - mu1.mp(45)) < mpmath.mpf(10) ** -45
    assert gaussian_coefficients(sp.sign(u), u).kappa2.mp(20) == mpmath.inf
    assert gaussian_coefficients(sp.sign(u), u).kappa2.value == math.inf


@pytest.mark.parametrize("name", PLAIN)
def test_verify_bounds_every_closed_form(name):
    # The brief's 1e-12; plain quadrature at 25 digits reaches 1e-20 on these.
    assert verify(gaussian_coefficients(PLAIN[name][0], u)) < 1e-12


def test_verify_bites():
    from dataclasses import replace

    found = gaussian_coefficients(sp.erf(u), u)
    wrong = replace(found, mu1=replace(found.mu1, exact=found.mu1.exact + sp.Rational(1, 10**9)))
    assert verify(wrong) > 1e-10


@pytest.mark.parametrize(
    "expr", [sp.Max(u, 0), sp.erf(u), sp.sin(u), sp.tanh(u), SIGMOID, GELU, u**3 + u]
)
def test_parseval(expr):
    """Squares of the Hermite coefficients sum to the second moment, from below."""
    second = gaussian_coefficients(expr, u).second_moment.value
    squares = [c.value**2 for c in hermite_coefficients(expr, u, 24)]
    partial = [sum(squares[:k]) for k in (2, 8, 25)]
    assert partial == sorted(partial)
    assert partial[-1] <= second * (1 + 1e-14)
    # The tail of the kinked ones decays like k^(-3/2): 1e-3 of it is left at order 24.
    assert second - partial[-1] < 2e-3 * second


def test_hermite_coefficients_of_relu():
    # Cho-Saul / Mei-Montanari: 1/sqrt(2 pi), 1/2, 1/(2 sqrt pi), 0, -1/sqrt(48 pi).
    wanted = [1 / sqrt(2 * pi), half, 1 / (2 * sqrt(pi)), 0, -1 / sqrt(48 * pi)]
    found = hermite_coefficients(sp.Max(u, 0), u, 4)
    assert all(sp.simplify(c.exact - w) == 0 for c, w in zip(found, wanted, strict=True))


def test_hermite_coefficients_start_with_mu0_and_mu1():
    found, c = hermite_coefficients(SIGMOID, u, 2), gaussian_coefficients(SIGMOID, u)
    assert (found[0].value, found[1].value) == (c.mu0.value, c.mu1.value)
    assert found[2].exact == 0
    with pytest.raises(InvalidProblem, match="at least 0"):
        hermite_coefficients(SIGMOID, u, -1)


rationals = st.fractions(min_value=-2, max_value=2, max_denominator=8).map(
    lambda f: sp.Rational(f.numerator, f.denominator)
)
EXAMPLES = settings(max_examples=25, deadline=None)


@st.composite
def broken_lines(draw):
    """Continuous or jumping piecewise polynomials of degree up to 3 with up to 3 breaks."""
    breaks = sorted(draw(st.sets(rationals, min_size=1, max_size=3)))
    polynomials = [
        sum((draw(rationals) * u**k for k in range(4)), sp.S.Zero) for _ in range(len(breaks) + 1)
    ]
    branches = [(p, u < b) for p, b in zip(polynomials, breaks, strict=False)]
    return sp.Piecewise(*branches, (polynomials[-1], True))


@EXAMPLES
@given(broken_lines())
def test_piecewise_polynomials_against_quadrature(expr):
    function = piecewise_smooth(expr, u)
    for integrand in (function, function.map(lambda e: e**2)):
        exact, plain = gaussian_mean(integrand), quadrature_mean(integrand, 25, certify=False)
        with mpmath.workdps(30):
            # The quadrature's own estimate is below 1e-22 of terms of size 1e3.
            assert abs(mpmath.mpf(exact.evalf(30)) - plain.value) < 1e-18 * (1 + abs(plain.value))


bases = st.sampled_from([sp.Max(u, 0), sp.erf(u), sp.sin(u), sp.tanh(u), sp.Abs(u), SIGMOID, GELU])


@EXAMPLES
@given(bases, rationals.filter(lambda a: a != 0), rationals)
def test_affine_images(expr, a, b):
    """a sigma + b scales mu1 by a, mu2^2 and kappa2 by a^2, and moves mu0 alone."""
    old, new = (gaussian_coefficients(e, u) for e in (expr, a * expr + b))
    with mpmath.workdps(20):
        a, b = mpmath.mpf(a.evalf(25)), mpmath.mpf(b.evalf(25))
        pairs = [
            (new.mu0, a * old.mu0.mp(20) + b),
            (new.mu1, a * old.mu1.mp(20)),
            (new.mu2_squared, a**2 * old.mu2_squared.mp(20)),
            (new.kappa2, a**2 * old.kappa2.mp(20)),
        ]
        # Both sides carry 20 digits of numbers of order 10 at most.
        assert all(abs(c.mp(20) - wanted) < 1e-17 for c, wanted in pairs)


@EXAMPLES
@given(bases, rationals)
def test_reflection(expr, shift):
    """sigma(-u) keeps mu0, mu2^2, kappa2 and flips mu1; exact zeros follow parity."""
    shifted = expr.subs(u, u + shift)
    left, right = (gaussian_coefficients(e, u) for e in (shifted, shifted.subs(u, -u)))
    for name, sign in (("mu0", 1), ("mu1", -1), ("mu2_squared", 1), ("kappa2", 1)):
        one, other = getattr(left, name), getattr(right, name)
        with mpmath.workdps(20):
            assert abs(one.mp(20) - sign * other.mp(20)) < 1e-17  # 20 digits of order 10
        assert one.is_zero == other.is_zero


@EXAMPLES
@given(bases, rationals)
def test_even_and_odd_parts(expr, shift):
    """mu1 of the even part and mu0 of the odd part are exact zeros."""
    f, g = expr.subs(u, u + shift), expr.subs(u, shift - u)
    assert gaussian_coefficients(f + g, u).mu1.exact == 0
    assert even_part_constant(piecewise_smooth(f - g, u)) == 0


@EXAMPLES
@given(bases, rationals)
def test_variances_are_positive_and_poincare(expr, shift):
    """Poincare: the variance is at most E sigma'^2; orthogonally to lines, twice below kappa2."""
    c = gaussian_coefficients(expr.subs(u, u + shift), u)
    # Var of the part of order >= 2 is sum_k a_k^2, and kappa2 = sum_k k a_k^2 over k >= 2.
    assert 0 <= 2 * c.mu2_squared.value <= c.kappa2.value * (1 + 1e-14) + 1e-16


@pytest.mark.parametrize(
    ("expr", "reason"),
    [
        (sp.exp(u**2), "outgrows"),
        (sp.exp(u**2 / 4), "outgrows"),
        (sp.exp(sp.exp(u)), "outgrows"),
        (sp.exp(sp.exp(sp.exp(u))), "outgrows"),
        (sp.erfi(u), "outgrows"),
        (sp.sinh(u**2), "outgrows"),
        (1 / u, "around 0"),
        (1 / sqrt(sp.Abs(u - 2)), "around 2"),
        (sp.exp(1 / u), "around 0"),
        (sp.exp(u**2 / 5), ""),
        (sp.exp(u**2 / 4) / (1 + u**2), ""),
        (sp.exp(1000 * u), ""),
        (sp.log(1 + sp.exp(sp.exp(u))), ""),
        (sp.exp(u**2) / (1 + sp.exp(u**2)), ""),
        (sp.Abs(u) ** sp.Rational(-1, 3), ""),
        (sp.log(sp.Abs(u)), ""),
        (sp.sin(sp.exp(u**2)), ""),
        (sp.sin(u) / u, ""),
        (u / sp.sinh(u), ""),
    ],
)
def test_square_integrability(expr, reason):
    found = divergence(piecewise_smooth(expr, u))
    assert reason in found
    assert bool(reason) == bool(found)


smooth = st.sampled_from(
    [
        sp.tanh(u) * u**2,
        sp.exp(-(u**2)) + sp.cos(u),
        sp.log(1 + sp.exp(u)),
        u * SIGMOID,
        1 / (2 + sp.sin(u)),
        sqrt(1 + u**2),
        sp.asinh(u**3),
        sp.exp(u - u**2 / 8),
        sp.sinh(u) * sp.erf(u),
        sp.exp(sqrt(1 + u**2)),
    ]
)


@EXAMPLES
@given(smooth, st.floats(-30, 30))
def test_bounds_and_envelopes_hold(expr, x):
    """Structural bounds are true at every point."""
    value = float(expr.subs(u, sp.Float(x, 40)).evalf(30))
    low, high = bounds(expr, u)
    growth = envelope(expr, u)
    size = growth.scale + growth.power * math.log1p(abs(x)) + growth.linear * abs(x)
    # 1e-12: rounding of the test's own float arithmetic.
    assert low - 1e-12 <= value <= high + 1e-12
    assert math.log(abs(value) + 1e-300) <= size + growth.quadratic * x * x + 1e-12


def test_tails_are_bounded():
    growth = envelope(u**2 * sp.exp(u), u)
    for radius in (5.0, 9.0):
        true = mpmath.quad(
            lambda x: x**2 * mpmath.exp(x) * mpmath.npdf(x), [radius, radius + 5, mpmath.inf]
        )
        assert mpmath.log(true) <= growth.tail(radius)


def test_pieces_and_roots():
    function = piecewise_smooth(sp.Max(0, 1 - sp.Abs(u)) + sp.Heaviside(u - sqrt(2)), u)
    assert [p.low for p in function.pieces] == [-sp.oo, -1, 0, 1, sqrt(2)]
    assert function.jumps() == (sqrt(2),)
    assert real_roots(sp.tanh(2 * u + 1) - half, u) == [sp.atanh(half) / 2 - half]
    assert real_roots(sp.exp(u) + 1, u) == []
    with pytest.raises(InvalidProblem, match="cannot be located exactly"):
        piecewise_smooth(sp.Max(sp.sin(u), 0), u)


def test_symmetries():
    assert odd_part_slope(piecewise_smooth(u**3, u)) is None
    # A bump far out must not be overlooked.
    bump = sp.Piecewise((1, (u > 50) & (u < 51)), (0, True))
    assert odd_part_slope(piecewise_smooth(bump, u)) is None
    assert not is_affine(piecewise_smooth(u + bump, u))


def test_too_wild_for_quadrature_is_refused():
    with pytest.raises(InvalidProblem, match="varies too fast"):
        gaussian_coefficients(sp.sin(1 / u), u)
