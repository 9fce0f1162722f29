"""The adversary of a memorised half-space: against grids, random moves and brute force."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asymp.errors import InvalidParameter, InvalidProblem
from asymp.finite.memorisation import (
    CubeLaw,
    GaussianLaw,
    Halfspace,
    SphereLaw,
    attack,
    class_separation,
    cover_box,
    memorise,
)

NORMS = pytest.mark.parametrize("norm", [2, np.inf])
SEEDS = st.integers(0, 2**32 - 1)


def weak_sample(law, n, rng):
    """The data of the page: a strong coordinate, a weak one, and a part from a law."""
    y = np.resize([1.0, -1.0], n)
    return np.column_stack([y, 0.1 * y, law.draw(n, rng)]), y


def weak_memoriser(law, n, rng):
    weak = Halfspace((0.0, 1.0, *[0.0] * law.dimension))
    x, y = weak_sample(law, n, rng)
    return memorise(weak.network, x, y, 0.2, norm=law.norm, ramp=0.05), weak


def moves_of(norm, delta, shape, rng):
    """Random moves of full length: corners every other time for boxes."""
    moves = rng.standard_normal(shape)
    if norm == np.inf and rng.random() < 0.5:
        moves = np.sign(moves)
    return delta * moves / np.linalg.norm(moves, norm, axis=1, keepdims=True)


@given(seed=SEEDS, dimension=st.integers(1, 3), n=st.integers(1, 40))
def test_a_cover_is_found_or_refuted(seed, dimension, n):
    rng = np.random.default_rng(seed)
    low = rng.random(dimension)
    high = low + rng.random(dimension) * (rng.random(dimension) < 0.8)
    centres, radius = rng.uniform(0, 2, (n, dimension)), rng.uniform(0.1, 0.9)
    found = cover_box(low, high, centres, radius)
    points = rng.uniform(low, high, (2000, dimension))
    apart = np.abs(points[:, None] - centres).max(axis=2).min(axis=1)
    if found.missed is None:
        assert found.proved
        assert (apart <= radius * (1 + 1e-8)).all()  # slabs of 1e-9 count as covered
    else:
        assert not found.proved
        assert ((low <= found.missed) & (found.missed <= high)).all()
        assert np.abs(found.missed - centres).max(axis=1).min() > radius


def test_a_search_that_is_given_up_proves_nothing():
    rng = np.random.default_rng(0)
    found = cover_box(np.zeros(6), np.ones(6), rng.random((500, 6)), 0.45, pieces=3)
    assert found.missed is None
    assert not found.proved


@pytest.mark.parametrize("ramp", [True, False])
def test_it_finds_what_a_grid_finds(ramp):
    # Five of a hundred points of the square are broken, where ten random moves break one in 1000.
    rng = np.random.default_rng(2)
    f, weak = weak_memoriser(CubeLaw(2), 200, rng)
    new, truth = weak_sample(CubeLaw(2), 300, rng)
    found = attack(f, weak, new, truth, ramp=ramp)
    grid, broken = np.linspace(-0.2, 0.2, 9), np.zeros(300, dtype=bool)
    for a, b in itertools.product(grid, grid):
        step = np.column_stack([np.zeros(300), -0.2 * truth, np.full(300, a), np.full(300, b)])
        value = (f.network if ramp else f.value)(new + (1 - 1e-6) * step)
        broken |= truth * value <= 0
    assert broken.mean() > (0.02 if ramp else 0.15)
    assert found.at_least >= broken.mean()
    assert not (broken & found.proved).any()
    # For the exact indicators both sides meet.
    assert ramp or found.at_least == found.at_most


@pytest.mark.parametrize(
    ("law", "least"), [(CubeLaw(5), 1.0), (SphereLaw(3), 0.85), (GaussianLaw(2), 0.85)]
)
def test_it_is_stronger_than_a_hundred_corners_or_directions(law, least):
    rng = np.random.default_rng(law.dimension)
    f, weak = weak_memoriser(law, 200, rng)
    new, truth = weak_sample(law, 100, rng)
    broken = np.zeros(100, dtype=bool)
    for _ in range(100):
        if law.norm == np.inf:
            step = 0.2 * np.sign(rng.standard_normal(new.shape))
            step[:, 1] = -0.2 * truth
        else:
            step = rng.standard_normal(new.shape)
            step[:, 1] = 0
            step *= np.sqrt(0.2**2 - 0.11**2) / np.linalg.norm(step, axis=1, keepdims=True)
            step[:, 1] = -0.11 * truth
        broken |= truth * f.network(new + step) <= 0
    found = attack(f, weak, new, truth)
    assert broken.mean() <= found.at_least
    assert found.at_least >= least
    # Nothing is proved where the half-space is robustly wrong, but for boxes that cover.
    assert found.at_most == 1.0


def test_the_balls_of_l2_protect_no_point_from_a_move_across_the_sample():
    # Within a class the first two coordinates are fixed: a move of full length along them leaves
    # every ball but one around the point itself.
    rng = np.random.default_rng(5)
    f, weak = weak_memoriser(GaussianLaw(2), 200, rng)
    new, truth = weak_sample(GaussianLaw(2), 100, rng)
    assert attack(f, weak, new, truth, ramp=False).at_least == 1.0


@NORMS
@given(seed=SEEDS, ramp=st.booleans())
@settings(max_examples=40)
def test_what_is_broken_errs_and_what_is_proved_does_not(norm, seed, ramp):
    rng = np.random.default_rng(seed)
    dimension, n = int(rng.integers(1, 4)), int(rng.integers(2, 15))
    x, y = rng.standard_normal((n, dimension)), np.resize([1.0, -1.0], n)
    clean = Halfspace(tuple(rng.standard_normal(dimension)), rng.standard_normal())
    delta = rng.uniform(0.1, 0.9) * class_separation(x, y, norm).distance / 2
    f = memorise(clean.network, x, y, delta, norm=norm)
    value = f.ramped if ramp else f.value
    new = np.concatenate([x, x + delta * rng.standard_normal(x.shape)])
    truth = np.concatenate([y, np.where(rng.random(n) < 0.8, y, -y)])
    found = attack(f, clean, new, truth, ramp=ramp, starts=3)
    assert (np.linalg.norm(found.points - new, norm, axis=1) <= delta).all()
    assert (truth[found.broken] * value(found.points[found.broken]) <= 0).all()
    assert not (found.broken & found.proved).any()
    assert found.at_least <= found.at_most
    assert not found.broken[:n].any()  # the sample itself is robust
    for _ in range(100):
        moved = new + (1 - 1e-6) * moves_of(norm, delta, new.shape, rng)
        assert (truth * value(moved) > 0)[found.proved].all()


@given(seed=SEEDS)
def test_wrong_boxes_hold_wrong_points_only_or_all_of_them(seed):
    rng = np.random.default_rng(seed)
    dimension = int(rng.integers(1, 5))
    half = Halfspace(tuple(rng.standard_normal(dimension)), rng.standard_normal())
    x, y = rng.standard_normal((30, dimension)), np.where(rng.random(30) < 0.5, 1.0, -1.0)
    wrong = half.robustly_wrong(x, y, 0.7)
    x, y = x[wrong], y[wrong]
    if not len(x):
        return
    low, high = half.wrong_boxes(x, y, 0.7)
    assert (np.maximum(np.abs(low - x), np.abs(high - x)) <= 0.7 * (1 + 1e-12)).all()
    outer_low, outer_high = half.wrong_boxes(x, y, 0.7, outer=True)
    for _ in range(50):
        # Rounding of a sum of a few numbers of order one.
        assert (y * half(rng.uniform(low, high)) <= 1e-12).all()
        point = x + rng.uniform(-0.7, 0.7, x.shape)
        inside = ((outer_low - 1e-12 <= point) & (point <= outer_high + 1e-12)).all(axis=1)
        assert inside[y * half(point) <= 0].all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"clean": Halfspace((-1.0, 0.0))}, "give some points different classes"),
        ({"clean": Halfspace((1.0,))}, "points have 2 coordinates"),
        ({"x": [[1.0, 2.0, 3.0]]}, "x has shape|points have 3 coordinates"),
        ({"y": [2]}, "labels holds 2"),
        ({"starts": 0}, "starts = 0 is not in"),
        ({"rng": "a"}, "rng = 'a' is no seed"),
    ],
)
def test_bad_input_is_refused(change, said):
    half = Halfspace((1.0, 0.0))
    f = memorise(half.network, [[1.0, 0.0], [-1.0, 0.0]], [1, -1], 0.1)
    with pytest.raises((InvalidParameter, InvalidProblem), match=said):
        attack(**{"f": f, "clean": half, "x": [[0.5, 0.0]], "y": [1], **change})
