"""Training errors, robust gaps and robust separability of random-features classifiers."""

import numpy as np
import pytest
import xarray as xr
from scipy.optimize import nnls
from scipy.special import erf

import asymp
from asymp.simulate import compare

MARGIN, LOGISTIC = "random-features-robust-margin", "random-features-robust-logistic"
POINTS = {"psi1": [1.0, 3.0], "psi2": 2.0, "eps": [0.1, 0.4], "zeta": 0.01}


@pytest.fixture(scope="module")
def logistic():
    return asymp.theorem(LOGISTIC)


@pytest.fixture(scope="module")
def margin():
    return asymp.theorem(MARGIN)


SLOW = [pytest.param(x, marks=pytest.mark.slow) for x in ("HingeLoss", "SquaredHingeLoss")]


@pytest.mark.parametrize("loss", ["LogisticLoss", *SLOW])
def test_training_errors_count_the_points_below_a_margin(loss):
    """The finite problem itself, counted on its training points."""
    theorem = asymp.Problem(
        features=asymp.RandomFeatures("erf"), labels=asymp.SignLabels(),
        loss=getattr(asymp, loss)(), adversary=asymp.L2Input(),
    ).derive()  # fmt: skip
    at = {"psi1": 1.0, "psi2": 2.0, "eps": 0.3, "zeta": 0.05}
    theory = theorem.solve(**at)
    runs = theorem.simulate(d=60, repeats=6, rng=0, **at)
    for name in ("train_error", "train_robust_error", "robust_gap", "train_robust_loss"):
        # Five standard errors and a bias of order 1/d.
        room = 5 * float(runs[f"{name}_sem"]) + 1.5 / 60
        assert float(runs[f"{name}_mean"]) == pytest.approx(float(theory[name]), abs=room)


def test_proximal_points_by_chance_draws(logistic):
    """The share below a margin against draws of the field, each trained by bisection."""
    at = {"psi1": 1.0, "psi2": 2.0, "eps": 0.3, "zeta": 0.05}
    found = logistic.solve(**at)
    m, q, V, P = (float(found[n]) for n in ("m", "q", "V", "P"))
    rng, e = np.random.default_rng(0), 0.3 * np.sqrt(P)
    teacher = rng.standard_normal(400_000)
    field = m * np.abs(teacher) + np.sqrt(q - m**2) * rng.standard_normal(teacher.size)
    low, high = field, field + V
    for _ in range(45):
        k = (low + high) / 2
        above = k - field > V / (1 + np.exp(k - e))
        low, high = np.where(above, low, k), np.where(above, k, high)
    for name, share in (
        ("train_error", np.mean(k < 0)), ("train_robust_error", np.mean(k < e)),
        ("robust_error", np.mean(field < e)), ("classification_error", np.mean(field < 0)),
    ):  # fmt: skip
        # Four standard deviations of a share of 400 000.
        assert float(found[name]) == pytest.approx(share, abs=4 * 0.5 / np.sqrt(teacher.size))


def test_a_hard_margin_has_no_training_error():
    """A barrier lets no margin below one: also none below the budget."""
    theorem = asymp.Problem(
        features=asymp.RandomFeatures("erf"), labels=asymp.SignLabels(),
        loss=asymp.HardMarginLoss(), adversary=asymp.L2Input(),
    ).derive()  # fmt: skip
    found = theorem.solve(psi1=3.0, psi2=2.0, eps=[0.1, 0.4, 0.7], zeta=1.0)
    assert np.all(found.train_error == 0)
    assert np.all(found.train_robust_error == 0)
    np.testing.assert_array_equal(found.robust_gap, found.robust_error)


def test_the_radius_is_where_training_without_ridge_begins_to_have_a_minimiser(logistic, margin):
    """Two theorems about one number: hard margins in the gradient metric, and the logistic loss."""
    psi1, psi2 = np.array([2.0, 3.0, 6.0]), 2.0
    radius = 1 / np.sqrt(margin.solve(psi1=psi1, psi2=psi2, zeta=0.0).gradient_norm2)
    above = [
        logistic.solve(psi1=p, psi2=psi2, eps=1.02 * float(r), zeta=0.0)
        for p, r in zip(psi1, radius, strict=True)
    ]
    assert all(np.isfinite(float(f.gradient_norm2)) for f in above)
    # Below it the norm grows as the ridge falls, and no sample is left wrong: 10 % inside the
    # radius the errors at a ridge of 1e-8 are those of a sample that is fitted.
    for p, r in zip(psi1, radius, strict=True):
        weak, weaker = (
            logistic.solve(psi1=p, psi2=psi2, eps=0.9 * float(r), zeta=z) for z in (1e-6, 1e-8)
        )
        assert float(weaker.gradient_norm2) > 1.3 * float(weak.gradient_norm2)
        assert float(weaker.train_robust_error) < 1e-8


def test_the_radius_is_below_the_null_threshold_and_reaches_it(logistic, margin):
    r"""eps_max = |A^{-1/2} mean y phi| bounds every margin: the mean margin is at least the least.

    The threshold is evaluated here from the moments of the Marchenko-Pastur law.
    """
    angle = (np.arange(2000) + 0.5) * np.pi / 2000
    mu1, psi2 = 2 / np.sqrt(3 * np.pi), 2.0
    mu2 = 2 / np.pi * np.arcsin(2 / 3) - mu1**2
    kappa2 = 4 / np.pi / np.sqrt(5) - mu1**2
    ratios = []
    for psi1 in (2.0, 5.0, 30.0, 300.0):
        t = 1 + psi1 + 2 * np.sqrt(psi1) * np.cos(angle)
        w = 2 * np.sin(angle) ** 2 / t / 2000
        t, w = np.append(t, 0), np.append(w, 1 - min(1, 1 / psi1))
        A = mu1**2 * t + kappa2
        threshold = np.sqrt(
            2 / np.pi * mu1**2 * psi1 * np.sum(w * t / A)
            + psi1 / psi2 * np.sum(w * (mu1**2 * t + mu2) / A)
        )
        either = logistic.solve(
            psi1=psi1, psi2=psi2, eps=threshold * np.array([1 - 1e-6, 1 + 1e-6]), zeta=0.1
        )
        assert either.status.values.tolist() == [0, 1]
        found = margin.solve(psi1=psi1, psi2=psi2, zeta=0.0)
        ratios.append(1 / np.sqrt(float(found.gradient_norm2)) / threshold)
    assert np.all(np.diff(ratios) > 0)
    assert 0.99 < ratios[-1] < 1


def test_the_radius_of_finite_data(margin):
    """The theorem against the dual of max min_i y_i f(x_i), |A^(1/2) theta| <= 1, of draws."""
    rng, d, psi1, psi2 = np.random.default_rng(1), 60, 3.0, 1.0
    wanted = 1 / np.sqrt(float(margin.solve(psi1=psi1, psi2=psi2, zeta=0.0).gradient_norm2))
    found = [radius_of_draw(rng, d, int(psi1 * d), int(psi2 * d)) for _ in range(6)]
    # Standard error of six draws, times five, and a bias of order 1/d.
    room = 5 * np.std(found, ddof=1) / np.sqrt(6) + 1.5 / d
    assert np.mean(found) == pytest.approx(wanted, abs=room)


def radius_of_draw(rng, d, width, samples):
    """Root of the least a^T K a over the simplex, K the Gram matrix of y phi in the metric 1/A."""
    w = rng.standard_normal((width, d))
    w /= np.linalg.norm(w, axis=1, keepdims=True)
    x = rng.standard_normal((samples, d))
    y = np.sign(x @ rng.standard_normal(d))
    cosine = w @ w.T
    metric = cosine * 4 / np.pi / np.sqrt(9 - 4 * cosine**2)  # E erf'(u) erf'(v) times cosines
    rows = y[:, None] * erf(x @ w.T)
    kernel = rows @ np.linalg.solve(metric, rows.T)
    # The constraint sum a = 1 enters as a heavy row; what it leaves is divided out.
    big = 1e4 * np.sqrt(np.trace(kernel) / samples)
    design = np.vstack([np.linalg.cholesky(kernel).T, big * np.ones((1, samples))])
    weights, _ = nnls(design, np.append(np.zeros(samples), big))
    weights /= weights.sum()
    return float(np.sqrt(weights @ kernel @ weights))


def test_rare_events_that_no_draw_sees_do_not_refute_a_theory():
    """None of 200 points wrong is no evidence against a share of 1e-6, and is against 0.1."""

    def run(d):
        return xr.Dataset({"train_error": ("repeat", np.zeros(4))}, attrs={"d": d, "n": 50 * d})

    runs = [run(1), run(2)]
    assert compare({"train_error": 1e-6}, runs).agrees
    assert not compare({"train_error": 0.5}, runs).agrees


@pytest.mark.slow
def test_the_triple_at_two_sizes(logistic):
    """All observables within their joint verdict."""
    assert logistic.compare(sizes=(50, 100), repeats=8, rng=0, **POINTS).agrees
