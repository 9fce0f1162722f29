"""What the functions of holistic robustness refuse, each with a sentence that says what to do."""

import numpy as np
import pytest

from asymp.errors import InvalidParameter, NotConverged
from asymp.finite.holistic import (
    certified_radius,
    critical_radius,
    disappointment_bound,
    disappointment_probability,
    fit_hr,
    hr_loss,
    interpolation_radius,
    worst_case,
)

X, Y = np.random.default_rng(0).normal(size=(4, 6)), np.array([1.0, -2.0, 0.5, 3.0])


def fit(features=X, labels=Y, **changes):
    return fit_hr(features, labels, **({"eps": 0.1, "r": 0.1} | changes))


def radius(features=X, labels=Y, **changes):
    return interpolation_radius(features, labels, **({"eps": 0.1} | changes))


REFUSED = {
    "text loss": (lambda: hr_loss(["a"]), r"losses = .* is not an array of real"),
    "ragged losses": (
        lambda: hr_loss([[1.0], [1.0, 2.0]]),
        r"losses = \[\[1.0\], \[1.0, 2.0\]\] is not an array of real",
    ),
    "complex losses": (
        lambda: worst_case(np.array([1.0, 2j])),
        "losses = .* is not an array of real",
    ),
    "missing loss": (lambda: hr_loss([None, 1.0]), "losses = .* is not an array of real"),
    "text radius": (lambda: hr_loss([1.0], r="x"), "r = 'x' is not an array of real"),
    "text share": (lambda: hr_loss([1.0], alpha="x"), "alpha = 'x'"),
    "text bound": (lambda: hr_loss([1.0], bound="x"), "bound = 'x'"),
    "text features": (lambda: fit([["a"]], [1.0]), "features = "),
    "text eps": (lambda: fit(eps="a"), r"eps = 'a' is not in \[0, inf\)"),
    "eps for each point": (
        lambda: fit(eps=[0.1, 0.2]),
        r"eps = \[0.1, 0.2\] is not in .* give a number",
    ),
    "text tolerance": (lambda: fit(tolerance="a"), "tolerance = 'a'"),
    "huge metric": (lambda: fit(metric=1e300 * np.eye(6)), r"metric holds 1e\+300"),
    "text metric": (lambda: fit(metric="a"), "metric = 'a'"),
    "metric with nan": (lambda: fit(metric=np.full((6, 6), np.nan)), "metric holds nan at"),
    "labels with inf": (lambda: fit(labels=[1.0, np.inf, 0.0, 1.0]), r"labels holds inf at \[1\]"),
    "one point": (lambda: fit(X[:1], Y[:1]), "r = 0.1 with n = 1: .* r must be 0"),
    "no points": (lambda: fit(X[:0], Y[:0]), "n and N at least 1"),
    "zero labels": (lambda: radius(labels=np.zeros(4)), "labels are all 0"),
    "labels with nan": (lambda: radius(labels=[1, np.nan, 0, 1]), r"labels holds nan at \[1\]"),
    "huge features": (lambda: fit(1e200 * X), r"features holds .*e\+200, which is not in"),
    "endless n": (lambda: certified_radius(10**400, 0.1), r"is not in \{1, 2, ..., 2\^63 - 1\}"),
    "variant of numbers": (lambda: hr_loss([1.0], variant=np.ones(2)), "variant = .* is not in"),
    "equal rows": (lambda: radius(X[[0, 1, 2, 2]]), "rank 3, below n = 4"),
    "few features": (lambda: radius(X[:, :3]), "N >= n"),
    "metric of 3": (lambda: radius(metric=np.eye(3)), r"metric of shape \(3, 3\) .* \(6, 6\)"),
    "indefinite metric": (
        lambda: fit(ridge=1.0, metric=np.diag([1.0, 1, 1, 1, 1, -0.5])),
        r"metric has the eigenvalue -0.5, not in \[0, inf\)",
    ),
    "negative metric": (lambda: radius(metric=-np.eye(6)), "metric has the eigenvalue -1"),
    "metric of 0": (lambda: radius(metric=np.zeros((6, 6))), "not positive definite"),
    "text reach": (lambda: radius(eps="a"), "eps = 'a'"),
    "endless reach": (lambda: radius(eps=np.inf), r"eps = inf is not in \(0, inf\)"),
    "low bound": (lambda: critical_radius([1, 2, 3], 2.5, bound=2.7), "2.7 is below a loss of 3"),
    "no losses": (lambda: critical_radius([], 1.0), "hold no sample"),
    "target shape": (lambda: critical_radius(X, [1.0, 2.0, 3.0]), "do not broadcast"),
    "bound shape": (lambda: critical_radius(X, 1.0, [9.0, 9.0]), "do not broadcast"),
    "text target": (lambda: critical_radius([1.0], "x"), "target = 'x'"),
    "target nan": (lambda: critical_radius([1.0], np.nan), "target holds nan"),
    "text n": (lambda: disappointment_bound("a", 0.1), "n = 'a' is not in"),
    "text r": (lambda: disappointment_bound(5, "a"), "r = 'a'"),
    "text delta": (lambda: certified_radius(5, "a"), "delta = 'a'"),
    "mass of nan": (
        lambda: disappointment_probability([0, 1], [np.nan, 0.5], 5, 0.1),
        "probabilities holds nan",
    ),
    "no mass": (
        lambda: disappointment_probability([0, 1], [0.0, 1.0], 5, 0.1),
        r"probabilities hold 0, outside \(0, 1\]",
    ),
    "atom of nan": (
        lambda: disappointment_probability([0, np.nan], [0.5, 0.5], 5, 0.1),
        "atoms holds nan",
    ),
    "no atoms": (lambda: disappointment_probability([], [], 5, 0.1), "at least 1"),
    "bound below an atom": (
        lambda: disappointment_probability([0, 1], [0.5, 0.5], 5, 0.1, 0.5),
        "bound = 0.5 is below a loss of 1",
    ),
    "text radius of a law": (
        lambda: disappointment_probability([0, 1], [0.5, 0.5], 5, "a"),
        "r = 'a'",
    ),
    "too many types": (
        lambda: disappointment_probability([0, 1, 2], np.ones(3) / 3, 50000, 0.1),
        "n = 50000 with 3 atoms has too many types, .* take fewer points",
    ),
    "far too many types": (
        lambda: disappointment_probability(range(1500), np.ones(1500) / 1500, 2000, 0.1),
        "n = 2000 with 1500 atoms has too many types",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_a_sentence(case):
    call, message = REFUSED[case]
    with pytest.raises(InvalidParameter, match=message):
        call()


def test_semidefinite_metrics_are_taken_with_a_ridge():
    flat = np.array([[1.0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0]])
    # Round-off of B^T B leaves eigenvalues of both signs near zero.
    root = flat @ np.random.default_rng(1).normal(size=(6, 6))
    by_metric, by_root = fit(ridge=0.5, metric=root.T @ root), fit(ridge=0.5, root=root)
    # A relative gap of 1e-8 of strongly convex objectives leaves theta within about its root.
    assert np.allclose(by_metric.theta, by_root.theta, atol=1e-3)
    without = fit(ridge=0.5, metric=np.zeros((6, 6)))
    assert np.allclose(without.theta, fit(ridge=0.5, eps=0.0).theta, atol=1e-3)


def test_one_point_without_a_radius_is_fitted():
    alone = fit(X[:1], Y[:1], r=0.0)
    assert alone.gap <= 1e-8


@pytest.mark.parametrize("eps", [1e-300, 1e-100, 1e-30])
def test_radii_beyond_all_digits_end_in_a_sentence(eps):
    with pytest.raises(NotConverged, match=f"eps = {eps:g}, r = 0.1 and ridge = 0 stopped"):
        fit(eps=eps)


def test_a_gap_below_round_off_is_approached_as_far_as_it_goes():
    assert fit(tolerance=1e-14).gap < 1e-8


def test_samples_of_no_rows_have_no_losses():
    assert hr_loss(np.empty((0, 3)), 0.1, 0.1).shape == (0,)
    assert worst_case(np.empty((2, 0, 3)), 0.1, 0.1).weights.shape == (2, 0, 3)
    assert critical_radius(np.empty((0, 3)), 0.5).shape == (0,)


def test_losses_near_the_largest_number_do_not_overflow():
    assert hr_loss([1e308, -1e308]) == 0.0
    assert hr_loss([1e308, -1e308], 0.1, 0.1) == 1e308 * hr_loss([1.0, -1.0], 0.1, 0.1)
