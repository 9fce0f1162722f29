"""The catalogue's square-loss theorems: options, simulations, and the second route's proof."""

import numpy as np
import pytest
import sympy as sp

import asymp
from asymp.pencil.route import second_route
from asymp.reductions.step import Outcome
from asymp.simulate import compare
from asymp.testing.pointwise import Pointwise

HALF = sp.Rational(1, 2)
OPTIONS = [
    ("ridge", {"spectrum": "two-level"}),
    ("ridge", {"spectrum": asymp.Spectrum.power_law(1.5, 1e-2)}),
    ("random-features-ridge", {"activation": "tanh"}),
    ("random-features-ridge", {"activation": "sign"}),
    ("latent-space-ridgeless", {"psi": "2/3", "mu": "0.3"}),
    ("latent-space-ridgeless", {"psi": 1, "mu": 2}),
]
SIMULATED = [
    ("ridge", {}, {"alpha": 1.5, "zeta": 0.2, "tau": 0.5}),
    ("ridge", {"spectrum": "two-level"}, {"alpha": 0.7, "zeta": 0.1, "tau": 1, "t2": 4, "w2": 0.3}),
    ("ridgeless", {}, {"alpha": 2.0, "tau": 0.5}),
    ("latent-space-ridgeless", {"psi": "1/2", "mu": 2}, {"alpha": 2.0, "tau": 0.3}),
    ("random-features-ridge", {}, {"psi1": 2.0, "psi2": 1.5, "zeta": 0.05, "tau": 0.3}),
    ("gaussian-covariate-ridge", {}, {"alpha": 1.5, "zeta": 0.1, "tau": 0.4}),
    ("adversarial-linear-regression", {}, {"alpha": 2.0, "eps": 0.3, "tau": 0.5}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "options"), OPTIONS)
def test_audits_of_other_options(name, options):
    theorem = asymp.theorem(name, **options)
    assert theorem.audits
    for audit in theorem.audits:
        report = audit.run(Pointwise(theorem), 5, 1)
        assert report.outcome is Outcome.VERIFIED, report.result


def test_gaussian_covariate_of_other_matrices():
    """A random model of other shapes against the equations with traces of its matrices."""
    rng = np.random.default_rng(3)
    joint = rng.standard_normal((11, 15))
    whole = joint @ joint.T / 15
    given = {
        "teacher_covariance": whole[:5, :5], "student_covariance": whole[5:, 5:],
        "cross": whole[:5, 5:], "teacher": rng.standard_normal(5),
    }  # fmt: skip
    theorem = asymp.theorem("gaussian-covariate-ridge", **given)
    report = theorem.audits[0].run(Pointwise(theorem), 6, 0)
    assert report.outcome is Outcome.VERIFIED, report.result


def test_a_teacher_off_the_source_has_no_audit_of_it():
    """The source's teacher is isotropic: its formula and best ridge say nothing of another."""
    uneven = asymp.Spectrum.atoms([1, 4], [HALF, HALF], teacher=[HALF, HALF])
    theorem = asymp.theorem("ridge", spectrum=uneven)
    assert not theorem.audits
    assert not theorem.translations
    assert "optimal-ridge" not in [law.name for law in theorem.laws]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("ridge", {}),
        ("ridgeless", {}),
        ("random-features-ridge", {}),
        ("random-features-ridge", {"activation": "linear"}),
    ],
)
def test_the_second_route_proves_the_catalogue(name, options):
    theorem = asymp.theorem(name, **options)
    found = second_route(theorem.problem).prove(theorem)
    assert found.outcome is Outcome.PROVED, found


def test_optimal_ridge_by_search():
    r"""Dobriban and Wager: the best ridge is tau^2/(rho alpha), found by the optimiser."""
    thm = asymp.theorem("ridge")
    best = thm.optimise("standard_risk", over="zeta", alpha=1.5, tau=0.6, rho=2.0)
    assert float(best.zeta) == pytest.approx(0.36 / (2 * 1.5), rel=1e-6)  # flat: root of 1e-13


@pytest.mark.slow
@pytest.mark.parametrize(("name", "options", "point"), SIMULATED)
def test_simulations_agree(name, options, point):
    verdict = asymp.theorem(name, **options).compare(sizes=(100, 200), repeats=20, rng=0, **point)
    assert verdict.agrees, verdict


@pytest.mark.parametrize("name", ["ridgeless", "latent-space-ridgeless"])
def test_interpolators_simulated(name):
    thm, point = asymp.theorem(name), {"alpha": 0.5, "tau": 0.4}
    runs = [thm.simulate(d=d, repeats=15, rng=0, **point) for d in (80, 160)]
    theory = thm.solve(**point)
    verdict = compare(theory[["standard_risk", "parameter_norm2"]], runs)
    assert verdict.agrees, verdict
    # Theory says exactly 0; what is left is the square of a linear solver's rounding, 1e-16.
    assert float(theory.train_risk) == 0
    assert max(float(run.train_risk.max()) for run in runs) < 1e-24
