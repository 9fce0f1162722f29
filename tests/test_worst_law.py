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


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"labels": asymp.SignLabels(), "loss": asymp.LogisticLoss()}, "labels are binary"),
        ({"penalty": asymp.Lasso()}, "penalty is not a ridge"),
        ({"noise": asymp.StudentNoise()}, "mixture of a continuum"),
        ({"intercept": True}, "intercept"),
    ],
)
def test_what_does_not_fit_is_named(parts, reason):
    problem = asymp.Problem(
        features=asymp.IsotropicGaussian(), ambiguity=asymp.KLBall(), **parts
    )  # fmt: skip
    with pytest.raises(asymp.NotDerivable, match=reason):
        problem.derive()
