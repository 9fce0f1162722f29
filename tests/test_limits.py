"""Limits of theory note, section 3, beside formulas that share nothing with the engine."""

import math

import numpy as np
import pytest
from helpers import RELU, Robust, kernel_limit, marchenko_pastur, population_minimiser

import asymp
from asymp.reductions.step import Outcome
from asymp.testing.limits import check_limit, points_of
from asymp.testing.pointwise import Pointwise


def floor(psi1, tau, mu1, mu2, **_):
    """Risk of the best linear predictor, by quadrature."""
    t, w = marchenko_pastur(psi1)
    return tau**2 + 1 - np.sum(w * psi1 * mu1**2 * t / (mu1**2 * t + mu2**2))


@pytest.mark.parametrize("psi1", [0.3, 0.9, 2.5])
def test_risk_floor_in_the_catalogue_is_the_quadrature(headline, solve, psi1):
    law = next(law for law in headline.laws if law.name == "floor-above-noise")
    at = {"psi1": psi1, "psi2": 1.0, "eps": 0.1, "tau": 0.5}
    # The law's slack is 1 - tau^2/floor over the condition number; rounding alone remains.
    found = 0.25 / (1 - law.slack(solve, at) * max(1.0, solve(**at)["condition"]))
    assert found == pytest.approx(floor(psi1, 0.5, **RELU), rel=1e-10)


def test_printed_values_of_the_two_interpolators(headline):
    at = {"psi1": 3.0, "psi2": 1.0, "tau": 0.3, "zeta": 0.0}
    first = float(headline.solve(eps=0.0, **at).standard_risk)
    second = float(headline.solve(eps=1e-7, **at).standard_risk)
    assert (round(first, 3), round(second, 3)) == (0.687, 0.758)


@pytest.mark.parametrize("matrix", ["identity", "gradient"])
def test_interpolators_by_their_own_scalar_equation(headline, matrix):
    """Least theta^T R theta among interpolators: ridge k with tr Sigma (Sigma + kR)^{-1} = n."""
    psi1, psi2, tau = 3.0, 1.0, 0.3
    t, w = marchenko_pastur(psi1)
    mu1, mu2, kappa2 = RELU["mu1"], RELU["mu2"], RELU["kappa2"]
    sigma = mu1**2 * t + mu2**2
    R = np.ones_like(t) if matrix == "identity" else mu1**2 * t + kappa2
    low, high = 1e-9, 1e9
    for _ in range(200):
        k = math.sqrt(low * high)
        low, high = (k, high) if np.sum(w * psi1 * sigma / (sigma + k * R)) > psi2 else (low, k)
    signal = w * psi1 * mu1**2 * t
    bias = 1 - 2 * np.sum(signal / (sigma + k * R)) + np.sum(signal * sigma / (sigma + k * R) ** 2)
    share = np.sum(w * psi1 * sigma**2 / (sigma + k * R) ** 2) / psi2
    expected = (bias + tau**2) / (1 - share)
    eps = 0.0 if matrix == "identity" else 1e-6
    found = headline.solve(psi1=psi1, psi2=psi2, tau=tau, zeta=0.0, eps=eps)
    # Both sides are accurate to 1e-12; the crossover in eps is exponentially small.
    assert float(found.standard_risk) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(("psi1", "eps"), [(0.5, 0.2), (2.0, 0.4), (4.0, 0.1)])
def test_many_samples_give_the_population_minimiser(solve, psi1, eps):
    tau = 0.5
    expected = population_minimiser(psi1, eps, tau, **RELU)
    coarse, fine = (solve(psi1=psi1, psi2=n, eps=eps, tau=tau, zeta=0.0) for n in (1e6, 2e6))
    for name, value in expected.items():
        # Linear in 1/psi2; the minimiser itself is found to the square root of 1e-12.
        assert 2 * fine[name] - coarse[name] == pytest.approx(value, rel=1e-5)
    best = 2 * fine["robust_risk"] - coarse["robust_risk"]
    assert best == pytest.approx(expected["robust_risk"], rel=1e-9)  # quadratic at the minimum
    assert fine["train_robust_risk"] < expected["robust_risk"] < fine["robust_risk"]


@pytest.mark.parametrize("eps", [0.0, 0.3])
def test_wide_networks_with_proportional_ridge_are_kernels(solve, eps):
    psi2, lam, tau = 2.0, 0.1, 0.5
    expected = kernel_limit(psi2, lam, eps, tau, RELU["mu1"], RELU["mu2"])
    a, b = (solve(psi1=n, psi2=psi2, eps=eps, zeta=lam * n, tau=tau) for n in (1e5, 2e5))
    for name, value in expected.items():
        # Linear in 1/psi1, so that extrapolation leaves terms of 1e-10 and rounding.
        assert 2 * b[name] - a[name] == pytest.approx(value, rel=1e-7)


def test_wide_networks_memorise_under_an_adversary(solve):
    found = [solve(psi1=n, psi2=1.0, eps=0.5, tau=0.5) for n in (1e4, 1e6)]
    assert found[0]["gradient_norm2"] / found[1]["gradient_norm2"] == pytest.approx(100, rel=0.02)
    assert found[1]["train_robust_risk"] < 1e-4
    assert found[1]["standard_risk"] == pytest.approx(1.25, rel=1e-2)


@pytest.mark.parametrize("psi1", [0.4, 3.0])
def test_null_threshold_by_quadrature(solve, psi1):
    psi2, tau = 1.5, 0.7
    t, w = marchenko_pastur(psi1)
    mu1, mu2, kappa2 = RELU["mu1"], RELU["mu2"], RELU["kappa2"]
    a = mu1**2 * t + kappa2
    inner = psi1 / psi2 * np.sum(w * (mu1**2 * t + mu2**2) / a)
    inner += mu1**2 * psi1 / (1 + tau**2) * np.sum(w * t / a)
    threshold = math.sqrt(math.pi / 2 * inner)
    at = {"psi1": psi1, "psi2": psi2, "tau": tau, "zeta": 0.1}
    assert solve(eps=1.0, **at)["eps_max"] == pytest.approx(threshold, rel=1e-12)
    assert solve(eps=threshold * 1.0001, **at)["status"] == 1
    # C (1e-4)^2 with C of order 1
    assert 1e-12 < solve(eps=threshold * 0.9999, **at)["gradient_norm2"] < 1e-6


def test_near_interpolation_hardly_depends_on_eps(solve):
    at = {"psi1": 4.0, "psi2": 1.0, "tau": 0.3, "zeta": 0.0}
    small, smaller = solve(eps=0.05, **at), solve(eps=0.005, **at)
    assert small["standard_risk"] == pytest.approx(smaller["standard_risk"], rel=1e-6)
    assert small["interpolated_fraction"] > 0.999


def test_false_limit_is_found_with_its_counterexample(headline, solve):
    wrong = asymp.Limit(
        "wrong", {"eps": "h", "zeta": "h"}, {"standard_risk": "rho + tau**2"}, where="psi1 < psi2"
    )
    result = check_limit(wrong, solve, points_of(wrong, solve, 2))
    assert result.outcome is Outcome.FALSE
    assert "standard_risk" in result.counterexample


def test_true_limit_at_too_high_an_order_is_false(solve):
    limit = asymp.Limit(
        "order", {"eps": "h"}, ("standard_risk",), order=2, ranges={"zeta": (0.1, 1)}
    )
    assert check_limit(limit, solve, points_of(limit, solve, 2)).outcome is Outcome.FALSE


def test_population_limit_of_the_plain_iteration():
    """The helper's own consistency: at huge psi2 its map gives the same minimiser."""
    iterated = Robust(2.0, 1e7, 0.4, 0.0, 0.5, **RELU).solve()
    direct = population_minimiser(2.0, 0.4, 0.5, **RELU)
    assert iterated["standard_risk"] == pytest.approx(direct["standard_risk"], rel=1e-5)


def test_linear_features_are_the_isotropic_problem():
    random = asymp.theorem("random-features-robust", activation="linear")
    plain = asymp.Problem(features=asymp.IsotropicGaussian(), adversary=asymp.L2Input()).derive()
    first, second = Pointwise(random), Pointwise(plain)
    for eps, psi1 in ((0.2, 1.3), (0.7, 4.0)):
        a = first(psi1=psi1, psi2=1.6, eps=eps, tau=0.5, zeta=0.0)
        b = second(alpha=1.6, eps=eps, tau=0.5, zeta=0.0)
        for name in ("standard_risk", "robust_risk", "train_robust_risk", "gradient_norm2"):
            assert a[name] == pytest.approx(b[name], rel=1e-10)  # two roots to 1e-13 times ~10
