"""How the twins are compiled: no fast-math, division by zero gives an infinity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])

_compile: Any = numba.njit(error_model="numpy")


def compiled(function: F) -> F:
    """Compile a twin.

    It is not cached on disk on its own: it is inlined into kernels, and numba's cache of those
    would not see a change made here, whereas a kernel's file name hashes this folder's source.
    """
    return _compile(function)
