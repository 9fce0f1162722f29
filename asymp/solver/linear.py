"""Residual, linearisation and elimination at eight points at a time.

Vectors and matrices are rows of lanes (:mod:`asymp.special.lanes`) in flat arrays. No lane depends
on another: pivots are exchanged lane by lane.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from asymp.solver.compile import compiled
from asymp.special import log, where
from asymp.special.lanes import load, repeat, store

SMALLEST, LARGEST = 1e-290, 1e290  # beyond these the state has run away


@compiled
def residual(x: Any, n: int, out: Any) -> Any:
    """Largest |F(x)/x - 1|, infinite when the map leaves the positive finite numbers."""
    worst = repeat(0.0)
    for i in range(n):
        there = load(out, i)
        inside = (there > SMALLEST) & (there < LARGEST)
        worst = max(worst, where(inside, abs(there / load(x, i) - 1.0), repeat(np.inf)))
    return worst


@compiled
def linearise(x: Any, n: int, out: Any, matrix: Any) -> Any:
    """Write I - dlog F/dlog x; return the largest row sum of |dlog F/dlog x|."""
    norm = repeat(0.0)
    for i in range(n):
        total, inverse = repeat(0.0), 1.0 / load(out, i)
        for j in range(n):
            slope = load(out, n + i * n + j) * load(x, j) * inverse
            store(matrix, i * n + j, (1.0 if i == j else 0.0) - slope)
            total = total + abs(slope)
        norm = max(norm, total)
    return norm


@compiled
def exchange(rows: Any, first: int, second: int, condition: Any) -> None:
    """Exchange two entries where the condition holds."""
    a, b = load(rows, first), load(rows, second)
    store(rows, first, where(condition, b, a))
    store(rows, second, where(condition, a, b))


@compiled
def eliminate(n: int, matrix: Any, right: Any, columns: int) -> None:
    """Solve in place by Gauss elimination with row pivots; not finite where it is singular."""
    for k in range(n):
        for i in range(k + 1, n):
            larger = abs(load(matrix, i * n + k)) > abs(load(matrix, k * n + k))
            for j in range(k, n):
                exchange(matrix, k * n + j, i * n + j, larger)
            for j in range(columns):
                exchange(right, k * columns + j, i * columns + j, larger)
        inverse = 1.0 / load(matrix, k * n + k)
        store(matrix, k * n + k, inverse)
        for i in range(k + 1, n):
            factor = load(matrix, i * n + k) * inverse
            for j in range(k + 1, n):
                subtract(matrix, i * n + j, factor, load(matrix, k * n + j))
            for j in range(columns):
                subtract(right, i * columns + j, factor, load(right, k * columns + j))
    for i in range(n - 1, -1, -1):
        for j in range(columns):
            for m in range(i + 1, n):
                entry = load(matrix, i * n + m)
                subtract(right, i * columns + j, entry, load(right, m * columns + j))
            store(right, i * columns + j, load(right, i * columns + j) * load(matrix, i * n + i))


@compiled
def subtract(rows: Any, place: int, factor: Any, other: Any) -> None:
    """Subtract a product from an entry."""
    store(rows, place, load(rows, place) - factor * other)


@compiled
def newton_shift(x: Any, n: int, out: Any, matrix: Any, shift: Any) -> Any:
    """Write Newton's step in log x; return the largest row sum of |dlog F/dlog x|.

    That is NaN where the step is not finite.
    """
    if n == 3:
        return three_shifts(x, out, shift)
    norm = linearise(x, n, out, matrix)
    for i in range(n):
        store(shift, i, log(load(out, i) / load(x, i)))
    eliminate(n, matrix, shift, np.int64(1))  # a literal would be compiled once more
    for i in range(n):
        norm = norm + 0.0 * load(shift, i)
    return norm


@compiled
def log_slopes(x: Any, out: Any, i: int) -> Any:
    """Row i of dlog F/dlog x, of three unknowns."""
    inverse = 1.0 / load(out, i)
    first = load(out, 3 + 3 * i) * load(x, 0) * inverse
    second = load(out, 4 + 3 * i) * load(x, 1) * inverse
    return first, second, load(out, 5 + 3 * i) * load(x, 2) * inverse


@compiled
def three_shifts(x: Any, out: Any, shift: Any) -> Any:
    """Newton's step for three unknowns, by cofactors: no pivots, one division, no memory."""
    p, q, r = log_slopes(x, out, 0)
    s, t, u = log_slopes(x, out, 1)
    v, w, y = log_slopes(x, out, 2)
    norm = max(abs(p) + abs(q) + abs(r), abs(s) + abs(t) + abs(u))
    norm = max(norm, abs(v) + abs(w) + abs(y))
    p, t, y = 1.0 - p, 1.0 - t, 1.0 - y
    # Signs: the entries off the diagonal are those of I - dlog F/dlog x with the opposite sign.
    c00, c01, c02 = t * y - u * w, s * y + u * v, s * w + t * v
    c10, c11, c12 = q * y + r * w, p * y - r * v, p * w + q * v
    c20, c21, c22 = q * u + r * t, p * u + r * s, p * t - q * s
    inverse = 1.0 / (p * c00 - q * c01 - r * c02)
    a, b = log(load(out, 0) / load(x, 0)), log(load(out, 1) / load(x, 1))
    c = log(load(out, 2) / load(x, 2))
    first = (c00 * a + c10 * b + c20 * c) * inverse
    second = (c01 * a + c11 * b + c21 * c) * inverse
    third = (c02 * a + c12 * b + c22 * c) * inverse
    store(shift, 0, first)
    store(shift, 1, second)
    store(shift, 2, third)
    return norm + 0.0 * (first + second + third)


@compiled
def condition_number(n: int, matrix: Any, right: Any) -> Any:
    """Row-sum norm of the inverse of I - dlog F/dlog x, the error of x per error of F.

    The matrix is overwritten; infinite where it is singular.
    """
    for i in range(n):
        for j in range(n):
            store(right, i * n + j, repeat(1.0 if i == j else 0.0))
    eliminate(n, matrix, right, n)
    worst = repeat(0.0)
    for i in range(n):
        total = repeat(0.0)
        for j in range(n):
            total = total + abs(load(right, i * n + j))
        worst = max(worst, where(total < np.inf, total, repeat(np.inf)))
    return worst
