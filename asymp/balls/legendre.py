r"""Gauss-Legendre quadrature with a rigorous error.

For f analytic with :math:`|f|\le M` on the ellipse with foci :math:`\pm1` and sum of semi-axes
:math:`\rho`, its Chebyshev coefficients are at most :math:`2M\rho^{-k}` (Trefethen, Approximation
Theory and Approximation Practice, theorem 8.1). A rule with n >= 2 nodes is exact below degree 2n,
odd degrees vanish by symmetry, and an even one errs by at most :math:`2+2/(k^2-1)\le32/15`: in
all :math:`\frac{64}{15}M\rho^{-2n}/(1-\rho^{-2})`.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from flint import arb

Ball = Any

FEWEST, MOST = 4, 48
COUNTS = (*range(FEWEST, 16, 2), *range(16, MOST + 1, 4))


@lru_cache(maxsize=64)
def rule(count: int, precision: int) -> tuple[tuple[Ball, Ball], ...]:
    """Nodes and weights on [-1, 1], enclosed at the given precision, which is the current one."""
    pairs = [arb.legendre_p_root(count, k, weight=True) for k in range(count)]
    return tuple((arb(node), arb(weight)) for node, weight in pairs)


def error(largest: Ball, rho: Ball, count: int) -> Ball:
    """Bound of the error on [-1, 1]."""
    return (largest * 64 / 15 * rho ** (-2 * count) / (1 - rho**-2)).abs_upper()


def count_for(log_size: float, rho: float) -> int | None:
    """Fewest nodes for an error below 1 when the largest value has this logarithm."""
    needed = (log_size + math.log(64 / 15) - math.log1p(-(rho**-2))) / (2 * math.log(rho))
    return next((n for n in COUNTS if n >= needed), None)
