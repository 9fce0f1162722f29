r"""Duality gap of robust training: a proof of optimality that trusts no solver.

For :math:`F(\theta)=\sum_i\ell(|r_i|+\varepsilon\|\theta\|_A)+\frac p2\|\theta\|^2` and **any**
sizes :math:`x_i\ge0` with slopes :math:`a_i=\ell'(x_i)`, any :math:`|u_i|\le a_i` and any
:math:`w` with :math:`\|w\|_{A^{-1}}\le\varepsilon\sum_ia_i`, Fenchel duality gives

.. math:: \min_\theta F \ \ge\ y^\top u-\sum_i\big(a_ix_i-\ell(x_i)\big)
          -\tfrac1{2p}\|\Phi^\top u-w\|^2,

where :math:`p=0` requires :math:`\Phi^\top u=w`. A trial :math:`u` is shrunk until it is
admissible, so the bound holds whatever produced it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from asymp.conic.seminorm import IDENTITY, Seminorm
from asymp.simulate.curve import Array, LossCurve


@dataclass(frozen=True)
class Convex:
    r"""The convex training problem, multiplied by :math:`n`.

    Parameters
    ----------
    features : ndarray, (n, N)
    labels : ndarray, (n,)
    loss : LossCurve
    eps : float
        Training radius.
    penalty : float
        :math:`n\zeta`.
    seminorm : Seminorm
        Of :math:`A`; the identity's by default. Another may be given only with a positive
        penalty: without one, change variables so that it is the identity's.
    """

    features: Array
    labels: Array
    loss: LossCurve
    eps: float
    penalty: float
    seminorm: Seminorm = IDENTITY

    def value(self, theta: Array) -> float:
        r"""Objective :math:`F(\theta)`."""
        size = np.abs(self.labels - self.features @ theta) + self.eps * self.seminorm(theta)
        return float(self.loss.value(size).sum() + 0.5 * self.penalty * theta @ theta)


def dual_bound(problem: Convex, u: Array, w: Array, size: Array) -> float:
    r"""Lower bound of :math:`\min F` from a trial dual vector.

    Parameters
    ----------
    u : ndarray, (n,)
        Trial dual vector, near the derivative of the loss in the residual.
    w : ndarray, (k,)
        Trial z of :math:`w=B^\top z`; used only if there is a penalty.
    size : ndarray, (n,)
        Sizes :math:`x_i \ge 0` of the attacked residuals.
    """
    slope = problem.loss.slope(size)
    conjugate = float(np.sum(slope * size - problem.loss.value(size)))
    budget = problem.eps * float(slope.sum())
    if problem.penalty == 0 and budget == 0:
        u = u - problem.features @ linalg.lstsq(problem.features, u)[0]
    tiny = np.finfo(float).tiny
    shrink = 1 / max(1.0, float(np.max(np.abs(u) / np.maximum(slope, tiny))))
    pushed = problem.features.T @ u
    if problem.penalty > 0:
        length = float(np.linalg.norm(w))
        w = w * (budget / length) if length > budget else w
        left = shrink * pushed - problem.seminorm.pull(w)
        return (
            shrink * float(problem.labels @ u)
            - conjugate
            - 0.5 * float(left @ left) / problem.penalty
        )
    if budget > 0:
        shrink = min(shrink, budget / max(float(np.linalg.norm(pushed)), budget))
    return shrink * float(problem.labels @ u) - conjugate


def relative_gap(problem: Convex, theta: Array, u: Array, w: Array, size: Array) -> float:
    r"""Duality gap over :math:`F(\theta)`: an upper bound of the relative suboptimality."""
    value = problem.value(theta)
    if value == 0:
        return 0.0
    return max(value - dual_bound(problem, u, w, size), 0.0) / value
