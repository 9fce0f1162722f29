"""Optimal parameters: closed forms, and direct minimisation of the solver."""

import numpy as np
import pytest
from scipy.optimize import minimize, minimize_scalar

import asymp
from asymp.analysis import optimise
from asymp.errors import InvalidParameter


@pytest.fixture(scope="module")
def ridge():
    return asymp.Problem(features=asymp.IsotropicGaussian()).derive()


def test_the_optimal_ridge_is_the_noise_to_signal_ratio(ridge):
    """Dobriban and Wager (2018), Theorem 2.1: here zeta = tau^2/(rho alpha)."""
    tau = np.array([0.1, 0.5, 2.0])
    best = optimise(ridge, "standard_risk", "zeta", alpha=[0.1, 1.0, 10.0], tau=tau, rho=1.5)
    assert best.zeta.dims == ("alpha", "tau")
    expected = tau**2 / (1.5 * best.alpha.values[:, None])
    # The gradient is 0 to 1e-16 and its slope at the optimum 1e-4 or more.
    np.testing.assert_allclose(best.zeta, expected, rtol=1e-9)
    assert np.abs(best.zeta_gradient).max() < 1e-12
    assert (best.zeta_place == 0).all()
    assert best.zeta_place.attrs["flag_meanings"] == "interior lower upper none"
    risk = ridge.solve(alpha=best.alpha, tau=best.tau, zeta=best.zeta, rho=1.5).standard_risk
    np.testing.assert_array_equal(best.standard_risk, risk)


def test_optimal_ridge_of_random_features_against_direct_search(headline):
    # Rounding of the risk limits a search by values to the root of 1e-13.
    for psi1, eps in ((0.5, 0.0), (3.0, 0.1)):
        point = {"psi1": psi1, "psi2": 2.0, "eps": eps, "tau": 0.5}
        best = optimise(headline, "standard_risk", "zeta", **point)
        found = minimize_scalar(
            lambda u, point=point: float(
                headline.solve(**point, zeta=float(np.exp(u))).standard_risk
            ),
            bounds=(-4.0, 1.0), method="bounded", options={"xatol": 1e-9},
        )  # fmt: skip
        assert float(best.zeta) == pytest.approx(np.exp(found.x), rel=1e-5)
        assert float(best.standard_risk) <= found.fun + 1e-13
        assert abs(float(best.zeta_gradient)) < 1e-13


def test_at_a_bound_it_says_so(ridge, headline):
    without_noise = optimise(ridge, "standard_risk", "zeta", alpha=2.0, tau=0.0)
    assert float(without_noise.zeta) == 0.0
    assert int(without_noise.zeta_place) == 1
    short = optimise(ridge, "standard_risk", "zeta", alpha=2.0, tau=1.0, bounds=(0.01, 0.1))
    assert float(short.zeta) == 0.1
    assert int(short.zeta_place) == 2
    assert float(short.zeta_gradient) < 0
    gap = optimise(
        headline, "robust_gap", "eps", maximise=True, psi1=1.0, psi2=2.0, eps_test="eps", tau=0.5
    )
    assert int(gap.eps_place) == 1
    assert float(gap.eps_gradient) < 0


def test_optimal_radius_at_a_fixed_attack(headline):
    point = {"psi1": 1.0, "psi2": 2.0, "eps_test": 0.3, "tau": 0.5}
    best = optimise(headline, "robust_risk", "eps", bounds=(0.0, 3.0), **point)
    grid = np.linspace(0.0, 3.0, 3001)
    risks = headline.solve(**point, eps=grid).robust_risk
    assert abs(float(best.eps) - grid[int(np.argmin(risks.values))]) < 1e-3
    assert float(best.robust_risk) <= float(risks.min())


def test_two_parameters(headline):
    point = {"psi1": 1.0, "psi2": 2.0, "eps_test": 0.3, "tau": 0.5}
    best = optimise(headline, "robust_risk", ("zeta", "eps"), **point)

    def risk(u):
        zeta, eps = np.exp(u)
        return float(headline.solve(**point, zeta=float(zeta), eps=float(eps)).robust_risk)

    found = minimize(risk, [-1.0, -1.0], method="Nelder-Mead", options={"fatol": 1e-13})
    # Rounding of the risk limits the simplex to about the root of 1e-13.
    assert (float(best.zeta), float(best.eps)) == pytest.approx(tuple(np.exp(found.x)), rel=1e-4)
    assert float(best.robust_risk) <= found.fun + 1e-13
    assert max(abs(float(best.zeta_gradient)), abs(float(best.eps_gradient))) < 1e-12
    assert (int(best.zeta_place), int(best.eps_place)) == (0, 0)


def test_maximising_does_not_run_to_a_divergence(ridge):
    # At zeta = 0 the risk is infinite at alpha = 1; a largest finite value is what is looked for.
    worst = optimise(
        ridge, "standard_risk", "alpha", maximise=True, bounds=(0.2, 5.0), zeta=0.01, tau=0.5
    )
    found = minimize_scalar(
        lambda a: -float(ridge.solve(alpha=float(a), zeta=0.01, tau=0.5).standard_risk),
        bounds=(0.2, 5.0), method="bounded", options={"xatol": 1e-9},
    )  # fmt: skip
    assert float(worst.alpha) == pytest.approx(found.x, rel=1e-6)  # root of the rounding
    assert int(worst.alpha_place) == 0


def test_points_without_an_answer(ridge):
    best = optimise(ridge, "standard_risk", "zeta", alpha=[2.0, -1.0], tau=1.0)
    assert float(best.zeta[0]) == pytest.approx(0.5, rel=1e-10)
    assert np.isnan(best.zeta[1])
    assert int(best.zeta_place[1]) == 3
    assert int(best.status[1]) == 5


def test_arguments_are_checked(headline, ridge):
    with pytest.raises(InvalidParameter, match='give eps_test a value, or eps_test="eps"'):
        optimise(headline, "robust_risk", "eps", psi1=1.0, psi2=2.0)
    with pytest.raises(InvalidParameter, match="zeta is optimised over"):
        optimise(ridge, "standard_risk", "zeta", alpha=1.0, zeta=1.0)
    with pytest.raises(InvalidParameter, match="unknown parameter 'lam'"):
        optimise(ridge, "standard_risk", "lam", alpha=1.0)
    with pytest.raises(InvalidParameter, match="did you mean"):
        optimise(ridge, "standard_rsk", "zeta", alpha=1.0)
    with pytest.raises(InvalidParameter, match="choose one parameter, or two"):
        optimise(ridge, "standard_risk", ("zeta", "zeta"), alpha=1.0)
    with pytest.raises(InvalidParameter, match="0 <= low < high < inf"):
        optimise(ridge, "standard_risk", "zeta", alpha=1.0, bounds=(2.0, 1.0))
    with pytest.raises(InvalidParameter, match="alpha is missing"):
        optimise(ridge, "standard_risk", "zeta", tau=1.0)


def test_the_condition_is_printed(ridge):
    best = optimise(ridge, "standard_risk", "zeta", alpha=1.0, tau=1.0)
    assert r"\partial_{\zeta}O+\partial_xO" in best.attrs["stationarity"]
    assert "=0" in best.attrs["stationarity"]
