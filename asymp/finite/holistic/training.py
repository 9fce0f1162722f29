r"""Holistic robust training of linear (random-features) regression on a finite sample.

.. math:: \min_\theta\ \mathrm{HR}_{0,r}\Big(\tfrac12\big(|y_i-\varphi_i^\top\theta|
          +\varepsilon\|A^{1/2}\theta\|\big)^2\Big)+\tfrac\zeta2\|\theta\|^2

by a primal-dual interior-point method (:mod:`asymp.finite.holistic.saddle`) that stops on the
duality gap of :mod:`asymp.finite.holistic.gap`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg

from asymp.conic.cone import ConeVector
from asymp.errors import InvalidParameter, NotConverged
from asymp.finite.holistic.arguments import regression, seminorm_of, triangle
from asymp.finite.holistic.gap import objective, relative_gap
from asymp.finite.holistic.iteration import minimise
from asymp.finite.holistic.loss import worst_case
from asymp.finite.holistic.saddle import Array, Iterate, Saddle
from asymp.symbols.arguments import BETWEEN, NONNEGATIVE, number


@dataclass(frozen=True)
class HolisticFit:
    r"""A trained parameter and what belongs to it.

    Parameters
    ----------
    theta : ndarray, (N,)
    value : float
        The objective: holistic robust loss plus penalty.
    loss : float
        Holistic robust loss of the training sample, :math:`\mathrm{HR}_{0,r}`.
    losses : ndarray, (n,)
        Robust losses :math:`\frac12(|r_i|+\varepsilon\|\theta\|_A)^2`.
    residuals : ndarray, (n,)
    seminorm : float
        :math:`\|A^{1/2}\theta\|`.
    weights : ndarray, (n,)
        Worst law p of the sample, from the multipliers (also where all losses agree).
    eta, lam : float
        :math:`\eta` and :math:`\lambda`; infinite for r = 0.
    gap : float
        Proved relative distance of the value from the minimum, at most.
    steps : int
        Newton steps.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> fit = fit_hr(rng.normal(size=(40, 5)), rng.normal(size=40), eps=0.1, r=0.1)
    >>> fit.theta.shape, fit.losses.shape, fit.interpolates
    ((5,), (40,), False)
    >>> bool(np.isclose(fit.weights @ fit.losses, fit.loss)), fit.gap <= 1e-8
    (True, True)
    """

    theta: Array
    value: float
    loss: float
    losses: Array
    residuals: Array
    seminorm: float
    weights: Array
    eta: float
    lam: float
    gap: float
    steps: int

    @property
    def interpolates(self) -> bool:
        r"""Whether all residuals are round-off beside the sizes of their losses.

        Then all losses agree, :math:`\lambda=0`, and the fit is the same for every larger r.
        """
        scale = float(np.sqrt(2 * self.losses.max()))
        return bool(np.abs(self.residuals).max() <= 1e-5 * scale)


def fit_hr(
    features: ArrayLike,
    labels: ArrayLike,
    *,
    eps: float,
    r: float,
    ridge: float = 0.0,
    metric: ArrayLike | None = None,
    root: ArrayLike | None = None,
    tolerance: float = 1e-8,
) -> HolisticFit:
    r"""Minimise the holistic robust loss of robust squares, poison share 0.

    Parameters
    ----------
    features : array_like, (n, N)
        Rows :math:`\varphi_i`.
    labels : array_like, (n,)
    eps : float
        Radius of the input perturbation, nonnegative; it acts through :math:`\|A^{1/2}\theta\|`.
    r : float
        Kullback-Leibler radius, nonnegative; 0 is plain adversarial training.
    ridge : float
        :math:`\zeta`, of :math:`\frac\zeta2\|\theta\|^2`, unscaled as the loss is a mean.
    metric : array_like, (N, N), optional
        A, symmetric and positive semidefinite, definite if there is no ridge; the identity by
        default.
    root : array_like, (k, N), optional
        Instead of ``metric``: any B with :math:`A=B^\top B`.
    tolerance : float
        Relative duality gap at which to stop; below about 1e-9 round-off may stop it earlier, and
        ``gap`` says at what.

    Returns
    -------
    HolisticFit

    Raises
    ------
    InvalidParameter
        If shapes or parameters are wrong, the metric is not positive semidefinite, the minimiser
        is not unique, or r > 0 with n = 1.
    NotConverged
        If the gap stays above 1e-4.

    Notes
    -----
    Joint convex form, derived here from :math:`e^a=\sup_{\lambda>0}\lambda a-\lambda\log\lambda
    +\lambda` and tested against a conic solver:

    .. math:: \min_{\theta,\eta,\lambda}\ \eta+\lambda(r-1)+\frac1n\sum_i\lambda\log
              \frac{\lambda}{\eta-l_i(\theta)}+\frac\zeta2\|\theta\|^2.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> features, noise = rng.normal(size=(60, 20)) / np.sqrt(20), rng.normal(size=60)
    >>> labels = features @ rng.normal(size=20) + 0.5 * noise
    >>> plain, robust = (fit_hr(features, labels, eps=0.2, r=r) for r in (0.0, 0.1))
    >>> float(plain.losses.mean()) < float(robust.losses.mean())
    True
    >>> robust.loss < float(worst_case(plain.losses, r=0.1).value)
    True
    """
    task = _checked(features, labels, eps, r, ridge, metric, root, tolerance)
    inner, back = _coordinates(task)
    null = _null(inner, tolerance)
    x, gap, steps = null if null is not None else minimise(inner, tolerance)
    if not gap <= 1e-4:
        raise NotConverged(
            f"holistic training at eps = {task.eps:g}, r = {task.r:g} and ridge = {task.ridge:g} "
            f"stopped at a relative gap of {gap:.1e} after {steps} steps: give "
            f"{'a larger' if task.ridge > 0 else 'a positive'} ridge, or bring the radii, features "
            "and labels nearer to order one"
        )
    theta = back(x.theta)
    losses = 0.5 * task.sizes(theta) ** 2
    free = task.r == 0
    return HolisticFit(
        theta=theta,
        value=objective(task, theta),
        loss=float(worst_case(losses, 0.0, task.r).value),
        losses=losses,
        residuals=task.labels - task.features @ theta,
        seminorm=task.seminorm(theta),
        weights=x.law,
        eta=np.inf if free else x.eta,
        lam=np.inf if free else x.lam,
        gap=gap,
        steps=steps,
    )


def _null(problem: Saddle, tolerance: float) -> tuple[Iterate, float, int] | None:
    """The zero parameter, if the labels' pull does not exceed the adversary's force there."""
    labels = problem.labels
    worst = worst_case(0.5 * labels**2, 0.0, problem.r)
    force = worst.gradient * labels
    pull, budget = problem.features.T @ force, problem.eps * float(np.abs(force).sum())
    root = problem.seminorm.root
    k = pull if root is None else np.asarray(np.linalg.lstsq(root.T, pull, rcond=None)[0], float)
    with np.errstate(over="ignore"):
        if not np.linalg.norm(k) <= budget:
            return None
    size = np.abs(labels)
    x = Iterate(
        slack_above=size - labels,
        slack_below=size + labels,
        above=np.maximum(force, 0.0),
        below=np.maximum(-force, 0.0),
        theta=0 * pull,
        primal=ConeVector(0.0, 0 * k),
        dual=ConeVector(budget, -k),
        law=worst.gradient,
        eta=float(worst.eta),
        lam=float(worst.lam),
        room=0.0,
    )
    gap = relative_gap(problem, x)
    return (x, gap, 0) if gap <= tolerance else None  # the pull may leave the seminorm's range


def _coordinates(task: Saddle) -> tuple[Saddle, Callable[[Array], Array]]:
    """Problem to solve and the way back: without ridge, coordinates in which A is the identity.

    There the fit lies in the row space of the features, which is smaller if n < N.
    """
    if task.ridge > 0 or task.eps == 0:
        return task, lambda theta: theta
    upper_root = triangle(task.seminorm, task.features.shape[1])
    features = linalg.solve_triangular(upper_root, task.features.T, trans="T").T
    basis = None
    if features.shape[1] > features.shape[0]:
        basis, upper = linalg.qr(features.T, mode="economic")
        features = upper.T

    def back(theta: Array) -> Array:
        whole = theta if basis is None else basis @ theta
        return np.asarray(linalg.solve_triangular(upper_root, whole))

    return Saddle(np.ascontiguousarray(features), task.labels, task.eps, 0.0, task.r), back


def _checked(
    features: ArrayLike, labels: ArrayLike, eps: float, r: float, ridge: float,
    metric: ArrayLike | None, root: ArrayLike | None, tolerance: float,
) -> Saddle:  # fmt: skip
    x, y = regression(features, labels)
    reach, radius, penalty = (
        number(name, value, NONNEGATIVE)
        for name, value in (("eps", eps), ("r", r), ("ridge", ridge))
    )
    number("tolerance", tolerance, BETWEEN)
    if reach == 0 and penalty == 0 and x.shape[1] >= x.shape[0]:
        raise InvalidParameter(
            f"eps = ridge = 0 with N = {x.shape[1]} >= n = {x.shape[0]}: every interpolator is "
            "optimal; give eps > 0 or ridge > 0"
        )
    if x.shape[0] == 1 and radius > 0:
        raise InvalidParameter(
            f"r = {radius:g} with n = 1: one point has no law but its own, so that r must be 0 "
            "(plain adversarial training), or n at least 2"
        )
    return Saddle(x, y, reach, penalty, radius, seminorm_of(metric, root, x.shape[1]))
