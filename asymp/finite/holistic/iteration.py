r"""Primal-dual interior-point iteration of holistic robust training, after Mehrotra (1992)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import linalg

from asymp.conic.cone import ConeVector
from asymp.conic.normal import ridge_regression
from asymp.conic.slacks import short_of, until_zero
from asymp.finite.holistic.entropy import divergence
from asymp.finite.holistic.gap import relative_gap
from asymp.finite.holistic.loss import worst_case
from asymp.finite.holistic.saddle import Array, Iterate, NewtonStep, Saddle

MAX_STEPS = 100
"""Newton steps after which the fit is given up."""

_BALANCE, _SHORTER, _STUCK = 0.1, 12, 0.05
_PATIENCE, _SETTLED = (8, 30), 1e-6
"""Steps without a better gap after which the best is returned: once it has settled, and before."""


def minimise(problem: Saddle, tolerance: float) -> tuple[Iterate, float, int]:
    """Iterate of the least gap, its gap, and the steps taken to it."""
    x = _start(problem)
    share = (
        min(1.0, x.lam * x.room / _complementarity(problem, x, np.inf)) if problem.r > 0 else 1.0
    )
    best = (x, np.inf, 0)
    for steps in range(MAX_STEPS):
        gap = relative_gap(problem, x)
        if gap < best[1]:
            best = (x, gap, steps)
        if best[1] <= tolerance or steps > best[2] + _PATIENCE[best[1] > _SETTLED]:
            break
        try:
            with np.errstate(divide="raise", over="raise", invalid="raise"):
                x = _step(problem, x, share, tolerance)
        except (linalg.LinAlgError, ArithmeticError):  # out of digits: the best is returned
            break
    return best


def _step(problem: Saddle, x: Iterate, share: float, tolerance: float) -> Iterate:
    """One step of predictor and corrector."""
    system = NewtonStep(problem, x, share)
    now = _complementarity(problem, x, share)
    predictor = system.direction(0.0)
    length = _longest(problem, x, predictor)
    ahead = _complementarity(problem, x.moved(predictor, length), share)
    # Aiming far below the requested gap would only wear out the factor's digits.
    floor = 0.01 * tolerance * float(x.law @ system.sizes**2) / x.law.size
    centring = min(max(ahead / now, 0.0), 1.0) ** 3
    direction = system.direction(max(centring * now, min(floor, now)), predictor)
    length = _balanced(problem, x, direction)
    moved = x.moved(direction, length)
    return moved if length > _STUCK else _relaid(problem, moved)


def _relaid(problem: Saddle, x: Iterate) -> Iterate:
    """The same parameter and multipliers with the law that is the worst for its losses."""
    if problem.r == 0:
        return x
    used = min(divergence(x.law), 0.9 * problem.r)
    worst = worst_case(0.5 * x.sizes(problem.eps) ** 2, 0.0, used)
    law, lam = worst.gradient, float(worst.lam)
    if not (law.min() > 0 and lam > 0):
        return x
    return replace(x, law=law, eta=float(worst.eta), lam=lam, room=problem.r - used)


def _balanced(problem: Saddle, x: Iterate, direction: Iterate) -> float:
    """Step to near the boundary, shorter if the law would lose its balance there.

    An entry of the law whose product with its distance from eta falls far below the others' has
    lost sight of its loss, and the next steps would all end there.
    """
    length = _longest(problem, x, direction)
    floor = min(_BALANCE, 0.9 * _balance(problem, x))
    for _ in range(_SHORTER):
        if _balance(problem, x.moved(direction, length)) >= floor:
            break
        length *= 0.7
    return length


def _balance(problem: Saddle, x: Iterate) -> float:
    """Least product of a weight and its distance from eta, over the value that all should have."""
    if problem.r == 0:
        return 1.0
    products = x.law * (x.eta - 0.5 * x.sizes(problem.eps) ** 2)
    return float(np.min(products) * x.law.size / x.lam)


def _complementarity(problem: Saddle, x: Iterate, share: float) -> float:
    count = 2 * x.above.size + (problem.eps > 0) + (problem.r > 0)
    room = x.lam * x.room / share if problem.r > 0 else 0.0
    return (x.products(problem.eps > 0) + room) / count


def _longest(problem: Saddle, x: Iterate, d: Iterate) -> float:
    """Largest step, at most 1, that keeps everything positive."""
    lengths = [x.longest(d, problem.eps > 0)]
    if problem.r > 0:
        s, change = x.sizes(problem.eps), d.sizes(problem.eps)
        scalars = np.array([x.lam, x.room]), np.array([d.lam, d.room])
        lengths.append(until_zero((x.law, d.law), scalars))
        lengths.append(_until_level(x.eta - 0.5 * s**2, d.eta - s * change, change))
    return short_of(lengths)


def _until_level(level: Array, slope: Array, change: Array) -> float:
    """First length at which level + length * slope - length^2 change^2 / 2 is zero."""
    root = np.sqrt(slope**2 + 2 * level * change**2)
    with np.errstate(divide="ignore"):
        lengths = np.where(slope < 0, 2 * level / (root - slope), (slope + root) / change**2)
    return float(np.min(lengths))


def _start(problem: Saddle) -> Iterate:
    labels, features = problem.labels, problem.features
    theta = ridge_regression(features, labels, labels.size * max(problem.ridge, 0.1))
    residual = labels - features @ theta
    scale = float(np.mean(np.abs(labels)))
    v = np.abs(residual) + 0.1 * scale
    tail = problem.seminorm.coordinates(theta)
    primal = ConeVector(float(np.linalg.norm(tail)) + 0.1 * scale, tail)
    sizes = v + problem.eps * primal.head
    used = min(0.5 * problem.r, 0.1)  # far from the corners of the simplex
    worst = worst_case(0.5 * sizes**2, 0.0, used)
    law = worst.gradient
    return Iterate.around(
        v, residual, theta, primal, law * sizes, problem.eps,
        law=law, eta=float(worst.eta), lam=float(worst.lam), room=problem.r - used,
    )  # fmt: skip
