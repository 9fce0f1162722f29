"""What a memoriser of a sample does to points of its population, under which hypothesis."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asymp.errors import InvalidParameter, InvalidProblem
from asymp.finite.memorisation import Halfspace, memorise

NORMS = pytest.mark.parametrize("norm", [2, np.inf])
CLEAN = Halfspace((1.0, 0.0))
DELTA, APART = 0.1, 0.22


def population(n, rng):
    """Classes 0.22 apart and broad: a small sample of them is much farther apart."""
    y = np.resize([1.0, -1.0], n)
    return np.column_stack([y * rng.uniform(APART / 2, 3, n), rng.random(n)]), y


@NORMS
@pytest.mark.parametrize("given_", [None, APART])
def test_the_clean_error_of_the_network_does_not_rise(norm, given_):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        for n in (2, 10, 50):
            f = memorise(
                CLEAN.network, *population(n, rng), DELTA, norm=norm, population_separation=given_
            )
            new, truth = population(400, rng)
            assert (CLEAN(new) * truth > 0).all()
            assert f.clean_error(new, truth) == 0.0
            assert f.clean_error(new, truth, ramp=False) == 0.0


@NORMS
def test_a_ramp_as_wide_as_the_sample_allows_costs_clean_error(norm):
    # What the refusal of wide ramps is for: half of the room of two samples far apart.
    f = memorise(CLEAN.network, [[0.2, 0.5], [-2.0, 0.5]], [1, -1], DELTA, norm=norm)
    wide = dataclasses.replace(f, ramp=f.separation.distance / 2 - DELTA)
    points = np.column_stack([np.linspace(-3, 3, 600), np.full(600, 0.5)])
    points = points[np.abs(points[:, 0]) > APART / 2]
    truth = np.sign(points[:, 0])
    assert wide.clean_error(points, truth) > 0.01
    assert wide.clean_error(points, truth, ramp=False) == 0.0
    assert f.clean_error(points, truth) == 0.0


@NORMS
@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0.1, 0.95), one=st.floats(0.05, 1.0))
def test_points_that_keep_their_distance_keep_their_class(norm, seed, share, one):
    # Any labels, any clean direction: only the distance to the other class's samples counts.
    rng = np.random.default_rng(seed)
    x, y = population(6, rng)
    clean = Halfspace(tuple(rng.standard_normal(2)), rng.standard_normal())
    delta = share * np.abs(x[:, 0]).min()
    ramp = one * memorise(clean.network, x, y, delta, norm=norm).ramp
    f = memorise(clean.network, x, y, delta, norm=norm, ramp=ramp)
    new = x[rng.integers(6, size=200)] + 4 * delta * rng.uniform(-1, 1, (200, 2))
    truth = np.where(rng.random(200) < 0.5, 1.0, -1.0)
    apart = np.linalg.norm(new[:, None] - x, norm, axis=2) + 1e9 * (y == truth[:, None])
    # Rounding may move a point across the end of the ramp.
    kept = (apart.min(axis=1) > f.edge * (1 + 1e-9)) & (truth * clean(new) > 0)
    assert (truth[kept] * f.network(new[kept]) > 0).all()
    assert (truth[kept] * f.value(new[kept]) > 0).all()


@NORMS
def test_ramped_values_are_those_of_the_network(norm):
    rng = np.random.default_rng(1)
    x, y = population(6, rng)
    f = memorise(CLEAN.network, x, y, DELTA, norm=norm)
    g = memorise(lambda z: CLEAN(z), x, y, DELTA, norm=norm)
    points = np.repeat(x, 50, axis=0) + rng.uniform(-0.3, 0.3, (300, 2))
    # Sums of the same numbers in another order.
    np.testing.assert_allclose(g.ramped(points), f.network(points), atol=1e-10)
    np.testing.assert_array_equal(f.ramped(points), f.network(points))


@NORMS
@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0.1, 0.95))
def test_robust_error_bounds_hold_for_any_test_points(norm, seed, share):
    # Test points of random labels, many of them within reach of the other class.
    rng = np.random.default_rng(seed)
    x, y = population(8, rng)
    delta = share * np.abs(x[:, 0]).min()
    f = memorise(CLEAN.network, x, y, delta, norm=norm)
    new = np.column_stack([rng.uniform(-3, 3, 60), rng.random(60)])
    truth = np.where(rng.random(60) < 0.7, np.sign(new[:, 0]), -np.sign(new[:, 0]))
    wrong = CLEAN.robustly_wrong(new, truth, delta, norm)
    moves = rng.standard_normal((200, 1, 2))
    moves *= delta / np.linalg.norm(moves, norm, axis=2, keepdims=True)
    towards = x[None] - new[:, None]
    for value in (f.network, f.value):
        broken = np.zeros(60, dtype=bool)
        for move in moves:
            broken |= truth * value(new + move) <= 0
        # Point by point: what was broken is in the upper bound.
        for i in np.flatnonzero(broken):
            assert f.robust_error_bounds(new[[i]], truth[[i]], wrong[[i]])[1] == 1.0
    # Points that count as lost are broken by a move towards the other class.
    distance = np.linalg.norm(towards, norm, axis=2) + 10.0 * (y == truth[:, None])
    nearest = towards[np.arange(60), distance.argmin(axis=1)]
    size = np.linalg.norm(nearest, norm, axis=1, keepdims=True)
    moved = new + nearest * np.minimum(1.0, delta / size)
    lost = f.near_other(new, truth, 2 * delta * (1 - 1e-9))  # away from the surface
    assert (truth[lost] * f.network(moved[lost]) <= 0).all()


def test_points_near_the_other_class_enter_both_bounds():
    # The clean one is right on all balls; the point is 0.3 from a sample of the other class.
    f = memorise(CLEAN.network, [[0.2, 0.0], [-0.5, 0.0]], [1, -1], 0.19, ramp=0.05)
    new, truth = [[-0.2, 0.0]], [-1]
    wrong = CLEAN.robustly_wrong(new, truth, 0.19)
    assert not wrong.any()
    assert f.robust_error_bounds(new, truth, wrong) == (0.0, 1.0)
    assert f.robust_error_bounds([[-0.17, 0.0]], truth, [False]) == (1.0, 1.0)
    assert f.robust_error_bounds([[-0.24, 0.0]], truth, [False]) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda f: f.value([[1.0, 2.0, 3.0]]), r"x has shape \(1, 3\); give \(n, 2\)"),
        (lambda f: f.ramped([[1.0, 2.0, 3.0]]), r"x has shape \(1, 3\); give \(n, 2\)"),
        (lambda f: f.far([[1.0, 2.0, 3.0]]), r"x has shape \(1, 3\); give \(n, 2\)"),
        (lambda f: f.value(np.ones((1, 2, 2))), r"x has shape \(1, 2, 2\)"),
        (lambda f: f.value("a"), "x = 'a' is not an array of real numbers"),
        (lambda f: f.predict([[np.nan, 1.0]]), r"x holds nan at \[0, 0\]"),
        (lambda f: f.network([[np.nan, 1.0]]), r"x holds nan at \[0, 0\]"),
        (lambda f: f.network([[1.0]]), r"x has shape \(1, 1\); give \(n, 2\)"),
        (lambda f: f.network.bounds([[1.0]], [[2.0]]), r"low has shape \(1, 1\)"),
        (lambda f: f.network.bounds([[1.0, 1.0]], [[2.0, 0.0]]), "low is not below high"),
        (lambda f: f.clean_error([[1.0, 2.0]], [2]), r"labels holds 2"),
        (lambda f: f.clean_error([[1.0]], [1]), r"x has shape \(1, 1\)"),
        (lambda f: f.near_other([[1.0, 1.0]], [1], -1), "radius = -1 is not in"),
        (lambda f: f.robust_error_bounds(np.ones((5, 2)), np.ones(5), [True]), "of 5 truth values"),
        (lambda f: f.robust_error_bounds([[1.0, 1.0]], [1], [-1]), "of 1 truth values"),
        (lambda f: f.robust_error_bounds(np.ones((2, 2)), [1], [True]), "labels of shape"),
        (lambda f: f.robust_error_bounds(np.empty((0, 2)), [], []), "with N and D at least 1"),
    ],
)
def test_bad_points_are_refused(call, said):
    f = memorise(CLEAN.network, [[1.0, 0.0], [-1.0, 0.0]], [1, -1], DELTA)
    with pytest.raises((InvalidParameter, InvalidProblem), match=said):
        call(f)


@pytest.mark.parametrize(
    ("clean", "said"),
    [
        (lambda z: np.ones(3), r"clean gave values of shape \(3,\) at 1 points"),
        (lambda z: np.full(len(z), np.nan), r"clean\(x\) holds nan"),
        (lambda z: "yes", r"clean\(x\) = 'yes' is not an array"),
    ],
)
def test_clean_functions_that_give_something_else_are_refused(clean, said):
    f = memorise(clean, [[1.0], [-1.0]], [1, -1], DELTA)
    for call in (f.value, f.ramped):
        with pytest.raises((InvalidParameter, InvalidProblem), match=said):
            call([[0.5]])
