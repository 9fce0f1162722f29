"""The one signature of every generated function: ``void(double *out, double *in)``.

It is what lets the solver be compiled once per install: a theorem costs only its own kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numba

_types: Any = numba.types
POINTER = _types.CPointer(_types.float64)
SIGNATURE = _types.void(POINTER, POINTER)


def kernel_function(function: Callable[..., None]) -> Any:
    """Compile a generated function, from numba's cache on disk where that is possible.

    A damaged cache entry is removed and written anew; where no folder can be written to, the
    function is compiled for this process alone.
    """
    for heal in (False, True):
        if heal:
            forget(Path(function.__code__.co_filename), function.__name__)
        with suppress(Exception):
            return numba.cfunc(SIGNATURE, cache=True, error_model="numpy")(function)
    return numba.cfunc(SIGNATURE, error_model="numpy")(function)


def helper_function(function: Callable[..., Any]) -> Any:
    """Compile a helper; it is inlined into the cached functions that call it."""
    return numba.njit(error_model="numpy")(function)


def forget(source: Path, name: str) -> None:
    """Remove numba's cache entries of one function of a generated file."""
    for entry in (source.parent / "__pycache__").glob(f"{source.stem}.{name}-*.nb*"):
        with suppress(OSError):
            entry.unlink()
