"""Grids: labelled arguments in, one xarray.Dataset out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

import numpy as np
import xarray as xr

from asymp.errors import InvalidParameter, NotConverged
from asymp.lowering.kernel import Kernel, compile_branches
from asymp.lowering.source import installed, versions
from asymp.solver.arguments import labelled_arguments
from asymp.solver.points import Points, solve_points
from asymp.solver.status import Status

PROGRESS_FROM = 200_000  # points: about a second
BOOKKEEPING = ("residual", "condition", "evaluations", "status", "branch")


class Solvable(Protocol):
    """What the grid needs to know of a theorem."""

    id: str
    title: str
    branches: Any
    parameters: Mapping[str, Any]
    constants: Mapping[Any, Any]
    order_parameters: Mapping[str, Any]
    observables: Mapping[str, Any]


def kernel_of(theorem: Solvable) -> Kernel:
    """Compiled branches of a theorem (cached)."""
    symbols = tuple(p.symbol for p in theorem.parameters.values())
    return compile_branches(
        tuple(theorem.branches), symbols, tuple(theorem.constants), theorem.title
    )


def solve_grid(
    theorem: Solvable,
    arguments: Mapping[str, Any],
    *,
    throw: bool = True,
    progress: bool | None = None,
) -> xr.Dataset:
    """Solve a theorem wherever the arguments say.

    Parameters
    ----------
    theorem : Solvable
    arguments : mapping of str to number, array or DataArray
        Scalars give 0-d variables, each plain array is its own dimension in the order given,
        DataArrays that share a dimension are paired; Dask-backed ones are solved lazily.
    throw : bool
        Whether a single point without a finite answer is an error; grids report it in ``status``.
    progress : bool, optional
        Whether to show a bar; default: on a terminal, when it takes more than about a second.

    Returns
    -------
    xarray.Dataset
        Observables, order parameters, ``residual``, ``condition``, ``evaluations``, ``status``
        and ``branch`` over the broadcast dimensions.

    Raises
    ------
    InvalidParameter
        For bad names or scalars, or when no point is admissible.
    NotConverged
        If ``throw`` and a scalar call has no finite outcome.
    """
    parameters = theorem.parameters
    given = labelled_arguments(parameters, arguments)
    dims = tuple(dict.fromkeys(d for array in given.values() for d in array.dims))
    kernel = kernel_of(theorem)
    evaluate = partial(
        solve_arrays,
        kernel,
        tuple(float(value) for value in theorem.constants.values()),
        tuple(parameters[name] for name in kernel.parameters),
        progress,
    )
    names = [*kernel.values, *BOOKKEEPING]
    dtypes = [float] * (len(kernel.values) + 2) + [np.int64, np.int8, np.int8]
    ordered = [given[name] for name in kernel.parameters]
    try:
        arrays = xr.apply_ufunc(
            evaluate, *ordered, output_core_dims=[[]] * len(names), join="exact",
            dask="parallelized", output_dtypes=dtypes,
        )  # fmt: skip
    except xr.AlignmentError as error:
        raise InvalidParameter(f"paired arguments have different coordinates: {error}") from None
    dataset = xr.Dataset(dict(zip(names, arrays, strict=True))).transpose(*dims)
    dataset = dataset.assign_coords({n: a for n, a in given.items() if n not in dataset.coords})
    describe(dataset, theorem, kernel)
    if not dims:
        require_finite(dataset, theorem, throw)
    elif all(array.chunks is None for array in ordered):
        require_some(dataset)
    return dataset


def solve_arrays(
    kernel: Kernel,
    constants: tuple[float, ...],
    parameters: tuple[Any, ...],
    progress: bool | None,
    *arrays: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """Values, then the bookkeeping, over the broadcast shape of the arrays."""
    inside = np.ones((), dtype=bool)
    for parameter, array in zip(parameters, arrays, strict=True):
        inside = inside & parameter.admits(array)
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    points = np.empty((*shape, len(arrays)))
    for i, array in enumerate(arrays):
        points[..., i] = array
    flat = points.reshape(-1, len(arrays))
    admitted = np.broadcast_to(inside, shape).ravel()
    with bar(len(flat), progress) as advance:
        found = solve_points(kernel, flat, constants, admitted, advance)
    return tuple(column.reshape(shape) for column in columns(found))


def columns(found: Points) -> Iterator[np.ndarray]:
    """Values one by one, then the bookkeeping in its order."""
    yield from np.moveaxis(found.values, -1, 0)
    yield from (getattr(found, name) for name in BOOKKEEPING)


@contextmanager
def bar(total: int, progress: bool | None) -> Iterator[Any]:
    """Progress bar on a terminal for big grids; yields what to tell of finished points."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    if progress is None:
        progress = console.is_terminal and total >= PROGRESS_FROM
    if not progress:
        yield lambda count: None
        return
    with Progress(console=console, transient=True) as shown:
        task = shown.add_task("solving", total=total)
        yield lambda count: shown.advance(task, count)


def describe(dataset: xr.Dataset, theorem: Solvable, kernel: Kernel) -> None:
    """Attach meanings, LaTeX, flag meanings and provenance."""
    named = {**theorem.parameters, **theorem.order_parameters, **theorem.observables}
    for name, quantity in named.items():
        if name in dataset.variables:
            dataset[name].attrs |= {"long_name": f"${quantity.latex}$", "meaning": quantity.meaning}
    flags(dataset["status"], [s.name for s in Status])
    dataset["status"].attrs["meaning"] = "; ".join(f"{s.name}: {s.sentence}" for s in Status)
    flags(dataset["branch"], ["none", *kernel.branches], first=-1)
    dataset["residual"].attrs["long_name"] = r"$\max|F(x)/x-1|$"
    dataset["condition"].attrs["long_name"] = r"$\|(I-\partial\log F/\partial\log x)^{-1}\|_\infty$"
    dataset["evaluations"].attrs["long_name"] = "evaluations of the map"
    dataset.attrs |= {
        "Conventions": "CF-1.11",
        "title": theorem.title,
        "theorem": theorem.id,
        "source": f"asymp {installed('asymp')}",
        "equations": kernel.equations,
        "versions": versions(),
        "constants": ", ".join(f"{s} = {float(v):.17g}" for s, v in theorem.constants.items()),
    }


def flags(array: xr.DataArray, words: list[str], first: int = 0) -> None:
    """Attributes of a CF flag variable."""
    array.attrs["flag_values"] = np.arange(first, first + len(words), dtype=np.int8)
    array.attrs["flag_meanings"] = " ".join(words)


def require_finite(dataset: xr.Dataset, theorem: Solvable, throw: bool) -> None:
    """Raise for a single point in memory without a finite outcome."""
    if not throw or dataset["status"].chunks is not None:
        return
    status = Status(int(dataset["status"]))
    if status not in (Status.converged, Status.null):
        point = ", ".join(f"{n} = {float(dataset[n]):g}" for n in theorem.parameters)
        raise NotConverged(f"{status.name} ({status.sentence}) at {point}; throw=False returns it")


def require_some(dataset: xr.Dataset) -> None:
    """Raise for a grid of which every point is outside the domain."""
    if bool((dataset["status"] == Status.out_of_domain).all()):
        raise InvalidParameter("no admissible point: every point has a parameter out of its domain")
