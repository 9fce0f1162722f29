"""Compiled: relative entropies that keep their digits near zero."""

from __future__ import annotations

import numpy as np

from asymp.finite.holistic.compile import cached, compiled


@compiled
def excess(z, ratio):  # type: ignore[no-untyped-def]
    """Value of z - log(1 + z) for ratio = 1 + z, by the series of atanh near zero."""
    if abs(z) > 0.25:
        return z - np.log(ratio)
    s = z / (2.0 + z)
    q = s * s
    tail = 0.0
    for k in range(21, 1, -2):
        tail = q * tail + 1.0 / k
    return z * s - 2.0 * s * q * tail


@compiled
def entropy(x):  # type: ignore[no-untyped-def]
    """Value of (1 + x) log(1 + x) - x, nonnegative."""
    if x <= -1.0:
        return 1.0
    return x * x - (1.0 + x) * excess(x, 1.0 + x)


@cached
def divergence(law):  # type: ignore[no-untyped-def]
    """Mean of n p - 1 - log(n p): the divergence of the uniform law from p, if p sums to one."""
    n, total = law.size, 0.0
    for i in range(n):
        ratio = n * law[i]
        total += excess(ratio - 1.0, ratio)
    return total / n


@compiled
def binary_entropy(delta, alpha):  # type: ignore[no-untyped-def]
    """Divergence of the two-point law (alpha + delta, rest) from (alpha, rest)."""
    return alpha * entropy(delta / alpha) + (1.0 - alpha) * entropy(-delta / (1.0 - alpha))
