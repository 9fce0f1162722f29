"""Where the repeats run: in this process, or in others with one linear-algebra thread each.

The others never outlive this one: each holds one end of a pipe that no one writes to, and ends
when the other end is closed, by this process on an error or by its death, even a killed one's.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any

from asymp.problem.statement import ProblemStatement
from asymp.simulate.plan import Plan, Settings, plan_of
from asymp.simulate.points import Points

Task = tuple[int, int]
"""Number of the group of points, and seed of the repeat."""

Row = dict[int, dict[str, float]]

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_plans: list[Plan] = []


def run_tasks(plan: Plan, points: Points, tasks: list[Task], workers: int) -> Iterator[Row]:
    """Results of the tasks, in their order."""
    if workers == 1:
        yield from (plan.run(*task) for task in tasks)
        return
    recipe = (plan.problem, points, plan.settings)
    with process_pool(workers, _prepare, recipe) as pool:
        yield from pool.map(_perform, tasks)


@contextmanager
def process_pool(
    workers: int, prepare: Callable[..., None], arguments: tuple[Any, ...]
) -> Iterator[ProcessPoolExecutor]:
    """Yield new processes, each prepared once and with one linear-algebra thread.

    An error or an interrupt in the body ends them at once, whatever they are doing.
    """
    # New interpreters rather than forks: a fork inherits the linear algebra's thread pool.
    context = multiprocessing.get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    recipe = (theirs, prepare, arguments)
    with (
        theirs,
        ours,
        _one_thread_each(),
        ProcessPoolExecutor(workers, context, _begin, recipe) as pool,
    ):
        try:
            yield pool
        except BaseException:
            ours.close()
            pool.shutdown(cancel_futures=True)
            raise


def _begin(parent: Connection, prepare: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    """Prepare a new process: an interrupt is the parent's to handle, its death ends this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    prepare(*arguments)


def _end_with(parent: Connection) -> None:
    with suppress(OSError):  # what Windows raises where others return
        parent.poll(None)
    os._exit(1)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _prepare(problem: ProblemStatement, points: Points, settings: Settings) -> None:
    # Compiled functions do not travel between processes, so each lowers the problem anew.
    _plans[:] = [plan_of(problem, points, settings)]


def _perform(task: Task) -> Row:
    return _plans[0].run(*task)
