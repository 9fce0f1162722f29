"""The second-order cone, its scaling, and the normal equations, against their definitions."""

from __future__ import annotations

import numpy as np
import pytest

from asymp.conic.cone import ConeVector, Scaling
from asymp.conic.normal import normal_for, ridge_regression
from asymp.conic.seminorm import Seminorm
from asymp.conic.slacks import short_of, until_zero

RNG = np.random.default_rng(3)
ROOT = RNG.normal(size=(4, 4))
METRIC = ROOT.T @ ROOT


def inside() -> ConeVector:
    tail = RNG.normal(size=4)
    return ConeVector(float(np.linalg.norm(tail)) + RNG.uniform(0.1, 2.0), tail)


def anywhere() -> ConeVector:
    return ConeVector(float(RNG.normal()), RNG.normal(size=4))


def close(a: ConeVector, b: ConeVector) -> bool:
    # A few dozen operations on numbers of order one to a hundred.
    return np.allclose(np.append(a.tail, a.head), np.append(b.tail, b.head), rtol=1e-9, atol=1e-9)


def test_scaling_maps_primal_and_dual_to_one_point():
    primal, dual = inside(), inside()
    scaling = Scaling.of(primal, dual)
    assert close(scaling.apply(dual), scaling.unapply(primal))
    assert close(scaling.unapply(scaling.unapply(primal)), scaling.unapply_twice(primal))


@pytest.mark.parametrize("corrected", [False, True])
def test_aim_solves_the_linearised_complementarity_equation(corrected: bool):
    primal, dual, target = inside(), inside(), 0.3
    scaling = Scaling.of(primal, dual)
    bent = (anywhere(), anywhere()) if corrected else None
    d_primal = anywhere()
    d_dual = scaling.aim(dual, target, bent).plus(scaling.unapply_twice(d_primal), -1)
    point = scaling.apply(dual)
    moved = scaling.unapply(d_primal).plus(scaling.apply(d_dual))
    total = point.product(point).plus(point.product(moved))
    if bent is not None:
        total = total.plus(scaling.unapply(bent[0]).product(scaling.apply(bent[1])))
    assert close(total, ConeVector(target, np.zeros(4)))


@pytest.mark.parametrize("metric", [None, METRIC])
def test_normal_equations_are_those_of_their_definition(metric: np.ndarray | None):
    features, weights = RNG.normal(size=(6, 4)), RNG.uniform(0.1, 2.0, size=6)
    whole = features.T @ np.diag(weights) @ features + 0.7 * np.eye(4)
    whole += 0.4 * (np.eye(4) if metric is None else metric)
    right = RNG.normal(size=(4, 2))
    found = normal_for(features, weights, metric, 0.4, 0.7).solve(right)
    assert np.allclose(whole @ found, right, rtol=1e-10, atol=1e-10)  # condition below 1e3


def test_a_vector_outside_the_cone_has_no_scaling():
    with pytest.raises(FloatingPointError, match="left the cone"):
        Scaling.of(ConeVector(1.0, np.ones(2)), ConeVector(1.0, np.zeros(2)))


@pytest.mark.parametrize("rank", [0, 1, 4, 7])
def test_seminorms_of_a_root_and_of_its_metric_agree(rank: int):
    root, theta = RNG.normal(size=(rank, 4)), RNG.normal(size=4)
    wanted = np.linalg.norm(root @ theta)
    for found in (Seminorm.of_root(root), Seminorm.of_metric(root.T @ root)):
        # Half of the digits of a small eigenvalue are lost in the metric.
        assert found(theta) == pytest.approx(wanted, rel=1e-7, abs=1e-7)
        assert found.definite == (rank >= 4)
        assert found.root is not None
        assert len(found.root) == min(rank, 4)
        tail = RNG.normal(size=len(found.root))
        assert tail @ found.coordinates(theta) == pytest.approx(found.pull(tail) @ theta, abs=1e-12)
    assert Seminorm()(theta) == pytest.approx(np.linalg.norm(theta), rel=1e-14)


@pytest.mark.parametrize("shape", [(9, 4), (4, 9)])
def test_ridge_regression_is_stationary(shape: tuple[int, int]):
    features, labels = RNG.normal(size=shape), RNG.normal(size=shape[0])
    theta = ridge_regression(features, labels, 0.3)
    assert np.allclose(features.T @ (labels - features @ theta), 0.3 * theta, atol=1e-12)


def test_steps_end_before_the_first_zero():
    length = until_zero((np.array([1.0, 2.0]), np.array([-0.5, -4.0])), (np.ones(1), np.ones(1)))
    assert length == 0.5
    assert until_zero((np.ones(2), np.ones(2))) == np.inf
    assert 0.49 < short_of([length, np.inf]) < 0.5
    assert short_of([3.0]) == 1.0


def test_longest_ends_on_the_boundary_of_the_cone():
    a = inside()
    for d in (anywhere() for _ in range(20)):
        length = a.longest(d)
        if np.isfinite(length):
            # Margins of order one to a hundred, zero at the boundary up to round-off.
            assert abs(a.plus(d, length).margin()) < 1e-8 * max(1.0, length**2)
            assert a.plus(d, 0.99 * length).margin() > 0
        else:
            assert a.plus(d, 1e6).margin() > 0
