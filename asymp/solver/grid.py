"""Grids: labelled arguments in, one xarray.Dataset out."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from asymp.errors import InvalidParameter, NotConverged
from asymp.lowering.compiled import Kernel
from asymp.solver.arguments import labelled_arguments
from asymp.solver.describe import DIAGNOSTICS, Described, Solvable, describe
from asymp.solver.kernels import kernel_of as kernel_of
from asymp.solver.points import Points, solve_points
from asymp.solver.progress import progress_bar
from asymp.solver.status import Status
from asymp.solver.stored import StoredTheorem


def solve_grid(
    theorem: Solvable | StoredTheorem,
    arguments: Mapping[str, Any],
    *,
    throw: bool = True,
    progress: bool | None = None,
) -> xr.Dataset:
    """Solve a theorem wherever the arguments say.

    Parameters
    ----------
    theorem : Solvable or StoredTheorem
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
        and ``branch`` over the broadcast dimensions. A point's entry depends on that point alone.

    Raises
    ------
    InvalidParameter
        For bad names or scalars, or when no point is admissible.
    NotConverged
        If ``throw`` and a scalar call has no finite outcome.

    Examples
    --------
    >>> import asymp
    >>> theorem = asymp.Problem(features=asymp.IsotropicGaussian()).derive()
    >>> found = solve_grid(theorem, {"alpha": [2.0, 5.0], "zeta": 0.0, "tau": 1.0})
    >>> found.standard_risk.dims, found.standard_risk.values.round(12).tolist()
    (('alpha',), [2.0, 1.25])
    """
    given = labelled_arguments(theorem.parameters, arguments)
    kernel = kernel_of(theorem)
    lazy = any(array.chunks is not None for array in given.values())
    evaluate = partial(
        solve_arrays,
        kernel,
        tuple(float(value) for value in theorem.constants.values()),
        tuple(theorem.parameters[name] for name in kernel.parameters),
        False if lazy else progress,
    )
    dataset = applied(evaluate, kernel, given)
    describe(dataset, theorem, kernel)
    if not lazy:
        require_outcome(dataset, theorem, throw)
    return dataset


def applied(evaluate: Any, kernel: Kernel, given: Mapping[str, xr.DataArray]) -> xr.Dataset:
    """Apply the array function over the broadcast dimensions, lazily where an argument is.

    Raises
    ------
    InvalidParameter
        For a dimension with the name of a result, or paired arguments of different coordinates.
    """
    names = [*kernel.values, *DIAGNOSTICS]
    dims = dict.fromkeys(d for array in given.values() for d in array.dims)
    for dim in dims:
        if dim in names:
            raise InvalidParameter(f"dimension {dim!r} has the name of a result; rename it")
    types = [float] * (len(kernel.values) + 2) + [np.int64, np.int8, np.int8]
    lazy = any(array.chunks is not None for array in given.values())
    try:
        with chunks_multiplying() if lazy else nullcontext():
            arrays = xr.apply_ufunc(
                evaluate,
                *(given[name] for name in kernel.parameters),
                output_core_dims=[[]] * len(names),
                join="exact",
                dask="parallelized",
                output_dtypes=types,
            )
    except xr.AlignmentError as error:
        reason = str(error).splitlines()[0]
        raise InvalidParameter(f"paired arguments have different coordinates: {reason}") from None
    dataset = xr.Dataset(dict(zip(names, arrays, strict=True))).transpose(*dims)
    missing = {n: a for n, a in given.items() if n not in dataset.coords}
    # An index is held in memory; other coordinates stay lazy.
    return dataset.assign_coords({n: a.compute() if n in dims else a for n, a in missing.items()})


@contextmanager
def chunks_multiplying() -> Iterator[None]:
    """Let the chunks of two lazy arguments multiply, as their points do: Dask warns of it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Increasing number of chunks")
        yield


def solve_arrays(
    kernel: Kernel,
    constants: tuple[float, ...],
    parameters: tuple[Any, ...],
    progress: bool | None,
    *arrays: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """Solve over the broadcast shape of the arrays: values, then the diagnostics."""
    inside = np.ones((), dtype=bool)
    for parameter, array in zip(parameters, arrays, strict=True):
        inside = inside & parameter.admits(array)
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    points = np.empty((*shape, len(arrays)))
    for i, array in enumerate(arrays):
        points[..., i] = array
    flat = points.reshape(-1, len(arrays))
    admitted = np.broadcast_to(inside, shape).ravel()
    with progress_bar(len(flat), progress) as advance:
        found = solve_points(kernel, flat, constants, admitted, advance)
    return tuple(column.reshape(shape) for column in columns(found))


def columns(found: Points) -> Iterator[np.ndarray]:
    """Iterate over values, then diagnostics."""
    yield from np.moveaxis(found.values, -1, 0)
    yield from (getattr(found, name) for name in DIAGNOSTICS)


def require_outcome(dataset: xr.Dataset, theorem: Described, throw: bool) -> None:
    """Raise for a grid without an admissible point, and for a scalar without a finite answer.

    Raises
    ------
    InvalidParameter
    NotConverged
    """
    status = dataset["status"]
    if status.ndim and bool((status == Status.out_of_domain).all()):
        raise InvalidParameter("no admissible point: every point has a parameter out of its domain")
    if status.ndim or not throw:
        return
    outcome = Status(int(status))
    wild = [n for n in theorem.observables if n in dataset and not np.isfinite(dataset[n])]
    if outcome > Status.null or wild:
        what = f"{outcome.name} ({outcome.sentence})" if outcome > Status.null else "infinite"
        which = f", {wild[0]} = {float(dataset[wild[0]]):g}" if wild else ""
        point = ", ".join(f"{name} = {float(dataset[name]):g}" for name in theorem.parameters)
        raise NotConverged(f"{what}{which} at {point}; throw=False returns it")
