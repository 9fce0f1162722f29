"""Margins under perturbed weights: bounds, the truth, brute force, and formulas as recalled."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from asymp.errors import InvalidParameter, NotDerivable
from asymp.finite.weight_margin import (
    Network,
    Nonlinearity,
    ascended_drop,
    certified,
    interval_bound,
    margins,
    norm_bound,
    random_drop,
    weight_robust_loss,
    worst_drop,
)
from asymp.finite.weight_margin.radii import layer_radii
from asymp.finite.weight_margin.reach import hidden_box

NORMS = ("elementwise", "frobenius")
ROUNDING = 1e-12  # relative to sums of a dozen products of numbers of order ten

seeds = st.integers(0, 2**32 - 1)
depths = st.integers(1, 4)
activations = st.sampled_from(["relu", "softplus", "sigmoid"])
radius = st.floats(1e-3, 2.0)


def drawn(seed, depth, activation="relu", samples=3, units=5):
    """A random network with random widths and biases, and inputs of both signs."""
    rng = np.random.default_rng(seed)
    sizes = [*rng.integers(1, units + 1, size=depth), int(rng.integers(2, 4))]
    weights = [rng.normal(size=(b, a)) for a, b in itertools.pairwise(sizes)]
    biases = [rng.normal(size=b) * rng.integers(0, 2) for b in sizes[1:]]
    return Network(weights, biases, activation), rng.normal(size=(samples, sizes[0]))


def slack(x):
    return ROUNDING * (1 + np.abs(x))


def scaled(seed, depth, size):
    return size * np.random.default_rng(seed).uniform(0, 1, size=depth)


@settings(max_examples=60, deadline=None)
@given(seeds, depths, activations, radius)
def test_elementwise_bounds_are_above_what_is_attained(seed, depth, activation, size):
    net, x = drawn(seed, depth, activation)
    radii = scaled(seed, depth, size)
    products, intervals = norm_bound(net, x, radii), interval_bound(net, x, radii)
    found = ascended_drop(net, x, radii, starts=3, steps=15, draws=10)
    at_random = random_drop(net, x, radii, draws=20)
    assert (products >= intervals - slack(products)).all()
    assert (intervals >= found - slack(intervals)).all()
    assert (intervals >= at_random - slack(intervals)).all()
    assert (found >= 0).all()


@settings(max_examples=60, deadline=None)
@given(seeds, depths, activations, radius)
def test_frobenius_bound_is_above_what_is_attained(seed, depth, activation, size):
    net, x = drawn(seed, depth, activation)
    radii = scaled(seed, depth, size)
    bound = norm_bound(net, x, radii, norm="frobenius")
    found = ascended_drop(net, x, radii, norm="frobenius", starts=3, steps=15, draws=10)
    assert (bound >= found - slack(bound)).all()
    at_random = random_drop(net, x, radii, norm="frobenius", draws=20)
    assert (bound >= at_random - slack(bound)).all()


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("depth", [2, 3])
def test_ascent_finds_more_than_chance(norm, depth):
    """Never less than its own random draws; other draws beat it only where all units are off."""
    found, own, other = [], [], []
    for seed in range(12):
        net, x = drawn(seed, depth, units=12)
        found.append(ascended_drop(net, x, 0.3, norm=norm, rng=1).ravel())
        own.append(random_drop(net, x, 0.3, norm=norm, rng=1).ravel())
        other.append(random_drop(net, x, 0.3, norm=norm, rng=2).ravel())
    found, own, other = map(np.concatenate, (found, own, other))
    assert (found >= own).all()
    # Plateaus of narrow networks, where margins are nearly constant, are 1 % of the cases.
    assert np.mean(found < other - 1e-12) <= 0.02
    moving = found > 0  # 100 draws come close in the narrowest of these networks
    assert np.mean(found[moving] > 1.2 * own[moving]) > 0.6


@settings(max_examples=60, deadline=None)
@given(seeds, depths, activations, radius, st.sampled_from(NORMS), st.floats(0.1, 10))
def test_one_layer_is_linear_in_its_radius(seed, depth, activation, size, norm, factor):
    net, x = drawn(seed, depth, activation)
    for layer in range(1, depth + 1):
        one = norm_bound(net, x, {layer: size}, norm=norm)
        more = norm_bound(net, x, {layer: factor * size}, norm=norm)
        np.testing.assert_allclose(more, factor * one, rtol=ROUNDING)


@settings(max_examples=60, deadline=None)
@given(seeds, depths, activations, radius, st.sampled_from(NORMS), st.floats(1, 3))
def test_bounds_are_zero_at_zero_and_rise_with_every_radius(
    seed, depth, activation, size, norm, factor
):
    net, x = drawn(seed, depth, activation)
    assert (norm_bound(net, x, 0.0, norm=norm) == 0).all()
    assert np.abs(interval_bound(net, x, 0.0)).max() <= 1e-12  # rounding of two ways of summing
    radii = scaled(seed, depth, size)
    for layer in range(depth):
        wider = radii.copy()
        wider[layer] *= factor
        low, high = (norm_bound(net, x, r, norm=norm) for r in (radii, wider))
        assert (high >= low - slack(low)).all()
        low, high = (interval_bound(net, x, r) for r in (radii, wider))
        assert (high >= low - slack(low)).all()


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(1, 3), st.sampled_from(NORMS), seeds)
def test_a_certified_prediction_stays(seed, depth, norm, other):
    net, x = drawn(seed, depth, samples=6)
    labels = net.outputs(x).argmax(axis=1)
    radii = scaled(seed, depth, 0.1)
    kept = certified(net, x, labels, radii, norm=norm)
    assume(kept.any())
    rng = np.random.default_rng(other)
    for _ in range(50):
        changes = [r * inside(w.shape, norm, rng) for r, w in zip(radii, net.weights, strict=True)]
        now = net.moved(changes).outputs(x).argmax(axis=1)
        assert (now == labels)[kept].all()


def inside(shape, norm, rng):
    """A point of the unit ball, often on its boundary."""
    if norm == "elementwise":
        return np.clip(rng.normal(size=shape), -1, 1)
    point = rng.normal(size=shape)
    return point / np.linalg.norm(point) * rng.choice([1.0, rng.uniform()])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("radii", [(0.0, 0.3), (0.3, 0.0), (0.2, 0.4)])
def test_worst_drop_of_two_layers_is_that_of_all_sign_patterns(seed, radii):
    """256 perturbed networks: the drop is largest at a vertex, every row being monotone."""
    rng = np.random.default_rng(seed)
    net = Network([rng.normal(size=(2, 2)), rng.normal(size=(2, 2))], [[0.3, -0.2], [0.1, 0.5]])
    x = rng.normal(size=(4, 2))
    clean, best = margins(net, x), np.zeros((4, 2))
    for signs in itertools.product((-1.0, 1.0), repeat=8):
        first, last = np.reshape(signs, (2, 2, 2))
        moved = net.moved([radii[0] * first, radii[1] * last])
        best = np.maximum(best, clean - margins(moved, x))
    np.testing.assert_allclose(worst_drop(net, x, radii), best, rtol=1e-12, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(seeds, depths, activations, radius)
def test_a_sign_perturbation_of_the_last_layer_attains_the_bound(seed, depth, activation, size):
    net, x = drawn(seed, depth, activation, samples=1)
    z = net.layers(x)[-1][0]
    change = [np.zeros_like(w) for w in net.weights]
    change[-1][0], change[-1][1] = -size * np.sign(z), size * np.sign(z)
    pair = [(0, 1)]
    drop = margins(net, x, pair) - margins(net.moved(change), x, pair)
    np.testing.assert_allclose(norm_bound(net, x, {-1: size}, pair), drop, atol=1e-11)
    np.testing.assert_allclose(worst_drop(net, x, {-1: size}, pair), drop, atol=1e-11)
    unit = z / max(np.linalg.norm(z), 1e-300)
    change[-1][0], change[-1][1] = (s * size * unit / np.sqrt(2) for s in (-1, 1))
    drop = margins(net, x, pair) - margins(net.moved(change), x, pair)
    exact = worst_drop(net, x, {-1: size}, pair, norm="frobenius")
    np.testing.assert_allclose(exact, drop, atol=1e-11)


@pytest.mark.parametrize("seed", range(4))
def test_ascent_reaches_the_exact_worst_case(seed):
    """The steps end on vertices, which are where the worst case is."""
    net, x = drawn(seed, 2)
    for radii in ({1: 0.2}, {2: 0.2}, (0.1, 0.3)):
        found = ascended_drop(net, x, radii, starts=20)
        np.testing.assert_allclose(found, worst_drop(net, x, radii), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_frobenius_ascent_against_another_optimiser(seed):
    """Pre-activations move by s with |s| <= eps |x|; a smooth activation, SLSQP from 20 starts."""
    net, x = drawn(seed, 2, "softplus", samples=1)
    (w, a), (b, _), eps = net.weights, net.biases, 0.4
    c, h, reach = a[0] - a[1], x[0] @ w.T + b, eps * np.linalg.norm(x)
    ball = {"type": "ineq", "fun": lambda s: reach**2 - s @ s}
    rng = np.random.default_rng(seed)
    rounds = [
        minimize(lambda s: c @ np.logaddexp(h + s, 0), s, constraints=[ball], tol=1e-12)
        for s in reach * rng.normal(size=(20, len(h))) / np.sqrt(len(h))
    ]
    best = c @ np.logaddexp(h, 0) - min(r.fun for r in rounds if r.success)
    found = ascended_drop(net, x, {1: eps}, [(0, 1)], "frobenius", starts=4, steps=200)
    # The last steps are 2 % of the radius long, on a sphere: second order in that.
    assert found[0, 0] == pytest.approx(best, rel=1e-3)
    assert found[0, 0] <= best * (1 + 1e-6)  # the constraint's tolerance in SLSQP


def recalled_one_layer(net, x, layer, eps):
    """Section 5.1 of the project's source notes (recalled): largest absolute row sums."""
    z, last = net.layers(x), net.weights[-1]
    if layer == net.depth:
        return 2 * eps * np.abs(z[-1]).sum(axis=1)
    between = [np.abs(w).sum(axis=1).max() for w in net.weights[layer:-1]]
    return eps * np.abs(last[0] - last[1]).sum() * np.prod(between) * np.abs(z[layer - 1]).sum(1)


@settings(max_examples=40, deadline=None)
@given(seeds, depths, radius)
def test_one_layer_bounds_are_the_recalled_ones(seed, depth, size):
    net, x = drawn(seed, depth)
    for layer in range(1, depth + 1):
        ours = norm_bound(net, x, {layer: size}, [(0, 1)])[:, 0]
        np.testing.assert_allclose(ours, recalled_one_layer(net, x, layer, size), rtol=1e-12)


def test_with_column_sums_the_recalled_formula_fails():
    """The other reading of the norm: a wide row adds up many units, which no column shows."""
    net = Network([np.ones((4, 1)), np.ones((1, 4)), [[1.0], [0.0]]])
    drop = ascended_drop(net, [[1.0]], {1: 0.1}, [(0, 1)])
    columns = 0.1 * 1 * np.abs(net.weights[1]).sum(axis=0).max() * 1
    assert drop[0, 0] == pytest.approx(0.4)
    assert columns == pytest.approx(0.1)
    assert norm_bound(net, [[1.0]], {1: 0.1}, [(0, 1)])[0, 0] == pytest.approx(0.4)


def recalled_all_layers(net, x, radii, inflate_last):
    """The recalled bound for all layers, with the upward-perturbed network's layers as sizes."""
    upward = net.moved([r * np.ones_like(w) for r, w in zip(radii, net.weights, strict=True)])
    sizes = [np.abs(z).sum(axis=1) for z in upward.layers(x)]  # for inputs with no negative entry
    rows = [
        np.abs(w).sum(axis=1).max() + r * w.shape[1]
        for r, w in zip(radii, net.weights, strict=True)
    ]
    last = np.abs(net.weights[-1][0] - net.weights[-1][1])
    length = last.sum() + (2 * radii[-1] * last.size if inflate_last else 0)
    total = 2 * radii[-1] * sizes[-1]
    for k in range(net.depth - 1):
        total = total + radii[k] * length * np.prod(rows[k + 1 : -1]) * sizes[k]
    return total


# The first layer raises both hidden units; the second subtracts ten times the one, so that the
# upward-perturbed network switches the last hidden unit off: it is the smallest, not the largest.
COUNTEREXAMPLE = Network([[[1.9], [0.1]], [[1.0, -10.0]], [[1.0], [1.0]]])


@pytest.mark.parametrize(("inflate_last", "recalled"), [(False, 0.0), (True, 2.2)])
def test_the_recalled_bound_for_all_layers_is_no_bound(inflate_last, recalled):
    x, radii = [[1.0]], (0.1, 0.0, 1.0)
    claim = recalled_all_layers(COUNTEREXAMPLE, x, radii, inflate_last)
    attained = ascended_drop(COUNTEREXAMPLE, x, radii, [(0, 1)], starts=8)[0, 0]
    assert claim[0] == pytest.approx(recalled, abs=1e-12)
    assert attained == pytest.approx(4.0)  # units 2.0 and 0.0, then 2 * eps_3 * 2.0
    assert norm_bound(COUNTEREXAMPLE, x, radii, [(0, 1)])[0, 0] >= attained


@settings(max_examples=40, deadline=None)
@given(seeds, radius)
def test_for_two_layers_the_recalled_bound_holds(seed, size):
    net, x = drawn(seed, 2)
    net, x = Network(net.weights), np.abs(x)
    radii = scaled(seed, 2, size)
    claim = recalled_all_layers(net, x, radii, inflate_last=False)
    exact = worst_drop(net, x, radii, [(0, 1)])[:, 0]
    assert (claim >= exact - slack(exact)).all()


@settings(max_examples=40, deadline=None)
@given(seeds, depths, activations, radius)
def test_units_stay_in_their_box(seed, depth, activation, size):
    net, x = drawn(seed, depth, activation)
    radii = scaled(seed, depth, size)
    box, rng = hidden_box(net, x, radii), np.random.default_rng(seed)
    for _ in range(10):
        changes = [
            r * rng.uniform(-1, 1, size=w.shape) for r, w in zip(radii, net.weights, strict=True)
        ]
        for z, (low, high) in zip(net.moved(changes).layers(x), box, strict=True):
            assert (z >= low - slack(low)).all()
            assert (z <= high + slack(high)).all()


def test_loss_is_its_three_terms():
    net, x = drawn(3, 3, samples=4)
    labels = np.array([0, 1, 0, 1])
    outputs = net.outputs(x)
    shares = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    total = 0.0
    for i, y in enumerate(labels):
        others = [(y, j) for j in range(net.classes) if j != y]
        total += -np.log(shares[i, y]) + 0.7 * norm_bound(net, x[i : i + 1], 0.2, others).max()
    sizes = sum(np.linalg.norm(w, np.inf) + np.linalg.norm(w, 1) for w in net.weights)
    found = weight_robust_loss(net, x, labels, 0.2, margin_weight=0.7, norm_weight=0.3)
    assert found == pytest.approx(total / 4 + 0.3 * sizes, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda net, x: norm_bound(net, x, -0.1), r"radii = -0.1 is not in \[0, inf\)"),
        (lambda net, x: norm_bound(net, x, np.nan), r"radii = nan is not in \[0, inf\)"),
        (lambda net, x: norm_bound(net, x, {1: "a"}), "radius = 'a' is not in"),
        (lambda net, x: norm_bound(net, x, (0.1, 0.1)), "give one, or 3"),
        (lambda net, x: norm_bound(net, x, {4: 0.1}), "count from 1 to 3"),
        (lambda net, x: norm_bound(net, x, 0.1, norm="l2"), "norm = 'l2' is not in"),
        (lambda net, x: norm_bound(net, x, 0.1, [(0, 0)]), "two different classes"),
        (lambda net, x: norm_bound(net, x[:, :0], 0.1), "non-empty"),
        (lambda net, x: norm_bound(net, x * np.inf, 0.1), "inputs holds .*inf at"),
        (lambda net, x: certified(net, x, [0], 0.1), "one for each input"),
        (lambda net, x: random_drop(net, x, 0.1, draws=0), "draws = 0"),
        (lambda net, x: ascended_drop(net, x, 0.1, steps=0), "steps = 0"),
        (lambda net, x: random_drop(net, x, 0.1, rng="a"), "rng = 'a' is no seed"),
        (lambda net, x: weight_robust_loss(net, x, [0] * 3, 0.1, -1.0), "margin_weight"),
        (lambda net, x: Network(net.weights, activation="tanh"), "not known"),
        (lambda net, x: Network([]), "at least one matrix"),
        (lambda net, x: Network([np.ones((1, 2))]), "two classes"),
        (lambda net, x: Network(net.weights, [[0.0]]), "biases have lengths"),
        (lambda net, x: Nonlinearity("steep", lambda u: 2 * np.maximum(u, 0), np.sign), "slope"),
        (lambda net, x: Nonlinearity("bump", lambda u: np.exp(-(u**2)), np.sign), "monotone"),
        (lambda net, x: Nonlinearity("nan", lambda u: u * np.nan, np.sign), "value that is finite"),
        (
            lambda net, x: Nonlinearity("nan", lambda u: np.maximum(u, 0), lambda u: u * np.nan),
            "slope that is finite",
        ),
        (lambda net, x: Nonlinearity("one", lambda u: 1.0, np.sign), r"has shape \(\)"),
        (lambda net, x: Nonlinearity("none", None, None), "value = None .* is no function"),
        (lambda net, x: net.moved([[[1.0]]] * 3), "changes have shapes"),
        (lambda net, x: net.moved(list(net.weights[:2])), "changes have shapes"),
        (lambda net, x: net.moved(5), "changes = 5 is no list"),
        (
            lambda net, x: Network([1e300 * np.ones(w.shape) for w in net.weights]).outputs(x),
            "outputs passes the largest number",
        ),
        (lambda net, x: margins(5, x), "network = 5 is no Network"),
        (lambda net, x: random_drop(None, x, 0.1), "network = None is no Network"),
        (lambda net, x: Network(5), "weights = 5 is no list"),
        (lambda net, x: Network(net.weights, 3), "biases = 3 is no list"),
        (lambda net, x: Network(net.weights, activation=[]), "not known"),
        (lambda net, x: norm_bound(net, x, {3: 0.1, -1: 0.2}), "layer 3 of 3 has two radii"),
        (lambda net, x: norm_bound(net, x, {"a": 0.1}), "layer 'a': count from 1 to 3"),
        (lambda net, x: norm_bound(net, x, {1.5: 0.1}), "layer 1.5: count"),
        (lambda net, x: norm_bound(net, x, {True: 0.1}), "layer True: count"),
        (lambda net, x: margins(net, x, [[0, 1], [1]]), "two different classes"),
        (lambda net, x: certified(net, [[1.0], [1.0, 2.0]], [0, 0], 0.1), "inputs = "),
        (lambda net, x: certified(net, x, [[0], [0, 1]], 0.1), "one for each input"),
        *(
            (lambda net, x, drop=drop: drop(net, x, 1e308), "passes the largest number")
            for drop in (norm_bound, interval_bound, random_drop, ascended_drop)
        ),
        (lambda net, x: certified(net, x, [0] * 3, 1e308), "passes the largest number"),
        (lambda net, x: weight_robust_loss(net, x, [0] * 3, 1e308), "passes the largest number"),
        (lambda net, x: worst_drop(net, x, {-1: 1e308}), "passes the largest number"),
    ],
)
def test_bad_input_is_refused(call, said):
    net, x = drawn(0, 3)
    with pytest.raises(InvalidParameter, match=said):
        call(net, x)


@pytest.mark.parametrize(("radii", "norm"), [({1: 0.1}, "elementwise"), ({2: 0.1}, "frobenius")])
def test_no_exact_worst_case_is_made_up(radii, norm):
    net, x = drawn(0, 3)
    with pytest.raises(NotDerivable, match="use ascended_drop"):
        worst_drop(net, x, radii, norm=norm)


def test_radii_of_named_layers():
    net, _ = drawn(0, 3)
    assert layer_radii(net, {1: 0.5, -1: 0.25}).tolist() == [0.5, 0.0, 0.25]
