"""Exact recovery by the Lasso and by least absolute deviations, against direct routes."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq, linprog, minimize_scalar
from scipy.stats import norm

import asymp
from asymp.reductions.step import Outcome
from asymp.testing.pointwise import Pointwise

DESIGN = asymp.IsotropicGaussian()


def least_gain(share):
    """Least mean square of the soft threshold's error per noise variance, by quadrature."""

    def gain(a):
        passed = 2 * quad(lambda z: (z - a) ** 2 * norm.pdf(z), a, a + 40)[0]
        return share * (1 + a**2) + (1 - share) * passed

    return minimize_scalar(gain, bounds=(0, 10), options={"xatol": 1e-10}).fun


@pytest.fixture(scope="module")
def lasso():
    return asymp.Problem(
        features=DESIGN, penalty=asymp.Lasso(), target=asymp.SparseTarget()
    ).derive()


@pytest.fixture(scope="module")
def deviations():
    return asymp.Problem(
        features=DESIGN, loss=asymp.AbsoluteLoss(), penalty=asymp.NoPenalty(),
        noise=asymp.ContaminatedNoise(),
    ).derive()  # fmt: skip


def boundary(theorem, **point):
    solve = Pointwise(theorem)
    return solve.boundaries(solve.complete(point))["alpha_c"]


@pytest.mark.parametrize("share", [0.003, 0.05, 0.3, 0.9])
def test_boundary_is_the_least_gain(lasso, share):
    found = boundary(lasso, alpha=1.0, lam=1.0, tau=0.0, s=share)
    # the quadrature is good to 1e-10; at a minimum the threshold's error counts squared
    assert found == pytest.approx(least_gain(share), rel=1e-9)


@pytest.mark.parametrize("share", [0.01, 0.2, 0.6])
def test_outliers_are_the_dual_problem(deviations, share):
    found = boundary(deviations, alpha=2.0, tau=1.0, tau_out=1.0, share=share)
    assert 1 - 1 / found == pytest.approx(least_gain(share), rel=1e-9)  # as above


def basis_pursuit(x, y):
    """Least l1 norm with x w = y, as a linear program."""
    p = x.shape[1]
    found = linprog(np.ones(2 * p), A_eq=np.hstack([x, -x]), b_eq=y)
    return found.x[:p] - found.x[p:]


@pytest.mark.parametrize(("ratio", "recovers"), [(1.35, True), (0.65, False)])
def test_finite_problem_on_either_side(lasso, ratio, recovers):
    rng, p, share = np.random.default_rng(3), 240, 0.15
    alpha = ratio * boundary(lasso, alpha=1.0, lam=1.0, tau=0.0, s=share)
    teacher = rng.normal(size=p) / np.sqrt(share) * (np.arange(p) < share * p)
    x = rng.normal(size=(round(alpha * p), p))
    error = np.mean((basis_pursuit(x, x @ teacher) - teacher) ** 2)
    theory = float(lasso.solve(alpha=alpha, lam=0.0, tau=0.0, s=share).excess_risk)
    # in the phase the program is exact; below it one draw of 240 coordinates scatters by a tenth
    assert (theory == 0.0) is recovers
    assert error == pytest.approx(theory, abs=1e-12, rel=0.4)


def test_least_l1_norm_by_quadrature(lasso):
    """The two equations of basis pursuit in their plainest form."""
    alpha, tau, share = 0.5, 0.3, 0.2
    parts = [(1 - share, 0.0), (share, 1 / share)]

    def averages(risk, threshold):
        noise, passed, error = risk / alpha, 0.0, 0.0
        for weight, variance in parts:
            s = np.sqrt(variance + noise)
            pull = variance / (variance + noise)
            passed += weight * 2 * norm.sf(threshold / s)

            def gap(f, s=s, pull=pull):
                w = np.sign(f) * max(abs(f) - threshold, 0)
                return (w - pull * f) ** 2 * norm.pdf(f / s) / s

            inner = [quad(gap, a, b)[0] for a, b in ((0, threshold), (threshold, 20 * s))]
            error += weight * (2 * sum(inner) + pull * noise)
        return passed, error

    def excess(risk):
        threshold = brentq(lambda t: averages(risk, t)[0] - alpha, 1e-6, 50, xtol=1e-14)
        return averages(risk, threshold)[1] + tau**2 - risk

    expected = brentq(excess, 0.2, 3, xtol=1e-12)
    found = lasso.solve(alpha=alpha, lam=0.0, tau=tau, s=share)
    assert float(found.standard_risk) == pytest.approx(expected, rel=1e-8)  # quadrature
    assert float(found.selected_fraction) == pytest.approx(alpha, rel=1e-10)  # as many as samples
    assert float(found.train_risk) == 0.0


@pytest.mark.parametrize(("alpha", "tau"), [(0.6, 0.0), (0.6, 0.4), (0.2, 0.0)])
def test_zero_strength_is_the_limit(lasso, alpha, tau):
    names = ("standard_risk", "parameter_norm2", "l1_norm", "selected_fraction")
    at, near = (lasso.solve(alpha=alpha, lam=x, tau=tau, s=0.1) for x in (0.0, 1e-6))
    for name in names:
        # the strength moves coordinates by at most lam (1 + V), some 1e-6 of their size
        assert float(near[name]) == pytest.approx(float(at[name]), rel=2e-5, abs=1e-9)


def test_statuses(lasso, deviations):
    found = lasso.solve(alpha=[0.9, 1.0, 1.1], lam=0.0, tau=0.5, s=0.3)
    assert found.status.values.tolist() == [0, 2, 0]
    assert np.isinf(found.standard_risk.values[1])
    assert found.train_risk.values[1] == 0.0
    found = deviations.solve(alpha=[0.8, 8.0], tau=0.0, tau_out=2.0, share=0.1)
    assert found.status.values.tolist() == [3, 0]
    assert found.excess_risk.values[1] == 0.0


def test_absolute_loss_below_its_boundary(deviations):
    edge = boundary(deviations, alpha=2.0, tau=1.0, tau_out=1.0, share=0.2)
    below, above = deviations.solve(
        alpha=np.array([0.9, 1.1]) * edge, tau=0.0, tau_out=2.0, share=0.2
    ).excess_risk.values
    assert below > 1e-4
    assert above == 0.0


def test_steps_can_fail_and_do_not(lasso, deviations):
    names = {"l1-transition", "least-l1-norm", "recovery"}
    steps = [s for s in (*lasso.derivation, *deviations.derivation) if s.name in names]
    assert len(steps) == 3
    assert all(s.check().outcome is Outcome.VERIFIED for s in steps)


def test_huber_needs_no_noise_at_all():
    noise = asymp.ContaminatedNoise()
    problem = asymp.Problem(
        features=DESIGN, loss=asymp.HuberLoss(), penalty=asymp.NoPenalty(), noise=noise
    )
    theorem = problem.derive()
    clean = theorem.solve(alpha=3.0, knee=1.0, tau=0.0, tau_out=2.0, share=[0.0, 0.1])
    assert clean.excess_risk.values[0] == 0.0
    assert clean.excess_risk.values[1] > 1e-3
    assert float(clean.V[0]) == pytest.approx(0.5, rel=1e-12)  # least squares: 1/(alpha - 1)


def test_no_transition_without_an_l1_penalty():
    problem = asymp.Problem(features=DESIGN, loss=asymp.HuberLoss(), penalty=asymp.Ridge())
    assert [b.name for b in problem.derive().branches] == ["generic"]
