"""The problem language: what it takes, what it refuses, and with which words."""

import pytest
import sympy as sp

import asymp


def test_parameters_have_their_standard_names_in_order():
    problem = asymp.Problem(features=asymp.RandomFeatures("relu"), adversary=asymp.L2Input())
    assert list(problem.parameters) == ["psi1", "psi2", "eps", "eps_test", "zeta", "tau", "rho"]
    assert problem.parameters.eps_test.default == "eps"


def test_parameters_can_be_renamed():
    thm = asymp.Problem(
        features=asymp.IsotropicGaussian(ratio="delta"), noise=asymp.GaussianNoise("sigma")
    ).derive()
    assert list(thm.parameters) == ["delta", "zeta", "sigma", "rho"]
    assert float(thm.solve(delta=2.0, sigma=0.5).standard_risk) == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize(
    ("parts", "word"),
    [
        ({"features": "relu"}, "features='relu': expected"),
        ({"features": asymp.IsotropicGaussian(), "loss": 3}, "loss=3: expected ResidualLoss"),
        (
            {"features": asymp.IsotropicGaussian("tau")},
            "parameter name 'tau' is used by two parts",
        ),
        (
            {"features": asymp.IsotropicGaussian(), "observe": asymp.Pruning(0.5)},
            "parameter name 0.5: a part takes the name",
        ),
    ],
)
def test_wrong_parts_are_named(parts, word):
    with pytest.raises(asymp.InvalidProblem, match=word):
        asymp.Problem(**parts)


def test_loss_with_undeclared_symbols_is_refused():
    with pytest.raises(asymp.InvalidProblem, match="undeclared symbols"):
        asymp.ResidualLoss(asymp.RESIDUAL**2 * sp.Symbol("k"))
    with pytest.raises(asymp.InvalidProblem, match="does not depend on the residual"):
        asymp.ResidualLoss(sp.Integer(1))


def test_ridge_metric_is_checked():
    with pytest.raises(asymp.InvalidProblem, match="choose 'identity', 'covariance', 'gradient'"):
        asymp.Ridge(metric="hessian")


def test_quantities_say_what_they_admit():
    ratio = asymp.Problem(features=asymp.IsotropicGaussian()).parameters.alpha
    with pytest.raises(asymp.InvalidParameter, match=r"alpha = -1 is not in \(0, inf\)"):
        ratio.require([-1.0])
    assert ratio.admits([float("nan"), float("inf"), 2.0]).tolist() == [False, False, True]
