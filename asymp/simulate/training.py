r"""Training of a draw to optimality, each case by the method that is exact for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import linalg

from asymp.conic.normal import ridge_regression
from asymp.conic.seminorm import IDENTITY, Seminorm
from asymp.simulate.certificate import Convex, relative_gap
from asymp.simulate.curve import Array, LossCurve
from asymp.simulate.draw import Draw
from asymp.simulate.interior_point import minimise

_RANK = 1e-11
"""Relative size below which a direction counts as absent."""


@dataclass(frozen=True)
class Training:
    r"""The objective of training.

    .. math:: \frac1n\sum_i\ell(|r_i|+\varepsilon\|\theta\|_A)+\frac\zeta2\|\theta\|_R^2.

    Parameters
    ----------
    loss : LossCurve
    eps, zeta : float
        Radius and ridge; ``zeta = 0`` means the limit from above.
    ridge : {"identity", "gradient"}
        :math:`R=I` or :math:`R=A`.
    """

    loss: LossCurve
    eps: float
    zeta: float
    ridge: Literal["identity", "gradient"] = "identity"


@dataclass(frozen=True)
class Trained:
    """Trained parameter, the bound of its relative suboptimality, and the intercept.

    A minimiser that does not exist is NaN; ``separable`` says that the data were found separable.
    """

    theta: Array
    gap: float
    intercept: float = 0.0
    separable: bool = False

    @property
    def exists(self) -> bool:
        """Whether there is a minimiser."""
        return bool(np.isfinite(self.theta).all())


def train(draw: Draw, labels: Array, how: Training) -> Trained:
    """Minimiser on a draw, with its relative duality gap."""
    if how.eps > 0 and _is_null(draw, labels, how):
        return Trained(np.zeros(draw.features.shape[1]), 0.0)
    if how.ridge == "gradient" or (how.eps > 0 and how.zeta == 0):
        return _train_in_gradient_coordinates(draw, labels, how)
    if how.eps == 0 and how.zeta == 0:
        return _train_unpenalised(draw.features, labels, how.loss)
    penalty = how.zeta * labels.size
    seminorm = Seminorm.of_metric(draw.metric) if how.eps > 0 else IDENTITY
    return _solve(Convex(draw.features, labels, how.loss, how.eps, penalty, seminorm))


def _is_null(draw: Draw, labels: Array, how: Training) -> bool:
    # theta = 0 is optimal iff 0 is a subgradient there: the pull of the labels on the
    # features, in the norm dual to the seminorm, does not exceed the adversary's budget.
    pull = np.sign(labels) * how.loss.slope(np.abs(labels))
    force = np.linalg.norm(draw.gradient_coordinates.features.T @ pull)
    return bool(force <= how.eps * np.abs(pull).sum())


def _train_in_gradient_coordinates(draw: Draw, labels: Array, how: Training) -> Trained:
    coordinates = draw.gradient_coordinates
    if how.eps == 0 and how.zeta == 0:
        inner = _train_unpenalised(coordinates.features, labels, how.loss)
        return Trained(coordinates.back(inner.theta), inner.gap)
    features, basis = coordinates.row_space
    penalty = how.zeta * labels.size
    inner = _solve(Convex(features, labels, how.loss, how.eps, penalty))
    t = inner.theta if basis is None else basis @ inner.theta
    return Trained(coordinates.back(t), inner.gap)


def _solve(problem: Convex) -> Trained:
    guess = ridge_regression(
        problem.features, problem.labels, max(problem.penalty, 0.1 * problem.labels.size)
    )
    if problem.eps == 0 and problem.loss.is_square:
        theta = ridge_regression(problem.features, problem.labels, problem.penalty)
        residual = problem.labels - problem.features @ theta
        return Trained(theta, relative_gap(problem, theta, residual, 0 * theta, np.abs(residual)))
    found = minimise(problem, guess)
    return Trained(found.theta, found.gap)


def _train_unpenalised(features: Array, labels: Array, loss: LossCurve) -> Trained:
    """Limit of vanishing ridge without adversary: of all minimisers, that of least norm."""
    columns, basis = _range(features)
    theta, along = least_squares(columns, labels)
    if columns.shape[1] == labels.size or loss.is_square:
        return Trained(basis @ theta, float(along @ along / (labels @ labels)))
    found = minimise(Convex(columns, labels, loss, 0.0, 0.0), theta)
    return Trained(basis @ found.theta, found.gap)


def _range(features: Array) -> tuple[Array, Array]:
    """Features of full column rank in an orthonormal basis of the row space, and the basis."""
    samples, directions = features.shape
    tall = features if directions <= samples else features.T
    pivots = np.abs(np.diag(linalg.qr(tall, mode="r", check_finite=False)[0]))
    # QR without pivoting reveals exact deficiency (linear activations), which is all we need.
    if pivots.min() > _RANK * pivots.max():
        if directions <= samples:
            return features, np.eye(directions)
        basis, upper = linalg.qr(features.T, mode="economic", check_finite=False)
        return np.ascontiguousarray(upper.T), basis
    _, values, right = linalg.svd(features, full_matrices=False, check_finite=False)
    basis = right[values > _RANK * values[0]].T
    return features @ basis, basis


def least_squares(features: Array, labels: Array) -> tuple[Array, Array]:
    """Least squares of full column rank, and what the residual still has along the features."""
    q, upper = linalg.qr(features, mode="economic", check_finite=False)
    theta = linalg.solve_triangular(upper, q.T @ labels, check_finite=False)
    return np.asarray(theta), np.asarray(q.T @ (labels - features @ theta))
