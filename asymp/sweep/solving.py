"""Solving a large grid into a store."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from asymp.lowering.kernel import Kernel
from asymp.solver.arguments import labelled_arguments
from asymp.solver.describe import Solvable
from asymp.solver.grid import applied, kernel_of, require_outcome, solve_arrays, solve_grid
from asymp.solver.stored import StoredTheorem
from asymp.sweep.blocks import MOST_POINTS
from asymp.sweep.opening import Chunk
from asymp.sweep.run import sweep

SECONDS = 1.0  # a chunk's usual time: long against its overhead, short to lose
MOST_SAMPLES = 4096


@dataclass(frozen=True)
class SolveChunk:
    """Solves a chunk of points; pickles as the kernel's text, and compiles where it arrives."""

    kernel: Kernel
    constants: tuple[float, ...]
    parameters: tuple[Any, ...]

    def __call__(self, chunk: xr.Dataset) -> xr.Dataset:
        """Values and diagnostics over the chunk."""
        evaluate = partial(solve_arrays, self.kernel, self.constants, self.parameters, False)
        return applied(evaluate, self.kernel, {n: chunk[n] for n in self.kernel.parameters})


def solve_into(
    theorem: Solvable | StoredTheorem,
    arguments: Mapping[str, Any],
    path: str | Path,
    *,
    throw: bool = True,
    **options: Any,
) -> xr.Dataset:
    """Solve a theorem wherever the arguments say, into a store.

    Parameters
    ----------
    theorem, arguments, throw
        As for :func:`asymp.solver.solve_grid`; Dask-backed arguments are computed chunk by chunk.
    path : path
    **options
        ``chunk, overwrite, progress`` of :func:`asymp.sweep.sweep`. By default a chunk takes
        about a second, and has 65,536 points at most.

    Returns
    -------
    xarray.Dataset
        As that of :func:`asymp.solver.solve_grid`, read from the store when it is used.
    """
    given = labelled_arguments(theorem.parameters, arguments)
    # Every parameter is a coordinate: dimensions in the order of the arguments.
    inputs = xr.Dataset(coords=given)
    first = {n: _admitted(theorem.parameters[n], a) for n, a in given.items()}
    template = solve_grid(theorem, first, throw=False, progress=False)
    kernel = kernel_of(theorem)
    function = SolveChunk(
        kernel,
        tuple(float(value) for value in theorem.constants.values()),
        tuple(theorem.parameters[name] for name in kernel.parameters),
    )
    what = {
        "computation": "solve",
        "theorem": theorem.id,
        "equations": kernel.equations,
        "constants": template.attrs["constants"],
        "versions": template.attrs["versions"],
    }
    dataset = sweep(
        function,
        inputs,
        template,
        what,
        path,
        usual=lambda: usual_chunk(function, given),
        **options,
    )
    if not dataset.sizes:
        require_outcome(dataset, theorem, throw)
    return dataset


def _admitted(parameter: Any, array: xr.DataArray) -> xr.DataArray:
    """One admissible entry, along the array's dimensions; the first if there is none."""
    first = array.isel(dict.fromkeys(array.dims, slice(1))).compute()
    if parameter.admits(first.values).all():
        return first
    inside = parameter.admits(array.compute().values)
    place = np.unravel_index(int(np.argmax(inside)), array.shape)
    return array.isel(
        {d: slice(i, i + 1) for d, i in zip(array.dims, place, strict=True)}
    ).compute()


def usual_chunk(function: SolveChunk, given: Mapping[str, xr.DataArray]) -> Chunk:
    """Number of points that take about a second, measured on a few."""
    count, spent = 1, 0.0
    function(xr.Dataset(coords=_sample(given, count)))  # Compiles.
    while spent < SECONDS / 10 and count < MOST_SAMPLES:
        count *= 8
        chunk = xr.Dataset(coords=_sample(given, count))
        start = time.perf_counter()
        function(chunk)
        spent = time.perf_counter() - start
    return int(np.clip(SECONDS * count / spent, 1, MOST_POINTS))


def _sample(given: Mapping[str, xr.DataArray], count: int) -> dict[str, xr.DataArray]:
    """Some points of the grid, paired along one dimension."""
    rng = np.random.default_rng(0)
    sizes = {dim: size for array in given.values() for dim, size in array.sizes.items()}
    places = {d: xr.DataArray(rng.integers(n, size=count), dims="sample") for d, n in sizes.items()}
    return {
        name: array.isel({dim: places[dim] for dim in array.dims}).reset_coords(drop=True).compute()
        for name, array in given.items()
    }
