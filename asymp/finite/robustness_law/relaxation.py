r"""Upper bounds on :math:`\max_{\tau\in[-1,1]^m}\|V^\top\tau\|`, exact and by relaxation.

With :math:`G=VV^\top` the square is a convex quadratic form on a cube. For any positive
:math:`D`, :math:`\tau^\top G\tau\le\lambda_{\max}(D^{-1/2}GD^{-1/2})\sum_iD_i`; the least such
bound is the semidefinite relaxation, within :math:`\pi/2` of the maximum of the square
(Nesterov 1998; recalled).
"""

from __future__ import annotations

from math import ceil, sqrt

import numpy as np

from asymp.finite.robustness_law.activation import Array

SWEEPS = 300
# The bound holds after any number of sweeps.
STEADY = 1e-4
# Corners of a cube that are simply tried.
CORNERS = 14
ROUNDINGS = 32
FLOOR = 1e-12


def relaxed(rows: Array) -> tuple[float, Array]:
    r"""An upper bound on :math:`\max\|V^\top\tau\|`, and corners that come near to it.

    The relaxation :math:`\max\sum_{ij}G_{ij}\,y_i\cdot y_j` over unit vectors is convex in the
    :math:`y_i`, so that replacing each by the direction of its gradient never descends. The
    lengths of the gradients are the multipliers :math:`D`. Rounding with random hyperplanes gives
    the corners, shape (32, m).
    """
    scale = float(np.abs(rows).max()) or 1.0
    rows, generator = rows / scale, np.random.default_rng(0)
    unit = generator.standard_normal((len(rows), ceil(sqrt(2 * len(rows))) + 1))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    before = 0.0
    for _ in range(SWEEPS):
        slope = rows @ (rows.T @ unit)
        lengths = np.linalg.norm(slope, axis=1)
        total = float(lengths.sum())
        unit = slope / np.maximum(lengths, FLOOR * max(total, FLOOR))[:, None]
        if total - before <= STEADY * total:
            break
        before = total
    corners = np.where(
        generator.standard_normal((ROUNDINGS, unit.shape[1])) @ unit.T > 0, 1.0, -1.0
    )
    return scale * _dual(rows, lengths), corners


def _dual(rows: Array, multipliers: Array) -> float:
    """The bound that these multipliers prove, with an allowance for the rounding of the norm."""
    D = np.maximum(multipliers, FLOOR * max(float(multipliers.max()), FLOOR))
    return float(np.linalg.norm(rows / np.sqrt(D)[:, None], 2) * sqrt(D.sum()) * (1 + FLOOR))


def enumerated(rows: Array) -> tuple[float, Array]:
    r"""The maximum itself and the corner that attains it, for at most 14 rows."""
    m = len(rows)
    signs = (np.arange(2**m)[:, None] >> np.arange(m)) & 1
    corners: Array = 2.0 * signs.astype(np.float64) - 1.0
    lengths = np.linalg.norm(corners @ rows, axis=1)
    best = int(np.argmax(lengths))
    return float(lengths[best]), corners[best : best + 1]
