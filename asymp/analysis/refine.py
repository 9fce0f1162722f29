"""From the best node of a scan to the optimum: the root of the gradient, or the bound."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.optimize import elementwise, minimize, root

from asymp.analysis.objective import Objective
from asymp.analysis.scan import NODES, Range

CHUNK = 65_536  # points solved at a time: bounds the memory of a scan
# A gradient this small in terms of the spread of the scan is rounding, and its sign says nothing.
ASIDE = 1e-9


@dataclass(frozen=True)
class Scan:
    """Best nodes of the coarse scan.

    Parameters
    ----------
    best : float array, (m, over)
    value : float array, (m,)
        Objective there; infinite where no node has an answer.
    low, high : float arrays, (m, over)
        The neighbouring nodes, or the node itself at a bound.
    """

    best: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


def scan(objective: Objective, ranges: list[Range], fixed: np.ndarray) -> Scan:
    """Evaluate the objective at every node, for every row of the fixed parameters."""
    axes = [r.nodes(NODES[len(ranges)]) for r in ranges]
    nodes = np.array(list(product(*axes)))
    index, value = np.empty(len(fixed), dtype=int), np.empty(len(fixed))
    size = max(1, CHUNK // len(nodes))
    for start in range(0, len(fixed), size):
        part = fixed[start : start + size]
        found = objective.value(
            np.repeat(part, len(nodes), axis=0), np.tile(nodes, (len(part), 1))
        ).reshape(len(part), len(nodes))
        index[start : start + size] = found.argmin(axis=1)
        value[start : start + size] = found.min(axis=1)
    places = np.unravel_index(index, [len(a) for a in axes])
    low = [a[np.maximum(i - 1, 0)] for a, i in zip(axes, places, strict=True)]
    high = [a[np.minimum(i + 1, len(a) - 1)] for a, i in zip(axes, places, strict=True)]
    return Scan(nodes[index], value, np.column_stack(low), np.column_stack(high))


def refine_one(objective: Objective, found: Scan, fixed: np.ndarray) -> np.ndarray:
    """Optimum over one parameter, (m, 1): all rows at once."""
    best = found.best[:, 0].copy()
    rows = np.flatnonzero(np.isfinite(found.value))
    low, high = found.low[rows, 0], found.high[rows, 0]

    def slope(x: np.ndarray, row: np.ndarray) -> np.ndarray:
        return objective.gradient(fixed[row.astype(int)], x[:, None])[:, 0]

    left, right = slope(low, rows), slope(high, rows)
    inside = low + ASIDE * (high - low)  # the end may be a branch of its own
    left = np.where(np.isnan(left), slope(inside, rows), left)
    start = np.where(np.isnan(slope(low, rows)), inside, low)
    crosses = (left < 0) & (right > 0)
    roots = elementwise.find_root(slope, (start[crosses], high[crosses]), args=(rows[crosses],)).x
    keep(objective, fixed, best, rows[crosses], roots)
    kinked = ~crosses & (low < best[rows]) & (best[rows] < high)
    descend(objective, fixed, best, rows[kinked], low[kinked], high[kinked])
    return best[:, None]


def descend(
    objective: Objective, fixed: np.ndarray, best: np.ndarray, rows: np.ndarray,
    low: np.ndarray, high: np.ndarray,
) -> None:  # fmt: skip
    """Minimise by values alone, where the gradient has no root: a kink, a jump, a flat piece."""
    if not rows.size:
        return

    def value(x: np.ndarray, row: np.ndarray) -> np.ndarray:
        return objective.value(fixed[row.astype(int)], x[:, None])

    lowest = elementwise.find_minimum(value, (low, best[rows], high), args=(rows,))
    keep(objective, fixed, best, rows, lowest.x)


def keep(
    objective: Objective, fixed: np.ndarray, best: np.ndarray, rows: np.ndarray, x: np.ndarray
) -> None:
    """Take the refined points that are no worse than the nodes, up to rounding."""
    if not rows.size:
        return
    before = objective.value(fixed[rows], best[rows, None])
    after = objective.value(fixed[rows], np.where(np.isnan(x), best[rows], x)[:, None])
    # At an optimum a value is flat: two that agree to rounding do not tell which point is better.
    good = np.isfinite(x) & (after <= before + 1e-12 * np.abs(before))
    best[rows[good]] = x[good]


def refine_two(objective: Objective, found: Scan, fixed: np.ndarray) -> np.ndarray:
    """Optimum over two parameters, (m, 2): one row after the other."""
    best = found.best.copy()
    for row in np.flatnonzero(np.isfinite(found.value)):
        box = list(zip(found.low[row], found.high[row], strict=True))
        best[row] = refine_row(objective, best[row], box, fixed[row : row + 1])
    return best


def refine_row(
    objective: Objective, x: np.ndarray, box: list[tuple[float, float]], fixed: np.ndarray
) -> np.ndarray:
    """Bounded quasi-Newton descent from a node, then the root of the free gradient."""
    scale = np.array([high - low for low, high in box])

    def value(u: np.ndarray) -> float:
        return float(objective.value(fixed, (u * scale)[None])[0])

    def slope(u: np.ndarray) -> np.ndarray:
        return np.nan_to_num(objective.gradient(fixed, (u * scale)[None])[0] * scale)

    limits = [(low / s, high / s) for (low, high), s in zip(box, scale, strict=True)]
    # The values' rounding stops the descent; what is left the gradient's root takes off.
    found = minimize(value, x / scale, jac=slope, bounds=limits, method="L-BFGS-B")
    u = found.x if found.fun <= value(x / scale) else x / scale
    free = np.array([low < here < high for here, (low, high) in zip(u, limits, strict=True)])
    if free.any():
        u = polished(slope, value, u, free)
    return u * scale


def polished(slope: object, value: object, u: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Root of the gradient's free components near u, if it is no worse."""
    assert callable(slope)
    assert callable(value)

    def components(part: np.ndarray) -> np.ndarray:
        moved = u.copy()
        moved[free] = part
        return np.asarray(slope(moved))[free]

    found = root(components, u[free], tol=1e-13)
    moved = u.copy()
    moved[free] = found.x
    here = value(u)
    near = np.abs(moved - u).max() < 0.1
    return moved if near and value(moved) <= here + 1e-12 * abs(here) else u
