r"""How steep a sum of ReLU caps :math:`a_\ell\,\mathrm{ReLU}(w_\ell\cdot x-\tau_\ell)` can be.

All thresholds are positive. If the set A of neurons is active at a point of the ball of radius R,
then, with :math:`v_\ell=w_\ell/\tau_\ell`, :math:`v_\ell\cdot x>1` on A, so that
:math:`|A|\le R\,\|\sum_Av_\ell\|`: many can be active together only if their directions agree. The
gradient is :math:`\sum_Aa_\ell\tau_\ell v_\ell`. Both lengths are bounded by what the Gram matrix
allows for a set of that size all of whose pairs overlap in the ball (derived).
"""

from __future__ import annotations

import numpy as np

from asymp.finite.robustness_law.activation import Array

# Caps whose closures touch within this angle count as overlapping.
TOUCH = 1e-9


def overlaps(W: Array, thresholds: Array, radius: float) -> Array:
    r"""Which pairs of caps :math:`\{\|x\|\le R:w\cdot x>\tau\}` meet.

    In at least two dimensions they meet in the ball if and only if they meet on the sphere: a
    ray that leaves two half-spaces' intersection never reaches the sphere outside of it. There
    they are spherical caps of angular radius :math:`\arccos(\tau/(R\|w\|))`.
    """
    lengths = np.linalg.norm(W, axis=1)
    angles = np.arccos(np.clip(thresholds / (radius * lengths), -1.0, 1.0))
    unit = W / lengths[:, None]
    between = np.arccos(np.clip(unit @ unit.T, -1.0, 1.0))
    return np.asarray(angles[:, None] + angles > between - TOUCH)


def counted(a: Array, W: Array, thresholds: Array, radius: float) -> float:
    """Upper bound on the gradient of the sum of caps in the ball."""
    v, c = W / thresholds[:, None], a * thresholds
    gram = v @ v.T
    meet = overlaps(W, thresholds, radius)
    agreement = _row_sums(gram, meet)
    size = np.arange(1, len(v) + 1)
    widest = np.minimum(agreement, np.linalg.norm(v, 2) ** 2)
    allowed = size <= radius**2 * widest * (1 + TOUCH)
    steep = _row_sums(np.maximum(c[:, None] * gram * c, 0.0), meet)
    together = np.linalg.norm(c[:, None] * v, 2) ** 2
    return float(np.sqrt(np.max((size * np.minimum(steep, together))[allowed], initial=0.0)))


def _row_sums(matrix: Array, meet: Array) -> Array:
    """Greatest sum of s entries of a row among overlapping caps, its own included, at place s-1.

    Minus infinity where no cap overlaps s - 1 others.
    """
    others = np.where(meet, matrix, -np.inf)
    own = np.diagonal(matrix).copy()
    np.fill_diagonal(others, -np.inf)
    sums = np.cumsum(-np.sort(-others, axis=1)[:, :-1], axis=1)
    return np.concatenate([[own.max()], (own[:, None] + sums).max(axis=0)])
