"""Random features of structured inputs: against the isotropic law, and against finite networks."""

import numpy as np
import pytest
import sympy as sp

import asymp
from asymp.problem.designs import Spectrum
from asymp.reductions.step import Outcome

LEVEL = asymp.Parameter("r", sp.Interval.open(0, sp.oo), "ratio of the two levels")
SHARE = asymp.Parameter("share", sp.Interval.open(0, 1), "weight of the higher level")


def theorem(features, **parts):
    return asymp.Problem(features=features, **parts).derive()


def risk(thm, **point):
    return float(thm.solve(**point).standard_risk)


def test_structured_inputs_of_one_level_are_the_isotropic_random_features():
    """Two routes to one law: a root of an equation, and the radicals of Marchenko-Pastur."""
    structured = asymp.RandomFeatures("relu", inputs=Spectrum.atoms([2], [1]))
    here, there = theorem(structured), theorem(asymp.RandomFeatures("relu"))
    points = [(2.0, 1.5, 0.1), (2.0, 1.5, 0.0), (0.6, 1.5, 0.0), (0.6, 0.6, 0.0), (1e3, 1.5, 1e-3)]
    for psi1, psi2, zeta in points:
        one, other = (
            thm.solve(throw=False, psi1=psi1, psi2=psi2, zeta=zeta, tau=0.3)
            for thm in (here, there)
        )
        assert int(one.status) == int(other.status)
        for name in ("standard_risk", "parameter_norm2", "train_risk"):
            np.testing.assert_allclose(one[name], other[name], rtol=1e-11)  # rounding


@pytest.mark.parametrize(("n", "zeta"), [(400, 0.02), (150, 0.02), (150, 0.0)])
def test_simulated_random_features_of_structured_inputs(n, zeta):
    """The nonlinear network itself, not its Gaussian equivalent."""
    rng = np.random.default_rng(9)
    d, width, tau, fresh = 200, 240, 0.3, 20000
    values = np.repeat([0.4, 5.0], [140, 60])
    shares = np.repeat([0.6 / 140, 0.4 / 60], [140, 60])
    beta = np.sqrt(shares / values)
    spectrum = Spectrum.two_level(0.4, 5.0, 0.3, 0.4)
    thm = theorem(asymp.RandomFeatures("relu", inputs=spectrum))
    theory = risk(thm, psi1=width / d, psi2=n / d, zeta=zeta, tau=tau)
    risks = []
    for _ in range(12):
        rows = rng.standard_normal((width, d))
        rows /= np.linalg.norm(rows, axis=1, keepdims=True) * np.sqrt(values.mean())
        signs = rng.choice([-1.0, 1.0], d)

        def draw(count, rows=rows, signs=signs):
            x = rng.standard_normal((count, d)) * np.sqrt(values)
            features = np.maximum(x @ rows.T, 0) - 1 / np.sqrt(2 * np.pi)
            return features, x @ (signs * beta) + tau * rng.standard_normal(count)

        features, labels = draw(n)
        if zeta:
            gram = features.T @ features / n + zeta * np.eye(width)
            theta = np.linalg.solve(gram, features.T @ labels / n)
        else:
            theta = np.linalg.lstsq(features, labels, rcond=None)[0]
        test, answers = draw(fresh)
        risks.append(np.mean((answers - test @ theta) ** 2))
    sem = np.std(risks, ddof=1) / np.sqrt(len(risks))
    # sampling, and a bias of order 1/d of the Gaussian equivalence
    assert abs(np.mean(risks) - theory) < 4 * sem + 4 / d * theory


def test_structured_inputs_check_every_step():
    thm = theorem(asymp.RandomFeatures("relu", inputs=Spectrum.two_level(1, LEVEL, SHARE)))
    outcomes = {step.name: step.check().outcome for step in thm.derivation}
    assert set(outcomes.values()) <= {Outcome.PROVED, Outcome.VERIFIED}, outcomes
    assert "spectral-averages" in outcomes


def test_linear_features_of_structured_inputs_without_ridge():
    """Fewer features than inputs, none regularised: the constant part of the resolvent is zero."""
    thm = theorem(asymp.RandomFeatures("linear", inputs=Spectrum.two_level(1, 4, 0.5, 0.7)))
    rng = np.random.default_rng(10)
    d, width, n, tau = 300, 150, 450, 0.4
    values = np.repeat([1.0, 4.0], d // 2)
    beta = np.sqrt(np.repeat([0.3, 0.7], d // 2) / (d // 2) / values)
    risks = []
    for _ in range(10):
        rows = rng.standard_normal((width, d)) / np.sqrt(d * values.mean())
        x = rng.standard_normal((n, d)) * np.sqrt(values)
        theta = np.linalg.lstsq(x @ rows.T, x @ beta + tau * rng.standard_normal(n), rcond=None)[0]
        risks.append(tau**2 + (rows.T @ theta - beta) ** 2 @ values)
    theory = risk(thm, psi1=width / d, psi2=n / d, zeta=0.0, tau=tau)
    sem = np.std(risks, ddof=1) / np.sqrt(len(risks))
    assert abs(np.mean(risks) - theory) < 4 * sem + 3 / width * theory  # sampling, order 1/N


def test_an_input_adversary_on_structured_random_features_is_refused_with_the_reason():
    features = asymp.RandomFeatures("relu", inputs=Spectrum.two_level(1, 4))
    with pytest.raises(asymp.NotDerivable, match="does not commute"):
        theorem(features, adversary=asymp.L2Input())
    with pytest.raises(asymp.NotDerivable, match="does not commute"):
        theorem(features, penalty=asymp.Ridge(metric="gradient"))
    with pytest.raises(asymp.InvalidProblem, match=r"expected an asymp\.Spectrum"):
        asymp.RandomFeatures("relu", inputs=[1, 2])
