"""Where blocks are computed: on the Dask cluster that is current, in a pool, or here."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from itertools import islice
from typing import Any

import xarray as xr

from asymp.sweep.blocks import Index

Function = Callable[[xr.Dataset], xr.Dataset]
"""Computes a chunk of points; travels to other processes."""

Tasks = Iterator[tuple[Index, xr.Dataset]]

KEPT = "what is done is kept, and the same call goes on"

LEAST_QUEUE = 16  # blocks sent ahead where a cluster has few workers, or none yet


def computed(function: Function, tasks: Tasks, workers: int) -> Tasks:
    """Pairs of index and result, as they come; tasks are taken only as there is room for them."""
    client = current_client()
    if client is not None:
        room = max(LEAST_QUEUE, 2 * sum(client.nthreads().values()))
        # The function goes with each task: what is scattered is lost with the worker that has it.
        yield from _through(client.get_executor(pure=False), function, tasks, room)
    elif workers > 1:
        from asymp.simulate.pool import process_pool  # Imported late: it loads much.

        with process_pool(workers, _prepare, (function,)) as pool:
            yield from _through(pool, _perform, tasks, 2 * workers)
    else:
        yield from ((index, function(chunk)) for index, chunk in tasks)


def current_client() -> Any:
    """The Dask client of this process, or None."""
    # Nobody has made a client where the module has not been imported.
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return None
    try:
        return distributed.Client.current()
    except ValueError:
        return None


def _through(executor: Executor, function: Function, tasks: Tasks, room: int) -> Tasks:
    submitted = ((executor.submit(function, chunk), index) for index, chunk in tasks)
    running: dict[Future[xr.Dataset], Index] = {}
    try:
        running.update(islice(submitted, room))
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future.result()
                running.update(islice(submitted, 1))
    except CancelledError:
        raise ConnectionError(f"the Dask cluster is gone; {KEPT}") from None
    except BrokenExecutor:
        raise ChildProcessError(f"a process of the pool has died; {KEPT}") from None
    finally:
        for future in running:
            future.cancel()


_functions: list[Function] = []


def _prepare(function: Function) -> None:
    _functions[:] = [function]


def _perform(chunk: xr.Dataset) -> xr.Dataset:
    return _functions[0](chunk)
