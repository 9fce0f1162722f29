"""Certificates of fixed and of trained predictors, and when training interpolates."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, special, stats

from asymp.errors import InvalidParameter
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


@pytest.mark.parametrize(("n", "r", "mean"), [(30, 0.02, 0.3), (80, 0.05, 0.1), (50, 0.5, 0.5)])
def test_two_point_losses_fail_as_the_binomial_says(n, r, mean):
    share = np.arange(n + 1) / n
    divergence = special.rel_entr(share, mean) + special.rel_entr(1 - share, 1 - mean)
    expected = stats.binom.pmf(np.arange(n + 1), n, mean)[(divergence > r) & (share < mean)].sum()
    found = disappointment_probability([0.0, 1.0], [1 - mean, mean], n, r)
    assert found == pytest.approx(expected, rel=1e-10)  # sums of n logarithms
    assert found <= np.exp(-r * n)  # Chernoff, without any factor


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=3, unique=True),
    st.lists(st.floats(0.05, 1), min_size=3, max_size=3),
    st.integers(1, 25),
    st.floats(0.01, 1),
)
def test_no_discrete_law_fails_more_often_than_the_bound(atoms, masses, n, r):
    law = np.array(masses[: len(atoms)]) / sum(masses[: len(atoms)])
    found = disappointment_probability(atoms, law, n, r)
    assert found <= disappointment_bound(n, r) * (1 + 1e-12)


def test_the_exact_probability_is_that_of_a_simulation():
    atoms, law, n, r = np.array([0.0, 0.3, 1.0]), np.array([0.5, 0.3, 0.2]), 20, 0.05
    draws = np.random.default_rng(0).choice(atoms, p=law, size=(20000, n))
    frequency = np.mean(law @ atoms > hr_loss(draws, r=r, bound=1.0))
    exact = disappointment_probability(atoms, law, n, r)
    # Four standard errors of 20000 draws.
    assert frequency == pytest.approx(exact, abs=4 * np.sqrt(exact / 20000))


@pytest.mark.parametrize("r", [0.0, 0.02, 0.3])
@pytest.mark.parametrize("room", [None, 0.5])
def test_the_exact_probability_counts_the_samples_whose_loss_is_too_small(r, room):
    n, law = 9, np.array([0.5, 0.3, 0.2])
    values = np.array([-0.3, 0.7, 1.1])
    bound = None if room is None else values.max() + room
    expected = 0.0
    for sample in itertools.combinations_with_replacement(range(3), n):
        counts = np.bincount(sample, minlength=3)
        top = values.max() if bound is None else bound
        if law @ values > hr_loss(values[list(sample)], 0.0, r, top) + 1e-12:  # ties are covered
            expected += stats.multinomial.pmf(counts, n, law)
    found = disappointment_probability(values, law, n, r, bound)
    assert found == pytest.approx(expected, rel=1e-12)  # sums of n logarithms


@pytest.mark.parametrize("shift", [-1.0, -0.3, 1.0, 1e6])
def test_a_shift_of_the_losses_does_not_change_how_often_the_certificate_fails(shift):
    # At r = 0 samples whose mean is that of the law are ties.
    found = disappointment_probability([shift, 1 + shift], [0.1, 0.9], 20, 0.0)
    assert found == pytest.approx(stats.binom.cdf(17, 20, 0.9), rel=1e-10)
    assert disappointment_probability([shift], [1.0], 5, 0.1) == 0.0


def test_large_samples_of_two_losses_need_no_table_of_samples():
    n, mean, r = 50000, 0.1, 1e-4
    share = np.arange(n + 1) / n
    divergence = special.rel_entr(share, mean) + special.rel_entr(1 - share, 1 - mean)
    expected = stats.binom.pmf(np.arange(n + 1), n, mean)[(divergence > r) & (share < mean)].sum()
    found = disappointment_probability([0.0, 1.0], [1 - mean, mean], n, r)
    assert found == pytest.approx(expected, rel=1e-8)  # logarithms of size 5e5


def test_a_poisoned_sample_is_certified_by_its_share():
    rng, n, alpha, r = np.random.default_rng(1), 40, 0.1, 0.05
    draws = np.sort(rng.choice([0.0, 1.0], p=[0.7, 0.3], size=(5000, n)), axis=1)
    draws[:, n - int(alpha * n) :] = 0.0
    assert np.mean(hr_loss(draws, 0.0, r, 1.0) < 0.3) > 0.1
    assert np.mean(hr_loss(draws, alpha, r, 1.0) < 0.3) <= disappointment_bound(n, r)


def test_the_factor_is_the_regret_of_the_mixture():
    for n in range(1, 301):
        k = np.arange(n + 1)
        best = special.xlogy(k, k / n) + special.xlogy(n - k, 1 - k / n)
        mixed = special.betaln(k + 0.5, n - k + 0.5) - special.betaln(0.5, 0.5)
        log_factor = np.log(disappointment_bound(n, 2.0)) + 2.0 * n
        # The worst sequence bets on one asset alone; 1e-9 for logarithms of size n.
        assert np.max(best - mixed) == pytest.approx(log_factor, abs=1e-9)
        assert log_factor <= np.log(2) + 0.5 * np.log(n + 1)


def test_certified_and_critical_radii_invert_what_they_should():
    for n, delta in ((1, 0.5), (100, 0.05), (10**6, 1e-9)):
        assert disappointment_bound(n, certified_radius(n, delta)) == pytest.approx(delta, rel=1e-6)
    losses = np.random.default_rng(2).exponential(size=(4, 30))
    targets = losses.mean(axis=1) + np.array([0.01, 0.3, 1.0, 2.0])
    radii = critical_radius(losses, targets, 9.0)
    assert hr_loss(losses, r=radii, bound=9.0) == pytest.approx(targets, rel=1e-12)
    # The square of a rounding error of the mean.
    assert critical_radius(losses[0], losses[0].mean()) <= 1e-30
    assert critical_radius(losses[0], losses[0].max()) == np.inf
    assert critical_radius(losses[0], 10.0, 9.0) == np.inf
    assert critical_radius([2.0, 2.0], 2.0) == 0.0


def test_trained_predictors_need_more_than_a_fixed_one():
    # More features than samples: the training losses are far below those of new points.
    rng, n, size, r = np.random.default_rng(3), 60, 180, 0.1
    failures = [], []
    for _ in range(6):
        truth = rng.normal(size=size) / np.sqrt(size)
        points = rng.normal(size=(n + 4000, size))
        labels = points @ truth + 0.5 * rng.normal(size=n + 4000)
        fit = fit_hr(points[:n], labels[:n], eps=0.1, r=0.0)
        sizes = np.abs(labels - points @ fit.theta) + 0.1 * fit.seminorm
        losses = np.minimum(0.5 * sizes**2, 4.0)
        test = losses[n + n :].mean()
        for failed, sample in zip(failures, (losses[:n], losses[n : n + n]), strict=True):
            failed.append(test > hr_loss(sample, r=r, bound=4.0))
    assert np.mean(failures[0]) == 1.0
    assert np.mean(failures[1]) == 0.0
    assert disappointment_bound(n, r) < 0.04


@pytest.mark.parametrize("eps", [0.07, 0.1])
def test_training_interpolates_from_its_radius_on(eps):
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(20, 40)) / 6, rng.normal(size=20)
    root = np.vstack([rng.normal(size=(80, 40)) / np.sqrt(80), 0.5 * np.eye(40)])
    radius = interpolation_radius(features, labels, eps=eps, metric=root.T @ root)
    before, after, later = (
        fit_hr(features, labels, eps=eps, r=factor * radius, root=root)
        for factor in (0.9, 1.1, 3.0)
    )
    assert [fit.interpolates for fit in (before, after, later)] == [False, True, True]
    assert after.value == pytest.approx(0.5 * eps**2 * after.seminorm**2, rel=1e-6)
    assert later.theta == pytest.approx(after.theta, abs=1e-5)


def test_the_interpolation_radius_is_the_least_divergence_above_the_floors():
    rng = np.random.default_rng(4)
    features, labels = rng.normal(size=(6, 9)), rng.normal(size=6)
    k = np.linalg.solve(features @ features.T, labels)
    floors = 0.3 * 6 * np.abs(k) / np.sqrt(labels @ k)
    found = optimize.minimize(
        lambda q: -np.mean(np.log(q)),
        np.full(6, 1.0),
        bounds=[(c, None) for c in floors],
        constraints={"type": "eq", "fun": lambda q: q.mean() - 1},
        options={"ftol": 1e-14},
    )
    # SLSQP stops at a change of 1e-14 in the value, which is stationary.
    assert interpolation_radius(features, labels, eps=0.3) == pytest.approx(found.fun, abs=1e-9)


def test_the_law_of_an_interpolating_fit_is_within_the_radius():
    rng = np.random.default_rng(0)
    fit = fit_hr(rng.normal(size=(20, 40)) / 6, rng.normal(size=20), eps=0.1, r=0.2)
    assert fit.interpolates
    assert -np.mean(np.log(20 * fit.weights)) <= 0.2 * (1 + 1e-6)
    assert worst_case(fit.losses, r=0.2).value == pytest.approx(fit.losses.max(), rel=1e-4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: disappointment_bound(0, 0.1), r"n = 0 is not in \{1, 2, ...\}"),
        (lambda: disappointment_bound(5, -0.1), r"r = -0.1 is not in \[0, inf\)"),
        (lambda: certified_radius(5, 0.0), r"delta = 0.0 is not in \(0, 1\]"),
        (lambda: critical_radius([np.nan], 1.0), "losses holds nan"),
        (lambda: disappointment_probability([0, 1], [0.5, 0.6], 5, 0.1), "sum to 1.1"),
        (lambda: disappointment_probability([0, 1], [0.5], 5, 0.1), "of one length"),
        (lambda: disappointment_probability(range(9), np.ones(9) / 9, 99, 0.1), "types"),
        (lambda: interpolation_radius(np.ones((3, 2)), np.ones(3), eps=0.1), "N >= n"),
        (lambda: interpolation_radius(np.ones((2, 3)), np.ones(2), eps=0.0), "eps = 0"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(InvalidParameter, match=message):
        call()
