"""Compiling the solver in a process of its own, once per install, while a theorem is derived.

The process ends with the machine code in numba's cache. Within it the parts of the solver are
left as they are until the whole is linked, and optimised there alone: numba would optimise each
part again at every level of calls, which doubles the time and changes no bit of the outcome. The
process itself could not use that code, since calls between the parts would find those that were
left; hence a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from asymp.lowering.compiled import Kernel, Source

PROGRAM = "from asymp.solver.ahead import compile_solver; compile_solver()"


@contextmanager
def compiling_ahead() -> Iterator[Callable[[], None]]:
    """Yield a function that begins to compile the solver if need be; wait for it at the end.

    Whatever goes wrong there is no concern here: the solver is then compiled where it is used.
    """
    begun: list[subprocess.Popen[bytes]] = []

    def begin() -> None:
        if not is_compiled():
            # Modules are looked for where this process looks: its own solver is what is compiled.
            program = f"import sys; sys.path[:] = {sys.path!r}; {PROGRAM}"
            command = [sys.executable, "-P", "-c", program]
            nowhere = subprocess.DEVNULL
            begun.append(subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=nowhere))

    try:
        yield begin
        for process in begun:
            process.wait()
    finally:
        for process in begun:
            process.kill()
            process.wait()


def is_compiled() -> bool:
    """Whether a compiled solver is on disk, or none can be."""
    from asymp.solver.core import solve_points

    folder = solve_points.stats.cache_path
    name = f"core.{solve_points.py_func.__qualname__}-*.nbi"
    return folder is None or any(Path(folder).glob(name))


def compile_solver() -> None:
    """Compile the solver into numba's cache; this process is of no use for solving."""
    from asymp.solver.points import solve_points

    optimise_the_whole_alone()
    kernel = Kernel(
        source=Source("", "", ""), parameters=("a",), constants=(), guards=(), values=("x",),
        branches=("nothing",), statuses=("converged",), sizes=(1,), infinite=((False,),),
    )  # fmt: skip
    # Its functions are never called, since no point is admitted.
    vars(kernel)["entries"] = np.zeros((4, 2), dtype=np.intp)
    solve_points(kernel, np.ones((1, 1)), (), np.zeros(1, dtype=bool))


def optimise_the_whole_alone() -> None:
    """Let numba optimise a function only when no other waits for it."""
    from numba.core import config, dispatcher

    kind: Any = dispatcher.Dispatcher
    settings: Any = config
    compile_one, full, depth = kind.compile, settings.OPT, [0]

    def compile_part(self: Any, signature: Any) -> Any:
        settings.OPT = full if depth[0] == 0 else type(full)(0)
        depth[0] += 1
        try:
            return compile_one(self, signature)
        finally:
            depth[0] -= 1
            settings.OPT = full if depth[0] <= 1 else type(full)(0)

    kind.compile = compile_part
