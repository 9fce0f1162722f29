"""Where estimators exist: thresholds against finite data, and the ridgeless limit of hinges."""

from functools import cache

import mpmath
import numpy as np
import pytest
from scipy.optimize import linprog

import asymp
from asymp.calculus.logistic_normal import logistic_normal
from asymp.special import logistic_normal as kernel

ISOTROPIC = asymp.IsotropicGaussian()


@cache
def derived(labels, loss, penalty):
    """Theorem of a classification problem."""
    return asymp.Problem(
        features=ISOTROPIC,
        labels=getattr(asymp, labels)(),
        loss=getattr(asymp, loss)(),
        penalty=getattr(asymp, penalty)(),
    ).derive()


@pytest.mark.parametrize("deviation", [0.1, 0.84, 0.86, 1.79, 1.81, 30.0])
@pytest.mark.parametrize("order", range(4))
def test_kernel_of_logistic_averages(order, deviation):
    """Both sides of every switch of the rule, against adaptive quadrature in 30 digits."""
    for mean in (-3.0, 0.0, 0.7, 5.0):
        with mpmath.workdps(30):
            exact = logistic_normal.mp(
                mpmath.mpf(order), mpmath.mpf(mean), mpmath.mpf(deviation) ** 2
            )
        # Poles of higher order are felt further; orders 2 and 3 only serve Jacobians.
        tolerance = 3e-15 if order < 2 else 1e-12
        assert kernel(order, mean, deviation**2) == pytest.approx(float(exact), abs=tolerance)


def share_separable(samples, dimension, rho, repeats=12):
    """Share of finite data sets that a direction classifies, by linear programming."""
    rng, count = np.random.default_rng(3), 0
    for _ in range(repeats):
        x = rng.standard_normal((samples, dimension))
        chance = 1 / (1 + np.exp(-np.sqrt(rho) * x[:, 0]))
        y = np.where(rng.uniform(size=samples) < chance, 1, -1)
        found = linprog(np.zeros(dimension), A_ub=-y[:, None] * x, b_ub=-np.ones(samples),
                        bounds=(None, None))  # fmt: skip
        count += found.status == 0
    return count / repeats


def test_separability_of_finite_data():
    """A quarter to either side of the threshold all of the data sets behave as the limit says."""
    theorem, rho = derived("LogitLabels", "LogisticLoss", "NoPenalty"), 4.0
    boundary = theorem.solve(alpha=np.array([2.0, 30.0]), rho=rho, throw=False)
    assert boundary.status.values.tolist() == [3, 0]
    low, high = 2.0, 30.0
    while high - low > 0.01:
        middle = (low + high) / 2
        exists = int(theorem.solve(alpha=middle, rho=rho, throw=False).status) == 0
        low, high = (low, middle) if exists else (middle, high)
    p = 80
    assert share_separable(int(0.75 * low * p), p, rho) > 0.9
    assert share_separable(int(1.25 * low * p), p, rho) < 0.1


def test_signs_of_the_teacher_are_always_separable():
    """Without noise the maximum-likelihood estimator never exists, the maximum margin always."""
    alphas = np.array([0.5, 5.0, 50.0])
    likelihood = derived("SignLabels", "LogisticLoss", "NoPenalty").solve(alpha=alphas, throw=False)
    assert likelihood.status.values.tolist() == [3, 3, 3]
    margin = derived("SignLabels", "HardMarginLoss", "Ridge").solve(alpha=alphas, zeta=0.0)
    assert margin.status.values.tolist() == [0, 0, 0]


def test_infeasible_data_have_no_margin():
    """The hard margin exists exactly where the unpenalised estimator does not."""
    alphas = np.linspace(1.5, 8, 14)
    margin = derived("LogitLabels", "HardMarginLoss", "Ridge")
    likelihood = derived("LogitLabels", "LogisticLoss", "NoPenalty")
    first = margin.solve(alpha=alphas, rho=3.0, throw=False).status.values == 0
    second = likelihood.solve(alpha=alphas, rho=3.0, throw=False).status.values == 0
    assert (first ^ second).all()
    assert first.any()
    assert second.any()


@pytest.mark.parametrize("loss", ["HingeLoss", "SquaredHingeLoss"])
def test_hinges_tend_to_the_maximum_margin(loss):
    """At ridge zero they equal the hard margin; the gap at a small ridge is of its order."""
    names = ["m", "q", "classification_error"]
    at = {"alpha": 0.8, "rho": 2.0}
    hard = derived("LogitLabels", "HardMarginLoss", "Ridge").solve(**at, zeta=1.0)
    soft = derived("LogitLabels", loss, "Ridge")
    zero, small = soft.solve(**at, zeta=0.0), soft.solve(**at, zeta=1e-5)
    assert np.isinf(zero.V)
    for name in names:
        # The same map up to a scale: round-off times a condition number of ten.
        assert float(zero[name]) == pytest.approx(float(hard[name]), rel=1e-11)
        assert float(small[name]) == pytest.approx(float(hard[name]), rel=3e-4)


def test_maximum_margin_of_finite_data():
    """Quadratic programme at finite size against the limit of the margin."""
    from scipy.optimize import nnls

    rng, p, alpha, norms = np.random.default_rng(0), 150, 0.8, []
    for _ in range(8):
        x = rng.standard_normal((int(alpha * p), p))
        y = np.sign(x[:, 0])
        signed = y[:, None] * x
        # Dual of least norm under margins of one: nonnegative least squares of an extended system.
        a = np.vstack([signed.T, np.ones(len(y))])
        dual, _ = nnls(a, np.append(np.zeros(p), 1.0), maxiter=10_000)
        theta = signed.T @ dual
        norms.append((theta @ theta) / np.min(signed @ theta) ** 2)
    limit = derived("SignLabels", "HardMarginLoss", "Ridge").solve(alpha=alpha, zeta=0.0)
    # Eight draws at p = 150: standard error about 3 %, bias of order 1/p.
    assert np.mean(norms) == pytest.approx(float(limit.parameter_norm2), rel=0.12)
