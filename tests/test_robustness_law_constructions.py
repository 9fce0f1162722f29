"""Networks that are built fit exactly, and have the Lipschitz constants that they claim."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asymp.errors import InvalidParameter
from asymp.finite.robustness_law import (
    SymmetricTensor,
    cap_fit,
    generic_data,
    group_fit,
    linear_fit,
    polynomial_fit,
    power_network,
)

SEEDS = st.integers(0, 10**6)
# Conditioning of the Gram matrices met here, up to about 1e4, times double precision.
FIT = 1e-9


def steep_chords(network, points, rng, pairs=4000):
    """Greatest quotient over chords of the sphere near the data, where the network moves."""
    x = points[rng.integers(len(points), size=pairs)]
    x, z = (x + rng.uniform(0, 1, (pairs, 1)) * direction(rng, x.shape) for _ in range(2))
    x, z = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, z))
    rises = np.abs(network.predict(x) - network.predict(z))
    return np.max(rises / np.linalg.norm(x - z, axis=1))


def direction(rng, shape):
    v = rng.standard_normal(shape)
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


@given(seed=SEEDS, d=st.integers(2, 40), share=st.floats(0.05, 0.6))
@settings(max_examples=40, deadline=None)
def test_the_linear_fit_has_the_least_norm(seed, d, share):
    x, y = generic_data(max(1, int(share * d)), d, rng=seed)
    built = linear_fit(x, y)
    assert built.misfit < FIT
    w = built.network.W[0]
    least = np.linalg.lstsq(x, y, rcond=None)[0]
    np.testing.assert_allclose(w, least, atol=FIT)
    assert built.ball.upper == pytest.approx(np.linalg.norm(least), rel=FIT)


def test_the_linear_fit_meets_the_papers_bound_on_generic_data():
    """sqrt(2n) with probability 1 - exp(C - cd) for n <= cd: here c = 1/20 and no failure in 50."""
    for seed in range(50):
        x, y = generic_data(20, 400, rng=seed)
        assert linear_fit(x, y).ball.upper <= np.sqrt(2 * 20)


@given(seed=SEEDS, n=st.integers(2, 60), d=st.integers(30, 80))
@settings(max_examples=30, deadline=None)
def test_caps_fit_and_no_chord_is_steeper(seed, n, d):
    x, y = generic_data(n, d, rng=seed)
    rng = np.random.default_rng(seed)
    for threshold in (0.9, None):
        built = cap_fit(x, y, threshold)
        assert built.misfit < FIT
        # Caps of threshold 0.9 meet where an inner product is above 2 * 0.9^2 - 1.
        nearest = np.max(x @ x.T - 2 * np.eye(n))
        assert built.ball.exact or (threshold == 0.9 and nearest > 0.62)
        assert steep_chords(built.network, x, rng) <= built.sphere.upper * (1 + FIT)


@pytest.mark.parametrize("threshold", [0.9, 0.75])
def test_the_constant_of_separate_caps_is_attained(threshold):
    """A short chord across the border of a cap, along its meridian, and one along the radius."""
    x, y = generic_data(20, 2000, rng=3)
    built = cap_fit(x, y, threshold)
    assert built.sphere.upper == pytest.approx(np.sqrt((1 + threshold) / (1 - threshold)))
    e = direction(np.random.default_rng(0), 2000)
    e -= (e @ x[0]) * x[0]
    e /= np.linalg.norm(e)
    border, step = np.arccos(threshold), 1e-5
    u, v = (np.cos(t) * x[0] + np.sin(t) * e for t in (border - step, border))
    chord = abs(built.network.predict(u) - built.network.predict(v)) / np.linalg.norm(u - v)
    # The slope changes by 1e-5 of itself along the chord.
    assert chord == pytest.approx(built.sphere.upper, rel=1e-4)
    radial = (built.network.predict(x[0]) - built.network.predict(0.99 * x[0])) / 0.01
    assert abs(radial) == pytest.approx(built.ball.upper, rel=1e-9)


@pytest.mark.parametrize(("labels", "steep"), [([1.0, -1.0], 1.0), ([1.0, 1.0], 0.0)])
def test_caps_on_the_sphere_of_one_dimension(labels, steep):
    """The only chord has length two, whatever the threshold."""
    for threshold in (0.9, 0.1, None):
        built = cap_fit([[1.0], [-1.0]], labels, threshold)
        assert built.sphere.upper == pytest.approx(steep)
        assert built.sphere.exact


def test_overlapping_caps_are_not_called_exact():
    x, y = np.array([[1.0, 0.0], [0.8, 0.6]]), np.array([1.0, 1.0])
    built = cap_fit(x, y)
    # The sum of both rows, active together between the points: 10 |x_1 + x_2|.
    assert built.ball.upper == pytest.approx(10 * np.linalg.norm(x.sum(axis=0)))
    assert built.ball.lower == pytest.approx(built.ball.upper)
    assert built.misfit < FIT


@given(seed=SEEDS, n=st.integers(4, 60), size=st.integers(1, 4))
@settings(max_examples=12, deadline=None)
def test_groups_fit_with_the_width_asked_for(seed, n, size):
    x, y = generic_data(n, 600, rng=seed)
    k = max(n // size, len(np.unique(y)))
    built = group_fit(x, y, k)
    assert built.network.neurons == k
    assert built.misfit < FIT
    assert built.ball.lower <= built.ball.upper
    rng = np.random.default_rng(seed)
    assert steep_chords(built.network, x, rng, 2000) <= built.sphere.upper * (1 + FIT)


def test_counting_gives_groups_the_rate_of_theorem_3():
    """Lip <= C n log(d) / k, here with C log d = 9 at every width."""
    x, y = generic_data(150, 2000, rng=0)
    for k in (25, 50, 150):
        ball = group_fit(x, y, k).ball
        assert ball.how in ("counting", "relaxation")
        assert ball.upper <= 9 * 150 / k


@given(seed=SEEDS, order=st.sampled_from([2, 3, 4]), d=st.integers(3, 8))
@settings(max_examples=30, deadline=None)
def test_polynomials_fit_exactly(seed, order, d):
    x, y = generic_data(d + 1, d, rng=seed)
    built = polynomial_fit(x, y, order)
    # The Gram matrix of powers may be ill conditioned when two points nearly coincide.
    assert built.misfit < 1e-6
    assert steep_chords(built.network, x, np.random.default_rng(seed), 2000) <= (
        built.sphere.upper * (1 + FIT)
    )


def test_quadratic_constants_are_exact():
    x, y = generic_data(40, 12, rng=5)
    built = polynomial_fit(x, y, 2)
    values, vectors = np.linalg.eigh((x.T * built.network.a) @ x)
    assert built.ball.upper == pytest.approx(2 * np.abs(values).max())
    # The gradient at the leading eigenvector, and a chord between mixtures of both extremes.
    top = vectors[:, np.argmax(np.abs(values))]
    assert np.linalg.norm(built.network.gradient(top)) == pytest.approx(built.ball.upper)
    low, high = vectors[:, 0], vectors[:, -1]
    angles = np.pi / 4 + np.array([-1e-4, 1e-4])
    u, v = np.cos(angles)[:, None] * low + np.sin(angles)[:, None] * high
    chord = abs(built.network.predict(u) - built.network.predict(v)) / np.linalg.norm(u - v)
    assert chord == pytest.approx(built.sphere.upper, rel=1e-7)


def test_theorem_4_the_labels_themselves_nearly_fit():
    """|f(x_i) - y_i| <= C eps with n log n = eps^2 d^p: C = 4 holds in 20 of 20 draws."""
    n, d, p = 60, 100, 2
    eps = np.sqrt(n * np.log(n) / d**p)
    for seed in range(20):
        built = polynomial_fit(*generic_data(n, d, rng=seed), p, exact=False)
        assert built.misfit <= 4 * eps


@given(seed=SEEDS, order=st.integers(2, 5), d=st.integers(2, 4), n=st.integers(1, 8))
@settings(max_examples=30, deadline=None)
def test_fewer_neurons_make_the_same_polynomial(seed, order, d, n):
    rng = np.random.default_rng(seed)
    tensor = SymmetricTensor(rng.standard_normal(n), rng.standard_normal((n, d)), order)
    network = power_network(tensor)
    assert network.neurons <= 2**order * d ** (order - 1)
    z = direction(rng, (20, d))
    size = np.abs(tensor.weights) @ np.linalg.norm(tensor.points, axis=1) ** order
    # Polarisation cancels 2^(p-1) powers of numbers up to p.
    np.testing.assert_allclose(network.predict(z), tensor.at(z), atol=1e-10 * size)


NEAR = np.array([[1.0, 0.0], [np.cos(0.1), np.sin(0.1)]])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: linear_fit(*generic_data(5, 4)), "5 points span 4 dimensions"),
        (lambda: cap_fit([[2.0, 0.0]], [1.0]), "point 0 has norm 2"),
        (lambda: cap_fit(NEAR, [1.0, -1.0]), "inner product 0.995"),
        (lambda: cap_fit(NEAR, [1.0, -1.0], 1.0), "threshold = 1.0"),
        (lambda: group_fit(*generic_data(10, 4), neurons=11), "between 2 and n = 10"),
        (lambda: group_fit(*generic_data(10, 4), neurons=2), "linearly dependent"),
        (lambda: group_fit(*generic_data(60, 20), neurons=20), "of another group"),
        (lambda: group_fit(NEAR, [0.5, 1.0], 2), "which is not in {-1, 1}"),
        (lambda: group_fit(NEAR, [1.0, -1.0], 2, threshold=0.0), "threshold = 0.0"),
        (lambda: polynomial_fit(*generic_data(30, 4), 2), "no tensor of order 2"),
        (lambda: polynomial_fit(*generic_data(3, 4), 2.5), "order = 2.5 is not in"),
        (lambda: cap_fit(*generic_data(3, 40), "a"), r"threshold = 'a' is not in \[0, 1\)"),
        (lambda: group_fit(*generic_data(9, 40), 4.5), "neurons = 4.5 is not in"),
        (lambda: cap_fit(["a"], [1]), "points = .* is not an array of real"),
        (
            lambda: power_network(SymmetricTensor(*generic_data(3, 80)[::-1], 4)),
            "keep one neuron a point",
        ),
    ],
)
def test_data_that_a_construction_cannot_fit_is_refused(call, said):
    with pytest.raises(InvalidParameter, match=said):
        call()


def test_every_split_of_the_labels_gets_its_groups():
    for plus, minus in product(range(6), repeat=2):
        n = plus + minus
        if not n:
            continue
        x = np.eye(max(n, 2))[:n]
        y = np.repeat([1.0, -1.0], [plus, minus])
        for k in range(len(np.unique(y)), n + 1):
            built = group_fit(x, y, k)
            assert built.network.neurons == k
            assert built.misfit < FIT
