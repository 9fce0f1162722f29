"""Robust memorisation (Lemma 4.5 of Li and Li): on random data, against direct evaluation."""

import dataclasses
import itertools

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from asymp.errors import InvalidParameter, InvalidProblem
from asymp.finite.memorisation import (
    CubeLaw,
    GaussianLaw,
    Halfspace,
    ReluNetwork,
    SphereLaw,
    cap_measure,
    class_separation,
    memorise,
)

NORMS = pytest.mark.parametrize("norm", [2, np.inf])


def random_network(rng, inputs, hidden):
    sizes = [inputs, *hidden, 1]
    pairs = itertools.pairwise(sizes)
    return ReluNetwork.of([(rng.standard_normal((b, a)), rng.standard_normal(b)) for a, b in pairs])


def by_hand(layers, x):
    for weight, bias in layers[:-1]:
        x = np.maximum(np.asarray(weight) @ x + bias, 0)
    return float((layers[-1][0] @ x + layers[-1][1])[0])


@st.composite
def data_sets(draw, norm):
    """Sample, labels, a radius below half the separation and a clean network of any quality."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, d = draw(st.integers(2, 12)), draw(st.integers(1, 6))
    x = rng.standard_normal((n, d)) * draw(st.sampled_from([1e-3, 1.0, 50.0]))
    y = np.where(rng.random(n) < 0.5, 1.0, -1.0)
    y[:2] = 1, -1
    share = draw(st.floats(0.05, 0.98))
    delta = share * class_separation(x, y, norm).distance / 2
    clean = random_network(rng, d, draw(st.lists(st.integers(1, 5), max_size=5)))
    return x, y, delta, clean, rng


def hard_points(x, y, delta, norm, rng, each=40):
    """Points of each sample's ball: on its surface at random, corners, towards the other class."""
    directions = rng.standard_normal((len(x), each, x.shape[1]))
    if norm == np.inf:
        directions[:, ::2] = np.sign(directions[:, ::2])
    for i in range(len(x)):
        others = x[y != y[i]]
        directions[i, : len(others)] = (others - x[i])[:each]
    directions /= np.linalg.norm(directions, norm, axis=2, keepdims=True)
    return x[:, None] + delta * directions


@NORMS
@given(data=st.data())
def test_the_robust_training_error_is_zero_whatever_the_clean_network(data, norm):
    x, y, delta, clean, rng = data.draw(data_sets(norm))
    f = memorise(clean, x, y, delta, norm=norm)
    attacked = hard_points(x, y, delta, norm, rng)
    margins = y[:, None] * f.network(attacked.reshape(-1, x.shape[1])).reshape(attacked.shape[:2])
    # The margin is 1 in exact arithmetic; a surface point is rounded by 1e-16 |x|, the ramp
    # divides that by its width, which is 1 % of the separation or more here.
    assert margins.min() > 1 - 1e-9
    # The surface itself may be rounded outwards, where the exact indicator ends.
    inside = x[:, None] + (1 - 1e-9) * (attacked - x[:, None])
    assert (y[:, None] * f.value(inside.reshape(-1, x.shape[1])).reshape(margins.shape) > 0).all()


@NORMS
@given(data=st.data())
def test_certificates_prove_it(data, norm):
    x, y, delta, clean, _ = data.draw(data_sets(norm))
    assert memorise(clean, x, y, delta, norm=norm).certified_training_error() == 0.0


@NORMS
@given(data=st.data())
def test_far_points_keep_their_clean_value(data, norm):
    x, y, delta, clean, rng = data.draw(data_sets(norm))
    f = memorise(clean, x, y, delta, norm=norm)
    # Around the samples, at all distances from the centre of a ball to far beyond its ramp.
    sizes = (delta + f.ramp) * rng.random((len(x), 30)) * 4
    points = x[:, None] + sizes[..., None] * (hard_points(x, y, 1.0, norm, rng, 30) - x[:, None])
    points = points.reshape(-1, x.shape[1])
    apart = np.linalg.norm(points[:, None] - x, norm, axis=2).min(axis=1)
    # Rounding may move a point across the end of the ramp.
    out = apart > (delta + f.ramp) * (1 + 1e-9)
    np.testing.assert_array_equal(f.value(points[out]), clean(points[out]))
    # Sums of the same numbers in another order.
    bound = np.clip(clean(points[out]), -1, 1)
    np.testing.assert_allclose(f.network(points[out]), bound, atol=1e-10)


@NORMS
@given(data=st.data())
def test_the_parameters_are_as_many_as_stated(data, norm):
    x, y, delta, clean, _ = data.draw(data_sets(norm))
    f = memorise(clean, x, y, delta, norm=norm)
    assert f.indicators.parameters == f.stated_parameters
    # Joining costs a number that depends on the depths only: at most 30, and 8 a layer.
    layers = max(clean.hidden_layers, f.indicators.hidden_layers)
    assert 0 < f.extra_parameters - f.stated_parameters <= 30 + 8 * layers


def test_the_overhead_is_independent_of_the_sample():
    rng = np.random.default_rng(0)
    overheads = set()
    for n, d in ((2, 1), (7, 3), (40, 20)):
        x, y = rng.standard_normal((n, d)), np.resize([1.0, -1.0], n)
        clean = random_network(rng, d, [5, 4])
        f = memorise(clean, x, y, 0.4 * class_separation(x, y).distance)
        overheads.add(f.extra_parameters - 6 * n * d - 2 * n)
    assert len(overheads) == 1


@pytest.mark.parametrize("dimension", [2, 30])
def test_the_l2_ramp_is_steep_enough(dimension):
    # One sample a class on a line; the value falls from 1 at delta to 0 at delta + h.
    x = np.zeros((2, dimension))
    x[1, 0] = 4.0
    f = memorise(Halfspace((1.0, *[0.0] * (dimension - 1))).network, x, [1, -1], 1.5, norm=2)
    directions = np.random.default_rng(1).standard_normal((200, dimension))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    # Sums of D squares of numbers below 2: rounding of 1e-13 at most.
    assert f.indicators(1.5 * directions)[:, 0].min() > 1 - 1e-12
    assert f.indicators((1.5 + f.ramp) * directions)[:, 0].max() < 1e-12


@given(data=st.data())
def test_the_l2_network_is_its_formula(data):
    # Certificates of l2 bound the formula; here the weights are held against it.
    x, y, delta, clean, rng = data.draw(data_sets(2))
    f = memorise(clean, x, y, delta, norm=2)
    points = hard_points(x, y, delta + f.ramp * rng.random(), 2, rng, 20).reshape(-1, x.shape[1])
    dimension = x.shape[1]
    m = next(m for m in range(1, 99) if dimension * f.edge**2 * 4.0**-m / 2 <= f.edge**2 - delta**2)
    grid = np.arange(2**m + 1) / 2**m
    t = np.minimum(np.abs(points[:, None] - x) / f.edge, 1)
    total = f.edge**2 * np.interp(t, grid, grid**2).sum(axis=2)
    inside = delta**2 + dimension * f.edge**2 * 4.0 ** (-m - 1)
    each = np.clip(1 - (total - inside) / (f.edge**2 - inside), 0, 1)
    expected = np.stack([each[:, y > 0].sum(axis=1), each[:, y < 0].sum(axis=1)], axis=1)
    # Rounding of numbers of order |x|, divided by the ramp's 1e-2.
    np.testing.assert_allclose(f.indicators(points), expected, atol=1e-9)


@NORMS
@given(data=st.data())
def test_certificates_hold_for_any_ramp(data, norm):
    # A ramp that reaches into the other class's balls: some samples lose their proof, rightly.
    x, y, delta, clean, rng = data.draw(data_sets(norm))
    f = memorise(clean, x, y, delta, norm=norm)
    wide = dataclasses.replace(f, ramp=data.draw(st.floats(0.5, 8)) * delta)
    attacked = hard_points(x, y, delta, norm, rng)
    margins = y[:, None] * wide.network(attacked.reshape(-1, x.shape[1])).reshape(len(x), -1)
    # Rounding of a surface point, as above.
    assert np.mean((margins <= -1e-9).any(axis=1)) <= wide.certified_training_error()


@NORMS
def test_a_certificate_can_fail(norm):
    x, y = [[1.0], [-1.0], [-1.1]], [1, -1, -1]
    f = memorise(Halfspace((1.0,)).network, x, y, 0.5, norm=norm)
    assert f.certified_training_error() == 0.0
    # Two long ramps of class -1 outweigh the one ball of class 1.
    wide = dataclasses.replace(f, ramp=4.0)
    assert wide.network([[0.5]]) < 0
    assert wide.certified_training_error() >= 1 / 3


def test_the_network_is_what_its_layers_say():
    rng = np.random.default_rng(2)
    layers = [(rng.standard_normal((4, 3)), rng.standard_normal(4)), (np.ones((1, 4)), [0.5])]
    x = rng.standard_normal((6, 3))
    direct = [by_hand(layers, point) for point in x]
    np.testing.assert_allclose(ReluNetwork.of(layers)(x), direct, rtol=1e-13)  # rounding


@given(data=st.data())
def test_interval_bounds_hold(data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    network = random_network(rng, 3, [6, 5])
    centre, size = rng.standard_normal((5, 3)), rng.random((5, 3))
    low, high = network.bounds(centre - size, centre + size)
    for _ in range(20):
        values = network(centre + size * rng.uniform(-1, 1, (5, 3)))
        # Rounding of sums of a dozen numbers.
        assert (low - 1e-12 <= values).all()
        assert (values <= high + 1e-12).all()


@NORMS
def test_classes_too_near_are_refused_by_name(norm):
    x = [[0.0, 0.0], [5.0, 5.0], [0.2, 0.0]]
    with pytest.raises(InvalidProblem, match=r"samples 0 \(y = 1\) and 2 \(y = -1\) are 0.2 apart"):
        memorise(Halfspace((1.0, 0.0)), x, [1, 1, -1], 0.1, norm=norm)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"delta": 0.0}, "delta = 0.0 is not in"),
        ({"delta": "a"}, r"delta = 'a' is not in \(0, inf\)"),
        ({"ramp": 2.0}, r"ramp = 2.0 is not in \(0, 0.1\] \(delta: a wider one needs"),
        ({"delta": 0.4, "ramp": 0.3}, r"ramp = 0.3 is not in \(0, 0.2\] \(the room"),
        ({"population_separation": "a"}, "population_separation = 'a' is not in"),
        ({"population_separation": 0.2}, r"= 0.2 is not in \(0.2, inf\), above 2 delta"),
        ({"population_separation": 1.1}, "apart in l_inf, below population_separation = 1.1"),
        ({"population_separation": 0.5, "ramp": 0.4}, r"ramp = 0.4 is not in \(0, 0.3\]"),
        ({"ramp": -1}, "ramp = -1 is not in"),
        ({"norm": 1}, "norm = 1 is not in"),
        ({"labels": [1, 2]}, r"labels holds 2 at \[1\], which is not in \{-1, 1\}"),
        ({"labels": [1, 1, 1]}, "give"),
        ({"samples": [[np.nan], [1.0]]}, r"samples holds nan at \[0, 0\]"),
        ({"samples": np.empty((0, 1)), "labels": []}, "with N and D at least 1"),
        ({"samples": [["a"], ["b"]]}, "samples = .* is not an array of real"),
        ({"norm": [2]}, r"norm = \[2\] is not in"),
        ({"clean": Halfspace((1.0, 0.0))}, "clean takes 2 inputs and samples have 1"),
        ({"clean": None}, "clean = None is not callable"),
        ({"clean": Halfspace((1.0, 0.0)).network}, "clean takes 2 inputs and samples have 1"),
    ],
)
def test_bad_input_is_refused(change, said):
    given_ = {"samples": [[0.0], [1.0]], "labels": [1, -1], "delta": 0.1, **change}
    with pytest.raises((InvalidParameter, InvalidProblem), match=said):
        memorise(**{"clean": Halfspace((1.0,)), **given_})


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: CubeLaw(2.5), r"dimension = 2.5 is not in \{1, 2, ...\}"),
        (lambda: CubeLaw(2).draw(3, "a"), "rng = 'a' is no seed"),
        (lambda: CubeLaw(2, "a"), "scale = 'a' is not in"),
        (lambda: CubeLaw(2).expected_coverage(-3, 0.1), r"n = -3 is not in \{0, 1, ...\}"),
        (lambda: GaussianLaw(2).expected_coverage(2.5, 0.1), "n = 2.5 is not in"),
        (lambda: SphereLaw(2).expected_coverage(3, "a"), r"radius = 'a' is not in \[0, inf\)"),
        (lambda: Halfspace((np.nan, 1.0)), "normal holds nan"),
        (lambda: ReluNetwork.of([([[1.0]], [0.0]), ([[1.0, 1.0]], [0.0])]), "takes 2 inputs"),
        (lambda: ReluNetwork.of([([[1.0]], [0.0, 1.0])]), "biases have lengths"),
        (lambda: ReluNetwork.of([([[np.nan]], [0.0])]), r"weights\[0\] holds nan"),
        (lambda: ReluNetwork.of([([[1.0]], [np.inf])]), r"biases\[0\] holds inf"),
        (lambda: Halfspace(1.0), r"normal has shape \(\); give"),
        (lambda: Halfspace((1.0,), np.inf), "offset = inf is not in"),
        (lambda: Halfspace((1.0,))([[1.0, 2.0]]), "points have 2 coordinates and the normal 1"),
    ],
)
def test_bad_laws_and_halfspaces_are_refused(call, said):
    with pytest.raises((InvalidParameter, InvalidProblem), match=said):
        call()


def test_a_callable_has_values_but_no_network():
    f = memorise(lambda x: -np.ones(len(x)), [[0.0], [1.0]], [1, -1], 0.2)
    assert f.value([[0.1], [0.5]]).tolist() == [1.0, -1.0]
    with pytest.raises(InvalidProblem, match="not a ReluNetwork"):
        _ = f.network


@pytest.mark.parametrize(
    ("law", "n", "radius"),
    [
        (SphereLaw(3), 5, 0.5),
        (SphereLaw(8, 2.0), 40, 1.9),
        (SphereLaw(6), 3, 1.7),
        (GaussianLaw(1), 3, 0.4),
        (GaussianLaw(6, 0.5), 50, 1.0),
        (CubeLaw(2), 10, 0.1),
        (CubeLaw(3, 2.0), 30, 0.6),
        (CubeLaw(4), 4, 0.7),
    ],
)
def test_expected_coverage_is_what_samples_show(law, n, radius):
    rng = np.random.default_rng(3)
    draws, hits = 4000, 0
    for _ in range(draws):
        x = law.draw(n + 1, rng)
        hits += np.linalg.norm(x[1:] - x[0], law.norm, axis=1).min() <= radius
    exact = law.expected_coverage(n, radius)
    # Five standard errors of a share of 4000 independent draws.
    assert abs(hits / draws - exact) < 5 * np.sqrt(exact * (1 - exact) / draws)


def test_caps_are_the_marginal_law_of_a_coordinate():
    for d in (2, 5, 50):
        for chord in (0.3, 1.0, 1.5, 1.9):
            # <x, X> on the sphere is (2B - 1) with B of the beta law ((d-1)/2, (d-1)/2).
            half = (d - 1) / 2
            share = scipy.stats.beta.sf(1 - chord**2 / 4, half, half)
            # Two routines of about thirteen digits; the smallest share is 1e-41.
            assert cap_measure(d, chord) == pytest.approx(share, rel=1e-9)


def test_the_cube_with_many_samples_is_still_between_zero_and_one():
    # Terms of the alternating sum reach 2^800; the answer is 1 - E(1-p)^N by quadrature.
    x = (np.arange(200_000) + 0.5) / 200_000
    p = np.minimum(x + 0.001, 1) - np.maximum(x - 0.001, 0)
    # The midpoint rule errs by 1e-9 on a function with two kinks.
    expected = 1 - np.mean((1 - p) ** 800)
    assert CubeLaw(1).expected_coverage(800, 0.001) == pytest.approx(expected, rel=1e-7)


def test_robust_error_is_bounded_by_coverage_and_an_attack_agrees():
    # Strong coordinate 0 keeps the classes apart; the clean one reads weak coordinate 1 instead.
    rng = np.random.default_rng(4)
    delta, dimension = 0.2, 6

    def sample(n):
        y = np.where(rng.random(n) < 0.5, 1.0, -1.0)
        return np.column_stack([y, 0.1 * y, CubeLaw(dimension).draw(n, rng)]), y

    (x, y), (new, truth) = sample(60), sample(400)
    weak = Halfspace((0.0, 1.0, *[0.0] * dimension))
    f = memorise(weak.network, x, y, delta, ramp=0.1)
    low, high = f.robust_error_bounds(new, truth, weak.robustly_wrong(new, truth, delta))
    assert high == 1.0
    assert f.clean_error(new, truth) == 0.0
    # One attack: flip the weak coordinate and keep the rest, or flip it from random corners.
    failed = np.zeros(len(new), dtype=bool)
    for _ in range(30):
        step = delta * np.sign(rng.standard_normal(new.shape))
        step[:, 1] = -delta * truth
        failed |= truth * f.network(new + step) <= 0
    assert low <= failed.mean() <= high
    # 1 - low is the coverage at the reach: its mean over samples is exact for the class's share.
    expected = CubeLaw(dimension).expected_coverage(30, f.reach)
    # One sample of 60 and 400 points: coverage varies by a few per cent.
    assert abs((1 - low) - expected) < 0.1
