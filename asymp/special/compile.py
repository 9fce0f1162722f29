"""How the twins are compiled: no fast-math, division by zero gives an infinity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])

_compile: Any = numba.njit(error_model="numpy")
_inline: Any = numba.njit(error_model="numpy", fastmath={"contract"}, forceinline=True)


def compiled(function: F) -> F:
    """Compile a twin.

    It is not cached on disk on its own: it is inlined into kernels, and numba's cache of those
    would not see a change made here, whereas a kernel's file name hashes this folder's source.
    """
    return _compile(function)


def inlined(function: F) -> F:
    """Compile a twin without branches, for one number and for :mod:`asymp.special.lanes` alike.

    Products and sums are contracted to fused operations, as those of lanes are.
    """
    return _inline(function)
