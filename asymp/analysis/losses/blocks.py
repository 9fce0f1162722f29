"""A grid worked on a few points at a time, and results in the shape that was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from asymp.analysis.losses.compiled import Compiled
from asymp.analysis.losses.quadrature import Line
from asymp.analysis.losses.solved import Solved
from asymp.errors import InvalidParameter

Array = np.ndarray
Part = Callable[[Line, Array], Array]
BLOCK = 400_000  # numbers of a table that is worked on at a time


def in_blocks(
    compiled: Compiled, solution: Solved, part: Part, width: int, depth: int = 1
) -> Array:
    """Results (m, k), or (m, k, depth), of a function of the field's line and the rows there."""
    size, step = solution.columns.size, max(1, BLOCK // width)
    if size == 0:
        return np.empty((0, width) if depth == 1 else (0, width, depth))
    rows = [np.arange(i, min(i + step, size)) for i in range(0, size, step)]
    return np.concatenate([part(Line(compiled, solution.columns[r]), r) for r in rows])


def listed(name: str, values: Any) -> Array:
    """One number, or a list of them.

    Raises
    ------
    InvalidParameter
    """
    array = np.asarray(values)
    if array.ndim > 1 or array.size == 0 or array.dtype.kind not in "iuf":
        raise InvalidParameter(
            f"{name} must be a number or a list of numbers, and has the shape {array.shape}"
        )
    return np.asarray(array, dtype=float)


def shaped(solution: Solved, found: Array, name: str, dim: str, wanted: Array) -> xr.Dataset:
    """One variable; a scalar request adds no dimension."""
    if wanted.ndim == 0:
        return solution.labelled((), {dim: wanted}, **{name: found[:, 0]})
    return solution.labelled((dim,), {dim: wanted}, **{name: found})
