"""The second-order cone, its scaling, and the normal equations, against their definitions."""

from __future__ import annotations

import numpy as np
import pytest

from asymp.conic.cone import Cone, ConeVector, Scaling
from asymp.conic.normal import normal_for, ridge_regression
from asymp.conic.slacks import short_of, until_zero

RNG = np.random.default_rng(3)
ROOT = RNG.normal(size=(4, 4))
METRIC = ROOT.T @ ROOT
CONE = Cone(lambda b: METRIC @ b)


def inside() -> ConeVector:
    tail = RNG.normal(size=4)
    return ConeVector(float(np.linalg.norm(ROOT @ tail)) + RNG.uniform(0.1, 2.0), tail)


def anywhere() -> ConeVector:
    return ConeVector(float(RNG.normal()), RNG.normal(size=4))


def close(a: ConeVector, b: ConeVector) -> bool:
    # A few dozen operations on numbers of order one to ten, conditioned by the metric.
    return np.allclose(np.append(a.tail, a.head), np.append(b.tail, b.head), rtol=1e-9, atol=1e-9)


def test_scaling_maps_primal_and_dual_to_one_point():
    primal, dual = inside(), inside()
    scaling = Scaling.of(CONE, primal, dual)
    assert close(scaling.apply(dual), scaling.unapply(primal))
    assert close(scaling.unapply(scaling.unapply(primal)), scaling.unapply_twice(primal))


@pytest.mark.parametrize("corrected", [False, True])
def test_aim_solves_the_linearised_complementarity_equation(corrected: bool):
    primal, dual, target = inside(), inside(), 0.3
    scaling = Scaling.of(CONE, primal, dual)
    bent = (anywhere(), anywhere()) if corrected else None
    d_primal = anywhere()
    d_dual = scaling.aim(dual, target, bent).plus(scaling.unapply_twice(d_primal), -1)
    point = scaling.apply(dual)
    moved = scaling.unapply(d_primal).plus(scaling.apply(d_dual))
    total = CONE.product(point, point).plus(CONE.product(point, moved))
    if bent is not None:
        total = total.plus(CONE.product(scaling.unapply(bent[0]), scaling.apply(bent[1])))
    assert close(total, ConeVector(target, np.zeros(4)))


@pytest.mark.parametrize("metric", [None, METRIC])
def test_normal_equations_are_those_of_their_definition(metric: np.ndarray | None):
    features, weights = RNG.normal(size=(6, 4)), RNG.uniform(0.1, 2.0, size=6)
    whole = features.T @ np.diag(weights) @ features + 0.7 * np.eye(4)
    whole += 0.4 * (np.eye(4) if metric is None else metric)
    right = RNG.normal(size=(4, 2))
    found = normal_for(features, weights, metric, 0.4, 0.7).solve(right)
    assert np.allclose(whole @ found, right, rtol=1e-10, atol=1e-10)  # condition below 1e3


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
        length = CONE.longest(a, d)
        if np.isfinite(length):
            # Margins of order one to a hundred, zero at the boundary up to round-off.
            assert abs(CONE.margin(a.plus(d, length))) < 1e-8 * max(1.0, length**2)
            assert CONE.margin(a.plus(d, 0.99 * length)) > 0
        else:
            assert CONE.margin(a.plus(d, 1e6)) > 0
