"""Solving a list of points with NumPy arrays alone: the numeric core behind the grids."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from asymp.lowering.compiled import Kernel
from asymp.solver.core import solve_points as solve_compiled
from asymp.solver.flight import room
from asymp.solver.status import Status

# Points between two looks at the keyboard and the progress bar: as many as take about a tenth of a
# second, ten milliseconds for most theorems, and few at first.
CHUNK, FIRST = 4096, 64
QUICK, SLOW = 0.02, 0.2  # seconds


def run(compiled: Any, *arguments: object) -> None:
    """Run a compiled solver; a damaged entry of its cache on disk is removed and made anew."""
    try:
        compiled(*arguments)
    except Exception:
        folder = compiled.stats.cache_path
        if folder is None:
            raise
        file = Path(compiled.py_func.__code__.co_filename).stem
        for entry in Path(folder).glob(f"{file}.*.nb*"):
            entry.unlink(missing_ok=True)
        compiled(*arguments)


def run_both_ways(status: np.ndarray, arguments: tuple[object, ...]) -> None:
    """Solve a chunk of points; what the first way does not solve goes a second one."""
    run(solve_compiled, *arguments)
    if (status == Status.max_steps).any():
        # Imported late, and compiled when it is called: most installs never need it.
        from asymp.solver.continuation import continue_points

        run(continue_points, *arguments)


@dataclass(frozen=True)
class Points:
    """Outcome of a list of points.

    Parameters
    ----------
    values : float array, (m, values)
        Order parameters and observables in the order of ``kernel.values``.
    residual, condition : float arrays, (m,)
        max |F(x)/x - 1|, and the row-sum norm of (I - dlog F/dlog x)^{-1} at the root.
    evaluations : int64 array, (m,)
        Evaluations of the map.
    states : float array, (m, most unknowns of a branch)
        The fixed point; NaN beyond the unknowns of the branch, and where none was found.
    status, branch : int8 arrays, (m,)
        :class:`Status` and the index of the branch (-1: none).
    """

    values: np.ndarray
    residual: np.ndarray
    condition: np.ndarray
    evaluations: np.ndarray
    states: np.ndarray
    status: np.ndarray
    branch: np.ndarray


def solve_points(
    kernel: Kernel,
    points: np.ndarray,
    constants: Sequence[float],
    admitted: np.ndarray | None = None,
    advance: Callable[[int], None] = lambda count: None,
) -> Points:
    """Solve a theorem at each row of ``points``; a row's outcome depends on that row alone.

    Parameters
    ----------
    kernel : Kernel
    points : array, (m, parameters)
        In the order of ``kernel.parameters``.
    constants : sequence of float
        In the order of ``kernel.constants``.
    admitted : bool array, (m,), optional
        Rows inside the domain; the others get status ``out_of_domain``.
    advance : callable
        Told after each chunk how many points were done.

    Returns
    -------
    Points

    Examples
    --------
    >>> import asymp
    >>> from asymp.solver.grid import kernel_of
    >>> theorem = asymp.Problem(features=asymp.IsotropicGaussian()).derive()
    >>> kernel = kernel_of(theorem)
    >>> kernel.parameters
    ('alpha', 'zeta', 'tau', 'rho')
    >>> found = solve_points(kernel, np.array([[2.0, 0.0, 0.5, 1.0]]), [])
    >>> float(found.values[0, kernel.values.index("standard_risk")].round(12))
    0.5
    """
    points = np.ascontiguousarray(points, dtype=float)
    m, most = len(points), max(kernel.sizes)
    values, report = np.empty((m, len(kernel.values))), np.empty((m, 3))
    states, status, branch = np.empty((m, most)), np.zeros(m, np.int8), np.empty(m, np.int8)
    if admitted is not None:
        status[~admitted] = Status.out_of_domain
    fixed = np.array(constants, dtype=float)
    layout = (
        kernel.entries,
        np.array(kernel.sizes, dtype=np.int64),
        np.array([Status[word] for word in kernel.statuses], dtype=np.int8),
        np.array(kernel.infinite, dtype=np.int8),
        len(kernel.guards),
    )
    inputs = points.shape[1] + len(fixed) + len(kernel.guards)
    space = room(inputs, len(kernel.values), most, len(kernel.guards), min(m, CHUNK))
    start, size = 0, min(FIRST, CHUNK)
    while start < m:
        part, began = slice(start, start + size), time.perf_counter()
        arguments = (
            *layout, points[part], fixed, values[part], report[part], states[part], status[part],
            branch[part], *space,
        )  # fmt: skip
        run_both_ways(status[part], arguments)
        advance(len(points[part]))
        start, size = start + size, next_size(size, time.perf_counter() - began)
    return Points(
        values, report[:, 0], report[:, 1], report[:, 2].astype(np.int64), states, status, branch
    )


def next_size(size: int, seconds: float) -> int:
    """How many points to solve next, if so many took so long.

    Examples
    --------
    >>> next_size(64, 0.001), next_size(4096, 0.01), next_size(64, 1.0)
    (512, 4096, 16)
    """
    if seconds < QUICK:
        return min(CHUNK, 8 * size)
    return max(1, size // 4) if seconds > SLOW else size
