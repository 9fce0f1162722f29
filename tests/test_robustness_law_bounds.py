"""Certified Lipschitz bounds against enumeration, an independent solver and sampled chords."""

import itertools

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asymp.errors import InvalidParameter
from asymp.finite.robustness_law import (
    IDENTITY,
    RELU,
    TANH,
    SymmetricTensor,
    TwoLayer,
    generic_data,
    kink_bound,
    lipschitz_bounds,
    maximum_random_gradient,
    power,
)
from asymp.finite.robustness_law.counting import overlaps
from asymp.finite.robustness_law.relaxation import enumerated, relaxed

ACTIVATIONS = {
    "relu": RELU,
    "tanh": TANH,
    "identity": IDENTITY,
    "square": power(2),
    "cube": power(3),
}
SEEDS = st.integers(0, 10**6)
# Rounding of sums of a few hundred terms of double precision.
ROUND = 1e-9


def draw(seed, k, d, activation=RELU, bias=0.5):
    rng = np.random.default_rng(seed)
    W = rng.standard_normal((k, d)) / np.sqrt(d)
    return TwoLayer(rng.standard_normal(k), W, bias * rng.standard_normal(k), activation)


def steepest_chord(network, rng, radius=1.0, sphere=False, pairs=2000):
    """Greatest quotient over random chords, near and far."""
    x = rng.standard_normal((pairs, network.dimension))
    z = x + 10.0 ** rng.uniform(-4, 1, (pairs, 1)) * rng.standard_normal(x.shape)
    x, z = (v / np.linalg.norm(v, axis=1, keepdims=True) * radius for v in (x, z))
    if not sphere:
        x, z = (v * rng.uniform(0, 1, (pairs, 1)) for v in (x, z))
    lengths = np.linalg.norm(x - z, axis=1)
    # Chords so short that rounding of the outputs would show are left out.
    keep = lengths > 1e-6 * radius
    return np.max(
        (np.abs(network.predict(x) - network.predict(z)) / np.maximum(lengths, 1e-300))[keep]
    )


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_gradient_is_that_of_finite_differences(name):
    network = draw(1, 7, 4, ACTIVATIONS[name])
    x, step = np.random.default_rng(2).standard_normal((20, 4)), 1e-6
    numeric = np.stack(
        [
            (network.predict(x + step * e) - network.predict(x - step * e)) / (2 * step)
            for e in np.eye(4)
        ],
        axis=-1,
    )
    # Central differences: error of order step**2 and rounding / step.
    np.testing.assert_allclose(network.gradient(x), numeric, atol=1e-8)


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(lower=st.floats(-3, 3), width=st.floats(0, 3))
@settings(max_examples=40, deadline=None)
def test_the_range_of_a_slope_is_that_of_a_fine_grid(name, lower, width):
    activation = ACTIVATIONS[name]
    t = np.linspace(lower, lower + width, 2001)
    slopes = activation.slope(t)
    low, high = activation.slope_range(np.array(lower), np.array(lower + width))
    assert low <= slopes.min() + ROUND
    assert slopes.max() <= high + ROUND
    # The grid misses the ends of the range by its step times the greatest second derivative; the
    # range of a ReLU may count the kink at an end as a slope of either side.
    if name != "relu":
        assert low >= slopes.min() - 0.05
        assert high <= slopes.max() + 0.05


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(seed=SEEDS, k=st.integers(1, 30), d=st.integers(2, 8), radius=st.floats(0.2, 3))
@settings(max_examples=25, deadline=None)
def test_no_chord_of_a_ball_or_sphere_is_steeper_than_the_certificate(name, seed, k, d, radius):
    network, rng = draw(seed, k, d, ACTIVATIONS[name]), np.random.default_rng(seed)
    ball = lipschitz_bounds(network, radius=radius)
    sphere = lipschitz_bounds(network, "sphere", radius)
    assert ball.lower <= ball.upper
    for method, bound in ball.methods.items():
        assert ball.lower <= bound * (1 + ROUND), method
    for found, on in ((ball, False), (sphere, True)):
        assert steepest_chord(network, rng, radius, on) <= found.upper * (1 + 1e-6)


@given(seed=SEEDS, k=st.integers(1, 8), extra=st.integers(0, 4))
@settings(max_examples=30, deadline=None)
def test_independent_neurons_take_every_pattern(seed, k, extra):
    """Then the constant on the whole space is the maximum over patterns, here by brute force."""
    network = draw(seed, k, max(k + extra, 2))
    brute = max(
        np.linalg.norm((np.array(s) * network.a) @ network.W)
        for s in itertools.product((0, 1), repeat=k)
    )
    found = lipschitz_bounds(network, "space")
    np.testing.assert_allclose([found.lower, found.upper], brute, rtol=ROUND)


@pytest.mark.parametrize("m", [3, 8, 14])
def test_the_relaxation_is_the_semidefinite_program(m):
    rows = np.random.default_rng(m).standard_normal((m, 5))
    gram = rows @ rows.T
    Y = cp.Variable((m, m), PSD=True)
    program = cp.Problem(cp.Maximize(cp.trace(gram @ Y)), [cp.diag(Y) == 1])
    optimum = np.sqrt(program.solve(solver=cp.CLARABEL))
    bound, corners = relaxed(rows)
    true = enumerated(rows)[0]
    assert optimum * (1 - 1e-6) <= bound <= optimum * 1.01  # sweeps end at 1e-4 of the objective
    assert true <= bound <= np.sqrt(np.pi / 2) * 1.01 * true  # Nesterov's factor
    assert np.linalg.norm(corners @ rows, axis=1).max() <= true * (1 + ROUND)


@given(seed=SEEDS, k=st.integers(1, 25), d=st.integers(3, 8))
@settings(max_examples=40, deadline=None)
def test_kinks_are_below_the_certificates(seed, k, d):
    network = draw(seed, k, d)
    assert kink_bound(network, "space") <= lipschitz_bounds(network, "space").upper * (1 + ROUND)
    assert kink_bound(network) <= lipschitz_bounds(network, "sphere").upper * (1 + ROUND)


def test_half_of_a_jump_can_be_all_there_is():
    """|t| / 2 as ReLU(t) - t / 2, the identity as two neurons: constant 1/2, jump 1."""
    w = np.array([[0.0, 0.0, 1.0]])
    network = TwoLayer([0.5, 0.5], np.vstack([w, -w]))
    assert kink_bound(network, "space") == pytest.approx(0.5)
    assert lipschitz_bounds(network, "space").lower == pytest.approx(0.5)
    opposite = TwoLayer([1.0, -1.0], np.vstack([w, -w]))
    assert kink_bound(opposite) == 0.0


@pytest.mark.parametrize("domain", ["space", "ball", "sphere"])
def test_a_neuron_without_weights_changes_nothing(domain):
    """Without bias, or without output weight, it bends nothing anywhere."""
    assert lipschitz_bounds(TwoLayer([1.0, 1.0], [[1.0, 0.0], [0.0, 0.0]])).exact
    network = draw(3, 6, 4)
    dead = TwoLayer(
        np.r_[network.a, 2.0, 0.0],
        np.vstack([network.W, np.zeros(4), np.eye(4)[0]]),
        np.r_[network.b, 0.0, 0.0],
    )
    bare, with_dead = lipschitz_bounds(network, domain), lipschitz_bounds(dead, domain)
    assert with_dead.upper == pytest.approx(bare.upper, rel=ROUND)
    # Both ascents have random starts of their own.
    assert with_dead.lower == pytest.approx(bare.lower, rel=0.05)


def test_the_sphere_of_one_dimension_has_one_chord():
    """It is two points; the tangential gradient there is nothing."""
    network = draw(5, 6, 1)
    found = lipschitz_bounds(network, "sphere", 2.0)
    rise = network.predict([[2.0]]) - network.predict([[-2.0]])
    assert found.exact
    assert found.upper == pytest.approx(abs(float(rise[0])) / 4)


@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_the_relaxation_scales(size):
    rows = np.random.default_rng(0).standard_normal((30, 5))
    assert relaxed(size * rows)[0] == pytest.approx(size * relaxed(rows)[0], rel=ROUND)


def test_what_cannot_move_is_not_relaxed():
    """Neurons that are on, or off, in the whole ball make the bound exact."""
    network = TwoLayer([1.0, 2.0, 5.0], np.eye(3), [2.0, 2.0, -2.0])
    found = lipschitz_bounds(network)
    np.testing.assert_allclose([found.lower, found.upper], np.sqrt(5), rtol=ROUND)


@given(seed=SEEDS, d=st.integers(2, 5), radius=st.floats(0.5, 2))
@settings(max_examples=40, deadline=None)
def test_caps_overlap_where_a_convex_program_finds_a_point(seed, d, radius):
    rng = np.random.default_rng(seed)
    W, t = rng.standard_normal((2, d)), rng.uniform(0.1, 1.0, 2)
    t *= radius * np.linalg.norm(W, axis=1)
    # Both caps meet in the ball if the lesser of the two margins can be positive; its maximum over
    # the ball is the minimum over convex combinations s of R |W' s| - t.s.
    shares = np.linspace(0, 1, 20001)[:, None] * [1.0, -1.0] + [0.0, 1.0]
    margin = np.min(radius * np.linalg.norm(shares @ W, axis=1) - shares @ t)
    if abs(margin) > 1e-3:  # closer calls are beyond the grid of combinations
        assert overlaps(W, t, radius)[0, 1] == (margin > 0)


@given(seed=SEEDS, k=st.integers(2, 40), d=st.integers(2, 10), threshold=st.floats(0.2, 0.9))
@settings(max_examples=60, deadline=None)
def test_counting_bounds_every_gradient_of_caps(seed, k, d, threshold):
    x, y = generic_data(k, d, rng=seed)
    network = TwoLayer(
        y * np.random.default_rng(seed).uniform(0.5, 2, k), x, np.full(k, -threshold)
    )
    found = lipschitz_bounds(network, points=x)
    points = np.random.default_rng(seed).standard_normal((4000, d))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    steep = np.linalg.norm(network.gradient(points), axis=1).max()
    assert steep <= found.methods["counting"] * (1 + ROUND)
    assert found.lower <= found.methods["counting"] * (1 + ROUND)


@pytest.mark.parametrize(("order", "n", "d"), [(3, 5, 3), (4, 6, 3), (4, 30, 3), (3, 9, 4)])
def test_the_operator_norm_is_that_of_a_dense_search(order, n, d):
    x, c = generic_data(n, d, rng=order + n)
    tensor = SymmetricTensor(c, x, order)
    found = tensor.operator_norm()
    z = np.random.default_rng(0).standard_normal((200_000, d))
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    dense = np.abs(tensor.at(z)).max()
    # The search misses a maximum of curvature p (p - 1) |T| by its squared spacing, 0.03 for d = 4.
    assert dense * (1 - ROUND) <= found.lower <= dense * 1.02
    assert found.lower <= found.upper


@given(seed=SEEDS, order=st.integers(2, 4), n=st.integers(1, 12), d=st.integers(2, 4))
@settings(max_examples=40, deadline=None)
def test_norms_of_tensors_are_those_of_their_entries(seed, order, n, d):
    rng = np.random.default_rng(seed)
    tensor = SymmetricTensor(rng.standard_normal(n), rng.standard_normal((n, d)), order)
    letters = "abcd"[:order]
    spec = "n," + ",".join("n" + q for q in letters) + "->" + letters
    entries = np.einsum(spec, tensor.weights, *[tensor.points] * order)
    size = np.abs(tensor.weights) @ np.linalg.norm(tensor.points, axis=1) ** order
    # Cancellation among terms of that size, squared before the root is taken.
    np.testing.assert_allclose(tensor.frobenius(), np.linalg.norm(entries), atol=1e-6 * size)
    found = tensor.operator_norm()
    flat = [np.linalg.norm(entries.reshape(d**q, -1), 2) for q in range(1, order // 2 + 1)]
    np.testing.assert_allclose(found.upper, min(flat), atol=1e-6 * size)


def test_the_random_gradient_of_a_linear_network_is_its_norm():
    network = TwoLayer([2.0, 1.0], [[1.0, 0.0], [0.0, 3.0]], activation=IDENTITY)
    assert maximum_random_gradient(network) == pytest.approx(np.hypot(2, 3))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: TwoLayer([1.0], [[1.0], [2.0]]), "one output weight for each row"),
        (lambda: TwoLayer([1.0], [[np.nan]]), "W holds"),
        (lambda: TwoLayer([1.0], [[1.0]], [1.0, 2.0]), "must be \\(1,\\)"),
        (lambda: draw(0, 3, 4).predict(np.ones(3)), "d = 4"),
        (lambda: lipschitz_bounds(draw(0, 3, 4), "cube"), "'space', 'ball', 'sphere'"),
        (lambda: lipschitz_bounds(draw(0, 3, 4), radius=0.0), "radius = 0"),
        (lambda: lipschitz_bounds(draw(0, 3, 4), points=np.ones((2, 3))), "d = 4"),
        (lambda: draw(0, 3, 4).misfit(np.ones((2, 4)), [1.0]), r"labels of shape \(1,\)"),
        (lambda: lipschitz_bounds(TwoLayer([1e200], [[1e200]])), "a of size up to 1e\\+200"),
        (lambda: lipschitz_bounds(TwoLayer([1e-200], [[1.0]])), "a of size up to 1e-200"),
        (
            lambda: lipschitz_bounds(TwoLayer([1.0], [[1e99, 0.0]], activation=power(5))),
            "slopes of size up to inf",
        ),
        (lambda: lipschitz_bounds(draw(0, 3, 4, power(2)), "space"), "unbounded"),
        (lambda: kink_bound(draw(0, 3, 4, TANH)), "must be the ReLU"),
        (lambda: kink_bound(draw(0, 3, 4), "ball"), "'space', 'sphere'"),
        (lambda: kink_bound(draw(0, 3, 2)), "at least 3"),
        (lambda: power(1), "order = 1"),
        (lambda: SymmetricTensor([1.0], [[1.0, 0.0]], 1), "order = 1"),
        (lambda: SymmetricTensor([1.0], [[1.0, 0.0]], 3).matrix(), "only order 2"),
        (lambda: generic_data(0, 5), "n = 0"),
        (lambda: generic_data(2, 5, rng="a"), "rng = 'a' is no seed"),
        (lambda: lipschitz_bounds(draw(0, 3, 4), rng=1.5), "rng = 1.5 is no seed"),
        (lambda: TwoLayer(["a"], [[1.0]]), "a = .* is not an array of real"),
        (lambda: generic_data(4.5, 5), r"n = 4.5 is not in \{1, 2, ...\}"),
        (lambda: generic_data(4, 1), r"d = 1 is not in \{2, 3, ...\}"),
        (lambda: SymmetricTensor([1.0], [[1.0, 0.0]], "a"), "order = 'a' is not in"),
        (lambda: generic_data(5, 5, law="cube"), "'sphere', 'gaussian'"),
        (lambda: maximum_random_gradient(draw(0, 3, 4), draws=0), "draws = 0"),
    ],
)
def test_what_cannot_be_is_refused(call, said):
    with pytest.raises(InvalidParameter, match=said):
        call()
