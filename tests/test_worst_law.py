"""Training against the worst law in a ball: what it fits, and what finite training gives."""

import numpy as np
import pytest

import asymp

POINT = {"alpha": 2.0, "zeta": 0.1, "tau": 0.5}


@pytest.fixture(scope="module")
def theorem():
    features = asymp.IsotropicGaussian()
    return asymp.Problem(features=features, ambiguity=asymp.KLBall()).derive()


def test_every_step_holds(theorem):
    good = {asymp.Outcome.PROVED, asymp.Outcome.VERIFIED}
    assert {step.check().outcome for step in theorem.derivation} <= good


def test_a_vanishing_ball_is_plain_training(theorem):
    plain = asymp.Problem(features=asymp.IsotropicGaussian()).derive().solve(**POINT)
    ball = theorem.solve(r_kl=[1e-3, 1e-4], **POINT)
    # Weights move by O(sqrt r): sqrt(1e-4) is 0.01, and ten times less radius is sqrt(10) less.
    apart = np.abs(ball.standard_risk.values / float(plain.standard_risk) - 1)
    assert apart[1] < 0.02
    assert 2 < apart[0] / apart[1] < 5


def test_a_larger_ball_has_a_worse_law(theorem):
    ds = theorem.solve(r_kl=[0.01, 0.1, 0.5], **POINT)
    assert np.all(np.diff(ds.train_holistic_risk) > 0)
    assert np.all(ds.train_holistic_risk > ds.train_risk)


def test_finite_training_agrees(theorem):
    at = {**POINT, "r_kl": 0.1}
    theory = theorem.solve(**at)
    runs = theorem.simulate(d=150, repeats=16, rng=0, **at)
    for name in ("standard_risk", "train_risk", "train_holistic_risk", "parameter_norm2"):
        apart = float(runs[f"{name}_mean"]) - float(theory[name])
        # Three and a half standard errors, and the O(1/d) of a finite size.
        assert abs(apart) < 3.5 * float(runs[f"{name}_sem"]) + 2 * float(theory[name]) / 150


@pytest.mark.parametrize("psi1", [1.0, 4.0])
def test_finite_training_of_attacked_features_agrees(psi1):
    """The second point interpolates in theory: all losses are equal."""
    theorem = asymp.theorem("random-features-holistic")
    at = {"psi1": psi1, "psi2": 2.0, "tau": 0.5, "zeta": 0.01, "eps": 0.3, "r_kl": 0.1}
    theory = theorem.solve(**at)
    runs = theorem.simulate(d=100, repeats=12, rng=2, **at)
    for name in ("standard_risk", "robust_risk", "train_holistic_risk", "parameter_norm2"):
        apart = float(runs[f"{name}_mean"]) - float(theory[name])
        # Three and a half standard errors, and the O(1/d) of a finite size.
        assert abs(apart) < 3.5 * float(runs[f"{name}_sem"]) + 2 * float(theory[name]) / 100


@pytest.mark.slow
def test_the_attack_may_be_on_hidden_weights():
    """For the ReLU its seminorm is that of an isotropic metric: risks differ, phases are there."""
    parts = {"features": asymp.RandomFeatures("relu"), "ambiguity": asymp.KLBall()}
    theorem = asymp.Problem(adversary=asymp.WeightPerturbation(), **parts).derive()
    at = {"psi2": 2.0, "tau": 0.5, "zeta": 0.01}
    ds = theorem.solve(psi1=[1.0, 4.0], eps_w=0.3, r_kl=0.1, **at)
    gap = ds.train_holistic_risk / ds.train_robust_risk - 1
    assert float(gap[0]) > 0.1  # the worst law weights losses that differ
    assert abs(float(gap[1])) < 1e-12  # all losses are equal
    plain = asymp.Problem(features=parts["features"]).derive().solve(psi1=4.0, **(at | {"zeta": 0}))
    least = theorem.solve(psi1=4.0, eps_w=0.0, r_kl=0.1, **(at | {"zeta": 0}))
    assert float(least.standard_risk) == pytest.approx(float(plain.standard_risk), rel=1e-11)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"labels": asymp.SignLabels(), "loss": asymp.LogisticLoss()}, "labels are binary"),
        ({"penalty": asymp.Lasso()}, "penalty is not a ridge"),
        ({"noise": asymp.StudentNoise()}, "mixture of a continuum"),
        ({"intercept": True}, "intercept"),
        ({"adversary": asymp.LabelPerturbation()}, "adds the same"),
        ({"adversary": (asymp.L2Input(), asymp.LinfInput("a", "b"))}, "several attacks"),
    ],
)
def test_what_does_not_fit_is_named(parts, reason):
    problem = asymp.Problem(
        features=asymp.IsotropicGaussian(), ambiguity=asymp.KLBall(), **parts
    )  # fmt: skip
    with pytest.raises(asymp.NotDerivable, match=reason):
        problem.derive()
