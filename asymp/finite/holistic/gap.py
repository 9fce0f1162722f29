r"""Duality gap of holistic robust training: a proof of optimality that trusts no solver.

For **any** law p of the sample with :math:`-\frac1n\sum\log np_i\le r`, any sizes
:math:`m_i\ge0`, any :math:`|u_i|\le p_im_i` and any :math:`\|k\|\le\varepsilon\sum_ip_im_i`,

.. math:: \min_\theta\Big\{\mathrm{HR}_{0,r}\big(\tfrac12(|r_i|+\varepsilon\|\theta\|_A)^2\big)
          +\tfrac\zeta2\|\theta\|^2\Big\}\ \ge\ c\,y^\top u-c^2\Big(\tfrac12\sum_ip_im_i^2
          +\tfrac1{2\zeta}\|\Phi^\top u-B^\top k\|^2\Big)

for every c, and the best c is taken; :math:`\zeta=0` requires :math:`\Phi^\top u=B^\top k`.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from asymp.finite.holistic.entropy import divergence
from asymp.finite.holistic.loss import hr_loss
from asymp.finite.holistic.saddle import Array, Iterate, Saddle

_HALVINGS = 60


def objective(problem: Saddle, theta: Array) -> float:
    """Objective of training."""
    penalty = 0.5 * problem.ridge * float(theta @ theta)
    return float(hr_loss(0.5 * problem.sizes(theta) ** 2, 0.0, problem.r)) + penalty


def relative_gap(problem: Saddle, x: Iterate) -> float:
    """Duality gap at an iterate over the objective there."""
    value = objective(problem, x.theta)
    if value == 0:
        return 0.0
    return max(value - lower_bound(problem, x), 0.0) / value


def lower_bound(problem: Saddle, x: Iterate) -> float:
    """Lower bound of the minimum from the multipliers of an iterate."""
    law = within_radius(x.law, problem.r)
    u, k = x.above - x.below, -x.dual.tail
    sizes = np.maximum(x.sizes(problem.eps), np.abs(u) / law)
    budget = problem.eps * float(law @ sizes)
    if problem.ridge == 0 and budget == 0:
        u = u - problem.features @ linalg.lstsq(problem.features, u)[0]
        sizes = np.maximum(sizes, np.abs(u) / law)
    pushed = problem.features.T @ u
    cost = 0.5 * float(law @ sizes**2)
    if problem.ridge > 0:
        length = float(np.linalg.norm(k))
        k = k * (budget / length) if length > budget else k
        left = pushed - problem.seminorm.pull(k)
        cost += 0.5 * float(left @ left) / problem.ridge
    elif budget > 0:
        u = u * min(1.0, budget / max(float(np.linalg.norm(pushed)), budget))
    gain = float(problem.labels @ u)
    return gain**2 / (4 * cost) if gain > 0 and cost > 0 else 0.0


def within_radius(law: Array, r: float) -> Array:
    """Law on the segment to the uniform one, as near as the radius allows."""
    n = law.size
    uniform = np.full(n, 1 / n)
    if r == 0:
        return uniform
    law = np.maximum(law, 0.0) / np.sum(np.maximum(law, 0.0))
    low, high = 0.0, 1.0  # shares of the uniform law: too small, large enough
    if divergence(law) <= r:
        return law
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if divergence((1 - middle) * law + middle * uniform) <= r:
            high = middle
        else:
            low = middle
    return np.asarray((1 - high) * law + high * uniform)
