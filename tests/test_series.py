"""Expansions: printed propositions, closed forms, and values of the solver nearby."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp

import asymp
from asymp.analysis import series
from asymp.analysis.identify import identify
from asymp.analysis.powers import expand
from asymp.errors import InvalidParameter, NotDerivable


@pytest.fixture(scope="module")
def ridge():
    return asymp.Problem(features=asymp.IsotropicGaussian()).derive()


@pytest.fixture(scope="module")
def linear():
    return asymp.theorem("random-features-robust", activation="linear")


@pytest.mark.parametrize(("psi2", "tau"), [("3", "1/2"), ("5/4", "2")])
def test_proposition_13_of_2002_10477(linear, psi2, tau):
    """Adversarial linear regression to first order in the radius, as printed."""
    found = series(linear, "standard_risk", "eps", 0, 1, psi1=2, psi2=psi2, tau=tau)
    n, t = sp.Rational(psi2), sp.Rational(tau)
    printed = (
        n * t**2 / (n - 1),
        -2 * sp.sqrt(2 / sp.pi) * t**3 * n ** sp.Rational(3, 2)
        / (n - 1) ** 2 / sp.sqrt(t**2 + n - 1),
    )  # fmt: skip
    assert found.exponents == (0, 1)
    for coefficient, symbolic, expected in zip(
        found.coefficients, found.symbolic, printed, strict=True
    ):
        with mpmath.workdps(40):  # thirty digits are aimed at
            assert abs(coefficient / mpmath.mpf(str(sp.N(expected, 40))) - 1) < 1e-28
        assert sp.simplify(symbolic - expected) == 0
    assert r"\sqrt" in found.latex()
    assert r"O\left(\varepsilon^{2}\right)" in found.latex()


def test_large_ratio_of_ridge(ridge):
    """Least squares: tau^2 alpha/(alpha-1); with ridge the population minimiser at infinity."""
    found = series(ridge, "standard_risk", "alpha", "oo", 3, tau="1/2")
    assert found.symbolic == (sp.Rational(1, 4),) * 4
    assert found.exponents == (0, 1, 2, 3)
    assert found.latex().startswith(r"$\mathrm{standard\,risk} = \frac{1}{4} + \frac{1}{4}\,")
    # (1 + zeta)^-2 rho zeta^2 + tau^2 at infinity.
    ridged = series(ridge, "standard_risk", "alpha", "oo", 0, tau="1/2", zeta=1, rho=2)
    assert ridged.symbolic == (sp.Rational(3, 4),)


def test_interpolation_threshold(ridge):
    many = series(ridge, "standard_risk", "alpha", 1, 2, side="+", tau="1/2")
    # tau^2 alpha/(alpha-1) = tau^2/(alpha-1) + tau^2, and nothing else.
    assert many.exponents == (-1, 0, 1)
    assert many.symbolic == (sp.Rational(1, 4), sp.Rational(1, 4), 0)
    few = series(ridge, "standard_risk", "alpha", 1, 1, side="-", tau="1/2")
    # rho (1-alpha) + tau^2/(1-alpha).
    assert few.symbolic == (sp.Rational(1, 4), 0)
    assert r"\left(1-\alpha\right)^{-1}" in few.latex()


def test_half_integer_exponents(ridge):
    """At alpha = 1 the risk diverges like the inverse root of the ridge."""
    found = series(ridge, "standard_risk", "zeta", 0, 1, alpha=1, tau="1/2")
    assert found.exponents[:2] == (Fraction(-1, 2), Fraction(0))
    zeta = 1e-6
    exact = float(ridge.solve(alpha=1.0, zeta=zeta, tau=0.5).standard_risk)
    # The next power is zeta^1: error() says how large it is.
    assert abs(float(found(zeta)) - exact) < max(10 * float(found.error(zeta)), 1e-9 * exact)
    # Leading coefficient from the quadratic of the resolvent: V ~ zeta^(-1/2), SR ~ tau^2 V/2.
    assert found.symbolic[0] == sp.Rational(1, 8)


def test_the_null_threshold_is_approached_quadratically(headline):
    point = {"psi1": 2, "psi2": 3, "tau": "1/2"}
    found = series(headline, "P", "eps", "eps_max", 1, side="-", **point)
    assert found.exponents == (2, 3)
    top = float(found.point.value)
    distance = 1e-3
    near = headline.solve(psi1=2.0, psi2=3.0, tau=0.5, eps=top * (1 - distance)).P
    # The power left out is the square of the distance, relatively, with a moderate coefficient.
    assert float(found(top * (1 - distance))) == pytest.approx(float(near), rel=1e-5)
    assert r"\left(\varepsilon_{\max}-\varepsilon\right)^{2}" in found.latex()
    beyond = series(headline, "P", "eps", "eps_max", 1, side="+", **point)
    assert beyond.symbolic == (0, 0)
    assert beyond.latex().startswith("$P = 0 + O")
    assert float(beyond(top + 0.1)) == 0.0


def test_large_width_is_memorisation(headline):
    """At fixed radius P falls like 1/psi1, and the risks go to rho + tau^2 like its root."""
    point = {"psi2": 3, "tau": "1/2", "eps": "3/10"}
    norm = series(headline, "P", "psi1", "oo", 0, **point)
    assert norm.exponents == (1,)
    risk = series(headline, "robust_risk", "psi1", "oo", 1, **point)
    assert risk.exponents[:2] == (0, Fraction(1, 2))
    assert risk.symbolic[0] == sp.Rational(5, 4)
    # robust risk = SR + 2 sqrt(2/pi) eps sqrt(P SR) + ...: the root comes from P.
    expected = 2 * math.sqrt(2 / math.pi) * 0.3 * math.sqrt(float(norm.coefficients[0]) * 1.25)
    assert float(risk.coefficients[1]) == pytest.approx(expected, rel=1e-12)


def test_a_regular_point_agrees_with_the_solver_and_the_gradient(headline):
    from asymp.analysis import gradient

    point = {"psi1": 1.5, "psi2": 2.0, "tau": 0.5, "zeta": 0.01}
    found = series(headline, "standard_risk", "eps", 0.3, 4, **point)
    assert found.exponents == (0, 1, 2, 3, 4)
    slope = gradient(headline, "standard_risk", "eps").solve(**point, eps=0.3)
    assert float(found.coefficients[0]) == pytest.approx(float(slope.standard_risk), rel=1e-13)
    assert float(found.coefficients[1]) == pytest.approx(float(slope.gradient), rel=1e-12)
    eps = np.array([0.29, 0.3, 0.31])
    exact = headline.solve(**point, eps=eps).standard_risk
    # Fifth power of 0.01 with a coefficient of order 100.
    np.testing.assert_allclose(found(eps), exact, rtol=1e-7)
    assert found(exact.eps).dims == ("eps",)
    assert max(found.errors) < 1e-20


def test_one_sided_at_the_end_of_a_domain(headline):
    """The value at radius zero is that of another estimator: the expansion is from inside."""
    point = {"psi1": 3, "psi2": 1, "tau": "3/10"}
    found = series(headline, "standard_risk", "eps", 0, 1, **point)
    at = headline.solve(psi1=3.0, psi2=1.0, tau=0.3, eps=0.0).standard_risk
    # theory.md, section 3, item 3: .687 is the limit of min-norm, .758 that of a small radius.
    assert round(float(at), 3) == 0.687
    assert round(float(found.coefficients[0]), 3) == 0.758


def test_sides_and_names_are_checked(headline, ridge):
    with pytest.raises(InvalidParameter, match="changes from interpolation to generic: give side="):
        series(ridge, "standard_risk", "alpha", 1, tau=1)
    with pytest.raises(InvalidParameter, match='give "\\+" or "-"'):
        series(ridge, "standard_risk", "alpha", 1, tau=1, side="above")
    with pytest.raises(InvalidParameter, match="alpha is expanded in"):
        series(ridge, "standard_risk", "alpha", 1, alpha=1)
    with pytest.raises(InvalidParameter, match='eps_test="eps"'):
        series(headline, "robust_risk", "eps", 0, psi1=1, psi2=2)
    with pytest.raises(InvalidParameter, match="eps_max moves with psi1"):
        series(headline, "P", "psi1", "eps_max", psi2=2, eps=0.1)
    with pytest.raises(InvalidParameter, match="order = 9"):
        series(ridge, "standard_risk", "alpha", 2, 9)
    with pytest.raises(InvalidParameter, match="tau = 'x' is not one real number"):
        series(ridge, "standard_risk", "alpha", 2, tau="x")
    with pytest.raises(InvalidParameter, match=r"tau = -1 is not in \[0, inf\)"):
        series(ridge, "standard_risk", "alpha", 2, tau=-1)
    with pytest.raises(InvalidParameter, match="psi2 is missing"):
        series(headline, "P", "psi1", 2, eps=0.1)


def test_a_following_parameter_moves_along(headline):
    point = {"psi1": 1, "psi2": 2, "tau": "1/2"}
    follow = series(headline, "robust_risk", "eps", "1/5", 1, eps_test="eps", **point)
    held = series(headline, "robust_risk", "eps", "1/5", 1, eps_test="1/5", **point)
    ds = headline.solve(psi1=1.0, psi2=2.0, tau=0.5, eps=0.2)
    # Difference: derivative of SR + 2 sqrt(2/pi) t sqrt(P SR) + t^2 P in t.
    P, SR = float(ds.P), float(ds.SR)
    extra = 2 * math.sqrt(2 / math.pi) * math.sqrt(P * SR) + 2 * 0.2 * P
    gap = float(follow.coefficients[1] - held.coefficients[1])
    assert gap == pytest.approx(extra, rel=1e-12)


def test_expansions_of_known_functions():
    with mpmath.workdps(130):
        found = expand(lambda u: mpmath.exp(u) / u ** mpmath.mpf("1.5"), mpmath.mpf(1), 2)
        assert found.exponents == tuple(Fraction(k) - Fraction(3, 2) for k in range(4))
        assert [float(c) for c in found.coefficients] == pytest.approx([1, 1, 1 / 2, 1 / 6])
        cube = expand(lambda u: mpmath.cbrt(u) + u, mpmath.mpf(2), 1)
        assert cube.exponents[0] == Fraction(1, 3)
        with pytest.raises(NotDerivable, match="logarithm"):
            expand(lambda u: 1 + u * mpmath.log(u), mpmath.mpf(1), 2)
        with pytest.raises(NotDerivable, match="no simple fraction"):
            expand(lambda u: u ** mpmath.sqrt(2), mpmath.mpf(1), 2)


def test_identification_claims_nothing_without_evidence():
    with mpmath.workdps(50):
        assert identify(mpmath.sqrt(mpmath.mpf(2) / 3), 1e-40) == sp.sqrt(sp.Rational(2, 3))
        assert identify(mpmath.mpf(3) / (7 * mpmath.pi), 1e-30) == 3 / (7 * sp.pi)
        assert identify(mpmath.euler, 1e-40) is None
        assert identify(mpmath.mpf(1) / 3, 1e-6) is None  # six digits are no evidence
        assert identify(mpmath.mpf("1e-31"), 1e-30) == 0
