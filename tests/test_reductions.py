"""Reductions: every step's check, and that one changed line changes everything downstream."""

import pytest
import sympy as sp

import asymp
from asymp.reductions.adversary import robust_loss
from asymp.reductions.checking import vanishes
from asymp.reductions.pipeline import derive

BAD = (asymp.Outcome.FALSE, asymp.Outcome.UNKNOWN)
PROBLEMS = {
    "headline": {"features": asymp.RandomFeatures("relu"), "adversary": asymp.L2Input()},
    "tanh": {"features": asymp.RandomFeatures("tanh"), "adversary": asymp.L2Input()},
    "even": {"features": asymp.RandomFeatures("quadratic"), "adversary": asymp.L2Input()},
    "linear": {"features": asymp.RandomFeatures("linear"), "adversary": asymp.L2Input()},
    "ridge": {"features": asymp.RandomFeatures("relu")},
    "gradient ridge": {
        "features": asymp.RandomFeatures("relu"),
        "penalty": asymp.Ridge(metric="gradient"),
    },
    "linear ridge": {"features": asymp.RandomFeatures("linear")},
    "step": {"features": asymp.RandomFeatures("sign")},
    "isotropic": {"features": asymp.IsotropicGaussian(), "adversary": asymp.L2Input()},
    "huber": {"features": asymp.IsotropicGaussian(), "loss": asymp.HuberLoss()},
    "robust absolute": {
        "features": asymp.IsotropicGaussian(),
        "loss": asymp.AbsoluteLoss(),
        "adversary": asymp.L2Input(),
    },
    "absolute": {"features": asymp.IsotropicGaussian(), "loss": asymp.AbsoluteLoss()},
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_step_of_every_problem_checks(name):
    found = derive(asymp.Problem(**PROBLEMS[name]))
    outcomes = {step.name: step.check() for step in found.steps}
    assert not {n: r for n, r in outcomes.items() if r.outcome in BAD}
    assert len({step.name for step in found.steps}) == len(found.steps)


def test_headline_system_is_the_three_scalar_map():
    system = derive(asymp.Problem(**PROBLEMS["headline"])).system
    assert [str(x) for x in system.state] == ["V", "SR", "P"]
    free = set().union(*(system.closed(f).free_symbols for f in system.update))
    names = {s.name for s in free} - {"V", "SR", "P"}
    assert names == {"psi1", "psi2", "eps", "zeta", "tau", "rho", "mu1", "mu2", "kappa2"}


def test_corners_are_decided_symbolically():
    even = derive(asymp.Problem(**PROBLEMS["even"]))
    assert {s.name for s in even.model.constants} == {"mu2", "kappa2"}
    linear = derive(asymp.Problem(**PROBLEMS["linear"]))
    assert {s.name for s in linear.model.constants} == {"mu1"}
    assert derive(asymp.Problem(**PROBLEMS["step"])).model.gradient is None


def test_a_step_has_no_input_adversary():
    with pytest.raises(asymp.NotDerivable, match="kappa2 = inf"):
        asymp.Problem(features=asymp.RandomFeatures("sign"), adversary=asymp.L2Input()).derive()


def test_break_points_without_an_order_are_refused():
    """A Huber knee may lie on either side of the budget: two regimes, not one closed form."""
    problem = asymp.Problem(
        features=asymp.IsotropicGaussian(), loss=asymp.HuberLoss(), adversary=asymp.L2Input()
    )
    with pytest.raises(asymp.NotDerivable, match="cannot order the break points"):
        problem.derive()


def test_null_threshold_is_the_printed_one():
    r"""Theory, section 3 item 1, for isotropic inputs: (pi/2)(1/alpha + rho/(rho+tau^2))."""
    branches = derive(asymp.Problem(**PROBLEMS["isotropic"])).branches
    null = next(b for b in branches if b.name == "null")
    found = null.guards[-1].expression ** 2
    symbols = asymp.Problem(**PROBLEMS["isotropic"]).parameters
    alpha, tau, rho = (symbols[name].symbol for name in ("alpha", "tau", "rho"))
    printed = sp.pi / 2 * (1 / alpha + rho / (rho + tau**2))
    assert sp.simplify(found - printed) == 0


def test_robust_loss_of_an_asymmetric_loss_is_a_maximum_over_the_ends():
    r = asymp.RESIDUAL
    robust = robust_loss(sp.Max(3 * r / 4, -r / 4))
    at = sp.lambdify([r, sp.Symbol("e", positive=True)], robust, "numpy")
    assert at(1.0, 0.5) == pytest.approx(3 * 1.5 / 4)
    assert at(-1.0, 0.5) == pytest.approx(1.5 / 4)


def test_a_wrong_identity_is_not_proved():
    a = sp.Symbol("a", positive=True)
    assert not vanishes(sp.erf(a) + sp.erfc(a) - 1 + sp.exp(-(a**2)) / 10**9)
    assert vanishes(sp.exp(a) * sp.exp(-a) - 1)


def test_conditional_hypotheses_are_named_for_other_activations():
    def assumed(name):
        steps = derive(asymp.Problem(**PROBLEMS[name])).steps
        step = next(s for s in steps if s.name == "gaussian-equivalence")
        return step.licence.conditional_on

    assert [h.text for h in assumed("headline")] == [
        r"the Gaussian equivalent also holds for $\zeta>0$, and for $\varepsilon=0$"
    ]
    assert "Gaussian equivalent" in assumed("tanh")[0].text


def test_ridge_alone_is_continuous_in_the_adversary():
    """The adversarial theorem at eps = 0 is the one derived without an adversary."""
    robust = asymp.Problem(**PROBLEMS["headline"]).derive()
    plain = asymp.Problem(**PROBLEMS["ridge"]).derive()
    point = {"psi1": 1.7, "psi2": 0.8, "zeta": 0.05, "tau": 0.4}
    a, b = robust.solve(eps=0.0, **point), plain.solve(**point)
    assert float(a.standard_risk) == pytest.approx(float(b.standard_risk), rel=1e-12)
    assert float(a.train_robust_risk) == pytest.approx(float(b.train_risk), rel=1e-12)
    assert float(a.parameter_norm2) == pytest.approx(float(b.parameter_norm2), rel=1e-12)


def test_a_loss_is_known_by_its_expression_not_its_name():
    r = asymp.RESIDUAL
    features = asymp.RandomFeatures("relu")
    anonymous = asymp.Problem(features=features, loss=asymp.ResidualLoss(r**2 / 2)).derive()
    named = asymp.Problem(features=features).derive()
    point = {"psi1": 5.0, "psi2": 2.0, "zeta": 0.0, "tau": 0.5}
    assert float(anonymous.solve(**point).SR) == float(named.solve(**point).SR)
    pretender = asymp.ResidualLoss(sp.Abs(r), name="square")
    found = asymp.Problem(features=features, loss=pretender).derive()
    assert {branch.name for branch in found.branches} == {"generic"}


def test_an_intercept_that_does_not_vanish_is_refused():
    loss = asymp.ResidualLoss(asymp.RESIDUAL**2 / 2 + asymp.RESIDUAL / 3)
    with pytest.raises(asymp.NotDerivable, match="free intercept"):
        asymp.Problem(features=asymp.RandomFeatures("plain-relu"), loss=loss).derive()
    centred = asymp.Problem(features=asymp.RandomFeatures("relu"), loss=loss).derive()
    assert centred.status == "derived"


def test_the_null_phase_is_claimed_for_even_losses_only():
    r = asymp.RESIDUAL
    tilted = asymp.ResidualLoss(sp.Max(2 * r, -r))
    found = asymp.Problem(
        features=asymp.RandomFeatures("relu"), loss=tilted, adversary=asymp.L2Input()
    ).derive()
    assert "null" not in {branch.name for branch in found.branches}


def test_wrong_second_moments_are_caught_by_the_step(monkeypatch):
    from dataclasses import replace

    from asymp.reductions.gaussian_equivalence import random_features as rule

    right = rule.GaussianModel

    def wrong(*args, **kwargs):
        return replace(right(*args, **kwargs), trace_weight=kwargs["trace_weight"] * 1.01)

    monkeypatch.setattr(rule, "GaussianModel", wrong)
    steps = derive(asymp.Problem(**PROBLEMS["ridge"])).steps
    step = next(s for s in steps if s.name == "gaussian-equivalence")
    assert step.check().outcome is asymp.Outcome.FALSE
