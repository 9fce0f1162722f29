"""Holistic robust training: against a conic solver, the plain trainer and its own limits."""

import numpy as np
import pytest
from holistic import conic_training
from hypothesis import given
from hypothesis import strategies as st

from asymp.conic.seminorm import Seminorm
from asymp.errors import InvalidParameter, NotConverged
from asymp.finite.holistic import fit_hr, hr_loss, worst_case
from asymp.simulate.certificate import Convex
from asymp.simulate.curve import LossCurve
from asymp.simulate.interior_point import minimise

SQUARE = LossCurve(lambda x: 0.5 * x**2, lambda x: x, np.ones_like)


def sample(n, size, seed=0):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, size)) / np.sqrt(size)
    labels = features @ rng.normal(size=size) + 0.5 * rng.normal(size=n)
    root = rng.normal(size=(2 * size, size)) / np.sqrt(2 * size)
    return features, labels, np.vstack([root, 0.3 * np.eye(size)])


@pytest.mark.parametrize(
    ("n", "size", "eps", "r", "ridge"),
    [
        (30, 12, 0.05, 1e-3, 0.0),
        (30, 12, 0.3, 0.1, 0.1),
        (30, 12, 1.0, 1.0, 0.0),
        (20, 30, 0.3, 1e-3, 0.1),
        (20, 30, 0.05, 0.1, 0.0),
        (20, 30, 0.3, 1.0, 0.0),
        (20, 30, 3.0, 0.1, 0.0),
    ],
)
def test_conic_solver_agrees(n, size, eps, r, ridge):
    features, labels, root = sample(n, size)
    value, theta = conic_training(features, labels, eps, r, ridge, root)
    fit = fit_hr(features, labels, eps=eps, r=r, ridge=ridge, root=root)
    assert fit.gap <= 1e-8
    # Clarabel is asked for 1e-9 and reports "optimal" at 1e-7 or better.
    assert fit.value == pytest.approx(value, rel=1e-7)
    # An objective that is flat to 1e-8 leaves the parameter open by its square root.
    assert fit.theta == pytest.approx(theta, abs=3e-4)


@pytest.mark.parametrize("ridge", [0.0, 0.05])
def test_radius_zero_is_plain_adversarial_training(ridge):
    features, labels, _ = sample(60, 40)
    fit = fit_hr(features, labels, eps=0.2, r=0.0, ridge=ridge)
    plain = minimise(Convex(features, labels, SQUARE, 0.2, 60 * ridge), np.zeros(40), 1e-10)
    assert fit.theta == pytest.approx(plain.theta, abs=1e-3)  # root of the gap 1e-8
    assert fit.loss == pytest.approx(fit.losses.mean(), rel=1e-12)


def test_tiny_radii_lead_to_plain_training_at_first_order():
    features, labels, _ = sample(60, 40)
    plain = fit_hr(features, labels, eps=0.2, r=0.0, tolerance=1e-11)
    slope = np.sqrt(2) * plain.losses.std()
    for r in (1e-12, 1e-8):
        fit = fit_hr(features, labels, eps=0.2, r=r, tolerance=1e-11)
        # By the envelope theorem; the next order is relative sqrt(r), 1e-11 the gap.
        assert fit.value - plain.value == pytest.approx(slope * np.sqrt(r), rel=3e-4, abs=1e-11)


@pytest.mark.parametrize("eps", [0.0, 0.2])
def test_no_other_parameter_is_better(eps):
    features, labels, root = sample(50, 20)
    fit = fit_hr(features, labels, eps=eps, r=0.2, ridge=0.01, root=root)
    rng = np.random.default_rng(1)
    for scale in (1e-3, 1e-1):
        for _ in range(20):
            theta = fit.theta + scale * rng.normal(size=20)
            size = np.abs(labels - features @ theta) + eps * np.linalg.norm(root @ theta)
            value = hr_loss(0.5 * size**2, r=0.2) + 0.005 * theta @ theta
            assert value >= fit.value * (1 - 1e-8)


def test_metric_and_root_say_the_same():
    features, labels, root = sample(40, 15)
    by_root = fit_hr(features, labels, eps=0.3, r=0.1, root=root)
    by_metric = fit_hr(features, labels, eps=0.3, r=0.1, metric=root.T @ root)
    assert by_root.theta == pytest.approx(by_metric.theta, abs=1e-12)
    assert by_root.seminorm == pytest.approx(np.linalg.norm(root @ by_root.theta), rel=1e-12)


def test_fields_belong_together():
    features, labels, root = sample(40, 15)
    fit = fit_hr(features, labels, eps=0.3, r=0.1, root=root)
    worst = worst_case(fit.losses, r=0.1)
    assert fit.loss == pytest.approx(float(worst.value), rel=1e-14)
    # Multipliers are first order in the root of the gap 1e-8, the value second order.
    assert fit.weights == pytest.approx(worst.gradient, abs=1e-4)
    assert fit.eta == pytest.approx(float(worst.eta), rel=1e-3)
    assert fit.lam == pytest.approx(float(worst.lam), rel=1e-3)
    assert fit.residuals == pytest.approx(labels - features @ fit.theta, abs=1e-12)
    assert fit.losses == pytest.approx(
        0.5 * (np.abs(fit.residuals) + 0.3 * fit.seminorm) ** 2, rel=1e-12
    )


def test_more_radius_costs_more_and_buys_a_smaller_certificate():
    features, labels, _ = sample(60, 40)
    radii = np.array([0.0, 0.03, 0.3])
    fits = [fit_hr(features, labels, eps=0.2, r=r) for r in radii]
    values = [fit.value for fit in fits]
    assert values == sorted(values)
    at_radius = [[hr_loss(fit.losses, r=r) for fit in fits] for r in radii]
    assert [int(np.argmin(row)) for row in at_radius] == [0, 1, 2]


def test_labels_that_are_too_weak_for_the_adversary_give_zero():
    features, labels, root = sample(30, 10)
    fit = fit_hr(features, labels, eps=5.0, r=0.1, root=root)
    assert not fit.theta.any()
    assert fit.value == pytest.approx(hr_loss(0.5 * labels**2, r=0.1), rel=1e-12)
    assert fit.gap <= 1e-12


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"eps": -1.0}, r"eps = -1.0 is not in \[0, inf\)"),
        ({"r": np.inf}, "r = inf is not in"),
        ({"ridge": np.nan}, "ridge = nan"),
        ({"tolerance": 0.0}, "tolerance = 0"),
        ({"eps": 0.0}, "every interpolator is optimal"),
        ({"metric": np.eye(3)}, "metric of shape"),
        ({"root": np.eye(3)}, "root of shape"),
        ({"root": np.eye(20), "metric": np.eye(20)}, "both given"),
        ({"metric": np.zeros((20, 20))}, "not positive definite"),
    ],
)
def test_bad_input_is_refused(change, message):
    features, labels, _ = sample(10, 20)
    with pytest.raises(InvalidParameter, match=message):
        fit_hr(features, labels, **({"eps": 0.1, "r": 0.1} | change))
    with pytest.raises(InvalidParameter, match="with n and N at least 1"):
        fit_hr(features, labels[:5], eps=0.1, r=0.1)


def test_a_fit_that_stops_early_says_so(monkeypatch):
    monkeypatch.setattr("asymp.finite.holistic.iteration.MAX_STEPS", 1)
    with pytest.raises(NotConverged, match="stopped at a relative gap"):
        fit_hr(*sample(30, 10)[:2], eps=0.3, r=0.1)


@pytest.mark.parametrize("r", [0.0, 0.5])
@pytest.mark.parametrize(("n", "size", "rank"), [(10, 7, 3), (40, 30, 10), (60, 120, 50)])
def test_metrics_of_low_rank_are_trained_to_the_gap(n, size, rank, r):
    for seed in range(4):
        rng = np.random.default_rng(seed)
        features, labels = rng.normal(size=(n, size)), rng.normal(size=n)
        root = rng.normal(size=(rank, size))
        fit = fit_hr(features, labels, eps=1.0, r=r, ridge=0.05, root=root)
        assert fit.gap <= 1e-8
        if r == 0:
            by_root = Seminorm.of_root(root)
            problem = Convex(features, labels, SQUARE, 1.0, n * 0.05, by_root)
            plain = minimise(problem, np.zeros(size))
            assert plain.gap <= 1e-8
            assert problem.value(plain.theta) / n == pytest.approx(fit.value, rel=1e-8)


@pytest.mark.parametrize(("eps", "r", "ridge"), [(0.2, 0.2, 0.05), (1.0, 0.1, 0.1)])
def test_conic_solver_agrees_where_the_metric_is_of_low_rank(eps, r, ridge):
    features, labels, root = sample(30, 12)
    value, theta = conic_training(features, labels, eps, r, ridge, root[:4])
    fit = fit_hr(features, labels, eps=eps, r=r, ridge=ridge, root=root[:4])
    assert fit.value == pytest.approx(value, rel=1e-7)  # tolerances as above
    assert fit.theta == pytest.approx(theta, abs=3e-4)


@given(
    st.integers(2, 40),
    st.integers(1, 40),
    st.none() | st.integers(0, 80),
    st.booleans(),
    st.integers(0, 10**6),
)
def test_any_problem_is_solved_to_the_gap(n, size, rank, by_metric, seed):
    rng = np.random.default_rng(seed)
    scale, reach, r = 10 ** rng.uniform([-3, -3, -12], [3, 1, 2])
    needed = rank is not None and rank < 2 * size  # a root near to singular counts as such
    ridge = float(rng.choice([0.0, 10 ** rng.uniform(-6, 1)][needed:]))
    root = None if rank is None else rng.normal(size=(rank, size))
    given = {} if root is None else {"metric": root.T @ root} if by_metric else {"root": root}
    features = rng.normal(size=(n, size))
    labels = scale * (features @ rng.normal(size=size) / np.sqrt(size) + rng.normal(size=n))
    fit = fit_hr(features, labels, eps=reach, r=r, ridge=ridge, **given)
    # The gap is asked for; digits may run out a little before it.
    assert fit.gap <= 1e-7
