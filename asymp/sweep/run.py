"""A sweep: a function over a large grid, kept in a store, resumed where it was left."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from asymp.errors import InvalidParameter
from asymp.sweep.opening import open_store
from asymp.sweep.places import Function, Tasks, computed
from asymp.sweep.progress import shown
from asymp.sweep.record import record_of
from asymp.sweep.store import Store


def sweep(
    function: Function,
    inputs: xr.Dataset,
    template: xr.Dataset,
    what: Mapping[str, Any],
    path: str | Path,
    *,
    workers: int = 1,
    progress: bool | None = None,
    derive: Callable[[xr.Dataset], xr.Dataset] | None = None,
    **storing: Any,
) -> xr.Dataset:
    """Compute a function over a grid into a Zarr store, or whatever of it is missing there.

    The store is laid out at once. Each chunk is marked as done after its data are written, so
    that a process may be killed at any moment: the same call then computes what is missing.
    Several processes may fill one store. With a current Dask client the chunks are its tasks.

    Parameters
    ----------
    function : callable
        Takes a part of ``inputs``, cut along its dimensions, and gives a Dataset of results over
        them. A point's result may depend on that point alone; the function has to pickle.
    inputs : Dataset
        What varies, each variable over its own dimensions: the full product is never in memory.
    template : Dataset
        The results with right names, dimensions, types and attributes, those at one point, say.
        Variables without all dimensions of the inputs come from ``derive``.
    what : mapping
        Says, as JSON, what is computed: a store with another answer is refused.
    path : path
        Folder of the store, usually named ``*.zarr``.
    workers : int
        Processes, where there is no Dask client.
    progress : bool, optional
        Whether to show a bar (by default on a terminal).
    derive : callable, optional
        From the Dataset of all chunks, what follows from them together, such as means.
    **storing
        ``chunk, usual, overwrite`` of :func:`asymp.sweep.opening.open_store`, which says too
        what is refused.

    Raises
    ------
    InvalidParameter, MissingExtra, OSError

    Examples
    --------
    >>> import tempfile
    >>> inputs = xr.Dataset(coords={"x": [1.0, 2.0, 3.0]})
    >>> square = lambda part: xr.Dataset({"square": part.x**2})
    >>> path = Path(tempfile.mkdtemp()) / "squares.zarr"
    >>> sweep(square, inputs, square(inputs), {"function": "square"}, path).square.values
    array([1., 4., 9.])
    """
    store = open_store(local_path(path), inputs, template, record_of(what, inputs), **storing)
    _fill(store, function, inputs, workers, progress)
    if derive is not None:
        store.write_derived(derive(store.dataset()))
    return store.dataset()


def _fill(
    store: Store, function: Function, inputs: xr.Dataset, workers: int, progress: bool | None
) -> None:
    """Compute and write the blocks that the store does not hold."""
    with shown(store.blocks.points, progress) as advance:
        tasks = _missing(store, inputs, advance)
        for index, found in computed(function, tasks, workers):
            store.write(index, found)
            advance(store.blocks.size(index))


def _missing(store: Store, inputs: xr.Dataset, advance: Callable[[int], None]) -> Tasks:
    """Blocks that the store does not hold, with their inputs."""
    order, writable = list(store.blocks), False
    # Several processes at one store then meet seldom: about log(blocks) are computed twice.
    random.shuffle(order)
    for index in order:
        if store.holds(index):
            advance(store.blocks.size(index))
            continue
        if not writable:
            store.require_writable()
            writable = True
        yield index, inputs.isel(store.blocks.slices(index)).load()


def local_path(path: str | Path) -> Path:
    """The path, refused if it is an address of a remote store.

    Raises
    ------
    InvalidParameter
        For an address.
    """
    if "://" in str(path):
        raise InvalidParameter(
            f"store = {path}: give a folder of this machine or of a shared file system"
        )
    return Path(path)
