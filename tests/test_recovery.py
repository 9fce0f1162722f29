"""Exact recovery of a realisable teacher: derived boundary against the map and finite problems."""

import numpy as np
import pytest
import scipy.special

import asymp


@pytest.fixture(scope="module")
def attacked():
    return asymp.Problem(features=asymp.IsotropicGaussian(), adversary=asymp.L2Input()).derive()


def boundary(alpha):
    """Largest recovering radius without ridge, by hand: the gain is linear in eps**2."""
    c = 1 / alpha
    a = np.sqrt(2) * scipy.special.erfinv(c)
    density = np.exp(-(a**2) / 2) / np.sqrt(2 * np.pi)
    noise = (c - 2 * a * density + a**2 * (1 - c)) / c
    return np.sqrt((1 - noise) * c**2 / a**2)


@pytest.mark.parametrize("alpha", [1.2, 2.0, 8.0])
def test_boundary_is_where_the_risk_leaves_zero(attacked, alpha):
    radius = boundary(alpha)
    inside = attacked.solve(alpha=alpha, eps=0.999 * radius)
    outside = attacked.solve(alpha=alpha, eps=1.01 * radius)
    assert float(inside.standard_risk) == 0.0
    assert float(inside.train_robust_risk) == pytest.approx((0.999 * radius) ** 2, rel=1e-14)
    assert 0 < float(outside.standard_risk) < 1e-2


def test_recovery_is_the_limit_of_small_noise(attacked):
    """The risk vanishes with the noise variance, quadratically in tau."""
    risks = attacked.solve(alpha=2.0, eps=0.1, tau=[1e-3, 1e-4, 1e-5]).standard_risk.values
    # the correction is of relative order tau: 0.75 % from 1e-3, ten times less from 1e-4
    np.testing.assert_allclose(risks[:-1] / risks[1:], 100.0, rtol=1e-2)
    np.testing.assert_allclose(risks[1] / risks[2], 100.0, rtol=1e-3)
    assert float(attacked.solve(alpha=2.0, eps=0.1).standard_risk) == 0.0


def test_finite_problems_recover_the_teacher(attacked):
    """Inside the boundary (0.47 at alpha = 2) the trained parameter is the teacher itself."""
    inside = attacked.simulate(d=100, repeats=3, alpha=2.0, eps=0.3)
    outside = attacked.simulate(d=100, repeats=3, alpha=2.0, eps=0.8)
    # the training's duality gap of 1e-8 bounds the distance to the optimum
    assert float(inside.standard_risk.max()) < 1e-6
    assert float(outside.standard_risk.min()) > 1e-2


def test_square_linear_features_recover_but_have_no_finite_norm():
    linear = asymp.theorem("random-features-robust", activation="linear")
    found = linear.solve(psi1=3.0, psi2=2.0, eps=0.1, zeta=0.01)
    assert float(found.standard_risk) == 0.0
    assert float(found.parameter_norm2) == pytest.approx(0.5)  # 1/(psi1 - 1)
